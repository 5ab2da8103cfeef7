//! TIFF files made by hand.

use pyramidion::error::Result;
use pyramidion::limits::Limits;
use pyramidion::native::Raster;
use pyramidion::pyramid::Options;

/// Field types by number.
pub const SHORT: u16 = 3;
pub const LONG: u16 = 4;

/// One entry: tag, field type, values.
pub type Entry = (u16, u16, Vec<u64>);

/// A little-endian file of one or more directories, each at an offset of its own.
#[derive(Clone, Debug, Default)]
pub struct File {
    pub bytes: Vec<u8>,
}

impl File {
    /// A classic header that names the first IFD.
    pub fn classic(first_ifd: u32) -> Self {
        let mut file = Self { bytes: b"II\x2a\0".to_vec() };
        file.bytes.extend(first_ifd.to_le_bytes());
        file
    }

    /// A BigTIFF header that names the first IFD.
    pub fn big(first_ifd: u64) -> Self {
        let mut file = Self { bytes: b"II\x2b\0\x08\0\0\0".to_vec() };
        file.bytes.extend(first_ifd.to_le_bytes());
        file
    }

    /// Puts bytes at an offset, zeros in front of them where the file was shorter.
    pub fn put(mut self, offset: usize, bytes: &[u8]) -> Self {
        if self.bytes.len() < offset + bytes.len() {
            self.bytes.resize(offset + bytes.len(), 0);
        }
        self.bytes[offset..offset + bytes.len()].copy_from_slice(bytes);
        self
    }

    /// Puts a classic IFD at an offset, its distant values right behind it.
    pub fn ifd(self, offset: usize, entries: &[Entry], next: u32) -> Self {
        let mut table = (entries.len() as u16).to_le_bytes().to_vec();
        let mut distant = Vec::new();
        let distant_at = offset + 2 + entries.len() * 12 + 4;
        for (tag, kind, values) in entries {
            table.extend(tag.to_le_bytes());
            table.extend(kind.to_le_bytes());
            table.extend((values.len() as u32).to_le_bytes());
            let size = [4, 1, 1, 2].get(usize::from(*kind)).copied().unwrap_or(4);
            let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()[..size].to_vec()).collect();
            if raw.len() <= 4 {
                table.extend(raw.iter().copied().chain([0; 4]).take(4));
            } else {
                table.extend(((distant_at + distant.len()) as u32).to_le_bytes());
                distant.extend(raw);
            }
        }
        table.extend(next.to_le_bytes());
        table.extend(distant);
        self.put(offset, &table)
    }

    /// Opens it, without a sidecar.
    pub fn open(&self, limits: Limits) -> Result<Raster<&[u8]>> {
        let options = Options { limits, ..Options::default() };
        Raster::open(vec![Some(&self.bytes[..])], Vec::new(), options)
    }
}

/// The entries of a plain uint8 image in tiles of 16 x 16.
pub fn tiled(width: u64, height: u64, offsets: Vec<u64>, counts: Vec<u64>) -> Vec<Entry> {
    vec![
        (256, LONG, vec![width]),
        (257, LONG, vec![height]),
        (258, SHORT, vec![8]),
        (259, SHORT, vec![1]),
        (262, SHORT, vec![1]),
        (277, SHORT, vec![1]),
        (322, LONG, vec![16]),
        (323, LONG, vec![16]),
        (324, LONG, offsets),
        (325, LONG, counts),
    ]
}

/// The entries of a plain uint8 image in strips.
pub fn stripped(
    width: u64,
    height: u64,
    rows_per_strip: u64,
    offsets: Vec<u64>,
    counts: Vec<u64>,
) -> Vec<Entry> {
    vec![
        (256, LONG, vec![width]),
        (257, LONG, vec![height]),
        (258, SHORT, vec![8]),
        (259, SHORT, vec![1]),
        (262, SHORT, vec![1]),
        (273, LONG, offsets),
        (277, SHORT, vec![1]),
        (278, LONG, vec![rows_per_strip]),
        (279, LONG, counts),
    ]
}

/// The same entries with one of them replaced or added.
pub fn with(mut entries: Vec<Entry>, tag: u16, kind: u16, values: Vec<u64>) -> Vec<Entry> {
    entries.retain(|entry| entry.0 != tag);
    entries.push((tag, kind, values));
    entries.sort_by_key(|entry| entry.0);
    entries
}
