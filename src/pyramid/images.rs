//! The images of one file of a dataset: which of them are levels, which are masks.

use super::facts::{self, Facts};
use super::level::{Level, mismatch};
use super::sidecar::Role;
use crate::error::{Answer, Error, FileId};
use crate::tiff::ifd::Ifd;
use crate::tiff::tag::id;
use crate::tiff::values::need;
use crate::tiff::{Image, Tiff, colours, described, geo, geokeys, image, ojpeg, rpc, settings};

/// What a file holds, as far as its chain of directories could be followed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Images {
    /// Reduced images, in the order of the file; of a sidecar its first image too, whatever its NewSubfileType says.
    pub levels: Vec<Level>,
    /// Mask images, full and reduced.
    pub masks: Vec<Level>,
    /// Why there may be more of them.
    pub broken: Option<Error>,
    /// What went wrong without ending anything.
    pub warnings: Vec<String>,
}

/// NewSubfileType (254): bit 0 is a reduced image, bit 2 a mask.
const REDUCED: u64 = 1;
const MASK: u64 = 4;
/// GDAL looks at no more overviews of one image.
const MOST: usize = 30;

/// Reads the base's images behind its first, which is `full`.
///
/// # Errors
/// `Need`, and those of the header.
pub fn internal(tiff: &Tiff, full: &Image) -> Answer<Images> {
    let directories = tiff.directories()?;
    let later = directories.ifds.get(1..).unwrap_or_default();
    read(tiff, None, later, directories.broken, full)
}

/// Reads all images of a sidecar; `full` is what they must be reductions of, the sidecar's own first image where it is `None`.
///
/// # Errors
/// `Need`; those of the first directory.
pub fn external(tiff: &Tiff, role: Role, full: Option<&Image>) -> Answer<Images> {
    let file = tiff.bytes.file();
    let first = tiff.first_ifd()?;
    let (level, _) = read_level(tiff, file, &first)?;
    let directories = tiff.directories()?;
    let mut all = directories.ifds;
    match all.first_mut() {
        Some(place) => *place = first,
        None => all.push(first),
    }
    read(tiff, Some(role), &all, directories.broken, full.unwrap_or(&level.image))
}

/// Reads the image and the facts of one directory.
///
/// # Errors
/// Those of its tags.
pub fn read_level(tiff: &Tiff, file: FileId, ifd: &Ifd) -> Answer<(Level, Vec<String>)> {
    let header = tiff.header()?;
    let values = tiff.values(&header);
    values.gather(
        ifd,
        &[
            image::TAGS,
            settings::TAGS,
            ojpeg::TAGS,
            colours::TAGS,
            facts::TAGS,
            geo::TAGS,
            geokeys::TAGS,
            rpc::TAGS,
            &described::tags(ifd),
        ]
        .concat(),
    )?;
    let mut warnings = Vec::new();
    let image = Image::read(&values, ifd, &mut warnings)?;
    let mut own = Facts::read(&values, ifd, &image)?;
    warnings.append(&mut own.warnings);
    Ok((Level { file, image, first: false, own, suspect: None }, warnings))
}

fn read(
    tiff: &Tiff,
    role: Option<Role>,
    ifds: &[Ifd],
    broken: Option<Error>,
    full: &Image,
) -> Answer<Images> {
    let name = role.map_or("the file", Role::noun);
    let mut images = Images { broken, ..Images::default() };
    if let Some(error) = &images.broken {
        images.warnings.push(format!("not all directories of {name} could be read: {error}"));
    }
    let mut needs = Vec::new();
    for (index, ifd) in ifds.iter().enumerate() {
        let opens = role.is_some() && index == 0;
        let kind = if opens { REDUCED } else { kind(tiff, ifd) };
        if kind & (REDUCED | MASK) == 0 {
            continue;
        }
        match read_level(tiff, tiff.bytes.file(), ifd) {
            Ok((mut level, _)) => {
                level.first = opens;
                if kind & MASK != 0 {
                    images.masks.push(level);
                } else if level.image.bands != full.bands && !opens {
                    let (own, bands, at) = (level.image.bands, full.bands, ifd.offset);
                    let why = format!("it has {own} bands, the full-size image {bands}");
                    images.warnings.push(format!("an overview at byte {at} of {name} is left out: {why}"));
                } else if images.levels.len() < MOST + usize::from(role.is_some()) {
                    images.add_level(level, full, name);
                }
            }
            Err(stop) => match stop.into_need() {
                Ok(need) => needs.extend(need.ranges),
                Err(error) => {
                    let what = if kind & MASK == 0 { "an overview" } else { "a mask" };
                    let at = ifd.offset;
                    images.warnings.push(format!("{what} at byte {at} of {name} is left out: {error}"));
                }
            },
        }
    }
    need(&tiff.bytes, needs)?;
    Ok(images)
}

impl Images {
    fn add_level(&mut self, mut level: Level, full: &Image, name: &str) {
        level.suspect = mismatch(full, &level.image).or_else(|| level.grey_of_bits());
        let warning = level.suspect.as_ref();
        self.warnings.extend(warning.map(|why| format!("an overview in {name} is never chosen: {why}")));
        self.levels.push(level);
    }
}

/// NewSubfileType, or what the older tag says in its terms.
fn kind(tiff: &Tiff, ifd: &Ifd) -> u64 {
    let kind = tiff.header().and_then(|header| {
        let values = tiff.values(&header);
        // Of several values libtiff takes none.
        let one = |tag| match ifd.entry(tag) {
            Some(entry) if entry.count != 1 => Ok(None),
            _ => values.unsigned(ifd, tag),
        };
        Ok(match one(id::NEW_SUBFILE_TYPE)? {
            Some(bits) => bits,
            // SubfileType 2 is a reduced image.
            None => u64::from(one(id::SUBFILE_TYPE)? == Some(2)),
        })
    });
    kind.unwrap_or(0)
}
