//! B.12: where blocks with leaders lie, range by range, and which bytes are asked for to know it.

use pyramidion::byte_range::ByteRange;
use pyramidion::codec::Frame;
use pyramidion::error::FileId;
use pyramidion::plan::{Plan, Request, plan};
use pyramidion::pyramid::{Dataset, Options};

use crate::craft::{File, SHORT, tiled, with};

const TEXT: &str = "GDAL_STRUCTURAL_METADATA_SIZE=000140 bytes\nLAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\n\
                    BLOCK_LEADER=SIZE_AS_UINT4\nBLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n ";
/// Where the byte counts stand: behind the directory and the offsets.
const COUNTS: u64 = 4000 + 2 + 10 * 12 + 4 + 8 * 4;

/// 64 x 32 in Deflate tiles of 16, 4 x 2 of them, with these offsets and byte counts; a file of 10,000 bytes.
fn file(text: &str, offsets: [u64; 8], counts: [u64; 8]) -> File {
    let entries = with(tiled(64, 32, offsets.to_vec(), counts.to_vec()), 259, SHORT, vec![8]);
    File::classic(4000).put(8, text.as_bytes()).ifd(4000, &entries, 0).put(9_999, &[0])
}

/// A plan of those tiles in the first row of tiles, and whether byte counts were asked for.
fn planned(file: &File, tiles: [u32; 2], known_end: bool) -> (Plan, bool) {
    let mut dataset = Dataset::new(Vec::new(), Options::default());
    let window = [tiles[0] * 16, 0, tiles[1] * 16, 16].map(f64::from);
    let request = Request { window: Some(window), ..Request::default() };
    let mut counted = false;
    let counts = ByteRange::new(COUNTS, COUNTS + 32);
    for _ in 0..50 {
        if known_end {
            dataset.ends_by(FileId::BASE, file.bytes.len() as u64);
        }
        match plan(&mut dataset, &request) {
            Ok(plan) => return (plan, counted),
            Err(stop) => {
                for range in stop.into_need().unwrap().ranges {
                    counted |= !range.intersection(counts).is_empty();
                    let bytes = &file.bytes[range.start as usize..(range.end as usize).min(file.bytes.len())];
                    dataset.supply(FileId::BASE, range.start, bytes).unwrap();
                }
            }
        }
    }
    panic!("no plan after fifty questions")
}

/// Ranges of the blocks, and whether they are framed.
fn ranges(plan: &Plan) -> Vec<(u64, u64, bool)> {
    let frame = |frame: Option<Frame>| {
        assert!(frame.is_none_or(|frame| frame == Frame { skip: 0, trailer: true }));
        frame.is_some()
    };
    plan.blocks.iter().map(|block| (block.start, block.end, frame(block.job.frame))).collect()
}

const OFFSETS: [u64; 8] = [1004, 1204, 1304, 1404, 1504, 1604, 1704, 1804];
const SIZES: [u64; 8] = [190, 90, 92, 91, 92, 92, 92, 92];

#[test]
fn b_12_neighbours_bound_blocks_and_byte_counts_are_not_asked_for() {
    let (plan, counted) = planned(&file(TEXT, OFFSETS, SIZES), [0, 3], false);
    assert_eq!(ranges(&plan), [(1000, 1200, true), (1200, 1300, true), (1300, 1400, true)]);
    assert!(!counted);
    let plain = TEXT.replace("BLOCK_LEADER", "BLOCK_READER");
    let (plan, counted) = planned(&file(&plain, OFFSETS, SIZES), [0, 2], false);
    assert_eq!(ranges(&plan), [(1004, 1194, false), (1204, 1294, false)]);
    assert!(counted);
}

#[test]
fn b_12_what_no_neighbour_bounds_is_counted() {
    let with_next = |next: u64| {
        let (mut offsets, mut sizes) = (OFFSETS, SIZES);
        (offsets[1], sizes[1]) = (next, if next == 0 { 0 } else { 90 });
        file(TEXT, offsets, sizes)
    };
    // Followed by a sparse block, by one before it, by one too near, by one so far away that it is no neighbour.
    for next in [0, 500, 1004, 1007, 9_000] {
        let (plan, counted) = planned(&with_next(next), [0, 1], true);
        assert_eq!((ranges(&plan), counted), (vec![(1004, 1194, false)], true), "next at {next}");
    }
    // A block of 256 pixels may take 384 bytes, its mask 256, and what lies around them 4096.
    let most = 256 + 128 + 256 + 4096;
    for (next, bounds) in [(1000 + most, true), (1000 + most + 1, false)] {
        let (plan, counted) = planned(&with_next(next + 4), [0, 1], true);
        let expected = if bounds { (1000, next, true) } else { (1004, 1194, false) };
        assert_eq!((ranges(&plan), counted), (vec![expected], !bounds), "next at {next}");
    }
    let (plan, _) = planned(&with_next(0), [1, 1], true);
    assert_eq!(ranges(&plan), [(0, 0, false)]);
}

#[test]
fn b_12_a_block_that_would_end_past_the_file_is_counted() {
    let mut offsets = OFFSETS;
    (offsets[0], offsets[1]) = (9_800, 10_300);
    let (plan, counted) = planned(&file(TEXT, offsets, SIZES), [0, 1], true);
    assert_eq!((ranges(&plan), counted), (vec![(9_800, 9_990, false)], true));
}

#[test]
fn b_12_the_last_block_ends_with_the_file_where_that_is_known() {
    let last = |end: u64| {
        let entries = with(tiled(16, 16, vec![9_004], vec![92]), 259, SHORT, vec![8]);
        File::classic(4000).put(8, TEXT.as_bytes()).ifd(4000, &entries, 0).put(end as usize - 1, &[0])
    };
    let (plan, _) = planned(&last(9_104), [0, 1], true);
    assert_eq!(ranges(&plan), [(9_000, 9_104, true)]);
    let (plan, _) = planned(&last(9_104), [0, 1], false);
    assert_eq!(ranges(&plan), [(9_004, 9_096, false)]);
    let (plan, _) = planned(&last(20_000), [0, 1], true);
    assert_eq!(ranges(&plan), [(9_004, 9_096, false)]);
}

#[test]
fn b_12_without_byte_counts_the_leader_itself_is_asked_for() {
    let mut offsets = OFFSETS;
    offsets[1] = 0;
    let file = |leader: u32| file(TEXT, offsets, [0; 8]).put(1000, &leader.to_le_bytes());
    let (plan, counted) = planned(&file(150), [0, 1], false);
    assert_eq!((ranges(&plan), counted), (vec![(1000, 1158, true)], true));
    // A leader that no block can have leaves the block sparse, as in GDAL.
    for leader in [u32::MAX, 100_000] {
        assert_eq!(ranges(&planned(&file(leader), [0, 1], true).0), [(0, 0, false)], "{leader}");
    }
}

#[test]
fn b_12_offsets_too_small_for_a_leader_are_sparse_or_refused_and_never_a_panic() {
    for first in [1, 3, 4, 5] {
        let mut offsets = OFFSETS;
        offsets[0] = first;
        let (plan, _) = planned(&file(TEXT, offsets, SIZES), [0, 1], true);
        let (start, end, framed) = ranges(&plan)[0];
        assert!(if framed { start == first - 4 } else { (start, end) == (first, first + 190) }, "{first}");
        planned(&file(TEXT, offsets, [0; 8]), [0, 1], true);
    }
}
