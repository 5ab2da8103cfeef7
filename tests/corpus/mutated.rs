//! Damaged blocks: whatever a codec is given, it answers or refuses, and never panics.

use std::time::{Duration, Instant};

use pyramidion::limits::Limits;
use pyramidion::native::Raster;
use pyramidion::pyramid::Options;
use serde_json::Value;

use crate::fixture;

/// Changes of each fixture.
const ROUNDS: u64 = 60;
/// Files above this size would take the time of many small ones.
const LARGEST: usize = 20_000;

/// A generator of numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }
}

/// Replaces, turns or moves some bytes; the length stays, so that tables of offsets still point at blocks.
fn mutate(bytes: &mut [u8], random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(5) {
            0 => bytes[at] = random.below(256) as u8,
            1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes[at] = [0, 0xFF, 0x7F, 0x80, 1][random.below(5)],
            3 => {
                let length = random.below(40).min(bytes.len() - at);
                bytes[at..at + length].fill(random.below(256) as u8);
            }
            _ => {
                let from = random.below(bytes.len());
                let length = random.below(16).min(bytes.len() - at.max(from));
                bytes.copy_within(from..from + length, at);
            }
        }
    }
}

/// Directories stand behind the blocks in most of these files, and are short: most changes meet a block.
#[test]
fn damaged_files_end_in_pixels_or_a_typed_error() {
    let mut read = 0_u32;
    let mut refused = 0_u32;
    for (seed, entry) in fixture::all().iter().enumerate().filter(|(_, entry)| is_of_a_part(entry)) {
        let sound = std::fs::read(fixture::path(entry)).expect("a fixture's file");
        if sound.len() > LARGEST || sound.len() <= 16 {
            continue;
        }
        let mut random = Random(seed as u64);
        for round in 0..ROUNDS {
            let mut bytes = sound.clone();
            mutate(&mut bytes[16..], &mut random);
            let start = Instant::now();
            match attempt(&bytes) {
                true => read += 1,
                false => refused += 1,
            }
            let time = start.elapsed();
            assert!(time < Duration::from_secs(60), "{}: {time:?} in round {round}", fixture::name(entry));
        }
    }
    assert!(read > 1000 && refused > 500, "{read} read, {refused} refused");
}

fn is_of_a_part(entry: &Value) -> bool {
    entry["file"].as_str().is_some_and(|file| file.starts_with("more/"))
}

fn attempt(bytes: &[u8]) -> bool {
    // Sizes may be damaged too: what takes long to fill is not of interest here.
    let limits = Limits { block_bytes: 4 << 20, output_bytes: 4 << 20, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let Ok(mut raster) = Raster::open(vec![Some(bytes)], Vec::new(), options) else {
        return false;
    };
    raster.read(&fixture::whole_level(0)).is_ok()
}
