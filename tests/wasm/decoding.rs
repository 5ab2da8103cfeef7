//! The exported decoder: values in, values out.

use js_sys::{Object, Uint8Array};
use pyramidion::codec::{Axis, Job, Module, Order};
use pyramidion::pixel::{BlockLayout, ByteOrder, CodecSettings, SampleFormat};
use pyramidion::wasm::decode;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::page::{code, get, set};

/// Three big-endian 16-bit pixels, the last two of them wanted.
fn job() -> JsValue {
    let job = Job {
        module: Module::Decode,
        layout: BlockLayout {
            compression: 1,
            predictor: 1,
            byte_order: ByteOrder::Big,
            width: 3,
            height: 1,
            samples: 1,
            bits: 16,
            format: SampleFormat::Unsigned,
            settings: CodecSettings::default(),
        },
        columns: Axis::Run { start: 1, count: 2 },
        rows: Axis::Run { start: 0, count: 1 },
        samples: vec![0],
        order: Order::Band,
        frame: None,
    };
    job.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap()
}

#[wasm_bindgen_test]
fn samples_come_in_a_buffer_of_their_own_in_native_order() {
    let stored = Uint8Array::from([0, 1, 2, 3, 4, 5].as_slice());
    let samples = decode(job(), &stored, JsValue::UNDEFINED).unwrap();
    assert_eq!(samples.to_vec(), [3, 2, 5, 4]);
    assert_eq!((samples.byte_offset(), samples.buffer().byte_length()), (0, 4));
}

#[wasm_bindgen_test]
fn failures_are_typed() {
    let stored = Uint8Array::from([0, 1, 2].as_slice());
    let short = decode(job(), &stored, JsValue::UNDEFINED).unwrap_err();
    assert_eq!(code(&short).as_deref(), Some("truncated"));
    let nonsense = decode(JsValue::from_str("x"), &stored, JsValue::UNDEFINED).unwrap_err();
    assert_eq!(code(&nonsense).as_deref(), Some("invalid_argument"));
    let limits = Object::new();
    set(&limits, "encodedBlockBytes", &2.into());
    let large = decode(job(), &stored, limits.clone().into()).unwrap_err();
    assert_eq!(code(&large).as_deref(), Some("limit"));
    assert_eq!(get(&get(&large, "detail"), "found").as_f64(), Some(3.0));
    set(&limits, "nonsense", &2.into());
    let unknown = decode(job(), &stored, limits.into()).unwrap_err();
    assert_eq!(code(&unknown).as_deref(), Some("invalid_argument"));
}
