//! From a block's stored bytes to the samples that were asked for.
//!
//! [`decode_block`] is the one door: decompression, predictor, byte order or bit unpacking, in that order, each
//! in its own file. [`Job::run`] goes through it and then takes out the columns, rows and samples wanted.

mod bits;
mod block;
mod byte_order;
#[cfg(feature = "ccitt")]
mod ccitt;
pub mod compression;
mod crop;
#[cfg(any(feature = "deflate", feature = "lerc", feature = "pixarlog"))]
mod deflate;
mod deinterleave;
mod float16;
mod float24;
pub mod forgiven;
pub mod frame;
pub mod job;
#[cfg(feature = "jp2")]
mod jp2;
#[cfg(feature = "jpeg")]
mod jpeg;
pub(crate) mod jpeg_header;
#[cfg(feature = "jxl")]
mod jxl;
#[cfg(feature = "lerc")]
mod lerc;
#[cfg(feature = "logluv")]
mod logluv;
#[cfg(feature = "lzma")]
mod lzma;
#[cfg(feature = "lzw")]
mod lzw;
mod message;
#[cfg(feature = "next")]
mod next;
mod output;
#[cfg(feature = "packbits")]
mod packbits;
#[cfg(feature = "pixarlog")]
mod pixarlog;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod planes;
mod predictor;
mod rows;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod running_sum;
#[cfg(test)]
pub(crate) mod sample;
mod samples;
mod sizes;
pub mod spare;
#[cfg(feature = "thunderscan")]
mod thunderscan;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod triples;
#[cfg(feature = "webp")]
mod webp;
mod wire;
#[cfg(any(feature = "lerc", feature = "zstd"))]
mod zstd;

pub use block::{check, decode_block};
pub use compression::{Module, compression_name, may_end_early, module};
pub use frame::Frame;
pub use job::{Axis, Job, Order, Part, StoredRows};
