//! Block tables: where each block lies. They may hold millions of entries, so only the entries wanted are read.

use super::ifd::{Entry, Ifd};
use super::tag::{self, FieldType, id};
use super::values::{Values, need};
use crate::byte_range::ByteRange;
use crate::error::{Answer, Error, Result, Stop};

/// The offsets and byte counts of an image's blocks, still in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockTable {
    /// TileOffsets or StripOffsets.
    pub offsets: Entry,
    /// TileByteCounts or StripByteCounts; without it a block's size follows from its layout, or reaches to the end of the file.
    pub counts: Option<Entry>,
    /// Whether all pixels are in one strip: its byte count may be wrong.
    pub single: bool,
    /// Whether a byte count of 0 is enough to know that nothing is stored: GDAL does not look for the offset where it unpacks bits.
    pub counts_tell: bool,
    /// Bytes of the file that hold no pixels.
    pub overhead: u64,
}

/// Arrays of at most so many entries libtiff reads whole, and fills with zeros what they are short of.
const WHOLE: u64 = 4;

/// What the table says of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredBlock {
    /// Never written: neither offset nor bytes.
    Sparse,
    /// Starts there; the table does not say how long it is.
    From(u64),
    /// These bytes.
    Bytes(ByteRange),
    /// These bytes hold its leader, the block itself, and more.
    Framed(ByteRange),
}

impl BlockTable {
    /// What the table says of each of those blocks, in their order.
    ///
    /// # Errors
    /// `Need` with the missing stretches of both arrays, all at once; `malformed` for an entry that holds no integer.
    pub fn lookup(&self, values: &Values<'_>, blocks: &[u64]) -> Answer<Vec<StoredBlock>> {
        let mut missing = Vec::new();
        for entry in std::iter::once(&self.offsets).chain(&self.counts) {
            collect_missing(values, entry, blocks, &mut missing)?;
        }
        need(values.bytes, missing)?;
        let mut stored = Vec::with_capacity(blocks.len());
        for block in blocks {
            stored.push(self.stored(values, *block)?);
        }
        Ok(stored)
    }

    /// Where each of those blocks starts, in their order; 0 for a sparse one.
    ///
    /// # Errors
    /// As [`Self::lookup`].
    pub fn offsets(&self, values: &Values<'_>, blocks: &[u64]) -> Answer<Vec<u64>> {
        let mut missing = Vec::new();
        collect_missing(values, &self.offsets, blocks, &mut missing)?;
        need(values.bytes, missing)?;
        let mut offsets = Vec::with_capacity(blocks.len());
        for block in blocks {
            offsets.push(self.offset(values, *block)?);
        }
        Ok(offsets)
    }

    /// Where that block starts; 0 for a sparse one.
    pub(super) fn offset(&self, values: &Values<'_>, block: u64) -> Answer<u64> {
        element(values, &self.offsets, block)?.ok_or_else(|| {
            let (name, count) = (tag::name(self.offsets.tag), self.offsets.count);
            let message = format!("{name} has {count} entries, block {block} has none");
            let error = Error::malformed(message).with(|detail| detail.block = Some(block));
            error.with_tag(self.offsets.tag).into()
        })
    }

    /// Whether offsets that could not be read are some that are not there, of an array that has others.
    fn may_be_short(&self, stop: &Stop) -> bool {
        let told = self.counts_tell && !self.single;
        told && !stop.is_need() && self.offsets.count > 0 && has_table_type(&self.offsets, true)
    }

    /// Byte counts that are missing libtiff estimates from all entries of the directory, where blocks are compressed.
    ///
    /// # Errors
    /// `malformed` where one of them has a type that nobody knows the size of.
    pub(super) fn check_estimate(&self, ifd: &Ifd, compression: u16, values: &Values<'_>) -> Answer<()> {
        let counted = |counts: &Entry| match number(values, counts, 0, true) {
            Ok(count) => count > 0,
            // What is still to be brought may be anything.
            Err(stop) => stop.is_need(),
        };
        if matches!(compression, 1 | 6)
            || self.counts.as_ref().is_some_and(|counts| !self.single || counted(counts))
        {
            return Ok(());
        }
        let odd = ifd.entries.iter().find(|entry| entry.field_type == FieldType::Unknown);
        match odd {
            Some(Entry { tag, .. }) => {
                let message =
                    format!("the byte count cannot be estimated: {} is of an unknown type", tag::name(*tag));
                Err(Error::malformed(message).with_tag(*tag).into())
            }
            None => Ok(()),
        }
    }

    fn stored(&self, values: &Values<'_>, block: u64) -> Answer<StoredBlock> {
        let whole = self.offsets.count <= WHOLE || self.counts.is_some_and(|counts| counts.count <= WHOLE);
        let Some(counts) = &self.counts else {
            return Ok(StoredBlock::From(number(values, &self.offsets, block, true)?));
        };
        let count = match number(values, counts, block, counts.count <= WHOLE) {
            // The count of the only strip can be done without.
            Err(stop) if self.single && !stop.is_need() => Err(stop),
            count => Ok(count?),
        };
        let known = *count.as_ref().unwrap_or(&0);
        let offset = match number(values, &self.offsets, block, whole) {
            Err(stop) if known == 0 && self.may_be_short(&stop) => return Ok(StoredBlock::Sparse),
            offset => offset?,
        };
        // At 0 nothing is stored, so that it is not estimated either.
        let count = if offset == 0 { count? } else { known };
        match (offset, count) {
            (1.., 0) if self.single => Ok(StoredBlock::From(offset)),
            (_, 0) => Ok(StoredBlock::Sparse),
            _ => {
                let range = ByteRange::at(offset, count).ok_or_else(|| {
                    let message = format!("block {block} starts at byte {offset} and is {count} bytes long");
                    let error = Error::malformed(message).with(|detail| detail.block = Some(block));
                    error.with_tag(counts.tag)
                })?;
                Ok(StoredBlock::Bytes(range))
            }
        }
    }
}

/// The number of that block in one of the arrays. One that is read whole may be of any type of whole numbers, and is 0 past its end;
/// one that is not has types of its own, and no end to be passed.
fn number(values: &Values<'_>, entry: &Entry, block: u64, whole: bool) -> Answer<u64> {
    let about = |message: String| {
        Stop::from(Error::malformed(message).with(|detail| detail.block = Some(block)).with_tag(entry.tag))
    };
    let name = tag::name(entry.tag);
    if !has_table_type(entry, whole) {
        return Err(about(format!("{name} holds a {:?}, expected SHORT, LONG or LONG8", entry.field_type)));
    }
    match element(values, entry, block)? {
        Some(found) => Ok(found),
        None if whole && (entry.count > 0 || !is_offsets(entry)) => Ok(0),
        None => Err(about(format!("{name} has {} entries, block {block} has none", entry.count))),
    }
}

/// Whether an array of that type can be read.
fn has_table_type(entry: &Entry, whole: bool) -> bool {
    use FieldType as T;
    match entry.field_type {
        T::Short | T::Long | T::Long8 | T::SLong8 => true,
        T::Byte | T::SByte | T::SShort | T::SLong => whole,
        _ => false,
    }
}

/// Without any offset nothing can be read, while without byte counts nothing was written.
fn is_offsets(entry: &Entry) -> bool {
    matches!(entry.tag, id::STRIP_OFFSETS | id::TILE_OFFSETS)
}

/// The bytes of one element; `None` past the end of the array.
fn place(entry: &Entry, index: u64) -> Option<ByteRange> {
    if index >= entry.count {
        return None;
    }
    let size = entry.field_type.size();
    ByteRange::at(entry.values.start.checked_add(index.checked_mul(size)?)?, size)
}

/// The number of that index; `None` past the end of the array.
fn element(values: &Values<'_>, entry: &Entry, index: u64) -> Answer<Option<u64>> {
    let Some(range) = place(entry, index) else { return Ok(None) };
    let raw = values.bytes.get(range, &tag::name(entry.tag))?;
    Ok(Some(values.unsigned_of(entry, raw)?))
}

/// Adds the stretches of the array that hold those elements and were not supplied; neighbours are joined.
fn collect_missing(
    values: &Values<'_>,
    entry: &Entry,
    blocks: &[u64],
    missing: &mut Vec<ByteRange>,
) -> Result<()> {
    let mut run: Option<ByteRange> = None;
    for range in blocks.iter().filter_map(|block| place(entry, *block)) {
        values.bytes.check_end(range, &tag::name(entry.tag)).map_err(|error| error.with_tag(entry.tag))?;
        run = match run {
            Some(current) if range.start <= current.end && range.start >= current.start => {
                Some(ByteRange::new(current.start, current.end.max(range.end)))
            }
            Some(current) => {
                missing.extend(values.bytes.missing(current));
                Some(range)
            }
            None => Some(range),
        };
    }
    missing.extend(run.map(|run| values.bytes.missing(run)).unwrap_or_default());
    Ok(())
}
