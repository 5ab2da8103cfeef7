//! Eight numbers of a few bits each out of bytes, the first in the lowest bits. Eight of any width fill whole bytes.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(super) use super::scalars::{Eight, Unpacker};
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) use super::vectors::{Eight, Unpacker};

/// Numbers of up to so many bits.
pub(super) const MOST_BITS: usize = 31;
/// Bytes that are looked at for eight numbers, though not all belong to them.
pub(super) const WINDOW: usize = 40;

/// How numbers of each width are taken apart.
pub(super) struct Unpackers([Unpacker; MOST_BITS + 1]);

impl Unpackers {
    pub fn new() -> Self {
        Self(std::array::from_fn(Unpacker::new))
    }

    pub fn get(&self, bits: u32) -> Option<&Unpacker> {
        self.0.get(bits as usize)
    }
}

/// The eight numbers of that width that the window starts with.
#[inline(never)]
pub(super) fn one_by_one(bits: usize, window: &[u8; WINDOW]) -> [u32; 8] {
    let mask = (1_u64 << bits) - 1;
    std::array::from_fn(|place| {
        let bit = place * bits;
        let bytes = window.get(bit >> 3..).and_then(|bytes| bytes.first_chunk());
        (u64::from_le_bytes(*bytes.unwrap_or(&[0; 8])) >> (bit & 7) & mask) as u32
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::random_bytes;

    #[test]
    fn every_width() {
        let unpackers = Unpackers::new();
        for bits in 0..=MOST_BITS {
            let window: [u8; WINDOW] = random_bytes(bits as u64, WINDOW).try_into().unwrap();
            let expected: [u32; 8] = std::array::from_fn(|place| {
                let bit = |at: usize| u32::from(window[at / 8] >> (at % 8) & 1);
                (0..bits).map(|digit| bit(place * bits + digit) << digit).sum()
            });
            let found: [u32; 8] = unpackers.get(bits as u32).unwrap().eight(&window).into();
            assert_eq!(found, expected, "{bits} bits");
        }
        assert!(unpackers.get(32).is_none());
    }
}
