//! From a block's stored bytes to the samples that were asked for.

pub mod job;

pub use job::{Axis, Job, Order};
