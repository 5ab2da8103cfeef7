//! What a caller asks for, checked against the dataset.

use serde::Deserialize;

use crate::codec::Order;
use crate::codec::frame::Unfit;
use crate::error::{Answer, Error, Result};
use crate::float;
use crate::pyramid::best_level::{Descent, FloatWindow, NEAREST_THRESHOLD, best_level};
use crate::pyramid::{Dataset, Level};
use crate::tiff::image::Planar;

/// A read as the caller words it. Everything is optional: the whole image at full size, all bands.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Request {
    /// `[x, y, width, height]`: in the level's pixels when `level` is given, else in full-size pixels.
    pub window: Option<[f64; 4]>,
    /// 0 = full size.
    pub level: Option<f64>,
    /// Columns of the result.
    pub width: Option<f64>,
    /// Rows of the result.
    pub height: Option<f64>,
    /// Numbered from 1, in the order of the result; repeats allowed.
    pub bands: Option<Vec<f64>>,
    /// Order of the result's elements.
    pub layout: Option<Order>,
    /// The longest side of a preview of the whole image; `window`, `level`, `width` and `height` are then unset.
    pub max_size: Option<f64>,
    /// Whether the mask is wanted too.
    pub mask: Option<bool>,
    /// What is done without from now on: it was found not to be as the file says.
    pub unfit: Option<Unfit>,
    /// Largest result in bytes; the dataset's limit where it is unset or larger.
    pub max_bytes: Option<f64>,
}

/// A request resolved: which level, and which of its pixels make the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Level that the blocks come from.
    pub level: u32,
    /// The caller's window, on the caller's grid.
    pub window: [u32; 4],
    /// Whether the caller's grid is the level's own.
    pub on_level_grid: bool,
    /// The window on the level's grid.
    pub source: FloatWindow,
    /// Columns of the result.
    pub width: u32,
    /// Rows of the result.
    pub height: u32,
    /// From 1.
    pub bands: Vec<u32>,
    /// Order of the result's elements.
    pub layout: Order,
    /// Whether the level was chosen by the size of the result.
    pub descended: bool,
}

/// Resolves a request. The sidecar is asked for only where the answer may lie in it.
///
/// # Errors
/// `invalid_argument` stating the valid range; those of [`Dataset::level`].
pub fn resolve(dataset: &mut Dataset, request: &Request) -> Answer<Target> {
    dataset.open()?;
    if let Some(longest) = &request.max_size {
        return preview(dataset, request, whole("maxSize", *longest, 1.0, f64::from(i32::MAX))?);
    }
    let level = match request.level {
        Some(level) => whole("level", level, 0.0, f64::from(u32::MAX))?,
        None => 0,
    };
    let grid = size_of(dataset.level(level)?);
    let window = window_in(request.window, grid)?;
    let (width, height) = out_size(request, window)?;
    let mut target = Target {
        level,
        window,
        on_level_grid: request.level.is_some(),
        source: Descent::new(window).exact,
        width,
        height,
        bands: bands(request, dataset.full()?.0.image.bands)?,
        layout: request.layout.unwrap_or(Order::Band),
        descended: false,
    };
    let [_, _, columns, rows] = window;
    if request.level.is_none() && (width < columns || height < rows) {
        move_to_best_level(dataset, &mut target)?;
    }
    check_bands(dataset, &target)?;
    Ok(target)
}

/// The whole image with its longest side at most `longest`: a level as it is where one lies within a factor of two, else resampled.
fn preview(dataset: &mut Dataset, request: &Request, longest: u32) -> Answer<Target> {
    let full = size_of(dataset.full()?.0);
    let plain = |level: u32, width: u32, height: u32| {
        let level = (level > 0).then_some(f64::from(level));
        let (width, height) = (Some(f64::from(width)), Some(f64::from(height)));
        Request { level, width, height, max_size: None, ..request.clone() }
    };
    if full.0.max(full.1) <= longest {
        return resolve(dataset, &plain(0, full.0, full.1));
    }
    let levels = dataset.levels()?.list;
    let fitting = levels.iter().enumerate().filter(|(_, level)| level.suspect.is_none()).filter_map(
        |(index, level)| {
            let (width, height) = size_of(level);
            let side = width.max(height);
            (side <= longest && side > longest / 2).then_some((side, index as u32, width, height))
        },
    );
    if let Some((_, level, width, height)) = fitting.max_by_key(|(side, ..)| *side) {
        let mut target = resolve(dataset, &plain(level, width, height))?;
        (target.on_level_grid, target.window) = (false, [0, 0, full.0, full.1]);
        return Ok(target);
    }
    let factor = f64::from(longest) / f64::from(full.0.max(full.1));
    let side = |size: u32| (f64::from(size) * factor).round().max(1.0) as u32;
    resolve(dataset, &plain(0, side(full.0), side(full.1)))
}

fn size_of(level: &Level) -> (u32, u32) {
    (level.image.width, level.image.height)
}

/// Chooses the level as GDAL does and maps the window onto it.
fn move_to_best_level(dataset: &mut Dataset, target: &mut Target) -> Answer<()> {
    let levels = dataset.levels()?.list;
    let (level, source) = descend(&levels, target.window, (target.width, target.height), target.bands.len());
    (target.level, target.source, target.descended) = (level as u32, source, true);
    Ok(())
}

/// GDAL's way down a list of levels, the full size first, for a window of it and a size of the result: the place in the list, and the
/// window there. To GDAL the first image of a sidecar is a dataset with overviews of its own, the rest of the sidecar: once it is
/// chosen, the question is asked again of those, over the window in whole pixels, where it has more of them than the result.
///
/// Several bands go down together as long as the result is smaller on both axes, and one by one from then on. Together they are read block
/// by block where the window has as many pixels as the result and they are stored together; if its edges are no whole pixels, that way
/// looks for an overview, too, and then takes what it found.
pub(super) fn descend(
    levels: &[&Level],
    window: [u32; 4],
    out: (u32, u32),
    bands: usize,
) -> (usize, FloatWindow) {
    let mut descent = Descent::new(window);
    let (mut at, mut together) = (0, bands > 1);
    while let Some((own, overviews)) = levels.get(at..).and_then(<[_]>::split_first) {
        let [_, _, width, height] = descent.whole;
        let fewer = out.0 < width || out.1 < height;
        let in_blocks = together && own.image.planar == Planar::Contiguous;
        let as_many = out == (width, height) && !descent.is_whole();
        if !((at == 0 || own.first) && (fewer || in_blocks && as_many)) {
            break;
        }
        together &= out.0 < width && out.1 < height;
        let may_be_chosen = |level: &&Level| level.suspect.is_none() && level.file >= own.file;
        let sizes: Vec<_> =
            overviews.iter().map(|level| may_be_chosen(level).then_some(size_of(level))).collect();
        let window = (f64::from(width), f64::from(height));
        let best = best_level(size_of(own), &sizes, window, out, NEAREST_THRESHOLD);
        let Some(level) = levels.get(at + best).filter(|_| best > 0) else { break };
        descent = descent.onto(size_of(own), size_of(level));
        at += best;
        if !fewer {
            break;
        }
    }
    (at, descent.exact)
}

/// A level may have fewer bands than the full size; asking it for more is the caller's mistake.
fn check_bands(dataset: &mut Dataset, target: &Target) -> Answer<()> {
    let found = dataset.level(target.level)?.image.bands;
    match target.bands.iter().find(|band| **band > found) {
        Some(band) => {
            let message = format!("level {} has {found} bands, expected at least {band}", target.level);
            Err(Error::invalid("bands", message).into())
        }
        None => Ok(()),
    }
}

/// A whole number within bounds.
fn whole(name: &str, value: f64, low: f64, high: f64) -> Result<u32> {
    if value.fract() == 0.0 && value >= low && value <= high {
        return Ok(value as u32);
    }
    let [value, low, high] = [value, low, high].map(float::text);
    Err(Error::invalid(name, format!("{name} is {value}, expected a whole number from {low} to {high}")))
}

fn window_in(window: Option<[f64; 4]>, grid: (u32, u32)) -> Result<[u32; 4]> {
    let Some(window) = window else { return Ok([0, 0, grid.0, grid.1]) };
    let [x, y, width, height] = window;
    let is_whole = window.iter().all(|value| value.fract() == 0.0);
    let inside =
        |start: f64, size: f64, whole: u32| start >= 0.0 && size >= 1.0 && start + size <= f64::from(whole);
    if is_whole && inside(x, width, grid.0) && inside(y, height, grid.1) {
        return Ok([x as u32, y as u32, width as u32, height as u32]);
    }
    let [x, y, width, height] = window.map(float::text);
    let message = format!(
        "window is [{x}, {y}, {width}, {height}], expected whole numbers [x, y, width, height] inside the image of {}x{}",
        grid.0, grid.1
    );
    Err(Error::invalid("window", message))
}

/// The size of the result; one side given alone brings the other along in proportion.
fn out_size(request: &Request, [_, _, columns, rows]: [u32; 4]) -> Result<(u32, u32)> {
    let given = |name, value: Option<f64>| {
        value.map(|value| whole(name, value, 1.0, f64::from(i32::MAX))).transpose()
    };
    let follow = |side: u32, of: u32, other: u32| {
        let exact = f64::from(side) / f64::from(of) * f64::from(other);
        float::within(exact.round(), 1.0, f64::from(i32::MAX)) as u32
    };
    Ok(match (given("width", request.width)?, given("height", request.height)?) {
        (None, None) => (columns, rows),
        (Some(width), None) => (width, follow(width, columns, rows)),
        (None, Some(height)) => (follow(height, rows, columns), height),
        (Some(width), Some(height)) => (width, height),
    })
}

fn bands(request: &Request, count: u32) -> Result<Vec<u32>> {
    let Some(asked) = &request.bands else { return Ok((1..=count).collect()) };
    if asked.is_empty() {
        return Err(Error::invalid("bands", format!("bands is empty, expected numbers from 1 to {count}")));
    }
    // Far more than any file has bands, and few enough that a list of repeats costs nothing.
    if asked.len() > 1 << 16 {
        return Err(Error::invalid(
            "bands",
            format!("bands has {} entries, expected at most 65536", asked.len()),
        ));
    }
    let mut bands = Vec::with_capacity(asked.len());
    for band in asked {
        if band.fract() != 0.0 || *band < 1.0 || *band > f64::from(count) {
            let band = float::text(*band);
            let message = format!("band {band} does not exist: bands are numbered from 1 to {count}");
            return Err(Error::invalid("bands", message));
        }
        bands.push(*band as u32);
    }
    Ok(bands)
}
