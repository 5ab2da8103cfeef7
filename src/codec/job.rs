//! A decode job: everything about one block and what is wanted of it, as a value. The same message runs
//! inline or in a worker.

use serde::{Deserialize, Serialize};

use super::compression::Module;
use super::{Frame, block, byte_order, crop, forgiven, spare};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::{BlockLayout, Colours, SampleFormat};

/// Which of a block's columns (or rows) are wanted, in the order of the result.
#[derive(Clone, Debug, PartialEq)]
pub enum Axis {
    /// `count` neighbours from `start`: the result has the block's own resolution.
    Run {
        /// First column or row, from 0 in the block.
        start: u32,
        /// How many.
        count: u32,
    },
    /// Exactly these, repeats and gaps included: nearest-neighbour resampling.
    Picks(Vec<u32>),
}

impl Axis {
    /// How many are wanted.
    pub fn count(&self) -> u64 {
        match self {
            Self::Run { count, .. } => u64::from(*count),
            Self::Picks(picks) => picks.len() as u64,
        }
    }

    /// Whether it is all of `length`, in order.
    pub(crate) fn is_all(&self, length: u32) -> bool {
        *self == Self::Run { start: 0, count: length }
    }

    /// Each of them.
    pub(super) fn indices(&self) -> impl Iterator<Item = usize> {
        let (run, picks): (_, &[u32]) = match self {
            Self::Run { start, count } => (*start..start.saturating_add(*count), &[]),
            Self::Picks(picks) => (0..0, picks),
        };
        run.chain(picks.iter().copied()).map(|index| index as usize)
    }

    /// # Errors
    /// `invalid_argument` where one of them is not below `length`.
    fn check(&self, name: &str, length: u32) -> Result<()> {
        let outside = match self {
            Self::Run { start, count } => {
                let end = u64::from(*start) + u64::from(*count);
                (end > u64::from(length)).then_some(end.saturating_sub(1))
            }
            Self::Picks(picks) => picks.iter().find(|pick| **pick >= length).map(|pick| u64::from(*pick)),
        };
        outside.map_or(Ok(()), |found| Err(past_the_block(name, found, length)))
    }
}

/// Order of the elements of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Band after band, each in rows.
    Band,
    /// Pixel after pixel, each with its bands.
    Pixel,
}

/// Rows of samples in stored bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredRows {
    /// The first byte of the first row wanted.
    pub start: u64,
    /// Bytes from one row to the next.
    pub stride: u64,
}

/// A block is decoded whole and kept for reads that want no more than one in so many of its pixels. Of the blocks at an image's
/// edge larger reads want little, too, and have no use for the rest.
const KEPT_SHARE: u64 = 4;

/// Samples of more bytes are not kept.
const KEPT_BYTES: u64 = 4 << 20;

/// Where in a block lies what is wanted of it. In pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The first column, from 0 in the block.
    pub x: u32,
    /// The first row.
    pub y: u32,
    /// Columns of the block.
    pub width: u32,
    /// Rows of the block.
    pub height: u32,
}

/// One block to decode.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Which module of WebAssembly decodes it.
    pub module: Module,
    /// How the block is stored.
    pub layout: BlockLayout,
    /// Columns wanted.
    pub columns: Axis,
    /// Rows wanted.
    pub rows: Axis,
    /// Samples wanted, from 0 in the block, in the order of the result; repeats allowed.
    pub samples: Vec<u32>,
    /// Order of the elements handed out.
    pub order: Order,
    /// Where the block lies in the bytes brought for it; `None` where they are the block.
    pub frame: Option<Frame>,
}

impl Job {
    /// Decodes the block from its stored bytes and takes out what is wanted of it: `rows.count() * columns.count()`
    /// pixels of `samples.len()` samples, elements of `layout.data_type()` in native byte order, arranged by `order`.
    ///
    /// Nothing in the job is trusted. What was forgiven in the stored bytes, [`forgiven::take`] tells.
    ///
    /// # Errors
    /// `invalid_argument` for columns, rows or samples that the block does not have; `limit` for a result over
    /// `limits.output_bytes`; as [`Frame::block`] and [`super::decode_block`].
    pub fn run(&self, stored: &[u8], limits: &Limits) -> Result<Vec<u8>> {
        forgiven::take();
        block::check(&self.layout)?;
        let output = self.output_bytes()?;
        let too_large =
            || Error::limit("output_bytes", "bytes of one job's result", output, limits.output_bytes);
        if output > limits.output_bytes {
            return Err(too_large());
        }
        let length = usize::try_from(output).map_err(|_| too_large())?;
        let stored = self.frame.map_or(Ok(stored), |frame| frame.block(stored))?;
        let mut rows = block::rows(&self.layout, stored, limits)?;
        if self.is_whole_block() {
            return rows.into_vec();
        }
        let taken = crop::take(self, &mut rows, length);
        spare::give(rows.into_spare());
        taken
    }

    /// Bytes of the result, once everything asked for is known to be in the block.
    ///
    /// # Errors
    /// `invalid_argument` for columns, rows or samples that the block does not have; `unsupported`, as
    /// [`BlockLayout::data_type`].
    pub fn output_bytes(&self) -> Result<u64> {
        self.columns.check("columns", self.layout.width)?;
        self.rows.check("rows", self.layout.height)?;
        if let Some(sample) = self.samples.iter().find(|sample| **sample >= self.layout.produced_samples()) {
            return Err(past_the_block("samples", u64::from(*sample), self.layout.produced_samples()));
        }
        let factors = [self.rows.count(), self.samples.len() as u64, self.layout.data_type()?.size()];
        let bytes = factors.into_iter().try_fold(self.columns.count(), u64::checked_mul);
        // More than 2^64 bytes is over any limit: it need not be told apart from 2^64 - 1.
        Ok(bytes.unwrap_or(u64::MAX))
    }

    /// Whether the samples wanted are all of the block's, in its own order.
    pub(super) fn has_all_samples(&self) -> bool {
        self.samples.len() as u64 == u64::from(self.layout.produced_samples())
            && self.samples.iter().zip(0..).all(|(sample, place)| *sample == place)
    }

    /// Where the samples wanted lie in the stored bytes, where these are the samples: whoever has the bytes can put them in their
    /// place without a decoder.
    pub fn stored_rows(&self) -> Option<StoredRows> {
        let layout = &self.layout;
        let as_they_are = !layout.settings.reversed_bits && layout.settings.colours == Colours::Stored;
        let plain = layout.compression == 1 && self.frame.is_none() && as_they_are;
        let words = matches!(layout.bits, 8 | 16 | 32 | 64 | 128)
            && (layout.format, layout.bits) != (SampleFormat::Float, 16)
            && (layout.bits == 8 || layout.byte_order == byte_order::NATIVE);
        let together = self.has_all_samples() && (self.order == Order::Pixel || layout.samples == 1);
        let (Axis::Run { start: column, .. }, Axis::Run { start: row, .. }) = (&self.columns, &self.rows)
        else {
            return None;
        };
        if !(plain && words && together && block::check(layout).is_ok() && self.output_bytes().is_ok()) {
            return None;
        }
        let pixel = u64::from(layout.samples) * u64::from(layout.bits / 8);
        let stride = layout.stored_row_bytes()?;
        let start =
            u64::from(*row).checked_mul(stride)?.checked_add(u64::from(*column).checked_mul(pixel)?)?;
        Some(StoredRows { start, stride })
    }

    /// The job for the whole block, and where in it lies what is wanted, if the read wants little: `pixels` in all. A reader
    /// that keeps the block has what is wanted next time without decoding it.
    pub fn kept(&self, pixels: u64, limits: &Limits) -> Option<(Self, Part)> {
        let (Axis::Run { start: x, .. }, Axis::Run { start: y, .. }) = (&self.columns, &self.rows) else {
            return None;
        };
        let BlockLayout { width, height, .. } = self.layout;
        if pixels > u64::from(width) * u64::from(height) / KEPT_SHARE || self.stored_rows().is_some() {
            return None;
        }
        let whole = |count| Axis::Run { start: 0, count };
        let job = Self { columns: whole(width), rows: whole(height), ..self.clone() };
        let small = job.output_bytes().is_ok_and(|bytes| bytes <= limits.output_bytes.min(KEPT_BYTES));
        small.then_some((job, Part { x: *x, y: *y, width, height }))
    }

    /// Whether the decoded block is the result.
    fn is_whole_block(&self) -> bool {
        self.columns.is_all(self.layout.width)
            && self.rows.is_all(self.layout.height)
            && self.has_all_samples()
            && (self.order == Order::Pixel || self.layout.produced_samples() == 1)
    }
}

fn past_the_block(name: &str, found: u64, length: u32) -> Error {
    Error::invalid(name, format!("{name}: found {found}, the block has {length}, counted from 0")).with(
        |detail| {
            detail.found = Some(found);
            detail.limit = Some(u64::from(length));
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::{Random, random_bytes};
    use crate::error::Code;
    use crate::pixel::{ByteOrder, CodecSettings, SampleFormat};

    fn job(width: u32, height: u32, samples: u32, bits: u16) -> Job {
        let byte_order = if cfg!(target_endian = "little") { ByteOrder::Little } else { ByteOrder::Big };
        let format = SampleFormat::Unsigned;
        Job {
            module: Module::Decode,
            layout: BlockLayout {
                compression: 1,
                predictor: 1,
                byte_order,
                width,
                height,
                samples,
                bits,
                format,
                settings: CodecSettings::default(),
            },
            columns: Axis::Run { start: 0, count: width },
            rows: Axis::Run { start: 0, count: height },
            samples: (0..samples).collect(),
            order: Order::Pixel,
            frame: None,
        }
    }

    /// Element by element.
    fn naive(job: &Job, block: &[u8]) -> Vec<u8> {
        let all = |axis: &Axis| match axis {
            Axis::Run { start, count } => (*start..start + count).collect(),
            Axis::Picks(picks) => picks.clone(),
        };
        let (rows, columns, size) = (all(&job.rows), all(&job.columns), usize::from(job.layout.bits / 8));
        let at = |row: u32, column: u32, sample: u32| {
            let pixel = row as usize * job.layout.width as usize + column as usize;
            let start = (pixel * job.layout.samples as usize + sample as usize) * size;
            block[start..start + size].to_vec()
        };
        let mut result = Vec::new();
        let bands: &[u32] = if job.order == Order::Band { &job.samples } else { &[0] };
        for band in bands {
            for row in &rows {
                for column in &columns {
                    let of_pixel =
                        if job.order == Order::Band { std::slice::from_ref(band) } else { &job.samples };
                    of_pixel.iter().for_each(|sample| result.extend(at(*row, *column, *sample)));
                }
            }
        }
        result
    }

    fn random_axis(random: &mut Random, length: u32) -> Axis {
        match random.below(4) {
            0 => Axis::Run { start: 0, count: length },
            1 => {
                let start = random.below(u64::from(length) + 1) as u32;
                Axis::Run { start, count: random.below(u64::from(length - start) + 1) as u32 }
            }
            _ => Axis::Picks((0..random.below(9)).map(|_| random.below(length.into()) as u32).collect()),
        }
    }

    #[test]
    fn a_block_is_kept_where_little_of_it_is_wanted() {
        let limits = Limits::default();
        let mut wanted = job(512, 256, 3, 8);
        wanted.layout.compression = 8;
        wanted.samples = vec![2, 0];
        wanted.order = Order::Band;
        wanted.columns = Axis::Run { start: 300, count: 128 };
        wanted.rows = Axis::Run { start: 7, count: 249 };
        let quarter = 512 * 256 / 4;
        let (whole, part) = wanted.kept(quarter, &limits).unwrap();
        assert_eq!(part, Part { x: 300, y: 7, width: 512, height: 256 });
        assert_eq!((whole.samples.as_slice(), whole.order), ([2, 0].as_slice(), Order::Band));
        assert_eq!(whole.output_bytes().unwrap(), 512 * 256 * 2);
        assert_eq!(wanted.kept(quarter + 1, &limits), None, "more than a quarter, be it of other blocks");
        let limited = Limits { output_bytes: 512 * 256 * 2 - 1, ..limits };
        assert_eq!(wanted.kept(1, &limited), None, "the whole block is over the limit");
        wanted.columns = Axis::Picks(vec![1]);
        assert_eq!(wanted.kept(1, &limits), None, "resampled");
        wanted.columns = Axis::Run { start: 1, count: 1 };
        wanted.layout.width = 8 * 1024;
        assert!(wanted.kept(1, &limits).is_some());
        wanted.layout.height = 8 * 1024;
        assert_eq!(wanted.kept(1, &limits), None, "too large to keep");
        wanted.layout.height = 256;
        wanted.layout.compression = 1;
        wanted.samples = vec![0, 1, 2];
        wanted.order = Order::Pixel;
        assert_eq!(wanted.kept(1, &limits), None, "stored as it is: there is nothing to decode");
    }

    #[test]
    fn random_crops_equal_the_naive_ones() {
        let mut random = Random(1);
        let mut whole = 0;
        for round in 0..3000 {
            let (width, height) = (random.below(12) as u32 + 1, random.below(6) as u32 + 1);
            let samples = random.below(6) as u32 + 1;
            let mut job = job(width, height, samples, [8, 16, 32, 64][random.below(4) as usize]);
            job.columns = random_axis(&mut random, width);
            job.rows = random_axis(&mut random, height);
            if random.below(2) == 0 {
                job.samples = (0..random.below(5)).map(|_| random.below(samples.into()) as u32).collect();
            }
            if random.below(2) == 0 {
                job.order = Order::Band;
            }
            let block = random_bytes(round, job.layout.stored_bytes().unwrap() as usize);
            let expected = naive(&job, &block);
            assert_eq!(job.output_bytes().unwrap(), expected.len() as u64, "{job:?}");
            assert_eq!(job.run(&block, &Limits::default()).unwrap(), expected, "{job:?}");
            whole += u32::from(job.is_whole_block());
        }
        assert!(whole > 20, "the fast path was taken {whole} times");
    }

    #[test]
    fn a_job_outside_its_block_is_refused() {
        let good = job(4, 3, 2, 8);
        let block = [7; 24];
        assert_eq!(good.run(&block, &Limits::default()).unwrap(), block);
        let cases = [
            ("columns", Job { columns: Axis::Run { start: 1, count: 4 }, ..good.clone() }),
            ("columns", Job { columns: Axis::Run { start: u32::MAX, count: u32::MAX }, ..good.clone() }),
            ("columns", Job { columns: Axis::Run { start: 5, count: 0 }, ..good.clone() }),
            ("columns", Job { columns: Axis::Picks(vec![0, 4]), ..good.clone() }),
            ("rows", Job { rows: Axis::Run { start: 0, count: 4 }, ..good.clone() }),
            ("rows", Job { rows: Axis::Picks(vec![3]), ..good.clone() }),
            ("samples", Job { samples: vec![0, 1, 2], ..good.clone() }),
        ];
        for (name, job) in cases {
            let error = job.run(&block, &Limits::default()).unwrap_err();
            assert_eq!(
                (error.code(), error.detail().name.as_deref()),
                (Code::InvalidArgument, Some(name)),
                "{job:?}"
            );
        }
    }

    #[test]
    fn a_result_has_its_limit() {
        let mut big = job(4, 3, 2, 8);
        big.columns = Axis::Picks(vec![0; 1000]);
        big.rows = Axis::Picks(vec![0; 1000]);
        let limits = |output_bytes| Limits { output_bytes, ..Limits::default() };
        assert_eq!(big.run(&[7; 24], &limits(2_000_000)).unwrap().len(), 2_000_000);
        let error = big.run(&[7; 24], &limits(1_999_999)).unwrap_err();
        assert_eq!((error.code(), error.detail().name.as_deref()), (Code::Limit, Some("output_bytes")));
        assert_eq!((error.detail().found, error.detail().limit), (Some(2_000_000), Some(1_999_999)));
    }

    #[test]
    fn stored_rows_are_what_the_job_takes() {
        let mut random = Random(3);
        let (mut direct, mut other) = (0, 0);
        for round in 0..2000 {
            let (width, height) = (random.below(12) as u32 + 1, random.below(6) as u32 + 1);
            let samples = random.below(4) as u32 + 1;
            let mut job = job(width, height, samples, [8, 16, 32, 64][random.below(4) as usize]);
            if samples == 4 && job.layout.bits == 8 && random.below(2) == 0 {
                job.layout.settings.colours = Colours::Cmyk;
            }
            job.columns = random_axis(&mut random, width);
            job.rows = random_axis(&mut random, height);
            if random.below(4) == 0 {
                job.samples = (0..random.below(4)).map(|_| random.below(samples.into()) as u32).collect();
            }
            match random.below(8) {
                0 => job.order = Order::Band,
                1 => job.layout.byte_order = ByteOrder::Big,
                2 => job.layout.settings.reversed_bits = true,
                3 => job.layout.compression = 32773,
                _ => {}
            }
            let block = random_bytes(round, job.layout.stored_bytes().unwrap() as usize);
            let Some(rows) = job.stored_rows() else {
                other += 1;
                continue;
            };
            direct += 1;
            let length = job.columns.count() as usize * job.samples.len() * usize::from(job.layout.bits / 8);
            let starts =
                (0..job.rows.count() as usize).map(|row| rows.start as usize + row * rows.stride as usize);
            let taken: Vec<u8> = starts.flat_map(|start| block[start..start + length].to_vec()).collect();
            assert_eq!(job.run(&block, &Limits::default()).unwrap(), taken, "{job:?}");
        }
        assert!(direct > 150 && other > 300, "{direct} and {other}");
        let half = Job {
            layout: BlockLayout { format: SampleFormat::Float, ..job(4, 3, 1, 16).layout },
            ..job(4, 3, 1, 16)
        };
        assert_eq!(half.stored_rows(), None, "float16 becomes float32");
        let mut cmyk = job(8, 8, 4, 8);
        assert!(cmyk.stored_rows().is_some());
        cmyk.layout.settings.colours = Colours::Cmyk;
        assert_eq!(cmyk.stored_rows(), None, "red, green and blue are not what is stored");
    }
}
