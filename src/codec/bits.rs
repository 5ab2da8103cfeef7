//! Samples of fewer bits than their element, packed from the most significant bit on whatever the file's byte
//! order; every row begins on a byte.

/// Unpacks rows of `stored_row` bytes of `bits`-bit samples into rows of `value_row` bytes: 1, 2 and 4 bits become
/// one byte, 12 bits two in native order. Neither row length is 0.
pub(super) fn unpack(bits: u16, stored: &[u8], stored_row: usize, values: &mut [u8], value_row: usize) {
    let row = match bits {
        1 => spread::<8>,
        2 => spread::<4>,
        4 => spread::<2>,
        _ => widen12,
    };
    for (stored, values) in stored.chunks_exact(stored_row).zip(values.chunks_exact_mut(value_row)) {
        row(stored, values);
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
    fn naive(bits: usize, row: &[u8], count: usize) -> Vec<u16> {
        let bit = |place: usize| u16::from(row[place / 8] >> (7 - place % 8) & 1);
        (0..count).map(|i| (0..bits).fold(0, |value, b| value << 1 | bit(i * bits + b))).collect()
    }

    #[test]
    fn every_depth_and_row_length() {
        for bits in [1_usize, 2, 4, 12] {
            for (width, samples) in
                (1..=17).flat_map(|width| (1..=5_usize).map(move |samples| (width, samples)))
            {
                let (count, rows, size) = (width * samples, 3, if bits > 8 { 2 } else { 1 });
                let stored_row = (count * bits).div_ceil(8);
                let stored = random_bytes((width * 8 + samples) as u64, stored_row * rows);
                let mut values = vec![0xEE; count * rows * size];
                unpack(bits as u16, &stored, stored_row, &mut values, count * size);
                let expected = stored.chunks_exact(stored_row).flat_map(|row| naive(bits, row, count));
                let found: Vec<u16> = match size {
                    1 => values.iter().map(|value| u16::from(*value)).collect(),
                    _ => values.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]])).collect(),
                };
                assert_eq!(found, expected.collect::<Vec<_>>(), "{bits} bits, {width} x {samples}");
            }
        }
    }

    #[test]
    fn known_values() {
        let mut values = [0; 10];
        unpack(1, &[0b1010_0000, 0b1100_0000], 2, &mut values, 10);
        assert_eq!(values, [1, 0, 1, 0, 0, 0, 0, 0, 1, 1]);
        let mut values = [0; 6];
        unpack(12, &[0x12, 0x3A, 0xBC, 0xFE, 0xD0], 5, &mut values, 6);
        let values: Vec<u16> = values.chunks(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]])).collect();
        assert_eq!(values, [0x123, 0xABC, 0xFED]);
    }
}
