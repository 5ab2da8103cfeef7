//! A base and its sidecar as one dataset over the bytes supplied so far of both.

use super::facts::Facts;
use super::level::{Level, mismatch};
use super::sidecar::{Sidecar, SidecarState};
use crate::error::{Answer, Code, Error, FileId, Result, Stop};
use crate::limits::Limits;
use crate::tiff::ifd::Ifd;
use crate::tiff::tag::id;
use crate::tiff::{Image, Tiff, geo, geokeys};

/// What happens to a sidecar when the base has overviews of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OverviewPolicy {
    /// It is not looked at, as in GDAL.
    #[default]
    InternalFirst,
    /// Its levels follow the base's.
    Append,
}

/// How a dataset is read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Bounds on what files and requests may cost.
    pub limits: Limits,
    /// Whether internal overviews make the sidecar needless.
    pub policy: OverviewPolicy,
}

/// Base and sidecar. Questions are asked again after each `Need`; answers once given do not change.
#[derive(Debug)]
pub struct Dataset {
    /// Its bounds and policy.
    pub options: Options,
    /// What is known of the sidecar.
    pub sidecar: Sidecar,
    base: Tiff,
    sidecar_file: Tiff,
    redirected: [Option<String>; 2],
    full: Option<(Level, Facts)>,
    internal: Option<Reduced>,
    external: Option<Reduced>,
}

/// All levels of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels<'a> {
    /// The full size first, then in file order.
    pub list: Vec<&'a Level>,
    /// Why there may be more levels than could be read.
    pub missing: Option<Error>,
}

/// The reduced images of one file.
#[derive(Clone, Debug, Default, PartialEq)]
struct Reduced {
    levels: Vec<Level>,
    broken: Option<Error>,
    warnings: Vec<String>,
}

impl Dataset {
    /// A dataset of which nothing is known yet.
    pub fn new(sidecar: Sidecar, options: Options) -> Self {
        let file = |id| Tiff::new(id, options.limits.clone());
        let (base, sidecar_file) = (file(FileId::BASE), file(FileId::SIDECAR));
        Self {
            options,
            sidecar,
            base,
            sidecar_file,
            redirected: [None, None],
            full: None,
            internal: None,
            external: None,
        }
    }

    /// Takes bytes of a file that answer a `Need`, or more.
    ///
    /// # Errors
    /// `limit` above `Limits::metadata_bytes`.
    pub fn supply(&mut self, file: FileId, start: u64, bytes: &[u8]) -> Result<()> {
        self.file_mut(file).bytes.supply(start, bytes)
    }

    /// Takes the news that a file has no byte at or after `end`.
    pub fn ends_by(&mut self, file: FileId, end: u64) {
        self.file_mut(file).bytes.ends_by(end);
    }

    /// Takes the news that a file's first bytes came from another URL, by a redirect: errors then tell.
    pub fn came_from(&mut self, file: FileId, url: Option<String>) {
        let [base, sidecar] = &mut self.redirected;
        *(if file == FileId::BASE { base } else { sidecar }) = url;
    }

    /// The error of a file that is something else, with where it came from.
    fn told(&self, file: FileId, error: Error) -> Error {
        let [base, sidecar] = &self.redirected;
        match if file == FileId::BASE { base } else { sidecar } {
            Some(url) if error.code() == Code::NotATiff => error.adding(&format!(" (redirected to {url})")),
            _ => error,
        }
    }

    /// Takes the news that a file's bytes cannot be brought. A sidecar that cannot even be started on is absent or unreadable,
    /// and the dataset goes on without it.
    ///
    /// # Errors
    /// The same error where the dataset cannot do without those bytes.
    pub fn fail(&mut self, file: FileId, error: Error) -> Result<()> {
        let absorbed =
            !matches!(error.code(), Code::Closed | Code::Internal | Code::FileChanged | Code::Limit);
        if file == FileId::SIDECAR && absorbed && self.sidecar_file.bytes.is_empty() {
            if self.external.is_none() {
                self.set_sidecar_failed(error);
            }
            return Ok(());
        }
        Err(error)
    }

    /// The parsed file.
    pub fn file(&self, file: FileId) -> &Tiff {
        if file == FileId::BASE { &self.base } else { &self.sidecar_file }
    }

    fn file_mut(&mut self, file: FileId) -> &mut Tiff {
        if file == FileId::BASE { &mut self.base } else { &mut self.sidecar_file }
    }

    /// Reads the full-size image and its facts. Nothing else is looked at.
    ///
    /// # Errors
    /// `not_a_tiff`, `malformed`, `unsupported`, `truncated`, `limit`.
    pub fn open(&mut self) -> Answer<()> {
        if self.full.is_none() {
            let ifd = self.base.first_ifd().map_err(|stop| match stop {
                Stop::Error(error) => Stop::Error(self.told(FileId::BASE, error)),
                need => need,
            })?;
            self.full = Some(read_level(&self.base, FileId::BASE, &ifd)?);
        }
        Ok(())
    }

    /// The full-size level and its facts.
    ///
    /// # Errors
    /// `internal` before `open` has answered.
    pub fn full(&self) -> Result<(&Level, &Facts)> {
        match &self.full {
            Some((level, facts)) => Ok((level, facts)),
            None => Err(Error::internal("a dataset was asked about before it was opened")),
        }
    }

    /// All levels. The sidecar is asked for only if the policy wants it.
    ///
    /// # Errors
    /// `limit`, or a failure of the base; an unreadable sidecar is part of the answer.
    pub fn levels(&mut self) -> Answer<Levels<'_>> {
        self.open()?;
        if self.internal.is_none() {
            let directories = self.base.directories()?;
            let reduced = directories.ifds.iter().skip(1).filter(|ifd| self.is_reduced(&self.base, ifd));
            let reduced: Vec<Ifd> = reduced.cloned().collect();
            self.internal = Some(self.read_reduced(FileId::BASE, &reduced, directories.broken)?);
        }
        let has_internal = self.internal.as_ref().is_some_and(|internal| !internal.levels.is_empty());
        if self.external.is_none() && (!has_internal || self.options.policy == OverviewPolicy::Append) {
            self.read_sidecar()?;
        }
        self.known_levels()
    }

    /// One level; nothing is looked for when it is the full size.
    ///
    /// # Errors
    /// `invalid_argument` with the valid numbers; where the level may live in what could not be read, that failure's code and cause.
    pub fn level(&mut self, index: u32) -> Answer<&Level> {
        self.open()?;
        if index > 0 {
            self.levels()?;
        }
        let levels = if index > 0 {
            self.known_levels()?
        } else {
            Levels { list: vec![self.full()?.0], missing: None }
        };
        if let Some(level) = levels.list.get(index as usize) {
            return Ok(level);
        }
        let last = levels.list.len() - 1;
        let error = match levels.missing {
            Some(cause) => {
                let name = self
                    .sidecar
                    .url
                    .as_deref()
                    .filter(|_| self.external.as_ref().is_some_and(|e| e.broken.is_some()));
                let place =
                    name.map_or("the rest of the file".to_owned(), |name| format!("the sidecar {name}"));
                let message =
                    format!("level {index} can only live in {place}, which could not be read: {cause}");
                Error::new(cause.code(), message).with_cause(cause)
            }
            None => Error::invalid("level", format!("level is {index}, expected 0 to {last}")),
        };
        Err(error.with(|detail| detail.level = Some(index)).into())
    }

    /// What went wrong without ending anything.
    pub fn warnings(&self) -> Vec<String> {
        let facts = self.full.iter().flat_map(|(_, facts)| &facts.warnings);
        let files = self.internal.iter().chain(&self.external).flat_map(|reduced| &reduced.warnings);
        facts.chain(files).cloned().chain(self.sidecar.warning()).collect()
    }

    fn known_levels(&self) -> Answer<Levels<'_>> {
        let reduced = || self.internal.iter().chain(&self.external);
        let mut list = vec![self.full()?.0];
        list.extend(reduced().flat_map(|reduced| &reduced.levels));
        Ok(Levels { list, missing: reduced().find_map(|reduced| reduced.broken.clone()) })
    }

    fn read_sidecar(&mut self) -> Answer<()> {
        if self.sidecar.state == SidecarState::None {
            self.external = Some(Reduced::default());
            return Ok(());
        }
        match self.sidecar_levels() {
            Ok(reduced) => {
                self.sidecar.state = SidecarState::Present;
                self.external = Some(reduced);
            }
            // A breached limit is never hidden behind the base.
            Err(Stop::Error(error)) if error.code() != Code::Limit => {
                let error = self.told(FileId::SIDECAR, error);
                self.set_sidecar_failed(error);
            }
            Err(stop) => return Err(stop),
        }
        Ok(())
    }

    fn set_sidecar_failed(&mut self, error: Error) {
        self.external = Some(Reduced { broken: Some(error.clone()), ..Reduced::default() });
        self.sidecar.set_failed(error);
        if self.sidecar.state == SidecarState::None {
            // An absent sidecar hides no levels.
            self.external = Some(Reduced::default());
        }
    }

    /// The first directory of a sidecar is a level whatever its NewSubfileType says; later ones must say that they are reduced.
    fn sidecar_levels(&self) -> Answer<Reduced> {
        let first = self.sidecar_file.first_ifd()?;
        read_level(&self.sidecar_file, FileId::SIDECAR, &first)?;
        let directories = self.sidecar_file.directories()?;
        let later = directories.ifds.iter().skip(1).filter(|ifd| self.is_reduced(&self.sidecar_file, ifd));
        let all: Vec<Ifd> = std::iter::once(&first).chain(later).cloned().collect();
        self.read_reduced(FileId::SIDECAR, &all, directories.broken)
    }

    /// Whether NewSubfileType says: a reduced image (bit 0), no mask (bit 2).
    fn is_reduced(&self, tiff: &Tiff, ifd: &Ifd) -> bool {
        let kind = tiff.header().and_then(|header| {
            let values = tiff.values(&header);
            Ok(match values.unsigned(ifd, id::NEW_SUBFILE_TYPE)? {
                Some(bits) => bits,
                // The older tag: 2 is a reduced image.
                None => u64::from(values.unsigned(ifd, id::SUBFILE_TYPE)? == Some(2)),
            })
        });
        kind.is_ok_and(|bits| bits & 0b101 == 1)
    }

    fn read_reduced(&self, file: FileId, ifds: &[Ifd], broken: Option<Error>) -> Answer<Reduced> {
        let full = &self.full()?.0.image;
        let mut reduced = Reduced { broken, ..Reduced::default() };
        let name = if file == FileId::BASE { "the file" } else { "the sidecar" };
        if let Some(error) = &reduced.broken {
            reduced.warnings.push(format!("not all directories of {name} could be read: {error}"));
        }
        let mut needs = Vec::new();
        for ifd in ifds {
            match read_level(self.file(file), file, ifd) {
                Ok((mut level, _)) => {
                    level.suspect = mismatch(full, &level.image);
                    let warning = level
                        .suspect
                        .as_ref()
                        .map(|why| format!("an overview in {name} is never chosen: {why}"));
                    reduced.warnings.extend(warning);
                    reduced.levels.push(level);
                }
                Err(Stop::Need { ranges, .. }) => needs.extend(ranges),
                Err(Stop::Error(error)) => {
                    reduced
                        .warnings
                        .push(format!("an overview at byte {} of {name} is left out: {error}", ifd.offset));
                }
            }
        }
        crate::tiff::values::need(&self.file(file).bytes, needs)?;
        Ok(reduced)
    }
}

fn read_level(tiff: &Tiff, file: FileId, ifd: &Ifd) -> Answer<(Level, Facts)> {
    let header = tiff.header()?;
    let values = tiff.values(&header);
    values.gather(ifd, &[crate::tiff::image::TAGS, super::facts::TAGS, geo::TAGS, geokeys::TAGS].concat())?;
    let image = Image::read(&values, ifd)?;
    let facts = Facts::read(&values, ifd, image.data_type)?;
    let level = Level { file, image, nodata: facts.nodata, suspect: None };
    Ok((level, facts))
}
