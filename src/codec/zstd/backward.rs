//! Bits of the streams that are read from their end to their start (RFC 8878, 4.1).
//!
//! What is read stands behind at least [`LEAD`] other bytes: a frame's header, a part's. So eight bytes can be taken at once up to a
//! stream's very start. Whether bits from before it were taken shows when all should have been: no check is needed on the way.

/// Bytes that must stand before a stream.
pub(super) const LEAD: usize = 8;

/// A stream's bits, the last ones first.
#[derive(Clone, Copy)]
pub(super) struct Backward<'a> {
    /// What the stream is in. Many streams have it in common.
    pub section: &'a [u8],
    /// [`LEAD`] bytes before the stream's start.
    start: usize,
    /// Where the eight bytes at hand stand.
    pub from: usize,
    /// The next bits from the top on; below those at hand a 1 that tells how many were taken, and zeros.
    pub word: u64,
}

impl<'a> Backward<'a> {
    /// The stream `section[start..end]`; `None` without a 1 above its last bit, and without [`LEAD`] bytes before it.
    pub fn new(section: &'a [u8], start: usize, end: usize) -> Option<Self> {
        let start = start.checked_sub(LEAD)?;
        let bytes = section.get(start..end).filter(|bytes| bytes.len() > LEAD)?;
        let (last, word) = (*bytes.last()?, bytes.last_chunk()?);
        if last == 0 {
            return None;
        }
        let word = (u64::from_le_bytes(*word) | 1) << last.leading_zeros() << 1;
        Some(Self { section, start, from: end - LEAD, word })
    }

    /// At least 56 bits at hand; `None` far before the stream's start.
    #[inline(always)]
    pub fn refill(&mut self) -> Option<()> {
        (self.from, self.word) = refilled(self.section, self.from, self.word)?;
        Some(())
    }

    /// The next `count` bits, at most 56.
    pub fn take(&mut self, count: u32) -> Option<u32> {
        self.refill()?;
        let value = self.word >> 1 >> (63 - count);
        self.word <<= count;
        Some(value as u32)
    }

    /// Bits that are left, negative where bits from before the stream were taken.
    pub fn left(&self) -> isize {
        (self.from as isize - self.start as isize) * 8 - self.word.trailing_zeros() as isize
    }
}

/// At least 56 bits at hand: where in `section` they are taken from, and what to shift left.
#[inline(always)]
pub(super) fn refilled(section: &[u8], from: usize, word: u64) -> Option<(usize, u64)> {
    let taken = word.trailing_zeros();
    // No section is longer: the compiler need not doubt the sum.
    let from = from.wrapping_sub(taken as usize / 8) & usize::MAX >> 1;
    let bytes = section.get(from..from + 8)?.first_chunk()?;
    Some((from, (u64::from_le_bytes(*bytes) | 1) << (taken % 8)))
}

/// The same bits, for those who count what they take.
#[derive(Clone, Copy)]
pub(super) struct Counted<'a> {
    bytes: &'a [u8],
    /// Bits that are left.
    pub left: usize,
}

impl Backward<'_> {
    pub fn counted(&self) -> Option<Counted<'_>> {
        Some(Counted { bytes: self.section.get(self.start..)?, left: self.left().try_into().ok()? })
    }
}

impl Counted<'_> {
    /// What holds the last 57 of the bits that are left; `None` far before the stream's start.
    #[inline(always)]
    pub fn word(&self) -> Option<Word> {
        let end = self.left.wrapping_add(7);
        let from = end / 8;
        let bytes = self.bytes.get(from..from + 8)?.first_chunk()?;
        Some(Word { bits: u64::from_le_bytes(*bytes), end: end & !7 })
    }

    /// The same stream, where so many bits are left.
    pub fn at(self, left: usize) -> Self {
        Self { left, ..self }
    }

    /// What holds the next `count` bits, which are passed, and their place in it.
    pub fn pass(&mut self, count: u64) -> Option<(Word, u64)> {
        let word = self.word()?;
        self.left = self.left.wrapping_sub(count as usize);
        Some((word, word.place(self.left)))
    }
}

/// Bits that a word holds, whatever bit of a byte they begin with.
pub(super) const AT_HAND: usize = 57;

/// Eight bytes of a stream.
#[derive(Clone, Copy)]
pub(super) struct Word {
    bits: u64,
    /// The bits of the stream up to their end.
    end: usize,
}

impl Word {
    /// The place of a bit of the stream, counted as those that are left. Of such a place only the lower six bits count.
    #[inline(always)]
    pub fn place(self, left: usize) -> u64 {
        left.wrapping_sub(self.end) as u64
    }

    /// The bits from `place` on, moved up by `by`; below them are others.
    #[inline(always)]
    pub fn moved(self, place: u64, by: u32) -> u64 {
        self.bits.rotate_right((place as u32).wrapping_sub(by))
    }

    /// The bits from `place` on.
    #[inline(always)]
    pub fn from(self, place: u64) -> u64 {
        self.bits.wrapping_shr(place as u32)
    }

    /// `count` bits from `place` on, at most 31.
    #[inline(always)]
    pub fn some(self, place: u64, count: u64) -> u32 {
        self.from(place) as u32 & !(!0 << (count & 31))
    }
}
