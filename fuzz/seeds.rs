//! `cargo run --example seeds FOLDER`, in `fuzz/`: first inputs for every target, made from the fixtures. Whole small files for `open`, with a
//! request before them for `plan` and `read`; single blocks with their layout for `decode`; texts; noise for `net`.

use std::path::{Path, PathBuf};

use pyramidion::native::Raster;
use pyramidion::pixel::{BlockLayout, ByteOrder, SampleFormat};
use pyramidion::plan::{Request, plan};

#[path = "targets/mod.rs"]
#[allow(dead_code)]
mod targets;

use targets::decode::{BITS, COMPRESSIONS};

const LARGEST: usize = 12_000;

fn main() {
    let out = PathBuf::from(std::env::args().nth(1).expect("the folder to write to"));
    let mut seeds = Seeds { out, count: 0 };
    for folder in folders() {
        for path in files(&folder) {
            seeds.of_file(&path);
        }
    }
    seeds.texts();
    (0..64).for_each(|seed| seeds.write("net", &noise(seed, 800)));
    println!("{} inputs", seeds.count);
}

fn folders() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures");
    let more = files(&fixtures.join("more")).into_iter().filter(|path| path.is_dir());
    [fixtures.join("data"), fixtures.join("beside")].into_iter().chain(more).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

struct Seeds {
    out: PathBuf,
    count: u32,
}

impl Seeds {
    fn write(&mut self, target: &str, input: &[u8]) {
        let folder = self.out.join(target);
        std::fs::create_dir_all(&folder).expect("a folder for inputs");
        std::fs::write(folder.join(format!("seed-{:05}", self.count)), input).expect("an input is written");
        self.count += 1;
    }

    fn of_file(&mut self, path: &Path) {
        let Ok(bytes) = std::fs::read(path) else { return };
        if path.to_string_lossy().ends_with(".aux.xml") {
            self.write("text", &bytes);
        }
        if bytes.len() <= LARGEST {
            self.write("open", &bytes);
            let request = request(self.count);
            self.write("plan", &[&request[..], &bytes].concat());
            self.write("read", &[&request[..], &[0, 0], &bytes].concat());
        }
        self.blocks(path);
    }

    /// The first blocks of the full-size image.
    fn blocks(&mut self, path: &Path) {
        let Ok(mut raster) = Raster::open_path(path) else { return };
        let Ok(plan) = raster.answer(|dataset| plan(dataset, &Request::default())) else { return };
        let Ok(bytes) = std::fs::read(path) else { return };
        for block in plan.blocks.iter().take(2) {
            let Some(stored) = bytes.get(block.start as usize..block.end as usize) else { continue };
            if stored.len() <= LARGEST && !stored.is_empty() {
                self.write("decode", &[&layout(&block.job.layout)[..], &[0, 0], stored].concat());
            }
        }
    }

    fn texts(&mut self) {
        for text in [
            "<GDALMetadata><Item name=\"A\" sample=\"0\" role=\"scale\">2</Item></GDALMetadata>",
            "<PAMDataset><PAMRasterBand band=\"1\"><NoDataValue>9</NoDataValue></PAMRasterBand></PAMDataset>",
            "10\n0\n0\n-10\n1\n2\n",
        ] {
            self.write("text", text.as_bytes());
        }
    }
}

/// One of each shape of a request, in turn, as `targets/request.rs` takes it from the front.
fn request(turn: u32) -> Vec<u8> {
    let shape = [0_u8, 1, 2, 3, 7, 16, 19, 130, 8][turn as usize % 9];
    let lists = [1, 2, 8].iter().filter(|bit| shape & **bit != 0).count();
    let numbers = (0..lists as u32 * 4).flat_map(|i| (1 + (turn + i) % 9).to_le_bytes().into_iter().take(2));
    std::iter::once(shape).chain(numbers).collect()
}

/// A layout as `targets/decode.rs` takes it from the front: what it cannot say is left out.
fn layout(layout: &BlockLayout) -> Vec<u8> {
    let place = |found: Option<usize>| found.unwrap_or(0) as u8;
    let settings = &layout.settings;
    let power = |factor: u16| factor.max(1).trailing_zeros() as u8 & 3;
    let shape = u8::from(settings.reversed_bits)
        | power(settings.subsampling[0]) << 1
        | power(settings.subsampling[1]) << 3
        | (settings.lerc[1] as u8 & 3) << 5
        | u8::from(layout.byte_order == ByteOrder::Big) << 7;
    let format = match layout.format {
        SampleFormat::Unsigned => 0,
        SampleFormat::Signed => 1,
        _ => 2,
    };
    let mut input = vec![place(COMPRESSIONS.iter().position(|number| *number == layout.compression)), shape];
    input.extend([settings.photometric as u8, settings.option as u8, (layout.predictor - 1) as u8]);
    input.extend(((layout.width - 1) as u16).to_le_bytes());
    input.extend(((layout.height - 1) as u16).to_le_bytes());
    input.push((layout.samples - 1) as u8);
    input.push(place(BITS.iter().position(|bits| *bits == layout.bits)));
    input.push(format);
    let tables = &settings.jpeg_tables[..settings.jpeg_tables.len().min(1023)];
    input.extend((tables.len() as u16).to_le_bytes());
    input.extend(tables);
    input
}

fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}
