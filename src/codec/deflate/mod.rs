//! Deflate (8, and 32946 in old files): one zlib stream, its adler32 verified.

mod adler32;
mod bits;
mod codes;
mod inflate;
mod literals;
mod matches;
mod open;

use std::cell::RefCell;

use inflate::{Inflate, Stop, Tables};

use self::adler32::adler32;
use super::output::corrupt;
use crate::error::Result;

thread_local! {
    // In WebAssembly that is one place known in advance: what is looked up in it needs one step less than in a variable's.
    static TABLES: RefCell<Tables> = const { RefCell::new(Tables::new()) };
}

/// Fills `block` from the zlib stream `stored`.
///
/// # Errors
/// `malformed` for anything but a zlib stream, for corrupt data, and for a wrong or missing adler32 where the stream
/// ends with the block. A stream that goes on has no checksum of the block alone: none is verified, as in GDAL.
#[allow(dead_code)] // A build may have no such codec, as below.
pub(super) fn decode(stored: &[u8], block: &mut [u8]) -> Result<usize> {
    decoded(stored, block, End::MayFollow)
}

/// As [`decode`], but that a checksum may be missing, as zlib has it.
///
/// # Errors
/// As [`decode`].
#[allow(dead_code)]
pub(super) fn decode_open(stored: &[u8], block: &mut [u8]) -> Result<usize> {
    decoded(stored, block, End::MayLack)
}

/// As [`decode`], but that the stream must end before the block does, or with it.
///
/// # Errors
/// As [`decode`].
#[allow(dead_code)]
pub(super) fn decode_whole(stored: &[u8], block: &mut [u8]) -> Result<usize> {
    decoded(stored, block, End::MustBeThere)
}

/// What is asked of a stream's end and its checksum.
#[allow(dead_code)]
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// It may lie behind the block.
    MayFollow,
    /// The stored bytes may end with the block's last byte.
    MayLack,
    /// It may not.
    MustBeThere,
}

fn decoded(stored: &[u8], block: &mut [u8], wanted: End) -> Result<usize> {
    let length = block.len();
    let stream = match stored {
        [method, flags, stream @ ..] if is_header(*method, *flags) => stream,
        [_, _, ..] => return Err(corrupt("deflate", "not a zlib stream", 0, length)),
        _ => return Ok(0),
    };
    let mut inflate = Inflate::new(stream, block);
    let end = TABLES.with_borrow_mut(|tables| inflate.run(tables));
    let found = inflate.found;
    let checksum = inflate.checksum();
    let why = match (end, checksum) {
        (Err(Stop::Full), _) if wanted == End::MustBeThere => "it has more bytes than there may be",
        (Err(Stop::Full), _) => return Ok(found),
        (Err(Stop::Corrupt), _) => "an invalid code",
        (Ok(()), Some(checksum)) if block.get(..found).map(adler32) == Some(checksum) => return Ok(found),
        (Ok(()), Some(_)) => "its adler32 does not match",
        // The stored bytes end early: that the block is full does not make up for the missing checksum.
        (Err(Stop::Short), _) | (Ok(()), None)
            if wanted == End::MayLack || found < length && wanted != End::MustBeThere =>
        {
            return Ok(found);
        }
        (Err(Stop::Short), _) | (Ok(()), None) => "it ends before its adler32",
    };
    Err(corrupt("deflate", why, found, length))
}

/// Whether a zlib stream starts so (RFC 1950, 2.2): Deflate with a window that it can have, and no preset dictionary.
fn is_header(method: u8, flags: u8) -> bool {
    let sum = u16::from_be_bytes([method, flags]);
    method & 0xF == 8 && method >> 4 <= 7 && sum.is_multiple_of(31) && flags & 0x20 == 0
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec_zlib;
    use miniz_oxide::inflate::TINFLStatus;
    use miniz_oxide::inflate::core::inflate_flags::{
        TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
    };
    use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

    use super::*;
    use crate::codec::sample::{Random, SCENE, material};
    use crate::error::Code;

    /// Python: `zlib.compress(SCENE, 9)`.
    const STREAM: &[u8] = include!("../vectors/scene.zlib.in");

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

    /// What miniz_oxide says, how many bytes it gives, and the block.
    fn reference(stored: &[u8], length: usize) -> (TINFLStatus, usize, Vec<u8>) {
        let flags = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let mut block = vec![0; length];
        let (status, _, found) = decompress(&mut DecompressorOxide::new(), stored, &mut block, 0, flags);
        (status, found, block)
    }

    /// Both decoders agree: 0 for a block that is too short, 1 for a full one, 2 for an error.
    fn compare(stored: &[u8], length: usize, what: &str) -> usize {
        use TINFLStatus::{Done, Failed, FailedCannotMakeProgress, HasMoreOutput, NeedsMoreInput};
        let (status, expected, other) = reference(stored, length);
        match (inflate(stored, length), status) {
            (Ok((found, block)), Done | HasMoreOutput | FailedCannotMakeProgress | NeedsMoreInput) => {
                assert_eq!(found, expected, "{what}");
                assert!(block[..found] == other[..found], "{what}: other bytes");
                usize::from(found == length)
            }
            // A match that comes when the block is full is cut like anything else, as in libdeflate: miniz first looks where
            // it is from (and in the case above, whether that is stored).
            (Ok((found, block)), Failed) if found == length => {
                assert_eq!((found, block), (expected, other), "{what}");
                1
            }
            // A stream that ends early and one that is wrong where it ends: no block comes of either.
            (Ok((found, _)), Failed) => {
                assert!(found < length, "{what}");
                2
            }
            // What goes on behind the block within what should be its checksum is no code to libdeflate.
            (Err(error), HasMoreOutput) if error.message().ends_with("it ends before its adler32") => 2,
            (Err(error), Done | HasMoreOutput) => panic!("{what}: {error}"),
            (Err(_), _) => 2,
            (Ok(_), status) => panic!("{what}: {status:?}"),
        }
    }

    #[test]
    fn as_miniz_on_good_streams() {
        let mut random = Random(11);
        for round in 0..240 {
            let scale = random.below(18);
            let length = random.below(1 << scale) as usize + 1;
            let raw = material(&mut random, round, length);
            let stored = compress_to_vec_zlib(&raw, (round / 6 % 11) as u8);
            assert!(inflate(&stored, length).unwrap().1 == raw, "round {round}");
            for wanted in [length / 2, length - 1, length, length + 1] {
                compare(&stored, wanted, &format!("round {round}, {wanted} of {length} bytes"));
            }
        }
    }

    #[test]
    fn as_miniz_on_damaged_streams() {
        let mut random = Random(12);
        let mut outcomes = [0; 3];
        for round in 0..6000 {
            let scale = random.below(13);
            let length = random.below(1 << scale) as usize + 1;
            let raw = material(&mut random, round, length);
            let mut stored = compress_to_vec_zlib(&raw, (round / 6 % 11) as u8);
            for _ in 0..random.below(4) {
                // Most of what can go wrong is in the headers of parts.
                let reach = if random.below(2) == 0 { 60 } else { stored.len() };
                let place = random.below(reach.min(stored.len()) as u64) as usize;
                stored[place] ^= 1 << random.below(8);
            }
            stored.truncate(random.below(stored.len() as u64 * 3) as usize + 1);
            let wanted = random.below(length as u64 * 2) as usize + 1;
            outcomes[compare(&stored, wanted, &format!("round {round}"))] += 1;
        }
        assert!(outcomes.iter().all(|count| *count > 500), "short, full and refused: {outcomes:?}");
    }
}
