//! The core over files made by hand, tag by tag: plans asserted range by range, and what hostile files must end in.
// wasm-pack builds every test; these read files.
#![cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]

mod craft;
mod hostile;
mod leaders;
mod plans;
mod sidecars;
