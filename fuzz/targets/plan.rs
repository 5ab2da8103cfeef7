//! Any request of any file: what is planned lies in the result, in the file, and within the bounds.

use pyramidion::plan::{Plan, plan};

use super::file;
use super::input::Input;
use super::request::request;

pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let request = request(&mut input);
    let Ok(mut raster) = file::open(input.0, None) else { return };
    if let Ok(plan) = raster.answer(|dataset| plan(dataset, &request)) {
        check(&plan);
    }
    file::check_rounds(&raster);
}

fn check(plan: &Plan) {
    let limits = file::limits();
    assert!(plan.bytes <= limits.output_bytes);
    let mut covered = 0;
    for block in &plan.blocks {
        let place = &block.placement;
        assert!(place.x + place.width <= plan.width && place.y + place.height <= plan.height, "{place:?}");
        assert!(place.bands.iter().all(|band| (*band as usize) < plan.bands.len()), "{place:?}");
        assert!(block.end >= block.start && block.end - block.start <= limits.encoded_block_bytes);
        let wanted = (block.job.columns.count(), block.job.rows.count(), block.job.samples.len());
        assert_eq!(wanted, (place.width.into(), place.height.into(), place.bands.len()));
        assert!(block.job.output_bytes().is_ok());
        covered += u64::from(place.width) * u64::from(place.height) * place.bands.len() as u64;
    }
    let whole = u64::from(plan.width) * u64::from(plan.height) * plan.bands.len() as u64;
    assert_eq!(covered, whole, "each pixel of each band belongs to one block");
}
