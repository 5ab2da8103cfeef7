//! The exports of a module that decodes: one block in, its samples out, nothing kept. Only numbers and bytes cross
//! this border, so that `js/instance.ts` runs every such module.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

#[cfg(feature = "spare")]
use crate::codec::spare;
use crate::codec::{Job, forgiven};
use crate::error::{Error, Result};
#[cfg(feature = "decode")]
use crate::pixel::{DataType, Rgba};
use crate::values::Bytes;

thread_local! {
    static FAILURE: Cell<Option<Error>> = const { Cell::new(None) };
}

/// Decodes one block, as the job's bytes say. Nothing: see [`failure`].
#[wasm_bindgen]
pub fn decode(job: &[u8], stored: &[u8]) -> Option<Vec<u8>> {
    told(decoded(job, stored))
}

fn decoded(job: &[u8], stored: &[u8]) -> Result<Vec<u8>> {
    let (job, limits) = Job::from_bytes(job)?;
    let (length, limit) = (stored.len() as u64, limits.encoded_block_bytes);
    if length > limit {
        return Err(Error::limit("encoded_block_bytes", "stored bytes of a block", length, limit));
    }
    let samples = job.run(stored, &limits);
    if let (Ok(_), Some(why)) = (&samples, forgiven::take()) {
        FAILURE.set(Some(Error::malformed(why)));
    }
    samples
}

/// Takes back samples that were handed out: their memory serves for the next block.
#[cfg(feature = "spare")]
#[wasm_bindgen]
pub fn give_back(samples: Vec<u8>) {
    spare::give(samples);
}

/// Draws samples: four bytes a pixel. The options are those of [`Rgba`]; `dtype` counts [`DataType::ALL`]. Nothing: see
/// [`failure`].
#[cfg(feature = "decode")]
#[wasm_bindgen]
#[allow(clippy::too_many_arguments)] // A border without names.
pub fn rgba(
    samples: &[u8],
    dtype: usize,
    bands: u32,
    interleaved: bool,
    shown: Vec<u32>,
    ranges: Option<Vec<f64>>,
    palette: Option<Vec<u8>>,
    nodata: Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let Some(dtype) = DataType::ALL.get(dtype).copied() else {
        return told(Err(Error::invalid("dtype", format!("dtype {dtype} is none"))));
    };
    let ranges =
        ranges.map(|ends| ends.as_chunks().0.iter().map(|[dark, bright]| (*dark, *bright)).collect());
    told(Rgba { dtype, bands, interleaved, shown, ranges, palette, nodata }.draw(samples))
}

/// Why there was no answer, or what was forgiven for the one given, as [`crate::values`] writes an error; nothing once it was told.
#[wasm_bindgen]
pub fn failure() -> Vec<u8> {
    FAILURE.take().map(|error| Bytes::of(&error)).unwrap_or_default()
}

/// Whether there is memory for so many bytes more: what does not fit is an error before it is a trap.
#[wasm_bindgen]
pub fn fits(length: u32) -> bool {
    Vec::<u8>::new().try_reserve_exact(length as usize).is_ok()
}

fn told(answer: Result<Vec<u8>>) -> Option<Vec<u8>> {
    answer.map_err(|error| FAILURE.set(Some(error))).ok()
}
