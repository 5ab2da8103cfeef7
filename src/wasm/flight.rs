//! One request on its way, of whatever kind: its body, and how it is stopped.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::body::Body;
use super::driver::Driver;
use super::origin::Origin;
use super::platform::AbortController;
use super::tasks::spawn;
use super::wait::{Outcome, Settled};
use super::{fetch, local};
use crate::byte_range::ByteRange;
use crate::range::{FlightId, Head};

/// A request that Net has sent.
pub(super) struct Flight {
    pub id: FlightId,
    /// What was asked for.
    pub range: ByteRange,
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
    pub fn start(driver: &Rc<Driver>, id: FlightId, range: ByteRange, origin: Origin) -> Rc<Self> {
        let flight = Rc::new(Self {
            id,
            range,
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
                    driver.failed(own.id, &exception);
                    own.abort();
                }
                _ => {}
            }
        });
        flight
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
        driver.tell(|net, now| net.head(now, self.id, head));
        self.judged.set(false);
        !self.is_stopped()
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
