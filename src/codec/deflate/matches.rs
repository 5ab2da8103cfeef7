//! Copies of what a block has already.

/// Bytes copied at once.
pub(super) const STEP: usize = 16;

/// Copies from `from` to `to..end`, and what happens to be there up to whole steps. What is copied begins at least a step before
/// where it goes. The block goes on for a step behind `end`.
#[inline(always)]
pub(super) fn copy(block: &mut [u8], from: usize, to: usize, end: usize) {
    let (mut from, mut to) = (from, to);
    loop {
        // Apart, so that no step is kept in memory between its reading and its writing.
        let Some((before, after)) = block.split_at_mut_checked(to) else { return };
        let step = before.get(from..).and_then(<[u8]>::first_chunk::<STEP>);
        let (Some(step), Some(place)) = (step, after.first_chunk_mut()) else { return };
        *place = *step;
        from += STEP;
        to += STEP;
        if to >= end {
            return;
        }
    }
}

/// As [`copy`], from any place before `to`: what is copied may begin to repeat itself before it ends.
#[inline(never)]
pub(super) fn repeat(block: &mut [u8], from: usize, to: usize, end: usize) {
    let period = to - from;
    if period >= STEP {
        return copy(block, from, to, end);
    }
    // Written over and over, it need not wait for what was written before.
    let mut pattern = [0; STEP];
    let mut next = from;
    for byte in &mut pattern {
        *byte = block.get(next).copied().unwrap_or_default();
        next = if next + 1 == to { from } else { next + 1 };
    }
    let mut to = to;
    while to < end {
        let Some(place) = block.get_mut(to..).and_then(<[u8]>::first_chunk_mut) else { return };
        *place = pattern;
        to += STEP - STEP % period;
    }
}
