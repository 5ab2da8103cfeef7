//! The sequences of a part (RFC 8878, 3.1.1.3.2): some literals, and a copy of what is before them.

use super::backward::{AT_HAND, Backward, Counted, Word};
use super::literals::{Found, SLACK};
use super::tables::{Entry, STATE_AT, State, Table, Tables};
use super::{Content, MOST_CONTENT, Stop};

const CORRUPT: Stop = Stop::Corrupt("corrupt sequences section");
/// Bytes copied at once.
const STEP: usize = 16;

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

/// Sequences that are read before they are run. The two take turns: neither needs more than a processor has registers.
const BATCH: usize = 128;

/// What a sequence says.
#[derive(Clone, Copy)]
struct Sequence {
    literals: u32,
    offset: u32,
    length: u32,
}

/// Runs the `count` sequences of `bits`, the literals behind them included.
pub(super) fn run(
    tables: &Tables,
    mut bits: Backward<'_>,
    mut count: usize,
    literals: Found<'_>,
    repeats: &mut Repeats,
    content: &mut Content<'_>,
) -> Result<(), Stop> {
    let mut state = |table: &Table| table.log.and_then(|log| bits.take(log)).map(State::new).ok_or(CORRUPT);
    let states = [state(&tables.lengths)?, state(&tables.offsets)?, state(&tables.matches)?];
    let bits = bits.counted().ok_or(CORRUPT)?;
    let mut reader = Reader { bits, states, repeats: *repeats };
    let mut place = Place { to: content.found, part: content.found, from: 0 };
    let mut batch = [Sequence { literals: 0, offset: 0, length: 0 }; BATCH];
    let (mut last, most) = (0, reader.bits.left);
    while count > 0 {
        if count == 1 {
            last = tables.bits(&reader.states);
        }
        // The last sequence comes alone: no bits are stored for the states behind it.
        let some = count.saturating_sub(1).clamp(1, BATCH);
        reader.read(tables, &mut batch, some).ok_or(CORRUPT)?;
        let some = batch.get(..some).unwrap_or_default();
        let outcome = place.run(some, &literals, content.block);
        content.found = place.to;
        if outcome == Err(Stop::Full) && reader.bits.left.wrapping_add(last) > most {
            // Bits from before the section were taken: what the block is full of means nothing.
            return Err(CORRUPT);
        }
        outcome?;
        count -= some.len();
    }
    if reader.bits.left.wrapping_add(last) != 0 {
        return Err(CORRUPT);
    }
    *repeats = reader.repeats;
    let rest = literals.bytes.get(place.from..literals.count).unwrap_or_default();
    if rest.len() > MOST_CONTENT - (place.to - place.part) {
        return Err(CORRUPT);
    }
    content.write(rest)
}

/// Sequences on their way out of their bits.
struct Reader<'a> {
    bits: Counted<'a>,
    /// Of the lengths, the offsets, the matches.
    states: [State; 3],
    repeats: Repeats,
}

impl Reader<'_> {
    /// Reads `count` sequences into `batch`.
    #[inline(never)]
    fn read(&mut self, tables: &Tables, batch: &mut [Sequence; BATCH], count: usize) -> Option<()> {
        let mut bits = self.bits;
        let [mut length, mut offset, mut copy] = self.states;
        let mut repeats = Recent { offsets: self.repeats, until: 0 };
        for i in 0..count {
            let mut word = bits.word()?;
            let l = tables.lengths.entry(length);
            let o = tables.offsets.entry(offset);
            let m = tables.matches.entry(copy);
            // From the top on: the extra bits of offset, match and length, then what the states of length, match and offset take.
            let below = o.0.wrapping_add(m.0);
            let sum = below.wrapping_add(l.0);
            let total = (sum >> 8) as usize % 0x100;
            let before = bits.left;
            bits.left = before.wrapping_sub(total);
            let mut place = word.place(bits.left);
            let top = place.wrapping_add(sum);
            let (mut literals, mut copied) = (l.value(), m.value());
            let mut value = if l.are_short(m) {
                offset_value(word, top, o)
            } else if total <= AT_HAND {
                literals = l.base() + word.some(top, l.extra());
                let top = top.wrapping_add(l.extra());
                copied = m.base() + word.some(top, m.extra());
                offset_value(word, top.wrapping_add(m.extra()), o)
            } else {
                let value;
                (value, copied, literals) = many_bits(bits.at(before), o, m, l)?;
                word = bits.at(bits.left.wrapping_add(sum as usize % 0x100)).word()?;
                place = word.place(bits.left);
                value
            };
            if value <= 3 {
                value = repeats.again(value + u32::from(literals == 0), batch, i);
            }
            offset = o.next(word.moved(place, STATE_AT));
            copy = m.next(word.moved(place.wrapping_add(o.0), STATE_AT));
            length = l.next(word.moved(place.wrapping_add(below), STATE_AT));
            if let Some(sequence) = batch.get_mut(i % BATCH) {
                *sequence = Sequence { literals, offset: value.wrapping_sub(3), length: copied };
            }
        }
        repeats.pass(batch, count);
        *self = Self { bits, states: [length, offset, copy], repeats: repeats.offsets };
        Some(())
    }
}

/// The offsets used last before the sequence `until` of a batch. Those of later ones stand in the batch.
struct Recent {
    offsets: Repeats,
    until: usize,
}

impl Recent {
    /// Goes on to the sequence `until`, before which no offset is repeated.
    fn pass(&mut self, batch: &[Sequence; BATCH], until: usize) {
        let at = |back| {
            batch.get(until.wrapping_sub(back) % BATCH).map_or(0, |sequence: &Sequence| sequence.offset)
        };
        let [first, second, _] = self.offsets;
        self.offsets = match until - self.until {
            0 => self.offsets,
            1 => [at(1), first, second],
            2 => [at(1), at(2), first],
            _ => [at(1), at(2), at(3)],
        };
        self.until = until;
    }

    /// The value of the offset that the sequence `place` repeats: the first, second or third; 4 is one less than the first.
    #[inline(never)]
    fn again(&mut self, which: u32, batch: &[Sequence; BATCH], place: usize) -> u32 {
        self.pass(batch, place);
        let [first, second, third] = self.offsets;
        self.offsets = match which {
            1 => [first, second, third],
            2 => [second, first, third],
            3 => [third, first, second],
            _ => [first.wrapping_sub(1), first, second],
        };
        self.until = place + 1;
        let [first, ..] = self.offsets;
        first.wrapping_add(3)
    }
}

/// The offset's value, with its extra bits from `place` on.
#[inline(always)]
fn offset_value(word: Word, place: u64, entry: Entry) -> u32 {
    let base = entry.value();
    base + (word.from(place) as u32 & (base - 1))
}

/// The values of entries that have more extra bits than a word holds beside those for the states.
#[cold]
#[inline(never)]
fn many_bits(mut bits: Counted<'_>, o: Entry, m: Entry, l: Entry) -> Option<(u32, u32, u32)> {
    let (word, place) = bits.pass(o.extra())?;
    let value = offset_value(word, place, o);
    let (word, place) = bits.pass(m.extra())?;
    let copied = m.base() + word.some(place, m.extra());
    let (word, place) = bits.pass(l.extra())?;
    let literals = l.base() + word.some(place, l.extra());
    Some((value, copied, literals))
}

/// Where sequences write, and which literals they take.
struct Place {
    to: usize,
    /// Where the part's content begins.
    part: usize,
    from: usize,
}

/// Room for a short sequence: its literals, its copy, each with what may be written behind them.
const ROOM: usize = 4 * STEP;

impl Place {
    #[inline(never)]
    fn run(&mut self, batch: &[Sequence], literals: &Found<'_>, block: &mut [u8]) -> Result<(), Stop> {
        let mut batch = batch.iter();
        while !batch.as_slice().is_empty() {
            let whole = block.len().min(self.part + MOST_CONTENT);
            let room = block.get_mut(..whole).unwrap_or_default();
            let bytes = literals.bytes.get(self.from..literals.count + SLACK).unwrap_or_default();
            let (to, left) = run_in_the_open(&mut batch, bytes, room, self.to);
            self.from += bytes.len() - left;
            self.to = to;
            if let Some(sequence) = batch.next() {
                self.run_slowly(sequence, literals, block)?;
            }
        }
        Ok(())
    }

    /// A sequence near an end, or that is none.
    #[cold]
    #[inline(never)]
    fn run_slowly(
        &mut self,
        sequence: &Sequence,
        literals: &Found<'_>,
        block: &mut [u8],
    ) -> Result<(), Stop> {
        let (count, offset) = (sequence.literals as usize, sequence.offset as usize);
        let start = self.to + count;
        let end = start + sequence.length as usize;
        if end - self.part > MOST_CONTENT {
            return Err(CORRUPT);
        }
        let literals = literals.bytes.get(..literals.count).unwrap_or_default();
        let literals = literals.get(self.from..self.from + count);
        let literals = literals.ok_or(Stop::Corrupt("corrupt literals section"))?;
        if offset == 0 || offset > start {
            return Err(Stop::Corrupt("invalid match offset"));
        }
        let whole = end.min(block.len());
        let place = block.get_mut(self.to..).unwrap_or_default();
        let fits = count.min(place.len());
        if let (Some(place), Some(literals)) = (place.get_mut(..fits), literals.get(..fits)) {
            place.copy_from_slice(literals);
        }
        // As far as whole steps fit, and the rest byte by byte.
        let most = whole.min(block.len().saturating_sub(STEP)).max(start);
        if most > start {
            copy(block, offset, start, most);
        }
        for (from, to) in (most - offset..).zip(most..whole) {
            let byte = block.get(from).copied().unwrap_or_default();
            if let Some(place) = block.get_mut(to) {
                *place = byte;
            }
        }
        (self.to, self.from) = (whole, self.from + count);
        if end > whole { Err(Stop::Full) } else { Ok(()) }
    }
}

/// Runs sequences as long as they are far from the ends of block and literals, and good: where they end in `block`, and how many of the
/// literals are left. Of these, [`SLACK`] are none.
#[inline(never)]
fn run_in_the_open(
    batch: &mut std::slice::Iter<'_, Sequence>,
    mut literals: &[u8],
    block: &mut [u8],
    mut to: usize,
) -> (usize, usize) {
    while let [sequence, ..] = batch.as_slice() {
        let (count, length) = (sequence.literals as usize, sequence.length as usize);
        let offset = sequence.offset as usize;
        let Some((before, room)) = block.split_at_mut_checked(to) else { break };
        let Some(near) = room.first_chunk_mut::<ROOM>() else { break };
        let after = literals.get(count..).unwrap_or_default();
        let Some(head) = literals.first_chunk::<STEP>().filter(|_| after.len() >= SLACK) else { break };
        let distance = offset.wrapping_sub(count);
        if count <= STEP
            && length <= 2 * STEP
            && let Some(from) = before.len().checked_sub(distance)
            && let Some(source) = before.get(from..)
            && let Some(step) = source.first_chunk::<STEP>()
            && (length <= STEP || source.len() >= 2 * STEP)
        {
            if let Some(place) = near.first_chunk_mut() {
                *place = *head;
            }
            if let Some(place) = near.get_mut(count..).and_then(<[u8]>::first_chunk_mut) {
                *place = *step;
            }
            if length > STEP {
                let step = source.get(STEP..).and_then(<[u8]>::first_chunk::<STEP>);
                let place = near.get_mut(count + STEP..).and_then(<[u8]>::first_chunk_mut);
                if let (Some(step), Some(place)) = (step, place) {
                    *place = *step;
                }
            }
        } else {
            let start = to + count;
            if room.len() < count + length + STEP || offset.wrapping_sub(1) >= start {
                break;
            }
            copy_steps(literals, room, count);
            copy(block, offset, start, start + length);
        }
        to += count + length;
        literals = after;
        batch.next();
    }
    (to, literals.len())
}

/// Copies `count` bytes, and what happens to be behind them up to a whole step.
#[inline(always)]
fn copy_steps(source: &[u8], place: &mut [u8], count: usize) {
    let (steps, _) = source.as_chunks::<STEP>();
    let (places, _) = place.as_chunks_mut::<STEP>();
    for (place, step) in places.iter_mut().zip(steps).take(count.div_ceil(STEP)) {
        *place = *step;
    }
}

/// Fills `start..end` with what is `offset` bytes before, and what happens to be behind it up to a whole step. What is copied may begin
/// to repeat itself before it ends.
#[inline(never)]
fn copy(block: &mut [u8], offset: usize, start: usize, end: usize) {
    let Some((before, place)) = block.split_at_mut_checked(start) else { return };
    let source = before.get(start.wrapping_sub(offset)..).unwrap_or_default();
    if offset < STEP {
        return repeat(source, place, end - start);
    }
    if end - start <= offset - offset % STEP {
        return copy_steps(source, place, end - start);
    }
    for to in (start..end).step_by(STEP) {
        let from = to - offset;
        let step = block.get(from..from + STEP).and_then(<[u8]>::first_chunk::<STEP>).copied();
        let place = block.get_mut(to..to + STEP).and_then(<[u8]>::first_chunk_mut);
        if let (Some(step), Some(place)) = (step, place) {
            *place = step;
        }
    }
}

/// Fills `count` bytes with `source`, which is shorter than a step, again and again, and some behind them.
#[inline(always)]
fn repeat(source: &[u8], place: &mut [u8], count: usize) {
    let (mut step, mut whole) = ([0; STEP], STEP);
    if let [byte] = source {
        step = [*byte; STEP];
    } else {
        for (to, from) in step.iter_mut().zip(source.iter().cycle()) {
            *to = *from;
        }
        whole -= STEP % source.len().max(1);
    }
    for at in (0..count).step_by(whole) {
        if let Some(place) = place.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *place = step;
        }
    }
}
