//! Prints what a file is, level by level, and a checksum of each level's pixels: `cargo run --example describe FILE`.

use pyramidion::native::Raster;
use pyramidion::plan::Request;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let mut raster = Raster::open_path(&path)?;
        let levels = raster.answer(|dataset| dataset.level_infos(Some(&path)))?;
        let info = raster.dataset.info()?;
        println!("{path}: {} bands of {:?}, {:?}", info.band_count, info.dtype, info.sidecar.state);
        for level in levels {
            let request = Request { level: Some(f64::from(level.index)), ..Request::default() };
            let pixels = raster.read(&request)?.data;
            let sum =
                pixels.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
            println!(
                "  {} {}x{} {} {} {sum:016x}",
                level.index, level.width, level.height, level.file, level.compression
            );
        }
        for warning in info.warnings {
            println!("  warning: {warning}");
        }
    }
    Ok(())
}
