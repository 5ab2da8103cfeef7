//! From the holes that wait to one request: which neighbours a hole takes along.

use crate::byte_range::ByteRange;

use super::order::NetOptions;

/// Holes that may be passed over, unprofitable by themselves, in the hope of a profitable one behind them.
/// Bounds the work per request on adversarial layouts.
const LOOKAHEAD: usize = 8;

/// Bounds on a merged request.
#[derive(Clone, Copy, Debug)]
pub(super) struct MergeRules {
    /// Wasted bytes stay below this share of the useful ones.
    pub waste: f64,
    /// Largest merged request.
    pub bytes: u64,
    /// Largest gap: a longer one costs more time than another request.
    pub gap: u64,
}

impl MergeRules {
    /// The rules of the options, where a gap of `gap` bytes is worth fetching along.
    pub fn new(options: &NetOptions, gap: u64) -> Self {
        Self { waste: options.merge_waste, bytes: options.merge_bytes, gap }
    }

    /// Touching holes always merge; across a gap only while the waste is small. A waste that is NaN allows none.
    fn allow(self, span: ByteRange, useful: u64) -> bool {
        let wasted = span.len().saturating_sub(useful);
        span.len() <= self.bytes && (wasted == 0 || (wasted as f64) < self.waste * useful as f64)
    }

    /// The window around `seed` in which a neighbour can lie at all.
    pub fn window(self, seed: ByteRange) -> ByteRange {
        ByteRange::new(seed.end.saturating_sub(self.bytes), seed.start.saturating_add(self.bytes))
    }
}

/// The request that serves `seed`: its range, grown over `right` (ascending holes behind the seed) and then over
/// `left` (descending holes before it). None of them overlap. A seed larger than the bound goes alone. Every
/// hole that the result touches lies in it whole.
pub(super) fn grow(
    seed: ByteRange,
    right: impl Iterator<Item = ByteRange>,
    left: impl Iterator<Item = ByteRange>,
    rules: MergeRules,
) -> ByteRange {
    let (request, useful) = grow_one_way(seed, seed.len(), right, rules);
    grow_one_way(request, useful, left, rules).0
}

fn grow_one_way(
    seed: ByteRange,
    useful: u64,
    holes: impl Iterator<Item = ByteRange>,
    rules: MergeRules,
) -> (ByteRange, u64) {
    let mut taken = (seed, useful);
    let (mut span, mut useful) = taken;
    let mut passed_over = 0;
    for hole in holes {
        let gap = hole.start.saturating_sub(span.end).max(span.start.saturating_sub(hole.end));
        if gap > rules.gap {
            break;
        }
        span = ByteRange::new(span.start.min(hole.start), span.end.max(hole.end));
        useful = useful.saturating_add(hole.len());
        if rules.allow(span, useful) {
            taken = (span, useful);
            passed_over = 0;
        } else if span.len() > rules.bytes || passed_over == LOOKAHEAD {
            break;
        } else {
            passed_over += 1;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests for the holes, each seed being the first hole that no request has taken yet.
    fn requests(holes: &[(u64, u64)], rules: MergeRules) -> Vec<(u64, u64)> {
        let holes: Vec<ByteRange> = holes.iter().map(|&(start, end)| ByteRange::new(start, end)).collect();
        let mut waiting = holes.clone();
        let mut requests = Vec::new();
        while let Some(&seed) = holes.iter().find(|hole| waiting.contains(hole)) {
            let mut sorted = waiting.clone();
            sorted.sort();
            let right = sorted.iter().copied().filter(|hole| hole.start >= seed.end);
            let left = sorted.iter().rev().copied().filter(|hole| hole.end <= seed.start);
            let request = grow(seed, right, left, rules);
            assert!(request.contains(seed));
            waiting.retain(|hole| {
                let taken = request.contains(*hole);
                assert!(taken || request.intersection(*hole).is_empty(), "{request} cuts {hole}");
                !taken
            });
            requests.push((request.start, request.end));
        }
        requests
    }

    #[test]
    fn table() {
        let rules = MergeRules { waste: 0.25, bytes: 1000, gap: u64::MAX };
        type Row<'a> = (&'a str, &'a [(u64, u64)], &'a [(u64, u64)]);
        let table: &[Row] = &[
            ("none", &[], &[]),
            ("one", &[(5, 10)], &[(5, 10)]),
            ("touching", &[(0, 100), (100, 200), (200, 300)], &[(0, 300)]),
            ("touching, the last first", &[(200, 300), (100, 200), (0, 100)], &[(0, 300)]),
            ("the middle first", &[(100, 200), (0, 100), (200, 300)], &[(0, 300)]),
            ("gap of 49 in 200 useful", &[(0, 100), (149, 249)], &[(0, 249)]),
            ("gap of 50 in 200 useful", &[(0, 100), (150, 250)], &[(0, 100), (150, 250)]),
            (
                "three runs",
                &[(0, 100), (100, 200), (500, 600), (600, 700), (5000, 5100)],
                &[(0, 200), (500, 700), (5000, 5100)],
            ),
            ("exactly the bound", &[(0, 500), (500, 1000)], &[(0, 1000)]),
            ("past the bound", &[(0, 500), (500, 1001)], &[(0, 500), (500, 1001)]),
            ("larger than the bound goes alone", &[(0, 5000), (5000, 5010)], &[(0, 5000), (5000, 5010)]),
            ("small before large", &[(0, 10), (5010, 9000), (12, 60)], &[(0, 60), (5010, 9000)]),
            (
                "a small one in between does not part two large ones",
                &[(0, 100), (150, 160), (160, 400)],
                &[(0, 400)],
            ),
            (
                "waste adds up",
                &[(0, 100), (120, 140), (165, 185), (210, 230)],
                &[(0, 140), (165, 185), (210, 230)],
            ),
            ("at the end of the numbers", &[(u64::MAX - 10, u64::MAX)], &[(u64::MAX - 10, u64::MAX)]),
        ];
        for (name, holes, expected) in table {
            assert_eq!(&requests(holes, rules), expected, "{name}");
        }
    }

    #[test]
    fn no_waste_allowed_still_joins_neighbours() {
        for waste in [0.0, -1.0, f64::NAN] {
            let rules = MergeRules { waste, bytes: 1000, gap: u64::MAX };
            assert_eq!(requests(&[(0, 10), (10, 20), (21, 30)], rules), [(0, 20), (21, 30)], "{waste}");
        }
    }

    #[test]
    fn a_gap_that_costs_more_than_a_request_is_not_fetched() {
        let holes = [(0, 1000), (1010, 2000), (2011, 3000)];
        let rules = MergeRules { waste: 0.25, bytes: 10_000, gap: 10 };
        assert_eq!(requests(&holes, rules), [(0, 2000), (2011, 3000)]);
        assert_eq!(requests(&holes, MergeRules { gap: 11, ..rules }), [(0, 3000)]);
        assert_eq!(requests(&[(0, 10), (10, 20)], MergeRules { gap: 0, ..rules }), [(0, 20)], "no gap");
    }

    #[test]
    fn random_layouts_stay_within_the_rules() {
        let mut dice = 1_u64;
        let mut throw = |below: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) % below
        };
        for round in 0..2000 {
            let rules = MergeRules { waste: throw(5) as f64 / 8.0, bytes: 50 + throw(400), gap: throw(60) };
            let mut at = throw(100);
            let mut holes = Vec::new();
            for _ in 0..throw(30) {
                let length = 1 + throw(80);
                holes.push((at, at + length));
                at += length + if throw(2) == 0 { 0 } else { throw(40) };
            }
            for index in 0..holes.len() {
                let other = throw(holes.len() as u64) as usize;
                holes.swap(index, other);
            }
            let requests = requests(&holes, rules);
            for &(start, end) in &requests {
                let inside: Vec<_> = holes.iter().filter(|hole| start <= hole.0 && hole.1 <= end).collect();
                let useful: u64 = inside.iter().map(|hole| hole.1 - hole.0).sum();
                assert!(end - start <= rules.bytes || inside.len() == 1, "round {round}: {start}..{end}");
                let wasted = (end - start - useful) as f64;
                assert!(
                    wasted == 0.0 || wasted < rules.waste * useful as f64,
                    "round {round}: {start}..{end}"
                );
                let mut ends: Vec<_> = inside.iter().map(|hole| (hole.0, hole.1)).collect();
                ends.sort_unstable();
                assert!(
                    ends.windows(2).all(|two| two[1].0 - two[0].1 <= rules.gap),
                    "round {round}: {ends:?}"
                );
                assert!(inside.iter().any(|hole| hole.0 == start) && inside.iter().any(|hole| hole.1 == end));
            }
            let covered: usize = requests
                .iter()
                .map(|request| holes.iter().filter(|hole| request.0 <= hole.0 && hole.1 <= request.1).count())
                .sum();
            assert_eq!(covered, holes.len(), "round {round}: every hole in exactly one request");
        }
    }
}
