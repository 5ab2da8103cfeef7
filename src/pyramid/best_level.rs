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
/// Sizes are `(width, height)`. The finest axis counts, but that a result of one row is judged by its columns alone; and the first
/// level in the order of the file that comes within the slack of the ratio wanted is taken without a look at the others.
pub fn best_level(
    full: (u32, u32),
    levels: &[Option<(u32, u32)>],
    window: (f64, f64),
    out: (u32, u32),
    threshold: f64,
) -> usize {
    let (across, down) = (window.0 / f64::from(out.0), window.1 / f64::from(out.1));
    let target = if out.1 == 1 { across } else { across.min(down) };
    let mut best = (0, 0.0);
    for (index, size) in levels.iter().enumerate() {
        let Some(size) = size.filter(|size| size.0 <= full.0 && size.1 <= full.1) else { continue };
        let ratio = (f64::from(full.0) / f64::from(size.0)).min(f64::from(full.1) / f64::from(size.1));
        if ratio < target * threshold + EPSILON && ratio > best.1 {
            best = (index + 1, ratio);
            if (target - ratio).abs() < EPSILON {
                break;
            }
        }
    }
    best.0
}

/// A window on its way down a pyramid: as it is divided, and as whole pixels, by which GDAL chooses the next level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Descent {
    /// With fractions.
    pub exact: FloatWindow,
    /// `[x, y, width, height]`.
    pub whole: [u32; 4],
}

impl Descent {
    /// A window of whole pixels.
    pub fn new(whole: [u32; 4]) -> Self {
        let [x, y, width, height] = whole.map(f64::from);
        Self { exact: FloatWindow { x, y, width, height }, whole }
    }

    /// Whether its edges are those of whole pixels, exactly.
    pub fn is_whole(&self) -> bool {
        let FloatWindow { x, y, width, height } = self.exact;
        [x, y, width, height] == self.whole.map(f64::from)
    }

    /// The same window on an overview: sizes are `(width, height)` of the image that it lies on now, and of the overview.
    pub fn onto(self, from: (u32, u32), to: (u32, u32)) -> Self {
        let [x, y, width, height] = self.whole;
        let (across, down) = (f64::from(from.0) / f64::from(to.0), f64::from(from.1) / f64::from(to.1));
        let (x, width) = axis_onto((x, width), across, to.0);
        let (y, height) = axis_onto((y, height), down, to.1);
        let FloatWindow { x: left, y: top, width: columns, height: rows } = self.exact;
        let exact =
            FloatWindow { x: left / across, y: top / down, width: columns / across, height: rows / down };
        Self { exact, whole: [x, y, width, height] }
    }
}

/// Start and length on one axis of an overview of `size` pixels, rounded, at least one pixel, and inside it.
fn axis_onto((start, length): (u32, u32), factor: f64, size: u32) -> (u32, u32) {
    let start = ((f64::from(start) / factor + 0.5) as u32).min(size.saturating_sub(1));
    let length = ((f64::from(length) / factor + 0.5) as u32).max(1);
    (start, length.min(size.saturating_sub(start)))
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

    #[test]
    fn a20_one_row_is_judged_by_its_columns_and_a_near_ratio_ends_the_search() {
        let halves = [Some((50, 4)), Some((25, 2))];
        assert_eq!(best_level((100, 8), &halves, (100.0, 1.0), (25, 1), 1.2), 2);
        assert_eq!(best_level((100, 8), &halves, (100.0, 4.0), (25, 2), 1.2), 1);
        // 279 x 30 by 5 and by 7: the second ratio, 6, would still be below 4.98 * 1.2 + 0.1.
        let fifths = [Some((56, 6)), Some((40, 5))];
        assert_eq!(best_level((279, 30), &fifths, (279.0, 30.0), (56, 6), 1.2), 1);
        assert_eq!(best_level((279, 30), &[fifths[1], fifths[0]], (279.0, 30.0), (56, 6), 1.2), 1);
    }

    #[test]
    fn a20_windows_are_rounded_to_choose_by_and_exact_to_take_from() {
        let descent = Descent::new([1, 0, 5, 99]).onto((100, 99), (50, 33));
        assert_eq!(descent.whole, [1, 0, 3, 33]);
        assert_eq!(descent.exact, FloatWindow { x: 0.5, y: 0.0, width: 2.5, height: 33.0 });
        assert_eq!(Descent::new([99, 0, 1, 1]).onto((100, 99), (50, 33)).whole, [49, 0, 1, 1]);
    }
}
