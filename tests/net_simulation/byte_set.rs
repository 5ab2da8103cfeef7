//! A set of byte positions, so that the model can reason about coverage without knowing Net's extents.

use pyramidion::byte_range::ByteRange;

/// Positions that the simulation uses: files and ranges stay below.
pub const POSITIONS: u64 = 4096;
const WORDS: usize = (POSITIONS / 64) as usize;

#[derive(Clone, PartialEq, Eq)]
pub struct ByteSet([u64; WORDS]);

impl ByteSet {
    pub const EMPTY: Self = Self([0; WORDS]);

    pub fn of(range: ByteRange) -> Self {
        let mut set = Self::EMPTY;
        set.add(range);
        set
    }

    pub fn add(&mut self, range: ByteRange) {
        let (start, end) = (range.start.min(POSITIONS), range.end.min(POSITIONS));
        let mut at = start;
        while at < end {
            let (word, bit) = ((at / 64) as usize, at % 64);
            let count = (64 - bit).min(end - at);
            let ones = if count == 64 { u64::MAX } else { (1 << count) - 1 };
            self.0[word] |= ones << bit;
            at += count;
        }
    }

    pub fn or(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    pub fn and(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine &= theirs);
    }

    pub fn minus(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine &= !theirs);
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub fn len(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Length of the longest run of neighbours.
    pub fn longest_run(&self) -> u64 {
        let (mut longest, mut run) = (0, 0);
        for position in 0..POSITIONS {
            run = if self.has(position) { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        longest
    }

    pub fn has(&self, position: u64) -> bool {
        position < POSITIONS && self.0[(position / 64) as usize] >> (position % 64) & 1 == 1
    }

    pub fn contains(&self, range: ByteRange) -> bool {
        let mut missing = Self::of(range);
        missing.minus(self);
        missing.is_empty()
    }

    pub fn meets(&self, range: ByteRange) -> bool {
        let mut common = Self::of(range);
        common.and(self);
        !common.is_empty()
    }
}
