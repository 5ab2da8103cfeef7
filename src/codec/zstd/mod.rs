//! Zstandard (50000): frames one after another, skippable ones between them, checksums verified (RFC 8878).
//!
//! Content is decoded to where it is wanted: what a part copies of the content before it is copied within the block. Here is decided
//! what of a frame that is cut, too long or without its checksum may be used.

mod backward;
mod checksum;
mod fse;
mod huffman;
mod literals;
mod part;
mod sequences;
mod tables;

use std::cell::RefCell;

use super::output::corrupt;
use crate::error::{Error, Result};
use part::{Content, Decoder, MOST_CONTENT, Stop};

const MAGIC: u32 = 0xFD2F_B528;
const SKIPPABLE: std::ops::RangeInclusive<u32> = 0x184D_2A50..=0x184D_2A5F;
/// libzstd refuses larger windows unless it is told otherwise, and so does GDAL.
const LARGEST_WINDOW: u64 = 1 << 27;

thread_local! {
    // In WebAssembly that is one place known in advance: what is looked up in it needs one step less than in a variable's.
    static DECODER: RefCell<Decoder> = const { RefCell::new(Decoder::new()) };
}

/// Fills `block` from the frames in `stored`.
///
/// # Errors
/// `malformed` for anything but frames, for corrupt data and for a wrong checksum of a frame that ends with the
/// block or before; `unsupported` for a dictionary and for windows over 128 MiB.
pub(super) fn decode(stored: &[u8], block: &mut [u8]) -> Result<usize> {
    DECODER.with_borrow_mut(|decoder| frames(decoder, stored, block))
}

fn frames(decoder: &mut Decoder, mut stored: &[u8], block: &mut [u8]) -> Result<usize> {
    let mut found = 0;
    while found < block.len() && !stored.is_empty() {
        let Some((frame, after)) = next_frame(stored, found, block.len())? else { break };
        let Some(frame) = frame else {
            stored = after;
            continue;
        };
        let parts = Parts::of(after);
        let start = stored.len() - after.len();
        found += content(decoder, &frame, (stored, start), &parts, (&mut *block, found))?;
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

/// Whether those are whole frames, from the first byte to the last.
#[cfg(feature = "lerc")]
pub(super) fn is_all_frames(mut stored: &[u8]) -> bool {
    while !stored.is_empty() {
        let Ok(Some((frame, after))) = next_frame(stored, 0, 0) else { return false };
        let parts = Parts::of(after);
        stored = match frame {
            None => after,
            Some(frame) if parts.is_whole(&frame) => parts.rest(&frame),
            Some(_) => return false,
        };
    }
    true
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

/// What follows a frame's parts.
struct Parts<'a> {
    /// What follows the last one; `None` where the stored bytes end before it does.
    after: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// Walks over the headers of the parts (RFC 8878, 3.1.1.2).
    fn of(stored: &'a [u8]) -> Self {
        let mut after = stored;
        loop {
            let Some(header) = number(&mut after, 3) else { return Self { after: None } };
            // A part of one repeated byte stores it once.
            let size = if header >> 1 & 3 == 1 { 1 } else { (header >> 3) as usize };
            let Some(rest) = after.get(size..) else { return Self { after: None } };
            after = rest;
            if header & 1 == 1 {
                return Self { after: Some(after) };
            }
        }
    }

    /// Whether the checksum is there, where there should be one.
    fn is_whole(&self, frame: &Frame) -> bool {
        self.after.is_some_and(|after| !frame.checksum || after.len() >= 4)
    }

    /// The checksum, where there is one.
    fn checksum(&self, frame: &Frame) -> Option<u32> {
        let stored = self.after?.first_chunk().filter(|_| frame.checksum)?;
        Some(u32::from_le_bytes(*stored))
    }

    /// What follows the frame.
    fn rest(&self, frame: &Frame) -> &'a [u8] {
        let after = self.after.unwrap_or_default();
        if frame.checksum { after.get(4..).unwrap_or_default() } else { after }
    }
}

/// Decodes the frame that `stored` holds into `block`, behind the `found` bytes that are there: how many bytes more there are
/// then. `start` is where its parts begin. A cut frame gives what it has.
fn content(
    decoder: &mut Decoder,
    frame: &Frame,
    (stored, start): (&[u8], usize),
    parts: &Parts<'_>,
    (block, found): (&mut [u8], usize),
) -> Result<usize> {
    let length = block.len();
    let room = block.get_mut(found..).unwrap_or_default();
    let promised = frame.content.and_then(|content| usize::try_from(content).ok());
    let kept = promised.filter(|promised| parts.is_whole(frame) && *promised <= room.len());
    let room = room.get_mut(..kept.unwrap_or(room.len())).unwrap_or_default();
    let mut content = Content { block: room, found: 0 };
    let outcome = decoder.parts(stored, start, frame.window, &mut content);
    let given = content.found;
    let why = match outcome {
        Err(Stop::Full) if kept.is_some() => "decoded size does not match frame content size".into(),
        // Nothing behind the block's last byte is looked at.
        Err(Stop::Full) => return Ok(given),
        // Perhaps it is corrupt too: no block comes of it, unless it is full.
        _ if parts.after.is_none() => return Ok(given),
        Err(Stop::Corrupt(why)) => why.into(),
        Ok(()) if frame.content.is_some_and(|content| content != given as u64) => {
            format!("a frame of {given} bytes says it has {:?}", frame.content)
        }
        Ok(()) => match parts.checksum(frame) {
            Some(stored) => {
                let computed = checksum::checksum(content.block.get(..given).unwrap_or_default());
                if stored == computed {
                    return Ok(given);
                }
                format!("checksum mismatch: expected {stored:#010x}, got {computed:#010x}")
            }
            None => return Ok(given),
        },
    };
    Err(corrupt("zstd", &why, found + given, length))
}

#[cfg(test)]
mod tests;
