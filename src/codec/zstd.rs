//! Zstandard (50000): frames one after another, skippable ones between them, checksums verified.
//!
//! zrip decodes whole frames. Where frames start and end, and what of a frame that is cut, too long or without its
//! checksum may be used, is decided here.

use zrip_decode::context::DecompressContext;

use super::output::{self, corrupt};
use crate::error::{Error, Result};

const MAGIC: u32 = 0xFD2F_B528;
const SKIPPABLE: std::ops::RangeInclusive<u32> = 0x184D_2A50..=0x184D_2A5F;
/// libzstd refuses larger windows unless it is told otherwise, and so does GDAL.
const LARGEST_WINDOW: u64 = 1 << 27;
/// The largest part of a frame, in the specification's words a block.
const LARGEST_PART: usize = 128 << 10;
/// What zrip writes behind the end of a part.
const MARGIN: usize = 64;

/// Fills `block` from the frames in `stored`.
///
/// # Errors
/// `malformed` for anything but frames, for corrupt data and for a wrong checksum of a frame that ends with the
/// block or before; `unsupported` for a dictionary and for windows over 128 MiB.
pub(super) fn decode(mut stored: &[u8], block: &mut [u8]) -> Result<usize> {
    let mut context = DecompressContext::new();
    let mut found = 0;
    while found < block.len() && !stored.is_empty() {
        let Some((frame, after)) = next_frame(stored, found, block.len())? else { break };
        let Some(frame) = frame else {
            stored = after;
            continue;
        };
        let parts = Parts::of(after);
        let content = content(&mut context, &frame, stored, &parts, (found, block.len()))?;
        let count = content.len().min(block.len() - found);
        if let (Some(place), Some(bytes)) = (block.get_mut(found..found + count), content.get(..count)) {
            place.copy_from_slice(bytes);
        }
        found += count;
        stored = parts.rest(&frame);
    }
    Ok(found)
}

/// The bytes that a single frame says it has.
#[cfg(feature = "lerc")]
pub(super) fn content_size(stored: &[u8]) -> Option<u64> {
    match next_frame(stored, 0, 0) {
        Ok(Some((Some(frame), after))) if Parts::of(after).rest(&frame).is_empty() => frame.content,
        _ => None,
    }
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

/// A frame's parts, and what follows them.
struct Parts<'a> {
    /// The parts without the frame's header; the last one may be cut.
    stored: &'a [u8],
    /// What follows the last one; `None` where the stored bytes end before it does.
    after: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// Walks over the headers of the parts (RFC 8878, 3.1.1.2).
    fn of(stored: &'a [u8]) -> Self {
        let mut after = stored;
        loop {
            let Some(header) = number(&mut after, 3) else { return Self { stored, after: None } };
            // A part of one repeated byte stores it once.
            let size = if header >> 1 & 3 == 1 { 1 } else { (header >> 3) as usize };
            let Some(rest) = after.get(size..) else { return Self { stored, after: None } };
            after = rest;
            if header & 1 == 1 {
                let length = stored.len() - after.len();
                return Self { stored: stored.get(..length).unwrap_or_default(), after: Some(after) };
            }
        }
    }

    /// Whether the checksum is there, where there should be one.
    fn is_whole(&self, frame: &Frame) -> bool {
        self.after.is_some_and(|after| !frame.checksum || after.len() >= 4)
    }

    /// What follows the frame.
    fn rest(&self, frame: &Frame) -> &'a [u8] {
        let after = self.after.unwrap_or_default();
        if frame.checksum { after.get(4..).unwrap_or_default() } else { after }
    }
}

/// The content of the frame that `stored` starts with, as far as it is wanted: `found` bytes of `length` are there. A cut frame
/// gives what it has; one that is too long may give some bytes too many.
fn content(
    context: &mut DecompressContext,
    frame: &Frame,
    stored: &[u8],
    parts: &Parts<'_>,
    (found, length): (usize, usize),
) -> Result<Vec<u8>> {
    let wanted = length - found;
    let fits = frame.content.is_none_or(|content| content <= wanted as u64);
    let short;
    let input = if parts.is_whole(frame) && fits {
        stored.get(4..).unwrap_or_default()
    } else {
        short = without_promises(parts.stored, length)?;
        short.as_slice()
    };
    // A part is decoded whole or not at all. Nothing is left to zrip to allocate but its tables.
    let most = wanted.saturating_add(LARGEST_PART);
    let mut content = output::reserved(most.saturating_add(MARGIN))?;
    let outcome = context.decompress_after_magic_into(input, &mut content, most);
    let given = content.len();
    let why = match outcome {
        // The block is full: nothing behind its last byte is looked at.
        _ if given > wanted => return Ok(content),
        // Perhaps it is corrupt too: no block comes of it, unless it is full.
        _ if parts.after.is_none() => return Ok(content),
        Ok(_) if frame.content.is_none_or(|content| content == given as u64) => return Ok(content),
        Ok(_) => format!("a frame of {given} bytes says it has {:?}", frame.content),
        Err(error) => error.to_string(),
    };
    Err(corrupt("zstd", &why, found + given, length))
}

/// A frame of these parts whose header promises nothing: neither the content's size nor a checksum.
fn without_promises(parts: &[u8], length: usize) -> Result<Vec<u8>> {
    let window = (length as u64).clamp(LARGEST_PART as u64, LARGEST_WINDOW).next_power_of_two();
    let mut frame = output::reserved(parts.len() + 2)?;
    frame.extend([0, ((window.trailing_zeros() - 10) << 3) as u8]);
    frame.extend_from_slice(parts);
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use ruzstd::decoding::FrameDecoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;
    use crate::codec::sample::{Random, SCENE, material};
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

    #[cfg(feature = "lerc")]
    #[test]
    fn a_frame_may_say_how_long_its_content_is() {
        assert_eq!(content_size(CHECKED), Some(SCENE.len() as u64));
        let twice = [CHECKED, CHECKED].concat();
        for stored in [UNSIZED, SKIP, b"junk", b"", &CHECKED[..5], &twice] {
            assert_eq!(content_size(stored), None);
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
        assert!(error.message().contains("checksum"), "{error}");
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
            assert_eq!(expand(&stored[..cut], 6).unwrap().0, 3, "nothing of a part that is cut");
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

    /// What ruzstd makes of all frames, up to a MiB.
    fn reference(stored: &[u8]) -> Option<Vec<u8>> {
        let mut content = vec![0; 1 << 20];
        let length = FrameDecoder::new().decode_all(stored, &mut content).ok()?;
        content.truncate(length);
        Some(content)
    }

    #[test]
    fn as_ruzstd_on_good_frames() {
        let mut random = Random(21);
        for round in 0..120 {
            let scale = random.below(20);
            let length = random.below(1 << scale) as usize + 1;
            let raw = material(&mut random, round, length);
            let mut stored = compress_to_vec(raw.as_slice(), CompressionLevel::Fastest);
            assert!(expand(&stored, length).unwrap().1 == raw, "round {round}");
            stored.extend_from_slice(&stored.clone());
            let twice = expand(&stored, 2 * length + 1).unwrap();
            assert!(twice.0 == 2 * length && twice.1[length..2 * length] == raw, "round {round}");
            assert!(expand(&stored, length / 2).unwrap().1 == raw[..length / 2], "round {round}");
        }
    }

    #[test]
    fn as_ruzstd_on_damaged_frames() {
        let mut random = Random(22);
        let mut outcomes = [0; 3];
        for round in 0..4000 {
            let length = random.below(3000) as usize + 1;
            let raw = material(&mut random, round, length);
            let mut stored = match round % 3 {
                0 => compress_to_vec(raw.as_slice(), CompressionLevel::Fastest),
                1 => UNSIZED.to_vec(),
                _ => WIDE.to_vec(),
            };
            for _ in 0..=random.below(3) {
                let place = random.below(stored.len() as u64) as usize;
                stored[place] ^= 1 << random.below(8);
            }
            // The checksum would find most of it.
            stored[4] &= !4;
            if round % 7 == 0 {
                stored.truncate(random.below(stored.len() as u64) as usize);
            }
            let wanted = 4096;
            let (found, expected) = (expand(&stored, wanted), reference(&stored));
            let outcome = match (&found, &expected) {
                (Ok((found, block)), Some(expected)) => {
                    assert!(block[..*found] == expected[..expected.len().min(wanted)], "round {round}");
                    0
                }
                // Short, or full before it goes wrong.
                (Ok(_), None) => 1,
                (Err(_), None) => 2,
                // libzstd refuses these two as well.
                (Err(error), Some(_)) => {
                    let known =
                        ["a reserved bit", "corrupt sequences"].map(|why| error.message().contains(why));
                    assert!(known.contains(&true), "round {round}: {error}");
                    2
                }
            };
            outcomes[outcome] += 1;
        }
        assert!(outcomes.iter().all(|count| *count > 50), "equal, short and refused: {outcomes:?}");
    }
}
