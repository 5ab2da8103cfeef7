//! All metadata of every fixture parses when it is fed one byte at a time, and with a bounded number of restarts.

use pyramidion::byte_range::ByteRange;
use pyramidion::error::{FileId, Result};
use pyramidion::native::{Raster, Source};
use pyramidion::pyramid::{Options, Role, Sidecar};
use serde_json::Value;

use crate::fixture;

/// Bytes in memory, handed out exactly as asked for, or in rounded pieces.
struct Slice {
    bytes: Vec<u8>,
}

impl Source for Slice {
    fn read(&mut self, range: ByteRange) -> Result<Vec<u8>> {
        (&self.bytes[..]).read(range)
    }
}

fn sources(entry: &Value) -> Vec<Option<Slice>> {
    let read = |path| std::fs::read(path).ok().map(|bytes| Slice { bytes });
    let sidecar = entry["sidecar"].as_str().map(|file| fixture::folder().join(file));
    vec![read(fixture::path(entry)), sidecar.and_then(read)]
}

fn sidecars() -> Vec<Sidecar> {
    vec![Sidecar::unprobed(Role::Overviews, None, false)]
}

fn describe(raster: &mut Raster<Slice>) -> Result<String> {
    let levels = raster.answer(|dataset| dataset.level_infos(Some("x")))?;
    Ok(format!("{:?} {levels:?}", raster.dataset.info()?))
}

fn opened(entry: &Value) -> Result<Raster<Slice>> {
    Raster::open(sources(entry), sidecars(), Options::default())
}

#[test]
fn needs_are_met_in_few_restarts() {
    for entry in fixture::all().iter().filter(|entry| entry.get("expect").is_some()) {
        let name = fixture::name(entry);
        let mut raster = opened(entry).expect(name);
        describe(&mut raster).expect(name);
        let directories = |file| {
            raster.dataset.file(file).unwrap().directories().map_or(0, |found| found.ifds.len() as u64)
        };
        let directories = directories(FileId::BASE) + directories(FileId(1));
        // Exact needs, nothing rounded: two headers, then for each directory its count, its entries and its values.
        let bound = 8 + 3 * directories;
        assert!(raster.restarts <= bound, "{name}: {} restarts, expected at most {bound}", raster.restarts);
    }
}

#[test]
fn metadata_parses_one_byte_at_a_time() {
    for entry in fixture::all().iter().filter(|entry| entry.get("expect").is_some()) {
        let name = fixture::name(entry);
        let expected = describe(&mut opened(entry).expect(name)).expect(name);
        let mut files = sources(entry);
        let mut dataset = pyramidion::pyramid::Dataset::new(sidecars(), Options::default());
        let mut bytes_fed = 0_u64;
        let levels = loop {
            let (file, ranges) = match dataset.level_infos(Some("x")) {
                Ok(levels) => break levels,
                Err(stop) => {
                    let need = stop.into_need().unwrap_or_else(|error| panic!("{name}: {error}"));
                    (need.file, need.ranges)
                }
            };
            // One byte of the first range only, then the question again.
            let first = ByteRange::at(ranges[0].start, 1).unwrap();
            let byte = match &mut files[file.0 as usize] {
                Some(source) => source.read(first).unwrap(),
                None => {
                    let absent = pyramidion::error::Error::new(
                        pyramidion::error::Code::NotFound,
                        "there is no such file",
                    );
                    dataset.fail(file, absent).unwrap();
                    continue;
                }
            };
            if byte.is_empty() {
                dataset.ends_by(file, first.start);
            }
            dataset.supply(file, first.start, &byte).unwrap();
            bytes_fed += 1;
            assert!(bytes_fed < 1 << 20, "{name}: never has enough");
        };
        assert_eq!(format!("{:?} {levels:?}", dataset.info().unwrap()), expected, "{name}");
    }
}
