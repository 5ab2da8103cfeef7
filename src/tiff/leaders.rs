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
    /// As in GDAL, the byte count says where a block ends that is followed by a sparse one, by one that lies before it, or by none.
    ///
    /// # Errors
    /// As [`BlockTable::lookup`].
    pub fn lookup(&self, values: &Values<'_>, blocks: &[u64]) -> Answer<Vec<StoredBlock>> {
        let table = self.table;
        let last = table.offsets.count.saturating_sub(1);
        let with_next = blocks.iter().flat_map(|block| [*block, last.min(block.saturating_add(1))]);
        table.offsets(values, &with_next.collect::<Vec<u64>>())?;
        let mut found = Vec::with_capacity(blocks.len());
        for block in blocks {
            found.push(self.framed(values, *block)?);
        }
        let unknown: Vec<u64> =
            blocks.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(block, _)| *block).collect();
        let counted = table.lookup(values, &unknown)?;
        let uncounted = unknown.iter().zip(&counted).filter(|(_, stored)| **stored == StoredBlock::Sparse);
        let told = self.told(values, uncounted.map(|(block, _)| *block))?;
        // Both are in the blocks' order.
        let mut told = told.into_iter().peekable();
        let mut rest = unknown.iter().zip(counted).map(|(block, stored)| {
            let told = told.next_if(|(known, _)| known == block);
            told.map_or(stored, |(_, range)| StoredBlock::Framed(range))
        });
        found
            .into_iter()
            .map(|found| found.or_else(|| rest.next()))
            .map(|found| found.ok_or_else(|| Error::internal("a block was lost").into()))
            .collect()
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

    fn is_plausible(&self, values: &Values<'_>, range: ByteRange) -> bool {
        range.len() <= self.most && values.bytes.check_end(range, "").is_ok()
    }

    /// Those of the blocks that have an offset and a byte count of 0: files that rely on leaders may leave the byte counts empty. Only
    /// here the leaders themselves are brought.
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
            let edges = if self.trailer { 2 * EDGE_BYTES } else { EDGE_BYTES };
            let framed = size.and_then(|size| ByteRange::at(leader.start, size.checked_add(edges)?));
            told.extend(framed.filter(|range| self.is_plausible(values, *range)).map(|range| (block, range)));
        }
        Ok(told)
    }
}
