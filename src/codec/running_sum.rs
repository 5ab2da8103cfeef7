//! Running sums of bytes modulo 256, sixteen at a time: each half of a vector is added to itself moved up by one step, two steps
//! and so on; the lower half's last sums go to the upper half, and the vector's last ones to the next vector.

use core::arch::wasm32::{i64x2_shl, u8x16_add, u8x16_splat, u8x16_swizzle, u64x2, u64x2_extract_lane, v128};

pub(super) const LANES: usize = 16;

/// Adds to every byte the sum `step` bytes before it. False, and nothing done, for a step that has no loop of its own.
pub(super) fn sum_bytes(row: &mut [u8], step: usize) -> bool {
    match step {
        1 => sum::<1>(row),
        2 => sum::<2>(row),
        3 => sum::<3>(row),
        4 => sum::<4>(row),
        _ => return false,
    }
    true
}

fn sum<const STEP: usize>(row: &mut [u8]) {
    let (vectors, tail) = row.as_chunks_mut::<LANES>();
    let mut before = u8x16_splat(0);
    for bytes in vectors {
        let sums = u8x16_add(within::<STEP>(load(bytes)), before);
        *bytes = store(sums);
        before = last::<STEP>(sums);
    }
    let mut sums = first::<STEP>(before);
    for bytes in tail.chunks_mut(STEP) {
        for (byte, sum) in bytes.iter_mut().zip(&mut sums) {
            *sum = sum.wrapping_add(*byte);
            *byte = *sum;
        }
    }
}

/// The running sums of one vector, nothing being before it.
#[inline(always)]
pub(super) fn within<const STEP: usize>(mut sums: v128) -> v128 {
    let mut moved = 8 * STEP as u32;
    while moved < 64 {
        sums = u8x16_add(sums, i64x2_shl(sums, moved));
        moved *= 2;
    }
    u8x16_add(sums, u8x16_swizzle(sums, load(&const { upper(STEP) })))
}

/// What a vector's last sums are to each byte of the next one.
#[inline(always)]
pub(super) fn last<const STEP: usize>(sums: v128) -> v128 {
    u8x16_swizzle(sums, load(&const { ends(STEP) }))
}

/// The first bytes of a vector.
pub(super) fn first<const STEP: usize>(vector: v128) -> [u8; STEP] {
    *store(vector).first_chunk().unwrap_or(&[0; STEP])
}

/// For each byte of the upper half the place of the sum in the lower half that it goes on with. What is no place gives 0.
const fn upper(step: usize) -> [u8; LANES] {
    match step {
        1 => [N, N, N, N, N, N, N, N, 7, 7, 7, 7, 7, 7, 7, 7],
        2 => [N, N, N, N, N, N, N, N, 6, 7, 6, 7, 6, 7, 6, 7],
        3 => [N, N, N, N, N, N, N, N, 5, 6, 7, 5, 6, 7, 5, 6],
        _ => [N, N, N, N, N, N, N, N, 4, 5, 6, 7, 4, 5, 6, 7],
    }
}

const N: u8 = 0x80;

/// For each byte the place of the sum in the vector before it that it goes on with.
const fn ends(step: usize) -> [u8; LANES] {
    match step {
        1 => [15; LANES],
        2 => [14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15],
        3 => [13, 14, 15, 13, 14, 15, 13, 14, 15, 13, 14, 15, 13, 14, 15, 13],
        _ => [12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15],
    }
}

#[inline(always)]
pub(super) fn load(bytes: &[u8; LANES]) -> v128 {
    let wide = u128::from_le_bytes(*bytes);
    u64x2(wide as u64, (wide >> 64) as u64)
}

#[inline(always)]
pub(super) fn store(vector: v128) -> [u8; LANES] {
    let (low, high) = (u64x2_extract_lane::<0>(vector), u64x2_extract_lane::<1>(vector));
    (u128::from(high) << 64 | u128::from(low)).to_le_bytes()
}
