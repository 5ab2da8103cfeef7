//! XXH64, of whose 64 bits a frame stores the lower half.

const PRIMES: [u64; 5] = [
    0x9E37_79B1_85EB_CA87,
    0xC2B2_AE3D_27D4_EB4F,
    0x1656_67B1_9E37_79F9,
    0x85EB_CA77_C2B2_AE63,
    0x27D4_EB2F_1656_67C5,
];

/// The checksum of a frame's content.
pub(super) fn checksum(content: &[u8]) -> u32 {
    let [first, second, third, fourth, fifth] = PRIMES;
    let (stripes, rest) = content.as_chunks::<32>();
    let mut hash = fifth;
    if !stripes.is_empty() {
        let mut lanes = [first.wrapping_add(second), second, 0, first.wrapping_neg()];
        for stripe in stripes {
            for (lane, word) in lanes.iter_mut().zip(stripe.as_chunks().0) {
                *lane = round(*lane, u64::from_le_bytes(*word));
            }
        }
        hash = lanes
            .iter()
            .zip([1, 7, 12, 18])
            .fold(0, |sum, (lane, by)| sum.wrapping_add(lane.rotate_left(by)));
        for lane in lanes {
            hash = (hash ^ round(0, lane)).wrapping_mul(first).wrapping_add(fourth);
        }
    }
    hash = hash.wrapping_add(content.len() as u64);
    let (words, rest) = rest.as_chunks::<8>();
    for word in words {
        hash ^= round(0, u64::from_le_bytes(*word));
        hash = hash.rotate_left(27).wrapping_mul(first).wrapping_add(fourth);
    }
    let (words, rest) = rest.as_chunks::<4>();
    for word in words {
        hash ^= u64::from(u32::from_le_bytes(*word)).wrapping_mul(first);
        hash = hash.rotate_left(23).wrapping_mul(second).wrapping_add(third);
    }
    for byte in rest {
        hash ^= u64::from(*byte).wrapping_mul(fifth);
        hash = hash.rotate_left(11).wrapping_mul(first);
    }
    hash = (hash ^ hash >> 33).wrapping_mul(second);
    hash = (hash ^ hash >> 29).wrapping_mul(third);
    (hash ^ hash >> 32) as u32
}

#[inline(always)]
fn round(lane: u64, word: u64) -> u64 {
    let [first, second, ..] = PRIMES;
    lane.wrapping_add(word.wrapping_mul(second)).rotate_left(31).wrapping_mul(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::SCENE;

    const KNOWN: [(usize, u32); 13] = [
        (0, 0x51D8_E999),
        (1, 0xDB05_2768),
        (3, 0xE526_ABCA),
        (4, 0xA8B0_E46D),
        (7, 0xE0DB_2229),
        (8, 0x58F6_482B),
        (31, 0x45D8_F24A),
        (32, 0xDA67_BD71),
        (33, 0x6211_CDC5),
        (63, 0x9126_D25C),
        (100, 0x88EE_33F4),
        (1999, 0x646D_380F),
        (2000, 0x451B_BF74),
    ];

    #[test]
    fn the_known_answers() {
        // Python: `xxhash.xxh64(...).intdigest() & 0xFFFFFFFF`.
        for (length, expected) in KNOWN {
            assert_eq!(checksum(&SCENE[..length]), expected, "{length} bytes");
        }
    }
}
