//! The fixtures' manifest, and how a fixture is opened.

use std::path::PathBuf;

use pyramidion::error::{Error, Result};
use pyramidion::native::{PathSource, Raster};
use pyramidion::plan::Request;
use serde_json::Value;

/// The folder of the fixtures.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A JSON file of that folder.
pub fn json(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(name)).expect("the fixtures are in the repository");
    serde_json::from_str(&text).expect("the fixtures' JSON is valid")
}

/// All fixtures.
pub fn all() -> Vec<Value> {
    let list = json("manifest.json").as_array().expect("the manifest is a list").clone();
    assert!(list.len() > 400, "the manifest has only {} fixtures", list.len());
    list
}

/// The name of a fixture.
pub fn name(fixture: &Value) -> &str {
    fixture["name"].as_str().expect("a fixture has a name")
}

/// The path of a fixture's base.
pub fn path(fixture: &Value) -> PathBuf {
    folder().join(fixture["file"].as_str().expect("a fixture has a file"))
}

/// Opens a fixture from disk.
pub fn open(fixture: &Value) -> Result<Raster<PathSource>> {
    Raster::open_path(path(fixture))
}

/// The expected bytes of a level or window: little endian, band by band.
pub fn expected(entry: &Value) -> Vec<u8> {
    let file = entry["pixels"].as_str().expect("an entry names its pixels");
    std::fs::read(folder().join(file)).expect("the expected pixels are in the repository")
}

/// A request for a whole level.
pub fn whole_level(level: u64) -> Request {
    Request { level: Some(level as f64), ..Request::default() }
}

/// Fails with the fixture's name unless both are the same; says where they part.
pub fn assert_pixels(name: &str, found: &[u8], expected: &[u8]) {
    assert_eq!(found.len(), expected.len(), "{name}: bytes of pixels");
    if let Some(at) = found.iter().zip(expected).position(|(found, expected)| found != expected) {
        let end = (at + 16).min(found.len());
        panic!("{name}: byte {at} differs: found {:?}, expected {:?}", &found[at..end], &expected[at..end]);
    }
}

/// The code of an error as the manifest writes it.
pub fn code(error: &Error) -> String {
    serde_json::to_value(error.code()).expect("codes serialise").as_str().expect("as text").to_owned()
}
