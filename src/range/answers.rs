//! What comes back: heads, bodies and ends of flights.

use crate::byte_range::ByteRange;
use crate::error::{Code, Error};

use super::content_range::ContentRange;
use super::extents::{Claim, Extent, State};
use super::flight::Answer;
use super::length::Length;
use super::net::{Net, Timer};
use super::order::{FlightId, Head, SourceId};
use super::setbacks::{Course, cut_short};
use super::verdict::{PartHead, Verdict, broken, ignores_ranges, judge};

impl Net {
    /// Acts upon a head, by its verdict.
    pub(super) fn take_head(&mut self, id: FlightId, head: &Head) {
        if !self.flights.get(&id).is_some_and(|flight| matches!(flight.answer, Answer::Awaited)) {
            return;
        }
        self.hear(id);
        let Some(flight) = self.flights.get_mut(&id) else { return };
        let Some(source) = self.sources.get(&flight.source) else { return };
        if source.local {
            flight.answer = Answer::Part(PartHead { end: None, hidden: true });
            let total =
                head.content_range.as_deref().and_then(ContentRange::parse).and_then(ContentRange::total);
            self.learn(id, |length| total.map_or(Ok(()), |total| length.tell(total)));
            return;
        }
        match judge(flight.asked, head, source.length, self.options.whole_bytes) {
            Verdict::Part { part, total } => self.take_part(id, head, part, total),
            Verdict::Whole { length } => self.take_whole(id, head, length),
            Verdict::PastEnd { total } => self.take_past_end(id, total),
            Verdict::AskLess { total } => {
                if self.learn(id, |length| length.tell(total)) {
                    let error =
                        Error::new(Code::Http, format!("http status 416, though the file has {total} bytes"))
                            .with(|detail| detail.status = Some(416));
                    self.set_back(id, error, Course::AtOnce);
                }
            }
            Verdict::Again { error, after } => self.set_back(id, error, Course::After(after)),
            Verdict::Refused(error) => self.set_back(id, error, Course::Never),
        }
    }

    fn take_part(&mut self, id: FlightId, head: &Head, part: PartHead, total: Option<u64>) {
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.answer = Answer::Part(part);
        }
        if !self.same_file(id, head) {
            return;
        }
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.answered = Some(self.now);
            if let Some(source) = self.sources.get_mut(&flight.source) {
                self.links.answered(&source.lane, self.now.saturating_sub(flight.sent));
                source.facts.hidden |= part.hidden;
            }
        }
        self.learn(id, |length| {
            total.map_or(Ok(()), |total| length.tell(total))?;
            part.end.map_or(Ok(()), |end| length.saw(end))
        });
    }

    /// The server ignores ranges: this flight brings everything, so all that is missing waits for it alone.
    fn take_whole(&mut self, id: FlightId, head: &Head, told: Option<u64>) {
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.answer = Answer::Whole { length: told, head: Box::new(head.clone()) };
        }
        if !self.same_file(id, head)
            || !self.learn(id, |length| told.map_or(Ok(()), |told| length.tell(told)))
        {
            return;
        }
        let Some(flight) = self.flights.get_mut(&id) else { return };
        let (source_id, attempt) = (flight.source, flight.attempt);
        let others = self.flights_of(source_id);
        for other in others.into_iter().filter(|other| *other != id) {
            self.land(other);
        }
        let Some(source) = self.sources.get_mut(&source_id) else { return };
        source.whole = Some(id);
        for start in source.extents.starts(ByteRange::new(0, u64::MAX)) {
            let Some(extent) = source.extents.get_mut(start) else { continue };
            match extent.state {
                State::Kept(..) => continue,
                State::InFlight(_) => {}
                State::Queued(turn) => self.queues.remove(&source.lane, turn),
                State::Pausing(due) => {
                    self.timers.remove(&(due, Timer::Pause(source_id, start)));
                }
            }
            extent.state = State::InFlight(id);
            extent.tries = attempt;
        }
    }

    fn take_past_end(&mut self, id: FlightId, total: Option<u64>) {
        let Some(start) = self.flights.get(&id).map(|flight| flight.asked.start) else { return };
        // All extents of the flight lie past the end then: with the last of them it is stopped.
        self.learn(id, |length| match total {
            Some(total) => length.tell(total),
            None => length.ends_by(start),
        });
    }

    /// More of a body has come.
    pub(super) fn take_body(&mut self, id: FlightId, received: u64) {
        let Some(flight) = self.flights.get_mut(&id) else { return };
        let Some(fresh) = received.checked_sub(flight.received).filter(|fresh| *fresh > 0) else { return };
        let local = !flight.timed;
        if local && matches!(flight.answer, Answer::Awaited) {
            flight.answer = Answer::Part(PartHead { end: None, hidden: true });
        }
        if matches!(flight.answer, Answer::Awaited) {
            return;
        }
        flight.received = received;
        let owner = flight.owner;
        if let Some(reader) = self.readers.get_mut(&owner) {
            reader.stats.bytes += fresh;
        }
        self.hear(id);
        match self.excess(id) {
            Some(error) => self.set_back(id, error, Course::Never),
            None if self.learn_reached(id) => self.keep_arrived(id),
            None => {}
        }
    }

    /// Why a body is longer than it may be.
    fn excess(&self, id: FlightId) -> Option<Error> {
        let flight = self.flights.get(&id)?;
        let (asked, received) = (flight.asked, flight.received);
        match &flight.answer {
            Answer::Awaited => None,
            Answer::Part(_) if !flight.timed => {
                // A source of the user's own that tells a length and then gives more is at fault, not changed.
                let allowed = self.sources.get(&flight.source)?.clip(asked).len();
                let message =
                    format!("the source gave {received} bytes for {asked}, expected at most {allowed}");
                (received > allowed).then(|| Error::invalid("source", message))
            }
            Answer::Part(part) => {
                let end = part.end.unwrap_or(asked.end);
                let allowed = end.saturating_sub(asked.start);
                let message =
                    format!("{received} bytes of body for bytes {}..{end}, expected {allowed}", asked.start);
                (received > allowed).then(|| broken(message))
            }
            Answer::Whole { length: Some(length), .. } => (received > *length).then(|| {
                broken(format!(
                    "{received} bytes of body with content-length {length}: compressed on its way?"
                ))
            }),
            Answer::Whole { length: None, head } => {
                let limit = self.options.whole_bytes;
                (received > limit).then(|| ignores_ranges(head, received, limit))
            }
        }
    }

    /// What has come exists; `false` if the file was said to end before.
    fn learn_reached(&mut self, id: FlightId) -> bool {
        let Some(flight) = self.flights.get(&id) else { return false };
        let reached = match flight.answer {
            Answer::Whole { .. } => flight.received,
            _ => flight.reached(),
        };
        self.learn(id, |length| length.saw(reached))
    }

    /// Keeps the extents whose last byte has come. A whole body is kept at its end, in one piece.
    pub(super) fn keep_arrived(&mut self, id: FlightId) {
        while let Some((source, start, end)) = self.next_arrived(id) {
            let Some(flight) = self.flights.get_mut(&id) else { return };
            flight.scanned = end;
            let from = flight.asked.start;
            self.keep(source, start, id, ByteRange::new(start - from, end - from));
        }
        self.stop_if_unwanted(id);
    }

    /// The next extent of a flight whose last byte has come: source, start and end.
    fn next_arrived(&self, id: FlightId) -> Option<(SourceId, u64, u64)> {
        let flight = self.flights.get(&id).filter(|flight| matches!(flight.answer, Answer::Part(_)))?;
        let ahead = ByteRange::new(flight.scanned, flight.reached());
        let source = self.sources.get(&flight.source)?;
        let (start, extent) = source.extents.in_flight(id, ahead).next()?;
        (extent.end <= ahead.end).then_some((flight.source, start, extent.end))
    }

    /// A body is complete, as far as the transport can tell.
    pub(super) fn take_end(&mut self, id: FlightId) {
        let Some(flight) = self.flights.get_mut(&id) else { return };
        flight.ended = true;
        let (came, bytes) = (flight.answered, flight.received);
        if let (Some(came), Some(source)) = (came, self.sources.get(&flight.source)) {
            let together = self.queues.under_way(&source.lane);
            self.links.brought(&source.lane, bytes, self.now.saturating_sub(came), together);
        }
        if !flight.timed && matches!(flight.answer, Answer::Awaited) {
            flight.answer = Answer::Part(PartHead { end: None, hidden: true });
        }
        let asked = flight.asked;
        let (reached, received, attempt) = (flight.reached(), flight.received, flight.attempt);
        let Some(source) = self.sources.get(&flight.source) else { return };
        let expected = source.clip(asked).end;
        match flight.answer {
            Answer::Awaited => {
                let error = Error::new(Code::Network, "the answer ended before its head");
                self.set_back(id, error, Course::After(None));
            }
            Answer::Whole { length: Some(length), .. } if received < length => {
                self.set_back(id, cut_short(received, length), Course::After(None));
            }
            Answer::Whole { .. } => self.end_whole(id, received),
            Answer::Part(part) => {
                let unknown = source.length.get().is_none();
                // Where nothing announces the length, only the rest of the request can tell an end from a cut.
                let due = match part.end {
                    Some(end) => end,
                    None if source.local && unknown => reached,
                    None => expected,
                };
                // Most likely the file ends here and the next answer is a 416: no need to wait for that.
                let at_once = part.end.is_none() && attempt == 1;
                if reached < due {
                    let course = if at_once { Course::AtOnce } else { Course::After(None) };
                    self.set_back(id, cut_short(received, due - asked.start), course);
                } else {
                    self.end_part(id, part.hidden && reached < expected);
                }
            }
        }
    }

    /// A part is there as announced. Where that is less than was asked for and `Content-Range` is not readable, the
    /// file ends there: an answer of that `Content-Length` to a longer range has no other sound meaning, and later
    /// evidence against it is a changed file. Where it is readable, the server gave a portion: the rest is asked for.
    fn end_part(&mut self, id: FlightId, at_end_of_file: bool) {
        let Some(flight) = self.flights.get(&id) else { return };
        let (reached, start, received) = (flight.reached(), flight.asked.start, flight.received);
        let ends = |length: &mut Length| match reached > start {
            true => length.tell(reached),
            false => length.ends_by(reached),
        };
        if at_end_of_file && !self.learn(id, ends) {
            return;
        }
        let Some(flight) = self.flights.get(&id) else { return };
        if self.starts_in_flight(id, flight).is_empty() {
            self.land(id);
            return;
        }
        let course = if received >= self.options.page_bytes.max(1) { Course::Onward } else { Course::AtOnce };
        let error =
            Error::truncated(format!("the server gave {received} bytes of {} asked for", flight.asked.len()));
        self.set_back(id, error, course);
    }

    /// The whole file is there: it takes the place of all pieces, and everybody is served from it.
    fn end_whole(&mut self, id: FlightId, received: u64) {
        if !self.learn(id, |length| length.tell(received)) {
            return;
        }
        let Some(flight) = self.land(id).filter(|_| received > 0) else { return };
        let source_id = flight.source;
        let claims = self.open_claims(source_id);
        let state = State::InFlight(id);
        self.replace_all(
            source_id,
            Extent { end: received, state, claims, tries: flight.attempt, cause: flight.owner },
        );
        self.keep(source_id, 0, id, ByteRange::new(0, received));
    }

    /// One extent from 0 instead of all others.
    fn replace_all(&mut self, id: SourceId, whole: Extent) {
        let Some(source) = self.sources.get(&id) else { return };
        for start in source.extents.starts(ByteRange::new(0, u64::MAX)) {
            self.forget((id, start));
        }
        if let Some(source) = self.sources.get_mut(&id) {
            source.facts.whole = true;
            source.extents.insert(0, whole);
        }
    }

    /// What is wanted of a source and not handed out yet.
    fn open_claims(&self, id: SourceId) -> Vec<Claim> {
        let Some(source) = self.sources.get(&id) else { return Vec::new() };
        let mut claims = Vec::new();
        for reader_id in source.readers.iter() {
            let wants = self.readers.get(reader_id).map_or(&[][..], |reader| &reader.wants);
            let open = wants.iter().enumerate().filter(|(_, want)| !want.handed_out);
            claims.extend(open.map(|(index, _)| (*reader_id, index)));
        }
        claims
    }
}
