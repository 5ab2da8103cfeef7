//! ThunderScan (32809): rows of 4-bit greys, as runs, differences and single pixels.

use super::output::corrupt;
use crate::error::Result;
use crate::pixel::BlockLayout;

/// Differences of two bits; the one that says nothing is 2.
const SMALL: [i8; 4] = [0, 1, 0, -1];
/// Differences of three bits; the one that says nothing is 4.
const LARGE: [i8; 8] = [0, 1, 2, 3, 0, -3, -2, -1];

/// Fills `block` with the rows of `stored`.
///
/// # Errors
/// `unsupported` for samples of other than 4 bits, or several in a pixel; `malformed` for a row that ends early, or whose last
/// run passes its end.
pub(super) fn decode(layout: &BlockLayout, stored: &[u8], block: &mut [u8]) -> Result<usize> {
    super::next::one_sample(layout, "ThunderScan", 4)?;
    let (length, width) = (block.len(), layout.width as usize);
    let mut rest = stored.iter();
    for (done, row) in block.chunks_exact_mut(width.div_ceil(2)).enumerate() {
        let bytes = row.len();
        let mut row = Row { bytes: row, width, at: 0, last: 0 };
        while row.at < width {
            let Some(byte) = rest.next() else {
                return Err(corrupt("thunderscan", "it lacks pixels", done * bytes, length));
            };
            row.take(*byte);
        }
        if row.at > width {
            return Err(corrupt("thunderscan", "a run passes its row", done * bytes, length));
        }
    }
    Ok(length)
}

struct Row<'a> {
    bytes: &'a mut [u8],
    width: usize,
    /// Pixels done.
    at: usize,
    last: u8,
}

impl Row<'_> {
    fn take(&mut self, byte: u8) {
        match byte >> 6 {
            0 => self.run(usize::from(byte)),
            1 => {
                [4, 2, 0].map(|shift| byte >> shift & 3).iter().for_each(|bits| self.differ(*bits, 2, &SMALL))
            }
            2 => [3, 0].map(|shift| byte >> shift & 7).iter().for_each(|bits| self.differ(*bits, 4, &LARGE)),
            _ => self.pixel(byte),
        }
    }

    fn run(&mut self, count: usize) {
        let from = self.at;
        (from..self.width.min(from + count)).for_each(|_| self.pixel(self.last));
        self.at = from + count;
    }

    fn differ(&mut self, bits: u8, nothing: u8, differences: &[i8]) {
        if bits != nothing {
            let difference = differences.get(usize::from(bits)).copied().unwrap_or(0);
            self.pixel(self.last.wrapping_add_signed(difference));
        }
    }

    /// Pixels past the row are dropped, and still what differences are from.
    fn pixel(&mut self, value: u8) {
        self.last = value & 0xF;
        if self.at < self.width {
            if let Some(byte) = self.bytes.get_mut(self.at / 2) {
                *byte |= self.last << (4 - self.at % 2 * 4);
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::pixel::{ByteOrder, CodecSettings, SampleFormat};

    fn rows(width: u32, height: u32, stored: &[u8]) -> Result<Vec<u8>> {
        let layout = BlockLayout {
            compression: 32809,
            predictor: 1,
            byte_order: ByteOrder::Big,
            width,
            height,
            samples: 1,
            bits: 4,
            format: SampleFormat::Unsigned,
            settings: CodecSettings::default(),
        };
        let mut block = vec![0; layout.stored_bytes().unwrap() as usize];
        decode(&layout, stored, &mut block).map(|found| block[..found].to_vec())
    }

    #[test]
    fn every_kind_of_code() {
        // 5; 5 5 5; 6 (nothing) 5; 8 5; 0 twice, in a new row that begins with 0.
        let stored = [0xC5, 3, 0b01_01_10_11, 0b10_011_101, 0b11_000000, 0, 0b01_00_10_10, 9];
        assert_eq!(rows(9, 2, &stored[..7]).unwrap_err().code(), Code::Malformed);
        assert_eq!(rows(9, 1, &stored).unwrap(), [0x55, 0x55, 0x65, 0x85, 0x00]);
        assert_eq!(rows(2, 2, &[0xC7, 0xC8, 2]).unwrap(), [0x78, 0x00], "each row begins with 0");
    }

    #[test]
    fn rows_that_do_not_end_are_refused() {
        assert_eq!(rows(3, 1, &[0xC1]).unwrap_err().code(), Code::Malformed);
        assert_eq!(rows(3, 1, &[0xC1, 3]).unwrap_err().code(), Code::Malformed);
        assert_eq!(
            rows(3, 1, &[0xC1, 0b01_01_01_01]).unwrap(),
            [0x12, 0x30],
            "differences past the row are dropped"
        );
    }
}
