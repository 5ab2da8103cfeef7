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
        let with_next = blocks.iter().flat_map(|block| [*block, last.min(block.saturating_add(1))]);
        self.table.offsets(values, &with_next.collect::<Vec<u64>>())?;
        blocks.iter().map(|block| self.framed(values, *block)).collect()
    }

    /// Where each of those blocks lies by its byte count, or by its leader where it has none: files that rely on leaders may leave the
    /// byte counts empty.
    ///
    /// # Errors
    /// As [`BlockTable::lookup`].
    pub fn counted(&self, values: &Values<'_>, blocks: &[u64]) -> Answer<Vec<StoredBlock>> {
        let counted = self.table.lookup(values, blocks)?;
        let uncounted = blocks.iter().zip(&counted).filter(|(_, stored)| **stored == StoredBlock::Sparse);
        // In the blocks' order, too.
        let mut told = self.told(values, uncounted.map(|(block, _)| *block))?.into_iter().peekable();
        let stored = blocks.iter().zip(counted).map(|(block, stored)| {
            let told =
                if stored == StoredBlock::Sparse { told.next_if(|(known, _)| known == block) } else { None };
            told.map_or(stored, |(_, range)| StoredBlock::Framed(range))
        });
        Ok(stored.collect())
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

    /// Those of the blocks that have an offset, by the leader in front of it: only here leaders are brought by themselves.
    fn told(&self, values: &Values<'_>, blocks: impl Iterator<Item = u64>) -> Answer<Vec<(u64, ByteRange)>> {
        let mut leaders = Vec::new();
        for block in blocks {
            let start = self.table.offset(values, block)?.checked_sub(EDGE_BYTES);
            let leader = start.and_then(|start| ByteRange::at(start, EDGE_BYTES));
            leaders.extend(leader.map(|leader| (block, leader)));
        }
        leaders.retain(|(_, leader)| values.bytes.check_end(*leader, "").is_ok());
        need(values.bytes, leaders.iter().flat_map(|(_, leader)| values.bytes.missing(*leader)).collect())?;
        let mut told = Vec::with_capacity(leaders.len());
        for (block, leader) in leaders {
            let size = number::unsigned(ByteOrder::Little, values.bytes.get(leader, "a block's leader")?);
            let framed = size.and_then(|size| ByteRange::at(leader.start, size.checked_add(self.edges())?));
            told.extend(framed.filter(|range| self.is_plausible(values, *range)).map(|range| (block, range)));
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
    let rest = blocks.iter().zip(&known).filter(|(_, known)| known.is_none());
    let mut asked = ask(&rest.map(|(block, _)| *block).collect::<Vec<u64>>())?.into_iter();
    let all = known.into_iter().map(|known| known.or_else(|| asked.next()));
    all.map(|stored| stored.ok_or_else(|| Error::internal("a block was lost").into())).collect()
}
