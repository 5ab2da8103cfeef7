//! Whose request leaves first, and how that changes while it waits.

use pyramidion::range::NetOptions;

use crate::bench::*;

/// One request at a time, so that all others wait.
fn narrow() -> Bench {
    Bench::new(NetOptions { per_origin: 1, ..NetOptions::default() }, http())
}

#[test]
fn a_map_that_pans_asks_first_for_what_it_shows_now() {
    let mut bench = narrow();
    let (_, sent) = bench.read(&blocks(&[(0, 10)]));
    let (old, _) = bench.read(&blocks(&[(MIB, MIB + 10)]));
    let (new, _) = bench.read(&blocks(&[(9 * MIB, 9 * MIB + 10)]));
    bench.net.set_priority(0, new, 1);
    let (_, urgent) =
        (bench.net.read_at(0, bench.source, &blocks(&[(5 * MIB, 5 * MIB + 10)]), 2), bench.sent());
    assert_eq!(urgent, [], "one is under way");
    bench.net.set_priority(0, old, -1);
    bench.read(&blocks(&[(3 * MIB, 3 * MIB + 10)]));
    let mut order = Vec::new();
    let mut next = sent[0];
    for _ in 0..4 {
        bench.answer(next.0, next.1, next.2, 500 * MIB);
        next = bench.last_sent.expect("something waits");
        order.push(next.1 / MIB);
    }
    assert_eq!(order, [5, 9, 3, 1], "2, 1, 0, -1");
}

#[test]
fn what_two_readers_want_has_the_higher_priority_until_that_one_leaves() {
    let mut bench = narrow();
    let (_, sent) = bench.read(&blocks(&[(0, 10)]));
    bench.read(&blocks(&[(MIB, MIB + 10)]));
    bench.read(&blocks(&[(2 * MIB, 2 * MIB + 10)]));
    let urgent = bench.net.read_at(0, bench.source, &blocks(&[(2 * MIB, 2 * MIB + 10)]), 7);
    let other = bench.net.read_at(0, bench.source, &blocks(&[(3 * MIB, 3 * MIB + 10)]), 5);
    bench.net.abort(0, urgent);
    bench.answer(sent[0].0, 0, 10, 500 * MIB);
    let next = bench.last_sent.unwrap();
    assert_eq!(next.1, 3 * MIB, "the shared one has lost its 7");
    bench.net.abort(0, other);
    bench.orders();
    assert_eq!(bench.last_sent.unwrap().1, MIB, "first come, first served");
}

#[test]
fn an_origin_that_multiplexes_gets_more_requests_at_once() {
    let options = NetOptions { per_origin: 2, per_origin_multiplexed: 5, ..NetOptions::default() };
    let mut bench = Bench::new(options, http());
    let far: Vec<_> = (0..9).map(|index| (index * MIB, index * MIB + 10)).collect();
    assert_eq!(bench.read(&blocks(&far)).1.len(), 2);
    bench.net.multiplexed(0, bench.source);
    assert_eq!(bench.sent().len(), 3, "five in all");
}
