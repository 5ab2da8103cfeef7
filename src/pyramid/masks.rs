//! Which pixels are valid: mask images, `.msk` files, alpha bands, nodata, in GDAL's order.

use super::Dataset;
use super::level::Level;
use super::sidecar::Role;
use crate::error::Answer;
use crate::pixel::DataType;
use crate::tiff::gdal::Metadata;
use crate::tiff::nodata::Nodata;

/// Where the mask of a dataset comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum MaskOrigin {
    /// Mask images: [`Dataset::mask_levels`].
    Images,
    /// That band, from 1: 0 is transparent.
    Alpha(u32),
    /// That band alone decides, by its nodata: the alpha band of an RGBA file, as rasterio does.
    NodataOf(u32),
    /// A pixel is missing where all its bands are nodata.
    Nodata,
    /// A pixel is missing where every band of the dataset has its value of these, whichever bands are read.
    Values(Vec<Option<Nodata>>),
    /// Every pixel is valid.
    None,
}

impl Dataset {
    /// Where the mask comes from: images of the file, else a `.msk`, else NODATA_VALUES, else nodata, else alpha, as in GDAL.
    ///
    /// # Errors
    /// Those of [`Dataset::levels`]; an unreadable `.msk` is a warning.
    pub fn mask_origin(&mut self) -> Answer<MaskOrigin> {
        if !self.mask_levels()?.is_empty() {
            return Ok(MaskOrigin::Images);
        }
        let (full, facts) = self.full()?;
        let bands = full.image.bands;
        if let Some(values) = nodata_values(&facts.metadata, bands, full.image.data_type) {
            return Ok(MaskOrigin::Values(values));
        }
        let has_nodata = (1..=bands).any(|band| facts.nodata_of(band).is_some());
        let alpha = self.is_alpha(bands);
        let is_rgba = bands == 4 && full.image.photometric == 2;
        Ok(match (has_nodata, alpha) {
            (true, _) if is_rgba => MaskOrigin::NodataOf(bands),
            (true, _) => MaskOrigin::Nodata,
            (false, true) => MaskOrigin::Alpha(bands),
            (false, false) => MaskOrigin::None,
        })
    }

    /// Whether the last band is an alpha band that GDAL takes for a mask: of two bands or four, unsigned, 8 or 16 bits.
    fn is_alpha(&self, bands: u32) -> bool {
        let Ok((full, facts)) = self.full() else { return false };
        let suitable = matches!(full.image.data_type, DataType::Uint8 | DataType::Uint16);
        suitable
            && matches!(bands, 2 | 4)
            && super::info::color_interpretation_of(&full.image, facts, bands) == "alpha"
    }

    /// The mask images, the full size first; empty where there are none.
    ///
    /// # Errors
    /// As [`Dataset::mask_origin`].
    pub fn mask_levels(&mut self) -> Answer<Vec<&Level>> {
        self.read_internal()?;
        if self.internal_mask().is_none() {
            self.read_mask_files()?;
        }
        Ok(self.known_masks())
    }

    fn internal_mask(&self) -> Option<&Level> {
        let (full, _) = self.full().ok()?;
        self.internal_masks().iter().find(|mask| mask.has_size_of(full))
    }

    fn read_mask_files(&mut self) -> Answer<()> {
        let Some(file) = self.file_of(Role::Mask) else { return Ok(()) };
        self.read_companion(file)?;
        let Some(images) = self.images_of(file) else { return Ok(()) };
        let reduced = images.levels.len() > 1;
        let usable = self.external_mask().is_some();
        match self.file_of(Role::MaskOverviews) {
            Some(file) if usable && !reduced => self.read_companion(file),
            _ => Ok(()),
        }
    }

    /// The first image of the `.msk`, where GDAL would take it for a mask: of the base's size, and with flags that say whose mask it is.
    pub(super) fn external_mask(&self) -> Option<&Level> {
        let (full, _) = self.full().ok()?;
        let mask = self.images_of(self.file_of(Role::Mask)?)?.levels.first()?;
        let flagged = mask.own.metadata.items.contains_key("INTERNAL_MASK_FLAGS_1");
        Some(mask).filter(|mask| flagged && mask.has_size_of(full))
    }

    /// The same where [`Dataset::mask_levels`] has found them once.
    pub fn known_masks(&self) -> Vec<&Level> {
        let mut masks = Vec::new();
        if let Some(first) = self.internal_mask() {
            masks.push(first);
            masks.extend(self.internal_masks().iter().filter(|mask| !std::ptr::eq(*mask, first)));
        } else if self.external_mask().is_some() {
            for role in [Role::Mask, Role::MaskOverviews] {
                let images = self.file_of(role).and_then(|file| self.images_of(file));
                masks.extend(images.iter().flat_map(|images| &images.levels));
            }
        }
        masks
    }
}

/// The item NODATA_VALUES: one value for each band.
fn nodata_values(metadata: &Metadata, bands: u32, data_type: DataType) -> Option<Vec<Option<Nodata>>> {
    let text = metadata.items.get("NODATA_VALUES")?;
    let values: Vec<_> = text.split_whitespace().map(|value| Nodata::parse(value, data_type)).collect();
    (values.len() as u64 == u64::from(bands)).then_some(values)
}
