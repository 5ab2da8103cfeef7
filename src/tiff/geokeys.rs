//! GeoKeys: the coordinate reference system as GeoTIFF writes it down.

use serde::{Deserialize, Serialize};

use super::ifd::Ifd;
use super::number::truncated;
use super::tag::id;
use super::values::{Values, text_of};
use crate::error::Answer;
use crate::sorted::SortedMap;

/// Value of one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeyValue {
    /// A code or a small number, stored in the directory itself.
    Short(u16),
    /// Several of them.
    Shorts(Vec<u16>),
    /// One or more numbers.
    Double(f64),
    /// Several of them.
    Doubles(Vec<f64>),
    /// Text, without its closing `|`.
    Text(String),
}

/// The coordinate reference system, as far as codes and names tell it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Crs {
    /// EPSG code of the projected or geographic system; `null` for one that the user defined.
    pub epsg: Option<u16>,
    /// EPSG code of the vertical system of a compound one.
    pub vertical_epsg: Option<u16>,
    /// Unit of heights in a compound system, which GDAL takes for the unit of bands that name none.
    pub vertical_unit: Option<&'static str>,
    /// Its name, from the citations.
    pub name: Option<String>,
    /// All keys by the names of the GeoTIFF standard (`key N` where it names none).
    pub keys: SortedMap<String, KeyValue>,
}

/// Key numbers that are read here; all others are only handed on.
pub mod key {
    #![allow(missing_docs)]
    pub const MODEL_TYPE: u16 = 1024;
    pub const RASTER_TYPE: u16 = 1025;
    pub const CITATION: u16 = 1026;
    pub const GEODETIC_CRS: u16 = 2048;
    pub const GEODETIC_CITATION: u16 = 2049;
    pub const PROJECTED_CRS: u16 = 3072;
    pub const PROJECTED_CITATION: u16 = 3073;
    pub const VERTICAL: u16 = 4096;
    pub const VERTICAL_DATUM: u16 = 4098;
    pub const VERTICAL_UNITS: u16 = 4099;
}

/// The keys of a directory by their numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GeoKeys(SortedMap<u16, KeyValue>);

/// The tags that [`GeoKeys::read`] reads.
pub const TAGS: &[u16] = &[id::GEO_KEY_DIRECTORY, id::GEO_DOUBLE_PARAMS, id::GEO_ASCII_PARAMS];

impl GeoKeys {
    /// Reads the key directory; `None` where there is none. Keys that point outside their arrays are left out, of which a warning tells.
    ///
    /// # Errors
    /// Those of the three tags.
    pub fn read(values: &Values<'_>, ifd: &Ifd, warnings: &mut Vec<String>) -> Answer<Option<Self>> {
        let Some(directory) = values.unsigned_list(ifd, id::GEO_KEY_DIRECTORY)? else { return Ok(None) };
        let doubles = values.double_list(ifd, id::GEO_DOUBLE_PARAMS)?.unwrap_or_default();
        let ascii = match ifd.entry(id::GEO_ASCII_PARAMS) {
            Some(entry) => values.raw(entry)?,
            None => &[],
        };
        let directory = truncated(&directory);
        let keys = directory.get(4..).unwrap_or_default().chunks_exact(4);
        let parsed = |key: &[u16]| match key {
            [number, 0, _, value] => Some((*number, KeyValue::Short(*value))),
            [number, location, count, start] => {
                let (start, count) = (usize::from(*start), usize::from(*count));
                let end = start + count;
                let value = match *location {
                    id::GEO_DOUBLE_PARAMS => double_value(doubles.get(start..end)?),
                    id::GEO_ASCII_PARAMS => text_value(ascii.get(start..end.min(ascii.len()))?),
                    id::GEO_KEY_DIRECTORY => KeyValue::Shorts(directory.get(start..end)?.to_vec()),
                    _ => return None,
                };
                Some((*number, value))
            }
            _ => None,
        };
        let mut all = SortedMap::new();
        let said = directory.get(3).copied().map_or(0, usize::from);
        let mut left_out = said.saturating_sub(keys.len());
        for key in keys {
            match parsed(key) {
                Some((number, value)) => drop(all.insert(number, value)),
                None => left_out += 1,
            }
        }
        if left_out > 0 {
            warnings.push(format!(
                "left out: {left_out} of {said} GeoKeys, whose entries or values are not there"
            ));
        }
        Ok(Some(Self(all)))
    }

    /// A code; `None` where the key is absent or holds something else.
    pub fn code(&self, key: u16) -> Option<u16> {
        match self.0.get(&key) {
            Some(KeyValue::Short(code)) => Some(*code),
            Some(KeyValue::Shorts(list)) => list.first().copied(),
            _ => None,
        }
    }

    fn text(&self, key: u16) -> Option<&str> {
        match self.0.get(&key) {
            Some(KeyValue::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether coordinates name pixel centres (GTRasterTypeGeoKey 2, PixelIsPoint).
    pub fn pixel_is_point(&self) -> bool {
        self.code(key::RASTER_TYPE) == Some(2)
    }

    fn vertical_unit(&self) -> Option<&'static str> {
        // Heights above the ellipsoid of WGS 84, in the words of each version of GeoTIFF: then they are the third axis of the
        // geographic system, and GDAL knows no unit of the bands.
        let datum = self.code(key::VERTICAL_DATUM).filter(|datum| *datum != 0);
        let above_ellipsoid = matches!(
            (self.code(key::VERTICAL), datum),
            (Some(4979), _) | (_, Some(6030)) | (Some(5030), None)
        );
        if above_ellipsoid && self.code(key::GEODETIC_CRS) == Some(4326) && !self.is_projected() {
            return None;
        }
        match (self.code(key::VERTICAL_UNITS), self.code(key::VERTICAL)) {
            (Some(9001), _) => Some("metre"),
            (Some(9002), _) => Some("foot"),
            (Some(9003), _) => Some("US survey foot"),
            // The EPSG data set counts 291 vertical systems; all others measure in metres.
            (None, Some(5614 | 6130..=6132 | 8050 | 8051 | 8228 | 8897)) => Some("foot"),
            (None, Some(5702 | 6358..=6360 | 8052 | 8053)) => Some("US survey foot"),
            (None, Some(5754)) => Some("British foot (1936)"),
            (None, Some(1024..32767)) => Some("metre"),
            _ => None,
        }
    }

    fn is_projected(&self) -> bool {
        self.code(key::MODEL_TYPE) == Some(1) || self.code(key::PROJECTED_CRS).is_some()
    }

    /// What the keys say of the coordinate reference system; `None` where no key speaks of one.
    pub fn crs(&self) -> Option<Crs> {
        let about_crs = |number: &u16| *number != key::RASTER_TYPE;
        if !self.0.keys().any(about_crs) {
            return None;
        }
        let epsg_of = |key| self.code(key).filter(|code| (1024..32767).contains(code));
        let projected = self.is_projected();
        let (epsg, citation) = if projected {
            (epsg_of(key::PROJECTED_CRS), key::PROJECTED_CITATION)
        } else {
            (epsg_of(key::GEODETIC_CRS), key::GEODETIC_CITATION)
        };
        let general = if projected { self.text(key::CITATION).or(self.text(citation)) } else { None };
        let name = general.or(self.text(citation)).or(self.text(key::CITATION));
        let mut keys = SortedMap::new();
        for (number, value) in self.0.iter() {
            keys.insert(name_of(*number), value.clone());
        }
        Some(Crs {
            epsg,
            vertical_epsg: epsg_of(key::VERTICAL),
            vertical_unit: self.vertical_unit(),
            name: name.map(str::to_owned),
            keys,
        })
    }
}

fn double_value(values: &[f64]) -> KeyValue {
    match values {
        [one] => KeyValue::Double(*one),
        many => KeyValue::Doubles(many.to_vec()),
    }
}

fn text_value(raw: &[u8]) -> KeyValue {
    KeyValue::Text(text_of(raw).trim_end_matches('|').to_owned())
}

/// The name of a key in the GeoTIFF standard.
fn name_of(number: u16) -> String {
    let name = match number {
        1024 => "GTModelTypeGeoKey",
        1025 => "GTRasterTypeGeoKey",
        1026 => "GTCitationGeoKey",
        2048 => "GeographicTypeGeoKey",
        2049 => "GeogCitationGeoKey",
        2050 => "GeogGeodeticDatumGeoKey",
        2051 => "GeogPrimeMeridianGeoKey",
        2052 => "GeogLinearUnitsGeoKey",
        2053 => "GeogLinearUnitSizeGeoKey",
        2054 => "GeogAngularUnitsGeoKey",
        2055 => "GeogAngularUnitSizeGeoKey",
        2056 => "GeogEllipsoidGeoKey",
        2057 => "GeogSemiMajorAxisGeoKey",
        2058 => "GeogSemiMinorAxisGeoKey",
        2059 => "GeogInvFlatteningGeoKey",
        2060 => "GeogAzimuthUnitsGeoKey",
        2061 => "GeogPrimeMeridianLongGeoKey",
        2062 => "GeogTOWGS84GeoKey",
        3072 => "ProjectedCSTypeGeoKey",
        3073 => "PCSCitationGeoKey",
        3074 => "ProjectionGeoKey",
        3075 => "ProjCoordTransGeoKey",
        3076 => "ProjLinearUnitsGeoKey",
        3077 => "ProjLinearUnitSizeGeoKey",
        3078 => "ProjStdParallel1GeoKey",
        3079 => "ProjStdParallel2GeoKey",
        3080 => "ProjNatOriginLongGeoKey",
        3081 => "ProjNatOriginLatGeoKey",
        3082 => "ProjFalseEastingGeoKey",
        3083 => "ProjFalseNorthingGeoKey",
        3084 => "ProjFalseOriginLongGeoKey",
        3085 => "ProjFalseOriginLatGeoKey",
        3086 => "ProjFalseOriginEastingGeoKey",
        3087 => "ProjFalseOriginNorthingGeoKey",
        3088 => "ProjCenterLongGeoKey",
        3089 => "ProjCenterLatGeoKey",
        3090 => "ProjCenterEastingGeoKey",
        3091 => "ProjCenterNorthingGeoKey",
        3092 => "ProjScaleAtNatOriginGeoKey",
        3093 => "ProjScaleAtCenterGeoKey",
        3094 => "ProjAzimuthAngleGeoKey",
        3095 => "ProjStraightVertPoleLongGeoKey",
        4096 => "VerticalCSTypeGeoKey",
        4097 => "VerticalCitationGeoKey",
        4098 => "VerticalDatumGeoKey",
        4099 => "VerticalUnitsGeoKey",
        5120 => "CoordinateEpochGeoKey",
        _ => return format!("key {number}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(entries: &[(u16, KeyValue)]) -> GeoKeys {
        GeoKeys(entries.iter().cloned().collect())
    }

    #[test]
    fn tells_projected_geographic_compound_and_user_defined() {
        let text = |text: &str| KeyValue::Text(text.to_owned());
        let utm = keys(&[
            (key::MODEL_TYPE, KeyValue::Short(1)),
            (key::PROJECTED_CRS, KeyValue::Short(32633)),
            (key::GEODETIC_CRS, KeyValue::Short(4326)),
            (key::CITATION, text("WGS 84 / UTM zone 33N")),
            (key::GEODETIC_CITATION, text("WGS 84")),
        ]);
        let crs = utm.crs().unwrap();
        assert_eq!((crs.epsg, crs.name.as_deref()), (Some(32633), Some("WGS 84 / UTM zone 33N")));
        let geographic =
            keys(&[(key::MODEL_TYPE, KeyValue::Short(2)), (key::GEODETIC_CRS, KeyValue::Short(4326))]);
        assert_eq!(geographic.crs().unwrap().epsg, Some(4326));
        let compound =
            keys(&[(key::PROJECTED_CRS, KeyValue::Short(28992)), (key::VERTICAL, KeyValue::Short(5709))]);
        assert_eq!(compound.crs().unwrap().vertical_epsg, Some(5709));
        assert_eq!(compound.crs().unwrap().vertical_unit, Some("metre"));
        for vertical in [(key::VERTICAL, 4979), (key::VERTICAL, 5030), (key::VERTICAL_DATUM, 6030)] {
            let above = |horizontal: (u16, u16)| {
                let pairs = [horizontal, vertical].map(|(key, code)| (key, KeyValue::Short(code)));
                keys(&pairs).crs().unwrap().vertical_unit
            };
            assert_eq!(above((key::GEODETIC_CRS, 4326)), None, "{vertical:?}");
            if vertical.0 == key::VERTICAL {
                assert_eq!(above((key::PROJECTED_CRS, 32633)), Some("metre"), "{vertical:?}");
            }
        }
        let user = keys(&[(key::PROJECTED_CRS, KeyValue::Short(32767)), (key::CITATION, text("mine"))]);
        assert_eq!((user.crs().unwrap().epsg, user.crs().unwrap().name), (None, Some("mine".to_owned())));
        assert_eq!(keys(&[(key::RASTER_TYPE, KeyValue::Short(2))]).crs(), None);
    }
}
