//! Huffman codes: as a stream defines them, and as they are looked up.

use super::bits::Bits;
use super::{damaged, malformed};
use crate::error::Result;

/// Bits that one look-up takes in.
const LOOK: u32 = 9;

/// A table as the stream gives it: how many codes there are of each length from 1 to 16, and what they stand for.
#[derive(Clone)]
pub(super) struct Codes {
    counts: [u8; 16],
    values: Vec<u8>,
}

impl Codes {
    /// The table of those lengths; `values` has at least as many entries as there are codes.
    pub fn new(counts: [u8; 16], values: &[u8]) -> Self {
        Self { counts, values: values.to_vec() }
    }

    /// The table that streams without one mean: those of the standard's Annex K, which Motion JPEG leaves out.
    pub fn usual(alternating: bool, number: usize) -> Option<Self> {
        let (counts, values) = match (alternating, number) {
            (false, 0) => ([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], USUAL_DIRECT.as_slice()),
            (false, 1) => ([0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], USUAL_DIRECT.as_slice()),
            (true, 0) => ([0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125], USUAL_LUMINANCE.as_slice()),
            (true, 1) => ([0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119], USUAL_CHROMINANCE.as_slice()),
            _ => return None,
        };
        Some(Self::new(counts, values))
    }
}

const USUAL_DIRECT: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const USUAL_LUMINANCE: [u8; 162] = *b"\
\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xa1\x08\
\x23\x42\xb1\xc1\x15\x52\xd1\xf0\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19\x1a\x25\x26\x27\x28\
\x29\x2a\x34\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59\
\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x83\x84\x85\x86\x87\x88\x89\
\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\
\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2\
\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa";
const USUAL_CHROMINANCE: [u8; 162] = *b"\
\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\x42\x91\
\xa1\xb1\xc1\x09\x23\x33\x52\xf0\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1\x17\x18\x19\x1a\x26\
\x27\x28\x29\x2a\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\
\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x82\x83\x84\x85\x86\x87\
\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\
\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\
\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa";

/// A table as it is looked up.
pub(super) struct Decoder {
    /// By the next bits: length << 8 | value of the code that they begin with, 0 where it is longer than they are.
    short: [u16; 1 << LOOK],
    /// By the next bits, where they hold a code and the number that follows it: number << 8 | zeros before it << 4 |
    /// length of both; else 0.
    whole: [i16; 1 << LOOK],
    /// Of the codes of each length above [`LOOK`]: that length, one more than the last of them, and what leads from a code to its value.
    long: Vec<(u32, u32, i32)>,
    values: Vec<u8>,
}

impl Decoder {
    /// # Errors
    /// `malformed` for more codes of a length than there can be, or, in a table of `direct` differences, for lengths
    /// that no difference has.
    pub fn new(codes: &Codes, direct: bool) -> Result<Self> {
        let mut decoder = Self {
            short: [0; 1 << LOOK],
            whole: [0; 1 << LOOK],
            long: Vec::new(),
            values: codes.values.clone(),
        };
        if direct && codes.values.iter().any(|value| *value > 15) {
            return Err(malformed("a huffman table has a difference of more than 15 bits"));
        }
        let (mut code, mut place) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(codes.counts) {
            let count = u32::from(count);
            if code + count > 1 << length {
                return Err(malformed("a huffman table has more codes than there can be"));
            }
            if length > LOOK {
                decoder.long.push((length, code + count, place as i32 - code as i32));
            } else {
                for value in codes.values.iter().skip(place).take(count as usize) {
                    decoder.add(length, code, *value, direct);
                    code += 1;
                }
                code -= count;
            }
            (code, place) = ((code + count) << 1, place + count as usize);
        }
        Ok(decoder)
    }

    /// Enters a code of at most [`LOOK`] bits.
    fn add(&mut self, length: u32, code: u32, value: u8, direct: bool) {
        let rest = LOOK - length;
        let first = (code << rest) as usize;
        let short = self.short.iter_mut().skip(first).take(1 << rest);
        short.for_each(|entry| *entry = (length as u16) << 8 | u16::from(value));
        let (zeros, size) = (value >> 4, u32::from(value & 15));
        if direct || size == 0 || size > rest {
            return;
        }
        let whole = self.whole.iter_mut().skip(first).take(1 << rest);
        for (following, entry) in (0_u32..).zip(whole) {
            let number = extended(following >> (rest - size), size);
            *entry = (number << 8 | i32::from(zeros) << 4 | (length + size) as i32) as i16;
        }
    }

    /// The next code's value; 0 for a code that does not exist. At least 32 bits are there, or the data is at its end.
    #[inline(always)]
    pub fn value(&self, bits: &mut Bits<'_>) -> u8 {
        let entry = self.short.get(bits.peek(LOOK) as usize).copied().unwrap_or(0);
        if entry != 0 {
            bits.skip(u32::from(entry >> 8));
            return entry as u8;
        }
        self.long_value(bits)
    }

    #[inline(never)]
    fn long_value(&self, bits: &mut Bits<'_>) -> u8 {
        for (length, end, to_value) in &self.long {
            let code = bits.peek(*length);
            if code < *end {
                bits.skip(*length);
                let place = code as i32 + to_value;
                return self.values.get(place.max(0) as usize).copied().unwrap_or(0);
            }
        }
        damaged();
        bits.skip(17);
        0
    }

    /// The next code and its number, where both are short: zeros before it, and the number.
    #[inline(always)]
    pub fn whole(&self, bits: &mut Bits<'_>) -> Option<(usize, i16)> {
        let entry = self.whole.get(bits.peek(LOOK) as usize).copied().unwrap_or(0);
        if entry == 0 {
            return None;
        }
        bits.skip((entry & 15) as u32);
        Some(((entry >> 4 & 15) as usize, entry >> 8))
    }
}

/// The number that `size` bits stand for: those that begin with 0 are negative.
#[inline(always)]
pub(super) fn extended(bits: u32, size: u32) -> i32 {
    let (value, half) = (bits as i32, 1 << size >> 1);
    if value < half { value - (half << 1) + 1 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::Random;

    #[test]
    fn numbers_are_extended() {
        let all = |size| (0..1_u32 << size).map(|bits| extended(bits, size)).collect::<Vec<i32>>();
        assert_eq!(all(0), [0]);
        assert_eq!(all(1), [-1, 1]);
        assert_eq!(all(3), [-7, -6, -5, -4, 4, 5, 6, 7]);
    }

    #[test]
    fn both_look_ups_agree_bit_by_bit() {
        for (alternating, number) in [(false, 0), (false, 1), (true, 0), (true, 1)] {
            let codes = Codes::usual(alternating, number).unwrap();
            let decoder = Decoder::new(&codes, !alternating).unwrap();
            let mut random = Random(number as u64);
            for _ in 0..5000 {
                // No 0xFF: that would be a marker.
                let bytes: Vec<u8> = (0..8).map(|_| random.below(255) as u8).collect();
                let bit = |place: usize| u32::from(bytes[place / 8] >> (7 - place % 8) & 1);
                let (mut code, mut first, mut place, mut length) = (0, 0, 0, 0);
                let naive = codes.counts.iter().find_map(|count| {
                    code = code << 1 | bit(length);
                    length += 1;
                    first <<= 1;
                    if code < first + u32::from(*count) {
                        return Some(codes.values[place + (code - first) as usize]);
                    }
                    (first, place) = (first + u32::from(*count), place + usize::from(*count));
                    None
                });
                let mut bits = Bits::new(&bytes, 0);
                bits.fill();
                assert_eq!(decoder.value(&mut bits), naive.unwrap_or(0));
                assert_eq!(bits.taken(), if naive.is_some() { length as u32 } else { 17 });
            }
        }
    }

    #[test]
    fn impossible_tables_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Decoder::new(&Codes::new(counts, &[0, 1, 2]), false).is_err());
        counts[0] = 1;
        assert!(Decoder::new(&Codes::new(counts, &[16]), true).is_err());
        assert!(Decoder::new(&Codes::new(counts, &[16]), false).is_ok());
    }
}
