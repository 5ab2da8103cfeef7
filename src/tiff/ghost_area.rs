//! The ghost area: what GDAL writes behind the header of a Cloud Optimized GeoTIFF about the order and the surroundings of blocks.

use super::bytes::Supplied;
use super::header::Header;
use crate::byte_range::ByteRange;
use crate::error::Answer;

/// What a file promises of its blocks. Nothing of it is believed unseen: a leader that does not fit its block ends the use of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GhostArea {
    /// `LAYOUT=IFDS_BEFORE_DATA`: all directories come before all blocks.
    pub ifds_first: bool,
    /// `BLOCK_ORDER=ROW_MAJOR`: the blocks of an image lie in the order of their numbers.
    pub row_major: bool,
    /// `BLOCK_LEADER=SIZE_AS_UINT4`: the four bytes in front of a block are its size, little endian in every file.
    pub leaders: bool,
    /// `BLOCK_TRAILER=LAST_4_BYTES_REPEATED`: the last four bytes of a block follow it once more.
    pub trailers: bool,
    /// `MASK_INTERLEAVED_WITH_IMAGERY=YES`: each block of the mask lies behind the block of the pixels that it masks.
    pub masks_interleaved: bool,
    /// `KNOWN_INCOMPATIBLE_EDITION=YES`: the file was edited, and the promises above are broken.
    pub edited: bool,
}

const PREFIX: &[u8] = b"GDAL_STRUCTURAL_METADATA_SIZE=";

/// GDAL looks for the text in its first look at a file, which is as long as this.
const FIRST_LOOK: u64 = 1024;

impl GhostArea {
    /// Reads the area; all of it is false where there is none.
    ///
    /// As GDAL does, the text is read up to its first NUL, whatever size it states, and words are looked for in it anywhere.
    ///
    /// # Errors
    /// `Need`.
    pub fn read(bytes: &Supplied, header: &Header) -> Answer<Self> {
        let start = if header.variant.big { 16 } else { 8 };
        let prefix = ByteRange::new(start, start + PREFIX.len() as u64);
        let crossed = (prefix.start..prefix.end).contains(&header.first_ifd);
        if crossed || bytes.check_end(prefix, "").is_err() || bytes.get(prefix, "")? != PREFIX {
            return Ok(Self::default());
        }
        let end = bytes.end().map_or(FIRST_LOOK, |end| end.min(FIRST_LOOK));
        let text = bytes.get(ByteRange::new(start, end), "the ghost area")?;
        let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
        let says = |words: &str| text.windows(words.len()).any(|found| found == words.as_bytes());
        Ok(Self {
            ifds_first: says("LAYOUT=IFDS_BEFORE_DATA"),
            row_major: says("BLOCK_ORDER=ROW_MAJOR"),
            leaders: says("BLOCK_LEADER=SIZE_AS_UINT4"),
            trailers: says("BLOCK_TRAILER=LAST_4_BYTES_REPEATED"),
            masks_interleaved: says("MASK_INTERLEAVED_WITH_IMAGERY=YES"),
            edited: says("KNOWN_INCOMPATIBLE_EDITION=YES"),
        })
    }

    /// Whether the sizes of blocks may be taken from their leaders.
    pub fn has_leaders(&self) -> bool {
        self.row_major && self.leaders && !self.edited
    }

    /// Whether a mask's block may be looked for behind that of the pixels.
    pub fn has_masks(&self) -> bool {
        self.has_leaders() && self.masks_interleaved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FileId;

    const TEXT: &str = "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
                        BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n ";
    const ALL: GhostArea = GhostArea {
        ifds_first: true,
        row_major: true,
        leaders: true,
        trailers: true,
        masks_interleaved: false,
        edited: false,
    };

    /// A file with that text behind its header, and zeros to byte 2000.
    fn area(magic: &[u8], text: &str) -> GhostArea {
        let mut file = magic.to_vec();
        file.extend_from_slice(text.as_bytes());
        file.resize(2000, 0);
        read(&file).unwrap()
    }

    fn read(file: &[u8]) -> Answer<GhostArea> {
        let mut bytes = Supplied::new(FileId::BASE, 1 << 16);
        bytes.supply(0, file).unwrap();
        bytes.ends_by(file.len() as u64);
        let header = Header::read(&bytes)?;
        GhostArea::read(&bytes, &header)
    }

    const CLASSIC: &[u8] = b"II\x2a\0\xc0\0\0\0";
    const BIG: &[u8] = b"MM\0\x2b\0\x08\0\0\0\0\0\0\0\0\0\xea";

    /// Every variant here was read with GDAL 3.10.3 set to the way in which it reads remote files; where it took the leaders is said.
    #[test]
    fn b_12_the_text_is_read_as_gdal_reads_it() {
        let size = "GDAL_STRUCTURAL_METADATA_SIZE=000140 bytes\n";
        let both = |text: &str| {
            let (classic, big) = (area(CLASSIC, text), area(BIG, text));
            assert_eq!(classic, big, "{text}");
            classic
        };
        assert_eq!(both(&format!("{size}{TEXT}")), ALL);
        assert!(both(&format!("{size}{TEXT}")).has_leaders());
        // A size that is too small, too large or no number is nothing to it.
        for size in ["000010 bytes\n", "999140 bytes\n", "abc140 bytes\n", "000140", ""] {
            assert_eq!(both(&format!("GDAL_STRUCTURAL_METADATA_SIZE={size}{TEXT}")), ALL, "{size}");
        }
        // Words count wherever they stand, up to a NUL.
        let altered = |from: &str, to: &str| both(&format!("{size}{TEXT}").replace(from, to));
        assert_eq!(altered("\nBLOCK_LEADER", "XBLOCK_LEADER"), ALL);
        assert_eq!(altered("UINT4\n", "UINT4X"), ALL);
        assert!(!altered("BLOCK_LEADER", "\0LOCK_LEADER").has_leaders());
        assert!(!altered("BLOCK_LEADER=SIZE", "block_leader=size").has_leaders());
        assert!(!altered("ROW_MAJOR", "COL_MAJOR").has_leaders());
        assert!(altered("IFDS_BEFORE", "IFDS_BEHIND").has_leaders());
        assert!(altered("LAST_4", "LAST_5").has_leaders());
        assert_eq!(altered("GDAL_STRUCTURAL", "GDAL_XTRUCTURAL"), GhostArea::default());
        // Masks, and the refusal of an edited file.
        let masks = "YES=NO MASK_INTERLEAVED_WITH_IMAGERY=YES";
        assert!(both(&format!("{size}{TEXT}{masks}")).has_masks());
        assert!(!altered("EDITION=NO", "EDITION=YES").has_leaders());
        assert!(!both(&format!("{size}{TEXT}{masks}").replace("EDITION=NO", "EDITION=YES")).has_masks());
    }

    #[test]
    fn b_12_the_area_is_bounded_by_the_file_and_by_gdals_first_look() {
        let text = format!("GDAL_STRUCTURAL_METADATA_SIZE=000140 bytes\n{TEXT}");
        let padded = |spaces| text.replace("LAYOUT", &format!("{}LAYOUT", " ".repeat(spaces)));
        assert!(area(CLASSIC, &padded(700)).has_leaders());
        assert!(!area(CLASSIC, &padded(1100)).has_leaders());
        // Cut anywhere, it is read as far as it goes, and nothing is asked for past the end.
        let whole = [CLASSIC, text.as_bytes()].concat();
        for end in 8..whole.len() {
            assert!(read(&whole[..end]).is_ok(), "{end}");
        }
        assert!(read(&whole).unwrap().has_leaders());
        // Nothing is asked for where a directory lies.
        let mut bytes = Supplied::new(FileId::BASE, 100);
        bytes.supply(0, b"II\x2a\0\x08\0\0\0").unwrap();
        let header = Header::read(&bytes).unwrap();
        assert_eq!(GhostArea::read(&bytes, &header), Ok(GhostArea::default()));
    }
}
