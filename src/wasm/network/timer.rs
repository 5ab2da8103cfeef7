//! `setTimeout`, cleared on drop: a timer that nobody needs keeps Node alive.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use wasm_bindgen::JsValue;

use super::driver::Driver;
use super::platform::{clear_timeout, set_timeout};
use super::wait::Trigger;
use crate::range::Millis;

/// The longest delay that `setTimeout` takes.
const LONGEST: Millis = i32::MAX as Millis;

/// One timer on its way.
struct Alarm {
    timeout: JsValue,
    _trigger: Trigger,
}

impl Alarm {
    fn new(delay: Millis, callback: Rc<dyn Fn()>) -> Self {
        let trigger = Trigger::new(callback);
        // A platform without timers: nothing is retried and nothing times out.
        let timeout = set_timeout(&trigger.function, delay.min(LONGEST) as f64).unwrap_or(JsValue::UNDEFINED);
        Self { timeout, _trigger: trigger }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let _ = clear_timeout(&self.timeout);
    }
}

/// The one timer that wakes Net.
#[derive(Default)]
pub(super) struct Timer {
    armed: RefCell<Option<(Millis, Alarm)>>,
}

impl Timer {
    /// Sees to it that the driver is told the time at `due` at the latest, or, with `None`, not at all. A timer that is
    /// early stays: deadlines move with every chunk that comes, and one needless tick is cheaper than all those timers.
    pub fn set(&self, driver: &Weak<Driver>, now: Millis, due: Option<Millis>) {
        let armed = self.armed.borrow().as_ref().map(|(armed, _)| *armed);
        let stays = match (armed, due) {
            (Some(armed), Some(due)) => armed <= due,
            (None, None) => true,
            _ => false,
        };
        if stays {
            return;
        }
        let driver = driver.clone();
        let ring = move || {
            if let Some(driver) = driver.upgrade() {
                driver.ring();
            }
        };
        let alarm = due.map(|due| (due, Alarm::new(due.saturating_sub(now), Rc::new(ring))));
        let _cleared = self.armed.replace(alarm);
    }

    /// It has rung.
    pub fn rung(&self) {
        let _gone = self.armed.take();
    }

    /// Whether it is set, for tests that look for leaks.
    pub fn is_set(&self) -> bool {
        self.armed.borrow().is_some()
    }
}

/// What comes of `future` within that time, if anything.
pub(super) async fn within<T>(delay: Millis, future: impl Future<Output = T>) -> Option<T> {
    let over = Rc::new(Cell::new(false));
    let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
    let (told, woken) = (over.clone(), waker.clone());
    let ring = move || {
        told.set(true);
        let waker = woken.borrow_mut().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    };
    let _alarm = Alarm::new(delay, Rc::new(ring));
    let mut future = pin!(future);
    poll_fn(|context| {
        *waker.borrow_mut() = Some(context.waker().clone());
        match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if over.get() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
