//! What a directory says besides its pixels: georeference, nodata, metadata, colours.

use crate::error::Answer;
use crate::pixel::DataType;
use crate::tiff::gdal::{Metadata, Nodata};
use crate::tiff::geo::{self, Transform};
use crate::tiff::geokeys::{Crs, GeoKeys};
use crate::tiff::ifd::Ifd;
use crate::tiff::tag::id;
use crate::tiff::values::Values;

/// The facts of one directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Pixels to map coordinates.
    pub transform: Option<Transform>,
    /// Reference system.
    pub crs: Option<Crs>,
    /// Value of missing pixels.
    pub nodata: Option<Nodata>,
    /// Per file and per band.
    pub metadata: Metadata,
    /// ColorMap (320), as stored: all reds, all greens, all blues.
    pub color_map: Vec<u16>,
    /// What was left out because it could not be understood.
    pub warnings: Vec<String>,
}

/// The tags that [`Facts::read`] reads, besides those of [`geo`] and [`geokeys`].
pub const TAGS: &[u16] = &[id::GDAL_METADATA, id::GDAL_NODATA, id::COLOR_MAP];

impl Facts {
    /// Reads the facts of a directory whose pixels are of that type.
    ///
    /// # Errors
    /// Those of the tags; contents that make no sense are warnings.
    pub fn read(values: &Values<'_>, ifd: &Ifd, data_type: DataType) -> Answer<Self> {
        let mut warnings = Vec::new();
        let keys = GeoKeys::read(values, ifd)?;
        let transform = geo::transform(values, ifd, keys.as_ref())?;
        let nodata = match values.text(ifd, id::GDAL_NODATA)? {
            Some(text) => {
                let parsed = Nodata::parse(&text, data_type);
                if parsed.is_none() {
                    warnings.push(format!(
                        "GDAL_NODATA {text:?} is not a number that the pixels' type can be compared with"
                    ));
                }
                parsed
            }
            None => None,
        };
        let metadata = match values.text(ifd, id::GDAL_METADATA)? {
            Some(xml) => Metadata::parse(&xml).unwrap_or_else(|error| {
                warnings.push(format!("GDAL_METADATA is left out: {error}"));
                Metadata::default()
            }),
            None => Metadata::default(),
        };
        let color_map = values.unsigned_list(ifd, id::COLOR_MAP)?.unwrap_or_default();
        Ok(Self {
            transform,
            crs: keys.and_then(|keys| keys.crs()),
            nodata,
            metadata,
            color_map: color_map.into_iter().map(|value| value as u16).collect(),
            warnings,
        })
    }
}
