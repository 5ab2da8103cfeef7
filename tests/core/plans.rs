//! Plans are values: their ranges and placements are asserted one by one.

use pyramidion::byte_range::ByteRange;
use pyramidion::codec::{Axis, Order};
use pyramidion::error::{Code, FileId};
use pyramidion::limits::Limits;
use pyramidion::native::Raster;
use pyramidion::plan::{Placement, Plan, Request, plan};
use pyramidion::pyramid::Options;

use crate::craft::{File, LONG, SHORT, stripped, tiled, with};

/// 48 x 32 in tiles of 16: 3 x 2 tiles of 256 bytes, in file order from 1000 but for the last, which lies far away.
fn tiles() -> File {
    let offsets = vec![1000, 1256, 1512, 1768, 2024, 90_000];
    let file = File::classic(8).ifd(8, &tiled(48, 32, offsets, vec![256; 6]), 0);
    file.put(90_255, &[0])
}

fn planned(file: &File, request: &Request) -> Plan {
    file.open(Limits::default()).unwrap().answer(|dataset| plan(dataset, request)).unwrap()
}

fn ranges(plan: &Plan) -> Vec<(u64, u64)> {
    plan.ranges()
        .iter()
        .map(|(file, range)| {
            assert_eq!(*file, FileId::BASE);
            (range.start, range.end)
        })
        .collect()
}

fn window(x: f64, y: f64, width: f64, height: f64) -> Request {
    Request { window: Some([x, y, width, height]), ..Request::default() }
}

#[test]
fn a_window_brings_just_the_tiles_that_it_touches() {
    let plan = planned(&tiles(), &window(10.0, 5.0, 30.0, 11.0));
    assert_eq!(ranges(&plan), [(1000, 1256), (1256, 1512), (1512, 1768)]);
    let placements: Vec<_> = plan.blocks.iter().map(|block| block.placement.clone()).collect();
    let place = |x, width| Placement { x, y: 0, width, height: 11, bands: vec![0] };
    assert_eq!(placements, [place(0, 6), place(6, 16), place(22, 8)]);
    assert_eq!(plan.blocks[0].job.columns, Axis::Run { start: 10, count: 6 });
    assert_eq!(plan.blocks[0].job.rows, Axis::Run { start: 5, count: 11 });
    assert_eq!(plan.bytes, 330);
}

#[test]
fn one_tile_brings_one_range_and_the_last_lies_where_the_table_says() {
    assert_eq!(ranges(&planned(&tiles(), &window(16.0, 16.0, 16.0, 16.0))), [(2024, 2280)]);
    assert_eq!(ranges(&planned(&tiles(), &window(47.0, 31.0, 1.0, 1.0))), [(90_000, 90_256)]);
    assert_eq!(planned(&tiles(), &Request::default()).blocks.len(), 6);
}

#[test]
fn resampling_brings_only_the_tiles_that_are_looked_at() {
    let request = Request { width: Some(1.0), height: Some(2.0), ..window(0.0, 0.0, 48.0, 32.0) };
    let plan = planned(&tiles(), &request);
    // Centres: column 24, rows 8 and 24.
    assert_eq!(ranges(&plan), [(1256, 1512), (2024, 2280)]);
    assert_eq!(plan.blocks[1].job.rows, Axis::Picks(vec![8]));
    assert_eq!(plan.blocks[1].placement, Placement { x: 0, y: 1, width: 1, height: 1, bands: vec![0] });
}

#[test]
fn separate_planes_bring_only_the_bands_asked_for() {
    let offsets = vec![1000, 2000, 3000];
    let entries = with(stripped(10, 4, 4, offsets, vec![40; 3]), 277, SHORT, vec![3]);
    let entries = with(with(entries, 258, SHORT, vec![8; 3]), 284, SHORT, vec![2]);
    let entries = with(entries, 259, SHORT, vec![32773]);
    let file = File::classic(8).ifd(8, &entries, 0).put(3039, &[0]);
    let request = Request { bands: Some(vec![3.0, 1.0, 3.0]), ..Request::default() };
    let plan = planned(&file, &request);
    assert_eq!(ranges(&plan), [(1000, 1040), (3000, 3040)]);
    assert_eq!(plan.blocks[0].placement.bands, [1]);
    assert_eq!(plan.blocks[1].placement.bands, [0, 2]);
}

/// CMYK in planes of 2,000 x 300, uncompressed, each in one strip; and one more tag, a text.
fn cmyk_planes_with(tag: u16, text: &str) -> File {
    let offsets = vec![1000, 601_000, 1_201_000, 1_801_000];
    let entries = with(stripped(2000, 300, 300, offsets, vec![600_000; 4]), 277, SHORT, vec![4]);
    let entries = with(with(entries, 258, SHORT, vec![8; 4]), 284, SHORT, vec![2]);
    let entries = with(with(entries, 262, SHORT, vec![5]), tag, 2, text.bytes().map(u64::from).collect());
    let file = File::classic(8).ifd(8, &entries, 0).put(2_400_999, &[0]);
    // Of the pixel in column 3 and row 1: 10, 20, 30 and 155.
    let place = |plane: usize| 1000 + plane * 600_000 + 2003;
    file.put(place(0), &[10]).put(place(1), &[20]).put(place(2), &[30]).put(place(3), &[155])
}

fn cmyk_planes() -> File {
    cmyk_planes_with(270, "CMYK\0")
}

#[test]
fn colours_of_separate_planes_bring_all_planes_and_are_made_in_bounded_pieces() {
    let request =
        Request { bands: Some(vec![3.0, 1.0, 4.0]), layout: Some(Order::Pixel), ..Request::default() };
    let plan = planned(&cmyk_planes(), &request);
    assert_eq!((plan.planes, plan.bytes), (4, 1_800_000));
    assert!((0..4).all(|plane| plan.blocks.iter().any(|block| block.placement.bands == [plane])));
    let pieces: Vec<_> =
        plan.colours.iter().map(|block| (block.start, block.end, block.placement.y)).collect();
    assert_eq!(pieces[..2], [(0, 256_000, 0), (256_000, 512_000, 32)]);
    assert_eq!(pieces.last(), Some(&(2_304_000, 2_400_000, 288)));
    assert_eq!(plan.colours[0].job.samples, [2, 0, 3]);

    let pixel = Request { window: Some([3.0, 1.0, 1.0, 1.0]), ..request };
    let read = cmyk_planes().open(Limits::default()).unwrap().read(&pixel).unwrap();
    assert_eq!(read.data, [100 * 225 / 255, 100 * 245 / 255, 255].map(|light: u32| light as u8));
    let bound = Limits { output_bytes: 2_399_999, ..Limits::default() };
    let error = cmyk_planes().open(bound).unwrap().read(&Request::default()).unwrap_err();
    assert_eq!(error.code(), Code::TooLarge, "{error}");
    let one = Request { bands: Some(vec![1.0]), max_bytes: Some(2_400_000.0), ..Request::default() };
    assert_eq!(cmyk_planes().open(Limits::default()).unwrap().read(&one).unwrap().data.len(), 600_000);
}

#[test]
fn the_mask_of_colours_of_planes_is_full_or_made_of_the_same_planes() {
    let masked = Request { mask: Some(true), bands: Some(vec![1.0]), ..Request::default() };
    let read = cmyk_planes().open(Limits::default()).unwrap().read(&masked).unwrap();
    assert_eq!(read.mask, Some(vec![255; 600_000]));
    // Red, green, blue and alpha of the pixel in column 3 and row 1.
    let xml = "<GDALMetadata><Item name=\"NODATA_VALUES\">96 92 88 255</Item></GDALMetadata>\0";
    let file = cmyk_planes_with(42112, xml);
    let mut raster = file.open(Limits::default()).unwrap();
    let read = raster.read(&masked).unwrap();
    let plan = read.plan.mask.unwrap();
    assert_eq!((plan.of_pixels, plan.bands, plan.blocks.len()), (false, 4, 0));
    let missing: Vec<usize> = (0..600_000).filter(|pixel| read.mask.as_ref().unwrap()[*pixel] == 0).collect();
    assert_eq!((missing, read.data[2003]), (vec![2003], 96));
}

#[test]
fn uncompressed_strips_bring_only_their_wanted_rows_in_bounded_pieces() {
    let entries = stripped(100_000, 4000, 4000, vec![1000], vec![400_000_000]);
    let file = File::classic(8).ifd(8, &entries, 0);
    let mut raster = file.open(Limits::default()).unwrap();
    raster.dataset.supply(FileId::BASE, 0, &file.bytes).unwrap();
    let plan = raster.answer(|dataset| plan(dataset, &window(5.0, 1001.0, 10.0, 3.0))).unwrap();
    let row = |row: u64| 1000 + row * 100_000;
    // 256 KiB hold two rows: the third comes in a piece of its own.
    assert_eq!(ranges(&plan), [(row(1001), row(1003)), (row(1003), row(1004))]);
    assert_eq!(plan.blocks[1].placement, Placement { x: 0, y: 2, width: 10, height: 1, bands: vec![0] });
    assert_eq!(plan.blocks[1].job.layout.height, 1);
}

#[test]
fn uncompressed_strips_one_behind_the_other_are_one_block() {
    // 3,000 rows of 100 bytes, one to a strip; a gap behind the first 1,000, and the last one apart.
    let start = |row: u64| 100_000 + row * 100 + if row < 1000 { 0 } else { 7 };
    let offsets = (0..3000).map(start).collect();
    let entries = stripped(100, 3000, 1, offsets, vec![100; 3000]);
    let file = File::classic(8).ifd(8, &entries, 0).put(100_000 + 300_006, &[0]);
    let strips = planned(&file, &window(3.0, 500.0, 50.0, 2500.0));
    assert_eq!(
        ranges(&strips),
        [(start(500), start(999) + 100), (start(1000), start(2998) + 100), (start(2999), start(2999) + 100)]
    );
    let blocks: Vec<_> =
        strips.blocks.iter().map(|block| (block.index, block.job.layout.height, block.placement.y)).collect();
    assert_eq!(blocks, [(500, 500, 0), (1000, 1999, 500), (2999, 1, 2499)]);
    // No more than 256 KiB together.
    let large = stripped(100_000, 8, 1, (0..8).map(|row| 1000 + row * 100_000).collect(), vec![100_000; 8]);
    let file = File::classic(8).ifd(8, &large, 0);
    let mut raster = file.open(Limits::default()).unwrap();
    raster.dataset.supply(FileId::BASE, 0, &file.bytes).unwrap();
    let plan = raster.answer(|dataset| plan(dataset, &Request::default())).unwrap();
    assert_eq!(ranges(&plan).len(), 5, "two rows each, and the last one, whose rows may be cut, alone");
}

#[test]
fn a_table_of_millions_is_read_by_the_entries_wanted() {
    // 288,000 x 180,000 in tiles of 256: 791,578 tiles (B.13). Nothing but the header, the entries wanted and the tile exists.
    let (across, tiles) = (1125_u64, 1125_u64 * 704);
    let mut header = b"II\x2b\0\x08\0\0\0".to_vec();
    header.extend(16_u64.to_le_bytes());
    let entry = |tag: u16, kind: u16, count: u64, value: u64| {
        let mut entry = tag.to_le_bytes().to_vec();
        entry.extend(kind.to_le_bytes());
        entry.extend(count.to_le_bytes());
        entry.extend(value.to_le_bytes());
        entry
    };
    let offsets_at = 5_000_000_000_u64;
    let counts_at = offsets_at + tiles * 8;
    header.extend(8_u64.to_le_bytes());
    header.extend(entry(256, 4, 1, 288_000));
    header.extend(entry(257, 4, 1, 180_000));
    header.extend(entry(258, 3, 1, 8));
    header.extend(entry(259, 3, 1, 8));
    header.extend(entry(322, 4, 1, 256));
    header.extend(entry(323, 4, 1, 256));
    header.extend(entry(324, 16, tiles, offsets_at));
    header.extend(entry(325, 4, tiles, counts_at));
    header.extend(0_u64.to_le_bytes());
    let empty: Vec<Option<&[u8]>> = vec![Some(&header)];
    let mut raster = Raster::open(empty, Vec::new(), Options::default()).unwrap();
    let tile = 3 * across + 7;
    let request = window(7.0 * 256.0, 3.0 * 256.0, 256.0, 256.0);
    let need = plan(&mut raster.dataset, &request).unwrap_err().into_need().unwrap();
    let at = |start, size| ByteRange::at(start, size).unwrap();
    assert_eq!(need.ranges, [at(offsets_at + tile * 8, 8), at(counts_at + tile * 4, 4)]);
    raster.dataset.supply(FileId::BASE, offsets_at + tile * 8, &7_000_000_000_u64.to_le_bytes()).unwrap();
    raster.dataset.supply(FileId::BASE, counts_at + tile * 4, &500_u32.to_le_bytes()).unwrap();
    let plan = plan(&mut raster.dataset, &request).unwrap();
    assert_eq!(ranges(&plan), [(7_000_000_000, 7_000_000_500)]);
}

#[test]
fn sparse_blocks_bring_nothing() {
    let file = File::classic(8).ifd(8, &tiled(32, 16, vec![0, 1000], vec![0, 256]), 0).put(1255, &[0]);
    let plan = planned(&file, &Request::default());
    assert_eq!(ranges(&plan), [(1000, 1256)]);
    assert_eq!((plan.blocks[0].start, plan.blocks[0].end), (0, 0));
}

/// A.19 and the shapes of every other argument.
#[test]
fn a19_arguments_out_of_range_are_typed_errors_that_state_the_range() {
    let file = tiles();
    let refused = |request: Request, argument: &str, words: &str| {
        let error =
            file.open(Limits::default()).unwrap().answer(|dataset| plan(dataset, &request)).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{request:?}");
        assert_eq!(error.detail().name.as_deref(), Some(argument), "{request:?}");
        assert!(error.message().contains(words), "{} should say {words}", error.message());
    };
    let level = |level| Request { level: Some(level), ..Request::default() };
    refused(level(1.0), "level", "expected 0 to 0");
    refused(level(-1.0), "level", "expected a whole number from 0");
    refused(level(0.5), "level", "expected a whole number");
    refused(level(f64::NAN), "level", "expected a whole number");
    let bands = |bands: &[f64]| Request { bands: Some(bands.to_vec()), ..Request::default() };
    refused(bands(&[0.0]), "bands", "numbered from 1 to 1");
    refused(bands(&[2.0]), "bands", "numbered from 1 to 1");
    refused(bands(&[]), "bands", "from 1 to 1");
    refused(bands(&[1.5]), "bands", "from 1 to 1");
    for bad in [
        [-1.0, 0.0, 4.0, 4.0],
        [0.0, 0.0, 49.0, 1.0],
        [0.0, 0.0, 0.0, 1.0],
        [0.5, 0.0, 1.0, 1.0],
        [0.0, f64::NAN, 1.0, 1.0],
    ] {
        refused(window(bad[0], bad[1], bad[2], bad[3]), "window", "inside the image of 48x32");
    }
    refused(Request { width: Some(0.0), ..Request::default() }, "width", "whole number from 1");
    refused(Request { height: Some(1e10), ..Request::default() }, "height", "whole number from 1");
    refused(Request { max_size: Some(0.0), ..Request::default() }, "maxSize", "whole number from 1");
}

#[test]
fn limits_on_plans_hold() {
    let limited = |limits: Limits, request: &Request| {
        tiles().open(limits).unwrap().answer(|dataset| plan(dataset, request)).unwrap_err()
    };
    let all = Request::default();
    let error = limited(Limits { plan_blocks: 5, ..Limits::default() }, &all);
    assert_eq!((error.code(), error.detail().found), (Code::Limit, Some(6)));
    let error = limited(Limits { plan_bytes: 1535, ..Limits::default() }, &all);
    assert_eq!((error.code(), error.detail().found), (Code::Limit, Some(1536)));
    let error = limited(Limits { output_bytes: 1535, ..Limits::default() }, &all);
    assert_eq!(
        (error.code(), error.detail().found, error.detail().limit),
        (Code::TooLarge, Some(1536), Some(1535))
    );
    let huge = Request { width: Some(2e9), height: Some(2e9), ..Request::default() };
    assert_eq!(limited(Limits::default(), &huge).code(), Code::TooLarge);
    let error = limited(Limits { encoded_block_bytes: 255, ..Limits::default() }, &all);
    assert_eq!((error.code(), error.detail().block), (Code::Limit, Some(0)));
}

#[test]
fn a_block_past_the_end_of_the_file_is_named_with_both_numbers() {
    let file = File::classic(8).ifd(8, &tiled(16, 16, vec![9000], vec![256]), 0).put(9000, &[0; 100]);
    let mut raster = file.open(Limits::default()).unwrap();
    raster.dataset.ends_by(FileId::BASE, 9100);
    let error = raster.answer(|dataset| plan(dataset, &Request::default())).unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Truncated, "tile 0 ends at byte 9256, file has 9100"));
    let file = File::classic(8).ifd(8, &with(tiled(16, 16, vec![1], vec![1]), 322, LONG, vec![0]), 0);
    assert_eq!(file.open(Limits::default()).unwrap_err().code(), Code::Malformed);
}
