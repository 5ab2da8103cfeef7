//! What only a browser can show of the core: that the compiled module runs there, with the processor features that it
//! was built for, and that its messages survive the way through JavaScript. Run by `wasm-pack test`; elsewhere empty.
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

mod decoding;
mod driver;
mod messages;
mod page;
mod platform;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
