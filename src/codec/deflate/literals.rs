//! The first alphabet's table, whose entries say what several codes in a row mean: up to two literals, and the length behind
//! them. Most matches and the literal before them are one step then, and the branch between literals and matches, which nothing
//! foretells, is taken by the table.

use super::codes::{BASE, Meaning, Order, SPECIAL, entry_at};

/// Bits that are looked up. With 13, tables take longer to make than is gained, and crowd the block out of the cache.
const WIDTH: u32 = 12;
const ENTRIES: usize = 1 << WIDTH;

/// What an entry says, which is 0 where a code is too long for the table, and for the end:
///
/// - bits 0 to 5: the bits that it takes;
/// - 6 and 7: the number of literals, 0 to 2, and 8 to 23: these literals, the first one lowest;
/// - 24 to 31: the length behind them less 2, or 255 for the length 258, which is why 257 is not in the table; 0 for none.
///
/// Before codes are joined, the number of a length's extra bits is in bits 8 to 11.
pub(super) const LENGTH: u32 = 1 << 24;
const LITERAL: u32 = 1 << 6;
const LONGEST: u32 = 255;

/// The codes of the first alphabet.
pub(super) struct Literals {
    table: [u8; 4 * ENTRIES],
    order: Order,
}

impl Literals {
    pub const fn new() -> Self {
        Self { table: [0; 4 * ENTRIES], order: Order::new() }
    }

    /// As [`super::codes::Codes::set`].
    pub fn set(&mut self, lengths: &[u8], meaning: Meaning, incomplete: bool) -> Option<()> {
        self.order.set(lengths, incomplete)?;
        let table = self.table.as_chunks_mut().0;
        self.order.fill(table, 0, |symbol, bits| single(meaning(symbol), bits));
        // From the last one on: those looked up are not joined yet.
        for index in (0..ENTRIES).rev() {
            let joined = joined(table, index);
            if let Some(place) = table.get_mut(index) {
                *place = joined.to_le_bytes();
            }
        }
        Some(())
    }

    /// The entry of the codes that bits start with, which are given shifted up by [`super::codes::SHIFT`].
    #[inline(always)]
    pub fn entry(&self, shifted: u64) -> u32 {
        entry_at(&self.table, shifted).unwrap_or(0)
    }

    /// As [`super::codes::Codes::any_entry`]: of one symbol only.
    #[inline(never)]
    pub fn any_entry(&self, bits: u64, meaning: Meaning) -> Option<u32> {
        self.order.entry(bits, meaning)
    }
}

/// The literals that an entry holds, as two bytes, of which [`literals()`] are some.
#[inline(always)]
pub(super) fn two(entry: u32) -> [u8; 2] {
    ((entry >> 8) as u16).to_le_bytes()
}

/// How many literals an entry holds.
#[inline(always)]
pub(super) fn literals(entry: u32) -> usize {
    (entry / LITERAL) as usize & 3
}

/// The length in an entry that has one.
#[inline(always)]
pub(super) fn length(entry: u32) -> usize {
    (entry / LENGTH) as usize + 2 + usize::from(entry >= LONGEST * LENGTH)
}

/// The entry of one symbol.
fn single(meaning: u32, bits: u32) -> u32 {
    if meaning & SPECIAL != 0 {
        0
    } else if meaning & BASE != 0 {
        (LENGTH * ((meaning >> 16) - 2).min(LONGEST)) | ((meaning & 0xF) << 8) | bits
    } else {
        (meaning >> 8 & 0xFF00) | LITERAL | bits
    }
}

/// The entry of an index and what fits behind it.
#[inline(always)]
fn joined(table: &[[u8; 4]], index: usize) -> u32 {
    let entry_of = |bits: u32| table.get(index >> bits).map_or(0, |entry| u32::from_le_bytes(*entry));
    let mut entry = entry_of(0);
    if entry >= LENGTH {
        return with_length(index, 0, entry).unwrap_or(0);
    }
    if entry == 0 {
        return 0;
    }
    let next = entry_of(entry & 0x3F);
    let bits = (entry & 0x3F) + (next & 0x3F);
    if next != 0 && next < LENGTH && bits <= WIDTH {
        entry = (next & 0xFF00) << 8 | (entry & 0xFF00) | (2 * LITERAL) | bits;
    }
    let next = entry_of(entry & 0x3F);
    if next < LENGTH { entry } else { with_length(index, entry, next).unwrap_or(entry) }
}

/// An entry of literals, or of nothing, with a length behind it; `None` where that does not fit, extra bits and all.
#[inline(always)]
fn with_length(index: usize, entry: u32, next: u32) -> Option<u32> {
    let code = (entry & 0x3F) + (next & 0x3F);
    let extra = next >> 8 & 0xF;
    let value = (index >> code) as u32 & !(!0 << extra);
    let length = next / LENGTH + value;
    let fits = code + extra <= WIDTH && (length < LONGEST || extra == 0);
    fits.then(|| (length * LENGTH) | (entry & !0x3F) | (code + extra))
}
