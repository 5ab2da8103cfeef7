//! Datasets of files made by hand: where levels live, what is budgeted, what never changes.

use pyramidion::error::{Code, FileId};
use pyramidion::limits::Limits;
use pyramidion::native::Raster;
use pyramidion::plan::{Request, plan};
use pyramidion::pyramid::{Options, Role, Sidecar, SidecarState};

use crate::craft::{File, LONG, tiled, with};

/// 32 x 32 with a sidecar of 16 x 16 and 8 x 8, each level one tile of its own bytes.
fn pair() -> [File; 2] {
    let base = tiled(32, 32, vec![1000; 4], vec![256; 4]);
    let base = File::classic(8).ifd(8, &base, 0).put(1000, &[1; 256]);
    let level = |size, at| with(tiled(size, size, vec![at], vec![256]), 254, LONG, vec![1]);
    let sidecar = File::classic(8).ifd(8, &level(16, 1000), 300).ifd(300, &level(8, 2000), 0);
    [base, sidecar.put(1000, &[2; 256]).put(2000, &[3; 256])]
}

fn open<'a>(files: &'a [File; 2], limits: &Limits) -> pyramidion::error::Result<Raster<&'a [u8]>> {
    let sources = files.iter().map(|file| Some(&file.bytes[..])).collect();
    let sidecar = Sidecar::unprobed(Role::Overviews, Some("x.tif.ovr".to_owned()), false);
    Raster::open(sources, vec![sidecar], Options { limits: limits.clone(), ..Options::default() })
}

fn level(index: u32) -> Request {
    Request { level: Some(f64::from(index)), ..Request::default() }
}

#[test]
fn a13_a_block_is_brought_from_the_file_of_its_level_and_parsed_directories_stay_as_they_are() {
    let files = pair();
    let mut raster = open(&files, &Limits::default()).unwrap();
    let before = raster.answer(|dataset| dataset.file(FileId::BASE)?.directories()).unwrap();
    for (index, (file, value)) in [(0, 1), (1, 2), (1, 3)].into_iter().enumerate() {
        let pixels = raster.read(&level(index as u32)).unwrap();
        assert!(pixels.data.iter().all(|pixel| *pixel == value), "level {index}");
        assert!(pixels.plan.ranges().iter().all(|(found, _)| found.0 == file), "level {index}");
        let found = raster.answer(|dataset| Ok(dataset.level(index as u32)?.file)).unwrap();
        assert_eq!(found, FileId(file));
    }
    let after = raster.answer(|dataset| dataset.file(FileId::BASE)?.directories()).unwrap();
    assert_eq!(before, after);
}

#[test]
fn a26_each_byte_budget_breaks_with_its_own_error_and_is_never_swallowed() {
    let files = pair();
    let broken = |limits: Limits, request: &Request| {
        let error = open(&files, &limits)
            .and_then(|mut raster| raster.answer(|dataset| plan(dataset, request)))
            .unwrap_err();
        (error.code(), error.detail().name.clone().unwrap_or_default())
    };
    let default = Limits::default;
    let limit = |name: &str| (Code::Limit, name.to_owned());
    assert_eq!(
        broken(Limits { encoded_block_bytes: 255, ..default() }, &level(1)),
        limit("encoded_block_bytes")
    );
    assert_eq!(broken(Limits { plan_bytes: 255, ..default() }, &level(1)), limit("plan_bytes"));
    // The directory within the bound is read; asking for the one beyond tells of the bound.
    assert_eq!(broken(Limits { ifds: 1, ..default() }, &level(2)).0, Code::Limit);
    // The base needs fewer metadata bytes than the sidecar of two directories.
    let mut raster = open(&files, &default()).unwrap();
    raster.answer(|dataset| dataset.levels().map(|_| ())).unwrap();
    let needed = (0..4096).step_by(4).find(|metadata_bytes| {
        open(&files, &Limits { metadata_bytes: *metadata_bytes, ..default() }).is_ok()
    });
    let enough_for_base = Limits { metadata_bytes: needed.unwrap(), ..default() };
    assert!(open(&files, &enough_for_base).is_ok());
    assert_eq!(broken(enough_for_base.clone(), &level(1)), limit("metadata_bytes"));
    assert_eq!(
        broken(enough_for_base, &Request { width: Some(8.0), height: Some(8.0), ..level(0) }).0,
        Code::Limit
    );
}

#[test]
fn a22_a_sidecar_that_changed_is_an_error_and_not_an_absence() {
    let files = pair();
    let mut raster = open(&files, &Limits::default()).unwrap();
    for code in [Code::FileChanged, Code::Limit, Code::Closed, Code::Internal] {
        let error = pyramidion::error::Error::new(code, "x");
        assert_eq!(raster.dataset.fail(FileId(1), error).unwrap_err().code(), code);
        assert_eq!(raster.dataset.sidecar().unwrap().state, SidecarState::Unprobed);
    }
}

#[test]
fn a17_an_unsorted_sidecar_lists_in_file_order_and_is_chosen_from_by_scale() {
    let [base, _] = pair();
    let reduced = |size, at| with(tiled(size, size, vec![at], vec![256]), 254, LONG, vec![1]);
    let sidecar = File::classic(8).ifd(8, &reduced(8, 1000), 300).ifd(300, &reduced(16, 2000), 0);
    let files = [base, sidecar.put(1000, &[3; 256]).put(2000, &[2; 256])];
    let mut raster = open(&files, &Limits::default()).unwrap();
    let sizes = raster
        .answer(|dataset| {
            Ok(dataset.levels()?.list.iter().map(|level| level.image.width).collect::<Vec<_>>())
        })
        .unwrap();
    assert_eq!(sizes, [32, 8, 16]);
    for (size, value) in [(16.0, 2), (8.0, 3)] {
        let request = Request { width: Some(size), height: Some(size), ..Request::default() };
        assert!(raster.read(&request).unwrap().data.iter().all(|pixel| *pixel == value), "{size}");
    }
}
