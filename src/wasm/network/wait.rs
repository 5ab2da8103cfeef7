//! Promises as futures that may be dropped at any time.
//!
//! A closure handed to JavaScript must live until it is called, and a promise may never settle: a user's `fetch` that
//! ignores its signal, a timer that was cleared. So nothing of ours is handed out per wait. There is one closure for all
//! waits, made once and never dropped; what a promise gets is that closure bound to a number, a JavaScript function
//! that is JavaScript's to collect. The number is looked up when it is called; a wait that was given up is not there
//! any more and the call does nothing. Dropping a wait therefore frees all of it at once, and a promise that never
//! settles holds no WebAssembly memory.
//!
//! Everything that comes from outside comes this way, timers and abort listeners too: they get the resolve function
//! of a promise, which is the platform's own. So there is one way in, and an exception out of it, which is a trap (or the
//! refusal of an instance that has trapped and was replaced), ends in a promise whose failure goes to the trap
//! handler: never as an uncaught exception.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;

use super::numbered::Numbered;
use super::platform::{Callback, Thenable};
use super::tasks;

/// What a promise came to.
pub(super) type Outcome = Result<JsValue, JsValue>;

struct Waits {
    next: Cell<u64>,
    slots: RefCell<Numbered<Slot>>,
    settle: Closure<dyn Fn(f64, bool, JsValue)>,
    /// `Function.prototype`, which may be called with anything and does nothing.
    nothing: JsValue,
    /// Gets the exceptions of `settle`.
    trapped: RefCell<JsValue>,
}

enum Slot {
    /// Somebody polls for it.
    Polled { waker: Option<Waker>, outcome: Option<Outcome> },
    /// To be called, once.
    Called(Rc<dyn Fn()>),
}

thread_local! {
    static WAITS: Waits = {
        let settle: Closure<dyn Fn(f64, bool, JsValue)> = Closure::new(settle);
        let nothing: JsValue = Object::get_prototype_of(settle.as_ref()).into();
        let trapped = RefCell::new(nothing.clone());
        Waits { next: Cell::new(1), slots: RefCell::default(), settle, nothing, trapped }
    };
}

/// The one closure that JavaScript knows.
fn settle(id: f64, fulfilled: bool, value: JsValue) {
    tasks::expect_run();
    let outcome = if fulfilled { Ok(value) } else { Err(value) };
    // What is woken or called runs without any borrow.
    match take_outcome(id as u64, outcome) {
        Some(Woken::Waker(waker)) => waker.wake(),
        Some(Woken::Callback(callback)) => callback(),
        None => {}
    }
    tasks::run();
}

/// Sees to it that ready tasks run in a turn of their own.
pub(super) fn soon() {
    enter(&Promise::resolve(&JsValue::UNDEFINED), Slot::Called(Rc::new(|| {})));
}

/// Whom to tell of a trap from now on: a function of one argument.
pub(super) fn set_trap_handler(handler: &Function) {
    WAITS.with(|waits| *waits.trapped.borrow_mut() = handler.into());
}

enum Woken {
    Waker(Waker),
    Callback(Rc<dyn Fn()>),
}

fn take_outcome(id: u64, outcome: Outcome) -> Option<Woken> {
    WAITS.with(|waits| {
        let mut slots = waits.slots.borrow_mut();
        match slots.get_mut(id)? {
            Slot::Polled { waker, outcome: place } => {
                *place = Some(outcome);
                waker.take().map(Woken::Waker)
            }
            Slot::Called(_) => match slots.remove(id)? {
                Slot::Called(callback) => Some(Woken::Callback(callback)),
                Slot::Polled { .. } => None,
            },
        }
    })
}

/// Enters a wait for the promise; says its number.
fn enter(promise: &Promise, slot: Slot) -> u64 {
    WAITS.with(|waits| {
        let id = waits.next.replace(waits.next.get() + 1);
        waits.slots.borrow_mut().insert(id, slot);
        let settle: &Callback = waits.settle.as_ref().unchecked_ref();
        let bound = |fulfilled| settle.bound(&JsValue::UNDEFINED, id as f64, fulfilled);
        let promise: &Thenable = promise.unchecked_ref();
        // `then` of a promise fails only where somebody has replaced it; then the wait is for nothing and can be aborted.
        if let Ok(handled) = promise.then(&bound(true), &bound(false)) {
            let _ = handled.then(&JsValue::UNDEFINED, &waits.trapped.borrow());
        }
        id
    })
}

fn leave(id: u64) {
    // Dropped after the borrow has ended: what a callback or an outcome holds may do anything when it goes.
    let _gone = WAITS.with(|waits| waits.slots.borrow_mut().remove(id));
}

/// Waits under way, for tests that look for leaks.
pub(super) fn count() -> usize {
    WAITS.with(|waits| waits.slots.borrow().len())
}

/// A promise to come. Dropping it gives it up.
#[derive(Debug)]
pub(super) struct Settled(u64);

impl Settled {
    /// What `value` comes to: itself, if it is no promise.
    pub fn of(value: &JsValue) -> Self {
        Self(enter(&Promise::resolve(value), Slot::Polled { waker: None, outcome: None }))
    }
}

impl Future for Settled {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        WAITS.with(|waits| match waits.slots.borrow_mut().get_mut(self.0) {
            Some(Slot::Polled { waker, outcome }) => match outcome.take() {
                Some(outcome) => Poll::Ready(outcome),
                None => {
                    *waker = Some(context.waker().clone());
                    Poll::Pending
                }
            },
            _ => Poll::Pending,
        })
    }
}

impl Drop for Settled {
    fn drop(&mut self) {
        leave(self.0);
    }
}

/// A function of the platform's own, and the callback that it brings about, once. Dropping this takes it back.
pub(super) struct Trigger {
    id: u64,
    /// To be handed to a timer or as a listener.
    pub function: Function,
}

impl Trigger {
    /// `callback` is called soon after `function` was.
    pub fn new(callback: Rc<dyn Fn()>) -> Self {
        let (promise, function, _) = deferred();
        Self { id: enter(&promise, Slot::Called(callback)), function }
    }
}

impl Drop for Trigger {
    fn drop(&mut self) {
        leave(self.id);
    }
}

/// A promise, and its functions to resolve and to reject it.
pub(super) fn deferred() -> (Promise, Function, Function) {
    let mut functions = None;
    let promise = Promise::new(&mut |resolve, reject| functions = Some((resolve, reject)));
    // The constructor has called it.
    let none = || JsValue::UNDEFINED.unchecked_into();
    let (resolve, reject) = functions.unwrap_or_else(|| (none(), none()));
    (promise, resolve, reject)
}

/// Lets a promise settle unseen.
pub(super) fn ignore(value: &JsValue) {
    WAITS.with(|waits| {
        let _ = Promise::resolve(value).unchecked_ref::<Thenable>().then(&waits.nothing, &waits.nothing);
    });
}
