//! Jobs and errors as JavaScript sees them, and back: by the structured clone that `postMessage` makes.

use pyramidion::codec::{Axis, Job, Module, Order};
use pyramidion::error::Error;
use pyramidion::pixel::{BlockLayout, ByteOrder, CodecSettings, SampleFormat};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = structuredClone)]
    fn structured_clone(value: &JsValue) -> JsValue;
}

/// Plain objects rather than `Map`s, as TypeScript has them.
fn to_js(value: &impl Serialize) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap()
}

fn text(value: &JsValue, name: &str) -> Option<String> {
    js_sys::Reflect::get(value, &JsValue::from_str(name)).unwrap().as_string()
}

#[wasm_bindgen_test]
fn a_job_survives_the_way_to_a_worker() {
    let job = Job {
        module: Module::Decode,
        layout: BlockLayout {
            compression: 5,
            predictor: 2,
            byte_order: ByteOrder::Big,
            width: 256,
            height: 17,
            samples: 3,
            bits: 16,
            format: SampleFormat::Signed,
            settings: CodecSettings::default(),
        },
        columns: Axis::Run { start: 3, count: 250 },
        rows: Axis::Picks(vec![0, 0, 16]),
        samples: vec![2, 0],
        order: Order::Pixel,
        frame: None,
    };
    let arrived: Job = serde_wasm_bindgen::from_value(structured_clone(&to_js(&job))).unwrap();
    assert_eq!(arrived, job);
}

#[wasm_bindgen_test]
fn an_error_survives_the_way_from_a_worker() {
    let error = Error::unsupported("Compression 34712 is not supported").with_value(259, 34_712);
    let arrived = structured_clone(&to_js(&error));
    assert_eq!(text(&arrived, "code").as_deref(), Some("unsupported"));
    assert_eq!(text(&arrived, "message").as_deref(), Some("Compression 34712 is not supported"));
    let detail = js_sys::Reflect::get(&arrived, &JsValue::from_str("detail")).unwrap();
    assert_eq!(js_sys::Reflect::get(&detail, &JsValue::from_str("tag")).unwrap().as_f64(), Some(259.0));
}
