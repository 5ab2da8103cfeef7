//! Hostile files: the right typed error, in bounded time, before anything is allocated for them.

use pyramidion::error::{Code, Error};
use pyramidion::limits::Limits;
use pyramidion::plan::Request;

use crate::craft::{Entry, File, LONG, SHORT, stripped, tiled, with};

fn open_error(file: &File, limits: Limits) -> Error {
    file.open(limits).expect_err("a hostile file was opened")
}

fn entries() -> Vec<Entry> {
    tiled(48, 32, vec![1000; 6], vec![256; 6])
}

fn refused(entries: &[Entry], code: Code, tag: Option<u16>) {
    let error = open_error(&File::classic(8).ifd(8, entries, 0).put(4000, &[0]), Limits::default());
    assert_eq!((error.code(), error.detail().tag), (code, tag), "{error}");
}

#[test]
fn absurd_sizes_and_missing_tags_are_named() {
    for tag in [256, 257] {
        for value in [0, u64::from(u32::MAX)] {
            refused(&with(entries(), tag, LONG, vec![value]), Code::Malformed, Some(tag));
        }
        let without: Vec<Entry> = entries().into_iter().filter(|entry| entry.0 != tag).collect();
        refused(&without, Code::Malformed, Some(tag));
    }
    refused(&with(entries(), 322, LONG, vec![0]), Code::Malformed, Some(322));
    refused(&with(entries(), 277, SHORT, vec![0]), Code::Malformed, Some(277));
    refused(&with(entries(), 284, SHORT, vec![3]), Code::Malformed, Some(284));
    refused(&with(entries(), 339, SHORT, vec![7]), Code::Unsupported, Some(339));
    refused(&with(entries(), 258, SHORT, vec![33]), Code::Unsupported, Some(258));
    refused(&with(entries(), 259, SHORT, vec![34661]), Code::Unsupported, Some(259));
    refused(&with(entries(), 259, SHORT, vec![999]), Code::Unsupported, Some(259));
    refused(&with(entries(), 262, SHORT, vec![6]), Code::Unsupported, Some(277));
    let two_bands = with(entries(), 277, SHORT, vec![2]);
    refused(&with(two_bands, 258, SHORT, vec![8, 16]), Code::Unsupported, Some(258));
    let no_table: Vec<Entry> = entries().into_iter().filter(|entry| entry.0 != 324).collect();
    refused(&no_table, Code::Malformed, Some(324));
    refused(&with(stripped(5, 5, 5, vec![9], vec![25]), 278, LONG, vec![0]), Code::Malformed, Some(278));
}

#[test]
fn a_block_larger_than_the_limit_is_refused_before_it_is_read() {
    let wide = with(entries(), 322, LONG, vec![1 << 20]);
    let error =
        open_error(&File::classic(8).ifd(8, &with(wide, 323, LONG, vec![1 << 20]), 0), Limits::default());
    assert_eq!((error.code(), error.detail().found), (Code::Limit, Some(1 << 40)));
    let bands = with(entries(), 277, SHORT, vec![65535]);
    let wide = with(
        with(bands, 322, LONG, vec![u64::from(u32::MAX >> 1)]),
        323,
        LONG,
        vec![u64::from(u32::MAX >> 1)],
    );
    let error = open_error(&File::classic(8).ifd(8, &with(wide, 258, SHORT, vec![64]), 0), Limits::default());
    assert_eq!(error.code(), Code::Limit);
}

#[test]
fn directories_are_bounded() {
    let file = File::classic(8).put(8, &u16::MAX.to_le_bytes());
    let error = open_error(&file, Limits::default());
    assert_eq!((error.code(), error.detail().found), (Code::Limit, Some(65535)));
    assert_eq!(open_error(&File::classic(8).put(8, &[0, 0]), Limits::default()).code(), Code::Malformed);
    assert_eq!(open_error(&File::classic(0), Limits::default()).code(), Code::Malformed);
    assert_eq!(open_error(&File::classic(u32::MAX), Limits::default()).code(), Code::Truncated);
    let big = File::big(16).put(16, &u64::MAX.to_le_bytes());
    assert_eq!(open_error(&big, Limits::default()).code(), Code::Limit);
    assert_eq!(open_error(&File::big(u64::MAX - 3), Limits::default()).code(), Code::Malformed);
}

#[test]
fn cycles_end_the_chain_and_keep_what_came_before() {
    let reduced = with(tiled(24, 16, vec![1000; 2], vec![256; 2]), 254, LONG, vec![1]);
    let base = File::classic(8).ifd(8, &entries(), 500).put(4000, &[0]);
    let missing = |file: &File| {
        let mut raster = file.open(Limits::default()).unwrap();
        let (count, missing) = raster
            .answer(|dataset| dataset.levels().map(|levels| (levels.list.len(), levels.missing.clone())))
            .unwrap();
        assert!(raster.restarts < 10);
        let warned = raster.dataset.warnings().iter().any(|warning| warning.contains("directories"));
        assert!(warned, "{:?}", raster.dataset.warnings());
        let too_far = raster.read(&Request { level: Some(5.0), ..Request::default() }).unwrap_err();
        (count, missing.unwrap().code(), too_far.code())
    };
    // Back to the first, to itself, and through SubIFDs.
    assert_eq!(missing(&base.clone().ifd(500, &reduced, 8)), (2, Code::Malformed, Code::Malformed));
    assert_eq!(missing(&base.clone().ifd(500, &reduced, 500)), (2, Code::Malformed, Code::Malformed));
    let own_child = File::classic(8).ifd(8, &with(entries(), 330, LONG, vec![8]), 500).put(4000, &[0]);
    assert_eq!(missing(&own_child.ifd(500, &reduced, 0)), (2, Code::Malformed, Code::Malformed));
    // Past the end of the file.
    assert_eq!(missing(&base.clone().ifd(500, &reduced, 40_000)), (2, Code::Truncated, Code::Truncated));
}

#[test]
fn the_number_of_directories_is_bounded() {
    let reduced = with(tiled(24, 16, vec![1000; 2], vec![256; 2]), 254, LONG, vec![1]);
    let mut file = File::classic(8).ifd(8, &entries(), 500);
    for index in 0..20 {
        file = file.ifd(500 + index * 300, &reduced, (800 + index * 300) as u32);
    }
    let limits = Limits { ifds: 10, ..Limits::default() };
    let mut raster = file.open(limits).unwrap();
    let missing = raster.answer(|dataset| Ok(dataset.levels()?.missing)).unwrap();
    assert_eq!(missing.map(|error| error.code()), Some(Code::Limit));
}

#[test]
fn counts_of_values_are_bounded_where_they_are_read_whole() {
    // BitsPerSample with 2^32 - 1 values at an offset inside the file.
    let mut file = File::classic(8).ifd(8, &entries(), 0).put(4000, &[0]);
    let at = file.bytes.windows(4).position(|window| window == [2, 1, 3, 0]).unwrap();
    file = file.put(at + 4, &u32::MAX.to_le_bytes());
    let error = open_error(&file, Limits::default());
    assert!(matches!(error.code(), Code::Limit | Code::Truncated), "{error}");
    let metadata = Limits { metadata_bytes: 100, ..Limits::default() };
    let file = File::classic(8).ifd(8, &entries(), 0);
    assert_eq!(open_error(&file, metadata).code(), Code::Limit);
}

#[test]
fn wrong_field_types_are_typed_errors() {
    let mut file = File::classic(8).ifd(8, &entries(), 0).put(4000, &[0]);
    // ImageWidth as a DOUBLE.
    let at = file.bytes.windows(4).position(|window| window == [0, 1, 4, 0]).unwrap();
    file = file.put(at + 2, &[12, 0]);
    assert_eq!(open_error(&file, Limits::default()).detail().tag, Some(256));
}

#[test]
fn overlapping_blocks_and_blocks_over_the_header_are_read_as_the_table_says() {
    let file = File::classic(8).ifd(8, &tiled(32, 16, vec![0, 8], vec![0, 256]), 0).put(400, &[7]);
    let mut raster = file.open(Limits::default()).unwrap();
    let pixels = raster.read(&Request::default()).unwrap();
    assert_eq!(pixels.data[16..32], file.bytes[8..24]);
}
