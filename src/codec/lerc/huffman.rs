//! Bytes in prefix codes, which stand in the stream beside the symbols that have them.

use super::blob::Header;
use super::kind::Kind;
use super::mask::Mask;
use super::place::{OUTSIDE, Place};
use super::reader::{ENDS, Outcome, Reader};
use super::stuffed::{Order, Stuffed};
use crate::codec::output;

/// Codes of up to so many bits are looked up at once.
const TABLE_BITS: u32 = 12;
const TABLE: usize = 1 << TABLE_BITS;
/// Symbols of the largest alphabet: all that bytes can be.
const MOST_SYMBOLS: usize = 1 << 8;
/// From so many values on, the time that entries of two symbols take to make is won back.
const MANY: usize = 4 * TABLE;

/// Prefix codes.
///
/// An entry of the table has the first symbol in its lowest byte, in the next one the sum of the first and the second, the bits of
/// the first code from bit 16 on, of both from bit 22 on, and bit 28 where there is a second one. 0 is for codes that are longer.
pub(super) struct Huffman {
    table: Vec<u32>,
    /// The codes that the table does not hold, from the top bit on and in order; their lengths, and their symbols.
    long: Vec<(u32, u32, u8)>,
}

const SECOND: u32 = 1 << 28;

fn entry(symbol: u8, bits: u32) -> u32 {
    u32::from(symbol) | bits << 16 | bits << 22
}

impl Huffman {
    /// The values of bytes, each as it is or as a difference to the one before it.
    pub fn read_image(
        reader: &mut Reader,
        header: &Header,
        differences: bool,
        mask: &Mask,
        place: &mut Place,
    ) -> Outcome<()> {
        let zero = if header.kind == Kind::I8 { 128 } else { 0 };
        let many = place.pixels() * place.depth >= MANY;
        let codes = Self::read(reader, header.order(), zero, differences, many)?;
        let mut bits = Bits::new(reader.rest());
        match (differences, mask) {
            (true, Mask::Full) => codes.rows(&mut bits, place)?,
            (true, Mask::Bits(_)) => codes.differences(&mut bits, mask, place)?,
            (false, Mask::Full) if place.is_whole() => codes.bytes::<false>(&mut bits, place.block, 0)?,
            (false, _) => codes.values(&mut bits, mask, place)?,
        }
        bits.end_of_codes()
    }

    /// All bytes of a plane.
    pub fn read_plane(reader: &mut Reader, plane: &mut [u8]) -> Outcome<()> {
        let codes = Self::read(reader, Order::Lowest, 0, false, plane.len() >= MANY)?;
        let mut bits = Bits::new(reader.rest());
        codes.bytes::<false>(&mut bits, plane, 0)?;
        bits.end_of_codes()
    }

    /// The codes that the stream starts with. `zero` is the symbol that stands for 0; `sums` and `pairs` say what is made of two in
    /// one entry.
    fn read(reader: &mut Reader, order: Order, zero: u8, sums: bool, pairs: bool) -> Outcome<Self> {
        let version = reader.count()?;
        let (size, start, end) = (reader.count()?, reader.count()?, reader.count()?);
        let symbols = end.checked_sub(start).filter(|symbols| (1..=size).contains(symbols));
        let symbols = symbols.ok_or("its codes have no symbols")?;
        if version < 2 || size > MOST_SYMBOLS || end > 2 * size {
            return Err("its codes are not to be read");
        }
        let mut table = [0; 256];
        let lengths = Stuffed::read(reader, symbols, order, &mut table)?;
        let mut codes = Self { table: vec![0; TABLE], long: Vec::new() };
        let mut bits = Bits::new(reader.rest());
        let mut taken = 0;
        for place in 0..symbols {
            let length = lengths.get(place, &table)?;
            if length > 32 {
                return Err("a code has too many bits");
            }
            let symbol = (start + place) % size;
            if length > 0 {
                codes.add(bits.take(length), length, (symbol as u8).wrapping_sub(zero));
            }
            taken += u64::from(length);
        }
        bits.end()?;
        reader.take_many(taken.div_ceil(32) * 4)?;
        if pairs {
            codes.pair(sums);
        }
        Ok(codes)
    }

    /// Adds a code of `length` bits, the top ones of `code`.
    fn add(&mut self, code: u32, length: u32, symbol: u8) {
        if length > TABLE_BITS {
            let place = self.long.partition_point(|(before, ..)| *before <= code);
            self.long.insert(place, (code, length, symbol));
            return;
        }
        let (start, count) = ((code >> (32 - TABLE_BITS)) as usize, TABLE >> length);
        if let Some(places) = self.table.get_mut(start..start + count) {
            places.fill(entry(symbol, length));
        }
    }

    /// Joins symbols whose codes fit into one entry together.
    fn pair(&mut self, sums: bool) {
        let single = self.table.clone();
        for (index, first) in self.table.iter_mut().enumerate().filter(|(_, first)| **first != 0) {
            let bits = *first >> 22;
            let second = single.get(index << bits & (TABLE - 1)).copied().unwrap_or_default();
            if second != 0 && bits + (second >> 22) <= TABLE_BITS {
                let before = if sums { *first as u8 } else { 0 };
                let symbol = before.wrapping_add(second as u8);
                *first += u32::from(symbol) << 8 | (second >> 22) << 22 | SECOND;
            }
        }
    }

    #[inline(always)]
    fn entry(&self, bits: &Bits) -> u32 {
        self.table.get((bits.buffer >> (64 - TABLE_BITS)) as usize).copied().unwrap_or_default()
    }

    /// The next symbol.
    fn symbol(&self, bits: &mut Bits) -> Outcome<u8> {
        bits.fill();
        let entry = self.entry(bits);
        if entry == 0 {
            return self.long_symbol(bits);
        }
        bits.skip(entry >> 16 & 63);
        Ok(entry as u8)
    }

    #[cold]
    #[inline(never)]
    fn long_symbol(&self, bits: &mut Bits) -> Outcome<u8> {
        bits.fill();
        let next = (bits.buffer >> 32) as u32;
        let place = self.long.partition_point(|(code, ..)| *code <= next).checked_sub(1);
        let found = place.and_then(|place| self.long.get(place));
        let found = found.filter(|(code, length, _)| (code ^ next).leading_zeros() >= *length);
        let (_, length, symbol) = found.ok_or("no symbol has that code")?;
        bits.skip(*length);
        Ok(*symbol)
    }

    /// Fills `bytes` with symbols, or with their sums, which start from `before`.
    #[inline(never)]
    fn bytes<const SUMS: bool>(&self, bits: &mut Bits, bytes: &mut [u8], before: u8) -> Outcome<()> {
        let (mut at, mut sum) = (0, before);
        while at + 4 <= bytes.len() {
            bits.fill();
            // There are bits enough for two entries.
            for _ in 0..2 {
                let base = if SUMS { sum } else { 0 };
                let Some(place) = bytes.get_mut(at..at + 2) else { break };
                let entry = self.entry(bits);
                if entry == 0 {
                    sum = base.wrapping_add(self.long_symbol(bits)?);
                    place.fill(sum);
                    at += 1;
                    break;
                }
                let (first, second) = (base.wrapping_add(entry as u8), base.wrapping_add((entry >> 8) as u8));
                place.copy_from_slice(&[first, second]);
                let two = entry & SECOND != 0;
                sum = if two { second } else { first };
                at += 1 + usize::from(two);
                bits.skip(entry >> 22 & 63);
            }
        }
        for byte in bytes.iter_mut().skip(at) {
            sum = self.symbol(bits)?.wrapping_add(if SUMS { sum } else { 0 });
            *byte = sum;
        }
        Ok(())
    }

    /// Differences to the value at the left, or above in the first column.
    fn rows(&self, bits: &mut Bits, place: &mut Place) -> Outcome<()> {
        let mut row = output::zeroed(place.width).map_err(|_| "there is no memory for a row")?;
        for value in 0..place.depth {
            let mut before = 0;
            for y in 0..place.height {
                self.bytes::<true>(bits, &mut row, before)?;
                before = row.first().copied().unwrap_or_default();
                let start = y * place.width * place.stride + place.first + value;
                let cells = place.block.get_mut(start..).ok_or(OUTSIDE)?;
                if place.stride == 1 {
                    cells.get_mut(..row.len()).ok_or(OUTSIDE)?.copy_from_slice(&row);
                } else {
                    cells.iter_mut().step_by(place.stride).zip(&row).for_each(|(cell, byte)| *cell = *byte);
                }
            }
        }
        Ok(())
    }

    /// As [`Huffman::rows`], where some pixels have no values: without one at the left it is the one above, and without both the one
    /// that was read last.
    fn differences(&self, bits: &mut Bits, mask: &Mask, place: &mut Place) -> Outcome<()> {
        let (width, pixels) = (place.width, place.pixels());
        for value in 0..place.depth {
            let mut last = 0;
            for pixel in (0..pixels).filter(|pixel| mask.has(*pixel)) {
                let left = !pixel.is_multiple_of(width) && mask.has(pixel - 1);
                if !left && pixel >= width && mask.has(pixel - width) {
                    last = place.values(pixel - width, value, 1)?.first().copied().unwrap_or_default();
                }
                last = self.symbol(bits)?.wrapping_add(last);
                place.values(pixel, value, 1)?.fill(last);
            }
        }
        Ok(())
    }

    /// Values as they are, pixel after pixel.
    fn values(&self, bits: &mut Bits, mask: &Mask, place: &mut Place) -> Outcome<()> {
        for pixel in (0..place.pixels()).filter(|pixel| mask.has(*pixel)) {
            for byte in place.values(pixel, 0, place.depth)? {
                *byte = self.symbol(bits)?;
            }
        }
        Ok(())
    }
}

/// Bits out of words of 32, the highest first.
struct Bits<'a> {
    words: std::slice::Iter<'a, [u8; 4]>,
    /// The next bits, from the top one on.
    buffer: u64,
    count: u32,
    /// How many of them are not there.
    missing: u32,
}

impl<'a> Bits<'a> {
    fn new(stored: &'a [u8]) -> Self {
        Self { words: stored.as_chunks().0.iter(), buffer: 0, count: 0, missing: 0 }
    }

    /// Brings at least 32 bits into the buffer, zeros behind the end.
    #[inline(always)]
    fn fill(&mut self) {
        if self.count < 32 {
            let word = match self.words.next() {
                Some(word) => u32::from_le_bytes(*word),
                None => self.past_the_end(),
            };
            self.buffer |= u64::from(word) << (32 - self.count);
            self.count += 32;
        }
    }

    #[cold]
    fn past_the_end(&mut self) -> u32 {
        self.missing = self.missing.saturating_add(32);
        0
    }

    #[inline(always)]
    fn skip(&mut self, bits: u32) {
        self.buffer <<= bits;
        self.count -= bits;
    }

    /// The next `bits` bits, 1 to 32, as the top ones of a number.
    fn take(&mut self, bits: u32) -> u32 {
        self.fill();
        let top = (self.buffer >> 32) as u32 & u32::MAX << (32 - bits);
        self.skip(bits);
        top
    }

    /// Fails where no whole word is left behind the codes: there is always one more, since decoders read ahead.
    fn end_of_codes(&self) -> Outcome<()> {
        let (left, missing) = (self.words.len() as u32 + self.count / 32, self.missing / 32);
        if left > missing { Ok(()) } else { Err(ENDS) }
    }

    /// Fails where more bits were taken than are there.
    fn end(&self) -> Outcome<()> {
        if self.count < self.missing { Err(ENDS) } else { Ok(()) }
    }
}
