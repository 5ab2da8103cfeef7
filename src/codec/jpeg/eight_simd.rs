//! Eight numbers, worked on as one: in two vectors. What `eight.rs` is where there are none.

use core::arch::wasm32::{
    i16x8, i16x8_add_sat, i16x8_narrow_i32x4, i16x8_splat, i32x4, i32x4_add, i32x4_extend_high_i16x8,
    i32x4_extend_low_i16x8, i32x4_extract_lane, i32x4_mul, i32x4_shl, i32x4_shr, i32x4_shuffle, i32x4_splat,
    i32x4_sub, u8x16_narrow_i16x8, u64x2_extract_lane, v128,
};

#[derive(Clone, Copy)]
pub(super) struct Eight(v128, v128);

impl Eight {
    pub const ZERO: Self = Self(i32x4(0, 0, 0, 0), i32x4(0, 0, 0, 0));

    /// Coefficients times their steps.
    #[inline(always)]
    pub fn product(coefficients: &[i16; 8], steps: &[i32; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = *coefficients;
        let wide = i16x8(a, b, c, d, e, f, g, h);
        let [a, b, c, d, e, f, g, h] = *steps;
        Self(
            i32x4_mul(i32x4_extend_low_i16x8(wide), i32x4(a, b, c, d)),
            i32x4_mul(i32x4_extend_high_i16x8(wide), i32x4(e, f, g, h)),
        )
    }

    #[inline(always)]
    pub fn add(self, other: Self) -> Self {
        Self(i32x4_add(self.0, other.0), i32x4_add(self.1, other.1))
    }

    #[inline(always)]
    pub fn sub(self, other: Self) -> Self {
        Self(i32x4_sub(self.0, other.0), i32x4_sub(self.1, other.1))
    }

    #[inline(always)]
    pub fn times(self, factor: i32) -> Self {
        let factor = i32x4_splat(factor);
        Self(i32x4_mul(self.0, factor), i32x4_mul(self.1, factor))
    }

    /// Shifted up by so many bits.
    #[inline(always)]
    pub fn raised(self, bits: u32) -> Self {
        Self(i32x4_shl(self.0, bits), i32x4_shl(self.1, bits))
    }

    /// Less so many bits, rounded.
    #[inline(always)]
    pub fn rounded(self, bits: u32) -> Self {
        let half = i32x4_splat(1 << (bits - 1));
        Self(i32x4_shr(i32x4_add(self.0, half), bits), i32x4_shr(i32x4_add(self.1, half), bits))
    }

    #[inline(always)]
    pub fn numbers(self) -> [i32; 8] {
        let [a, b, c, d] = four(self.0);
        let [e, f, g, h] = four(self.1);
        [a, b, c, d, e, f, g, h]
    }

    /// As samples of eight bits, around 128 and cut to what one can hold.
    #[inline(always)]
    pub fn bytes(self) -> [u8; 8] {
        let words = i16x8_add_sat(i16x8_narrow_i32x4(self.0, self.1), i16x8_splat(128));
        u64x2_extract_lane::<0>(u8x16_narrow_i16x8(words, words)).to_le_bytes()
    }
}

#[inline(always)]
fn four(vector: v128) -> [i32; 4] {
    [
        i32x4_extract_lane::<0>(vector),
        i32x4_extract_lane::<1>(vector),
        i32x4_extract_lane::<2>(vector),
        i32x4_extract_lane::<3>(vector),
    ]
}

/// Rows for columns.
#[inline(always)]
pub(super) fn turned(rows: [Eight; 8]) -> [Eight; 8] {
    let [a, b, c, d, e, f, g, h] = rows;
    let [upper_left, upper_right] = [turned4([a.0, b.0, c.0, d.0]), turned4([a.1, b.1, c.1, d.1])];
    let [lower_left, lower_right] = [turned4([e.0, f.0, g.0, h.0]), turned4([e.1, f.1, g.1, h.1])];
    let [a, b, c, d] = upper_left;
    let [e, f, g, h] = lower_left;
    let [i, j, k, l] = upper_right;
    let [m, n, o, p] = lower_right;
    [Eight(a, e), Eight(b, f), Eight(c, g), Eight(d, h), Eight(i, m), Eight(j, n), Eight(k, o), Eight(l, p)]
}

#[inline(always)]
fn turned4([a, b, c, d]: [v128; 4]) -> [v128; 4] {
    let (ab_low, ab_high) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
    let (cd_low, cd_high) = (i32x4_shuffle::<0, 4, 1, 5>(c, d), i32x4_shuffle::<2, 6, 3, 7>(c, d));
    [
        i32x4_shuffle::<0, 1, 4, 5>(ab_low, cd_low),
        i32x4_shuffle::<2, 3, 6, 7>(ab_low, cd_low),
        i32x4_shuffle::<0, 1, 4, 5>(ab_high, cd_high),
        i32x4_shuffle::<2, 3, 6, 7>(ab_high, cd_high),
    ]
}
