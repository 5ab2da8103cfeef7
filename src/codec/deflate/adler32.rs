//! Adler-32, the checksum of zlib streams (RFC 1950).

const MODULUS: u32 = 65521;
/// Sums that are kept side by side.
const LANES: usize = 16;
/// A lane's second sum has 32 bits: 255 * n * (n + 1) / 2 stays below that up to 5,803 rows.
const ROWS: usize = 2048;

/// The checksum of those bytes.
pub(super) fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for part in bytes.chunks(ROWS * LANES) {
        let (rows, rest) = part.as_chunks::<LANES>();
        let (sums, weighted) = lanes(rows);
        // A byte counts once for itself and once for every byte behind it.
        let mut total = u64::from(a) * (rows.len() * LANES) as u64;
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

/// Each lane on its own: how much it has in all, and the sum of how much it had after each row. A function of its own, which
/// the compiler makes vectors of; inside the other one it does not.
#[inline(never)]
fn lanes(rows: &[[u8; LANES]]) -> ([u32; LANES], [u32; LANES]) {
    let (mut sums, mut weighted) = ([0; LANES], [0; LANES]);
    for row in rows {
        let row = row.map(u32::from);
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
        for length in [1, 15, 16, 17, 32_767, 32_768, 32_769, 100_001] {
            let noise = random_bytes(length as u64, length);
            assert_eq!(adler32(&noise), naive(&noise), "{length}");
            let largest = vec![255; length];
            assert_eq!(adler32(&largest), naive(&largest), "{length} largest");
        }
    }
}
