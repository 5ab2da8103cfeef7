//! The segments of a stream, up to the data of a scan.

use std::borrow::Cow;

use super::frame::{Component, Frame};
use super::huffman::Codes;
use super::scan::{Part, Scan};
use super::tables::{ORDER, Steps, Tables};
use super::{damaged, malformed, unsupported};
use crate::error::Result;

/// What a stream comes to next.
pub(super) enum Next {
    /// Its only frame header.
    Frame(Frame),
    /// The header of a scan: its data follows.
    Scan(Scan),
    /// Its end.
    End,
}

/// A stream, read from segment to segment.
pub(super) struct Stream<'a> {
    pub data: &'a [u8],
    /// Where it goes on.
    pub at: usize,
    /// A marker that was read already.
    pub marker: Option<u8>,
}

impl<'a> Stream<'a> {
    /// A stream that begins as one.
    ///
    /// # Errors
    /// `malformed`
    pub fn new(data: &'a [u8]) -> Result<Self> {
        match data {
            [0xFF, 0xD8, ..] => Ok(Self { data, at: 2, marker: None }),
            _ => Err(malformed("it does not begin with the bytes FF D8")),
        }
    }

    /// Reads on to the frame, the next scan or the end; tables on the way are taken over. `frame` is known once it was met.
    ///
    /// # Errors
    /// `malformed`, `unsupported`.
    pub fn next(&mut self, tables: &mut Tables, frame: Option<&Frame>) -> Result<Next> {
        loop {
            match self.next_marker() {
                0xD9 => return Ok(Next::End),
                // Parameterless: restarts that are left over, and TEM.
                0xD0..=0xD7 | 0x01 => {}
                marker => {
                    let segment = &*self.segment(marker)?;
                    match marker {
                        0xC0..=0xC2 if frame.is_some() => return Err(malformed("it has two frames")),
                        0xC0..=0xC2 => return Ok(Next::Frame(frame_of(segment, marker == 0xC2)?)),
                        0xC3 => return Err(unsupported("lossless JPEG")),
                        0xC5..=0xC7 | 0xDE | 0xDF => return Err(unsupported("hierarchical JPEG")),
                        0xC9..=0xCB | 0xCD..=0xCF => return Err(unsupported("arithmetically coded JPEG")),
                        0xC4 => define_codes(segment, tables)?,
                        0xDB => define_steps(segment, tables)?,
                        0xDD => define_restarts(segment, tables)?,
                        0xDA => {
                            let frame = frame.ok_or_else(|| malformed("a scan comes before the frame"))?;
                            return Ok(Next::Scan(scan_of(segment, frame)?));
                        }
                        // Applications' own, comments, conditioning of arithmetic codes, the number of lines.
                        0xE0..=0xEF | 0xFE | 0xCC | 0xDC => {}
                        _ => return Err(malformed(&format!("marker {marker:#04X} is unknown"))),
                    }
                }
            }
        }
    }

    /// The next marker; bytes before it are passed over, and the end of the data counts as the end of the image.
    #[inline(never)]
    pub fn next_marker(&mut self) -> u8 {
        if let Some(marker) = self.marker.take() {
            return marker;
        }
        let mut ones = false;
        while let Some(byte) = self.data.get(self.at) {
            self.at += 1;
            match byte {
                0xFF => ones = true,
                marker if ones && *marker != 0 => return *marker,
                _ => {
                    ones = false;
                    damaged();
                }
            }
        }
        damaged();
        0xD9
    }

    /// The bytes of the segment that follows a marker. Where the data ends before it does, libjpeg goes on with the marker of the
    /// image's end, again and again.
    fn segment(&mut self, marker: u8) -> Result<Cow<'a, [u8]>> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let past = |place: usize| if (place - rest.len()).is_multiple_of(2) { 0xFF } else { 0xD9 };
        let byte = |place: usize| rest.get(place).copied().unwrap_or_else(|| past(place));
        let length = usize::from(u16::from_be_bytes([byte(0), byte(1)]));
        if length < 2 {
            return Err(malformed(&format!("the segment of marker {marker:#04X} has a length of {length}")));
        }
        self.at += length;
        if let Some(content) = rest.get(2..length) {
            return Ok(content.into());
        }
        damaged();
        Ok((2..length).map(byte).collect())
    }
}

fn short(what: &str) -> crate::error::Error {
    malformed(&format!("the segment of its {what} has a wrong length"))
}

/// DHT
fn define_codes(mut segment: &[u8], tables: &mut Tables) -> Result<()> {
    while let Some((index, rest)) = segment.split_first() {
        let wrong = || short("huffman tables");
        let (counts, rest) = rest.split_first_chunk::<16>().ok_or_else(wrong)?;
        let total: usize = counts.iter().map(|count| usize::from(*count)).sum();
        let values = rest.get(..total).filter(|_| total <= 256).ok_or_else(wrong)?;
        let kind = if index & 0x10 == 0 { &mut tables.direct } else { &mut tables.alternating };
        let Some(place) = kind.get_mut(usize::from(index & !0x10)) else {
            return Err(malformed(&format!("it has a huffman table of number {index}")));
        };
        *place = Some(Codes::new(*counts, values));
        segment = rest.get(total..).unwrap_or_default();
    }
    Ok(())
}

/// DQT
fn define_steps(mut segment: &[u8], tables: &mut Tables) -> Result<()> {
    while let Some((head, rest)) = segment.split_first() {
        let wide = head >> 4 != 0;
        let length = if wide { 128 } else { 64 };
        let (stored, rest) = rest.split_at_checked(length).ok_or_else(|| short("quantization tables"))?;
        let Some(place) = tables.quantization.get_mut(usize::from(head & 15)) else {
            return Err(malformed(&format!("it has a quantization table of number {}", head & 15)));
        };
        let mut steps: Steps = [0; 64];
        let wide_step = |pair: &[u8; 2]| i32::from(u16::from_be_bytes(*pair));
        for (number, order) in ORDER.iter().take(64).enumerate() {
            let step = match wide {
                true => stored.as_chunks().0.get(number).map(wide_step),
                false => stored.get(number).map(|step| i32::from(*step)),
            };
            if let Some(slot) = steps.get_mut(usize::from(*order)) {
                *slot = step.unwrap_or(0);
            }
        }
        *place = Some(steps);
        segment = rest;
    }
    Ok(())
}

/// DRI
fn define_restarts(segment: &[u8], tables: &mut Tables) -> Result<()> {
    let bytes = segment.try_into().map_err(|_| short("restart interval"))?;
    tables.restart_interval = u16::from_be_bytes(bytes);
    Ok(())
}

/// SOF
fn frame_of(segment: &[u8], progressive: bool) -> Result<Frame> {
    let [precision, h1, h0, w1, w0, count, parts @ ..] = segment else { return Err(short("frame")) };
    let (height, width) = (u16::from_be_bytes([*h1, *h0]), u16::from_be_bytes([*w1, *w0]));
    let (parts, rest) = parts.as_chunks::<3>();
    if parts.len() != usize::from(*count) || !rest.is_empty() {
        return Err(short("frame"));
    }
    if !matches!(precision, 8 | 12) {
        return Err(unsupported(&format!("JPEG of {precision} bits")));
    }
    let component = |[id, factors, table]: &[u8; 3]| Component::new(*id, factors >> 4, factors & 15, *table);
    Frame::new(*precision, (width, height), progressive, parts.iter().map(component).collect())
}

/// SOS
fn scan_of(segment: &[u8], frame: &Frame) -> Result<Scan> {
    let wrong = || short("scan");
    let (count, rest) = segment.split_first().ok_or_else(wrong)?;
    let (parts, rest) = rest.split_at_checked(usize::from(*count) * 2).ok_or_else(wrong)?;
    let [first, last, bits] = rest else { return Err(wrong()) };
    let part = |[id, tables]: &[u8; 2]| {
        let component = frame.components.iter().position(|component| component.id == *id);
        let component =
            component.ok_or_else(|| malformed(&format!("a scan has component {id}, the frame has not")))?;
        Ok(Part { component, direct: usize::from(tables >> 4), alternating: usize::from(tables & 15) })
    };
    let parts = parts.as_chunks().0.iter().map(part).collect::<Result<Vec<Part>>>()?;
    Scan::new(parts, (*first, *last), (bits >> 4, bits & 15), frame)
}
