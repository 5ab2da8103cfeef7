//! LERC (34887): one blob for each block, or one for each of its samples, itself deflated or in Zstandard where LercParameters
//! says so.
//!
//! Pixels that a blob's mask leaves out are NaN in floating-point samples, as libtiff hands them out; of integers there may be none. A blob
//! of bytes that has one sample less than the pixels has the last one in its mask, where that is alpha.

mod blob;
mod checksum;
mod first;
mod huffman;
mod kind;
mod mask;
mod place;
mod planes;
mod reader;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod scalars;
mod scale;
mod stuffed;
#[cfg(test)]
mod tests;
mod tiles;
mod unpack;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vectors;

use self::kind::Kind;
use self::mask::Mask;
use self::place::Place;
use self::reader::{Outcome, Reader};
use super::compression::Decode;
use super::forgiven::forgive;
use super::{byte_order, deflate, output, zstd};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::{BlockLayout, ByteOrder};

/// LercParameters (50674)
const LERC_PARAMETERS: u16 = 50674;

/// The block's samples.
///
/// # Errors
/// `malformed` for a blob that is damaged, or of another shape or type than the block; `unsupported` for sample types that LERC
/// does not have, and for a compression around the blob that nobody has named.
pub(super) fn decode(layout: &BlockLayout, stored: &[u8], _limits: &Limits) -> Result<Vec<u8>> {
    let block = read(layout, stored)?;
    // What has no value is NaN, and there is no such integer.
    if block.has_holes && !matches!(block.kind, Kind::F32 | Kind::F64) {
        return Err(damaged("its mask leaves out integers"));
    }
    Ok(block.samples)
}

/// The block, be there pixels without a value.
fn read<'l>(layout: &'l BlockLayout, stored: &[u8]) -> Result<Block<'l>> {
    let unwrapped;
    let blobs = match layout.settings.lerc[1] {
        0 => stored,
        1 => {
            unwrapped = unwrap(layout, stored, deflate::decode_whole, None)?;
            &unwrapped
        }
        2 => {
            unwrapped = unwrap(layout, stored, zstd::decode, zstd::content_size(stored))?;
            // libzstd is given all at once here, and refuses what is left over.
            if !zstd::is_all_frames(stored) {
                let message = "the zstd data around the block's lerc blobs does not end where its bytes do";
                return Err(Error::malformed(message));
            }
            &unwrapped
        }
        other => {
            let message =
                format!("LercParameters names compression {other} around the blobs, expected 0, 1 or 2");
            return Err(Error::unsupported(message).with_value(LERC_PARAMETERS, other));
        }
    };
    let Some(kind) = Kind::of(layout.format, layout.bits) else {
        let message =
            format!("BitsPerSample {} of {:?} samples does not exist in lerc", layout.bits, layout.format);
        return Err(Error::unsupported(message).with_value(258, layout.bits));
    };
    let mut block = Block::new(layout, kind)?;
    if blobs.starts_with(first::MAGIC) { block.read_first(blobs) } else { block.read(blobs) }?;
    // A blob has a byte order of its own; libtiff swaps what comes out of it all the same, as it did before it wrote the blob.
    if layout.byte_order == ByteOrder::Big {
        byte_order::swap(layout.bits, &mut block.samples);
    }
    Ok(block)
}

/// The blobs out of another compression, which may say how long they are.
fn unwrap(layout: &BlockLayout, stored: &[u8], decode: Decode, said: Option<u64>) -> Result<Vec<u8>> {
    // What libtiff allows for; where it is known that there is less, zeros need not be written first.
    let plain = layout.stored_bytes().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
    let most = plain.saturating_add(plain / 3).saturating_add(256);
    let said = said.and_then(|said| usize::try_from(said).ok());
    let mut blobs = output::zeroed(said.map_or(most, |said| said.min(most)))?;
    let found = decode(stored, &mut blobs)?;
    blobs.truncate(found);
    Ok(blobs)
}

/// What comes of the blobs.
struct Block<'l> {
    layout: &'l BlockLayout,
    kind: Kind,
    samples: Vec<u8>,
    /// Whether a mask leaves out pixels.
    has_holes: bool,
}

impl<'l> Block<'l> {
    fn new(layout: &'l BlockLayout, kind: Kind) -> Result<Self> {
        let bytes = layout.stored_bytes().and_then(|bytes| usize::try_from(bytes).ok());
        Ok(Self { layout, kind, samples: output::zeroed(bytes.unwrap_or(usize::MAX))?, has_holes: false })
    }

    /// The place of `depth` values of each pixel from `first` on.
    fn place(&mut self, first: usize, depth: usize) -> Place<'_> {
        Place {
            block: &mut self.samples,
            kind: self.kind,
            width: self.layout.width as usize,
            height: self.layout.height as usize,
            stride: self.layout.samples as usize,
            first,
            depth,
        }
    }

    /// Reads LERC 2: one blob, or one for each sample.
    fn read(&mut self, mut blobs: &[u8]) -> Result<()> {
        let samples = self.layout.samples as usize;
        let (mut done, mut mask) = (0, None);
        while done < samples {
            let mut reader = Reader::new(blobs);
            let header = blob::Header::read(&mut reader).map_err(damaged)?;
            self.check_size(header.width, header.height)?;
            self.compare_version(header.version);
            if header.kind != self.kind {
                let message =
                    format!("the block's lerc blob has {:?}, expected {:?}", header.kind, self.kind);
                return Err(Error::malformed(message));
            }
            let alone = done == 0 && header.size == blobs.len();
            let may_be_alpha = self.layout.settings.option == 1 && self.kind == Kind::U8;
            let alpha = alone && may_be_alpha && header.depth + 1 == samples;
            if header.depth != 1 && (done, header.depth) != (0, samples) && !alpha {
                return Err(self.other_shape(done, header.depth));
            }
            let mut place = self.place(done, header.depth);
            let (found, after) = blob::read(blobs, &header, reader, mask, &mut place).map_err(damaged)?;
            done += header.depth;
            if alpha {
                return self.write_alpha(&found).map_err(damaged);
            }
            self.has_holes |= !found.is_full();
            if after.is_empty() && done < samples {
                return Err(self.other_shape(done, header.depth));
            }
            (blobs, mask) = (after, Some(found));
        }
        check_end(blobs)
    }

    /// Reads LERC 1: one blob for each sample.
    #[inline(never)]
    fn read_first(&mut self, blobs: &[u8]) -> Result<()> {
        let (mut reader, mut mask) = (Reader::new(blobs), None);
        if self.kind != Kind::F32 {
            return Err(Error::malformed(format!("the block's lerc blob has F32, expected {:?}", self.kind)));
        }
        for sample in 0..self.layout.samples as usize {
            if reader.rest().is_empty() {
                return Err(self.other_shape(sample, 1));
            }
            let header = first::Header::read(&mut reader).map_err(damaged)?;
            self.check_size(header.width, header.height)?;
            let mut place = self.place(sample, 1);
            mask = Some(first::read(&mut reader, &header, mask, &mut place).map_err(damaged)?);
        }
        check_end(reader.rest())
    }

    fn check_size(&self, width: usize, height: usize) -> Result<()> {
        let expected = (self.layout.width, self.layout.height);
        if (width, height) == (expected.0 as usize, expected.1 as usize) {
            return Ok(());
        }
        let message = format!(
            "the block's lerc blob has {width} x {height} pixels, expected {} x {}",
            expected.0, expected.1
        );
        Err(Error::malformed(message))
    }

    /// Remembers a blob of another version than LercParameters says; without the tag it is 4, for libtiff.
    fn compare_version(&self, found: u32) {
        let [said, _] = self.layout.settings.lerc;
        if found != if said == 0 { 4 } else { said } {
            forgive("its lerc blob is of another version than LercParameters says");
        }
    }

    /// The error of blobs that have not as many values as the pixels.
    fn other_shape(&self, before: usize, depth: usize) -> Error {
        let samples = self.layout.samples;
        Error::malformed(format!(
            "the block's lerc blob has {depth} values of each pixel after {before}, expected {samples} samples"
        ))
    }

    /// Makes the last sample of the mask.
    #[inline(never)]
    fn write_alpha(&mut self, mask: &Mask) -> Outcome<()> {
        let mut place = self.place(self.layout.samples as usize - 1, 1);
        for pixel in 0..place.pixels() {
            place.values(pixel, 0, 1)?.fill(if mask.has(pixel) { 255 } else { 0 });
        }
        Ok(())
    }
}

fn check_end(after: &[u8]) -> Result<()> {
    match after.len() {
        0 => Ok(()),
        bytes => Err(Error::malformed(format!("{bytes} bytes follow the block's lerc data, expected none"))),
    }
}

fn damaged(why: &str) -> Error {
    Error::malformed(format!("the block's lerc data cannot be used: {why}"))
}
