//! Bits of the streams that are read from their end to their start (RFC 8878, 4.1).
//!
//! What is read stands behind at least [`LEAD`] other bytes: a frame's header, a part's. So eight bytes can be taken at once up to a
//! stream's very start. Whether bits from before it were taken shows when all should have been: no check is needed on the way.

/// Bytes that must stand before a stream.
pub(super) const LEAD: usize = 8;

/// A stream's bits, the last ones first.
#[derive(Clone, Copy)]
pub(super) struct Backward<'a> {
    /// The stream, and [`LEAD`] bytes before it.
    bytes: &'a [u8],
    /// Where the eight bytes at hand stand in `bytes`.
    from: usize,
    /// The next bits from the top on; below those at hand a 1 that tells how many were taken, and zeros.
    pub word: u64,
}

impl<'a> Backward<'a> {
    /// The stream `bytes[start..end]`; `None` without a 1 above its last bit, and without [`LEAD`] bytes before it.
    pub fn new(bytes: &'a [u8], start: usize, end: usize) -> Option<Self> {
        let bytes = bytes.get(start.checked_sub(LEAD)?..end)?;
        let (last, word) = (*bytes.last()?, bytes.last_chunk()?);
        if start == end || last == 0 {
            return None;
        }
        let word = (u64::from_le_bytes(*word) | 1) << last.leading_zeros() << 1;
        Some(Self { bytes, from: bytes.len() - LEAD, word })
    }

    /// At least 56 bits at hand; `None` far before the stream's start.
    #[inline(always)]
    pub fn refill(&mut self) -> Option<()> {
        let taken = self.word.trailing_zeros();
        self.from = self.from.wrapping_sub(taken as usize / 8);
        let bytes = self.bytes.get(self.from..)?.first_chunk()?;
        self.word = (u64::from_le_bytes(*bytes) | 1) << (taken % 8);
        Some(())
    }

    /// The next `count` bits, at most 56.
    pub fn take(&mut self, count: u32) -> Option<u32> {
        self.refill()?;
        let value = front(self.word, count);
        self.word <<= count;
        Some(value as u32)
    }

    /// Bits that are left, negative where bits from before the stream were taken.
    pub fn left(&self) -> isize {
        self.from as isize * 8 - self.word.trailing_zeros() as isize
    }
}

/// The upper `count` bits, fewer than 64.
#[inline(always)]
pub(super) fn front(word: u64, count: u32) -> u64 {
    word >> 1 >> (63 - count)
}
