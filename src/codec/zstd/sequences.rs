//! The sequences of a part (RFC 8878, 3.1.1.3.2): some literals, and a copy of what is before them.

use super::backward::{Backward, front};
use super::literals::Found;
use super::tables::{Entry, Tables};
use super::{Content, MOST_CONTENT, Stop};

const CORRUPT: Stop = Stop::Corrupt("corrupt sequences section");
/// Bytes copied at once.
const STEP: usize = 16;
/// Bits that are at hand after a refill, for sure.
const AT_HAND: u32 = 56;

/// Offsets used last.
pub(super) type Repeats = [u32; 3];

/// The sequences of the section at `start` in `section`: how many, and where their tables begin.
pub(super) fn count(section: &[u8], start: usize) -> Option<(usize, usize)> {
    Some(match section.get(start..)? {
        [count @ 0..128, ..] => (usize::from(*count), start + 1),
        [high @ 128..=254, low, ..] => ((usize::from(*high) - 128) << 8 | usize::from(*low), start + 2),
        [255, low, high, ..] => ((usize::from(*high) << 8 | usize::from(*low)) + 0x7F00, start + 3),
        _ => return None,
    })
}

/// Runs the `count` sequences of `bits`, the literals behind them included.
pub(super) fn run(
    tables: &Tables,
    mut bits: Backward<'_>,
    count: usize,
    literals: Found<'_>,
    repeats: &mut Repeats,
    content: &mut Content<'_>,
) -> Result<(), Stop> {
    let (Some(lengths), Some(offsets), Some(matches)) =
        (tables.lengths.log, tables.offsets.log, tables.matches.log)
    else {
        return Err(CORRUPT);
    };
    let mut state = |log| bits.take(log).ok_or(CORRUPT);
    let states = [state(lengths)?, state(offsets)?, state(matches)?];
    let mut place =
        Place { block: &mut *content.block, to: content.found, part: content.found, literals, from: 0 };
    let outcome = sequences(tables, bits, states, count, repeats, &mut place);
    let (to, from) = (place.to, place.from);
    content.found = to;
    outcome?;
    let rest = literals.bytes.get(from..literals.count).unwrap_or_default();
    if rest.len() > MOST_CONTENT - (to - place.part) {
        return Err(CORRUPT);
    }
    content.write(rest)
}

/// Where sequences write, and the literals they take.
struct Place<'a, 'b> {
    block: &'b mut [u8],
    to: usize,
    /// Where the part's content begins.
    part: usize,
    literals: Found<'a>,
    from: usize,
}

/// What a sequence says.
struct Sequence {
    literals: usize,
    offset: usize,
    length: usize,
}

#[inline(never)]
fn sequences(
    tables: &Tables,
    mut bits: Backward<'_>,
    [mut length, mut offset, mut copy]: [u32; 3],
    count: usize,
    repeats: &mut Repeats,
    place: &mut Place<'_, '_>,
) -> Result<(), Stop> {
    let limit = place.block.len().saturating_sub(STEP).min(place.part + MOST_CONTENT);
    let [mut first, mut second, mut third] = *repeats;
    let mut left = count;
    while left > 0 {
        left -= 1;
        bits.refill().ok_or(CORRUPT)?;
        let entries =
            (tables.lengths.entry(length), tables.offsets.entry(offset), tables.matches.entry(copy));
        let sum = Entry(entries.0.0.wrapping_add(entries.1.0).wrapping_add(entries.2.0));
        let (value, copied, literals);
        let word = bits.word;
        if sum.bits() + sum.extra() <= AT_HAND {
            value = entries.1.value() + front(word, entries.1.extra()) as u32;
            let word = word << entries.1.extra();
            copied = entries.2.value() + front(word, entries.2.extra()) as u32;
            let word = word << entries.2.extra();
            literals = entries.0.value() + front(word, entries.0.extra()) as u32;
            bits.word = word << entries.0.extra();
        } else {
            value = entries.1.value().wrapping_add(bits.take(entries.1.extra()).ok_or(CORRUPT)?);
            copied = entries.2.value() + bits.take(entries.2.extra()).ok_or(CORRUPT)?;
            literals = entries.0.value() + bits.take(entries.0.extra()).ok_or(CORRUPT)?;
            bits.refill().ok_or(CORRUPT)?;
        }
        if left > 0 {
            let mut word = bits.word;
            length = entries.0.next() + front(word, entries.0.bits()) as u32;
            word <<= entries.0.bits();
            copy = entries.2.next() + front(word, entries.2.bits()) as u32;
            word <<= entries.2.bits();
            offset = entries.1.next() + front(word, entries.1.bits()) as u32;
            bits.word = word << entries.1.bits();
        }
        if value > 3 {
            (first, second, third) = (value - 3, first, second);
        } else {
            match value + u32::from(literals == 0) {
                1 => {}
                2 => (first, second) = (second, first),
                3 => (first, second, third) = (third, first, second),
                _ => (first, second, third) = (first.wrapping_sub(1), first, second),
            }
        }
        let sequence =
            Sequence { literals: literals as usize, offset: first as usize, length: copied as usize };
        place.run(sequence, limit)?;
    }
    if bits.left() != 0 {
        return Err(CORRUPT);
    }
    *repeats = [first, second, third];
    Ok(())
}

impl Place<'_, '_> {
    #[inline(always)]
    fn run(&mut self, sequence: Sequence, limit: usize) -> Result<(), Stop> {
        let Sequence { literals, offset, length } = sequence;
        let start = self.to + literals;
        let end = start + length;
        let from = self.from + literals;
        if end > limit || from > self.literals.count || offset.wrapping_sub(1) >= start {
            return self.run_slowly(&sequence);
        }
        let (mut to, mut at) = (self.to, self.from);
        loop {
            copy_step(self.literals.bytes, at, self.block, to);
            (to, at) = (to + STEP, at + STEP);
            if to >= start {
                break;
            }
        }
        copy(self.block, start - offset, start, end);
        (self.to, self.from) = (end, from);
        Ok(())
    }

    /// A sequence near an end, or that is none.
    #[cold]
    #[inline(never)]
    fn run_slowly(&mut self, sequence: &Sequence) -> Result<(), Stop> {
        let start = self.to + sequence.literals;
        let end = start + sequence.length;
        if end - self.part > MOST_CONTENT {
            return Err(CORRUPT);
        }
        let literals = self.literals.bytes.get(..self.literals.count).unwrap_or_default();
        let literals = literals.get(self.from..self.from + sequence.literals);
        let literals = literals.ok_or(Stop::Corrupt("corrupt literals section"))?;
        if sequence.offset == 0 || sequence.offset > start {
            return Err(Stop::Corrupt("invalid match offset"));
        }
        for (to, byte) in self.block.iter_mut().skip(self.to).zip(literals) {
            *to = *byte;
        }
        let whole = end.min(self.block.len());
        copy(self.block, start - sequence.offset, start, whole);
        self.to = whole;
        self.from += sequence.literals;
        if end > whole { Err(Stop::Full) } else { Ok(()) }
    }
}

#[inline(always)]
fn copy_step(source: &[u8], from: usize, block: &mut [u8], to: usize) {
    let step = source.get(from..).and_then(<[u8]>::first_chunk::<STEP>);
    let place = block.get_mut(to..).and_then(<[u8]>::first_chunk_mut);
    if let (Some(step), Some(place)) = (step, place) {
        *place = *step;
    }
}

/// Copies from `from` to `to..end`, and what happens to be there up to a whole step, where the block goes on. What is copied may begin
/// to repeat itself before it ends.
#[inline(always)]
fn copy(block: &mut [u8], mut from: usize, mut to: usize, end: usize) {
    while to < end {
        let step = block.get(from..).and_then(<[u8]>::first_chunk::<STEP>).copied();
        let place = block.get_mut(to..).and_then(<[u8]>::first_chunk_mut);
        let (Some(step), Some(place)) = (step, place) else { return copy_bytes(block, from, to, end) };
        *place = step;
        // Of a step that reads what it writes, as much is right as lies between; twice as much lies between the next time.
        let between = to - from;
        if between < STEP {
            to += between;
        } else {
            from += STEP;
            to += STEP;
        }
    }
}

/// [`copy()`] near the block's end.
#[cold]
#[inline(never)]
fn copy_bytes(block: &mut [u8], from: usize, to: usize, end: usize) {
    for (from, to) in (from..).zip(to..end) {
        let byte = block.get(from).copied().unwrap_or_default();
        if let Some(place) = block.get_mut(to) {
            *place = byte;
        }
    }
}
