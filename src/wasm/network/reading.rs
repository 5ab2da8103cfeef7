//! One read of Net, as a future.
//!
//! The waiting side is Rust's own: the reader's outcome and the waker of the task that awaits it lie in one place, which
//! the driver fills when Net says `Done` or `Fail`. No promise is made for it, so there is none that may never settle,
//! and dropping the future (its call was aborted, or closed) takes the reader back from Net at once.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::Uint8Array;

use super::driver::Driver;
use super::fault::Fault;
use crate::range::{ReadStats, ReaderId, SourceId};

/// How a read ended.
pub(super) struct Ended {
    pub stats: ReadStats,
    pub result: Result<(), Fault>,
}

/// The driver's side of a read.
pub(super) struct Reader {
    pub source: SourceId,
    /// Gets each wanted range by its index: a fresh, exact buffer.
    pub deliver: Box<dyn Fn(usize, Uint8Array)>,
    ended: RefCell<Option<Ended>>,
    waker: RefCell<Option<Waker>>,
}

impl Reader {
    /// A read of that source that has only begun.
    pub fn new(source: SourceId, deliver: Box<dyn Fn(usize, Uint8Array)>) -> Self {
        Self { source, deliver, ended: RefCell::default(), waker: RefCell::default() }
    }

    /// It has ended.
    pub fn end(&self, ended: Ended) {
        let _before = self.ended.replace(Some(ended));
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The caller's side: dropping it aborts the read, unless it has ended.
pub(super) struct Reading {
    driver: Rc<Driver>,
    pub id: ReaderId,
    reader: Rc<Reader>,
}

impl Reading {
    /// The read of that number.
    pub fn new(driver: Rc<Driver>, id: ReaderId, reader: Rc<Reader>) -> Self {
        Self { driver, id, reader }
    }
}

impl Future for Reading {
    type Output = Ended;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ended> {
        let ended = self.reader.ended.take();
        match ended {
            Some(ended) => Poll::Ready(ended),
            None => {
                let _before = self.reader.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.driver.abort(self.id);
    }
}
