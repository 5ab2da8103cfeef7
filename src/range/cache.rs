//! The account of kept bytes over all cached sources, and who goes when there are too many.

use serde::{Deserialize, Serialize};

use super::queue::Place;
use crate::sorted::SortedMap;

/// Charged for each piece beside its bytes: a buffer's own header, and Net's entry for it. Without it, a
/// million pieces of one byte would count as one megabyte.
pub const PIECE_OVERHEAD: u64 = 256;

/// How full the cache is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CacheStats {
    /// Bytes kept, [`PIECE_OVERHEAD`] per piece included. Above `limit` only by what readers wait with right now.
    pub bytes: u64,
    /// Of these, bytes that a live reader still wants: they are never evicted.
    pub pinned: u64,
    /// Number of pieces.
    pub pieces: u64,
    /// The bound.
    pub limit: u64,
}

/// Age in the order of last use; smaller is older.
pub(super) type Age = u64;

/// The account. A piece is *pinned* while a live reader wants it, else *idle*; only idle ones are evicted, the
/// least recently used first. Invariant, after [`Cache::victim`] was obeyed until it names nobody:
/// while any piece is idle, `bytes <= limit`; so `bytes <= max(limit, pinned)` at all times.
#[derive(Debug)]
pub(super) struct Cache {
    stats: CacheStats,
    idle: SortedMap<Age, Place>,
    clock: Age,
}

/// What a piece of that many bytes is charged.
fn cost(bytes: u64) -> u64 {
    bytes.saturating_add(PIECE_OVERHEAD)
}

impl Cache {
    pub fn new(limit: u64) -> Self {
        Self { stats: CacheStats { limit, ..CacheStats::default() }, idle: SortedMap::new(), clock: 0 }
    }

    pub fn stats(&self) -> CacheStats {
        self.stats
    }

    /// Whether a piece that nobody wants would fit beside the pinned ones.
    pub fn has_room_for_idle(&self, bytes: u64) -> bool {
        self.stats.pinned.saturating_add(cost(bytes)) <= self.stats.limit
    }

    /// The piece to evict so that `more` bytes fit; `None` when they do, or when all pieces are pinned.
    pub fn victim(&self, more: Option<u64>) -> Option<Place> {
        let wanted = self.stats.bytes.saturating_add(more.map_or(0, cost));
        if wanted <= self.stats.limit { None } else { self.oldest() }
    }

    /// The least recently used idle piece.
    pub fn oldest(&self) -> Option<Place> {
        self.idle.values().next().copied()
    }

    /// A new piece, pinned.
    pub fn add(&mut self, bytes: u64) {
        self.stats.bytes += cost(bytes);
        self.stats.pinned += cost(bytes);
        self.stats.pieces += 1;
    }

    /// The last reader that wanted a piece has left it.
    pub fn unpin(&mut self, place: Place, bytes: u64) -> Age {
        self.clock += 1;
        self.idle.insert(self.clock, place);
        self.stats.pinned = self.stats.pinned.saturating_sub(cost(bytes));
        self.clock
    }

    /// A reader wants an idle piece.
    pub fn pin(&mut self, age: Age, bytes: u64) {
        if self.idle.remove(&age).is_some() {
            self.stats.pinned += cost(bytes);
        }
    }

    /// A piece is gone; `age` if it was idle.
    pub fn remove(&mut self, age: Option<Age>, bytes: u64) {
        match age {
            Some(age) => {
                self.idle.remove(&age);
            }
            None => self.stats.pinned = self.stats.pinned.saturating_sub(cost(bytes)),
        }
        self.stats.bytes = self.stats.bytes.saturating_sub(cost(bytes));
        self.stats.pieces = self.stats.pieces.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::order::SourceId;
    use super::*;

    const SOURCE: SourceId = SourceId(0);

    #[test]
    fn the_least_recently_used_goes_first_and_pinned_ones_never() {
        let mut cache = Cache::new(3 * cost(100));
        let ages: Vec<Age> = (0..3)
            .map(|start| {
                cache.add(100);
                cache.unpin((SOURCE, start), 100)
            })
            .collect();
        assert_eq!(cache.victim(None), None, "full is not too full");
        assert_eq!(cache.victim(Some(1)), Some((SOURCE, 0)));
        cache.pin(ages[0], 100);
        assert_eq!(cache.victim(Some(1)), Some((SOURCE, 1)), "0 is wanted");
        let age = cache.unpin((SOURCE, 0), 100);
        assert_eq!(cache.victim(Some(1)), Some((SOURCE, 1)), "0 was used last");
        cache.remove(Some(ages[1]), 100);
        cache.remove(Some(ages[2]), 100);
        assert_eq!(cache.oldest(), Some((SOURCE, 0)));
        cache.pin(age, 100);
        assert_eq!(cache.victim(Some(1 << 40)), None, "nothing idle is left");
        assert_eq!(
            cache.stats(),
            CacheStats { bytes: cost(100), pinned: cost(100), pieces: 1, limit: 3 * cost(100) }
        );
        cache.remove(None, 100);
        assert_eq!(cache.stats(), CacheStats { limit: 3 * cost(100), ..CacheStats::default() });
    }

    #[test]
    fn room_for_idle_counts_only_what_cannot_be_evicted() {
        let mut cache = Cache::new(cost(100) + cost(50));
        cache.add(100);
        assert!(cache.has_room_for_idle(50));
        assert!(!cache.has_room_for_idle(51));
        cache.unpin((SOURCE, 0), 100);
        assert!(cache.has_room_for_idle(100 + PIECE_OVERHEAD + 50));
    }
}
