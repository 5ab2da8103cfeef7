//! The exported engine and datasets in a page, over sources in memory.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::page::{
    AbortController, PIXELS, STRIP, code, engine, get, held, in_memory, open, ranges_of, set, settled, source,
};

/// What a callback was called with.
type Noted = Rc<RefCell<Vec<(f64, Vec<u8>)>>>;

/// A callback that notes what it is called with.
fn noting(blocks: &Noted) -> Closure<dyn Fn(f64, Uint8Array)> {
    let blocks = blocks.clone();
    Closure::new(move |index, bytes: Uint8Array| {
        assert_eq!(bytes.buffer().byte_length(), bytes.length(), "an exact buffer");
        blocks.borrow_mut().push((index, bytes.to_vec()));
    })
}

#[wasm_bindgen_test]
async fn info_levels_and_blocks_of_a_source_in_memory() {
    let engine = engine();
    let dataset = open(&engine, &in_memory()).await.unwrap();
    let info = dataset.info().unwrap();
    assert_eq!((get(&info, "width").as_f64(), get(&info, "height").as_f64()), (Some(3.0), Some(2.0)));
    assert!(get(&info, "nodata").is_null(), "null, not undefined");
    assert_eq!(get(&get(&info, "sidecar"), "state").as_string().as_deref(), Some("none"));
    let levels = Array::from(&settled(dataset.levels(&JsValue::UNDEFINED)).await.unwrap());
    assert_eq!(get(&levels.get(0), "url").as_string().as_deref(), Some("memory.tif"));

    let plan = settled(dataset.plan(&js_sys::Object::new())).await.unwrap();
    let blocks = Noted::default();
    let on_block = noting(&blocks);
    let fetched = dataset.fetch(&ranges_of(&plan), on_block.as_ref().unchecked_ref(), &JsValue::UNDEFINED);
    let stats = settled(fetched).await.unwrap();
    assert_eq!(*blocks.borrow(), [(0.0, PIXELS.to_vec())]);
    assert_eq!(get(&stats, "requests").as_f64(), Some(1.0));
    assert_eq!(get(&get(&ranges_of(&plan), "0"), "start").as_f64(), Some(f64::from(STRIP)));

    let job = get(&get(&get(&plan, "blocks"), "0"), "job");
    let job = Uint8Array::new(&job).to_vec();
    assert_eq!(pyramidion::wasm::decode(&job, &PIXELS).unwrap(), PIXELS);
    dataset.close();
    assert_eq!((held(&engine, "sources"), held(&engine, "pieces")), (Some(0.0), Some(0.0)));
}

#[wasm_bindgen_test]
async fn an_abort_rejects_with_its_reason_and_holds_nothing() {
    let engine = engine();
    let silent = source("return new Promise(() => {})");
    let waits = held(&engine, "waits");
    let controller = AbortController::new();
    let reason: JsValue = js_sys::Object::new().into();
    let opening = engine.open(&silent, &JsValue::UNDEFINED, Some(controller.signal()));
    // By then the source is asked.
    settled(js_sys::Promise::resolve(&JsValue::NULL)).await.unwrap();
    controller.abort(&reason);
    assert!(js_sys::Object::is(&settled(opening).await.unwrap_err(), &reason));
    let again = engine.open(&silent, &JsValue::UNDEFINED, Some(controller.signal()));
    assert!(js_sys::Object::is(&settled(again).await.unwrap_err(), &reason));
    for kind in ["flights", "readers", "timers", "sources"] {
        assert_eq!(held(&engine, kind), Some(0.0), "{kind}");
    }
    assert_eq!(held(&engine, "waits"), waits);
}

#[wasm_bindgen_test]
async fn close_ends_what_is_under_way() {
    let engine = engine();
    // Answers its first read, and no other.
    let read = "if (ranges[0].start > 0) return new Promise(() => {})\n\
                return Promise.resolve([bytes.slice(ranges[0].start, ranges[0].end)])";
    let dataset = open(&engine, &source(read)).await.unwrap();
    let plan = settled(dataset.plan(&js_sys::Object::new())).await.unwrap();
    let blocks = Noted::default();
    let on_block = noting(&blocks);
    let fetching = dataset.fetch(&ranges_of(&plan), on_block.as_ref().unchecked_ref(), &JsValue::UNDEFINED);
    settled(js_sys::Promise::resolve(&JsValue::NULL)).await.unwrap();
    dataset.close();
    dataset.close();
    assert_eq!(code(&settled(fetching).await.unwrap_err()).as_deref(), Some("closed"));
    let after = settled(dataset.levels(&JsValue::UNDEFINED)).await.unwrap_err();
    assert_eq!(code(&after).as_deref(), Some("closed"));
    assert_eq!(code(&dataset.info().unwrap_err()).as_deref(), Some("closed"));
    dataset.free();
    assert!(blocks.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn failures_are_plain_objects_with_their_cause() {
    let engine = engine();
    let failing = source("return Promise.reject(new RangeError('no such bytes'))");
    let error = open(&engine, &failing).await.err().unwrap();
    assert!(!error.is_instance_of::<js_sys::Error>());
    assert_eq!(code(&error).as_deref(), Some("network"));
    assert_eq!(get(&error, "message").as_string().as_deref(), Some("no such bytes"));
    assert!(get(&error, "cause").is_instance_of::<js_sys::RangeError>());
    let empty = source("return Promise.resolve([new Uint8Array(0)])");
    assert_eq!(code(&open(&engine, &empty).await.err().unwrap()).as_deref(), Some("not_a_tiff"));
}

#[wasm_bindgen_test]
async fn an_exception_of_the_callback_is_what_fetch_rejects_with() {
    let engine = engine();
    let dataset = open(&engine, &in_memory()).await.unwrap();
    let ranges = Array::new();
    for start in [0, 100] {
        let range = js_sys::Object::new();
        set(&range, "file", &0.into());
        set(&range, "start", &start.into());
        set(&range, "end", &(start + 10).into());
        ranges.push(&range);
    }
    let throwing = Function::new_no_args("throw 'from the callback'");
    let outcome = settled(dataset.fetch(&ranges, &throwing, &JsValue::UNDEFINED)).await;
    assert_eq!(outcome.unwrap_err().as_string().as_deref(), Some("from the callback"));
    dataset.close();
}
