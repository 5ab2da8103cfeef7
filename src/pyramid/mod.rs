//! Base and sidecars as one dataset: levels, and the best one for a size.

pub mod auxiliary;
pub mod best_level;
pub mod dataset;
pub mod facts;
pub mod images;
pub mod info;
pub mod level;
pub mod masks;
pub mod neighbours;
pub mod pam;
pub mod sidecar;
pub mod world_file;

pub use dataset::{Dataset, Levels, Options, OverviewPolicy};
pub use level::Level;
pub use masks::MaskOrigin;
pub use sidecar::{Role, Sidecar, SidecarState};
