//! Running sums of bytes modulo 256, sixteen at a time: a vector is added to itself moved up by one step, two steps, four
//! and so on, and the last sums are carried into the next vector.

use core::arch::wasm32::{u8x16_add, u8x16_shuffle, u8x16_splat, u64x2, u64x2_extract_lane, v128};

const LANES: usize = 16;

/// Adds to every byte the sum `step` bytes before it. False, and nothing done, for a step that does not divide a vector.
pub(super) fn sum_bytes(row: &mut [u8], step: usize) -> bool {
    match step {
        1 => sum::<1>(row),
        2 => sum::<2>(row),
        4 => sum::<4>(row),
        _ => return false,
    }
    true
}

fn sum<const STEP: usize>(row: &mut [u8]) {
    let (vectors, tail) = row.as_chunks_mut::<LANES>();
    let mut carry = u8x16_splat(0);
    for bytes in vectors {
        let mut sums = load(bytes);
        if STEP <= 1 {
            sums = u8x16_add(sums, up1(sums));
        }
        if STEP <= 2 {
            sums = u8x16_add(sums, up2(sums));
        }
        sums = u8x16_add(sums, up4(sums));
        sums = u8x16_add(sums, up8(sums));
        sums = u8x16_add(sums, carry);
        *bytes = store(sums);
        carry = match STEP {
            1 => last1(sums),
            2 => last2(sums),
            _ => last4(sums),
        };
    }
    let carried = store(carry);
    let mut before = *carried.first_chunk::<STEP>().unwrap_or(&[0; STEP]);
    for bytes in tail.chunks_mut(STEP) {
        for (byte, sum) in bytes.iter_mut().zip(&mut before) {
            *sum = sum.wrapping_add(*byte);
            *byte = *sum;
        }
    }
}

fn load(bytes: &[u8; LANES]) -> v128 {
    let wide = u128::from_le_bytes(*bytes);
    u64x2(wide as u64, (wide >> 64) as u64)
}

fn store(vector: v128) -> [u8; LANES] {
    let (low, high) = (u64x2_extract_lane::<0>(vector), u64x2_extract_lane::<1>(vector));
    (u128::from(high) << 64 | u128::from(low)).to_le_bytes()
}

fn up1(v: v128) -> v128 {
    u8x16_shuffle::<0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30>(u8x16_splat(0), v)
}

fn up2(v: v128) -> v128 {
    u8x16_shuffle::<0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29>(u8x16_splat(0), v)
}

fn up4(v: v128) -> v128 {
    u8x16_shuffle::<0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27>(u8x16_splat(0), v)
}

fn up8(v: v128) -> v128 {
    u8x16_shuffle::<0, 0, 0, 0, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23>(u8x16_splat(0), v)
}

fn last1(v: v128) -> v128 {
    u8x16_shuffle::<15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15>(v, v)
}

fn last2(v: v128) -> v128 {
    u8x16_shuffle::<14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15>(v, v)
}

fn last4(v: v128) -> v128 {
    u8x16_shuffle::<12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15>(v, v)
}
