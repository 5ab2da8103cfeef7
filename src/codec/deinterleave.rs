//! Pixels into one row for each of their samples: loops that the compiler makes vectors of, for the usual sizes.

/// Moves the samples of a row of pixels into one row each. False, and nothing done, for sizes that have no loop of their own: the
/// rows are still to be taken then.
pub(super) fn deinterleave<'a, const SIZE: usize>(
    pixels: &[[u8; SIZE]],
    samples: usize,
    rows: &mut impl Iterator<Item = &'a mut [[u8; SIZE]]>,
) -> bool {
    if SIZE > 4 || !(2..=4).contains(&samples) {
        return false;
    }
    let mut next = || rows.next().unwrap_or_default();
    match samples {
        2 => two(pixels, next(), next()),
        3 => three(pixels, next(), next(), next()),
        _ => four(pixels, next(), next(), next(), next()),
    }
    true
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
    for ((([first, second, third], a), b), c) in pixels.as_chunks().0.iter().zip(a).zip(b).zip(c) {
        *a = *first;
        *b = *second;
        *c = *third;
    }
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
