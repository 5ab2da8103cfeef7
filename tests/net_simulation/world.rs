//! The virtual clock, and the driver that carries out Net's orders to the letter.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use pyramidion::byte_range::ByteRange;
use pyramidion::range::{FlightId, Millis, Net, NetOptions, Order, PieceId, ReaderId, Wanted};

use crate::byte_set::ByteSet;
use crate::checks;
use crate::dice::Dice;
use crate::file::File;
use crate::server::{Answer, Blame, Ending, answer};

/// A request that Net sent.
pub struct Request {
    pub file: usize,
    pub asked: ByteRange,
    pub attempt: u32,
    pub answer: Option<Answer>,
    /// Under way: neither stopped nor ended.
    pub live: bool,
    pub has_head: bool,
    pub received: u64,
    pub heard: Millis,
    pub whole: bool,
    /// Bytes that a live reader wanted when it was sent, and that nothing else was bringing.
    pub useful: ByteSet,
    /// What went wrong with it, once the driver told Net.
    pub blame: Option<Blame>,
    /// A 416 told that it lies past the end.
    pub past_end: bool,
    /// Its orders may still refer to its body: true until the orders of the fact that ended it are drained.
    pub body_held: bool,
    pub kept_to: u64,
}

impl Request {
    /// Useful bytes that have not come yet. What has come may have been handed out and evicted again.
    pub fn outstanding(&self) -> ByteSet {
        let mut outstanding = self.useful.clone();
        let arrived = if self.whole { 0 } else { self.received };
        outstanding.minus(&ByteSet::of(ByteRange::new(self.asked.start, self.asked.start + arrived)));
        outstanding
    }
}

/// Bytes that Net told the driver to keep.
pub struct Piece {
    pub file: usize,
    pub range: ByteRange,
    pub bytes: Vec<u8>,
    /// The step in which a reader last had it.
    pub used: u64,
}

/// A call of `Net::read` that has not ended.
pub struct Call {
    pub file: usize,
    pub wanted: Vec<Wanted>,
    pub given: Vec<bool>,
    pub priority: i32,
    pub began: Millis,
    pub sends_before: u64,
}

/// A failed request: when its successor may leave.
pub struct Setback {
    pub file: usize,
    pub asked: ByteRange,
    pub attempt: u32,
    pub not_before: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    Head(FlightId),
    Body(FlightId, u64),
    End(FlightId),
    Fail(FlightId),
    /// A fact about a flight of which Net should know nothing.
    Stray(FlightId),
    /// The next line of the script.
    Act,
}

/// What the orders of one fact did.
#[derive(Default)]
pub struct Step {
    /// Pieces of cached sources forgotten for want of room: charge and last use.
    pub evicted: Vec<(u64, u64)>,
    pub replaced_by_whole: bool,
    pub clearing: bool,
    /// The flight that failed in this fact, to be tried again.
    pub set_back: Vec<FlightId>,
    pub orders: u64,
}

pub struct World {
    pub net: Net,
    pub options: NetOptions,
    pub dice: Dice,
    pub now: Millis,
    pub events: BinaryHeap<Reverse<(Millis, u64, Event)>>,
    pub files: Vec<File>,
    pub requests: BTreeMap<FlightId, Request>,
    pub pieces: BTreeMap<PieceId, Piece>,
    pub calls: BTreeMap<ReaderId, Call>,
    pub setbacks: Vec<Setback>,
    /// Origins that are known to multiplex.
    pub multiplexed: BTreeSet<u64>,
    /// Origins that asked for a rest, and until when.
    pub rests: BTreeMap<u64, Millis>,
    pub step: Step,
    pub steps: u64,
    pub sends: u64,
    pub reported_requests: u64,
    pub aborts: u64,
    pub events_made: u64,
    /// Readers that ended, by what: for the test that the scripts reach everything.
    pub endings: BTreeMap<String, u64>,
    pub talkative: bool,
}

impl World {
    pub fn schedule(&mut self, delay: Millis, event: Event) {
        self.events_made += 1;
        self.events.push(Reverse((self.now + delay, self.events_made, event)));
    }

    /// Carries out the orders that a fact led to, then looks at everything.
    pub fn after_fact(&mut self) {
        while let Some(order) = self.net.next_order() {
            if self.talkative {
                eprintln!("{:>8}        {order:?}", self.now);
            }
            self.step.orders += 1;
            self.carry_out(order);
        }
        self.requests
            .values_mut()
            .filter(|request| !request.live)
            .for_each(|request| request.body_held = false);
        self.check_step();
        self.steps += 1;
        self.step = Step::default();
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Send { flight, source, range, cuts, attempt } => {
                self.check_send(flight, source, range, attempt);
                checks::check_cuts(range, &cuts);
                self.send(flight, source.0 as usize, range, attempt);
            }
            Order::Stop { flight } => {
                self.check_stop(flight);
                if let Some(request) = self.requests.get_mut(&flight) {
                    request.live = false;
                    self.files[request.file].taking.take_if(|taking| *taking == flight);
                }
            }
            Order::Keep { piece, flight, range } => self.keep(piece, flight, range),
            Order::Forget { piece } => self.forget(piece),
            Order::HandOut { reader, index, parts } => self.hand_out(reader, index, &parts),
            Order::Done { reader, stats } => {
                let call = self.calls.remove(&reader).expect("Done of a reader that is not live");
                assert!(call.given.iter().all(|given| *given), "{reader:?} is done without all its ranges");
                assert!(stats.cache_hits as usize <= call.wanted.len());
                self.reported_requests += stats.requests;
                self.ended(&call, "done");
            }
            Order::Fail { reader, error, flight, stats } => {
                self.check_fail(reader, &error, flight);
                self.reported_requests += stats.requests;
                if let Some(call) = self.calls.remove(&reader) {
                    self.ended(&call, &format!("{:?}", error.code()));
                }
            }
        }
    }

    fn send(&mut self, flight: FlightId, file: usize, asked: ByteRange, attempt: u32) {
        let mut useful = self.useful_bytes(file, asked);
        useful.minus(&self.files[file].murky);
        let answer = answer(&self.files[file], asked, &mut self.dice, &self.options);
        self.sends += 1;
        self.plan_answer(flight, &answer);
        self.requests.insert(
            flight,
            Request {
                file,
                asked,
                attempt,
                answer: Some(answer),
                live: true,
                has_head: false,
                received: 0,
                heard: self.now,
                whole: false,
                useful,
                blame: None,
                past_end: false,
                body_held: true,
                kept_to: 0,
            },
        );
    }

    /// Delays are mostly short, at times longer than Net's patience.
    pub fn delay(&mut self) -> Millis {
        let timeout = self.options.timeout;
        if self.dice.chance(3) {
            self.dice.between(timeout / 2, timeout * 3 / 2)
        } else {
            self.dice.below(60)
        }
    }

    fn plan_answer(&mut self, flight: FlightId, answer: &Answer) {
        let mut at = self.delay();
        if answer.head.is_some() {
            self.schedule(at, Event::Head(flight));
        }
        let length = answer.body.len() as u64;
        let mut received = 0;
        while answer.head.is_some() && received < length {
            received += self.dice.between(1, length.min(1 + length / 2)).min(length - received);
            at += self.delay();
            self.schedule(at, Event::Body(flight, received));
        }
        at += self.delay();
        match answer.ending {
            Ending::End => self.schedule(at, Event::End(flight)),
            Ending::Reset => self.schedule(at, Event::Fail(flight)),
            Ending::Silence => {}
        }
    }

    fn keep(&mut self, piece: PieceId, flight: FlightId, range: ByteRange) {
        let request = self.requests.get_mut(&flight).expect("Keep of an unknown flight's body");
        assert!(request.body_held, "Keep of {flight:?}, whose body is gone");
        assert!(
            !range.is_empty() && range.end <= request.received,
            "Keep of bytes that have not come: {range}"
        );
        assert!(range.start >= request.kept_to, "Keeps of {flight:?} go back");
        request.kept_to = range.end;
        let base = if request.whole { 0 } else { request.asked.start };
        let body = &request.answer.as_ref().expect("answered").body;
        let bytes = body[range.start as usize..range.end as usize].to_vec();
        let place = ByteRange::new(base + range.start, base + range.end);
        let file = &mut self.files[request.file];
        assert!(bytes == file.truth(place), "{flight:?} made {place} something else than the file");
        let overlap = file.pieces.range(..place.end).next_back();
        let overlap = overlap.filter(|(_, other)| self.pieces[other].range.end > place.start);
        assert!(overlap.is_none(), "{place} is kept twice");
        file.pieces.insert(place.start, piece);
        let kept = Piece { file: request.file, range: place, bytes, used: self.steps };
        assert!(self.pieces.insert(piece, kept).is_none(), "{piece:?} is used twice");
    }

    fn forget(&mut self, piece: PieceId) {
        self.check_forget(piece);
        let gone = self.pieces.remove(&piece).expect("Forget of an unknown piece");
        self.files[gone.file].pieces.remove(&gone.range.start);
    }
}
