//! Facsimile streams for the tests: every coding, with and without end-of-line codes, fill bits and codes at the end.

use super::codes::code;

/// How rows are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Compression 2, each row from a byte on.
    Bytes,
    /// Compression 3.
    Group3 {
        /// Whether there are end-of-line codes.
        lines: bool,
        /// Whether they end with a byte.
        filled: bool,
        /// The most rows of changes after one of runs.
        changes: usize,
        /// Whether six end-of-line codes follow.
        ended: bool,
    },
    /// Compression 4.
    Group4 {
        /// Whether two end-of-line codes follow.
        ended: bool,
    },
}

/// A stream, and how many bits it had after each row.
pub(super) struct Encoded {
    pub stored: Vec<u8>,
    pub row_ends: Vec<usize>,
}

/// Bits, each in a byte.
struct Writer(Vec<u8>);

/// Codes all rows, each of which is given by where its colour changes.
pub(super) fn encode(rows: &[Vec<usize>], width: usize, coding: Coding) -> Encoded {
    let mut out = Writer(Vec::new());
    let (mut row_ends, white) = (Vec::new(), Vec::new());
    for (number, row) in rows.iter().enumerate() {
        let before = number.checked_sub(1).map_or(&white, |before| &rows[before]);
        match coding {
            Coding::Bytes => {
                out.runs(row, width);
                out.0.resize(out.0.len().next_multiple_of(8), 0);
            }
            Coding::Group3 { lines, filled, changes, .. } => {
                let of_runs = number % (changes + 1) == 0;
                if lines {
                    out.end_of_line(filled);
                }
                if changes > 0 {
                    out.bits(of_runs.into(), 1);
                }
                if of_runs { out.runs(row, width) } else { out.changes(row, before, width) }
            }
            Coding::Group4 { .. } => out.changes(row, before, width),
        }
        row_ends.push(out.0.len());
    }
    match coding {
        Coding::Group3 { ended: true, changes, .. } => (0..6).for_each(|_| {
            out.end_of_line(false);
            out.bits(1, usize::from(changes > 0));
        }),
        Coding::Group4 { ended: true } => (0..2).for_each(|_| out.end_of_line(false)),
        _ => {}
    }
    let byte = |bits: &[u8]| bits.iter().enumerate().fold(0, |sum, (place, bit)| sum | bit << (7 - place));
    Encoded { stored: out.0.chunks(8).map(byte).collect(), row_ends }
}

impl Writer {
    fn bits(&mut self, value: u16, count: usize) {
        self.0.extend((0..count).rev().map(|bit| (value >> bit & 1) as u8));
    }

    fn end_of_line(&mut self, filled: bool) {
        if filled {
            self.0.resize((self.0.len() + 12).next_multiple_of(8) - 12, 0);
        }
        self.bits(1, 12);
    }

    /// A run: its parts, the longest first.
    fn run(&mut self, mut pixels: usize, black: bool) {
        let mut part = |pixels: usize| {
            let code = code(pixels, black);
            self.bits(code, code.ilog2() as usize);
        };
        while pixels >= 2560 + 64 {
            part(2560);
            pixels -= 2560;
        }
        if pixels >= 64 {
            part(pixels & !63);
        }
        part(pixels & 63);
    }

    fn runs(&mut self, row: &[usize], width: usize) {
        let mut start = 0;
        for (place, end) in row.iter().chain([&width]).enumerate() {
            self.run(end - start, place % 2 == 1);
            start = *end;
        }
    }

    /// Changes by those of the row before, in the terms of T.4: `a0` is where the coding stands, `a1` and `a2` are the next changes
    /// after it, `b1` is the first one above to its right that changes to the other colour, and `b2` the one after that.
    fn changes(&mut self, row: &[usize], before: &[usize], width: usize) {
        let at = |changes: &[usize], place: usize| changes.get(place).copied().unwrap_or(width);
        let (mut a0, mut done, mut start) = (0, 0, true);
        while a0 < width {
            let (a1, a2) = (at(row, done), at(row, done + 1));
            let right = |place: &usize| at(before, *place) > a0 || start || at(before, *place) == width;
            let b = (done % 2..).step_by(2).find(right).unwrap_or(0);
            let (b1, b2) = (at(before, b), at(before, b + 1));
            start = false;
            if b2 < a1 {
                self.bits(1, 4);
                a0 = b2;
                continue;
            }
            match a1 as i64 - b1 as i64 {
                0 => self.bits(1, 1),
                1 => self.bits(0b011, 3),
                2 => self.bits(0b00_0011, 6),
                3 => self.bits(0b000_0011, 7),
                -1 => self.bits(0b010, 3),
                -2 => self.bits(0b00_0010, 6),
                -3 => self.bits(0b000_0010, 7),
                _ => {
                    self.bits(1, 3);
                    self.run(a1 - a0, done % 2 == 1);
                    self.run(a2 - a1, done % 2 == 0);
                    (a0, done) = (a2, done + 2);
                    continue;
                }
            }
            (a0, done) = (a1, done + 1);
        }
    }
}
