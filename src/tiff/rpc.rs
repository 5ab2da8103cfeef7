//! Rational polynomial coefficients and ground control points: georeference that is no affine map.

use serde::Serialize;

use super::geokeys::GeoKeys;
use super::ifd::Ifd;
use super::values::Values;
use crate::error::Answer;
use crate::sorted::SortedMap;

/// RPCCoefficientTag.
const RPC: u16 = 50844;

/// The tags that [`rpc`] reads; those of [`gcps`] are [`super::geo::TAGS`].
pub const TAGS: &[u16] = &[RPC];

/// A point of the image whose place on the map is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gcp {
    /// `1`, `2`, ...
    pub id: String,
    /// Column, from the left edge of the image.
    pub pixel: f64,
    /// Row, from the upper edge of the image.
    pub line: f64,
    /// In the reference system.
    pub x: f64,
    /// In the reference system.
    pub y: f64,
    /// Height.
    pub z: f64,
}

/// Numbers by GDAL's names: one each, or twenty coefficients.
pub type Rpc = SortedMap<String, Vec<f64>>;

const SINGLE: [&str; 12] = [
    "ERR_BIAS",
    "ERR_RAND",
    "LINE_OFF",
    "SAMP_OFF",
    "LAT_OFF",
    "LONG_OFF",
    "HEIGHT_OFF",
    "LINE_SCALE",
    "SAMP_SCALE",
    "LAT_SCALE",
    "LONG_SCALE",
    "HEIGHT_SCALE",
];
const TWENTY: [&str; 4] = ["LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"];

/// The coefficients; `None` without them, or where they are not 92 numbers.
///
/// # Errors
/// Those of the tag.
pub fn rpc(values: &Values<'_>, ifd: &Ifd) -> Answer<Option<Rpc>> {
    let numbers = values.double_list(ifd, RPC)?.unwrap_or_default();
    if numbers.len() != SINGLE.len() + TWENTY.len() * 20 {
        return Ok(None);
    }
    let (single, twenty) = numbers.split_at_checked(SINGLE.len()).unwrap_or_default();
    let mut rpc = Rpc::new();
    for (name, value) in SINGLE.iter().zip(single.chunks(1)).chain(TWENTY.iter().zip(twenty.chunks(20))) {
        rpc.insert((*name).to_owned(), value.to_vec());
    }
    Ok(Some(rpc))
}

/// The control points of an image that has no affine map.
///
/// # Errors
/// Those of the tag.
pub fn gcps(values: &Values<'_>, ifd: &Ifd, keys: Option<&GeoKeys>) -> Answer<Vec<Gcp>> {
    let ties = values.double_list(ifd, super::tag::id::MODEL_TIEPOINT)?.unwrap_or_default();
    // Where coordinates name centres of pixels, those lie half a pixel from the edge.
    let shift = if keys.is_some_and(GeoKeys::pixel_is_point) { 0.5 } else { 0.0 };
    let mut points = Vec::new();
    for [pixel, line, _, x, y, z] in ties.as_chunks().0 {
        let id = (points.len() + 1).to_string();
        points.push(Gcp { id, pixel: pixel + shift, line: line + shift, x: *x, y: *y, z: *z });
    }
    Ok(points)
}
