//! What is used of the JavaScript around us. A user's `fetch`, `Response` or `Source` may be anything: whatever can
//! throw is declared so, and what comes back is looked at before it is believed.

use js_sys::{Function, Object, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The `fetch` of `globalThis`, or a ReferenceError.
    #[wasm_bindgen(catch, js_name = fetch)]
    pub(super) fn global_fetch(url: &str, init: &Object) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = setTimeout)]
    pub(super) fn set_timeout(callback: &Function, delay: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = clearTimeout)]
    pub(super) fn clear_timeout(timeout: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = performance, js_name = now)]
    pub(super) fn performance_now() -> Result<f64, JsValue>;

    #[wasm_bindgen(catch, js_namespace = performance, js_name = getEntriesByName)]
    pub(super) fn entries_by_name(name: &str, kind: &str) -> Result<JsValue, JsValue>;

    /// Anything with `then`.
    pub(super) type Thenable;
    #[wasm_bindgen(catch, method)]
    pub(super) fn then(this: &Thenable, settled: &JsValue, failed: &JsValue) -> Result<Thenable, JsValue>;

    /// A function, to be bound to what identifies its caller.
    pub(super) type Callback;
    #[wasm_bindgen(method, js_name = bind)]
    pub(super) fn bound(this: &Callback, receiver: &JsValue, id: f64, fulfilled: bool) -> JsValue;

    /// An `AbortSignal`, or what behaves like one.
    #[derive(Clone, Debug)]
    pub type AbortSignal;
    #[wasm_bindgen(catch, method, getter)]
    pub(super) fn aborted(this: &AbortSignal) -> Result<bool, JsValue>;
    #[wasm_bindgen(catch, method, getter)]
    pub(super) fn reason(this: &AbortSignal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, js_name = addEventListener)]
    pub(super) fn add_event_listener(
        this: &AbortSignal,
        name: &str,
        listener: &Function,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method, js_name = removeEventListener)]
    pub(super) fn remove_event_listener(
        this: &AbortSignal,
        name: &str,
        listener: &Function,
    ) -> Result<(), JsValue>;

    pub(super) type AbortController;
    #[wasm_bindgen(catch, constructor)]
    pub(super) fn new() -> Result<AbortController, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn signal(this: &AbortController) -> JsValue;
    #[wasm_bindgen(catch, method)]
    pub(super) fn abort(this: &AbortController) -> Result<(), JsValue>;

    /// What a `fetch` resolves to.
    pub(super) type Response;
    #[wasm_bindgen(catch, method, getter)]
    pub(super) fn status(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, getter)]
    pub(super) fn url(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, getter)]
    pub(super) fn redirected(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, getter)]
    pub(super) fn headers(this: &Response) -> Result<ResponseHeaders, JsValue>;
    #[wasm_bindgen(catch, method, getter)]
    pub(super) fn body(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, js_name = arrayBuffer)]
    pub(super) fn array_buffer(this: &Response) -> Result<JsValue, JsValue>;

    pub(super) type ResponseHeaders;
    #[wasm_bindgen(catch, method)]
    pub(super) fn get(this: &ResponseHeaders, name: &str) -> Result<JsValue, JsValue>;

    /// The stream of a body.
    pub(super) type Stream;
    #[wasm_bindgen(catch, method, js_name = getReader)]
    pub(super) fn get_reader(this: &Stream) -> Result<StreamReader, JsValue>;
    pub(super) type StreamReader;
    #[wasm_bindgen(catch, method)]
    pub(super) fn read(this: &StreamReader) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method)]
    pub(super) fn cancel(this: &StreamReader) -> Result<JsValue, JsValue>;

    /// `Headers`, which knows what may be a header's name and value.
    #[wasm_bindgen(js_name = Headers)]
    pub(super) type RequestHeaders;
    #[wasm_bindgen(catch, constructor, js_class = "Headers")]
    pub(super) fn new(init: &JsValue) -> Result<RequestHeaders, JsValue>;

    /// `Uint8Array`, where there may be no memory for it.
    #[wasm_bindgen(js_name = Uint8Array)]
    type Bytes;
    #[wasm_bindgen(catch, constructor, js_class = "Uint8Array")]
    fn new(length: f64) -> Result<Bytes, JsValue>;
    #[wasm_bindgen(catch, method, js_class = "Uint8Array")]
    fn slice(this: &Bytes, start: f64, end: f64) -> Result<Bytes, JsValue>;
}

/// A new buffer of that many bytes.
pub(super) fn allocate(length: u64) -> Result<Uint8Array, JsValue> {
    Bytes::new(length as f64).map(JsCast::unchecked_into)
}

/// A copy in a buffer of its own. `bytes` is a plain `Uint8Array`: a Node `Buffer`'s own `slice` would be a view.
pub(super) fn copy_of(bytes: &Uint8Array, start: u64, end: u64) -> Result<Uint8Array, JsValue> {
    bytes.unchecked_ref::<Bytes>().slice(start as f64, end as f64).map(JsCast::unchecked_into)
}

/// Any view of a buffer as a plain `Uint8Array` of the same bytes, not copied.
pub(super) fn bytes_of(view: &JsValue) -> Option<Uint8Array> {
    if !js_sys::ArrayBuffer::is_view(view) {
        return None;
    }
    let view: &Uint8Array = view.unchecked_ref();
    // The three properties are those of every view.
    Some(Uint8Array::new_with_byte_offset_and_length(&view.buffer(), view.byte_offset(), view.byte_length()))
}

/// A property of an object; `undefined` for anything that has none or throws.
pub(super) fn property(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Sets a property of a plain object of our own.
pub(super) fn set_property(object: &Object, name: &str, value: &JsValue) {
    // Fails only for frozen objects.
    let _ = js_sys::Reflect::set(object, &JsValue::from_str(name), value);
}

/// A number that is a whole one and exact: 0 to 2^53 - 1.
pub(super) fn whole_number(value: &JsValue) -> Option<u64> {
    let number = value.as_f64()?;
    (number.fract() == 0.0 && (0.0..=js_sys::Number::MAX_SAFE_INTEGER).contains(&number))
        .then_some(number as u64)
}
