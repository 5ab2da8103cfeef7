//! The mask of a read: its blocks, planned with the pixels', and how they become 0 for missing and 255 for valid.

use serde::Serialize;

use super::blocks::{Cut, PlannedBlock, blocks};
use super::planes;
use super::request::{Target, descend};
use super::sizes::Sizes;
use crate::codec::Order;
use crate::error::{Answer, Error, Result};
use crate::pixel::DataType;
use crate::pyramid::best_level::{Descent, FloatWindow};
use crate::pyramid::info::Number;
use crate::pyramid::{Dataset, Level, MaskOrigin};
use crate::tiff::nodata::Nodata;

/// What the samples of a mask mean. Of several bands the most valid one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MaskKind {
    /// There are none: all pixels are valid.
    All,
    /// 8 bits, handed out as they are: 0 is missing, 255 valid, others are alpha.
    Stored,
    /// 0 is missing, all else valid.
    Nonzero,
    /// 16 bits of alpha, handed out as 8.
    Alpha16,
    /// Samples that equal nodata are missing.
    Nodata,
}

/// The mask of a read, worked out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MaskPlan {
    /// What the samples mean.
    pub kind: MaskKind,
    /// Whether the samples are the result's own; then there are no blocks.
    pub of_pixels: bool,
    /// Element type of the samples.
    pub dtype: DataType,
    /// Bands of the samples; their order is band after band.
    pub bands: u32,
    /// Value of missing samples of each band, of kind `nodata`; where there is none, all of the band are valid.
    pub nodata: Vec<Option<Number>>,
    /// What sparse blocks hold, band by band.
    pub fill: Vec<Number>,
    /// Their bytes, jobs and places.
    pub blocks: Vec<PlannedBlock>,
    /// How the samples are made of the planes that the pixels' blocks give, where it takes all of these.
    pub colours: Vec<PlannedBlock>,
}

/// Nodata of a band, and what its sparse blocks hold.
type OfBands<'a> = (&'a dyn Fn(u32) -> Option<Nodata>, &'a dyn Fn(u32) -> Number);

/// Works the mask out, which comes from `origin`, for pixels that are taken as `cut` says, of an image with that nodata of each band and
/// that fill of sparse blocks.
///
/// # Errors
/// As [`super::plan`].
pub fn mask(
    dataset: &Dataset,
    origin: MaskOrigin,
    target: &Target,
    cut: &Cut<'_>,
    (nodata, fill): OfBands<'_>,
) -> Answer<MaskPlan> {
    let compared = |nodata: Option<Nodata>| nodata.map(|nodata| nodata.compared(cut.image.data_type).into());
    let of_bands = || {
        let mut values = Vec::new();
        for band in &target.bands {
            values.push(compared(nodata(*band)));
        }
        values
    };
    let pixels = |kind| MaskPlan {
        kind,
        of_pixels: true,
        dtype: cut.image.data_type,
        bands: target.bands.len() as u32,
        nodata: of_bands(),
        fill: target.bands.iter().map(|band| fill(*band)).collect(),
        blocks: Vec::new(),
        colours: Vec::new(),
    };
    let one_band = |cut: &Cut<'_>, kind, band: u32| -> Answer<MaskPlan> {
        let bands = [band.min(cut.image.bands)];
        let cut = Cut { bands: &bands, layout: Order::Band, ..*cut };
        let (nodata, fill) = (vec![compared(nodata(band))], vec![fill(band)]);
        let blocks = blocks(dataset, &cut)?;
        Ok(MaskPlan { of_pixels: false, bands: 1, nodata, fill, blocks, ..pixels(kind) })
    };
    match origin {
        // The alpha of colours that were made is full; other bands cannot be read alone.
        MaskOrigin::Alpha(_) if cut.image.is_of_planes() => Ok(pixels(MaskKind::All)),
        MaskOrigin::None => Ok(pixels(MaskKind::All)),
        MaskOrigin::Nodata => Ok(pixels(MaskKind::Nodata)),
        MaskOrigin::Values(values) => {
            let all: Vec<u32> = (1..=values.len() as u32).filter(|band| *band <= cut.image.bands).collect();
            let cut = Cut { bands: &all, layout: Order::Band, ..*cut };
            let (blocks, colours) = if cut.image.is_of_planes() {
                (Vec::new(), planes::colours(&cut, &dataset.options.limits)?)
            } else {
                (blocks(dataset, &cut)?, Vec::new())
            };
            let mut nodata = Vec::new();
            for value in values {
                nodata.push(compared(value));
            }
            Ok(MaskPlan {
                of_pixels: false,
                bands: all.len() as u32,
                nodata,
                fill: all.iter().map(|band| fill(*band)).collect(),
                blocks,
                colours,
                ..pixels(MaskKind::Nodata)
            })
        }
        MaskOrigin::NodataOf(band) => one_band(cut, MaskKind::Nodata, band),
        MaskOrigin::Alpha(band) if cut.image.data_type == DataType::Uint16 => {
            let full = dataset.full()?.0;
            let source = Descent::new(target.window).exact;
            let sizes = Sizes::of(dataset, full.file, &full.image)?;
            let of_full = Cut { file: full.file, image: &full.image, source, sizes, ..*cut };
            let cut = if is_taken_from_full(target) { &of_full } else { cut };
            one_band(cut, MaskKind::Alpha16, band)
        }
        MaskOrigin::Alpha(band) => one_band(cut, MaskKind::Stored, band),
        MaskOrigin::Images => of_images(dataset, target, cut),
    }
}

/// Pixels of the full size up to which a 16-bit alpha band is resampled from there.
const FULL_ALPHA_PIXELS: u64 = 1 << 22;

/// GDAL knows no overviews of a 16-bit alpha band that it makes a mask of: it resamples the full size, whatever level the pixels come
/// from. For windows of a size that makes little of that; of larger ones the mask comes from where the pixels do.
fn is_taken_from_full(target: &Target) -> bool {
    let [_, _, columns, rows] = target.window.map(u64::from);
    target.descended && columns * rows <= FULL_ALPHA_PIXELS
}

fn of_images(dataset: &Dataset, target: &Target, cut: &Cut<'_>) -> Answer<MaskPlan> {
    let masks = dataset.known_masks();
    let (mask, source) = choose(&masks, target, cut);
    let Some(mask) = mask else { return Err(Error::internal("a list of no masks").into()) };
    let (kind, dtype) = (kind_of(mask), mask.image.data_type);
    let bands = bands_of(mask, &target.bands);
    let sizes = Sizes::of_mask(dataset, mask, cut)?;
    let (file, image) = (mask.file, &mask.image);
    let cut = Cut { file, image, source, bands: &bands, layout: Order::Band, sizes, ..*cut };
    Ok(MaskPlan {
        kind,
        of_pixels: false,
        dtype,
        bands: bands.len() as u32,
        nodata: Vec::new(),
        fill: vec![super::fill(None, dtype); bands.len()],
        blocks: blocks(dataset, &cut)?,
        colours: Vec::new(),
    })
}

/// The mask image for those pixels and where they lie on it: GDAL's choice for the size of the result, else the image of the level's
/// size, else the mask of the full size, resampled.
fn choose<'a>(masks: &[&'a Level], target: &Target, cut: &Cut<'_>) -> (Option<&'a Level>, FloatWindow) {
    if target.descended {
        let (index, source) = descend(masks, target.window, (target.width, target.height), 1);
        return (masks.get(index).copied(), source);
    }
    let size = |level: &Level| (level.image.width, level.image.height);
    let own = (cut.image.width, cut.image.height);
    if let Some(equal) = masks.iter().find(|mask| size(mask) == own) {
        return (Some(equal), cut.source);
    }
    let Some(full) = masks.first() else { return (None, cut.source) };
    let FloatWindow { x, y, width, height } = cut.source;
    let across = f64::from(full.image.width) / f64::from(own.0);
    let down = f64::from(full.image.height) / f64::from(own.1);
    let source = FloatWindow { x: x * across, y: y * down, width: width * across, height: height * down };
    (Some(full), source)
}

fn kind_of(mask: &Level) -> MaskKind {
    if mask.image.data_type == DataType::Uint8 && mask.image.bits == 8 {
        MaskKind::Stored
    } else {
        MaskKind::Nonzero
    }
}

/// One band for all, or one for each of the dataset's: what `INTERNAL_MASK_FLAGS_1` says, whose bit 1 means one for all.
fn bands_of(mask: &Level, wanted: &[u32]) -> Vec<u32> {
    let flags = mask.own.metadata.items.get("INTERNAL_MASK_FLAGS_1");
    match flags.and_then(|text| text.trim().parse::<u32>().ok()) {
        Some(flags) if flags & 2 == 0 && wanted.iter().all(|band| *band <= mask.image.bands) => {
            wanted.to_vec()
        }
        _ => vec![1],
    }
}

impl MaskPlan {
    /// The mask of `count` pixels from the samples, in native byte order; `layout` is theirs.
    ///
    /// # Errors
    /// `internal` for samples that are not as many as the plan says.
    pub fn resolve(&self, samples: &[u8], layout: Order, count: usize) -> Result<Vec<u8>> {
        if self.kind == MaskKind::All {
            return Ok(vec![255; count]);
        }
        let (size, bands) = (self.dtype.size() as usize, self.bands as usize);
        if samples.len() != count * bands * size {
            let message = format!("a mask of {count} pixels has {} bytes of samples", samples.len());
            return Err(Error::internal(message));
        }
        let missing: Vec<Option<Nodata>> = self.nodata.iter().map(|nodata| self.missing(nodata)).collect();
        let mut mask = vec![0_u8; count];
        for (index, sample) in samples.chunks_exact(size).enumerate() {
            let (pixel, band) = if layout == Order::Band {
                (index % count, index / count)
            } else {
                (index / bands, index % bands)
            };
            let valid = self.validity(sample, missing.get(band).copied().flatten());
            if let Some(place) = mask.get_mut(pixel) {
                *place = valid.max(*place);
            }
        }
        Ok(mask)
    }

    fn missing(&self, nodata: &Option<Number>) -> Option<Nodata> {
        match nodata.as_ref()? {
            Number::Integer(text) => Nodata::parse(text, self.dtype),
            Number::Float(value) => Some(Nodata::Number(*value)),
        }
    }

    fn validity(&self, sample: &[u8], missing: Option<Nodata>) -> u8 {
        match (self.kind, sample) {
            (MaskKind::All, _) => 255,
            (MaskKind::Stored, [value]) => *value,
            (MaskKind::Alpha16, [low, high]) => {
                let value = u16::from_ne_bytes([*low, *high]);
                // Only full transparency becomes 0.
                if value == 0 { 0 } else { ((u32::from(value) * 255) / 65535).max(1) as u8 }
            }
            (MaskKind::Nodata, _) => {
                if missing.is_some_and(|missing| missing.is_in(sample, self.dtype)) {
                    0
                } else {
                    255
                }
            }
            _ => u8::from(sample.iter().any(|byte| *byte != 0)) * 255,
        }
    }
}
