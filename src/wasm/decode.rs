//! The exported decoder: one block in, its samples out, nothing kept; and samples as colours.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::fault::{Fault, from_js};
use super::options::limits_from_js;
use super::platform::allocate;
use crate::codec::Job;
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::pixel::Rgba;

/// Decodes one block (`Decode` in js/core-types.ts). The answer is a fresh buffer, never a view of WebAssembly memory.
#[wasm_bindgen]
pub fn decode(job: JsValue, bytes: &Uint8Array, limits: JsValue) -> std::result::Result<Uint8Array, JsValue> {
    let job: Job = from_js(job, "job")?;
    let limits = limits_from_js(&limits)?;
    let stored = copied_in(bytes, &limits)?;
    let samples = job.run(&stored, &limits)?;
    drop(stored);
    copied_out(&samples).map_err(JsValue::from)
}

/// Draws samples (`Colour` in js/core-types.ts): four bytes a pixel, in a fresh buffer.
#[wasm_bindgen]
pub fn rgba(options: JsValue, samples: &Uint8Array) -> std::result::Result<Uint8Array, JsValue> {
    let options: Rgba = from_js(options, "options")?;
    let limits = Limits { encoded_block_bytes: u32::MAX.into(), ..Limits::default() };
    let samples = copied_in(samples, &limits)?;
    let drawn = options.draw(&samples)?;
    drop(samples);
    copied_out(&drawn).map_err(JsValue::from)
}

/// The stored bytes in WebAssembly memory, where there may be no room for them.
fn copied_in(bytes: &Uint8Array, limits: &Limits) -> Result<Vec<u8>> {
    let length = bytes.length();
    if u64::from(length) > limits.encoded_block_bytes {
        let limit = limits.encoded_block_bytes;
        return Err(Error::limit("encoded_block_bytes", "stored bytes of a block", length.into(), limit));
    }
    let mut stored = Vec::new();
    stored.try_reserve_exact(length as usize).map_err(|_| no_memory(length.into()))?;
    stored.resize(length as usize, 0);
    bytes.copy_to(&mut stored);
    Ok(stored)
}

fn copied_out(samples: &[u8]) -> std::result::Result<Uint8Array, Fault> {
    let length = samples.len() as u64;
    let out = allocate(length).map_err(|cause| Fault { error: no_memory(length), cause: Some(cause) })?;
    out.copy_from(samples);
    Ok(out)
}

fn no_memory(length: u64) -> Error {
    Error::new(Code::Limit, format!("the platform has no memory for a buffer of {length} bytes"))
        .with(|detail| detail.found = Some(length))
}
