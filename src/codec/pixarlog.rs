//! PixarLog (32909): Deflate of 11-bit codes, horizontally differenced, which are linear in the dark and logarithmic above.

use std::sync::LazyLock;

use super::{byte_order, deflate, output};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::{BlockLayout, ByteOrder, SampleFormat};

/// What the codes stand for: from 0 to about 25, where 1 is the code 1250.
static VALUES: LazyLock<Vec<f32>> = LazyLock::new(values);

const CODES: u32 = 2048;
const ONE: f64 = 1250.0;
/// From one code to the next one, in the logarithmic part.
const RATIO: f64 = 1.004;

fn values() -> Vec<f32> {
    // So that the linear part and the other one meet, the number of linear codes is whole.
    let linear = (1.0 / RATIO.ln()).floor();
    let step = 1.0 / linear;
    let least = (-step * ONE).exp();
    let linear_step = least * step * 1_f64.exp();
    let value = |code: u32| match f64::from(code) {
        code if code < linear => code * linear_step,
        code => least * (step * code).exp(),
    };
    (0..CODES).map(|code| value(code) as f32).collect()
}

/// The samples of the block.
///
/// # Errors
/// `unsupported` for samples that the codes are not handed out as; `limit` where the codes take too much memory; as
/// [`deflate::decode_open`].
pub(super) fn decode(layout: &BlockLayout, stored: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let put = writer(layout)?;
    let samples = u64::from(layout.width) * u64::from(layout.height) * u64::from(layout.samples);
    if samples * 2 > limits.block_bytes {
        return Err(Error::limit(
            "block_bytes",
            "bytes of one block's codes",
            samples * 2,
            limits.block_bytes,
        ));
    }
    let mut codes = output::decoded(
        |codes| deflate::decode_open(stored, codes),
        "pixarlog",
        output::zeroed(samples as usize * 2)?,
    )?;
    let words = codes.as_chunks_mut().0;
    to_native(words, layout.byte_order);
    let row = if layout.settings.option > 0 { layout.settings.option } else { layout.width };
    sum(words, row as usize * layout.samples as usize, layout.samples as usize);
    let element = layout.data_type()?.size() as usize;
    let mut block = output::zeroed(samples as usize * element)?;
    for (code, element) in words.iter().zip(block.chunks_exact_mut(element)) {
        let code = usize::from(u16::from_ne_bytes(*code)) % CODES as usize;
        put(VALUES.get(code).copied().unwrap_or(0.0), element);
    }
    Ok(block)
}

fn to_native(words: &mut [[u8; 2]], order: ByteOrder) {
    if order != byte_order::NATIVE {
        words.iter_mut().for_each(|word| word.reverse());
    }
}

/// Sums the differences of rows of `row` words, each from the one `stride` before.
///
/// Of three and four samples that is all. Of others libtiff takes the second pixel for a first one, too, and adds a row's last
/// pixel to the next row's first one; its own writer does the first of that.
fn sum(words: &mut [[u8; 2]], row: usize, stride: usize) {
    let plain = matches!(stride, 3 | 4);
    for at in stride..words.len() {
        let from = (at - stride) % row;
        let (pixel_before, same_row) = (at - stride, from + stride < row);
        if if plain { same_row } else { from >= stride } {
            let before = words.get(pixel_before).map_or(0, |word| u16::from_ne_bytes(*word));
            if let Some(word) = words.get_mut(at) {
                *word = u16::from_ne_bytes(*word).wrapping_add(before).to_ne_bytes();
            }
        }
    }
}

/// Puts a value into an element.
type Write = fn(f32, &mut [u8]);

fn writer(layout: &BlockLayout) -> Result<Write> {
    if layout.predictor != 1 {
        let message = format!("predictor {} on PixarLog, which has one of its own", layout.predictor);
        return Err(Error::unsupported(message).with_value(317, layout.predictor));
    }
    Ok(match (layout.format, layout.bits) {
        (SampleFormat::Unsigned | SampleFormat::Void, 8) => {
            |value, element| element.fill((f64::from(value) * 255.0 + 0.5) as u8)
        }
        (SampleFormat::Unsigned | SampleFormat::Void, 16) => |value, element| {
            element.copy_from_slice(&((f64::from(value) * 65535.0 + 0.5) as u16).to_ne_bytes())
        },
        (SampleFormat::Float, 32) => |value, element| element.copy_from_slice(&value.to_ne_bytes()),
        (format, bits) => {
            let message = format!("PixarLog of {bits}-bit {format:?} samples is not supported");
            return Err(Error::unsupported(message).with_value(258, bits));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::pixel::CodecSettings;

    fn layout(bits: u16, format: SampleFormat, byte_order: ByteOrder) -> BlockLayout {
        BlockLayout {
            compression: 32909,
            predictor: 1,
            byte_order,
            width: 2,
            height: 1,
            samples: 3,
            bits,
            format,
            settings: CodecSettings::default(),
        }
    }

    /// Python: `zlib.compress(struct.pack('<6H', 1250, 0, 100, -1000 & 0x7FF, 100, 500))`: of three samples the codes 1250, 0,
    /// 100 and 250, 100, 600.
    const STREAM: &[u8] = &include!("vectors/pixarlog.in");

    #[test]
    fn codes_are_summed_and_looked_up() {
        let of = |bits, format| {
            decode(&layout(bits, format, ByteOrder::Little), STREAM, &Limits::default()).unwrap()
        };
        assert_eq!(of(8, SampleFormat::Unsigned), [255, 0, 2, 5, 2, 19]);
        let floats = of(32, SampleFormat::Float);
        let floats: Vec<f32> = floats.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect();
        let expected =
            [1.0, 0.0, 0.4 * (-4_f64).exp(), (-4_f64).exp(), 0.4 * (-4_f64).exp(), (-2.6_f64).exp()];
        for (found, wanted) in floats.iter().zip(expected) {
            assert!((f64::from(*found) - wanted).abs() < 1e-6, "{found}, expected {wanted}");
        }
        let words = of(16, SampleFormat::Unsigned);
        assert_eq!(words[..4], [65535_u16.to_ne_bytes(), [0; 2]].concat());
    }

    #[test]
    fn sums_as_libtiff_makes_them() {
        let summed = |row: usize, stride: usize| {
            let mut words = [1_u16, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048].map(u16::to_ne_bytes);
            sum(&mut words, row, stride);
            words.map(u16::from_ne_bytes)
        };
        assert_eq!(summed(6, 3), [1, 2, 4, 9, 18, 36, 64, 128, 256, 576, 1152, 2304]);
        assert_eq!(summed(6, 2)[..6], [1, 2, 4, 8, 20, 40], "the second pixel is a first one");
        assert_eq!(
            summed(6, 2)[6..],
            [84, 168, 256, 512, 1280, 2560],
            "a row's last pixel counts for the next row"
        );
    }

    #[test]
    fn what_is_not_read_is_named() {
        let refused = |layout: &BlockLayout, limits: &Limits| {
            let error = decode(layout, STREAM, limits).unwrap_err();
            (error.code(), error.detail().tag)
        };
        let good = layout(8, SampleFormat::Unsigned, ByteOrder::Little);
        let unlimited = Limits::default();
        assert_eq!(
            refused(&BlockLayout { predictor: 2, ..good.clone() }, &unlimited),
            (Code::Unsupported, Some(317))
        );
        assert_eq!(
            refused(&BlockLayout { bits: 12, ..good.clone() }, &unlimited),
            (Code::Unsupported, Some(258))
        );
        assert_eq!(refused(&BlockLayout { height: 2, ..good.clone() }, &unlimited).0, Code::Malformed);
        assert_eq!(refused(&good, &Limits { block_bytes: 11, ..unlimited }).0, Code::Limit);
    }
}
