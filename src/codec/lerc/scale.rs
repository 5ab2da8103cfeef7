//! From an array's numbers to samples: so many steps above an offset, and no further than the greatest value.

use super::kind::Kind;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use super::scalars as eights;
use super::unpack::Eight;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::vectors as eights;

/// One tile's scale.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub offset: f64,
    pub step: f64,
    pub most: f64,
}

impl Scale {
    /// The value of a number, to which `before` comes.
    #[inline(always)]
    pub fn value(&self, number: u32, before: f64) -> f64 {
        self.at_most(self.offset + f64::from(number) * self.step + before)
    }

    #[inline(always)]
    pub fn at_most(&self, value: f64) -> f64 {
        if self.most < value { self.most } else { value }
    }

    /// The same in integers, for numbers up to `largest`; `None` where that would not always be the same.
    pub fn in_integers(&self, kind: Kind, largest: u32) -> Option<Integers> {
        let (least, greatest) = kind.range()?;
        let most = self.at_most(self.offset + f64::from(largest) * self.step);
        let within = |value: f64| value >= f64::from(i32::MIN) && value <= f64::from(i32::MAX);
        let whole = [self.offset, self.step, most].iter().all(|value| value.fract() == 0.0);
        let good = whole
            && self.step >= 0.0
            && within(self.offset)
            && within(self.offset + f64::from(largest) * self.step)
            && self.offset >= least
            && (least..=greatest).contains(&most)
            && within(self.step);
        good.then_some(Integers { offset: self.offset as i32, step: self.step as i32, most: most as i32 })
    }
}

/// A scale of integers, none of which leaves 32 bits.
#[derive(Clone, Copy)]
pub(super) struct Integers {
    pub offset: i32,
    pub step: i32,
    pub most: i32,
}

impl Integers {
    /// The value of a number.
    #[inline(always)]
    #[allow(dead_code)] // Vectors have it in vectors.
    pub fn value(&self, number: u32) -> i32 {
        self.offset.wrapping_add(number.cast_signed().wrapping_mul(self.step)).min(self.most)
    }
}

/// Makes samples of `SIZE` bytes out of numbers.
pub(super) trait Samples<const SIZE: usize> {
    fn samples(&self, numbers: Eight) -> [[u8; SIZE]; 8];
}

macro_rules! samples {
    ($($scale:ty, $size:literal: $of:path;)*) => {$(
        impl Samples<$size> for $scale {
            #[inline(always)]
            fn samples(&self, numbers: Eight) -> [[u8; $size]; 8] {
                $of(self, numbers)
            }
        }
    )*};
}

samples! {
    Integers, 1: eights::bytes;
    Integers, 2: eights::shorts;
    Integers, 4: eights::words;
    Scale, 4: eights::floats;
    Scale, 8: eights::doubles;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_the_same_or_none() {
        let scale = Scale { offset: -7.0, step: 3.0, most: 20.0 };
        let integers = scale.in_integers(Kind::I16, 31).unwrap();
        for number in 0..32 {
            assert_eq!(f64::from(integers.value(number)), scale.value(number, 0.0), "{number}");
        }
        let none = |kind, largest, scale: Scale| assert!(scale.in_integers(kind, largest).is_none());
        none(Kind::F32, 31, scale);
        none(Kind::U16, 31, scale);
        none(Kind::I16, 31, Scale { step: 1.5, ..scale });
        none(Kind::I16, 31, Scale { most: 19.5, ..scale });
        none(Kind::I8, 31, Scale { most: f64::NAN, step: 5.0, ..scale });
        none(Kind::I8, 60, Scale { most: 200.0, ..scale });
        none(Kind::I32, 0x7FFF_FFFF, scale);
        none(Kind::U32, 1, Scale { offset: 3e9, step: 1.0, most: 4e9 });
        // What the numbers cannot reach does not matter.
        assert!(Scale { most: 1e300, ..scale }.in_integers(Kind::I8, 31).is_some());
    }

    #[test]
    fn eight_samples_at_once() {
        for numbers in [[0, 1, 2, 3, 4, 5, 6, 7], [0, 50, 9, 31, 1, 1, 77, 7]] {
            let eight = Eight::from(numbers);
            for (scale, kind) in [
                (Scale { offset: -7.0, step: 3.0, most: 90.0 }, Kind::I8),
                (Scale { offset: 7.0, step: 3.0, most: 190.0 }, Kind::U8),
                (Scale { offset: -700.0, step: 1.0, most: 90.0 }, Kind::I16),
                (Scale { offset: 60_000.0, step: 71.0, most: 65_000.0 }, Kind::U16),
                (Scale { offset: -1e9, step: 71.0, most: 65_000.0 }, Kind::I32),
                (Scale { offset: 0.1, step: 0.02, most: 1.0 }, Kind::F32),
                (Scale { offset: 0.1, step: 0.02, most: f64::NAN }, Kind::F32),
                (Scale { offset: 0.1, step: 0.02, most: 1.0 }, Kind::F64),
            ] {
                let size = kind.size();
                let expected = numbers.map(|number| kind.bytes(scale.value(number, 0.0))[..size].to_vec());
                let found = match (scale.in_integers(kind, 77), size) {
                    (None, 4) => Samples::<4>::samples(&scale, eight).concat(),
                    (None, _) => Samples::<8>::samples(&scale, eight).concat(),
                    (Some(integers), 1) => Samples::<1>::samples(&integers, eight).concat(),
                    (Some(integers), 2) => Samples::<2>::samples(&integers, eight).concat(),
                    (Some(integers), _) => Samples::<4>::samples(&integers, eight).concat(),
                };
                assert_eq!(found, expected.concat(), "{kind:?}");
            }
        }
    }
}
