//! An image file directory: its entries, each with the place of its values in the file.
//!
//! A value that fits into its entry lies in the file too, inside the directory; so inline and distant values
//! are the same thing, a range, and the first kind has always been supplied.

use super::bytes::Supplied;
use super::header::Header;
use super::number;
use super::tag::FieldType;
use crate::byte_range::ByteRange;
use crate::error::{Answer, Error, Result};
use crate::limits::Limits;

/// One entry of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Tag number.
    pub tag: u16,
    /// How its values are stored.
    pub field_type: FieldType,
    /// How many values.
    pub count: u64,
    /// Where they are.
    pub values: ByteRange,
}

/// A directory without its distant values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ifd {
    /// Where it stands.
    pub offset: u64,
    /// In the order of the file, which need not be sorted.
    pub entries: Vec<Entry>,
    /// Offset of the next one in the chain, 0 at its end.
    pub next: u64,
    /// Whether the file ends before that offset: as in GDAL, this directory counts, and there is no next one.
    pub cut: bool,
}

impl Ifd {
    /// Reads the directory at `offset`.
    ///
    /// # Errors
    /// `malformed` without entries, `limit` with too many, `truncated` past the end of the file.
    pub fn read(bytes: &Supplied, header: &Header, offset: u64, limits: &Limits) -> Answer<Self> {
        let variant = header.variant;
        let what = format!("the IFD at {offset}");
        let counter = range_at(offset, variant.count, &what)?;
        let count = number::unsigned(header.order, bytes.get(counter, &what)?).unwrap_or(0);
        if count == 0 {
            return Err(Error::malformed(format!("{what} has no entries, expected at least one")).into());
        }
        if count > limits.ifd_entries {
            let limit = limits.ifd_entries;
            return Err(Error::limit("ifd_entries", &format!("entries of {what}"), count, limit).into());
        }
        let entries_only = range_at(counter.end, count * variant.entry, &what)?;
        let whole = range_at(counter.end, count * variant.entry + variant.word, &what)?;
        let cut = bytes.check_end(whole, &what).is_err();
        let table = if cut { entries_only } else { whole };
        let body = bytes.get(table, &what)?;
        let (entries, next) = body.split_at_checked(entries_only.len() as usize).unwrap_or_default();
        let mut parsed = Vec::with_capacity(count as usize);
        for (index, entry) in entries.chunks_exact(variant.entry as usize).enumerate() {
            let at = table.start + index as u64 * variant.entry;
            parsed.push(Entry::parse(header, at, entry)?);
        }
        let next = if cut { 0 } else { number::unsigned(header.order, next).unwrap_or(0) };
        Ok(Self { offset, entries: parsed, next, cut })
    }

    /// Bytes of the header, of this directory and of its values: what a file of one image holds besides pixels.
    pub fn bytes(&self, header: &Header) -> u64 {
        let variant = header.variant;
        let distant = self.entries.iter().map(|entry| entry.values.len()).filter(|size| *size > variant.word);
        let own = variant.word * 2 + variant.count + self.entries.len() as u64 * variant.entry + variant.word;
        distant.fold(own, u64::saturating_add)
    }

    /// The entry of that tag: the first one, where a file has several.
    pub fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }
}

impl Entry {
    /// Parses the entry at `at`.
    fn parse(header: &Header, at: u64, bytes: &[u8]) -> Result<Self> {
        let variant = header.variant;
        let field = |start: u64, length: u64| {
            let start = start as usize;
            bytes.get(start..start + length as usize).and_then(|part| number::unsigned(header.order, part))
        };
        let (Some(tag), Some(kind), Some(count), Some(offset)) =
            (field(0, 2), field(2, 2), field(4, variant.word), field(4 + variant.word, variant.word))
        else {
            return Err(Error::internal("entry shorter than its variant says"));
        };
        let (Ok(tag), Ok(kind)) = (u16::try_from(tag), u16::try_from(kind)) else {
            return Err(Error::internal("a two byte number above 65535"));
        };
        let field_type = FieldType::from_number(kind);
        // An absurd count is an error only once somebody wants the values: its range then passes the file's end.
        let size = count.saturating_mul(field_type.size());
        let start = if size <= variant.word { at + 4 + variant.word } else { offset };
        let values = ByteRange::new(start, start.saturating_add(size));
        Ok(Self { tag, field_type, count, values })
    }
}

fn range_at(start: u64, length: u64, what: &str) -> Result<ByteRange> {
    ByteRange::at(start, length)
        .ok_or_else(|| Error::malformed(format!("{what} passes the largest offset that 64 bits hold")))
}
