//! What a directory says besides its pixels: georeference, nodata, metadata, colours.

use crate::error::Answer;
use crate::pixel::{DataType, SampleFormat};
use crate::sorted::SortedMap;
use crate::text::quoted;
use crate::tiff::Image;
use crate::tiff::described;
use crate::tiff::gdal::Metadata;
use crate::tiff::geo::{self, Transform};
use crate::tiff::geokeys::{Crs, GeoKeys};
use crate::tiff::ifd::Ifd;
use crate::tiff::nodata::Nodata;
use crate::tiff::rpc::{self, Gcp, Rpc};
use crate::tiff::tag::id;
use crate::tiff::values::Values;

/// The facts of one directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Pixels to map coordinates.
    pub transform: Option<Transform>,
    /// Reference system.
    pub crs: Option<Crs>,
    /// Whether coordinates name pixel centres (PixelIsPoint); `None` without GeoKeys.
    pub pixel_is_point: Option<bool>,
    /// Value of missing pixels.
    pub nodata: Option<Nodata>,
    /// What blocks hold that were never written: nodata, also where no pixel can equal it.
    pub fill: Option<Nodata>,
    /// The same of single bands, where an auxiliary file says so.
    pub band_fill: SortedMap<u32, Option<Nodata>>,
    /// What an auxiliary file says of the nodata of single bands.
    pub band_nodata: SortedMap<u32, Option<Nodata>>,
    /// What the directory itself says of the nodata of all bands.
    pub own_nodata: Option<Nodata>,
    /// Per file and per band.
    pub metadata: Metadata,
    /// Rational polynomial coefficients.
    pub rpc: Option<Rpc>,
    /// Control points, where there is no transform.
    pub gcps: Vec<Gcp>,
    /// Orientation (274): 1 to 8, which the pixels are not turned by.
    pub orientation: u16,
    /// ColorMap (320), as stored: all reds, all greens, all blues.
    pub color_map: Vec<u16>,
    /// What was left out because it could not be understood.
    pub warnings: Vec<String>,
}

/// The tags that [`Facts::read`] reads, besides those of [`geo`] and [`crate::tiff::geokeys`].
pub const TAGS: &[u16] = &[id::GDAL_METADATA, id::GDAL_NODATA, id::COLOR_MAP, id::ORIENTATION];

/// The number, where it is too large for single precision that stands for half: GDAL rounds nodata to what files of single precision hold
/// alone.
fn too_large(text: &str, image: &Image) -> Option<f64> {
    let narrow = image.data_type == DataType::Float32 && image.bits < 32;
    match Nodata::read(text, DataType::Float64).filter(|_| narrow) {
        Some(Nodata::Number(value)) if value.is_finite() && value.abs() > f64::from(f32::MAX) => Some(value),
        _ => None,
    }
}

impl Facts {
    /// Reads the facts of a directory whose image is that.
    ///
    /// # Errors
    /// Those of the tags; contents that make no sense are warnings.
    pub fn read(values: &Values<'_>, ifd: &Ifd, image: &Image) -> Answer<Self> {
        let data_type = image.data_type;
        let mut warnings = Vec::new();
        let mut told = Vec::new();
        let keys = known(GeoKeys::read(values, ifd, &mut told), &mut warnings)?;
        let transform = known(geo::transform(values, ifd, keys.as_ref(), &mut told), &mut warnings)?;
        warnings.append(&mut told);
        let text = known(values.text(ifd, id::GDAL_NODATA), &mut warnings)?.unwrap_or_default();
        let too_large = too_large(&text, image);
        let rounded_away = too_large.is_some_and(|value| (value as f32).is_infinite());
        let found = Nodata::read(&text, data_type);
        let nodata = found.filter(|nodata| nodata.is_in_range(data_type) && !rounded_away);
        // GDAL fills nothing with it where nobody says what 64 bits mean.
        let has_meaning = (image.format, image.bits) != (SampleFormat::Void, 64);
        let fill = too_large.map(|value| Nodata::Number(f64::INFINITY.copysign(value)));
        let fill = fill.or(found).filter(|_| has_meaning);
        if found.is_some() && nodata.is_none() {
            let message = format!(
                "GDAL_NODATA {} is left out: no pixel of type {data_type:?} can equal it",
                quoted(&text)
            );
            warnings.push(message);
        }
        let xml = known(values.text(ifd, id::GDAL_METADATA), &mut warnings)?;
        let metadata = xml.map(|xml| Metadata::parse(&xml)).transpose().unwrap_or_else(|error| {
            warnings.push(format!("GDAL_METADATA is left out: {error}"));
            None
        });
        let mut metadata = metadata.unwrap_or_default();
        for (name, text) in described::items(values, ifd, &mut warnings)? {
            if !metadata.items.contains_key(&name) {
                metadata.items.insert(name, text);
            }
        }
        if let Some(text) = metadata.items.get("NODATA_VALUES") {
            let (found, bands) = (text.split_whitespace().count(), image.bands);
            if found as u64 != u64::from(bands) {
                warnings.push(format!("left out: NODATA_VALUES has {found} values for {bands} bands"));
            }
        }
        let rpc = known(rpc::rpc(values, ifd), &mut warnings)?;
        let gcps = match transform {
            None => {
                known(rpc::gcps(values, ifd, keys.as_ref()).map(Some), &mut warnings)?.unwrap_or_default()
            }
            Some(_) => Vec::new(),
        };
        let orientation = known(values.unsigned(ifd, id::ORIENTATION), &mut warnings)?;
        let color_map = match image.color_map {
            true => known(values.unsigned_list(ifd, id::COLOR_MAP), &mut warnings)?.unwrap_or_default(),
            false => Vec::new(),
        };
        Ok(Self {
            transform,
            pixel_is_point: keys.as_ref().map(GeoKeys::pixel_is_point),
            crs: keys.and_then(|keys| keys.crs()),
            nodata,
            band_nodata: SortedMap::new(),
            band_fill: SortedMap::new(),
            own_nodata: nodata,
            fill,
            metadata,
            rpc,
            gcps,
            orientation: orientation.and_then(|value| u16::try_from(value).ok()).unwrap_or(1).clamp(1, 8),
            color_map: crate::tiff::number::truncated(&color_map),
            warnings,
        })
    }
}

impl Facts {
    /// Value of missing pixels of that band, from 1.
    pub fn nodata_of(&self, band: u32) -> Option<Nodata> {
        self.band_nodata.get(&band).copied().unwrap_or(self.own_nodata)
    }
}

/// A fact that the pixels can do without: a failure to read it is a warning.
fn known<T>(fact: Answer<Option<T>>, warnings: &mut Vec<String>) -> Answer<Option<T>> {
    match fact {
        Err(stop) => {
            warnings.push(format!("left out: {}", stop.into_error()?));
            Ok(None)
        }
        answer => answer,
    }
}
