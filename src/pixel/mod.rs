//! Pixels in memory: data types, how the samples of a block are laid out, and colours.

pub mod colours;
pub mod data_type;
pub mod layout;
pub mod rgba;

pub use colours::Colours;
pub use data_type::DataType;
pub use layout::{BlockLayout, ByteOrder, CodecSettings, SampleFormat};
pub use rgba::Rgba;
