//! RPC, control points, items of all domains, embedded documents and masks are GDAL's.

use pyramidion::plan::Request;
use pyramidion::tiff::embedded::Embedded;
use serde_json::{Value, json};

use crate::fixture;

fn described() -> Vec<Value> {
    let found: Vec<Value> =
        fixture::all().into_iter().filter(|entry| entry.get("described").is_some()).collect();
    assert!(found.len() >= 10, "{} entries", found.len());
    found
}

/// A single number is one to us and a list of one to the manifest.
fn close(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-12 * b.abs().max(1.0)
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| close(a, b)))
        }
        _ => found == expected,
    }
}

#[test]
fn what_a_file_says_besides_pixels_is_gdals() {
    for entry in described() {
        let name = fixture::name(&entry);
        let raster = fixture::open(&entry).expect(name);
        let info = serde_json::to_value(raster.dataset.info().unwrap()).unwrap();
        let points: Vec<Value> = info["gcps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|point| {
                json!([point["id"], point["pixel"], point["line"], point["x"], point["y"], point["z"]])
            })
            .collect();
        let found = [&info["rpc"], &json!(points), &info["metadata"], &info["domains"]];
        for (found, key) in found.into_iter().zip(["rpc", "gcps", "items", "domains"]) {
            let expected = &entry["described"][key];
            assert!(close(found, expected), "{name} {key}: {found}, expected {expected}");
        }
        let orientation = entry.get("orientation").cloned().unwrap_or(json!(1));
        assert_eq!(info["storage"]["orientation"], orientation, "{name}");
    }
}

#[test]
fn masks_of_odd_nodata_are_gdals() {
    for entry in described() {
        let name = fixture::name(&entry);
        let request = Request { mask: Some(true), ..Request::default() };
        let mask = fixture::open(&entry).unwrap().read(&request).expect(name).mask.unwrap();
        assert_eq!(json!(fixture::sha256(&mask)), entry["described"]["mask"], "{name}");
    }
}

#[test]
fn embedded_documents_are_handed_out_as_they_are() {
    let mut files = 0;
    for entry in described().iter().filter(|entry| entry.get("embedded").is_some()) {
        let mut raster = fixture::open(entry).unwrap();
        for (kind, expected) in entry["embedded"].as_object().unwrap() {
            let kind = Embedded::named(kind).unwrap();
            let found = raster.answer(|dataset| dataset.embedded(kind)).unwrap().unwrap();
            assert_eq!(json!(fixture::sha256(&found)), *expected, "{kind:?}");
        }
        let exif = raster.answer(|dataset| dataset.embedded(Embedded::Exif)).unwrap().unwrap();
        // Four entries; the text of 20 bytes behind them, then the fraction.
        assert_eq!(exif.len(), 8 + 2 + 4 * 12 + 4 + 20 + 8);
        assert_eq!(&exif[62..81], b"2026:11:20 20:00:00");
        files += 1;
    }
    assert_eq!(files, 2);
    let plain = described().into_iter().find(|entry| entry.get("embedded").is_none()).unwrap();
    let none = fixture::open(&plain).unwrap().answer(|dataset| dataset.embedded(Embedded::Exif)).unwrap();
    assert_eq!(none, None);
    assert!(Embedded::named("jfif").is_err());
}
