//! What time it is, for Net: milliseconds since some moment, never going back.

use std::cell::Cell;

use super::platform::performance_now;
use crate::range::Millis;

/// A clock that stands still where the platform's goes back.
#[derive(Debug, Default)]
pub(super) struct Clock {
    last: Cell<Millis>,
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Millis {
        // `as` takes NaN and negative numbers to 0.
        let told = performance_now().unwrap_or_else(|_| js_sys::Date::now()) as Millis;
        self.last.set(self.last.get().max(told));
        self.last.get()
    }
}
