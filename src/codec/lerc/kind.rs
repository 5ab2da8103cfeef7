//! The types of samples that the format has.

use crate::pixel::SampleFormat;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

/// By the number that a blob has for each.
const KINDS: [Kind; 8] =
    [Kind::I8, Kind::U8, Kind::I16, Kind::U16, Kind::I32, Kind::U32, Kind::F32, Kind::F64];

impl Kind {
    /// The kind of TIFF's samples of that format.
    pub fn of(format: SampleFormat, bits: u16) -> Option<Self> {
        use SampleFormat::{Float, Signed, Unsigned};
        Some(match (format, bits) {
            (Signed, 8) => Self::I8,
            (Unsigned, 8) => Self::U8,
            (Signed, 16) => Self::I16,
            (Unsigned, 16) => Self::U16,
            (Signed, 32) => Self::I32,
            (Unsigned, 32) => Self::U32,
            (Float, 32) => Self::F32,
            (Float, 64) => Self::F64,
            _ => return None,
        })
    }

    /// The kind of that number in a blob.
    pub fn numbered(number: usize) -> Option<Self> {
        KINDS.get(number).copied()
    }

    /// The kind that an offset is stored as, where `shorter` says how much shorter than one of this kind it is.
    #[inline(never)]
    pub fn reduced(self, shorter: u8) -> Option<Self> {
        use Kind::{F32, F64, I8, I16, I32, U8, U16, U32};
        Some(match (self, shorter) {
            (I8 | U8, _) | (_, 0) => self,
            (I16, 1) | (U16, 1) | (I32, 3) | (U32, 2) | (F32, 2) => U8,
            (I16, 2) => I8,
            (I32, 1) | (U32, 1) => U16,
            (I32, 2) | (F32, 1) | (F64, 3) => I16,
            (F64, 2) => I32,
            (F64, 1) => F32,
            _ => return None,
        })
    }

    /// Bytes of a sample.
    pub fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// The least and the greatest integer; of floating-point numbers, none.
    #[inline(never)]
    pub fn range(self) -> Option<(f64, f64)> {
        let bits = self.size() * 8;
        match self {
            Self::F32 | Self::F64 => None,
            Self::U8 | Self::U16 | Self::U32 => Some((0.0, ((1_u64 << bits) - 1) as f64)),
            Self::I8 | Self::I16 | Self::I32 => {
                let half = (1_u64 << (bits - 1)) as f64;
                Some((-half, half - 1.0))
            }
        }
    }

    /// The number that a sample of those bits is.
    #[inline(never)]
    pub fn number(self, raw: u64) -> f64 {
        match self {
            Self::I8 => f64::from(raw as i8),
            Self::U8 => f64::from(raw as u8),
            Self::I16 => f64::from(raw as i16),
            Self::U16 => f64::from(raw as u16),
            Self::I32 => f64::from(raw as i32),
            Self::U32 => f64::from(raw as u32),
            Self::F32 => f64::from(f32::from_bits(raw as u32)),
            Self::F64 => f64::from_bits(raw),
        }
    }

    /// The bytes of the sample nearest to zero that a number becomes, at the front of eight.
    #[inline(never)]
    pub fn bytes(self, number: f64) -> [u8; 8] {
        let raw = match (self, self.range()) {
            (Self::F32, _) => (number as f32).to_bits().into(),
            (_, Some((least, most))) => (number as i64).clamp(least as i64, most as i64).cast_unsigned(),
            _ => number.to_bits(),
        };
        raw.to_le_bytes()
    }

    /// The bytes of a sample that a mask leaves out, at the front of eight: NaN or 0.
    pub fn missing(self) -> [u8; 8] {
        self.bytes(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::lerc::reader::little_endian;

    #[test]
    fn numbers_become_bytes_and_bytes_numbers() {
        for kind in KINDS {
            let raw = |bytes: [u8; 8]| little_endian(&bytes[..kind.size()]);
            let (least, most) = kind.range().unwrap_or((-1.5, 2.5e10));
            for number in [0.0, 1.0, 100.0, least, most] {
                let found = kind.number(raw(kind.bytes(number)));
                let expected = if kind == Kind::F32 { f64::from(number as f32) } else { number };
                assert_eq!(found, expected, "{kind:?}");
            }
            if kind.is_float() {
                assert!(kind.number(raw(kind.missing())).is_nan());
            } else {
                // As a cast does: towards zero, and no further than the range.
                assert_eq!(kind.number(raw(kind.bytes(1e300))), most);
                assert_eq!(kind.number(raw(kind.bytes(-1e300))), least);
                assert_eq!(kind.number(raw(kind.bytes(7.9))), 7.0);
                assert_eq!(kind.missing(), [0; 8]);
            }
        }
        assert_eq!(Kind::F32.missing()[..4], f32::NAN.to_le_bytes());
        assert_eq!(Kind::F64.missing(), f64::NAN.to_le_bytes());
    }
}
