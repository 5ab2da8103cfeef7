use pyramidion::native::Raster;
use pyramidion::plan::{Request, plan};
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let mut r = Raster::open_path(&path).unwrap();
    let request = Request { window: Some([2048.0, 2048.0, 4096.0, 4096.0]), ..Default::default() };
    let t = std::time::Instant::now();
    let mut n = 0;
    for _ in 0..400 {
        n += r.answer(|d| plan(d, &request)).unwrap().blocks.len();
    }
    println!("{} blocks, {:?} per plan", n / 400, t.elapsed() / 400);
}
