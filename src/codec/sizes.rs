//! How many bytes a block takes, bounded before anything is allocated.

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::{BlockLayout, Colours};

/// Bytes of a block and of one of its rows, before and after bits are unpacked.
pub(super) struct Sizes {
    pub stored: usize,
    pub stored_row: usize,
    pub decoded: usize,
    pub decoded_row: usize,
}

impl Sizes {
    /// # Errors
    /// `limit` for a block over `limits.block_bytes`; as [`BlockLayout::data_type`].
    pub fn of(layout: &BlockLayout, limits: &Limits) -> Result<Self> {
        let stored = layout.stored_bytes().unwrap_or(u64::MAX);
        let decoded_row =
            (u64::from(layout.width) * u64::from(layout.samples)).saturating_mul(layout.data_type()?.size());
        let decoded = decoded_row.saturating_mul(u64::from(layout.height));
        let pixels = u64::from(layout.width) * u64::from(layout.height);
        let produced = match layout.settings.colours {
            Colours::Stored => 0,
            _ => pixels.saturating_mul(layout.produced_samples().into()),
        };
        let largest = stored.max(decoded).max(produced);
        let too_large =
            || Error::limit("block_bytes", "bytes of one decoded block", largest, limits.block_bytes);
        if largest > limits.block_bytes {
            return Err(too_large());
        }
        // Where usize has 32 bits, a limit set by the caller may lie beyond it.
        let memory = |bytes: u64| usize::try_from(bytes).map_err(|_| too_large());
        Ok(Self {
            stored: memory(stored)?,
            stored_row: memory(layout.stored_row_bytes().unwrap_or(u64::MAX))?,
            decoded: memory(decoded)?,
            decoded_row: memory(decoded_row)?,
        })
    }
}
