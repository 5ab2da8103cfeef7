//! What the tests of the driver stand on: a file in memory, sources over it, and the exported objects as a page sees them.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use pyramidion::wasm::{AbortSignal, Engine};
use wasm_bindgen::prelude::*;

/// Where the one strip of [`tiff`] is: beyond the first range.
pub const STRIP: u32 = 40_000;

/// The pixels of [`tiff`].
pub const PIXELS: [u8; 6] = [1, 2, 3, 4, 5, 6];

#[wasm_bindgen]
extern "C" {
    /// A dataset as JavaScript has it.
    pub type Handle;
    #[wasm_bindgen(catch, method)]
    pub fn info(this: &Handle) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    pub fn levels(this: &Handle, signal: &JsValue) -> Promise;
    #[wasm_bindgen(method)]
    pub fn plan(this: &Handle, request: &JsValue) -> Promise;
    #[wasm_bindgen(method)]
    pub fn fetch(this: &Handle, ranges: &JsValue, on_block: &Function, signal: &JsValue) -> Promise;
    #[wasm_bindgen(method)]
    pub fn close(this: &Handle);
    #[wasm_bindgen(method)]
    pub fn free(this: &Handle);

    pub type AbortController;
    #[wasm_bindgen(constructor)]
    pub fn new() -> AbortController;
    #[wasm_bindgen(method, getter)]
    pub fn signal(this: &AbortController) -> AbortSignal;
    #[wasm_bindgen(method)]
    pub fn abort(this: &AbortController, reason: &JsValue);
}

/// A little-endian TIFF of 3x2 pixels of 8 bits in one uncompressed strip.
pub fn tiff() -> Vec<u8> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    let entries: [(u16, u16, u32); 9] = [
        (256, SHORT, 3),
        (257, SHORT, 2),
        (258, SHORT, 8),
        (259, SHORT, 1),
        (262, SHORT, 1),
        (273, LONG, STRIP),
        (277, SHORT, 1),
        (278, SHORT, 2),
        (279, LONG, 6),
    ];
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(1_u32.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.resize(STRIP as usize, 0);
    file.extend(PIXELS);
    file
}

/// A `CoreSource` with that `read`: a function body over `ranges`, `signal` and `bytes`.
pub fn source(read: &str) -> JsValue {
    let bytes = Uint8Array::from(tiff().as_slice());
    let read = Function::new_with_args("bytes, ranges, signal", read);
    let read = read.bind1(&JsValue::UNDEFINED, &bytes);
    let source = Object::new();
    set(&source, "read", &read);
    set(&source, "name", &"memory.tif".into());
    let core = Object::new();
    set(&core, "source", &source);
    core.into()
}

/// A source that answers.
pub fn in_memory() -> JsValue {
    source("return Promise.resolve(ranges.map(({ start, end }) => bytes.slice(start, end)))")
}

/// An engine with the default options.
pub fn engine() -> Engine {
    Engine::new(&JsValue::UNDEFINED, None).unwrap()
}

/// The dataset of a source.
pub async fn open(engine: &Engine, source: &JsValue) -> Result<Handle, JsValue> {
    settled(engine.open(source, &Object::new(), None)).await.map(JsCast::unchecked_into)
}

/// What a promise comes to.
pub async fn settled(promise: Promise) -> Result<JsValue, JsValue> {
    js_sys::futures::JsFuture::from(promise).await
}

/// A property.
pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

/// Sets a property.
pub fn set(object: &Object, name: &str, value: &JsValue) {
    Reflect::set(object, &name.into(), value).unwrap();
}

/// The code of what was thrown.
pub fn code(thrown: &JsValue) -> Option<String> {
    get(thrown, "code").as_string()
}

/// What an engine holds of that kind.
pub fn held(engine: &Engine, kind: &str) -> Option<f64> {
    get(&engine.counts(), kind).as_f64()
}

/// The stored blocks of a plan, as `fetch` takes them.
pub fn ranges_of(plan: &JsValue) -> JsValue {
    Array::from(&get(plan, "blocks")).into()
}
