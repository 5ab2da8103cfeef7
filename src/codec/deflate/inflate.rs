//! Deflate itself (RFC 1951), from a whole stream into a whole block.

use super::bits::Bits;
use super::codes::{BASE, Codes, END, SHIFT, SPECIAL};
use super::literals::Literals;
use super::matches::repeat;
use super::open::{self, Pause, ROOM};

const CODE_LENGTHS: usize = 19;
const CHECKSUM_BITS: u64 = 32;
const ORDER: [u8; CODE_LENGTHS] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// How a stream or a part of it ended, other than as it should.
#[derive(Debug, PartialEq)]
pub(super) enum Stop {
    /// The block is full, and the stream goes on.
    Full,
    /// The stored bytes end before the stream does.
    Short,
    /// The stream contradicts itself.
    Corrupt,
}

type Step<T> = Result<T, Stop>;

/// The codes of a part.
pub(super) struct Tables {
    pub literals: Literals,
    pub distances: Codes<2048>,
    lengths: Codes<512>,
}

impl Tables {
    pub const fn new() -> Self {
        Self { literals: Literals::new(), distances: Codes::new(), lengths: Codes::new() }
    }
}

/// A stream on its way into a block.
pub(super) struct Inflate<'a, 'b> {
    bits: Bits<'a>,
    stored: &'a [u8],
    block: &'b mut [u8],
    /// Bytes of the block that are there.
    pub found: usize,
}

impl<'a, 'b> Inflate<'a, 'b> {
    /// A stream that starts at the front of `stored`.
    pub fn new(stored: &'a [u8], block: &'b mut [u8]) -> Self {
        Self { bits: Bits::new(stored), stored, block, found: 0 }
    }

    /// All parts of the stream. The bits stand behind the last one.
    pub fn run(&mut self, tables: &mut Tables) -> Step<()> {
        loop {
            let last = self.bits.take(1).ok_or(Stop::Short)? == 1;
            match self.bits.take(2).ok_or(Stop::Short)? {
                0 => self.plain()?,
                1 => {
                    fixed_codes(tables)?;
                    self.coded(tables)?;
                }
                2 => {
                    self.own_codes(tables)?;
                    self.coded(tables)?;
                }
                _ => return Err(Stop::Corrupt),
            }
            if last {
                return Ok(());
            }
        }
    }

    /// The four bytes behind the stream, the most significant first.
    pub fn checksum(&mut self) -> Option<u32> {
        self.bits.align(self.stored).first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
    }

    /// A part that is not compressed.
    fn plain(&mut self) -> Step<()> {
        self.bits.align(self.stored);
        let lengths = self.bits.take(32).ok_or(Stop::Short)?;
        let length = (lengths & 0xFFFF) as usize;
        if lengths >> 16 != !lengths & 0xFFFF {
            return Err(Stop::Corrupt);
        }
        let rest = self.bits.align(self.stored);
        let place = self.block.get_mut(self.found..).unwrap_or_default();
        let count = length.min(rest.len()).min(place.len());
        for (to, from) in place.iter_mut().zip(rest.iter().take(count)) {
            *to = *from;
        }
        self.bits = Bits::new(rest.get(count..).unwrap_or_default());
        self.found += count;
        if count == length {
            Ok(())
        } else if self.found == self.block.len() {
            Err(Stop::Full)
        } else {
            Err(Stop::Short)
        }
    }

    /// The codes that a part brings along (RFC 1951, 3.2.7).
    fn own_codes(&mut self, tables: &mut Tables) -> Step<()> {
        let mut take = |count| self.bits.take(count).ok_or(Stop::Short);
        let (literals, distances) = (take(5)? as usize + 257, take(5)? as usize + 1);
        let codes = take(4)? as usize + 4;
        if literals > 286 || distances > 30 {
            return Err(Stop::Corrupt);
        }
        let mut of_lengths = [0; CODE_LENGTHS];
        for symbol in ORDER.iter().take(codes) {
            let length = take(3)? as u8;
            if let Some(place) = of_lengths.get_mut(usize::from(*symbol)) {
                *place = length;
            }
        }
        tables.lengths.set(&of_lengths, |symbol| (symbol as u32) << 16, false).ok_or(Stop::Corrupt)?;
        let mut lengths = [0; 286 + 30];
        let lengths = lengths.get_mut(..literals + distances).ok_or(Stop::Corrupt)?;
        self.code_lengths(&tables.lengths, lengths)?;
        let (literals, distances) = lengths.split_at(literals);
        tables.literals.set(literals, literal_or_length, true).ok_or(Stop::Corrupt)?;
        tables.distances.set(distances, distance, true).ok_or(Stop::Corrupt)
    }

    /// The lengths of the codes, run by run.
    fn code_lengths(&mut self, codes: &Codes<512>, lengths: &mut [u8]) -> Step<()> {
        let (mut done, mut last) = (0, None);
        while done < lengths.len() {
            self.bits.refill();
            let entry = codes.entry(self.bits.bits << SHIFT);
            if entry & 0x3F > self.bits.count {
                return Err(Stop::Short);
            }
            self.bits.skip(entry & 0x3F);
            let symbol = (entry >> 16) as u8;
            let (length, least, extra) = match symbol {
                0..=15 => (symbol, 1, 0),
                16 => (last.ok_or(Stop::Corrupt)?, 3, 2),
                17 => (0, 3, 3),
                _ => (0, 11, 7),
            };
            let count = least + self.bits.take(extra).ok_or(Stop::Short)? as usize;
            let run = lengths.get_mut(done..done + count).ok_or(Stop::Corrupt)?;
            run.iter_mut().for_each(|place| *place = length);
            (done, last) = (done + count, Some(length));
        }
        Ok(())
    }

    /// A compressed part, up to its end code.
    #[inline(never)]
    fn coded(&mut self, tables: &Tables) -> Step<()> {
        loop {
            match open::run(tables, &mut self.bits, self.block, &mut self.found) {
                Pause::Symbol => {
                    if self.one_symbol(tables)? {
                        return Ok(());
                    }
                }
                Pause::Distance(length) => self.one_match(tables, length)?,
                Pause::Repeat(from, to) => repeat(self.block, from, to, self.found),
                Pause::Before => return Err(Stop::Corrupt),
            }
        }
    }

    /// Decodes one symbol of any kind, and a distance behind a length: whether it was the part's end.
    #[inline(never)]
    fn one_symbol(&mut self, tables: &Tables) -> Step<bool> {
        self.bits.refill();
        let entry = tables.literals.any_entry(self.bits.bits, literal_or_length);
        let entry = self.checked(entry)?;
        let bits = self.bits.bits;
        if entry & SPECIAL != 0 {
            self.bits.skip(entry & 0x3F);
            return if entry & !0x3F == END { Ok(true) } else { Err(Stop::Corrupt) };
        }
        self.bits.skip(entry & 0x3F);
        if self.found == self.block.len() {
            return Err(self.past_the_block());
        }
        if entry & BASE != 0 {
            self.one_match(tables, value(entry, bits))?;
        } else if let Some(place) = self.block.get_mut(self.found) {
            *place = (entry >> 16) as u8;
            self.found += 1;
        }
        Ok(false)
    }

    /// Decodes any distance, and copies what is there.
    #[inline(never)]
    fn one_match(&mut self, tables: &Tables, length: usize) -> Step<()> {
        let bits = self.bits.bits;
        let entry = self.checked(tables.distances.any_entry(bits, distance))?;
        self.bits.skip(entry & 0x3F);
        let start = self.found.checked_sub(value(entry, bits)).filter(|_| entry & SPECIAL == 0);
        let start = start.ok_or(Stop::Corrupt)?;
        let end = self.found + length;
        if self.block.len() - self.found >= ROOM {
            repeat(self.block, start, self.found, end);
            self.found = end;
            return Ok(());
        }
        let last = end.min(self.block.len());
        for (from, to) in (start..).zip(self.found..last) {
            let byte = self.block.get(from).copied().unwrap_or_default();
            if let Some(place) = self.block.get_mut(to) {
                *place = byte;
            }
        }
        self.found = last;
        if last < end { Err(self.past_the_block()) } else { Ok(()) }
    }

    /// How a stream ends that goes on behind the block: what reaches into its last four bytes, the checksum's, is no code.
    fn past_the_block(&self) -> Stop {
        let left = self.bits.rest.len() as u64 * 8 + u64::from(self.bits.count);
        if left < CHECKSUM_BITS { Stop::Short } else { Stop::Full }
    }

    /// An entry whose bits are all there. Bits behind the stream's end look like zeros: a wrong code of them is none.
    fn checked(&self, entry: Option<u32>) -> Step<u32> {
        match entry {
            Some(entry) if entry & 0x3F <= self.bits.count => Ok(entry),
            None if self.bits.count >= 15 => Err(Stop::Corrupt),
            _ => Err(Stop::Short),
        }
    }
}

fn fixed_codes(tables: &mut Tables) -> Step<()> {
    let mut lengths = [8; 288];
    lengths.iter_mut().take(256).skip(144).for_each(|length| *length = 9);
    lengths.iter_mut().take(280).skip(256).for_each(|length| *length = 7);
    tables.literals.set(&lengths, literal_or_length, false).ok_or(Stop::Corrupt)?;
    tables.distances.set(&[5; 32], distance, false).ok_or(Stop::Corrupt)
}

/// The length or the distance of an entry, extra bits and all.
#[inline(always)]
pub(super) fn value(entry: u32, bits: u64) -> usize {
    let (all, code) = (entry & 0x3F, entry >> 8 & 0xF);
    let extra = (bits & !(!0 << all)) >> code;
    (entry >> 16) as usize + extra as usize
}

/// Symbol 0 to 287 of the first alphabet.
fn literal_or_length(symbol: usize) -> u32 {
    const LENGTHS: [(u16, u8); 29] = lengths();
    match symbol {
        0..=255 => (symbol as u32) << 16,
        256 => END,
        _ => base(&LENGTHS, symbol - 257),
    }
}

/// Symbol 0 to 31 of the second one.
fn distance(symbol: usize) -> u32 {
    const DISTANCES: [(u16, u8); 30] = distances();
    base(&DISTANCES, symbol)
}

fn base(bases: &[(u16, u8)], place: usize) -> u32 {
    match bases.get(place) {
        Some((base, extra)) => u32::from(*base) << 16 | BASE | u32::from(*extra),
        None => SPECIAL | 2 << 16,
    }
}

#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn lengths() -> [(u16, u8); 29] {
    let mut table = [(258, 0); 29];
    let (mut i, mut base) = (0, 3);
    while i < 28 {
        let extra = if i < 8 { 0 } else { i / 4 - 1 };
        table[i] = (base, extra as u8);
        base += 1 << extra;
        i += 1;
    }
    table
}

#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn distances() -> [(u16, u8); 30] {
    let mut table = [(0, 0); 30];
    let (mut i, mut base) = (0, 1);
    while i < 30 {
        let extra = if i < 4 { 0 } else { i / 2 - 1 };
        table[i] = (base, extra as u8);
        base += 1 << extra;
        i += 1;
    }
    table
}
