//! Red, green and blue of sixteen pixels at once, exactly as `assemble.rs` has them.
//!
//! Products are rounded by their upper bits, so that lanes of 16 bits are enough: what a factor has above half of 65536 is added as a whole
//! number. 91881 is 65536 + 26345, whose half is as good as 13172: the two never differ for a byte. 116130 is 2 * 65536 - 2 * 7471.
//! The two products of green are rounded together: -46802 is 18734 - 65536.

use core::arch::wasm32::{
    i16x8, i16x8_add, i16x8_narrow_i32x4, i16x8_q15mulr_sat, i16x8_shl, i16x8_shuffle, i16x8_splat,
    i16x8_sub, i32x4_add, i32x4_dot_i16x8, i32x4_shr, i32x4_splat, u8x16_narrow_i16x8,
    u16x8_extend_high_u8x16, u16x8_extend_low_u8x16, v128,
};

use crate::codec::running_sum::{LANES, load, store};

/// The colours of a row, as far as whole vectors go: of how many pixels.
pub(super) fn convert([luma, blue, red]: [&[u8]; 3], [reds, greens, blues]: [&mut [u8]; 3]) -> usize {
    let stored = luma.as_chunks().0.iter().zip(blue.as_chunks().0).zip(red.as_chunks().0);
    let places = reds.as_chunks_mut().0.iter_mut().zip(greens.as_chunks_mut().0).zip(blues.as_chunks_mut().0);
    let mut done = 0;
    for (((luma, blue), red), ((reds, greens), blues)) in stored.zip(places) {
        let (luma, blue, red) = (load(luma), load(blue), load(red));
        let low = colours([luma, blue, red].map(|row| u16x8_extend_low_u8x16(row)));
        let high = colours([luma, blue, red].map(|row| u16x8_extend_high_u8x16(row)));
        *reds = store(u8x16_narrow_i16x8(low[0], high[0]));
        *greens = store(u8x16_narrow_i16x8(low[1], high[1]));
        *blues = store(u8x16_narrow_i16x8(low[2], high[2]));
        done += LANES;
    }
    done
}

#[inline(always)]
fn colours([luma, blue, red]: [v128; 3]) -> [v128; 3] {
    let (blue, red) = (i16x8_sub(blue, i16x8_splat(128)), i16x8_sub(red, i16x8_splat(128)));
    let reds = i16x8_add(red, i16x8_q15mulr_sat(red, i16x8_splat(13172)));
    let blues = i16x8_add(i16x8_shl(blue, 1), i16x8_q15mulr_sat(blue, i16x8_splat(-7471)));
    let low = i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(blue, red);
    let high = i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(blue, red);
    let greens = i16x8_sub(i16x8_narrow_i32x4(green(low), green(high)), red);
    [i16x8_add(luma, reds), i16x8_add(luma, greens), i16x8_add(luma, blues)]
}

/// Four pixels' share of both differences in green, but for the whole number of red: pairs of them are given.
#[inline(always)]
fn green(pairs: v128) -> v128 {
    let factors = i16x8(-22554, 18734, -22554, 18734, -22554, 18734, -22554, 18734);
    i32x4_shr(i32x4_add(i32x4_dot_i16x8(pairs, factors), i32x4_splat(32768)), 16)
}
