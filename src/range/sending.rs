//! What leaves, and what is stopped.

use crate::byte_range::ByteRange;

use super::coalesce::{MergeRules, grow};
use super::extents::{Extent, Extents, State};
use super::flight::Flight;
use super::net::{Net, Timer};
use super::order::{FlightId, Order, SourceId};
use super::queue::{Lane, Place};

impl Net {
    /// Sends what is queued as long as the lane has room.
    pub(super) fn pump(&mut self, lane: &Lane) {
        while let Some((turn, place)) = self.queues.next(lane, self.most_under_way(lane))
            && !self.queues.is_paused(lane, self.now)
        {
            self.queues.remove(lane, turn);
            self.send(lane, place);
        }
    }

    /// Sends one request: for the hole at that place, and for the queued neighbours that are worth taking along.
    /// Those with another number of tries stay out, so that a stretch that keeps failing takes no fresh one with it.
    fn send(&mut self, lane: &Lane, (source_id, start): Place) {
        let flight = FlightId(self.new_name());
        let gap = self.worthwhile_gap(source_id).unwrap_or(u64::MAX);
        let Some(source) = self.sources.get_mut(&source_id) else { return };
        let Some(seed) = source.extents.get(start) else { return };
        let (tries, local) = (seed.tries, source.local);
        // The reader that caused the hole may have left; then another one that wants it pays.
        let caused_by_live = self.readers.contains_key(&seed.cause);
        let heir = seed.claims.first().map(|claim| claim.0).filter(|_| !caused_by_live);
        let owner = heir.unwrap_or(seed.cause);
        let rules = MergeRules::new(&self.options, gap);
        let goes_along = |extent: &Extent| matches!(extent.state, State::Queued(_)) && extent.tries == tries;
        let asked = widened(&source.extents, ByteRange::new(start, seed.end), rules, goes_along);
        let mut cuts = Vec::new();
        for start in source.extents.starts(asked) {
            let Some(extent) = source.extents.get_mut(start).filter(|extent| goes_along(extent)) else {
                continue;
            };
            cuts.extend([start, extent.end]);
            if let State::Queued(turn) = extent.state {
                self.queues.remove(lane, turn);
            }
            extent.state = State::InFlight(flight);
            extent.tries = tries + 1;
        }
        if let Some(reader) = self.readers.get_mut(&owner) {
            reader.stats.requests += 1;
            reader.stats.retries += u64::from(tries > 0);
        }
        self.queues.depart(lane);
        self.flights.insert(flight, Flight::new(source_id, asked, tries + 1, owner, !local, self.now));
        self.hear(flight);
        let cuts = within(asked, cuts);
        self.orders.push_back(Order::Send {
            flight,
            source: source_id,
            range: asked,
            cuts,
            attempt: tries + 1,
        });
    }

    /// A sign of life: the flight's silence starts anew.
    pub(super) fn hear(&mut self, id: FlightId) {
        let Some(flight) = self.flights.get_mut(&id).filter(|flight| flight.timed) else { return };
        if let Some(due) = flight.deadline.take() {
            self.timers.remove(&(due, Timer::Silence(id)));
        }
        if self.options.timeout > 0 {
            let due = self.now.saturating_add(self.options.timeout);
            flight.deadline = Some(due);
            self.timers.insert((due, Timer::Silence(id)));
        }
    }

    /// A flight is over: its place in the lane is free, and the driver is told unless it was the driver who said
    /// so. Its extents are the caller's business.
    pub(super) fn land(&mut self, id: FlightId) -> Option<Flight> {
        let flight = self.flights.remove(&id)?;
        if let Some(due) = flight.deadline {
            self.timers.remove(&(due, Timer::Silence(id)));
        }
        if let Some(source) = self.sources.get_mut(&flight.source) {
            self.queues.arrive(&source.lane);
            source.whole = source.whole.filter(|whole| *whole != id);
        }
        if !flight.ended {
            self.orders.push_back(Order::Stop { flight: id });
        }
        Some(flight)
    }

    /// Stops a flight if nobody wants any more what it has not brought yet. One that has brought all of it is left
    /// to end by itself, which spares the connection.
    pub(super) fn stop_if_unwanted(&mut self, id: FlightId) {
        let Some(flight) = self.flights.get(&id) else { return };
        let Some(source) = self.sources.get(&flight.source) else { return };
        let mut waiting = source.extents.in_flight(id, flight.span());
        if waiting.any(|(_, extent)| !extent.claims.is_empty()) || flight.has_all(source.length) {
            return;
        }
        drop(waiting);
        let (source_id, starts) = (flight.source, self.starts_in_flight(id, flight));
        self.land(id);
        if let Some(source) = self.sources.get_mut(&source_id) {
            for start in starts {
                source.extents.remove(start);
            }
        }
    }

    /// Flights of one source.
    pub(super) fn flights_of(&self, source: SourceId) -> Vec<FlightId> {
        let mut flights = Vec::new();
        for (id, flight) in self.flights.iter() {
            if flight.source == source {
                flights.push(*id);
            }
        }
        flights
    }

    /// Starts of the extents that wait for a flight.
    pub(super) fn starts_in_flight(&self, id: FlightId, flight: &Flight) -> Vec<u64> {
        let Some(source) = self.sources.get(&flight.source) else { return Vec::new() };
        let mut starts = Vec::new();
        for (start, _) in source.extents.in_flight(id, flight.span()) {
            starts.push(start);
        }
        starts
    }
}

/// Places in a file that part what is asked for, counted from its start, each once. `places` ascend.
fn within(asked: ByteRange, mut places: Vec<u64>) -> Vec<u64> {
    places.dedup();
    places.retain(|place| asked.start < *place && *place < asked.end);
    for place in &mut places {
        *place = place.saturating_sub(asked.start);
    }
    places
}

/// The request for a hole, grown over the neighbours that may go along.
fn widened(
    extents: &Extents,
    seed: ByteRange,
    rules: MergeRules,
    goes_along: impl Fn(&Extent) -> bool,
) -> ByteRange {
    let window = rules.window(seed);
    let hole =
        |(start, extent): (u64, &Extent)| goes_along(extent).then(|| ByteRange::new(start, extent.end));
    let right = extents.behind(seed.end).take_while(|(_, extent)| extent.end <= window.end);
    let left = extents.before(seed.start).take_while(|(start, _)| *start >= window.start);
    grow(seed, right.filter_map(&hole), left.filter_map(&hole), rules)
}
