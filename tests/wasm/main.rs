//! What only a browser can show of the core: that the compiled module runs there, with the processor features that it
//! was built for, and that its exports take and give messages. Run by `wasm-pack test`; elsewhere empty.
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

mod core;
mod decoding;
mod platform;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
