//! The ordered map of one source's bytes that are kept, on their way or about to be asked for.

use crate::byte_range::ByteRange;
use crate::sorted::SortedMap;

use super::cache::Age;
use super::order::{FlightId, Millis, Part, PieceId, ReaderId};
use super::queue::Turn;

/// A reader's wanted range, by its index.
pub(super) type Claim = (ReaderId, usize);

/// How far the bytes of an extent are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// To be asked for when the origin has room.
    Queued(Turn),
    /// To be queued again at that time, after a failure.
    Pausing(Millis),
    /// Asked for.
    InFlight(FlightId),
    /// Held by the driver; with its age once nobody wants it.
    Kept(PieceId, Option<Age>),
}

/// A stretch of bytes that share one fate.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    pub end: u64,
    pub state: State,
    /// Who wants any of it.
    pub claims: Vec<Claim>,
    /// Requests sent for it so far.
    pub tries: u32,
    /// The reader that first wanted it.
    pub cause: ReaderId,
}

/// Extents by their start; they never overlap, and none is empty.
#[derive(Debug, Default)]
pub(super) struct Extents {
    map: SortedMap<u64, Extent>,
}

impl Extents {
    pub fn get(&self, start: u64) -> Option<&Extent> {
        self.map.get(&start)
    }

    pub fn get_mut(&mut self, start: u64) -> Option<&mut Extent> {
        self.map.get_mut(&start)
    }

    pub fn insert(&mut self, start: u64, extent: Extent) {
        self.map.insert(start, extent);
    }

    pub fn remove(&mut self, start: u64) -> Option<Extent> {
        self.map.remove(&start)
    }

    /// Extents that have a byte in the range, ascending. `range.end` of 2^64 - 1 means all the rest.
    pub fn overlapping(&self, range: ByteRange) -> impl Iterator<Item = (u64, &Extent)> {
        let before = self.map.range(..=range.start).next_back();
        let first =
            before.filter(|(_, extent)| extent.end > range.start).map_or(range.start, |(start, _)| *start);
        let past = range.end.max(first);
        self.map.range(first..past).map(|(start, extent)| (*start, extent))
    }

    /// Starts of the extents that have a byte in the range.
    pub fn starts(&self, range: ByteRange) -> Vec<u64> {
        let mut starts = Vec::new();
        for (start, _) in self.overlapping(range) {
            starts.push(start);
        }
        starts
    }

    /// Extents with a byte in the range that wait for that flight, ascending.
    pub fn in_flight(&self, flight: FlightId, range: ByteRange) -> impl Iterator<Item = (u64, &Extent)> {
        self.overlapping(range).filter(move |(_, extent)| extent.state == State::InFlight(flight))
    }

    /// Extents that end at or before `start`, descending.
    pub fn before(&self, start: u64) -> impl Iterator<Item = (u64, &Extent)> {
        self.map.range(..start).rev().map(|(start, extent)| (*start, extent))
    }

    /// Extents that start at or behind `end`, ascending.
    pub fn behind(&self, end: u64) -> impl Iterator<Item = (u64, &Extent)> {
        self.map.range(end..).map(|(start, extent)| (*start, extent))
    }

    /// What no extent covers of the range, rounded out to pages as far as the neighbours and `limit` permit.
    pub fn holes(&self, range: ByteRange, page: Option<u64>, limit: u64) -> Vec<ByteRange> {
        let mut holes = Vec::new();
        let mut at = range.start;
        // Where the last extent before the hole ends.
        let mut floor = self.map.range(..=at).next_back().map_or(0, |(_, extent)| extent.end);
        let mut push = |floor: u64, hole: ByteRange, ceiling: u64| {
            let Some(page) = page else { return holes.push(hole) };
            let page = hole.rounded_to(page);
            holes.push(ByteRange::new(page.start.max(floor), page.end.min(ceiling).max(hole.end)));
        };
        for (start, extent) in self.overlapping(range) {
            if at < start {
                push(floor, ByteRange::new(at, start), start);
            }
            at = extent.end;
            floor = extent.end;
        }
        if at < range.end {
            let next = self.map.range(range.end..).next().map_or(limit, |(start, _)| (*start).min(limit));
            push(floor, ByteRange::new(at, range.end), next);
        }
        holes
    }

    /// The end of the run of kept bytes from `at`, looked for up to `end`.
    pub fn kept_until(&self, at: u64, end: u64) -> u64 {
        let mut at = at;
        for (start, extent) in self.overlapping(ByteRange::new(at, end)) {
            if start > at || !matches!(extent.state, State::Kept(..)) {
                break;
            }
            at = extent.end;
        }
        at
    }

    /// The pieces that make up the range, all of it kept.
    pub fn parts(&self, range: ByteRange) -> Vec<Part> {
        let mut parts = Vec::new();
        for (start, extent) in self.overlapping(range) {
            if let State::Kept(piece, _) = extent.state {
                let bytes = range.intersection(ByteRange::new(start, extent.end));
                parts.push(Part { piece, range: ByteRange::new(bytes.start - start, bytes.end - start) });
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extents(kept: &[(u64, u64)]) -> Extents {
        let mut extents = Extents::default();
        for (index, &(start, end)) in kept.iter().enumerate() {
            let state = State::Kept(PieceId(index as u64), None);
            extents.insert(start, Extent { end, state, claims: Vec::new(), tries: 1, cause: ReaderId(0) });
        }
        extents
    }

    fn holes(kept: &[(u64, u64)], range: (u64, u64), page: Option<u64>, limit: u64) -> Vec<(u64, u64)> {
        let holes = extents(kept).holes(ByteRange::new(range.0, range.1), page, limit);
        holes.iter().map(|hole| (hole.start, hole.end)).collect()
    }

    #[test]
    fn holes_between_neighbours() {
        const ALL: u64 = u64::MAX;
        assert_eq!(holes(&[], (5, 20), None, ALL), [(5, 20)]);
        assert_eq!(holes(&[(0, 5), (20, 30)], (5, 20), None, ALL), [(5, 20)]);
        assert_eq!(holes(&[(0, 8), (10, 12), (12, 15), (18, 30)], (5, 20), None, ALL), [(8, 10), (15, 18)]);
        assert_eq!(holes(&[(0, 40)], (5, 20), None, ALL), []);
        assert_eq!(holes(&[(6, 7)], (5, 20), None, ALL), [(5, 6), (7, 20)]);
    }

    #[test]
    fn holes_rounded_to_pages() {
        const ALL: u64 = u64::MAX;
        assert_eq!(holes(&[], (5, 20), Some(16), ALL), [(0, 32)]);
        assert_eq!(holes(&[], (0, 32), Some(16), ALL), [(0, 32)]);
        assert_eq!(holes(&[], (5, 20), Some(16), 25), [(0, 25)], "clipped by the length");
        assert_eq!(holes(&[(0, 3), (30, 31)], (5, 20), Some(16), ALL), [(3, 30)], "clipped by neighbours");
        assert_eq!(holes(&[(8, 10)], (5, 20), Some(16), ALL), [(0, 8), (10, 32)]);
        assert_eq!(holes(&[(0, 16)], (5, 20), Some(16), ALL), [(16, 32)], "one page is there");
        assert_eq!(holes(&[], (u64::MAX - 3, u64::MAX), Some(16), ALL), [(u64::MAX - 15, u64::MAX)]);
    }

    #[test]
    fn parts_are_relative_to_their_pieces() {
        let extents = extents(&[(10, 20), (20, 24), (24, 40), (50, 60)]);
        assert_eq!(extents.kept_until(15, 30), 40);
        assert_eq!(extents.kept_until(15, 60), 40, "a gap ends the run");
        assert_eq!(extents.kept_until(45, 60), 45);
        let parts = extents.parts(ByteRange::new(15, 30));
        let expected = [(0, 5, 10), (1, 0, 4), (2, 0, 6)]
            .map(|(piece, start, end)| Part { piece: PieceId(piece), range: ByteRange::new(start, end) });
        assert_eq!(parts, expected);
        assert_eq!(extents.parts(ByteRange::new(40, 50)), []);
    }
}
