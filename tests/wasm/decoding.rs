//! The exports of a module that decodes: bytes in, bytes out.

use pyramidion::codec::{Axis, Job, Module, Order};
use pyramidion::limits::Limits;
use pyramidion::pixel::{BlockLayout, ByteOrder, CodecSettings, SampleFormat};
use pyramidion::wasm::{decode, failure, fits, rgba};
use wasm_bindgen_test::wasm_bindgen_test;

/// Three big-endian 16-bit pixels, the last two of them wanted.
fn job() -> Job {
    Job {
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
    }
}

/// Whether bytes hold that text.
fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[wasm_bindgen_test]
fn samples_come_in_native_order() {
    let job = job().to_bytes(&Limits::default());
    assert_eq!(decode(&job, &[0, 1, 2, 3, 4, 5]).unwrap(), [3, 2, 5, 4]);
    assert_eq!(failure(), [0; 0]);
}

#[wasm_bindgen_test]
fn failures_are_told_once() {
    let all = Limits::default();
    assert_eq!(decode(&job().to_bytes(&all), &[0, 1, 2]), None);
    let short = failure();
    assert!(holds(&short, "truncated") && holds(&short, "found"));
    assert_eq!(failure(), [0; 0]);
    assert_eq!(decode(b"nonsense", &[0; 6]), None);
    assert!(holds(&failure(), "invalid_argument"));
    let few = Limits { encoded_block_bytes: 2, ..all };
    assert_eq!(decode(&job().to_bytes(&few), &[0, 1, 2]), None);
    assert!(holds(&failure(), "the limit encoded_block_bytes is 2"));
}

#[wasm_bindgen_test]
fn samples_are_drawn() {
    let drawn =
        |dtype, shown| rgba(&[0, 200], dtype, 1, false, shown, Some(vec![0.0, 100.0]), None, Some(vec![0]));
    assert_eq!(drawn(0, vec![0]).unwrap(), [0, 0, 0, 0, 255, 255, 255, 255]);
    assert_eq!(drawn(0, vec![1]), None);
    assert!(holds(&failure(), "bands"));
    assert_eq!(drawn(1000, vec![0]), None);
    assert!(holds(&failure(), "dtype"));
}

#[wasm_bindgen_test]
fn memory_that_is_not_there_is_told() {
    assert!(fits(0) && fits(1 << 20));
    assert!(!fits(u32::MAX));
}
