//! JPEG XL (50002, and 52546 in DNG): the first image of a codestream, bare or in its container.
//!
//! Samples are the numbers that were coded: of as many bits as the codestream says, colours first, other channels after them.

use jxl::api::{
    Endianness, Event, JxlBasicInfo, JxlBitDepth, JxlColorType, JxlDataFormat, JxlDecoder, JxlDecoderOptions,
    JxlOutputBuffer, JxlPixelFormat, ProfileLevel,
};
use jxl::image::{Image, ImageDataType, Rect};

use super::output;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::{BlockLayout, SampleFormat};

/// What a bare codestream begins with.
const CODESTREAM: &[u8] = b"\xFF\x0A";
/// A container around a bare codestream: signature, file type, level 10, and a box that goes on to the end. A codestream alone
/// counts as level 5, of four extra channels at most; writers of TIFF do not keep to it.
const CONTAINER: &[u8] =
    b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl \0\0\0\x09jxll\x0A\0\0\0\0jxlc";
/// Bytes that the decoder takes for one sample, with what it keeps beside it.
const BYTES_PER_SAMPLE: u64 = 16;
/// How many times a block's bytes may be taken for decoding it.
const LIMIT_FACTOR: u64 = 4;
/// Pixels that a frame may pass the image by on each axis, since its size is rounded up.
const FRAME_MARGIN: u64 = 64;

/// The samples of the codestream in `stored`.
///
/// # Errors
/// `malformed` for anything but a JPEG XL codestream, for corrupt data, and for an image of another shape than the block;
/// `unsupported` for samples that the codestream and the file do not agree on; `limit` where decoding would take too much memory.
pub(super) fn decode(layout: &BlockLayout, stored: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let kind = Kind::of(layout)?;
    let samples = check_memory(layout, limits)?;
    let contained;
    let mut rest = stored;
    if stored.starts_with(CODESTREAM) {
        let mut bytes = output::reserved(CONTAINER.len() + stored.len())?;
        bytes.extend_from_slice(CONTAINER);
        bytes.extend_from_slice(stored);
        contained = bytes;
        rest = &contained;
    }
    let mut stream = Stream { decoder: JxlDecoder::new(options(samples)), rest };
    match kind {
        Kind::Byte => stream.pixels(layout, kind, u8::to_ne_bytes),
        Kind::Word => stream.pixels(layout, kind, u16::to_ne_bytes),
        Kind::Float => stream.pixels(layout, kind, f32::to_ne_bytes),
    }
}

fn fault(why: &str) -> Error {
    Error::malformed(format!("the block's jxl data is corrupt: {why}"))
}

fn options(samples: u64) -> JxlDecoderOptions {
    let mut options = JxlDecoderOptions::default();
    options.max_profile_level = ProfileLevel::Main10;
    options.sample_limit = Some(usize::try_from(samples).unwrap_or(usize::MAX));
    options
}

/// The samples that a frame may have.
///
/// # Errors
/// `limit`, where that many take more memory than a block may.
fn check_memory(layout: &BlockLayout, limits: &Limits) -> Result<u64> {
    let pixels =
        (u64::from(layout.width) + FRAME_MARGIN).saturating_mul(u64::from(layout.height) + FRAME_MARGIN);
    // The decoder counts three colours, and keeps as many.
    let samples = pixels.saturating_mul(u64::from(layout.samples) + 3);
    let (bytes, most) =
        (samples.saturating_mul(BYTES_PER_SAMPLE), limits.block_bytes.saturating_mul(LIMIT_FACTOR));
    if bytes > most {
        return Err(Error::limit("block_bytes", "bytes for decoding one JPEG XL block", bytes, most));
    }
    Ok(samples)
}

/// The element that samples are decoded to.
#[derive(Clone, Copy)]
enum Kind {
    Byte,
    Word,
    Float,
}

impl Kind {
    fn of(layout: &BlockLayout) -> Result<Self> {
        match (layout.format, layout.bits) {
            (SampleFormat::Unsigned | SampleFormat::Void, 1..=8) => Ok(Self::Byte),
            (SampleFormat::Unsigned | SampleFormat::Void, 9..=16) => Ok(Self::Word),
            (SampleFormat::Float, 16 | 32) => Ok(Self::Float),
            (format, bits) => {
                let message = format!("JPEG XL of {bits}-bit {format:?} samples is not supported");
                Err(Error::unsupported(message).with_value(258, bits))
            }
        }
    }

    /// How samples of that depth are asked for: unchanged, or not at all.
    fn format(self, depth: &JxlBitDepth, layout: &BlockLayout) -> Result<JxlDataFormat> {
        let endianness = Endianness::native();
        match (self, depth) {
            (Self::Byte, JxlBitDepth::Int { bits_per_sample: bits @ 1..=8 }) => {
                Ok(JxlDataFormat::U8 { bit_depth: *bits as u8 })
            }
            (Self::Word, JxlBitDepth::Int { bits_per_sample: bits @ 1..=16 }) => {
                Ok(JxlDataFormat::U16 { endianness, bit_depth: *bits as u8 })
            }
            (Self::Float, JxlBitDepth::Float { .. }) => Ok(JxlDataFormat::F32 { endianness }),
            _ => {
                let message = format!(
                    "JPEG XL samples of {depth:?} for {}-bit {:?} samples are not supported",
                    layout.bits, layout.format
                );
                Err(Error::unsupported(message).with_value(258, layout.bits))
            }
        }
    }
}

/// A codestream being decoded.
struct Stream<'a> {
    decoder: JxlDecoder,
    rest: &'a [u8],
}

impl Stream<'_> {
    /// Goes on to the next event.
    fn next(&mut self, buffers: Option<&mut [JxlOutputBuffer<'_>]>) -> Result<Event> {
        match self.decoder.process(&mut self.rest, buffers, None) {
            Ok(Event::NeedMoreInput { .. }) => Err(fault("it ends early")),
            Ok(event) => Ok(event),
            Err(error) => Err(fault(&error.to_string())),
        }
    }

    /// Goes on until that event comes.
    fn until(&mut self, wanted: fn(&Event) -> bool) -> Result<()> {
        loop {
            match self.next(None)? {
                event if wanted(&event) => return Ok(()),
                Event::Complete => return Err(fault("it has no image")),
                _ => {}
            }
        }
    }

    /// All pixels, each with its channels in order.
    fn pixels<T: ImageDataType + Copy, const SIZE: usize>(
        &mut self,
        layout: &BlockLayout,
        kind: Kind,
        bytes: impl Fn(T) -> [u8; SIZE],
    ) -> Result<Vec<u8>> {
        self.until(|event| *event == Event::BasicInfo)?;
        let Some(info) = self.decoder.basic_info().cloned() else { return Err(fault("it has no header")) };
        let colours = self.decoder.embedded_color_profile().map_or(3, |profile| profile.channels());
        check_shape(&info, colours, layout)?;
        self.ask_for(kind.format(&info.bit_depth, layout)?, colours, info.extra_channels.len())?;
        self.until(|event| *event == Event::FrameHeader)?;
        let mut planes = planes(&info, colours)?;
        self.fill::<T>(&mut planes)?;
        interleave(layout, &planes, bytes)
    }

    fn ask_for(&mut self, format: JxlDataFormat, colours: usize, extra: usize) -> Result<()> {
        let format = JxlPixelFormat {
            color_type: if colours == 1 { JxlColorType::Grayscale } else { JxlColorType::Rgb },
            color_data_format: Some(format),
            extra_channel_format: vec![Some(format); extra],
        };
        self.decoder.set_pixel_format(format).map_err(|error| fault(&error.to_string()))
    }

    /// Decodes one frame into the planes, which are of the format that was asked for.
    fn fill<T: ImageDataType>(&mut self, planes: &mut [Channels<T>]) -> Result<()> {
        let mut buffers: Vec<JxlOutputBuffer<'_>> = planes
            .iter_mut()
            .map(|plane| {
                let size = plane.image.size();
                let all = Rect { origin: (0, 0), size };
                JxlOutputBuffer::from_image_rect_mut(plane.image.get_rect_mut(all).into_raw())
            })
            .collect();
        loop {
            match self.next(Some(&mut buffers))? {
                Event::FrameComplete { .. } => return Ok(()),
                Event::Complete => return Err(fault("its image is incomplete")),
                _ => {}
            }
        }
    }
}

/// Whether the image is the block's.
fn check_shape(info: &JxlBasicInfo, colours: usize, layout: &BlockLayout) -> Result<()> {
    let ((width, height), channels) = (info.size, colours + info.extra_channels.len());
    // A last strip may be coded with all rows of the others.
    let good = width == layout.width as usize
        && height >= layout.height as usize
        && channels == layout.samples as usize
        && matches!(colours, 1 | 3);
    if good {
        return Ok(());
    }
    let BlockLayout { width: columns, height: rows, samples, .. } = layout;
    Err(fault(&format!(
        "an image of {width}x{height} with {channels} channels, {columns}x{rows} with {samples} expected"
    )))
}

/// Some channels of the image, interleaved.
struct Channels<T: ImageDataType> {
    image: Image<T>,
    count: usize,
}

/// One image for the colours, and one for every other channel, in memory aligned as the decoder wants it.
fn planes<T: ImageDataType>(info: &JxlBasicInfo, colours: usize) -> Result<Vec<Channels<T>>> {
    let (width, height) = info.size;
    let counts = std::iter::once(colours).chain(info.extra_channels.iter().map(|_| 1));
    let plane = |count: usize| {
        let image = Image::new((width * count, height)).map_err(|error| fault(&error.to_string()))?;
        Ok(Channels { image, count })
    };
    counts.map(plane).collect()
}

/// The upper rows of the planes as pixels of elements of `SIZE` bytes.
fn interleave<T: ImageDataType + Copy, const SIZE: usize>(
    layout: &BlockLayout,
    planes: &[Channels<T>],
    bytes: impl Fn(T) -> [u8; SIZE],
) -> Result<Vec<u8>> {
    let (columns, samples) = (layout.width as usize, layout.samples as usize);
    let mut pixels = output::zeroed(columns * layout.height as usize * samples * SIZE)?;
    let elements = pixels.as_chunks_mut().0;
    for (y, row) in elements.chunks_exact_mut(columns * samples).enumerate() {
        let mut from = 0;
        for plane in planes {
            let values = plane.image.row(y).chunks_exact(plane.count);
            for (values, pixel) in values.zip(row.chunks_exact_mut(samples)) {
                let elements = pixel.iter_mut().skip(from);
                values.iter().zip(elements).for_each(|(value, element)| *element = bytes(*value));
            }
            from += plane.count;
        }
    }
    Ok(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::{Random, colours};
    use crate::error::Code;
    use crate::pixel::{ByteOrder, CodecSettings};

    /// Python: `imagecodecs.jpegxl_encode(a, lossless=True)`; see [`colours`].
    const COLOURS: &[u8] = include!("vectors/ramp.jxl.in");
    /// The same, in a container; see [`floats`].
    const FLOATS: &[u8] = include!("vectors/floats.jxl.in");

    fn layout(bits: u16, format: SampleFormat, samples: u32) -> BlockLayout {
        BlockLayout {
            compression: 50002,
            predictor: 1,
            byte_order: ByteOrder::Big,
            width: 24,
            height: 20,
            samples,
            bits,
            format,
            settings: CodecSettings::default(),
        }
    }

    fn floats() -> Vec<u8> {
        (0..480).flat_map(|i| ((f64::from(i - 100) * 0.37) as f32).to_ne_bytes()).collect()
    }

    fn unpack(layout: &BlockLayout, stored: &[u8]) -> Result<Vec<u8>> {
        decode(layout, stored, &Limits::default())
    }

    #[test]
    fn known_answers() {
        assert_eq!(unpack(&layout(8, SampleFormat::Unsigned, 3), COLOURS).unwrap(), colours());
        assert_eq!(unpack(&layout(32, SampleFormat::Float, 1), FLOATS).unwrap(), floats());
    }

    #[test]
    fn a_last_strip_takes_the_rows_that_it_has() {
        let short = BlockLayout { height: 7, ..layout(8, SampleFormat::Unsigned, 3) };
        assert_eq!(unpack(&short, COLOURS).unwrap(), colours()[..7 * 24 * 3]);
    }

    #[test]
    fn other_shapes_and_samples_are_refused() {
        let good = layout(8, SampleFormat::Unsigned, 3);
        let refused = |layout: BlockLayout| unpack(&layout, COLOURS).unwrap_err().code();
        assert_eq!(refused(BlockLayout { width: 23, ..good.clone() }), Code::Malformed);
        assert_eq!(refused(BlockLayout { height: 21, ..good.clone() }), Code::Malformed);
        assert_eq!(refused(BlockLayout { samples: 4, ..good.clone() }), Code::Malformed);
        assert_eq!(refused(BlockLayout { bits: 32, ..good.clone() }), Code::Unsupported);
        assert_eq!(refused(BlockLayout { format: SampleFormat::Signed, ..good.clone() }), Code::Unsupported);
        assert_eq!(refused(BlockLayout { bits: 32, format: SampleFormat::Float, ..good }), Code::Unsupported);
    }

    #[test]
    fn memory_is_bounded_before_it_is_taken() {
        let huge = BlockLayout { width: 1 << 15, height: 1 << 13, ..layout(8, SampleFormat::Unsigned, 1) };
        let error = unpack(&huge, COLOURS).unwrap_err();
        assert_eq!((error.code(), error.detail().name.as_deref()), (Code::Limit, Some("block_bytes")));
    }

    #[test]
    fn noise_gives_a_block_or_an_error() {
        let mut random = Random(11);
        let mut outcomes = [0; 2];
        for round in 0..3000 {
            let (stored, layout) = match round % 2 {
                0 => (COLOURS, layout(8, SampleFormat::Unsigned, 3)),
                _ => (FLOATS, layout(32, SampleFormat::Float, 1)),
            };
            let mut noisy = stored.to_vec();
            for _ in 0..random.below(3) + 1 {
                noisy[random.below(stored.len() as u64) as usize] ^= 1 << random.below(8);
            }
            noisy.truncate(noisy.len() - random.below(4) as usize * 60);
            match unpack(&layout, &noisy) {
                Ok(_) => outcomes[0] += 1,
                Err(error) => {
                    let typed = matches!(error.code(), Code::Malformed | Code::Unsupported | Code::Limit);
                    assert!(typed, "{error:?}");
                    outcomes[1] += 1;
                }
            }
        }
        assert!(outcomes.iter().all(|count| *count > 100), "blocks and errors: {outcomes:?}");
    }
}
