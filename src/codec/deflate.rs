//! Deflate (8, and 32946 in old files): one zlib stream, its adler32 verified.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::output::corrupt;
use crate::error::Result;

/// Fills `block` from the zlib stream `stored`.
///
/// # Errors
/// `malformed` for anything but a zlib stream, for corrupt data, and for a wrong or missing adler32 where the stream
/// ends with the block. A stream that goes on has no checksum of the block alone: none is verified, as in GDAL.
pub(super) fn decode(stored: &[u8], block: &mut [u8]) -> Result<usize> {
    let length = block.len();
    let flags = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut state = DecompressorOxide::new();
    let (status, _, found) = decompress(&mut state, stored, block, 0, flags);
    let why = match status {
        TINFLStatus::Done | TINFLStatus::HasMoreOutput => return Ok(found),
        // The stored bytes end early: that the block is full does not make up for the missing checksum.
        TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput if found < length => {
            return Ok(found);
        }
        TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput => "it ends before its adler32",
        TINFLStatus::Adler32Mismatch => "its adler32 does not match",
        _ if found == 0 => "not a zlib stream, or an invalid code",
        _ => "an invalid code",
    };
    Err(corrupt("deflate", why, found, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::SCENE;
    use crate::error::Code;

    /// Python: `zlib.compress(SCENE, 9)`.
    const STREAM: &[u8] = include!("vectors/scene.zlib.in");

    fn inflate(stored: &[u8], length: usize) -> Result<(usize, Vec<u8>)> {
        let mut block = vec![0; length];
        let found = decode(stored, &mut block)?;
        Ok((found, block))
    }

    #[test]
    fn the_known_answer() {
        assert_eq!(inflate(STREAM, SCENE.len()).unwrap(), (SCENE.len(), SCENE.to_vec()));
    }

    #[test]
    fn stored_and_fixed_blocks() {
        // Python: zlib.compress(b"pyramid", 0), then at level 9 with strategy Z_FIXED.
        let stored = b"\x78\x01\x01\x07\x00\xf8\xffpyramid\x0c\x28\x02\xf7";
        assert_eq!(inflate(stored, 7).unwrap(), (7, b"pyramid".to_vec()));
        let fixed = b"\x78\xda\x2b\xa8\x2c\x4a\xcc\xcd\x4c\x01\x00\x0c\x28\x02\xf7";
        assert_eq!(inflate(fixed, 7).unwrap(), (7, b"pyramid".to_vec()));
    }

    #[test]
    fn a_longer_stream_is_cut() {
        for length in [0, 1, 100, SCENE.len() - 1] {
            assert_eq!(inflate(STREAM, length).unwrap(), (length, SCENE[..length].to_vec()));
        }
    }

    #[test]
    fn a_shorter_stream_says_how_much_it_gave() {
        assert_eq!(inflate(STREAM, SCENE.len() + 1).unwrap().0, SCENE.len());
        for cut in 0..STREAM.len() - 4 {
            match inflate(&STREAM[..cut], SCENE.len()) {
                Ok((found, _)) => assert!(found < SCENE.len(), "{cut} bytes gave {found}"),
                Err(error) => assert!(cut + 6 > STREAM.len(), "{cut} bytes: {error}"),
            }
        }
    }

    #[test]
    fn a_missing_checksum_and_a_wrong_one_are_refused() {
        for cut in 1..=4 {
            let stored = &STREAM[..STREAM.len() - cut];
            let error = inflate(stored, SCENE.len()).unwrap_err();
            assert!(error.message().ends_with("it ends before its adler32"), "{error}");
        }
        for place in 1..=4 {
            let mut stored = STREAM.to_vec();
            let place = stored.len() - place;
            stored[place] ^= 1;
            let error = inflate(&stored, SCENE.len()).unwrap_err();
            assert_eq!(error.code(), Code::Malformed);
            assert!(error.message().ends_with("its adler32 does not match"), "{error}");
            assert!(inflate(&stored, SCENE.len() - 1).is_ok(), "no checksum of a cut block");
        }
    }

    #[test]
    fn what_follows_is_ignored() {
        let stored = [STREAM, b"junk"].concat();
        assert_eq!(inflate(&stored, SCENE.len()).unwrap().1, SCENE);
    }

    #[test]
    fn other_streams_are_refused() {
        let mut header = STREAM.to_vec();
        header[1] ^= 1;
        // Raw deflate, gzip, a wrong header checksum, a preset dictionary, an invalid block type.
        for stored in [&STREAM[2..], b"\x1f\x8b\x08\0\0\0\0\0", &header, b"\x78\xbb\0\0\0\0", b"\x78\x9c\x07"]
        {
            assert_eq!(inflate(stored, SCENE.len()).unwrap_err().code(), Code::Malformed);
        }
    }
}
