//! Samples of fewer bits than their element, packed from the most significant bit on whatever the file's byte
//! order; every row begins on a byte.

use crate::pixel::ByteOrder;

/// Bytes of one row, neither of them 0.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// Packed.
    pub stored: usize,
    /// Unpacked.
    pub values: usize,
}

/// Unpacks rows of samples of `bits` bits, 1 to 31: up to 8 become one byte, up to 16 two and more four, in native order.
///
/// 24 bits are three bytes, so that GDAL's library turns them around in big-endian files as it does with all whole bytes; and
/// then GDAL reads them from the most significant one on. So big-endian files have the least significant byte first.
pub(super) fn unpack(bits: u16, order: ByteOrder, stored: &[u8], values: &mut [u8], rows: Rows) {
    let row: fn(u16, &[u8], &mut [u8]) = match bits {
        1 => |_, stored, values| spread::<8>(stored, values),
        2 => |_, stored, values| spread::<4>(stored, values),
        4 => |_, stored, values| spread::<2>(stored, values),
        12 => |_, stored, values| widen12(stored, values),
        24 if order == ByteOrder::Big => |_, stored, values| widen24(stored, values),
        0..=8 => gather::<1>,
        9..=16 => gather::<2>,
        _ => gather::<4>,
    };
    for (stored, values) in stored.chunks_exact(rows.stored).zip(values.chunks_exact_mut(rows.values)) {
        row(bits, stored, values);
    }
}

/// One row of samples of any width, in elements of `SIZE` bytes.
fn gather<const SIZE: usize>(bits: u16, stored: &[u8], values: &mut [u8]) {
    let mut bytes = stored.iter();
    // The unread bits are the lowest `held` of `buffer`.
    let (mut buffer, mut held) = (0_u64, 0);
    for value in values.as_chunks_mut::<SIZE>().0 {
        while held < bits {
            buffer = buffer << 8 | u64::from(bytes.next().copied().unwrap_or_default());
            held += 8;
        }
        held -= bits;
        let sample = (buffer >> held) as u32 & ((1 << bits) - 1);
        *value = native(sample);
    }
}

/// The lowest bytes of a number, in native order.
fn native<const SIZE: usize>(number: u32) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let all = number.to_le_bytes();
    for (byte, found) in bytes.iter_mut().zip(all) {
        *byte = found;
    }
    if cfg!(target_endian = "big") {
        bytes.reverse();
    }
    bytes
}

/// One row of 24-bit samples, the least significant byte first.
fn widen24(stored: &[u8], values: &mut [u8]) {
    let (triples, _) = stored.as_chunks::<3>();
    for (value, [a, b, c]) in values.as_chunks_mut::<4>().0.iter_mut().zip(triples) {
        *value = u32::from_le_bytes([*a, *b, *c, 0]).to_ne_bytes();
    }
}

/// One row of `PER` samples to the byte.
fn spread<const PER: usize>(stored: &[u8], values: &mut [u8]) {
    let (groups, tail) = values.as_chunks_mut::<PER>();
    let (whole, last) = stored.split_at(groups.len().min(stored.len()));
    for (group, byte) in groups.iter_mut().zip(whole) {
        split::<PER>(*byte, group);
    }
    if let [byte, ..] = last {
        split::<PER>(*byte, tail);
    }
}

/// The first samples of one byte.
fn split<const PER: usize>(byte: u8, values: &mut [u8]) {
    let bits = 8 / PER;
    for (place, value) in values.iter_mut().enumerate() {
        *value = byte >> (8 - bits * (place + 1)) & (0xFF >> (8 - bits));
    }
}

/// One row of 12-bit samples, two to three bytes.
fn widen12(stored: &[u8], values: &mut [u8]) {
    let (pairs, tail) = values.as_chunks_mut::<4>();
    let (triples, rest) = stored.as_chunks::<3>();
    for (pair, [a, b, c]) in pairs.iter_mut().zip(triples) {
        let first = u16::from(*a) << 4 | u16::from(*b) >> 4;
        let second = u16::from(*b & 0xF) << 8 | u16::from(*c);
        let ([p, q], [r, s]) = (first.to_ne_bytes(), second.to_ne_bytes());
        *pair = [p, q, r, s];
    }
    if let ([a, b], [p, q]) = (rest, tail) {
        [*p, *q] = (u16::from(*a) << 4 | u16::from(*b) >> 4).to_ne_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::random_bytes;

    /// One bit at a time, as the specification words it.
    fn naive(bits: usize, row: &[u8], count: usize) -> Vec<u32> {
        let bit = |place: usize| u32::from(row[place / 8] >> (7 - place % 8) & 1);
        (0..count).map(|i| (0..bits).fold(0, |value, b| value << 1 | bit(i * bits + b))).collect()
    }

    fn numbers(size: usize, values: &[u8]) -> Vec<u32> {
        let number = |element: &[u8]| match *element {
            [a] => u32::from(a),
            [a, b] => u32::from(u16::from_ne_bytes([a, b])),
            [a, b, c, d] => u32::from_ne_bytes([a, b, c, d]),
            _ => panic!("elements of {size} bytes"),
        };
        values.chunks_exact(size).map(number).collect()
    }

    #[test]
    fn every_depth_and_row_length() {
        for bits in (1..=31_usize).filter(|bits| !matches!(bits, 8 | 16)) {
            let size = [1, 2, 4, 4][bits / 8];
            for (width, samples) in
                (1..=17).flat_map(|width| (1..=5_usize).map(move |samples| (width, samples)))
            {
                let (count, rows) = (width * samples, 3);
                let stored_row = (count * bits).div_ceil(8);
                let stored = random_bytes((width * 8 + samples) as u64, stored_row * rows);
                let mut values = vec![0xEE; count * rows * size];
                let lengths = Rows { stored: stored_row, values: count * size };
                unpack(bits as u16, ByteOrder::Little, &stored, &mut values, lengths);
                let expected = stored.chunks_exact(stored_row).flat_map(|row| naive(bits, row, count));
                assert_eq!(
                    numbers(size, &values),
                    expected.collect::<Vec<_>>(),
                    "{bits} bits, {width} x {samples}"
                );
            }
        }
    }

    #[test]
    fn known_values() {
        let little = |bits, stored: &[u8], values: &mut [u8]| {
            let rows = Rows { stored: stored.len(), values: values.len() };
            unpack(bits, ByteOrder::Little, stored, values, rows);
        };
        let mut values = [0; 10];
        little(1, &[0b1010_0000, 0b1100_0000], &mut values);
        assert_eq!(values, [1, 0, 1, 0, 0, 0, 0, 0, 1, 1]);
        let mut values = [0; 6];
        little(12, &[0x12, 0x3A, 0xBC, 0xFE, 0xD0], &mut values);
        assert_eq!(numbers(2, &values), [0x123, 0xABC, 0xFED]);
        let mut values = [0; 3];
        little(5, &[0b1000_1011, 0b1000_0000], &mut values);
        assert_eq!(values, [0b10001, 0b01110, 0]);
        let mut values = [0; 8];
        little(24, &[1, 2, 3, 4, 5, 6], &mut values);
        assert_eq!(numbers(4, &values), [0x010203, 0x040506]);
        unpack(24, ByteOrder::Big, &[1, 2, 3, 4, 5, 6], &mut values, Rows { stored: 6, values: 8 });
        assert_eq!(numbers(4, &values), [0x030201, 0x060504]);
    }
}
