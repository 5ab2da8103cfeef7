//! LZW (5): TIFF's, most significant bit first, with the code width that grows one code early; and the streams of
//! the oldest writers, least significant bit first, which libtiff still reads.

use weezl::decode::Configuration;
use weezl::{BitOrder, LzwStatus};

use super::output::corrupt;
use crate::error::Result;

/// The decoder takes 64 bits at a time and stops after a clear code: that many calls may neither take nor give a byte.
const CODES_HELD: u32 = 64 / 9 + 1;

/// Fills `block` from the LZW stream `stored`.
///
/// # Errors
/// `malformed` for a stream that does not begin with a clear code, or whose codes are not in the table.
pub(super) fn decode(stored: &[u8], block: &mut [u8]) -> Result<usize> {
    let length = block.len();
    let configuration = match stored {
        // The clear code, 256 in 9 bits, in either bit order. libtiff tells them apart by it and refuses others.
        [0x80, second, ..] if second & 0x80 == 0 => Configuration::with_tiff_size_switch(BitOrder::Msb, 8),
        [0, second, ..] if second & 1 == 1 => Configuration::new(BitOrder::Lsb, 8),
        [] | [_] => return Ok(0),
        _ => return Err(corrupt("lzw", "no clear code at its start", 0, length)),
    };
    let mut decoder = configuration.with_yield_on_full_buffer(true).build();
    let (mut found, mut stored, mut idle) = (0, stored, 0);
    while found < length && idle < CODES_HELD {
        let rest = block.get_mut(found..).unwrap_or_default();
        let result = decoder.decode_bytes(stored, rest);
        found += result.consumed_out;
        stored = stored.get(result.consumed_in..).unwrap_or_default();
        idle = if result.consumed_in > 0 || result.consumed_out > 0 { 0 } else { idle + 1 };
        match result.status {
            Ok(LzwStatus::Ok) => {}
            Ok(_) => break,
            Err(_) => return Err(corrupt("lzw", "a code that is not in the table", found, length)),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::{SCENE, random_bytes};
    use crate::error::Code;

    /// Python: `imagecodecs.lzw_encode(SCENE)`.
    const STREAM: &[u8] = include!("vectors/scene.lzw.in");

    fn expand(stored: &[u8], length: usize) -> Result<(usize, Vec<u8>)> {
        let mut block = vec![0; length];
        let found = decode(stored, &mut block)?;
        Ok((found, block))
    }

    /// 9-bit codes, most significant bit first.
    fn codes(codes: &[u16]) -> Vec<u8> {
        let bits: Vec<bool> =
            codes.iter().flat_map(|code| (0..9).rev().map(move |bit| code >> bit & 1 == 1)).collect();
        let byte =
            |bits: &[bool]| bits.iter().enumerate().fold(0, |sum, (i, bit)| sum | (*bit as u8) << (7 - i));
        bits.chunks(8).map(byte).collect()
    }

    #[test]
    fn the_known_answer() {
        assert_eq!(expand(STREAM, SCENE.len()).unwrap(), (SCENE.len(), SCENE.to_vec()));
    }

    #[test]
    fn a_longer_stream_is_cut_and_a_shorter_one_counted() {
        for length in [0, 1, 2, 777, SCENE.len() - 1] {
            assert_eq!(expand(STREAM, length).unwrap(), (length, SCENE[..length].to_vec()));
        }
        assert_eq!(expand(STREAM, SCENE.len() + 1).unwrap().0, SCENE.len());
        for cut in 0..STREAM.len() - 3 {
            assert!(expand(&STREAM[..cut], SCENE.len()).unwrap().0 < SCENE.len());
        }
        // GDAL reads it without its end code too.
        assert_eq!(expand(&STREAM[..STREAM.len() - 1], SCENE.len()).unwrap().0, SCENE.len());
        assert_eq!(expand(&[STREAM, b"junk"].concat(), SCENE.len()).unwrap().1, SCENE);
    }

    #[test]
    fn as_libtiff_on_hand_made_codes() {
        let good = |list: &[u16], length| expand(&codes(list), length).unwrap();
        assert_eq!(good(&[256, 65, 258, 257], 3), (3, b"AAA".to_vec()), "the code being defined");
        assert_eq!(good(&[256, 65, 66, 256, 67, 257], 3), (3, b"ABC".to_vec()), "a clear in the middle");
        assert_eq!(good(&[256, 256, 256, 65, 66], 2), (2, b"AB".to_vec()), "clears in a row, no end");
        assert_eq!(good(&[256, 65, 66, 67, 400], 3), (3, b"ABC".to_vec()), "nothing read after the block");
        assert_eq!(good(&[256, 65, 66, 257, 256, 67], 3).0, 2, "the end code ends");
        assert_eq!(good(&[256, 257], 3).0, 0);
        let bad = |list: &[u16]| expand(&codes(list), 3).unwrap_err();
        for list in [&[256, 65, 300, 257][..], &[256, 65, 259, 257], &[256, 258, 257]] {
            assert_eq!(bad(list).code(), Code::Malformed);
            assert!(bad(list).message().ends_with("a code that is not in the table"));
        }
        assert!(bad(&[65, 66, 67, 257]).message().ends_with("no clear code at its start"));
    }

    #[test]
    fn every_code_width_and_full_tables() {
        for seed in 0..4 {
            let raw: Vec<u8> = random_bytes(seed, 20_000).iter().map(|byte| byte >> (seed * 2)).collect();
            let msb = weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(&raw).unwrap();
            assert_eq!(expand(&msb, raw.len()).unwrap().1, raw);
            let lsb = weezl::encode::Encoder::new(BitOrder::Lsb, 8).encode(&raw).unwrap();
            assert_eq!(expand(&lsb, raw.len()).unwrap().1, raw, "old bit order");
        }
    }
}
