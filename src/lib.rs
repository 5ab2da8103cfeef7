//! Reads rasters over byte ranges: GeoTIFF, Cloud Optimized GeoTIFF, and GDAL's external `.ovr` overviews.
//!
//! The core never does IO. It is asked a question over the bytes supplied so far and answers, or says which
//! ranges it needs ([`error::Need`]); whoever drives it brings them and asks again.
#![deny(unsafe_code, missing_docs)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable,
    clippy::todo,
    clippy::unimplemented,
    clippy::string_slice,
    clippy::await_holding_refcell_ref
)]

pub mod byte_range;
pub mod codec;
pub mod error;
mod float;
pub mod limits;
pub mod pixel;
pub mod plan;
pub mod pyramid;
pub mod range;
pub mod sorted;
mod text;
pub mod tiff;
pub mod values;
pub mod xml;

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
pub mod native;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub mod wasm;
