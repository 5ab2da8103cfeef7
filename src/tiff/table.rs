//! Block tables: where each block lies. They may hold millions of entries, so only the entries wanted are read.

use super::ifd::Entry;
use super::tag;
use super::values::{Values, need};
use crate::byte_range::ByteRange;
use crate::error::{Answer, Error, Result};

/// The offsets and byte counts of an image's blocks, still in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockTable {
    /// TileOffsets or StripOffsets.
    pub offsets: Entry,
    /// TileByteCounts or StripByteCounts; without it a block's size follows from its layout (uncompressed only).
    pub counts: Option<Entry>,
}

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
        blocks.iter().map(|block| self.stored(values, *block)).collect()
    }

    /// Where each of those blocks starts, in their order; 0 for a sparse one.
    ///
    /// # Errors
    /// As [`Self::lookup`].
    pub fn offsets(&self, values: &Values<'_>, blocks: &[u64]) -> Answer<Vec<u64>> {
        let mut missing = Vec::new();
        collect_missing(values, &self.offsets, blocks, &mut missing)?;
        need(values.bytes, missing)?;
        blocks.iter().map(|block| self.offset(values, *block)).collect()
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

    fn stored(&self, values: &Values<'_>, block: u64) -> Answer<StoredBlock> {
        let offset = self.offset(values, block)?;
        let Some(counts) = &self.counts else {
            return Ok(if offset == 0 { StoredBlock::Sparse } else { StoredBlock::From(offset) });
        };
        // GDAL takes a block without a byte count for one that was never written.
        let count = element(values, counts, block)?.unwrap_or(0);
        if offset == 0 || count == 0 {
            return Ok(StoredBlock::Sparse);
        }
        let range = ByteRange::at(offset, count).ok_or_else(|| {
            let message = format!("block {block} starts at byte {offset} and is {count} bytes long");
            Error::malformed(message).with(|detail| detail.block = Some(block)).with_tag(counts.tag)
        })?;
        Ok(StoredBlock::Bytes(range))
    }
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
