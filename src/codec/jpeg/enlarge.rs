//! Rows of subsampled components, enlarged to the rows of the image as libjpeg-turbo does by default: weighted by
//! distance where a factor is 2, repeated where it is another one.

use super::components::{Plane, Sample};
use super::frame::{Component, Frame};

/// How the rows of one component are enlarged.
pub(super) struct Rows<'a, T> {
    plane: &'a Plane<T>,
    /// Samples that mean something.
    columns: usize,
    rows: usize,
    /// Pixels for each sample.
    across: usize,
    down: usize,
    smooth: bool,
    /// Sums of two rows, with the first and the last of them once more.
    sums: Vec<u16>,
    row: Vec<T>,
}

impl<'a, T: Sample> Rows<'a, T> {
    /// The factors of that component divide those of the frame. Samples are repeated unless they are to be made `smooth`.
    pub fn new(frame: &Frame, component: &Component, plane: &'a Plane<T>, smooth: bool) -> Self {
        let (columns, rows) = (frame.columns(component), frame.rows(component));
        let across = usize::from(frame.across / component.across.max(1));
        let down = usize::from(frame.down / component.down.max(1));
        // An odd width has one column more than it needs.
        let row = vec![T::default(); columns * across];
        Self { plane, columns, rows, across, down, smooth, sums: vec![0; columns + 2], row }
    }

    /// A row of the image.
    pub fn row(&mut self, y: usize) -> &[T] {
        let at = (y / self.down).min(self.rows - 1);
        // The row on the other side of the pixel's centre.
        let beside = if y.is_multiple_of(2) { at.saturating_sub(1) } else { (at + 1).min(self.rows - 1) };
        match (self.across, self.down) {
            (1, 1) => return self.stored(at),
            _ if !self.smooth => self.repeat(at),
            (2, 1) if self.columns > 2 => self.smooth_across(at, at, [1, 2]),
            (2, 2) if self.columns > 2 => self.smooth_across(at, beside, [8, 7]),
            (1, 2) => self.smooth_down(at, beside, if y.is_multiple_of(2) { 1 } else { 2 }),
            _ => self.repeat(at),
        }
        &self.row
    }

    fn stored(&self, y: usize) -> &'a [T] {
        let start = y * self.plane.across;
        self.plane.samples.get(start..start + self.columns).unwrap_or_default()
    }

    fn repeat(&mut self, at: usize) {
        let stored = self.stored(at);
        for (pixels, sample) in self.row.chunks_mut(self.across).zip(stored) {
            pixels.fill(*sample);
        }
    }

    fn smooth_down(&mut self, at: usize, beside: usize, rounding: u16) {
        let (near, far) = (self.stored(at), self.stored(beside));
        for (pixel, (near, far)) in self.row.iter_mut().zip(near.iter().zip(far)) {
            *pixel = narrow((near.wide() * 3 + far.wide() + rounding) >> 2);
        }
    }

    /// Across, and down where `beside` is another row. `roundings` are those of a sample's left and right pixel.
    fn smooth_across(&mut self, at: usize, beside: usize, roundings: [u16; 2]) {
        let (near, far) = (self.stored(at), self.stored(beside));
        let one_row = roundings[0] == 1;
        let shift = if one_row { 2 } else { 4 };
        let inner = self.sums.get_mut(1..).unwrap_or_default();
        for (sum, (near, far)) in inner.iter_mut().zip(near.iter().zip(far)) {
            *sum = if one_row { near.wide() } else { near.wide() * 3 + far.wide() };
        }
        // Beyond the edges lies what lies at them.
        if let [first, second, .., before, last] = self.sums.as_mut_slice() {
            (*first, *last) = (*second, *before);
        }
        let [left, right] = roundings;
        for (pair, sums) in self.row.as_chunks_mut::<2>().0.iter_mut().zip(self.sums.windows(3)) {
            if let [before, sum, after] = *sums {
                *pair =
                    [narrow((sum * 3 + before + left) >> shift), narrow((sum * 3 + after + right) >> shift)];
            }
        }
    }
}

/// A weighted mean of samples, which is one.
#[inline(always)]
fn narrow<T: Sample>(value: u16) -> T {
    T::cut(i32::from(value))
}
