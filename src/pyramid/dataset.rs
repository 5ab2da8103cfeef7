//! A base and its sidecars as one dataset over the bytes supplied so far of all of them.

use super::facts::Facts;
use super::images::{self, Images};
use super::level::Level;
use super::sidecar::{Role, Sidecar, SidecarState};
use crate::codec::frame::Unfit;
use crate::error::{Answer, Code, Error, FileId, Result};
use crate::limits::Limits;
use crate::tiff::Tiff;
use crate::tiff::embedded::{self, Embedded};

/// What is told of files whose layout was broken by later changes.
const EDITED: &str = "the file was edited after it was laid out (KNOWN_INCOMPATIBLE_EDITION=YES): its block leaders are not used";

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
    /// What is done without, even where the file promises it.
    pub unfit: Option<Unfit>,
}

/// A sidecar, its bytes, and its images once they were looked at.
#[derive(Debug)]
pub(super) struct Companion {
    pub sidecar: Sidecar,
    pub tiff: Tiff,
    pub images: Option<Images>,
}

/// Base and sidecars. Questions are asked again after each `Need`; answers once given do not change.
#[derive(Debug)]
pub struct Dataset {
    /// Its bounds and policy.
    pub options: Options,
    base: Tiff,
    pub(super) companions: Vec<Companion>,
    /// Where files came from that were redirected.
    redirected: Vec<(FileId, String)>,
    full: Option<(Level, Facts)>,
    internal: Option<Images>,
}

/// All levels of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels<'a> {
    /// The full size first, then in file order.
    pub list: Vec<&'a Level>,
    /// Why there may be more levels than could be read.
    pub missing: Option<Error>,
}

impl Dataset {
    /// A dataset of which nothing is known yet. The sidecars are its files 1, 2, ...: those of one role in the order in which they are
    /// looked at.
    pub fn new(sidecars: Vec<Sidecar>, options: Options) -> Self {
        let tiff = |id| Tiff::new(FileId(id), options.limits.clone());
        let mut companions = Vec::new();
        for sidecar in sidecars {
            let tiff = tiff(companions.len() as u32 + 1);
            companions.push(Companion { sidecar, tiff, images: None });
        }
        let redirected = Vec::new();
        Self { base: tiff(0), companions, redirected, full: None, internal: None, options }
    }

    /// Takes bytes of a file that answer a `Need`, or more.
    ///
    /// # Errors
    /// `limit` above `Limits::metadata_bytes`.
    pub fn supply(&mut self, file: FileId, start: u64, bytes: &[u8]) -> Result<()> {
        self.file_mut(file)?.bytes.supply(start, bytes)
    }

    /// Takes the news that a file has no byte at or after `end`.
    pub fn ends_by(&mut self, file: FileId, end: u64) {
        if let Ok(file) = self.file_mut(file) {
            file.bytes.ends_by(end);
        }
    }

    /// Takes the news that a file's first bytes came from another URL, by a redirect: errors then tell.
    pub fn came_from(&mut self, file: FileId, url: Option<String>) {
        self.redirected.retain(|(known, _)| *known != file);
        self.redirected.extend(url.map(|url| (file, url)));
    }

    /// The error of a file that is something else, with where it came from.
    fn told(&self, file: FileId, error: Error) -> Error {
        match self.redirected.iter().find(|(known, _)| *known == file) {
            Some((_, url)) if error.code() == Code::NotATiff => {
                error.adding(&format!(" (redirected to {url})"))
            }
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
        match self.companion_mut(file) {
            Some(companion) if absorbed && companion.tiff.bytes.is_empty() => {
                if companion.images.is_none() {
                    companion.set_failed(error);
                }
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// The parsed file.
    ///
    /// # Errors
    /// `internal` for a file that the dataset has not.
    pub fn file(&self, file: FileId) -> Result<&Tiff> {
        if file == FileId::BASE {
            return Ok(&self.base);
        }
        self.companion(file).map(|companion| &companion.tiff).ok_or_else(|| no_file(file))
    }

    fn file_mut(&mut self, file: FileId) -> Result<&mut Tiff> {
        if file == FileId::BASE {
            return Ok(&mut self.base);
        }
        self.companion_mut(file).map(|companion| &mut companion.tiff).ok_or_else(|| no_file(file))
    }

    fn companion(&self, file: FileId) -> Option<&Companion> {
        self.companions.get((file.0 as usize).checked_sub(1)?)
    }

    fn companion_mut(&mut self, file: FileId) -> Option<&mut Companion> {
        self.companions.get_mut((file.0 as usize).checked_sub(1)?)
    }

    /// What is known of a file beside the base.
    pub fn sidecar_of(&self, file: FileId) -> Option<&Sidecar> {
        self.companion(file).map(|companion| &companion.sidecar)
    }

    /// The same, to be changed by whoever looks for it.
    pub fn sidecar_mut(&mut self, file: FileId) -> Option<&mut Sidecar> {
        self.companion_mut(file).map(|companion| &mut companion.sidecar)
    }

    /// What is known of the `.ovr`.
    pub fn sidecar(&self) -> Option<&Sidecar> {
        self.file_of(Role::Overviews).and_then(|file| self.sidecar_of(file))
    }

    /// The first file of that role.
    pub(super) fn file_of(&self, role: Role) -> Option<FileId> {
        self.files_of(role).next()
    }

    /// The files of that role, in the order in which they are looked at.
    fn files_of(&self, role: Role) -> impl Iterator<Item = FileId> {
        let ids = self.companions.iter().zip(1..);
        ids.filter(move |(companion, _)| companion.sidecar.role == role).map(|(_, id)| FileId(id))
    }

    /// Reads the full-size image and its facts, and the auxiliary files where there may be any. Nothing else is looked at.
    ///
    /// # Errors
    /// `not_a_tiff`, `malformed`, `unsupported`, `truncated`, `limit`.
    pub fn open(&mut self) -> Answer<()> {
        if self.full.is_none() {
            let ifd = self.base.first_ifd().map_err(|stop| match stop.into_error() {
                Ok(error) => self.told(FileId::BASE, error).into(),
                Err(need) => need,
            })?;
            let (mut level, warnings) = images::read_level(&self.base, FileId::BASE, &ifd)?;
            level.first = true;
            // The full size has nothing of its own besides the dataset's facts.
            let mut facts = Facts { warnings, ..std::mem::take(&mut level.own) };
            self.add_auxiliary(&mut facts, &level)?;
            self.full = Some((level, facts));
        }
        Ok(())
    }

    /// The bytes of a document that the base's first directory holds.
    ///
    /// # Errors
    /// As [`embedded::read`].
    pub fn embedded(&mut self, kind: Embedded) -> Answer<Option<Vec<u8>>> {
        self.open()?;
        embedded::read(&self.base, &self.base.first_ifd()?, kind)
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

    /// All levels. Sidecars are asked for only if the policy wants them.
    ///
    /// # Errors
    /// `limit`, or a failure of the base; an unreadable sidecar is part of the answer.
    pub fn levels(&mut self) -> Answer<Levels<'_>> {
        self.read_internal()?;
        let mut ended = self.internal.as_ref().is_some_and(|internal| !internal.levels.is_empty());
        let sidecars: Vec<FileId> = self.files_of(Role::Overviews).collect();
        for file in sidecars {
            if ended && self.options.policy == OverviewPolicy::InternalFirst {
                break;
            }
            self.read_companion(file)?;
            // The first image is the sidecar itself: what follows are its overviews.
            ended = match self.images_of(file) {
                Some(images) if !images.levels.is_empty() => images.levels.len() > 1,
                _ => break,
            };
        }
        self.known_levels()
    }

    /// Follows the base's chain of directories.
    pub(super) fn read_internal(&mut self) -> Answer<()> {
        self.open()?;
        if self.internal.is_none() {
            self.internal = Some(images::internal(&self.base, &self.full()?.0.image)?);
        }
        Ok(())
    }

    pub(super) fn internal_masks(&self) -> &[Level] {
        self.internal.as_ref().map_or(&[], |internal| &internal.masks)
    }

    pub(super) fn images_of(&self, file: FileId) -> Option<&Images> {
        self.companion(file)?.images.as_ref()
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
        self.known_level(index)
    }

    /// The same where [`Dataset::level`] has found it once.
    ///
    /// # Errors
    /// As [`Dataset::level`].
    pub fn known_level(&self, index: u32) -> Answer<&Level> {
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
                let place = self.broken_place();
                let message =
                    format!("level {index} can only live in {place}, which could not be read: {cause}");
                Error::new(cause.code(), message).with_cause(cause)
            }
            None => Error::invalid("level", format!("level is {index}, expected 0 to {last}")),
        };
        Err(error.with(|detail| detail.level = Some(index)).into())
    }

    /// Name of what may hold more levels than could be read.
    fn broken_place(&self) -> String {
        let broken = self.companions.iter().find(|companion| {
            companion.sidecar.role == Role::Overviews
                && companion.images.as_ref().is_some_and(|images| images.broken.is_some())
        });
        let name = broken.and_then(|companion| companion.sidecar.url.as_deref());
        name.map_or("the rest of the file".to_owned(), |name| format!("the sidecar {name}"))
    }

    /// What went wrong without ending anything.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some((_, facts)) = &self.full {
            warnings.extend_from_slice(&facts.warnings);
        }
        if let Some(internal) = &self.internal {
            warnings.extend_from_slice(&internal.warnings);
        }
        for companion in &self.companions {
            if let Some(images) = &companion.images {
                warnings.extend_from_slice(&images.warnings);
            }
        }
        warnings.extend(self.companions.iter().filter_map(|companion| companion.sidecar.warning()));
        let files = 0..=self.companions.len() as u32;
        for tiff in files.filter_map(|file| self.file(FileId(file)).ok()) {
            // As GDAL tells it.
            if tiff.ghost_area().is_ok_and(|area| area.edited) {
                warnings.push(EDITED.to_owned());
            }
        }
        warnings
    }

    pub(super) fn known_levels(&self) -> Answer<Levels<'_>> {
        let mut images = Vec::new();
        if let Some(internal) = &self.internal {
            images.push(internal);
        }
        for companion in self.companions.iter().filter(|other| other.sidecar.role == Role::Overviews) {
            if let Some(found) = &companion.images {
                images.push(found);
            }
        }
        let mut list = vec![self.full()?.0];
        let mut missing = None;
        for images in images {
            for level in &images.levels {
                list.push(level);
            }
            if missing.is_none() {
                missing.clone_from(&images.broken);
            }
        }
        Ok(Levels { list, missing })
    }

    /// Reads the images of a sidecar, if it is there and they were not read yet.
    pub(super) fn read_companion(&mut self, file: FileId) -> Answer<()> {
        let Some(companion) = self.companion(file) else { return Ok(()) };
        if companion.images.is_some() {
            return Ok(());
        }
        let role = companion.sidecar.role;
        let images = match companion.sidecar.state {
            SidecarState::None => Ok(Images::default()),
            _ => {
                let full = match role {
                    Role::Overviews => Some(&self.full()?.0.image),
                    Role::MaskOverviews => self.external_mask().map(|mask| &mask.image),
                    _ => None,
                };
                images::external(&companion.tiff, role, full)
                    .and_then(|images| self.check_descent(file, images))
            }
        };
        match images {
            Ok(images) => {
                let Some(companion) = self.companion_mut(file) else { return Ok(()) };
                if companion.sidecar.state == SidecarState::Unprobed {
                    companion.sidecar.state = SidecarState::Present;
                }
                companion.images = Some(images);
            }
            // A breached limit is never hidden behind the base.
            Err(stop) => {
                let error = stop.into_error()?;
                if error.code() == Code::Limit {
                    return Err(error.into());
                }
                let error = self.told(file, error);
                if let Some(companion) = self.companion_mut(file) {
                    companion.set_failed(error);
                }
            }
        }
        Ok(())
    }

    /// A sidecar of a sidecar must be smaller than what it belongs to: else files that name each other would be followed in a circle.
    fn check_descent(&self, file: FileId, images: Images) -> Answer<Images> {
        let before = self.files_of(Role::Overviews).take_while(|other| *other != file).last();
        let parent = before.and_then(|before| self.images_of(before)?.levels.first());
        let first = images.levels.first().filter(|_| self.role_of(file) == Some(Role::Overviews));
        if let (Some(parent), Some(first)) = (parent, first) {
            let size = |level: &Level| (level.image.width, level.image.height);
            let (from, to) = (size(parent), size(first));
            if to.0 > from.0 || to.1 > from.1 || to == from {
                let message = format!(
                    "its first image of {}x{} is not smaller than that of {}x{} which it should reduce",
                    to.0, to.1, from.0, from.1
                );
                return Err(Error::malformed(message).into());
            }
        }
        Ok(images)
    }

    fn role_of(&self, file: FileId) -> Option<Role> {
        self.sidecar_of(file).map(|sidecar| sidecar.role)
    }
}

impl Companion {
    pub(super) fn set_failed(&mut self, error: Error) {
        self.sidecar.set_failed(error.clone());
        // An absent sidecar hides no levels.
        let broken = Some(error).filter(|_| self.sidecar.state != SidecarState::None);
        self.images = Some(Images { broken, ..Images::default() });
    }
}

fn no_file(file: FileId) -> Error {
    Error::internal(format!("the dataset has no file {}", file.0))
}
