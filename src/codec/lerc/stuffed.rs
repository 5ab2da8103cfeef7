//! Arrays of small numbers, each in as few bits as the largest one takes; or places in a table of such numbers.

use super::place::copy;
use super::reader::{ENDS, Outcome, Reader, little_endian};
use super::unpack::{Eight, Unpacker, Unpackers, WINDOW};

/// Where the first number is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// In the lowest bits: from LERC 2 version 3 on.
    Lowest,
    /// In the highest bits of words of 32: before.
    Highest,
}

/// The numbers that places stand for, [`NONE`] for those that the array's table does not have.
pub(super) type Table = [u32; 256];
/// No number has as many bits.
const NONE: u32 = u32::MAX;
const NOT_IN_TABLE: &str = "a place is outside of its table";

/// An array that was not taken apart yet.
pub(super) struct Stuffed<'a> {
    /// Its bytes, and those behind them.
    bytes: &'a [u8],
    /// How many are its own.
    length: usize,
    bits: u32,
    order: Order,
    /// Whether its numbers are places in the table.
    places: bool,
    /// The largest number that may come of it.
    pub most: u32,
    pub count: usize,
}

impl<'a> Stuffed<'a> {
    /// The array that starts here, of at most `most` numbers. Its table, if it has one, goes into `table`.
    pub fn read(reader: &mut Reader<'a>, most: usize, order: Order, table: &mut Table) -> Outcome<Self> {
        let head = reader.u8()?;
        let count = count(reader, head, most)?;
        let bits = u32::from(head & 31);
        if head & 32 == 0 {
            return Self::new(reader, count, bits, order);
        }
        let entries = usize::from(reader.u8()?);
        if entries < 2 || bits == 0 {
            return Err("a table has no numbers");
        }
        // Its first entry, 0, is not stored.
        let values = Self::new(reader, entries - 1, bits, order)?;
        *table = [NONE; 256];
        for (place, entry) in table.iter_mut().take(entries).enumerate() {
            *entry = place.checked_sub(1).map_or(0, |place| values.number(place));
        }
        let most = table.iter().take(entries).max().copied().unwrap_or_default();
        let places = Self::new(reader, count, (entries - 1).ilog2() + 1, order)?;
        Ok(Self { places: true, most, ..places })
    }

    /// As [`Stuffed::read`], as LERC 1 has it: without tables.
    pub fn read_first_version(reader: &mut Reader<'a>, most: usize) -> Outcome<Self> {
        let head = reader.u8()?;
        let count = count(reader, head, most)?;
        Self::new(reader, count, u32::from(head & 63), Order::Highest)
    }

    fn new(reader: &mut Reader<'a>, count: usize, bits: u32, order: Order) -> Outcome<Self> {
        if bits > 31 {
            return Err("a number has too many bits");
        }
        let bytes = reader.rest();
        let length = reader.take_many((count as u64 * u64::from(bits)).div_ceil(8))?.len();
        Ok(Self { bytes, length, bits, order, places: false, most: (1 << bits) - 1, count })
    }

    /// The number at that place of the array.
    pub fn get(&self, place: usize, table: &Table) -> Outcome<u32> {
        let number = self.stored(place)?;
        if self.places { look_up(number, table) } else { Ok(number) }
    }

    /// As [`Stuffed::get`], without a table.
    pub fn stored(&self, place: usize) -> Outcome<u32> {
        if place < self.count { Ok(self.number(place)) } else { Err("an array has too few numbers") }
    }

    #[inline(never)]
    fn number(&self, place: usize) -> u32 {
        let bit = place as u64 * u64::from(self.bits);
        let shift = (bit & 31) as u32;
        let word = (bit >> 5) as usize;
        let [first, second] = [self.word(word), self.word(word + 1)].map(u64::from);
        match (self.bits, self.order) {
            (0, _) => 0,
            (bits, Order::Lowest) => ((second << 32 | first) >> shift & ((1 << bits) - 1)) as u32,
            (bits, Order::Highest) => ((first << 32 | second) << shift >> (64 - bits)) as u32,
        }
    }

    /// The word of 32 bits at that place. Of the last one, only the bytes that are needed are stored.
    fn word(&self, place: usize) -> u32 {
        let own = self.bytes.get(..self.length).and_then(|bytes| bytes.get(place * 4..)).unwrap_or_default();
        match (own.first_chunk(), self.order) {
            (Some(word), _) => u32::from_le_bytes(*word),
            (None, order) => {
                let word = little_endian(own) as u32;
                let left = if order == Order::Highest { 4 - own.len() } else { 0 };
                word.checked_shl(left as u32 * 8).unwrap_or(0)
            }
        }
    }

    /// What takes its numbers apart eight at a time; `None` where only [`Stuffed::get`] does.
    pub fn unpacker<'u>(&self, unpackers: &'u Unpackers) -> Option<&'u Unpacker> {
        if self.order == Order::Lowest { unpackers.get(self.bits) } else { None }
    }

    /// Eight numbers from eight times `group` on.
    #[inline(always)]
    pub fn eight(&self, unpacker: &Unpacker, group: usize, table: &Table) -> Outcome<Eight> {
        let bytes = self.bytes.get(group * self.bits as usize..).ok_or(ENDS)?;
        let padded;
        let window = match bytes.first_chunk() {
            Some(window) => window,
            None => {
                padded = pad(bytes);
                &padded
            }
        };
        let numbers = unpacker.eight(window);
        if self.places { look_up_all(numbers, table) } else { Ok(numbers) }
    }
}

/// How many numbers an array has: in 4, 2 or 1 bytes, as the two highest bits of its head say.
fn count(reader: &mut Reader, head: u8, most: usize) -> Outcome<usize> {
    let bytes = match head >> 6 {
        0 => 4,
        1 => 2,
        2 => 1,
        _ => return Err("an array's head is damaged"),
    };
    let count = reader.number(bytes)? as usize;
    if count > most { Err("an array has too many numbers") } else { Ok(count) }
}

fn look_up(place: u32, table: &Table) -> Outcome<u32> {
    table.get(place as usize).copied().filter(|number| *number != NONE).ok_or(NOT_IN_TABLE)
}

#[inline(never)]
fn look_up_all(places: Eight, table: &Table) -> Outcome<Eight> {
    let mut numbers: [u32; 8] = places.into();
    let mut all = 0;
    for number in &mut numbers {
        *number = table.get(usize::from(*number as u8)).copied().unwrap_or(NONE);
        all |= *number;
    }
    // No number in a table has as many bits as what it has not.
    if all == NONE { Err(NOT_IN_TABLE) } else { Ok(numbers.into()) }
}

#[cold]
#[inline(never)]
fn pad(bytes: &[u8]) -> [u8; WINDOW] {
    let mut window = [0; WINDOW];
    copy(&mut window, bytes);
    window
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::Random;

    /// The bytes of numbers of that width.
    fn stuffed(numbers: &[u32], bits: usize, order: Order) -> Vec<u8> {
        let mut words = vec![0_u32; (numbers.len() * bits).div_ceil(32)];
        for (digit, at) in (0..numbers.len() * bits).map(|at| (at % bits, at)) {
            match order {
                Order::Lowest => words[at / 32] |= (numbers[at / bits] >> digit & 1) << (at % 32),
                Order::Highest => {
                    words[at / 32] |= (numbers[at / bits] >> (bits - 1 - digit) & 1) << (31 - at % 32);
                }
            }
        }
        let length = (numbers.len() * bits).div_ceil(8);
        if order == Order::Highest
            && let Some(last) = words.last_mut()
        {
            *last >>= 8 * (length.next_multiple_of(4) - length);
        }
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(length);
        bytes
    }

    #[test]
    fn every_width_in_both_orders() {
        let mut random = Random(5);
        let unpackers = Unpackers::new();
        for (bits, order) in (0..32).flat_map(|bits| [(bits, Order::Lowest), (bits, Order::Highest)]) {
            let count = 8 * (1 + random.below(20)) as usize;
            let numbers: Vec<u32> = (0..count).map(|_| random.below(1 << bits) as u32).collect();
            let bytes =
                [&[0x80 | bits as u8, count as u8][..], &stuffed(&numbers, bits, order), b"after"].concat();
            let (mut reader, mut table) = (Reader::new(&bytes), [0; 256]);
            let array = Stuffed::read(&mut reader, count, order, &mut table).unwrap();
            assert_eq!(reader.rest(), b"after");
            let found: Vec<u32> = (0..count).map(|place| array.get(place, &table).unwrap()).collect();
            assert_eq!(found, numbers, "{bits} bits");
            assert!(array.get(count, &table).is_err());
            let Some(unpacker) = array.unpacker(&unpackers) else { continue };
            for group in 0..count / 8 {
                let eight: [u32; 8] = array.eight(unpacker, group, &table).unwrap().into();
                assert_eq!(eight, numbers[group * 8..][..8], "{bits} bits");
            }
        }
    }

    #[test]
    fn places_in_a_table() {
        for order in [Order::Lowest, Order::Highest] {
            let values = [9, 700, 70];
            let places = [3, 0, 1, 2, 2, 1, 0, 3];
            let head = [0x80 | 0x20 | 10, 8, 4];
            let bytes = [&head[..], &stuffed(&values, 10, order), &stuffed(&places, 2, order)].concat();
            let (mut reader, mut table) = (Reader::new(&bytes), [0; 256]);
            let array = Stuffed::read(&mut reader, 8, order, &mut table).unwrap();
            let found: Vec<u32> = (0..8).map(|place| array.get(place, &table).unwrap()).collect();
            assert_eq!(found, [70, 0, 9, 700, 700, 9, 0, 70]);
            if let Some(unpacker) = array.unpacker(&Unpackers::new()) {
                let eight: [u32; 8] = array.eight(unpacker, 0, &table).unwrap().into();
                assert_eq!(eight, *found);
            }
            // A table of three has no fourth place.
            let short = [
                &[0x80 | 0x20 | 10, 8, 3][..],
                &stuffed(&values[..2], 10, order),
                &stuffed(&places, 2, order),
            ];
            let short = short.concat();
            let array = Stuffed::read(&mut Reader::new(&short), 8, order, &mut table).unwrap();
            assert!(array.get(0, &table).is_err() && array.get(1, &table).is_ok());
        }
    }

    #[test]
    fn damaged_heads() {
        let read = |bytes: &[u8]| {
            Stuffed::read(&mut Reader::new(bytes), 8, Order::Lowest, &mut [0; 256]).map(|_| ()).unwrap_err()
        };
        assert_eq!(read(&[0x83, 9, 0, 0, 0, 0]), "an array has too many numbers");
        assert_eq!(read(&[0xC3, 8, 0, 0, 0, 0]), "an array's head is damaged");
        assert_eq!(read(&[0x83, 8, 0, 0]), ENDS);
        for table in [[0xA3, 8, 1, 0, 0], [0xA0, 8, 3, 0, 0]] {
            assert_eq!(read(&table), "a table has no numbers");
        }
        let first = Stuffed::read_first_version(&mut Reader::new(&[0x80 | 32, 1, 0, 0, 0, 0]), 8);
        assert_eq!(first.map(|_| ()).unwrap_err(), "a number has too many bits");
    }
}
