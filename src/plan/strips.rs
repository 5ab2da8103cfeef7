//! Uncompressed strips, of any height: cut to the rows wanted, and joined where they lie one behind the other.

use super::axis::{Span, spans};
use super::blocks::{Cut, PlannedBlock};
use crate::codec::{Axis, Job};
use crate::limits::Limits;
use crate::pixel::BlockLayout;
use crate::tiff::image::Image;

/// Uncompressed strips are read in pieces of about this many bytes: no strip is too large, and no row is read in vain.
const PIECE_BYTES: u64 = 1 << 18;

/// So many blocks are looked back at for one that goes on: more planes than images have, as a rule.
const MOST_TURNS: usize = 8;

/// The blocks of a plan so far.
pub struct Planned {
    /// In the order in which they came.
    pub blocks: Vec<PlannedBlock>,
    /// Bytes of blocks that are joined, at most; `None` where none are.
    most: Option<u64>,
}

impl Planned {
    /// None yet, of that image.
    pub fn of(image: &Image, limits: &Limits) -> Self {
        let strips = !image.tiled && image.compression == 1;
        let most = strips.then(|| PIECE_BYTES.min(limits.block_bytes).min(limits.encoded_block_bytes));
        Self { blocks: Vec::new(), most }
    }

    /// Strips that go on where one before them ends become one block with it: the usual one has a few rows, and what a block costs
    /// besides its bytes is more than those cost.
    pub fn push(&mut self, block: PlannedBlock) {
        let Some(most) = self.most else { return self.blocks.push(block) };
        // Strips of separate planes take turns.
        let planes = self.blocks.iter_mut().rev().take(MOST_TURNS);
        match { planes }.find(|before| before.ends_before(&block, most)) {
            Some(before) => before.join(block),
            None => self.blocks.push(block),
        }
    }
}

impl PlannedBlock {
    /// Whether the other block goes on where this one ends, in the file as in the result, and both have at most so many bytes.
    fn ends_before(&self, next: &Self, most: u64) -> bool {
        let (job, other) = (&self.job, &next.job);
        let whole = |job: &Job| job.rows.is_all(job.layout.height) && job.frame.is_none();
        let (place, below) = (&self.placement, &next.placement);
        self.start < self.end
            && self.end == next.start
            && next.end.saturating_sub(self.start) <= most
            && (whole(job) && whole(other))
            && (&job.columns, &job.samples) == (&other.columns, &other.samples)
            && (place.x, place.width, &place.bands) == (below.x, below.width, &below.bands)
            && place.y.checked_add(place.height) == Some(below.y)
            && job.layout == BlockLayout { height: job.layout.height, ..other.layout.clone() }
    }

    /// Takes in the block that goes on where this one ends.
    fn join(&mut self, next: Self) {
        let height = self.job.layout.height.saturating_add(next.job.layout.height);
        self.job.layout.height = height;
        self.job.rows = Axis::Run { start: 0, count: height };
        self.placement.height = height;
        self.end = next.end;
    }
}

/// The rows of the target, by the rows of blocks that serve them; uncompressed strips are cut further, to the rows wanted.
pub fn row_parts(cut: &Cut<'_>) -> Vec<Part> {
    let (image, source) = (cut.image, cut.source);
    let whole = spans(source.y, source.height, cut.height, image.height, image.block_height);
    if !image.has_plain_rows() {
        let part = |span: Span| Part { first_row: 0, rows: image.coded_rows(span.block), span };
        return whole.into_iter().map(part).collect();
    }
    let mut parts = Vec::new();
    let row_bytes = image.layout(1).stored_row_bytes().unwrap_or(u64::MAX).max(1);
    let most = (PIECE_BYTES / row_bytes).clamp(1, u64::from(u32::MAX)) as u32;
    for span in &whole {
        add_pieces(span, most, &mut parts);
    }
    parts
}

/// Rows of one row of blocks: which of the block's stored rows are read, and the span of the result that they serve.
pub struct Part {
    /// First of the block's stored rows that is read.
    pub first_row: u32,
    /// How many of them.
    pub rows: u32,
    /// What they serve.
    pub span: Span,
}

/// Cuts a span into parts of at most `most` stored rows, none of which starts or ends with a row that is not wanted.
fn add_pieces(span: &Span, most: u32, parts: &mut Vec<Part>) {
    let mut done = 0;
    let mut add = |first_row, rows, out_count, picks| {
        let out_start = span.out_start + done;
        done += out_count;
        parts.push(Part { first_row, rows, span: Span { block: span.block, out_start, out_count, picks } });
    };
    match &span.picks {
        Axis::Run { start, count } => {
            let mut first = 0;
            while first < *count {
                let rows = most.min(count - first);
                add(start + first, rows, rows, Axis::Run { start: 0, count: rows });
                first += rows;
            }
        }
        Axis::Picks(picks) => {
            for piece in picks.chunk_by(|one, next| one / most == next / most) {
                let (first, last) = (piece.first().copied().unwrap_or(0), piece.last().copied().unwrap_or(0));
                let within = piece.iter().map(|pick| pick.saturating_sub(first)).collect();
                let rows = last.saturating_sub(first) + 1;
                add(first, rows, piece.len() as u32, Axis::Picks(within));
            }
        }
    }
}
