//! Bytes of each number turned around, where the file's order is not the machine's.

use crate::pixel::ByteOrder;

/// The machine's own.
pub(super) const NATIVE: ByteOrder =
    if cfg!(target_endian = "little") { ByteOrder::Little } else { ByteOrder::Big };

/// Turns around the bytes of every number of that many bits; a rest that is no whole number stays.
#[inline(never)]
pub(super) fn swap(bits: u16, bytes: &mut [u8]) {
    match bits {
        16 => bytes
            .as_chunks_mut()
            .0
            .iter_mut()
            .for_each(|word| *word = u16::from_ne_bytes(*word).swap_bytes().to_ne_bytes()),
        32 => bytes
            .as_chunks_mut()
            .0
            .iter_mut()
            .for_each(|word| *word = u32::from_ne_bytes(*word).swap_bytes().to_ne_bytes()),
        64 => bytes
            .as_chunks_mut()
            .0
            .iter_mut()
            .for_each(|word| *word = u64::from_ne_bytes(*word).swap_bytes().to_ne_bytes()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width() {
        let bytes: Vec<u8> = (0..17).collect();
        for (bits, size) in [(8, 1), (16, 2), (32, 4), (64, 8)] {
            let mut swapped = bytes.clone();
            swap(bits, &mut swapped);
            let mut expected = bytes.clone();
            expected.chunks_exact_mut(size).for_each(<[u8]>::reverse);
            assert_eq!(swapped, expected, "{bits}");
        }
    }
}
