//! Prefix codes of a Deflate block: a table for the short ones, and the canonical order for those that it does not hold.

/// The longest code.
const MOST_BITS: usize = 15;
/// Symbols of the largest alphabet.
const SYMBOLS: usize = 288;

/// What an entry of a table says. The lowest byte is the number of bits that it takes, 0 to 31.
///
/// - Literals: one or two, in the two highest bytes; how many, from bit 8 on.
/// - Length or distance: its base in the two highest bytes; the bits of the code alone, without the extra ones, from bit 8 on.
/// - Special: the end of the block, or a code that is not in the table.
pub(super) const BASE: u32 = 1 << 15;
pub(super) const SPECIAL: u32 = 1 << 14;
pub(super) const END: u32 = SPECIAL | 1 << 16;
const LONG: u32 = SPECIAL;

/// The codes of one alphabet. `SIZE` entries, a power of two.
pub(super) struct Codes<const SIZE: usize> {
    table: [u32; SIZE],
    order: Order,
}

/// Symbols in canonical order.
struct Order {
    symbols: [u16; SYMBOLS],
    /// For each length: the first code behind those of that length, in 15 bits, and what to add to a code to get
    /// its place in `symbols`.
    ends: [u32; MOST_BITS + 1],
    places: [u32; MOST_BITS + 1],
}

/// What a symbol means: an entry without its code's length.
pub(super) type Meaning = fn(symbol: usize) -> u32;

impl<const SIZE: usize> Codes<SIZE> {
    pub const fn new() -> Self {
        let order = Order { symbols: [0; SYMBOLS], ends: [0; MOST_BITS + 1], places: [0; MOST_BITS + 1] };
        Self { table: [0; SIZE], order }
    }

    /// Makes the table for codes of those lengths; `None` where they are no prefix code. One that is not complete is good where
    /// `incomplete` says so and it has at most one bit, as in zlib.
    pub fn set(&mut self, lengths: &[u8], meaning: Meaning, incomplete: bool) -> Option<()> {
        let shape = self.order.set(lengths)?;
        if shape.left > 0 && !(incomplete && shape.longest <= 1) {
            return None;
        }
        fill(&mut self.table, &self.order, meaning);
        Some(())
    }

    /// Joins literals that fit into one entry together.
    pub fn pair(&mut self) {
        pair(&mut self.table);
    }

    /// The entry of the code that `bits` start with.
    #[inline(always)]
    pub fn entry(&self, bits: u64) -> u32 {
        self.table.get(bits as usize & (SIZE - 1)).copied().unwrap_or(SPECIAL)
    }

    /// As [`Codes::entry`], for any code, and of one symbol only; `None` where `bits` start with none.
    #[inline(never)]
    pub fn any_entry(&self, bits: u64, meaning: Meaning) -> Option<u32> {
        self.order.entry(bits, meaning)
    }
}

struct Shape {
    longest: usize,
    /// Codes of 15 bits that no symbol has.
    left: i32,
}

impl Order {
    fn set(&mut self, lengths: &[u8]) -> Option<Shape> {
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
        if left < 0 {
            return None;
        }
        for (symbol, length) in (0..).zip(lengths).filter(|(_, length)| **length > 0) {
            let place = next.get_mut(usize::from(*length))?;
            *self.symbols.get_mut(*place as usize)? = symbol;
            *place += 1;
        }
        Some(Shape { longest, left })
    }

    fn entry(&self, bits: u64, meaning: Meaning) -> Option<u32> {
        let code = u32::from((bits as u16).reverse_bits() >> 1);
        let (length, _) = self.ends.iter().enumerate().skip(1).find(|(_, end)| code < **end)?;
        let place = self.places.get(length)?.wrapping_add(code >> (MOST_BITS - length));
        let symbol = *self.symbols.get(place as usize)?;
        Some(with_bits(meaning(symbol.into()), length as u32))
    }
}

/// The entry for a symbol of that meaning and code length.
#[inline(always)]
fn with_bits(meaning: u32, bits: u32) -> u32 {
    // The extra bits are there already.
    if meaning & BASE == 0 { meaning + bits } else { meaning + bits + (bits << 8) }
}

/// Fills a table: for codes of 1 bit, then copied and filled for those of 2, and so on.
fn fill(table: &mut [u32], order: &Order, meaning: Meaning) {
    let mut symbols = order.symbols.iter();
    let mut start = 0;
    let most = table.len().ilog2() as usize;
    table.iter_mut().take(2).for_each(|entry| *entry = LONG);
    for length in 1..=most {
        let end = order.ends.get(length).map_or(start, |end| end >> (MOST_BITS - length));
        for (code, symbol) in (start..end).zip(&mut symbols) {
            let reversed = code.reverse_bits() >> (32 - length);
            if let Some(entry) = table.get_mut(reversed as usize) {
                *entry = with_bits(meaning((*symbol).into()), length as u32);
            }
        }
        if length < most {
            let (done, rest) = table.split_at_mut(1 << length);
            rest.iter_mut().zip(done).for_each(|(entry, same)| *entry = *same);
        }
        start = end << 1;
    }
}

fn pair(table: &mut [u32]) {
    let most = table.len().ilog2();
    // From the last one on: those looked up are not joined yet.
    for index in (1..table.len()).rev() {
        let first = table.get(index).copied().unwrap_or(SPECIAL);
        let bits = first & 0x1F;
        let second = table.get(index >> bits).copied().unwrap_or(SPECIAL);
        let both = bits + (second & 0x1F);
        let good = (first | second) & (BASE | SPECIAL) == 0 && both <= most;
        if let Some(entry) = table.get_mut(index).filter(|_| good) {
            *entry = (first & 0xFF_0000) | (second & 0xFF_0000) << 8 | 2 << 8 | both;
        }
    }
}
