//! The bytes of one file supplied so far.

use crate::byte_range::ByteRange;
use crate::error::{Answer, Error, FileId, Result, Stop};
use crate::sorted::SortedMap;

/// Metadata bytes of a file, in the pieces in which they arrived, joined where they touch.
///
/// Supplying more never changes an answer that was already given.
#[derive(Debug)]
pub struct Supplied {
    file: FileId,
    /// Disjoint, never touching, keyed by their offset.
    segments: SortedMap<u64, Vec<u8>>,
    held: u64,
    limit: u64,
    /// Where the file ends, or an upper bound of it, once something told.
    end: Option<u64>,
}

impl Supplied {
    /// Nothing yet of `file`; at most `limit` bytes will be held.
    pub fn new(file: FileId, limit: u64) -> Self {
        Self { file, segments: SortedMap::new(), held: 0, limit, end: None }
    }

    /// The file these bytes are of.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// Whether nothing was supplied, not even the news of an end.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.end.is_none()
    }

    /// Length of the file, or an upper bound of it, where known.
    pub fn end(&self) -> Option<u64> {
        self.end
    }

    /// Tells that the file has no byte at or after `end`.
    pub fn ends_by(&mut self, end: u64) {
        self.end = Some(self.end.map_or(end, |known| known.min(end)));
    }

    /// Takes the bytes at `start`; those that are already there stay as they are.
    ///
    /// # Errors
    /// `limit` when more than `Limits::metadata_bytes` would be held.
    pub fn supply(&mut self, start: u64, bytes: &[u8]) -> Result<()> {
        let Some(range) = ByteRange::at(start, bytes.len() as u64).filter(|range| !range.is_empty()) else {
            return Ok(());
        };
        for hole in self.missing(range) {
            let skip = usize::try_from(hole.start - start).unwrap_or(usize::MAX);
            let take = usize::try_from(hole.len()).unwrap_or(usize::MAX);
            let new = skip.checked_add(take).and_then(|end| bytes.get(skip..end));
            self.insert(hole.start, new.unwrap_or_default())?;
        }
        Ok(())
    }

    fn insert(&mut self, start: u64, bytes: &[u8]) -> Result<()> {
        let held = self.held.saturating_add(bytes.len() as u64);
        if held > self.limit {
            return Err(Error::limit("metadata_bytes", "metadata of one file", held, self.limit));
        }
        self.held = held;
        let end = start.saturating_add(bytes.len() as u64);
        let before = self.segments.range(..=start).next_back();
        let touching = before.filter(|(at, kept)| *at + kept.len() as u64 == start).map(|(at, _)| *at);
        let key = touching.unwrap_or(start);
        self.segments.alter(key, |held| held.extend_from_slice(bytes));
        if let Some(after) = self.segments.remove(&end) {
            self.segments.alter(key, |held| held.extend_from_slice(&after));
        }
        Ok(())
    }

    /// The parts of `range` that were not supplied, in order.
    pub fn missing(&self, range: ByteRange) -> Vec<ByteRange> {
        let mut holes = Vec::new();
        let mut at = range.start;
        let first = self.segments.range(..=range.start).next_back().map_or(range.start, |(start, _)| *start);
        for (start, kept) in self.segments.range(first..range.end.max(first)) {
            if *start > at {
                holes.push(ByteRange::new(at, *start));
            }
            at = at.max(start + kept.len() as u64);
        }
        if at < range.end {
            holes.push(ByteRange::new(at, range.end));
        }
        holes
    }

    /// The bytes of `range`; `what` names them in errors.
    ///
    /// # Errors
    /// `truncated` where the file is known to end before the range does.
    pub fn get(&self, range: ByteRange, what: &str) -> Answer<&[u8]> {
        self.check_end(range, what)?;
        if range.is_empty() {
            return Ok(&[]);
        }
        self.lookup(range).ok_or_else(|| Stop::need(self.file, self.missing(range)))
    }

    /// Whether `range` can lie in the file, as far as its end is known.
    ///
    /// # Errors
    /// `truncated`, with the range and the end.
    pub fn check_end(&self, range: ByteRange, what: &str) -> Result<()> {
        match self.end {
            Some(end) if range.end > end => {
                let message = format!("{what} ends at byte {}, file has {end}", range.end);
                Err(Error::truncated(message).with(|detail| detail.range = Some(range)))
            }
            _ => Ok(()),
        }
    }

    /// The bytes supplied from `start` on, without a gap, at most `most`.
    pub fn from(&self, start: u64, most: usize) -> &[u8] {
        let found = self.segments.range(..=start).next_back().and_then(|(at, kept)| {
            let skip = usize::try_from(start - at).ok()?;
            kept.get(skip..kept.len().min(skip.saturating_add(most)))
        });
        found.unwrap_or_default()
    }

    fn lookup(&self, range: ByteRange) -> Option<&[u8]> {
        let (start, kept) = self.segments.range(..=range.start).next_back()?;
        let from = usize::try_from(range.start - start).ok()?;
        let to = from.checked_add(usize::try_from(range.len()).ok()?)?;
        kept.get(from..to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(ranges: &[(u64, u64)]) -> Stop {
        let ranges = ranges.iter().map(|(start, end)| ByteRange::new(*start, *end)).collect();
        Stop::need(FileId::BASE, ranges)
    }

    #[test]
    fn asks_only_for_what_is_missing_and_joins_what_touches() {
        let mut bytes = Supplied::new(FileId::BASE, 100);
        assert_eq!(bytes.get(ByteRange::new(2, 6), "x"), Err(need(&[(2, 6)])));
        bytes.supply(4, &[4, 5]).unwrap();
        assert_eq!(bytes.get(ByteRange::new(2, 8), "x"), Err(need(&[(2, 4), (6, 8)])));
        bytes.supply(0, &[0, 1, 2, 3, 99, 99, 6, 7]).unwrap();
        assert_eq!(bytes.get(ByteRange::new(0, 8), "x"), Ok(&[0, 1, 2, 3, 4, 5, 6, 7][..]));
        assert_eq!(bytes.segments.len(), 1);
        assert_eq!(bytes.held, 8);
    }

    #[test]
    fn knows_the_end_and_the_limit() {
        let mut bytes = Supplied::new(FileId::BASE, 4);
        bytes.ends_by(10);
        bytes.ends_by(12);
        let stop = bytes.get(ByteRange::new(8, 11), "tag 270").unwrap_err();
        let error = stop.into_error().unwrap();
        assert_eq!(error.message(), "tag 270 ends at byte 11, file has 10");
        assert_eq!(bytes.supply(0, &[0; 5]).unwrap_err().code(), crate::error::Code::Limit);
        assert_eq!(bytes.supply(0, &[0; 4]), Ok(()));
        assert_eq!(bytes.get(ByteRange::new(3, 3), "x"), Ok(&[][..]));
    }
}
