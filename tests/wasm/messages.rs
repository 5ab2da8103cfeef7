//! Errors as JavaScript sees them, by the structured clone that `postMessage` makes.

use pyramidion::error::Error;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = structuredClone)]
    fn structured_clone(value: &JsValue) -> JsValue;
}

fn text(value: &JsValue, name: &str) -> Option<String> {
    js_sys::Reflect::get(value, &JsValue::from_str(name)).unwrap().as_string()
}

#[wasm_bindgen_test]
fn an_error_survives_the_way_to_another_thread() {
    let error = Error::unsupported("Compression 34712 is not supported").with_value(259, 34_712);
    let arrived = structured_clone(&JsValue::from(error));
    assert_eq!(text(&arrived, "code").as_deref(), Some("unsupported"));
    assert_eq!(text(&arrived, "message").as_deref(), Some("Compression 34712 is not supported"));
    let detail = js_sys::Reflect::get(&arrived, &JsValue::from_str("detail")).unwrap();
    assert_eq!(js_sys::Reflect::get(&detail, &JsValue::from_str("tag")).unwrap().as_f64(), Some(259.0));
}
