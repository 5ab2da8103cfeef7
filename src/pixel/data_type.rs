//! The element types of results, named after JavaScript's typed arrays.

use serde::{Deserialize, Serialize};

/// Type of one element of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// `Uint8Array`; also 1- to 7-bit samples.
    Uint8,
    /// `Int8Array`.
    Int8,
    /// `Uint16Array`; also 9- to 15-bit samples.
    Uint16,
    /// `Int16Array`.
    Int16,
    /// `Uint32Array`.
    Uint32,
    /// `Int32Array`.
    Int32,
    /// `BigUint64Array`.
    BigUint64,
    /// `BigInt64Array`.
    BigInt64,
    /// `Float32Array`; also float16 samples.
    Float32,
    /// `Float64Array`.
    Float64,
    /// `Int16Array`: pairs of a real and an imaginary part, as all that follow.
    ComplexInt16,
    /// `Int32Array`.
    ComplexInt32,
    /// `Float32Array`.
    Complex64,
    /// `Float64Array`.
    Complex128,
}

impl DataType {
    /// All of them; JavaScript counts them in this order (`js/data-types.ts`).
    pub const ALL: [Self; 14] = [
        Self::Uint8,
        Self::Int8,
        Self::Uint16,
        Self::Int16,
        Self::Uint32,
        Self::Int32,
        Self::BigUint64,
        Self::BigInt64,
        Self::Float32,
        Self::Float64,
        Self::ComplexInt16,
        Self::ComplexInt32,
        Self::Complex64,
        Self::Complex128,
    ];

    /// Bytes of one element; of a complex number both parts.
    pub fn size(self) -> u64 {
        match self {
            Self::Uint8 | Self::Int8 => 1,
            Self::Uint16 | Self::Int16 => 2,
            Self::Uint32 | Self::Int32 | Self::Float32 | Self::ComplexInt16 => 4,
            Self::BigUint64 | Self::BigInt64 | Self::Float64 | Self::ComplexInt32 | Self::Complex64 => 8,
            Self::Complex128 => 16,
        }
    }

    /// The type of each part of a complex number; itself for every other.
    pub fn part(self) -> Self {
        match self {
            Self::ComplexInt16 => Self::Int16,
            Self::ComplexInt32 => Self::Int32,
            Self::Complex64 => Self::Float32,
            Self::Complex128 => Self::Float64,
            other => other,
        }
    }

    /// Whether elements are pairs.
    pub fn is_complex(self) -> bool {
        self.part() != self
    }
}
