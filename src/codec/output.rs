//! The one policy for how long a block's output may be, and the only places where it is allocated.
//!
//! The layout says how many bytes a block must give. As GDAL 3.10 does:
//! - a longer stream is cut, unread: nothing after the block's last byte is looked at or verified, but a checksum
//!   that directly follows it;
//! - a full block is good although its stream's end code is missing; Deflate's adler32 must be there;
//! - a shorter stream is an error, never padding.

use super::spare;
use crate::error::{Error, Result};

/// The `length` bytes of an uncompressed block.
pub(super) fn stored(stored: &[u8], length: usize) -> Result<&[u8]> {
    stored.get(..length).ok_or_else(|| {
        let found = stored.len();
        let message = format!("an uncompressed block has {found} bytes stored, {length} expected");
        lengths(Error::truncated(message), found, length)
    })
}

/// The bytes that `decode` gives for a block, all of them: `block` has the room.
pub(super) fn decoded(
    decode: impl FnOnce(&mut [u8]) -> Result<usize>,
    name: &str,
    mut block: Vec<u8>,
) -> Result<Vec<u8>> {
    let length = block.len();
    let found = decode(&mut block)?;
    if found < length {
        let message = format!("the block's {name} data ends after {found} bytes, {length} expected");
        return Err(lengths(Error::malformed(message), found, length));
    }
    Ok(block)
}

/// The samples that a codec gave for a block, which are as many as its layout asks for.
pub(super) fn whole(samples: Vec<u8>, name: &str, length: usize) -> Result<Vec<u8>> {
    let found = samples.len();
    if found == length {
        return Ok(samples);
    }
    let message = format!("the block's {name} data gave {found} bytes of samples, {length} expected");
    Err(lengths(Error::internal(message), found, length))
}

/// The error of a codec whose stream contradicts itself after `found` bytes of `length`.
#[allow(dead_code)] // A build may have no such codec.
pub(super) fn corrupt(name: &str, why: &str, found: usize, length: usize) -> Error {
    let message = format!("the block's {name} data is corrupt after {found} bytes of {length}: {why}");
    lengths(Error::malformed(message), found, length)
}

/// `length` zeros. The caller has checked `length` against its limit.
pub(super) fn zeroed(length: usize) -> Result<Vec<u8>> {
    let mut bytes = reserved(length)?;
    bytes.resize(length, 0);
    Ok(bytes)
}

/// As [`zeroed`], but any bytes: for those who write all of them, or give none away. Memory that was given back is used again, so that
/// nobody clears it.
pub(super) fn room(length: usize) -> Result<Vec<u8>> {
    let mut bytes = spare::take(length).map_or_else(|| reserved(length), Ok)?;
    bytes.resize(length, 0);
    Ok(bytes)
}

/// No elements yet, and room for `length`. The caller has checked `length` against its limit.
pub(super) fn reserved<T>(length: usize) -> Result<Vec<T>> {
    let mut elements = Vec::new();
    elements.try_reserve_exact(length).map_err(|_| {
        let bytes = length as u64 * size_of::<T>() as u64;
        Error::new(crate::error::Code::Limit, format!("no memory for {bytes} bytes of samples"))
            .with(|detail| detail.found = Some(bytes))
    })?;
    Ok(elements)
}

fn lengths(error: Error, found: usize, length: usize) -> Error {
    error.with(|detail| {
        detail.found = Some(found as u64);
        detail.limit = Some(length as u64);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn an_uncompressed_block_is_cut_or_refused() {
        assert_eq!(stored(&[1, 2, 3], 2).unwrap(), [1, 2]);
        assert_eq!(stored(&[1, 2, 3], 3).unwrap(), [1, 2, 3]);
        let error = stored(&[1, 2, 3], 4).unwrap_err();
        assert_eq!(error.code(), Code::Truncated);
        assert_eq!((error.detail().found, error.detail().limit), (Some(3), Some(4)));
    }

    #[test]
    fn a_short_stream_is_refused() {
        let one = |block: &mut [u8]| {
            block[0] = 7;
            Ok(1)
        };
        assert_eq!(decoded(one, "test", vec![0; 1]).unwrap(), [7]);
        let error = decoded(one, "test", vec![0; 2]).unwrap_err();
        assert_eq!(error.code(), Code::Malformed);
        assert_eq!(error.message(), "the block's test data ends after 1 bytes, 2 expected");
        assert_eq!((error.detail().found, error.detail().limit), (Some(1), Some(2)));
    }

    #[test]
    fn room_has_the_length_asked_for() {
        spare::give(vec![7; 100]);
        assert_eq!(room(90).unwrap(), [7; 90]);
        assert_eq!(room(90).unwrap(), [0; 90], "it has an owner");
        let mut short = Vec::with_capacity(100);
        short.push(7);
        spare::give(short);
        assert_eq!(room(100).unwrap(), [[7].as_slice(), &[0; 99]].concat());
        assert_eq!(room(usize::MAX).unwrap_err().code(), Code::Limit);
    }

    #[test]
    fn no_memory_is_an_error() {
        assert_eq!(zeroed(usize::MAX).unwrap_err().code(), Code::Limit);
    }
}
