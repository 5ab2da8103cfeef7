//! A decode job: everything about one block and what is wanted of it, as a value. The same message runs
//! inline or in a worker.

use serde::{Deserialize, Serialize};

use crate::pixel::BlockLayout;

/// Which of a block's columns (or rows) are wanted, in the order of the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Axis {
    /// `count` neighbours from `start`: the result has the block's own resolution.
    Run {
        /// First column or row, from 0 in the block.
        start: u32,
        /// How many.
        count: u32,
    },
    /// Exactly these, repeats and gaps included: nearest-neighbour resampling.
    Picks(Vec<u32>),
}

/// Order of the elements of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Band after band, each in rows.
    Band,
    /// Pixel after pixel, each with its bands.
    Pixel,
}

/// One block to decode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// How the block is stored.
    pub layout: BlockLayout,
    /// Columns wanted.
    pub columns: Axis,
    /// Rows wanted.
    pub rows: Axis,
    /// Samples wanted, from 0 in the block, in the order of the result; repeats allowed.
    pub samples: Vec<u32>,
    /// Order of the elements handed out.
    pub order: Order,
}
