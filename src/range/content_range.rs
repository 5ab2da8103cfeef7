//! The `Content-Range` header.

use crate::byte_range::ByteRange;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentRange {
    /// `bytes 0-99/1234` or `bytes 0-99/*`.
    Part {
        /// Which bytes follow, half open.
        range: ByteRange,
        /// Length of the file, where it is told.
        total: Option<u64>,
    },
    /// `bytes */1234`: the range asked for lies outside.
    Unsatisfied {
        /// Length of the file.
        total: u64,
    },
}

impl ContentRange {
    /// Length of the file, where it is told.
    pub fn total(self) -> Option<u64> {
        match self {
            Self::Part { total, .. } => total,
            Self::Unsatisfied { total } => Some(total),
        }
    }

    /// Reads the header; `None` where it is not one of the two forms, or contradicts itself.
    pub fn parse(text: &str) -> Option<Self> {
        let (unit, rest) = text.trim().split_once(char::is_whitespace)?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (range, total) = rest.trim().split_once('/')?;
        let (range, total) = (range.trim(), total.trim());
        if range == "*" {
            return Some(Self::Unsatisfied { total: digits(total)? });
        }
        let (first, last) = range.split_once('-')?;
        let (start, end) = (digits(first)?, digits(last)?.checked_add(1)?);
        let total = if total == "*" { None } else { Some(digits(total)?) };
        let inside = total.is_none_or(|total| end <= total);
        (start < end && inside).then_some(Self::Part { range: ByteRange::new(start, end), total })
    }
}

/// Digits alone: `u64::from_str` would take a sign.
fn digits(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let part = |start, end, total| Some(ContentRange::Part { range: ByteRange::new(start, end), total });
        let table = [
            ("bytes 0-99/1234", part(0, 100, Some(1234))),
            ("Bytes  5-5/6", part(5, 6, Some(6))),
            (" bytes 0-99/* ", part(0, 100, None)),
            ("bytes 9007199254740993-9007199254740993/*", part(9007199254740993, 9007199254740994, None)),
            ("bytes */0", Some(ContentRange::Unsatisfied { total: 0 })),
            ("bytes */*", None),
            ("bytes 0-99/99", None),
            ("bytes 9-5/100", None),
            ("bytes +1-5/100", None),
            ("bytes -5/100", None),
            ("bytes 0-18446744073709551615/*", None),
            ("bytes 0-99999999999999999999/*", None),
            ("bytes 0-99", None),
            ("items 0-99/100", None),
            ("bytes=0-99/100", None),
            ("bytes 0-9/10, bytes 0-9/10", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(ContentRange::parse(text), expected, "{text:?}");
        }
    }
}
