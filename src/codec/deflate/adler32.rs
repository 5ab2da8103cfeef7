//! Adler-32, the checksum of zlib streams (RFC 1950).

const MODULUS: u32 = 65521;
/// Sums that are kept side by side.
const LANES: usize = 16;
/// Rows of a group. A lane's second sum has 16 bits in it: 255 * n * (n + 1) / 2 stays below that up to 22 rows.
const ROWS: usize = 22;
/// Groups of a part. A lane's second sum has 32 bits in it, enough for 5,803 rows.
const GROUPS: usize = 256;

/// The checksum of those bytes.
pub(super) fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for part in bytes.chunks(GROUPS * ROWS * LANES) {
        let (groups, rest) = part.as_chunks::<{ ROWS * LANES }>();
        let (sums, weighted) = lanes(groups);
        // A byte counts once for itself and once for every byte behind it.
        let mut total = u64::from(a) * (groups.len() * ROWS * LANES) as u64;
        for ((sum, weighted), lane) in sums.iter().zip(&weighted).zip(0_u64..) {
            total += u64::from(*weighted) * LANES as u64 - u64::from(*sum) * lane;
        }
        b = (b + (total % u64::from(MODULUS)) as u32) % MODULUS;
        a = (a + sums.iter().sum::<u32>()) % MODULUS;
        for byte in rest {
            a += u32::from(*byte);
            b += a;
        }
        (a, b) = (a % MODULUS, b % MODULUS);
    }
    b << 16 | a
}

/// Each lane on its own: how much it has in all, and the sum of how much it had after each row.
fn lanes(groups: &[[u8; ROWS * LANES]]) -> ([u32; LANES], [u32; LANES]) {
    let (mut sums, mut weighted) = ([0; LANES], [0; LANES]);
    for group in groups {
        let (of_group, weighted_of_group) = group_lanes(group);
        weighted.iter_mut().zip(sums).for_each(|(weighted, sum)| *weighted += sum * ROWS as u32);
        weighted.iter_mut().zip(weighted_of_group).for_each(|(weighted, more)| *weighted += u32::from(more));
        sums.iter_mut().zip(of_group).for_each(|(sum, more)| *sum += u32::from(more));
    }
    (sums, weighted)
}

/// The same of one group. A function of its own: the compiler makes whole vectors of 16 bits of it, and quarters inside the other one.
#[inline(never)]
fn group_lanes(group: &[u8; ROWS * LANES]) -> ([u16; LANES], [u16; LANES]) {
    let (mut sums, mut weighted) = ([0; LANES], [0; LANES]);
    for row in group.as_chunks::<LANES>().0 {
        let row = row.map(u16::from);
        sums.iter_mut().zip(row).for_each(|(sum, byte)| *sum += byte);
        weighted.iter_mut().zip(sums).for_each(|(weighted, sum)| *weighted += sum);
    }
    (sums, weighted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::random_bytes;

    fn naive(bytes: &[u8]) -> u32 {
        let (a, b) = bytes.iter().fold((1, 0), |(a, b), byte| {
            let a = (a + u32::from(*byte)) % MODULUS;
            (a, (b + a) % MODULUS)
        });
        b << 16 | a
    }

    #[test]
    fn known_answers() {
        assert_eq!(adler32(b""), 1);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }

    #[test]
    fn as_byte_by_byte() {
        for length in [1, 15, 16, 17, 351, 352, 353, 90_111, 90_112, 90_113, 200_001] {
            let noise = random_bytes(length as u64, length);
            assert_eq!(adler32(&noise), naive(&noise), "{length}");
            let largest = vec![255; length];
            assert_eq!(adler32(&largest), naive(&largest), "{length} largest");
        }
    }
}
