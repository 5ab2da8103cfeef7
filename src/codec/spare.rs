//! Memory of blocks that are done with, for those that come next. What is in it is overwritten, so that nobody has to clear it first;
//! it is in the caches, too.

use std::cell::Cell;

/// Larger buffers are not kept.
const MOST_BYTES: usize = 4 << 20;

thread_local! {
    /// That of a block and that of what was taken out of one.
    static KEPT: Cell<[Vec<u8>; 2]> = const { Cell::new([Vec::new(), Vec::new()]) };
}

/// Takes back what nobody uses any more.
pub fn give(bytes: Vec<u8>) {
    if bytes.capacity() > MOST_BYTES {
        return;
    }
    let [first, second] = KEPT.take();
    // The larger one of both stays beside the new one.
    KEPT.set([bytes, if first.capacity() > second.capacity() { first } else { second }]);
}

/// A buffer with room for `length` bytes, and not much more, if there is one. It holds any bytes.
pub(super) fn take(length: usize) -> Option<Vec<u8>> {
    let mut kept = KEPT.take();
    let fits = |bytes: &&mut Vec<u8>| bytes.capacity() >= length && bytes.capacity() / 2 <= length;
    let found = kept.iter_mut().find(fits).map(std::mem::take);
    KEPT.set(kept);
    found
}
