//! Who goes next: one queue of holes per origin, and a bound on the requests under way to it.

use std::sync::Arc;

use super::order::SourceId;
use crate::sorted::SortedMap;

/// Whose requests share one bound.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    /// All sources of one scheme, host and port.
    Origin(Arc<str>),
    /// A local source by itself.
    Local(SourceId),
}

/// A place in a queue; smaller goes first. First come, first served: a ticket number, then the place in the file, so
/// that a hole that is cut into several keeps its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    ticket: u64,
    start: u64,
}

/// The hole that waits: whose, and where it starts.
pub(super) type Place = (SourceId, u64);

#[derive(Debug, Default)]
struct Queue {
    waiting: SortedMap<Turn, Place>,
    under_way: u32,
}

/// All queues.
#[derive(Debug)]
pub(super) struct Queues {
    lanes: SortedMap<Lane, Queue>,
    per_lane: u32,
    tickets: u64,
}

impl Queues {
    /// No more than `per_lane` requests at once in each lane, but at least one.
    pub fn new(per_lane: u32) -> Self {
        Self { lanes: SortedMap::new(), per_lane: per_lane.max(1), tickets: 0 }
    }

    /// Queues a hole behind all others of its lane.
    pub fn push(&mut self, lane: &Lane, place: Place) -> Turn {
        self.tickets += 1;
        self.push_at(lane, self.tickets, place)
    }

    /// Queues a part of a hole that had that turn, in its stead.
    pub fn push_part(&mut self, lane: &Lane, turn: Turn, place: Place) -> Turn {
        self.push_at(lane, turn.ticket, place)
    }

    fn push_at(&mut self, lane: &Lane, ticket: u64, place: Place) -> Turn {
        let turn = Turn { ticket, start: place.1 };
        self.lanes.alter(lane.clone(), |queue| {
            queue.waiting.insert(turn, place);
        });
        turn
    }

    /// Takes a hole out of its queue.
    pub fn remove(&mut self, lane: &Lane, turn: Turn) {
        if let Some(queue) = self.lanes.get_mut(lane) {
            queue.waiting.remove(&turn);
        }
        self.tidy(lane);
    }

    /// The hole whose turn it is, if the lane has room for one more request.
    pub fn next(&self, lane: &Lane) -> Option<(Turn, Place)> {
        let queue = self.lanes.get(lane)?;
        let (turn, place) = queue.waiting.first_key_value().filter(|_| queue.under_way < self.per_lane)?;
        Some((*turn, *place))
    }

    /// A request has left.
    pub fn depart(&mut self, lane: &Lane) {
        self.lanes.alter(lane.clone(), |queue| queue.under_way += 1);
    }

    /// A request is over.
    pub fn arrive(&mut self, lane: &Lane) {
        if let Some(queue) = self.lanes.get_mut(lane) {
            queue.under_way = queue.under_way.saturating_sub(1);
        }
        self.tidy(lane);
    }

    /// Whether nothing waits and nothing is under way, anywhere.
    pub fn is_idle(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Empty queues go, so that the map does not grow with every origin ever seen.
    fn tidy(&mut self, lane: &Lane) {
        if self.lanes.get(lane).is_some_and(|queue| queue.waiting.is_empty() && queue.under_way == 0) {
            self.lanes.remove(lane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_come_first_served_within_the_bound_of_each_lane() {
        let mut queues = Queues::new(2);
        let (a, b) = (Lane::Origin("https://a".into()), Lane::Local(SourceId(1)));
        let places: Vec<Place> = (0..4).map(|start| (SourceId(0), 10 - start)).collect();
        let turns: Vec<Turn> = places.iter().map(|place| queues.push(&a, *place)).collect();
        queues.push(&b, (SourceId(1), 0));
        for index in 0..2 {
            assert_eq!(queues.next(&a), Some((turns[index], places[index])));
            queues.depart(&a);
            queues.remove(&a, turns[index]);
        }
        assert_eq!(queues.next(&a), None, "two are under way");
        assert_eq!(
            queues.next(&b).map(|next| next.1),
            Some((SourceId(1), 0)),
            "lanes do not block each other"
        );
        queues.arrive(&a);
        queues.remove(&a, turns[2]);
        let part = queues.push_part(&a, turns[2], (SourceId(0), 99));
        assert_eq!(queues.next(&a), Some((part, (SourceId(0), 99))), "a part keeps the turn of the whole");
        queues.remove(&a, part);
        assert_eq!(queues.next(&a), Some((turns[3], places[3])), "the third has left the queue");
    }

    #[test]
    fn an_idle_lane_leaves_nothing_behind() {
        let mut queues = Queues::new(0);
        let lane = Lane::Origin("https://a".into());
        let turn = queues.push(&lane, (SourceId(0), 0));
        assert!(queues.next(&lane).is_some(), "a bound of 0 means 1");
        queues.depart(&lane);
        queues.remove(&lane, turn);
        assert!(!queues.is_idle());
        queues.arrive(&lane);
        assert!(queues.is_idle());
    }
}
