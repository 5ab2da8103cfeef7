//! What a directory says besides its pixels: georeference, nodata, metadata, colours.

use crate::error::{Answer, Stop};
use crate::pixel::DataType;
use crate::tiff::gdal::Metadata;
use crate::tiff::geo::{self, Transform};
use crate::tiff::geokeys::{Crs, GeoKeys};
use crate::tiff::ifd::Ifd;
use crate::tiff::nodata::Nodata;
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
    /// Per file and per band.
    pub metadata: Metadata,
    /// ColorMap (320), as stored: all reds, all greens, all blues.
    pub color_map: Vec<u16>,
    /// What was left out because it could not be understood.
    pub warnings: Vec<String>,
}

/// The tags that [`Facts::read`] reads, besides those of [`geo`] and [`crate::tiff::geokeys`].
pub const TAGS: &[u16] = &[id::GDAL_METADATA, id::GDAL_NODATA, id::COLOR_MAP];

impl Facts {
    /// Reads the facts of a directory whose pixels are of that type.
    ///
    /// # Errors
    /// Those of the tags; contents that make no sense are warnings.
    pub fn read(values: &Values<'_>, ifd: &Ifd, data_type: DataType) -> Answer<Self> {
        let mut warnings = Vec::new();
        let keys = known(GeoKeys::read(values, ifd), &mut warnings)?;
        let transform = known(geo::transform(values, ifd, keys.as_ref()), &mut warnings)?;
        let text = known(values.text(ifd, id::GDAL_NODATA), &mut warnings)?.unwrap_or_default();
        let fill = Nodata::read(&text, data_type);
        let nodata = fill.filter(|nodata| nodata.is_in_range(data_type));
        if fill.is_some() && nodata.is_none() {
            let message =
                format!("GDAL_NODATA {text:?} is left out: no pixel of type {data_type:?} can equal it");
            warnings.push(message);
        }
        let xml = known(values.text(ifd, id::GDAL_METADATA), &mut warnings)?;
        let metadata = xml.map(|xml| Metadata::parse(&xml)).transpose().unwrap_or_else(|error| {
            warnings.push(format!("GDAL_METADATA is left out: {error}"));
            None
        });
        let metadata = metadata.unwrap_or_default();
        let color_map = known(values.unsigned_list(ifd, id::COLOR_MAP), &mut warnings)?.unwrap_or_default();
        Ok(Self {
            transform,
            pixel_is_point: keys.as_ref().map(GeoKeys::pixel_is_point),
            crs: keys.and_then(|keys| keys.crs()),
            nodata,
            fill,
            metadata,
            color_map: color_map.into_iter().map(|value| value as u16).collect(),
            warnings,
        })
    }
}

/// A fact that the pixels can do without: a failure to read it is a warning.
fn known<T>(fact: Answer<Option<T>>, warnings: &mut Vec<String>) -> Answer<Option<T>> {
    match fact {
        Err(Stop::Error(error)) => {
            warnings.push(format!("left out: {error}"));
            Ok(None)
        }
        answer => answer,
    }
}
