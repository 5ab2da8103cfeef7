//! What goes wrong: failures, retries, silence, changed and closed files.

use crate::byte_range::ByteRange;
use crate::error::{Code, Error};
use crate::sorted::SortedSet;

use super::diagnosis::is_page;
use super::extents::{Extent, State};
use super::flight::{Answer, Flight};
use super::length::Length;
use super::net::{Net, Timer};
use super::order::{Failure, FlightId, Head, Millis, Order, ReaderId, SourceId};
use super::trim::highest;
use super::validators;

/// How it goes on with what a flight did not bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// It does not: who wants it fails.
    Never,
    /// Asked for again after a pause, not shorter than the server wishes, while attempts are left.
    After(Option<Millis>),
    /// Asked for again without a pause, while attempts are left.
    AtOnce,
    /// Asked for without a pause, and this request does not count: it brought a good portion.
    Onward,
}

/// The body ended before it was complete.
pub(super) fn cut_short(received: u64, expected: u64) -> Error {
    Error::truncated(format!("the body ended after {received} bytes, expected {expected}"))
}

impl Net {
    /// The transport gave up. A failure that is typed already is final: somebody decided.
    pub(super) fn take_failure(&mut self, id: FlightId, failure: Failure) {
        let Some(flight) = self.flights.get_mut(&id) else { return };
        flight.ended = true;
        if let Some(error) = failure.error {
            return self.set_back(id, error, Course::Never);
        }
        // Platforms tell a connection that broke in mid-body in words of their own; that a head came says more.
        let error = match &flight.answer {
            Answer::Part(_) | Answer::Whole { .. } if flight.timed => {
                let received = flight.received;
                Error::truncated(format!("the body broke off after {received} bytes: {}", failure.message))
            }
            _ => Error::new(Code::Network, failure.message),
        };
        self.set_back(id, error, Course::After(None));
    }

    /// A flight was silent for too long.
    pub(super) fn time_out(&mut self, id: FlightId) {
        let Some(flight) = self.flights.get_mut(&id) else { return };
        flight.deadline = None;
        let (limit, received) = (self.options.timeout, flight.received);
        let message = match flight.answer {
            Answer::Awaited => format!("no answer within {limit} ms"),
            _ => format!("no byte within {limit} ms, after {received} bytes of body"),
        };
        self.set_back(id, Error::new(Code::Timeout, message), Course::After(None));
    }

    /// A pause before a retry is over: the hole queues again.
    pub(super) fn pause_over(&mut self, id: SourceId, start: u64) {
        let Some(source) = self.sources.get_mut(&id) else { return };
        if let Some(extent) = source.extents.get_mut(start) {
            let priority = highest(&self.readers, &extent.claims);
            extent.state = State::Queued(self.queues.push(&source.lane, priority, (id, start)));
        }
    }

    /// A flight ends before it brought everything. What came of it is kept, unless the answer itself is refused (a body
    /// that is too long may be wrong from its first byte on); the rest goes its course.
    pub(super) fn set_back(&mut self, id: FlightId, error: Error, course: Course) {
        if course != Course::Never {
            self.salvage(id);
        }
        let Some(flight) = self.flights.get(&id) else { return };
        let starts = self.starts_in_flight(id, flight);
        let Some(flight) = self.land(id) else { return };
        let Some(source) = self.sources.get(&flight.source) else { return };
        let spent = flight.attempt >= self.attempts(source) && course != Course::Onward;
        let asked_for = course;
        let course = if spent { Course::Never } else { course };
        let error = described(error, &flight, &source.name);
        if let Course::After(Some(wish)) = asked_for {
            // It is the server that wants a rest, not this stretch of this file alone.
            let until = self.now.saturating_add(wish.min(self.options.backoff_max));
            self.queues.pause(&source.lane, until);
        }
        let due = match course {
            Course::After(wish) => Some(self.now.saturating_add(self.pauses.next(flight.attempt, wish))),
            _ => None,
        };
        let mut victims = SortedSet::new();
        for start in starts {
            victims.extend(self.put_back(&flight, start, course, due));
        }
        for reader in victims {
            self.fail(reader, &error, Some(id));
        }
    }

    /// One extent of a landed flight goes its course; says whom it takes along into failure.
    fn put_back(
        &mut self,
        flight: &Flight,
        start: u64,
        course: Course,
        due: Option<Millis>,
    ) -> Vec<ReaderId> {
        let id = flight.source;
        let Some(source) = self.sources.get_mut(&id) else { return Vec::new() };
        let Some(extent) = source.extents.get_mut(start) else { return Vec::new() };
        if course == Course::Never {
            let gone = source.extents.remove(start);
            return gone.map_or(Vec::new(), |gone| gone.claims.iter().map(|claim| claim.0).collect());
        }
        extent.tries =
            if course == Course::Onward { flight.attempt.saturating_sub(1) } else { flight.attempt };
        extent.state = match due {
            Some(due) => {
                self.timers.insert((due, Timer::Pause(id, start)));
                State::Pausing(due)
            }
            None => {
                let priority = highest(&self.readers, &extent.claims);
                State::Queued(self.queues.push(&source.lane, priority, (id, start)))
            }
        };
        // Some of its readers may have left meanwhile, or all of them.
        self.trim(id, start);
        Vec::new()
    }

    /// Keeps what came of the extent in which a flight breaks off, so that only the rest is asked for again.
    fn salvage(&mut self, id: FlightId) {
        let Some(flight) = self.flights.get(&id) else { return };
        let (source_id, from, reached) = (flight.source, flight.asked.start, flight.reached());
        let Some(source) = self.sources.get(&source_id) else { return };
        let mut cut = source.extents.overlapping(ByteRange::new(reached, reached.saturating_add(1)));
        let Some((start, extent)) = cut.next().filter(|(start, _)| *start < reached) else { return };
        if extent.state != State::InFlight(id) {
            return;
        }
        let claims = |range: ByteRange| {
            extent.claims.iter().copied().filter(|claim| self.wants_any(*claim, range)).collect()
        };
        let head: Vec<_> = claims(ByteRange::new(start, reached));
        let tail = Extent { claims: claims(ByteRange::new(reached, extent.end)), ..extent.clone() };
        drop(cut);
        let Some(source) = self.sources.get_mut(&source_id) else { return };
        if let Some(extent) = source.extents.get_mut(start) {
            extent.end = reached;
            extent.claims = head;
        }
        source.extents.insert(reached, tail);
        self.keep(source_id, start, id, ByteRange::new(start - from, reached - from));
    }

    /// A reader ends with an error; only then is what it waited with given up.
    fn fail(&mut self, id: ReaderId, error: &Error, flight: Option<FlightId>) {
        let Some(stats) = self.readers.get(&id).map(|reader| reader.stats) else { return };
        self.orders.push_back(Order::Fail { reader: id, error: error.clone(), flight, stats });
        self.end_reader(id);
    }

    /// Notes what an answer says about the length of the file. If that contradicts what was known the source
    /// ends, and the answer is `false`.
    pub(super) fn learn(
        &mut self,
        id: FlightId,
        note: impl FnOnce(&mut Length) -> Result<(), String>,
    ) -> bool {
        let Some(source_id) = self.source_of(id) else { return false };
        let Some(source) = self.sources.get_mut(&source_id) else { return false };
        let before = source.length;
        if let Err(contradiction) = note(&mut source.length) {
            self.changed(id, &contradiction);
            return false;
        }
        if source.length.at_most() != before.at_most() {
            self.length_moved(source_id);
        } else {
            source.facts.length = source.length.get();
        }
        true
    }

    /// Compares an answer's validators with those of the first one. If they differ the source ends, and the answer
    /// is `false`.
    pub(super) fn same_file(&mut self, id: FlightId, head: &Head) -> bool {
        let Some(source) = self.source_of(id).and_then(|id| self.sources.get_mut(&id)) else { return false };
        match validators::difference(&source.facts, head) {
            Some(difference) => {
                self.changed(id, &difference);
                false
            }
            None => {
                validators::adopt(&mut source.facts, head);
                source.facts.redirected.clone_from(&head.redirected);
                true
            }
        }
    }

    /// The file is not the one that it was: nothing kept of it may meet anything that comes.
    fn changed(&mut self, id: FlightId, what: &str) {
        let Some(flight) = self.flights.get(&id) else { return };
        let source_id = flight.source;
        let Some(source) = self.sources.get(&source_id) else { return };
        let page = match &flight.answer {
            Answer::Whole { head, .. } if is_page(head) => {
                "; the server answered 200 with an HTML page: a login page?"
            }
            _ => "",
        };
        let error =
            Error::new(Code::FileChanged, format!("the file changed while it was read: {what}{page}"));
        let error = described(error, flight, &source.name);
        self.end_source(source_id, &error, Some(id));
        if let Some(source) = self.sources.get_mut(&source_id) {
            source.dead = Some(error);
        }
    }

    /// All readers fail, all flights stop, all pieces are forgotten.
    pub(super) fn end_source(&mut self, id: SourceId, error: &Error, flight: Option<FlightId>) {
        for flight in self.flights_of(id) {
            self.land(flight);
        }
        let Some(source) = self.sources.get_mut(&id) else { return };
        for reader_id in std::mem::take(&mut source.readers) {
            if let Some(reader) = self.readers.remove(&reader_id) {
                let (error, stats) = (error.clone(), reader.stats);
                self.orders.push_back(Order::Fail { reader: reader_id, error, flight, stats });
            }
        }
        for start in source.extents.starts(ByteRange::new(0, u64::MAX)) {
            match source.extents.get(start).map(|extent| extent.state) {
                Some(State::Queued(turn)) => self.queues.remove(&source.lane, turn),
                Some(State::Pausing(due)) => {
                    self.timers.remove(&(due, Timer::Pause(id, start)));
                }
                _ => {}
            }
        }
        for start in self
            .sources
            .get(&id)
            .map_or(Vec::new(), |source| source.extents.starts(ByteRange::new(0, u64::MAX)))
        {
            self.forget((id, start));
        }
    }
}

/// The error with the facts of the request that it came from.
fn described(error: Error, flight: &Flight, name: &str) -> Error {
    let status = match flight.answer {
        Answer::Part(_) if flight.timed => Some(206),
        Answer::Whole { .. } => Some(200),
        _ => None,
    };
    error.with(|detail| {
        detail.url.get_or_insert_with(|| name.to_owned());
        detail.range.get_or_insert(flight.asked);
        detail.attempts.get_or_insert(flight.attempt);
        detail.status = detail.status.or(status);
    })
}
