//! The only code that knows JavaScript. Each module of WebAssembly exports a part of it, by its cargo features: `network`
//! is in `core.wasm`, `decode` in every module that decodes.
//!
//! Rules of this folder. No `RefCell` is borrowed while JavaScript runs, which may call back at any time. No exception
//! of JavaScript passes through Rust frames: whatever may throw is declared with `catch`. What is handed to
//! JavaScript never aliases WebAssembly memory.

#[cfg(feature = "decoder")]
mod decode;
#[cfg(feature = "core")]
mod network;

#[cfg(feature = "decode")]
pub use decode::rgba;
#[cfg(feature = "decoder")]
pub use decode::{decode, failure, fits};
#[cfg(feature = "core")]
pub use network::{AbortSignal, Dataset, Engine};

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
