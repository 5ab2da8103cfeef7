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
    let mut list = json("manifest.json").as_array().expect("the manifest is a list").clone();
    let more = std::fs::read_dir(folder().join("more")).expect("the folder of further manifests");
    let more = more.map(|entry| entry.expect("an entry").path());
    let mut more: Vec<PathBuf> =
        more.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect();
    more.sort();
    for path in more {
        let further = json(path.to_str().expect("a path of UTF-8"));
        list.extend(further.as_array().expect("a manifest is a list").iter().cloned());
    }
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

/// The hash of bytes, as the manifests write it.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Fails with where they part unless the pixels are the expected ones: little endian, band by band. Large ones are known by their hash
/// alone.
pub fn compare(found: &[u8], entry: &Value) -> std::result::Result<(), String> {
    if entry["pixels"].is_null() && entry["sha256"].is_null() {
        return Ok(()); // GDAL does not read it: only that it is listed and harmless is asked for.
    }
    let Some(file) = entry["pixels"].as_str() else {
        return if entry["sha256"] == sha256(found) {
            Ok(())
        } else {
            Err("pixels have another hash".to_owned())
        };
    };
    let expected = std::fs::read(folder().join(file)).map_err(|error| format!("{file}: {error}"))?;
    if let Some(tolerance) = entry.get("tolerance") {
        return near(found, &expected, tolerance);
    }
    if found == expected {
        return Ok(());
    }
    let at = found.iter().zip(&expected).position(|(found, expected)| found != expected);
    Err(format!("pixels differ: {} bytes of {}, first at {at:?}", found.len(), expected.len()))
}

/// Fails unless 8-bit samples differ by `max` at most, and by `mean` in the mean: what lossy compression may do.
fn near(found: &[u8], expected: &[u8], tolerance: &Value) -> std::result::Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("{} bytes of pixels, {} expected", found.len(), expected.len()));
    }
    let differences = || found.iter().zip(expected).map(|(one, other)| one.abs_diff(*other));
    let largest = differences().max().unwrap_or(0);
    let mean = differences().map(f64::from).sum::<f64>() / found.len().max(1) as f64;
    let bound = |name: &str| tolerance[name].as_f64().expect("a tolerance has max and mean");
    if f64::from(largest) <= bound("max") && mean <= bound("mean") {
        return Ok(());
    }
    Err(format!("pixels differ by up to {largest} and by {mean:.3} in the mean, allowed: {tolerance}"))
}

/// A request for a whole level.
pub fn whole_level(level: u64) -> Request {
    Request { level: Some(level as f64), ..Request::default() }
}

/// The code of an error as the manifest writes it.
pub fn code(error: &Error) -> String {
    serde_json::to_value(error.code()).expect("codes serialise").as_str().expect("as text").to_owned()
}
