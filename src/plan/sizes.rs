//! How the sizes of blocks are known: from the table of byte counts, or, in a Cloud Optimized GeoTIFF, from the blocks' leaders.

use super::blocks::Cut;
use crate::codec::Frame;
use crate::codec::frame::Unfit;
use crate::error::{Answer, FileId};
use crate::pyramid::{Dataset, Level};
use crate::tiff::image::{Image, Planar};
use crate::tiff::leaders::{Leaders, or_else};
use crate::tiff::table::StoredBlock;
use crate::tiff::values::Values;

/// Where the sizes of an image's blocks stand.
#[derive(Clone, Copy, Debug)]
pub enum Sizes<'a> {
    /// In its byte counts.
    Table,
    /// In front of each block.
    Leaders {
        /// Whether trailers follow the blocks.
        trailer: bool,
    },
    /// In front of each block, which lies behind the block of the same number of another image.
    Behind {
        /// The pixels that the image is the mask of; `None` where they are not read along.
        pixels: Option<&'a Image>,
        /// Whether trailers follow the blocks.
        trailer: bool,
    },
}

/// A block, and the frame in which it lies.
pub type Stored = (StoredBlock, Option<Frame>);

impl<'a> Sizes<'a> {
    /// Those of an image of pixels, or of a mask that has blocks of its own.
    ///
    /// # Errors
    /// Those of the file's header.
    pub fn of(dataset: &Dataset, file: FileId, image: &Image) -> Answer<Self> {
        let area = dataset.file(file)?.ghost_area()?;
        // As in GDAL, where each block has all bands.
        let kept = dataset.options.unfit != Some(Unfit::Leaders);
        let usable = area.has_leaders() && image.planar == Planar::Contiguous && kept;
        Ok(if usable { Self::Leaders { trailer: area.trailers } } else { Self::Table })
    }

    /// Those of a mask image, read along with the pixels of `cut`.
    ///
    /// # Errors
    /// Those of the file's header.
    pub fn of_mask(dataset: &Dataset, mask: &Level, cut: &Cut<'a>) -> Answer<Self> {
        let own = Self::of(dataset, mask.file, &mask.image)?;
        let Self::Leaders { trailer } = own else { return Ok(own) };
        if !dataset.file(mask.file)?.ghost_area()?.masks_interleaved {
            return Ok(own);
        }
        let kept = dataset.options.unfit.is_none();
        let together = kept && mask.file == cut.file && have_equal_blocks(&mask.image, cut.image);
        Ok(Self::Behind { pixels: Some(cut.image).filter(|_| together), trailer })
    }

    /// Where each of those blocks of `image` lies, in their order.
    ///
    /// # Errors
    /// As [`crate::tiff::table::BlockTable::lookup`].
    pub fn lookup(&self, values: &Values<'_>, image: &Image, blocks: &[u64]) -> Answer<Vec<Stored>> {
        match self {
            Self::Table => Ok(framed(image.table.lookup(values, blocks)?, None)),
            // The size of an uncompressed block follows from its layout.
            Self::Leaders { .. } if image.compression == 1 => {
                let mut stored = Vec::with_capacity(blocks.len());
                for offset in image.table.offsets(values, blocks)? {
                    stored.push(if offset == 0 { StoredBlock::Sparse } else { StoredBlock::From(offset) });
                }
                Ok(framed(stored, None))
            }
            Self::Leaders { trailer } => {
                let frame = Frame { skip: 0, trailer: *trailer };
                Ok(framed(leaders(image, *trailer).lookup(values, blocks)?, Some(frame)))
            }
            Self::Behind { pixels, trailer } => {
                let bounded =
                    pixels.map(|pixels| leaders(pixels, *trailer).bounded(values, blocks)).transpose()?;
                behind(values, leaders(image, *trailer), bounded.unwrap_or_default(), blocks)
            }
        }
    }
}

/// Those that lie in frames, in that frame.
fn framed(blocks: Vec<StoredBlock>, frame: Option<Frame>) -> Vec<Stored> {
    let mut framed = Vec::with_capacity(blocks.len());
    for stored in blocks {
        framed.push((stored, frame.filter(|_| matches!(stored, StoredBlock::Framed(_)))));
    }
    framed
}

/// The mask's blocks behind those of the pixels; where there are none of those, the mask's own table knows. What follows a mask's block
/// up to the mask's next one is a block of pixels: the mask's own offsets bound nothing.
fn behind(
    values: &Values<'_>,
    mask: Leaders<'_>,
    mut pixels: Vec<Option<StoredBlock>>,
    blocks: &[u64],
) -> Answer<Vec<Stored>> {
    pixels.resize(blocks.len(), None);
    let mut skips = Vec::with_capacity(blocks.len());
    for stored in &mut pixels {
        *stored = stored.filter(|stored| matches!(stored, StoredBlock::Framed(_)));
        skips.push(u32::from(stored.is_some()));
    }
    let found = or_else(blocks, pixels, |rest| mask.counted(values, rest))?;
    let mut all = framed(found, Some(Frame { skip: 0, trailer: mask.trailer }));
    for ((_, frame), skip) in all.iter_mut().zip(skips) {
        if let Some(frame) = frame {
            frame.skip = skip;
        }
    }
    Ok(all)
}

/// Bytes of leaders, trailers and what a codec may add to a block that it cannot compress.
const SLACK: u64 = 4096;

/// A block is at most half as large again as its pixels, and an image's mask may lie behind it.
fn leaders(image: &Image, trailer: bool) -> Leaders<'_> {
    let pixels = u64::from(image.block_width).saturating_mul(image.block_height.into());
    let stored = image.layout(image.block_height).stored_bytes().unwrap_or(u64::MAX);
    let most = stored.saturating_add(stored / 2).saturating_add(pixels).saturating_add(SLACK);
    Leaders { table: &image.table, trailer, most }
}

fn have_equal_blocks(one: &Image, other: &Image) -> bool {
    let shape = |image: &Image| {
        (image.width, image.height, image.block_width, image.block_height, image.tiled, image.planar)
    };
    shape(one) == shape(other)
}
