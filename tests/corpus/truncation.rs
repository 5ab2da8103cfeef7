//! Files cut at every byte of their metadata: a typed error within a bound, never a panic, never wrong pixels.

use pyramidion::error::Code;
use pyramidion::native::Raster;
use pyramidion::plan::Request;
use pyramidion::pyramid::Options;

use crate::fixture;

/// One fixture of each shape, small enough to be cut everywhere.
fn shapes() -> Vec<serde_json::Value> {
    let mut shapes = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for entry in fixture::all().into_iter().filter(|entry| entry.get("expect").is_some()) {
        let storage = &entry["storage"];
        let key = format!(
            "{} {} {} {} {}",
            storage["byteOrder"],
            storage["bigTiff"],
            storage["tiled"],
            storage["planarConfiguration"],
            storage["compressionTag"]
        );
        let length = std::fs::metadata(fixture::path(&entry)).unwrap().len();
        if length < 12_000 && seen.insert(key) {
            shapes.push(entry);
        }
    }
    assert!(shapes.len() >= 16, "only {} shapes", shapes.len());
    shapes
}

#[test]
fn a_file_cut_anywhere_ends_in_a_typed_error_or_the_right_pixels() {
    for entry in shapes() {
        let name = fixture::name(&entry);
        let bytes = std::fs::read(fixture::path(&entry)).unwrap();
        let mut errors = 0;
        for length in (0..bytes.len()).filter(|length| length % 7 == 0 || *length < 1500) {
            let cut = &bytes[..length];
            let read = Raster::open(vec![Some(cut)], Vec::new(), Options::default())
                .and_then(|mut raster| Ok((raster.read(&Request::default())?, raster.restarts)));
            match read {
                Ok((pixels, restarts)) => {
                    let same = fixture::compare(&pixels.data, &entry["expect"]["levels"][0]);
                    assert_eq!(same, Ok(()), "{name} cut at {length}");
                    assert!(restarts < 30, "{name} cut at {length}: {restarts} restarts");
                }
                Err(error) => {
                    let typed = matches!(error.code(), Code::Truncated | Code::NotATiff | Code::Malformed);
                    assert!(typed, "{name} cut at {length}: {:?} {error}", error.code());
                    errors += 1;
                }
            }
        }
        assert!(errors > 10, "{name}: only {errors} cuts were noticed");
    }
}
