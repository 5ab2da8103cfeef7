//! What happened, saved and told again.

use pyramidion::range::trace::{Line, replay};

fn line(text: &str) -> Line {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// As `configure({ trace })` gives it: one read of one range, and an abort.
fn trace() -> Vec<Line> {
    let options = serde_json::to_string(&Line::Options(Default::default())).unwrap();
    let source = r#"{"addSource":{"kind":{"http":{"origin":"https://a.test"}},"name":"https://a.test/a.tif","cached":true,"size":null}}"#;
    let told = |at: u32, fact: &str| format!(r#"{{"told":{{"at":{at},"fact":{fact}}}}}"#);
    let texts = [
        options,
        told(1, source),
        told(
            2,
            r#"{"read":{"source":0,"wanted":[{"range":{"start":0,"end":100},"rounded":false}],"priority":0}}"#,
        ),
        told(2, r#""gathered""#),
        r#"{"order":"send 2: source 0, bytes 0..100, attempt 1"}"#.into(),
        told(30, r#"{"head":{"flight":2,"head":{"status":206,"contentRange":"bytes 0-99/5000"}}}"#),
        told(31, r#"{"body":{"flight":2,"received":100}}"#),
        r#"{"order":"keep 3: flight 2, bytes 0..100 of its body"}"#.into(),
        r#"{"order":"hand out 1: range 0, piece 3 0..100"}"#.into(),
        r#"{"order":"done 1"}"#.into(),
        told(31, r#"{"end":{"flight":2}}"#),
        told(40, r#"{"close":{"source":0}}"#),
        r#"{"order":"forget 3"}"#.into(),
        told(41, r#""tick""#),
    ];
    texts.iter().map(|text| line(text)).collect()
}

#[test]
fn a_trace_told_again_gives_the_same_orders() {
    assert_eq!(replay(trace()), Ok(5));
}

#[test]
fn a_trace_that_differs_is_named() {
    let mut other = trace();
    other[4] = Line::Order("send 2: source 0, bytes 0..101, attempt 1".into());
    assert!(replay(other).unwrap_err().starts_with("line 4: the order was"));
    let mut short = trace();
    short.remove(12);
    assert!(replay(short).unwrap_err().contains("'forget 3' is not in the trace"));
    assert!(replay(trace().split_off(1)).unwrap_err().contains("options"));
}

/// `PYRAMIDION_TRACE=FILE` replays a trace that was saved, by `pyramidion --trace FILE` for one.
#[test]
fn a_saved_trace_gives_the_same_orders() {
    let Ok(path) = std::env::var("PYRAMIDION_TRACE") else { return };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let lines: Vec<Line> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let orders = replay(lines).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(orders > 0, "{path} has no order");
    eprintln!("{path}: {orders} orders, all the same");
}
