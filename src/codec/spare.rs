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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_back_serves_again() {
        assert_eq!(take(1000), None, "each test has a thread of its own");
        give(vec![7; 1000]);
        give(vec![8; 100]);
        assert_eq!(take(1001), None, "too short");
        assert_eq!(take(499), None, "much too long");
        assert_eq!(take(500), Some(vec![7; 1000]));
        assert_eq!(take(500), None, "it has an owner");
        assert_eq!(take(100), Some(vec![8; 100]));
        give(vec![0; MOST_BYTES + 1]);
        assert_eq!(take(MOST_BYTES), None, "too large to keep");
    }

    #[test]
    fn two_are_kept() {
        for length in [100, 1000, 10] {
            give(vec![0; length]);
        }
        assert_eq!(take(100), None);
        assert!(take(10).is_some() && take(1000).is_some());
    }
}
