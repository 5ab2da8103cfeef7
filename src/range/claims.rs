//! Who waits for what: readers claim extents, are served when these have come, and leave.

use crate::byte_range::ByteRange;
use crate::sorted::SortedSet;

use super::extents::{Claim, Extent, State};
use super::net::Net;
use super::order::{FlightId, Order, ReaderId, SourceId};
use super::queue::Place;
use super::reader::Reader;

impl Net {
    /// A new reader claims what is there, queues what is not, and is served what is kept.
    pub(super) fn begin(&mut self, id: ReaderId, reader: Reader) {
        let wants = reader.wants.len();
        if let Some(source) = self.sources.get_mut(&reader.source) {
            source.readers.insert(id);
        }
        self.readers.insert(id, reader);
        for index in 0..wants {
            self.cover((id, index));
        }
        for index in 0..wants {
            self.advance((id, index));
        }
        if wants == 0 {
            self.finish(id);
        }
    }

    /// Claims all extents under one wanted range, after new ones have filled its holes.
    fn cover(&mut self, claim: Claim) {
        let Some(reader) = self.readers.get_mut(&claim.0) else { return };
        let id = reader.source;
        let Some(source) = self.sources.get_mut(&id) else { return };
        let Some(want) = reader.wants.get_mut(claim.1) else { return };
        want.range = source.clip(want.range);
        want.cursor = want.range.start;
        let range = want.range;
        if range.is_empty() {
            return;
        }
        let page = source.rounding(want.rounded, self.options.page_bytes);
        let priority = reader.priority;
        let mut asks = false;
        for hole in source.extents.holes(range, page, source.length.at_most()) {
            let state = match source.whole {
                Some(flight) => State::InFlight(flight),
                None => State::Queued(self.queues.push(&source.lane, priority, (id, hole.start))),
            };
            asks |= source.whole.is_none();
            let extent = Extent { end: hole.end, state, claims: Vec::new(), tries: 0, cause: claim.0 };
            source.extents.insert(hole.start, extent);
        }
        if !asks {
            reader.stats.cache_hits += 1;
        }
        for start in source.extents.starts(range) {
            let Some(extent) = source.extents.get_mut(start) else { continue };
            extent.claims.push(claim);
            if let State::Queued(turn) = extent.state
                && turn.priority() < priority
            {
                self.queues.remove(&source.lane, turn);
                extent.state =
                    State::Queued(self.queues.push_part(&source.lane, turn, priority, (id, start)));
            }
            if let State::Kept(piece, Some(age)) = extent.state {
                self.cache.pin(age, extent.end - start);
                extent.state = State::Kept(piece, None);
            }
        }
    }

    /// Moves a want's cursor over what is kept by now, and hands it out when that is all of it.
    pub(super) fn advance(&mut self, claim: Claim) {
        let Some(reader) = self.readers.get_mut(&claim.0) else { return };
        let Some(source) = self.sources.get(&reader.source) else { return };
        let Some(want) = reader.wants.get_mut(claim.1).filter(|want| !want.handed_out) else { return };
        if want.cursor < want.range.end {
            want.cursor = source.extents.kept_until(want.cursor, want.range.end);
        }
        if want.cursor < want.range.end {
            return;
        }
        want.handed_out = true;
        reader.left -= 1;
        reader.stats.useful_bytes += want.range.len();
        let (id, range, last) = (reader.source, want.range, reader.left == 0);
        let parts = if range.is_empty() { Vec::new() } else { source.extents.parts(range) };
        self.orders.push_back(Order::HandOut { reader: claim.0, index: claim.1, parts });
        self.release(id, range, claim, &mut SortedSet::new());
        if last {
            self.finish(claim.0);
        }
    }

    fn finish(&mut self, id: ReaderId) {
        if let Some(reader) = self.end_reader(id) {
            self.orders.push_back(Order::Done { reader: id, stats: reader.stats });
        }
    }

    /// A reader leaves: whatever only it wanted is given up.
    pub(super) fn end_reader(&mut self, id: ReaderId) -> Option<Reader> {
        let mut reader = self.readers.remove(&id)?;
        reader.stats.wait_ms = self.now.saturating_sub(reader.began);
        if let Some(source) = self.sources.get_mut(&reader.source) {
            source.readers.remove(&id);
        }
        let mut touched = SortedSet::new();
        for (index, want) in reader.wants.iter().enumerate().filter(|(_, want)| !want.handed_out) {
            self.release(reader.source, want.range, (id, index), &mut touched);
        }
        for flight in touched {
            self.stop_if_unwanted(flight);
        }
        Some(reader)
    }

    /// Takes a claim back. Flights that lost the last claim of one of their extents are added to `touched`.
    fn release(&mut self, id: SourceId, range: ByteRange, claim: Claim, touched: &mut SortedSet<FlightId>) {
        let Some(source) = self.sources.get(&id).filter(|_| !range.is_empty()) else { return };
        for start in source.extents.starts(range) {
            let Some(extent) = self.extent_mut(id, start) else { continue };
            let Some(at) = extent.claims.iter().position(|known| *known == claim) else { continue };
            extent.claims.remove(at);
            match extent.state {
                State::Queued(_) | State::Pausing(_) => self.trim(id, start),
                State::InFlight(flight) if extent.claims.is_empty() => {
                    touched.insert(flight);
                }
                State::Kept(..) if extent.claims.is_empty() => self.let_go(id, start),
                State::InFlight(_) | State::Kept(..) => {}
            }
        }
    }

    /// Nobody wants a piece any more: it is idle in the cache, or gone.
    fn let_go(&mut self, id: SourceId, start: u64) {
        let Some(source) = self.sources.get_mut(&id) else { return };
        if !source.cached {
            return self.forget((id, start));
        }
        let Some(extent) = source.extents.get_mut(start) else { return };
        if let State::Kept(piece, None) = extent.state {
            let age = self.cache.unpin((id, start), extent.end - start);
            extent.state = State::Kept(piece, Some(age));
        }
    }

    /// An extent's last byte has come: it becomes a piece, and those who waited for it move on. `body` says where
    /// it lies in the body.
    pub(super) fn keep(&mut self, id: SourceId, start: u64, flight: FlightId, body: ByteRange) {
        let Some(source) = self.sources.get_mut(&id) else { return };
        let Some(extent) = source.extents.get(start) else { return };
        let (bytes, claims, cached) = (extent.end - start, extent.claims.clone(), source.cached);
        if claims.is_empty() && !(cached && self.cache.has_room_for_idle(bytes)) {
            source.extents.remove(start);
            return;
        }
        if cached {
            self.evict(Some(bytes));
            self.cache.add(bytes);
        }
        let piece = self.new_piece();
        let age = if claims.is_empty() { Some(self.cache.unpin((id, start), bytes)) } else { None };
        if let Some(extent) = self.extent_mut(id, start) {
            extent.state = State::Kept(piece, age);
        }
        self.orders.push_back(Order::Keep { piece, flight, range: body });
        for claim in claims {
            self.advance(claim);
        }
    }

    /// Evicts idle pieces, oldest first, until `more` bytes fit too.
    pub(super) fn evict(&mut self, more: Option<u64>) {
        while let Some(place) = self.cache.victim(more) {
            self.forget(place);
        }
    }

    /// Forgets one piece.
    pub(super) fn forget(&mut self, (id, start): Place) {
        let Some(source) = self.sources.get_mut(&id) else { return };
        let Some(extent) = source.extents.remove(start) else { return };
        if let State::Kept(piece, age) = extent.state {
            if source.cached {
                self.cache.remove(age, extent.end - start);
            }
            self.orders.push_back(Order::Forget { piece });
        }
    }

    /// The source's length became known or bounded: what lies past it is neither wanted nor asked for any more.
    pub(super) fn length_moved(&mut self, id: SourceId) {
        let Some(source) = self.sources.get_mut(&id) else { return };
        source.facts.length = source.length.get();
        let limit = source.length.at_most();
        let beyond = source.extents.starts(ByteRange::new(limit.saturating_sub(1), u64::MAX));
        let shrunk = self.shrink_wants(id);
        let mut touched = SortedSet::new();
        for start in beyond {
            touched.extend(self.cut_off(id, start, limit));
        }
        for claim in shrunk {
            self.advance(claim);
        }
        for flight in touched {
            self.keep_arrived(flight);
            self.stop_if_unwanted(flight);
        }
    }

    /// Cuts an extent off at the end of the file; says which flight it waits for. Kept ones never reach so far: a
    /// length below bytes that were seen is a contradiction, which ends the source.
    fn cut_off(&mut self, id: SourceId, start: u64, limit: u64) -> Option<FlightId> {
        let extent = self.extent_mut(id, start).filter(|extent| extent.end > limit)?;
        let state = extent.state;
        if start >= limit {
            self.unschedule(id, start, state);
        } else {
            extent.end = limit;
            // A claim may have been for the part that does not exist alone.
            let claims = std::mem::take(&mut extent.claims);
            let left = ByteRange::new(start, limit);
            let claims = claims.into_iter().filter(|claim| self.wants_any(*claim, left)).collect();
            self.extent_mut(id, start)?.claims = claims;
            if matches!(state, State::Queued(_) | State::Pausing(_)) {
                self.trim(id, start);
            }
        }
        if let State::InFlight(flight) = state { Some(flight) } else { None }
    }

    /// Takes what does not exist out of all wants of a source; says which ones shrank.
    fn shrink_wants(&mut self, id: SourceId) -> Vec<Claim> {
        let Some(source) = self.sources.get(&id) else { return Vec::new() };
        let mut shrunk = Vec::new();
        for reader_id in source.readers.iter() {
            let Some(reader) = self.readers.get_mut(reader_id) else { continue };
            for (index, want) in reader.wants.iter_mut().enumerate() {
                let range = source.clip(want.range);
                if range != want.range {
                    want.range = range;
                    want.cursor = want.cursor.min(range.end);
                    shrunk.push((*reader_id, index));
                }
            }
        }
        shrunk
    }

    pub(super) fn extent_mut(&mut self, id: SourceId, start: u64) -> Option<&mut Extent> {
        self.sources.get_mut(&id)?.extents.get_mut(start)
    }

    /// Whether a claim's range still has a byte in `range`.
    pub(super) fn wants_any(&self, claim: Claim, range: ByteRange) -> bool {
        let want = self.readers.get(&claim.0).and_then(|reader| reader.wants.get(claim.1));
        want.is_some_and(|want| !want.range.intersection(range).is_empty())
    }
}
