//! Requests that follow what the origin's answers have shown of latency and throughput.

use pyramidion::range::NetOptions;

use crate::bench::*;

/// Answers a request for that many bytes, its head after `latency`, its body `took` later.
fn teach(bench: &mut Bench, start: u64, bytes: u64, latency: u64, took: u64) {
    let (flight, ..) = bench.read(&blocks(&[(start, start + bytes)])).1[0];
    bench.now += latency;
    bench.net.head(bench.now, flight, part(start, start + bytes, Some(500 * MIB)));
    bench.now += took;
    bench.net.body(bench.now, flight, bytes);
    bench.net.end(bench.now, flight);
    bench.orders();
}

/// Two blocks of a megabyte, 100 KB apart.
const APART: [(u64, u64); 2] = [(100_000_000, 101_000_000), (101_100_000, 102_100_000)];

#[test]
fn b8_a_gap_is_fetched_along_where_it_costs_less_than_a_round_trip() {
    // 1 MB in 50 ms; a head after 100 ms: 2 MB for the wait.
    let mut bench = Bench::new(NetOptions::default(), http());
    teach(&mut bench, 0, 1_000_000, 100, 50);
    assert_eq!(bench.net.worthwhile_gap(bench.source), Some(2_000_000));
    assert_eq!(ranges(&bench.read(&blocks(&APART)).1), [(100_000_000, 102_100_000)]);
}

#[test]
fn b8_a_slow_line_does_not_pay_for_gaps() {
    // 1 MB in 8 s, a head after 20 ms: 2.5 KB for the wait.
    let mut bench = Bench::new(NetOptions::default(), http());
    assert_eq!(bench.net.worthwhile_gap(bench.source), None, "nothing known: the share alone decides");
    teach(&mut bench, 0, 1_000_000, 20, 8000);
    assert_eq!(bench.net.worthwhile_gap(bench.source), Some(16 * KIB), "a page is always worth it");
    assert_eq!(ranges(&bench.read(&blocks(&APART)).1), APART);
    let near = [(200_000_000, 201_000_000), (201_016_000, 202_016_000)];
    assert_eq!(ranges(&bench.read(&blocks(&near)).1), [(200_000_000, 202_016_000)]);
}

#[test]
fn b8_the_share_stays_the_upper_bound() {
    let mut bench = Bench::new(NetOptions { merge_waste: 0.01, ..NetOptions::default() }, http());
    teach(&mut bench, 0, 1_000_000, 1000, 10);
    assert_eq!(ranges(&bench.read(&blocks(&APART)).1), APART);
}
