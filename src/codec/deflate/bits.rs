//! The bits of a Deflate stream, least significant first.

/// What is left of a stream: up to 61 bits at hand, and bytes.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    /// Bits above `count` are the stream's next ones, or 0.
    pub bits: u64,
    /// Bits at hand.
    pub count: u32,
    /// Bytes that are not at hand.
    pub rest: &'a [u8],
}

impl<'a> Bits<'a> {
    pub fn new(stored: &'a [u8]) -> Self {
        Self { bits: 0, count: 0, rest: stored }
    }

    /// At least 48 bits at hand, which is as much as a length and a distance take, or all that there are.
    pub fn refill(&mut self) {
        while let (true, [byte, rest @ ..]) = (self.count < 48, self.rest) {
            self.bits |= u64::from(*byte) << self.count;
            self.count += 8;
            self.rest = rest;
        }
    }

    #[inline(always)]
    pub fn skip(&mut self, count: u32) {
        self.bits >>= count;
        self.count -= count;
    }

    /// The next bits, at most 32; `None` where the stream ends within them.
    pub fn take(&mut self, count: u32) -> Option<u32> {
        self.refill();
        if self.count < count {
            return None;
        }
        let value = self.bits & !(!0 << count);
        self.skip(count);
        Some(value as u32)
    }

    /// Goes on at the next whole byte of `stored`, the stream that these bits are of, and gives its rest.
    pub fn align(&mut self, stored: &'a [u8]) -> &'a [u8] {
        let unread = self.rest.len() + self.count as usize / 8;
        *self = Self::new(stored.get(stored.len() - unread..).unwrap_or_default());
        self.rest
    }
}
