//! `cargo bench --bench blocks -- FILE...`: what decoding a file's blocks costs, one thread, no JavaScript. MB/s of decoded
//! samples, each block's fastest of `ROUNDS` (a busy machine disturbs some of them, hardly all) and the median of whole
//! rounds, and a checksum. Bands come out one after the other, as reads give them; pixel by pixel with `LAYOUT=pixel`.
//!
//! For WebAssembly's code the same program runs under WASI:
//! `RUSTFLAGS=-Ctarget-feature=+simd128 cargo bench --bench blocks --target wasm32-wasip1 --no-run`, and
//! `node scripts/wasi-runner.mjs PROGRAM FILE...`.

use std::fs;
use std::time::Instant;

use pyramidion::codec::{Job, Order};
use pyramidion::limits::Limits;
use pyramidion::native::Raster;
use pyramidion::plan::{Request, plan};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(7);
    for path in std::env::args().skip(1).filter(|argument| !argument.starts_with("--")) {
        if let Err(error) = measure(&path, rounds) {
            println!("{path:40} {error}");
        }
    }
    Ok(())
}

fn measure(path: &str, rounds: u32) -> Result<(), Failure> {
    let blocks = blocks_of(path)?;
    let limits = Limits::default();
    let (mut times, mut fastest) = (Vec::new(), vec![f64::INFINITY; blocks.len()]);
    let (mut bytes, mut sum) = (0, 0_u64);
    for _ in 0..rounds {
        (bytes, sum) = (0, 0);
        let mut spent = 0.0;
        for ((job, stored), fastest) in blocks.iter().zip(&mut fastest) {
            let start = Instant::now();
            let samples = job.run(stored, &limits)?;
            let seconds = start.elapsed().as_secs_f64();
            spent += seconds;
            *fastest = fastest.min(seconds);
            bytes += samples.len();
            sum = samples.iter().fold(sum, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        }
        times.push(spent);
    }
    times.sort_by(f64::total_cmp);
    let speed = |seconds: f64| bytes as f64 / 1e6 / seconds;
    let (fastest, median) = (speed(fastest.iter().sum()), speed(times[times.len() / 2]));
    let name = path.rsplit('/').next().unwrap_or(path);
    println!("{name:40} {fastest:7.0} {median:7.0} MB/s  {sum:016x}");
    Ok(())
}

/// The full size's blocks and their stored bytes.
fn blocks_of(path: &str) -> Result<Vec<(Job, Vec<u8>)>, Failure> {
    let file = fs::read(path)?;
    let mut raster = Raster::open_path(path)?;
    let pixel = std::env::var("LAYOUT").is_ok_and(|layout| layout == "pixel");
    let layout = Some(if pixel { Order::Pixel } else { Order::Band });
    let request = Request { layout, ..Request::default() };
    let plan = raster.answer(|dataset| plan(dataset, &request))?;
    let stored = |start: u64, end: u64| file[start as usize..end as usize].to_vec();
    Ok(plan.blocks.into_iter().map(|block| (block.job, stored(block.start, block.end))).collect())
}
