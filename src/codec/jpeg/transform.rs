//! The inverse cosine transform of a block: the slow and accurate integer one that libjpeg has from its first day
//! (Loeffler, Ligtenberg and Moschytz, 11 multiplications a row), with its very roundings.

use super::components::Sample;
use super::eight::{Eight, turned};
use super::tables::Steps;

/// Fractional bits of the factors.
const FRACTION: u32 = 13;

/// The samples of a block whose coefficients are all 0 but the first.
#[inline(always)]
pub(super) fn flat<T: Sample>(coefficients: &[i16; 64], steps: &Steps) -> [[T; 8]; 8] {
    let first = i32::from(coefficients[0]).wrapping_mul(steps[0]);
    // The same two roundings as below: the first is none.
    let value = first.wrapping_shl(T::SPARE).wrapping_add(1 << (T::SPARE + 2)) >> (T::SPARE + 3);
    [[T::centred(value); 8]; 8]
}

/// The samples of a block, row by row. Sequential and progressive frames share its code, which is long.
#[inline(never)]
pub(super) fn inverse<T: Sample>(coefficients: &[i16; 64], steps: &Steps) -> [[T; 8]; 8] {
    let (coefficients, steps) = (coefficients.as_chunks::<8>().0, steps.as_chunks::<8>().0);
    let mut rows = [Eight::ZERO; 8];
    for (row, (coefficients, steps)) in rows.iter_mut().zip(coefficients.iter().zip(steps)) {
        *row = Eight::product(coefficients, steps);
    }
    let columns = pass(rows, FRACTION - T::SPARE);
    let across = pass(turned(columns), FRACTION + T::SPARE + 3);
    turned(across).map(T::eight)
}

/// One dimension: eight transforms side by side, their results less `shift` bits.
#[inline(always)]
fn pass(rows: [Eight; 8], shift: u32) -> [Eight; 8] {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let middle = r2.add(r6).times(4433);
    let (low, high) = (middle.sub(r6.times(15137)), middle.add(r2.times(6270)));
    let (sum, difference) = (r0.add(r4).raised(FRACTION), r0.sub(r4).raised(FRACTION));
    let even = [sum.add(high), difference.add(low), difference.sub(low), sum.sub(high)];

    let both = r7.add(r3).add(r5).add(r1).times(9633);
    let outer = r7.add(r1).times(-7373);
    let inner = r5.add(r3).times(-20995);
    let one = both.sub(r7.add(r3).times(16069));
    let two = both.sub(r5.add(r1).times(3196));
    let odd = [
        r1.times(12299).add(outer).add(two),
        r3.times(25172).add(inner).add(one),
        r5.times(16819).add(inner).add(two),
        r7.times(2446).add(outer).add(one),
    ];

    let [e0, e1, e2, e3] = even;
    let [o0, o1, o2, o3] = odd;
    let results =
        [e0.add(o0), e1.add(o1), e2.add(o2), e3.add(o3), e3.sub(o3), e2.sub(o2), e1.sub(o1), e0.sub(o0)];
    results.map(|result| result.rounded(shift))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::Random;

    /// By its definition.
    fn exact(coefficients: &[i16; 64]) -> Vec<f64> {
        let scale = |k: usize| if k == 0 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
        let wave = |k: usize, x: usize| {
            ((2 * x + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos() * scale(k) / 2.0
        };
        let at = |x: usize, y: usize| -> f64 {
            (0..64).map(|k| f64::from(coefficients[k]) * wave(k % 8, x) * wave(k / 8, y)).sum()
        };
        (0..64).map(|place| at(place % 8, place / 8)).collect()
    }

    #[test]
    fn it_is_the_cosine_transform() {
        let mut random = Random(8);
        for round in 0..200 {
            let mut coefficients = [0; 64];
            for _ in 0..round % 20 {
                coefficients[random.below(64) as usize] = random.below(200) as i16 - 100;
            }
            coefficients[0] = random.below(1000) as i16 - 500;
            let expected = exact(&coefficients);
            let eight = inverse::<u8>(&coefficients, &[1; 64]);
            let twelve = inverse::<u16>(&coefficients, &[1; 64]);
            for (place, expected) in expected.iter().enumerate() {
                let (eight, twelve) = (eight[place / 8][place % 8], twelve[place / 8][place % 8]);
                assert!((f64::from(eight) - (expected + 128.0).clamp(0.0, 255.0)).abs() < 0.6);
                assert!((f64::from(twelve) - (expected + 2048.0).clamp(0.0, 4095.0)).abs() < 0.6);
            }
        }
    }

    #[test]
    fn samples_are_cut_to_what_one_can_hold() {
        for coefficients in
            [[0, 1, 126, 127, 128, 129, 32767, -1], [-2, -127, -128, -129, -32768, 255, -255, 7]]
        {
            for step in [1, 3, 257, 65535] {
                let values = Eight::product(&coefficients, &[step; 8]);
                let expected = coefficients.map(|one| (i64::from(one) * i64::from(step) + 128).clamp(0, 255));
                assert_eq!(u8::eight(values).map(i64::from), expected, "{step}");
            }
        }
    }

    #[test]
    fn flat_blocks_are_the_same_either_way() {
        for first in -1100..1100 {
            let mut coefficients = [0; 64];
            coefficients[0] = first;
            let steps = [7; 64];
            assert_eq!(flat::<u8>(&coefficients, &steps), inverse::<u8>(&coefficients, &steps));
            assert_eq!(flat::<u16>(&coefficients, &steps), inverse::<u16>(&coefficients, &steps));
        }
    }
}
