//! Arbitrary bytes as numbers: what a target takes from the front of its input before the rest is a file.

/// What is left of an input. Past its end everything is 0.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    pub fn u8(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.u8(), self.u8()])
    }

    pub fn u32(&mut self) -> u32 {
        u32::from(self.u16()) | u32::from(self.u16()) << 16
    }

    /// One of `count`.
    pub fn below(&mut self, count: u32) -> u32 {
        if count < 256 { u32::from(self.u8()) % count.max(1) } else { self.u32() % count }
    }

    pub fn flag(&mut self) -> bool {
        self.u8() & 1 == 1
    }

    /// So many bytes, or those that are left.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}
