//! One row of a facsimile image as runs of white and black in turns, and as bits.
//!
//! libtiff reads on after a code that does not exist: it cuts or fills up the row and takes the next one. What it makes of
//! such rows depends on the order of its steps, and on what earlier rows left in the list of runs; both are kept here.

use super::bits::{Bits, Ended};
use super::codes::{BLACK_BITS, BLACKS, MODE_BITS, Mode, Run, WHITE_BITS, WHITES, mode};
use super::damaged;

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is full, or was given up.
    Row,
    /// A code for the end of the line was met: its zeros are taken, the 1 is not.
    Line,
    /// The stream has ended.
    Stream,
    /// It has more runs than a row can have.
    TooManyRuns,
}

/// A row being read.
pub(super) struct Row {
    width: i32,
    /// Most runs that a row may have.
    most: usize,
    runs: Vec<u32>,
    /// How many of the runs are this row's; what follows is left from earlier ones.
    count: usize,
    /// Where the next run, or its next part, begins.
    start: i32,
    /// Pixels of a run that is not complete.
    part: i32,
}

type Step = std::result::Result<(), End>;

impl Row {
    /// A white row of `width` pixels, which belongs to a coding of one or two dimensions.
    pub fn white(width: u32, two_dimensions: bool) -> Self {
        let most = (width as usize + 1).next_multiple_of(32) * if two_dimensions { 2 } else { 1 };
        let mut row = Self { width: width as i32, most, runs: Vec::new(), count: 0, start: 0, part: 0 };
        row.runs.push(width);
        row
    }

    /// Reads a row of runs.
    pub fn read_runs(&mut self, bits: &mut Bits<'_>) -> End {
        self.begin();
        let end = self.all_runs(bits).err().unwrap_or(End::Row);
        self.finish(end)
    }

    /// Reads a row of changes against the row before.
    pub fn read_changes(&mut self, bits: &mut Bits<'_>, before: &Row) -> End {
        self.begin();
        let mut reference = Reference::of(before);
        let end = self.all_changes(bits, &mut reference).err().unwrap_or(End::Row);
        self.finish(end)
    }

    /// Adds an empty run, which the next row of changes refers to as the end of this one.
    ///
    /// # Errors
    /// [`End::TooManyRuns`]
    pub fn close(&mut self) -> Step {
        self.push(0)
    }

    fn begin(&mut self) {
        (self.count, self.start, self.part) = (0, 0, 0);
    }

    fn all_runs(&mut self, bits: &mut Bits<'_>) -> Step {
        loop {
            for black in [false, true] {
                self.run(bits, black)?.map_or(Ok(()), Err)?;
                if self.start >= self.width {
                    return Ok(());
                }
            }
            if let Some([0, 0]) = self.count.checked_sub(2).and_then(|at| self.runs.get(at..self.count)) {
                self.count -= 2;
            }
        }
    }

    /// Reads one run. What it met instead is told apart from what ends the row in any case.
    fn run(&mut self, bits: &mut Bits<'_>, black: bool) -> std::result::Result<Option<End>, End> {
        let (table, longest) = if black { (&BLACKS, BLACK_BITS) } else { (&WHITES, WHITE_BITS) };
        loop {
            let (run, length) = table.look(bits.peek(longest).map_err(|Ended| End::Stream)?);
            bits.take(length);
            match run {
                Run::Last(pixels) => return self.push(pixels as i32).map(|()| None),
                Run::Part(pixels) => {
                    self.start = self.start.wrapping_add(pixels as i32);
                    self.part = self.part.wrapping_add(pixels as i32);
                }
                Run::EndOfLine => return Ok(Some(End::Line)),
                Run::Bad => return Ok(Some(End::Row)),
            }
        }
    }

    fn all_changes(&mut self, bits: &mut Bits<'_>, reference: &mut Reference<'_>) -> Step {
        while self.start < self.width {
            if self.count >= self.most {
                return Err(End::TooManyRuns);
            }
            let (mode, length) = mode(bits.peek(MODE_BITS).map_err(|Ended| End::Stream)?);
            bits.take(length);
            match mode {
                Mode::Pass => self.pass(reference)?,
                Mode::Horizontal => self.horizontal(bits, reference)?,
                Mode::Vertical(right) => self.vertical(reference, right)?,
                Mode::Extension => return self.give_up(End::Row),
                Mode::EndOfLine => return self.end_of_line(bits),
            }
        }
        self.last_run(bits)
    }

    fn pass(&mut self, reference: &mut Reference<'_>) -> Step {
        reference.follow(self)?;
        let change = reference.change.wrapping_add(reference.next(1)?);
        self.part = self.part.wrapping_add(change.wrapping_sub(self.start));
        self.start = change;
        reference.change = change.wrapping_add(reference.next(0)?);
        Ok(())
    }

    fn horizontal(&mut self, bits: &mut Bits<'_>, reference: &mut Reference<'_>) -> Step {
        let black = self.count % 2 == 1;
        for black in [black, !black] {
            if self.run(bits, black)?.is_some() {
                return Err(End::Row);
            }
        }
        reference.follow(self)
    }

    fn vertical(&mut self, reference: &mut Reference<'_>, right: i32) -> Step {
        reference.follow(self)?;
        let pixels = reference.change.wrapping_sub(self.start).wrapping_add(right);
        if right < 0 {
            if reference.change < self.start.wrapping_sub(right) {
                return Err(End::Row);
            }
            self.push(pixels)?;
            return reference.back();
        }
        self.push(pixels)?;
        reference.change = reference.change.wrapping_add(reference.next(0)?);
        Ok(())
    }

    /// The rest of the row as one run, whatever colour it has.
    fn give_up(&mut self, end: End) -> Step {
        self.set(self.count, self.width.wrapping_sub(self.start) as u32)?;
        self.count += 1;
        Err(end)
    }

    fn end_of_line(&mut self, bits: &mut Bits<'_>) -> Step {
        let given_up = self.give_up(End::Line);
        bits.peek(4).map_err(|Ended| End::Stream)?;
        bits.take(4);
        given_up
    }

    /// A run that a pass mode began ends with the row.
    fn last_run(&mut self, bits: &mut Bits<'_>) -> Step {
        if self.part == 0 {
            return Ok(());
        }
        if self.part.wrapping_add(self.start) < self.width {
            if bits.peek(1).map_err(|Ended| End::Stream)? == 0 {
                return Err(End::Row);
            }
            bits.take(1);
        }
        self.push(0)
    }

    /// Makes the runs add up to the row's width.
    fn finish(&mut self, end: End) -> End {
        if end == End::TooManyRuns {
            return end;
        }
        self.balance().err().unwrap_or(end)
    }

    fn balance(&mut self) -> Step {
        if self.part != 0 {
            self.push(0)?;
        }
        if self.start != self.width {
            damaged();
        }
        while self.start > self.width && self.count > 0 {
            self.count -= 1;
            self.start = self.start.wrapping_sub(self.get(self.count) as i32);
        }
        if self.start > self.width {
            self.push(self.width)?;
            return self.push(0);
        }
        if self.start == self.width {
            return Ok(());
        }
        self.start = self.start.max(0);
        if self.count % 2 == 1 {
            self.push(0)?;
        }
        self.push(self.width - self.start)
    }

    fn push(&mut self, pixels: i32) -> Step {
        if self.count >= self.most {
            return Err(End::TooManyRuns);
        }
        self.set(self.count, self.part.wrapping_add(pixels) as u32)?;
        self.count += 1;
        self.start = self.start.wrapping_add(pixels);
        self.part = 0;
        Ok(())
    }

    fn get(&self, index: usize) -> u32 {
        self.runs.get(index).copied().unwrap_or(0)
    }

    /// Lists grow with the runs that are there, not with the width that a file claims.
    fn set(&mut self, index: usize, run: u32) -> Step {
        let missing = (index + 1).saturating_sub(self.runs.len());
        self.runs.try_reserve(missing).map_err(|_| End::TooManyRuns)?;
        self.runs.extend(std::iter::repeat_n(0, missing));
        if let Some(place) = self.runs.get_mut(index) {
            *place = run;
        }
        Ok(())
    }

    /// Writes the row's bits into zeroed bytes: black is 1. Runs that pass the width are cut, in the list too.
    pub fn paint(&mut self, bytes: &mut [u8]) -> Step {
        if self.count % 2 == 1 {
            self.set(self.count, 0)?;
        }
        let width = self.width as u32;
        let mut at = 0_u32;
        for (index, run) in self.runs.iter_mut().take(self.count.next_multiple_of(2)).enumerate() {
            if *run > width || at.wrapping_add(*run) > width {
                *run = width.wrapping_sub(at);
            }
            if index % 2 == 1 {
                blacken(bytes, at as usize, *run as usize);
            }
            at = at.wrapping_add(*run);
        }
        Ok(())
    }
}

/// Sets `count` bits from the one of that number on.
fn blacken(bytes: &mut [u8], from: usize, count: usize) {
    let (first, last) = (from / 8, (from + count) / 8);
    let (head, tail) = (0xFF >> (from % 8), !(0xFF_u8.checked_shr(((from + count) % 8) as u32).unwrap_or(0)));
    if first == last {
        if let Some(byte) = bytes.get_mut(first) {
            *byte |= head & tail;
        }
        return;
    }
    if let Some(byte) = bytes.get_mut(first) {
        *byte |= head;
    }
    if let Some(middle) = bytes.get_mut(first + 1..last) {
        middle.fill(0xFF);
    }
    if let Some(byte) = bytes.get_mut(last) {
        *byte |= tail;
    }
}

/// A walk along the changes of the row before.
struct Reference<'r> {
    row: &'r Row,
    /// Run that comes next.
    at: usize,
    /// Where the run before it ends.
    change: i32,
}

impl<'r> Reference<'r> {
    fn of(row: &'r Row) -> Self {
        Self { row, at: 1, change: row.get(0) as i32 }
    }

    /// The next run; `more` are those that must follow it.
    fn next(&mut self, more: usize) -> std::result::Result<i32, End> {
        if self.at + more >= self.row.most {
            return Err(End::TooManyRuns);
        }
        let run = self.row.get(self.at);
        self.at += 1;
        Ok(run as i32)
    }

    fn back(&mut self) -> Step {
        self.at = self.at.saturating_sub(1);
        self.change = self.change.wrapping_sub(self.row.get(self.at) as i32);
        Ok(())
    }

    /// Goes to the first change right of where `row` is, of the colour that it has there.
    fn follow(&mut self, row: &Row) -> Step {
        while row.count > 0 && self.change <= row.start && self.change < row.width {
            let first = self.next(1)?;
            self.change = self.change.wrapping_add(first).wrapping_add(self.next(0)?);
        }
        Ok(())
    }
}
