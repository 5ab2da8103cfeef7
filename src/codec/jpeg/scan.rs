//! A scan: which components, which coefficients, and the walk over its blocks.

use super::bits::Bits;
use super::frame::{Component, Frame};
use super::malformed;
use crate::error::Result;

/// One component of a scan.
pub(super) struct Part {
    /// Its place in the frame.
    pub component: usize,
    /// Number of its table for the first coefficient's differences.
    pub direct: usize,
    /// Number of its table for the other coefficients.
    pub alternating: usize,
}

/// A scan's header.
pub(super) struct Scan {
    pub parts: Vec<Part>,
    /// First and last coefficient.
    pub first: u8,
    pub last: u8,
    /// Bits that lie below those of the scans before, 0 in the first one; and below those of this one.
    pub high: u8,
    pub low: u8,
}

impl Scan {
    /// # Errors
    /// `malformed` for parts and coefficients that no scan may have.
    pub fn new(
        parts: Vec<Part>,
        coefficients: (u8, u8),
        approximation: (u8, u8),
        frame: &Frame,
    ) -> Result<Self> {
        let ((first, last), (high, low)) = (coefficients, approximation);
        let scan = Self { parts, first, last, high, low };
        if scan.parts.is_empty() || scan.parts.len() > 4 {
            return Err(malformed(&format!("a scan has {} components", scan.parts.len())));
        }
        let mut blocks = 0;
        for (place, part) in scan.parts.iter().enumerate() {
            if scan.parts.iter().take(place).any(|other| other.component == part.component) {
                return Err(malformed("a scan has a component twice"));
            }
            blocks += frame.components.get(part.component).map_or(0, |found| found.across * found.down);
        }
        if scan.parts.len() > 1 && blocks > 10 {
            return Err(malformed(&format!("a scan has units of {blocks} blocks")));
        }
        if frame.progressive && !scan.is_a_step() {
            return Err(malformed(&format!(
                "a scan of coefficients {first} to {last}, bits {high} to {low}"
            )));
        }
        Ok(scan)
    }

    /// Whether a progressive frame may have such a scan.
    fn is_a_step(&self) -> bool {
        let coefficients = match self.first {
            0 => self.last == 0,
            _ => self.first <= self.last && self.last < 64 && self.parts.len() == 1,
        };
        coefficients && self.low <= 13 && (self.high == 0 || self.high == self.low + 1)
    }
}

/// What is done with a scan's blocks.
pub(super) trait Blocks {
    /// Takes in the next block: of that part of the scan, in that column and row of the component's blocks.
    fn block(&mut self, bits: &mut Bits<'_>, part: usize, column: usize, row: usize);

    /// Nothing is known of what came before.
    fn restart(&mut self);
}

/// Goes over all blocks of a scan, in the order in which they are coded. Where the data ends, the blocks up to the next
/// restart are left out.
pub(super) fn walk(scan: &Scan, frame: &Frame, interval: u16, bits: &mut Bits<'_>, blocks: &mut impl Blocks) {
    let mut restarts = Restarts { interval, left: interval, number: 0, ran_out: false };
    let components: Vec<&Component> =
        scan.parts.iter().filter_map(|part| frame.components.get(part.component)).collect();
    // A single component is coded block by block, several in units as large as the coarsest one's block.
    let units = |size: u16, most: u8| usize::from(size).div_ceil(usize::from(most) * 8);
    let (units, sizes) = match components.as_slice() {
        [only] => ([only.blocks_down, only.blocks_across], vec![(1, 1)]),
        several => (
            [units(frame.height, frame.down), units(frame.width, frame.across)],
            several.iter().map(|part| (usize::from(part.across), usize::from(part.down))).collect(),
        ),
    };
    for row in 0..units[0] {
        for column in 0..units[1] {
            if !restarts.goes_on(bits, blocks) {
                continue;
            }
            for (part, (across, down)) in sizes.iter().enumerate() {
                for y in 0..*down {
                    for x in 0..*across {
                        blocks.block(bits, part, column * across + x, row * down + y);
                    }
                }
            }
            restarts.ran_out |= bits.ran_out();
        }
    }
}

struct Restarts {
    interval: u16,
    /// Units up to the next restart.
    left: u16,
    /// Of the next restart marker.
    number: u8,
    /// Whether the data ended before the next restart.
    ran_out: bool,
}

impl Restarts {
    /// Whether the next unit has data. A restart that is due before it is carried out.
    #[inline(always)]
    fn goes_on(&mut self, bits: &mut Bits<'_>, blocks: &mut impl Blocks) -> bool {
        if self.interval > 0 {
            if self.left == 0 {
                bits.restart(self.number);
                self.number = (self.number + 1) & 7;
                self.left = self.interval;
                self.ran_out &= bits.marker.is_some();
                blocks.restart();
            }
            self.left -= 1;
        }
        !self.ran_out
    }
}
