//! Futures that run by themselves, and the way in for whatever wakes them.
//!
//! A few lines instead of wasm-bindgen-futures, for two reasons. A trap inside a task must reach somebody (below), and
//! there it is an uncaught exception, which ends a Node process, and a promise that never settles. And the user's code
//! is kept out of the middle of Net's orders: a task first runs in a turn of its own, and never inside another one.
//!
//! Tasks run in microtasks, all of them through one closure (see `wait`), whose exceptions go to the trap handler. Once
//! the instance has trapped, its tasks never run again.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::numbered::Numbered;
use super::wait;

type Running = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct Tasks {
    made: Cell<u64>,
    tasks: RefCell<Numbered<Task>>,
    ready: RefCell<VecDeque<u64>>,
    /// Whether `run` will be called without anybody's doing.
    expected: Cell<bool>,
}

struct Task {
    /// Not here while it runs.
    future: Option<Running>,
    ready: bool,
}

thread_local! {
    static TASKS: Tasks = Tasks::default();
}

/// Wakes the task of that number: a number may cross threads, as `Waker` demands, where the task itself may not.
struct TaskWaker(u64);

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        make_ready(self.0);
    }
}

/// Starts a task, soon.
pub(super) fn spawn(future: impl Future<Output = ()> + 'static) {
    let id = TASKS.with(|tasks| {
        let id = tasks.made.get() + 1;
        tasks.made.set(id);
        tasks.tasks.borrow_mut().insert(id, Task { future: Some(Box::pin(future)), ready: false });
        id
    });
    make_ready(id);
}

/// A task as a promise of what it comes to.
pub(super) fn promise(future: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>) -> Promise {
    let (promise, resolve, reject) = wait::deferred();
    spawn(async move {
        // The functions are the platform's own and take anything.
        let _ = match future.await {
            Ok(value) => resolve.call1(&JsValue::UNDEFINED, &value),
            Err(reason) => reject.call1(&JsValue::UNDEFINED, &reason),
        };
    });
    promise
}

fn make_ready(id: u64) {
    let unexpected = TASKS.with(|tasks| {
        let mut all = tasks.tasks.borrow_mut();
        // A task that has ended may be woken still.
        let Some(task) = all.get_mut(id) else { return false };
        if !std::mem::replace(&mut task.ready, true) {
            tasks.ready.borrow_mut().push_back(id);
        }
        !tasks.expected.replace(true)
    });
    if unexpected {
        wait::soon();
    }
}

/// Tells that `run` follows: whatever is woken until then needs no turn of its own.
pub(super) fn expect_run() {
    TASKS.with(|tasks| tasks.expected.set(true));
}

/// Runs what is ready, until nothing is.
pub(super) fn run() {
    while let Some((id, future)) = next() {
        let waker = Waker::from(Arc::new(TaskWaker(id)));
        run_one(id, future, &waker);
    }
    TASKS.with(|tasks| tasks.expected.set(false));
}

fn next() -> Option<(u64, Running)> {
    TASKS.with(|tasks| {
        loop {
            let id = tasks.ready.borrow_mut().pop_front()?;
            // One that was woken by what ended it is not there any more.
            if let Some(task) = tasks.tasks.borrow_mut().get_mut(id) {
                task.ready = false;
                if let Some(future) = task.future.take() {
                    return Some((id, future));
                }
            }
        }
    })
}

/// Without any borrow: a task may start and wake others.
fn run_one(id: u64, mut future: Running, waker: &Waker) {
    match future.as_mut().poll(&mut Context::from_waker(waker)) {
        Poll::Pending => TASKS.with(|tasks| {
            if let Some(task) = tasks.tasks.borrow_mut().get_mut(id) {
                task.future = Some(future);
            }
        }),
        Poll::Ready(()) => {
            let _ended = TASKS.with(|tasks| tasks.tasks.borrow_mut().remove(id));
        }
    }
}

/// Tasks that have not ended, for tests that look for leaks.
pub(super) fn count() -> usize {
    TASKS.with(|tasks| tasks.tasks.borrow().len())
}
