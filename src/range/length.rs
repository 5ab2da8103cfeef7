//! What is known of a file's length, where servers tell it whole, in part or not at all.

use crate::byte_range::ByteRange;

/// The length lies between the last byte seen and the first place known to be past the end. It is known when
/// the two meet: bytes seen up to X and a 416 for a range from X prove X, without any header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    at_least: u64,
    at_most: u64,
}

impl Length {
    /// Nothing known.
    pub const UNKNOWN: Self = Self { at_least: 0, at_most: u64::MAX };

    /// Exactly that many bytes.
    pub fn known(bytes: u64) -> Self {
        Self { at_least: bytes, at_most: bytes }
    }

    /// The length, once it is certain.
    pub fn get(self) -> Option<u64> {
        (self.at_least == self.at_most).then_some(self.at_most)
    }

    /// Bytes that the file has for certain.
    pub fn at_least(self) -> u64 {
        self.at_least
    }

    /// Bytes that the file has at most; 2^64 - 1 where nothing is known.
    pub fn at_most(self) -> u64 {
        self.at_most
    }

    /// The part of the range that may exist; empty where it lies past the end.
    pub fn clip(self, range: ByteRange) -> ByteRange {
        ByteRange::new(range.start.min(self.at_most), range.end.min(self.at_most))
    }

    /// The length was told. An error says how that contradicts what was known.
    pub fn tell(&mut self, bytes: u64) -> Result<(), String> {
        if bytes < self.at_least || bytes > self.at_most {
            return Err(self.contradiction(&format!("{bytes} bytes")));
        }
        *self = Self::known(bytes);
        Ok(())
    }

    /// Bytes before `end` were seen.
    pub fn saw(&mut self, end: u64) -> Result<(), String> {
        if end > self.at_most {
            return Err(self.contradiction(&format!("at least {end} bytes")));
        }
        self.at_least = self.at_least.max(end);
        Ok(())
    }

    /// No byte from `end` on exists.
    pub fn ends_by(&mut self, end: u64) -> Result<(), String> {
        if end < self.at_least {
            return Err(self.contradiction(&format!("at most {end} bytes")));
        }
        self.at_most = self.at_most.min(end);
        Ok(())
    }

    fn contradiction(self, now: &str) -> String {
        let was = match self.get() {
            Some(bytes) => format!("{bytes} bytes"),
            None if self.at_most == u64::MAX => format!("at least {} bytes", self.at_least),
            None => format!("{} to {} bytes", self.at_least, self.at_most),
        };
        format!("length was {was}, now {now}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_seen_and_a_416_prove_the_length() {
        let mut length = Length::UNKNOWN;
        assert_eq!(length.get(), None);
        length.saw(100).unwrap();
        length.ends_by(300).unwrap();
        assert_eq!(length.get(), None);
        assert_eq!(length.clip(ByteRange::new(250, 900)), ByteRange::new(250, 300));
        assert!(length.clip(ByteRange::new(300, 900)).is_empty());
        length.ends_by(100).unwrap();
        assert_eq!(length.get(), Some(100));
    }

    #[test]
    fn contradictions_say_what_changed() {
        let mut length = Length::known(100);
        assert_eq!(length.tell(100), Ok(()));
        assert_eq!(length.tell(99).unwrap_err(), "length was 100 bytes, now 99 bytes");
        assert_eq!(length.saw(101).unwrap_err(), "length was 100 bytes, now at least 101 bytes");
        let mut length = Length::UNKNOWN;
        length.saw(50).unwrap();
        assert_eq!(length.ends_by(49).unwrap_err(), "length was at least 50 bytes, now at most 49 bytes");
        length.ends_by(80).unwrap();
        assert_eq!(length.tell(81).unwrap_err(), "length was 50 to 80 bytes, now 81 bytes");
        let mut empty = Length::UNKNOWN;
        assert_eq!(empty.tell(0), Ok(()));
        assert_eq!(empty.get(), Some(0));
    }
}
