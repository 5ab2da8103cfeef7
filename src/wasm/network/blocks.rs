//! A call that brings blocks: all files at once, each block handed to the caller as it comes.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use js_sys::{Array, Function, Uint8Array};
use wasm_bindgen::JsValue;

use super::call::Call;
use super::dataset::State;
use super::fault::Fault;
use super::reading::{Ended, Reading};
use super::value::Given;
use crate::byte_range::ByteRange;
use crate::error::{Error, FileId};
use crate::range::{ReadStats, Wanted};

/// A range of one of the dataset's files.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileRange {
    file: FileId,
    start: u64,
    end: u64,
}

impl FileRange {
    fn range(self) -> ByteRange {
        ByteRange::new(self.start, self.end)
    }
}

/// The `ranges` of `fetch`.
///
/// # Errors
/// `invalid_argument`.
pub(super) fn ranges_from_js(ranges: &JsValue) -> Result<Vec<FileRange>, Error> {
    let read = |range: JsValue| {
        let given = Given::new(&range, "ranges")?;
        let file = u32::try_from(given.whole("file")?).unwrap_or(u32::MAX);
        Ok(FileRange { file: FileId(file), start: given.whole("start")?, end: given.whole("end")? })
    };
    Array::from(ranges).iter().map(read).collect()
}

/// What one file contributes: places in the caller's list, and the bytes of each.
type Share = Vec<(usize, ByteRange)>;

/// Brings the ranges; `on_block(index, bytes)` gets each as it comes. Says what it has cost.
///
/// # Errors
/// Those of the sources; `truncated` for a range that a file does not have, `limit` for too many bytes at once.
pub(super) async fn bring(
    state: &Rc<State>,
    call: &Rc<Call>,
    ranges: Vec<FileRange>,
    on_block: Function,
) -> Result<ReadStats, Fault> {
    check_total(state, &ranges)?;
    let mut readings = Vec::new();
    for (file, share) in shares(&ranges) {
        let (source, _) = state.files.source(file)?;
        let wanted: Vec<Wanted> =
            share.iter().map(|(_, range)| Wanted { range: *range, rounded: false }).collect();
        let block = Block { call: call.clone(), url: state.name_of(file), share, on_block: on_block.clone() };
        readings.push(call.read(source, &wanted, move |at, bytes| block.hand_over(at, bytes)));
        if call.is_over() {
            break;
        }
    }
    let mut stats = ReadStats::default();
    for ended in all(readings).await {
        stats.add(ended.stats);
        state.add_stats(ended.stats);
        ended.result?;
    }
    Ok(stats)
}

fn shares(ranges: &[FileRange]) -> Vec<(FileId, Share)> {
    let mut shares: Vec<(FileId, Share)> = Vec::new();
    for (index, range) in ranges.iter().enumerate() {
        let place = (index, range.range());
        match shares.iter_mut().find(|(file, _)| *file == range.file) {
            Some((_, share)) => share.push(place),
            None => shares.push((range.file, vec![place])),
        }
    }
    shares
}

/// A plan is bounded already: this bounds whoever asks without one.
fn check_total(state: &State, ranges: &[FileRange]) -> Result<(), Error> {
    let limit = state.dataset.borrow().options.limits.plan_bytes;
    let total = ranges.iter().fold(0_u64, |total, range| total.saturating_add(range.range().len()));
    if total > limit {
        Err(Error::limit("plan_bytes", "stored bytes of one read", total, limit))
    } else {
        Ok(())
    }
}

/// Where the blocks of one file go.
struct Block {
    call: Rc<Call>,
    url: Option<String>,
    share: Share,
    on_block: Function,
}

impl Block {
    /// Runs the user's code, which may do anything: close the dataset, abort, start another call, throw.
    fn hand_over(&self, at: usize, bytes: Uint8Array) {
        let Some((index, range)) = self.share.get(at) else { return };
        if self.call.is_over() {
            return;
        }
        let length = u64::from(bytes.length());
        if length < range.len() {
            self.call.end(self.truncated(*range, length).into());
            return;
        }
        let index = JsValue::from_f64(*index as f64);
        if let Err(exception) = self.on_block.call2(&JsValue::UNDEFINED, &index, &bytes) {
            self.call.end(exception);
        }
    }

    fn truncated(&self, range: ByteRange, length: u64) -> Error {
        let end = range.start.saturating_add(length);
        let message = match length {
            0 => format!("bytes {range} are not there: the file ends at or before byte {end}"),
            _ => format!("bytes {range} are not all there: the file ends at byte {end}"),
        };
        Error::truncated(message).with(|detail| {
            detail.url.clone_from(&self.url);
            detail.range = Some(range);
            detail.found = Some(length);
            detail.limit = Some(range.len());
        })
    }
}

/// Waits for all, or for the first that fails; then the others are dropped, which aborts them.
async fn all(readings: Vec<Reading>) -> Vec<Ended> {
    let mut waiting = readings;
    let mut ended = Vec::with_capacity(waiting.len());
    poll_fn(|context| {
        waiting.retain_mut(|reading| match Pin::new(reading).poll(context) {
            Poll::Ready(end) => {
                ended.push(end);
                false
            }
            Poll::Pending => true,
        });
        let failed = ended.iter().any(|end| end.result.is_err());
        if waiting.is_empty() || failed { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    ended
}
