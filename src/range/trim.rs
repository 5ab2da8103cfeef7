//! What waits to be asked for never holds more than somebody still wants.

use crate::byte_range::ByteRange;

use super::extents::{Claim, Extent, State};
use super::net::{Net, Timer};
use super::order::{ReaderId, SourceId};
use super::reader::Reader;
use crate::sorted::{SortedMap, SortedSet};

/// The highest priority among those who want something.
pub(super) fn highest(readers: &SortedMap<ReaderId, Reader>, claims: &[Claim]) -> i32 {
    let live = claims.iter().filter_map(|claim| readers.get(&claim.0));
    live.map(|reader| reader.priority).max().unwrap_or_default()
}

impl Net {
    /// Cuts an extent that is queued or pauses down to what its claims want, rounded as they allow. With no claim left
    /// it vanishes. Parts keep its turn, its pause and its tries.
    pub(super) fn trim(&mut self, id: SourceId, start: u64) {
        let Some(extent) = self.extent_mut(id, start).map(|extent| extent.clone()) else { return };
        let whole = ByteRange::new(start, extent.end);
        let wanted = self.wanted_of(id, whole, &extent.claims);
        if wanted == [whole] {
            return self.rank(id, start);
        }
        self.unschedule(id, start, extent.state);
        for part in wanted {
            let claims: Vec<Claim> =
                extent.claims.iter().copied().filter(|claim| self.wants_any(*claim, part)).collect();
            let priority = highest(&self.readers, &claims);
            let Some(source) = self.sources.get_mut(&id) else { return };
            let state = match extent.state {
                State::Queued(turn) => {
                    State::Queued(self.queues.push_part(&source.lane, turn, priority, (id, part.start)))
                }
                State::Pausing(due) => {
                    self.timers.insert((due, Timer::Pause(id, part.start)));
                    State::Pausing(due)
                }
                other => other,
            };
            source.extents.insert(part.start, Extent { end: part.end, state, claims, ..extent });
        }
    }

    /// Sees to it that all that a reader waits for has the turn that its priority gives it.
    pub(super) fn rank_all(&mut self, reader: ReaderId) {
        let Some(known) = self.readers.get(&reader) else { return };
        let Some(source) = self.sources.get(&known.source) else { return };
        let mut starts = SortedSet::new();
        for want in known.wants.iter().filter(|want| !want.handed_out && !want.range.is_empty()) {
            starts.extend(source.extents.starts(want.range));
        }
        let id = known.source;
        for start in starts {
            self.rank(id, start);
        }
    }

    /// Sees to it that an extent, if it is queued, has the highest priority of those who want it.
    fn rank(&mut self, id: SourceId, start: u64) {
        let Some(source) = self.sources.get_mut(&id) else { return };
        let Some(extent) = source.extents.get_mut(start) else { return };
        let State::Queued(turn) = extent.state else { return };
        let priority = highest(&self.readers, &extent.claims);
        if priority != turn.priority() {
            let moved = self.queues.push_part(&source.lane, turn, priority, (id, start));
            self.queues.remove(&source.lane, turn);
            extent.state = State::Queued(moved);
        }
    }

    /// Takes an extent that waits to be asked for out of the map, and out of its queue or pause.
    pub(super) fn unschedule(&mut self, id: SourceId, start: u64, state: State) {
        let Some(source) = self.sources.get_mut(&id) else { return };
        source.extents.remove(start);
        match state {
            State::Queued(turn) => self.queues.remove(&source.lane, turn),
            State::Pausing(due) => {
                self.timers.remove(&(due, Timer::Pause(id, start)));
            }
            State::InFlight(_) | State::Kept(..) => {}
        }
    }

    /// What the claims want of an extent: ascending, and apart from each other.
    fn wanted_of(&self, id: SourceId, extent: ByteRange, claims: &[Claim]) -> Vec<ByteRange> {
        let Some(source) = self.sources.get(&id) else { return Vec::new() };
        let wanted = |claim: &Claim| {
            let want = self.readers.get(&claim.0)?.wants.get(claim.1)?;
            let page = source.rounding(want.rounded, self.options.page_bytes).unwrap_or(1);
            Some(want.range.rounded_to(page).intersection(extent))
        };
        let mut ranges = SortedSet::new();
        for range in claims.iter().filter_map(wanted) {
            ranges.insert(range);
        }
        let mut apart: Vec<ByteRange> = Vec::new();
        for range in ranges.into_iter().filter(|range| !range.is_empty()) {
            match apart.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        apart
    }
}
