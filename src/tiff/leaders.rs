//! Where blocks lie in a file whose blocks have leaders: between their own offset and the next one. Byte counts are not looked at,
//! which are half of a block table.

use super::table::{BlockTable, StoredBlock};
use super::values::Values;
use crate::byte_range::ByteRange;
use crate::codec::frame::EDGE_BYTES;
use crate::error::Answer;

/// The table of an image whose blocks have leaders.
#[derive(Clone, Copy, Debug)]
pub struct Leaders<'a> {
    /// Its table.
    pub table: &'a BlockTable,
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
        let mut counted = unknown.into_iter().zip(counted);
        let rest = blocks.iter().zip(found).map(|(block, found)| match found {
            Some(found) => Ok(found),
            None => {
                let counted = counted.next().map_or(StoredBlock::Sparse, |(_, stored)| stored);
                self.uncounted(values, *block, counted)
            }
        });
        rest.collect()
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
        let in_file = |range: &ByteRange| values.bytes.check_end(*range, "").is_ok();
        Ok(range.filter(|range| range.len() <= self.most && in_file(range)).map(StoredBlock::Framed))
    }

    /// A block that has an offset and a byte count of 0: files that rely on leaders may leave the byte counts empty.
    fn uncounted(&self, values: &Values<'_>, block: u64, counted: StoredBlock) -> Answer<StoredBlock> {
        let start = self.table.offset(values, block)?.checked_sub(EDGE_BYTES);
        let (StoredBlock::Sparse, Some(start), Some(end)) = (counted, start, values.bytes.end()) else {
            return Ok(counted);
        };
        let end = end.min(start.saturating_add(self.most));
        Ok(if start < end { StoredBlock::Framed(ByteRange::new(start, end)) } else { counted })
    }
}
