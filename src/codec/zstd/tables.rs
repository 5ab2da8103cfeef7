//! The codes of sequences (RFC 8878, 3.1.1.3.2.1): which tables they take, and what their symbols mean.

use super::fse::{STATES, SYMBOLS, Shares};

const LENGTHS: usize = 36;
const OFFSETS: usize = 32;
const MATCHES: usize = 53;

/// What a state says, in one word, so that those of three states can be added up.
///
/// - bits 0 to 7: the bits to be read for the next state, and what to add to them from bit 16 on;
/// - bits 8 to 15: the extra bits of the value, and what to add to them from bit 32 on.
#[derive(Clone, Copy)]
pub(super) struct Entry(pub u64);

impl Entry {
    #[inline(always)]
    pub fn bits(self) -> u32 {
        self.0 as u32 & 0xFF
    }

    #[inline(always)]
    pub fn extra(self) -> u32 {
        self.0 as u32 >> 8 & 0xFF
    }

    #[inline(always)]
    pub fn next(self) -> u32 {
        self.0 as u32 >> 16
    }

    #[inline(always)]
    pub fn value(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// The table of one kind of symbol.
pub(super) struct Table {
    entries: [Entry; STATES],
    /// Its size as a power of two, once there is one.
    pub log: Option<u32>,
    kind: Kind,
}

/// What the symbols of a table mean, and its limits.
#[derive(Clone, Copy)]
struct Kind {
    symbols: usize,
    most_log: u32,
    /// The table that every decoder knows.
    usual: (u32, &'static [i8]),
    /// Of a symbol: its value without the extra bits, and how many these are.
    meaning: fn(u8) -> (u32, u32),
}

/// The three tables, which later parts may use again.
pub(super) struct Tables {
    pub lengths: Table,
    pub offsets: Table,
    pub matches: Table,
}

impl Tables {
    pub const fn new() -> Self {
        let lengths = Kind { symbols: LENGTHS, most_log: 9, usual: (6, &USUAL_LENGTHS), meaning: length };
        let offsets = Kind { symbols: OFFSETS, most_log: 8, usual: (5, &USUAL_OFFSETS), meaning: offset };
        let matches =
            Kind { symbols: MATCHES, most_log: 9, usual: (6, &USUAL_MATCHES), meaning: match_length };
        Self { lengths: Table::new(lengths), offsets: Table::new(offsets), matches: Table::new(matches) }
    }

    /// No table is there to be used again.
    pub fn forget(&mut self) {
        (self.lengths.log, self.offsets.log, self.matches.log) = (None, None, None);
    }

    /// Reads the tables that the section names at `start`: where they end. `None` where they are corrupt.
    pub fn read(&mut self, section: &[u8], start: usize) -> Option<usize> {
        let modes = *section.get(start)?;
        if modes & 3 != 0 {
            return None;
        }
        let start = self.lengths.read(modes >> 6, section, start + 1)?;
        let start = self.offsets.read(modes >> 4 & 3, section, start)?;
        self.matches.read(modes >> 2 & 3, section, start)
    }
}

impl Table {
    const fn new(kind: Kind) -> Self {
        Self { entries: [Entry(0); STATES], log: None, kind }
    }

    #[inline(always)]
    pub fn entry(&self, state: u32) -> Entry {
        self.entries.get(state as usize % STATES).copied().unwrap_or(Entry(0))
    }

    fn read(&mut self, mode: u8, section: &[u8], start: usize) -> Option<usize> {
        let rest = section.get(start..)?;
        match mode {
            0 => {
                let (log, usual) = self.kind.usual;
                let mut shares = Shares { counts: [0; SYMBOLS], log };
                for (count, usual) in shares.counts.iter_mut().zip(usual) {
                    *count = i16::from(*usual);
                }
                self.set(&shares);
                Some(start)
            }
            1 => {
                let symbol = *rest.first()?;
                if usize::from(symbol) >= self.kind.symbols {
                    return None;
                }
                self.log = Some(0);
                self.put(0, symbol, 0, 0);
                Some(start + 1)
            }
            2 => {
                let (shares, used) = Shares::read(rest, self.kind.symbols, self.kind.most_log)?;
                self.set(&shares);
                Some(start + used)
            }
            _ => self.log.map(|_| start),
        }
    }

    fn set(&mut self, shares: &Shares) {
        self.log = Some(shares.log);
        shares.spread(|state, symbol, bits, next| self.put(state, symbol, bits, next));
    }

    #[inline(always)]
    fn put(&mut self, state: usize, symbol: u8, bits: u32, next: u32) {
        let (value, extra) = (self.kind.meaning)(symbol);
        if let Some(entry) = self.entries.get_mut(state % STATES) {
            *entry = Entry(u64::from(value) << 32 | u64::from(next << 16 | extra << 8 | bits));
        }
    }
}

/// Extra bits of the symbols of literal lengths from 16 on; those below are their own value.
const LENGTH_BITS: [u8; LENGTHS - 16] = [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
/// The same of match lengths from 32 on; those below mean 3 more.
const MATCH_BITS: [u8; MATCHES - 32] = [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const USUAL_LENGTHS: [i8; LENGTHS] = [
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1,
    -1, -1,
];
const USUAL_OFFSETS: [i8; 29] =
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1];
const USUAL_MATCHES: [i8; MATCHES] = [
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
];

fn length(symbol: u8) -> (u32, u32) {
    const MEANINGS: [(u32, u32); LENGTHS - 16] = meanings(16, LENGTH_BITS);
    MEANINGS.get(usize::from(symbol).wrapping_sub(16)).copied().unwrap_or((u32::from(symbol), 0))
}

fn match_length(symbol: u8) -> (u32, u32) {
    const MEANINGS: [(u32, u32); MATCHES - 32] = meanings(35, MATCH_BITS);
    MEANINGS.get(usize::from(symbol).wrapping_sub(32)).copied().unwrap_or((u32::from(symbol) + 3, 0))
}

/// The first three are offsets that were used before.
fn offset(symbol: u8) -> (u32, u32) {
    (1 << (symbol & 31), u32::from(symbol))
}

#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn meanings<const N: usize>(mut value: u32, bits: [u8; N]) -> [(u32, u32); N] {
    let mut table = [(0, 0); N];
    let mut i = 0;
    while i < N {
        table[i] = (value, bits[i] as u32);
        value += 1 << bits[i];
        i += 1;
    }
    table
}
