//! Facts from files beside the base: `.aux.xml`, whose word counts before the base's own, and world files, which count last.

use super::Dataset;
use super::facts::Facts;
use super::level::Level;
use super::pam::Pam;
use super::sidecar::{Role, SidecarState};
use super::world_file;
use crate::byte_range::ByteRange;
use crate::error::{Answer, Code, Error, FileId, Result, Stop};
use crate::tiff::Supplied;
use crate::tiff::values::{need, text_of};

/// Least number of bytes asked for of a text of unknown length.
const PIECE: u64 = 4096;

impl Dataset {
    /// Adds what the auxiliary files say to the facts of the base, whose image is `level`; looks for none that the dataset was not
    /// given.
    ///
    /// # Errors
    /// `Need`, `limit`; an unreadable file is a warning.
    pub(super) fn add_auxiliary(&mut self, facts: &mut Facts, level: &Level) -> Answer<()> {
        let data_type = level.image.data_type;
        if let Some(pam) = self.parsed(Role::Auxiliary, Pam::parse)? {
            facts.take_pam(pam, data_type);
        }
        if facts.transform.is_none() {
            facts.transform = self.parsed(Role::WorldFile, world_file::parse)?;
        }
        Ok(())
    }

    fn parsed<T>(&mut self, role: Role, parse: impl Fn(&str) -> Result<T>) -> Answer<Option<T>> {
        let Some(file) = self.file_of(role) else { return Ok(None) };
        let unusable = |state| matches!(state, SidecarState::None | SidecarState::Unreadable);
        if self.sidecar_of(file).is_none_or(|sidecar| unusable(sidecar.state)) {
            return Ok(None);
        }
        let parsed = self.text(file).and_then(|text| Ok(parse(&text)?));
        match parsed {
            Ok(parsed) => {
                if let Some(sidecar) = self.sidecar_mut(file) {
                    sidecar.state = SidecarState::Present;
                }
                Ok(Some(parsed))
            }
            Err(stop) => {
                let error = stop.into_error()?;
                if error.code() == Code::Limit {
                    return Err(error.into());
                }
                if let Some(sidecar) = self.sidecar_mut(file) {
                    sidecar.set_failed(error);
                }
                Ok(None)
            }
        }
    }

    fn text(&self, file: FileId) -> Answer<String> {
        whole(&self.file(file)?.bytes, self.options.limits.tag_bytes).map(text_of)
    }
}

/// All bytes of a file, of which there may be at most `limit`.
fn whole(bytes: &Supplied, limit: u64) -> Answer<&[u8]> {
    let too_long = |found| Stop::from(Error::limit("tag_bytes", "bytes of an auxiliary file", found, limit));
    if let Some(end) = bytes.end() {
        return if end > limit { Err(too_long(end)) } else { bytes.get(ByteRange::new(0, end), "the text") };
    }
    let known = bytes.from(0, usize::MAX).len() as u64;
    if known >= limit {
        return Err(too_long(known));
    }
    let end = known.saturating_mul(2).max(PIECE).min(limit);
    need(bytes, vec![ByteRange::new(known, end)])?;
    Ok(&[])
}
