//! LZMA (34925): one xz stream of LZMA2 data, behind delta filters as a rule.
//!
//! The container is read here, so that the dictionary never has more memory than the block, whatever the stream asks for.

#[cfg(test)]
mod tests;

use lzma_rust2::{Error as Fault, Lzma2Reader, Read};

use super::output::corrupt;
use crate::error::{Code, Error, Result};

const MAGIC: &[u8] = b"\xFD7zXZ\0";
const DELTA: u64 = 0x03;
const LZMA2: u64 = 0x21;
/// Bytes decoded at a time: a stream that ends early has given so much less at most.
const STEP: usize = 1 << 16;
/// What lzma-rust2 says of data whose last byte has come, and that do not end as they should.
const BEHIND: &str = "rc not finished or lz has pending";
/// The decoder has windows of multiples of 16 bytes, and wants at least one.
const SMALLEST_WINDOW: u32 = 4096;

/// Fills `block` from the xz stream `stored`.
///
/// As in GDAL, nothing is looked at once the block is full: not the end of the stream, nor its check.
///
/// # Errors
/// `malformed` for anything but an xz stream, and for corrupt data; `unsupported` for filters other than delta, which are for
/// programs.
pub(super) fn decode(stored: &[u8], block: &mut [u8]) -> Result<usize> {
    let length = block.len();
    let mut stream = Stream { rest: stored, found: 0, length };
    let check = stream.header()?;
    while stream.found < length {
        let Some(filters) = stream.block_header()? else { break };
        let Some(part) = block.get_mut(stream.found..) else { break };
        let done = stream.block(&filters, part)?;
        for distance in &filters.distances {
            if let Some(part) = part.get_mut(..done) {
                undo_delta(part, *distance);
            }
        }
        stream.found += done;
        if stream.found < length {
            let block = part.get(..done).unwrap_or_default();
            stream.check(check, block)?;
        }
    }
    Ok(stream.found)
}

/// What is done to a block before LZMA2.
struct Filters {
    /// Delta filters: how many bytes back.
    distances: Vec<usize>,
    /// Bytes that LZMA2 may refer back.
    window: u32,
}

/// An xz stream.
struct Stream<'a> {
    rest: &'a [u8],
    /// Bytes decoded, and those wanted.
    found: usize,
    length: usize,
}

impl<'a> Stream<'a> {
    fn fault(&self, why: &str) -> Error {
        corrupt("lzma", why, self.found, self.length)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(self.fault("it ends within a header"));
        };
        self.rest = rest;
        Ok(taken)
    }

    /// Reads the stream's header; gives the number of its check.
    fn header(&mut self) -> Result<u8> {
        if self.take(MAGIC.len())? != MAGIC {
            return Err(self.fault("not an xz stream"));
        }
        let (flags, stated) = (self.take(2)?, self.take(4)?);
        match *flags {
            [0, check @ ..16] if stated == crc32(flags) => Ok(check),
            [0, ..16] => Err(self.fault("the checksum of its header does not match")),
            _ => Err(self.fault("unknown flags in its header")),
        }
    }

    /// Reads the header of the next block; `None` where the index comes instead.
    fn block_header(&mut self) -> Result<Option<Filters>> {
        let Some(size) = self.rest.first().filter(|size| **size != 0) else { return Ok(None) };
        let header = self.take(usize::from(*size) * 4)?;
        if self.take(4)? != crc32(header) {
            return Err(self.fault("the checksum of a block's header does not match"));
        }
        let mut fields = Fields(header.get(1..).unwrap_or_default());
        match fields.filters() {
            None => Err(self.fault("a block's header that contradicts itself")),
            Some(Err(filter)) => {
                let message = format!("xz filter {filter:#x} is not read: only delta and LZMA2 are");
                Err(Error::unsupported(message))
            }
            Some(Ok(filters)) => Ok(Some(filters)),
        }
    }

    /// Decodes LZMA2 into the start of `part`, and passes the padding after it.
    fn block(&mut self, filters: &Filters, part: &mut [u8]) -> Result<usize> {
        let before = self.rest.len();
        let window = u32::try_from(part.len()).unwrap_or(u32::MAX).max(SMALLEST_WINDOW).min(filters.window);
        let (done, end) = self.chunks(self.rest, window, part)?;
        self.rest = match end {
            End::Before(rest) => rest,
            End::Early => &[],
            End::Wrong => {
                // Codes that are wrong may pass the chunk's end: liblzma reads them out of whatever comes there.
                if let Some(open) = opened(self.rest, part.len()) {
                    self.chunks(&open, window, part)?;
                }
                &[]
            }
        };
        if self.found + done < self.length && matches!(end, End::Before(_)) {
            let padding = (before - self.rest.len()).wrapping_neg() % 4;
            self.take(padding)?;
        }
        Ok(done)
    }

    /// Decodes the chunks of LZMA2; says how many bytes came of them.
    fn chunks<'b>(&self, stored: &'b [u8], window: u32, part: &mut [u8]) -> Result<(usize, End<'b>)> {
        let mut reader = Lzma2Reader::new(stored, window, None);
        let (mut done, last) = (0, part.len().saturating_sub(1));
        loop {
            // The last byte comes alone: what is wrong behind it is told with it.
            let end = if done < last { last.min(done + STEP) } else { part.len() };
            match reader.read(part.get_mut(done..end).unwrap_or_default()) {
                Ok(0) => return Ok((done, End::Before(reader.into_inner()))),
                Ok(count) => done += count,
                Err(Fault::Eof) => return Ok((done, End::Early)),
                Err(Fault::InvalidInput(BEHIND)) if done == last => return Ok((part.len(), End::Wrong)),
                Err(Fault::OutOfMemory(_)) => {
                    let message = format!("no memory for an LZMA window of {window} bytes");
                    return Err(Error::new(Code::Limit, message));
                }
                Err(_) => return Err(corrupt("lzma", "an invalid code", self.found + done, self.length)),
            }
        }
    }

    /// Passes a block's check; those of 32 and 64 bits are verified.
    fn check(&mut self, check: u8, block: &[u8]) -> Result<()> {
        if self.rest.is_empty() {
            return Ok(()); // It ended within the block: too few bytes, which is told of elsewhere.
        }
        let size = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64].get(usize::from(check));
        let stated = self.take(size.copied().unwrap_or(0))?;
        let good = match check {
            1 => stated == crc32(block),
            4 => stated == crc(block, 0xC96C_5795_D787_0F42).to_le_bytes(),
            _ => true,
        };
        if good { Ok(()) } else { Err(self.fault("the checksum of a block does not match")) }
    }
}

/// How the chunks of LZMA2 end.
enum End<'a> {
    /// As they should, or with the block: before these bytes.
    Before(&'a [u8]),
    /// The stored bytes end first.
    Early,
    /// With the block's last byte, where the chunk should have gone on, or have ended before.
    Wrong,
}

/// A copy of chunks of LZMA2 in which the one that holds the block's last byte, of `length`, has as many stored bytes as a chunk can have.
/// `None` where that one is not compressed.
fn opened(stored: &[u8], length: usize) -> Option<Vec<u8>> {
    let (mut at, mut done) = (0, 0);
    loop {
        let chunk = stored.get(at..)?;
        let (content, header, size) = match *chunk {
            [control @ 0x80..=0xFF, a, b, c, d, ..] => {
                let content = u32::from_be_bytes([0, control & 0x1F, a, b]) as usize + 1;
                (content, if control < 0xC0 { 5 } else { 6 }, usize::from(u16::from_be_bytes([c, d])) + 1)
            }
            [_, a, b, ..] => {
                let size = usize::from(u16::from_be_bytes([a, b])) + 1;
                (size, 3, size)
            }
            _ => return None,
        };
        done += content;
        if done < length {
            at += header + size;
            continue;
        }
        let most = chunk.len().checked_sub(header + 1)?.min(usize::from(u16::MAX)) as u16;
        let mut open = stored.to_vec();
        open.get_mut(at + 3..at + 5).filter(|_| header > 3)?.copy_from_slice(&most.to_be_bytes());
        return Some(open);
    }
}

/// The fields of a block's header.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    /// The filters, or the number of one that is not known. `None` where the header makes no sense.
    fn filters(&mut self) -> Option<std::result::Result<Filters, u64>> {
        let flags = self.byte()?;
        if flags & 0x3C != 0 {
            return None;
        }
        for present in [0x40, 0x80] {
            if flags & present != 0 {
                self.number()?; // A size, compressed and not: the data says both.
            }
        }
        let mut distances = Vec::new();
        for left in (0..=flags & 3).rev() {
            let (filter, size) = (self.number()?, self.number()?);
            match (filter, size, left) {
                (DELTA, 1, 1..) => distances.push(usize::from(self.byte()?) + 1),
                (LZMA2, 1, 0) => {
                    let window = window_size(self.byte()?)?;
                    distances.reverse();
                    return Some(Ok(Filters { distances, window }));
                }
                (DELTA | LZMA2, ..) => return None,
                _ => return Some(Err(filter)),
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// Seven bits to the byte, the lowest first; at most nine bytes.
    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for place in 0..9 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << (7 * place);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

/// Bytes of the dictionary that a property byte stands for.
fn window_size(property: u8) -> Option<u32> {
    match property {
        0..40 => Some((2 | u32::from(property & 1)) << (property / 2 + 11)),
        40 => Some(u32::MAX),
        _ => None,
    }
}

/// Every byte is the difference from the one `distance` before.
fn undo_delta(bytes: &mut [u8], distance: usize) {
    let mut history = [0_u8; 256];
    let Some(history) = history.get_mut(..distance) else { return };
    for row in bytes.chunks_mut(distance) {
        for (byte, before) in row.iter_mut().zip(history.iter_mut()) {
            *byte = byte.wrapping_add(*before);
            *before = *byte;
        }
    }
}

fn crc32(bytes: &[u8]) -> [u8; 4] {
    (crc(bytes, 0xEDB8_8320) as u32).to_le_bytes()
}

/// A cyclic redundancy check with reversed bits, all ones before and after; of 32 bits where the polynomial has so many.
fn crc(bytes: &[u8], polynomial: u64) -> u64 {
    let ones = if polynomial >> 32 == 0 { u64::from(u32::MAX) } else { u64::MAX };
    let mut sum = ones;
    for byte in bytes {
        sum ^= u64::from(*byte);
        for _ in 0..8 {
            sum = sum >> 1 ^ if sum & 1 == 1 { polynomial } else { 0 };
        }
    }
    sum ^ ones
}
