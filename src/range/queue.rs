//! Who goes next: one queue of holes per origin, and a bound on the requests under way to it.

use std::cmp::Reverse;
use std::sync::Arc;

use super::order::{Millis, SourceId};
use crate::sorted::SortedMap;

/// Whose requests share one bound.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    /// All sources of one scheme, host and port.
    Origin(Arc<str>),
    /// A local source by itself.
    Local(SourceId),
}

/// A place in a queue; smaller goes first. Among equal priorities, first come, first served: a ticket number, then the
/// place in the file, so that a hole that is cut into several keeps its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    priority: Reverse<i32>,
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
#[derive(Debug, Default)]
pub(super) struct Queues {
    lanes: SortedMap<Lane, Queue>,
    /// Until when nothing may leave.
    pauses: SortedMap<Lane, Millis>,
    tickets: u64,
}

impl Turn {
    /// What it was queued with.
    pub fn priority(self) -> i32 {
        self.priority.0
    }
}

impl Queues {
    /// Queues a hole behind all others of its lane and priority.
    pub fn push(&mut self, lane: &Lane, priority: i32, place: Place) -> Turn {
        self.tickets += 1;
        self.push_at(lane, priority, self.tickets, place)
    }

    /// Queues a part of a hole that had that turn, in its stead: as early as that came, with a priority of its own.
    pub fn push_part(&mut self, lane: &Lane, turn: Turn, priority: i32, place: Place) -> Turn {
        self.push_at(lane, priority, turn.ticket, place)
    }

    fn push_at(&mut self, lane: &Lane, priority: i32, ticket: u64, place: Place) -> Turn {
        let turn = Turn { priority: Reverse(priority), ticket, start: place.1 };
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

    /// The hole whose turn it is, if fewer than `limit` requests are under way in the lane; a limit of 0 means 1.
    pub fn next(&self, lane: &Lane, limit: u32) -> Option<(Turn, Place)> {
        let queue = self.lanes.get(lane)?;
        let (turn, place) = queue.waiting.first_key_value().filter(|_| queue.under_way < limit.max(1))?;
        Some((*turn, *place))
    }

    /// Nothing leaves the lane before that time; an earlier wish does not shorten a later one.
    pub fn pause(&mut self, lane: &Lane, until: Millis) {
        self.pauses.alter(lane.clone(), |known| *known = until.max(*known));
    }

    /// Whether nothing may leave the lane yet.
    pub fn is_paused(&self, lane: &Lane, now: Millis) -> bool {
        self.pauses.get(lane).is_some_and(|until| *until > now)
    }

    /// When the first lane goes on in which something waits.
    pub fn next_resume(&self) -> Option<Millis> {
        let awaited = |lane: &Lane| self.lanes.get(lane).is_some_and(|queue| !queue.waiting.is_empty());
        self.pauses.iter().filter(|(lane, _)| awaited(lane)).map(|(_, until)| *until).min()
    }

    /// The lanes whose pause is over by now; each is told of once.
    pub fn resume(&mut self, now: Millis) -> Vec<Lane> {
        let mut over = Vec::new();
        for (lane, until) in self.pauses.iter() {
            if *until <= now {
                over.push(lane.clone());
            }
        }
        for lane in &over {
            self.pauses.remove(lane);
        }
        over
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

    /// Requests under way in the lane.
    pub fn under_way(&self, lane: &Lane) -> u32 {
        self.lanes.get(lane).map_or(0, |queue| queue.under_way)
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
        let mut queues = Queues::default();
        let (a, b) = (Lane::Origin("https://a".into()), Lane::Local(SourceId(1)));
        let places: Vec<Place> = (0..4).map(|start| (SourceId(0), 10 - start)).collect();
        let turns: Vec<Turn> = places.iter().map(|place| queues.push(&a, 0, *place)).collect();
        queues.push(&b, 0, (SourceId(1), 0));
        for index in 0..2 {
            assert_eq!(queues.next(&a, 2), Some((turns[index], places[index])));
            queues.depart(&a);
            queues.remove(&a, turns[index]);
        }
        assert_eq!(queues.next(&a, 2), None, "two are under way");
        assert_eq!(
            queues.next(&b, 2).map(|next| next.1),
            Some((SourceId(1), 0)),
            "lanes do not block each other"
        );
        queues.arrive(&a);
        queues.remove(&a, turns[2]);
        let part = queues.push_part(&a, turns[2], 0, (SourceId(0), 99));
        assert_eq!(queues.next(&a, 2), Some((part, (SourceId(0), 99))), "a part keeps the turn of the whole");
        queues.remove(&a, part);
        assert_eq!(queues.next(&a, 2), Some((turns[3], places[3])), "the third has left the queue");
    }

    #[test]
    fn an_idle_lane_leaves_nothing_behind() {
        let mut queues = Queues::default();
        let lane = Lane::Origin("https://a".into());
        let turn = queues.push(&lane, 0, (SourceId(0), 0));
        assert!(queues.next(&lane, 0).is_some(), "a bound of 0 means 1");
        queues.depart(&lane);
        queues.remove(&lane, turn);
        assert!(!queues.is_idle());
        queues.arrive(&lane);
        assert!(queues.is_idle());
    }

    #[test]
    fn a_pause_holds_one_lane_until_the_latest_wish() {
        let mut queues = Queues::default();
        let (a, b) = (Lane::Origin("https://a".into()), Lane::Origin("https://b".into()));
        queues.pause(&a, 50);
        queues.pause(&a, 30);
        assert_eq!(queues.next_resume(), None, "nothing waits");
        queues.push(&a, 0, (SourceId(0), 0));
        assert_eq!(queues.next_resume(), Some(50));
        assert!(queues.is_paused(&a, 49) && !queues.is_paused(&a, 50) && !queues.is_paused(&b, 0));
        assert_eq!(queues.resume(49), []);
        assert_eq!(queues.resume(50), [a]);
        assert_eq!((queues.next_resume(), queues.resume(50)), (None, Vec::new()));
    }

    #[test]
    fn a_higher_priority_goes_first_and_equal_ones_in_turn() {
        let (mut queues, lane) = (Queues::default(), Lane::Origin("https://a".into()));
        let place = |start| (SourceId(0), start);
        let low = queues.push(&lane, -1, place(1));
        let turns = [0, 0, 7].map(|priority| queues.push(&lane, priority, place(priority as u64 + 10)));
        assert_eq!(queues.next(&lane, 1), Some((turns[2], place(17))));
        queues.remove(&lane, turns[2]);
        queues.remove(&lane, low);
        let raised = queues.push_part(&lane, low, 1, place(1));
        assert_eq!(queues.next(&lane, 1), Some((raised, place(1))));
        let lowered = queues.push_part(&lane, raised, 0, place(1));
        queues.remove(&lane, raised);
        assert_eq!(queues.next(&lane, 1), Some((lowered, place(1))), "it came first");
        assert_eq!(lowered.priority(), 0);
    }
}
