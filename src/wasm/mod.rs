//! The only code that knows JavaScript. Each module of WebAssembly exports a part of it, by its cargo features: `core`
//! is in `core.wasm`, `decode` in every module that decodes.
//!
//! Nothing of JavaScript is known here but that it calls: only numbers and bytes cross the border, in both directions,
//! and no module imports anything. So JavaScript never runs in the middle of Rust, what is handed to it never aliases
//! WebAssembly memory, and each module is an instance that can be given up as a whole.

/// Smaller than the standard library's, and as fast.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(feature = "core")]
mod core;
#[cfg(feature = "decoder")]
mod decode;

#[cfg(feature = "core")]
pub use core::*;
#[cfg(feature = "decode")]
pub use decode::rgba;
#[cfg(feature = "decoder")]
pub use decode::{decode, failure, fits};

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
