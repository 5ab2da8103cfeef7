//! One image of a file: its tags, validated once, so that no later room has to doubt them.

use super::ifd::Ifd;
use super::table::BlockTable;
use super::tag::{self, id};
use super::values::Values;
use super::{colours, settings};
use crate::error::{Answer, Error, Result};
use crate::pixel::layout::data_type_of;
use crate::pixel::{BlockLayout, ByteOrder, CodecSettings, Colours, DataType, SampleFormat};

/// PlanarConfiguration (284).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planar {
    /// 1: each block holds all samples of its pixels.
    Contiguous,
    /// 2: each block holds one sample; the blocks of the first sample come first.
    Separate,
}

/// A validated image.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Samples of a pixel as stored.
    pub samples: u32,
    /// Samples of a pixel as handed out: the bands.
    pub bands: u32,
    /// BitsPerSample, the same for all bands.
    pub bits: u16,
    /// SampleFormat, the same for all bands.
    pub format: SampleFormat,
    /// Element type of the pixels handed out.
    pub data_type: DataType,
    /// Compression.
    pub compression: u16,
    /// Predictor.
    pub predictor: u16,
    /// PhotometricInterpretation.
    pub photometric: u16,
    /// ExtraSamples, one for each sample beyond the photometric's own.
    pub extra_samples: Vec<u16>,
    /// PlanarConfiguration.
    pub planar: Planar,
    /// Whether its blocks are tiles; else they are strips.
    pub tiled: bool,
    /// Columns of one block; the image's width for strips.
    pub block_width: u32,
    /// Rows of one block; a last strip may have fewer.
    pub block_height: u32,
    /// Byte order of the file.
    pub order: ByteOrder,
    /// Where the blocks lie.
    pub table: BlockTable,
    /// What only some compressions ask about.
    pub settings: CodecSettings,
}

/// The tags that [`Image::read`] reads.
pub const TAGS: &[u16] = &[
    id::IMAGE_WIDTH,
    id::IMAGE_LENGTH,
    id::BITS_PER_SAMPLE,
    id::COMPRESSION,
    id::PHOTOMETRIC_INTERPRETATION,
    id::FILL_ORDER,
    id::SAMPLES_PER_PIXEL,
    id::ROWS_PER_STRIP,
    id::PLANAR_CONFIGURATION,
    id::PREDICTOR,
    id::TILE_WIDTH,
    id::TILE_LENGTH,
    id::EXTRA_SAMPLES,
    id::SAMPLE_FORMAT,
];

impl Image {
    /// Reads and validates the image of a directory.
    ///
    /// # Errors
    /// `malformed` where tags are missing or contradict each other, `unsupported` naming tag and value for what this
    /// build does not read, `limit` for absurd sizes.
    pub fn read(values: &Values<'_>, ifd: &Ifd) -> Answer<Self> {
        let fields = Fields { values, ifd };
        let (width, height) = (fields.size(id::IMAGE_WIDTH)?, fields.size(id::IMAGE_LENGTH)?);
        let samples = u32::from(fields.short(id::SAMPLES_PER_PIXEL, 1)?);
        if samples == 0 {
            return Err(Error::malformed("SamplesPerPixel is 0, expected at least 1")
                .with_value(277, 0)
                .into());
        }
        let bits = fields.uniform(id::BITS_PER_SAMPLE, 1)?;
        let format = match fields.format()? {
            // GDAL has bands of their own for single bits, which do not ask what they mean.
            SampleFormat::Void | SampleFormat::ComplexInt | SampleFormat::ComplexFloat
                if bits == 1 && samples == 1 =>
            {
                SampleFormat::Unsigned
            }
            format => format,
        };
        let (tiled, block_width, block_height) = fields.block_size(width, height)?;
        let (compression, photometric) = (fields.short(id::COMPRESSION, 1)?, fields.photometric(samples)?);
        let (extra_samples, planar) = (fields.shorts(id::EXTRA_SAMPLES)?, fields.planar(samples)?);
        let extra = extra_samples.len();
        let stored = colours::Stored { photometric, compression, bits, samples, extra, planar };
        let mut settings = settings::read(values, ifd, compression, photometric)?;
        settings.colours = colours::read(values, ifd, &stored)?;
        let data_type = match settings.colours {
            Colours::Stored => data_type_of(format, bits)?,
            _ => DataType::Uint8,
        };
        let image = Self {
            width,
            height,
            samples,
            bands: settings.colours.samples(samples),
            bits,
            format,
            data_type,
            compression,
            predictor: fields.short(id::PREDICTOR, 1)?,
            photometric,
            extra_samples,
            planar,
            tiled,
            block_width,
            block_height,
            order: values.header.order,
            table: fields.table(tiled)?,
            settings,
        };
        image.check(values)?;
        Ok(image)
    }

    fn check(&self, values: &Values<'_>) -> Result<()> {
        // Uncompressed strips are read in pieces of rows, so that only one row must fit.
        let rows = if self.has_plain_rows() { 1 } else { self.block_height };
        let layout = self.layout(rows);
        crate::codec::check(&layout)?;
        self.check_photometric()?;
        let decoded = u64::from(self.block_width)
            .checked_mul(u64::from(rows))
            .and_then(|pixels| {
                pixels.checked_mul(u64::from(layout.samples.max(self.bands)) * self.data_type.size())
            })
            .unwrap_or(u64::MAX);
        if decoded > values.limits.block_bytes {
            let what = format!("bytes of one decoded block of {}x{rows}", self.block_width);
            return Err(Error::limit("block_bytes", &what, decoded, values.limits.block_bytes));
        }
        if self.table.counts.is_none() && self.compression != 1 {
            let tag = if self.tiled { id::TILE_BYTE_COUNTS } else { id::STRIP_BYTE_COUNTS };
            let message =
                format!("{} is missing, which only uncompressed data can do without", tag::name(tag));
            return Err(Error::malformed(message).with_tag(tag));
        }
        Ok(())
    }

    /// Photometric interpretations that GDAL does not hand out as they are stored.
    fn check_photometric(&self) -> Result<()> {
        let what = match self.photometric {
            32844 | 32845 => "LogLuv",
            _ => return Ok(()),
        };
        Err(unsupported(id::PHOTOMETRIC_INTERPRETATION, self.photometric, what))
    }

    /// Whether its rows lie one after another, so that each can be read alone: those of uncompressed strips.
    pub fn has_plain_rows(&self) -> bool {
        !self.tiled && self.compression == 1 && self.settings.colours.unit() == [1, 1]
    }

    /// Blocks in one row of blocks.
    pub fn blocks_across(&self) -> u64 {
        u64::from(self.width).div_ceil(u64::from(self.block_width))
    }

    /// Rows of blocks.
    pub fn blocks_down(&self) -> u64 {
        u64::from(self.height).div_ceil(u64::from(self.block_height))
    }

    /// Number of the block in that column and row of blocks, for a sample (0-based) where planes are separate.
    pub fn block_index(&self, column: u64, row: u64, sample: u32) -> u64 {
        let plane = match self.planar {
            Planar::Contiguous => 0,
            Planar::Separate => u64::from(sample),
        };
        (plane * self.blocks_down() + row) * self.blocks_across() + column
    }

    /// Rows coded in the blocks of that row of blocks: tiles are padded, strips are not.
    pub fn coded_rows(&self, row: u64) -> u32 {
        let left = u64::from(self.height).saturating_sub(row * u64::from(self.block_height));
        if self.tiled { self.block_height } else { u64::from(self.block_height).min(left) as u32 }
    }

    /// How a block of that many coded rows is stored.
    pub fn layout(&self, rows: u32) -> BlockLayout {
        let samples = match self.planar {
            Planar::Contiguous => self.samples,
            Planar::Separate => 1,
        };
        BlockLayout {
            compression: self.compression,
            predictor: self.predictor,
            byte_order: self.order,
            width: self.block_width,
            height: rows,
            samples,
            bits: self.bits,
            format: self.format,
            settings: self.settings.clone(),
        }
    }
}

/// The tags of one directory, as the image wants them.
struct Fields<'a> {
    values: &'a Values<'a>,
    ifd: &'a Ifd,
}

impl Fields<'_> {
    /// A width or a height: required, at least 1, at most 2^31 - 1 as in GDAL.
    fn size(&self, tag: u16) -> Answer<u32> {
        let name = tag::name(tag);
        if let Some(count) = self.ifd.entry(tag).map(|entry| entry.count).filter(|count| *count != 1) {
            return Err(Error::malformed(format!("{name} has {count} values, expected one"))
                .with_tag(tag)
                .into());
        }
        let Some(found) = self.values.unsigned(self.ifd, tag)? else {
            return Err(Error::malformed(format!("{name} is missing")).with_tag(tag).into());
        };
        match u32::try_from(found) {
            Ok(size) if size > 0 && size <= i32::MAX.cast_unsigned() => Ok(size),
            _ => {
                let message = format!("{name} is {found}, expected 1 to {}", i32::MAX);
                Err(Error::malformed(message).with_value(tag, found).into())
            }
        }
    }

    fn short(&self, tag: u16, default: u16) -> Answer<u16> {
        let Some(found) = self.values.unsigned(self.ifd, tag)? else { return Ok(default) };
        u16::try_from(found).map_err(|_| too_large(tag, found).into())
    }

    fn shorts(&self, tag: u16) -> Answer<Vec<u16>> {
        let list = self.values.unsigned_list(self.ifd, tag)?.unwrap_or_default();
        let shorts: Result<Vec<u16>> =
            list.into_iter().map(|found| u16::try_from(found).map_err(|_| too_large(tag, found))).collect();
        Ok(shorts?)
    }

    /// A value given per sample that must be the same for all of them.
    fn uniform(&self, tag: u16, default: u16) -> Answer<u16> {
        let list = self.shorts(tag)?;
        let first = list.first().copied().unwrap_or(default);
        if list.iter().any(|value| *value != first) {
            let message = format!("{} differs between samples: {list:?}", tag::name(tag));
            return Err(Error::unsupported(message).with_value(tag, format!("{list:?}")).into());
        }
        Ok(first)
    }

    fn format(&self) -> Answer<SampleFormat> {
        match self.uniform(id::SAMPLE_FORMAT, 1)? {
            1 => Ok(SampleFormat::Unsigned),
            2 => Ok(SampleFormat::Signed),
            3 => Ok(SampleFormat::Float),
            4 => Ok(SampleFormat::Void),
            5 => Ok(SampleFormat::ComplexInt),
            6 => Ok(SampleFormat::ComplexFloat),
            other => Err(unsupported(id::SAMPLE_FORMAT, other, "an unknown sample format").into()),
        }
    }

    fn photometric(&self, bands: u32) -> Answer<u16> {
        self.short(id::PHOTOMETRIC_INTERPRETATION, if bands == 3 { 2 } else { 1 })
    }

    fn planar(&self, bands: u32) -> Answer<Planar> {
        match self.short(id::PLANAR_CONFIGURATION, 1)? {
            1 => Ok(Planar::Contiguous),
            2 if bands == 1 => Ok(Planar::Contiguous),
            2 => Ok(Planar::Separate),
            other => {
                let message = format!("PlanarConfiguration is {other}, expected 1 or 2");
                Err(Error::malformed(message).with_value(id::PLANAR_CONFIGURATION, other).into())
            }
        }
    }

    /// Whether the image is tiled, and the size of its blocks.
    fn block_size(&self, width: u32, height: u32) -> Answer<(bool, u32, u32)> {
        let tiled = self.ifd.entry(id::TILE_WIDTH).is_some() || self.ifd.entry(id::TILE_OFFSETS).is_some();
        if tiled {
            return Ok((true, self.size(id::TILE_WIDTH)?, self.size(id::TILE_LENGTH)?));
        }
        match self.values.unsigned(self.ifd, id::ROWS_PER_STRIP)? {
            Some(0) => {
                Err(Error::malformed("RowsPerStrip is 0, expected at least 1").with_value(278, 0).into())
            }
            Some(rows) => Ok((false, width, u64::from(height).min(rows) as u32)),
            None => Ok((false, width, height)),
        }
    }

    fn table(&self, tiled: bool) -> Answer<BlockTable> {
        let (offsets, counts) = match tiled {
            true => (id::TILE_OFFSETS, id::TILE_BYTE_COUNTS),
            false => (id::STRIP_OFFSETS, id::STRIP_BYTE_COUNTS),
        };
        // Some writers use the strips' tags for the tables of tiles.
        let either = |tag, other| self.ifd.entry(tag).or_else(|| self.ifd.entry(other)).copied();
        let Some(found) = either(offsets, id::STRIP_OFFSETS) else {
            return Err(Error::malformed(format!("{} is missing", tag::name(offsets)))
                .with_tag(offsets)
                .into());
        };
        Ok(BlockTable { offsets: found, counts: either(counts, id::STRIP_BYTE_COUNTS) })
    }
}

fn unsupported(tag: u16, value: u16, what: &str) -> Error {
    let message = format!("{} {value} ({what}) is not supported", tag::name(tag));
    Error::unsupported(message).with_value(tag, value)
}

fn too_large(tag: u16, found: u64) -> Error {
    let message = format!("{} is {found}, expected at most {}", tag::name(tag), u16::MAX);
    Error::malformed(message).with_value(tag, found)
}
