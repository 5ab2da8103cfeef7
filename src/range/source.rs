//! One file that bytes come from, as Net sees it.

use crate::byte_range::ByteRange;
use crate::error::Error;
use crate::sorted::SortedSet;

use super::extents::Extents;
use super::length::Length;
use super::order::{FlightId, ReaderId, SourceFacts, SourceId, SourceKind, SourceSpec};
use super::queue::Lane;

/// What Net remembers of a source.
#[derive(Debug)]
pub(super) struct Source {
    pub name: String,
    pub lane: Lane,
    pub local: bool,
    pub cached: bool,
    pub extents: Extents,
    pub length: Length,
    pub facts: SourceFacts,
    /// Live readers.
    pub readers: SortedSet<ReaderId>,
    /// The flight that brings the whole file; everything that is missing waits for it.
    pub whole: Option<FlightId>,
    /// Why nothing can be read any more: the file changed.
    pub dead: Option<Error>,
}

impl Source {
    pub fn new(id: SourceId, spec: SourceSpec) -> Self {
        let (lane, local) = match spec.kind {
            SourceKind::Http { origin } => (Lane::Origin(origin.into()), false),
            SourceKind::Local => (Lane::Local(id), true),
        };
        Self {
            name: spec.name,
            lane,
            local,
            cached: spec.cached,
            extents: Extents::default(),
            length: spec.size.map_or(Length::UNKNOWN, Length::known),
            facts: SourceFacts { length: spec.size, ..SourceFacts::default() },
            readers: SortedSet::new(),
            whole: None,
            dead: None,
        }
    }

    /// To what a missing stretch is rounded out, if at all. A server that ignores ranges sends everything
    /// whatever it is asked for, so the first missing byte asks for all of them, once.
    pub fn rounding(&self, rounded: bool, page_bytes: u64) -> Option<u64> {
        if self.facts.whole { Some(u64::MAX) } else { rounded.then_some(page_bytes) }
    }

    /// The part of the range that may exist.
    pub fn clip(&self, range: ByteRange) -> ByteRange {
        self.length.clip(range)
    }
}
