//! Entropy-coded data bit by bit, up to the next marker.

use super::damaged;

/// The bits from a place in a stream on. After the last one before a marker come zeros, without end.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, from the highest on.
    held: u64,
    /// How many of them are there; less than 0 once zeros were taken that are not.
    count: i32,
    /// The marker that ended the data, once it was met; the end of the stream counts as its last marker.
    pub marker: Option<u8>,
}

/// EOI: the end of the image.
const END: u8 = 0xD9;

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at, held: 0, count: 0, marker: None }
    }

    /// Where the stream goes on: after what was read ahead, and after the marker if there is one.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Makes sure of 32 bits, where the data has them.
    #[inline(always)]
    pub fn fill(&mut self) {
        if self.count < 32 {
            self.fill_up();
        }
    }

    #[inline(always)]
    fn fill_up(&mut self) {
        let word = self.data.get(self.at..).and_then(|rest| rest.first_chunk::<8>());
        if let Some(word) = word.map(|bytes| u64::from_be_bytes(*bytes))
            && self.marker.is_none()
            && self.count >= 0
        {
            // A zero byte in the complement is one of ones in the word.
            let turned = !word;
            if turned.wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 == 0 {
                let bytes = (63 - self.count.cast_unsigned()) / 8;
                self.held |= word >> self.count;
                self.at += bytes as usize;
                self.count += (bytes * 8).cast_signed();
                return;
            }
        }
        self.fill_bytes();
    }

    /// Byte by byte: 0xFF 0 is 0xFF, 0xFF and anything else a marker.
    #[inline(never)]
    fn fill_bytes(&mut self) {
        while self.marker.is_none() && (0..=56).contains(&self.count) {
            let byte = self.take_byte();
            if byte != Some(0xFF) {
                let Some(byte) = byte else { break };
                self.hold(byte);
                continue;
            }
            match self.after_ones() {
                0 => self.hold(0xFF),
                marker => self.marker = Some(marker),
            }
        }
    }

    fn hold(&mut self, byte: u8) {
        // What was read ahead of the count is the same byte.
        self.held |= u64::from(byte) << (56 - self.count);
        self.count += 8;
    }

    /// The next byte; where there is none, the end of the image is what follows.
    fn take_byte(&mut self) -> Option<u8> {
        let byte = self.data.get(self.at).copied();
        match byte {
            Some(_) => self.at += 1,
            None => {
                damaged();
                self.marker = Some(END);
            }
        }
        byte
    }

    /// What follows any number of 0xFF.
    fn after_ones(&mut self) -> u8 {
        loop {
            match self.take_byte() {
                Some(0xFF) => {}
                Some(byte) => return byte,
                None => return END,
            }
        }
    }

    /// The next bits, 1 to 32 of them, which stay.
    #[inline(always)]
    pub fn peek(&self, count: u32) -> u32 {
        (self.held >> (64 - count)) as u32
    }

    /// Leaves bits out.
    #[inline(always)]
    pub fn skip(&mut self, count: u32) {
        self.held <<= count;
        self.count -= count.cast_signed();
    }

    /// The next bits, 0 to 16 of them.
    #[inline(always)]
    pub fn take(&mut self, count: u32) -> u32 {
        let found = (self.held >> 32 >> (32 - count)) as u32;
        self.skip(count);
        found
    }

    /// Whether bits were taken that the data does not have; they are forgotten then.
    #[inline(always)]
    pub fn ran_out(&mut self) -> bool {
        if self.count >= 0 {
            return false;
        }
        damaged();
        (self.held, self.count) = (0, 0);
        true
    }

    /// Forgets the bits that are left: fewer than a byte's in sound data.
    #[inline(never)]
    pub fn leave(&mut self) {
        if self.count >= 8 {
            damaged();
        }
        (self.held, self.count) = (0, 0);
    }

    /// Leaves out what is left before the next marker, which must be restart marker `wanted` (0 to 7), and goes on after it.
    /// Another one is judged as libjpeg does: it may be taken for the one wanted, be passed, or be left where it is.
    pub fn restart(&mut self, wanted: u8) {
        self.leave();
        loop {
            let marker = match self.marker {
                Some(marker) => marker,
                None => self.find_marker(),
            };
            let ahead = marker.wrapping_sub(0xD0).wrapping_sub(wanted) & 7;
            if marker != 0xD0 | wanted {
                damaged();
            }
            match marker {
                0..0xC0 => self.marker = None,
                // The stream ends, or one or two restarts are missing: the blocks up to it are.
                0xC0..0xD0 | 0xD8.. => {
                    self.marker = Some(marker);
                    return;
                }
                _ if matches!(ahead, 1 | 2) => {
                    self.marker = Some(marker);
                    return;
                }
                _ if matches!(ahead, 6 | 7) => self.marker = None,
                _ => {
                    self.marker = None;
                    return;
                }
            }
        }
    }

    /// The next marker, whatever lies before it.
    fn find_marker(&mut self) -> u8 {
        loop {
            match self.take_byte() {
                Some(0xFF) => match self.after_ones() {
                    0 => damaged(),
                    marker => return marker,
                },
                Some(_) => damaged(),
                None => return END,
            }
        }
    }

    /// Bits taken since the start, of data without 0xFF.
    #[cfg(test)]
    pub fn taken(&self) -> u32 {
        (self.at as u32 * 8).wrapping_sub(self.count.cast_unsigned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::Random;

    /// Bit by bit.
    fn naive(data: &[u8]) -> Vec<u32> {
        let mut clean = Vec::new();
        let mut bytes = data.iter();
        while let Some(byte) = bytes.next() {
            if *byte == 0xFF && bytes.next() != Some(&0) {
                break;
            }
            clean.push(*byte);
        }
        clean.iter().flat_map(|byte| (0..8).rev().map(move |bit| u32::from(byte >> bit & 1))).collect()
    }

    #[test]
    fn random_takes_equal_the_naive_ones() {
        let mut random = Random(3);
        for _ in 0..500 {
            let mut data = Vec::new();
            for _ in 0..random.below(60) {
                match random.below(6) {
                    0 => data.extend([0xFF, 0]),
                    _ => data.push(random.below(255) as u8),
                }
            }
            data.extend([0xFF, 0xD9, 1, 2, 3, 4, 5, 6, 7, 8]);
            let all = naive(&data);
            let (mut bits, mut place) = (Bits::new(&data, 0), 0);
            while place < all.len() + 40 {
                let count = random.below(17) as u32;
                bits.fill();
                let expected =
                    (0..count as usize).fold(0, |sum, bit| sum << 1 | all.get(place + bit).unwrap_or(&0));
                assert_eq!(bits.take(count), expected);
                place += count as usize;
                assert_eq!(bits.ran_out(), place > all.len());
                if place > all.len() {
                    break;
                }
            }
            assert_eq!((bits.marker, bits.at()), (Some(0xD9), data.len() - 8));
        }
    }

    #[test]
    fn restarts_are_judged_as_by_libjpeg() {
        let restart = |data: &[u8], wanted| {
            let mut bits = Bits::new(data, 0);
            bits.restart(wanted);
            (bits.marker, bits.at())
        };
        assert_eq!(restart(&[0x12, 0xFF, 0, 0xFF, 0xD3, 9], 3), (None, 5), "the one wanted");
        assert_eq!(restart(&[0xFF, 0xD4, 9], 3), (Some(0xD4), 2), "the next one waits");
        assert_eq!(restart(&[0xFF, 0xD2, 0xFF, 0xD3, 9], 3), (None, 4), "the one before is passed");
        assert_eq!(restart(&[0xFF, 0xD7, 9], 3), (None, 2), "one too far away is taken for it");
        assert_eq!(restart(&[0xFF, 0xD9, 9], 3), (Some(0xD9), 2), "the end stays the end");
        assert_eq!(restart(&[0xFF, 1, 0xFF, 0xD3], 3), (None, 4), "what is no marker is passed");
        assert_eq!(restart(&[], 3), (Some(0xD9), 0));
    }
}
