//! What the way to each origin is like, as far as its answers have shown: from that follows which gaps are worth fetching.

use super::order::Millis;
use super::queue::Lane;
use crate::sorted::SortedMap;

/// Origins that are remembered at once; the one that was heard of the longest ago goes first.
const ORIGINS: usize = 64;

/// A body tells of the throughput when it took that long ...
const TELLING_MILLIS: Millis = 4;

/// ... or when it was that large. Of the others, the time is mostly the clock's rounding.
const TELLING_BYTES: u64 = 64 << 10;

/// One origin. Both estimates are running averages in which a sample weighs an eighth, so that one odd answer moves them
/// little and a change of network shows within some ten answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Link {
    /// From a request to its head, in microseconds.
    latency: Option<u64>,
    /// Bytes per second of all requests under way together.
    throughput: Option<u64>,
    /// Whether requests share one connection, so that more of them cost the server no more.
    multiplexed: bool,
    heard: u64,
}

/// The origins that Net has had answers from.
#[derive(Debug, Default)]
pub(super) struct Links {
    links: SortedMap<Lane, Link>,
    clock: u64,
}

impl Links {
    /// A head came that long after its request.
    pub fn answered(&mut self, lane: &Lane, after: Millis) {
        let sample = after.max(1).saturating_mul(1000);
        self.note(lane, |link| link.latency = Some(averaged(link.latency, sample)));
    }

    /// A body of that size took that long after its head, while that many requests shared the way.
    pub fn brought(&mut self, lane: &Lane, bytes: u64, took: Millis, together: u32) {
        if took < TELLING_MILLIS && bytes < TELLING_BYTES {
            return;
        }
        let all = bytes.saturating_mul(u64::from(together.max(1)));
        let sample = all.saturating_mul(1000) / took.max(1);
        self.note(lane, |link| link.throughput = Some(averaged(link.throughput, sample.max(1))));
    }

    /// Requests to the origin share one connection.
    pub fn multiplexes(&mut self, lane: &Lane) {
        self.note(lane, |link| link.multiplexed = true);
    }

    /// Whether requests to the origin are known to share one connection.
    pub fn is_multiplexed(&self, lane: &Lane) -> bool {
        self.links.get(lane).is_some_and(|link| link.multiplexed)
    }

    /// Bytes that come in the time that one more request would wait for its head; `None` while that is not known.
    pub fn bytes_per_wait(&self, lane: &Lane) -> Option<u64> {
        let link = self.links.get(lane)?;
        Some(link.latency?.saturating_mul(link.throughput?) / 1_000_000)
    }

    /// Changes the record of an origin; local sources have none.
    fn note(&mut self, lane: &Lane, change: impl FnOnce(&mut Link)) {
        if matches!(lane, Lane::Local(_)) {
            return;
        }
        self.clock += 1;
        if !self.links.contains_key(lane) && self.links.len() >= ORIGINS {
            let oldest = self.links.iter().min_by_key(|(_, link)| link.heard).map(|(lane, _)| lane.clone());
            if let Some(oldest) = oldest {
                self.links.remove(&oldest);
            }
        }
        self.links.alter(lane.clone(), |link| {
            link.heard = self.clock;
            change(link);
        });
    }
}

fn averaged(known: Option<u64>, sample: u64) -> u64 {
    known.map_or(sample, |known| known - known / 8 + sample / 8)
}

#[cfg(test)]
mod tests {
    use super::super::order::SourceId;
    use super::*;

    #[test]
    fn a_gap_is_worth_what_comes_in_one_round_trip() {
        let (mut links, lane) = (Links::default(), Lane::Origin("https://a".into()));
        assert_eq!(links.bytes_per_wait(&lane), None);
        links.answered(&lane, 50);
        assert_eq!(links.bytes_per_wait(&lane), None, "no throughput yet");
        links.brought(&lane, 1000, 3, 1);
        assert_eq!(links.bytes_per_wait(&lane), None, "a small quick body tells nothing");
        links.brought(&lane, 1_000_000, 1000, 2);
        assert_eq!(links.bytes_per_wait(&lane), Some(100_000), "2 MB/s for 50 ms");
        for _ in 0..60 {
            links.answered(&lane, 10);
            links.brought(&lane, 250_000, 1000, 1);
        }
        let worth = links.bytes_per_wait(&lane).unwrap();
        assert!((2400..2800).contains(&worth), "250 kB/s for 10 ms by now: {worth}");
    }

    #[test]
    fn local_sources_and_old_origins_are_not_remembered() {
        let mut links = Links::default();
        links.multiplexes(&Lane::Local(SourceId(1)));
        assert!(!links.is_multiplexed(&Lane::Local(SourceId(1))));
        let origin = |number: usize| Lane::Origin(format!("https://{number}").into());
        (0..ORIGINS).for_each(|number| links.multiplexes(&origin(number)));
        links.answered(&origin(0), 5);
        links.multiplexes(&origin(ORIGINS));
        assert_eq!(links.links.len(), ORIGINS);
        assert!(links.is_multiplexed(&origin(0)), "heard of lately");
        assert!(!links.is_multiplexed(&origin(1)), "the oldest");
    }

    #[test]
    fn nothing_overflows() {
        let (mut links, lane) = (Links::default(), Lane::Origin("https://a".into()));
        links.answered(&lane, u64::MAX);
        links.brought(&lane, u64::MAX, 0, u32::MAX);
        assert!(links.bytes_per_wait(&lane).is_some());
    }
}
