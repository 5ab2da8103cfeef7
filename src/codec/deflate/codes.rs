//! Prefix codes of a Deflate block: a table for the short ones, and the canonical order for those that it does not hold.

/// The longest code.
const MOST_BITS: usize = 15;
/// Symbols of the largest alphabet.
const SYMBOLS: usize = 288;

/// What an entry says. The lowest byte is the number of bits that it takes, 0 to 31.
///
/// - Literal: in the third byte.
/// - Length or distance: its base in the two highest bytes; the bits of the code alone, without the extra ones, from bit 8 on.
/// - Special: the end of the block, or a code that is not in the table.
pub(super) const BASE: u32 = 1 << 15;
pub(super) const SPECIAL: u32 = 1 << 14;
pub(super) const END: u32 = SPECIAL | 1 << 16;
const LONG: u32 = SPECIAL;

/// How far bits are shifted up where they are looked up: what is left of them below the mask is the byte where an entry
/// stands. The steps from one code to the next depend on each other, and this is one less of them.
pub(super) const SHIFT: u32 = 2;

/// The codes of one alphabet. Four bytes for each entry, a power of two of them.
pub(super) struct Codes<const BYTES: usize> {
    table: [u8; BYTES],
    order: Order,
}

/// What a symbol means: an entry without its code's length.
pub(super) type Meaning = fn(symbol: usize) -> u32;

impl<const BYTES: usize> Codes<BYTES> {
    pub const fn new() -> Self {
        Self { table: [0; BYTES], order: Order::new() }
    }

    /// Makes the table for codes of those lengths; `None` where they are no prefix code. One that is not complete is good where
    /// `incomplete` says so and it has at most one bit, as in zlib.
    pub fn set(&mut self, lengths: &[u8], meaning: Meaning, incomplete: bool) -> Option<()> {
        self.order.set(lengths, incomplete)?;
        self.order.fill(self.table.as_chunks_mut().0, LONG, |symbol, bits| with_bits(meaning(symbol), bits));
        Some(())
    }

    /// The entry of the code that bits start with, which are given shifted up by [`SHIFT`].
    #[inline(always)]
    pub fn entry(&self, shifted: u64) -> u32 {
        entry_at(&self.table, shifted).unwrap_or(SPECIAL)
    }

    /// The entry of any code, in the table or not; `None` where `bits` start with none.
    #[inline(never)]
    pub fn any_entry(&self, bits: u64, meaning: Meaning) -> Option<u32> {
        self.order.entry(bits, meaning)
    }
}

#[inline(always)]
pub(super) fn entry_at<const BYTES: usize>(table: &[u8; BYTES], shifted: u64) -> Option<u32> {
    let start = shifted as usize & (BYTES - 4);
    table.get(start..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// Symbols in canonical order.
pub(super) struct Order {
    symbols: [u16; SYMBOLS],
    /// For each length: the first code behind those of that length, in 15 bits, and what to add to a code to get
    /// its place in `symbols`.
    ends: [u32; MOST_BITS + 1],
    places: [u32; MOST_BITS + 1],
}

impl Order {
    pub const fn new() -> Self {
        Self { symbols: [0; SYMBOLS], ends: [0; MOST_BITS + 1], places: [0; MOST_BITS + 1] }
    }

    /// As [`Codes::set`].
    pub fn set(&mut self, lengths: &[u8], incomplete: bool) -> Option<()> {
        let mut counts = [0_u32; MOST_BITS + 1];
        for length in lengths {
            *counts.get_mut(usize::from(*length))? += 1;
        }
        counts[0] = 0;
        let mut next = [0_u32; MOST_BITS + 1];
        let (mut code, mut place, mut longest) = (0_u32, 0_u32, 0);
        for (length, count) in counts.iter().enumerate().skip(1) {
            *next.get_mut(length)? = place;
            *self.places.get_mut(length)? = place.wrapping_sub(code >> (MOST_BITS - length));
            place += count;
            code += count << (MOST_BITS - length);
            *self.ends.get_mut(length)? = code;
            if *count > 0 {
                longest = length;
            }
        }
        let left = (1 << MOST_BITS) - code as i32;
        if left < 0 || left > 0 && !(incomplete && longest <= 1) {
            return None;
        }
        for (symbol, length) in (0..).zip(lengths).filter(|(_, length)| **length > 0) {
            let place = next.get_mut(usize::from(*length))?;
            *self.symbols.get_mut(*place as usize)? = symbol;
            *place += 1;
        }
        Some(())
    }

    /// As [`Codes::any_entry`].
    pub fn entry(&self, bits: u64, meaning: Meaning) -> Option<u32> {
        let code = u32::from((bits as u16).reverse_bits() >> 1);
        let (length, _) = self.ends.iter().enumerate().skip(1).find(|(_, end)| code < **end)?;
        let place = self.places.get(length)?.wrapping_add(code >> (MOST_BITS - length));
        let symbol = *self.symbols.get(place as usize)?;
        Some(with_bits(meaning(symbol.into()), length as u32))
    }

    /// Fills a table with `entry(symbol, bits)`: for codes of 1 bit, then copied and filled for those of 2, and so on.
    #[inline(always)]
    pub fn fill(&self, table: &mut [[u8; 4]], long: u32, entry: impl Fn(usize, u32) -> u32) {
        let mut symbols = self.symbols.iter();
        let mut start = 0;
        let most = table.len().ilog2() as usize;
        table.iter_mut().take(2).for_each(|place| *place = long.to_le_bytes());
        for length in 1..=most {
            let end = self.ends.get(length).map_or(start, |end| end >> (MOST_BITS - length));
            for (code, symbol) in (start..end).zip(&mut symbols) {
                let reversed = code.reverse_bits() >> (32 - length);
                if let Some(place) = table.get_mut(reversed as usize) {
                    *place = entry((*symbol).into(), length as u32).to_le_bytes();
                }
            }
            if length < most {
                let (done, rest) = table.split_at_mut(1 << length);
                rest.iter_mut().zip(done).for_each(|(place, same)| *place = *same);
            }
            start = end << 1;
        }
    }
}

/// The entry for a symbol of that meaning and code length.
#[inline(always)]
fn with_bits(meaning: u32, bits: u32) -> u32 {
    // The extra bits are there already.
    if meaning & BASE == 0 { meaning + bits } else { meaning + bits + (bits << 8) }
}
