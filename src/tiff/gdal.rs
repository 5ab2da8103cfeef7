//! What GDAL writes into a tag of its own: metadata per band and per file.

use serde::{Deserialize, Serialize};

use crate::float;
use crate::sorted::SortedMap;
use crate::xml;

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

/// Items by domain.
pub type Domains = SortedMap<String, SortedMap<String, String>>;

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
    /// Items of other domains, by domain.
    pub domains: Domains,
    /// Red, green, blue, alpha by stored value; only auxiliary files say that of bands.
    pub colors: Option<Vec<[u8; 4]>>,
    /// Names by stored value; only auxiliary files have them.
    pub categories: Vec<String>,
}

impl BandMetadata {
    /// The statistics among the items; `None` where there are none.
    pub fn statistics(&self) -> Option<Statistics> {
        let number = |name: &str| self.items.get(name).and_then(|text| float::parse(text.trim()));
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
    /// Items of other domains about the file, by domain. Those of `xml:` domains are documents.
    pub domains: Domains,
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
            let domain = item.attribute("domain").unwrap_or_default();
            // How the image is stored is said by its tags.
            if domain.eq_ignore_ascii_case("IMAGE_STRUCTURE") {
                continue;
            }
            match item.attribute("sample").map(str::parse::<u32>) {
                None if domain.is_empty() => {
                    metadata.items.insert(name.to_owned(), text.to_owned());
                }
                None => put(&mut metadata.domains, domain, name, text),
                Some(Ok(sample)) if sample < u32::from(u16::MAX) => {
                    let role = item.attribute("role");
                    metadata.bands.alter(sample + 1, |band| band.take(name, role, domain, text));
                }
                _ => {}
            }
        }
        Ok(metadata)
    }
}

fn put(domains: &mut Domains, domain: &str, name: &str, text: &str) {
    domains.alter(domain.to_owned(), |items| {
        items.insert(name.to_owned(), text.to_owned());
    });
}

/// Text with the five named entities replaced.
fn unescaped(text: &str) -> String {
    let named = [("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("apos;", '\''), ("amp;", '&')];
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = named.iter().find_map(|(name, character)| Some((*character, after.strip_prefix(name)?)));
        let (character, after) = entity.unwrap_or(('&', after));
        plain.push(character);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

impl BandMetadata {
    fn take(&mut self, name: &str, role: Option<&str>, domain: &str, text: &str) {
        let number = || float::parse(text.trim());
        match role {
            Some("scale") => self.scale = number(),
            Some("offset") => self.offset = number(),
            Some("description") => self.description = Some(text.to_owned()),
            Some("unittype") => self.unit = Some(text.to_owned()),
            Some("colorinterp") => self.color_interpretation = Some(text.to_ascii_lowercase()),
            _ if domain.is_empty() => {
                self.items.insert(name.to_owned(), text.to_owned());
            }
            _ => put(&mut self.domains, domain, name, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_by_role_and_band() {
        let xml = r#"<GDALMetadata><Item name="A">x &amp;amp; &lt;y</Item><Item name="D" domain="other">no</Item>
            <Item name="DESCRIPTION" sample="1" role="description">nir</Item><Item name="OFFSET" sample="1" role="offset">-2.5</Item>
            <Item name="STATISTICS_MINIMUM" sample="0">3</Item></GDALMetadata>"#;
        let metadata = Metadata::parse(xml).unwrap();
        assert_eq!(metadata.items, SortedMap::from([("A".to_owned(), "x & <y".to_owned())]));
        assert_eq!(metadata.domains.get("other").unwrap().get("D").unwrap(), "no");
        assert_eq!(metadata.bands.get(&2).unwrap().description.as_deref(), Some("nir"));
        assert_eq!(metadata.bands.get(&2).unwrap().offset, Some(-2.5));
        assert_eq!(metadata.bands.get(&1).unwrap().statistics().unwrap().minimum, Some(3.0));
        assert!(Metadata::parse("<GDALMetadata>").is_err());
    }
}
