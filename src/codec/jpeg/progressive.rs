//! Blocks of progressive scans: each scan adds coefficients, or a bit to those that are there.

use super::bits::Bits;
use super::huffman::{Decoder, extended};
use super::scan::{Blocks, Scan};
use super::tables::ORDER;

/// The coefficients of a component's blocks.
pub(super) struct Store {
    pub blocks: Vec<[i16; 64]>,
    /// Blocks in a row.
    pub across: usize,
}

/// One component of the scan.
pub(super) struct Target<'a> {
    pub codes: Option<&'a Decoder>,
    pub store: &'a mut Store,
    /// The first coefficient of the block before.
    pub before: i32,
}

/// A scan.
pub(super) struct Progressive<'a> {
    pub scan: &'a Scan,
    pub targets: Vec<Target<'a>>,
    /// Blocks that have no coefficients in this scan, from the next one on.
    pub empty: u32,
}

impl Blocks for Progressive<'_> {
    fn block(&mut self, bits: &mut Bits<'_>, part: usize, column: usize, row: usize) {
        let Some(target) = self.targets.get_mut(part) else { return };
        let place = row * target.store.across + column;
        let Some(block) = target.store.blocks.get_mut(place).filter(|_| column < target.store.across) else {
            return;
        };
        bits.fill();
        match (self.scan.first, self.scan.high, target.codes) {
            (0, 0, Some(codes)) => {
                let size = u32::from(codes.value(bits));
                target.before = target.before.wrapping_add(extended(bits.take(size), size));
                block[0] = target.before.wrapping_shl(self.scan.low.into()) as i16;
            }
            (0, ..) => block[0] |= (bits.take(1) << self.scan.low) as i16,
            (_, 0, Some(codes)) => first(self.scan, &mut self.empty, codes, bits, block),
            (_, _, Some(codes)) => further(self.scan, &mut self.empty, codes, bits, block),
            _ => {}
        }
    }

    fn restart(&mut self) {
        self.targets.iter_mut().for_each(|target| target.before = 0);
        self.empty = 0;
    }
}

fn slot(block: &mut [i16; 64], place: usize) -> Option<&mut i16> {
    block.get_mut(ORDER.get(place).map_or(63, |place| usize::from(*place)))
}

/// How many blocks end here, for a run of that size: this one included.
fn run(bits: &mut Bits<'_>, size: u8) -> u32 {
    let size = u32::from(size);
    (1 << size) + bits.take(size)
}

/// The first bits of some coefficients.
fn first(scan: &Scan, empty: &mut u32, codes: &Decoder, bits: &mut Bits<'_>, block: &mut [i16; 64]) {
    if *empty > 0 {
        *empty -= 1;
        return;
    }
    let mut place = usize::from(scan.first);
    while place <= usize::from(scan.last) {
        bits.fill();
        let value = codes.value(bits);
        let (zeros, size) = (value >> 4, u32::from(value & 15));
        match (size, zeros) {
            (0, 15) => place += 16,
            (0, _) => {
                *empty = run(bits, zeros) - 1;
                return;
            }
            _ => {
                place += usize::from(zeros);
                let number = extended(bits.take(size), size);
                if let Some(slot) = slot(block, place) {
                    *slot = number.wrapping_shl(scan.low.into()) as i16;
                }
                place += 1;
            }
        }
    }
}

/// One more bit of the coefficients that are there, and coefficients that now begin.
fn further(scan: &Scan, empty: &mut u32, codes: &Decoder, bits: &mut Bits<'_>, block: &mut [i16; 64]) {
    let step = 1_i16.wrapping_shl(scan.low.into());
    let (mut place, last) = (usize::from(scan.first), usize::from(scan.last));
    while *empty == 0 && place <= last {
        bits.fill();
        let value = codes.value(bits);
        let (zeros, size) = (value >> 4, value & 15);
        let new = match (size, zeros) {
            (0, 0..15) => {
                *empty = run(bits, zeros);
                break;
            }
            (0, _) => 0,
            // One bit is its size, whatever the code says.
            _ if bits.take(1) == 1 => step,
            _ => -step,
        };
        place = refine(block, place..=last, usize::from(zeros), step, bits);
        if new != 0
            && let Some(slot) = slot(block, place)
        {
            *slot = new;
        }
        place += 1;
    }
    if *empty > 0 {
        refine(block, place..=last, usize::MAX, step, bits);
        *empty -= 1;
    }
}

/// Adds a bit to each coefficient that is there, and passes so many zeros; returns the place of the zero after them, or
/// the one past the last place.
fn refine(
    block: &mut [i16; 64],
    places: std::ops::RangeInclusive<usize>,
    mut zeros: usize,
    step: i16,
    bits: &mut Bits<'_>,
) -> usize {
    let past = places.end() + 1;
    for place in places {
        let Some(slot) = slot(block, place) else { continue };
        if *slot == 0 {
            if zeros == 0 {
                return place;
            }
            zeros -= 1;
            continue;
        }
        bits.fill();
        // Data that is damaged may bring the same bit twice.
        if bits.take(1) == 1 && *slot & step == 0 {
            *slot = if *slot > 0 { slot.wrapping_add(step) } else { slot.wrapping_sub(step) };
        }
    }
    past
}
