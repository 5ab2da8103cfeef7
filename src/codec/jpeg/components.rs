//! From the data of all scans to the samples of each component.

use super::bits::Bits;
use super::eight::Eight;
use super::frame::{Component, Frame};
use super::huffman::{Codes, Decoder};
use super::progressive::{self, Progressive, Store};
use super::scan::{Scan, walk};
use super::sequential::{self, Sequential};
use super::stream::{Next, Stream};
use super::tables::{Steps, Tables};
use super::{MOST_SCANS, malformed, transform};
use crate::codec::output;
use crate::error::{Error, Result};
use crate::limits::Limits;

/// What a component's samples are kept as.
pub(super) trait Sample: Copy + Default {
    /// Bits of a sample.
    const BITS: u32;
    /// Bits that the first half of the inverse transform has to spare.
    const SPARE: u32;

    /// The sample as a number.
    fn wide(self) -> u16;

    /// That number as a sample, cut to what one can hold.
    fn cut(value: i32) -> Self;

    /// The same for a number around 0.
    #[inline(always)]
    fn centred(value: i32) -> Self {
        Self::cut(value.saturating_add(1 << (Self::BITS - 1)))
    }

    /// The same for eight of them.
    #[inline(always)]
    fn eight(values: Eight) -> [Self; 8] {
        values.numbers().map(Self::centred)
    }
}

impl Sample for u8 {
    const BITS: u32 = 8;
    const SPARE: u32 = 2;

    #[inline(always)]
    fn wide(self) -> u16 {
        self.into()
    }

    #[inline(always)]
    fn cut(value: i32) -> Self {
        value.clamp(0, 255) as u8
    }

    #[inline(always)]
    fn eight(values: Eight) -> [Self; 8] {
        values.bytes()
    }
}

impl Sample for u16 {
    const BITS: u32 = 12;
    const SPARE: u32 = 1;

    #[inline(always)]
    fn wide(self) -> u16 {
        self
    }

    #[inline(always)]
    fn cut(value: i32) -> Self {
        value.clamp(0, 4095) as u16
    }
}

/// All samples of a component, in whole blocks.
pub(super) struct Plane<T> {
    pub samples: Vec<T>,
    /// Samples in a row.
    pub across: usize,
}

impl<T: Sample> Plane<T> {
    /// Grey: what blocks without data are.
    fn new(component: &Component) -> Result<Self> {
        let across = component.coded_across * 8;
        let mut samples = output::reserved(across * component.coded_down * 8)?;
        samples.resize(across * component.coded_down * 8, T::centred(0));
        Ok(Self { samples, across })
    }

    /// Puts down a block's samples.
    #[inline(always)]
    pub fn put(&mut self, column: usize, row: usize, block: &[[T; 8]; 8]) {
        let start = row * 8 * self.across + column * 8;
        let end = start + 7 * self.across + 8;
        let Some(place) = self.samples.get_mut(start..end) else { return };
        for (row, samples) in place.chunks_mut(self.across).zip(block) {
            if let Some(row) = row.first_chunk_mut::<8>() {
                *row = *samples;
            }
        }
    }
}

/// Decodes all scans.
///
/// # Errors
/// `malformed`, `unsupported`; `limit` for more memory or scans than a block may cost.
pub(super) fn decode<T: Sample>(
    stream: &mut Stream<'_>,
    tables: &mut Tables,
    frame: &mut Frame,
    limits: &Limits,
) -> Result<Vec<Plane<T>>> {
    check_memory::<T>(frame, limits)?;
    let mut planes = frame.components.iter().map(Plane::new).collect::<Result<Vec<Plane<T>>>>()?;
    let mut stores = if frame.progressive { stores(frame)? } else { Vec::new() };
    let (mut scans, mut seen) = (0, vec![false; frame.components.len()]);
    while let Next::Scan(scan) = stream.next(tables, Some(frame))? {
        scans += 1;
        if scans > MOST_SCANS {
            return Err(Error::limit("scans", "scans of a JPEG stream", scans.into(), MOST_SCANS.into()));
        }
        latch(&scan, tables, frame)?;
        for part in &scan.parts {
            seen.iter_mut().skip(part.component).take(1).for_each(|seen| *seen = true);
        }
        let mut bits = Bits::new(stream.data, stream.at);
        match frame.progressive {
            true => progressive_scan(&scan, tables, frame, &mut bits, &mut stores)?,
            false => sequential_scan(&scan, tables, frame, &mut bits, &mut planes)?,
        }
        bits.leave();
        (stream.at, stream.marker) = (bits.at(), bits.marker);
        // What follows a sequential scan of all components is not read: it should be the end.
        if !frame.progressive && seen.iter().all(|seen| *seen) {
            stream.next_marker();
            break;
        }
    }
    if scans == 0 {
        return Err(malformed("there is no scan in it"));
    }
    for ((store, plane), component) in stores.iter().zip(&mut planes).zip(&frame.components) {
        transform_all(store, plane, component.steps.as_ref());
    }
    Ok(planes)
}

/// Bytes of planes and coefficients, if that many are allowed.
fn check_memory<T>(frame: &Frame, limits: &Limits) -> Result<()> {
    let each = size_of::<T>() + if frame.progressive { 2 } else { 0 };
    let blocks = frame.components.iter().map(|part| part.coded_across as u64 * part.coded_down as u64);
    let bytes = blocks.sum::<u64>() * 64 * each as u64;
    // Samples and coefficients of a block that is full, and some more for what a narrow one is padded with.
    let most = limits.block_bytes.saturating_mul(4);
    if bytes > most {
        return Err(Error::limit("block_bytes", "bytes of a JPEG stream's components", bytes, most));
    }
    Ok(())
}

fn stores(frame: &Frame) -> Result<Vec<Store>> {
    let store = |component: &Component| {
        let (across, count) = (component.coded_across, component.coded_across * component.coded_down);
        let mut blocks = output::reserved(count)?;
        blocks.resize(count, [0; 64]);
        Ok(Store { blocks, across })
    };
    frame.components.iter().map(store).collect()
}

/// A component's steps are those that are defined when its first scan begins.
fn latch(scan: &Scan, tables: &Tables, frame: &mut Frame) -> Result<()> {
    for part in &scan.parts {
        let Some(component) = frame.components.get_mut(part.component) else { continue };
        if component.steps.is_none() {
            let number = component.table;
            let steps = tables.quantization.get(usize::from(number)).copied().flatten();
            component.steps =
                Some(steps.ok_or_else(|| malformed(&format!("quantization table {number} is missing")))?);
        }
    }
    Ok(())
}

/// The look-up table of that number.
fn codes(tables: &Tables, number: usize, direct: bool) -> Result<Decoder> {
    let kind = if direct { &tables.direct } else { &tables.alternating };
    let defined = kind.get(number).and_then(|codes| codes.clone());
    match defined.or_else(|| Codes::usual(!direct, number)) {
        Some(codes) => Decoder::new(&codes, direct),
        None => Err(malformed(&format!("huffman table {number} is missing"))),
    }
}

fn sequential_scan<T: Sample>(
    scan: &Scan,
    tables: &Tables,
    frame: &Frame,
    bits: &mut Bits<'_>,
    planes: &mut [Plane<T>],
) -> Result<()> {
    let direct =
        scan.parts.iter().map(|part| codes(tables, part.direct, true)).collect::<Result<Vec<_>>>()?;
    let alternating =
        scan.parts.iter().map(|part| codes(tables, part.alternating, false)).collect::<Result<Vec<_>>>()?;
    let mut planes: Vec<Option<&mut Plane<T>>> = planes.iter_mut().map(Some).collect();
    let mut targets = Vec::with_capacity(scan.parts.len());
    for (part, (direct, alternating)) in scan.parts.iter().zip(direct.iter().zip(&alternating)) {
        let plane = planes.get_mut(part.component).and_then(Option::take);
        let steps = frame.components.get(part.component).and_then(|component| component.steps);
        if let (Some(plane), Some(steps)) = (plane, steps) {
            targets.push(sequential::Target { direct, alternating, steps, plane, before: 0 });
        }
    }
    walk(scan, frame, tables.restart_interval, bits, &mut Sequential { targets });
    Ok(())
}

fn progressive_scan(
    scan: &Scan,
    tables: &Tables,
    frame: &Frame,
    bits: &mut Bits<'_>,
    stores: &mut [Store],
) -> Result<()> {
    let table = |part: &super::scan::Part| match (scan.first, scan.high) {
        (0, 0) => codes(tables, part.direct, true).map(Some),
        (0, _) => Ok(None),
        _ => codes(tables, part.alternating, false).map(Some),
    };
    let decoders = scan.parts.iter().map(table).collect::<Result<Vec<_>>>()?;
    let mut stores: Vec<Option<&mut Store>> = stores.iter_mut().map(Some).collect();
    let mut targets = Vec::with_capacity(scan.parts.len());
    for (part, codes) in scan.parts.iter().zip(&decoders) {
        if let Some(store) = stores.get_mut(part.component).and_then(Option::take) {
            targets.push(progressive::Target { codes: codes.as_ref(), store, before: 0 });
        }
    }
    walk(scan, frame, tables.restart_interval, bits, &mut Progressive { scan, targets, empty: 0 });
    Ok(())
}

fn transform_all<T: Sample>(store: &Store, plane: &mut Plane<T>, steps: Option<&Steps>) {
    let Some(steps) = steps else { return };
    for (row, blocks) in store.blocks.chunks(store.across.max(1)).enumerate() {
        for (column, block) in blocks.iter().enumerate() {
            plane.put(column, row, &transform::inverse(block, steps));
        }
    }
}
