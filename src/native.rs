//! The native driver: files and slices, for tests, benches and examples. One question at a time, no network.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::byte_range::ByteRange;
use crate::codec::Order;
use crate::error::{Answer, Code, Error, FileId, Result, Stop};
use crate::plan::{Placement, Plan, Request, plan};
use crate::pyramid::info::Number;
use crate::pyramid::{Dataset, Options, Sidecar};

/// Where bytes come from.
pub trait Source {
    /// The bytes of `range`, fewer where the file ends before.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, `network`.
    fn read(&mut self, range: ByteRange) -> Result<Vec<u8>>;
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
        file.seek(SeekFrom::Start(range.start))?;
        let mut bytes = Vec::new();
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
}

/// An open raster.
#[derive(Debug)]
pub struct Raster<S> {
    /// The dataset behind it.
    pub dataset: Dataset,
    sources: [Option<S>; 2],
    /// Questions that had to be asked again, since `open`.
    pub restarts: u64,
}

/// The pixels of a read.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    /// The plan that was carried out.
    pub plan: Plan,
    /// Elements in native byte order.
    pub data: Vec<u8>,
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
        let path = path.as_ref();
        let beside = |suffix: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let upper = beside(".OVR");
        let sidecar = Some(beside(".ovr")).filter(|lower| lower.exists() || !upper.exists()).unwrap_or(upper);
        let name = sidecar.to_string_lossy().into_owned();
        let sources = [Some(PathSource::new(path)), Some(PathSource::new(sidecar))];
        Self::open(sources, Sidecar::unprobed(Some(name), false), options)
    }
}

impl<S: Source> Raster<S> {
    /// Opens a base, and its sidecar where one is needed later.
    ///
    /// # Errors
    /// Those of [`Dataset::open`] and of the source.
    pub fn open(sources: [Option<S>; 2], sidecar: Sidecar, options: Options) -> Result<Self> {
        let mut raster = Self { dataset: Dataset::new(sidecar, options), sources, restarts: 0 };
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
                Err(Stop::Error(error)) => return Err(error),
                Err(Stop::Need { file, ranges }) => self.bring(file, &ranges)?,
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
        self.dataset.supply(file, range.start, bytes)
    }

    fn fetch(&mut self, file: FileId, range: ByteRange) -> Result<Vec<u8>> {
        match self.sources.get_mut(file.0 as usize) {
            Some(Some(source)) => source.read(range),
            _ => Err(Error::new(Code::NotFound, "there is no such file")),
        }
    }

    /// Reads pixels.
    ///
    /// # Errors
    /// Those of [`plan`], of the source, and of the codecs.
    pub fn read(&mut self, request: &Request) -> Result<Pixels> {
        let plan = self.answer(|dataset| plan(dataset, request))?;
        let limits = self.dataset.options.limits.clone();
        let mut data = filled(&plan)?;
        for block in &plan.blocks {
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
            let pixels = block
                .job
                .run(&stored, &limits)
                .map_err(|error| error.with(|detail| detail.block = Some(block.index)))?;
            place(&plan, &block.placement, &pixels, &mut data)?;
        }
        Ok(Pixels { plan, data })
    }
}

/// The result before any block is in it: nodata everywhere.
fn filled(plan: &Plan) -> Result<Vec<u8>> {
    use crate::tiff::gdal::Nodata;
    let nodata = match &plan.fill {
        Number::Float(value) => Nodata::Number(*value),
        Number::Integer(text) => {
            Nodata::parse(text, plan.dtype).ok_or_else(|| Error::internal("fill value that is no number"))?
        }
    };
    let element = nodata.to_bytes(plan.dtype).ok_or_else(|| Error::internal("fill value of another type"))?;
    Ok(element.repeat((plan.bytes / plan.dtype.size()) as usize))
}

/// Copies a decoded block into the result, row by row.
fn place(plan: &Plan, placement: &Placement, pixels: &[u8], data: &mut [u8]) -> Result<()> {
    let element = plan.dtype.size() as usize;
    let (width, height) = (plan.width as usize, plan.height as usize);
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
            match plan.layout {
                Order::Band => {
                    let to = (*band as usize * height + y + row) * width + x;
                    copy((sample * rows + row) * columns, to, columns)?;
                }
                Order::Pixel => {
                    let samples = placement.bands.len();
                    for column in 0..columns {
                        let to = ((y + row) * width + x + column) * plan.bands.len() + *band as usize;
                        copy((row * columns + column) * samples + sample, to, 1)?;
                    }
                }
            }
        }
    }
    Ok(())
}
