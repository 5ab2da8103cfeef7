//! One axis of a read: which of the level's columns (or rows) make the result's, cut where the blocks end.

use crate::codec::Axis;
use crate::float;

/// The part of an axis that one column (or row) of blocks serves.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Which column (or row) of blocks.
    pub block: u64,
    /// First column (or row) of the result.
    pub out_start: u32,
    /// How many of the result.
    pub out_count: u32,
    /// Which of the block's own.
    pub picks: Axis,
}

/// Cuts an axis into spans.
///
/// `start` and `length` are the window on an axis of `size` pixels in blocks of `block` pixels; `out` pixels of result are taken at
/// their centres, as GDAL's nearest neighbour does.
pub fn spans(start: f64, length: f64, out: u32, size: u32, block: u32) -> Vec<Span> {
    let aligned = length == f64::from(out) && start.fract() == 0.0;
    if aligned { runs(start as u32, out, block) } else { picks(start, length, out, size, block) }
}

/// The same places counted from the other end of `length`.
pub fn mirrored(picks: &Axis, length: u32) -> Axis {
    let mirror = |at: u32| length.saturating_sub(1).saturating_sub(at);
    Axis::Picks(match picks {
        Axis::Run { start, count } => (*start..start.saturating_add(*count)).map(mirror).collect(),
        Axis::Picks(picks) => picks.iter().map(|at| mirror(*at)).collect(),
    })
}

/// The window at the level's own resolution.
fn runs(start: u32, count: u32, block: u32) -> Vec<Span> {
    let end = u64::from(start) + u64::from(count);
    let (block, mut at) = (u64::from(block), u64::from(start));
    let mut spans = Vec::new();
    while at < end {
        let index = at / block;
        let stop = end.min((index + 1) * block);
        spans.push(Span {
            block: index,
            out_start: (at - u64::from(start)) as u32,
            out_count: (stop - at) as u32,
            picks: Axis::Run { start: (at - index * block) as u32, count: (stop - at) as u32 },
        });
        at = stop;
    }
    spans
}

/// GDAL adds this before it cuts to whole pixels, so that exact borders are not lost to rounding.
const EPSILON: f64 = 1e-10;

/// The window resampled.
fn picks(start: f64, length: f64, out: u32, size: u32, block: u32) -> Vec<Span> {
    let step = length / f64::from(out);
    let last = f64::from(size) - 1.0;
    let mut spans: Vec<Span> = Vec::new();
    for index in 0..out {
        let exact = start + (f64::from(index) + 0.5) * step + EPSILON;
        let source = float::within(exact.floor(), 0.0, last) as u32;
        let (block_index, within) = (u64::from(source / block), source % block);
        match spans.last_mut() {
            Some(Span { block, out_count, picks: Axis::Picks(picks), .. }) if *block == block_index => {
                picks.push(within);
                *out_count += 1;
            }
            _ => {
                let picks = Axis::Picks(vec![within]);
                spans.push(Span { block: block_index, out_start: index, out_count: 1, picks });
            }
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_cut_at_blocks() {
        let run = |block, out_start, start, count| Span {
            block,
            out_start,
            out_count: count,
            picks: Axis::Run { start, count },
        };
        assert_eq!(spans(10.0, 30.0, 30, 100, 16), [run(0, 0, 10, 6), run(1, 6, 0, 16), run(2, 22, 0, 8)]);
        assert_eq!(spans(16.0, 16.0, 16, 100, 16), [run(1, 0, 0, 16)]);
        assert_eq!(spans(0.0, 5.0, 5, 5, 512), [run(0, 0, 0, 5)]);
    }

    #[test]
    fn picks_are_taken_at_pixel_centres() {
        let picked = |start, length, out| -> Vec<u64> {
            let spans = spans(start, length, out, 100, 16);
            let all = spans.iter().flat_map(|span| match &span.picks {
                Axis::Picks(picks) => {
                    picks.iter().map(|pick| span.block * 16 + u64::from(*pick)).collect::<Vec<_>>()
                }
                Axis::Run { .. } => panic!("resampled"),
            });
            all.collect()
        };
        assert_eq!(picked(0.0, 100.0, 4), [12, 37, 62, 87]);
        assert_eq!(picked(10.0, 2.0, 4), [10, 10, 11, 11]);
        assert_eq!(picked(10.0, 3.0, 2), [10, 12]);
    }

    #[test]
    fn every_output_pixel_is_served_once_in_order() {
        for (start, length, out) in [(0.0, 100.0, 33), (3.5, 60.25, 200), (99.0, 1.0, 7), (0.0, 100.0, 1)] {
            let spans = spans(start, length, out, 100, 16);
            let mut next = 0;
            for span in spans {
                assert_eq!(span.out_start, next);
                next += span.out_count;
            }
            assert_eq!(next, out);
        }
    }
}
