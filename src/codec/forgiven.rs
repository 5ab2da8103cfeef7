//! What decoders forgive: damage, and kinds long given up, that libtiff warns of, and reads over. A decoder goes from bytes to samples; what it says beside them
//! is kept here, for whoever runs the job.

use std::cell::Cell;

thread_local! {
    static FORGIVEN: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Remembers that the block in work is not as it should be, and why.
#[cfg(any(feature = "ccitt", feature = "jpeg", feature = "lerc", feature = "lzw", feature = "packbits"))]
pub(super) fn forgive(why: &'static str) {
    FORGIVEN.set(Some(why));
}

/// What was forgiven in this thread since this was last asked.
pub fn take() -> Option<&'static str> {
    FORGIVEN.take()
}
