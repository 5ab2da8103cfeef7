//! Where an image lies on the map.

use super::geokeys::GeoKeys;
use super::ifd::Ifd;
use super::tag::id;
use super::values::Values;
use crate::error::Answer;
use crate::float;

/// Affine map from pixels to the reference system: `x = a*column + b*row + c`, `y = d*column + e*row + f`, where (0, 0) is the
/// outer corner of the first pixel.
pub type Transform = [f64; 6];

/// The tags that [`transform`] reads.
pub const TAGS: &[u16] = &[id::MODEL_PIXEL_SCALE, id::MODEL_TIEPOINT, id::MODEL_TRANSFORMATION];

/// The transform of an image as GDAL reads it; `None` without georeference, or where only control points are given.
///
/// # Errors
/// Those of the tags.
pub fn transform(
    values: &Values<'_>,
    ifd: &Ifd,
    keys: Option<&GeoKeys>,
    warnings: &mut Vec<String>,
) -> Answer<Option<Transform>> {
    let scale = values.double_list(ifd, id::MODEL_PIXEL_SCALE)?.unwrap_or_default();
    let ties = values.double_list(ifd, id::MODEL_TIEPOINT)?.unwrap_or_default();
    let matrix = values.double_list(ifd, id::MODEL_TRANSFORMATION)?.unwrap_or_default();
    let by_scale = from_scale(&scale, &ties);
    if let Some(height) = scale.get(1).filter(|height| by_scale.is_some() && **height < 0.0) {
        let (found, taken) = (float::text(*height), float::text(-height));
        warnings.push(format!("ModelPixelScale has {found} for the height of a pixel: taken as {taken}"));
    }
    let found = by_scale.or_else(|| from_matrix(&matrix));
    let is_point = keys.is_some_and(GeoKeys::pixel_is_point);
    Ok(found.map(|transform| if is_point { shifted(transform, -0.5, -0.5) } else { transform }))
}

/// PixelScale with the first tiepoint.
fn from_scale(scale: &[f64], ties: &[f64]) -> Option<Transform> {
    let &[x, y, ..] = scale else { return None };
    // Without a tiepoint the first pixel's corner is the origin.
    let (column, row, east, north) = match *ties {
        [column, row, _, east, north, _, ..] => (column, row, east, north),
        _ => (0.0, 0.0, 0.0, 0.0),
    };
    if x == 0.0 || y == 0.0 {
        return None;
    }
    let down = -y.abs();
    Some([x, 0.0, east - column * x, 0.0, down, north - row * down])
}

/// The first two rows of a 4 x 4 matrix, without its third column.
fn from_matrix(matrix: &[f64]) -> Option<Transform> {
    match *matrix {
        [a, b, _, c, d, e, _, f, _, _, _, _, _, _, _, _] => Some([a, b, c, d, e, f]),
        _ => None,
    }
}

/// The same map, its origin moved by that many columns and rows.
pub fn shifted([a, b, c, d, e, f]: Transform, columns: f64, rows: f64) -> Transform {
    [a, b, c + a * columns + b * rows, d, e, f + d * columns + e * rows]
}

/// The same map for pixels that are `across` times as wide and `down` times as high.
pub fn scaled([a, b, c, d, e, f]: Transform, across: f64, down: f64) -> Transform {
    [a * across, b * down, c, d * across, e * down, f]
}

/// `[minX, minY, maxX, maxY]` around the four outer corners of an image of that size.
pub fn bounds([a, b, c, d, e, f]: Transform, width: f64, height: f64) -> [f64; 4] {
    let corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)];
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    corners.into_iter().fold(start, |[min_x, min_y, max_x, max_y], (column, row)| {
        let x = a * column + b * row + c;
        let y = d * column + e * row + f;
        [min_x.min(x), min_y.min(y), max_x.max(x), max_y.max(y)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_and_tiepoint_give_the_outer_corner() {
        let found = from_scale(&[10.0, 5.0, 0.0], &[2.0, 1.0, 0.0, 100.0, 200.0, 0.0]);
        assert_eq!(found, Some([10.0, 0.0, 80.0, 0.0, -5.0, 205.0]));
        assert_eq!(from_scale(&[0.0, 5.0], &[0.0; 6]), None);
        assert_eq!(from_scale(&[2.0, 1.0, 0.0], &[]), Some([2.0, 0.0, 0.0, 0.0, -1.0, 0.0]));
    }

    #[test]
    fn moves_scales_and_bounds_a_rotated_map() {
        let rotated = [1.0, 2.0, 10.0, 3.0, -4.0, 20.0];
        assert_eq!(shifted(rotated, -0.5, -0.5), [1.0, 2.0, 8.5, 3.0, -4.0, 20.5]);
        assert_eq!(scaled(rotated, 2.0, 3.0), [2.0, 6.0, 10.0, 6.0, -12.0, 20.0]);
        assert_eq!(bounds(rotated, 10.0, 5.0), [10.0, 0.0, 30.0, 50.0]);
    }
}
