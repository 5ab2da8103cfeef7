//! Predictor (317): differences summed up again, row by row.

use super::output;
use crate::error::{Error, Result};
use crate::pixel::{BlockLayout, ByteOrder, SampleFormat};

/// Whether the layout's predictor can be undone.
///
/// # Errors
/// `unsupported`, naming Predictor (317), for what libtiff refuses: values other than 1, 2 and 3; 2 on samples of
/// other than 8, 16, 32 or 64 bits; 3 on other than floating point.
pub(super) fn check(layout: &BlockLayout) -> Result<()> {
    let (predictor, bits) = (layout.predictor, layout.bits);
    let good = match predictor {
        1 => true,
        2 => matches!(bits, 8 | 16 | 32 | 64),
        3 => layout.format == SampleFormat::Float && matches!(bits, 16 | 24 | 32 | 64),
        _ => false,
    };
    if good {
        return Ok(());
    }
    let message = match predictor {
        2 | 3 => format!("predictor {predictor} on {bits}-bit {:?} samples is not supported", layout.format),
        _ => format!("predictor {predictor} is unknown, 1 to 3 expected"),
    };
    Err(Error::unsupported(message).with_value(317, predictor))
}

/// Undoes the layout's predictor in a block of whole rows, and leaves its words in native byte order.
///
/// # Errors
/// `unsupported`, as [`check`].
pub(super) fn undo(layout: &BlockLayout, block: &mut [u8]) -> Result<()> {
    check(layout)?;
    let samples = layout.samples as usize;
    let row = layout.width as usize * samples * usize::from(layout.bits / 8);
    let big = layout.byte_order == ByteOrder::Big;
    match (layout.predictor, layout.bits) {
        (1, _) => Ok(()),
        (2, 8) => bytes(block, row, samples),
        (2, 16) if big => horizontal::<u16, true>(block, row, samples),
        (2, 16) => horizontal::<u16, false>(block, row, samples),
        (2, 32) if big => horizontal::<u32, true>(block, row, samples),
        (2, 32) => horizontal::<u32, false>(block, row, samples),
        (2, 64) if big => horizontal::<u64, true>(block, row, samples),
        (2, 64) => horizontal::<u64, false>(block, row, samples),
        (3, 16) => floating_point(block, row, samples, unshuffle16),
        (3, 24) => floating_point(block, row, samples, unshuffle24),
        (3, 32) => floating_point32(block, row, samples),
        (3, 64) => floating_point(block, row, samples, unshuffle64),
        (predictor, bits) => {
            Err(Error::internal(format!("predictor {predictor} on {bits} bits was not checked")))
        }
    }
}

/// An unsigned number that wraps, in rows of bytes.
trait Word: Copy {
    type Bytes;
    const ZERO: Self;
    fn of(row: &mut [u8]) -> &mut [Self::Bytes];
    fn load<const BIG: bool>(bytes: &Self::Bytes) -> Self;
    fn store(self, bytes: &mut Self::Bytes);
    fn plus(self, other: Self) -> Self;
}

macro_rules! word {
    ($word:ty, $size:literal) => {
        impl Word for $word {
            type Bytes = [u8; $size];
            const ZERO: Self = 0;
            fn of(row: &mut [u8]) -> &mut [Self::Bytes] {
                row.as_chunks_mut().0
            }
            fn load<const BIG: bool>(bytes: &Self::Bytes) -> Self {
                if BIG { Self::from_be_bytes(*bytes) } else { Self::from_le_bytes(*bytes) }
            }
            fn store(self, bytes: &mut Self::Bytes) {
                *bytes = self.to_ne_bytes();
            }
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
        }
    };
}
word!(u8, 1);
word!(u16, 2);
word!(u32, 4);
word!(u64, 8);

/// Predictor 2: every word is the difference from the same sample of the pixel before, modulo its width; floating
/// point too, bits taken as a number. The file's byte order is undone before the sum, in the same pass.
fn horizontal<W: Word, const BIG: bool>(block: &mut [u8], row: usize, samples: usize) -> Result<()> {
    let mut sums = output::reserved(samples)?;
    sums.resize(samples, W::ZERO);
    block.chunks_exact_mut(row).for_each(|row| sum_row::<W, BIG>(W::of(row), samples, &mut sums));
    Ok(())
}

/// Running sums of one row, one per sample. For few samples the sums are an array that stays in registers: two to
/// four times as fast as adding to what was stored a pixel before.
fn sum_row<W: Word, const BIG: bool>(row: &mut [W::Bytes], samples: usize, sums: &mut [W]) {
    match samples {
        1 => sum_pixels::<W, BIG, 1>(row),
        2 => sum_pixels::<W, BIG, 2>(row),
        3 => sum_pixels::<W, BIG, 3>(row),
        4 => sum_pixels::<W, BIG, 4>(row),
        _ => {
            sums.fill(W::ZERO);
            row.chunks_exact_mut(samples).for_each(|pixel| sum_pixel::<W, BIG>(pixel, sums));
        }
    }
}

fn sum_pixels<W: Word, const BIG: bool, const SAMPLES: usize>(row: &mut [W::Bytes]) {
    let mut sums = [W::ZERO; SAMPLES];
    row.as_chunks_mut::<SAMPLES>().0.iter_mut().for_each(|pixel| sum_pixel::<W, BIG>(pixel, &mut sums));
}

#[inline(always)]
fn sum_pixel<W: Word, const BIG: bool>(pixel: &mut [W::Bytes], sums: &mut [W]) {
    for (bytes, sum) in pixel.iter_mut().zip(sums) {
        *sum = sum.plus(W::load::<BIG>(bytes));
        sum.store(bytes);
    }
}

/// Predictor 2 on bytes.
fn bytes(block: &mut [u8], row: usize, samples: usize) -> Result<()> {
    let mut sums = output::reserved(samples)?;
    sums.resize(samples, 0_u8);
    block.chunks_exact_mut(row).for_each(|row| sum_bytes(row, samples, &mut sums));
    Ok(())
}

/// Running sums of a row of bytes: of sixteen at once where there are vectors for it.
fn sum_bytes(row: &mut [u8], samples: usize, sums: &mut [u8]) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    if super::running_sum::sum_bytes(row, samples) {
        return;
    }
    sum_row::<u8, false>(u8::of(row), samples, sums);
}

/// Predictor 3: the bytes of a row's numbers stand in planes, most significant first whatever the file's byte
/// order, and every byte is the difference from the one `samples` before, across planes.
fn floating_point(
    block: &mut [u8],
    row: usize,
    samples: usize,
    unshuffle: fn(planes: &[u8], row: &mut [u8]),
) -> Result<()> {
    let mut planes = output::zeroed(row)?;
    let mut sums = output::reserved(samples)?;
    sums.resize(samples, 0_u8);
    for row in block.chunks_exact_mut(row) {
        planes.copy_from_slice(row);
        sum_bytes(&mut planes, samples, &mut sums);
        unshuffle(&planes, row);
    }
    Ok(())
}

/// Predictor 3 on numbers of four bytes: in one pass where there are vectors for it.
fn floating_point32(block: &mut [u8], row: usize, samples: usize) -> Result<()> {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    if matches!(samples, 1 | 2 | 4) {
        let mut planes = output::zeroed(row)?;
        for row in block.chunks_exact_mut(row) {
            planes.copy_from_slice(row);
            super::planes::join32(&planes, row, samples);
        }
        return Ok(());
    }
    floating_point(block, row, samples, unshuffle32)
}

fn unshuffle16(planes: &[u8], row: &mut [u8]) {
    let (a, b) = planes.split_at(planes.len() / 2);
    for ((word, a), b) in row.as_chunks_mut().0.iter_mut().zip(a).zip(b) {
        *word = u16::from_be_bytes([*a, *b]).to_ne_bytes();
    }
}

fn unshuffle24(planes: &[u8], row: &mut [u8]) {
    let (a, bc) = planes.split_at(planes.len() / 3);
    let (b, c) = bc.split_at(bc.len() / 2);
    let (words, _) = row.as_chunks_mut::<3>();
    for (((word, a), b), c) in words.iter_mut().zip(a).zip(b).zip(c) {
        *word = if cfg!(target_endian = "big") { [*a, *b, *c] } else { [*c, *b, *a] };
    }
}

fn unshuffle32(planes: &[u8], row: &mut [u8]) {
    for (word, value) in row.as_chunks_mut().0.iter_mut().zip(join32(planes)) {
        *word = value.to_ne_bytes();
    }
}

fn unshuffle64(planes: &[u8], row: &mut [u8]) {
    let (high, low) = planes.split_at(planes.len() / 2);
    for ((word, high), low) in row.as_chunks_mut().0.iter_mut().zip(join32(high)).zip(join32(low)) {
        *word = (u64::from(high) << 32 | u64::from(low)).to_ne_bytes();
    }
}

/// The numbers whose bytes stand in four planes.
fn join32(planes: &[u8]) -> impl Iterator<Item = u32> {
    let (ab, cd) = planes.split_at(planes.len() / 2);
    let ((a, b), (c, d)) = (ab.split_at(ab.len() / 2), cd.split_at(cd.len() / 2));
    a.iter().zip(b).zip(c.iter().zip(d)).map(|((a, b), (c, d))| u32::from_be_bytes([*a, *b, *c, *d]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::byte_order;
    use crate::codec::sample::random_bytes;
    use crate::error::Code;
    use crate::pixel::CodecSettings;

    fn layout(
        predictor: u16,
        bits: u16,
        format: SampleFormat,
        samples: u32,
        byte_order: ByteOrder,
    ) -> BlockLayout {
        {
            let settings = CodecSettings::default();
            BlockLayout {
                compression: 8,
                predictor,
                byte_order,
                width: 7,
                height: 3,
                samples,
                bits,
                format,
                settings,
            }
        }
    }

    /// Straight from the TIFF Technical Notes: difference of every word from the one `samples` before.
    fn difference(native: &[u8], layout: &BlockLayout) -> Vec<u8> {
        let size = usize::from(layout.bits / 8);
        let row = layout.width as usize * layout.samples as usize * size;
        let step = layout.samples as usize;
        let mask = u64::MAX >> (64 - layout.bits);
        let word = |bytes: &[u8]| {
            let mut wide = [0; 8];
            let at = if cfg!(target_endian = "little") { 0 } else { 8 - size };
            wide[at..at + size].copy_from_slice(bytes);
            u64::from_ne_bytes(wide)
        };
        let mut stored = Vec::new();
        for row in native.chunks(row) {
            let words: Vec<u64> = row.chunks(size).map(word).collect();
            for (i, word) in words.iter().enumerate() {
                let before = if i < step { 0 } else { words[i - step] };
                let bytes = (word.wrapping_sub(before) & mask).to_be_bytes();
                let big = &bytes[8 - size..];
                match layout.byte_order {
                    ByteOrder::Big => stored.extend(big),
                    ByteOrder::Little => stored.extend(big.iter().rev()),
                }
            }
        }
        stored
    }

    /// Adobe's Technical Note 3: planes of bytes, then differences of bytes.
    fn planes(native: &[u8], layout: &BlockLayout) -> Vec<u8> {
        let size = usize::from(layout.bits / 8);
        let row = layout.width as usize * layout.samples as usize * size;
        let mut stored = Vec::new();
        for row in native.chunks(row) {
            let mut big = row.to_vec();
            if byte_order::NATIVE == ByteOrder::Little {
                big.chunks_mut(size).for_each(<[u8]>::reverse);
            }
            let shuffled: Vec<u8> =
                (0..size).flat_map(|byte| big.iter().skip(byte).step_by(size).copied()).collect();
            let step = layout.samples as usize;
            stored.extend(
                shuffled
                    .iter()
                    .enumerate()
                    .map(|(i, byte)| if i < step { *byte } else { byte.wrapping_sub(shuffled[i - step]) }),
            );
        }
        stored
    }

    #[test]
    fn every_predictor_width_order_and_sample_count() {
        use SampleFormat::{Float, Signed, Unsigned};
        let cases = [8, 16, 32, 64]
            .into_iter()
            .flat_map(|bits| [Unsigned, Signed, Float].map(|format| (2, bits, format)))
            .chain([16, 24, 32, 64].map(|bits| (3, bits, Float)));
        for (predictor, bits, format) in cases {
            for (samples, order) in (1..=6).flat_map(|n| [ByteOrder::Little, ByteOrder::Big].map(|o| (n, o)))
            {
                // Wide enough for vectors and for what is left of them.
                let width = 61;
                let layout = BlockLayout { width, ..layout(predictor, bits, format, samples, order) };
                let native = random_bytes(
                    u64::from(bits) + u64::from(samples),
                    layout.stored_bytes().unwrap() as usize,
                );
                let mut block =
                    if predictor == 2 { difference(&native, &layout) } else { planes(&native, &layout) };
                assert_ne!(block, native);
                undo(&layout, &mut block).unwrap();
                assert_eq!(block, native, "{layout:?}");
            }
        }
    }

    #[test]
    fn known_answers() {
        let mut block = [1, 2, 3, 1, 1, 1, 255, 255, 255];
        let bytes =
            BlockLayout { width: 3, height: 1, ..layout(2, 8, SampleFormat::Unsigned, 3, ByteOrder::Big) };
        undo(&bytes, &mut block).unwrap();
        assert_eq!(block, [1, 2, 3, 2, 3, 4, 1, 2, 3]);
        // Python: tifffile of np.float32([[1, 1.5]]) with predictor 3, before compression.
        let mut block = [0x3F, 0, 0x41, 0x40, 0x40, 0, 0, 0];
        let floats =
            BlockLayout { width: 2, height: 1, ..layout(3, 32, SampleFormat::Float, 1, ByteOrder::Big) };
        undo(&floats, &mut block).unwrap();
        assert_eq!(block[..], [1.0_f32.to_ne_bytes(), 1.5_f32.to_ne_bytes()].concat());
    }

    #[test]
    fn what_libtiff_refuses() {
        use SampleFormat::{Float, Signed, Unsigned};
        let refused = [1, 2, 4, 12]
            .into_iter()
            .flat_map(|bits| [(2, bits, Unsigned), (3, bits, Unsigned)])
            .chain([8, 16, 32, 64].into_iter().flat_map(|bits| [(3, bits, Unsigned), (3, bits, Signed)]))
            .chain([0, 4, 34892, 34893, 34894, 34895].map(|predictor| (predictor, 16, Float)))
            .chain([(3, 8, Float)]);
        for (predictor, bits, format) in refused {
            let error = check(&layout(predictor, bits, format, 1, ByteOrder::Little)).unwrap_err();
            assert_eq!(error.code(), Code::Unsupported);
            assert_eq!(error.detail().tag, Some(317));
            assert_eq!(error.detail().value, Some(predictor.to_string()));
        }
    }
}
