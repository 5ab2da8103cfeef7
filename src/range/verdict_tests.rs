use super::*;

const MIB: u64 = 1 << 20;

fn asked(start: u64, end: u64) -> ByteRange {
    ByteRange::new(start, end)
}

fn head(status: u16) -> Head {
    Head { status, ..Head::default() }
}

fn range(text: &str) -> Head {
    Head { content_range: Some(text.to_owned()), ..head(206) }
}

fn verdict(head: &Head) -> Verdict {
    judge(asked(100, 200), head, Length::UNKNOWN, 16 * MIB)
}

fn refusal(head: &Head) -> (Code, String) {
    match verdict(head) {
        Verdict::Refused(error) => {
            assert_eq!(error.detail().status, Some(head.status));
            (error.code(), error.message().to_owned())
        }
        other => panic!("{head:?}: {other:?}"),
    }
}

fn part(end: Option<u64>, hidden: bool, total: Option<u64>) -> Verdict {
    Verdict::Part { part: PartHead { end, hidden }, total }
}

#[test]
fn b_4_a_206_that_fits_the_request() {
    assert_eq!(verdict(&range("bytes 100-199/5000")), part(Some(200), false, Some(5000)));
    assert_eq!(verdict(&range("bytes 100-199/*")), part(Some(200), false, None));
    assert_eq!(verdict(&range("bytes 100-149/150")), part(Some(150), false, Some(150)), "end of file");
    assert_eq!(verdict(&range("bytes 100-120/5000")), part(Some(121), false, Some(5000)), "a portion");
    let short = Head { content_length: Some(30), ..range("bytes 100-199/5000") };
    assert_eq!(verdict(&short), part(Some(200), false, Some(5000)), "its end will tell");
}

#[test]
fn b_2_a_206_whose_content_range_is_hidden() {
    assert_eq!(verdict(&head(206)), part(None, true, None));
    let length = |bytes| Head { content_length: Some(bytes), ..head(206) };
    assert_eq!(verdict(&length(100)), part(Some(200), true, None));
    assert_eq!(verdict(&length(60)), part(Some(160), true, None));
    let (code, message) = refusal(&length(101));
    assert_eq!(code, Code::RangeUnsupported);
    assert_eq!(message, "asked for the 100 bytes 100..200, answered with 101");
    assert_eq!(refusal(&length(0)).0, Code::RangeUnsupported);
    let multipart = Head { content_type: Some("Multipart/byteranges; boundary=x".into()), ..head(206) };
    assert_eq!(refusal(&multipart).0, Code::RangeUnsupported);
}

#[test]
fn b_4_a_206_that_does_not_fit_is_refused() {
    let table = [
        ("bytes 0-99/5000", "asked for bytes 100..200, answered with bytes 0..100"),
        ("bytes 101-199/5000", "asked for bytes 100..200, answered with bytes 101..200"),
        ("bytes 100-200/5000", "asked for bytes 100..200, answered with bytes 100..201"),
        ("pixels 100-199/5000", "content-range \"pixels 100-199/5000\" in answer to bytes 100..200"),
        ("bytes */5000", "content-range \"bytes */5000\" in answer to bytes 100..200"),
        ("bytes 100-199/150", "content-range \"bytes 100-199/150\" in answer to bytes 100..200"),
        ("", "content-range \"\" in answer to bytes 100..200"),
    ];
    for (text, expected) in table {
        assert_eq!(refusal(&range(text)), (Code::RangeUnsupported, expected.to_owned()), "{text}");
    }
    let longer = Head { content_length: Some(101), ..range("bytes 100-199/5000") };
    assert_eq!(refusal(&longer).1, "content-length 101 for content-range \"bytes 100-199/5000\"");
}

#[test]
fn b_4_an_encoded_body_is_refused() {
    for status in [200, 206] {
        for encoding in ["gzip", "br", "identity, gzip"] {
            let (code, message) = refusal(&Head { content_encoding: Some(encoding.into()), ..head(status) });
            assert_eq!(code, Code::RangeUnsupported);
            assert!(message.starts_with(&format!("content-encoding {encoding}, expected none")), "{message}");
        }
        for encoding in ["identity", "IDENTITY", " ", ""] {
            let plain = Head { content_encoding: Some(encoding.into()), ..head(status) };
            assert!(!matches!(verdict(&plain), Verdict::Refused(_)), "{status} {encoding:?}");
        }
    }
}

#[test]
fn b_3_a_200_is_taken_whole_or_refused() {
    let length = |bytes| Head { content_length: Some(bytes), ..head(200) };
    assert_eq!(verdict(&length(16 * MIB)), Verdict::Whole { length: Some(16 * MIB) });
    assert_eq!(verdict(&length(0)), Verdict::Whole { length: Some(0) });
    assert_eq!(verdict(&head(200)), Verdict::Whole { length: None });
    let (code, message) = refusal(&length(16 * MIB + 1));
    assert_eq!(code, Code::RangeUnsupported);
    assert!(
        message.contains("answered 200 with 16777217 bytes, expected 206 or at most 16777216"),
        "{message}"
    );
    assert!(message.contains("its owner must turn on byte ranges"), "{message}");
    let page = Head { content_type: Some("text/html; charset=utf-8".into()), ..length(1 << 30) };
    assert!(refusal(&page).1.contains("(an HTML page)"));
}

#[test]
fn b_4_a_416_is_the_end_of_the_file() {
    let at = |text: Option<&str>| Head { content_range: text.map(str::to_owned), ..head(416) };
    assert_eq!(verdict(&at(Some("bytes */100"))), Verdict::PastEnd { total: Some(100) });
    assert_eq!(verdict(&at(Some("bytes */0"))), Verdict::PastEnd { total: Some(0) });
    assert_eq!(verdict(&at(None)), Verdict::PastEnd { total: None });
    assert_eq!(verdict(&at(Some("garbage"))), Verdict::PastEnd { total: None });
    assert_eq!(verdict(&at(Some("bytes */150"))), Verdict::AskLess { total: 150 });
    assert_eq!(refusal(&at(Some("bytes */200"))).0, Code::Http, "the whole request exists");
    for (known, inside) in [(99, false), (100, false), (101, true), (5000, true)] {
        let verdict = judge(asked(100, 200), &at(None), Length::known(known), MIB);
        assert_eq!(matches!(verdict, Verdict::Refused(_)), inside, "{known}: {verdict:?}");
    }
}

#[test]
fn b_5_b_6_every_other_status() {
    for status in 0..=1100 {
        let mut answer = head(status);
        answer.retry_after = Some("3".into());
        let (again, expected) = match status {
            200 | 206 | 416 => continue,
            404 | 410 => (false, Code::NotFound),
            401 | 403 => (false, Code::Forbidden),
            408 | 429 | 500 | 502 | 503 | 504 => (true, Code::Http),
            _ => (false, Code::Http),
        };
        let error = match verdict(&answer) {
            Verdict::Again { error, after } => {
                assert!(again, "{status}");
                assert_eq!(after, Some(3000));
                error
            }
            Verdict::Refused(error) => {
                assert!(!again, "{status}");
                error
            }
            other => panic!("{status}: {other:?}"),
        };
        assert_eq!((error.code(), error.detail().status), (expected, Some(status)));
        assert_eq!(error.message(), format!("http status {status} for bytes 100..200, expected 206"));
    }
}
