//! One request on its way.

use crate::byte_range::ByteRange;

use super::length::Length;
use super::order::{Head, Millis, ReaderId, SourceId};
use super::verdict::PartHead;

/// What Net remembers of a request.
#[derive(Debug)]
pub(super) struct Flight {
    pub source: SourceId,
    /// What was asked for.
    pub asked: ByteRange,
    /// 1 for the first request for these bytes.
    pub attempt: u32,
    /// The reader that caused it and pays for it in its statistics.
    pub owner: ReaderId,
    pub answer: Answer,
    /// Bytes of body so far.
    pub received: u64,
    /// Place in the file before which no extent of this flight waits any more.
    pub scanned: u64,
    /// Whether the driver reported its end: then there is nothing to stop.
    pub ended: bool,
    /// Whether silence ends it: local sources may take as long as they like.
    pub timed: bool,
    /// When it left.
    pub sent: Millis,
    /// When its head came.
    pub answered: Option<Millis>,
    /// When its silence has lasted too long.
    pub deadline: Option<Millis>,
}

/// What the head said.
#[derive(Debug)]
pub(super) enum Answer {
    /// No head yet.
    Awaited,
    /// The body holds the file's bytes from where the request starts.
    Part(PartHead),
    /// The body is the whole file.
    Whole {
        /// Its length, where it is told.
        length: Option<u64>,
        /// For the message, should the body turn out too large.
        head: Box<Head>,
    },
}

impl Flight {
    /// A request that leaves now.
    pub fn new(
        source: SourceId,
        asked: ByteRange,
        attempt: u32,
        owner: ReaderId,
        timed: bool,
        sent: Millis,
    ) -> Self {
        Self {
            source,
            asked,
            attempt,
            owner,
            answer: Answer::Awaited,
            received: 0,
            scanned: asked.start,
            ended: false,
            timed,
            sent,
            answered: None,
            deadline: None,
        }
    }

    /// Place in the file up to which the body has come, where that is known yet.
    pub fn reached(&self) -> u64 {
        match self.answer {
            Answer::Part(_) => self.asked.start.saturating_add(self.received),
            _ => self.asked.start,
        }
    }

    /// Whether all has come that it can bring.
    pub fn has_all(&self, length: Length) -> bool {
        matches!(self.answer, Answer::Part(_)) && self.reached() >= length.clip(self.asked).end
    }

    /// Where extents that wait for it can lie.
    pub fn span(&self) -> ByteRange {
        match self.answer {
            Answer::Whole { .. } => ByteRange::new(0, u64::MAX),
            _ => self.asked,
        }
    }
}
