//! The machine that the browser is for the core.

use pyramidion::byte_range::ByteRange;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn built_with_simd_for_32_bits() {
    assert_eq!(usize::BITS, 32);
    const { assert!(cfg!(target_feature = "simd128"), "see .cargo/config.toml") };
}

#[wasm_bindgen_test]
fn runs_in_a_page() {
    let has = |name: &str| js_sys::Reflect::has(&js_sys::global(), &JsValue::from_str(name)).unwrap();
    assert!(has("document"), "expected a browser's page, not Node");
    assert!(has("fetch"));
}

#[wasm_bindgen_test]
fn ranges_keep_64_bits() {
    const TERABYTE: u64 = 1 << 40;
    let range = ByteRange::at(TERABYTE + 5, 10).unwrap();
    assert_eq!(range.rounded_to(16_384), ByteRange::new(TERABYTE, TERABYTE + 16_384));
    assert_eq!(ByteRange::at(u64::MAX, 1), None);
}
