//! Old-style JPEG (6). libtiff makes one stream of all that lies in a file; here each block is given what comes before its data
//! (`jpeg_tables`), so that it is a stream of its own. Its samples are handed out as they are stored, with chrominance repeated.

use super::assemble::{self, Colours, Shape};
use super::frame::Frame;
use super::stream::{Next, Stream};
use super::tables::Tables;
use super::{components, malformed};
use crate::codec::jpeg_header::header_length;
use crate::codec::{forgiven, output};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::BlockLayout;

/// The bytes that begin a stream.
const START: &[u8] = &[0xFF, 0xD8];

/// The block's samples.
///
/// # Errors
/// As [`super::decode`].
pub(in crate::codec) fn decode(layout: &BlockLayout, stored: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let samples = samples(layout, stored, limits).map_err(|error| match error.detail().tag {
        Some(259) => error.with_value(259, layout.compression),
        _ => error,
    });
    // A block is no whole stream: its end says nothing.
    forgiven::take();
    samples
}

fn samples(layout: &BlockLayout, stored: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let head = &layout.settings.jpeg_tables;
    if let Some((mut stream, mut tables, frame)) = own_stream(head, stored) {
        return decoded(layout, &mut stream, &mut tables, frame, limits);
    }
    let stream = whole(head, stored)?;
    let mut tables = Tables::default();
    let mut stream = Stream::new(&stream)?;
    let Next::Frame(frame) = stream.next(&mut tables, None)? else {
        return Err(malformed("there is no frame in it"));
    };
    decoded(layout, &mut stream, &mut tables, frame, limits)
}

fn decoded(
    layout: &BlockLayout,
    stream: &mut Stream<'_>,
    tables: &mut Tables,
    frame: Frame,
    limits: &Limits,
) -> Result<Vec<u8>> {
    let mut frame = fit(layout, frame)?;
    let planes = components::decode::<u8>(stream, tables, &mut frame, limits)?;
    let shape = Shape { width: layout.width, height: layout.height, samples: layout.samples };
    assemble::pixels(&frame, &planes, shape, Colours::Repeated)
}

/// A block that has a frame of its own: of what comes before it the tables count alone.
fn own_stream<'a>(head: &[u8], stored: &'a [u8]) -> Option<(Stream<'a>, Tables, Frame)> {
    let [0xFF, 0xC0..=0xCF | 0xD8..=0xFE, ..] = stored else { return None };
    let mut tables = Tables::default();
    if let Ok(mut before) = Stream::new(head)
        && let Ok(Next::Frame(frame)) = before.next(&mut tables, None)
    {
        // More tables may stand between the frame and the scan.
        let _ = before.next(&mut tables, Some(&frame));
    }
    let mut stream = Stream { data: stored, at: if stored.starts_with(START) { 2 } else { 0 }, marker: None };
    match stream.next(&mut tables, None) {
        Ok(Next::Frame(frame)) => Some((stream, tables, frame)),
        _ => None,
    }
}

/// What comes before a block's data, and the data. A restart that the data begins with ended the block before, and a second start
/// means nothing; nor does the end of the header, where the first block has what is before all.
fn whole(head: &[u8], stored: &[u8]) -> Result<Vec<u8>> {
    let data = match stored {
        [0xFF, 0xD0..=0xD8, rest @ ..] => rest,
        _ => stored,
    };
    let twice =
        header_length(data).filter(|length| data.get(..*length).is_some_and(|own| head.ends_with(own)));
    let data = data.get(twice.unwrap_or(0)..).unwrap_or_default();
    let head = head.strip_prefix(START).unwrap_or(head);
    let mut stream = output::reserved(START.len() + head.len() + data.len())?;
    [START, head, data].iter().for_each(|part| stream.extend_from_slice(part));
    Ok(stream)
}

/// A frame of the whole image, or of the block, as the block's. Luminance alone may be finer than the rest.
fn fit(layout: &BlockLayout, frame: Frame) -> Result<Frame> {
    let (width, height, count) = (frame.width, frame.height, frame.components.len());
    let found = || -> Error {
        let (columns, rows, samples) = (layout.width, layout.height, layout.samples);
        malformed(&format!(
            "it has {width} x {height} pixels of {count} components, the block {columns} x {rows} of {samples} samples"
        ))
    };
    let rows = u16::try_from(layout.height).map_err(|_| found())?;
    if (u32::from(width), count as u64) != (layout.width, layout.samples.into()) {
        return Err(found());
    }
    if frame.precision != 8 || frame.progressive {
        return Err(super::unsupported(
            "old-style JPEG of another process than the sequential one of 8 bits",
        ));
    }
    super::check_bits(layout, &frame)?;
    if let Some(part) = frame.components.iter().skip(1).find(|part| (part.across, part.down) != (1, 1)) {
        let message = format!("a component is sampled {} x {}, expected 1 x 1", part.across, part.down);
        return Err(malformed(&message));
    }
    // Those that libtiff makes pixels of.
    let factors = frame.components.first().map_or((1, 1), |part| (part.across, part.down));
    if count > 1 && !matches!(factors, (4, 4) | (4, 2) | (4, 1) | (2, 2) | (2, 1) | (1, 2) | (1, 1)) {
        let found = format!("old-style JPEG subsampled by {} and {}", factors.0, factors.1);
        return Err(super::unsupported(&found));
    }
    Frame::new(8, (width, rows), false, frame.components)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::pixel::{ByteOrder, CodecSettings, Colours, SampleFormat};

    /// One component of 8 x 8, all of it the first coefficient: `head` without the data's two bits.
    fn layout(jpeg_tables: Vec<u8>) -> BlockLayout {
        BlockLayout {
            compression: 6,
            predictor: 1,
            byte_order: ByteOrder::Little,
            width: 8,
            height: 8,
            samples: 1,
            bits: 8,
            format: SampleFormat::Unsigned,
            settings: CodecSettings { jpeg_tables, colours: Colours::Stored, ..CodecSettings::default() },
        }
    }

    fn head(frame: [u8; 2], precision: u8) -> Vec<u8> {
        let mut head = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
        head.extend([1; 64]);
        for kind in [0, 0x10] {
            // One code, of one bit: the value 0.
            head.extend([0xFF, 0xC4, 0, 20, kind, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        }
        head.extend([0xFF, frame[0], 0, 11, precision, 0, frame[1], 0, frame[1], 1, 0, 0x11, 0]);
        head.extend([0xFF, 0xDA, 0, 8, 1, 0, 0, 0, 63, 0]);
        head
    }

    #[test]
    fn the_end_of_the_header_in_the_first_block_counts_once() {
        let head = head([0xC0, 8], 8);
        let scan = &head[head.len() - 10..];
        assert_eq!(scan[..2], [0xFF, 0xDA]);
        let decode = |data: &[u8]| decode(&layout(head.clone()), data, &Limits::default()).unwrap();
        // Two bits: a difference of 0 and the end of the block; then another value would follow.
        assert_eq!(decode(&[scan, &[0x3F]].concat()), decode(&[0x3F]));
    }

    #[test]
    fn a_head_and_data_are_a_stream_whatever_lies_between() {
        let decode =
            |head: &[u8], data: &[u8]| decode(&layout(head.to_vec()), data, &Limits::default()).unwrap();
        let head = head([0xC0, 8], 8);
        for data in [&[0x3F][..], &[0xFF, 0xD0, 0x3F], &[0xFF, 0xD8, 0x3F], &[0x3F, 0xFF, 0xD9]] {
            assert_eq!(decode(&head, data), [128; 64]);
            assert_eq!(decode(&head[2..], data), [128; 64], "without a start");
        }
        let (before, after) = head.split_at(80);
        assert_eq!(decode(before, &[after, &[0x3F]].concat()), [128; 64], "part of the header in the block");
        let (before, after) = head.split_at(head.len() - 23);
        assert_eq!(after[..2], [0xFF, 0xC0]);
        assert_eq!(decode(before, &[after, &[0x3F]].concat()), [128; 64], "the frame in the block");
        assert_eq!(decode(&head, &[&head[..], &[0x3F]].concat()), [128; 64], "a stream of its own");
        assert_eq!(decode(&head, &[after, &[0x3F]].concat()), [128; 64], "a frame of its own");
    }

    #[test]
    fn what_libtiff_does_not_read_is_refused() {
        let refused = |head: Vec<u8>| {
            let error = decode(&layout(head), &[0x3F], &Limits::default()).unwrap_err();
            (error.code(), error.detail().value.clone())
        };
        assert_eq!(refused(Vec::new()), (Code::Malformed, None));
        assert_eq!(refused(head([0xC0, 16], 8)), (Code::Malformed, None), "another width");
        let unsupported = (Code::Unsupported, Some("6".to_owned()));
        assert_eq!(refused(head([0xC2, 8], 8)), unsupported, "progressive");
        assert_eq!(refused(head([0xC0, 8], 12)), unsupported, "of 12 bits");
        assert_eq!(refused(head([0xC3, 8], 8)), unsupported, "lossless");
        let wide = BlockLayout { bits: 32, ..layout(head([0xC0, 8], 8)) };
        assert_eq!(decode(&wide, &[0x3F], &Limits::default()).unwrap_err().code(), Code::Malformed);
    }
}
