//! A block's rows. Those that are stored as differences are summed up when they are first looked at, some at a time: whoever takes
//! them out finds them in the processor's nearest cache, and of rows that nobody wants none is touched.

use super::predictor;
use super::samples::Samples;
use crate::error::Result;
use crate::pixel::BlockLayout;

/// Bytes that are summed up at once.
const AT_ONCE: usize = 8 * 1024;

/// The samples of a block, in rows.
pub(super) struct Rows<'a> {
    samples: Samples<'a>,
    /// Whose predictor is left to be undone.
    differences: Option<&'a BlockLayout>,
    /// Bytes of a row.
    length: usize,
    /// The first row of those to come.
    next: usize,
}

impl<'a> Rows<'a> {
    /// Rows of `length` bytes; `differences`: by which layout, where they are such.
    pub fn new(samples: Samples<'a>, length: usize, differences: Option<&'a BlockLayout>) -> Self {
        Self { samples, differences, length, next: 0 }
    }

    /// Leaves out the rows before `first`: nobody is going to look at them.
    pub fn skip_to(&mut self, first: usize) {
        self.next = first;
    }

    /// A row; nothing for one that is not there.
    pub fn row(&mut self, row: usize) -> Result<Option<&[u8]>> {
        if row >= self.next {
            self.sum_up(row + 1 + AT_ONCE / self.length.max(1))?;
        }
        let start = row * self.length;
        Ok(self.samples.as_slice().get(start..start + self.length))
    }

    /// All rows, as a buffer of their own: copies only what is still the caller's.
    pub fn into_vec(mut self) -> Result<Vec<u8>> {
        self.sum_up(usize::MAX)?;
        self.samples.into_vec()
    }

    /// The buffer, to be used for another block.
    pub fn into_spare(self) -> Vec<u8> {
        match self.samples {
            Samples::Owned(bytes) => bytes,
            Samples::Stored(_) => Vec::new(),
        }
    }

    /// Sums up the rows before `end`, as far as there are such.
    fn sum_up(&mut self, end: usize) -> Result<()> {
        let (Some(layout), Samples::Owned(bytes)) = (self.differences, &mut self.samples) else {
            return Ok(());
        };
        let (start, end) = (self.next * self.length, end.saturating_mul(self.length).min(bytes.len()));
        self.next = end / self.length.max(1);
        predictor::undo(layout, bytes.get_mut(start..end).unwrap_or_default())
    }
}
