//! One call of `Net::read`.

use crate::byte_range::ByteRange;

use super::order::{Millis, ReadStats, SourceId, Wanted};

/// What Net remembers of a read.
#[derive(Debug)]
pub(super) struct Reader {
    pub source: SourceId,
    /// Higher goes first; 0 where nobody says.
    pub priority: i32,
    pub began: Millis,
    pub wants: Vec<Want>,
    /// Wants not handed out yet.
    pub left: usize,
    pub stats: ReadStats,
}

/// One wanted range.
#[derive(Debug)]
pub(super) struct Want {
    /// What is wanted of what may exist: shrinks when the file turns out to end before.
    pub range: ByteRange,
    pub rounded: bool,
    /// Bytes before this place are kept, and pinned until the hand-out.
    pub cursor: u64,
    pub handed_out: bool,
}

impl Reader {
    pub fn new(source: SourceId, wanted: &[Wanted], priority: i32, began: Millis) -> Self {
        let want = |wanted: &Wanted| Want {
            range: ByteRange::new(wanted.range.start, wanted.range.end),
            rounded: wanted.rounded,
            cursor: wanted.range.start,
            handed_out: false,
        };
        Self {
            source,
            priority,
            began,
            wants: wanted.iter().map(want).collect(),
            left: wanted.len(),
            stats: ReadStats::default(),
        }
    }
}
