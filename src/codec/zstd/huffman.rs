//! The prefix code of literals (RFC 8878, 4.2): its description and its table.

use super::backward::Backward;
use super::fse::Shares;

/// The longest code.
pub(super) const MOST_BITS: u32 = 11;
/// Entries of a table.
pub(super) const ENTRIES: usize = 1 << MOST_BITS;
/// Symbols whose weight is described; that of one more follows from theirs.
const DESCRIBED: usize = 255;
const MOST_WEIGHT: usize = 12;

/// A table of all codes, filled up to [`MOST_BITS`]: an entry's lower byte is the code's length, the upper one the symbol.
pub(super) struct Codes {
    pub table: [u16; ENTRIES],
    /// The same for up to three codes in a row, see [`symbols()`].
    several: [u32; ENTRIES],
    /// Whether there is a code, and whether codes in a row were joined.
    pub ready: bool,
    joined: bool,
}

impl Codes {
    pub const fn new() -> Self {
        Self { table: [0; ENTRIES], several: [0; ENTRIES], ready: false, joined: false }
    }

    /// Reads the code whose description is at `start` in `section`: where it ends. `None` for no code.
    pub fn read(&mut self, section: &[u8], start: usize) -> Option<usize> {
        let mut weights = Weights { list: [0; DESCRIBED + 1], count: 0 };
        let head = usize::from(*section.get(start)?);
        let start = start + 1;
        let end = if let Some(described) = head.checked_sub(127) {
            let end = start + described.div_ceil(2);
            for byte in section.get(start..end)? {
                weights.push(byte >> 4)?;
                weights.push(byte & 15)?;
            }
            weights.count = described;
            end
        } else {
            weights.unpack(section, start, start + head)?;
            start + head
        };
        (self.ready, self.joined) = (false, false);
        weights.table(&mut self.table)?;
        self.ready = true;
        Some(end)
    }

    /// The table of up to three codes in a row.
    pub fn several(&mut self) -> &[u32; ENTRIES] {
        if !self.joined {
            let entry =
                |index: usize| u32::from(self.table.get(index % ENTRIES).copied().unwrap_or_default());
            for (index, several) in self.several.iter_mut().enumerate() {
                let first = entry(index);
                *several = first & 0xFF00 | 1 << 6 | first & 0x3F;
                // Bits behind those at hand look like zeros: an entry that takes any of them is none.
                for count in 1..3 {
                    let next = entry(index << (*several & 0x3F));
                    if (*several & 0x3F) + (next & 0x3F) > MOST_BITS {
                        break;
                    }
                    *several += (next >> 8) << (8 + 8 * count) | 1 << 6 | next & 0x3F;
                }
            }
            self.joined = true;
        }
        &self.several
    }
}

struct Weights {
    list: [u8; DESCRIBED + 1],
    count: usize,
}

impl Weights {
    fn push(&mut self, weight: u8) -> Option<()> {
        *self.list.get_mut(self.count)? = weight;
        self.count += 1;
        Some(())
    }

    /// Weights that are compressed themselves, by two states in turns.
    fn unpack(&mut self, section: &[u8], start: usize, end: usize) -> Option<()> {
        let (shares, used) = Shares::read(section.get(start..end)?, MOST_WEIGHT + 1, 6)?;
        let mut table = [(0_u8, 0_u32, 0_u32); 64];
        shares.spread(|state, symbol, bits, base| {
            if let Some(entry) = table.get_mut(state) {
                *entry = (symbol, bits, base);
            }
        });
        let at = |state: u32| table.get(state as usize % 64).copied().unwrap_or_default();
        let mut bits = Backward::new(section, start + used, end)?;
        let (mut this, mut other) = (bits.take(shares.log)?, bits.take(shares.log)?);
        if bits.left() < 0 {
            return None;
        }
        loop {
            let (weight, count, base) = at(this);
            self.push(weight)?;
            if bits.left() < count as isize {
                return self.push(at(other).0);
            }
            (this, other) = (other, base + bits.take(count)?);
        }
    }

    /// Fills the table; `None` where the weights are those of no complete code.
    fn table(&mut self, table: &mut [u16; ENTRIES]) -> Option<()> {
        let list = self.list.get(..self.count)?;
        let sum = list.iter().fold(0, |sum, weight| sum + (1_u32 << weight >> 1));
        let longest = sum.checked_ilog2()? + 1;
        let rest = (1 << longest) - sum;
        if longest > MOST_BITS || !rest.is_power_of_two() {
            return None;
        }
        self.push(rest.ilog2() as u8 + 1)?;
        let list = self.list.get(..self.count)?;
        let mut counts = [0_usize; 16];
        for weight in list {
            *counts.get_mut(usize::from(*weight))? += 1;
        }
        // Where the codes of each weight begin: the longest ones come first.
        let (mut next, mut place) = ([0_usize; 16], 0);
        let cells = |weight: usize| 1_usize << (weight + (MOST_BITS - longest) as usize - 1);
        for (weight, (next, count)) in next.iter_mut().zip(&counts).enumerate().skip(1) {
            *next = place;
            place += count * cells(weight);
        }
        for (symbol, weight) in (0..).zip(list).filter(|(_, weight)| **weight > 0) {
            let next = next.get_mut(usize::from(*weight))?;
            let (start, entry) = (*next, symbol << 8 | (longest + 1 - u32::from(*weight)) as u16);
            *next += cells(usize::from(*weight));
            table.get_mut(start..*next)?.fill(entry);
        }
        Some(())
    }
}

/// The symbol of the code at the top of `word`, which is taken.
#[inline(always)]
pub(super) fn symbol(table: &[u16; ENTRIES], word: &mut u64) -> u8 {
    let entry = table.get((*word >> (64 - MOST_BITS)) as usize).copied().unwrap_or_default();
    // Of the count a shift sees no more than these bits.
    *word <<= entry & 63;
    (entry >> 8) as u8
}

/// The symbols of the codes at the top of `word`, one to three, which are taken: from the lowest byte on, and how many.
#[inline(always)]
pub(super) fn symbols(several: &[u32; ENTRIES], word: &mut u64) -> (u32, usize) {
    let entry = several.get((*word >> (64 - MOST_BITS)) as usize).copied().unwrap_or_default();
    *word = word.wrapping_shl(entry);
    (entry >> 8, (entry >> 6) as usize & 3)
}
