//! The codes of sequences (RFC 8878, 3.1.1.3.2.1): which tables they take, and what their symbols mean.

use super::fse::{STATES, SYMBOLS, Shares};

/// What a state says, in one word, so that the bits of three states are added up at once. From the lowest bit on:
///
/// - 8 bits: how many bits are to be read for the next state; 8 bits: how many for it and the value together;
/// - 9 bits: the next state, without those; 9 bits: a mask of those;
/// - 29 bits: the value, without its extra bits;
/// - 1 bit: whether a length has extra bits. Offsets have as many as their value has bits behind its first.
#[derive(Clone, Copy)]
pub(super) struct Entry(pub u64);

/// The largest value without its extra bits. That of few offsets is larger: no window is so wide.
const MOST_VALUE: u32 = (1 << 29) - 1;
const LONGER: u64 = 1 << 63;

impl Entry {
    /// What a symbol of that value adds to the entries of its states.
    const fn of_symbol(value: u32, extra: u32, is_length: bool) -> Self {
        let value = if value < MOST_VALUE { value } else { MOST_VALUE };
        let flag = if is_length && extra > 0 { LONGER } else { 0 };
        Self((value as u64) << 34 | (extra as u64) << 8 | flag)
    }

    /// The entry of one of a symbol's states.
    #[inline(always)]
    fn with_state(self, bits: u32, next: u32) -> Self {
        let mask = !(!0 << bits);
        Self(self.0 + (u64::from(bits << 8 | bits) | u64::from(next) << 16 | mask << 25))
    }

    /// The next state, given the bits for it from [`STATE_AT`] on and others around them; others are around it, too.
    #[inline(always)]
    pub fn next(self, bits: u64) -> State {
        let mask = self.0 >> (25 - STATE_AT) & (!0 << STATE_AT);
        State((self.0 >> (16 - STATE_AT)).wrapping_add(bits & mask))
    }

    /// The extra bits.
    #[inline(always)]
    pub fn extra(self) -> u64 {
        (self.0 >> 8 & 0xFF) - (self.0 & 0xFF)
    }

    /// Whether two lengths have no extra bits.
    #[inline(always)]
    pub fn are_short(self, other: Self) -> bool {
        (self.0 | other.0) & LONGER == 0
    }

    /// The value of an entry that has no extra bits, or is an offset's.
    #[inline(always)]
    pub fn value(self) -> u32 {
        (self.0 >> 34) as u32
    }

    /// The value of any entry.
    #[inline(always)]
    pub fn base(self) -> u32 {
        self.value() & MOST_VALUE
    }
}

/// The bit with which a state's number begins: so it is the place of its entry, in bytes. Around it are other bits.
#[derive(Clone, Copy)]
pub(super) struct State(u64);

pub(super) const STATE_AT: u32 = size_of::<Entry>().ilog2();

impl State {
    pub fn new(number: u32) -> Self {
        Self(u64::from(number) << STATE_AT)
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
    symbols: &'static [Entry],
    most_log: u32,
    /// The table that every decoder knows.
    usual: (u32, &'static [i8]),
}

/// The three tables, which later parts may use again.
pub(super) struct Tables {
    pub lengths: Table,
    pub offsets: Table,
    pub matches: Table,
}

impl Tables {
    pub const fn new() -> Self {
        let lengths = Kind { symbols: &LENGTHS, most_log: 9, usual: (6, &USUAL_LENGTHS) };
        let offsets = Kind { symbols: &OFFSETS, most_log: 8, usual: (5, &USUAL_OFFSETS) };
        let matches = Kind { symbols: &MATCHES, most_log: 9, usual: (6, &USUAL_MATCHES) };
        Self { lengths: Table::new(lengths), offsets: Table::new(offsets), matches: Table::new(matches) }
    }

    /// No table is there to be used again.
    pub fn forget(&mut self) {
        (self.lengths.log, self.offsets.log, self.matches.log) = (None, None, None);
    }

    /// The bits that are read for the states behind these: of the lengths, the offsets, the matches.
    pub fn bits(&self, [length, offset, copy]: &[State; 3]) -> usize {
        let entries = [self.lengths.entry(*length), self.offsets.entry(*offset), self.matches.entry(*copy)];
        entries.iter().map(|entry| entry.0 as usize % 0x100).sum()
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
    pub fn entry(&self, state: State) -> Entry {
        self.entries.get((state.0 as usize % (STATES << STATE_AT)) >> STATE_AT).copied().unwrap_or(Entry(0))
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
                let symbol = self.kind.symbols.get(usize::from(*rest.first()?))?;
                self.log = Some(0);
                if let Some(entry) = self.entries.first_mut() {
                    *entry = symbol.with_state(0, 0);
                }
                Some(start + 1)
            }
            2 => {
                let (shares, used) = Shares::read(rest, self.kind.symbols.len(), self.kind.most_log)?;
                self.set(&shares);
                Some(start + used)
            }
            _ => self.log.map(|_| start),
        }
    }

    fn set(&mut self, shares: &Shares) {
        self.log = Some(shares.log);
        let mut symbols = [Entry(0); SYMBOLS];
        for (place, symbol) in symbols.iter_mut().zip(self.kind.symbols) {
            *place = *symbol;
        }
        shares.spread(|state, symbol, bits, next| {
            let symbol = symbols.get(usize::from(symbol) % SYMBOLS).copied().unwrap_or(Entry(0));
            if let Some(entry) = self.entries.get_mut(state % STATES) {
                *entry = symbol.with_state(bits, next);
            }
        });
    }
}

const LENGTHS: [Entry; 36] =
    lengths(0, 16, [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
const MATCHES: [Entry; 53] =
    lengths(3, 32, [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
const OFFSETS: [Entry; 32] = offsets();
const USUAL_LENGTHS: [i8; 36] = [
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1,
    -1, -1,
];
const USUAL_OFFSETS: [i8; 29] =
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1];
const USUAL_MATCHES: [i8; 53] = [
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
];

/// The first `plain` symbols mean themselves and `least`, the others more, with so many extra bits.
#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn lengths<const N: usize, const LONG: usize>(
    least: u32,
    plain: usize,
    bits: [u32; LONG],
) -> [Entry; N] {
    let mut table = [Entry(0); N];
    let (mut i, mut value) = (0, least);
    while i < N {
        let extra = if i < plain { 0 } else { bits[i - plain] };
        table[i] = Entry::of_symbol(value, extra, true);
        value += 1 << extra;
        i += 1;
    }
    table
}

/// The first three values mean offsets that were used before.
#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn offsets<const N: usize>() -> [Entry; N] {
    let mut table = [Entry(0); N];
    let mut i = 0;
    while i < N {
        table[i] = Entry::of_symbol(1 << i, i as u32, false);
        i += 1;
    }
    table
}
