//! The values of a directory's entries, read when they are wanted.

use super::bytes::Supplied;
use super::header::Header;
use super::ifd::{Entry, Ifd};
use super::number;
use super::tag::{self, FieldType};
use crate::byte_range::ByteRange;
use crate::error::{Answer, Error, Result, Stop};
use crate::limits::Limits;
use crate::pixel::ByteOrder;

/// What reading a value takes: the bytes, their order, the bounds.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// Bytes of the file supplied so far.
    pub bytes: &'a Supplied,
    /// Byte order and variant.
    pub header: &'a Header,
    /// Bounds.
    pub limits: &'a Limits,
}

impl<'a> Values<'a> {
    /// Asks for all missing values of those tags at once: one round trip instead of one per tag.
    ///
    /// # Errors
    /// `Need` with everything missing. A value that cannot be there is left to whoever reads it.
    pub fn gather(&self, ifd: &Ifd, tags: &[u16]) -> Answer<()> {
        let mut ranges = Vec::new();
        for entry in ifd.entries.iter().filter(|entry| tags.contains(&entry.tag)) {
            let readable = entry.values.len() <= self.limits.tag_bytes;
            if readable && self.bytes.check_end(entry.values, "").is_ok() {
                ranges.extend(self.bytes.missing(entry.values));
            }
        }
        need(self.bytes, ranges)
    }

    /// The stored bytes of all values of an entry.
    ///
    /// # Errors
    /// `limit` above `Limits::tag_bytes`, `truncated` past the end of the file.
    pub fn raw(&self, entry: &Entry) -> Answer<&'a [u8]> {
        let name = tag::name(entry.tag);
        self.bytes.check_end(entry.values, &name).map_err(|error| error.with_tag(entry.tag))?;
        if entry.values.len() > self.limits.tag_bytes {
            let what = format!("bytes of {name}");
            let error = Error::limit("tag_bytes", &what, entry.values.len(), self.limits.tag_bytes);
            return Err(error.with_tag(entry.tag).into());
        }
        self.bytes.get(entry.values, &name)
    }

    /// All values as unsigned integers; `None` where the tag is absent.
    ///
    /// # Errors
    /// `malformed` for a field type that holds no integers, or a negative value.
    pub fn unsigned_list(&self, ifd: &Ifd, tag: u16) -> Answer<Option<Vec<u64>>> {
        let Some(entry) = ifd.entry(tag) else { return Ok(None) };
        let raw = self.raw(entry)?;
        let size = entry.field_type.size() as usize;
        let mut values = Vec::new();
        for value in raw.chunks_exact(size) {
            values.push(self.unsigned_of(entry, value)?);
        }
        Ok(Some(values))
    }

    /// The first value as an unsigned integer; `None` where the tag is absent.
    ///
    /// # Errors
    /// As [`Self::unsigned_list`], and `malformed` for an entry without values.
    pub fn unsigned(&self, ifd: &Ifd, tag: u16) -> Answer<Option<u64>> {
        let Some(entry) = ifd.entry(tag) else { return Ok(None) };
        let size = entry.field_type.size();
        let first =
            ByteRange::new(entry.values.start, entry.values.end.min(entry.values.start.saturating_add(size)));
        if entry.count == 0 {
            let message = format!("{} has no value, expected one", tag::name(tag));
            return Err(Error::malformed(message).with_tag(tag).into());
        }
        let value = self.bytes.get(first, &tag::name(tag))?;
        Ok(Some(self.unsigned_of(entry, value)?))
    }

    /// One stored value as an unsigned integer.
    pub(super) fn unsigned_of(&self, entry: &Entry, value: &[u8]) -> Result<u64> {
        use FieldType as T;
        let order = self.header.order;
        let found = match entry.field_type {
            T::Byte | T::Undefined | T::Short | T::Long | T::Ifd | T::Long8 | T::Ifd8 => {
                number::unsigned(order, value)
            }
            T::SByte | T::SShort | T::SLong | T::SLong8 => {
                number::signed(order, value).and_then(|value| u64::try_from(value).ok())
            }
            T::Ascii | T::Rational | T::SRational | T::Float | T::Double | T::Untyped | T::Unknown => None,
        };
        found.ok_or_else(|| {
            let name = tag::name(entry.tag);
            let message = format!("{name} holds a {:?}, expected an unsigned integer", entry.field_type);
            Error::malformed(message).with_tag(entry.tag)
        })
    }

    /// All values as floating point numbers; `None` where the tag is absent.
    ///
    /// # Errors
    /// `malformed` for a field type that holds no numbers.
    pub fn double_list(&self, ifd: &Ifd, tag: u16) -> Answer<Option<Vec<f64>>> {
        let Some(entry) = ifd.entry(tag) else { return Ok(None) };
        let raw = self.raw(entry)?;
        let size = entry.field_type.size() as usize;
        let mut values = Vec::new();
        for value in raw.chunks_exact(size) {
            values.push(self.double_of(entry, value)?);
        }
        Ok(Some(values))
    }

    fn double_of(&self, entry: &Entry, value: &[u8]) -> Result<f64> {
        let order = self.header.order;
        let bits = number::unsigned(order, value);
        match (entry.field_type, bits) {
            (FieldType::Double, Some(bits)) => Ok(f64::from_bits(bits)),
            (FieldType::SRational, _) => Ok(self.signed_ratio(value)),
            (FieldType::Float, Some(bits)) => Ok(f64::from(f32::from_bits(bits as u32))),
            (FieldType::Rational, _) => Ok(ratio(order, value)),
            _ => self.unsigned_of(entry, value).map(|value| value as f64),
        }
    }

    /// A fraction of signed numbers; 0 where its denominator is.
    fn signed_ratio(&self, value: &[u8]) -> f64 {
        let (over, under) = value.split_at_checked(4).unwrap_or_default();
        let part = |bytes| number::signed(self.header.order, bytes).unwrap_or_default() as f64;
        if part(under) == 0.0 { 0.0 } else { part(over) / part(under) }
    }

    /// The value as text, up to its first NUL; bytes that are not UTF-8 are read as Latin-1. `None` where the tag is absent.
    ///
    /// # Errors
    /// As [`Self::bytes`].
    pub fn text(&self, ifd: &Ifd, tag: u16) -> Answer<Option<String>> {
        Ok(self.bytes(ifd, tag)?.map(|bytes| text_of(&bytes)))
    }

    /// The value as bytes; `None` where the tag is absent.
    ///
    /// # Errors
    /// As [`Self::raw`]; `malformed` where the values are no bytes, of whatever type they are.
    pub fn bytes(&self, ifd: &Ifd, tag: u16) -> Answer<Option<Vec<u8>>> {
        let Some(entry) = ifd.entry(tag) else { return Ok(None) };
        if matches!(entry.field_type, FieldType::Ascii | FieldType::Byte | FieldType::Undefined) {
            return Ok(Some(self.raw(entry)?.to_vec()));
        }
        if matches!(entry.field_type, FieldType::Ifd | FieldType::Ifd8) {
            let message = format!("{} holds places of directories, expected bytes", tag::name(tag));
            return Err(Error::malformed(message).with_tag(tag).into());
        }
        let mut bytes = Vec::new();
        for value in self.unsigned_list(ifd, tag)?.unwrap_or_default() {
            bytes.push(u8::try_from(value).map_err(|_| {
                let message = format!("{} holds numbers above 255, expected bytes", tag::name(tag));
                Error::malformed(message).with_tag(tag)
            })?);
        }
        Ok(Some(bytes))
    }
}

/// A fraction, with a float's accuracy as in libtiff, and 0 where its denominator is.
fn ratio(order: ByteOrder, value: &[u8]) -> f64 {
    let part = |bytes: Option<&[u8]>| number::unsigned(order, bytes.unwrap_or_default()).unwrap_or(0) as f32;
    match (part(value.get(..4)), part(value.get(4..))) {
        (_, 0.0) => 0.0,
        (numerator, denominator) => f64::from(numerator / denominator),
    }
}

/// Bytes as text, up to the first NUL; what is not UTF-8 is read as Latin-1.
pub fn text_of(raw: &[u8]) -> String {
    let end = raw.iter().position(|byte| *byte == 0).unwrap_or(raw.len());
    let raw = raw.get(..end).unwrap_or_default();
    match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        Err(_) => raw.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Stops with those ranges, or goes on when there are none.
///
/// # Errors
/// `Need` with the ranges.
pub fn need(bytes: &Supplied, ranges: Vec<ByteRange>) -> Answer<()> {
    if ranges.is_empty() { Ok(()) } else { Err(Stop::need(bytes.file(), ranges)) }
}
