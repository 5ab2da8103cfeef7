//! LZW (5): TIFF's, most significant bit first, with the code width that grows one code early; and the streams of
//! the oldest writers, least significant bit first, which libtiff still reads.
//!
//! An entry of the table holds the first bytes of its string and where the whole string stands in the block, which is
//! where it was met first: a code is decoded by writing eight bytes, or by one copy. Single bytes are entries like the
//! others: no branch tells them apart, and none is mispredicted.

mod codes;

use std::cell::RefCell;

use codes::Codes;

use super::forgiven::forgive;
use super::output::corrupt;
use crate::error::Result;

const CLEAR: usize = 256;
const END: usize = 257;
/// The first code of a string.
const FIRST: usize = 258;
const LEAST_WIDTH: u32 = 9;
const MOST_WIDTH: u32 = 12;
/// Codes that can be named.
const CODES: usize = 1 << MOST_WIDTH;
/// libtiff's table goes on behind them: so many may be defined before a clear code must come.
const MOST_DEFINED: usize = CODES - 1 + 1024;
/// Bytes that an entry holds itself.
const HEAD: usize = 6;
/// Bytes copied at once.
const STEP: usize = 16;

/// Fills `block` from the LZW stream `stored`.
///
/// # Errors
/// `malformed` for a stream that does not begin with a clear code, or whose codes are not in the table.
pub(super) fn decode(stored: &[u8], block: &mut [u8]) -> Result<usize> {
    let length = block.len();
    let (found, good) = match stored {
        // The clear code, 256 in 9 bits, in either bit order. libtiff tells them apart by it and refuses others.
        [0x80, second, ..] if second & 0x80 == 0 => expand(Codes::<true>::new(stored), block),
        [0, second, ..] if second & 1 == 1 => {
            forgive("its lzw codes begin with their lowest bit, as the oldest writers had it");
            expand(Codes::<false>::new(stored), block)
        }
        [] | [_] => return Ok(0),
        _ => return Err(corrupt("lzw", "no clear code at its start", 0, length)),
    };
    if good { Ok(found) } else { Err(corrupt("lzw", "a code that is not in the table", found, length)) }
}

/// What a code stands for: the first bytes of its string from the lowest byte on, and above them the string's length.
#[derive(Clone, Copy)]
struct Entry(u64);

impl Entry {
    const NONE: Self = Self(0);

    #[inline(always)]
    fn length(self) -> usize {
        (self.0 >> (8 * HEAD)) as usize
    }

    /// The string that goes on with the first byte of another one.
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        let length = self.length();
        let byte = if length < HEAD { (other.0 & 0xFF) << (8 * length) } else { 0 };
        Self((self.0 | byte) + (1 << (8 * HEAD)))
    }
}

/// What is known of the codes.
struct Table {
    entries: [Entry; CODES],
    /// Where each string stands in the block.
    starts: [u32; CODES],
}

thread_local! {
    // In WebAssembly that is one place known in advance: what is looked up in it needs one step less than in a variable's.
    static TABLE: RefCell<Table> = const { RefCell::new(Table { entries: [Entry::NONE; CODES], starts: [0; CODES] }) };
}

impl Table {
    #[inline(always)]
    fn entry(&self, code: usize) -> Entry {
        self.entries.get(code & (CODES - 1)).copied().unwrap_or(Entry::NONE)
    }

    #[inline(always)]
    fn start(&self, code: usize) -> usize {
        self.starts.get(code & (CODES - 1)).map_or(0, |start| *start as usize)
    }

    /// Defines a code; `None` where it is one that cannot be named.
    #[inline(always)]
    fn define(&mut self, code: usize, entry: Entry, start: usize) -> Option<()> {
        *self.entries.get_mut(code)? = entry;
        *self.starts.get_mut(code)? = start as u32;
        Some(())
    }
}

/// Between two codes.
#[derive(Clone, Copy)]
struct State {
    /// The code that is defined next.
    next: usize,
    width: u32,
    /// The string before and its place; none before the first code after a clear code.
    last: Entry,
    start: usize,
    /// Bytes of the block that are there, or were cut.
    found: usize,
}

/// Fills the block as far as the codes go: how far, and whether all of them were in the table.
fn expand<const MOST_FIRST: bool>(mut codes: Codes<'_, MOST_FIRST>, block: &mut [u8]) -> (usize, bool) {
    let mut state = State { next: FIRST, width: LEAST_WIDTH, last: Entry::NONE, start: 0, found: 0 };
    let good = TABLE.with_borrow_mut(|table| {
        for (byte, entry) in (0..256).zip(&mut table.entries) {
            *entry = Entry(1 << (8 * HEAD) | byte);
        }
        loop {
            in_the_open(&mut codes, &mut state, table, block);
            if let Some(good) = one_code(&mut codes, &mut state, table, block) {
                break good;
            }
        }
    });
    (state.found.min(block.len()), good)
}

/// Decodes strings for as long as nothing else comes, and no end of the stream or of the block is near.
#[inline(never)]
fn in_the_open<const MOST_FIRST: bool>(
    at: &mut Codes<'_, MOST_FIRST>,
    state: &mut State,
    table: &mut Table,
    block: &mut [u8],
) {
    let mut codes = *at;
    let State { mut next, mut width, mut last, mut start, mut found } = *state;
    while last.0 != 0 {
        if codes.count < width && codes.refill().is_none() {
            break;
        }
        let code = codes.peek(width);
        if code & !1 == CLEAR {
            break;
        }
        let mut entry = table.entry(code);
        if code >= next {
            if code > next {
                break;
            }
            // The code that is being defined goes on with its own first byte.
            entry = last.and(last);
        }
        let length = entry.length();
        let Some(head) = block.get_mut(found..).and_then(<[u8]>::first_chunk_mut) else { break };
        *head = entry.0.to_le_bytes();
        if table.define(next, last.and(entry), start).is_none() {
            break;
        }
        if length > HEAD {
            if block.len() - found < length + STEP {
                break;
            }
            copy(block, table.start(code), found, length);
        }
        codes.skip(width);
        next += 1;
        if widens::<MOST_FIRST>(next, width) {
            width += 1;
        }
        (last, start) = (entry, found);
        found += length;
    }
    *at = codes;
    *state = State { next, width, last, start, found };
}

/// Whether the code is one bit longer from here on.
#[inline(always)]
fn widens<const MOST_FIRST: bool>(next: usize, width: u32) -> bool {
    next + usize::from(MOST_FIRST) >= 1 << width && width < MOST_WIDTH
}

/// Decodes one code of any kind: whether all was good, where it was the last one.
#[inline(never)]
fn one_code<const MOST_FIRST: bool>(
    codes: &mut Codes<'_, MOST_FIRST>,
    state: &mut State,
    table: &mut Table,
    block: &mut [u8],
) -> Option<bool> {
    let State { next, width, last, start, found } = *state;
    if found >= block.len() {
        return Some(true);
    }
    let code = codes.next(width);
    if code == CLEAR {
        (state.next, state.width, state.last) = (FIRST, LEAST_WIDTH, Entry::NONE);
        return None;
    }
    if code == END {
        return Some(true);
    }
    let mut entry = table.entry(code);
    if last.0 != 0 {
        if code > next || next >= MOST_DEFINED {
            return Some(false);
        }
        if code == next {
            entry = last.and(last);
        }
        // One that cannot be named counts all the same.
        let _ = table.define(next, last.and(entry), start);
        state.next += 1;
        if widens::<MOST_FIRST>(state.next, width) {
            state.width += 1;
        }
    } else if code >= CLEAR {
        return Some(false);
    }
    write_bytes(block, found, entry, table.start(code));
    (state.last, state.start) = (entry, found);
    state.found += entry.length();
    None
}

/// Copies a string's bytes behind its head from `from` to `to`, and what happens to be behind it up to whole steps.
#[inline(always)]
fn copy(block: &mut [u8], from: usize, to: usize, length: usize) {
    let mut done = HEAD;
    while done < length {
        // All of it was written before; the last byte of a code that is used while it is being defined is the head's first.
        let step = block.get(from + done..).and_then(<[u8]>::first_chunk::<STEP>).copied();
        let place = block.get_mut(to + done..).and_then(<[u8]>::first_chunk_mut);
        let (Some(step), Some(place)) = (step, place) else { return };
        *place = step;
        done += STEP;
    }
}

/// Writes a string, which stands at `from`, at `to`, byte by byte; cut where the block ends.
fn write_bytes(block: &mut [u8], to: usize, entry: Entry, from: usize) {
    let head = entry.0.to_le_bytes();
    for i in 0..entry.length().min(block.len() - to) {
        let byte = match head.get(i) {
            Some(byte) if i < HEAD => Some(*byte),
            _ => block.get(from + i).copied(),
        };
        if let (Some(byte), Some(place)) = (byte, block.get_mut(to + i)) {
            *place = byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use weezl::decode::Configuration;
    use weezl::encode::Encoder;
    use weezl::{BitOrder, LzwStatus};

    use super::*;
    use crate::codec::sample::{Random, SCENE, random_bytes};
    use crate::error::Code;

    /// Python: `imagecodecs.lzw_encode(SCENE)`.
    const STREAM: &[u8] = include!("vectors/scene.lzw.in");

    fn decoded(stored: &[u8], length: usize) -> Result<(usize, Vec<u8>)> {
        let mut block = vec![0; length];
        let found = decode(stored, &mut block)?;
        Ok((found, block))
    }

    /// 9-bit codes, most significant bit first.
    fn codes(codes: &[u16]) -> Vec<u8> {
        let bits: Vec<bool> =
            codes.iter().flat_map(|code| (0..9).rev().map(move |bit| code >> bit & 1 == 1)).collect();
        let byte =
            |bits: &[bool]| bits.iter().enumerate().fold(0, |sum, (i, bit)| sum | (*bit as u8) << (7 - i));
        bits.chunks(8).map(byte).collect()
    }

    #[test]
    fn the_known_answer() {
        assert_eq!(decoded(STREAM, SCENE.len()).unwrap(), (SCENE.len(), SCENE.to_vec()));
    }

    #[test]
    fn a_longer_stream_is_cut_and_a_shorter_one_counted() {
        for length in [0, 1, 2, 777, SCENE.len() - 1] {
            assert_eq!(decoded(STREAM, length).unwrap(), (length, SCENE[..length].to_vec()));
        }
        assert_eq!(decoded(STREAM, SCENE.len() + 1).unwrap().0, SCENE.len());
        for cut in 0..STREAM.len() - 3 {
            assert!(decoded(&STREAM[..cut], SCENE.len()).unwrap().0 < SCENE.len());
        }
        // GDAL reads it without its end code too.
        assert_eq!(decoded(&STREAM[..STREAM.len() - 1], SCENE.len()).unwrap().0, SCENE.len());
        assert_eq!(decoded(&[STREAM, b"junk"].concat(), SCENE.len()).unwrap().1, SCENE);
    }

    #[test]
    fn as_libtiff_on_hand_made_codes() {
        let good = |list: &[u16], length| decoded(&codes(list), length).unwrap();
        assert_eq!(good(&[256, 65, 258, 257], 3), (3, b"AAA".to_vec()), "the code being defined");
        assert_eq!(good(&[256, 65, 66, 256, 67, 257], 3), (3, b"ABC".to_vec()), "a clear in the middle");
        assert_eq!(good(&[256, 256, 256, 65, 66], 2), (2, b"AB".to_vec()), "clears in a row, no end");
        assert_eq!(good(&[256, 65, 66, 67, 400], 3), (3, b"ABC".to_vec()), "nothing read after the block");
        assert_eq!(good(&[256, 65, 66, 257, 256, 67], 3).0, 2, "the end code ends");
        assert_eq!(good(&[256, 257], 3).0, 0);
        let bad = |list: &[u16]| decoded(&codes(list), 3).unwrap_err();
        for list in [&[256, 65, 300, 257][..], &[256, 65, 259, 257], &[256, 258, 257]] {
            assert_eq!(bad(list).code(), Code::Malformed);
            assert!(bad(list).message().ends_with("a code that is not in the table"));
        }
        assert!(bad(&[65, 66, 67, 257]).message().ends_with("no clear code at its start"));
    }

    #[test]
    fn every_code_width_and_full_tables() {
        for seed in 0..4 {
            let raw: Vec<u8> = random_bytes(seed, 20_000).iter().map(|byte| byte >> (seed * 2)).collect();
            let msb = Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(&raw).unwrap();
            assert_eq!(decoded(&msb, raw.len()).unwrap().1, raw);
            let lsb = Encoder::new(BitOrder::Lsb, 8).encode(&raw).unwrap();
            assert_eq!(decoded(&lsb, raw.len()).unwrap().1, raw, "old bit order");
        }
    }

    /// weezl, which takes 64 bits at a time and stops after a clear code: that many calls may neither take nor give a byte.
    fn reference(stored: &[u8], length: usize) -> Option<(usize, Vec<u8>)> {
        let configuration = match stored {
            [0x80, second, ..] if second & 0x80 == 0 => {
                Configuration::with_tiff_size_switch(BitOrder::Msb, 8)
            }
            [0, second, ..] if second & 1 == 1 => Configuration::new(BitOrder::Lsb, 8),
            [] | [_] => return Some((0, vec![0; length])),
            _ => return None,
        };
        let mut decoder = configuration.with_yield_on_full_buffer(true).build();
        let mut block = vec![0; length];
        let (mut found, mut stored, mut idle) = (0, stored, 0);
        while found < length && idle < 64 / 9 + 1 {
            let result = decoder.decode_bytes(stored, &mut block[found..]);
            found += result.consumed_out;
            stored = &stored[result.consumed_in..];
            idle = if result.consumed_in > 0 || result.consumed_out > 0 { 0 } else { idle + 1 };
            match result.status {
                Ok(LzwStatus::Ok) => {}
                Ok(_) => break,
                Err(_) => return None,
            }
        }
        Some((found, block))
    }

    #[test]
    fn as_weezl_on_damaged_streams() {
        let mut random = Random(5);
        let mut outcomes = [0; 3];
        for round in 0..3000 {
            let scale = random.below(14);
            let length = random.below(1 << scale) as usize + 1;
            let raw: Vec<u8> =
                random_bytes(round, length).iter().map(|byte| byte >> (round % 8) as u32).collect();
            let mut encoder = match round % 3 {
                0 => Encoder::new(BitOrder::Lsb, 8),
                _ => Encoder::with_tiff_size_switch(BitOrder::Msb, 8),
            };
            let mut stored = encoder.encode(&raw).unwrap();
            for _ in 0..random.below(4) {
                let place = random.below(stored.len() as u64) as usize;
                stored[place] = random.next() as u8;
            }
            stored.truncate(random.below(stored.len() as u64 * 3) as usize + 1);
            let length = random.below(length as u64 * 2) as usize + 1;
            match (decoded(&stored, length).ok(), reference(&stored, length)) {
                // What is behind the bytes found means nothing.
                (Some((found, block)), Some((expected, other))) => {
                    assert_eq!((found, &block[..found]), (expected, &other[..expected]), "round {round}");
                    outcomes[usize::from(found == length)] += 1;
                }
                (found, expected) => {
                    assert_eq!(found.is_some(), expected.is_some(), "round {round}");
                    outcomes[2] += 1;
                }
            }
        }
        assert!(outcomes.iter().all(|count| *count > 100), "short, full and refused: {outcomes:?}");
    }

    #[test]
    fn a_table_is_cleared_in_time() {
        // 4,861 codes can be defined behind the first byte, as libtiff has it, though most of them cannot be named.
        let full = |codes: usize| {
            let widths = (0..codes).map(|i| (i + 258).ilog2() as usize + 1).map(|width| width.min(12));
            let bits: Vec<bool> = [true]
                .into_iter()
                .chain([false; 8])
                .chain(widths.flat_map(|width| (0..width).map(move |bit| bit + 7 == width)))
                .collect();
            bits.chunks(8)
                .map(|bits| bits.iter().enumerate().fold(0, |sum, (i, bit)| sum | u8::from(*bit) << (7 - i)))
                .collect::<Vec<u8>>()
        };
        assert_eq!(decoded(&full(4862), 4862).unwrap(), (4862, vec![64; 4862]));
        assert_eq!(decoded(&full(4863), 4863).unwrap_err().code(), Code::Malformed);
    }
}
