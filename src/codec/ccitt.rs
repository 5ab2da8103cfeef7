//! Facsimile: Modified Huffman (2, and 32771 in words), Group 3 of one and two dimensions (3), Group 4 (4).
//!
//! One bit a pixel, 0 for the codes' white, whatever the photometric interpretation makes of it. What is damaged reads as it does
//! in libtiff: a bad code spoils its row, and the next one is tried.

mod bits;
mod codes;
#[cfg(test)]
mod encoder;
mod row;
#[cfg(test)]
mod tests;

use bits::{Bits, Ended};
use row::{End, Row};

use super::forgiven::forgive;
use super::output;
use crate::error::{Error, Result};
use crate::pixel::BlockLayout;

/// Bit of T4Options (292): rows of two dimensions among those of one.
const TWO_DIMENSIONS: u32 = 1;

/// Fills `block` with the rows of `stored`, packed eight pixels to the byte.
///
/// # Errors
/// `unsupported` for samples of other than one bit, or several in a pixel, which libtiff refuses too; `malformed` for a row
/// with more runs than pixels.
pub(super) fn decode(layout: &BlockLayout, stored: &[u8], block: &mut [u8]) -> Result<usize> {
    if layout.bits != 1 {
        let message = format!("facsimile compression of {}-bit samples, 1 expected", layout.bits);
        return Err(Error::unsupported(message).with_value(258, layout.bits));
    }
    if layout.samples != 1 {
        let message = format!("facsimile compression of {} interleaved samples, 1 expected", layout.samples);
        return Err(Error::unsupported(message).with_value(277, layout.samples));
    }
    let fax = Fax::new(layout, stored);
    let length = block.len();
    let row = (layout.width as usize).div_ceil(8);
    let rows = block.chunks_exact_mut(row);
    let (done, end) = match layout.compression {
        2 => fax.modified_huffman(rows, Bits::align_byte),
        32771 => fax.modified_huffman(rows, Bits::align_word),
        3 => fax.group3(rows),
        _ => fax.group4(rows),
    };
    let bytes = done.map_or(length, |rows| rows * row);
    match end {
        End::TooManyRuns => Err(output::corrupt("ccitt", "a row of more runs than pixels", bytes, length)),
        _ => Ok(bytes),
    }
}

/// Remembers that rows are not as they should be.
fn damaged() {
    forgive("its facsimile data is damaged: rows were cut, or filled up");
}

/// Rows done (`None`: all), and how the last of them ended.
type Done = (Option<usize>, End);

type Rows<'a> = std::slice::ChunksExactMut<'a, u8>;

struct Fax<'a> {
    bits: Bits<'a>,
    row: Row,
    before: Row,
    two_dimensions: bool,
}

impl<'a> Fax<'a> {
    fn new(layout: &BlockLayout, stored: &'a [u8]) -> Self {
        let two_dimensions = match layout.compression {
            3 => layout.settings.option & TWO_DIMENSIONS != 0,
            compression => compression == 4,
        };
        let white = || Row::white(layout.width, two_dimensions);
        let bits = Bits::new(stored, layout.settings.reversed_bits);
        Self { bits, row: white(), before: white(), two_dimensions }
    }

    /// Rows of runs that begin on a byte or a word.
    fn modified_huffman(mut self, rows: Rows<'_>, align: fn(&mut Bits<'a>)) -> Done {
        for (done, bytes) in rows.enumerate() {
            match self.row.read_runs(&mut self.bits) {
                End::Row | End::Line => {}
                end => return (Some(done), end),
            }
            if let Err(end) = self.row.paint(bytes) {
                return (Some(done), end);
            }
            align(&mut self.bits);
        }
        (None, End::Row)
    }

    /// Rows behind an end-of-line code each, or, where there is none in the whole stream, one after the other.
    fn group3(mut self, rows: Rows<'_>) -> Done {
        let whole = self.bits.clone();
        let (mut lines, mut line_ended) = (true, false);
        for (done, bytes) in rows.enumerate() {
            if lines {
                match self.pass_line(line_ended) {
                    Some(End::Stream) => return (Some(done), End::Stream),
                    Some(_) => {}
                    None => {
                        damaged();
                        (lines, self.bits) = (false, whole.clone());
                    }
                }
            }
            let end = self.group3_row();
            if matches!(end, End::Stream | End::TooManyRuns) {
                return (Some(done), end);
            }
            line_ended = end == End::Line;
            if let Err(end) = self.row.paint(bytes) {
                return (Some(done), end);
            }
            if self.two_dimensions {
                // A list that is full has no room for the end of the row, and does without.
                let _ = self.row.close();
                std::mem::swap(&mut self.row, &mut self.before);
            }
        }
        (None, End::Row)
    }

    fn group3_row(&mut self) -> End {
        if !self.two_dimensions {
            return self.row.read_runs(&mut self.bits);
        }
        let Ok(tag) = self.bits.peek(1) else { return End::Stream };
        self.bits.take(1);
        match tag {
            0 => self.row.read_changes(&mut self.bits, &self.before),
            _ => self.row.read_runs(&mut self.bits),
        }
    }

    /// Passes the next end-of-line code, whose zeros are taken already where `ended`. `None` where its 1 is missing.
    fn pass_line(&mut self, ended: bool) -> Option<End> {
        let zeros = if ended { Ok(()) } else { self.find_zeros() };
        if zeros == Err(Ended) {
            return Some(End::Stream);
        }
        while self.bits.peek(8).ok()? == 0 {
            self.bits.take(8);
        }
        while self.bits.peek(1).ok()? == 0 {
            self.bits.take(1);
        }
        self.bits.take(1);
        Some(End::Line)
    }

    /// Passes everything before eleven zeros.
    fn find_zeros(&mut self) -> std::result::Result<(), Ended> {
        while self.bits.peek(11)? != 0 {
            self.bits.take(1);
        }
        Ok(())
    }

    /// Rows of changes. Those that a stream ends before are white, if it gives any row at all.
    fn group4(mut self, rows: Rows<'_>) -> Done {
        for (done, bytes) in rows.enumerate() {
            let end = self.row.read_changes(&mut self.bits, &self.before);
            if end == End::TooManyRuns {
                return (Some(done), end);
            }
            if let Err(end) = self.row.paint(bytes) {
                return (Some(done), end);
            }
            if end != End::Row {
                damaged();
                return if done == 0 { (Some(0), end) } else { (None, End::Row) };
            }
            if let Err(end) = self.row.close() {
                return (Some(done), end);
            }
            std::mem::swap(&mut self.row, &mut self.before);
        }
        (None, End::Row)
    }
}
