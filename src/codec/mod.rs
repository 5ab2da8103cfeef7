//! From a block's stored bytes to the samples that were asked for.

pub mod job;

pub use job::{Axis, Job, Order};

/// Temporary until the codec branch lands.
pub fn check(_layout: &crate::pixel::BlockLayout) -> crate::error::Result<()> {
    Ok(())
}

/// Temporary until the codec branch lands.
pub fn compression_name(number: u16) -> String {
    format!("{number}")
}
