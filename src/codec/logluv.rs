//! SGI's logarithmic luminance, alone or with colour (34676 in runs, 34677 in 24 bits): what the file says of its samples tells
//! what they are handed out as, as in libtiff.

mod chroma;

use super::output;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::{BlockLayout, Colours, SampleFormat};

/// PhotometricInterpretation of luminance alone.
const LOG_L: u16 = 32844;
/// PhotometricInterpretation of luminance and colour.
const LOG_LUV: u16 = 32845;
/// Steps of a byte of u' or v' in one.
const STEPS: f64 = 410.0;

/// The block's pixels, row by row.
///
/// # Errors
/// `unsupported` for samples that no form of LogLuv is handed out as; `malformed` where rows are missing.
pub(super) fn decode(layout: &BlockLayout, stored: &[u8], _limits: &Limits) -> Result<Vec<u8>> {
    let write = writer(layout)?;
    let width = layout.width as usize;
    let pixel = (u64::from(layout.samples) * layout.data_type()?.size()) as usize;
    let mut block = output::zeroed(width * layout.height as usize * pixel)?;
    let mut codes = output::zeroed(width * 4)?;
    let length = block.len();
    let mut rest = stored;
    for (row, pixels) in block.chunks_exact_mut(width * pixel).enumerate() {
        if read_row(layout, &mut rest, &mut codes).is_none() {
            let found = row * width * pixel;
            return Err(output::corrupt("logluv", "it lacks pixels", found, length));
        }
        for (code, pixel) in codes.as_chunks::<4>().0.iter().zip(pixels.chunks_exact_mut(pixel)) {
            write(u32::from_ne_bytes(*code), pixel);
        }
    }
    Ok(block)
}

/// Puts the pixel of a code into its place.
type Write = fn(u32, &mut [u8]);

fn writer(layout: &BlockLayout) -> Result<Write> {
    use SampleFormat::{Float, Signed, Unsigned, Void};
    let narrow = layout.compression == 34677;
    // GDAL asks for bytes where it makes colours, be the samples said to have fewer bits.
    let opaque = layout.settings.colours == Colours::Opaque;
    let bytes = opaque || matches!((layout.format, layout.bits), (Unsigned | Void, 8));
    Ok(match (layout.settings.photometric, layout.samples, layout.format, layout.bits) {
        (LOG_L, 1, Signed | Unsigned | Void, 16) if !narrow => |code, pixel| put(&[code as u16], pixel),
        (LOG_L, 1, Float, 32) if !narrow => |code, pixel| put(&[luminance(code as u16) as f32], pixel),
        (LOG_LUV, 1, Signed | Unsigned | Void, 32) => |code, pixel| put(&[code], pixel),
        (LOG_LUV, 3, Signed | Unsigned | Void, 16) if narrow => {
            |code, pixel| put(&Colour::narrow(code).numbers(), pixel)
        }
        (LOG_LUV, 3, Signed | Unsigned | Void, 16) => |code, pixel| put(&Colour::wide(code).numbers(), pixel),
        (LOG_LUV, 3, Float, 32) if narrow => |code, pixel| put(&Colour::narrow(code).xyz(), pixel),
        (LOG_LUV, 3, Float, 32) => |code, pixel| put(&Colour::wide(code).xyz(), pixel),
        (LOG_L, 1, format, _) if !narrow && opaque && format != Float => {
            |code, pixel| put(&[grey(luminance(code as u16))], pixel)
        }
        (LOG_LUV, 3, format, _) if narrow && bytes && format != Float => {
            |code, pixel| put(&Colour::narrow(code).rgb(), pixel)
        }
        (LOG_LUV, 3, format, _) if bytes && format != Float => {
            |code, pixel| put(&Colour::wide(code).rgb(), pixel)
        }
        (LOG_L | LOG_LUV, samples, format, bits) => {
            let message = format!("LogLuv as {samples} samples of {bits} bits ({format:?}) is not supported");
            return Err(Error::unsupported(message).with_value(258, bits));
        }
        (photometric, ..) => {
            let message = format!("LogLuv compression of PhotometricInterpretation {photometric}");
            return Err(Error::unsupported(message).with_value(262, photometric));
        }
    })
}

/// A number in native byte order.
trait Number: Copy {
    fn store(self, element: &mut [u8]);
}

macro_rules! number {
    ($($number:ty),*) => {
        $(impl Number for $number {
            fn store(self, element: &mut [u8]) {
                element.copy_from_slice(&self.to_ne_bytes());
            }
        })*
    };
}
number!(u8, u16, u32, f32);

fn put<N: Number, const COUNT: usize>(numbers: &[N; COUNT], pixel: &mut [u8]) {
    let elements = pixel.chunks_exact_mut(size_of::<N>());
    numbers.iter().zip(elements).for_each(|(number, element)| number.store(element));
}

/// Reads the codes of one row, each as 32 bits in native byte order. `None` where it is not all there.
fn read_row(layout: &BlockLayout, rest: &mut &[u8], codes: &mut [u8]) -> Option<()> {
    let codes = codes.as_chunks_mut::<4>().0;
    if layout.compression == 34677 {
        for code in codes {
            let ([a, b, c], after) = rest.split_first_chunk()?;
            *code = u32::from_be_bytes([0, *a, *b, *c]).to_ne_bytes();
            *rest = after;
        }
        return Some(());
    }
    codes.fill([0; 4]);
    let bytes = if layout.settings.photometric == LOG_L { 2 } else { 4 };
    (0..bytes).rev().try_for_each(|byte| read_bytes(rest, codes, 8 * byte))
}

/// Reads one byte of all codes of a row: runs, and literals behind their count.
fn read_bytes(rest: &mut &[u8], codes: &mut [[u8; 4]], shift: u32) -> Option<()> {
    let mut codes = codes.iter_mut();
    let add = |code: &mut [u8; 4], byte: u8| {
        *code = (u32::from_ne_bytes(*code) | u32::from(byte) << shift).to_ne_bytes();
    };
    while codes.len() > 0 {
        let (count, after) = rest.split_first()?;
        if let Some(run) = count.checked_sub(128) {
            let (byte, after) = after.split_first()?;
            *rest = after;
            codes.by_ref().take(usize::from(run) + 2).for_each(|code| add(code, *byte));
        } else {
            let (literal, after) = after.split_at(usize::from(*count).min(codes.len()).min(after.len()));
            *rest = after;
            codes.by_ref().zip(literal).for_each(|(code, byte)| add(code, *byte));
        }
    }
    Some(())
}

/// The luminance that a sign and 15 bits of logarithm stand for.
fn luminance(code: u16) -> f64 {
    use std::f64::consts::LN_2;
    let magnitude = match code & 0x7FFF {
        0 => return 0.0,
        log => (LN_2 / 256.0 * (f64::from(log) + 0.5) - LN_2 * 64.0).exp(),
    };
    if code & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// The luminance that 10 bits of logarithm stand for.
fn narrow_luminance(log: u32) -> f64 {
    use std::f64::consts::LN_2;
    if log == 0 { 0.0 } else { (LN_2 / 64.0 * (f64::from(log) + 0.5) - LN_2 * 12.0).exp() }
}

/// Luminance on a screen of gamma 2.
fn grey(luminance: f64) -> u8 {
    shade(luminance)
}

/// A value on a screen of gamma 2.
fn shade(value: f64) -> u8 {
    // 1 would be 256, which is the largest byte.
    (256.0 * value.max(0.0).sqrt()) as u8
}

/// A pixel with colour.
struct Colour {
    /// Luminance as a number of 16 bits.
    log: u16,
    luminance: f64,
    u: f64,
    v: f64,
}

impl Colour {
    /// Of 24 bits: 10 of logarithm, 14 of colour.
    fn narrow(code: u32) -> Self {
        let ((u, v), log) = (chroma::colour(code & 0x3FFF), code >> 14 & 0x3FF);
        // The lowest but one of the 16 bits is lost in libtiff's shift.
        let wide = (code >> 12 & 0xFFD) as u16 + 13314;
        Self { log: wide, luminance: narrow_luminance(log), u, v }
    }

    /// Of 32 bits: a sign, 15 of logarithm, 8 for each of u' and v'.
    fn wide(code: u32) -> Self {
        let part = |byte: u32| 1.0 / STEPS * (f64::from(byte & 0xFF) + 0.5);
        let log = (code >> 16) as u16;
        Self { log, luminance: luminance(log), u: part(code >> 8), v: part(code) }
    }

    fn numbers(&self) -> [u16; 3] {
        [self.log, (self.u * 32768.0) as i16 as u16, (self.v * 32768.0) as i16 as u16]
    }

    fn xyz(&self) -> [f32; 3] {
        if self.luminance <= 0.0 {
            return [0.0; 3];
        }
        let scale = 1.0 / (6.0 * self.u - 16.0 * self.v + 12.0);
        let (x, y) = (9.0 * self.u * scale, 4.0 * self.v * scale);
        [x / y * self.luminance, self.luminance, (1.0 - x - y) / y * self.luminance].map(|value| value as f32)
    }

    /// On a screen with the primaries of CCIR 709.
    fn rgb(&self) -> [u8; 3] {
        const ROWS: [[f64; 3]; 3] = [[2.690, -1.276, -0.414], [-1.022, 1.978, 0.044], [0.061, -0.224, 1.163]];
        let [x, y, z] = self.xyz().map(f64::from);
        ROWS.map(|[a, b, c]| shade(a * x + b * y + c * z))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::pixel::{ByteOrder, CodecSettings};

    fn layout(
        compression: u16,
        photometric: u16,
        samples: u32,
        bits: u16,
        format: SampleFormat,
    ) -> BlockLayout {
        BlockLayout {
            compression,
            predictor: 1,
            byte_order: ByteOrder::Big,
            width: 3,
            height: 1,
            samples,
            bits,
            format,
            settings: CodecSettings { photometric, ..CodecSettings::default() },
        }
    }

    fn numbers(layout: &BlockLayout, stored: &[u8]) -> Result<Vec<i16>> {
        let block = decode(layout, stored, &Limits::default())?;
        Ok(block.as_chunks().0.iter().map(|bytes| i16::from_ne_bytes(*bytes)).collect())
    }

    #[test]
    fn runs_and_literals_of_each_byte() {
        let luminance = layout(34676, LOG_L, 1, 16, SampleFormat::Signed);
        // A run that passes the row is cut.
        assert_eq!(numbers(&luminance, &[3, 0x40, 0x41, 0xC0, 130, 5]).unwrap(), [0x4005, 0x4105, -0x3FFB]);
        assert_eq!(numbers(&luminance, &[1, 1, 0, 128, 2, 255, 9]).unwrap(), [0x0109, 0x0209, 0x0209]);
        for cut in [&[][..], &[3, 1, 2, 3], &[3, 1, 2, 3, 129], &[3, 1, 2, 3, 2, 1, 2]] {
            assert_eq!(numbers(&luminance, cut).unwrap_err().code(), Code::Malformed, "{cut:?}");
        }
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!([0, 0x8000].map(|code| luminance(code).to_bits()), [0, 0]);
        assert!(luminance(0x8001) < 0.0);
    }

    #[test]
    fn colours_as_libtiff_gives_them() {
        // GDAL: logluv_int16 and logluv24_int16 among the fixtures.
        let wide = layout(34676, LOG_LUV, 3, 16, SampleFormat::Signed);
        let stored = [129, 0x40, 129, 0, 3, 0, 100, 255, 3, 0, 100, 255];
        assert_eq!(numbers(&wide, &stored).unwrap()[3..6], [0x4000, 8032, 8032]);
        let narrow = layout(34677, LOG_LUV, 3, 16, SampleFormat::Signed);
        let codes = [[0, 0, 0], [0x95, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF]].concat();
        let found = numbers(&narrow, &codes).unwrap();
        assert_eq!(found[..3], [13314, 8172, 612]);
        assert_eq!(found[3..6], [15711, 6898, 15521], "a code that no colour has");
    }

    #[test]
    fn luminance_and_colour_as_numbers() {
        let floats = layout(34676, LOG_LUV, 3, 32, SampleFormat::Float);
        // 2^(1/512) candela, nothing, and a negative one, which is black.
        let stored = [[3, 0x40, 0, 0xC0].as_slice(), &[129, 0], &[129, 86], &[129, 194]].concat();
        let block = decode(&floats, &stored, &Limits::default()).unwrap();
        let found: Vec<f32> = block.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect();
        assert!((f64::from(found[1]) - 2_f64.powf(1.0 / 512.0)).abs() < 1e-6, "{found:?}");
        assert!(
            (found[0] - found[1]).abs() < 0.02 && (found[2] - found[1]).abs() < 0.02,
            "nearly neutral: {found:?}"
        );
        assert_eq!(found[3..], [0.0; 6]);
    }

    #[test]
    fn what_is_not_read_is_named() {
        let refused = |layout: &BlockLayout| numbers(layout, &[0; 99]).unwrap_err().detail().tag;
        assert_eq!(refused(&layout(34676, 2, 3, 16, SampleFormat::Signed)), Some(262));
        assert_eq!(refused(&layout(34676, LOG_L, 1, 8, SampleFormat::Unsigned)), Some(258));
        assert_eq!(refused(&layout(34677, LOG_L, 1, 16, SampleFormat::Signed)), Some(258));
        assert_eq!(refused(&layout(34676, LOG_LUV, 4, 16, SampleFormat::Signed)), Some(258));
    }
}
