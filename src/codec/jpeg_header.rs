//! Where the data of a JPEG stream begins: asked for where old-style JPEG is put together, and where a block of it is read.

/// Bytes of the segments that a stream begins with, up to the data of its first scan, if they are all there.
pub(crate) fn header_length(stream: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match *stream.get(at..)? {
            [0xFF, 0xD8, ..] => at += 2,
            [0xFF, marker, high, low, ..] => {
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
                if marker == 0xDA {
                    return Some(at).filter(|end| *end <= stream.len());
                }
            }
            _ => return None,
        }
    }
}
