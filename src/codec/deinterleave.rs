//! Pixels into one row for each of their samples: loops that the compiler makes vectors of, for the usual sizes.

/// Moves the samples, of so many bytes each, of a row of pixels into one row each. False, and nothing done, for sizes that have no
/// loop of their own: the rows are still to be taken then.
pub(super) fn deinterleave<'a>(
    pixels: &[u8],
    sample: usize,
    pixel: usize,
    rows: &mut impl Iterator<Item = &'a mut [u8]>,
) -> bool {
    let samples = pixel / sample;
    if sample > 4 || !(2..=4).contains(&samples) {
        return false;
    }
    let rows = [(); 4].map(|()| rows.next().unwrap_or_default());
    match sample {
        1 => apart::<1>(pixels, samples, rows),
        2 => apart::<2>(pixels, samples, rows),
        _ => apart::<4>(pixels, samples, rows),
    }
    true
}

/// [`deinterleave`] of samples of `SIZE` bytes.
fn apart<const SIZE: usize>(pixels: &[u8], samples: usize, rows: [&mut [u8]; 4]) {
    let pixels = pixels.as_chunks().0;
    let [a, b, c, d]: [Row<'_, SIZE>; 4] = rows.map(|row| row.as_chunks_mut().0);
    match samples {
        2 => two(pixels, a, b),
        3 => three(pixels, a, b, c),
        _ => four(pixels, a, b, c, d),
    }
}

type Row<'a, const SIZE: usize> = &'a mut [[u8; SIZE]];

#[inline(never)]
fn two<const SIZE: usize>(pixels: &[[u8; SIZE]], a: Row<SIZE>, b: Row<SIZE>) {
    for (([first, second], a), b) in pixels.as_chunks().0.iter().zip(a).zip(b) {
        *a = *first;
        *b = *second;
    }
}

#[inline(never)]
fn three<const SIZE: usize>(pixels: &[[u8; SIZE]], a: Row<SIZE>, b: Row<SIZE>, c: Row<SIZE>) {
    let done = if SIZE == 1 { split_bytes(pixels, [&mut *a, &mut *b, &mut *c]) } else { 0 };
    let rest = pixels.as_chunks().0.iter().skip(done);
    let (a, b, c) = (a.iter_mut().skip(done), b.iter_mut().skip(done), c.iter_mut().skip(done));
    for ((([first, second, third], a), b), c) in rest.zip(a).zip(b).zip(c) {
        *a = *first;
        *b = *second;
        *c = *third;
    }
}

/// Bytes in threes, which the compiler has no good loop for: how many pixels were taken.
#[allow(unused_variables)] // Without vectors it takes none.
fn split_bytes<const SIZE: usize>(pixels: &[[u8; SIZE]], rows: [&mut [[u8; SIZE]]; 3]) -> usize {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return super::triples::split(
        pixels.as_flattened().as_chunks().0,
        rows.map(|row| row.as_flattened_mut()),
    );
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    0
}

#[inline(never)]
fn four<const SIZE: usize>(pixels: &[[u8; SIZE]], a: Row<SIZE>, b: Row<SIZE>, c: Row<SIZE>, d: Row<SIZE>) {
    let pixels = pixels.as_chunks().0.iter();
    for (((([first, second, third, fourth], a), b), c), d) in pixels.zip(a).zip(b).zip(c).zip(d) {
        *a = *first;
        *b = *second;
        *c = *third;
        *d = *fourth;
    }
}

/// A row of pixels out of three rows.
#[allow(dead_code)] // A build may have no codec that gives rows.
pub(super) fn interleave3<T: Copy>(rows: [&[T]; 3], pixels: &mut [[T; 3]]) {
    let [a, b, c] = rows;
    for (pixel, ((a, b), c)) in pixels.iter_mut().zip(a.iter().zip(b).zip(c)) {
        *pixel = [*a, *b, *c];
    }
}

/// The same for bytes.
#[allow(dead_code)]
pub(super) fn interleave3_bytes([a, b, c]: [&[u8]; 3], pixels: &mut [[u8; 3]]) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    let done = super::triples::join([a, b, c], pixels);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    let done = 0;
    let rest = [a, b, c].map(|row| row.get(done..).unwrap_or_default());
    interleave3(rest, pixels.get_mut(done..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::random_bytes;

    /// Every length, so that vectors and what is left of them are met.
    fn apart_and_together<const SIZE: usize>(samples: usize) {
        for length in 0..100 {
            let bytes = random_bytes(length as u64, length * samples * SIZE);
            let pixels: &[[u8; SIZE]] = bytes.as_chunks().0;
            let mut rows = vec![vec![[0; SIZE]; length]; samples];
            let mut places = rows.iter_mut().map(|row| row.as_flattened_mut());
            assert!(deinterleave(&bytes, SIZE, samples * SIZE, &mut places));
            for (sample, row) in rows.iter().enumerate() {
                let expected: Vec<_> = pixels.iter().skip(sample).step_by(samples).copied().collect();
                assert_eq!(*row, expected, "{length} pixels of {samples} samples of {SIZE}");
            }
            if let ([a, b, c], 1) = (rows.as_slice(), SIZE) {
                let mut again = vec![[0; 3]; length];
                interleave3_bytes([a, b, c].map(|row| row.as_flattened()), &mut again);
                assert_eq!(again.as_flattened(), bytes);
                again.fill([0; 3]);
                interleave3([a, b, c].map(|row| row.as_flattened()), &mut again);
                assert_eq!(again.as_flattened(), bytes);
            }
        }
    }

    #[test]
    fn rows_are_the_samples_of_pixels() {
        for samples in 2..=4 {
            apart_and_together::<1>(samples);
            apart_and_together::<2>(samples);
            apart_and_together::<4>(samples);
        }
    }

    #[test]
    fn other_sizes_are_left_alone() {
        for samples in [1, 5] {
            assert!(!deinterleave(&[7; 10], 1, samples, &mut std::iter::empty()));
        }
        assert!(!deinterleave(&[7; 72], 8, 24, &mut std::iter::empty()));
    }
}
