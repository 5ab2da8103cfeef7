//! The blocks that a window touches: their bytes, their decode jobs, and where their pixels go.

use serde::Serialize;

use super::axis::{Span, mirrored, spans};
use super::sizes::Sizes;
use super::strips::{Part, Planned, row_parts};
use crate::byte_range::ByteRange;
use crate::codec::{self, Axis, Job, Order};
use crate::error::{Answer, Error, FileId, Result};
use crate::limits::Limits;
use crate::pixel::Colours;
use crate::pyramid::Dataset;
use crate::pyramid::best_level::FloatWindow;
use crate::sorted::SortedMap;
use crate::tiff::image::{Image, Planar};
use crate::tiff::table::StoredBlock;

/// Where a block's pixels go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// Left edge in the result.
    pub x: u32,
    /// Upper edge in the result.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// For each sample of the job, the band's place in the result, from 0.
    pub bands: Vec<u32>,
}

/// One block of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedBlock {
    /// The file that holds it.
    pub file: FileId,
    /// Its number in its level, from 0.
    pub index: u64,
    /// First stored byte.
    pub start: u64,
    /// One past the last; equal to `start` for a sparse block.
    pub end: u64,
    /// How to decode it. JavaScript gets it as bytes that it does not look into.
    #[serde(skip)]
    pub job: Job,
    /// Where its pixels go.
    pub placement: Placement,
}

/// One block that the window touches, before its bytes are known.
struct Touched {
    index: u64,
    /// First of the block's stored rows that is read: 0 but for uncompressed strips.
    first_row: u32,
    job: Job,
    placement: Placement,
}

/// What is taken of an image.
pub struct Cut<'a> {
    /// The file that holds it.
    pub file: FileId,
    /// The image.
    pub image: &'a Image,
    /// Where on its grid.
    pub source: FloatWindow,
    /// Columns of the result.
    pub width: u32,
    /// Rows of the result.
    pub height: u32,
    /// From 1.
    pub bands: &'a [u32],
    /// Order of the result's elements.
    pub layout: Order,
    /// How the sizes of its blocks are known.
    pub sizes: Sizes<'a>,
}

/// The blocks that a cut needs, in file order of their rows. They are made one by one: strips of a row each are thousands, of which
/// hundreds are left once they are joined.
pub fn blocks(dataset: &Dataset, cut: &Cut<'_>) -> Answer<Vec<PlannedBlock>> {
    let limits = &dataset.options.limits;
    let grid = Grid::of(cut, limits)?;
    let tiff = dataset.file(cut.file)?;
    let header = tiff.header()?;
    let (values, end) = (tiff.values(&header), tiff.bytes.end());
    let mut indices = Vec::with_capacity(grid.count as usize);
    for place in grid.places() {
        indices.push(place.index(cut.image));
    }
    let stored = cut.sizes.lookup(&values, cut.image, &indices)?;
    let mut planned = Planned::of(cut.image, limits);
    for (place, (stored, frame)) in grid.places().zip(stored) {
        let mut block = touch(cut, place);
        let range = stored_range(cut.image, &block, stored, end, limits)?;
        block.job.frame = frame;
        planned.push(block.at(cut.file, range));
    }
    Ok(planned.blocks)
}

/// The blocks of an uncompressed image in one strip that is all of its file.
pub fn of_one_strip(cut: &Cut<'_>, limits: &Limits) -> Result<Vec<PlannedBlock>> {
    let mut planned = Vec::new();
    for place in Grid::of(cut, limits)?.places() {
        let block = touch(cut, place);
        let layout = &block.job.layout;
        let row = layout.stored_row_bytes().unwrap_or(u64::MAX);
        let start = row.saturating_mul(block.first_row.into());
        let range = ByteRange::new(start, start.saturating_add(row.saturating_mul(layout.height.into())));
        planned.push(block.at(cut.file, range));
    }
    Ok(planned)
}

/// Checks the stored bytes of all blocks of a plan together.
///
/// # Errors
/// `limit` above `Limits::plan_bytes`.
pub fn check_total(parts: [&[PlannedBlock]; 2], limits: &Limits) -> Result<()> {
    let mut total = 0_u64;
    for blocks in parts {
        for block in blocks {
            total = total.saturating_add(block.end - block.start);
        }
    }
    if total > limits.plan_bytes {
        return Err(Error::limit("plan_bytes", "stored bytes of one read", total, limits.plan_bytes));
    }
    Ok(())
}

impl Touched {
    fn at(self, file: FileId, range: ByteRange) -> PlannedBlock {
        let Self { index, job, placement, .. } = self;
        PlannedBlock { file, index, start: range.start, end: range.end, job, placement }
    }
}

/// What of a cut serves what of the result: each column of blocks, row of blocks and plane.
struct Grid {
    columns: Vec<Span>,
    rows: Vec<Part>,
    planes: Vec<(Vec<u32>, Vec<u32>)>,
    /// How many places there are.
    count: u64,
}

/// One place of it.
struct Place<'a> {
    column: &'a Span,
    row: &'a Part,
    samples: &'a [u32],
    bands: &'a [u32],
}

impl Grid {
    fn of(cut: &Cut<'_>, limits: &Limits) -> Result<Self> {
        let (image, source) = (cut.image, cut.source);
        let columns = spans(source.x, source.width, cut.width, image.width, image.block_width);
        let (rows, planes) = (row_parts(cut), planes(image, cut.bands));
        let lengths = [columns.len(), rows.len(), planes.len()];
        let count = lengths.into_iter().fold(1_u64, |product, length| product.saturating_mul(length as u64));
        if count > limits.plan_blocks {
            return Err(Error::limit("plan_blocks", "blocks of one read", count, limits.plan_blocks));
        }
        Ok(Self { columns, rows, planes, count })
    }

    /// The places, row by row, and in each by planes.
    fn places(&self) -> impl Iterator<Item = Place<'_>> {
        self.rows.iter().flat_map(move |row| {
            self.planes.iter().flat_map(move |(samples, bands)| {
                self.columns.iter().map(move |column| Place { column, row, samples, bands })
            })
        })
    }
}

impl Place<'_> {
    /// The number of the block there.
    fn index(&self, image: &Image) -> u64 {
        image.block_index(self.column.block, self.row.span.block, plane(self.samples))
    }
}

/// The plane that holds these samples, where planes are separate.
fn plane(samples: &[u32]) -> u32 {
    samples.first().copied().unwrap_or(0)
}

/// For each plane to read: the samples to take of its blocks, and their places in the result.
fn planes(image: &Image, bands: &[u32]) -> Vec<(Vec<u32>, Vec<u32>)> {
    match image.planar {
        Planar::Contiguous => {
            vec![(bands.iter().map(|band| band - 1).collect(), (0..bands.len() as u32).collect())]
        }
        Planar::Separate => {
            let mut places: SortedMap<u32, Vec<u32>> = SortedMap::new();
            for (band, place) in bands.iter().zip(0..) {
                places.alter(*band, |places| places.push(place));
            }
            places.into_iter().map(|(band, places)| (vec![band - 1], places)).collect()
        }
    }
}

fn touch(cut: &Cut<'_>, place: Place<'_>) -> Touched {
    let image = cut.image;
    let index = place.index(image);
    let Place { column, row, samples, bands } = place;
    let separate = image.planar == Planar::Separate;
    let plane = plane(samples);
    let samples = if separate { vec![0; bands.len()] } else { samples.to_vec() };
    let mut layout = image.layout(row.rows);
    if separate && plane == 0 {
        // Luminance never is.
        layout.settings.subsampling = [1, 1];
    }
    let is_last = row.span.block + 1 == image.blocks_down();
    // Of PackBits in strips GDAL tells that there is more, of tiles whose lowest rows it does not ask for nobody needs to know.
    let may_be_cut = if image.tiled { row.rows < image.block_height } else { image.compression != 32773 };
    layout.settings.cut_rows = is_last && may_be_cut;
    Touched {
        index,
        first_row: row.first_row,
        job: Job {
            module: codec::module(image.compression),
            layout,
            columns: picks(column, image.turned[0], image.width, image.block_width),
            rows: picks(&row.span, image.turned[1], image.height, image.block_height),
            samples,
            order: cut.layout,
            frame: None,
        },
        placement: Placement {
            x: column.out_start,
            y: row.span.out_start,
            width: column.out_count,
            height: row.span.out_count,
            bands: bands.to_vec(),
        },
    }
}

/// The pixels wanted of a column or row of blocks, each of which may be turned around: as far as it lies in the image.
fn picks(span: &Span, turned: bool, size: u32, block: u32) -> Axis {
    if !turned {
        return span.picks.clone();
    }
    let left = u64::from(size).saturating_sub(span.block * u64::from(block));
    mirrored(&span.picks, u64::from(block).min(left) as u32)
}

/// The stored bytes of a block; an empty range for a sparse one.
fn stored_range(
    image: &Image,
    block: &Touched,
    stored: StoredBlock,
    end: Option<u64>,
    limits: &Limits,
) -> Result<ByteRange> {
    let tag = image.table.offsets.tag;
    let about = |error: Error| error.with_tag(tag).with(|detail| detail.block = Some(block.index));
    let overflow =
        || about(Error::malformed(format!("block {} is larger than 64 bits can count", block.index)));
    let row_bytes = block.job.layout.stored_row_bytes().ok_or_else(overflow)?;
    let expected = block.job.layout.stored_bytes().ok_or_else(overflow)?;
    let range = match stored {
        StoredBlock::Sparse if image.colours != Colours::Stored => {
            let message =
                format!("block {} is not stored, which colours cannot be made without", block.index);
            return Err(about(Error::malformed(message)));
        }
        StoredBlock::Sparse => return Ok(ByteRange::new(0, 0)),
        StoredBlock::From(start) => Some(to_the_end(image, start, end).map_err(about)?),
        StoredBlock::Bytes(range) => Some(sensible(range, image)),
        StoredBlock::Framed(range) => Some(range),
    };
    let mut range = range.ok_or_else(overflow)?;
    if image.compression == 1 && !matches!(stored, StoredBlock::Framed(_)) {
        // Uncompressed bytes lie at computed places: only those of the wanted rows are brought.
        let skip = row_bytes.checked_mul(u64::from(block.first_row)).ok_or_else(overflow)?;
        let start = range.start.checked_add(skip).ok_or_else(overflow)?;
        // GDAL pays no heed to a byte count that is too small, but of tiles that it does not read whole, and of strips that it makes colours
        // of, nor to one that is too large.
        let cut = image.tiled && block.job.layout.height < image.block_height;
        let coloured = is_counted(image, block.index, stored);
        if let StoredBlock::Bytes(counted) = stored
            && (cut || coloured)
            && counted.len() < skip.saturating_add(expected)
        {
            let kind = if image.tiled { "tile" } else { "strip" };
            let message = format!("{kind} {} has {} bytes, expected {expected}", block.index, counted.len());
            return Err(about(Error::truncated(message)).with(|detail| detail.range = Some(counted)));
        }
        range = ByteRange::at(start, expected).ok_or_else(overflow)?;
    }
    if let (6, Some(end)) = (image.compression, end) {
        // libtiff takes of old-style JPEG what is there.
        range = ByteRange::new(range.start.min(end), range.end.min(end));
    }
    if range.len() > limits.encoded_block_bytes {
        let what = format!("stored bytes of block {}", block.index);
        return Err(about(Error::limit(
            "encoded_block_bytes",
            &what,
            range.len(),
            limits.encoded_block_bytes,
        )));
    }
    let last = range.end.max(counted_end(image, block, stored, row_bytes));
    if let Some(end) = end.filter(|end| last > *end) {
        let kind = if image.tiled { "tile" } else { "strip" };
        let message = format!("{kind} {} ends at byte {last}, file has {end}", block.index);
        return Err(about(Error::truncated(message)).with(|detail| detail.range = Some(range)));
    }
    Ok(range)
}

/// Whether libtiff reads as many bytes of an uncompressed strip as are counted, which it does to make colours, of the first plane; the
/// count of an only strip it mends, if that is not at 0.
fn is_counted(image: &Image, block: u64, stored: StoredBlock) -> bool {
    let mended = image.table.single && !matches!(stored, StoredBlock::Bytes(range) if range.start == 0);
    let first = block < image.blocks() / image.planes();
    !image.tiled && !mended && first && image.colours != Colours::Stored
}

/// Where an uncompressed tile ends by its byte count: rows below the image need not be counted, but those that are must be in the file,
/// wanted or not, as in GDAL; and of a tile or strip that is read as it is counted, all that is.
fn counted_end(image: &Image, block: &Touched, stored: StoredBlock, row_bytes: u64) -> u64 {
    let whole = row_bytes.saturating_mul(u64::from(image.block_height));
    let counted = match stored {
        StoredBlock::Bytes(counted) => counted,
        // libtiff puts the whole tile's size in the place of a count that is missing.
        StoredBlock::From(start) if image.tiled => ByteRange::new(start, start.saturating_add(whole)),
        _ => return 0,
    };
    if image.compression != 1 || !image.tiled && !is_counted(image, block.index, stored) {
        return 0;
    }
    if !image.tiled || block.job.layout.height < image.block_height {
        return sensible(counted, image).end;
    }
    counted.end.min(counted.start.saturating_add(whole))
}

/// What a block may have that starts there, and whose length is not known: to the end of the file, as far as the directory leaves room.
fn to_the_end(image: &Image, start: u64, end: Option<u64>) -> Result<ByteRange> {
    if image.compression == 1 {
        // Computed later.
        return Ok(ByteRange::new(start, u64::MAX));
    }
    let end = end.ok_or_else(|| {
        Error::unsupported(
            "a block without a byte count reaches to the end of the file, which the server does not tell",
        )
    })?;
    // libtiff takes the whole file where the values of tags claim more than there is.
    let room = end.checked_sub(image.table.overhead).unwrap_or(end) / image.planes();
    // A block past the end is one that was never written.
    Ok(if start < end {
        ByteRange::new(start, start.saturating_add(room).min(end))
    } else {
        ByteRange::new(0, 0)
    })
}

/// The bytes of a block whose count cannot be right, as libtiff cuts them: ten times the block's size is more than any needs.
fn sensible(range: ByteRange, image: &Image) -> ByteRange {
    let whole = image.layout(image.block_height).stored_bytes().unwrap_or(u64::MAX);
    let most = whole.saturating_mul(10).saturating_add(4096);
    let absurd = range.len() > 1 << 20 && range.len() > most;
    if absurd { ByteRange::new(range.start, range.start.saturating_add(most)) } else { range }
}
