//! Pixels in memory: data types and how the samples of a block are laid out.

pub mod data_type;
pub mod layout;

pub use data_type::DataType;
pub use layout::{BlockLayout, ByteOrder, SampleFormat};
