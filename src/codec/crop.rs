//! Columns, rows and samples out of a decoded block: rows are copied, not pixels, wherever rows are whole.
//!
//! Only the innermost loops know how large an element is when they are compiled: each size has its own of them.

use super::deinterleave::deinterleave;
use super::job::{Axis, Job, Order};
use super::output;
use super::rows::Rows;
use crate::error::{Error, Result};

/// What `job` wants of the rows of its block, `length` bytes. Both have been checked against each other.
pub(super) fn take(job: &Job, block: &mut Rows<'_>, length: usize) -> Result<Vec<u8>> {
    let size = job.layout.data_type()?.size() as usize;
    let pixel = job.layout.produced_samples() as usize * size;
    if let Axis::Run { start, .. } = job.rows {
        block.skip_to(start as usize);
    }
    let taken = Taken { size, pixel, columns: &job.columns, width: job.columns.count() as usize };
    // All samples of a pixel, or one of one, lie together; so do whole rows.
    let together = job.has_all_samples() && (job.order == Order::Pixel || pixel == size);
    if let (Axis::Run { start, count }, true) = (&job.columns, together) {
        return taken.rows(job, block, *start as usize, *count as usize, length);
    }
    let mut result = output::room(length)?;
    if length > 0 {
        match job.order {
            Order::Band => taken.bands(job, block, &mut result)?,
            Order::Pixel => taken.pixels(job, block, &mut result)?,
        }
    }
    Ok(result)
}

/// The columns wanted of a block. Lengths are bytes.
struct Taken<'a> {
    /// Of one element.
    size: usize,
    /// Of one pixel.
    pixel: usize,
    columns: &'a Axis,
    /// How many columns.
    width: usize,
}

impl Taken<'_> {
    /// Neighbouring pixels of each row, whole.
    fn rows(
        &self,
        job: &Job,
        block: &mut Rows<'_>,
        first: usize,
        count: usize,
        length: usize,
    ) -> Result<Vec<u8>> {
        let mut result = output::room(length)?;
        result.clear();
        let wanted = first * self.pixel..(first + count) * self.pixel;
        for row in job.rows.indices() {
            let pixels = block.row(row)?.and_then(|row| row.get(wanted.clone()));
            result.extend_from_slice(pixels.ok_or_else(|| outside(row))?);
        }
        if result.len() == length {
            return Ok(result);
        }
        let found = result.len();
        Err(Error::internal(format!("{found} bytes taken out of a block, {length} expected")))
    }

    /// Band after band. A row at a time for all of them: so long it stays in the processor's nearest cache.
    fn bands(&self, job: &Job, block: &mut Rows<'_>, result: &mut [u8]) -> Result<()> {
        let across = self.width * self.size;
        let plane = across * job.rows.count() as usize;
        let all = job.has_all_samples();
        for (row, to) in job.rows.indices().zip((0..).step_by(across)) {
            let pixels = self.wanted(block, row)?;
            let planes = result.chunks_exact_mut(plane);
            let mut rows = planes.filter_map(|plane| plane.get_mut(to..to + across));
            if all && self.is_run() && deinterleave(pixels, self.size, self.pixel, &mut rows) {
                continue;
            }
            for (sample, to) in job.samples.iter().zip(rows) {
                self.one_sample(pixels, *sample as usize, to, 1).ok_or_else(|| outside(row))?;
            }
        }
        Ok(())
    }

    /// Pixel after pixel.
    fn pixels(&self, job: &Job, block: &mut Rows<'_>, result: &mut [u8]) -> Result<()> {
        let across = job.samples.len();
        for (row, to) in job.rows.indices().zip(result.chunks_exact_mut(self.width * across * self.size)) {
            let pixels = self.wanted(block, row)?;
            for (place, sample) in job.samples.iter().enumerate() {
                to.get_mut(place * self.size..)
                    .and_then(|to| self.one_sample(pixels, *sample as usize, to, across))
                    .ok_or_else(|| outside(row))?;
            }
        }
        Ok(())
    }

    /// The columns wanted of one row, one sample each: to every element `between` elements on. `pixels` is what [`Taken::wanted`]
    /// gives.
    fn one_sample(&self, pixels: &[u8], sample: usize, to: &mut [u8], between: usize) -> Option<()> {
        match self.size {
            1 => self.elements::<1>(pixels, sample, to, between),
            2 => self.elements::<2>(pixels, sample, to, between),
            4 => self.elements::<4>(pixels, sample, to, between),
            8 => self.elements::<8>(pixels, sample, to, between),
            _ => self.elements::<16>(pixels, sample, to, between),
        }
    }

    /// [`Taken::one_sample`] of `SIZE` bytes.
    #[inline(never)]
    fn elements<const SIZE: usize>(
        &self,
        pixels: &[u8],
        sample: usize,
        to: &mut [u8],
        between: usize,
    ) -> Option<()> {
        let (pixels, samples) = (pixels.as_chunks::<SIZE>().0, self.pixel / SIZE);
        let to = to.as_chunks_mut::<SIZE>().0.iter_mut().step_by(between);
        match self.columns {
            Axis::Run { .. } => {
                for (to, pixel) in to.zip(pixels.chunks_exact(samples)) {
                    *to = *pixel.get(sample)?;
                }
            }
            Axis::Picks(picks) => {
                for (to, pick) in to.zip(picks) {
                    *to = *pixels.get(*pick as usize * samples + sample)?;
                }
            }
        }
        Some(())
    }

    /// The pixels of a row among which the columns wanted are: no others where these are a run.
    fn wanted<'a>(&self, block: &'a mut Rows<'_>, row: usize) -> Result<&'a [u8]> {
        let pixels = block.row(row)?.ok_or_else(|| outside(row))?;
        let Axis::Run { start, .. } = self.columns else { return Ok(pixels) };
        let first = *start as usize * self.pixel;
        pixels.get(first..first + self.width * self.pixel).ok_or_else(|| outside(row))
    }

    fn is_run(&self) -> bool {
        matches!(self.columns, Axis::Run { .. })
    }
}

fn outside(row: usize) -> Error {
    Error::internal(format!("row {row} of a job is not in its block, though it was checked"))
}
