//! Zstandard (50000): frames one after another, skippable ones between them, checksums verified.

use std::io::Read;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::output::corrupt;
use crate::error::{Error, Result};

const MAGIC: u32 = 0xFD2F_B528;
const SKIPPABLE: std::ops::RangeInclusive<u32> = 0x184D_2A50..=0x184D_2A5F;
/// libzstd refuses larger windows unless it is told otherwise, and so does GDAL.
const LARGEST_WINDOW: u64 = 1 << 27;
/// The largest block of a frame: a smaller window would bound the blocks too.
const LARGEST_BLOCK: u64 = 128 << 10;

/// Where the stored bytes end between two blocks, this one brings out what the decoder holds back.
const EMPTY_LAST_BLOCK: &[u8] = &[1, 0, 0];

/// Fills `block` from the frames in `stored`.
///
/// # Errors
/// `malformed` for anything but frames, for corrupt data and for a wrong checksum of a frame that ends with the
/// block or before; `unsupported` for a dictionary and for windows over 128 MiB.
pub(super) fn decode(mut stored: &[u8], block: &mut [u8]) -> Result<usize> {
    let mut decoder = FrameDecoder::new();
    let mut found = 0;
    while found < block.len() && !stored.is_empty() {
        let Some((frame, after)) = next_frame(stored, found, block.len())? else { break };
        stored = after;
        if let Some(frame) = frame {
            found = decode_frame(&mut decoder, &frame, &mut stored, block, found)?;
        }
    }
    Ok(found)
}

/// What a frame's header says.
struct Frame {
    checksum: bool,
    window: u64,
    content: Option<u64>,
}

/// The header at the start of `stored` and what follows it; no frame for a skippable one, skipped whole; `None`
/// where the stored bytes end within it.
fn next_frame(mut stored: &[u8], found: usize, length: usize) -> Result<Option<(Option<Frame>, &[u8])>> {
    let Some(magic) = number(&mut stored, 4) else { return Ok(None) };
    if u32::try_from(magic).is_ok_and(|magic| SKIPPABLE.contains(&magic)) {
        let after = number(&mut stored, 4).and_then(|size| stored.get(usize::try_from(size).ok()?..));
        return Ok(after.map(|after| (None, after)));
    }
    if magic != u64::from(MAGIC) {
        return Err(corrupt("zstd", "no frame", found, length));
    }
    let Some(frame) = header(&mut stored) else { return Ok(None) };
    if frame.dictionary != 0 {
        let message = format!("zstd data that needs the dictionary {} is not supported", frame.dictionary);
        return Err(Error::unsupported(message).with_value(259, 50000));
    }
    if frame.reserved {
        return Err(corrupt("zstd", "a reserved bit is set in a frame's header", found, length));
    }
    if frame.frame.window > LARGEST_WINDOW {
        let message = format!("zstd window: found {} bytes, at most {LARGEST_WINDOW}", frame.frame.window);
        return Err(Error::unsupported(message).with_value(259, 50000));
    }
    Ok(Some((Some(frame.frame), stored)))
}

struct Header {
    frame: Frame,
    dictionary: u64,
    reserved: bool,
}

/// A frame's header after its magic number (RFC 8878, 3.1.1.1).
fn header(stored: &mut &[u8]) -> Option<Header> {
    let descriptor = number(stored, 1)?;
    let single_segment = descriptor >> 5 & 1 == 1;
    let window = if single_segment { None } else { Some(number(stored, 1)?) };
    let dictionary = match descriptor & 3 {
        0 => 0,
        1 => number(stored, 1)?,
        2 => number(stored, 2)?,
        _ => number(stored, 4)?,
    };
    let content = match descriptor >> 6 {
        0 if single_segment => Some(number(stored, 1)?),
        0 => None,
        1 => Some(number(stored, 2)? + 256),
        2 => Some(number(stored, 4)?),
        _ => Some(number(stored, 8)?),
    };
    let window = match window {
        None => content?,
        Some(window) => {
            let base = 1_u64 << (10 + (window >> 3));
            base + base / 8 * (window & 7)
        }
    };
    let frame = Frame { checksum: descriptor >> 2 & 1 == 1, window, content };
    Some(Header { frame, dictionary, reserved: descriptor >> 3 & 1 == 1 })
}

/// Takes `bytes` bytes, at most 8, from the front of `stored`: a little-endian number.
fn number(stored: &mut &[u8], bytes: usize) -> Option<u64> {
    let (front, after) = stored.split_at_checked(bytes)?;
    *stored = after;
    Some(front.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// A header for the decoder in place of the file's: no checksum (verified here) and a window that is large enough
/// for `length` bytes. The decoder holds back as many bytes as the window says: the file's own word for it
/// would let a few bytes of a hostile file allocate 128 MiB.
fn bounded_header(length: usize) -> [u8; 6] {
    let window = (length as u64).clamp(LARGEST_BLOCK, LARGEST_WINDOW).next_power_of_two();
    let [a, b, c, d] = MAGIC.to_le_bytes();
    [a, b, c, d, 0, ((window.trailing_zeros() - 10) << 3) as u8]
}

/// Fills `block` from `found` on with one frame's content; takes the frame from `stored`.
fn decode_frame(
    decoder: &mut FrameDecoder,
    frame: &Frame,
    stored: &mut &[u8],
    block: &mut [u8],
    start: usize,
) -> Result<usize> {
    let length = block.len();
    let mut found = start;
    let failed = |why: &str, found| corrupt("zstd", why, found, length);
    decoder.init(bounded_header(length).as_slice()).map_err(|error| failed(&error.to_string(), found))?;
    loop {
        let cut = stored.len() < EMPTY_LAST_BLOCK.len();
        if cut {
            *stored = EMPTY_LAST_BLOCK;
        }
        let step = decoder.decode_blocks(&mut *stored, BlockDecodingStrategy::UptoBlocks(1));
        step.map_err(|error| failed(&error.to_string(), found))?;
        let rest = block.get_mut(found..).unwrap_or_default();
        found += decoder.read(rest).map_err(|error| failed(&error.to_string(), found))?;
        if cut || found == length && decoder.can_collect() > 0 {
            return Ok(found);
        }
        if decoder.is_finished() {
            break;
        }
    }
    let content = (found - start) as u64;
    if frame.content.is_some_and(|expected| expected != content) {
        return Err(failed(&format!("a frame of {content} bytes says it has {:?}", frame.content), found));
    }
    // A missing checksum is forgiven, a wrong one is not.
    if frame.checksum {
        let checksum = number(stored, 4);
        if checksum.is_none() {
            *stored = &[];
        }
        let calculated = decoder.get_calculated_checksum().map(u64::from);
        if checksum.is_some() && checksum != calculated {
            return Err(failed("its checksum does not match", found));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::SCENE;
    use crate::error::Code;

    /// `zstd -19 --no-check` of a pipe: the content's size is not in the header.
    const UNSIZED: &[u8] = include!("vectors/scene.zst.in");
    /// `zstd -19 --check` of a file: one segment, sized, with its checksum.
    const CHECKED: &[u8] = include!("vectors/scene_checked.zst.in");
    /// `zstd -22 --ultra --long=27 --check` of a pipe: a window of 128 MiB.
    const WIDE: &[u8] = include!("vectors/scene_wide.zst.in");
    const SKIP: &[u8] = b"\x5A\x2A\x4D\x18\x05\0\0\0hello";

    fn expand(stored: &[u8], length: usize) -> Result<(usize, Vec<u8>)> {
        let mut block = vec![0; length];
        let found = decode(stored, &mut block)?;
        Ok((found, block))
    }

    fn whole() -> (usize, Vec<u8>) {
        (SCENE.len(), SCENE.to_vec())
    }

    #[test]
    fn the_known_answers() {
        for stored in [UNSIZED, CHECKED, WIDE] {
            assert_eq!(expand(stored, SCENE.len()).unwrap(), whole());
        }
    }

    #[test]
    fn frames_in_a_row_and_skippable_ones() {
        let twice = [SCENE, SCENE].concat();
        for stored in [
            [UNSIZED, CHECKED].concat(),
            [SKIP, WIDE, SKIP, SKIP, CHECKED].concat(),
            [CHECKED, UNSIZED, SKIP].concat(),
            [CHECKED, UNSIZED, b"junk"].concat(),
        ] {
            assert_eq!(expand(&stored, twice.len()).unwrap(), (twice.len(), twice.clone()));
        }
        assert_eq!(expand(SKIP, 10).unwrap().0, 0);
    }

    #[test]
    fn a_longer_stream_is_cut_and_a_shorter_one_counted() {
        for stored in [UNSIZED, CHECKED, WIDE] {
            for length in [0, 1, 1000, SCENE.len() - 1] {
                assert_eq!(expand(stored, length).unwrap(), (length, SCENE[..length].to_vec()));
            }
            assert_eq!(expand(stored, SCENE.len() + 1).unwrap().0, SCENE.len());
        }
    }

    #[test]
    fn a_cut_stream_is_an_error_or_short() {
        for cut in 0..UNSIZED.len() {
            match expand(&UNSIZED[..cut], SCENE.len()) {
                Ok((found, _)) => assert_eq!(found, 0, "{cut} bytes"),
                Err(error) => assert_eq!(error.code(), Code::Malformed),
            }
        }
    }

    #[test]
    fn a_missing_checksum_is_forgiven_and_a_wrong_one_is_not() {
        for cut in 1..=4 {
            assert_eq!(expand(&CHECKED[..CHECKED.len() - cut], SCENE.len()).unwrap(), whole());
        }
        let mut wrong = CHECKED.to_vec();
        *wrong.last_mut().unwrap() ^= 1;
        let error = expand(&wrong, SCENE.len()).unwrap_err();
        assert_eq!(error.code(), Code::Malformed);
        assert!(error.message().ends_with("its checksum does not match"), "{error}");
        assert!(expand(&wrong, SCENE.len() - 1).is_ok(), "no checksum of a cut block");
    }

    #[test]
    fn a_frame_that_lies_about_its_size() {
        let mut wrong = CHECKED.to_vec();
        wrong[5] ^= 1;
        assert_eq!(expand(&wrong, SCENE.len()).unwrap_err().code(), Code::Malformed);
    }

    #[test]
    fn a_frame_cut_between_two_blocks_gives_what_it_has() {
        // Two raw blocks of three bytes; the second is the last.
        let stored = [&MAGIC.to_le_bytes()[..], &[0, 0x58], b"\x18\0\0abc", b"\x19\0\0def"].concat();
        assert_eq!(expand(&stored, 6).unwrap(), (6, b"abcdef".to_vec()));
        for cut in 12..15 {
            assert_eq!(expand(&stored[..cut], 6).unwrap(), (3, b"abc\0\0\0".to_vec()));
            assert_eq!(expand(&stored[..cut], 3).unwrap(), (3, b"abc".to_vec()));
        }
        // The same in one segment with its size and a checksum: neither is held against what came before the cut.
        let sized = [&MAGIC.to_le_bytes()[..], &[0x24, 6], b"\x18\0\0abc"].concat();
        assert_eq!(expand(&sized, 6).unwrap().0, 3);
        assert_eq!(expand(&sized, 3).unwrap(), (3, b"abc".to_vec()));
        for cut in 15..18 {
            assert_eq!(expand(&stored[..cut], 6).unwrap_err().code(), Code::Malformed);
        }
    }

    #[test]
    fn what_this_build_refuses() {
        let frame = |descriptor: u8, rest: &[u8]| [&MAGIC.to_le_bytes(), &[descriptor][..], rest].concat();
        let code = |stored: &[u8]| expand(stored, 10).unwrap_err().code();
        assert_eq!(code(&frame(1, &[0x58, 7, 1, 0, 0])), Code::Unsupported, "a dictionary");
        assert_eq!(code(&frame(0, &[0x89, 1, 0, 0])), Code::Unsupported, "a window of 144 MiB");
        assert_eq!(code(&frame(0xA0, &[1, 0, 0, 8, 1, 0, 0])), Code::Unsupported, "a segment over 128 MiB");
        assert_eq!(code(&frame(8, &[0x58, 1, 0, 0])), Code::Malformed, "the reserved bit");
        assert_eq!(code(b"pyramidion"), Code::Malformed);
    }

    #[test]
    fn a_bomb_stops_at_the_block_s_end() {
        // 128 KiB of zeros in 4 bytes, ten thousand times: 1.2 GiB.
        let mut stored = MAGIC.to_le_bytes().to_vec();
        stored.extend([0, 0x88]);
        for _ in 0..10_000 {
            stored.extend([0x02, 0x00, 0x10, 0]);
        }
        let (found, block) = expand(&stored, 4096).unwrap();
        assert_eq!((found, block), (4096, vec![0; 4096]));
    }
}
