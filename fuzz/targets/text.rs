//! The texts beside and inside a file: GDAL_METADATA, auxiliary files, world files.

use pyramidion::pyramid::{pam, world_file};
use pyramidion::tiff::gdal;

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = gdal::Metadata::parse(text);
    let _ = pam::Pam::parse(text);
    let _ = world_file::parse(text);
}
