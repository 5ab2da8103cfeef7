//! What is fuzzed: each target takes any bytes, and fails only by a panic. The fuzzer runs them on what it invents, the test
//! `fuzz_corpus` on what was saved.

pub mod decode;
mod file;
mod input;
pub mod net;
pub mod open;
pub mod plan;
pub mod read;
mod request;
pub mod text;
