//! The scheduler's public face: facts go in, orders come out, nothing else happens.

use std::collections::VecDeque;

use crate::error::{Code, Error};
use crate::sorted::{SortedMap, SortedSet};

use super::cache::{Cache, CacheStats};
use super::flight::Flight;
use super::link::Links;
use super::order::{
    Failure, FlightId, Head, Millis, NetOptions, Order, PieceId, ReaderId, SourceFacts, SourceId, SourceSpec,
    Wanted,
};
use super::queue::{Lane, Queues};
use super::reader::Reader;
use super::retry::Pauses;
use super::source::Source;

/// Something that happens at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A hole's pause before its retry is over: whose, and where it starts.
    Pause(SourceId, u64),
    /// A flight has been silent for too long.
    Silence(FlightId),
}

/// Decides what is asked for, when, and what becomes of the answers. It does no IO and knows no clock: the
/// driver reports facts with the time, and carries out the orders, all of them, after each fact.
///
/// Per source there is one map of extents that never overlap: *queued* (to be asked for), *pausing* (before a
/// retry), *in flight* and *kept*. A read claims the extents under its ranges and adds queued ones where there are
/// holes. Once no more reads begin at that moment, and when the origin has room, the hole whose turn it is takes along the queued neighbours that are worth
/// it. An extent is kept as soon as its last byte has come; a range is handed out as soon as all its
/// extents are kept.
///
/// Requests: each begins and ends with bytes that a live reader wants and that are neither kept nor on their way, and
/// is one hole or at most `merge_bytes`; wasted bytes stay below `merge_waste` of the useful ones, each gap below
/// what comes in the time of a round trip; no byte is asked for
/// more than `attempts` times in a row in vain; never past a known end; never more than `per_origin` at once; nothing of an
/// origin that asked for a rest (`Retry-After`) before that is over.
///
/// Bounds: the cache holds `cache_bytes`, or what live readers wait with right now if that is more; extents,
/// flights and timers exist only for what live readers want or the cache holds.
#[derive(Debug)]
pub struct Net {
    pub(super) options: NetOptions,
    pub(super) now: Millis,
    pub(super) sources: SortedMap<SourceId, Source>,
    pub(super) readers: SortedMap<ReaderId, Reader>,
    pub(super) flights: SortedMap<FlightId, Flight>,
    pub(super) queues: Queues,
    pub(super) links: Links,
    pub(super) timers: SortedSet<(Millis, Timer)>,
    pub(super) cache: Cache,
    pub(super) pauses: Pauses,
    pub(super) orders: VecDeque<Order>,
    /// Lanes in which reads have begun that may wait for company.
    gathering: SortedSet<Lane>,
    sources_made: u32,
    names_made: u64,
}

impl Net {
    /// A Net with nothing in it. An `attempts` or `per_origin` of 0 means 1.
    pub fn new(options: NetOptions) -> Self {
        Self {
            now: 0,
            sources: SortedMap::new(),
            readers: SortedMap::new(),
            flights: SortedMap::new(),
            queues: Queues::default(),
            links: Links::default(),
            timers: SortedSet::new(),
            cache: Cache::new(options.cache_bytes),
            pauses: Pauses::new(&options),
            orders: VecDeque::new(),
            gathering: SortedSet::new(),
            sources_made: 0,
            names_made: 0,
            options,
        }
    }

    /// Declares a source. Nothing is sent. Sources never share bytes, even under one URL.
    pub fn add_source(&mut self, spec: SourceSpec) -> SourceId {
        let id = SourceId(self.sources_made);
        self.sources_made += 1;
        self.sources.insert(id, Source::new(id, spec));
        id
    }

    /// Asks for ranges, which may overlap and come in any order. Each is handed out once, as soon as it is there;
    /// then comes `Done`, or at any time `Fail`. An empty list is `Done` at once. Requests leave with
    /// [`gathered`](Self::gathered).
    pub fn read(&mut self, now: Millis, source: SourceId, wanted: &[Wanted]) -> ReaderId {
        self.read_at(now, source, wanted, 0)
    }

    /// [`read`](Self::read) with a priority: what a higher one wants is asked for first, among equals what was wanted
    /// first. It orders what waits for room at its origin; requests under way are left alone.
    pub fn read_at(&mut self, now: Millis, source: SourceId, wanted: &[Wanted], priority: i32) -> ReaderId {
        self.set_time(now);
        let id = ReaderId(self.new_name());
        if let Some(error) = self.refusal(source) {
            let stats = Default::default();
            self.orders.push_back(Order::Fail { reader: id, error, flight: None, stats });
            return id;
        }
        self.begin(id, Reader::new(source, wanted, priority, self.now));
        self.evict(None);
        // Nothing leaves yet: what others ask for at this moment may go along.
        self.gathering.extend(self.lane(source));
        id
    }

    /// All that is asked for at this moment was asked for: requests leave, each for as many of the reads as it fits. Comes soon after
    /// each read, or after the last of some that began together.
    pub fn gathered(&mut self, now: Millis) {
        self.set_time(now);
        for lane in std::mem::take(&mut self.gathering).iter() {
            self.pump(lane);
        }
    }

    /// Ends a read without a last order. A request stops when nobody else wants what it brings.
    pub fn abort(&mut self, now: Millis, reader: ReaderId) {
        self.set_time(now);
        let Some(ended) = self.end_reader(reader) else { return };
        self.orders.retain(|order| !order.is_about(reader));
        self.settle(ended.source);
    }

    /// Gives a live read another priority.
    pub fn set_priority(&mut self, now: Millis, reader: ReaderId, priority: i32) {
        self.set_time(now);
        let Some(known) = self.readers.get_mut(&reader) else { return };
        known.priority = priority;
        self.rank_all(reader);
    }

    /// The source's origin was seen to carry all requests over one connection.
    pub fn multiplexed(&mut self, now: Millis, source: SourceId) {
        self.set_time(now);
        let Some(lane) = self.lane(source) else { return };
        self.links.multiplexes(&lane);
        self.pump(&lane);
    }

    /// Ends all reads of the source with the code `closed`, stops its requests and forgets its pieces.
    pub fn close(&mut self, now: Millis, source: SourceId) {
        self.set_time(now);
        let Some(lane) = self.lane(source) else { return };
        if let Some(error) = self.sources.get(&source).map(|source| closed(Some(&source.name))) {
            self.end_source(source, &error, None);
        }
        self.sources.remove(&source);
        self.pump(&lane);
    }

    /// The status line and headers of a flight's answer have come.
    pub fn head(&mut self, now: Millis, flight: FlightId, head: Head) {
        self.set_time(now);
        let Some(source) = self.source_of(flight) else { return };
        self.take_head(flight, &head);
        self.settle(source);
    }

    /// `received` bytes of a flight's body have come in all.
    pub fn body(&mut self, now: Millis, flight: FlightId, received: u64) {
        self.set_time(now);
        let Some(source) = self.source_of(flight) else { return };
        self.take_body(flight, received);
        self.settle(source);
    }

    /// A flight's body is complete. The driver holds it until it has carried out the orders of this fact.
    pub fn end(&mut self, now: Millis, flight: FlightId) {
        self.set_time(now);
        let Some(source) = self.source_of(flight) else { return };
        self.take_end(flight);
        self.settle(source);
    }

    /// A flight has ended without a whole body. The driver holds what came of it until it has carried out the
    /// orders of this fact.
    pub fn failed(&mut self, now: Millis, flight: FlightId, failure: Failure) {
        self.set_time(now);
        let Some(source) = self.source_of(flight) else { return };
        self.take_failure(flight, failure);
        self.settle(source);
    }

    /// Time has passed: retries that are due leave, flights that have been silent for too long are given up.
    pub fn tick(&mut self, now: Millis) {
        self.set_time(now);
        // A driver that has told of no end of the reads before is late.
        let mut lanes = std::mem::take(&mut self.gathering);
        lanes.extend(self.queues.resume(self.now));
        while let Some(&(due, timer)) = self.timers.first().filter(|(due, _)| *due <= self.now) {
            self.timers.remove(&(due, timer));
            let source = match timer {
                Timer::Pause(source, start) => {
                    self.pause_over(source, start);
                    Some(source)
                }
                Timer::Silence(flight) => {
                    let source = self.source_of(flight);
                    self.time_out(flight);
                    source
                }
            };
            lanes.extend(source.and_then(|source| self.lane(source)));
        }
        self.evict(None);
        // Only now: holes whose pauses end together go out together.
        for lane in lanes.iter() {
            self.pump(lane);
        }
    }

    /// When `tick` must be called next; `None` while nothing waits for time to pass. The present, as long as reads wait for `gathered`.
    pub fn next_wake(&self) -> Option<Millis> {
        if !self.gathering.is_empty() {
            return Some(self.now);
        }
        let timer = self.timers.first().map(|(due, _)| *due);
        timer.into_iter().chain(self.queues.next_resume()).min()
    }

    /// The next order. To be called after every fact until it gives `None`.
    pub fn next_order(&mut self) -> Option<Order> {
        self.orders.pop_front()
    }

    /// What is known of a source; `None` once it is closed.
    pub fn facts(&self, source: SourceId) -> Option<&SourceFacts> {
        self.sources.get(&source).map(|source| &source.facts)
    }

    /// The longest gap that a request to the source's origin takes along; `None` while latency or throughput are not known.
    pub fn worthwhile_gap(&self, source: SourceId) -> Option<u64> {
        let bytes = self.links.bytes_per_wait(&self.lane(source)?)?;
        Some(bytes.max(self.options.page_bytes))
    }

    /// Requests that may be under way to an origin at once.
    pub(super) fn most_under_way(&self, lane: &Lane) -> u32 {
        let least = self.options.per_origin.max(1);
        if self.links.is_multiplexed(lane) { least.max(self.options.per_origin_multiplexed) } else { least }
    }

    /// How full the cache is.
    pub fn cache_stats(&self) -> CacheStats {
        self.cache.stats()
    }

    /// Forgets all pieces that no reader waits with. Orders follow.
    pub fn clear_cache(&mut self) {
        while let Some(place) = self.cache.oldest() {
            self.forget(place);
        }
    }

    /// Whether nothing is under way, queued or awaited, and no reader lives: what remains is the cache.
    pub fn is_idle(&self) -> bool {
        let at_rest = self.readers.is_empty() && self.flights.is_empty() && self.timers.is_empty();
        at_rest && self.queues.is_idle() && self.cache.stats().pinned == 0
    }

    /// A number that was never given out before.
    pub(super) fn new_name(&mut self) -> u64 {
        self.names_made += 1;
        self.names_made
    }

    pub(super) fn new_piece(&mut self) -> PieceId {
        PieceId(self.new_name())
    }

    pub(super) fn source_of(&self, flight: FlightId) -> Option<SourceId> {
        self.flights.get(&flight).map(|flight| flight.source)
    }

    pub(super) fn lane(&self, source: SourceId) -> Option<Lane> {
        self.sources.get(&source).map(|source| source.lane.clone())
    }

    /// Requests for one range of that source, the first included.
    pub(super) fn attempts(&self, source: &Source) -> u32 {
        if source.local { 1 } else { self.options.attempts.max(1) }
    }

    fn set_time(&mut self, now: Millis) {
        self.now = self.now.max(now);
    }

    /// After a fact about a source: what became idle may have to go, what was queued may leave.
    fn settle(&mut self, source: SourceId) {
        self.evict(None);
        if let Some(lane) = self.lane(source) {
            self.pump(&lane);
        }
    }

    /// Why that source cannot be read.
    fn refusal(&self, source: SourceId) -> Option<Error> {
        match self.sources.get(&source) {
            Some(source) => source.dead.clone(),
            None if source.0 < self.sources_made => Some(closed(None)),
            None => Some(Error::internal(format!("source {} was never added", source.0))),
        }
    }
}

fn closed(name: Option<&String>) -> Error {
    Error::new(Code::Closed, "the source was closed").with(|detail| detail.url = name.cloned())
}
