//! One request on its way, of whatever kind: its body, and how it is stopped.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Object, Uint8Array};
use wasm_bindgen::JsValue;

use super::body::Body;
use super::driver::Driver;
use super::fault::{message_of, tells_nothing};
use super::origin::Origin;
use super::platform::{AbortController, set_property};
use super::tasks::spawn;
use super::wait::{Outcome, Settled};
use super::{fetch, local};
use crate::byte_range::ByteRange;
use crate::error::{Code, Error};
use crate::range::trace::Fact;
use crate::range::{FlightId, Head, Millis, SourceFacts, SourceId};

/// What Net has ordered.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub id: FlightId,
    pub source: SourceId,
    pub range: ByteRange,
    pub attempt: u32,
}

/// A request that Net has sent.
pub(super) struct Flight {
    pub id: FlightId,
    pub source: SourceId,
    /// What was asked for.
    pub range: ByteRange,
    /// 1 for the first.
    pub attempt: u32,
    /// When it left.
    pub started: Millis,
    /// HTTP status, once known.
    pub status: Cell<Option<u16>>,
    /// Bytes of body so far.
    pub received: Cell<u64>,
    /// Whether its end was told to those who asked for that.
    pub reported: Cell<bool>,
    controller: Option<AbortController>,
    body: RefCell<Body>,
    stopped: Cell<bool>,
    /// Its head is before Net at this moment: the body of an answer that is refused may be drained.
    judged: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Flight {
    /// Sets out soon: the user's code is not called in the middle of Net's orders, and an order to stop that follows at
    /// once still prevents the request.
    pub fn start(driver: &Rc<Driver>, asked: Asked, origin: Origin) -> Rc<Self> {
        let Asked { id, source, range, attempt } = asked;
        let flight = Rc::new(Self {
            id,
            source,
            range,
            attempt,
            started: driver.now(),
            status: Cell::default(),
            received: Cell::default(),
            reported: Cell::default(),
            controller: AbortController::new().ok(),
            body: RefCell::default(),
            stopped: Cell::new(false),
            judged: Cell::new(false),
            waker: RefCell::default(),
        });
        let (driver, own) = (driver.clone(), flight.clone());
        spawn(async move {
            if own.is_stopped() {
                return;
            }
            let flown = match &origin {
                Origin::Http(http) => fetch::fly(&driver, &own, http).await,
                Origin::Local(local) => local::fly(&driver, &own, local).await,
            };
            match flown {
                Err(exception) if !own.is_stopped() => {
                    let guessed = matches!(&origin, Origin::Http(http) if http.guessed);
                    let final_error = if guessed { own.missed_guess(&driver, &exception) } else { None };
                    driver.failed(own.id, &exception, final_error);
                    own.abort();
                }
                _ => {}
            }
        });
        flight
    }

    /// Why a file that nobody named is taken for absent at once. Pages are told nothing of an answer without CORS headers, as that to a
    /// name that is not there often is: asking again would give the same, and the base, which has answered, needs no proof of a network.
    fn missed_guess(&self, driver: &Driver, exception: &JsValue) -> Option<Error> {
        let answered = self.status.get().is_some() || driver.facts(self.source) != SourceFacts::default();
        (!answered && tells_nothing(exception)).then(|| Error::new(Code::Network, message_of(exception)))
    }

    /// Net wants no more of it.
    pub fn stop(&self) {
        self.stopped.set(true);
        if !self.judged.get() {
            self.abort();
        }
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether Net wants no more of it.
    pub fn is_stopped(&self) -> bool {
        self.stopped.get()
    }

    /// Aborts what is still going on of it.
    pub fn abort(&self) {
        if let Some(controller) = &self.controller {
            let _ = controller.abort();
        }
    }

    /// The signal that its request gets.
    pub fn signal(&self) -> JsValue {
        self.controller.as_ref().map_or(JsValue::UNDEFINED, AbortController::signal)
    }

    /// Puts the head before Net; says whether its body is wanted.
    pub fn judge(&self, driver: &Rc<Driver>, head: Head) -> bool {
        self.judged.set(true);
        self.status.set(Some(head.status));
        driver.tell(Fact::Head { flight: self.id, head: Box::new(head) });
        self.judged.set(false);
        !self.is_stopped()
    }

    /// That many bytes of its body have come by now.
    pub fn arrived(&self, driver: &Rc<Driver>, received: u64) {
        self.received.set(received);
        driver.tell(Fact::Body { flight: self.id, received });
    }

    /// What was asked for, as `{ start, end }`.
    pub fn range_to_js(&self) -> Object {
        let range = Object::new();
        set_property(&range, "start", &JsValue::from_f64(self.range.start as f64));
        set_property(&range, "end", &JsValue::from_f64(self.range.end as f64));
        range
    }

    /// What a promise comes to, or `None` when the flight was stopped before.
    pub async fn settled(&self, promise: &JsValue) -> Option<Outcome> {
        let mut settled = pin!(Settled::of(promise));
        poll_fn(|context| {
            if self.is_stopped() {
                return Poll::Ready(None);
            }
            let _before = self.waker.replace(Some(context.waker().clone()));
            settled.as_mut().poll(context).map(Some)
        })
        .await
    }

    /// What follows is its body.
    pub fn set_body(&self, body: Body) {
        let _before = self.body.replace(body);
    }

    /// Takes a chunk of the body; says how many bytes have come in all.
    pub fn push(&self, chunk: &Uint8Array) -> Result<u64, JsValue> {
        self.body.borrow_mut().push(chunk)
    }

    /// A copy of bytes of the body, counted from its start.
    pub fn copy(&self, range: ByteRange) -> Result<Uint8Array, JsValue> {
        self.body.borrow().copy(range)
    }
}
