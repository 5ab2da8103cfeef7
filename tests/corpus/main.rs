//! Every fixture, read natively and compared with what GDAL reads of it.
// wasm-pack builds every test; these read files.
#![cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]

mod all_fixtures;
mod beside;
mod described;
mod fixture;
mod mutated;
mod one_byte;
mod sidecars;
mod truncation;
mod windows;
