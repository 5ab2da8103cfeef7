//! The fixtures' manifest, and how a fixture is opened.

use std::path::PathBuf;

use pyramidion::error::{Error, Result};
use pyramidion::native::{PathSource, Raster};
use pyramidion::plan::Request;
use serde_json::Value;
use sha2::{Digest, Sha256};

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

/// Fails with where they part unless the pixels are the expected ones: little endian, band by band. Large ones are known by their hash
/// alone.
pub fn compare(found: &[u8], entry: &Value) -> std::result::Result<(), String> {
    if entry["pixels"].is_null() && entry["sha256"].is_null() {
        return Ok(()); // GDAL does not read it: only that it is listed and harmless is asked for.
    }
    let Some(file) = entry["pixels"].as_str() else {
        let hash: String = Sha256::digest(found).iter().map(|byte| format!("{byte:02x}")).collect();
        return if entry["sha256"] == hash { Ok(()) } else { Err("pixels have another hash".to_owned()) };
    };
    let expected = std::fs::read(folder().join(file)).map_err(|error| format!("{file}: {error}"))?;
    if found == expected {
        return Ok(());
    }
    let at = found.iter().zip(&expected).position(|(found, expected)| found != expected);
    Err(format!("pixels differ: {} bytes of {}, first at {at:?}", found.len(), expected.len()))
}

/// A request for a whole level.
pub fn whole_level(level: u64) -> Request {
    Request { level: Some(level as f64), ..Request::default() }
}

/// The code of an error as the manifest writes it.
pub fn code(error: &Error) -> String {
    serde_json::to_value(error.code()).expect("codes serialise").as_str().expect("as text").to_owned()
}
