//! What surrounds the stored blocks of a Cloud Optimized GeoTIFF: their size in front of them, their last bytes behind.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};
use crate::text;

/// What a file promises of the surroundings of its blocks and does not keep. Errors name it, and requests that do without; the greater
/// one includes the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Unfit {
    /// That masks lie behind their pixels.
    #[serde(rename = "MASK_INTERLEAVED_WITH_IMAGERY")]
    Masks,
    /// That blocks lie between leaders and trailers.
    #[serde(rename = "BLOCK_LEADER")]
    Leaders,
}

impl Unfit {
    fn name(self) -> &'static str {
        match self {
            Self::Masks => "MASK_INTERLEAVED_WITH_IMAGERY",
            Self::Leaders => "BLOCK_LEADER",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Masks, Self::Leaders].into_iter().find(|unfit| unfit.name() == name)
    }

    /// What an error is about, if it is one of a frame: where it occurs, the byte counts of the file say where the block lies.
    pub fn of(error: &Error) -> Option<Self> {
        error.detail().value.as_deref().filter(|_| error.code() == Code::Malformed).and_then(Self::named)
    }
}

/// Where a block lies in the bytes that were brought for it, which start with a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Frame {
    /// Framed blocks in front of it: the mask's lie behind those of the pixels.
    pub skip: u32,
    /// Whether each block is followed by its last four bytes once more.
    pub trailer: bool,
}

/// Bytes of a leader, and of a trailer.
pub const EDGE_BYTES: u64 = 4;

impl Frame {
    /// The block's stored bytes, once its leader and its trailer are found to fit it.
    ///
    /// # Errors
    /// `malformed`, naming what is [`Unfit`].
    pub fn block(self, brought: &[u8]) -> Result<&[u8]> {
        let mut rest = brought;
        // A hostile count ends with the bytes: each round takes at least a leader.
        for _ in 0..self.skip {
            rest = self.split(rest)?.1;
        }
        self.split(rest).map(|(block, _)| block)
    }

    /// The first block, and what follows its frame.
    fn split(self, bytes: &[u8]) -> Result<(&[u8], &[u8])> {
        let [a, b, c, d, rest @ ..] = bytes else {
            return Err(
                self.unfit(format!("{} bytes are left where a block's leader should be", bytes.len()))
            );
        };
        let size = u32::from_le_bytes([*a, *b, *c, *d]);
        let room = rest.len();
        let parts =
            usize::try_from(size).ok().filter(|size| *size > 0).and_then(|size| rest.split_at_checked(size));
        let Some((block, rest)) = parts else {
            return Err(self.unfit(format!("a block's leader says {size} bytes, there are {room}")));
        };
        if !self.trailer {
            return Ok((block, rest));
        }
        let Some((trailer, rest)) = rest.split_at_checked(EDGE_BYTES as usize) else {
            return Err(self.unfit(format!("a block of {size} bytes and its trailer do not fit into {room}")));
        };
        if trailer != last_bytes(block) {
            let [expected, found] = [&last_bytes(block), trailer]
                .map(|bytes| text::listed(bytes.iter().map(|byte| u64::from(*byte))));
            return Err(self.unfit(format!("a block ends with {expected}, its trailer says {found}")));
        }
        Ok((block, rest))
    }

    fn unfit(self, message: String) -> Error {
        let what = if self.skip > 0 { Unfit::Masks } else { Unfit::Leaders };
        Error::malformed(message).with(|detail| detail.value = Some(what.name().to_owned()))
    }
}

/// The last four bytes; those of a shorter block are followed by zeros.
fn last_bytes(block: &[u8]) -> [u8; 4] {
    let tail = block.get(block.len().saturating_sub(4)..).unwrap_or_default();
    std::array::from_fn(|index| tail.get(index).copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::{Random, random_bytes};

    fn framed(blocks: &[&[u8]], trailer: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        for block in blocks {
            bytes.extend((block.len() as u32).to_le_bytes());
            bytes.extend(*block);
            if trailer {
                bytes.extend(last_bytes(block));
            }
        }
        bytes
    }

    #[test]
    fn b_12_a_block_is_found_between_its_leader_and_its_trailer() {
        for trailer in [false, true] {
            for block in [&b"x"[..], b"abc", b"abcd", b"some more bytes"] {
                let mut bytes = framed(&[block, b"mask"], trailer);
                for behind in 0..3 {
                    assert_eq!(Frame { skip: 0, trailer }.block(&bytes), Ok(block));
                    assert_eq!(Frame { skip: 1, trailer }.block(&bytes), Ok(&b"mask"[..]));
                    assert!(Frame { skip: 2, trailer }.block(&bytes).is_err(), "{behind}");
                    bytes.push(0);
                }
            }
        }
    }

    #[test]
    fn b_12_leaders_and_trailers_that_do_not_fit_are_told_apart_from_blocks() {
        let frame = Frame { skip: 0, trailer: true };
        let good = framed(&[b"some bytes"], true);
        assert_eq!(frame.block(&good), Ok(&b"some bytes"[..]));
        for (at, name) in
            [(0, "too small"), (1, "too large"), (3, "huge"), (14, "first of the trailer"), (17, "last")]
        {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let error = frame.block(&bad).unwrap_err();
            assert_eq!(Unfit::of(&error), Some(Unfit::Leaders), "{name}");
            let error = Frame { skip: 1, trailer: true }.block(&bad).unwrap_err();
            assert_eq!(Unfit::of(&error), Some(Unfit::Masks), "{name}");
        }
        for end in 0..good.len() {
            assert!(frame.block(&good[..end]).is_err(), "cut at {end}");
        }
        // An empty block is none.
        assert!(frame.block(&framed(&[b""], true)).is_err());
        assert!(Frame { skip: u32::MAX, trailer: false }.block(&[1, 0, 0, 0, 7].repeat(1000)).is_err());
    }

    #[test]
    fn b_12_any_bytes_end_in_a_block_or_an_error() {
        let mut random = Random(12);
        let mut found = 0;
        for round in 0..20_000 {
            let mut bytes = random_bytes(round, random.below(40) as usize);
            if let [_, b, c, d, ..] = bytes.as_mut_slice()
                && random.below(4) > 0
            {
                (*b, *c, *d) = (0, 0, 0);
            }
            let frame = Frame { skip: random.below(3) as u32, trailer: random.below(2) == 0 };
            if let Ok(block) = frame.block(&bytes) {
                assert!(!block.is_empty() && block.len() < bytes.len());
                found += 1;
            }
        }
        assert!(found > 50, "{found}");
    }
}
