//! LERC (34887): one blob for each block, itself deflated or in Zstandard where LercParameters says so.
//!
//! Pixels that the blob's mask leaves out are NaN in floating-point samples, as libtiff hands them out, and 0 in integers. A blob
//! of bytes that has one sample less than the pixels has the last one, alpha, in its mask.

use lerc::bitmask::BitMask;
use lerc::{DecodeResult, LercInfo, Sample};

use super::compression::{Support, readable};
use super::{byte_order, output};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::{BlockLayout, ByteOrder, SampleFormat};

/// LercParameters (50674)
const LERC_PARAMETERS: u16 = 50674;

/// The block's samples.
///
/// # Errors
/// `malformed` for a blob that is damaged, or of another shape or type than the block; `unsupported` for sample types that LERC
/// does not have, and for a compression around the blob that this build does not read.
pub(super) fn decode(layout: &BlockLayout, stored: &[u8], _limits: &Limits) -> Result<Vec<u8>> {
    let unwrapped;
    let blob = match layout.settings.lerc[1] {
        0 => stored,
        1 => {
            unwrapped = unwrap(layout, stored, 8)?;
            &unwrapped
        }
        2 => {
            unwrapped = unwrap(layout, stored, 50000)?;
            &unwrapped
        }
        other => {
            let message =
                format!("LercParameters names compression {other} around the blobs, expected 0, 1 or 2");
            return Err(Error::unsupported(message).with_value(LERC_PARAMETERS, other));
        }
    };
    let shape = Shape::of(layout, &lerc::decode_info(blob).map_err(damaged)?)?;
    use SampleFormat::{Float, Signed, Unsigned};
    let mut bytes = match (layout.format, layout.bits) {
        (Unsigned, 8) => samples::<u8>(blob, &shape),
        (Signed, 8) => samples::<i8>(blob, &shape),
        (Unsigned, 16) => samples::<u16>(blob, &shape),
        (Signed, 16) => samples::<i16>(blob, &shape),
        (Unsigned, 32) => samples::<u32>(blob, &shape),
        (Signed, 32) => samples::<i32>(blob, &shape),
        (Float, 32) => samples::<f32>(blob, &shape),
        (Float, 64) => samples::<f64>(blob, &shape),
        (format, bits) => {
            let message = format!("BitsPerSample {bits} of {format:?} samples does not exist in lerc");
            return Err(Error::unsupported(message).with_value(258, bits));
        }
    }?;
    // A blob has a byte order of its own; libtiff swaps what comes out of it all the same, as it did before it wrote the blob.
    if layout.byte_order == ByteOrder::Big {
        byte_order::swap(layout.bits, &mut bytes);
    }
    Ok(bytes)
}

/// The blob out of another compression. Its size is not known beforehand; libtiff allows for as much.
fn unwrap(layout: &BlockLayout, stored: &[u8], compression: u16) -> Result<Vec<u8>> {
    let compression = readable(compression)?;
    let Support::Bytes(decode) = compression.support else {
        let message = format!("lerc data in {} is not read by this module", compression.name);
        return Err(Error::unsupported(message).with_value(LERC_PARAMETERS, compression.number));
    };
    let plain = layout.stored_bytes().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
    let mut blob = output::zeroed(plain.saturating_add(plain / 3).saturating_add(256))?;
    let found = decode(stored, &mut blob)?;
    blob.truncate(found);
    Ok(blob)
}

/// How the blob's values become the block's samples.
struct Shape {
    pixels: usize,
    /// Samples of a pixel.
    samples: usize,
    /// Values that the blob has for a pixel, together.
    depth: usize,
    /// Whether they lie band after band.
    bands: bool,
    /// Whether the last sample is in the mask.
    alpha: bool,
}

impl Shape {
    /// # Errors
    /// `malformed` for a blob that is not one of the block.
    fn of(layout: &BlockLayout, info: &LercInfo) -> Result<Self> {
        if (info.width, info.height) != (layout.width, layout.height) {
            let message = format!(
                "the block's lerc blob has {} x {} pixels, expected {} x {}",
                info.width, info.height, layout.width, layout.height
            );
            return Err(Error::malformed(message));
        }
        let values = info.depth.checked_mul(info.bands).filter(|_| info.depth == 1 || info.bands == 1);
        let bytes = (layout.format, layout.bits) == (SampleFormat::Unsigned, 8);
        let alpha = bytes && info.bands == 1 && u64::from(info.depth) + 1 == u64::from(layout.samples);
        if values != Some(layout.samples) && !alpha {
            let message = format!(
                "the block's lerc blob has {} bands of {} values, expected {} samples",
                info.bands, info.depth, layout.samples
            );
            return Err(Error::malformed(message));
        }
        Ok(Self {
            pixels: layout.width as usize * layout.height as usize,
            samples: layout.samples as usize,
            depth: values.unwrap_or(info.depth) as usize,
            bands: info.bands > 1,
            alpha,
        })
    }
}

/// What the samples of a type are where the mask leaves them out, and as bytes.
trait Element: Sample {
    /// Of a pixel that the mask leaves out.
    const MISSING: Self;
    /// Of alpha where the mask has the pixel.
    const OPAQUE: Self;

    fn append(self, bytes: &mut Vec<u8>);
}

macro_rules! element {
    ($($kind:ty: $missing:expr, $opaque:expr;)*) => {$(
        impl Element for $kind {
            const MISSING: Self = $missing;
            const OPAQUE: Self = $opaque;

            #[inline(always)]
            fn append(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_ne_bytes());
            }
        }
    )*};
}

element! {
    u8: 0, 255;
    i8: 0, 0;
    u16: 0, 0;
    i16: 0, 0;
    u32: 0, 0;
    i32: 0, 0;
    f32: f32::NAN, 0.0;
    f64: f64::NAN, 0.0;
}

/// Decodes a blob of that type.
fn samples<T: Element>(blob: &[u8], shape: &Shape) -> Result<Vec<u8>> {
    let length = shape.pixels * shape.depth;
    let mut values: Vec<T> = output::reserved(length)?;
    values.resize(length, T::default());
    let masks = if blob.starts_with(b"CntZImage ") {
        let image = lerc::decode(blob).map_err(damaged)?;
        let Some(found) = image.as_typed::<T>().filter(|found| found.len() == length) else {
            return Err(Error::malformed("the block's lerc blob has samples of another type"));
        };
        values.copy_from_slice(found);
        image.valid_masks
    } else {
        let DecodeResult { valid_masks, .. } = lerc::decode_into(blob, &mut values).map_err(damaged)?;
        valid_masks
    };
    let mut bytes = output::reserved(shape.pixels * shape.samples * size_of::<T>())?;
    let is_there = |band: usize, pixel: usize| {
        let mask: Option<&BitMask> = masks.get(band).or_else(|| masks.first());
        mask.is_none_or(|mask| mask.is_valid(pixel))
    };
    if masks.iter().all(BitMask::is_all_valid) && !shape.bands && !shape.alpha {
        values.into_iter().for_each(|value| value.append(&mut bytes));
    } else if shape.bands {
        for pixel in 0..shape.pixels {
            for (band, values) in values.chunks_exact(shape.pixels).enumerate() {
                let value = values.get(pixel).copied().filter(|_| is_there(band, pixel));
                value.unwrap_or(T::MISSING).append(&mut bytes);
            }
        }
    } else {
        for (pixel, values) in values.chunks_exact(shape.depth).enumerate() {
            let there = is_there(0, pixel);
            values.iter().for_each(|value| (if there { *value } else { T::MISSING }).append(&mut bytes));
            if shape.alpha {
                (if there { T::OPAQUE } else { T::MISSING }).append(&mut bytes);
            }
        }
    }
    Ok(bytes)
}

fn damaged(error: lerc::LercError) -> Error {
    Error::malformed(format!("the block's lerc data cannot be used: {error}"))
}
