//! Where blocks lie in a file whose blocks have leaders: between their own offset and the next one. Byte counts are not looked at,
//! which are half of a block table.

use super::number;
use super::table::{BlockTable, StoredBlock};
use super::values::{Values, need};
use crate::byte_range::ByteRange;
use crate::codec::frame::EDGE_BYTES;
use crate::error::{Answer, Error};
use crate::pixel::ByteOrder;

/// The table of an image whose blocks have leaders.
#[derive(Clone, Copy, Debug)]
pub struct Leaders<'a> {
    /// Its table.
    pub table: &'a BlockTable,
    /// Whether trailers follow the blocks.
    pub trailer: bool,
    /// The most bytes that a block can reasonably take with all that lies up to the next one: where there are more, it is no neighbour.
    pub most: u64,
}

impl Leaders<'_> {
    /// Where each of those blocks lies, in their order: as a rule its frame and what follows it up to the next block's.
    ///
    /// # Errors
    /// As [`BlockTable::lookup`].
    pub fn lookup(&self, values: &Values<'_>, blocks: &[u64]) -> Answer<Vec<StoredBlock>> {
        let bounded = self.bounded(values, blocks)?;
        or_else(blocks, bounded, |rest| self.counted(values, rest))
    }

    /// Where each of those blocks lies, as its neighbours bound it; `None` where none does: as in GDAL, where a block is followed by a
    /// sparse one, by one that lies before it, or by none.
    ///
    /// # Errors
    /// As [`BlockTable::lookup`].
    pub fn bounded(&self, values: &Values<'_>, blocks: &[u64]) -> Answer<Vec<Option<StoredBlock>>> {
        let last = self.table.offsets.count.saturating_sub(1);
        let mut with_next = Vec::with_capacity(blocks.len().saturating_mul(2));
        for block in blocks {
            with_next.push(*block);
            with_next.push(last.min(block.saturating_add(1)));
        }
        self.table.offsets(values, &with_next)?;
        let mut framed = Vec::with_capacity(blocks.len());
        for block in blocks {
            framed.push(self.framed(values, *block)?);
        }
        Ok(framed)
    }

    /// Where each of those blocks lies by its byte count, or by its leader where it has none: files that rely on leaders may leave the
    /// byte counts empty.
    ///
    /// # Errors
    /// As [`BlockTable::lookup`].
    pub fn counted(&self, values: &Values<'_>, blocks: &[u64]) -> Answer<Vec<StoredBlock>> {
        let mut stored = self.table.lookup(values, blocks)?;
        let mut uncounted = Vec::new();
        for (place, (block, stored)) in blocks.iter().zip(&stored).enumerate() {
            if *stored == StoredBlock::Sparse {
                uncounted.push((place, *block));
            }
        }
        for (place, range) in self.told(values, &uncounted)? {
            if let Some(stored) = stored.get_mut(place) {
                *stored = StoredBlock::Framed(range);
            }
        }
        Ok(stored)
    }

    /// The block as its neighbour bounds it; `None` where no neighbour does.
    fn framed(&self, values: &Values<'_>, block: u64) -> Answer<Option<StoredBlock>> {
        let offset = self.table.offset(values, block)?;
        if offset == 0 {
            return Ok(Some(StoredBlock::Sparse));
        }
        let is_last = block.saturating_add(1) >= self.table.offsets.count;
        let next = match is_last {
            // The blocks of the full size are the last of a file.
            true => values.bytes.end(),
            false => self.table.offset(values, block + 1)?.checked_sub(EDGE_BYTES),
        };
        let frame = offset.checked_sub(EDGE_BYTES).zip(next).filter(|(start, end)| start < end);
        let range = frame.map(|(start, end)| ByteRange::new(start, end));
        Ok(range.filter(|range| self.is_plausible(values, *range)).map(StoredBlock::Framed))
    }

    /// Bytes of a frame without its block.
    fn edges(&self) -> u64 {
        if self.trailer { 2 * EDGE_BYTES } else { EDGE_BYTES }
    }

    fn is_plausible(&self, values: &Values<'_>, range: ByteRange) -> bool {
        self.edges() < range.len() && range.len() <= self.most && values.bytes.check_end(range, "").is_ok()
    }

    /// Those of the blocks, each with its place, that have an offset, by the leader in front of it: only here leaders are brought by
    /// themselves.
    fn told(&self, values: &Values<'_>, blocks: &[(usize, u64)]) -> Answer<Vec<(usize, ByteRange)>> {
        let mut leaders = Vec::new();
        let mut missing = Vec::new();
        for (place, block) in blocks {
            let start = self.table.offset(values, *block)?.checked_sub(EDGE_BYTES);
            let leader = start.and_then(|start| ByteRange::at(start, EDGE_BYTES));
            if let Some(leader) = leader.filter(|leader| values.bytes.check_end(*leader, "").is_ok()) {
                leaders.push((*place, leader));
                missing.extend_from_slice(&values.bytes.missing(leader));
            }
        }
        need(values.bytes, missing)?;
        let mut told = Vec::with_capacity(leaders.len());
        for (place, leader) in leaders {
            let size = number::unsigned(ByteOrder::Little, values.bytes.get(leader, "a block's leader")?);
            let framed = size.and_then(|size| ByteRange::at(leader.start, size.checked_add(self.edges())?));
            if let Some(range) = framed.filter(|range| self.is_plausible(values, *range)) {
                told.push((place, range));
            }
        }
        Ok(told)
    }
}

/// What is known already, and for the rest what `ask` says of it, in the order of the blocks.
///
/// # Errors
/// Those of `ask`.
pub fn or_else(
    blocks: &[u64],
    known: Vec<Option<StoredBlock>>,
    ask: impl FnOnce(&[u64]) -> Answer<Vec<StoredBlock>>,
) -> Answer<Vec<StoredBlock>> {
    let mut rest = Vec::new();
    for (block, known) in blocks.iter().zip(&known) {
        if known.is_none() {
            rest.push(*block);
        }
    }
    let mut asked = ask(&rest)?.into_iter();
    let mut all = Vec::with_capacity(known.len());
    for known in known {
        all.push(known.or_else(|| asked.next()).ok_or_else(|| Error::internal("a block was lost"))?);
    }
    Ok(all)
}
