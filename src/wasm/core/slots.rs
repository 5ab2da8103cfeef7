//! Values that JavaScript knows by a number.

use std::cell::RefCell;

/// Values by number; a number that was freed is given out again.
pub(super) struct Slots<T>(RefCell<Vec<Option<T>>>);

impl<T> Slots<T> {
    /// None yet.
    pub const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// Enters a value; says its number.
    pub fn enter(&self, value: T) -> u32 {
        let mut slots = self.0.borrow_mut();
        let free = slots.iter().position(Option::is_none).unwrap_or(slots.len());
        match slots.get_mut(free) {
            Some(slot) => *slot = Some(value),
            None => slots.push(Some(value)),
        }
        free as u32
    }

    /// Does something with the value of that number, if there is one.
    pub fn with<R>(&self, number: u32, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.borrow_mut().get_mut(number as usize)?.as_mut().map(work)
    }

    /// Drops a value.
    pub fn free(&self, number: u32) {
        if let Some(slot) = self.0.borrow_mut().get_mut(number as usize) {
            *slot = None;
        }
    }
}
