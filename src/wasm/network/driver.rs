//! Tells Net the facts and carries its orders out, all of them, after each fact.
//!
//! An order may run the user's code (a block is handed out, an abort listener is called), and that may bring about facts:
//! another read, an abort, a close. Such a fact is told at once, and its orders wait until the present one is carried
//! out: there is one loop, and no borrow while an order is carried out.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::clock::Clock;
use super::fault::{Fault, cause_of, message_of, typed};
use super::flight::{Asked, Flight};
use super::hints::Hints;
use super::numbered::Numbered;
use super::options::EngineOptions;
use super::platform::{allocate, copy_of};
use super::protocol::Protocols;
use super::reading::{Ended, Reader, Reading};
use super::report::{Outcome, report};
use super::sources::Sources;
use super::timer::Timer;
use super::value::to_js;
use crate::error::{Code, Error};
use crate::range::trace::{Fact, Line};
use crate::range::{
    CacheStats, Failure, FlightId, Millis, Net, Order, Part, ReadStats, ReaderId, SourceFacts, SourceId,
    SourceSpec, Wanted,
};

/// Exceptions kept for `Fail` orders to come. Those of flights that were retried are never asked for.
const CAUSES: usize = 32;

/// One Net, and what it has ordered to be there.
pub(super) struct Driver {
    pub options: EngineOptions,
    pub sources: Sources,
    pub hints: Hints,
    pub protocols: Protocols,
    net: RefCell<Net>,
    clock: Clock,
    timer: Timer,
    flights: RefCell<Numbered<Rc<Flight>>>,
    /// Bodies that Net still keeps pieces of when it is told that they are over.
    landed: RefCell<Vec<FlightId>>,
    pieces: RefCell<Numbered<Uint8Array>>,
    readers: RefCell<Numbered<Rc<Reader>>>,
    causes: RefCell<VecDeque<(FlightId, JsValue)>>,
    carrying_out: Cell<bool>,
    own: Weak<Driver>,
}

impl Driver {
    /// A driver with a Net of its own.
    pub fn new(options: EngineOptions) -> Rc<Self> {
        let driver = Rc::new_cyclic(|own| Self {
            net: RefCell::new(Net::new(options.net.clone())),
            options,
            hints: Hints::default(),
            protocols: Protocols::default(),
            sources: Sources::default(),
            clock: Clock::default(),
            timer: Timer::default(),
            flights: RefCell::default(),
            landed: RefCell::default(),
            pieces: RefCell::default(),
            readers: RefCell::default(),
            causes: RefCell::default(),
            carrying_out: Cell::new(false),
            own: own.clone(),
        });
        driver.record(&Line::Options(driver.options.net.clone()));
        driver
    }

    /// Declares a source to Net.
    pub fn add_source(&self, spec: SourceSpec) -> SourceId {
        if self.tracing() {
            self.record(&Line::Told { at: self.clock.now(), fact: Fact::AddSource(spec.clone()) });
        }
        self.net.borrow_mut().add_source(spec)
    }

    /// What time it is, as Net is told.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// What is known of a source.
    pub fn facts(&self, source: SourceId) -> SourceFacts {
        self.net.borrow().facts(source).cloned().unwrap_or_default()
    }

    /// How full the cache is.
    pub fn cache_stats(&self) -> CacheStats {
        self.net.borrow().cache_stats()
    }

    /// Asks for ranges of a source. `deliver` gets them by their index, each once; it may be called before this returns.
    pub fn read(
        self: &Rc<Self>,
        source: SourceId,
        wanted: &[Wanted],
        priority: i32,
        deliver: Box<dyn Fn(usize, Uint8Array)>,
    ) -> Reading {
        let reader = Rc::new(Reader::new(source, deliver));
        let now = self.clock.now();
        if self.tracing() {
            let fact = Fact::Read { source, wanted: wanted.to_vec(), priority };
            self.record(&Line::Told { at: now, fact });
        }
        let id = self.net.borrow_mut().read_at(now, source, wanted, priority);
        self.readers.borrow_mut().insert(id.0, reader.clone());
        let reading = Reading::new(self.clone(), id, reader);
        self.carry_out_all();
        reading
    }

    /// Ends a read, if it has not ended yet.
    pub fn abort(&self, id: ReaderId) {
        let reader = self.readers.borrow_mut().remove(id.0);
        if reader.is_some() {
            self.tell(Fact::Abort { reader: id });
        }
    }

    /// Tells Net a fact, and carries out what follows.
    pub fn tell(&self, fact: Fact) {
        let now = self.clock.now();
        if self.tracing() {
            self.record(&Line::Told { at: now, fact: fact.clone() });
        }
        fact.tell(&mut self.net.borrow_mut(), now);
        self.carry_out_all();
    }

    /// A flight's body is complete.
    pub fn ended(&self, id: FlightId) {
        self.landed.borrow_mut().push(id);
        self.report(id, Outcome::Done);
        self.tell(Fact::End { flight: id });
    }

    /// A flight has failed with an exception; `error` is what it means where trying again is in vain.
    pub fn failed(&self, id: FlightId, exception: &JsValue, error: Option<Error>) {
        if let Some(cause) = cause_of(exception) {
            let mut causes = self.causes.borrow_mut();
            causes.push_back((id, cause));
            let _oldest = if causes.len() > CAUSES { causes.pop_front() } else { None };
        }
        self.report(id, Outcome::Failed(message_of(exception)));
        self.landed.borrow_mut().push(id);
        let error = typed(exception).or(error);
        let failure = Failure { message: message_of(exception), error };
        self.tell(Fact::Failed { flight: id, failure });
    }

    /// The time that Net wanted to be woken at has come.
    pub fn ring(&self) {
        self.timer.rung();
        self.tell(Fact::Tick);
    }

    /// Notes a line of the trace.
    fn record(&self, line: &Line) {
        if let (Some(trace), Ok(line)) = (&self.options.trace, to_js(line)) {
            // An exception in a witness is not a failure of what it sees.
            let _ = trace.call1(&JsValue::UNDEFINED, &line);
        }
    }

    fn tracing(&self) -> bool {
        self.options.trace.is_some()
    }

    fn report(&self, id: FlightId, outcome: Outcome) {
        let flight = self.flights.borrow().get(id.0).cloned();
        if let Some(flight) = flight {
            report(self, &flight, outcome);
        }
    }

    fn carry_out_all(&self) {
        if self.carrying_out.replace(true) {
            return;
        }
        loop {
            let order = self.net.borrow_mut().next_order();
            let Some(order) = order else { break };
            if self.tracing() {
                self.record(&Line::Order(order.to_string()));
            }
            self.carry_out(order);
        }
        self.carrying_out.set(false);
        for id in self.landed.take() {
            let _body = self.flights.borrow_mut().remove(id.0);
        }
        if self.flights.borrow().is_empty() && self.readers.borrow().is_empty() {
            let _causes = self.causes.take();
        }
        let due = self.net.borrow().next_wake();
        self.timer.set(&self.own, self.clock.now(), due);
    }

    fn carry_out(&self, order: Order) {
        match order {
            Order::Send { flight, source, range, attempt } => {
                if let (Some(own), Some(origin)) = (self.own.upgrade(), self.sources.origin(source)) {
                    let started = Flight::start(&own, Asked { id: flight, source, range, attempt }, origin);
                    self.flights.borrow_mut().insert(flight.0, started);
                }
            }
            Order::Stop { flight } => {
                let flight = self.flights.borrow_mut().remove(flight.0);
                if let Some(flight) = flight {
                    flight.stop();
                    report(self, &flight, Outcome::Stopped);
                }
            }
            Order::Keep { piece, flight, range } => {
                let flight = self.flights.borrow().get(flight.0).cloned();
                // A piece for which there is no memory is missing when it is to be handed out.
                if let Some(Ok(bytes)) = flight.map(|flight| flight.copy(range)) {
                    self.pieces.borrow_mut().insert(piece.0, bytes);
                }
            }
            Order::Forget { piece } => {
                let _piece = self.pieces.borrow_mut().remove(piece.0);
            }
            Order::HandOut { reader, index, parts } => self.hand_out(reader, index, &parts),
            Order::Done { reader, stats } => self.end_reader(reader, stats, Ok(())),
            Order::Fail { reader, error, flight, stats } => {
                let cause = flight.and_then(|flight| self.cause(flight));
                self.end_reader(reader, stats, Err(Fault { error, cause }));
            }
        }
    }

    fn hand_out(&self, id: ReaderId, index: usize, parts: &[Part]) {
        let reader = self.readers.borrow().get(id.0).cloned();
        let Some(reader) = reader else { return };
        match self.assemble(parts) {
            Ok(bytes) => (reader.deliver)(index, bytes),
            Err(fault) => {
                self.abort(id);
                reader.end(Ended { stats: ReadStats::default(), result: Err(fault) });
                // Room for others, and pieces that could not be kept are asked for again.
                self.tell(Fact::ClearCache);
            }
        }
    }

    /// One fresh buffer of the parts, copied from JavaScript to JavaScript.
    fn assemble(&self, parts: &[Part]) -> Result<Uint8Array, Fault> {
        let total = parts.iter().map(|part| part.range.len()).sum();
        let no_memory = |cause| Fault {
            error: Error::new(
                Code::Limit,
                format!("the platform has no memory for a buffer of {total} bytes"),
            )
            .with(|detail| detail.found = Some(total)),
            cause,
        };
        let pieces = self.pieces.borrow();
        let piece = |part: &Part| {
            let bytes = pieces.get(part.piece.0).filter(|bytes| u64::from(bytes.length()) >= part.range.end);
            bytes.ok_or_else(|| no_memory(None))
        };
        if let [part] = parts {
            return copy_of(piece(part)?, part.range.start, part.range.end)
                .map_err(|cause| no_memory(Some(cause)));
        }
        let whole = allocate(total).map_err(|cause| no_memory(Some(cause)))?;
        let mut at = 0;
        for part in parts {
            let bytes = piece(part)?.subarray(part.range.start as u32, part.range.end as u32);
            whole.set(&bytes, at);
            at += bytes.length();
        }
        Ok(whole)
    }

    fn end_reader(&self, id: ReaderId, stats: ReadStats, result: Result<(), Fault>) {
        let reader = self.readers.borrow_mut().remove(id.0);
        let Some(reader) = reader else { return };
        if result.as_ref().is_err_and(|fault| fault.error.code() == Code::FileChanged) {
            self.sources.retire(reader.source);
        }
        reader.end(Ended { stats, result });
    }

    fn cause(&self, flight: FlightId) -> Option<JsValue> {
        let causes = self.causes.borrow();
        causes.iter().find(|(id, _)| *id == flight).map(|(_, cause)| cause.clone())
    }

    /// What is held, for tests that look for leaks: flights, pieces, readers, exceptions, timers.
    pub fn counts(&self) -> [usize; 5] {
        [
            self.flights.borrow().len(),
            self.pieces.borrow().len(),
            self.readers.borrow().len(),
            self.causes.borrow().len(),
            usize::from(self.timer.is_set()),
        ]
    }
}
