//! A block's rows. Those that are stored as differences are summed up when they are first looked at, some at a time: whoever takes
//! them out finds them in the processor's nearest cache, and of rows that nobody wants none is touched.

use super::compression::PREDICTED;
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
        let (Some(layout), Samples::Owned(bytes), true) = (self.differences, &mut self.samples, PREDICTED)
        else {
            return Ok(());
        };
        let (start, end) = (self.next * self.length, end.saturating_mul(self.length).min(bytes.len()));
        self.next = end / self.length.max(1);
        predictor::undo(layout, bytes.get_mut(start..end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::{ByteOrder, CodecSettings, SampleFormat};

    const HEIGHT: u32 = 20;

    /// Several such rows are summed up at once, and one that is longer.
    const WIDTHS: [u32; 2] = [3000, 9000];

    fn layout(width: u32) -> BlockLayout {
        BlockLayout {
            compression: 8,
            predictor: 2,
            byte_order: ByteOrder::Little,
            width,
            height: HEIGHT,
            samples: 1,
            bits: 8,
            format: SampleFormat::Unsigned,
            settings: CodecSettings::default(),
        }
    }

    /// Rows of ones, whose sums are 1, 2, 3 and so on.
    fn ones(layout: &BlockLayout) -> Rows<'_> {
        let bytes = vec![1; (layout.width * HEIGHT) as usize];
        Rows::new(Samples::Owned(bytes), layout.width as usize, Some(layout))
    }

    fn sums(width: u32) -> Vec<u8> {
        (1..=width).map(|sum| sum as u8).collect()
    }

    #[test]
    fn every_row_is_summed_up_once() {
        for width in WIDTHS {
            let (layout, sums) = (layout(width), sums(width));
            let mut rows = ones(&layout);
            for row in [7, 0, 7, 19, 3, 19, 8] {
                assert_eq!(rows.row(row).unwrap(), Some(sums.as_slice()), "row {row}");
            }
            assert_eq!(rows.row(20).unwrap(), None);
            assert_eq!(rows.into_vec().unwrap(), sums.repeat(HEIGHT as usize));
            assert_eq!(ones(&layout).into_vec().unwrap(), sums.repeat(HEIGHT as usize));
        }
    }

    #[test]
    fn rows_that_nobody_wants_are_left_alone() {
        for width in WIDTHS {
            let (layout, sums) = (layout(width), sums(width));
            let mut rows = ones(&layout);
            rows.skip_to(5);
            assert_eq!(rows.row(5).unwrap(), Some(sums.as_slice()));
            let bytes = rows.into_spare();
            let (before, from) = bytes.split_at(5 * width as usize);
            assert!(before.iter().all(|byte| *byte == 1));
            assert!(from.starts_with(&sums));
            assert!(from.ends_with(&vec![1; width as usize]), "the last row was not asked for");
        }
    }
}
