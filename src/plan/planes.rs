//! Colours that it takes all planes of an image to make: the planes are read as they are stored, put together pixel by pixel, and
//! decoded once more, as an uncompressed image in one strip.

use super::blocks::{Cut, PlannedBlock, of_one_strip};
use crate::codec::Order;
use crate::error::Result;
use crate::limits::Limits;
use crate::pixel::CodecSettings;
use crate::pyramid::best_level::FloatWindow;
use crate::tiff::Image;
use crate::tiff::image::Planar;

/// How many planes the colours of the image's pixels are made of; 0 where its bands can be read one by one.
pub fn of(image: &Image) -> u32 {
    if image.is_of_planes() { image.samples } else { 0 }
}

/// What is read of the file for that cut: itself, or, where there are any, all planes, pixel by pixel.
pub fn stored<'a>(cut: &Cut<'a>, planes: &'a [u32]) -> Cut<'a> {
    if planes.is_empty() { Cut { ..*cut } } else { Cut { bands: planes, layout: Order::Pixel, ..*cut } }
}

/// The blocks that the planes are cut into, and what becomes of each: the bands of that cut.
///
/// # Errors
/// `limit` for more blocks than a plan may have.
pub fn colours(cut: &Cut<'_>, limits: &Limits) -> Result<Vec<PlannedBlock>> {
    let Cut { width, height, .. } = *cut;
    let image = Image {
        width,
        height,
        block_width: width,
        block_height: height,
        compression: 1,
        planar: Planar::Contiguous,
        tiled: false,
        turned: [false; 2],
        settings: CodecSettings { colours: cut.image.colours, ..CodecSettings::default() },
        ..cut.image.clone()
    };
    let source = FloatWindow { x: 0.0, y: 0.0, width: width.into(), height: height.into() };
    of_one_strip(&Cut { image: &image, source, ..*cut }, limits)
}
