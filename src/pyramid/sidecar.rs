//! The `.ovr` file next to the base: its name, and what became of looking for it.

use serde::Serialize;

use crate::error::{Code, Error};

/// What is known of the sidecar.
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

/// The sidecar of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Sidecar {
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
    pub fn unprobed(url: Option<String>, expected: bool) -> Self {
        Self { state: SidecarState::Unprobed, url, reason: None, cause: None, expected }
    }

    /// One that is not looked for, and why.
    pub fn never(reason: &str) -> Self {
        let reason = Some(reason.to_owned());
        Self { state: SidecarState::None, url: None, reason, cause: None, expected: false }
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
        let name = self.url.as_deref().unwrap_or("the sidecar");
        let reason = self.reason.as_deref().unwrap_or("unknown reason");
        failed.then(|| format!("overviews of {name} are not used: {reason}"))
    }
}

/// The URL of a base's sidecar: `.ovr` on the path, query and fragment kept behind it.
pub fn sidecar_url(base: &str) -> String {
    let end = base.find(['?', '#']).unwrap_or(base.len());
    let (path, rest) = base.split_at_checked(end).unwrap_or((base, ""));
    format!("{path}.ovr{rest}")
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
    fn name_is_built_on_the_path() {
        assert_eq!(sidecar_url("https://a.b/c/d.tif"), "https://a.b/c/d.tif.ovr");
        assert_eq!(sidecar_url("https://a.b/d.tif?x=1.tif&y"), "https://a.b/d.tif.ovr?x=1.tif&y");
        assert_eq!(sidecar_url("https://a.b/d.tif#f?g"), "https://a.b/d.tif.ovr#f?g");
        assert!(
            has_query("https://a.b/d.tif?x") && !has_query("https://a.b/d.tif#f?g") && !has_query("/d.tif")
        );
    }
}
