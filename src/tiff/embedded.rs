//! Documents inside a file that are not the core's to understand: their bytes, on request.

use super::Tiff;
use super::header::Header;
use super::ifd::{Entry, Ifd};
use super::values::Values;
use crate::error::{Answer, Error, Result};
use crate::pixel::ByteOrder;
use crate::text::quoted;

/// Which document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Embedded {
    /// XMP (700): XML.
    Xmp,
    /// The ICC profile (34675).
    Icc,
    /// The directory that ExifIFD (34665) names, as a small TIFF file of its own.
    Exif,
    /// ImageDescription (270): text, however long it is.
    Description,
}

impl Embedded {
    /// The document of that name.
    ///
    /// # Errors
    /// `invalid_argument`, with the names that there are.
    pub fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "xmp" => Self::Xmp,
            "icc" => Self::Icc,
            "exif" => Self::Exif,
            "description" => Self::Description,
            _ => {
                let message = format!(
                    "{} is no document, expected \"xmp\", \"icc\", \"exif\" or \"description\"",
                    quoted(name)
                );
                return Err(Error::invalid("kind", message));
            }
        })
    }
}

/// The bytes of a document that a directory holds; `None` where it holds none.
///
/// # Errors
/// `Need`, `limit`, `truncated`, `malformed`.
pub fn read(tiff: &Tiff, ifd: &Ifd, kind: Embedded) -> Answer<Option<Vec<u8>>> {
    let header = tiff.header()?;
    let values = tiff.values(&header);
    let tag = match kind {
        Embedded::Xmp => 700,
        Embedded::Icc => 34675,
        Embedded::Description => 270,
        Embedded::Exif => {
            let Some(at) = values.unsigned(ifd, 34665)? else { return Ok(None) };
            return own_file(&values, &header, &tiff.ifd(at)?).map(Some);
        }
    };
    values.bytes(ifd, tag)
}

/// A directory with its values as a file: what other readers of Exif expect behind their six bytes of introduction.
fn own_file(values: &Values<'_>, header: &Header, ifd: &Ifd) -> Answer<Vec<u8>> {
    let all: Vec<u16> = ifd.entries.iter().map(|entry| entry.tag).collect();
    values.gather(ifd, &all)?;
    let mut out = Out { order: header.order, bytes: Vec::new() };
    out.bytes.extend(if header.order == ByteOrder::Little { b"II" } else { b"MM" });
    out.put(42, 2);
    out.put(8, 4);
    out.put(ifd.entries.len() as u64, 2);
    // Values that do not fit into their entries follow the directory.
    let mut at = 8 + 2 + ifd.entries.len() as u64 * 12 + 4;
    let mut distant = Vec::new();
    for entry in &ifd.entries {
        let raw = values.raw(entry)?;
        out.entry(entry);
        if raw.len() <= 4 {
            out.bytes.extend(raw);
            out.bytes.extend(std::iter::repeat_n(0, 4 - raw.len()));
        } else {
            out.put(at, 4);
            at += raw.len() as u64 + raw.len() as u64 % 2;
            distant.push(raw);
        }
    }
    out.put(0, 4);
    for raw in distant {
        out.bytes.extend(raw);
        out.bytes.extend(std::iter::repeat_n(0, raw.len() % 2));
    }
    Ok(out.bytes)
}

struct Out {
    order: ByteOrder,
    bytes: Vec<u8>,
}

impl Out {
    /// A number of 2 or 4 bytes.
    fn put(&mut self, number: u64, size: usize) {
        let all = number.to_le_bytes();
        let bytes = all.iter().take(size).copied();
        match self.order {
            ByteOrder::Little => self.bytes.extend(bytes),
            ByteOrder::Big => self.bytes.extend(bytes.rev()),
        }
    }

    fn entry(&mut self, entry: &Entry) {
        self.put(entry.tag.into(), 2);
        self.put(entry.field_type.number().into(), 2);
        self.put(entry.count, 4);
    }
}
