//! The exports of the core: messages in, messages out.

use pyramidion::values::{Bytes, Value};
use pyramidion::wasm::{
    dataset_ask, dataset_came_from, dataset_ends_by, dataset_fail, dataset_free, dataset_is_empty,
    dataset_new, dataset_supply, net_advice, net_cache, net_facts, net_free, net_new, net_order, net_tell,
    net_wake,
};
use serde_json::{Value as Json, json};
use wasm_bindgen_test::wasm_bindgen_test;

/// What was answered.
fn read(bytes: &[u8]) -> Value {
    Value::read(bytes).unwrap()
}

fn number(value: &Value) -> u32 {
    value.small().unwrap()
}

fn code(answer: &Value) -> &str {
    answer.field("error").field("code").text().unwrap()
}

fn message(value: &Json) -> Vec<u8> {
    Bytes::of(value)
}

fn ask(dataset: u32, question: &Json) -> Value {
    read(&dataset_ask(dataset, &message(question)))
}

/// A dataset over a URL.
fn dataset(options: Json) -> Value {
    let mut given = json!({ "base": { "name": "http://a/b.tif", "kind": "url" } });
    given.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    read(&dataset_new(&message(&given)))
}

/// A little-endian TIFF of 3x2 pixels of 8 bits in one uncompressed strip.
fn tiff() -> Vec<u8> {
    let entries: [(u16, u16, u32); 9] = [
        (256, 3, 3),
        (257, 3, 2),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 200),
        (277, 3, 1),
        (278, 3, 2),
        (279, 4, 6),
    ];
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(1_u32.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.resize(206, 0);
    file
}

#[wasm_bindgen_test]
fn a_dataset_says_what_it_needs_until_it_can_answer() {
    let made = dataset(json!({ "auxiliary": true }));
    let made = made.field("ok");
    let files = made.field("files").items().unwrap();
    let url = |file: usize| files[file].field("places").items().unwrap()[0].field("url").text();
    assert_eq!((url(0), url(3)), (Some("http://a/b.tif.ovr"), Some("http://a/b.tif.aux.xml")));
    let dataset = number(made.field("dataset"));
    assert!(dataset_is_empty(dataset, 0));
    let need = ask(dataset, &json!({ "open": null }));
    let need = need.field("need");
    assert_eq!((need.field("file").whole(), need.field("ranges").items().unwrap().len()), (Some(0), 1));
    assert!(read(&dataset_supply(dataset, 0, 0.0, &tiff(), "http://a/b.tif")).fields()[0].0 == "ok");
    dataset_ends_by(dataset, 0, 206.0);
    while let Value::Object(fields) = ask(dataset, &json!({ "open": null })) {
        if fields[0].0 == "ok" {
            break;
        }
        let file = number(fields[0].1.field("file"));
        let error = json!({ "code": "not_found", "message": "gone", "detail": { "status": 404 } });
        assert_eq!(read(&dataset_fail(dataset, file, &message(&error))).fields()[0].0, "ok");
    }
    let info = ask(dataset, &json!({ "info": null }));
    assert_eq!(info.field("ok").field("width").whole(), Some(3));
    let plan = ask(dataset, &json!({ "plan": { "window": [1, 0, 2, 2] } }));
    let planned = plan.field("ok");
    assert_eq!(planned.field("plan").field("blocks").items().unwrap()[0].field("start").whole(), Some(200));
    let [job] = planned.field("jobs").items().unwrap() else { panic!("one block") };
    assert_eq!(job.field("module").text(), Some("decode"));
    assert!(matches!(job.field("job"), Value::Bytes(bytes) if !bytes.is_empty()));
    assert_eq!(code(&ask(dataset, &json!({ "plan": { "window": [0, 0, 9, 9] } }))), "invalid_argument");
    dataset_free(dataset);
    assert_eq!(code(&ask(dataset, &json!({ "info": null }))), "internal");
}

#[wasm_bindgen_test]
fn redirects_are_named_in_errors() {
    let dataset = number(dataset(json!({})).field("ok").field("dataset"));
    dataset_came_from(dataset, 0, "http://other/");
    dataset_supply(dataset, 0, 0.0, b"no such file", "");
    dataset_ends_by(dataset, 0, 12.0);
    let refused = ask(dataset, &json!({ "open": null }));
    assert_eq!(code(&refused), "not_a_tiff");
    assert!(refused.field("error").field("message").text().unwrap().contains("http://other/"));
    dataset_free(dataset);
}

#[wasm_bindgen_test]
fn wrong_arguments_are_named() {
    for (options, name) in [
        (json!({ "limits": { "nonsense": 1 } }), "limits"),
        (json!({ "limits": { "ifds": -1 } }), "limits.ifds"),
        (json!({ "overviewPolicy": "x" }), "overviewPolicy"),
        (json!({ "overviewDepth": 9 }), "overviewDepth"),
    ] {
        let refused = dataset(options);
        assert_eq!(code(&refused), "invalid_argument");
        assert_eq!(refused.field("error").field("detail").field("name").text(), Some(name));
    }
    let dataset = number(dataset(json!({})).field("ok").field("dataset"));
    for request in
        [json!({ "window": [1, 2, 3] }), json!({ "layout": "x" }), json!({ "bands": ["1"] }), json!(5)]
    {
        assert_eq!(code(&ask(dataset, &json!({ "plan": request }))), "invalid_argument");
    }
    assert_eq!(code(&ask(dataset, &json!({ "nonsense": null }))), "internal");
    assert_eq!(code(&read(&dataset_ask(dataset, &[10]))), "internal");
    dataset_free(dataset);
}

#[wasm_bindgen_test]
fn a_net_takes_facts_and_gives_orders() {
    let made = read(&net_new(&message(&json!({ "timeout": 70 }))));
    let [net, options] = made.field("ok").items().unwrap() else { panic!("a number and options") };
    assert_eq!((options.field("timeout").whole(), options.field("attempts").whole()), (Some(70), Some(4)));
    let net = number(net);
    let tell = |fact: Json| net_tell(net, 5.0, &message(&fact));
    let spec = json!({ "kind": { "http": { "origin": "http://a" } }, "name": "http://a/b", "cached": true });
    let source = tell(json!({ "addSource": spec })).unwrap();
    let wanted = json!([{ "range": { "start": 0, "end": 10 }, "rounded": false }]);
    let reader = tell(json!({ "read": { "source": source, "wanted": wanted, "priority": 0 } })).unwrap();
    assert_eq!((read(&net_order(net, false)), net_wake(net)), (Value::Null, Some(5.0)));
    assert_eq!(tell(json!("gathered")), None);
    let order = read(&net_order(net, true));
    let [order, line] = order.items().unwrap() else { panic!("an order and its line") };
    assert!(line.text().unwrap().starts_with("send "));
    let flight = number(order.field("send").field("flight"));
    assert_eq!((read(&net_order(net, false)), net_wake(net)), (Value::Null, Some(75.0)));
    let head = json!({ "status": 206, "contentRange": "bytes 0-9/10", "contentLength": 10 });
    tell(json!({ "head": { "flight": flight, "head": head } }));
    tell(json!({ "body": { "flight": flight, "received": 10 } }));
    tell(json!({ "end": { "flight": flight } }));
    let orders: Vec<String> = std::iter::from_fn(|| {
        let order = read(&net_order(net, false));
        order.fields().first().map(|(name, _)| name.clone())
    })
    .collect();
    assert_eq!(orders, ["keep", "handOut", "done"]);
    assert_eq!(tell(json!("tick")), None);
    assert_eq!(read(&net_facts(net, source as u32)).field("length").whole(), Some(10));
    assert_eq!(read(&net_advice(net, source as u32, "b")).items().unwrap().len(), 0);
    assert_eq!(read(&net_cache(net)).field("ok").field("pieces").whole(), Some(1));
    assert!(reader > 0.0);
    net_free(net);
    assert_eq!((net_wake(net), read(&net_order(net, false))), (None, Value::Null));
}
