//! The life of one call: it ends with its work, with the user's abort, with `close`, or with the first thing that goes
//! wrong; whatever comes first.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::dataset::Working;
use super::driver::Driver;
use super::platform::AbortSignal;
use super::reading::Reading;
use super::wait::Trigger;
use crate::range::trace::Fact;
use crate::range::{ReaderId, SourceId, Wanted};

/// One call that is under way.
pub(super) struct Call {
    driver: Rc<Driver>,
    signal: Option<AbortSignal>,
    /// Why it ended before its work did: what it rejects with.
    reason: RefCell<Option<JsValue>>,
    priority: Cell<i32>,
    readers: RefCell<Vec<ReaderId>>,
    waker: RefCell<Option<Waker>>,
    over: Cell<bool>,
}

impl Call {
    /// A call that has not begun. It rejects with the signal's reason if that is aborted already.
    pub fn new(driver: Rc<Driver>, signal: Option<AbortSignal>, priority: i32) -> Rc<Self> {
        Rc::new(Self {
            driver,
            signal,
            reason: RefCell::default(),
            priority: Cell::new(priority),
            readers: RefCell::default(),
            waker: RefCell::default(),
            over: Cell::new(false),
        })
    }

    /// Ends it at once, unless it has ended: its reads are aborted before this returns.
    pub fn end(&self, reason: JsValue) {
        if self.over.replace(true) {
            return;
        }
        let _before = self.reason.replace(Some(reason));
        for reader in self.readers.take() {
            self.driver.abort(reader);
        }
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// What it still waits for, and will ask for, has that priority from now on.
    pub fn set_priority(&self, priority: i32) {
        self.priority.set(priority);
        for reader in self.readers.borrow().clone() {
            self.driver.tell(Fact::SetPriority { reader, priority });
        }
    }

    /// Whether nothing more is to be done for it. An abort is noticed here too, before its event has come.
    pub fn is_over(&self) -> bool {
        if let Some(signal) = self.signal.as_ref().filter(|_| !self.over.get())
            && signal.aborted() == Ok(true)
        {
            self.end(signal.reason().unwrap_or(JsValue::UNDEFINED));
        }
        self.over.get()
    }

    /// Asks for ranges of a source on behalf of this call.
    pub fn read(
        &self,
        source: SourceId,
        wanted: &[Wanted],
        deliver: impl Fn(usize, Uint8Array) + 'static,
    ) -> Reading {
        let reading = self.driver.read(source, wanted, self.priority.get(), Box::new(deliver));
        if self.over.get() {
            // Ended by what was handed out at once.
            self.driver.abort(reading.id);
        } else {
            self.readers.borrow_mut().push(reading.id);
        }
        reading
    }

    /// Does the work; the first failure, of whatever kind, is what it comes to.
    pub async fn run(self: &Rc<Self>, mut work: Working) -> Result<JsValue, JsValue> {
        let _listener = self.signal.as_ref().map(|signal| Listener::new(signal, self));
        poll_fn(|context| {
            let _before = self.waker.replace(Some(context.waker().clone()));
            // What ended the call while it worked comes first: an abort, an exception of the user's own.
            if !self.is_over()
                && let Poll::Ready(result) = work.as_mut().poll(context)
                && !self.is_over()
            {
                self.over.set(true);
                return Poll::Ready(result.map_err(JsValue::from));
            }
            if self.over.get() { Poll::Ready(Err(self.reason())) } else { Poll::Pending }
        })
        .await
    }

    fn reason(&self) -> JsValue {
        self.reason.borrow().clone().unwrap_or(JsValue::UNDEFINED)
    }
}

/// The one listener that a call has on its signal, taken back on drop.
struct Listener {
    signal: AbortSignal,
    trigger: Trigger,
}

impl Listener {
    fn new(signal: &AbortSignal, call: &Rc<Call>) -> Self {
        let call: Weak<Call> = Rc::downgrade(call);
        let aborted = move || {
            if let Some(call) = call.upgrade() {
                call.is_over();
            }
        };
        let trigger = Trigger::new(Rc::new(aborted));
        // A signal that cannot be listened to is still looked at wherever the call goes on.
        let _ = signal.add_event_listener("abort", &trigger.function);
        Self { signal: signal.clone(), trigger }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener("abort", &self.trigger.function);
    }
}
