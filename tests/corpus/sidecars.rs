//! Sidecars that are garbage, cut, foreign, or beside internal overviews.

use pyramidion::error::Code;
use pyramidion::native::Raster;
use pyramidion::plan::Request;
use pyramidion::pyramid::{Options, OverviewPolicy, SidecarState};
use serde_json::Value;

use crate::fixture;

/// The fixtures that have that field; at least `least` of them.
fn having(field: &str, least: usize) -> Vec<Value> {
    let found: Vec<Value> = fixture::all().into_iter().filter(|entry| entry.get(field).is_some()).collect();
    assert!(found.len() >= least, "{} fixtures have {field}", found.len());
    found
}

#[test]
fn a9_a10_a11_a_bad_sidecar_is_a_warning_and_an_error_only_for_its_own_levels() {
    for entry in having("sidecarError", 13) {
        let name = fixture::name(&entry);
        let mut raster = fixture::open(&entry).expect(name);
        assert_eq!(raster.dataset.sidecar().unwrap().state, SidecarState::Unprobed, "{name}");
        let known = raster.answer(|dataset| Ok(dataset.levels()?.list.len())).expect(name);
        let state = serde_json::to_value(raster.dataset.sidecar().unwrap().state).unwrap();
        assert_eq!(state, entry["sidecarState"], "{name}");
        assert!(!raster.dataset.warnings().is_empty(), "{name}");
        raster.read(&Request::default()).expect(name);
        let error = raster.read(&fixture::whole_level(known as u64)).expect_err(name);
        assert_eq!(entry["sidecarError"]["code"], fixture::code(&error), "{name}: {error}");
        assert!(error.message().contains(".ovr"), "{name}: {error} should name the sidecar");
        assert_eq!(error.cause().map(|cause| cause.code()), Some(error.code()), "{name}");
        assert_eq!(error.detail().level, Some(known as u32), "{name}");
    }
}

#[test]
fn a3_a_missing_sidecar_is_no_error() {
    let entry = fixture::all().into_iter().find(|entry| entry["sidecar"].is_null()).unwrap();
    let mut raster = fixture::open(&entry).unwrap();
    raster.answer(|dataset| dataset.levels().map(|_| ())).unwrap();
    assert_eq!(raster.dataset.sidecar().unwrap().state, SidecarState::None);
    assert!(raster.dataset.sidecar().unwrap().reason.is_some());
    assert_eq!(raster.dataset.warnings(), Vec::<String>::new());
    let error = raster.read(&fixture::whole_level(9)).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
}

#[test]
fn a15_append_lists_the_sidecars_levels_after_the_internal_ones() {
    for entry in having("levelsAppended", 1) {
        let options = Options { policy: OverviewPolicy::Append, ..Options::default() };
        let mut raster = Raster::open_path_with(fixture::path(&entry), options).unwrap();
        let expected = entry["levelsAppended"].as_array().unwrap();
        let found = raster.answer(|dataset| dataset.level_infos(None)).unwrap();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(
                (Value::from(found.width), Value::from(found.file)),
                (expected["width"].clone(), expected["file"].clone())
            );
            let pixels = raster.read(&fixture::whole_level(found.index.into())).unwrap();
            assert_eq!(fixture::compare(&pixels.data, expected), Ok(()));
        }
    }
}

#[test]
fn a21_a_foreign_level_is_reported_and_never_chosen() {
    for entry in having("doubtful", 4) {
        let name = fixture::name(&entry);
        let doubtful: Vec<u64> =
            entry["doubtful"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
        let mut raster = fixture::open(&entry).unwrap();
        let (width, height) =
            (entry["expect"]["width"].as_f64().unwrap(), entry["expect"]["height"].as_f64().unwrap());
        for divisor in [1.0, 1.3, 2.0, 2.5, 3.0, 4.0, 8.0, 60.0] {
            let size = |whole: f64| Some((whole / divisor).floor().max(1.0));
            let request = Request { width: size(width), height: size(height), ..Request::default() };
            let pixels = raster.read(&request).expect(name);
            assert!(
                !doubtful.contains(&pixels.plan.level.into()),
                "{name}: level {} for 1/{divisor}",
                pixels.plan.level
            );
        }
        let warned = raster.dataset.warnings().iter().any(|warning| warning.contains("never chosen"));
        assert!(warned, "{name}: {:?}", raster.dataset.warnings());
    }
}

#[test]
fn damaged_blocks_leave_the_sound_ones_readable() {
    for entry in having("soundRows", 10) {
        let name = fixture::name(&entry);
        let mut raster = fixture::open(&entry).expect(name);
        let rows = entry["soundRows"].as_f64().unwrap();
        let width = f64::from(raster.dataset.full().unwrap().0.image.width);
        let request = Request { window: Some([0.0, 0.0, width, rows]), ..Request::default() };
        raster.read(&request).unwrap_or_else(|error| panic!("{name}: {error}"));
        let error = raster.read(&Request::default()).expect_err(name);
        assert!(error.detail().block.is_some(), "{name}: {error} should name the block");
    }
}
