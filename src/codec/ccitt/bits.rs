//! Bits of a facsimile stream, taken as libtiff takes them.

/// The stream ends where bits are wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ended;

/// A reader that loads whole bytes when it needs them. How many it has loaded decides where a row of words begins,
/// so that it cannot be told from the bits read alone.
#[derive(Clone)]
pub(super) struct Bits<'a> {
    stored: &'a [u8],
    reversed: bool,
    /// Bytes loaded so far.
    place: usize,
    /// Bits loaded and not taken: the lowest `left` ones, first bit highest.
    loaded: u64,
    left: u32,
}

impl<'a> Bits<'a> {
    pub fn new(stored: &'a [u8], reversed: bool) -> Self {
        Self { stored, reversed, place: 0, loaded: 0, left: 0 }
    }

    /// The next `count` bits, at most 16, without taking them. A last code may lack bits, which are zeros then; the
    /// stream has ended when not a single one is left.
    pub fn peek(&mut self, count: u32) -> Result<u32, Ended> {
        while self.left < count {
            match self.stored.get(self.place) {
                Some(byte) => {
                    let byte = if self.reversed { byte.reverse_bits() } else { *byte };
                    self.loaded = self.loaded << 8 | u64::from(byte);
                    self.left += 8;
                    self.place += 1;
                }
                None if self.left == 0 => return Err(Ended),
                None => {
                    self.loaded <<= count - self.left;
                    self.left = count;
                }
            }
        }
        Ok((self.loaded >> (self.left - count)) as u32 & ((1 << count) - 1))
    }

    /// Takes bits that were peeked at.
    pub fn take(&mut self, count: u32) {
        self.left = self.left.saturating_sub(count);
        self.loaded &= (1 << self.left) - 1;
    }

    /// Goes on at the next byte.
    pub fn align_byte(&mut self) {
        self.take(self.left % 8);
    }

    /// Goes on at the next word of 16 bits: of those loaded, and of the stream where none is left.
    pub fn align_word(&mut self) {
        self.take(self.left % 16);
        if self.left == 0 && self.place % 2 == 1 {
            self.place += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_code_may_lack_bits() {
        let mut bits = Bits::new(&[0b1010_0000], false);
        assert_eq!(bits.peek(4), Ok(0b1010));
        bits.take(4);
        assert_eq!(bits.peek(12), Ok(0));
        bits.take(12);
        assert_eq!(bits.peek(1), Err(Ended));
        assert_eq!(Bits::new(&[], false).peek(1), Err(Ended));
    }

    #[test]
    fn bits_may_be_stored_the_other_way_round() {
        assert_eq!(Bits::new(&[0b0000_0101, 1], true).peek(12), Ok(0b1010_0000_1000));
    }

    #[test]
    fn words_are_those_loaded() {
        let stored = [1, 2, 3, 4, 5, 6];
        let mut bits = Bits::new(&stored, false);
        bits.peek(3).unwrap();
        bits.take(3);
        bits.align_word();
        assert_eq!(bits.peek(8), Ok(3), "one byte was loaded: the second one is passed over");
        bits.take(4);
        bits.align_byte();
        assert_eq!(bits.peek(8), Ok(4));
    }
}
