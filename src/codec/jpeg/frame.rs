//! The frame: size, components, and how finely each is sampled.

use super::malformed;
use super::tables::Steps;
use crate::error::Result;

/// One component.
pub(super) struct Component {
    pub id: u8,
    /// Samples across and down where the coarsest has one.
    pub across: u8,
    pub down: u8,
    /// Number of its quantization table.
    pub table: u8,
    /// That table as it was when the component's first scan began.
    pub steps: Option<Steps>,
    /// Blocks that hold its samples.
    pub blocks_across: usize,
    pub blocks_down: usize,
    /// Blocks that scans of several components code in a row.
    pub coded_across: usize,
    pub coded_down: usize,
}

impl Component {
    pub fn new(id: u8, across: u8, down: u8, table: u8) -> Self {
        let (blocks_across, blocks_down, coded_across, coded_down) = (0, 0, 0, 0);
        Self { id, across, down, table, steps: None, blocks_across, blocks_down, coded_across, coded_down }
    }
}

/// A frame.
pub(super) struct Frame {
    /// Bits of a sample.
    pub precision: u8,
    pub width: u16,
    pub height: u16,
    pub progressive: bool,
    pub components: Vec<Component>,
    /// The most samples across and down that a component has.
    pub across: u8,
    pub down: u8,
}

impl Frame {
    /// # Errors
    /// `malformed` for a frame without pixels, and for factors of sampling that there are not.
    pub fn new(
        precision: u8,
        (width, height): (u16, u16),
        progressive: bool,
        mut components: Vec<Component>,
    ) -> Result<Self> {
        if width == 0 || height == 0 || components.is_empty() {
            let count = components.len();
            return Err(malformed(&format!("it has {width} x {height} pixels of {count} components")));
        }
        let bad =
            components.iter().find(|part| !(1..=4).contains(&part.across) || !(1..=4).contains(&part.down));
        if let Some(part) = bad {
            return Err(malformed(&format!("a component is sampled {} x {}", part.across, part.down)));
        }
        let across = components.iter().map(|part| part.across).max().unwrap_or(1);
        let down = components.iter().map(|part| part.down).max().unwrap_or(1);
        for part in &mut components {
            let blocks = |size: u16, factor: u8, most: u8| {
                let (size, factor, most) = (usize::from(size), usize::from(factor), usize::from(most));
                ((size * factor).div_ceil(most * 8), size.div_ceil(most * 8) * factor)
            };
            (part.blocks_across, part.coded_across) = blocks(width, part.across, across);
            (part.blocks_down, part.coded_down) = blocks(height, part.down, down);
        }
        Ok(Self { precision, width, height, progressive, components, across, down })
    }

    /// Columns of a component's samples that mean something.
    pub fn columns(&self, part: &Component) -> usize {
        (usize::from(self.width) * usize::from(part.across)).div_ceil(usize::from(self.across))
    }

    /// Rows of a component's samples that mean something.
    pub fn rows(&self, part: &Component) -> usize {
        (usize::from(self.height) * usize::from(part.down)).div_ceil(usize::from(self.down))
    }
}
