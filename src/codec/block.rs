//! The one door from a block's stored bytes to its samples.

use super::compression::{Compression, PREDICTED, STREAMS, Support, readable};
use super::rows::Rows;
use super::samples::Samples;
use super::sizes::Sizes;
use super::{bits, byte_order, float16, float24, output, predictor};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::{BlockLayout, Colours, SampleFormat};

/// Whether this build reads blocks of that layout, told without their bytes.
///
/// # Errors
/// `unsupported`, naming the tag: Compression (259), BitsPerSample (258) or Predictor (317). `malformed` for a
/// block without pixels.
pub fn check(layout: &BlockLayout) -> Result<()> {
    checked(layout).map(|_| ())
}

/// The whole block: `width * height * samples` samples of `layout.data_type()`, pixel after pixel, in native byte
/// order.
///
/// # Errors
/// As [`check`]; `limit` for a block over `limits.block_bytes`, before anything is allocated; `malformed` or
/// `truncated`, with the bytes found and expected, for stored bytes that do not give the block.
pub fn decode_block(layout: &BlockLayout, stored: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    rows(layout, stored, limits)?.into_vec()
}

/// As [`decode_block`], without the copy that an uncompressed block in native byte order can do without.
pub(super) fn rows<'a>(layout: &'a BlockLayout, stored: &'a [u8], limits: &Limits) -> Result<Rows<'a>> {
    let compression = checked(layout)?;
    let sizes = Sizes::of(layout, limits)?;
    let block = stored_samples(layout, compression, &sizes, stored, limits)?;
    let colours = &layout.settings.colours;
    let size = layout.data_type()?.size() as usize;
    let row = layout.width as usize * layout.produced_samples() as usize * size;
    if *colours == Colours::Stored {
        let differences = has_differences(layout, compression) && is_summed_later(layout);
        return Ok(Rows::new(block, row, differences.then_some(layout)));
    }
    let (width, height) = (layout.width as usize, layout.height as usize);
    let samples = colours.of(block.as_slice(), width, height, layout.samples as usize)?;
    Ok(Rows::new(Samples::Owned(samples), row, None))
}

fn has_differences(layout: &BlockLayout, compression: &Compression) -> bool {
    PREDICTED && compression.predictor && layout.predictor != 1
}

/// Whether the predictor is the last thing to be undone: it may wait for whoever takes out rows.
fn is_summed_later(layout: &BlockLayout) -> bool {
    let widened = layout.format == SampleFormat::Float && matches!(layout.bits, 16 | 24);
    layout.settings.colours == Colours::Stored && matches!(layout.bits, 8 | 16 | 32 | 64) && !widened
}

/// The block's samples as they are stored.
fn stored_samples<'a>(
    layout: &BlockLayout,
    compression: &Compression,
    sizes: &Sizes,
    stored: &'a [u8],
    limits: &Limits,
) -> Result<Samples<'a>> {
    if layout.settings.reversed_bits && !compression.knows_fill_order {
        let mut turned = Samples::Stored(stored).into_vec()?;
        turned.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        return decompressed(layout, compression, sizes, Samples::Owned(turned), limits);
    }
    decompressed(layout, compression, sizes, Samples::Stored(stored), limits)
}

/// The block's samples from its stored bytes, whose bits are in order.
fn decompressed<'a>(
    layout: &BlockLayout,
    compression: &Compression,
    sizes: &Sizes,
    stored: Samples<'a>,
    limits: &Limits,
) -> Result<Samples<'a>> {
    let name = compression.name;
    let block = match compression.support {
        Support::Samples(decode) => {
            let samples = decode(layout, stored.as_slice(), limits)?;
            return Ok(Samples::Owned(output::whole(samples, name, sizes.decoded)?));
        }
        _ if !STREAMS => return Err(not_here(layout, name)),
        Support::Bytes(decode) => {
            let decode = |block: &mut [u8]| decode(stored.as_slice(), block);
            Samples::Owned(output::decoded(decode, name, output::room(sizes.stored)?)?)
        }
        Support::Rows(decode) => {
            let decode = |block: &mut [u8]| decode(layout, stored.as_slice(), block);
            Samples::Owned(output::decoded(decode, name, output::zeroed(sizes.stored)?)?)
        }
        Support::Stored => match stored {
            Samples::Stored(bytes) => Samples::Stored(output::stored(bytes, sizes.stored)?),
            Samples::Owned(mut bytes) => {
                let length = output::stored(&bytes, sizes.stored)?.len();
                bytes.truncate(length);
                Samples::Owned(bytes)
            }
        },
        Support::LeftOut(_) | Support::NotRead => return Err(not_here(layout, name)),
    };
    unpacked(layout, compression, sizes, block)
}

fn not_here(layout: &BlockLayout, name: &str) -> Error {
    let number = layout.compression;
    let message = format!("compression {number} ({name}) is not read by this module");
    Error::unsupported(message).with_value(259, number)
}

/// Undoes what lies between the compression and the samples: predictor, byte order, packed bits.
fn unpacked<'a>(
    layout: &BlockLayout,
    compression: &Compression,
    sizes: &Sizes,
    mut block: Samples<'a>,
) -> Result<Samples<'a>> {
    let mut order = layout.byte_order;
    if has_differences(layout, compression) {
        order = byte_order::NATIVE;
        if !is_summed_later(layout) {
            let mut words = block.into_vec()?;
            predictor::undo(layout, &mut words)?;
            block = Samples::Owned(words);
        }
    }
    match (layout.format, layout.bits) {
        (SampleFormat::Float, 16 | 24) => {
            let mut values = output::zeroed(sizes.decoded)?;
            let widen = if layout.bits == 16 { float16::widen } else { float24::widen };
            widen(block.as_slice(), order, &mut values);
            Ok(Samples::Owned(values))
        }
        (_, 8 | 16 | 32 | 64 | 128) => {
            if layout.bits == 8 || order == byte_order::NATIVE {
                return Ok(block);
            }
            let mut words = block.into_vec()?;
            byte_order::swap(layout.part_bits(), &mut words);
            Ok(Samples::Owned(words))
        }
        (_, width) => {
            let mut values = output::zeroed(sizes.decoded)?;
            let rows = bits::Rows { stored: sizes.stored_row, values: sizes.decoded_row };
            bits::unpack(width, order, block.as_slice(), &mut values, rows);
            Ok(Samples::Owned(values))
        }
    }
}

/// The compression of that layout, once everything in the layout has been checked but its size.
fn checked(layout: &BlockLayout) -> Result<&'static Compression> {
    let compression = readable(layout.compression)?;
    layout.data_type()?;
    if compression.predictor {
        predictor::check(layout)?;
    }
    if layout.settings.colours.unit() != [1, 1] {
        check_units(layout, compression)?;
    }
    if layout.width == 0 || layout.height == 0 || layout.samples == 0 {
        let (width, height, samples) = (layout.width, layout.height, layout.samples);
        return Err(Error::malformed(format!("a block of {width} x {height} pixels of {samples} samples")));
    }
    Ok(compression)
}

/// Whether units of subsampled pixels may come out of that compression.
fn check_units(layout: &BlockLayout, compression: &Compression) -> Result<()> {
    if matches!(compression.support, Support::Samples(_)) {
        let message = format!("subsampled YCbCr in {} is not supported", compression.name);
        return Err(Error::unsupported(message).with_value(259, compression.number));
    }
    if compression.predictor && layout.predictor != 1 {
        let message = format!("predictor {} over subsampled YCbCr is not supported", layout.predictor);
        return Err(Error::unsupported(message).with_value(317, layout.predictor));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::random_bytes;
    use crate::error::Code;
    use crate::pixel::{ByteOrder, CodecSettings};

    fn layout(bits: u16, format: SampleFormat, byte_order: ByteOrder) -> BlockLayout {
        BlockLayout {
            compression: 1,
            predictor: 1,
            byte_order,
            width: 5,
            height: 4,
            samples: 3,
            bits,
            format,
            settings: CodecSettings::default(),
        }
    }

    fn decode(layout: &BlockLayout, stored: &[u8]) -> Result<Vec<u8>> {
        decode_block(layout, stored, &Limits::default())
    }

    /// zlib with stored blocks: any bytes as a Deflate stream.
    #[cfg(feature = "deflate")]
    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let length = bytes.len() as u16;
        let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
            let a = (a + u32::from(*byte)) % 65521;
            (a, (b + a) % 65521)
        });
        let header = [&[0x78, 1, 1][..], &length.to_le_bytes(), &(!length).to_le_bytes()].concat();
        [&header, bytes, &(b << 16 | a).to_be_bytes()].concat()
    }

    #[test]
    fn words_come_out_in_native_order() {
        use SampleFormat::{Float, Signed, Unsigned};
        for (bits, format) in [8, 16, 32, 64].into_iter().flat_map(|bits| [(bits, Unsigned), (bits, Signed)])
        {
            words(bits, format);
        }
        words(32, Float);
        words(64, Float);
    }

    fn words(bits: u16, format: SampleFormat) {
        let size = usize::from(bits / 8);
        let little = random_bytes(bits.into(), 60 * size);
        let mut big = little.clone();
        big.chunks_mut(size).for_each(<[u8]>::reverse);
        let native = if byte_order::NATIVE == ByteOrder::Little { &little } else { &big };
        assert_eq!(decode(&layout(bits, format, ByteOrder::Little), &little).unwrap(), *native);
        assert_eq!(decode(&layout(bits, format, ByteOrder::Big), &big).unwrap(), *native);
    }

    #[test]
    fn packed_bits_do_not_mind_the_byte_order() {
        for (bits, size) in [(1, 1), (2, 1), (4, 1), (12, 2)] {
            let little = layout(bits, SampleFormat::Unsigned, ByteOrder::Little);
            let stored = random_bytes(bits.into(), little.stored_bytes().unwrap() as usize);
            let values = decode(&little, &stored).unwrap();
            assert_eq!(values.len(), 60 * size);
            assert_eq!(
                decode(&BlockLayout { byte_order: ByteOrder::Big, ..little }, &stored).unwrap(),
                values
            );
        }
    }

    #[test]
    fn bits_may_be_stored_the_other_way_round() {
        let mut turned = layout(8, SampleFormat::Unsigned, ByteOrder::Little);
        turned.settings.reversed_bits = true;
        let stored = [&[0b1010_0000; 60][..], &[1]].concat();
        assert_eq!(decode(&turned, &stored).unwrap(), [0b0000_0101; 60]);
        turned.compression = 32773;
        let run = [(-59_i8).cast_unsigned().reverse_bits(), 0b1100_0000];
        assert_eq!(decode(&turned, &run).unwrap(), [0b0000_0011; 60]);
    }

    #[test]
    fn float16_becomes_float32() {
        let halves = |order| layout(16, SampleFormat::Float, order);
        let one: Vec<u8> = std::iter::repeat_n(1.0_f32.to_ne_bytes(), 60).flatten().collect();
        assert_eq!(decode(&halves(ByteOrder::Little), &[0x00, 0x3C].repeat(60)).unwrap(), one);
        assert_eq!(decode(&halves(ByteOrder::Big), &[0x3C, 0x00].repeat(60)).unwrap(), one);
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn predictors_come_before_the_rest() {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let plain = BlockLayout {
                compression: 8,
                width: 3,
                height: 1,
                samples: 1,
                ..layout(16, SampleFormat::Float, order)
            };
            let expected: Vec<u8> =
                [1.0_f32, 2.0, 2.0].iter().flat_map(|value| value.to_ne_bytes()).collect();
            // 0x3C00, 0x4000, 0x4000: differences of words in the file's order, then planes of bytes.
            let bytes =
                |word: u16| if order == ByteOrder::Big { word.to_be_bytes() } else { word.to_le_bytes() };
            let differences: Vec<u8> = [0x3C00, 0x0400, 0].into_iter().flat_map(bytes).collect();
            let two = BlockLayout { predictor: 2, ..plain.clone() };
            assert_eq!(decode(&two, &zlib(&differences)).unwrap(), expected);
            let three = BlockLayout { predictor: 3, ..plain };
            assert_eq!(decode(&three, &zlib(&[0x3C, 4, 0, 0xC0, 0, 0])).unwrap(), expected);
        }
    }

    #[test]
    fn a_predictor_means_nothing_without_lzw_deflate_or_zstd() {
        for (predictor, compression) in [2, 3, 0, 34892].into_iter().flat_map(|p| [(p, 1), (p, 32773)]) {
            let byte = BlockLayout {
                compression,
                predictor,
                width: 2,
                height: 1,
                samples: 1,
                ..layout(8, SampleFormat::Unsigned, ByteOrder::Little)
            };
            let stored: &[u8] = if compression == 1 { &[5, 7] } else { &[1, 5, 7] };
            assert_eq!(decode(&byte, stored).unwrap(), [5, 7]);
        }
    }

    #[test]
    fn a_layout_is_checked_without_bytes() {
        let good = layout(8, SampleFormat::Unsigned, ByteOrder::Little);
        check(&good).unwrap();
        let refused = |layout: &BlockLayout| {
            let error = check(layout).unwrap_err();
            assert_eq!(decode(layout, &[0; 1000]).unwrap_err(), error);
            (error.code(), error.detail().tag)
        };
        let unsupported = |tag| (Code::Unsupported, Some(tag));
        assert_eq!(refused(&BlockLayout { compression: 32947, ..good.clone() }), unsupported(259));
        assert_eq!(refused(&BlockLayout { bits: 40, ..good.clone() }), unsupported(258));
        assert_eq!(
            refused(&BlockLayout { bits: 1, format: SampleFormat::Void, ..good.clone() }),
            unsupported(258)
        );
        #[cfg(feature = "deflate")]
        assert_eq!(refused(&BlockLayout { compression: 8, predictor: 3, ..good.clone() }), unsupported(317));
        for empty in [
            BlockLayout { width: 0, ..good.clone() },
            BlockLayout { height: 0, ..good.clone() },
            BlockLayout { samples: 0, ..good },
        ] {
            assert_eq!(refused(&empty).0, Code::Malformed);
        }
    }

    #[test]
    fn a_block_has_its_limit() {
        let limits = |block_bytes| Limits { block_bytes, ..Limits::default() };
        let byte = layout(8, SampleFormat::Unsigned, ByteOrder::Little);
        assert!(decode_block(&byte, &[0; 60], &limits(60)).is_ok());
        // One bit is stored, one byte is decoded: the larger one counts.
        let bit = layout(1, SampleFormat::Unsigned, ByteOrder::Little);
        let huge = BlockLayout { width: u32::MAX, height: u32::MAX, samples: u32::MAX, ..byte.clone() };
        let huge_words = BlockLayout { bits: 64, ..huge.clone() };
        for (layout, limit) in [(byte, 59), (bit, 59), (huge, 1 << 40), (huge_words, 1 << 40)] {
            let error = decode_block(&layout, &[0; 60], &limits(limit)).unwrap_err();
            assert_eq!((error.code(), error.detail().name.as_deref()), (Code::Limit, Some("block_bytes")));
            assert_eq!(error.detail().limit, Some(limit));
        }
    }

    #[test]
    fn short_blocks_name_their_lengths() {
        let byte = layout(8, SampleFormat::Unsigned, ByteOrder::Little);
        let short = |compression, stored: &[u8]| {
            let error = decode(&BlockLayout { compression, ..byte.clone() }, stored).unwrap_err();
            (error.code(), error.detail().found, error.detail().limit)
        };
        assert_eq!(short(1, &[0; 59]), (Code::Truncated, Some(59), Some(60)));
        assert_eq!(short(32773, &[0xC6, 0]), (Code::Malformed, Some(59), Some(60)));
        #[cfg(feature = "deflate")]
        assert_eq!(short(8, &zlib(&[0; 59])), (Code::Malformed, Some(59), Some(60)));
        assert!(decode(&byte, &[0; 61]).is_ok());
    }

    #[test]
    fn damaged_streams_give_a_block_or_a_typed_error() {
        use crate::codec::sample::{Random, SCENE};
        let streams: &[(u16, &[u8])] = &[
            (5, include!("vectors/scene.lzw.in")),
            (8, include!("vectors/scene.zlib.in")),
            (50000, include!("vectors/scene.zst.in")),
            (50000, include!("vectors/scene_checked.zst.in")),
            (32773, SCENE),
        ];
        let mut random = Random(7);
        let mut outcomes = [0, 0];
        for (compression, stream) in streams.iter().filter(|(compression, _)| readable(*compression).is_ok())
        {
            for _ in 0..1000 {
                let mut stored = stream.to_vec();
                stored.truncate(random.below(stream.len() as u64 * 4) as usize);
                for _ in 0..random.below(4) {
                    let place = random.below(stored.len() as u64 + 1) as usize;
                    if let Some(byte) = stored.get_mut(place) {
                        *byte = random.next() as u8;
                    }
                }
                let (width, height) = (random.below(60) as u32 + 1, random.below(40) as u32 + 1);
                let byte = layout(8, SampleFormat::Unsigned, ByteOrder::Little);
                let layout = BlockLayout { compression: *compression, width, height, samples: 1, ..byte };
                match decode(&layout, &stored) {
                    Ok(block) => {
                        assert_eq!(block.len() as u32, width * height);
                        outcomes[0] += 1;
                    }
                    Err(error) => {
                        assert!(matches!(error.code(), Code::Malformed | Code::Unsupported), "{error:?}");
                        outcomes[1] += 1;
                    }
                }
            }
        }
        assert!(outcomes.iter().all(|count| *count > 10), "blocks and errors: {outcomes:?}");
    }
}
