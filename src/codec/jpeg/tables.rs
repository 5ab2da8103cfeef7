//! The tables that a stream defines, or that were there before it.

use super::huffman::Codes;

/// Coefficient numbers in the order of the file, as places in rows of eight. Runs that lead past the last one, as in
/// damaged data, all end there.
#[rustfmt::skip]
pub(super) const ORDER: [u8; 80] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
];

/// The steps of the 64 coefficients, in rows of eight.
pub(super) type Steps = [i32; 64];

/// All tables by their number, as far as they are defined.
#[derive(Default)]
pub(super) struct Tables {
    pub quantization: [Option<Steps>; 4],
    pub direct: [Option<Codes>; 4],
    pub alternating: [Option<Codes>; 4],
    /// MCUs between restart markers; 0 for none.
    pub restart_interval: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_follows_the_diagonals() {
        let steps = ORDER[..64].windows(2).map(|pair| {
            let place = |place: u8| (i32::from(place) / 8, i32::from(place) % 8);
            let ((row, column), (next_row, next_column)) = (place(pair[0]), place(pair[1]));
            (next_row - row, next_column - column)
        });
        assert!(steps.into_iter().all(|step| matches!(step, (0, 1) | (1, 0) | (1, -1) | (-1, 1))));
        let mut seen = ORDER[..64].to_vec();
        seen.sort_unstable();
        assert_eq!(seen, (0..64).collect::<Vec<u8>>());
    }
}
