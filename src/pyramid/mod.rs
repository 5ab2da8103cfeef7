//! Base and sidecars as one dataset: levels, and the best one for a size.

pub mod best_level;
pub mod dataset;
pub mod facts;
pub mod info;
pub mod level;
pub mod sidecar;

pub use dataset::{Dataset, Levels, Options, OverviewPolicy};
pub use level::Level;
pub use sidecar::{Sidecar, SidecarState};
