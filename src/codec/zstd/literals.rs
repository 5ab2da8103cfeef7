//! The literals section of a part (RFC 8878, 3.1.1.3.1).

use super::MOST_CONTENT;
use super::backward::{Backward, refilled};
use super::huffman::{Codes, ENTRIES, symbol, symbols};

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
            // Where codes are short, it pays to join them.
            let short = count >= MANY && (end - start) * 8 < count * SHORT;
            four(&mut self.codes, section, start, place, short)?;
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

/// So many symbols are worth a table of joined codes, if they take less than so many bits each.
const MANY: usize = 24 << 10;
const SHORT: usize = 5;
/// Look-ups between two refills, and the most that they write.
const GROUP: usize = 5;
const WINDOW: usize = 20;

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
fn four(codes: &mut Codes, section: &[u8], start: usize, place: &mut [u8], short: bool) -> Option<()> {
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
    let places = (&mut *a, &mut *b, &mut *c, &mut *d);
    let done = if short {
        several_together(codes.several(), &mut streams, places)?
    } else {
        let done = together(&codes.table, &mut streams, places)?;
        (done, done, done, done)
    };
    let (mut w, mut x, mut y, mut z) = streams;
    one(&codes.table, &mut w, a.get_mut(done.0..)?)?;
    one(&codes.table, &mut x, b.get_mut(done.1..)?)?;
    one(&codes.table, &mut y, c.get_mut(done.2..)?)?;
    one(&codes.table, &mut z, d.get_mut(done.3..)?)
}

type Four<T> = (T, T, T, T);

/// Decodes groups of all four streams as long as all four quarters go on: how many bytes of each.
#[inline(never)]
fn together(
    table: &[u16; ENTRIES],
    streams: &mut Four<Backward<'_>>,
    places: Four<&mut [u8]>,
) -> Option<usize> {
    let section = streams.0.section;
    let (mut w, mut x, mut y, mut z) = (streams.0.word, streams.1.word, streams.2.word, streams.3.word);
    let (mut i, mut j, mut k, mut l) = (streams.0.from, streams.1.from, streams.2.from, streams.3.from);
    let (a, _) = places.0.as_chunks_mut::<GROUP>();
    let (b, _) = places.1.as_chunks_mut::<GROUP>();
    let (c, _) = places.2.as_chunks_mut::<GROUP>();
    let (d, _) = places.3.as_chunks_mut::<GROUP>();
    let mut done = 0;
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        (i, w) = refilled(section, i, w)?;
        (j, x) = refilled(section, j, x)?;
        (k, y) = refilled(section, k, y)?;
        (l, z) = refilled(section, l, z)?;
        let ([a0, a1, a2, a3, a4], [b0, b1, b2, b3, b4]) = (a, b);
        let ([c0, c1, c2, c3, c4], [d0, d1, d2, d3, d4]) = (c, d);
        for (a, b, c, d) in
            [(a0, b0, c0, d0), (a1, b1, c1, d1), (a2, b2, c2, d2), (a3, b3, c3, d3), (a4, b4, c4, d4)]
        {
            *a = symbol(table, &mut w);
            *b = symbol(table, &mut x);
            *c = symbol(table, &mut y);
            *d = symbol(table, &mut z);
        }
        done += GROUP;
    }
    (streams.0.word, streams.1.word, streams.2.word, streams.3.word) = (w, x, y, z);
    (streams.0.from, streams.1.from, streams.2.from, streams.3.from) = (i, j, k, l);
    Some(done)
}

/// The same with a table of joined codes.
#[inline(never)]
fn several_together(
    table: &[u32; ENTRIES],
    streams: &mut Four<Backward<'_>>,
    places: Four<&mut [u8]>,
) -> Option<Four<usize>> {
    let section = streams.0.section;
    let (mut w, mut x, mut y, mut z) = *streams;
    let (mut a, mut b, mut c, mut d) = (0, 0, 0, 0);
    while let (Some(p), Some(q), Some(r), Some(s)) =
        (window(places.0, a), window(places.1, b), window(places.2, c), window(places.3, d))
    {
        (w.from, w.word) = refilled(section, w.from, w.word)?;
        (x.from, x.word) = refilled(section, x.from, x.word)?;
        (y.from, y.word) = refilled(section, y.from, y.word)?;
        (z.from, z.word) = refilled(section, z.from, z.word)?;
        a += several(table, &mut w.word, p);
        b += several(table, &mut x.word, q);
        c += several(table, &mut y.word, r);
        d += several(table, &mut z.word, s);
    }
    *streams = (w, x, y, z);
    Some((a, b, c, d))
}

#[inline(always)]
fn window(place: &mut [u8], at: usize) -> Option<&mut [u8; WINDOW]> {
    // No place is longer: the compiler need not doubt the sum.
    let at = at & usize::MAX >> 1;
    place.get_mut(at..at + WINDOW)?.first_chunk_mut()
}

/// Decodes what five look-ups give: how many bytes.
#[inline(always)]
fn several(table: &[u32; ENTRIES], word: &mut u64, place: &mut [u8; WINDOW]) -> usize {
    let mut done = 0;
    for _ in 0..GROUP {
        let (bytes, count) = symbols(table, word);
        if let Some(place) = place.get_mut(done & 15..).and_then(<[u8]>::first_chunk_mut) {
            *place = bytes.to_le_bytes();
        }
        done += count;
    }
    done
}
