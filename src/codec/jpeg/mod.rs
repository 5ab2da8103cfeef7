//! JPEG (7): baseline, extended and progressive Huffman streams of 8 and 12 bits, sample for sample as libjpeg-turbo
//! decodes them: its accurate inverse transform, its smooth enlargement of subsampled components, its colours.
//!
//! As in libjpeg, damaged entropy-coded data is no error: a code that does not exist counts as zero, a stream that
//! ends too early leaves grey. A header that contradicts itself, or the block, is one.

mod assemble;
mod bits;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod colours_simd;
mod components;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod eight;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[path = "eight_simd.rs"]
mod eight;
mod enlarge;
mod frame;
mod huffman;
pub(super) mod old;
mod progressive;
mod scan;
mod sequential;
mod stream;
mod tables;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
mod transform;

use self::assemble::{Colours, Element, Shape};
use self::frame::Frame;
use self::stream::{Next, Stream};
use self::tables::Tables;
use super::forgiven::forgive;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::{BlockLayout, CodecSettings};

/// JPEGTables (347)
const JPEG_TABLES: u16 = 347;
/// YCbCrSubSampling (530)
const SUBSAMPLING: u16 = 530;
/// More scans than any sound stream has, and libtiff's bound: each may cost a pass over all of the block.
const MOST_SCANS: u32 = 100;

/// The block's samples.
///
/// # Errors
/// `malformed` for a header that contradicts itself, or the shape of the block as libtiff compares them; `unsupported`
/// for the processes that libtiff does not read either, named; `limit` for more memory or scans than a block may cost.
pub(super) fn decode(layout: &BlockLayout, stored: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut tables = Tables::default();
    if !layout.settings.jpeg_tables.is_empty() {
        read_tables(&layout.settings.jpeg_tables, &mut tables)?;
    }
    let mut stream = Stream::new(stored)?;
    let mut frame = match stream.next(&mut tables, None)? {
        Next::Frame(frame) => frame,
        _ => return Err(malformed("there is no frame in it")),
    };
    check(layout, &frame)?;
    match frame.precision {
        8 => samples::<u8>(layout, &mut stream, &mut tables, &mut frame, limits),
        _ => samples::<u16>(layout, &mut stream, &mut tables, &mut frame, limits),
    }
}

/// Takes over the tables that an image's blocks share.
fn read_tables(stored: &[u8], tables: &mut Tables) -> Result<()> {
    let about = |error: Error| error.with_tag(JPEG_TABLES);
    match Stream::new(stored).and_then(|mut stream| stream.next(tables, None)).map_err(about)? {
        Next::End => Ok(()),
        _ => Err(about(malformed("JPEGTables holds more than tables"))),
    }
}

/// Whether the stream is one for that block, as libtiff sees it: its pixels may be fewer, never more, but for the rows
/// of a last strip.
fn check(layout: &BlockLayout, frame: &Frame) -> Result<()> {
    check_plane(layout)?;
    if frame.progressive {
        forgive("its jpeg data is progressive, which TIFF does not allow for");
    }
    let (width, height) = (u32::from(frame.width), u32::from(frame.height));
    let taller = height > layout.height && !(layout.settings.cut_rows && width == layout.width);
    if width > layout.width || taller {
        let message =
            format!("it has {width} x {height} pixels, the block {} x {}", layout.width, layout.height);
        return Err(malformed(&message));
    }
    if (width, height) != (layout.width, layout.height) {
        forgive("its jpeg data has other dimensions than the block; pixels that are missing are 0");
    }
    let count = frame.components.len();
    if count as u64 != u64::from(layout.samples) {
        return Err(malformed(&format!("it has {count} components, the block {} samples", layout.samples)));
    }
    check_bits(layout, frame)?;
    let ycbcr = layout.settings.photometric == 6 && count == 3;
    // Only luminance may be finer than the rest, and only in YCbCr.
    let fine =
        frame.components.iter().skip(usize::from(ycbcr)).find(|part| (part.across, part.down) != (1, 1));
    match fine {
        Some(part) => {
            let message = format!("a component is sampled {} x {}, expected 1 x 1", part.across, part.down);
            Err(malformed(&message))
        }
        None => Ok(()),
    }
}

/// A plane of differences is of fewer pixels than the image where these are subsampled: libtiff refuses larger ones, and leaves most of
/// the image unwritten for those that fit.
fn check_plane(layout: &BlockLayout) -> Result<()> {
    let CodecSettings { photometric, subsampling, .. } = layout.settings;
    if (photometric, layout.samples) == (6, 1) && subsampling != [1, 1] {
        let message = "subsampled YCbCr in separate planes of JPEG data is not supported";
        return Err(Error::unsupported(message).with_tag(SUBSAMPLING));
    }
    Ok(())
}

fn check_bits(layout: &BlockLayout, frame: &Frame) -> Result<()> {
    let (found, expected) = (frame.precision, layout.bits);
    if u16::from(found) == expected {
        return Ok(());
    }
    Err(malformed(&format!("its samples have {found} bits, BitsPerSample is {expected}")))
}

/// Decodes all scans, and puts the components together.
fn samples<T: Element>(
    layout: &BlockLayout,
    stream: &mut Stream<'_>,
    tables: &mut Tables,
    frame: &mut Frame,
    limits: &Limits,
) -> Result<Vec<u8>> {
    let planes = components::decode::<T>(stream, tables, frame, limits)?;
    let colours = match layout.settings.photometric {
        6 if frame.components.len() == 3 => Colours::YCbCr,
        _ => Colours::Stored,
    };
    let shape = Shape { width: layout.width, height: layout.height, samples: layout.samples };
    assemble::pixels(frame, &planes, shape, colours)
}

/// Remembers that the data is not as it should be: samples may be wrong.
#[cold]
#[inline(never)]
fn damaged() {
    forgive("its jpeg data is damaged, and read as far as it goes");
}

fn malformed(why: &str) -> Error {
    Error::malformed(format!("the block's jpeg data cannot be used: {why}"))
}

fn unsupported(what: &str) -> Error {
    Error::unsupported(format!("the block's jpeg data is {what}, which is not supported")).with_value(259, 7)
}
