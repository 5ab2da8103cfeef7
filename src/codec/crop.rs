//! Columns, rows and samples out of a decoded block: rows are copied, not pixels, wherever rows are whole.

use super::deinterleave::deinterleave;
use super::job::{Axis, Job, Order};
use super::output;
use crate::error::{Error, Result};

/// What `job` wants of `block`, `length` bytes of it. Both have been checked against each other.
pub(super) fn take(job: &Job, block: &[u8], length: usize) -> Result<Vec<u8>> {
    match job.layout.data_type()?.size() {
        1 => take_elements::<1>(job, block, length),
        2 => take_elements::<2>(job, block, length),
        4 => take_elements::<4>(job, block, length),
        8 => take_elements::<8>(job, block, length),
        _ => take_elements::<16>(job, block, length),
    }
}

/// [`take`] for elements of `SIZE` bytes.
fn take_elements<const SIZE: usize>(job: &Job, block: &[u8], length: usize) -> Result<Vec<u8>> {
    let samples = job.layout.produced_samples() as usize;
    let taken = Taken::<SIZE> {
        block: block.as_chunks().0,
        row: job.layout.width as usize * samples,
        samples,
        columns: &job.columns,
        width: job.columns.count() as usize,
    };
    // All samples of a pixel, or one of one, lie together; so do whole rows.
    let together = job.has_all_samples() && (job.order == Order::Pixel || samples == 1);
    if let (Axis::Run { start, count }, true) = (&job.columns, together) {
        return taken.rows(job, *start as usize, *count as usize, length);
    }
    let mut result = output::zeroed(length)?;
    if length > 0 {
        let elements = result.as_chunks_mut().0;
        match job.order {
            Order::Band => taken.bands(job, elements)?,
            Order::Pixel => taken.pixels(job, elements)?,
        }
    }
    Ok(result)
}

/// A block of elements, and the columns wanted of it.
struct Taken<'a, const SIZE: usize> {
    block: &'a [[u8; SIZE]],
    /// Elements of one row.
    row: usize,
    /// Elements of one pixel.
    samples: usize,
    columns: &'a Axis,
    /// How many columns.
    width: usize,
}

impl<'a, const SIZE: usize> Taken<'a, SIZE> {
    /// Neighbouring pixels of each row, whole.
    fn rows(&self, job: &Job, first: usize, count: usize, length: usize) -> Result<Vec<u8>> {
        let mut result = output::reserved(length)?;
        for row in job.rows.indices() {
            let pixels = self.row(row)?.get(first * self.samples..(first + count) * self.samples);
            result.extend_from_slice(pixels.ok_or_else(|| outside(row))?.as_flattened());
        }
        if result.len() == length {
            return Ok(result);
        }
        let found = result.len();
        Err(Error::internal(format!("{found} bytes taken out of a block, {length} expected")))
    }

    /// Band after band. A row at a time for all of them: so long it stays in the processor's nearest cache.
    fn bands(&self, job: &Job, result: &mut [[u8; SIZE]]) -> Result<()> {
        let plane = self.width * job.rows.count() as usize;
        let all = job.has_all_samples();
        for (row, to) in job.rows.indices().zip((0..).step_by(self.width)) {
            let pixels = self.wanted(row)?;
            let planes = result.chunks_exact_mut(plane);
            let mut rows = planes.filter_map(|plane| plane.get_mut(to..to + self.width));
            if all && self.is_run() && deinterleave(pixels, self.samples, &mut rows) {
                continue;
            }
            for (sample, to) in job.samples.iter().zip(rows) {
                self.one_sample(pixels, *sample as usize, to.iter_mut()).ok_or_else(|| outside(row))?;
            }
        }
        Ok(())
    }

    /// Pixel after pixel.
    fn pixels(&self, job: &Job, result: &mut [[u8; SIZE]]) -> Result<()> {
        let across = job.samples.len();
        for (row, to) in job.rows.indices().zip(result.chunks_exact_mut(self.width * across)) {
            let pixels = self.wanted(row)?;
            for (place, sample) in job.samples.iter().enumerate() {
                let to = to.iter_mut().skip(place).step_by(across);
                self.one_sample(pixels, *sample as usize, to).ok_or_else(|| outside(row))?;
            }
        }
        Ok(())
    }

    /// The columns wanted of one row, one sample each. `pixels` is what [`Taken::wanted`] gives.
    fn one_sample<'b>(
        &self,
        pixels: &[[u8; SIZE]],
        sample: usize,
        to: impl Iterator<Item = &'b mut [u8; SIZE]>,
    ) -> Option<()> {
        match self.columns {
            Axis::Run { .. } => {
                for (to, pixel) in to.zip(pixels.chunks_exact(self.samples)) {
                    *to = *pixel.get(sample)?;
                }
            }
            Axis::Picks(picks) => {
                for (to, pick) in to.zip(picks) {
                    *to = *pixels.get(*pick as usize * self.samples + sample)?;
                }
            }
        }
        Some(())
    }

    /// The pixels of a row among which the columns wanted are: no others where these are a run.
    fn wanted(&self, row: usize) -> Result<&'a [[u8; SIZE]]> {
        let pixels = self.row(row)?;
        let Axis::Run { start, .. } = self.columns else { return Ok(pixels) };
        let first = *start as usize * self.samples;
        pixels.get(first..first + self.width * self.samples).ok_or_else(|| outside(row))
    }

    fn is_run(&self) -> bool {
        matches!(self.columns, Axis::Run { .. })
    }

    fn row(&self, row: usize) -> Result<&'a [[u8; SIZE]]> {
        let start = row * self.row;
        self.block.get(start..start + self.row).ok_or_else(|| outside(row))
    }
}

fn outside(row: usize) -> Error {
    Error::internal(format!("row {row} of a job is not in its block, though it was checked"))
}
