//! The checksum of a blob: Fletcher's of 32 bits, over words of 16 bits whose first byte is the higher one.
//!
//! The sums are folded after so many words that 32 bits hold them, and what a fold leaves is not reduced further. So that the same
//! numbers come out, they are summed exactly, and folded after the same words.

/// Bytes between folds.
const FOLD: usize = 2 * 359;
/// Words that are summed side by side.
const LANES: usize = 8;

pub(super) fn fletcher32(bytes: &[u8]) -> u32 {
    let (mut sum, mut sums) = (0xFFFF_u32, 0xFFFF_u32);
    let (words, odd) = bytes.as_chunks::<2>();
    let even = bytes.get(..words.len() * 2).unwrap_or_default();
    for part in even.chunks(FOLD) {
        let (vectors, rest) = part.as_chunks();
        let [single, weighted] = vectors_of(vectors);
        let before = (vectors.len() * LANES) as u32;
        // Each word is in every sum from its own on.
        let (mut ahead, mut behind) = (0, 0);
        for lane in 0..LANES {
            let (single, weighted) = (lane_of(&single, lane), lane_of(&weighted, lane));
            ahead += single;
            behind += weighted * LANES as u32 - single * lane as u32;
        }
        sums = sums.wrapping_add(sum.wrapping_mul(before)).wrapping_add(behind);
        sum = sum.wrapping_add(ahead);
        for word in rest.as_chunks().0 {
            sum = sum.wrapping_add(u16::from_be_bytes(*word).into());
            sums = sums.wrapping_add(sum);
        }
        (sum, sums) = (fold(sum), fold(sums));
    }
    if let [last] = odd {
        sum = sum.wrapping_add(u32::from(*last) << 8);
        sums = sums.wrapping_add(sum);
    }
    fold(sums) << 16 | fold(sum)
}

fn fold(sum: u32) -> u32 {
    (sum & 0xFFFF) + (sum >> 16)
}

fn lane_of(lanes: &[u32; LANES], lane: usize) -> u32 {
    lanes.get(lane).copied().unwrap_or_default()
}

/// For each lane the sum of its words, and the sum of these sums.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn vectors_of(vectors: &[[u8; 2 * LANES]]) -> [[u32; LANES]; 2] {
    let (mut sum, mut sums) = ([0_u32; LANES], [0_u32; LANES]);
    for vector in vectors {
        for ((sum, sums), word) in sum.iter_mut().zip(&mut sums).zip(vector.as_chunks().0) {
            *sum += u32::from(u16::from_be_bytes(*word));
            *sums += *sum;
        }
    }
    [sum, sums]
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
fn vectors_of(vectors: &[[u8; 2 * LANES]]) -> [[u32; LANES]; 2] {
    use super::vectors::{Eight, words_of};
    use core::arch::wasm32::{u32x4_add, u32x4_splat};

    let mut sum = [u32x4_splat(0); 2];
    let mut sums = sum;
    for vector in vectors {
        for ((sum, sums), words) in sum.iter_mut().zip(&mut sums).zip(words_of(vector)) {
            *sum = u32x4_add(*sum, words);
            *sums = u32x4_add(*sums, *sum);
        }
    }
    [sum, sums].map(|lanes| Eight(lanes).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::random_bytes;

    #[test]
    fn as_lerc_rs_has_it() {
        for length in (0..800).chain([5000, 20_001]) {
            let noise = random_bytes(length as u64, length);
            assert_eq!(fletcher32(&noise), lerc::checksum::fletcher32(&noise), "{length}");
            let full = vec![0xFF; length];
            assert_eq!(fletcher32(&full), lerc::checksum::fletcher32(&full), "{length} full bytes");
        }
    }
}
