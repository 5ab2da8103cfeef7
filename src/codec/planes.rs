//! Predictor 3 on numbers of four bytes in one pass: the planes of a row summed up side by side, and their bytes joined.

use core::arch::wasm32::{i8x16_shuffle, i16x8_shuffle, u8x16_add, u8x16_splat, u8x16_swizzle, v128};

use super::running_sum::{LANES, first, last, load, store, within};

/// Undoes predictor 3 in a row: `planes` as stored, `row` gets the numbers. For 1, 2 or 4 samples a pixel.
pub(super) fn join32(planes: &[u8], row: &mut [u8], samples: usize) {
    match samples {
        1 => join::<1>(planes, row),
        2 => join::<2>(planes, row),
        _ => join::<4>(planes, row),
    }
}

fn join<const STEP: usize>(planes: &[u8], row: &mut [u8]) {
    let (ab, cd) = planes.split_at(planes.len() / 2);
    let ((a, b), (c, d)) = (ab.split_at(ab.len() / 2), cd.split_at(cd.len() / 2));
    // A plane goes on with the sums of those before it.
    let mut before = u8x16_splat(0);
    let [mut of_a, mut of_b, mut of_c, mut of_d] = [a, b, c, d].map(|plane| {
        let start = before;
        before = u8x16_add(start, total::<STEP>(plane));
        start
    });
    let ((a, a_tail), (b, b_tail)) = (a.as_chunks(), b.as_chunks());
    let ((c, c_tail), (d, d_tail)) = (c.as_chunks(), d.as_chunks());
    let (rows, tail) = row.as_chunks_mut::<{ 4 * LANES }>();
    for ((row, (a, b)), (c, d)) in rows.iter_mut().zip(a.iter().zip(b)).zip(c.iter().zip(d)) {
        let [a, b] = [summed::<STEP>(a, &mut of_a), summed::<STEP>(b, &mut of_b)];
        let [c, d] = [summed::<STEP>(c, &mut of_c), summed::<STEP>(d, &mut of_d)];
        for (place, vector) in row.as_chunks_mut().0.iter_mut().zip(numbers(a, b, c, d)) {
            *place = store(vector);
        }
    }
    let mut sums = [of_a, of_b, of_c, of_d].map(first::<STEP>);
    let stored = a_tail.iter().zip(b_tail).zip(c_tail.iter().zip(d_tail));
    for ((number, ((a, b), (c, d))), lane) in
        tail.as_chunks_mut::<4>().0.iter_mut().zip(stored).zip((0..STEP).cycle())
    {
        for ((byte, sums), place) in [a, b, c, d].into_iter().zip(&mut sums).zip(number.iter_mut().rev()) {
            if let Some(sum) = sums.get_mut(lane) {
                *sum = sum.wrapping_add(*byte);
                *place = *sum;
            }
        }
    }
}

/// The running sums of a plane's next bytes, and from then on those are what is before.
#[inline(always)]
fn summed<const STEP: usize>(bytes: &[u8; LANES], before: &mut v128) -> v128 {
    let sums = u8x16_add(within::<STEP>(load(bytes)), *before);
    *before = last::<STEP>(sums);
    sums
}

/// The sums of a whole plane, to each byte of a vector that comes after it. `STEP` divides a vector and the plane.
fn total<const STEP: usize>(plane: &[u8]) -> v128 {
    let (vectors, tail) = plane.as_chunks();
    let mut lanes = vectors.iter().fold(u8x16_splat(0), |sum, bytes| u8x16_add(sum, load(bytes)));
    let mut rest = [0; LANES];
    for (place, byte) in rest.iter_mut().zip(tail) {
        *place = *byte;
    }
    lanes = u8x16_add(lanes, load(&rest));
    let mut turn = STEP;
    while turn < LANES {
        let places = std::array::from_fn(|lane| ((lane + turn) % LANES) as u8);
        lanes = u8x16_add(lanes, u8x16_swizzle(lanes, load(&places)));
        turn *= 2;
    }
    lanes
}

/// Sixteen little-endian numbers of four planes, the most significant bytes in `a`.
#[inline(always)]
fn numbers(a: v128, b: v128, c: v128, d: v128) -> [v128; 4] {
    let [low, low_up] = [bytes_low(d, c), bytes_low(b, a)];
    let [high, high_up] = [bytes_high(d, c), bytes_high(b, a)];
    [
        i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(low, low_up),
        i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(low, low_up),
        i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(high, high_up),
        i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(high, high_up),
    ]
}

/// The lower halves of two vectors, byte by byte in turns.
#[inline(always)]
fn bytes_low(a: v128, b: v128) -> v128 {
    i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(a, b)
}

/// The upper halves.
#[inline(always)]
fn bytes_high(a: v128, b: v128) -> v128 {
    i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(a, b)
}
