//! How long to wait before asking again.

use super::http_date;
use super::order::{Head, Millis, NetOptions};

/// Exponential backoff with jitter, `Retry-After` honoured, all of it below a bound.
#[derive(Clone, Debug)]
pub(super) struct Pauses {
    backoff: Millis,
    backoff_max: Millis,
    dice: u64,
}

impl Pauses {
    /// The pauses that the options ask for.
    pub fn new(options: &NetOptions) -> Self {
        Self { backoff: options.backoff, backoff_max: options.backoff_max, dice: options.seed }
    }

    /// The pause after `tries` requests in vain: `backoff * 2^(tries - 1)`, of which the later half is chance so
    /// that readers which failed together do not come back together; never less than the server asked for, never
    /// more than `backoff_max`.
    pub fn next(&mut self, tries: u32, retry_after: Option<Millis>) -> Millis {
        let doubled = 1_u64.checked_shl(tries.saturating_sub(1)).unwrap_or(u64::MAX);
        let full = self.backoff.saturating_mul(doubled).min(self.backoff_max);
        let chance = self.throw() % (full / 2 + 1);
        (full - chance).max(retry_after.unwrap_or(0)).min(self.backoff_max)
    }

    /// SplitMix64: small, seeded, and good enough to spread retries.
    fn throw(&mut self) -> u64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.dice;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// What `Retry-After` asks for: seconds, or a date that is read against the server's own `Date`. Without that
/// one a date says nothing, since Net's clock is not the world's.
pub(super) fn retry_after(head: &Head) -> Option<Millis> {
    let text = head.retry_after.as_deref()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse::<u64>().unwrap_or(u64::MAX);
        return Some(seconds.saturating_mul(1000));
    }
    let until = http_date::parse(text)?;
    let now = http_date::parse(head.date.as_deref()?)?;
    Some(u64::try_from(until - now).unwrap_or(0).saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(retry_after: &str, date: Option<&str>) -> Head {
        Head { retry_after: Some(retry_after.to_owned()), date: date.map(str::to_owned), ..Head::default() }
    }

    #[test]
    fn retry_after_table() {
        let date = Some("Sun, 06 Nov 1994 08:49:30 GMT");
        let table = [
            ("0", None, Some(0)),
            ("120", None, Some(120_000)),
            (" 7 ", None, Some(7_000)),
            ("99999999999999999999999", None, Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", date, Some(7_000)),
            ("Sun, 06 Nov 1994 08:49:20 GMT", date, Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", None, None),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some("yesterday"), None),
            ("-5", date, None),
            ("1.5", date, None),
            ("soon", date, None),
            ("", date, None),
        ];
        for (text, date, expected) in table {
            assert_eq!(retry_after(&head(text, date)), expected, "{text:?} at {date:?}");
        }
        assert_eq!(retry_after(&Head::default()), None);
    }

    #[test]
    fn pauses_double_within_their_bounds() {
        for seed in 0..200 {
            let options = NetOptions { backoff: 100, backoff_max: 1000, seed, ..NetOptions::default() };
            let mut pauses = Pauses::new(&options);
            for (tries, full) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (64, 1000), (65, 1000)] {
                let pause = pauses.next(tries, None);
                assert!((full / 2..=full).contains(&pause), "seed {seed}, try {tries}: {pause}");
            }
            assert_eq!(pauses.next(1, Some(700)), 700);
            assert_eq!(pauses.next(1, Some(700_000)), 1000);
        }
    }

    #[test]
    fn jitter_spreads_and_repeats_with_its_seed() {
        let run = |seed| {
            let mut pauses = Pauses::new(&NetOptions { seed, ..NetOptions::default() });
            (0..50).map(|_| pauses.next(4, None)).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let distinct: std::collections::BTreeSet<_> = run(1).into_iter().collect();
        assert!(distinct.len() > 40, "{distinct:?}");
    }
}
