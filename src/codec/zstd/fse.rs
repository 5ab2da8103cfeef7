//! Tables of finite state entropy codes (RFC 8878, 4.1).

/// States of the largest table.
pub(super) const STATES: usize = 512;
/// Symbols of the largest alphabet.
pub(super) const SYMBOLS: usize = 64;

/// How many states each symbol has; -1 for one that has a state of its own at the table's end.
pub(super) struct Shares {
    pub counts: [i16; SYMBOLS],
    /// The table's size as a power of two.
    pub log: u32,
}

impl Shares {
    /// Reads them from the front of `stored`, for symbols below `symbols`, a table of at most `most_log`: the shares, and how many
    /// bytes they take.
    pub fn read(stored: &[u8], symbols: usize, most_log: u32) -> Option<(Self, usize)> {
        let mut bits = Forward { stored, taken: 0 };
        let log = bits.take(4)? + 5;
        if log > most_log {
            return None;
        }
        let mut counts = [0; SYMBOLS];
        let mut symbol = 0;
        // States that are left, and one.
        let mut left = (1_u32 << log) + 1;
        while left > 1 {
            if symbol >= symbols {
                return None;
            }
            let count = bits.share(left)? as i16 - 1;
            *counts.get_mut(symbol)? = count;
            symbol += 1;
            left = left.checked_sub(count.unsigned_abs().into())?;
            if count == 0 {
                loop {
                    let more = bits.take(2)? as usize;
                    symbol += more;
                    if more < 3 {
                        break;
                    }
                }
            }
        }
        (left == 1).then_some((Self { counts, log }, bits.taken.div_ceil(8)))
    }

    /// Gives each state its symbol, the number of bits to be read for the next state, and what to add to them; in the states' order.
    pub fn spread(&self, mut state: impl FnMut(usize, u8, u32, u32)) {
        let size = 1_usize << self.log;
        let mut symbols = [0_u8; STATES];
        let mut next = [0_u16; SYMBOLS];
        let mut end = size;
        for ((symbol, count), next) in (0..).zip(&self.counts).zip(&mut next) {
            *next = count.unsigned_abs();
            if *count < 0 {
                end -= 1;
                put(&mut symbols, end, symbol);
            }
        }
        let (step, mut place) = ((size >> 1) + (size >> 3) + 3, 0);
        for (symbol, count) in (0..).zip(&self.counts) {
            for _ in 0..*count {
                put(&mut symbols, place, symbol);
                place = (place + step) & (size - 1);
                while place >= end {
                    place = (place + step) & (size - 1);
                }
            }
        }
        for (i, symbol) in symbols.iter().take(size).enumerate() {
            let Some(next) = next.get_mut(usize::from(*symbol)) else { continue };
            let value = u32::from(*next);
            *next += 1;
            let bits = self.log.saturating_sub(value.max(1).ilog2());
            state(i, *symbol, bits, (value << bits).wrapping_sub(size as u32));
        }
    }
}

#[inline(always)]
fn put(symbols: &mut [u8; STATES], place: usize, symbol: u8) {
    if let Some(cell) = symbols.get_mut(place % STATES) {
        *cell = symbol;
    }
}

/// Bits from the front on, least significant first.
struct Forward<'a> {
    stored: &'a [u8],
    taken: usize,
}

impl Forward<'_> {
    /// The next `count` bits, at most 16.
    fn take(&mut self, count: u32) -> Option<u32> {
        let value = self.peek() & !(!0 << count);
        self.skip(count)?;
        Some(value)
    }

    /// At least 16 bits; zeros behind the end.
    fn peek(&self) -> u32 {
        let bytes = self.stored.get(self.taken / 8..).unwrap_or_default().iter().take(3);
        let word = bytes.rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
        // Where there were fewer than three bytes, the others are zeros above them.
        word >> (self.taken % 8)
    }

    fn skip(&mut self, count: u32) -> Option<()> {
        self.taken += count as usize;
        (self.taken <= self.stored.len() * 8).then_some(())
    }

    /// A number of at most `most`: where the short form can tell, in a bit less.
    fn share(&mut self, most: u32) -> Option<u32> {
        let bits = most.ilog2();
        let (half, word) = (1 << bits, self.peek());
        // So many have the short form.
        let short = 2 * half - 1 - most;
        let (low, all) = (word & (half - 1), word & (2 * half - 1));
        if low < short {
            self.skip(bits)?;
            return Some(low);
        }
        self.skip(bits + 1)?;
        Some(if all >= half { all - short } else { all })
    }
}
