//! Sixteen pixels of three bytes, taken apart and put together.

use core::arch::wasm32::i8x16_shuffle;

use super::running_sum::{LANES, load, store};

/// The three rows of a row of pixels, as far as whole vectors go: how many pixels that were.
pub(super) fn split(pixels: &[[u8; 3]], rows: [&mut [u8]; 3]) -> usize {
    let [a, b, c] = rows.map(|row| row.as_chunks_mut::<LANES>().0.iter_mut());
    let mut done = 0;
    for (((pixels, a), b), c) in pixels.as_chunks::<LANES>().0.iter().zip(a).zip(b).zip(c) {
        let [x, y, z] = pixels.as_flattened().as_chunks().0 else { break };
        let (x, y, z) = (load(x), load(y), load(z));
        let xy = i8x16_shuffle::<0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0>(x, y);
        *a = store(i8x16_shuffle::<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29>(xy, z));
        let xy = i8x16_shuffle::<1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0>(x, y);
        *b = store(i8x16_shuffle::<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30>(xy, z));
        let xy = i8x16_shuffle::<2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0>(x, y);
        *c = store(i8x16_shuffle::<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31>(xy, z));
        done += LANES;
    }
    done
}

/// A row of pixels of three rows, as far as whole vectors go: how many pixels that were.
pub(super) fn join(rows: [&[u8]; 3], pixels: &mut [[u8; 3]]) -> usize {
    let [a, b, c] = rows.map(|row| row.as_chunks::<LANES>().0.iter());
    let mut done = 0;
    for (((pixels, a), b), c) in pixels.as_chunks_mut::<LANES>().0.iter_mut().zip(a).zip(b).zip(c) {
        let [x, y, z] = pixels.as_flattened_mut().as_chunks_mut().0 else { break };
        let (a, b, c) = (load(a), load(b), load(c));
        let ab = i8x16_shuffle::<0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5>(a, b);
        *x = store(i8x16_shuffle::<0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15>(ab, c));
        let ab = i8x16_shuffle::<21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26>(a, b);
        *y = store(i8x16_shuffle::<0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15>(ab, c));
        let ab = i8x16_shuffle::<0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0>(a, b);
        *z = store(i8x16_shuffle::<26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31>(ab, c));
        done += LANES;
    }
    done
}
