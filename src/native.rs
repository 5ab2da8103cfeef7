//! The native driver: files and slices, for tests, benches and examples. One question at a time, no network.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::byte_range::ByteRange;
use crate::codec::frame::Unfit;
use crate::codec::{Order, forgiven};
use crate::error::{Answer, Code, Error, FileId, Result};
use crate::pixel::DataType;
use crate::plan::PlannedBlock;
use crate::plan::{Placement, Plan, Request, plan};
use crate::pyramid::info::Number;
use crate::pyramid::sidecar::world_extensions;
use crate::pyramid::{Dataset, Options, Role, Sidecar};

/// Where bytes come from.
pub trait Source {
    /// The bytes of `range`, fewer where the file ends before.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, `network`.
    fn read(&mut self, range: ByteRange) -> Result<Vec<u8>>;

    /// How many bytes there are, where that is known.
    fn length(&mut self) -> Option<u64> {
        None
    }
}

impl Source for &[u8] {
    fn read(&mut self, range: ByteRange) -> Result<Vec<u8>> {
        let length = self.len() as u64;
        let (start, end) = (range.start.min(length) as usize, range.end.min(length) as usize);
        Ok(self.get(start..end).unwrap_or_default().to_vec())
    }
}

/// A file on disk, opened on its first read.
#[derive(Debug)]
pub struct PathSource {
    path: PathBuf,
    file: Option<File>,
}

impl PathSource {
    /// The file at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), file: None }
    }

    fn read_some(&mut self, range: ByteRange) -> std::io::Result<Vec<u8>> {
        let file = match &mut self.file {
            Some(file) => file,
            empty => empty.insert(File::open(&self.path)?),
        };
        let mut bytes = Vec::new();
        // No file is that long, and seeking there is an error.
        if i64::try_from(range.start).is_err() {
            return Ok(bytes);
        }
        file.seek(SeekFrom::Start(range.start))?;
        file.take(range.len()).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Source for PathSource {
    fn read(&mut self, range: ByteRange) -> Result<Vec<u8>> {
        self.read_some(range).map_err(|error| {
            let code = match error.kind() {
                std::io::ErrorKind::NotFound => Code::NotFound,
                std::io::ErrorKind::PermissionDenied => Code::Forbidden,
                _ => Code::Network,
            };
            let name = self.path.display().to_string();
            Error::new(code, format!("{name}: {error}")).with(|detail| detail.url = Some(name))
        })
    }

    fn length(&mut self) -> Option<u64> {
        Some(self.file.as_ref()?.metadata().ok()?.len())
    }
}

/// An open raster.
#[derive(Debug)]
pub struct Raster<S> {
    /// The dataset behind it.
    pub dataset: Dataset,
    sources: Vec<Option<S>>,
    /// Questions that had to be asked again, since `open`.
    pub restarts: u64,
    forgiven: Vec<(u64, &'static str)>,
}

/// The pixels of a read.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    /// The plan that was carried out.
    pub plan: Plan,
    /// Elements in native byte order.
    pub data: Vec<u8>,
    /// 0 where a pixel is missing, 255 where it is valid; where it was asked for.
    pub mask: Option<Vec<u8>>,
    /// Blocks whose bytes are not as they should be, and were read nevertheless: their numbers, and why.
    pub forgiven: Vec<(u64, &'static str)>,
}

/// Which files beside a base are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    /// How often `.ovr` may follow `.ovr`.
    pub overview_depth: u32,
    /// Whether `.aux.xml` and world files count.
    pub auxiliary: bool,
}

impl Default for Beside {
    fn default() -> Self {
        Self { overview_depth: 1, auxiliary: false }
    }
}

impl Raster<PathSource> {
    /// Opens a file; its sidecar is the file with `.ovr` added to its name, or `.OVR`.
    ///
    /// # Errors
    /// Those of [`Dataset::open`] and of the file system.
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_path_with(path, Options::default())
    }

    /// Opens a file with other bounds or another policy.
    ///
    /// # Errors
    /// As [`Self::open_path`].
    pub fn open_path_with(path: impl AsRef<Path>, options: Options) -> Result<Self> {
        Self::open_beside(path, Beside::default(), options)
    }

    /// Opens a file with a choice of the files beside it.
    ///
    /// # Errors
    /// As [`Self::open_path`].
    pub fn open_beside(path: impl AsRef<Path>, beside: Beside, options: Options) -> Result<Self> {
        let path = path.as_ref();
        let mut files = Vec::new();
        let mut suffix = String::new();
        for _ in 0..beside.overview_depth {
            suffix.push_str(".ovr");
            files.push((Role::Overviews, either_case(path, &suffix)));
        }
        files.push((Role::Mask, added(path, ".msk")));
        files.push((Role::MaskOverviews, added(path, ".msk.ovr")));
        if beside.auxiliary {
            files.push((Role::Auxiliary, added(path, ".aux.xml")));
            let name = path.to_string_lossy();
            let worlds = world_extensions(&name).into_iter().map(|extension| path.with_extension(extension));
            files.extend(worlds.filter(|path| path.exists()).take(1).map(|path| (Role::WorldFile, path)));
        }
        let sidecar = |(role, path): &(Role, PathBuf)| {
            Sidecar::unprobed(*role, Some(path.to_string_lossy().into_owned()), false)
        };
        let sidecars = files.iter().map(sidecar).collect();
        let paths = std::iter::once(path.to_owned()).chain(files.into_iter().map(|(_, path)| path));
        Self::open(paths.map(|path| Some(PathSource::new(path))).collect(), sidecars, options)
    }
}

fn added(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The suffix in lower case, or in upper case where only that is there.
fn either_case(path: &Path, suffix: &str) -> PathBuf {
    let (lower, upper) = (added(path, suffix), added(path, &suffix.to_ascii_uppercase()));
    Some(lower).filter(|lower| lower.exists() || !upper.exists()).unwrap_or(upper)
}

impl<S: Source> Raster<S> {
    /// Opens a base, and its sidecars where they are needed later; `sources` has the base first, then one for each sidecar.
    ///
    /// # Errors
    /// Those of [`Dataset::open`] and of the source.
    pub fn open(sources: Vec<Option<S>>, sidecars: Vec<Sidecar>, options: Options) -> Result<Self> {
        let mut raster =
            Self { dataset: Dataset::new(sidecars, options), sources, restarts: 0, forgiven: Vec::new() };
        raster.answer(Dataset::open)?;
        Ok(raster)
    }

    /// Asks until there is an answer, and brings what is missing in between.
    ///
    /// # Errors
    /// Those of the question and of the sources.
    pub fn answer<T>(&mut self, mut question: impl FnMut(&mut Dataset) -> Answer<T>) -> Result<T> {
        loop {
            match question(&mut self.dataset) {
                Ok(answer) => return Ok(answer),
                Err(stop) => {
                    let need = stop.into_need()?;
                    self.bring(need.file, &need.ranges)?;
                }
            }
            self.restarts += 1;
        }
    }

    fn bring(&mut self, file: FileId, ranges: &[ByteRange]) -> Result<()> {
        for range in ranges {
            match self.fetch(file, *range) {
                Ok(bytes) => self.take(file, *range, &bytes)?,
                Err(error) => return self.dataset.fail(file, error),
            }
        }
        Ok(())
    }

    fn take(&mut self, file: FileId, range: ByteRange, bytes: &[u8]) -> Result<()> {
        if (bytes.len() as u64) < range.len() {
            self.dataset.ends_by(file, range.start + bytes.len() as u64);
        }
        let source = self.sources.get_mut(file.0 as usize);
        if let Some(length) = source.and_then(|source| source.as_mut()?.length()) {
            self.dataset.ends_by(file, length);
        }
        self.dataset.supply(file, range.start, bytes)
    }

    fn fetch(&mut self, file: FileId, range: ByteRange) -> Result<Vec<u8>> {
        match self.sources.get_mut(file.0 as usize) {
            Some(Some(source)) => source.read(range),
            _ => Err(Error::new(Code::NotFound, "there is no such file")),
        }
    }

    /// Reads pixels. Where the leader of a block does not fit it, the byte counts are looked up instead, as GDAL does.
    ///
    /// # Errors
    /// Those of [`plan`], of the source, and of the codecs.
    pub fn read(&mut self, request: &Request) -> Result<Pixels> {
        let mut request = request.clone();
        loop {
            match self.read_planned(&request) {
                Err(error) if Unfit::of(&error) > request.unfit => request.unfit = Unfit::of(&error),
                read => return read,
            }
        }
    }

    fn read_planned(&mut self, request: &Request) -> Result<Pixels> {
        self.forgiven.clear();
        let plan = self.answer(|dataset| plan(dataset, request))?;
        let grid = Grid {
            width: plan.width as usize,
            height: plan.height as usize,
            bands: plan.bands.len(),
            layout: plan.layout,
            element: plan.dtype.size() as usize,
        };
        let mut planes = Vec::new();
        let data = if plan.planes == 0 {
            self.assemble(&plan.blocks, &grid, &plan.fill, plan.dtype)?
        } else {
            let of_planes = Grid { bands: plan.planes as usize, layout: Order::Pixel, ..grid };
            let fill = vec![Number::Float(0.0); of_planes.bands];
            planes = self.assemble(&plan.blocks, &of_planes, &fill, plan.dtype)?;
            self.colour(&plan.colours, &planes, &grid)?
        };
        let mask = plan.mask.as_ref().map(|mask| {
            let count = grid.width * grid.height;
            if mask.of_pixels {
                return mask.resolve(&data, plan.layout, count);
            }
            let bands = mask.bands as usize;
            let grid = Grid { bands, layout: Order::Band, element: mask.dtype.size() as usize, ..grid };
            let samples = if mask.colours.is_empty() {
                self.assemble(&mask.blocks, &grid, &mask.fill, mask.dtype)?
            } else {
                self.colour(&mask.colours, &planes, &grid)?
            };
            mask.resolve(&samples, Order::Band, count)
        });
        let mask = mask.transpose()?;
        Ok(Pixels { plan, data, mask, forgiven: std::mem::take(&mut self.forgiven) })
    }

    /// Makes the colours of planes.
    fn colour(&self, colours: &[PlannedBlock], planes: &[u8], grid: &Grid) -> Result<Vec<u8>> {
        let mut data = vec![0; grid.width * grid.height * grid.bands * grid.element];
        for block in colours {
            let part = planes.get(block.start as usize..block.end as usize);
            let part = part.ok_or_else(|| Error::internal("colours of more planes than there are"))?;
            place(grid, &block.placement, &block.job.run(part, &self.dataset.options.limits)?, &mut data)?;
        }
        Ok(data)
    }

    fn assemble(
        &mut self,
        blocks: &[PlannedBlock],
        grid: &Grid,
        fill: &[Number],
        dtype: DataType,
    ) -> Result<Vec<u8>> {
        let limits = self.dataset.options.limits.clone();
        let mut data = filled(grid, fill, dtype)?;
        for block in blocks {
            let range = ByteRange::new(block.start, block.end);
            if range.is_empty() {
                continue;
            }
            let stored = self.fetch(block.file, range)?;
            if (stored.len() as u64) < range.len() {
                let end = block.start + stored.len() as u64;
                let message = format!("block {} ends at byte {}, file has {end}", block.index, block.end);
                return Err(Error::truncated(message).with(|detail| detail.block = Some(block.index)));
            }
            let ran = block.job.run(&stored, &limits);
            // What was forgiven of a block that failed nevertheless is nothing of the next one.
            let why = forgiven::take();
            let pixels = ran.map_err(|error| error.with(|detail| detail.block = Some(block.index)))?;
            self.forgiven.extend(why.map(|why| (block.index, why)));
            place(grid, &block.placement, &pixels, &mut data)?;
        }
        Ok(data)
    }
}

/// The shape of a result.
#[derive(Clone, Copy)]
struct Grid {
    width: usize,
    height: usize,
    bands: usize,
    layout: Order,
    /// Bytes of one element.
    element: usize,
}

/// The result before any block is in it: nodata everywhere.
fn filled(grid: &Grid, fill: &[Number], dtype: DataType) -> Result<Vec<u8>> {
    let elements = fill.iter().map(|fill| element(fill, dtype)).collect::<Result<Vec<_>>>()?;
    let pixels = grid.width * grid.height;
    Ok(match grid.layout {
        Order::Pixel => elements.concat().repeat(pixels),
        Order::Band => elements.iter().flat_map(|element| element.repeat(pixels)).collect(),
    })
}

fn element(fill: &Number, dtype: DataType) -> Result<Vec<u8>> {
    use crate::tiff::nodata::Nodata;
    let nodata = match fill {
        Number::Float(value) => Nodata::Number(*value),
        Number::Integer(text) => {
            Nodata::parse(text, dtype).ok_or_else(|| Error::internal("fill value that is no number"))?
        }
    };
    nodata.to_bytes(dtype).ok_or_else(|| Error::internal("fill value of another type"))
}

/// Copies a decoded block into the result, row by row.
fn place(grid: &Grid, placement: &Placement, pixels: &[u8], data: &mut [u8]) -> Result<()> {
    let Grid { width, height, element, .. } = *grid;
    let (columns, rows) = (placement.width as usize, placement.height as usize);
    let (x, y) = (placement.x as usize, placement.y as usize);
    let bad = || Error::internal("a block's pixels do not fit where the plan puts them");
    let mut copy = |from: usize, to: usize, count: usize| -> Result<()> {
        let source = pixels.get(from * element..(from + count) * element).ok_or_else(bad)?;
        data.get_mut(to * element..(to + count) * element).ok_or_else(bad)?.copy_from_slice(source);
        Ok(())
    };
    for (sample, band) in placement.bands.iter().enumerate() {
        for row in 0..rows {
            match grid.layout {
                Order::Band => {
                    let to = (*band as usize * height + y + row) * width + x;
                    copy((sample * rows + row) * columns, to, columns)?;
                }
                Order::Pixel => {
                    let samples = placement.bands.len();
                    for column in 0..columns {
                        let to = ((y + row) * width + x + column) * grid.bands + *band as usize;
                        copy((row * columns + column) * samples + sample, to, 1)?;
                    }
                }
            }
        }
    }
    Ok(())
}
