//! Retries, attempts, silence, and whom a failure touches.

use pyramidion::byte_range::ByteRange;
use pyramidion::error::{Code, Error};
use pyramidion::range::{Failure, Head, NetOptions, Order, PieceId, SourceKind, SourceSpec};

use crate::bench::*;

#[test]
fn b_6_a_retry_asks_only_for_what_did_not_come() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (reader, sent) = bench.read(&blocks(&[(0, 1000), (1000, 2000), (2000, 3000)]));
    bench.net.head(0, sent[0].0, part(0, 3000, Some(MIB)));
    bench.net.body(0, sent[0].0, 1400);
    bench.orders();
    let orders = bench.fail(sent[0].0);
    let piece = Order::Keep { piece: PieceId(4), flight: sent[0].0, range: ByteRange::new(1000, 1400) };
    assert_eq!(orders, [piece]);
    let wake = bench.net.next_wake().unwrap();
    assert!((100..=200).contains(&wake), "backoff of 200 ms, half of it chance: {wake}");
    let again = bench.wake();
    assert_eq!(again.iter().map(|sent| (sent.1, sent.2, sent.3)).collect::<Vec<_>>(), [(1400, 3000, 2)]);
    let orders = bench.answer(again[0].0, 1400, 3000, MIB);
    let (done_reader, stats) = done(&orders)[0];
    assert_eq!(done_reader, reader);
    assert_eq!((stats.requests, stats.bytes, stats.cache_hits, stats.retries), (2, 3000, 0, 1));
    assert_eq!(stats.wait_ms, bench.now, "the pause is part of the wait");
}

#[test]
fn b_6_retry_after_is_heard_and_attempts_end() {
    let options = NetOptions { attempts: 3, ..NetOptions::default() };
    let mut bench = Bench::new(options, http());
    let (reader, mut sent) = bench.read(&blocks(&[(0, 1000)]));
    let busy = Head { status: 503, retry_after: Some("2".into()), ..Head::default() };
    for attempt in 1..=3 {
        assert_eq!(sent[0].3, attempt);
        let before = bench.now;
        bench.net.head(before, sent[0].0, busy.clone());
        let orders = bench.orders();
        assert_eq!(orders[0], Order::Stop { flight: sent[0].0 });
        if attempt < 3 {
            assert_eq!(bench.net.next_wake(), Some(before + 2000));
            sent = bench.wake();
            continue;
        }
        let failed = failures(&orders);
        let detail = failed[0].1.detail();
        assert_eq!((failed[0].0, failed[0].1.code()), (reader, Code::Http));
        assert_eq!(detail.url.as_deref(), Some("https://files.test/a.tif"));
        assert_eq!((detail.range, detail.status), (Some(ByteRange::new(0, 1000)), Some(503)));
        assert_eq!(detail.attempts, Some(3));
    }
    assert!(bench.net.is_idle());
    let (_, sent) = bench.read(&blocks(&[(0, 1000)]));
    assert!(sent.is_empty(), "the server asked for two seconds");
    let before = bench.now;
    let sent = bench.wake();
    assert_eq!((sent[0].3, bench.now), (1, before + 2000), "a failure is never cached");
}

#[test]
fn b_6_retry_after_pauses_the_origin_and_no_other() {
    let mut bench = Bench::new(NetOptions { per_origin: 2, ..NetOptions::default() }, http());
    let sibling = bench.net.add_source(SourceSpec { name: "https://files.test/b.tif".into(), ..http() });
    let kind = SourceKind::Http { origin: "https://other.test".into() };
    let elsewhere =
        bench.net.add_source(SourceSpec { kind, name: "https://other.test/c.tif".into(), ..http() });
    let (_, first) = bench.read(&blocks(&[(0, 1000)]));
    let (_, second) = bench.read(&blocks(&[(GIB, GIB + 1000)]));
    let busy = Head { status: 429, retry_after: Some("3".into()), ..Head::default() };
    bench.net.head(bench.now, first[0].0, busy);
    assert!(bench.sent().is_empty());
    // What was under way goes on; what is new waits, for whichever file of that origin.
    assert_eq!(done(&bench.answer(second[0].0, GIB, GIB + 1000, 2 * GIB)).len(), 1);
    bench.net.read_at(bench.now, sibling, &blocks(&[(0, 10)]), i32::MAX);
    bench.net.read(bench.now, bench.source, &blocks(&[(MIB, MIB + 10)]));
    assert!(bench.sent().is_empty());
    bench.net.read(bench.now, elsewhere, &blocks(&[(0, 10)]));
    assert_eq!(bench.sent().len(), 1, "another origin");
    assert_eq!(bench.net.next_wake().map(|wake| wake - bench.now), Some(3000));
    let woken = bench.wake();
    assert_eq!((woken.len(), woken[0].1), (2, 0), "as many as may be under way, the urgent one first");
}

#[test]
fn b_6_a_pause_of_an_origin_that_nobody_asks_wakes_nobody() {
    let mut bench = Bench::new(NetOptions { attempts: 1, ..NetOptions::default() }, http());
    let (_, sent) = bench.read(&blocks(&[(0, 1000)]));
    let busy = Head { status: 503, retry_after: Some("9".into()), ..Head::default() };
    bench.net.head(bench.now, sent[0].0, busy);
    assert_eq!(failures(&bench.orders()).len(), 1);
    assert_eq!((bench.net.next_wake(), bench.net.is_idle()), (None, true));
    bench.now += 9_000;
    assert_eq!(bench.read(&blocks(&[(0, 1000)])).1.len(), 1, "the pause is over without a tick");
    // However long a server wants to rest, the bound of pauses holds.
    let mut bench = Bench::new(NetOptions { backoff_max: 500, ..NetOptions::default() }, http());
    let (_, sent) = bench.read(&blocks(&[(0, 1000)]));
    let busy = Head { status: 503, retry_after: Some("86400".into()), ..Head::default() };
    bench.net.head(bench.now, sent[0].0, busy);
    bench.orders();
    assert_eq!(bench.net.next_wake(), Some(500));
}

#[test]
fn b_6_silence_is_a_timeout_and_every_byte_restarts_the_clock() {
    let options = NetOptions { timeout: 100, attempts: 1, ..NetOptions::default() };
    let mut bench = Bench::new(options, http());
    let (reader, sent) = bench.read(&blocks(&[(0, 1000)]));
    let flight = sent[0].0;
    bench.net.head(90, flight, part(0, 1000, None));
    bench.net.body(180, flight, 10);
    bench.net.body(270, flight, 10);
    assert_eq!(bench.net.next_wake(), Some(280), "no new byte, no sign of life");
    bench.net.tick(279);
    assert_eq!(bench.orders(), []);
    bench.net.tick(280);
    let orders = bench.orders();
    assert_eq!(failures(&orders)[0].0, reader);
    let error = &failures(&orders)[0].1;
    assert_eq!(
        (error.code(), error.message()),
        (Code::Timeout, "no byte within 100 ms, after 10 bytes of body")
    );
    assert!(orders.contains(&Order::Stop { flight }));
    let options = NetOptions { timeout: 0, ..NetOptions::default() };
    let mut patient = Bench::new(options, http());
    patient.read(&blocks(&[(0, 1000)]));
    assert_eq!(patient.net.next_wake(), None);
}

#[test]
fn a_failure_touches_only_who_wants_its_bytes() {
    let mut bench = Bench::new(NetOptions { attempts: 1, ..NetOptions::default() }, http());
    let (first, lost) = bench.read(&blocks(&[(0, 100), (50_000, 50_100)]));
    let (second, _) = bench.read(&blocks(&[(50_050, 50_100)]));
    let orders = bench.fail(lost[0].0);
    assert_eq!(failures(&orders).iter().map(|failed| failed.0).collect::<Vec<_>>(), [first]);
    assert!(
        !orders.iter().any(|order| matches!(order, Order::Stop { .. })),
        "the second still wants the other"
    );
    let orders = bench.answer(lost[1].0, 50_000, 50_100, MIB);
    assert_eq!(done(&orders)[0].0, second);
}

#[test]
fn b_5_typed_failures_are_final_and_reported_as_they_are() {
    let mut bench = Bench::new(NetOptions::default(), http());
    let (_, sent) = bench.read(&blocks(&[(0, 100)]));
    let error = Error::new(Code::Forbidden, "10.0.0.7 is a private address");
    bench.net.failed(0, sent[0].0, Failure { message: String::new(), error: Some(error) });
    let orders = bench.orders();
    let Order::Fail { error, flight, .. } = &orders[0] else { panic!("{orders:?}") };
    assert_eq!((error.code(), error.message()), (Code::Forbidden, "10.0.0.7 is a private address"));
    assert_eq!(*flight, Some(sent[0].0), "for the platform's own exception");
}

#[test]
fn a_stretch_that_fails_takes_no_fresh_neighbour_along() {
    let mut bench = Bench::new(NetOptions { per_origin: 1, ..NetOptions::default() }, http());
    let (_, first) = bench.read(&blocks(&[(0, 100)]));
    bench.fail(first[0].0);
    let (_, other) = bench.read(&blocks(&[(500_000, 500_100)]));
    bench.read(&blocks(&[(100, 200)]));
    assert_eq!((other.len(), bench.wake().len()), (1, 0), "the origin is busy");
    bench.answer(other[0].0, 500_000, 500_100, MIB);
    let mut attempts = Vec::new();
    while let Some(flight) = bench.last_sent.take() {
        attempts.push((flight.1, flight.2, flight.3));
        bench.answer(flight.0, flight.1, flight.2, MIB);
    }
    assert_eq!(attempts, [(100, 200, 1), (0, 100, 2)]);
}
