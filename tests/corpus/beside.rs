//! A.16, A.18, A.23, A.24: files beside the base that are looked at on request.

use pyramidion::native::{Beside, PathSource, Raster};
use pyramidion::plan::Request;
use pyramidion::pyramid::{Options, SidecarState};
use serde_json::{Value, json};

use crate::fixture;

/// The entries that cover that line; at least `least` of them.
fn covering(line: &str, least: usize) -> Vec<Value> {
    let all = fixture::json("beside.json").as_array().unwrap().clone();
    let covers = |entry: &Value| {
        entry["covers"].as_array().unwrap().iter().any(|word| word.as_str().unwrap().starts_with(line))
    };
    let found: Vec<Value> = all.into_iter().filter(covers).collect();
    assert!(found.len() >= least, "{} entries cover {line}", found.len());
    found
}

fn open(entry: &Value, with_options: bool) -> Raster<PathSource> {
    let options = if with_options { entry["options"].clone() } else { json!({}) };
    let beside = Beside {
        overview_depth: options["overviewDepth"].as_u64().unwrap_or(1) as u32,
        auxiliary: options["auxiliary"] == true,
    };
    let name = fixture::name(entry);
    Raster::open_beside(fixture::path(entry), beside, Options::default()).expect(name)
}

fn close(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| close(a, b))
        }
        (Value::Number(a), Value::Number(b)) => {
            (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-9 * a.as_f64().unwrap().abs().max(1.0)
        }
        _ => found == expected,
    }
}

fn check_levels(entry: &Value) {
    let name = fixture::name(entry);
    let mut raster = open(entry, true);
    let found = raster.answer(|dataset| dataset.level_infos(None)).expect(name);
    let expected = entry["levels"].as_array().unwrap();
    let sizes: Vec<Value> = found.iter().map(|level| json!([level.width, level.height])).collect();
    let wanted: Vec<Value> = expected.iter().map(|level| json!([level["width"], level["height"]])).collect();
    assert_eq!(sizes, wanted, "{name}");
    for (level, expected) in found.iter().zip(expected) {
        let pixels = raster.read(&fixture::whole_level(level.index.into())).expect(name);
        assert_eq!(fixture::compare(&pixels.data, expected), Ok(()), "{name} level {}", level.index);
        for transform in [level.transform, pixels.plan.transform] {
            let transform = serde_json::to_value(transform).unwrap();
            assert!(
                close(&transform, &expected["transform"]),
                "{name} level {}: {transform}, expected {}",
                level.index,
                expected["transform"]
            );
        }
    }
}

#[test]
fn a16_a_sidecar_of_a_sidecar_is_followed_only_on_request_and_never_in_a_circle() {
    for entry in covering("A.16", 3) {
        let name = fixture::name(&entry);
        let mut plain = open(&entry, false);
        let count = plain.answer(|dataset| Ok(dataset.levels()?.list.len())).expect(name);
        assert_eq!(json!(count), entry["withoutOption"], "{name}");
        check_levels(&entry);
        let mut raster = open(&entry, true);
        raster.answer(|dataset| dataset.levels().map(|_| ())).expect(name);
        let warned = !raster.dataset.warnings().is_empty();
        assert_eq!(warned, entry["warned"] == true, "{name}: {:?}", raster.dataset.warnings());
    }
}

#[test]
fn a18_each_fact_is_the_levels_own_or_inherited() {
    for entry in covering("A.18", 3) {
        let name = fixture::name(&entry);
        check_levels(&entry);
        let mut raster = open(&entry, true);
        let levels = raster.answer(|dataset| dataset.level_infos(None)).expect(name);
        let epsg: Vec<_> = levels.iter().map(|level| level.epsg).collect();
        assert_eq!(json!(epsg), entry["epsg"], "{name}");
        let nodata: Vec<_> = levels.iter().map(|level| level.nodata.clone()).collect();
        assert!(close(&serde_json::to_value(nodata).unwrap(), &entry["nodata"]), "{name}");
        for level in &levels {
            let read = raster.read(&fixture::whole_level(level.index.into())).expect(name);
            assert_eq!(read.plan.nodata, level.nodata, "{name}");
            assert_eq!(read.plan.bounds, level.bounds, "{name}");
        }
    }
}

#[test]
fn a23_masks_are_gdals() {
    let mut reads = 0;
    for entry in covering("A.23", 18) {
        let name = fixture::name(&entry);
        for case in entry["masks"].as_array().unwrap() {
            let request: Request = serde_json::from_value(case["request"].clone()).unwrap();
            let request = Request { mask: Some(true), ..request };
            let pixels = open(&entry, true).read(&request).expect(name);
            let mask = pixels.mask.expect("a mask was asked for");
            assert_eq!(
                fixture::compare(&mask, case),
                Ok(()),
                "{name} {}: {:?}",
                case["request"],
                pixels.plan.mask.map(|mask| mask.kind)
            );
            reads += 1;
        }
    }
    assert!(reads > 100, "{reads} masks");
}

#[test]
fn a23_no_mask_is_looked_for_unless_it_is_asked_for() {
    let entry = covering("A.23", 1).into_iter().find(|entry| entry["name"] == "mask_msk").unwrap();
    let state = |raster: &Raster<PathSource>, role: &str| {
        let info = serde_json::to_value(raster.dataset.info().unwrap()).unwrap();
        info["files"].as_array().unwrap().iter().find(|file| file["role"] == role).unwrap()["state"].clone()
    };
    let mut raster = open(&entry, true);
    let plain = raster.read(&fixture::whole_level(1)).unwrap();
    assert_eq!((plain.mask, plain.plan.mask), (None, None));
    assert_eq!(state(&raster, "mask"), "unprobed");
    let masked = raster.read(&Request { mask: Some(true), ..fixture::whole_level(1) }).unwrap();
    assert_eq!(masked.data, plain.data);
    assert_eq!(
        (state(&raster, "mask"), state(&raster, "maskOverviews")),
        (json!("present"), json!("present"))
    );
    // One plan, one fetch: the mask's blocks are of the mask's files.
    let files: Vec<u32> = masked.plan.ranges().iter().map(|(file, _)| file.0).collect();
    assert_eq!(files, [1, 3]);
}

#[test]
fn a23_a_bad_mask_file_is_a_warning() {
    let entry = covering("A.23", 1).into_iter().find(|entry| entry["name"] == "mask_msk_garbage").unwrap();
    let mut raster = open(&entry, true);
    let pixels = raster.read(&Request { mask: Some(true), ..Request::default() }).unwrap();
    assert!(pixels.mask.unwrap().iter().all(|valid| *valid == 255));
    assert!(
        raster.dataset.warnings().iter().any(|warning| warning.contains(".msk")),
        "{:?}",
        raster.dataset.warnings()
    );
}

#[test]
fn a24_auxiliary_and_world_files_count_in_gdals_order_and_only_on_request() {
    for entry in covering("A.24", 8) {
        let name = fixture::name(&entry);
        let raster = open(&entry, true);
        let info = serde_json::to_value(raster.dataset.info().unwrap()).unwrap();
        let facts = &entry["facts"];
        for key in ["nodata", "transform", "bounds", "metadata"] {
            assert!(close(&info[key], &facts[key]), "{name} {key}: {}, expected {}", info[key], facts[key]);
        }
        assert_eq!(info["crs"].get("epsg").unwrap_or(&Value::Null), &facts["epsg"], "{name}");
        for key in ["description", "unit", "scale", "offset"] {
            assert!(
                close(&info["bands"][0][key], &facts["bands"][0][key]),
                "{name} {key}: {}",
                info["bands"][0][key]
            );
        }
        let statistics = facts["bands"][0]["statistics"].as_object().cloned().unwrap_or_default();
        for (key, value) in statistics {
            assert!(close(&info["bands"][0]["statistics"][&key], &value), "{name} {key}");
        }
        if let Some(categories) = entry.get("categories") {
            assert_eq!(&info["bands"][0]["categories"], categories, "{name}");
        }
        assert_eq!(
            raster.dataset.warnings().is_empty(),
            entry["warned"] != true,
            "{name}: {:?}",
            raster.dataset.warnings()
        );
        let plain = open(&entry, false);
        assert!(plain.dataset.warnings().is_empty(), "{name}");
        if name == "pam_over_tags" {
            let plain = serde_json::to_value(plain.dataset.info().unwrap()).unwrap();
            assert_eq!((&plain["nodata"], &plain["crs"]["epsg"]), (&json!(5.0), &json!(32633)));
        }
        assert!(raster.dataset.sidecar().is_some_and(|ovr| ovr.state == SidecarState::Unprobed), "{name}");
    }
}
