//! float16 to float32, bit by bit.

use crate::pixel::ByteOrder;

/// Fills `values` (4 bytes each, native order) from the halves in `stored` (2 bytes each, in `order`).
pub(super) fn widen(stored: &[u8], order: ByteOrder, values: &mut [u8]) {
    let load = match order {
        ByteOrder::Little => u16::from_le_bytes,
        ByteOrder::Big => u16::from_be_bytes,
    };
    let (values, _) = values.as_chunks_mut();
    let (halves, _) = stored.as_chunks();
    for (value, half) in values.iter_mut().zip(halves) {
        *value = bits(load(*half)).to_ne_bytes();
    }
}

/// The bits of the float32 equal to that float16. A NaN keeps its payload, signalling ones too, as in GDAL (the
/// usual conversions make them quiet).
fn bits(half: u16) -> u32 {
    let sign = u32::from(half >> 15) << 31;
    let exponent = u32::from(half >> 10 & 0x1F);
    let mantissa = u32::from(half & 0x3FF);
    let magnitude = match exponent {
        // Zero and subnormals: units of 2^-24, exact as float32.
        0 => (mantissa as f32 / 16_777_216.0).to_bits(),
        0x1F => 0x7F80_0000 | mantissa << 13,
        _ => (exponent + 127 - 15) << 23 | mantissa << 13,
    };
    sign | magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        for (half, single) in [
            (0x0000, 0.0_f32),
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x7BFF, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x03FF, 6.097_555e-5),
            (0x0001, 5.960_464_5e-8),
            (0x3555, 0.333_251_95),
            (0x7C00, f32::INFINITY),
            (0xFC00, f32::NEG_INFINITY),
        ] {
            assert_eq!(bits(half), single.to_bits(), "{half:04x}");
        }
        assert_eq!(bits(0x8000), 0x8000_0000, "-0");
        assert_eq!(bits(0x8001), 0xB380_0000, "the smallest negative subnormal");
        assert_eq!((bits(0x7C01), bits(0xFE00)), (0x7F80_2000, 0xFFC0_0000), "NaNs keep their payload");
    }

    #[test]
    fn every_finite_half_is_its_value() {
        for half in (0..=u16::MAX).filter(|half| half & 0x7C00 != 0x7C00) {
            let (exponent, mantissa) = (i32::from(half >> 10 & 31), f64::from(half & 0x3FF));
            let magnitude = match exponent {
                0 => mantissa * 2_f64.powi(-24),
                _ => (1024.0 + mantissa) * 2_f64.powi(exponent - 25),
            };
            let expected = if half >> 15 == 1 { -magnitude } else { magnitude };
            assert_eq!(f64::from(f32::from_bits(bits(half))), expected, "{half:04x}");
        }
    }

    #[test]
    fn both_byte_orders() {
        for (order, stored) in [(ByteOrder::Little, [0x00, 0x3C]), (ByteOrder::Big, [0x3C, 0x00])] {
            let mut values = [0; 4];
            widen(&stored, order, &mut values);
            assert_eq!(f32::from_ne_bytes(values), 1.0);
        }
    }
}
