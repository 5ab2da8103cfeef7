//! Which pixels have a value: one bit each, from the highest of a byte down, in runs.

use super::reader::{Outcome, Reader};
use crate::codec::output;

/// The count that ends the runs.
const END: i16 = i16::MIN;

#[derive(Clone)]
pub(super) enum Mask {
    /// All pixels have a value.
    Full,
    Bits(Vec<u8>),
}

impl Mask {
    /// No pixel has a value.
    pub fn empty(pixels: usize) -> Outcome<Self> {
        let bits = output::zeroed(pixels.div_ceil(8)).map_err(|_| "there is no memory for its mask")?;
        Ok(Self::Bits(bits))
    }

    /// The mask of `pixels` pixels that those runs give.
    pub fn read(runs: &[u8], pixels: usize) -> Outcome<Self> {
        let mut mask = Self::empty(pixels)?;
        let Self::Bits(bits) = &mut mask else { return Ok(mask) };
        let (mut runs, mut at) = (Reader::new(runs), 0);
        loop {
            let count = runs.array().map(i16::from_le_bytes)?;
            if count == END {
                break;
            }
            let end = at + usize::from(count.unsigned_abs());
            let place = bits.get_mut(at..end).ok_or("its mask is too long")?;
            if count > 0 {
                place.copy_from_slice(runs.take(place.len())?);
            } else {
                place.fill(runs.u8()?);
            }
            at = end;
        }
        if at < bits.len() { Err("its mask is too short") } else { Ok(mask) }
    }

    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full)
    }

    /// Whether the pixel has a value.
    #[inline(never)]
    pub fn has(&self, pixel: usize) -> bool {
        match self {
            Self::Full => true,
            Self::Bits(bits) => bits.get(pixel >> 3).is_some_and(|byte| byte << (pixel & 7) & 0x80 != 0),
        }
    }

    /// Says that the pixel has a value.
    #[inline(never)]
    pub fn set(&mut self, pixel: usize) {
        if let Self::Bits(bits) = self
            && let Some(byte) = bits.get_mut(pixel >> 3)
        {
            *byte |= 0x80 >> (pixel & 7);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_bytes_as_they_are() {
        let runs =
            [&2_i16.to_le_bytes()[..], &[0xC0, 1], &(-3_i16).to_le_bytes(), &[0xFF], &END.to_le_bytes()];
        let mask = Mask::read(&runs.concat(), 40).unwrap();
        let there: Vec<usize> = (0..40).filter(|pixel| mask.has(*pixel)).collect();
        assert_eq!(there, [&[0, 1, 15][..], &(16..40).collect::<Vec<_>>()].concat());
        assert!(!mask.has(40));
        for pixels in [32, 41] {
            assert!(Mask::read(&runs.concat(), pixels).is_err());
        }
        assert!(Mask::read(&runs.concat()[..7], 40).is_err());
    }

    #[test]
    fn single_pixels() {
        let mut mask = Mask::empty(17).unwrap();
        mask.set(0);
        mask.set(9);
        mask.set(100);
        assert_eq!((0..17).filter(|pixel| mask.has(*pixel)).collect::<Vec<_>>(), [0, 9]);
        assert!(Mask::Full.has(5) && Mask::Full.is_full() && !mask.is_full());
    }
}
