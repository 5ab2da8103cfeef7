//! What GDAL writes into tags of its own: nodata, metadata per band and per file.

use serde::{Deserialize, Serialize};

use crate::pixel::DataType;
use crate::sorted::SortedMap;
use crate::xml;

/// The value of missing pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nodata {
    /// Of any type but 64-bit integers.
    Number(f64),
    /// Of signed 64-bit integers.
    Signed(i64),
    /// Of unsigned 64-bit integers.
    Unsigned(u64),
}

impl Nodata {
    /// Reads the text of GDAL_NODATA for pixels of that type; `None` for what is no number, or one that no pixel can equal.
    pub fn parse(text: &str, data_type: DataType) -> Option<Self> {
        let text = text.trim();
        match data_type {
            DataType::BigInt64 => text.parse().ok().map(Self::Signed),
            DataType::BigUint64 => text.parse().ok().map(Self::Unsigned),
            DataType::Float32 => leading_number(text).and_then(as_float32).map(Self::Number),
            DataType::Float64 => leading_number(text).map(Self::Number),
            _ => leading_number(text).filter(|value| in_range(*value, data_type)).map(Self::Number),
        }
    }

    /// The bytes, in native order, of the element that holds this value; `None` where the type cannot hold it.
    pub fn to_bytes(self, data_type: DataType) -> Option<Vec<u8>> {
        let whole = |low: i64, high: i64| match self {
            Self::Number(value) if value.fract() == 0.0 && value >= low as f64 && value <= high as f64 => {
                Some(value as i64)
            }
            _ => None,
        };
        Some(match (data_type, self) {
            (DataType::Uint8, _) => (whole(0, 255)? as u8).to_ne_bytes().to_vec(),
            (DataType::Int8, _) => (whole(-128, 127)? as i8).to_ne_bytes().to_vec(),
            (DataType::Uint16, _) => (whole(0, 65535)? as u16).to_ne_bytes().to_vec(),
            (DataType::Int16, _) => (whole(-32768, 32767)? as i16).to_ne_bytes().to_vec(),
            (DataType::Uint32, _) => (whole(0, i64::from(u32::MAX))? as u32).to_ne_bytes().to_vec(),
            (DataType::Int32, _) => {
                (whole(i64::from(i32::MIN), i64::from(i32::MAX))? as i32).to_ne_bytes().to_vec()
            }
            (DataType::Float32, Self::Number(value)) => {
                if value.is_finite() && value.abs() > f64::from(f32::MAX) {
                    return None;
                }
                (value as f32).to_ne_bytes().to_vec()
            }
            (DataType::Float64, Self::Number(value)) => value.to_ne_bytes().to_vec(),
            (DataType::BigInt64, Self::Signed(value)) => value.to_ne_bytes().to_vec(),
            (DataType::BigUint64, Self::Unsigned(value)) => value.to_ne_bytes().to_vec(),
            _ => return None,
        })
    }
}

impl Nodata {
    /// Whether an element, in native byte order, is this value: for floating point numbers NaN too, and within two units in the last place,
    /// as GDAL compares.
    pub fn is_in(self, element: &[u8], data_type: DataType) -> bool {
        match (data_type, self, element) {
            (DataType::Float32, Self::Number(value), &[a, b, c, d]) => {
                let (found, value) = (f32::from_ne_bytes([a, b, c, d]), value as f32);
                let close = (found - value).abs() < f32::EPSILON * (found + value).abs() * 2.0;
                found == value || close || (found.is_nan() && value.is_nan())
            }
            (DataType::Float64, Self::Number(value), &[a, b, c, d, e, f, g, h]) => {
                let found = f64::from_ne_bytes([a, b, c, d, e, f, g, h]);
                let close = (found - value).abs() < f64::EPSILON * (found + value).abs() * 2.0;
                found == value || close || (found.is_nan() && value.is_nan())
            }
            _ => self.to_bytes(data_type).is_some_and(|bytes| bytes == element),
        }
    }
}

/// A number as C's `strtod` finds it at the start of a text, `nan` and `inf` included.
fn leading_number(text: &str) -> Option<f64> {
    // No number is longer than this; every prefix is tried, so the length must be bounded.
    let text: String = text.chars().take(64).collect::<String>().to_ascii_lowercase();
    if text.starts_with("nan") || text.starts_with("-nan") {
        return Some(f64::NAN);
    }
    (1..=text.len()).rev().filter_map(|end| text.get(..end)).find_map(|prefix| prefix.trim().parse().ok())
}

/// The float32 nearest to a number; `None` where that would be infinite. Writers print the largest float32 with a digit too many or
/// too few; it is meant all the same.
fn as_float32(value: f64) -> Option<f64> {
    let largest = f64::from(f32::MAX);
    if (value.abs() - largest).abs() < 1e-6 * largest {
        return Some(largest.copysign(value));
    }
    let rounded = f64::from(value as f32);
    (rounded.is_finite() || !value.is_finite()).then_some(rounded)
}

/// Whether a number lies between the least and the greatest value of an integer type.
fn in_range(value: f64, data_type: DataType) -> bool {
    let (low, high) = match data_type {
        DataType::Uint8 => (0.0, f64::from(u8::MAX)),
        DataType::Int8 => (f64::from(i8::MIN), f64::from(i8::MAX)),
        DataType::Uint16 => (0.0, f64::from(u16::MAX)),
        DataType::Int16 => (f64::from(i16::MIN), f64::from(i16::MAX)),
        DataType::Uint32 => (0.0, f64::from(u32::MAX)),
        _ => (f64::from(i32::MIN), f64::from(i32::MAX)),
    };
    value >= low && value <= high
}

/// Statistics that a writer stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// STATISTICS_MINIMUM
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// STATISTICS_MAXIMUM
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// STATISTICS_MEAN
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// STATISTICS_STDDEV
    #[serde(skip_serializing_if = "Option::is_none")]
    pub std_dev: Option<f64>,
    /// STATISTICS_VALID_PERCENT
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_percent: Option<f64>,
}

/// What GDAL_METADATA says of one band.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BandMetadata {
    /// Its description.
    pub description: Option<String>,
    /// Unit of its values.
    pub unit: Option<String>,
    /// Factor from stored to real values.
    pub scale: Option<f64>,
    /// Summand from stored to real values.
    pub offset: Option<f64>,
    /// Colour interpretation, in GDAL's words.
    pub color_interpretation: Option<String>,
    /// All other items of the default domain.
    pub items: SortedMap<String, String>,
    /// Red, green, blue, alpha by stored value; only auxiliary files say that of bands.
    pub colors: Option<Vec<[u8; 4]>>,
    /// Names by stored value; only auxiliary files have them.
    pub categories: Vec<String>,
}

impl BandMetadata {
    /// The statistics among the items; `None` where there are none.
    pub fn statistics(&self) -> Option<Statistics> {
        let number = |name: &str| self.items.get(name).and_then(|text| text.trim().parse().ok());
        let found = Statistics {
            minimum: number("STATISTICS_MINIMUM"),
            maximum: number("STATISTICS_MAXIMUM"),
            mean: number("STATISTICS_MEAN"),
            std_dev: number("STATISTICS_STDDEV"),
            valid_percent: number("STATISTICS_VALID_PERCENT"),
        };
        (found != Statistics::default()).then_some(found)
    }
}

/// What GDAL_METADATA says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// Items of the default domain about the file.
    pub items: SortedMap<String, String>,
    /// By band, from 1.
    pub bands: SortedMap<u32, BandMetadata>,
}

impl Metadata {
    /// Reads the XML of GDAL_METADATA. Items that make no sense are left out.
    ///
    /// # Errors
    /// The parser's words, where the text is no XML.
    pub fn parse(xml: &str) -> Result<Self, String> {
        let root = xml::parse(xml)?;
        let mut metadata = Self::default();
        for item in root.all("Item") {
            let Some(name) = item.attribute("name") else { continue };
            // GDAL writes the text escaped once more than XML asks for.
            let text = &unescaped(item.text());
            match item.attribute("sample").map(str::parse::<u32>) {
                None if item.attribute("domain").is_none() => {
                    metadata.items.insert(name.to_owned(), text.to_owned());
                }
                Some(Ok(sample)) if sample < u32::from(u16::MAX) => {
                    let (role, domain) = (item.attribute("role"), item.attribute("domain"));
                    metadata.bands.alter(sample + 1, |band| band.take(name, role, domain, text));
                }
                _ => {}
            }
        }
        Ok(metadata)
    }
}

/// Text with the five named entities replaced.
fn unescaped(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    named.into_iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

impl BandMetadata {
    fn take(&mut self, name: &str, role: Option<&str>, domain: Option<&str>, text: &str) {
        let number = || text.trim().parse::<f64>().ok();
        match role {
            Some("scale") => self.scale = number(),
            Some("offset") => self.offset = number(),
            Some("description") => self.description = Some(text.to_owned()),
            Some("unittype") => self.unit = Some(text.to_owned()),
            Some("colorinterp") => self.color_interpretation = Some(text.to_ascii_lowercase()),
            _ if domain.is_none() => {
                self.items.insert(name.to_owned(), text.to_owned());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodata_texts_as_writers_print_them() {
        let parse = |text, data_type| Nodata::parse(text, data_type);
        assert_eq!(parse("-9999 ", DataType::Int16), Some(Nodata::Number(-9999.0)));
        assert_eq!(parse("256", DataType::Uint8), None);
        assert_eq!(parse("-1", DataType::Uint16), None);
        assert_eq!(parse("0.1", DataType::Float32), Some(Nodata::Number(f64::from(0.1_f32))));
        assert_eq!(parse("1e300", DataType::Float32), None);
        assert!(matches!(parse("nan", DataType::Float32), Some(Nodata::Number(value)) if value.is_nan()));
        let largest = Some(Nodata::Number(-f64::from(f32::MAX)));
        assert_eq!(parse("-3.4028234663852886e+38", DataType::Float32), largest);
        assert_eq!(parse("-3.40282346639e+38", DataType::Float32), largest);
        assert_eq!(parse("1.7976931348623157e+308", DataType::Float64), Some(Nodata::Number(f64::MAX)));
        assert_eq!(parse("-9223372036854775808", DataType::BigInt64), Some(Nodata::Signed(i64::MIN)));
        assert_eq!(parse("18446744073709551615", DataType::BigUint64), Some(Nodata::Unsigned(u64::MAX)));
        assert_eq!(parse("0x", DataType::Uint8), Some(Nodata::Number(0.0)));
        assert_eq!(parse("none", DataType::Uint8), None);
    }

    #[test]
    fn nodata_fills_only_what_can_hold_it() {
        assert_eq!(Nodata::Number(256.0).to_bytes(DataType::Uint8), None);
        assert_eq!(Nodata::Number(1.5).to_bytes(DataType::Int16), None);
        assert_eq!(Nodata::Number(-1.0).to_bytes(DataType::Int16), Some((-1_i16).to_ne_bytes().to_vec()));
        assert_eq!(Nodata::Number(1e300).to_bytes(DataType::Float32), None);
        assert_eq!(Nodata::Signed(7).to_bytes(DataType::BigInt64), Some(7_i64.to_ne_bytes().to_vec()));
    }

    #[test]
    fn metadata_by_role_and_band() {
        let xml = r#"<GDALMetadata><Item name="A">x &amp;amp; &lt;y</Item><Item name="D" domain="other">no</Item>
            <Item name="DESCRIPTION" sample="1" role="description">nir</Item><Item name="OFFSET" sample="1" role="offset">-2.5</Item>
            <Item name="STATISTICS_MINIMUM" sample="0">3</Item></GDALMetadata>"#;
        let metadata = Metadata::parse(xml).unwrap();
        assert_eq!(metadata.items, SortedMap::from([("A".to_owned(), "x & <y".to_owned())]));
        assert_eq!(metadata.bands.get(&2).unwrap().description.as_deref(), Some("nir"));
        assert_eq!(metadata.bands.get(&2).unwrap().offset, Some(-2.5));
        assert_eq!(metadata.bands.get(&1).unwrap().statistics().unwrap().minimum, Some(3.0));
        assert!(Metadata::parse("<GDALMetadata>").is_err());
    }
}
