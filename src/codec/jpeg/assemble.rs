//! Components put together to pixels.

use super::components::{Plane, Sample};
use super::enlarge::Rows;
use super::frame::Frame;
use super::malformed;
use crate::codec::deinterleave::interleave3_bytes;
use crate::codec::output;
use crate::error::Result;

/// The block to be filled.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub width: u32,
    pub height: u32,
    pub samples: u32,
}

/// What three components are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    /// Handed out as they are.
    Stored,
    /// Luminance and two differences, handed out as red, green and blue.
    YCbCr,
    /// As [`Self::Stored`], and what is subsampled is repeated, not smoothed.
    Repeated,
}

/// What one sample is handed out as.
pub(super) trait Element: Sample {
    /// Writes samples in native byte order, `between` of them from one to the next.
    fn write(samples: &[Self], out: &mut [u8], first: usize, between: usize);

    /// Writes the pixels of three rows.
    fn write_pixels(rows: [&[Self]; 3], out: &mut [u8]) {
        for (first, row) in rows.into_iter().enumerate() {
            Self::write(row, out, first, 3);
        }
    }

    /// The colours of a row, as far as there are vectors for it: of how many pixels.
    fn colours(_stored: [&[Self]; 3], _rows: [&mut [Self]; 3]) -> usize {
        0
    }
}

impl Element for u8 {
    #[inline(always)]
    fn write(samples: &[Self], out: &mut [u8], first: usize, between: usize) {
        if between == 1 {
            out.iter_mut().zip(samples).for_each(|(place, sample)| *place = *sample);
            return;
        }
        for (pixel, sample) in out.chunks_exact_mut(between).zip(samples) {
            pixel.iter_mut().skip(first).take(1).for_each(|place| *place = *sample);
        }
    }

    fn write_pixels(rows: [&[Self]; 3], out: &mut [u8]) {
        interleave3_bytes(rows, out.as_chunks_mut().0);
    }

    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    fn colours(stored: [&[Self]; 3], rows: [&mut [Self]; 3]) -> usize {
        super::colours_simd::convert(stored, rows)
    }
}

impl Element for u16 {
    fn write(samples: &[Self], out: &mut [u8], first: usize, between: usize) {
        let places = out.as_chunks_mut::<2>().0.iter_mut().skip(first).step_by(between);
        places.zip(samples).for_each(|(place, sample)| *place = sample.to_ne_bytes());
    }
}

/// All pixels of the block; those that the frame does not have are 0.
///
/// # Errors
/// `malformed` for a component that is finer than another, but not by a whole number.
pub(super) fn pixels<T: Element>(
    frame: &Frame,
    planes: &[Plane<T>],
    shape: Shape,
    colours: Colours,
) -> Result<Vec<u8>> {
    let whole = |factor: u8, most: u8| most.is_multiple_of(factor.max(1));
    if !frame.components.iter().all(|part| whole(part.across, frame.across) && whole(part.down, frame.down)) {
        return Err(malformed("its components are sampled in ratios that are no whole numbers"));
    }
    let mut parts: Vec<Rows<'_, T>> = frame
        .components
        .iter()
        .zip(planes)
        .map(|(component, plane)| Rows::new(frame, component, plane, colours != Colours::Repeated))
        .collect();
    let samples = shape.samples as usize;
    let row_bytes = shape.width as usize * samples * size_of::<T>();
    let mut out = output::zeroed(row_bytes * shape.height as usize)?;
    let width = usize::from(frame.width);
    let most = if colours == Colours::YCbCr { width } else { 0 };
    let mut rows = [(); 3].map(|()| vec![T::default(); most]);
    for (y, out) in out.chunks_exact_mut(row_bytes).take(frame.height.into()).enumerate() {
        match (colours, parts.as_mut_slice()) {
            (Colours::YCbCr, [luma, blue, red]) => {
                convert([luma.row(y), blue.row(y), red.row(y)], &mut rows);
                T::write_pixels(rows.each_ref().map(Vec::as_slice), out);
            }
            (_, parts) => {
                for (first, part) in parts.iter_mut().enumerate() {
                    let row = part.row(y);
                    T::write(row.get(..width).unwrap_or(row), out, first, samples);
                }
            }
        }
    }
    Ok(out)
}

/// Red, green and blue, by libjpeg's factors of 16 fractional bits: a row for each, which is what the compiler makes vectors of.
fn convert<T: Element>(stored: [&[T]; 3], rows: &mut [Vec<T>; 3]) {
    let middle = 1 << (T::BITS - 1);
    let wide = |value: &T| i32::from(value.wide());
    let [reds, greens, blues] = rows.each_mut().map(Vec::as_mut_slice);
    let done = T::colours(stored, [&mut *reds, &mut *greens, &mut *blues]);
    let [luma, blue, red] = stored.map(|row| row.get(done..).unwrap_or_default());
    let [reds, greens, blues] = [reds, greens, blues].map(|row| row.get_mut(done..).unwrap_or_default());
    for (place, (luma, red)) in reds.iter_mut().zip(luma.iter().zip(red)) {
        *place = T::cut(wide(luma) + ((91881 * (wide(red) - middle) + 32768) >> 16));
    }
    for (place, (luma, (blue, red))) in greens.iter_mut().zip(luma.iter().zip(blue.iter().zip(red))) {
        let (blue, red) = (wide(blue) - middle, wide(red) - middle);
        *place = T::cut(wide(luma) + ((-22554 * blue - 46802 * red + 32768) >> 16));
    }
    for (place, (luma, blue)) in blues.iter_mut().zip(luma.iter().zip(blue)) {
        *place = T::cut(wide(luma) + ((116_130 * (wide(blue) - middle) + 32768) >> 16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of differences, and rows that vectors do not fill.
    #[test]
    fn colours_are_libjpegs() {
        for luma in [0, 1, 77, 128, 254, 255_u8] {
            for blue in 0..=255_u8 {
                let reds: Vec<u8> = (0..=255).chain(0..7).collect();
                let (lumas, blues) = (vec![luma; reds.len()], vec![blue; reds.len()]);
                let mut rows = [(); 3].map(|()| vec![0; reds.len()]);
                convert([&lumas, &blues, &reds], &mut rows);
                let mut pixels = vec![0; 3 * reds.len()];
                u8::write_pixels(rows.each_ref().map(Vec::as_slice), &mut pixels);
                for (red, pixel) in reds.iter().zip(pixels.as_chunks::<3>().0) {
                    let (y, b, r) = (i32::from(luma), i32::from(blue) - 128, i32::from(*red) - 128);
                    let expected = [
                        y + ((91881 * r + 32768) >> 16),
                        y + ((-22554 * b - 46802 * r + 32768) >> 16),
                        y + ((116_130 * b + 32768) >> 16),
                    ];
                    assert_eq!(
                        *pixel,
                        expected.map(|value| value.clamp(0, 255) as u8),
                        "{luma} {blue} {red}"
                    );
                }
            }
        }
    }
}
