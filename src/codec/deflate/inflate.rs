//! Deflate itself (RFC 1951), from a whole stream into a whole block.

use super::bits::Bits;
use super::codes::{BASE, Codes, END, SPECIAL};

/// Bytes copied at once.
const STEP: usize = 16;
/// The longest match, whole steps of it, and the literals before it: with so much room nothing is checked byte by byte.
const ROOM: usize = 258 + STEP + 8;
const CODE_LENGTHS: usize = 19;
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

/// A stream on its way into a block.
pub(super) struct Inflate<'a, 'b> {
    pub bits: Bits<'a>,
    stored: &'a [u8],
    block: &'b mut [u8],
    /// Bytes of the block that are there.
    pub found: usize,
    literals: Codes<4096>,
    distances: Codes<512>,
    lengths: Codes<128>,
}

impl<'a, 'b> Inflate<'a, 'b> {
    /// A stream that starts at the front of `stored`.
    pub fn new(stored: &'a [u8], block: &'b mut [u8]) -> Self {
        let bits = Bits::new(stored);
        let (literals, distances, lengths) = (Codes::new(), Codes::new(), Codes::new());
        Self { bits, stored, block, found: 0, literals, distances, lengths }
    }

    /// All parts of the stream. The bits stand behind the last one.
    pub fn run(&mut self) -> Step<()> {
        loop {
            let last = self.bits.take(1).ok_or(Stop::Short)? == 1;
            match self.bits.take(2).ok_or(Stop::Short)? {
                0 => self.plain()?,
                1 => {
                    self.fixed_codes()?;
                    self.coded()?;
                }
                2 => {
                    self.own_codes()?;
                    self.coded()?;
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

    fn fixed_codes(&mut self) -> Step<()> {
        let mut lengths = [8; 288];
        lengths.iter_mut().take(256).skip(144).for_each(|length| *length = 9);
        lengths.iter_mut().take(280).skip(256).for_each(|length| *length = 7);
        self.literals.set(&lengths, literal_or_length, false).ok_or(Stop::Corrupt)?;
        self.distances.set(&[5; 32], distance, false).ok_or(Stop::Corrupt)
    }

    /// The codes that a part brings along (RFC 1951, 3.2.7).
    fn own_codes(&mut self) -> Step<()> {
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
        self.lengths.set(&of_lengths, |symbol| (symbol as u32) << 16, false).ok_or(Stop::Corrupt)?;
        let mut lengths = [0; 286 + 30];
        let lengths = lengths.get_mut(..literals + distances).ok_or(Stop::Corrupt)?;
        self.code_lengths(lengths)?;
        let (literals, distances) = lengths.split_at(literals);
        self.literals.set(literals, literal_or_length, true).ok_or(Stop::Corrupt)?;
        self.literals.pair();
        self.distances.set(distances, distance, true).ok_or(Stop::Corrupt)
    }

    /// The lengths of the codes, run by run.
    fn code_lengths(&mut self, lengths: &mut [u8]) -> Step<()> {
        let (mut done, mut last) = (0, None);
        while done < lengths.len() {
            self.bits.refill_slowly();
            let entry = self.lengths.entry(self.bits.bits);
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
    fn coded(&mut self) -> Step<()> {
        while !self.in_the_open()? {
            if self.one_symbol()? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Decodes for as long as there are eight bytes stored and room for everything: whether the part has ended.
    fn in_the_open(&mut self) -> Step<bool> {
        let bits = Bits { bits: self.bits.bits, count: self.bits.count, rest: self.bits.rest };
        let codes = (&self.literals, &self.distances);
        let mut open = Open { bits, block: &mut *self.block, found: self.found };
        let ended = loop {
            match open.step(codes.0, codes.1) {
                Ok(()) => {}
                Err(End::Closed) => break Ok(false),
                Err(End::Part) => break Ok(true),
                Err(End::Corrupt) => break Err(Stop::Corrupt),
            }
        };
        (self.bits, self.found) = (open.bits, open.found);
        ended
    }

    /// Decodes one symbol near an end, of the stream or of the block: whether it was the part's last.
    #[inline(never)]
    fn one_symbol(&mut self) -> Step<bool> {
        self.bits.refill_slowly();
        let entry = self.literals.any_entry(self.bits.bits, literal_or_length);
        let entry = self.checked(entry)?;
        if entry & SPECIAL != 0 {
            self.bits.skip(entry & 0x3F);
            return if entry & !0x3F == END { Ok(true) } else { Err(Stop::Corrupt) };
        }
        if self.found == self.block.len() {
            return Err(Stop::Full);
        }
        if entry & BASE == 0 {
            self.bits.skip(entry & 0x3F);
            if let Some(place) = self.block.get_mut(self.found) {
                *place = (entry >> 16) as u8;
            }
            self.found += 1;
            return Ok(false);
        }
        let length = value(entry, &mut self.bits);
        let entry = self.distances.any_entry(self.bits.bits, distance);
        let entry = self.checked(entry)?;
        let distance = value(entry, &mut self.bits);
        let start = self.found.checked_sub(distance).filter(|_| entry & SPECIAL == 0).ok_or(Stop::Corrupt)?;
        let end = (self.found + length).min(self.block.len());
        for (from, to) in (start..).zip(self.found..end) {
            let byte = self.block.get(from).copied().unwrap_or_default();
            if let Some(place) = self.block.get_mut(to) {
                *place = byte;
            }
        }
        if end < self.found + length {
            self.found = end;
            return Err(Stop::Full);
        }
        self.found = end;
        Ok(false)
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

/// Why decoding in the open ends.
enum End {
    /// Too close to an end of the stream or of the block.
    Closed,
    /// The part has ended.
    Part,
    Corrupt,
}

/// A part's decoding where both ends are far.
struct Open<'a, 'b> {
    bits: Bits<'a>,
    block: &'b mut [u8],
    found: usize,
}

impl Open<'_, '_> {
    /// Some literals, a match behind them as a rule.
    #[inline(always)]
    fn step(&mut self, literals: &Codes<4096>, distances: &Codes<512>) -> Result<(), End> {
        if self.block.len() - self.found < ROOM {
            return Err(End::Closed);
        }
        self.bits.refill().ok_or(End::Closed)?;
        let mut entry = literals.entry(self.bits.bits);
        if entry & (BASE | SPECIAL) == 0 {
            entry = self.literals(entry, literals);
            if entry & (BASE | SPECIAL) == 0 {
                return Ok(());
            }
            self.bits.refill().ok_or(End::Closed)?;
        }
        if entry & SPECIAL != 0 {
            entry = self.special(entry, literals)?;
            if entry & BASE == 0 {
                return Ok(());
            }
        }
        let length = value(entry, &mut self.bits);
        let mut entry = distances.entry(self.bits.bits);
        if entry & SPECIAL != 0 {
            let any = distances.any_entry(self.bits.bits, distance);
            entry = any.filter(|entry| entry & SPECIAL == 0).ok_or(End::Corrupt)?;
        }
        let distance = value(entry, &mut self.bits);
        let from = self.found.checked_sub(distance).ok_or(End::Corrupt)?;
        copy(self.block, from, self.found, self.found + length);
        self.found += length;
        Ok(())
    }

    /// Up to three entries of literals, 36 bits, the first of them given: the entry behind them.
    #[inline(always)]
    fn literals(&mut self, mut entry: u32, literals: &Codes<4096>) -> u32 {
        let (mut word, mut count) = (0_u64, 0);
        for _ in 0..3 {
            word |= u64::from(entry >> 16) << (8 * count);
            count += (entry >> 8) & 3;
            self.bits.skip(entry & 0x3F);
            entry = literals.entry(self.bits.bits);
            if entry & (BASE | SPECIAL) != 0 {
                break;
            }
        }
        if let Some(place) = self.block.get_mut(self.found..).and_then(<[u8]>::first_chunk_mut) {
            *place = word.to_le_bytes();
        }
        self.found += count as usize;
        entry
    }

    /// A code that is not in the table: the end, or a literal, which is written, or a length, which is not taken yet.
    #[cold]
    fn special(&mut self, mut entry: u32, literals: &Codes<4096>) -> Result<u32, End> {
        if entry & !0x3F != END {
            entry = literals.any_entry(self.bits.bits, literal_or_length).ok_or(End::Corrupt)?;
        }
        if entry & BASE != 0 {
            return Ok(entry);
        }
        self.bits.skip(entry & 0x3F);
        if entry & !0x3F == END {
            return Err(End::Part);
        }
        if entry & SPECIAL != 0 {
            return Err(End::Corrupt);
        }
        if let Some(place) = self.block.get_mut(self.found) {
            *place = (entry >> 16) as u8;
        }
        self.found += 1;
        Ok(entry)
    }
}

/// A length or a distance, extra bits and all; they are taken.
#[inline(always)]
fn value(entry: u32, bits: &mut Bits<'_>) -> usize {
    let (all, code) = (entry & 0x3F, entry >> 8 & 0xF);
    let extra = (bits.bits & !(!0 << all)) >> code;
    bits.skip(all);
    (entry >> 16) as usize + extra as usize
}

/// Copies from `from` to `to..end`, and what happens to be there up to whole steps. What is copied may begin to repeat itself
/// before it ends. The block goes on for a step behind `end`.
#[inline(always)]
fn copy(block: &mut [u8], from: usize, to: usize, end: usize) {
    let (mut from, mut to) = (from, to);
    while to < end {
        let step = block.get(from..).and_then(<[u8]>::first_chunk::<STEP>).copied();
        let place = block.get_mut(to..).and_then(<[u8]>::first_chunk_mut);
        let (Some(step), Some(place)) = (step, place) else { return };
        *place = step;
        // Of a step that reads what it writes, as much is right as lies between; twice as much lies between the next time.
        let between = to - from;
        if between < STEP {
            to += between;
        } else {
            from += STEP;
            to += STEP;
        }
    }
}

/// Symbol 0 to 287 of the first alphabet.
fn literal_or_length(symbol: usize) -> u32 {
    const LENGTHS: [(u16, u8); 29] = lengths();
    match symbol {
        0..=255 => (symbol as u32) << 16 | 1 << 8,
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
