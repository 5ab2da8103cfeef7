//! Old-style JPEG (6): what of an image's stream lies outside its blocks, put together as libtiff does. That is a stream up to its
//! blocks (JPEGInterchangeFormat), or tables by tags, without any markers around them. A stream that the first block lies in is
//! one block of its own.

use super::fields::Fields;
use super::settings;
use super::table::{BlockTable, StoredBlock};
use super::tag::{self, id};
use super::values::need;
use crate::byte_range::ByteRange;
use crate::codec::jpeg_header::header_length;
use crate::error::{Answer, Error};
use crate::pixel::SampleFormat;

/// The tags that are read here.
pub const TAGS: &[u16] = &[
    id::JPEG_INTERCHANGE_FORMAT,
    id::JPEG_INTERCHANGE_FORMAT_LENGTH,
    id::JPEG_RESTART_INTERVAL,
    id::JPEG_Q_TABLES,
    id::JPEG_DC_TABLES,
    id::JPEG_AC_TABLES,
];

/// Bytes that such tables have at most, as a rule: asked for at once.
const USUAL: [(u16, u64); 3] =
    [(id::JPEG_Q_TABLES, 64), (id::JPEG_DC_TABLES, 16 + 12), (id::JPEG_AC_TABLES, 16 + 162)];

/// Bytes in which a header must end.
const MOST_HEADER: u64 = 1 << 14;

/// The image as far as it is known.
pub(super) struct Shape {
    pub width: u32,
    pub rows: u32,
    pub samples: u32,
    pub subsampling: [u16; 2],
    pub blocks: u64,
    pub tiled: bool,
}

/// Whether Compression is this one.
pub(super) fn is(fields: &Fields<'_>) -> Answer<bool> {
    Ok(fields.shorts(id::COMPRESSION)?.is_some_and(|values| values.first() == Some(&6)))
}

/// PhotometricInterpretation, where the file says `found`: colours are luminance and two differences.
///
/// # Errors
/// `unsupported` for other colours, and for floating-point numbers, of which libtiff makes none.
pub(super) fn photometric(
    fields: &Fields<'_>,
    found: u16,
    samples: u32,
    format: SampleFormat,
    warnings: &mut Vec<String>,
) -> Answer<u16> {
    let told = fields.forgiven(id::PHOTOMETRIC_INTERPRETATION, &mut Vec::new())?;
    if told == Some(2) {
        warnings
            .push("PhotometricInterpretation is RGB: taken as YCbCr, which old-style JPEG has".to_owned());
    }
    let photometric = if matches!(told, None | Some(2)) { 6 } else { found };
    if samples > 1 && photometric != 6 {
        let message =
            format!("old-style JPEG of PhotometricInterpretation {photometric} is not supported, expected 6");
        return Err(Error::unsupported(message)
            .with_value(id::PHOTOMETRIC_INTERPRETATION, photometric)
            .into());
    }
    if format == SampleFormat::Float {
        let message = "old-style JPEG of SampleFormat 3 is not supported, expected 1";
        return Err(Error::unsupported(message).with_value(id::SAMPLE_FORMAT, 3).into());
    }
    Ok(photometric)
}

/// SamplesPerPixel, where the file does not say.
pub(super) fn samples(fields: &Fields<'_>) -> Answer<u16> {
    let found = fields.forgiven(id::PHOTOMETRIC_INTERPRETATION, &mut Vec::new())?;
    Ok(if matches!(found, None | Some(2 | 6)) { 3 } else { 1 })
}

/// Whether what is said to lie in planes does not: there is one block only.
pub(super) fn is_in_one(fields: &Fields<'_>) -> bool {
    let one = |tag| fields.ifd.entry(tag).is_some_and(|entry| entry.count == 1);
    one(id::STRIP_OFFSETS) && one(id::STRIP_BYTE_COUNTS)
}

/// What goes before each block's own bytes; and the table of a stream that is the whole image, where there is one.
///
/// # Errors
/// `malformed` for tables that lie outside the file; `limit` for a stream before the blocks that is too long.
pub(super) fn read(
    fields: &Fields<'_>,
    table: Option<&BlockTable>,
    shape: &Shape,
) -> Answer<(Vec<u8>, Option<BlockTable>)> {
    let (values, ifd) = (fields.values, fields.ifd);
    let stream = stream(fields)?;
    let first = first_block(fields, table)?;
    let inside = |stream: &ByteRange| first.is_none_or(|first| (stream.start..stream.end).contains(&first));
    let whole = stream.filter(|stream| inside(stream) && (shape.blocks == 1 || !shape.tiled));
    let mut head = vec![0xFF, 0xD8];
    let [.., high, low] = settings::first(values, ifd, id::JPEG_RESTART_INTERVAL)?.to_be_bytes();
    // Each of several blocks ends with a restart, and has none inside.
    if (high, low) != (0, 0) && (whole.is_some() || shape.blocks == 1) {
        head.extend([0xFF, 0xDD, 0, 4, high, low]);
    }
    if let Some(stream) = whole {
        let entry = |tag| ifd.entry(tag).copied();
        let length = number(fields, id::JPEG_INTERCHANGE_FORMAT_LENGTH)?;
        let counts = entry(id::JPEG_INTERCHANGE_FORMAT_LENGTH).filter(|_| length == stream.len());
        let overhead = table.map_or(0, |table| table.overhead);
        let offsets = entry(id::JPEG_INTERCHANGE_FORMAT);
        return Ok((
            head,
            offsets.map(|offsets| BlockTable { offsets, counts, single: true, counts_tell: false, overhead }),
        ));
    }
    let Some(stream) = stream else {
        head.extend(tables(fields, shape)?);
        add_first_header(fields, first, shape, &mut head)?;
        return Ok((head, None));
    };
    let end = first.filter(|_| inside(&stream)).unwrap_or(stream.end);
    let before = ByteRange::new(stream.start, end);
    let (length, limit) = (before.len(), values.limits.tag_bytes);
    if length > limit {
        let what = "bytes of the JPEG stream before the blocks";
        return Err(Error::limit("tag_bytes", what, length, limit).into());
    }
    let found = values.bytes.get(before, "the JPEG stream before the blocks")?;
    head.extend_from_slice(found.strip_prefix(&[0xFF, 0xD8]).unwrap_or(found));
    add_first_header(fields, first, shape, &mut head)?;
    Ok((head, None))
}

/// The header of the first of several blocks, where they have no other one: it is that of all.
fn add_first_header(
    fields: &Fields<'_>,
    first: Option<u64>,
    shape: &Shape,
    head: &mut Vec<u8>,
) -> Answer<()> {
    let (Some(start), 2.., None) = (first, shape.blocks, header_length(head)) else { return Ok(()) };
    let end = fields.values.bytes.end().unwrap_or(u64::MAX).min(start.saturating_add(MOST_HEADER));
    let found = fields.values.bytes.get(ByteRange::new(start, end), "the first block's JPEG header")?;
    let header = header_length(found).and_then(|length| found.get(..length)).unwrap_or_default();
    head.extend_from_slice(header.strip_prefix(&[0xFF, 0xD8]).unwrap_or(header));
    Ok(())
}

/// The first number of a tag; 0 where there is none.
fn number(fields: &Fields<'_>, tag: u16) -> Answer<u64> {
    Ok(settings::list(fields.values, fields.ifd, tag)?.first().copied().unwrap_or(0))
}

/// The stream at JPEGInterchangeFormat; up to the end of the file where no length is given that can be.
fn stream(fields: &Fields<'_>) -> Answer<Option<ByteRange>> {
    let start = number(fields, id::JPEG_INTERCHANGE_FORMAT)?;
    let length = number(fields, id::JPEG_INTERCHANGE_FORMAT_LENGTH)?;
    let end = fields.values.bytes.end().unwrap_or(u64::MAX);
    let stream_end = if length == 0 { end } else { start.saturating_add(length).min(end) };
    Ok((start > 0 && start < end).then(|| ByteRange::new(start, stream_end)))
}

/// Where the first block begins, if it does so in the file.
fn first_block(fields: &Fields<'_>, table: Option<&BlockTable>) -> Answer<Option<u64>> {
    let found = table.map(|table| table.lookup(fields.values, &[0])).transpose();
    let first = match found {
        Err(stop) if !stop.is_need() => None,
        found => found?.and_then(|blocks| blocks.first().copied()),
    };
    let end = fields.values.bytes.end();
    Ok(match first {
        Some(StoredBlock::Bytes(ByteRange { start, .. }) | StoredBlock::From(start)) => {
            Some(start).filter(|start| end.is_none_or(|end| *start < end))
        }
        _ => None,
    })
}

/// A header out of tables by tags: quantization, both kinds of Huffman codes, the frame, the scan. Empty where there are none.
fn tables(fields: &Fields<'_>, shape: &Shape) -> Answer<Vec<u8>> {
    let mut places = Vec::new();
    for (tag, usual) in USUAL {
        let offsets = settings::list(fields.values, fields.ifd, tag)?;
        places.push((tag, usual, offsets));
    }
    if places.iter().any(|(_, _, offsets)| offsets.first().is_none_or(|offset| *offset == 0)) {
        return Ok(Vec::new());
    }
    let given = settings::factors(fields.values, fields.ifd, &mut Vec::new())?;
    if let Some([across, down]) = given.filter(|given| given.contains(&0)) {
        let message = format!("YCbCrSubSampling is {across} and {down}, expected 1, 2 or 4");
        return Err(Error::malformed(message).with_tag(id::YCBCR_SUBSAMPLING).into());
    }
    let bytes = fields.values.bytes;
    let mut missing = Vec::new();
    for (_, usual, offsets) in &places {
        for offset in offsets.iter().take(3) {
            let range = ByteRange::at(*offset, *usual).filter(|range| bytes.check_end(*range, "").is_ok());
            if let Some(range) = range {
                missing.extend_from_slice(&bytes.missing(range));
            }
        }
    }
    need(bytes, missing)?;
    let samples = shape.samples.min(3) as u8;
    let (mut head, mut numbers) = (Vec::new(), Vec::new());
    for (tag, _, offsets) in &places {
        numbers.push(add_tables(fields, *tag, offsets, samples, &mut head)?);
    }
    let number = |kind: usize, sample: u8| {
        numbers.get(kind).and_then(|numbers| numbers.get(usize::from(sample))).copied().unwrap_or(0)
    };
    let [high, low] = (shape.rows.min(0xFFFF) as u16).to_be_bytes();
    let [left, right] = (shape.width.min(0xFFFF) as u16).to_be_bytes();
    head.extend([0xFF, 0xC0, 0, 8 + 3 * samples, 8, high, low, left, right, samples]);
    for sample in 0..samples {
        let [across, down] =
            shape.subsampling.map(|factor| if factor == 0 { 2 } else { factor.min(15) as u8 });
        let factors = if sample == 0 && samples > 1 { across << 4 | down } else { 0x11 };
        head.extend([sample, factors, number(0, sample)]);
    }
    head.extend([0xFF, 0xDA, 0, 6 + 2 * samples, samples]);
    (0..samples).for_each(|sample| head.extend([sample, number(1, sample) << 4 | number(2, sample)]));
    head.extend([0, 63, 0]);
    Ok(head)
}

/// Adds the tables of one kind, each under the number of the first sample that it is for; gives the number for each sample.
fn add_tables(
    fields: &Fields<'_>,
    tag: u16,
    offsets: &[u64],
    samples: u8,
    head: &mut Vec<u8>,
) -> Answer<Vec<u8>> {
    let name = tag::name(tag);
    let get = |offset: u64, skip: u64, length: u64| {
        let range = offset.checked_add(skip).and_then(|start| ByteRange::at(start, length));
        let range = range.ok_or_else(|| Error::malformed(format!("{name} is at {offset}")).with_tag(tag))?;
        fields.values.bytes.get(range, &name)
    };
    let mut numbers: Vec<u8> = Vec::new();
    for sample in 0..samples {
        let before = offsets.get(usize::from(sample).wrapping_sub(1));
        let own = offsets.get(usize::from(sample)).filter(|offset| **offset > 0 && Some(*offset) != before);
        numbers.push(if own.is_some() { sample } else { numbers.last().copied().unwrap_or(0) });
        let Some(offset) = own else { continue };
        if tag == id::JPEG_Q_TABLES {
            head.extend([0xFF, 0xDB, 0, 67, sample]);
            head.extend_from_slice(get(*offset, 0, 64)?);
            continue;
        }
        let counts = get(*offset, 0, 16)?;
        let total: u16 = counts.iter().map(|count| u16::from(*count)).sum();
        let [high, low] = (19 + total).to_be_bytes();
        let kind = if tag == id::JPEG_DC_TABLES { 0 } else { 0x10 };
        head.extend([0xFF, 0xC4, high, low, kind | sample]);
        head.extend_from_slice(counts);
        head.extend_from_slice(get(*offset, 16, total.into())?);
    }
    Ok(numbers)
}
