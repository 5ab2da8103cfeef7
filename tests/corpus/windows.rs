//! A.20: windows resampled by nearest neighbour, at the level that GDAL chooses, have GDAL's pixels.

use pyramidion::plan::Request;

use crate::fixture;

#[test]
fn a20_resampled_windows_have_gdals_pixels() {
    let cases = fixture::json("windows.json");
    let cases = cases.as_array().unwrap();
    assert!(cases.len() >= 100, "only {} windows", cases.len());
    let fixtures = fixture::all();
    let mut failures = Vec::new();
    for case in cases {
        let name = case["fixture"].as_str().unwrap();
        let entry = fixtures.iter().find(|entry| fixture::name(entry) == name).unwrap();
        let number = |key: &str| case[key].as_f64();
        let window = case["window"].as_array().unwrap();
        let window = [0, 1, 2, 3].map(|index| window[index].as_f64().unwrap());
        let request = Request {
            window: Some(window),
            width: number("width"),
            height: number("height"),
            ..Request::default()
        };
        let found = fixture::open(entry).and_then(|mut raster| raster.read(&request));
        let checked = found.map_err(|error| error.to_string()).and_then(|pixels| {
            fixture::compare(&pixels.data, case).map_err(|why| format!("level {}: {why}", pixels.plan.level))
        });
        failures.extend(checked.err().map(|why| format!("{case}: {why}")));
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}
