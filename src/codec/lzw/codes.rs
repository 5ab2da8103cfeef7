//! The codes of an LZW stream, in either bit order.

use super::END;

/// The codes of a stream. The next bits are at the top of `bits` where the most significant come first, else at the bottom.
#[derive(Clone, Copy)]
pub(super) struct Codes<'a, const MOST_FIRST: bool> {
    rest: &'a [u8],
    bits: u64,
    /// Bits at hand.
    pub count: u32,
}

impl<'a, const MOST_FIRST: bool> Codes<'a, MOST_FIRST> {
    pub fn new(rest: &'a [u8]) -> Self {
        Self { rest, bits: 0, count: 0 }
    }

    /// The next code, whose bits are at hand.
    #[inline(always)]
    pub fn peek(&self, width: u32) -> usize {
        let code = if MOST_FIRST { self.bits >> (64 - width) } else { self.bits & !(!0 << width) };
        code as usize
    }

    #[inline(always)]
    pub fn skip(&mut self, width: u32) {
        self.count -= width;
        if MOST_FIRST {
            self.bits <<= width;
        } else {
            self.bits >>= width;
        }
    }

    /// At least 56 bits at hand; `None` where there are no eight bytes more.
    #[inline(always)]
    pub fn refill(&mut self) -> Option<()> {
        let bytes = self.rest.first_chunk()?;
        // The bits behind the bytes taken come again with the next ones: the same bits, in the same place.
        self.bits |= if MOST_FIRST {
            u64::from_be_bytes(*bytes) >> self.count
        } else {
            u64::from_le_bytes(*bytes) << self.count
        };
        let taken = ((63 - self.count) / 8) & 7;
        self.count |= 56;
        self.rest = self.rest.get(taken as usize..)?;
        Some(())
    }

    /// The next code; the end code where the stream ends without one.
    pub fn next(&mut self, width: u32) -> usize {
        while let (true, [byte, rest @ ..]) = (self.count <= 48, self.rest) {
            let byte = u64::from(*byte);
            self.bits |= if MOST_FIRST { byte << (56 - self.count) } else { byte << self.count };
            self.count += 8;
            self.rest = rest;
        }
        if self.count < width {
            return END;
        }
        let code = self.peek(width);
        self.skip(width);
        code
    }
}
