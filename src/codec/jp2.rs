//! JPEG 2000 (34712, and Aperio's 33003 and 33005): one codestream, bare or in a JP2 file.
//!
//! Samples are handed out as the codestream stores them, once its own transform of components is undone: what a JP2 file says of
//! colours is for viewers, and TIFF has tags of its own for it.

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use super::output;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::{BlockLayout, SampleFormat};

/// Start of codestream and of its size marker.
const CODESTREAM: &[u8] = b"\xFF\x4F\xFF\x51";
/// The first box of a JP2 file.
const JP2: &[u8] = b"\0\0\0\x0CjP  ";
/// Bytes that the decoder takes for one sample: as a number, as a coefficient, and while it is transformed.
const BYTES_PER_SAMPLE: u64 = 12;
/// How many times a block's bytes may be taken for decoding it.
const LIMIT_FACTOR: u64 = 4;
/// Bits of a sample up to which the decoder's float32 is exact.
const MOST_BITS: u8 = 24;

/// The samples of the codestream in `stored`.
///
/// # Errors
/// `malformed` for anything but a JPEG 2000 codestream, for corrupt data, and for an image of another shape than the block;
/// `unsupported` for samples that the codestream and the file do not agree on; `limit` where decoding would take too much memory.
pub(super) fn decode(layout: &BlockLayout, stored: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let codestream = codestream(stored).ok_or_else(|| fault("not a codestream, nor a JP2 file with one"))?;
    let size = Size::read(codestream).ok_or_else(|| fault("its size marker makes no sense"))?;
    size.check(layout, limits)?;
    let settings = DecodeSettings { resolve_palette_indices: false, ..DecodeSettings::default() };
    let image = Image::new(codestream, &settings).map_err(|error| fault(&error.to_string()))?;
    if (image.width(), image.height()) != (size.width, size.height) {
        return Err(fault("its components have another size than the image"));
    }
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|error| fault(&error.to_string()))?;
    let planes: Vec<Plane<'_>> = decoded
        .components()
        .iter()
        .zip(&size.components)
        .map(|(component, stated)| Plane { samples: component.samples(), component: *stated })
        .collect();
    interleave(layout, &planes)
}

fn fault(why: &str) -> Error {
    Error::malformed(format!("the block's jp2000 data is corrupt: {why}"))
}

/// The codestream in what may be a JP2 file.
fn codestream(stored: &[u8]) -> Option<&[u8]> {
    let mut rest = stored;
    if rest.starts_with(CODESTREAM) {
        return Some(rest);
    }
    if !rest.starts_with(JP2) {
        return None;
    }
    loop {
        let (length, kind) = (rest.first_chunk::<4>()?, rest.get(4..8)?);
        let (head, length) = match u32::from_be_bytes(*length) {
            0 => (8, rest.len()),
            1 => {
                let length = u64::from_be_bytes(*rest.get(8..16)?.first_chunk::<8>()?);
                (16, usize::try_from(length).ok()?)
            }
            length => (8, length as usize),
        };
        if kind == b"jp2c" {
            // As in OpenJPEG, a box that is longer than the file ends with it.
            let found = rest.get(head..length.min(rest.len()))?;
            return found.starts_with(CODESTREAM).then_some(found);
        }
        rest = rest.get(length.max(head)..)?;
    }
}

/// How one component is coded.
#[derive(Clone, Copy)]
struct Component {
    bits: u8,
    signed: bool,
}

/// What the codestream says of its size.
struct Size {
    width: u32,
    height: u32,
    components: Vec<Component>,
}

impl Size {
    /// Reads the size marker, which is the first one.
    fn read(codestream: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u32::from_be_bytes(*codestream.get(at..)?.first_chunk::<4>()?));
        // After SOC, SIZ, its length and the profile: size and offset of the image, of the tiles, number of components.
        let (right, bottom, left, top) = (word(8)?, word(12)?, word(16)?, word(20)?);
        let count = u16::from_be_bytes(*codestream.get(40..)?.first_chunk::<2>()?);
        let described = codestream.get(42..42 + 3 * usize::from(count))?;
        let components = described.as_chunks::<3>().0.iter();
        let components =
            components.map(|[depth, ..]| Component { bits: (depth & 0x7F) + 1, signed: depth & 0x80 != 0 });
        Some(Self {
            width: right.checked_sub(left)?,
            height: bottom.checked_sub(top)?,
            components: components.collect(),
        })
    }

    /// Whether it is the block's, before anything is decoded.
    fn check(&self, layout: &BlockLayout, limits: &Limits) -> Result<()> {
        let (width, height, count) = (self.width, self.height, self.components.len());
        // A last strip may be coded with all rows of the others.
        if width != layout.width || height < layout.height || count != layout.samples as usize {
            let BlockLayout { width: columns, height: rows, samples, .. } = layout;
            return Err(fault(&format!(
                "an image of {width}x{height} with {count} components, {columns}x{rows} with {samples} expected"
            )));
        }
        if let Some(component) = self.components.iter().find(|component| !component.fits(layout)) {
            let message = format!(
                "a JPEG 2000 component of {} bits for {}-bit {:?} samples is not supported",
                component.bits, layout.bits, layout.format
            );
            return Err(Error::unsupported(message).with_value(258, layout.bits));
        }
        let samples = u64::from(width) * u64::from(height);
        let bytes = samples.saturating_mul(count as u64).saturating_mul(BYTES_PER_SAMPLE);
        let most = limits.block_bytes.saturating_mul(LIMIT_FACTOR);
        if bytes > most {
            return Err(Error::limit("block_bytes", "bytes for decoding one JPEG 2000 block", bytes, most));
        }
        Ok(())
    }
}

impl Component {
    fn fits(self, layout: &BlockLayout) -> bool {
        let integers =
            matches!(layout.format, SampleFormat::Unsigned | SampleFormat::Signed | SampleFormat::Void);
        integers && u16::from(self.bits) <= layout.bits.min(32) && self.bits <= MOST_BITS
    }

    /// The number that a decoded sample stands for. The decoder takes all samples for unsigned ones, which moves signed ones by
    /// half the range.
    fn number(self, sample: f32) -> i32 {
        let (range, half) = (1_i32 << self.bits, 1_i32 << (self.bits - 1));
        let number = (sample.round_ties_even() as i32).clamp(0, range - 1);
        if self.signed { number - half } else { number }
    }
}

/// One decoded component.
struct Plane<'a> {
    samples: &'a [f32],
    component: Component,
}

/// The upper rows of the planes as pixels of the layout's element type.
fn interleave(layout: &BlockLayout, planes: &[Plane<'_>]) -> Result<Vec<u8>> {
    let (columns, rows) = (layout.width as usize, layout.height as usize);
    let element = layout.data_type()?.size() as usize;
    let mut pixels = output::zeroed(columns * rows * planes.len() * element)?;
    match element {
        1 => write::<1>(&mut pixels, columns, planes),
        2 => write::<2>(&mut pixels, columns, planes),
        _ => write::<4>(&mut pixels, columns, planes),
    }
    Ok(pixels)
}

/// Writes pixels of elements of `SIZE` bytes, at most 4.
fn write<const SIZE: usize>(pixels: &mut [u8], columns: usize, planes: &[Plane<'_>]) {
    let elements = pixels.as_chunks_mut::<SIZE>().0;
    for (place, plane) in planes.iter().enumerate() {
        let lines = plane.samples.chunks(columns).zip(elements.chunks_mut(columns * planes.len()));
        for (line, row) in lines {
            for (sample, pixel) in line.iter().zip(row.chunks_exact_mut(planes.len())) {
                if let Some(element) = pixel.get_mut(place) {
                    *element = narrow(plane.component.number(*sample));
                }
            }
        }
    }
}

/// The low bytes of a number.
#[inline(always)]
fn narrow<const SIZE: usize>(number: i32) -> [u8; SIZE] {
    let mut bytes = number.to_le_bytes().first_chunk().copied().unwrap_or([0; SIZE]);
    if cfg!(target_endian = "big") {
        bytes.reverse();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::{Random, colours};
    use crate::error::Code;
    use crate::pixel::{ByteOrder, CodecSettings};

    /// Python: `imagecodecs.jpeg2k_encode(a, level=0, codecformat='j2k')`; see [`colours`].
    const COLOURS: &[u8] = include!("vectors/ramp.j2k.in");
    /// The same, in a JP2 file; see [`signed`].
    const SIGNED: &[u8] = include!("vectors/signed.jp2.in");

    fn layout(bits: u16, format: SampleFormat, samples: u32) -> BlockLayout {
        BlockLayout {
            compression: 34712,
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

    /// A ramp over almost all numbers of 16 bits.
    fn signed() -> Vec<u8> {
        (0..480).flat_map(|i| ((i * 137 - 32768) as i16).to_ne_bytes()).collect()
    }

    fn unpack(layout: &BlockLayout, stored: &[u8]) -> Result<Vec<u8>> {
        decode(layout, stored, &Limits::default())
    }

    #[test]
    fn known_answers() {
        assert_eq!(unpack(&layout(8, SampleFormat::Unsigned, 3), COLOURS).unwrap(), colours());
        assert_eq!(unpack(&layout(16, SampleFormat::Signed, 1), SIGNED).unwrap(), signed());
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
        assert_eq!(refused(BlockLayout { samples: 1, ..good.clone() }), Code::Malformed);
        assert_eq!(refused(BlockLayout { bits: 4, ..good.clone() }), Code::Unsupported);
        assert_eq!(refused(BlockLayout { bits: 32, format: SampleFormat::Float, ..good }), Code::Unsupported);
    }

    #[test]
    fn memory_is_bounded_before_it_is_taken() {
        let mut huge = COLOURS.to_vec();
        huge[8..16].copy_from_slice(&[0, 0, 0, 24, 0x7F, 0xFF, 0xFF, 0xFF]);
        huge[28..32].copy_from_slice(&[0x7F, 0xFF, 0xFF, 0xFF]);
        let error = unpack(&layout(8, SampleFormat::Unsigned, 3), &huge).unwrap_err();
        assert_eq!((error.code(), error.detail().name.as_deref()), (Code::Limit, Some("block_bytes")));
    }

    #[test]
    fn noise_gives_a_block_or_an_error() {
        let mut random = Random(9);
        let mut outcomes = [0; 2];
        for round in 0..3000 {
            let (stored, layout) = match round % 2 {
                0 => (COLOURS, layout(8, SampleFormat::Unsigned, 3)),
                _ => (SIGNED, layout(16, SampleFormat::Signed, 1)),
            };
            let mut noisy = stored.to_vec();
            for _ in 0..random.below(5) + 1 {
                let reach = if random.below(2) == 0 { 200 } else { noisy.len() as u64 };
                noisy[random.below(reach) as usize] = random.next() as u8;
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
        assert!(outcomes.iter().all(|count| *count > 300), "blocks and errors: {outcomes:?}");
    }
}
