//! Decoding far from both ends, of the stream and of the block, where nothing is checked byte by byte.
//!
//! Each code is known only once the one before it is: the time goes by in a chain of look-ups, and what is not part of it costs
//! little. So bits are refilled beside a look-up instead of before it, the next entry is looked up before anything is copied, and
//! whatever is rare ends the loop: what a loop calls makes it keep its variables in memory.

use super::bits::Bits;
use super::codes::{SHIFT, SPECIAL};
use super::inflate::{Tables, value};
use super::literals::{LENGTH, Literals, length, literals, two};
use super::matches::{STEP, copy};

/// The longest match and whole steps of it, and the literals before it.
pub(super) const ROOM: usize = 258 + STEP + 8;
/// Two words of the stream are taken at most between two checks.
const AHEAD: usize = 16;

/// Why the loop ends, bits and bytes being as they are behind all that was decoded.
pub(super) enum Pause {
    /// A symbol that is not in the table, or the end of the stream or of the block is near.
    Symbol,
    /// The distance that belongs to this length is not in the table.
    Distance(usize),
    /// From there to there: a match that repeats itself is found, but not copied.
    Repeat(usize, usize),
    /// A match begins before the block.
    Before,
}

/// Bits being looked up: shifted up by [`SHIFT`], and so is their count.
struct Shifted {
    bits: u64,
    count: u32,
}

/// Decodes as far as possible.
#[inline(always)]
pub(super) fn run(tables: &Tables, at: &mut Bits<'_>, block: &mut [u8], found: &mut usize) -> Pause {
    let (mut rest, mut end) = (at.rest, *found);
    let mut bits = Shifted { bits: at.bits << SHIFT, count: at.count + SHIFT };
    if let Some(ahead) = rest.first_chunk() {
        let taken = bits.refill(ahead, 0);
        rest = rest.get(taken..).unwrap_or_default();
    }
    let mut entry = tables.literals.entry(bits.bits);
    let pause = loop {
        let room = block.get_mut(end..).and_then(<[u8]>::first_chunk_mut);
        let (Some(ahead), Some(room)) = (rest.first_chunk(), room) else { break Pause::Symbol };
        let mut taken = bits.refill(ahead, 0);
        let mut done = bits.put(entry, room, 0);
        if entry < LENGTH {
            (entry, done) = bits.next(&tables.literals, room, done);
            if entry < LENGTH {
                (entry, done) = bits.next(&tables.literals, room, done);
            }
            if entry >= LENGTH {
                taken = bits.refill(ahead, taken);
            }
        }
        rest = rest.get(taken..).unwrap_or_default();
        end += done;
        if entry < LENGTH {
            if entry == 0 {
                break Pause::Symbol;
            }
            entry = tables.literals.entry(bits.bits);
            continue;
        }
        let length = length(entry);
        let far = tables.distances.entry(bits.bits);
        if far & SPECIAL != 0 {
            break Pause::Distance(length);
        }
        let distance = value(far, bits.bits >> SHIFT);
        bits.skip(far);
        entry = tables.literals.entry(bits.bits);
        let Some(from) = end.checked_sub(distance) else { break Pause::Before };
        let to = end;
        end += length;
        if distance < STEP {
            break Pause::Repeat(from, to);
        }
        copy(block, from, to, end);
    };
    *at = Bits { bits: bits.bits >> SHIFT, count: bits.count - SHIFT, rest };
    *found = end;
    pause
}

impl Shifted {
    /// At least 54 bits; those taken from `ahead` until now are `taken` bytes. How many they are then.
    #[inline(always)]
    fn refill(&mut self, ahead: &[u8; AHEAD], taken: usize) -> usize {
        // What is behind the bytes taken comes again with the next ones: the same bits, in the same place.
        if let Some(word) = ahead.get(taken..).and_then(<[u8]>::first_chunk) {
            self.bits |= u64::from_le_bytes(*word) << self.count;
        }
        // As many whole bytes as there is room for, from a count to the last one below 64 that differs by a multiple of 8.
        let more = ((63 - self.count) as usize / 8) & 7;
        self.count |= 56;
        taken + more
    }

    /// Writes an entry's literals, behind `done` bytes, and takes its bits: how many bytes there are then.
    #[inline(always)]
    fn put(&mut self, entry: u32, room: &mut [u8; ROOM], done: usize) -> usize {
        if let Some(place) = room.get_mut(done..).and_then(<[u8]>::first_chunk_mut) {
            *place = two(entry);
        }
        self.skip(entry);
        done + literals(entry)
    }

    /// Looks up, and as [`Shifted::put`].
    #[inline(always)]
    fn next(&mut self, table: &Literals, room: &mut [u8; ROOM], done: usize) -> (u32, usize) {
        let entry = table.entry(self.bits);
        (entry, self.put(entry, room, done))
    }

    #[inline(always)]
    fn skip(&mut self, entry: u32) {
        self.bits >>= entry & 0x3F;
        self.count -= entry & 0x3F;
    }
}
