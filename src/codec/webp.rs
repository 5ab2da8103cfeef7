//! WebP (50001): lossy and lossless, three samples or four.

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};

use super::output;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::BlockLayout;

/// The block's samples. Where the pixels have four and the stream only three, as libwebp writes opaque ones, alpha is 255.
///
/// # Errors
/// `malformed` for a stream that is damaged, or of another shape than the block; `unsupported` for moving pictures.
pub(super) fn decode(layout: &BlockLayout, stored: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut decoder = WebPDecoder::new(Cursor::new(stored)).map_err(damaged)?;
    let memory = usize::try_from(limits.block_bytes.saturating_mul(2)).unwrap_or(usize::MAX);
    decoder.set_memory_limit(memory);
    if decoder.is_animated() {
        let message = "the block's webp data is a moving picture, which is not supported";
        return Err(Error::unsupported(message).with_value(259, 50001));
    }
    let (width, height) = decoder.dimensions();
    if (width, height) != (layout.width, layout.height) {
        let message = format!(
            "the block's webp data has {width} x {height} pixels, expected {} x {}",
            layout.width, layout.height
        );
        return Err(Error::malformed(message));
    }
    let samples = if decoder.has_alpha() { 4 } else { 3 };
    let fits = layout.bits == 8 && (samples == layout.samples || (samples, layout.samples) == (3, 4));
    if !fits {
        let message = format!(
            "the block's webp data has {samples} samples of 8 bits, expected {} of {}",
            layout.samples, layout.bits
        );
        return Err(Error::malformed(message));
    }
    let pixels = width as usize * height as usize;
    let mut decoded = output::zeroed(pixels * samples as usize)?;
    decoder.read_image(&mut decoded).map_err(damaged)?;
    if samples == layout.samples {
        return Ok(decoded);
    }
    let mut opaque = output::zeroed(pixels * 4)?;
    for (pixel, colours) in opaque.as_chunks_mut::<4>().0.iter_mut().zip(decoded.as_chunks::<3>().0) {
        let [red, green, blue] = *colours;
        *pixel = [red, green, blue, 255];
    }
    Ok(opaque)
}

fn damaged(error: DecodingError) -> Error {
    Error::malformed(format!("the block's webp data cannot be used: {error}"))
}
