//! The literals section of a part (RFC 8878, 3.1.1.3.1).

use super::MOST_CONTENT;
use super::backward::Backward;
use super::huffman::{Codes, ENTRIES, symbol};

/// Bytes behind the literals that may be read, whatever they are.
pub(super) const SLACK: usize = 16;

/// The literals of parts.
pub(super) struct Literals {
    codes: Codes,
    buffer: Vec<u8>,
}

/// The literals of one part, and [`SLACK`] bytes or more behind them.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub bytes: &'a [u8],
    pub count: usize,
}

impl Literals {
    pub const fn new() -> Self {
        Self { codes: Codes::new(), buffer: Vec::new() }
    }

    /// No code is there to be used again.
    pub fn forget(&mut self) {
        self.codes.ready = false;
    }

    /// The literals whose section begins at `start` in `section`, and where it ends; `None` where it is corrupt.
    pub fn read<'a>(&'a mut self, section: &'a [u8], start: usize) -> Option<(Found<'a>, usize)> {
        let rest = section.get(start..)?;
        let head = rest.iter().take(5).rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let (kind, form) = (head & 3, head >> 2 & 3);
        if kind < 2 {
            let (bytes, count) = match form {
                0 | 2 => (1, head >> 3 & 0x1F),
                1 => (2, head >> 4 & 0xFFF),
                _ => (3, head >> 4 & 0xF_FFFF),
            };
            let (start, count) = (start + bytes, count as usize);
            if rest.len() < bytes || count > MOST_CONTENT {
                return None;
            }
            return if kind == 0 {
                self.plain(section, start, count)
            } else {
                self.run(section, start, count)
            };
        }
        let (bytes, bits) = match form {
            0 | 1 => (3, 10),
            2 => (4, 14),
            _ => (5, 18),
        };
        let (count, stored) = (head >> 4 & !(!0 << bits), head >> (4 + bits) & !(!0 << bits));
        let (count, end) = (count as usize, start + bytes + stored as usize);
        let section = section.get(..end).filter(|_| rest.len() >= bytes && count <= MOST_CONTENT)?;
        let mut start = start + bytes;
        if kind == 2 {
            start = self.codes.read(section, start)?;
        }
        if !self.codes.ready {
            return None;
        }
        self.room(count);
        let place = self.buffer.get_mut(..count)?;
        if form == 0 {
            one(&self.codes.table, &mut Backward::new(section, start, end)?, place)?;
        } else {
            four(&self.codes.table, section, start, place)?;
        }
        Some((Found { bytes: &self.buffer, count }, end))
    }

    fn room(&mut self, count: usize) {
        if self.buffer.len() < count + SLACK {
            self.buffer.resize(count + SLACK, 0);
        }
    }

    /// Literals as they are: where they stand, if there is room behind them.
    fn plain<'a>(&'a mut self, section: &'a [u8], start: usize, count: usize) -> Option<(Found<'a>, usize)> {
        let bytes = section.get(start..)?;
        let stored = bytes.get(..count)?;
        if bytes.len() >= count + SLACK {
            return Some((Found { bytes, count }, start + count));
        }
        self.room(count);
        self.buffer.get_mut(..count)?.copy_from_slice(stored);
        Some((Found { bytes: &self.buffer, count }, start + count))
    }

    /// One byte, `count` times.
    fn run<'a>(&'a mut self, section: &'a [u8], start: usize, count: usize) -> Option<(Found<'a>, usize)> {
        let byte = *section.get(start)?;
        self.room(count);
        self.buffer.get_mut(..count)?.fill(byte);
        Some((Found { bytes: &self.buffer, count }, start + 1))
    }
}

/// Symbols that are decoded between two refills.
const GROUP: usize = 5;

/// Fills `place` from all the bits of one stream.
fn one(table: &[u16; ENTRIES], bits: &mut Backward<'_>, place: &mut [u8]) -> Option<()> {
    let (groups, rest) = place.as_chunks_mut::<GROUP>();
    for group in groups {
        bits.refill()?;
        for byte in group {
            *byte = symbol(table, &mut bits.word);
        }
    }
    bits.refill()?;
    for byte in rest {
        *byte = symbol(table, &mut bits.word);
    }
    (bits.left() == 0).then_some(())
}

/// Fills `place` from four streams, a quarter from each. None of them has to wait for another.
fn four(table: &[u16; ENTRIES], section: &[u8], start: usize, place: &mut [u8]) -> Option<()> {
    let (lengths, _) = section.get(start..)?.as_chunks::<2>();
    let mut starts = [start + 6; 5];
    let (mut end, mut lengths) = (start + 6, lengths.iter());
    for start in starts.iter_mut().skip(1).take(3) {
        end += usize::from(u16::from_le_bytes(*lengths.next()?));
        *start = end;
    }
    let [first, second, third, fourth, _] = starts;
    let quarter = place.len().div_ceil(4);
    if place.len() < 6 {
        return None;
    }
    let (a, rest) = place.split_at_mut_checked(quarter)?;
    let (b, rest) = rest.split_at_mut_checked(quarter)?;
    let (c, d) = rest.split_at_mut_checked(quarter)?;
    let mut streams = (
        Backward::new(section, first, second)?,
        Backward::new(section, second, third)?,
        Backward::new(section, third, fourth)?,
        Backward::new(section, fourth, section.len())?,
    );
    let done = together(table, &mut streams, (a, b, c, d))?;
    let (mut w, mut x, mut y, mut z) = streams;
    one(table, &mut w, a.get_mut(done..)?)?;
    one(table, &mut x, b.get_mut(done..)?)?;
    one(table, &mut y, c.get_mut(done..)?)?;
    one(table, &mut z, d.get_mut(done..)?)
}

type Four<T> = (T, T, T, T);

/// Decodes groups of all four streams as long as all four quarters go on: how many bytes of each.
#[inline(never)]
fn together(
    table: &[u16; ENTRIES],
    streams: &mut Four<Backward<'_>>,
    places: Four<&mut [u8]>,
) -> Option<usize> {
    let (mut w, mut x, mut y, mut z) = *streams;
    let (a, _) = places.0.as_chunks_mut::<GROUP>();
    let (b, _) = places.1.as_chunks_mut::<GROUP>();
    let (c, _) = places.2.as_chunks_mut::<GROUP>();
    let (d, _) = places.3.as_chunks_mut::<GROUP>();
    let mut done = 0;
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        w.refill()?;
        x.refill()?;
        y.refill()?;
        z.refill()?;
        for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
            *a = symbol(table, &mut w.word);
            *b = symbol(table, &mut x.word);
            *c = symbol(table, &mut y.word);
            *d = symbol(table, &mut z.word);
        }
        done += GROUP;
    }
    *streams = (w, x, y, z);
    Some(done)
}
