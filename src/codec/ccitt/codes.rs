//! The code tables of ITU-T T.4 and T.6, as they stand there, and what looks them up.
//!
//! A code is written behind a 1 that is not part of it, so that its leading zeros count.

use std::sync::LazyLock;

/// What a run's code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// A whole run, or its last part: 0 to 63.
    Last(u32),
    /// A part of a run, which goes on: a multiple of 64.
    Part(u32),
    /// Eleven zeros.
    EndOfLine,
    /// No code begins so.
    Bad,
}

/// What a code of two-dimensional coding says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Pass,
    Horizontal,
    /// The change lies so many pixels right of the reference line's.
    Vertical(i32),
    /// Uncompressed mode, or another extension.
    Extension,
    /// Seven zeros.
    EndOfLine,
}

/// Bits that the longest code of a white run has.
pub(super) const WHITE_BITS: u32 = 12;
/// Bits that the longest code of a black run has.
pub(super) const BLACK_BITS: u32 = 13;
/// Bits that the longest code of a mode has.
pub(super) const MODE_BITS: u32 = 7;

/// Runs by the next bits of a stream.
pub(super) struct Table {
    /// Length of the code in the lowest 4 bits, the run above them; [`END_OF_LINE`] for none.
    entries: Vec<u16>,
}

const END_OF_LINE: u16 = 0xFFF;
const END_OF_LINE_BITS: u32 = 11;

pub(super) static WHITES: LazyLock<Table> = LazyLock::new(|| Table::of(WHITE_BITS, &WHITE, &WHITE_LONG));
pub(super) static BLACKS: LazyLock<Table> = LazyLock::new(|| Table::of(BLACK_BITS, &BLACK, &BLACK_LONG));

impl Table {
    fn of(bits: u32, short: &[u16], long: &[u16]) -> Self {
        let mut table = Self { entries: vec![0; 1 << bits] };
        let runs = (0..).zip(short).chain((1..).map(|n| n * 64).zip(long.iter().chain(&LONGER)));
        for (run, code) in runs {
            let length = code.ilog2();
            table.fill(bits, *code - (1 << length), length, run);
        }
        table.fill(bits, 0, END_OF_LINE_BITS, END_OF_LINE);
        table
    }

    /// Every entry whose first bits are that code.
    fn fill(&mut self, bits: u32, code: u16, length: u32, run: u16) {
        let rest = bits - length;
        let first = usize::from(code) << rest;
        for entry in self.entries.iter_mut().skip(first).take(1 << rest) {
            *entry = run << 4 | length as u16;
        }
    }

    /// What the next bits say, and how many of them the code has: 0 for a bad one.
    pub fn look(&self, next: u32) -> (Run, u32) {
        let entry = self.entries.get(next as usize).copied().unwrap_or_default();
        let run = match (entry & 0xF, entry >> 4) {
            (0, _) => Run::Bad,
            (_, END_OF_LINE) => Run::EndOfLine,
            (_, run) if run < 64 => Run::Last(run.into()),
            (_, run) => Run::Part(run.into()),
        };
        (run, u32::from(entry & 0xF))
    }
}

/// The code of a run, or of a part of one: 0 to 64, or a multiple of 64 up to 2560.
#[cfg(test)]
pub(super) fn code(run: usize, black: bool) -> u16 {
    let (short, long) = if black { (&BLACK, &BLACK_LONG) } else { (&WHITE, &WHITE_LONG) };
    match run {
        0..64 => short[run],
        64..1792 => long[run / 64 - 1],
        _ => LONGER[run / 64 - 28],
    }
}

/// What the next seven bits say, and how many of them the code has.
pub(super) fn mode(next: u32) -> (Mode, u32) {
    match next {
        0 => (Mode::EndOfLine, 7),
        1 => (Mode::Extension, 7),
        0b000_0010 => (Mode::Vertical(-3), 7),
        0b000_0011 => (Mode::Vertical(3), 7),
        0b000_0100 | 0b000_0101 => (Mode::Vertical(-2), 6),
        0b000_0110 | 0b000_0111 => (Mode::Vertical(2), 6),
        0b000_1000..=0b000_1111 => (Mode::Pass, 4),
        0b001_0000..=0b001_1111 => (Mode::Horizontal, 3),
        0b010_0000..=0b010_1111 => (Mode::Vertical(-1), 3),
        0b011_0000..=0b011_1111 => (Mode::Vertical(1), 3),
        _ => (Mode::Vertical(0), 1),
    }
}

/// White runs of 0 to 63.
#[rustfmt::skip]
const WHITE: [u16; 64] = [
    0b100110101, 0b1000111, 0b10111, 0b11000, 0b11011, 0b11100, 0b11110, 0b11111, 0b110011, 0b110100,
    0b100111, 0b101000, 0b1001000, 0b1000011, 0b1110100, 0b1110101, 0b1101010, 0b1101011, 0b10100111,
    0b10001100, 0b10001000, 0b10010111, 0b10000011, 0b10000100, 0b10101000, 0b10101011, 0b10010011,
    0b10100100, 0b10011000, 0b100000010, 0b100000011, 0b100011010, 0b100011011, 0b100010010, 0b100010011,
    0b100010100, 0b100010101, 0b100010110, 0b100010111, 0b100101000, 0b100101001, 0b100101010, 0b100101011,
    0b100101100, 0b100101101, 0b100000100, 0b100000101, 0b100001010, 0b100001011, 0b101010010, 0b101010011,
    0b101010100, 0b101010101, 0b100100100, 0b100100101, 0b101011000, 0b101011001, 0b101011010, 0b101011011,
    0b101001010, 0b101001011, 0b100110010, 0b100110011, 0b100110100,
];

/// White runs of 64, 128 and so on to 1728.
#[rustfmt::skip]
const WHITE_LONG: [u16; 27] = [
    0b111011, 0b110010, 0b1010111, 0b10110111, 0b100110110, 0b100110111, 0b101100100, 0b101100101,
    0b101101000, 0b101100111, 0b1011001100, 0b1011001101, 0b1011010010, 0b1011010011, 0b1011010100,
    0b1011010101, 0b1011010110, 0b1011010111, 0b1011011000, 0b1011011001, 0b1011011010, 0b1011011011,
    0b1010011000, 0b1010011001, 0b1010011010, 0b1011000, 0b1010011011,
];

/// Black runs of 0 to 63.
#[rustfmt::skip]
const BLACK: [u16; 64] = [
    0b10000110111, 0b1010, 0b111, 0b110, 0b1011, 0b10011, 0b10010, 0b100011, 0b1000101, 0b1000100,
    0b10000100, 0b10000101, 0b10000111, 0b100000100, 0b100000111, 0b1000011000, 0b10000010111,
    0b10000011000, 0b10000001000, 0b100001100111, 0b100001101000, 0b100001101100, 0b100000110111,
    0b100000101000, 0b100000010111, 0b100000011000, 0b1000011001010, 0b1000011001011, 0b1000011001100,
    0b1000011001101, 0b1000001101000, 0b1000001101001, 0b1000001101010, 0b1000001101011, 0b1000011010010,
    0b1000011010011, 0b1000011010100, 0b1000011010101, 0b1000011010110, 0b1000011010111, 0b1000001101100,
    0b1000001101101, 0b1000011011010, 0b1000011011011, 0b1000001010100, 0b1000001010101, 0b1000001010110,
    0b1000001010111, 0b1000001100100, 0b1000001100101, 0b1000001010010, 0b1000001010011, 0b1000000100100,
    0b1000000110111, 0b1000000111000, 0b1000000100111, 0b1000000101000, 0b1000001011000, 0b1000001011001,
    0b1000000101011, 0b1000000101100, 0b1000001011010, 0b1000001100110, 0b1000001100111,
];

/// Black runs of 64, 128 and so on to 1728.
#[rustfmt::skip]
const BLACK_LONG: [u16; 27] = [
    0b10000001111, 0b1000011001000, 0b1000011001001, 0b1000001011011, 0b1000000110011, 0b1000000110100,
    0b1000000110101, 0b10000001101100, 0b10000001101101, 0b10000001001010, 0b10000001001011,
    0b10000001001100, 0b10000001001101, 0b10000001110010, 0b10000001110011, 0b10000001110100,
    0b10000001110101, 0b10000001110110, 0b10000001110111, 0b10000001010010, 0b10000001010011,
    0b10000001010100, 0b10000001010101, 0b10000001011010, 0b10000001011011, 0b10000001100100,
    0b10000001100101,
];

/// Runs of 1792, 1856 and so on to 2560, of either colour.
#[rustfmt::skip]
const LONGER: [u16; 13] = [
    0b100000001000, 0b100000001100, 0b100000001101, 0b1000000010010, 0b1000000010011, 0b1000000010100,
    0b1000000010101, 0b1000000010110, 0b1000000010111, 0b1000000011100, 0b1000000011101, 0b1000000011110,
    0b1000000011111,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_begins_another() {
        for (short, long, bits) in [(&WHITE, &WHITE_LONG, WHITE_BITS), (&BLACK, &BLACK_LONG, BLACK_BITS)] {
            let lengths = short.iter().chain(long).chain(&LONGER).map(|code| code.ilog2());
            let covered: u32 = lengths.chain([END_OF_LINE_BITS]).map(|length| 1 << (bits - length)).sum();
            let table = Table::of(bits, short, long);
            let good = table.entries.iter().filter(|entry| **entry != 0).count();
            assert_eq!(good as u32, covered, "{bits} bits: codes overlap");
        }
    }

    #[test]
    fn known_codes() {
        assert_eq!(WHITES.look(0b0011_0101_0000), (Run::Last(0), 8));
        assert_eq!(WHITES.look(0b1101_1000_0000), (Run::Part(64), 5));
        assert_eq!(BLACKS.look(0b0_0000_0111_1000), (Run::Part(64), 10));
        assert_eq!(BLACKS.look(0b0_0000_0011_1110), (Run::Part(2560), 12));
        assert_eq!(BLACKS.look(0b1_1000_0000_0000), (Run::Last(2), 2));
        assert_eq!((WHITES.look(1), BLACKS.look(3)), ((Run::EndOfLine, 11), (Run::EndOfLine, 11)));
        assert_eq!((WHITES.look(2), BLACKS.look(4)), ((Run::Bad, 0), (Run::Bad, 0)));
    }
}
