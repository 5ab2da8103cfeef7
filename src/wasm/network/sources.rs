//! Which datasets share a source: those that ask for the same file in the same way, while any of them is open.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Function;

use super::driver::Driver;
use super::numbered::Numbered;
use super::origin::Origin;
use crate::range::SourceId;
use crate::range::trace::Fact;

/// The sources that are held by anybody.
#[derive(Default)]
pub(super) struct Sources {
    held: RefCell<Numbered<Held>>,
}

struct Held {
    /// One per lease, in order of time: the last one answers. (Of sources with one key, each has its own object, which
    /// its owner may close.)
    origins: Vec<(u64, Origin)>,
    /// The file changed: whoever holds it has its error, and new datasets start anew.
    changed: bool,
    /// Leases so far.
    leases: u64,
}

impl Sources {
    /// Where a source's bytes come from.
    pub fn origin(&self, id: SourceId) -> Option<Origin> {
        self.held.borrow().get(id.0.into())?.origins.last().map(|(_, origin)| origin.clone())
    }

    /// Who wants to be told of its requests: of every lease its own.
    pub fn observers(&self, id: SourceId) -> Vec<Function> {
        let held = self.held.borrow();
        let origins = held.get(id.0.into()).map_or(&[][..], |held| &held.origins);
        origins.iter().filter_map(|(_, origin)| origin.observer().cloned()).collect()
    }

    /// Gives a source to nobody any more.
    pub fn retire(&self, id: SourceId) {
        if let Some(held) = self.held.borrow_mut().get_mut(id.0.into()) {
            held.changed = true;
        }
    }

    /// Sources held, for tests that look for leaks.
    pub fn count(&self) -> usize {
        self.held.borrow().len()
    }

    fn find(&self, origin: &Origin) -> Option<SourceId> {
        let held = self.held.borrow();
        let mut alike = held.iter().filter(|(_, held)| {
            !held.changed && held.origins.last().is_some_and(|(_, known)| known.same(origin))
        });
        alike.next().map(|(id, _)| SourceId(*id as u32))
    }

    fn enter(&self, id: SourceId, origin: Origin) -> u64 {
        let mut all = self.held.borrow_mut();
        match all.get_mut(id.0.into()) {
            Some(held) => {
                held.leases += 1;
                held.origins.push((held.leases, origin));
                held.leases
            }
            None => {
                let held = Held { origins: vec![(1, origin)], changed: false, leases: 1 };
                all.insert(id.0.into(), held);
                1
            }
        }
    }

    /// Takes a lease back; `true` if it was the last one.
    fn leave(&self, id: SourceId, lease: u64) -> bool {
        let mut all = self.held.borrow_mut();
        let Some(held) = all.get_mut(id.0.into()) else { return false };
        held.origins.retain(|(other, _)| *other != lease);
        let last = held.origins.is_empty();
        if last {
            all.remove(id.0.into());
        }
        last
    }
}

/// A dataset's hold on a source. With the last one the source is closed and its bytes are forgotten.
pub(super) struct Lease {
    driver: Rc<Driver>,
    pub id: SourceId,
    lease: u64,
}

impl Lease {
    /// A hold on the source at `origin`: on the one that others hold, where it is the same.
    pub fn new(driver: &Rc<Driver>, origin: Origin) -> Self {
        let id = driver.sources.find(&origin).unwrap_or_else(|| driver.add_source(origin.spec()));
        let lease = driver.sources.enter(id, origin);
        Self { driver: driver.clone(), id, lease }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.driver.sources.leave(self.id, self.lease) {
            self.driver.protocols.forget(self.id);
            self.driver.tell(Fact::Close { source: self.id });
        }
    }
}
