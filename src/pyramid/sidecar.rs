//! A file next to the base: what it is for, its name, and what became of looking for it.

use serde::Serialize;

use crate::error::{Code, Error};

/// What a file beside the base is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// `.ovr`: overviews; after the first one, those of the `.ovr` before it (`.ovr.ovr`).
    Overviews,
    /// `.msk`: the mask of the full size.
    Mask,
    /// `.msk.ovr`: its overviews.
    MaskOverviews,
    /// `.aux.xml`: what GDAL knows besides (PAM).
    Auxiliary,
    /// `.tfw`, `.tifw` or `.wld`: a transform as text.
    WorldFile,
}

impl Role {
    /// How errors and warnings call such a file.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Overviews => "the sidecar",
            Self::Mask => "the mask file",
            Self::MaskOverviews => "the mask's sidecar",
            Self::Auxiliary => "the auxiliary file",
            Self::WorldFile => "the world file",
        }
    }

    fn contents(self) -> &'static str {
        match self {
            Self::Overviews => "overviews",
            Self::Mask | Self::MaskOverviews => "masks",
            Self::Auxiliary | Self::WorldFile => "facts",
        }
    }
}

/// What is known of a sidecar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SidecarState {
    /// Nothing has asked for it yet.
    Unprobed,
    /// There is none, or it is not to be looked for.
    None,
    /// It was opened.
    Present,
    /// Something is there that could not be read.
    Unreadable,
}

/// A sidecar of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Sidecar {
    /// What it is for.
    pub role: Role,
    /// What is known.
    pub state: SidecarState,
    /// Its URL or name, where it has one.
    pub url: Option<String>,
    /// Why it is not used.
    pub reason: Option<String>,
    /// The failure behind `reason`.
    pub cause: Option<Error>,
    /// Whether its absence deserves a warning: it was asked for.
    pub expected: bool,
}

impl Sidecar {
    /// One that may be there.
    pub fn unprobed(role: Role, url: Option<String>, expected: bool) -> Self {
        Self { role, state: SidecarState::Unprobed, url, reason: None, cause: None, expected }
    }

    /// One that is not looked for, and why.
    pub fn never(role: Role, reason: &str) -> Self {
        let reason = Some(reason.to_owned());
        Self { role, state: SidecarState::None, url: None, reason, cause: None, expected: false }
    }

    /// Remembers that nothing could be read of it: absent for a refusal or a dead network, unreadable for anything else.
    pub fn set_failed(&mut self, error: Error) {
        self.state = match error.code() {
            Code::NotFound | Code::Forbidden | Code::Network => SidecarState::None,
            _ => SidecarState::Unreadable,
        };
        self.reason = Some(error.message().to_owned());
        self.cause = Some(error);
    }

    /// The warning that its failure deserves.
    pub fn warning(&self) -> Option<String> {
        let failed = match self.state {
            SidecarState::Unreadable => true,
            SidecarState::None => self.expected && self.cause.is_some(),
            SidecarState::Unprobed | SidecarState::Present => false,
        };
        let name = self.url.as_deref().unwrap_or(self.role.noun());
        let reason = self.reason.as_deref().unwrap_or("unknown reason");
        let contents = self.role.contents();
        failed.then(|| format!("{contents} of {name} are not used: {reason}"))
    }
}

/// The URL of a sidecar: the suffix on the path, query and fragment kept behind it.
pub fn sidecar_url(base: &str, suffix: &str) -> String {
    let (path, rest) = split_path(base);
    format!("{path}{suffix}{rest}")
}

/// The URL of a file whose name ends otherwise: the extension of the path replaced, query and fragment kept; `None` without extension.
pub fn replaced_extension(base: &str, extension: &str) -> Option<String> {
    let (path, rest) = split_path(base);
    let stem = path.get(..path.rfind('.').filter(|dot| path.rfind('/').is_none_or(|slash| slash < *dot))?)?;
    Some(format!("{stem}.{extension}{rest}"))
}

/// Extensions of the world file of a base of that name, in GDAL's order: first and last letter with a `w`, the whole with a `w`, `wld`.
pub fn world_extensions(base: &str) -> Vec<String> {
    let (path, _) = split_path(base);
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rfind('.').and_then(|dot| name.get(dot + 1..)).unwrap_or_default();
    let mut list = Vec::new();
    if let (Some(first), Some(last)) = (extension.chars().next(), extension.chars().last()) {
        list.push(format!("{first}{last}w"));
        list.push(format!("{extension}w"));
        list.push("wld".to_owned());
    }
    list
}

fn split_path(base: &str) -> (&str, &str) {
    let end = base.find(['?', '#']).unwrap_or(base.len());
    base.split_at_checked(end).unwrap_or((base, ""))
}

/// Whether a URL has a query: probing is then off unless asked for, since a signature covers one path only.
pub fn has_query(url: &str) -> bool {
    url.split('#').next().is_some_and(|before| before.contains('?'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A.4
    #[test]
    fn a4_name_is_built_on_the_path() {
        let ovr = |base| sidecar_url(base, ".ovr");
        assert_eq!(ovr("https://a.b/c/d.tif"), "https://a.b/c/d.tif.ovr");
        assert_eq!(ovr("https://a.b/d.tif?x=1.tif&y"), "https://a.b/d.tif.ovr?x=1.tif&y");
        assert_eq!(ovr("https://a.b/d.tif#f?g"), "https://a.b/d.tif.ovr#f?g");
        assert!(
            has_query("https://a.b/d.tif?x") && !has_query("https://a.b/d.tif#f?g") && !has_query("/d.tif")
        );
    }

    #[test]
    fn a24_world_files_replace_the_extension() {
        assert_eq!(world_extensions("https://a.b/d.tif?x=1.png"), ["tfw", "tifw", "wld"]);
        assert_eq!(world_extensions("https://a.b/d"), [""; 0]);
        assert_eq!(
            replaced_extension("https://a.b/d.e.tif?x=1", "tfw").as_deref(),
            Some("https://a.b/d.e.tfw?x=1")
        );
        assert_eq!(replaced_extension("https://a.b/d", "tfw"), None);
    }
}
