//! The tags that only some compressions ask about.

use super::fields::Fields;
use super::ifd::Ifd;
use super::tag::id;
use super::values::Values;
use crate::error::Answer;
use crate::pixel::CodecSettings;

/// The tags that [`read`] reads.
pub const TAGS: &[u16] =
    &[id::T4_OPTIONS, id::T6_OPTIONS, id::JPEG_TABLES, id::YCBCR_SUBSAMPLING, id::LERC_PARAMETERS];

/// What the image's compression wants to know; nothing is read that it does not ask about. What does not count becomes a warning.
///
/// # Errors
/// As [`Values::raw`] and [`Values::unsigned_list`].
pub fn read(
    values: &Values<'_>,
    ifd: &Ifd,
    compression: u16,
    photometric: u16,
    warnings: &mut Vec<String>,
) -> Answer<CodecSettings> {
    let mut settings = CodecSettings { photometric, ..CodecSettings::default() };
    let fill_order = fill_order(values, ifd)?;
    settings.reversed_bits = fill_order == Some(2);
    if let Some(found @ (0 | 3..)) = fill_order {
        warnings.push(format!("left out: FillOrder is {found}, expected 1 or 2"));
    }
    settings.subsampling = factors(values, ifd, warnings)?.unwrap_or_default();
    match compression {
        3 => settings.option = first(values, ifd, id::T4_OPTIONS)?,
        4 => settings.option = first(values, ifd, id::T6_OPTIONS)?,
        7 => {
            if let Some(entry) = ifd.entry(id::JPEG_TABLES) {
                settings.jpeg_tables = values.raw(entry)?.to_vec();
            }
        }
        34887 => {
            if let [version, around, ..] = list(values, ifd, id::LERC_PARAMETERS)?[..] {
                settings.lerc = [version, around].map(|value| value.try_into().unwrap_or(u32::MAX));
            }
        }
        _ => {}
    }
    Ok(settings)
}

/// FillOrder, where it makes sense: else it does not count.
fn fill_order(values: &Values<'_>, ifd: &Ifd) -> Answer<Option<u16>> {
    Fields { values, ifd }.forgiven(id::FILL_ORDER, &mut Vec::new())
}

/// YCbCrSubSampling; `None` without the tag, and where it does not count: a warning tells of it.
pub(super) fn factors(
    values: &Values<'_>,
    ifd: &Ifd,
    warnings: &mut Vec<String>,
) -> Answer<Option<[u16; 2]>> {
    let found = match (Fields { values, ifd }).shorts(id::YCBCR_SUBSAMPLING) {
        Err(stop) => {
            warnings.push(format!("left out: {}", stop.into_error()?));
            return Ok(None);
        }
        found => found?,
    };
    match found.as_deref() {
        Some([across, down]) => Ok(Some([*across, *down])),
        Some(others) => {
            warnings.push(format!("left out: YCbCrSubSampling has {} values, expected 2", others.len()));
            Ok(None)
        }
        None => Ok(None),
    }
}

/// The values of a tag; none where they make no sense, which is for the decoder to mind.
pub(super) fn list(values: &Values<'_>, ifd: &Ifd, tag: u16) -> Answer<Vec<u64>> {
    match values.unsigned_list(ifd, tag) {
        Err(stop) if !stop.is_need() => Ok(Vec::new()),
        found => Ok(found?.unwrap_or_default()),
    }
}

pub(super) fn first(values: &Values<'_>, ifd: &Ifd, tag: u16) -> Answer<u32> {
    let first = list(values, ifd, tag)?.first().copied().unwrap_or(0);
    Ok(first.try_into().unwrap_or(u32::MAX))
}
