//! Which level a reduced read comes from, and where the window lies on it: GDAL's rules.

/// A window on some grid of pixels, with fractions: `(x, y)` is the outer corner of its first pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloatWindow {
    /// Column of the left edge.
    pub x: f64,
    /// Row of the upper edge.
    pub y: f64,
    /// Columns.
    pub width: f64,
    /// Rows.
    pub height: f64,
}

/// How much finer than the request a level may be and still be skipped for a coarser one: GDAL's threshold for nearest neighbour.
pub const NEAREST_THRESHOLD: f64 = 1.2;

/// GDAL's slack when it compares ratios.
const EPSILON: f64 = 0.1;

/// The level to read `window` pixels of a `full`-sized image from, when `out` pixels are wanted; 0 is the image itself.
///
/// `levels` are the sizes of the overviews, `None` for one that must not be chosen; the answer counts from 1 among them.
/// Sizes are `(width, height)`.
pub fn best_level(
    full: (u32, u32),
    levels: &[Option<(u32, u32)>],
    window: (f64, f64),
    out: (u32, u32),
    threshold: f64,
) -> usize {
    let target = (window.0 / f64::from(out.0)).min(window.1 / f64::from(out.1));
    let mut best = (0, 0.0);
    for (index, size) in levels.iter().enumerate() {
        let Some(size) = size else { continue };
        let ratio = (f64::from(full.0) / f64::from(size.0)).min(f64::from(full.1) / f64::from(size.1));
        if ratio < target * threshold + EPSILON && ratio > best.1 {
            best = (index + 1, ratio);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(out: u32, threshold: f64) -> usize {
        let levels = [Some((50, 50)), Some((25, 25))];
        best_level((100, 100), &levels, (100.0, 100.0), (out, out), threshold)
    }

    /// A.20, as measured with GDAL 3.10.
    #[test]
    fn chooses_as_gdal_does() {
        let expected = [
            (101, 0),
            (100, 0),
            (99, 0),
            (60, 1),
            (59, 1),
            (50, 1),
            (49, 1),
            (30, 2),
            (29, 2),
            (25, 2),
            (24, 2),
        ];
        for (out, level) in expected {
            assert_eq!(chosen(out, NEAREST_THRESHOLD), level, "nearest, {out}");
        }
        for (out, level) in [(99, 0), (60, 0), (59, 0), (50, 1), (49, 1), (30, 1), (29, 1), (25, 2), (24, 2)]
        {
            assert_eq!(chosen(out, 1.0), level, "average, {out}");
        }
    }

    #[test]
    fn order_in_the_file_does_not_matter_and_suspects_are_left_out() {
        let window = (100.0, 100.0);
        let unsorted = [Some((25, 25)), Some((50, 50))];
        assert_eq!(best_level((100, 100), &unsorted, window, (50, 50), 1.2), 2);
        assert_eq!(best_level((100, 100), &unsorted, window, (10, 10), 1.2), 1);
        assert_eq!(best_level((100, 100), &[None, Some((50, 50))], window, (10, 10), 1.2), 2);
        assert_eq!(best_level((100, 100), &[], window, (10, 10), 1.2), 0);
    }
}
