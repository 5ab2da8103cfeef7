//! NeXT (32766): rows of 2-bit greys, stored whole, in part, or in runs. What is not stored is white.

use super::output::corrupt;
use crate::error::{Error, Result};
use crate::pixel::BlockLayout;

/// The whole row follows.
const WHOLE: u8 = 0x00;
/// A part of the row follows, behind its place and length.
const PART: u8 = 0x40;

/// Fills `block` with the rows of `stored`. As in libtiff, rows that it ends before are white.
///
/// # Errors
/// `unsupported` for samples of other than 2 bits, or several in a pixel; `malformed` for a row that ends early.
pub(super) fn decode(layout: &BlockLayout, stored: &[u8], block: &mut [u8]) -> Result<usize> {
    one_sample(layout, "NeXT", 2)?;
    block.fill(0xFF);
    let (length, width) = (block.len(), layout.width as usize);
    let mut rest = stored;
    for (done, row) in block.chunks_exact_mut(width.div_ceil(4)).enumerate() {
        let Some((kind, after)) = rest.split_first() else { break };
        let bytes = row.len();
        let ended = match *kind {
            WHOLE => whole(after, row),
            PART => part(after, row),
            _ => runs(rest, row, width),
        };
        rest = ended.ok_or_else(|| corrupt("next", "a row ends early", done * bytes, length))?;
    }
    Ok(length)
}

/// Old compressions of one sample in a pixel.
///
/// # Errors
/// `unsupported` for others, naming the tag.
pub(super) fn one_sample(layout: &BlockLayout, name: &str, bits: u16) -> Result<()> {
    let refused = |what: &str, tag: u16, found: u32, expected: u16| {
        let message = format!("{name} compression with {what} {found}, {expected} expected");
        Err(Error::unsupported(message).with_value(tag, found))
    };
    match (layout.bits, layout.samples) {
        (found, _) if found != bits => refused("BitsPerSample", 258, found.into(), bits),
        (_, 1) => Ok(()),
        (_, samples) => refused("SamplesPerPixel", 277, samples, 1),
    }
}

fn whole<'a>(rest: &'a [u8], row: &mut [u8]) -> Option<&'a [u8]> {
    let (bytes, rest) = rest.split_at_checked(row.len())?;
    row.copy_from_slice(bytes);
    Some(rest)
}

fn part<'a>(rest: &'a [u8], row: &mut [u8]) -> Option<&'a [u8]> {
    let ([a, b, c, d], rest) = rest.split_first_chunk()?;
    let (place, length) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
    let (bytes, rest) = rest.split_at_checked(length.into())?;
    row.get_mut(place.into()..)?.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(rest)
}

/// Greys of two bits, each with the length of its run, until the row is full.
fn runs<'a>(mut rest: &'a [u8], row: &mut [u8], width: usize) -> Option<&'a [u8]> {
    row.fill(0);
    let mut at = 0;
    while at < width {
        let (run, after) = rest.split_first()?;
        let end = width.min(at + usize::from(run & 0x3F));
        for pixel in at..end {
            *row.get_mut(pixel / 4)? |= (run >> 6) << (6 - pixel % 4 * 2);
        }
        (at, rest) = (end, after);
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::pixel::{ByteOrder, CodecSettings, SampleFormat};

    fn layout(width: u32, height: u32) -> BlockLayout {
        BlockLayout {
            compression: 32766,
            predictor: 1,
            byte_order: ByteOrder::Big,
            width,
            height,
            samples: 1,
            bits: 2,
            format: SampleFormat::Unsigned,
            settings: CodecSettings::default(),
        }
    }

    fn rows(width: u32, height: u32, stored: &[u8]) -> Result<Vec<u8>> {
        let layout = layout(width, height);
        let mut block = vec![0; layout.stored_bytes().unwrap() as usize];
        assert_eq!(decode(&layout, stored, &mut block)?, block.len());
        Ok(block)
    }

    #[test]
    fn every_kind_of_row() {
        let stored = [&[WHOLE, 1, 2, 3][..], &[PART, 0, 1, 0, 1, 9], &[0x83, 0x45, 0xC9]].concat();
        assert_eq!(
            rows(9, 3, &stored).unwrap(),
            [1, 2, 3, 0xFF, 9, 0xFF, 0b1010_1001, 0b0101_0101, 0b1100_0000]
        );
    }

    #[test]
    fn missing_rows_are_white() {
        assert_eq!(rows(4, 3, &[WHOLE, 7]).unwrap(), [7, 0xFF, 0xFF]);
        assert_eq!(rows(4, 1, &[]).unwrap(), [0xFF]);
    }

    #[test]
    fn rows_that_end_early_are_refused() {
        for stored in [
            &[WHOLE, 1][..],
            &[PART, 0, 0, 0],
            &[PART, 0, 0, 0, 2, 1],
            &[PART, 0, 2, 0, 1, 1],
            &[0x81],
            &[0x81, 0xC0],
        ] {
            assert_eq!(rows(8, 1, stored).unwrap_err().code(), Code::Malformed, "{stored:?}");
        }
    }

    #[test]
    fn other_samples_are_refused() {
        let refused = |layout: &BlockLayout| decode(layout, &[0; 9], &mut [0; 99]).unwrap_err().detail().tag;
        assert_eq!(refused(&BlockLayout { bits: 4, ..layout(9, 1) }), Some(258));
        assert_eq!(refused(&BlockLayout { samples: 2, ..layout(9, 1) }), Some(277));
    }
}
