//! Blocks of sequential scans: complete with one scan, so that they become samples at once.

use super::bits::Bits;
use super::components::{Plane, Sample};
use super::huffman::{Decoder, extended};
use super::scan::Blocks;
use super::tables::{ORDER, Steps};
use super::transform;

/// One component of the scan.
pub(super) struct Target<'a, T> {
    pub direct: &'a Decoder,
    pub alternating: &'a Decoder,
    pub steps: Steps,
    pub plane: &'a mut Plane<T>,
    /// The first coefficient of the block before.
    pub before: i32,
}

/// All components of the scan.
pub(super) struct Sequential<'a, T> {
    pub targets: Vec<Target<'a, T>>,
}

impl<T: Sample> Blocks for Sequential<'_, T> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, part: usize, column: usize, row: usize) {
        let Some(target) = self.targets.get_mut(part) else { return };
        let mut coefficients = [0; 64];
        let flat = target.read(bits, &mut coefficients);
        let samples = match flat {
            true => transform::flat(&coefficients, &target.steps),
            false => transform::inverse(&coefficients, &target.steps),
        };
        target.plane.put(column, row, &samples);
    }

    fn restart(&mut self) {
        self.targets.iter_mut().for_each(|target| target.before = 0);
    }
}

impl<T> Target<'_, T> {
    /// Reads a block's coefficients; tells whether there is none but the first.
    #[inline(always)]
    fn read(&mut self, bits: &mut Bits<'_>, coefficients: &mut [i16; 64]) -> bool {
        bits.fill();
        let size = u32::from(self.direct.value(bits));
        self.before = self.before.wrapping_add(extended(bits.take(size), size));
        coefficients[0] = self.before as i16;
        let mut put = |place: usize, value: i16| {
            let place = ORDER.get(place).map_or(63, |place| usize::from(*place));
            if let Some(slot) = coefficients.get_mut(place) {
                *slot = value;
            }
        };
        let (mut place, mut flat) = (1, true);
        while place < 64 {
            bits.fill();
            if let Some((zeros, value)) = self.alternating.whole(bits) {
                put(place + zeros, value);
                (place, flat) = (place + zeros + 1, false);
                continue;
            }
            let value = self.alternating.value(bits);
            let (zeros, size) = (usize::from(value >> 4), u32::from(value & 15));
            if size == 0 {
                if zeros < 15 {
                    break;
                }
                place += 16;
                continue;
            }
            put(place + zeros, extended(bits.take(size), size) as i16);
            (place, flat) = (place + zeros + 1, false);
        }
        flat
    }
}
