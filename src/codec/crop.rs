//! Columns, rows and samples out of a decoded block: rows are copied, not pixels, wherever rows are whole.

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
    let mut taken = Taken::<SIZE> {
        block: block.as_chunks().0,
        row: job.layout.width as usize * job.layout.produced_samples() as usize,
        samples: job.layout.produced_samples() as usize,
        columns: &job.columns,
        result: output::reserved(length / SIZE)?,
    };
    // All samples of a pixel, or one of one, lie together; so do whole rows.
    let together = job.has_all_samples() && (job.order == Order::Pixel || taken.samples == 1);
    match (&job.rows, &job.columns) {
        (Axis::Run { start, count }, columns) if together && columns.is_all(job.layout.width) => {
            taken.rows(*start as usize, *count as usize)?;
        }
        (_, Axis::Run { start, count }) if together => {
            let (start, count) = (*start as usize, *count as usize);
            job.rows.indices().try_for_each(|row| taken.pixels(row, start, count))?;
        }
        _ if job.order == Order::Band || job.samples.len() == 1 => {
            for sample in &job.samples {
                job.rows.indices().try_for_each(|row| taken.one_sample(row, *sample as usize))?;
            }
        }
        _ => job.rows.indices().try_for_each(|row| taken.some_samples(row, &job.samples))?,
    }
    let result = taken.result.into_flattened();
    if result.len() != length {
        return Err(Error::internal(format!(
            "{} bytes taken out of a block, {length} expected",
            result.len()
        )));
    }
    Ok(result)
}

/// A block of elements, and those taken out of it so far.
struct Taken<'a, const SIZE: usize> {
    block: &'a [[u8; SIZE]],
    /// Elements of one row.
    row: usize,
    /// Elements of one pixel.
    samples: usize,
    columns: &'a Axis,
    result: Vec<[u8; SIZE]>,
}

impl<'a, const SIZE: usize> Taken<'a, SIZE> {
    /// Whole rows.
    fn rows(&mut self, first: usize, count: usize) -> Result<()> {
        let start = first * self.row;
        let rows = self.block.get(start..start + count * self.row).ok_or_else(|| outside(first))?;
        self.result.extend_from_slice(rows);
        Ok(())
    }

    /// Neighbouring pixels of one row, whole.
    fn pixels(&mut self, row: usize, first: usize, count: usize) -> Result<()> {
        let start = first * self.samples;
        let pixels = self.row(row)?.get(start..start + count * self.samples).ok_or_else(|| outside(row))?;
        self.result.extend_from_slice(pixels);
        Ok(())
    }

    /// The columns wanted of one row, one sample each.
    fn one_sample(&mut self, row: usize, sample: usize) -> Result<()> {
        let elements = self.row(row)?.get(sample..).ok_or_else(|| outside(row))?;
        match self.columns {
            Axis::Run { start, count } => {
                let wanted =
                    elements.iter().step_by(self.samples).skip(*start as usize).take(*count as usize);
                self.result.extend(wanted);
            }
            Axis::Picks(picks) => {
                for pick in picks {
                    let element = elements.get(*pick as usize * self.samples).ok_or_else(|| outside(row))?;
                    self.result.push(*element);
                }
            }
        }
        Ok(())
    }

    /// The columns wanted of one row, some samples each.
    fn some_samples(&mut self, row: usize, samples: &[u32]) -> Result<()> {
        let elements = self.row(row)?;
        for column in self.columns.indices() {
            let pixel = elements.get(column * self.samples..).ok_or_else(|| outside(row))?;
            for sample in samples {
                self.result.push(*pixel.get(*sample as usize).ok_or_else(|| outside(row))?);
            }
        }
        Ok(())
    }

    fn row(&self, row: usize) -> Result<&'a [[u8; SIZE]]> {
        let start = row * self.row;
        self.block.get(start..start + self.row).ok_or_else(|| outside(row))
    }
}

fn outside(row: usize) -> Error {
    Error::internal(format!("row {row} of a job is not in its block, though it was checked"))
}
