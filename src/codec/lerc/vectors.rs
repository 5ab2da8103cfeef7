//! Eight numbers in vectors: out of the bits in which they are stored, and into samples.

use core::arch::wasm32::{
    f32x4_demote_f64x2_zero, f64x2_add, f64x2_convert_low_u32x4, f64x2_mul, f64x2_pmin, f64x2_splat,
    i32x4_add, i32x4_min, i32x4_mul, i32x4_splat, u8x16_shuffle, u8x16_swizzle, u32x4,
    u32x4_extend_high_u16x8, u32x4_extend_low_u16x8, u32x4_extract_lane, u32x4_shr, u32x4_splat, u64x2,
    u64x2_extract_lane, u64x2_shuffle, v128, v128_and,
};

use super::scale::{Integers, Scale};
use super::unpack::{WINDOW, one_by_one};

/// The widest number that has place in 32 bits wherever in its first byte it starts.
const MOST_IN_VECTORS: usize = 25;

/// Eight numbers.
#[derive(Clone, Copy)]
pub(super) struct Eight(pub [v128; 2]);

impl From<[u32; 8]> for Eight {
    #[inline(always)]
    fn from([a, b, c, d, e, f, g, h]: [u32; 8]) -> Self {
        Self([u32x4(a, b, c, d), u32x4(e, f, g, h)])
    }
}

impl From<Eight> for [u32; 8] {
    #[inline(always)]
    fn from(Eight([low, high]): Eight) -> Self {
        let [a, b, c, d] = lanes(low);
        let [e, f, g, h] = lanes(high);
        [a, b, c, d, e, f, g, h]
    }
}

fn lanes(vector: v128) -> [u32; 4] {
    [
        u32x4_extract_lane::<0>(vector),
        u32x4_extract_lane::<1>(vector),
        u32x4_extract_lane::<2>(vector),
        u32x4_extract_lane::<3>(vector),
    ]
}

/// Numbers of one width, four at a time: their bytes are brought into one lane each, moved up by a multiplication until all
/// start at bit 7 (there is no shift by as many bits as each lane needs), and down again together.
pub(super) struct Unpacker {
    bits: usize,
    mask: v128,
    halves: [Half; 2],
}

/// What becomes of four numbers.
struct Half {
    bytes: v128,
    factors: v128,
}

impl Unpacker {
    pub fn new(bits: usize) -> Self {
        Self { bits, mask: u32x4_splat((1 << bits) - 1), halves: [0, 4].map(|first| Half::new(bits, first)) }
    }

    #[inline(always)]
    pub fn eight(&self, window: &[u8; WINDOW]) -> Eight {
        if self.bits > MOST_IN_VECTORS {
            return one_by_one(self.bits, window).into();
        }
        let [low, high] = &self.halves;
        let high_bytes = window.get(self.bits / 2..).and_then(|bytes| bytes.first_chunk());
        let low = self.four(low, window.first_chunk().unwrap_or(&[0; 16]));
        Eight([low, self.four(high, high_bytes.unwrap_or(&[0; 16]))])
    }

    #[inline(always)]
    fn four(&self, half: &Half, bytes: &[u8; 16]) -> v128 {
        let bytes = u8x16_swizzle(load(bytes), half.bytes);
        v128_and(u32x4_shr(i32x4_mul(bytes, half.factors), 7), self.mask)
    }
}

impl Half {
    /// The four numbers from `first` on: within 16 bytes from the one in which they start.
    fn new(bits: usize, first: usize) -> Self {
        let start = bits * first;
        let [a, b, c, d] = [0, 1, 2, 3].map(|number| {
            let bit = (start & 7) + number * bits;
            let byte = (bit >> 3) as u32;
            (byte | (byte + 1) << 8 | (byte + 2) << 16 | (byte + 3) << 24, 0x80_u32 >> (bit & 7))
        });
        Self { bytes: u32x4(a.0, b.0, c.0, d.0), factors: u32x4(a.1, b.1, c.1, d.1) }
    }
}

#[inline(always)]
fn load(bytes: &[u8; 16]) -> v128 {
    let wide = u128::from_le_bytes(*bytes);
    u64x2(wide as u64, (wide >> 64) as u64)
}

/// Eight words of 16 bits whose first byte is the higher one.
#[inline(always)]
pub(super) fn words_of(bytes: &[u8; 16]) -> [v128; 2] {
    let bytes = load(bytes);
    let words = u8x16_shuffle::<1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14>(bytes, bytes);
    [u32x4_extend_low_u16x8(words), u32x4_extend_high_u16x8(words)]
}

/// The values of four numbers, two and two.
#[inline(always)]
fn values(scale: &Scale, numbers: v128) -> [v128; 2] {
    [numbers, u64x2_shuffle::<1, 1>(numbers, numbers)].map(|two| {
        let steps = f64x2_mul(f64x2_convert_low_u32x4(two), f64x2_splat(scale.step));
        // Gives the second where it is less than the first, and the first where one of them is no number.
        f64x2_pmin(f64x2_add(f64x2_splat(scale.offset), steps), f64x2_splat(scale.most))
    })
}

#[inline(always)]
pub(super) fn floats(scale: &Scale, Eight(numbers): Eight) -> [[u8; 4]; 8] {
    let [low, high] = numbers.map(|four| {
        let [a, b] = values(scale, four).map(|two| f32x4_demote_f64x2_zero(two));
        u64x2_shuffle::<0, 2>(a, b)
    });
    cells([low, high])
}

#[inline(always)]
pub(super) fn doubles(scale: &Scale, Eight(numbers): Eight) -> [[u8; 8]; 8] {
    let [[a, b], [c, d]] = numbers.map(|four| values(scale, four));
    cells([a, b, c, d])
}

#[inline(always)]
fn integers(scale: &Integers, Eight(numbers): Eight) -> [v128; 2] {
    numbers.map(|four| {
        let steps = i32x4_mul(four, i32x4_splat(scale.step));
        i32x4_min(i32x4_add(i32x4_splat(scale.offset), steps), i32x4_splat(scale.most))
    })
}

#[inline(always)]
pub(super) fn bytes(scale: &Integers, numbers: Eight) -> [[u8; 1]; 8] {
    let [low, high] = integers(scale, numbers);
    let both = u8x16_shuffle::<0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0>(low, high);
    u64x2_extract_lane::<0>(both).to_le_bytes().map(|byte| [byte])
}

#[inline(always)]
pub(super) fn shorts(scale: &Integers, numbers: Eight) -> [[u8; 2]; 8] {
    let [low, high] = integers(scale, numbers);
    cells([u8x16_shuffle::<0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29>(low, high)])
}

#[inline(always)]
pub(super) fn words(scale: &Integers, numbers: Eight) -> [[u8; 4]; 8] {
    cells(integers(scale, numbers))
}

/// Vectors as eight samples.
#[inline(always)]
fn cells<const SIZE: usize, const VECTORS: usize>(vectors: [v128; VECTORS]) -> [[u8; SIZE]; 8] {
    let mut cells = [[0; SIZE]; 8];
    let (places, _) = cells.as_flattened_mut().as_chunks_mut::<16>();
    for (place, vector) in places.iter_mut().zip(vectors) {
        let (low, high) = (u64x2_extract_lane::<0>(vector), u64x2_extract_lane::<1>(vector));
        *place = (u128::from(high) << 64 | u128::from(low)).to_le_bytes();
    }
    cells
}
