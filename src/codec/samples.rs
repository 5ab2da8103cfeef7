//! A block's samples, copied only where they must be.

use super::output;
use crate::error::Result;

/// A block's samples, in the stored bytes themselves where they need no change.
pub(super) enum Samples<'a> {
    Stored(&'a [u8]),
    Owned(Vec<u8>),
}

impl Samples<'_> {
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Stored(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }

    /// The samples as a buffer of their own: copies only what is still the caller's.
    pub fn into_vec(self) -> Result<Vec<u8>> {
        match self {
            Self::Owned(bytes) => Ok(bytes),
            Self::Stored(bytes) => {
                let mut copy = output::reserved(bytes.len())?;
                copy.extend_from_slice(bytes);
                Ok(copy)
            }
        }
    }
}
