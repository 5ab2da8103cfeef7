//! A file is opened, its levels are listed, and everything is told of it.

use super::file;

pub fn run(data: &[u8]) {
    let Ok(mut raster) = file::open(data, None) else { return };
    let _ = raster.answer(|dataset| Ok(dataset.info()?));
    let _ = raster.answer(|dataset| dataset.level_infos(None));
    file::check_rounds(&raster);
}
