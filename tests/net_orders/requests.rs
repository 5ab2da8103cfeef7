//! Which requests leave, who shares them, and what is kept.

use pyramidion::byte_range::ByteRange;
use pyramidion::error::Code;
use pyramidion::range::{NetOptions, Order, PIECE_OVERHEAD, Part, PieceId, ReadStats, SourceId};

use crate::bench::*;

#[test]
fn opening_a_cog_whose_header_fits_is_one_request() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (reader, sent) = bench.read(&pages(&[(0, 32 * KIB)]));
    assert_eq!(ranges(&sent), [(0, 32 * KIB)]);
    let flight = sent[0].0;
    assert_eq!(
        bench.answer(flight, 0, 32 * KIB, 500 * MIB),
        [
            Order::Keep { piece: PieceId(3), flight, range: ByteRange::new(0, 32 * KIB) },
            Order::HandOut {
                reader,
                index: 0,
                parts: vec![Part { piece: PieceId(3), range: ByteRange::new(0, 32 * KIB) }]
            },
            Order::Done {
                reader,
                stats: ReadStats {
                    requests: 1,
                    bytes: 32 * KIB,
                    useful_bytes: 32 * KIB,
                    ..ReadStats::default()
                }
            },
        ]
    );
    assert_eq!(bench.net.facts(bench.source).unwrap().length, Some(500 * MIB), "B.2: from the first 206");
    assert!(bench.net.is_idle());
    let (_, sent) = bench.read(&pages(&[(100, 200), (8 * KIB, 30 * KIB)]));
    assert_eq!(sent, [], "what the header refers to within its first range is there");
}

#[test]
fn metadata_is_read_in_pages_and_blocks_exactly() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (_, sent) = bench.read(&pages(&[(100, 200)]));
    assert_eq!(ranges(&sent), [(0, 16 * KIB)]);
    bench.answer(sent[0].0, 0, 16 * KIB, MIB);
    assert_eq!(
        ranges(&bench.read(&pages(&[(10_000, 20_000)])).1),
        [(16 * KIB, 32 * KIB)],
        "the first is there"
    );
    assert_eq!(ranges(&bench.read(&blocks(&[(500_000, 500_001)])).1), [(500_000, 500_001)]);
    assert_eq!(
        ranges(&bench.read(&pages(&[(MIB - 5, MIB + 5)])).1),
        [(MIB - 16 * KIB, MIB)],
        "up to the end"
    );
}

#[test]
fn nine_blocks_in_three_runs_are_three_requests_and_then_none() {
    let mut bench = Bench::new(NetOptions::default(), http());
    // Three rows of three tiles of a 20 tiles wide image; tile sizes as compression leaves them.
    let tile = |row: u64, column: u64| {
        let start = 64 * KIB + row * 20 * 50_000 + column * 50_000;
        (start, start + 50_000 - if column == 2 { 123 } else { 0 })
    };
    let wanted: Vec<_> = (0..9).map(|index| tile(index / 3, index % 3)).collect();
    let (reader, sent) = bench.read(&blocks(&wanted));
    let rows: Vec<_> = (0..3).map(|row| (tile(row, 0).0, tile(row, 2).1)).collect();
    assert_eq!(ranges(&sent), rows);
    let mut orders = Vec::new();
    for (flight, start, end, _) in sent {
        orders.extend(bench.answer(flight, start, end, 500 * MIB));
    }
    let handed: Vec<usize> = orders
        .iter()
        .filter_map(|order| match order {
            Order::HandOut { index, parts, .. } => {
                assert_eq!(parts.len(), 1, "a block is one piece");
                Some(*index)
            }
            _ => None,
        })
        .collect();
    assert_eq!(handed, (0..9).collect::<Vec<_>>());
    let bytes = rows.iter().map(|row| row.1 - row.0).sum();
    let stats = ReadStats { requests: 3, bytes, useful_bytes: bytes, ..ReadStats::default() };
    assert_eq!(done(&orders), [(reader, stats)]);
    let (again, sent) = bench.read(&blocks(&wanted));
    assert_eq!(sent, []);
    assert_eq!(done(&bench.orders()), [], "the orders were drained with `sent`");
    assert!(bench.net.is_idle() && again != reader);
}

#[test]
fn b_8_gaps_are_fetched_along_while_they_are_small() {
    let mut bench = Bench::new(NetOptions::default(), http());
    // COG block leaders and trailers: 8 bytes between blocks.
    let wanted = [(1000, 51_000), (51_008, 101_008), (101_016, 150_000)];
    let (_, sent) = bench.read(&blocks(&wanted));
    assert_eq!(ranges(&sent), [(1000, 150_000)]);
    let orders = bench.answer(sent[0].0, 1000, 150_000, MIB);
    let kept: Vec<(u64, u64)> = orders
        .iter()
        .filter_map(|order| match order {
            Order::Keep { range, .. } => Some((range.start, range.end)),
            _ => None,
        })
        .collect();
    assert_eq!(kept, [(0, 50_000), (50_008, 100_008), (100_016, 149_000)], "the gaps are dropped");
    let charged = 50_000 + 50_000 + 48_984 + 3 * PIECE_OVERHEAD;
    assert_eq!(bench.net.cache_stats().bytes, charged);
}

#[test]
fn b_9_two_readers_share_and_one_abort_disturbs_nobody() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (first, sent) = bench.read(&blocks(&[(0, 1000), (1000, 2000)]));
    let (second, more) = bench.read(&blocks(&[(500, 1500)]));
    assert_eq!((sent.len(), more.len()), (1, 0));
    bench.net.abort(0, first);
    assert_eq!(bench.orders(), []);
    let orders = bench.answer(sent[0].0, 0, 2000, MIB);
    assert_eq!(
        done(&orders),
        [(second, ReadStats { cache_hits: 1, useful_bytes: 1000, ..ReadStats::default() })]
    );
}

#[test]
fn b_9_the_last_abort_stops_the_request() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (first, sent) = bench.read(&blocks(&[(0, 1000)]));
    let (second, _) = bench.read(&blocks(&[(0, 1000)]));
    bench.net.abort(0, first);
    bench.net.abort(0, first);
    assert_eq!(bench.orders(), []);
    bench.net.abort(0, second);
    assert_eq!(bench.orders(), [Order::Stop { flight: sent[0].0 }]);
    assert!(bench.net.is_idle());
    assert_eq!(bench.answer(sent[0].0, 0, 1000, MIB), [], "facts about a stopped flight change nothing");
    assert_eq!(bench.net.facts(bench.source).unwrap().length, None);
}

#[test]
fn an_abort_takes_undrained_orders_along() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (reader, sent) = bench.read(&blocks(&[(0, 1000), (5000, 6000)]));
    bench.net.head(0, sent[0].0, part(0, 1000, Some(MIB)));
    bench.net.body(0, sent[0].0, 1000);
    bench.net.abort(0, reader);
    assert!(bench.orders().iter().all(|order| !order.is_about(reader)));
}

#[test]
fn the_queue_merges_what_waits_and_forgets_what_is_aborted() {
    let mut bench = Bench::new(NetOptions { per_origin: 1, ..NetOptions::default() }, http());
    let (_, first) = bench.read(&blocks(&[(0, 1000)]));
    let (gone, none) = bench.read(&blocks(&[(500_000, 501_000)]));
    let (_, also_none) = bench.read(&blocks(&[(900_000, 901_000)]));
    bench.read(&blocks(&[(901_000, 902_000)]));
    assert_eq!((first.len(), none.len(), also_none.len()), (1, 0, 0));
    bench.net.abort(0, gone);
    assert_eq!(bench.orders(), []);
    let orders = bench.answer(first[0].0, 0, 1000, MIB);
    let next = orders.iter().filter(|order| matches!(order, Order::Send { .. })).collect::<Vec<_>>();
    let range = ByteRange::new(900_000, 902_000);
    assert!(matches!(next[..], [Order::Send { range: sent, .. }] if *sent == range), "{next:?}");
}

#[test]
fn reads_that_begin_together_share_requests_and_the_most_urgent_goes_first() {
    let mut bench = Bench::new(NetOptions { per_origin: 1, ..NetOptions::default() }, http());
    for start in [5000, 900_000, 4000] {
        bench.net.read(7, bench.source, &blocks(&[(start, start + 1000)]));
        assert_eq!(bench.net.next_order(), None, "others may follow");
        assert_eq!(bench.net.next_wake(), Some(7));
    }
    let last = bench.net.read(7, bench.source, &blocks(&[(2_000_000, 2_000_010)]));
    bench.net.set_priority(7, last, 1);
    let urgent = bench.sent();
    assert_eq!(urgent.iter().map(|sent| sent.1).collect::<Vec<_>>(), [2_000_000]);
    assert_ne!(bench.net.next_wake(), Some(7), "none is waited for any more");
    bench.answer(urgent[0].0, 2_000_000, 2_000_010, 3 * MIB);
    let (flight, start, end, _) = bench.last_sent.unwrap();
    assert_eq!((start, end), (4000, 6000), "two reads in one");
    bench.answer(flight, start, end, 3 * MIB);
    assert_eq!(bench.last_sent.unwrap().1, 900_000);
}

#[test]
fn a_driver_that_is_late_to_tell_of_the_end_of_reads_need_only_tell_the_time() {
    let mut bench = Bench::new(NetOptions::default(), http());
    bench.net.read(7, bench.source, &blocks(&[(0, 10)]));
    bench.net.tick(7);
    assert!(matches!(bench.net.next_order(), Some(Order::Send { .. })));
}

#[test]
fn a_merged_request_says_where_its_body_will_be_cut() {
    let mut bench = Bench::new(NetOptions::default(), http());
    // Two that touch, and one behind a gap that is worth fetching along; the bodies of the others are one piece.
    bench.net.read(0, bench.source, &blocks(&[(1000, 1400), (1400, 2000), (2010, 3000), (900_000, 901_000)]));
    let orders = bench.orders();
    let cuts = |order: &Order| match order {
        Order::Send { range, cuts, .. } => Some((range.start, cuts.clone())),
        _ => None,
    };
    let found: Vec<_> = orders.iter().filter_map(cuts).collect();
    assert_eq!(found, [(1000, vec![400, 1000, 1010]), (900_000, vec![])]);
}

#[test]
fn a_queued_hole_shrinks_to_what_is_still_wanted() {
    let mut bench = Bench::new(NetOptions { per_origin: 1, ..NetOptions::default() }, http());
    let (blocker, _) = bench.read(&blocks(&[(0, 10)]));
    let (gone, _) = bench.read(&blocks(&[(1000, 9000)]));
    bench.read(&blocks(&[(2000, 2100), (8000, 8100)]));
    bench.net.abort(0, gone);
    bench.net.abort(0, blocker);
    let sent = bench.sent();
    assert_eq!(ranges(&sent), [(2000, 2100)]);
    bench.answer(sent[0].0, 2000, 2100, MIB);
}

#[test]
fn a_block_is_handed_out_while_others_still_come() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (reader, sent) = bench.read(&blocks(&[(1000, 2000), (2000, 3000)]));
    bench.net.head(0, sent[0].0, part(1000, 3000, None));
    bench.net.body(0, sent[0].0, 999);
    assert_eq!(bench.orders(), []);
    bench.net.body(0, sent[0].0, 1500);
    let orders = bench.orders();
    let handed =
        |order: &Order| matches!(order, Order::HandOut { reader: to, index: 0, .. } if *to == reader);
    assert!(orders.len() == 2 && handed(&orders[1]), "{orders:?}");
}

#[test]
fn b_1_offsets_beyond_four_gibibytes() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (reader, sent) = bench.read(&blocks(&[(5 * GIB + 3, 5 * GIB + 9), (u64::MAX - 5, u64::MAX)]));
    assert_eq!(ranges(&sent), [(5 * GIB + 3, 5 * GIB + 9), (u64::MAX - 5, u64::MAX)]);
    let orders = bench.answer(sent[0].0, 5 * GIB + 3, 5 * GIB + 9, 6 * GIB);
    assert_eq!(done(&orders)[0].0, reader, "the other one lies past the end");
}

#[test]
fn close_ends_all_and_is_idempotent() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (_, sent) = bench.read(&blocks(&[(0, 100)]));
    bench.answer(sent[0].0, 0, 100, MIB);
    let (reader, sent) = bench.read(&blocks(&[(5000, 5100)]));
    bench.net.close(0, bench.source);
    let orders = bench.orders();
    assert!(
        matches!(&orders[..], [Order::Stop { flight }, Order::Fail { reader: failed, error, .. }, Order::Forget { .. }]
        if *flight == sent[0].0 && *failed == reader && error.code() == Code::Closed),
        "{orders:?}"
    );
    bench.net.close(0, bench.source);
    bench.net.abort(0, reader);
    assert_eq!(bench.orders(), []);
    assert!(bench.net.is_idle());
    bench.net.read(0, bench.source, &[]);
    assert_eq!(failures(&bench.orders())[0].1.code(), Code::Closed);
    bench.net.read(0, SourceId(77), &[]);
    assert_eq!(failures(&bench.orders())[0].1.code(), Code::Internal);
}

#[test]
fn b_10_the_cache_is_bounded_and_least_recently_used_goes_first() {
    let charge = 1000 + PIECE_OVERHEAD;
    let mut bench = Bench::new(NetOptions { cache_bytes: 2 * charge, ..NetOptions::default() }, http());
    for start in [0, 10_000, 0, 20_000] {
        let (_, sent) = bench.read(&blocks(&[(start, start + 1000)]));
        for (flight, start, end, _) in sent {
            bench.answer(flight, start, end, MIB);
        }
    }
    assert_eq!(bench.net.cache_stats().bytes, 2 * charge);
    assert_eq!(bench.read(&blocks(&[(0, 1000)])).1, [], "used twice, so 10,000 went instead");
    assert_eq!(bench.read(&blocks(&[(10_000, 11_000)])).1.len(), 1);
}
