//! Which images GDAL hands out as red, green and blue although they are stored as something else: those of at most 8 bits
//! that libtiff's interface for RGBA pixels takes.

use std::ops::RangeInclusive;

use super::fields::Fields;
use super::ifd::Ifd;
use super::image::Planar;
use super::settings;
use super::tag::id;
use super::values::Values;
use crate::error::{Answer, Error, Result};
use crate::pixel::{Colours, SampleFormat};
use crate::text::listed;

/// The tags that [`read`] reads.
pub const TAGS: &[u16] =
    &[id::WHITE_POINT, id::INK_SET, id::YCBCR_COEFFICIENTS, id::YCBCR_SUBSAMPLING, id::REFERENCE_BLACK_WHITE];

/// What decides about an image's colours.
pub struct Stored {
    /// PhotometricInterpretation.
    pub photometric: u16,
    /// Compression.
    pub compression: u16,
    /// BitsPerSample.
    pub bits: u16,
    /// SampleFormat.
    pub format: SampleFormat,
    /// SamplesPerPixel.
    pub samples: u32,
    /// How many of them are extra.
    pub extra: usize,
    /// PlanarConfiguration.
    pub planar: Planar,
    /// Whether that tag says that samples are apart, be there a single one.
    pub apart: bool,
    /// Whether blocks are tiles.
    pub tiled: bool,
}

/// What becomes of the samples of such an image.
///
/// # Errors
/// `unsupported` for what GDAL would hand out as colours, and fails to: naming the tag that it fails for.
pub fn read(values: &Values<'_>, ifd: &Ifd, stored: &Stored) -> Answer<Colours> {
    let jpeg = stored.compression == 7;
    let of_bits = matches!(stored.bits, 1 | 2 | 4 | 8) && (stored.bits, stored.samples) != (1, 1);
    let in_view = of_bits && stored.format != SampleFormat::Float;
    match stored.photometric {
        5 if in_view && stored.samples >= 4 && ink_set(values, ifd)? == 1 => {
            stored.check("CMYK", if stored.planar == Planar::Separate { 4..=4 } else { 4..=u32::MAX })?;
            Ok(Colours::Cmyk)
        }
        // Tiles of other bits nobody makes colours of.
        6 if stored.tiled && !in_view && subsampling(values, ifd)? == [1, 1] => Ok(Colours::Stored),
        // libtiff's rows of units have no length then.
        6 if stored.samples != 3 && !stored.apart => {
            let message = format!("YCbCr of {} samples is not supported, expected 3", stored.samples);
            Err(Error::unsupported(message).with_value(id::SAMPLES_PER_PIXEL, stored.samples).into())
        }
        6 if in_view && !jpeg => {
            stored.check("YCbCr", 3..=3)?;
            // Old-style JPEG is handed on with every difference in its place.
            let old = stored.compression == 6;
            let factors = if old { [1, 1] } else { subsampling(values, ifd)? };
            if stored.planar == Planar::Separate && (old || factors != [1, 1]) {
                return Err(in_planes("subsampled YCbCr").into());
            }
            ycbcr(values, ifd, factors)
        }
        6 if !jpeg && !stored.apart && subsampling(values, ifd)? != [1, 1] => {
            let message = format!("subsampled YCbCr of {} bits is not supported", stored.bits);
            Err(Error::unsupported(message).with_value(id::BITS_PER_SAMPLE, stored.bits).into())
        }
        8 if stored.bits == 8 && stored.samples == 3 && stored.extra == 0 => {
            stored.check("CIE L*a*b*", 3..=3)?;
            if stored.planar == Planar::Separate {
                return Err(in_planes("CIE L*a*b*").into());
            }
            cie_lab(values, ifd)
        }
        // Its decoder makes grey or colours of 8 bits itself, of whatever the samples are said to have.
        32844 if in_view && (stored.compression, stored.samples) == (34676, 1) => Ok(Colours::Opaque),
        32845 if in_view && matches!(stored.compression, 34676 | 34677) && stored.is_plain(3) => {
            Ok(Colours::Opaque)
        }
        _ => Ok(Colours::Stored),
    }
}

impl Stored {
    /// Whether pixels are so many samples, one after another, and none is extra.
    fn is_plain(&self, samples: u32) -> bool {
        (self.samples, self.extra) == (samples, 0) && self.planar == Planar::Contiguous
    }

    fn check(&self, name: &str, samples: RangeInclusive<u32>) -> Result<()> {
        let refused = |tag: u16, value: u32, what: &str| {
            let message = format!("{name} {what} is not supported");
            Err(Error::unsupported(message).with_value(tag, value))
        };
        if self.bits != 8 {
            return refused(id::BITS_PER_SAMPLE, self.bits.into(), &format!("of {} bits", self.bits));
        }
        if !samples.contains(&self.samples) {
            return refused(id::SAMPLES_PER_PIXEL, self.samples, &format!("of {} samples", self.samples));
        }
        Ok(())
    }
}

fn in_planes(what: &str) -> Error {
    Error::unsupported(format!("{what} in separate planes is not supported"))
        .with_value(id::PLANAR_CONFIGURATION, 2)
}

fn ycbcr(values: &Values<'_>, ifd: &Ifd, factors: [u64; 2]) -> Answer<Colours> {
    let coefficients = floats(values, ifd, id::YCBCR_COEFFICIENTS)?.unwrap_or([0.299, 0.587, 0.114]);
    let reference = floats(values, ifd, id::REFERENCE_BLACK_WHITE)?;
    if coefficients[1] == 0.0 {
        let message = "YCbCrCoefficients has a 0 for green, by which it is divided";
        return Err(Error::malformed(message).with_tag(id::YCBCR_COEFFICIENTS).into());
    }
    // Those that libtiff makes pixels of.
    let known = matches!(factors, [4, 4] | [4, 2] | [4, 1] | [2, 2] | [2, 1] | [1, 2] | [1, 1]);
    if !known {
        let message = format!("YCbCr subsampled by {} is not supported", listed(factors));
        return Err(Error::unsupported(message).with_value(id::YCBCR_SUBSAMPLING, listed(factors)).into());
    }
    let reference = reference.unwrap_or([0.0, 255.0, 128.0, 255.0, 128.0, 255.0]);
    Ok(Colours::YCbCr { coefficients, reference, subsampling: factors.map(|factor| factor as u8) })
}

fn cie_lab(values: &Values<'_>, ifd: &Ifd) -> Answer<Colours> {
    // D50
    let sum = 96.4250_f32 + 100.0 + 82.4680;
    let white = floats(values, ifd, id::WHITE_POINT)?.unwrap_or([96.4250 / sum, 100.0 / sum]);
    if white[1] == 0.0 {
        let message = "WhitePoint has a y of 0, by which it is divided";
        return Err(Error::malformed(message).with_tag(id::WHITE_POINT).into());
    }
    Ok(Colours::CieLab { white })
}

/// YCbCrSubSampling; two by two by default, and where it makes no sense.
fn subsampling(values: &Values<'_>, ifd: &Ifd) -> Answer<[u64; 2]> {
    let found = settings::factors(values, ifd, &mut Vec::new())?;
    Ok(found.map_or([2, 2], |factors| factors.map(u64::from)))
}

/// InkSet; 1, which is CMYK, by default, and where it makes no sense.
fn ink_set(values: &Values<'_>, ifd: &Ifd) -> Answer<u16> {
    Ok(Fields { values, ifd }.forgiven(id::INK_SET, &mut Vec::new())?.unwrap_or(1))
}

/// The numbers of a tag, where it can be read, has so many and they are finite.
fn floats<const N: usize>(values: &Values<'_>, ifd: &Ifd, tag: u16) -> Answer<Option<[f32; N]>> {
    let found = match values.double_list(ifd, tag) {
        Err(stop) if !stop.is_need() => None,
        found => found?,
    }
    .unwrap_or_default();
    let numbers: Option<&[f64; N]> = found.as_slice().try_into().ok();
    let numbers = numbers.map(|numbers| numbers.map(|number| number as f32));
    Ok(numbers.filter(|numbers| numbers.iter().all(|number| number.is_finite())))
}
