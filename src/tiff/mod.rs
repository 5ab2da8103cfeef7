//! The file as the TIFF specification describes it, over the bytes supplied so far.

pub mod bytes;
pub mod colours;
pub mod described;
pub mod embedded;
pub mod gdal;
pub mod geo;
pub mod geokeys;
pub mod ghost_area;
pub mod header;
pub mod ifd;
pub mod image;
pub mod leaders;
pub mod nodata;
pub mod number;
pub mod rpc;
pub mod settings;
pub mod table;
pub mod tag;
pub mod values;

mod fields;
mod file;
mod oddities;
pub mod ojpeg;

pub use bytes::Supplied;
pub use file::Tiff;
pub use ghost_area::GhostArea;
pub use header::Header;
pub use ifd::Ifd;
pub use image::Image;
