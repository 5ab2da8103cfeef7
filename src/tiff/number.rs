//! Numbers out of bytes, in either byte order.

use crate::pixel::ByteOrder;

/// An unsigned number of 1, 2, 4 or 8 bytes; `None` for any other length.
pub fn unsigned(order: ByteOrder, bytes: &[u8]) -> Option<u64> {
    match bytes.len() {
        1 | 2 | 4 | 8 => {}
        _ => return None,
    }
    let push = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    Some(match order {
        ByteOrder::Big => bytes.iter().fold(0, push),
        ByteOrder::Little => bytes.iter().rev().fold(0, push),
    })
}

/// A two's complement number of 1, 2, 4 or 8 bytes.
pub fn signed(order: ByteOrder, bytes: &[u8]) -> Option<i64> {
    let unused = 64 - 8 * u32::try_from(bytes.len()).ok()?.min(8);
    let value = unsigned(order, bytes)?;
    Some(value.wrapping_shl(unused).cast_signed() >> unused)
}

/// The low 16 bits of each.
pub(crate) fn truncated(values: &[u64]) -> Vec<u16> {
    let mut shorts = Vec::with_capacity(values.len());
    for value in values {
        shorts.push(*value as u16);
    }
    shorts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_orders_and_signs() {
        assert_eq!(unsigned(ByteOrder::Little, &[1, 2]), Some(0x201));
        assert_eq!(unsigned(ByteOrder::Big, &[1, 2, 3, 4]), Some(0x1020304));
        assert_eq!(unsigned(ByteOrder::Big, &[0xff; 8]), Some(u64::MAX));
        assert_eq!(unsigned(ByteOrder::Big, &[1, 2, 3]), None);
        assert_eq!(signed(ByteOrder::Little, &[0xfe, 0xff]), Some(-2));
        assert_eq!(signed(ByteOrder::Big, &[0xff; 8]), Some(-1));
        assert_eq!(signed(ByteOrder::Big, &[0x7f]), Some(127));
    }
}
