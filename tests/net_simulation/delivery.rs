//! What the network tells the driver, and the driver Net: heads, bodies, ends, failures, and facts that are none.

use pyramidion::byte_range::ByteRange;
use pyramidion::error::Code;
use pyramidion::range::{Failure, FlightId, Head};

use crate::server::{Blame, Meaning};
use crate::world::{Event, Setback, World};

impl World {
    /// The network or the script acts.
    pub fn happen(&mut self, event: Event) {
        let flight = match event {
            Event::Act => return self.act(),
            Event::Stray(flight) => return self.stray(flight),
            Event::Head(flight) | Event::Body(flight, _) | Event::End(flight) | Event::Fail(flight) => flight,
        };
        if !self.requests.get(&flight).is_some_and(|request| request.live) {
            return self.stray(flight);
        }
        if self.talkative {
            eprintln!("{:>8}  {event:?}", self.now);
        }
        match event {
            Event::Head(_) => self.deliver_head(flight),
            Event::Body(_, received) => self.deliver_body(flight, received),
            Event::End(_) => self.deliver_end(flight),
            _ => self.deliver_failure(flight),
        }
        self.after_fact();
        if self.dice.chance(5) {
            self.repeat(flight);
        }
        if self.dice.chance(3) {
            let delay = self.delay();
            self.schedule(delay, Event::Stray(flight));
        }
    }

    /// Facts about stopped, ended or unknown flights must have no effect whatever.
    fn stray(&mut self, flight: FlightId) {
        let known = self.requests.get(&flight);
        if known.is_some_and(|request| request.live) {
            return;
        }
        let flight = if self.dice.chance(10) { FlightId(flight.0 + 1_000_000) } else { flight };
        let (now, received) = (self.now, self.dice.below(500));
        match self.dice.below(4) {
            0 => {
                let head = known.and_then(|request| request.answer.as_ref()?.head.clone());
                self.net.head(now, flight, head.unwrap_or_default());
            }
            1 => self.net.body(now, flight, received),
            2 => self.net.end(now, flight),
            _ => self.net.failed(now, flight, Failure { message: "stray".into(), error: None }),
        }
        self.after_fact_without_orders("a fact about a flight that is over");
    }

    /// A second head, and a body that shrinks, are no facts either.
    fn repeat(&mut self, flight: FlightId) {
        let Some(request) = self.requests.get(&flight).filter(|request| request.live && request.has_head)
        else {
            return;
        };
        let received = self.dice.below(request.received + 1);
        match self.dice.below(3) {
            0 => self.net.head(self.now, flight, Head { status: 404, ..Head::default() }),
            1 => self.net.head(
                self.now,
                flight,
                request.answer.as_ref().and_then(|a| a.head.clone()).unwrap_or_default(),
            ),
            _ => self.net.body(self.now, flight, received),
        }
        self.after_fact_without_orders("a fact that says nothing new");
        self.check_step();
    }

    pub fn after_fact_without_orders(&mut self, what: &str) {
        let before = self.net.cache_stats();
        assert_eq!(self.net.next_order(), None, "{what} led to an order");
        assert_eq!(self.net.cache_stats(), before);
    }

    fn deliver_head(&mut self, flight: FlightId) {
        let request = self.requests.get_mut(&flight).expect("known");
        let answer = request.answer.as_ref().expect("answered");
        let head = answer.head.clone().expect("has a head");
        request.has_head = true;
        request.heard = self.now;
        let file = &mut self.files[request.file];
        let good = matches!(answer.meaning, Meaning::Part | Meaning::Whole);
        if answer.contradicts || (good && file.fixed.is_some_and(|fixed| fixed != answer.version)) {
            file.dead = true;
        } else {
            if good {
                file.fixed = Some(answer.version);
            }
            file.told_length = answer.tells.or(file.told_length);
        }
        request.past_end = answer.meaning == Meaning::PastEnd;
        if request.past_end {
            file.past = file.past.min(request.asked.start);
        }
        request.whole = answer.meaning == Meaning::Whole;
        if request.whole && !file.dead {
            file.taking = Some(flight);
        }
        if let Some(blame) = answer.head_blame {
            let hurry = answer.hurry;
            self.blame(flight, blame, hurry);
        }
        self.net.head(self.now, flight, head);
    }

    fn deliver_body(&mut self, flight: FlightId, received: u64) {
        let request = self.requests.get_mut(&flight).expect("known");
        let answer = request.answer.as_ref().expect("answered");
        request.received = received;
        request.heard = self.now;
        let file = &self.files[request.file];
        let exists = file.limit().saturating_sub(request.asked.start);
        let allowed = if file.http { answer.allowed } else { answer.allowed.min(exists) };
        if received > allowed {
            let blame = answer.excess_blame;
            self.blame(flight, blame, false);
        }
        self.net.body(self.now, flight, received);
    }

    fn deliver_end(&mut self, flight: FlightId) {
        let request = self.requests.get_mut(&flight).expect("known");
        let answer = request.answer.as_ref().expect("answered");
        request.live = false;
        let file = &mut self.files[request.file];
        file.told_length = answer.end_tells.or(file.told_length);
        if !file.http && request.received == 0 && answer.end_blame.is_none() {
            file.past = file.past.min(request.asked.start);
        }
        if request.whole && answer.end_blame.is_none() {
            file.whole |= !answer.body.is_empty();
            self.step.replaced_by_whole = true;
        }
        file.taking.take_if(|taking| *taking == flight);
        if let Some(blame) = answer.end_blame {
            let hurry = answer.hurry;
            self.blame(flight, blame, hurry);
        }
        self.net.end(self.now, flight);
    }

    fn deliver_failure(&mut self, flight: FlightId) {
        let request = self.requests.get_mut(&flight).expect("known");
        request.live = false;
        self.files[request.file].taking.take_if(|taking| *taking == flight);
        let error = request.answer.as_ref().and_then(|answer| answer.typed.clone());
        let local = !self.files[request.file].http;
        let blame = match &error {
            Some(error) => Blame::last(error.code()),
            None if local => Blame::last(Code::Network),
            None if request.has_head => Blame::again(Code::Truncated),
            None => Blame::again(Code::Network),
        };
        self.blame(flight, blame, false);
        self.net.failed(self.now, flight, Failure { message: "connection reset".into(), error });
    }

    /// Something goes wrong with a flight, and Net is about to hear of it.
    pub fn blame(&mut self, flight: FlightId, blame: Blame, hurry: bool) {
        let request = self.requests.get_mut(&flight).expect("known");
        request.blame = Some(blame);
        let file = &mut self.files[request.file];
        file.murky.add(request.asked);
        if request.whole {
            file.murky.add(ByteRange::new(0, u64::MAX));
        }
        let Some(after) = blame.retry else { return };
        if after > 0 {
            let until = self.now + after.min(self.options.backoff_max);
            let rest = self.rests.entry(self.files[request.file].origin).or_default();
            *rest = until.max(*rest);
        }
        self.step.set_back.push(flight);
        let doubled = self.options.backoff.saturating_mul(1 << (request.attempt - 1).min(20));
        let full = doubled.min(self.options.backoff_max);
        let pause = after.max(full - full / 2).min(self.options.backoff_max);
        self.setbacks.push(Setback {
            file: request.file,
            asked: if request.whole { ByteRange::new(0, u64::MAX) } else { request.asked },
            attempt: request.attempt,
            not_before: if hurry { self.now } else { self.now + pause },
        });
    }
}
