//! From a request to byte ranges, blocks and placements: pure values.

pub mod axis;
pub mod blocks;
pub mod mask;
pub mod planes;
pub mod request;
pub mod sizes;
pub mod strips;

use serde::Serialize;

pub use blocks::{Placement, PlannedBlock};
pub use mask::{MaskKind, MaskPlan};
pub use request::{Request, Target};

use blocks::Cut;
use sizes::Sizes;

use crate::byte_range::ByteRange;
use crate::codec::Order;
use crate::error::{Answer, Code, Error, FileId, Result};
use crate::pixel::DataType;
use crate::pyramid::info::Number;
use crate::pyramid::{Dataset, MaskOrigin};
use crate::tiff::geo::{self, Transform};
use crate::tiff::nodata::Nodata;

/// A read, worked out: which bytes to bring, what to decode of them, and where the pixels go.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Level that the pixels come from.
    pub level: u32,
    /// The window, on the grid on which it was asked for.
    pub window: [u32; 4],
    /// Columns of the result.
    pub width: u32,
    /// Rows of the result.
    pub height: u32,
    /// From 1, in the order of the result.
    pub bands: Vec<u32>,
    /// Order of the result's elements.
    pub layout: Order,
    /// Element type.
    pub dtype: DataType,
    /// Value of missing pixels.
    pub nodata: Option<Number>,
    /// What sparse blocks hold, band by band of the result.
    pub fill: Vec<Number>,
    /// Pixels of the result to map coordinates.
    pub transform: Option<Transform>,
    /// minX, minY, maxX, maxY of the window.
    pub bounds: Option<[f64; 4]>,
    /// Bytes of the result.
    pub bytes: u64,
    /// Row by row of blocks; where planes are separate, band by band within each.
    pub blocks: Vec<PlannedBlock>,
    /// Where colours are made of planes: how many. The blocks then give those, pixel by pixel; else 0.
    pub planes: u32,
    /// How the result is made of the planes: blocks whose bytes are theirs.
    pub colours: Vec<PlannedBlock>,
    /// The mask, where it was asked for.
    pub mask: Option<MaskPlan>,
}

impl Plan {
    /// The bytes to bring, block by block, sparse ones left out.
    pub fn ranges(&self) -> Vec<(FileId, ByteRange)> {
        let masks = self.mask.iter().flat_map(|mask| &mask.blocks);
        let stored =
            self.blocks.iter().chain(masks).map(|block| (block.file, ByteRange::new(block.start, block.end)));
        stored.filter(|(_, range)| !range.is_empty()).collect()
    }
}

/// Works a request out.
///
/// # Errors
/// `invalid_argument` for a request that makes no sense, `too_large` for a result above the limit, `malformed` or `truncated` for
/// blocks that cannot be where the file says, `limit`.
pub fn plan(dataset: &mut Dataset, request: &Request) -> Answer<Plan> {
    // What was found wrong once is not tried again.
    dataset.options.unfit = dataset.options.unfit.max(request.unfit);
    let target = request::resolve(dataset, request)?;
    let limit = dataset.options.limits.output_bytes;
    let image = &dataset.level(target.level)?.image;
    let (planes, element) = (planes::of(image), image.data_type.size());
    let bytes = check_output(&target, planes, element, request.max_bytes, limit)?;
    let origin = match request.mask {
        Some(true) => Some(dataset.mask_origin()?),
        _ => None,
    };
    planned(dataset, target, origin, bytes)
}

/// The plan of a result of so many bytes, once the dataset knows its level, and where the mask comes from, if one is wanted.
fn planned(dataset: &Dataset, target: Target, origin: Option<MaskOrigin>, bytes: u64) -> Answer<Plan> {
    let (full, facts) = dataset.full()?;
    let level = dataset.known_level(target.level)?;
    let data_type = level.image.data_type;
    let limits = &dataset.options.limits;
    let planes = planes::of(&level.image);
    let cut = Cut {
        file: level.file,
        image: &level.image,
        source: target.source,
        width: target.width,
        height: target.height,
        bands: &target.bands,
        layout: target.layout,
        sizes: Sizes::of(dataset, level.file, &level.image)?,
    };
    let all: Vec<u32> = (1..=planes).collect();
    let blocks = blocks::blocks(dataset, &planes::stored(&cut, &all))?;
    let colours = if planes > 0 { planes::colours(&cut, limits)? } else { Vec::new() };
    let nodata = level.nodata(facts);
    let fill_of = |band: u32| {
        let said = facts.band_fill.get(&band).copied().filter(|_| target.level == 0);
        fill(said.unwrap_or_else(|| level.fill(facts)), data_type)
    };
    let nodata_of = |band: u32| level.nodata_of(band, facts);
    let mask = match origin {
        Some(origin) => Some(mask::mask(dataset, origin, &target, &cut, (&nodata_of, &fill_of))?),
        None => None,
    };
    let of_mask = mask.as_ref().map_or(&[][..], |mask| &mask.blocks);
    blocks::check_total([&blocks, of_mask], limits)?;
    let grid = if target.on_level_grid { level.transform(&full.image, facts) } else { facts.transform };
    let [x, y, columns, rows] = target.window.map(f64::from);
    let corner = grid.map(|grid| geo::shifted(grid, x, y));
    let fill = target.bands.iter().map(|band| fill_of(*band)).collect();
    Ok(Plan {
        level: target.level,
        window: target.window,
        width: target.width,
        height: target.height,
        bands: target.bands,
        layout: target.layout,
        dtype: data_type,
        nodata: nodata.map(Number::from),
        fill,
        transform: corner.map(|corner| {
            geo::scaled(corner, columns / f64::from(target.width), rows / f64::from(target.height))
        }),
        bounds: corner.map(|corner| geo::bounds(corner, columns, rows)),
        bytes,
        blocks,
        planes,
        colours,
        mask,
    })
}

/// What a block that was never written holds: the value of the type that is nearest to nodata, else 0.
fn fill(nodata: Option<Nodata>, data_type: DataType) -> Number {
    let nearest = nodata.map(|nodata| nodata.nearest(data_type));
    match nearest.filter(|nodata| nodata.to_bytes(data_type).is_some()) {
        Some(nodata) => Number::from(nodata),
        None if matches!(data_type, DataType::BigInt64 | DataType::BigUint64) => {
            Number::Integer("0".to_owned())
        }
        None => Number::Float(0.0),
    }
}

/// Bytes of the result, if that many are allowed, and those of the planes that it is made of.
fn check_output(target: &Target, planes: u32, element: u64, asked: Option<f64>, limit: u64) -> Result<u64> {
    let limit = asked.filter(|asked| *asked >= 0.0).map_or(limit, |asked| limit.min(asked as u64));
    let pixel = element.saturating_mul(u64::from(target.width)).saturating_mul(u64::from(target.height));
    let bytes = pixel.saturating_mul(target.bands.len() as u64);
    if bytes.max(pixel.saturating_mul(planes.into())) <= limit {
        return Ok(bytes);
    }
    let message = format!(
        "the result of {}x{} pixels and {} bands takes {bytes} bytes, the limit is {limit}: ask for a smaller window, give width and height, or raise maxBytes",
        target.width,
        target.height,
        target.bands.len()
    );
    Err(Error::new(Code::TooLarge, message).with(|detail| {
        detail.found = Some(bytes);
        detail.limit = Some(limit);
    }))
}
