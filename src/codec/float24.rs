//! 24-bit floating point numbers to float32: a sign, 7 bits of exponent (bias 63), 16 bits of mantissa.

use crate::pixel::ByteOrder;

/// Fills `values` (4 bytes each, native order) from the numbers in `stored` (3 bytes each, in `order`).
pub(super) fn widen(stored: &[u8], order: ByteOrder, values: &mut [u8]) {
    let load = |&[a, b, c]: &[u8; 3]| match order {
        ByteOrder::Little => u32::from_le_bytes([a, b, c, 0]),
        ByteOrder::Big => u32::from_be_bytes([0, a, b, c]),
    };
    let (values, _) = values.as_chunks_mut();
    let (triples, _) = stored.as_chunks();
    for (value, triple) in values.iter_mut().zip(triples) {
        *value = bits(load(triple)).to_ne_bytes();
    }
}

/// The bits of the float32 equal to that number. A NaN keeps its payload.
fn bits(triple: u32) -> u32 {
    let sign = triple >> 23 << 31;
    let exponent = triple >> 16 & 0x7F;
    let mantissa = triple & 0xFFFF;
    let magnitude = match exponent {
        // Zero and subnormals: units of 2^-78, exact as float32.
        0 => (mantissa as f32 * f32::from_bits((127 - 78) << 23)).to_bits(),
        0x7F => 0x7F80_0000 | mantissa << 7,
        _ => (exponent + 127 - 63) << 23 | mantissa << 7,
    };
    sign | magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        for (triple, single) in [
            (0x00_0000, 0.0_f32),
            (0x3F_0000, 1.0),
            (0xC0_0000, -2.0),
            (0x3D_5555, 0.333_332_06),
            (0x7F_0000, f32::INFINITY),
            (0xFF_0000, f32::NEG_INFINITY),
        ] {
            assert_eq!(bits(triple), single.to_bits(), "{triple:06x}");
        }
        assert_eq!(bits(0x80_0000), 0x8000_0000, "-0");
        assert_eq!((bits(0x7F_0001), bits(0xFF_8000)), (0x7F80_0080, 0xFFC0_0000), "NaNs keep their payload");
    }

    #[test]
    fn every_finite_number_is_its_value() {
        for triple in (0..1_u32 << 24).filter(|triple| triple >> 16 & 0x7F != 0x7F).step_by(7) {
            let (exponent, mantissa) = ((triple >> 16 & 0x7F) as i32, f64::from(triple & 0xFFFF));
            let magnitude = match exponent {
                0 => mantissa * 2_f64.powi(-78),
                _ => (65536.0 + mantissa) * 2_f64.powi(exponent - 79),
            };
            let expected = if triple >> 23 == 1 { -magnitude } else { magnitude };
            assert_eq!(f64::from(f32::from_bits(bits(triple))), expected, "{triple:06x}");
        }
    }

    #[test]
    fn both_byte_orders() {
        for (order, stored) in [(ByteOrder::Little, [0, 0, 0x3F]), (ByteOrder::Big, [0x3F, 0, 0])] {
            let mut values = [0; 4];
            widen(&stored, order, &mut values);
            assert_eq!(f32::from_ne_bytes(values), 1.0);
        }
    }
}
