//! GDAL's auxiliary files (`.aux.xml`, PAM): what it knows of a raster besides what the raster itself says.

use super::facts::Facts;
use crate::error::{Error, Result};
use crate::float;
use crate::pixel::DataType;
use crate::sorted::SortedMap;
use crate::text::quoted;
use crate::tiff::gdal::{BandMetadata, Domains, Metadata};
use crate::tiff::geo::Transform;
use crate::tiff::geokeys::{Crs, KeyValue};
use crate::tiff::nodata::Nodata;
use crate::xml::{self, Element};

/// The contents of an auxiliary file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pam {
    /// Pixels to map coordinates.
    pub transform: Option<Transform>,
    /// Reference system.
    pub crs: Option<Crs>,
    /// Items of the default domain, and what is said of each band.
    pub metadata: Metadata,
    /// The texts of nodata, by band.
    pub nodata: SortedMap<u32, String>,
}

impl Pam {
    /// Reads the XML. Elements that make no sense are left out.
    ///
    /// # Errors
    /// `malformed` for what is no XML, or not PAM's.
    pub fn parse(xml: &str) -> Result<Self> {
        let root = &xml::parse(xml)
            .map_err(|error| Error::malformed(format!("the auxiliary file is no XML: {error}")))?;
        let name = root.name();
        if name != "PAMDataset" {
            return Err(Error::malformed(format!(
                "the auxiliary file has a {}, expected PAMDataset",
                quoted(name)
            )));
        }
        let mut pam = Self {
            transform: text_in(root, "GeoTransform").and_then(transform),
            crs: text_in(root, "SRS").and_then(crs),
            ..Self::default()
        };
        (pam.metadata.items, pam.metadata.domains) = items(root);
        for band in root.all("PAMRasterBand") {
            let Some(number) = band.attribute("band").and_then(|text| text.parse().ok()) else { continue };
            if let Some(text) = text_in(band, "NoDataValue") {
                pam.nodata.insert(number, text.to_owned());
            }
            pam.metadata.bands.insert(number, band_metadata(band));
        }
        Ok(pam)
    }
}

impl Facts {
    /// Takes what an auxiliary file says over what the raster says, field by field.
    pub(super) fn take_pam(&mut self, pam: Pam, data_type: DataType) {
        self.transform = pam.transform.or(self.transform);
        self.crs = pam.crs.or(self.crs.take());
        for (band, text) in pam.nodata {
            let fill = Nodata::read(&text, data_type);
            let nodata = fill.filter(|nodata| nodata.is_in_range(data_type));
            if nodata.is_none() {
                self.warnings.push(format!(
                    "NoDataValue {} of the auxiliary file: no pixel of type {data_type:?} can equal it",
                    quoted(&text)
                ));
            }
            if band == 1 {
                self.nodata = nodata;
            }
            self.band_nodata.insert(band, nodata);
            self.band_fill.insert(band, fill);
        }
        for (key, text) in pam.metadata.items {
            self.metadata.items.insert(key, text);
        }
        take_domains(&mut self.metadata.domains, pam.metadata.domains);
        for (number, said) in pam.metadata.bands {
            self.metadata.bands.alter(number, |band| take_band(band, said));
        }
    }
}

/// Takes what is said of a band over what is known of it.
fn take_band(band: &mut BandMetadata, said: BandMetadata) {
    band.description = said.description.or(band.description.take());
    band.unit = said.unit.or(band.unit.take());
    band.scale = said.scale.or(band.scale);
    band.offset = said.offset.or(band.offset);
    band.color_interpretation = said.color_interpretation.or(band.color_interpretation.take());
    band.colors = said.colors.or(band.colors.take());
    for (key, text) in said.items {
        band.items.insert(key, text);
    }
    take_domains(&mut band.domains, said.domains);
    if !said.categories.is_empty() {
        band.categories = said.categories;
    }
}

fn take_domains(known: &mut Domains, said: Domains) {
    for (domain, items) in said {
        known.alter(domain, |known| {
            for (key, text) in items {
                known.insert(key, text);
            }
        });
    }
}

fn text_in<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    Some(element.first(name)?.text().trim()).filter(|text| !text.is_empty())
}

/// Items of the default domain, and of the others.
fn items(element: &Element) -> (SortedMap<String, String>, Domains) {
    let (mut items, mut domains) = (SortedMap::default(), Domains::default());
    for domain in element.all("Metadata") {
        let entries = domain.all("MDI");
        let pairs =
            entries.filter_map(|entry| Some((entry.attribute("key")?.to_owned(), entry.text().to_owned())));
        let own: Vec<(String, String)> = pairs.collect();
        let target = |items: &mut SortedMap<String, String>| {
            for (key, text) in own {
                items.insert(key, text);
            }
        };
        match domain.attribute("domain").filter(|name| !name.is_empty()) {
            None => target(&mut items),
            Some(name) => domains.alter(name.to_owned(), target),
        }
    }
    (items, domains)
}

fn band_metadata(band: &Element) -> BandMetadata {
    let text = |name| text_in(band, name).map(str::to_owned);
    let number = |name| text_in(band, name).and_then(float::parse);
    let (items, domains) = items(band);
    BandMetadata {
        description: text("Description"),
        unit: text("UnitType"),
        scale: number("Scale"),
        offset: number("Offset"),
        color_interpretation: text("ColorInterp").map(|name| name.to_ascii_lowercase()),
        items,
        domains,
        colors: band.first("ColorTable").map(colors),
        categories: band.first("CategoryNames").map(categories).unwrap_or_default(),
    }
}

fn colors(table: &Element) -> Vec<[u8; 4]> {
    let part = |entry: &Element, name: &str, otherwise| {
        entry.attribute(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    table
        .all("Entry")
        .map(|entry| {
            [part(entry, "c1", 0), part(entry, "c2", 0), part(entry, "c3", 0), part(entry, "c4", 255)]
        })
        .collect()
}

fn categories(names: &Element) -> Vec<String> {
    names.all("Category").map(|entry| entry.text().to_owned()).collect()
}

/// GDAL's order: c, a, b, f, d, e.
fn transform(text: &str) -> Option<Transform> {
    let numbers: Vec<f64> = text.split(',').map_while(|number| float::parse(number.trim())).collect();
    match *numbers.as_slice() {
        [c, a, b, f, d, e] => Some([a, b, c, d, e, f]),
        _ => None,
    }
}

/// A system by its code (`EPSG:3857`) or as WKT, whose code is only known where it is written at its end.
fn crs(text: &str) -> Option<Crs> {
    let epsg = match text.strip_prefix("EPSG:") {
        Some(code) => code.parse().ok(),
        None => code_at_end(text),
    };
    let name = text.split('"').nth(1).filter(|_| text.contains('['));
    let keys = SortedMap::from([("SRS".to_owned(), KeyValue::Text(text.to_owned()))]);
    Some(Crs { epsg, vertical_epsg: None, vertical_unit: None, name: name.map(str::to_owned), keys })
}

/// The code in `AUTHORITY["EPSG","4326"]]` or `ID["EPSG",4326]]` at the very end.
fn code_at_end(wkt: &str) -> Option<u16> {
    let compact: String = wkt.chars().filter(|character| !character.is_whitespace()).collect();
    let inner = compact.strip_suffix("]]")?;
    let start = inner.rfind('[')?;
    let (keyword, arguments) = (inner.get(..start)?, inner.get(start + 1..)?);
    if !(keyword.ends_with(",AUTHORITY") || keyword.ends_with(",ID")) {
        return None;
    }
    let (authority, code) = arguments.split_once(',')?;
    (authority == "\"EPSG\"").then(|| code.trim_matches('"').parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a24_codes_are_read_only_at_the_end_of_the_text() {
        assert_eq!(
            code_at_end(r#"GEOGCS["x",UNIT["d",1,AUTHORITY["EPSG","9122"]], AUTHORITY["EPSG", "4326"]]"#),
            Some(4326)
        );
        assert_eq!(code_at_end(r#"GEOGCRS["x",ID["EPSG",4979]]"#), Some(4979));
        assert_eq!(code_at_end(r#"GEOGCS["x",UNIT["d",1,AUTHORITY["EPSG","9122"]]]"#), None);
        assert_eq!(code_at_end(r#"PROJCS["x",AUTHORITY["ESRI","102100"]]"#), None);
        assert_eq!(crs("EPSG:3857").unwrap().epsg, Some(3857));
        assert_eq!(crs(r#"LOCAL_CS["mine"]"#).unwrap().name.as_deref(), Some("mine"));
    }

    #[test]
    fn a24_the_auxiliary_file_counts_before_the_raster_field_by_field() {
        let xml = r#"<PAMDataset><GeoTransform> 1e5, 20, 0, 2e5, 0, -20</GeoTransform>
            <Metadata><MDI key="A">pam</MDI></Metadata><Metadata domain="X"><MDI key="A">other</MDI></Metadata>
            <PAMRasterBand band="1"><NoDataValue>9</NoDataValue><Scale>3</Scale>
            <CategoryNames><Category>sea</Category><Category/></CategoryNames>
            <ColorTable><Entry c1="1" c2="2" c3="3" c4="0"/></ColorTable></PAMRasterBand></PAMDataset>"#;
        let mut facts = Facts { nodata: Some(Nodata::Number(5.0)), ..Facts::default() };
        facts.metadata.items.insert("B".to_owned(), "own".to_owned());
        facts.metadata.bands.alter(1, |band| band.unit = Some("m".to_owned()));
        facts.take_pam(Pam::parse(xml).unwrap(), DataType::Uint8);
        assert_eq!(facts.transform, Some([20.0, 0.0, 1e5, 0.0, -20.0, 2e5]));
        assert_eq!(facts.nodata, Some(Nodata::Number(9.0)));
        assert_eq!(facts.metadata.items.get("A").unwrap(), "pam");
        assert_eq!(facts.metadata.items.get("B").unwrap(), "own");
        let band = facts.metadata.bands.get(&1).unwrap();
        assert_eq!((band.unit.as_deref(), band.scale), (Some("m"), Some(3.0)));
        assert_eq!(band.categories, ["sea", ""]);
        assert_eq!(band.colors.as_deref(), Some(&[[1, 2, 3, 0]][..]));
        // A nodata that no pixel can equal shadows the raster's own, as in GDAL.
        facts.take_pam(
            Pam { nodata: SortedMap::from([(1, "nan".to_owned())]), ..Pam::default() },
            DataType::Uint8,
        );
        assert_eq!((facts.nodata, facts.warnings.len()), (None, 1));
        assert!(Pam::parse("<VRTDataset/>").is_err() && Pam::parse("<PAMDataset>").is_err());
    }
}
