//! One image of a file: its tags, validated once, so that no later room has to doubt them.

use super::fields::{Fields, missing, size_of};
use super::ifd::Ifd;
use super::oddities;
use super::ojpeg;
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
    /// What the bands are made of. Blocks that hold one plane each give samples as they are stored, and only all planes together give colours.
    pub colours: Colours,
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
    /// ExtraSamples, one for each sample beyond the photometric's own; `None` without the tag.
    pub extra_samples: Option<Vec<u16>>,
    /// Whether its ColorMap (320) is one that counts.
    pub color_map: bool,
    /// PlanarConfiguration.
    pub planar: Planar,
    /// Whether its blocks are tiles; else they are strips.
    pub tiled: bool,
    /// Columns of one block; the image's width for strips.
    pub block_width: u32,
    /// Rows of one block; a last strip may have fewer.
    pub block_height: u32,
    /// Whether GDAL turns each block around, left to right and top to bottom: as Orientation (274) says, where it makes colours.
    pub turned: [bool; 2],
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
    id::COLOR_MAP,
    id::MATTEING,
    id::DATA_TYPE,
    id::MIN_SAMPLE_VALUE,
    id::MAX_SAMPLE_VALUE,
    id::IMAGE_DEPTH,
    id::TILE_DEPTH,
];

impl Image {
    /// Reads and validates the image of a directory; what is left out of it becomes a warning.
    ///
    /// # Errors
    /// `malformed` where tags are missing or contradict each other, `unsupported` naming tag and value for what this
    /// build does not read, `limit` for absurd sizes.
    pub fn read(values: &Values<'_>, ifd: &Ifd, warnings: &mut Vec<String>) -> Answer<Self> {
        let fields = Fields { values, ifd };
        let (width, height) = (fields.size(id::IMAGE_WIDTH)?, fields.size(id::IMAGE_LENGTH)?);
        let old = ojpeg::is(&fields)?;
        let samples = match fields.short(id::SAMPLES_PER_PIXEL)? {
            None if old => ojpeg::samples(&fields)?,
            found => found.unwrap_or(1),
        };
        let samples = u32::from(samples);
        if samples == 0 {
            return Err(Error::malformed("SamplesPerPixel is 0, expected at least 1")
                .with_value(277, 0)
                .into());
        }
        let bits = fields.per_sample(id::BITS_PER_SAMPLE, samples)?.unwrap_or(if old { 8 } else { 1 });
        let format = format_of(&fields, samples, bits)?;
        let (tiled, block_width, mut block_height) = block_size(&fields, width, height)?;
        let compression = fields.per_sample(id::COMPRESSION, samples)?.unwrap_or(1);
        let found = photometric(&fields, samples, bits, warnings)?;
        let photometric =
            if old { ojpeg::photometric(&fields, found, samples, format, warnings)? } else { found };
        let depth = fields.check_others(samples)?;
        if tiled && depth == 0 {
            let message = "ImageDepth is 0, of which there are no tiles";
            return Err(Error::malformed(message).with_value(id::IMAGE_DEPTH, 0).into());
        }
        let extra_samples = fields.extra_samples(samples, photometric)?;
        let apart = is_apart(&fields, old)?;
        let planar = if apart && samples > 1 { Planar::Separate } else { Planar::Contiguous };
        if apart && photometric == 32845 && matches!(compression, 34676 | 34677) {
            let message = "LogLuv in separate planes is not supported";
            return Err(Error::unsupported(message).with_value(id::PLANAR_CONFIGURATION, 2).into());
        }
        let extra = extra_samples.as_ref().map_or(0, Vec::len);
        let stored =
            colours::Stored { photometric, compression, bits, format, samples, extra, planar, apart, tiled };
        let mut settings = settings::read(values, ifd, compression, photometric, warnings)?;
        let colours = colours::read(values, ifd, &stored)?;
        let of_planes = planar == Planar::Separate && colours != Colours::Stored;
        settings.colours = if of_planes { Colours::Stored } else { colours };
        let place = |tag| ifd.entries.iter().position(|entry| entry.tag == tag);
        settings.whole_words = place(id::SAMPLE_FORMAT) < place(id::BITS_PER_SAMPLE);
        match compression {
            32909 if tiled => settings.option = width,
            34887 => {
                settings.option = u32::from(extra_samples.as_ref().and_then(|extra| extra.last()) == Some(&2))
            }
            _ => {}
        }
        let mut table = table(&fields, tiled);
        if old {
            let shape = (width, height, block_width, block_height);
            let whole = old_stream(&fields, &mut settings, table.as_ref().ok(), samples, tiled, shape)?;
            if let Some(whole) = whole {
                (table, block_height) = (Ok(whole), if tiled { block_height } else { height });
            }
        }
        let data_type = match colours {
            Colours::Stored => data_type_of(format, bits)?,
            _ => DataType::Uint8,
        };
        let mut image = Self {
            width,
            height,
            samples,
            bands: colours.samples(samples),
            colours,
            bits,
            format,
            data_type,
            compression,
            predictor: fields.forgiven(id::PREDICTOR, warnings)?.unwrap_or(1),
            photometric,
            extra_samples,
            color_map: bits <= 16 && fields.has_color_map(bits)?,
            planar,
            tiled,
            block_width,
            block_height,
            turned: turned(&fields, colours)?,
            order: values.header.order,
            table: table?,
            settings,
        };
        image.table.single = !tiled && image.blocks() == 1;
        image.table.counts_tell =
            !matches!(bits, 8 | 16 | 32 | 64 | 128) || format == SampleFormat::Float && bits == 16;
        image.check(values)?;
        image.table.check_estimate(ifd, compression, values)?;
        // A strip at 0 is sparse, and has no bytes.
        let single = Some(image.table.offsets).filter(|_| image.table.single);
        let start = single.and_then(|one| fields.at_hand(&one)).filter(|start| *start > 0);
        let count = image.table.counts.and_then(|one| fields.at_hand(&one));
        let only_strip = start.zip(count).map(<[u64; 2]>::from);
        let known = oddities::Known { only_strip, depth, end: values.bytes.end() };
        warnings.extend(oddities::warnings(&image, ifd, &known));
        Ok(image)
    }

    fn check(&self, values: &Values<'_>) -> Result<()> {
        // Uncompressed strips are read in pieces of rows, so that only one row must fit.
        let rows = if self.has_plain_rows() { 1 } else { self.block_height };
        let layout = self.layout(rows);
        crate::codec::check(&layout)?;
        if self.settings.option == self.width && self.compression == 32909 {
            // libtiff takes the rows of a tile for as wide as the image, and leaves what is not a whole one as its memory was.
            let tile = u64::from(self.block_width) * u64::from(self.block_height);
            let whole = u64::from(self.width) * u64::from(self.height);
            if tile > whole || !tile.is_multiple_of(self.width.into()) {
                let message = "PixarLog tiles that are no whole rows of the image are not supported";
                return Err(Error::unsupported(message).with_value(id::TILE_WIDTH, self.block_width));
            }
        }
        // So it does of NeXT, and of ThunderScan it has no tiles.
        if self.tiled
            && (self.compression == 32809 || self.compression == 32766 && self.block_width != self.width)
        {
            let message =
                "NeXT tiles that are not as wide as the image, and ThunderScan tiles, are not supported";
            return Err(Error::unsupported(message).with_value(id::TILE_WIDTH, self.block_width));
        }
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
        let planes = self.planes();
        if self.table.counts.is_none() && self.blocks() != planes {
            let tag = if self.tiled { id::TILE_BYTE_COUNTS } else { id::STRIP_BYTE_COUNTS };
            let message =
                format!("{} is missing, which only an image in one block can do without", tag::name(tag));
            return Err(Error::malformed(message).with_tag(tag));
        }
        Ok(())
    }

    /// Whether its rows lie one after another, so that each can be read alone: those of uncompressed strips.
    pub fn has_plain_rows(&self) -> bool {
        let whole = self.settings.colours.unit() != [1, 1] || self.turned != [false; 2];
        !self.tiled && self.compression == 1 && !whole
    }

    /// Blocks in one row of blocks.
    pub fn blocks_across(&self) -> u64 {
        u64::from(self.width).div_ceil(u64::from(self.block_width))
    }

    /// Rows of blocks.
    pub fn blocks_down(&self) -> u64 {
        u64::from(self.height).div_ceil(u64::from(self.block_height))
    }

    /// Blocks in all.
    pub fn blocks(&self) -> u64 {
        self.blocks_across().saturating_mul(self.blocks_down()).saturating_mul(self.planes())
    }

    /// Planes that are stored apart.
    pub fn planes(&self) -> u64 {
        if self.planar == Planar::Separate { u64::from(self.samples) } else { 1 }
    }

    /// Whether it takes all planes to make any band.
    pub fn is_of_planes(&self) -> bool {
        self.colours != self.settings.colours
    }

    /// Number of the block in that column and row of blocks, for a sample (0-based) where planes are separate.
    pub fn block_index(&self, column: u64, row: u64, sample: u32) -> u64 {
        let plane = match self.planar {
            Planar::Contiguous => 0,
            Planar::Separate => u64::from(sample),
        };
        (plane * self.blocks_down() + row) * self.blocks_across() + column
    }

    /// Rows of the blocks of that row of blocks that must be there: tiles are padded, strips are not; and where a block is a stream of
    /// rows, it may end where the image does. Of tiles twice as high as the image or more GDAL asks for more rows than it needs, and of
    /// those that it makes colours of for all.
    pub fn coded_rows(&self, row: u64) -> u32 {
        let (block, height) = (u64::from(self.block_height), u64::from(self.height));
        let end = (row + 1).saturating_mul(block);
        let whole = self.colours != Colours::Stored || !crate::codec::may_end_early(self.compression);
        if end <= height || self.tiled && whole {
            return self.block_height;
        }
        block.saturating_sub(end.checked_rem(height).unwrap_or(0)) as u32
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

/// SampleFormat. GDAL has bands of their own for single bits, which do not ask what they mean.
fn format_of(fields: &Fields<'_>, bands: u32, bits: u16) -> Answer<SampleFormat> {
    use SampleFormat::{ComplexFloat, ComplexInt, Unsigned, Void};
    Ok(match fields.format(bands)? {
        Void | ComplexInt | ComplexFloat if bits == 1 && bands == 1 => Unsigned,
        format => format,
    })
}

/// Whether blocks are tiles, and how large each is.
fn block_size(fields: &Fields<'_>, width: u32, height: u32) -> Answer<(bool, u32, u32)> {
    let (across, down) = (fields.number(id::TILE_WIDTH)?, fields.number(id::TILE_LENGTH)?);
    let rows = fields.number(id::ROWS_PER_STRIP)?;
    if let Some(found) = rows.filter(|rows| *rows == 0 || *rows > u64::from(u32::MAX)) {
        let message = format!("RowsPerStrip is {found}, expected 1 to {}", u32::MAX);
        return Err(Error::malformed(message).with_value(278, found).into());
    }
    if across.is_none() && down.is_none() {
        let rows = rows.map_or(height, |rows| u64::from(height).min(rows) as u32);
        return Ok((false, width, rows));
    }
    // libtiff takes what is missing of a tile from the strips, as far as it knows them by then.
    let place = |tag| fields.ifd.entries.iter().position(|entry| entry.tag == tag);
    let tile = place(id::TILE_WIDTH).into_iter().chain(place(id::TILE_LENGTH)).min();
    let rows = rows.filter(|_| place(id::ROWS_PER_STRIP) < tile);
    let across = across
        .or(rows.filter(|_| place(id::IMAGE_WIDTH) < place(id::ROWS_PER_STRIP)).map(|_| width.into()))
        .ok_or_else(|| missing(id::TILE_WIDTH))?;
    let down = down.or(rows).ok_or_else(|| missing(id::TILE_LENGTH))?;
    Ok((true, size_of(id::TILE_WIDTH, across)?, size_of(id::TILE_LENGTH, down)?))
}

/// Whether each sample has blocks of its own.
fn is_apart(fields: &Fields<'_>, old: bool) -> Answer<bool> {
    match fields.short(id::PLANAR_CONFIGURATION)?.unwrap_or(1) {
        1 => Ok(false),
        2 => Ok(!(old && ojpeg::is_in_one(fields))),
        other => {
            let message = format!("PlanarConfiguration is {other}, expected 1 or 2");
            Err(Error::malformed(message).with_value(id::PLANAR_CONFIGURATION, other).into())
        }
    }
}

/// PhotometricInterpretation, as libtiff mends it: a palette without its colours is none.
fn photometric(fields: &Fields<'_>, bands: u32, bits: u16, warnings: &mut Vec<String>) -> Answer<u16> {
    let found = fields.forgiven(id::PHOTOMETRIC_INTERPRETATION, warnings)?.unwrap_or(1);
    if found != 3 || fields.has_color_map(bits)? {
        return Ok(found);
    }
    if bits < 8 {
        return Err(missing(id::COLOR_MAP).into());
    }
    let (number, name) = if bands == 3 { (2, "RGB") } else { (1, "MinIsBlack") };
    warnings.push(format!("PhotometricInterpretation is Palette without a ColorMap: taken as {name}"));
    Ok(number)
}

/// The tables of the blocks: those of strips and of tiles serve each other, and the last of each kind counts.
fn table(fields: &Fields<'_>, tiled: bool) -> Answer<BlockTable> {
    let last = |one: u16, other: u16| {
        let own = |tag| fields.ifd.entries.iter().position(|entry| entry.tag == tag);
        let place = own(one).max(own(other));
        place.and_then(|place| fields.ifd.entries.get(place)).copied()
    };
    let offsets = last(id::STRIP_OFFSETS, id::TILE_OFFSETS);
    let Some(offsets) = offsets else {
        return Err(missing(if tiled { id::TILE_OFFSETS } else { id::STRIP_OFFSETS }).into());
    };
    let overhead = fields.ifd.bytes(fields.values.header);
    Ok(BlockTable {
        offsets,
        counts: last(id::STRIP_BYTE_COUNTS, id::TILE_BYTE_COUNTS),
        single: false,
        counts_tell: false,
        overhead,
    })
}

/// What libtiff's interface for RGBA pixels does with Orientation: it does not exchange rows and columns.
fn turned(fields: &Fields<'_>, colours: Colours) -> Answer<[bool; 2]> {
    if colours == Colours::Stored {
        return Ok([false; 2]);
    }
    let orientation = fields.forgiven(id::ORIENTATION, &mut Vec::new())?;
    Ok([matches!(orientation, Some(2 | 3 | 6 | 7)), matches!(orientation, Some(3 | 4 | 7 | 8))])
}

/// What old-style JPEG wants to know; the table of its stream where that is one block.
fn old_stream(
    fields: &Fields<'_>,
    settings: &mut CodecSettings,
    table: Option<&BlockTable>,
    samples: u32,
    tiled: bool,
    (width, height, block_width, rows): (u32, u32, u32, u32),
) -> Answer<Option<BlockTable>> {
    let blocks = u64::from(width.div_ceil(block_width)) * u64::from(height.div_ceil(rows));
    let subsampling = settings.subsampling;
    let shape = ojpeg::Shape { width: block_width, rows, samples, subsampling, blocks, tiled };
    let (head, whole) = ojpeg::read(fields, table, &shape)?;
    settings.jpeg_tables = head;
    Ok(whole)
}
