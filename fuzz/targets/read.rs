//! Any request of any file with any sidecar, read: pixels of the size that was planned, or an error.

use super::file;
use super::input::Input;
use super::request::request;

pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let request = request(&mut input);
    let length = input.u16();
    let sidecar = (length > 0).then(|| input.bytes(length.into()));
    let Ok(mut raster) = file::open(input.0, sidecar) else { return };
    if let Ok(pixels) = raster.read(&request) {
        assert_eq!(pixels.data.len() as u64, pixels.plan.bytes);
    }
    file::check_rounds(&raster);
}
