//! A dataset described: plain values for whoever asks what a file is.

use serde::Serialize;

use super::Dataset;
use super::facts::Facts;
use super::sidecar::{Role, Sidecar, SidecarState};
use crate::codec::compression_name;
use crate::error::{Answer, FileId, Result};
use crate::pixel::{ByteOrder, Colours, DataType, SampleFormat};
use crate::sorted::SortedMap;
use crate::tiff::gdal::{Domains, Statistics};
use crate::tiff::geo::{self, Transform};
use crate::tiff::geokeys::Crs;
use crate::tiff::image::{Image, Planar};
use crate::tiff::nodata::Nodata;
use crate::tiff::rpc::{Gcp, Rpc};

/// A number; a 64-bit integer is text, since a JavaScript number cannot hold it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Number {
    /// Any other type.
    Float(f64),
    /// Decimal digits.
    Integer(String),
}

impl From<Nodata> for Number {
    fn from(nodata: Nodata) -> Self {
        match nodata {
            Nodata::Number(value) => Self::Float(value),
            Nodata::Signed(value) => Self::Integer(value.to_string()),
            Nodata::Unsigned(value) => Self::Integer(value.to_string()),
        }
    }
}

/// One band, from 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BandInfo {
    /// Element type handed out.
    pub dtype: DataType,
    /// Value of missing pixels.
    pub nodata: Option<Number>,
    /// Its name.
    pub description: Option<String>,
    /// Unit of its values.
    pub unit: Option<String>,
    /// Factor from stored to real values.
    pub scale: f64,
    /// Summand from stored to real values.
    pub offset: f64,
    /// In GDAL's words, lower case.
    pub color_interpretation: String,
    /// Red, green, blue, alpha (0 to 255) by stored value.
    pub colormap: Option<Vec<[u8; 4]>>,
    /// Names by stored value, from the auxiliary file.
    pub categories: Vec<String>,
    /// Stored statistics.
    pub statistics: Option<Statistics>,
    /// Metadata items about it.
    pub metadata: SortedMap<String, String>,
    /// Metadata items of other domains, by domain.
    pub domains: Domains,
}

/// How the full-size image is stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Storage {
    /// Of every number in the file.
    pub byte_order: ByteOrder,
    /// Whether offsets have 64 bits.
    pub big_tiff: bool,
    /// Tiles or strips.
    pub tiled: bool,
    /// Width and height of a block.
    pub block_size: [u32; 2],
    /// 1 or 2.
    pub planar_configuration: u16,
    /// Per sample.
    pub bits_per_sample: u16,
    /// Of every sample.
    pub sample_format: SampleFormat,
    /// GDAL's name.
    pub compression: String,
    /// 1, 2 or 3.
    pub predictor: u16,
    /// TIFF's name.
    pub photometric: String,
    /// Orientation (274): 1 to 8; pixels are not turned by it.
    pub orientation: u16,
}

/// A sidecar, described.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SidecarInfo {
    /// What it is for.
    pub role: Role,
    /// What is known.
    pub state: SidecarState,
    /// Where it is or would be.
    pub url: Option<String>,
    /// Why it is not used.
    pub reason: Option<String>,
}

/// A dataset, described.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bands.
    pub band_count: u32,
    /// Element type handed out.
    pub dtype: DataType,
    /// Value of missing pixels.
    pub nodata: Option<Number>,
    /// Pixels to map coordinates.
    pub transform: Option<Transform>,
    /// minX, minY, maxX, maxY.
    pub bounds: Option<[f64; 4]>,
    /// Reference system.
    pub crs: Option<Crs>,
    /// In the order of the file.
    pub bands: Vec<BandInfo>,
    /// Metadata items about the file.
    pub metadata: SortedMap<String, String>,
    /// Metadata items of other domains, by domain.
    pub domains: Domains,
    /// Rational polynomial coefficients, by GDAL's names.
    pub rpc: Option<Rpc>,
    /// Ground control points, where there is no transform.
    pub gcps: Vec<Gcp>,
    /// How it is stored.
    pub storage: Storage,
    /// What is known of the `.ovr`.
    pub sidecar: SidecarInfo,
    /// What is known of all files that may be beside the base.
    pub files: Vec<SidecarInfo>,
    /// What went wrong without ending anything.
    pub warnings: Vec<String>,
}

/// One level, described.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LevelInfo {
    /// 0 = full size.
    pub index: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Full-size pixels per pixel, across and down.
    pub scale: [f64; 2],
    /// `base` or `sidecar`.
    pub file: &'static str,
    /// URL or name of that file.
    pub url: Option<String>,
    /// Width and height of a block.
    pub block_size: [u32; 2],
    /// GDAL's name.
    pub compression: String,
    /// Element type handed out.
    pub dtype: DataType,
    /// Bands.
    pub band_count: u32,
    /// Value of missing pixels: its own, else the full size's, as all that follows.
    pub nodata: Option<Number>,
    /// Pixels of this level to map coordinates.
    pub transform: Option<Transform>,
    /// minX, minY, maxX, maxY.
    pub bounds: Option<[f64; 4]>,
    /// EPSG code of the reference system.
    pub epsg: Option<u16>,
    /// Red, green, blue, alpha (0 to 255) by stored value.
    pub colormap: Option<Vec<[u8; 4]>>,
    /// Items of the default domain.
    pub metadata: SortedMap<String, String>,
    /// Why it is never chosen unless it is asked for.
    pub doubt: Option<String>,
}

impl SidecarInfo {
    fn of(sidecar: &Sidecar) -> Self {
        let Sidecar { role, state, url, reason, .. } = sidecar.clone();
        Self { role, state, url, reason }
    }

    /// A dataset that was given none.
    fn never() -> Self {
        Self::of(&Sidecar::never(Role::Overviews, "none was named"))
    }
}

impl Dataset {
    /// Describes the dataset, as far as it is known.
    ///
    /// # Errors
    /// `internal` before `open` has answered.
    pub fn info(&self) -> Result<Info> {
        let (level, facts) = self.full()?;
        let image = &level.image;
        let size = (f64::from(image.width), f64::from(image.height));
        let big_tiff = self.file(FileId::BASE)?.header().is_ok_and(|header| header.variant.big);
        let mut bands = Vec::new();
        for band in 1..=image.bands {
            bands.push(band_info(image, facts, band));
        }
        let mut files = Vec::new();
        for companion in &self.companions {
            files.push(SidecarInfo::of(&companion.sidecar));
        }
        Ok(Info {
            width: image.width,
            height: image.height,
            band_count: image.bands,
            dtype: image.data_type,
            nodata: facts.nodata.map(Number::from),
            transform: facts.transform,
            bounds: facts.transform.map(|transform| geo::bounds(transform, size.0, size.1)),
            crs: facts.crs.clone(),
            bands,
            metadata: facts.metadata.items.clone(),
            domains: facts.metadata.domains.clone(),
            rpc: facts.rpc.clone(),
            gcps: if facts.transform.is_none() { facts.gcps.clone() } else { Vec::new() },
            storage: storage(image, facts, big_tiff),
            sidecar: self.sidecar().map_or_else(SidecarInfo::never, SidecarInfo::of),
            files,
            warnings: self.warnings(),
        })
    }

    /// Describes all levels; `base` is the base's URL or name.
    ///
    /// # Errors
    /// As [`Dataset::levels`].
    pub fn level_infos(&mut self, base: Option<&str>) -> Answer<Vec<LevelInfo>> {
        self.levels()?;
        let url = |file| match self.sidecar_of(file) {
            Some(sidecar) => sidecar.url.clone(),
            None => base.map(str::to_owned),
        };
        let list = self.known_levels()?.list;
        let (full, facts) = self.full()?;
        let full = &full.image;
        let describe = |(index, level): (usize, &&super::Level)| {
            let in_base = level.file == FileId::BASE;
            let scale = level.scale(full);
            let size = (f64::from(level.image.width), f64::from(level.image.height));
            let transform = level.transform(full, facts);
            LevelInfo {
                index: index as u32,
                width: level.image.width,
                height: level.image.height,
                scale: [scale.0, scale.1],
                file: if in_base { "base" } else { "sidecar" },
                url: url(level.file),
                block_size: [level.image.block_width, level.image.block_height],
                compression: compression(&level.image),
                dtype: level.image.data_type,
                band_count: level.image.bands,
                nodata: level.nodata(facts).map(Number::from),
                transform,
                bounds: transform.map(|transform| geo::bounds(transform, size.0, size.1)),
                epsg: level.own.crs.as_ref().or(facts.crs.as_ref()).and_then(|crs| crs.epsg),
                colormap: colormap(&level.own, 1).or_else(|| colormap(facts, 1)),
                metadata: level.metadata(facts),
                doubt: level.suspect.clone(),
            }
        };
        let mut infos = Vec::with_capacity(list.len());
        for level in list.iter().enumerate() {
            infos.push(describe(level));
        }
        Ok(infos)
    }
}

fn storage(image: &Image, facts: &Facts, big_tiff: bool) -> Storage {
    Storage {
        byte_order: image.order,
        big_tiff,
        tiled: image.tiled,
        block_size: [image.block_width, image.block_height],
        planar_configuration: if image.planar == Planar::Separate { 2 } else { 1 },
        bits_per_sample: image.bits,
        sample_format: image.format,
        compression: compression(image),
        predictor: image.predictor,
        photometric: photometric_name(image.photometric),
        orientation: facts.orientation,
    }
}

/// GDAL's name of a compression, with the one that may be around LERC's blobs.
fn compression(image: &Image) -> String {
    let number = image.compression;
    let name = compression_name(number).map_or_else(|| format!("compression {number}"), str::to_owned);
    match (number, image.settings.lerc) {
        (34887, [_, 1]) => name + "_deflate",
        (34887, [_, 2]) => name + "_zstd",
        _ => name,
    }
}

fn photometric_name(number: u16) -> String {
    let name = match number {
        0 => "MinIsWhite",
        1 => "MinIsBlack",
        2 => "RGB",
        3 => "Palette",
        4 => "Mask",
        5 => "CMYK",
        6 => "YCbCr",
        8 => "CIELab",
        _ => return format!("photometric {number}"),
    };
    name.to_owned()
}

fn band_info(image: &Image, facts: &Facts, band: u32) -> BandInfo {
    let stored = facts.metadata.bands.get(&band).cloned().unwrap_or_default();
    BandInfo {
        dtype: image.data_type,
        nodata: facts.nodata_of(band).map(Number::from),
        statistics: stored.statistics(),
        description: stored.description,
        unit: stored.unit.or_else(|| facts.crs.as_ref()?.vertical_unit.map(str::to_owned)),
        scale: stored.scale.unwrap_or(1.0),
        offset: stored.offset.unwrap_or(0.0),
        color_interpretation: color_interpretation_of(image, facts, band),
        colormap: colormap(facts, band),
        categories: stored.categories,
        metadata: stored.items,
        domains: stored.domains,
    }
}

/// GDAL's word for what a band shows: as it is written down, or from the tags.
pub(super) fn color_interpretation_of(image: &Image, facts: &Facts, band: u32) -> String {
    let stored = facts.metadata.bands.get(&band).and_then(|band| band.color_interpretation.clone());
    // Where colours were made, nothing else is true of them.
    let stored = stored.filter(|_| image.colours == Colours::Stored);
    stored.unwrap_or_else(|| color_interpretation(image, facts, band).to_owned())
}

/// GDAL's word for what a band shows, from the photometric interpretation and the extra samples; but that white at 0 is a grey to us,
/// and no palette.
fn color_interpretation(image: &Image, facts: &Facts, band: u32) -> &'static str {
    let own: &[&str] = match image.photometric {
        _ if image.colours != Colours::Stored => &["red", "green", "blue", "alpha"],
        6 if image.compression != 7 => &["Y", "Cb", "Cr"],
        _ if band == 1 && !facts.color_map.is_empty() => &["palette"],
        // A band of bits is one of two colours to GDAL, whatever they are.
        _ if image.bits == 1 && image.bands == 1 => &["gray"],
        2 | 6 => &["red", "green", "blue"],
        5 => &["cyan", "magenta", "yellow", "black"],
        1 => &["gray"],
        0 if image.bits <= 16 => &["gray"],
        _ => &[],
    };
    if let Some(name) = own.get(band as usize - 1) {
        return name;
    }
    let extra = image.extra_samples.as_deref().unwrap_or_default();
    let base = (image.bands as usize).saturating_sub(extra.len());
    match (band as usize).checked_sub(base + 1).and_then(|place| extra.get(place)) {
        Some(1 | 2) => "alpha",
        _ => "undefined",
    }
}

/// The colour map as GDAL hands it out: 8 bits per colour, nodata transparent.
fn colormap(facts: &Facts, band: u32) -> Option<Vec<[u8; 4]>> {
    if let Some(colors) = facts.metadata.bands.get(&band).and_then(|band| band.colors.clone()) {
        return Some(colors);
    }
    if band != 1 || facts.color_map.is_empty() {
        return None;
    }
    let entries = facts.color_map.len() / 3;
    let all = |factor: u16| facts.color_map.iter().all(|value| value % factor == 0);
    let divisor = match facts.color_map.iter().max() {
        // Some writers store 8-bit colours in the 16-bit fields.
        Some(0..256) => 1,
        // And some leave the low byte empty, where TIFF means 65535 to be white.
        _ if all(256) => 256,
        _ => 257,
    };
    let colour = |plane: usize, entry: usize| {
        facts.color_map.get(plane * entries + entry).map_or(0, |value| (value / divisor) as u8)
    };
    let missing = match facts.nodata {
        Some(Nodata::Number(value)) if value >= 0.0 => Some(value as usize),
        _ => None,
    };
    let rgba = |entry| {
        [colour(0, entry), colour(1, entry), colour(2, entry), if missing == Some(entry) { 0 } else { 255 }]
    };
    Some((0..entries).map(rgba).collect())
}
