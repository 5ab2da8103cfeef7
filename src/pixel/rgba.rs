//! Values as colours: what a canvas needs and no more. Stretch, palette, and transparent nodata.

use super::DataType;
use crate::error::{Error, Result};
use crate::float;
use crate::text::listed;

/// How the samples of a result become colours.
#[derive(Clone, Debug, PartialEq)]
pub struct Rgba {
    /// Type of one sample.
    pub dtype: DataType,
    /// Bands that the samples hold.
    pub bands: u32,
    /// Whether the bands of a pixel stand together; else band follows band.
    pub interleaved: bool,
    /// Places, from 0, of the band shown by the palette, or of the three that are red, green and blue.
    pub shown: Vec<u32>,
    /// For each band shown, the values that are dark and bright; those outside are clamped. Unset: the least and the
    /// greatest that there are, and for bytes 0 and 255.
    pub ranges: Option<Vec<(f64, f64)>>,
    /// Red, green, blue, alpha for each of any number of steps from dark to bright. Unset: 256 greys.
    pub palette: Option<Vec<u8>>,
    /// One sample of the data type in native byte order. A pixel is transparent where all bands shown hold it, or NaN.
    pub nodata: Option<Vec<u8>>,
}

impl Rgba {
    /// Four bytes a pixel, red, green, blue and alpha, not premultiplied.
    ///
    /// # Errors
    /// `invalid_argument` where bands, ranges, palette and samples do not fit each other; `limit` for lack of memory.
    pub fn draw(&self, samples: &[u8]) -> Result<Vec<u8>> {
        let planes = self.planes(samples)?;
        let count = planes.first().map_or(0, |plane| plane.count);
        let ranges = self.checked_ranges(&planes)?;
        let palette = self.checked_palette()?;
        let mut out = Vec::new();
        let bytes = count.checked_mul(4).ok_or_else(|| no_memory(count))?;
        out.try_reserve_exact(bytes).map_err(|_| no_memory(count))?;
        for pixel in 0..count {
            let mut colour = [0_u8; 4];
            let mut present = false;
            for ((plane, range), place) in planes.iter().zip(&ranges).zip(&mut colour) {
                let value = plane.value(pixel);
                present |= value.is_some();
                *place = step(value.unwrap_or(f64::NAN), *range, 255);
            }
            if !present {
                colour = [0; 4];
            } else if let [plane] = planes.as_slice() {
                colour = self.looked_up(palette, plane.value(pixel), &ranges);
            } else {
                colour[3] = 255;
            }
            out.extend_from_slice(&colour);
        }
        Ok(out)
    }

    fn planes<'a>(&'a self, samples: &'a [u8]) -> Result<Vec<Plane<'a>>> {
        let size = usize::from(self.dtype.size() as u16);
        let bands = self.bands as usize;
        let pixel = size.checked_mul(bands).filter(|bytes| *bytes > 0);
        let whole = pixel.filter(|bytes| samples.len().is_multiple_of(*bytes));
        let Some(count) = whole.map(|bytes| samples.len() / bytes) else {
            let message = format!("{} bytes are no whole pixels of {bands} x {size} bytes", samples.len());
            return Err(Error::invalid("samples", message));
        };
        if !matches!(self.shown.len(), 1 | 3) || self.shown.iter().any(|place| *place >= self.bands) {
            let shown = listed(self.shown.iter().map(|place| u64::from(*place)));
            let message = format!("bands {shown} of {bands}, expected one or three that are there");
            return Err(Error::invalid("bands", message));
        }
        let (between, apart) = if self.interleaved { (bands, 1) } else { (1, count) };
        let plane = |place: &u32| {
            let first = (*place as usize).saturating_mul(apart);
            let nodata = self.nodata.as_deref();
            Plane { samples, dtype: self.dtype, size, first, between, count, nodata }
        };
        Ok(self.shown.iter().map(plane).collect())
    }

    fn checked_ranges(&self, planes: &[Plane]) -> Result<Vec<(f64, f64)>> {
        let Some(ranges) = &self.ranges else {
            return Ok(planes.iter().map(Plane::range).collect());
        };
        if ranges.len() == planes.len()
            && ranges.iter().all(|(dark, bright)| dark.is_finite() && bright.is_finite())
        {
            return Ok(ranges.clone());
        }
        let message = format!(
            "{} ranges for {} bands, expected one of two finite numbers each",
            ranges.len(),
            planes.len()
        );
        Err(Error::invalid("ranges", message))
    }

    fn checked_palette(&self) -> Result<Option<&[u8]>> {
        match self.palette.as_deref() {
            Some(palette) if palette.is_empty() || !palette.len().is_multiple_of(4) => {
                let message = format!("a palette of {} bytes, expected four for each colour", palette.len());
                Err(Error::invalid("palette", message))
            }
            palette => Ok(palette),
        }
    }

    fn looked_up(&self, palette: Option<&[u8]>, value: Option<f64>, ranges: &[(f64, f64)]) -> [u8; 4] {
        let (Some(value), Some(range)) = (value, ranges.first()) else {
            return [0; 4];
        };
        let Some(palette) = palette else {
            let grey = step(value, *range, 255);
            return [grey, grey, grey, 255];
        };
        let at = place_of(value, *range, palette.len() / 4 - 1) * 4;
        palette.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default()
    }
}

/// One band's samples.
struct Plane<'a> {
    samples: &'a [u8],
    dtype: DataType,
    size: usize,
    /// Sample of the first pixel, and how many samples on the next one's is.
    first: usize,
    between: usize,
    count: usize,
    nodata: Option<&'a [u8]>,
}

impl Plane<'_> {
    /// A pixel's value; none where it is nodata.
    fn value(&self, pixel: usize) -> Option<f64> {
        let start = (self.first + pixel * self.between) * self.size;
        let bytes = self.samples.get(start..start + self.size)?;
        let value = number(self.dtype, bytes)?;
        // Of a complex number the real part decides, as in GDAL.
        let part = self.dtype.part();
        let real = part.size() as usize;
        let found = bytes.get(..real)?;
        // Integers by their bytes: a 64-bit one is more than an f64 can tell apart.
        let exact = !matches!(part, DataType::Float32 | DataType::Float64);
        let is_nodata = |nodata: &[u8]| {
            let nodata = nodata.get(..real).unwrap_or_default();
            if exact { nodata == found } else { number(part, nodata) == number(part, found) }
        };
        (!value.is_nan() && !self.nodata.is_some_and(is_nodata)).then_some(value)
    }

    /// What is dark and bright where nobody says.
    fn range(&self) -> (f64, f64) {
        if self.dtype == DataType::Uint8 {
            return (0.0, 255.0);
        }
        let finite = (0..self.count).filter_map(|pixel| self.value(pixel)).filter(|value| value.is_finite());
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
            (least.min(value), most.max(value))
        })
    }
}

fn number(dtype: DataType, bytes: &[u8]) -> Option<f64> {
    Some(match dtype {
        DataType::Uint8 => f64::from(*bytes.first()?),
        DataType::Int8 => f64::from(i8::from_ne_bytes(*bytes.first_chunk()?)),
        DataType::Uint16 => f64::from(u16::from_ne_bytes(*bytes.first_chunk()?)),
        DataType::Int16 => f64::from(i16::from_ne_bytes(*bytes.first_chunk()?)),
        DataType::Uint32 => f64::from(u32::from_ne_bytes(*bytes.first_chunk()?)),
        DataType::Int32 => f64::from(i32::from_ne_bytes(*bytes.first_chunk()?)),
        DataType::BigUint64 => u64::from_ne_bytes(*bytes.first_chunk()?) as f64,
        DataType::BigInt64 => i64::from_ne_bytes(*bytes.first_chunk()?) as f64,
        DataType::Float32 => f64::from(f32::from_ne_bytes(*bytes.first_chunk()?)),
        DataType::Float64 => f64::from_ne_bytes(*bytes.first_chunk()?),
        // What people look at in complex pixels is how large they are.
        complex => {
            let (real, imaginary) = bytes.split_at_checked(bytes.len() / 2)?;
            number(complex.part(), real)?.hypot(number(complex.part(), imaginary)?)
        }
    })
}

/// The nearest of `last + 1` steps from dark to bright.
fn place_of(value: f64, (dark, bright): (f64, f64), last: usize) -> usize {
    // One value only is dark; a cast turns NaN to 0 and clamps the rest.
    let along = if bright == dark { 0.0 } else { (value - dark) / (bright - dark) };
    (float::within(along, 0.0, 1.0) * last as f64 + 0.5).floor() as usize
}

fn step(value: f64, range: (f64, f64), last: u8) -> u8 {
    place_of(value, range, last.into()) as u8
}

fn no_memory(pixels: usize) -> Error {
    Error::limit("output_bytes", "colours", pixels as u64 * 4, (usize::MAX / 4) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(dtype: DataType) -> Rgba {
        let (ranges, palette, nodata) = (None, None, None);
        Rgba { dtype, bands: 1, interleaved: false, shown: vec![0], ranges, palette, nodata }
    }

    fn bytes_of<const N: usize>(values: &[[u8; N]]) -> Vec<u8> {
        values.concat()
    }

    #[test]
    fn bytes_are_greys_as_they_are() {
        let drawn = grey(DataType::Uint8).draw(&[0, 7, 255]).unwrap();
        assert_eq!(drawn, [0, 0, 0, 255, 7, 7, 7, 255, 255, 255, 255, 255]);
    }

    #[test]
    fn other_types_are_stretched_between_their_least_and_greatest() {
        let samples = bytes_of(&[(-10_i16).to_ne_bytes(), 0_i16.to_ne_bytes(), 10_i16.to_ne_bytes()]);
        let drawn = grey(DataType::Int16).draw(&samples).unwrap();
        assert_eq!(drawn, [0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255]);
    }

    #[test]
    fn a_range_clamps_and_may_be_turned_round() {
        let samples = bytes_of(&[5_f32, 10.0, 15.0, 20.0, 25.0].map(f32::to_ne_bytes));
        let reds = |range| {
            let drawn = Rgba { ranges: Some(vec![range]), ..grey(DataType::Float32) }.draw(&samples).unwrap();
            drawn.chunks(4).map(|pixel| pixel[0]).collect::<Vec<_>>()
        };
        assert_eq!(reds((10.0, 20.0)), [0, 0, 128, 255, 255]);
        assert_eq!(reds((20.0, 10.0)), [255, 255, 128, 0, 0]);
        assert_eq!(reds((10.0, 10.0)), [0; 5]);
    }

    #[test]
    fn nodata_and_nan_are_transparent() {
        let nodata = (-9999_f32).to_ne_bytes();
        let samples = bytes_of(&[-9999_f32, f32::NAN, 1.0, f32::INFINITY].map(f32::to_ne_bytes));
        let ranges = Some(vec![(0.0, 2.0)]);
        let drawn =
            Rgba { nodata: Some(nodata.to_vec()), ranges, ..grey(DataType::Float32) }.draw(&samples).unwrap();
        assert_eq!(drawn.chunks(4).map(|pixel| pixel[3]).collect::<Vec<_>>(), [0, 0, 255, 255]);
        assert_eq!(drawn[12..], [255, 255, 255, 255]);
    }

    #[test]
    fn a_64_bit_nodata_is_not_its_neighbour() {
        let samples = bytes_of(&[i64::MAX, i64::MAX - 1].map(i64::to_ne_bytes));
        let nodata = Some(i64::MAX.to_ne_bytes().to_vec());
        let drawn = Rgba { nodata, ..grey(DataType::BigInt64) }.draw(&samples).unwrap();
        assert_eq!([drawn[3], drawn[7]], [0, 255]);
    }

    #[test]
    fn three_bands_are_colours_in_both_layouts() {
        let drawn = |interleaved, samples: &[u8]| {
            let shown = vec![2, 0, 1];
            Rgba { bands: 3, interleaved, shown, nodata: Some(vec![0]), ..grey(DataType::Uint8) }
                .draw(samples)
                .unwrap()
        };
        let expected = [30, 10, 20, 255, 31, 0, 21, 255, 0, 0, 0, 0];
        assert_eq!(drawn(true, &[10, 20, 30, 0, 21, 31, 0, 0, 0]), expected);
        assert_eq!(drawn(false, &[10, 0, 0, 20, 21, 0, 30, 31, 0]), expected);
    }

    #[test]
    fn complex_pixels_are_shown_by_their_magnitude() {
        let pair = |real: f32, imaginary: f32| [real.to_ne_bytes(), imaginary.to_ne_bytes()].concat();
        let samples = [pair(3.0, 4.0), pair(0.0, 0.0), pair(-6.0, 8.0), pair(-1.0, 7.0)].concat();
        let nodata = Some(pair(-1.0, 0.0));
        let drawn = Rgba { nodata, ..grey(DataType::Complex64) }.draw(&samples).unwrap();
        assert_eq!(drawn, [128, 128, 128, 255, 0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 0]);
    }

    #[test]
    fn a_palette_is_looked_up_by_number() {
        let palette: Vec<u8> = (0..16).collect();
        let ranges = Some(vec![(0.0, 3.0)]);
        let drawn =
            Rgba { palette: Some(palette), ranges, ..grey(DataType::Uint8) }.draw(&[2, 0, 3, 200]).unwrap();
        assert_eq!(drawn, [8, 9, 10, 11, 0, 1, 2, 3, 12, 13, 14, 15, 12, 13, 14, 15]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let wrong = [
            (Rgba { bands: 2, ..grey(DataType::Uint8) }, "samples"),
            (Rgba { bands: 0, ..grey(DataType::Uint8) }, "samples"),
            (Rgba { shown: vec![1], ..grey(DataType::Uint8) }, "bands"),
            (Rgba { shown: vec![0, 0], ..grey(DataType::Uint8) }, "bands"),
            (Rgba { ranges: Some(vec![]), ..grey(DataType::Uint8) }, "ranges"),
            (Rgba { ranges: Some(vec![(f64::NAN, 1.0)]), ..grey(DataType::Uint8) }, "ranges"),
            (Rgba { palette: Some(vec![]), ..grey(DataType::Uint8) }, "palette"),
            (Rgba { palette: Some(vec![1; 5]), ..grey(DataType::Uint8) }, "palette"),
        ];
        for (options, argument) in wrong {
            let error = options.draw(&[1, 2, 3]).unwrap_err();
            assert_eq!(error.detail().name.as_deref(), Some(argument), "{}", error.message());
        }
    }

    #[test]
    fn nothing_is_no_pixels() {
        assert_eq!(grey(DataType::Float64).draw(&[]).unwrap(), [0_u8; 0]);
    }
}
