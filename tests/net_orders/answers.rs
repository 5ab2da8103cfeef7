//! What becomes of answers: parts, whole files, ends of files, changed files.

use pyramidion::byte_range::ByteRange;
use pyramidion::error::Code;
use pyramidion::range::{Head, NetOptions, Order, PieceId, ReaderId};

use crate::bench::*;

#[test]
fn b_3_a_small_file_from_a_server_without_ranges_is_taken_once() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (first, sent) = bench.read(&blocks(&[(0, 100), (40_000, 40_100)]));
    let (second, more) = bench.read(&blocks(&[(90_000, 200_000)]));
    assert_eq!((sent.len(), more.len()), (2, 1));
    let whole = Head { status: 200, content_length: Some(100_000), ..Head::default() };
    bench.net.head(0, sent[1].0, whole);
    let stops = [Order::Stop { flight: sent[0].0 }, Order::Stop { flight: more[0].0 }];
    assert_eq!(bench.orders(), stops);
    let (third, none) = bench.read(&blocks(&[(50_000, 50_010)]));
    assert_eq!(none, [], "it waits for the body that comes");
    bench.net.body(0, sent[1].0, 100_000);
    assert_eq!(bench.orders(), []);
    bench.net.end(0, sent[1].0);
    let orders = bench.orders();
    assert_eq!(
        orders[0],
        Order::Keep { piece: PieceId(7), flight: sent[1].0, range: ByteRange::new(0, 100_000) }
    );
    let ended: Vec<ReaderId> = done(&orders).iter().map(|done| done.0).collect();
    assert_eq!(ended, [first, second, third]);
    assert!(bench.net.facts(bench.source).unwrap().whole);
    assert_eq!(bench.read(&blocks(&[(7, 99_000)])).1, []);
    bench.net.clear_cache();
    bench.orders();
    let (_, sent) = bench.read(&blocks(&[(7, 10), (600, 700), (99_000, 99_010)]));
    assert_eq!(ranges(&sent), [(0, 100_000)], "all comes anyway: ask once");
}

#[test]
fn b_3_a_large_file_from_a_server_without_ranges_is_refused() {
    let options = NetOptions { whole_bytes: 1000, ..NetOptions::default() };
    for told in [Some(1001), None] {
        let mut bench = Bench::new(options.clone(), http());
        let (reader, sent) = bench.read(&blocks(&[(0, 100)]));
        bench.net.head(0, sent[0].0, Head { status: 200, content_length: told, ..Head::default() });
        if told.is_none() {
            bench.net.body(0, sent[0].0, 1000);
            assert_eq!(bench.orders(), []);
            bench.net.body(0, sent[0].0, 1001);
        }
        let orders = bench.orders();
        assert_eq!(orders[0], Order::Stop { flight: sent[0].0 });
        let failed = failures(&orders);
        assert_eq!((failed[0].0, failed[0].1.code()), (reader, Code::RangeUnsupported));
        assert!(failed[0].1.message().contains("its owner must turn on byte ranges"));
        assert!(bench.net.is_idle());
    }
}

#[test]
fn b_4_a_body_that_is_too_long_is_stopped_at_once() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (_, sent) = bench.read(&blocks(&[(0, 1000)]));
    bench.net.head(0, sent[0].0, part(0, 1000, None));
    bench.net.body(0, sent[0].0, 1001);
    let orders = bench.orders();
    assert_eq!(orders[0], Order::Stop { flight: sent[0].0 });
    assert_eq!(failures(&orders)[0].1.code(), Code::RangeUnsupported);
    assert_eq!(bench.net.cache_stats().pieces, 0);
}

#[test]
fn b_4_the_end_of_the_file() {
    // A short answer whose Content-Range says so.
    let mut bench = Bench::new(NetOptions::default(), http());
    let (_, sent) = bench.read(&pages(&[(0, 32 * KIB), (80_000, 90_000)]));
    assert_eq!(sent.len(), 2);
    bench.net.head(0, sent[0].0, part(0, 20_000, Some(20_000)));
    let orders = bench.orders();
    let nothing = |order: &Order| matches!(order, Order::HandOut { index: 1, parts, .. } if parts.is_empty());
    assert!(nothing(&orders[0]) && orders[1] == Order::Stop { flight: sent[1].0 }, "{orders:?}");
    bench.net.body(0, sent[0].0, 20_000);
    assert_eq!(done(&bench.orders()).len(), 1);
    bench.net.end(0, sent[0].0);
    assert_eq!(bench.read(&pages(&[(20_000, 90_000)])).1, [], "nothing is ever asked past a known end");
    // A 416.
    let mut bench = Bench::new(NetOptions::default(), http());
    let (reader, sent) = bench.read(&blocks(&[(5000, 6000)]));
    let past = Head { status: 416, content_range: Some("bytes */3000".into()), ..Head::default() };
    bench.net.head(0, sent[0].0, past);
    let orders = bench.orders();
    assert!(matches!(&orders[0], Order::HandOut { parts, .. } if parts.is_empty()));
    assert_eq!(done(&orders)[0].0, reader);
    assert_eq!(bench.net.facts(bench.source).unwrap().length, Some(3000));
}

#[test]
fn b_4_servers_that_refuse_what_passes_the_end_are_asked_for_less() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (reader, sent) = bench.read(&pages(&[(0, 32 * KIB)]));
    let strict = Head { status: 416, content_range: Some("bytes */3000".into()), ..Head::default() };
    bench.net.head(0, sent[0].0, strict);
    let again = bench.sent();
    assert_eq!(ranges(&again), [(0, 3000)]);
    assert_eq!(done(&bench.answer(again[0].0, 0, 3000, 3000))[0].0, reader);
}

#[test]
fn b_2_b_4_hidden_headers() {
    let hidden = |length| Head { status: 206, content_length: length, ..Head::default() };
    // Content-Length tells that the file ends before the request does.
    let mut bench = Bench::new(NetOptions::default(), http());
    let (_, sent) = bench.read(&pages(&[(0, 32 * KIB)]));
    bench.net.head(0, sent[0].0, hidden(Some(20_000)));
    bench.net.body(0, sent[0].0, 20_000);
    bench.net.end(0, sent[0].0);
    assert_eq!(done(&bench.orders()).len(), 1);
    assert_eq!(bench.net.facts(bench.source).unwrap().length, Some(20_000));
    // Fewer bytes than that are a cut body.
    let mut bench = Bench::new(NetOptions::default(), http());
    let (_, sent) = bench.read(&pages(&[(0, 32 * KIB)]));
    bench.net.head(0, sent[0].0, hidden(Some(20_000)));
    bench.net.body(0, sent[0].0, 19_999);
    bench.net.end(0, sent[0].0);
    assert_eq!(done(&bench.orders()).len(), 0);
    assert_eq!(ranges(&bench.wake()), [(19_999, 32 * KIB)]);
    // Without any length the rest is asked for at once, and a 416 proves the end.
    let mut bench = Bench::new(NetOptions::default(), http());
    let (_, sent) = bench.read(&pages(&[(0, 32 * KIB)]));
    bench.net.head(0, sent[0].0, hidden(None));
    bench.net.body(0, sent[0].0, 20_000);
    bench.net.end(0, sent[0].0);
    let rest = bench.sent();
    assert_eq!(ranges(&rest), [(20_000, 32 * KIB)]);
    bench.net.head(0, rest[0].0, Head { status: 416, ..Head::default() });
    assert_eq!(done(&bench.orders()).len(), 1);
    assert_eq!(bench.net.facts(bench.source).unwrap().length, Some(20_000));
}

#[test]
fn a_server_that_gives_portions_makes_progress_without_end() {
    let mut bench = Bench::new(NetOptions { attempts: 2, ..NetOptions::default() }, http());
    let (reader, mut sent) = bench.read(&blocks(&[(0, 200 * KIB)]));
    let mut start = 0;
    while start + 20 * KIB < 200 * KIB {
        let orders = bench.answer(sent[0].0, start, start + 20 * KIB, MIB);
        assert_eq!(failures(&orders), []);
        start += 20 * KIB;
        sent = orders.iter().filter_map(crate::bench::sent).collect();
        assert_eq!((sent[0].1, sent[0].2, sent[0].3), (start, 200 * KIB, 1));
    }
    assert_eq!(done(&bench.answer(sent[0].0, start, 200 * KIB, MIB))[0].0, reader);
    // Small portions count as attempts, so that a request per byte is no way to live.
    let (reader, mut sent) = bench.read(&blocks(&[(300 * KIB, 301 * KIB)]));
    for portion in 0..2 {
        let at = 300 * KIB + portion;
        let orders = bench.answer(sent[0].0, at, at + 1, MIB);
        if portion == 1 {
            assert_eq!(failures(&orders)[0].0, reader);
            assert_eq!(failures(&orders)[0].1.code(), Code::Truncated);
        } else {
            sent = orders.iter().filter_map(crate::bench::sent).collect();
        }
    }
}

#[test]
fn a_22_a_changed_file_ends_everything() {
    let tagged = |tag: &str, start, end| Head { etag: Some(tag.into()), ..part(start, end, Some(MIB)) };
    let mut bench = Bench::new(NetOptions::default(), http());
    let (_, sent) = bench.read(&blocks(&[(0, 100)]));
    bench.net.head(0, sent[0].0, tagged("\"one\"", 0, 100));
    bench.net.body(0, sent[0].0, 100);
    bench.net.end(0, sent[0].0);
    bench.orders();
    let (first, sent) = bench.read(&blocks(&[(5000, 5100)]));
    let (second, other) = bench.read(&blocks(&[(9000, 9100)]));
    bench.net.head(0, sent[0].0, tagged("\"two\"", 5000, 5100));
    let orders = bench.orders();
    let failed = failures(&orders);
    assert_eq!(failed.iter().map(|failed| failed.0).collect::<Vec<_>>(), [first, second]);
    let message = "the file changed while it was read: etag was \"one\", now \"two\"";
    assert!(
        failed.iter().all(|failed| failed.1.code() == Code::FileChanged && failed.1.message() == message)
    );
    assert!(
        orders.contains(&Order::Stop { flight: sent[0].0 })
            && orders.contains(&Order::Stop { flight: other[0].0 })
    );
    assert!(orders.iter().any(|order| matches!(order, Order::Forget { .. })), "old bytes are gone");
    bench.net.read(0, bench.source, &blocks(&[(0, 100)]));
    assert_eq!(failures(&bench.orders())[0].1.code(), Code::FileChanged, "later reads too");
    assert!(bench.net.is_idle());
}

#[test]
fn local_sources_have_no_retries_no_timeouts_and_no_cache() {
    let mut bench = Bench::new(NetOptions::default(), local(Some(10_000)));
    let (reader, sent) = bench.read(&blocks(&[(0, 100), (9_000, 20_000)]));
    assert_eq!(ranges(&sent), [(0, 100), (9_000, 10_000)]);
    assert_eq!(bench.net.next_wake(), None);
    bench.net.body(0, sent[1].0, 1000);
    bench.net.end(0, sent[1].0);
    bench.net.body(0, sent[0].0, 100);
    bench.net.end(0, sent[0].0);
    let orders = bench.orders();
    assert_eq!(done(&orders)[0].0, reader);
    assert_eq!(orders.iter().filter(|order| matches!(order, Order::Forget { .. })).count(), 2);
    assert_eq!(bench.net.cache_stats().bytes, 0);
    let (_, sent) = bench.read(&blocks(&[(0, 100)]));
    let orders = bench.fail(sent[0].0);
    assert_eq!(failures(&orders)[0].1.detail().attempts, Some(1));
    // The length may be learnt from the first answer, or from its end.
    let mut bench = Bench::new(NetOptions::default(), local(None));
    let (_, sent) = bench.read(&blocks(&[(0, 100), (500, 600)]));
    bench.net.body(0, sent[0].0, 70);
    bench.net.end(0, sent[0].0);
    assert_eq!(done(&bench.orders()).len(), 1);
    assert_eq!(bench.net.facts(bench.source).unwrap().length, Some(70));
}
