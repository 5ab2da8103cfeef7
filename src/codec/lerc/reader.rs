//! Little-endian numbers from the front of stored bytes.

use super::kind::Kind;

/// What cannot be used, and why.
pub(super) type Outcome<T> = Result<T, &'static str>;

/// Why: the bytes end first.
pub(super) const ENDS: &str = "it ends too early";

/// Takes from the front of bytes. Functions of their own: what they are used for is read once, or once for a tile.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// What was not taken yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn take(&mut self, bytes: usize) -> Outcome<&'a [u8]> {
        let (front, rest) = self.rest.split_at_checked(bytes).ok_or(ENDS)?;
        self.rest = rest;
        Ok(front)
    }

    /// As [`Reader::take`], for a count that may be larger than the memory.
    #[inline(never)]
    pub fn take_many(&mut self, bytes: u64) -> Outcome<&'a [u8]> {
        self.take(usize::try_from(bytes).map_err(|_| ENDS)?)
    }

    pub fn array<const N: usize>(&mut self) -> Outcome<[u8; N]> {
        let (front, rest) = self.rest.split_first_chunk().ok_or(ENDS)?;
        self.rest = rest;
        Ok(*front)
    }

    #[inline]
    pub fn u8(&mut self) -> Outcome<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    #[inline(never)]
    pub fn u32(&mut self) -> Outcome<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// A number that is stored with a sign, and must not be negative.
    #[inline(never)]
    pub fn count(&mut self) -> Outcome<usize> {
        let count = self.u32()?;
        if count > i32::MAX.cast_unsigned() { Err("a count is negative") } else { Ok(count as usize) }
    }

    #[inline(never)]
    pub fn f64(&mut self) -> Outcome<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// A number of `bytes` bytes, at most 8.
    #[inline(never)]
    pub fn number(&mut self, bytes: usize) -> Outcome<u64> {
        if let Some(ahead) = self.rest.first_chunk() {
            self.take(bytes)?;
            return Ok(u64::from_le_bytes(*ahead) & u64::MAX >> (64 - 8 * bytes.clamp(1, 8)));
        }
        Ok(little_endian(self.take(bytes)?))
    }

    /// A sample of that kind, as the number that it is.
    pub fn sample(&mut self, kind: Kind) -> Outcome<f64> {
        Ok(kind.number(self.number(kind.size())?))
    }
}

/// The number that up to 8 bytes are.
#[inline(never)]
pub(super) fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
