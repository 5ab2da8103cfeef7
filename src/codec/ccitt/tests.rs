//! The whole decoder: streams by hand, and against hayro-ccitt, good and damaged.

use hayro_ccitt::{DecodeSettings, DecoderContext, EncodingMode};

use super::encoder::{Coding, Encoded, encode};
use super::*;
use crate::codec::sample::{Random, random_bytes};
use crate::error::Code;
use crate::pixel::{ByteOrder, CodecSettings, SampleFormat};

fn layout(compression: u16, option: u32, width: u32, height: u32) -> BlockLayout {
    BlockLayout {
        compression,
        predictor: 1,
        byte_order: ByteOrder::Little,
        width,
        height,
        samples: 1,
        bits: 1,
        format: SampleFormat::Unsigned,
        settings: CodecSettings { option, ..CodecSettings::default() },
    }
}

fn rows(layout: &BlockLayout, stored: &[u8]) -> Result<(usize, Vec<u8>)> {
    let mut block = vec![0; layout.stored_bytes().unwrap() as usize];
    let found = decode(layout, stored, &mut block)?;
    Ok((found, block))
}

/// Six rows of 16 pixels.
const PIXELS: [u8; 12] = [0xF0, 0x0F, 0xF8, 0x0F, 0, 0, 0x18, 0x18, 0xFF, 0xFF, 0xAA, 0x01];

/// Python: Pillow's `tiff_ccitt`, `group3`, `group3` with T4Options 1 and `group4` of these rows.
const STREAMS: [(u16, u32, &[u8]); 4] = include!("../vectors/fax.in");

#[test]
fn known_answers() {
    for (compression, options, stored) in STREAMS {
        let layout = layout(compression, options, 16, 6);
        assert_eq!(rows(&layout, stored).unwrap(), (12, PIXELS.to_vec()), "{compression} {options}");
        let turned: Vec<u8> = stored.iter().map(|byte| byte.reverse_bits()).collect();
        let mut reversed = layout.clone();
        reversed.settings.reversed_bits = true;
        assert_eq!(rows(&reversed, &turned).unwrap(), (12, PIXELS.to_vec()), "{compression} {options}");
    }
}

#[test]
fn rows_that_a_stream_ends_before() {
    for (compression, options, stored) in STREAMS {
        let longer = layout(compression, options, 16, 9);
        let (found, block) = rows(&longer, stored).unwrap();
        // Modified Huffman lacks them. Group 4 is ended by a code, and they are white. In Group 3 the last byte's zeros
        // look like the beginning of a line that has no end: libtiff takes the stream for one without such codes.
        let expected = if compression == 2 { 12..=14 } else { 18..=18 };
        assert!(expected.contains(&found), "{compression} {options}: {found} bytes");
        assert_eq!(&block[..12], PIXELS);
        assert_eq!(rows(&longer, &[]).unwrap().0, 0);
    }
}

#[test]
fn a_bad_code_spoils_its_row_alone() {
    // White 0 and black 4, then a code that does not exist; the next row is all white.
    let stored = [0b0011_0101, 0b0110_0000, 0b0001_1010, 0b1010_0000];
    let (found, block) = rows(&layout(2, 0, 16, 2), &stored).unwrap();
    assert_eq!((found, &block[..]), (4, &[0xF0, 0, 0, 0][..]));
}

#[test]
fn other_samples_are_refused() {
    let one = layout(4, 0, 16, 6);
    let refused = |layout: &BlockLayout| {
        let error = decode(layout, &[0; 9], &mut [0; 99]).unwrap_err();
        (error.code(), error.detail().tag)
    };
    assert_eq!(refused(&BlockLayout { bits: 8, ..one.clone() }), (Code::Unsupported, Some(258)));
    assert_eq!(refused(&BlockLayout { samples: 3, ..one }), (Code::Unsupported, Some(277)));
}

#[test]
fn noise_gives_rows_or_an_error() {
    let mut random = Random(3);
    let mut outcomes = [0; 3];
    for round in 0..8000 {
        let (compression, options, stored) = STREAMS[random.below(4) as usize];
        let compression = if compression == 2 && round % 2 == 0 { 32771 } else { compression };
        let mut noisy = stored.to_vec();
        if random.below(3) == 0 {
            noisy = random_bytes(round, random.below(200) as usize);
        }
        for _ in 0..random.below(4) {
            let place = random.below(noisy.len() as u64 + 1) as usize;
            if let Some(byte) = noisy.get_mut(place) {
                *byte = random.next() as u8;
            }
        }
        let layout = layout(
            compression,
            options,
            [1, 7, 16, 100, 5000][random.below(5) as usize],
            random.below(30) as u32 + 1,
        );
        let size = layout.stored_bytes().unwrap() as usize;
        match rows(&layout, &noisy) {
            Ok((found, _)) if found == size => outcomes[0] += 1,
            Ok((found, _)) => {
                assert!(found < size);
                outcomes[1] += 1;
            }
            Err(error) => {
                assert_eq!(error.code(), Code::Malformed, "{error:?}");
                outcomes[2] += 1;
            }
        }
    }
    assert!(outcomes[0] > 1000 && outcomes[1] > 1000, "whole, short, refused: {outcomes:?}");
}

/// A bitmap by where its rows change colour: noise, runs, something like text, slopes, all white or all black.
fn bitmap(random: &mut Random, width: usize, height: usize) -> Vec<Vec<usize>> {
    let kind = random.below(6);
    let longest = 1 + [3, 90, 3000][random.below(3) as usize];
    let runs = |random: &mut Random| {
        let mut changes = vec![random.below(longest) as usize];
        while changes.last().is_some_and(|last| *last < width) {
            changes.push(changes[changes.len() - 1] + 1 + random.below(longest) as usize);
        }
        changes.retain(|change| *change < width);
        changes
    };
    let first = runs(random);
    let mut rows = vec![first];
    while rows.len() < height {
        let before = &rows[rows.len() - 1];
        let row = match (kind, random.below(8)) {
            (0, _) => runs(random),
            (1, _) => vec![],
            (2, _) => vec![0],
            (3, 0) => vec![],
            (4, _) => before.iter().map(|change| change + random.below(3) as usize).collect(),
            (_, 0) => runs(random),
            _ => {
                let mut row = before.clone();
                if let Some(change) = row.get_mut(random.below(50) as usize) {
                    *change = (*change + random.below(9) as usize).saturating_sub(4);
                }
                row
            }
        };
        let good = row.iter().all(|change| *change < width) && row.is_sorted_by(|one, other| one < other);
        rows.push(if good { row } else { runs(random) });
    }
    rows
}

/// Any coding but rows of words: where those begin, libtiff tells by the bytes that it happens to have loaded.
fn coding(random: &mut Random) -> Coding {
    let mut maybe = || random.below(2) == 0;
    let [one, two, three, four] = [(); 4].map(|()| maybe());
    match random.below(7) {
        0 => Coding::Bytes,
        1..4 => Coding::Group4 { ended: one },
        changes @ 4..6 if one => {
            Coding::Group3 { lines: true, filled: two, changes: changes as usize - 4, ended: three }
        }
        _ => Coding::Group3 {
            lines: two,
            filled: two && three,
            changes: random.below(5) as usize,
            ended: two && four,
        },
    }
}

fn packed(rows: &[Vec<usize>], width: usize) -> Vec<u8> {
    let mut bytes = vec![0_u8; rows.len() * width.div_ceil(8)];
    for (row, bytes) in rows.iter().zip(bytes.chunks_mut(width.div_ceil(8))) {
        for pair in row.chunks(2) {
            let end = pair.get(1).copied().unwrap_or(width);
            (pair[0]..end).for_each(|pixel| bytes[pixel / 8] |= 0x80 >> (pixel % 8));
        }
    }
    bytes
}

struct Changes(Vec<Vec<usize>>);

impl hayro_ccitt::Decoder for Changes {
    fn push_row(&mut self, changes: &[u32]) {
        self.0.push(changes.iter().map(|change| *change as usize).collect());
    }
}

/// What hayro-ccitt gives for a stream that is without fault.
fn reference(layout: &BlockLayout, coding: Coding, stored: &[u8]) -> Option<Vec<u8>> {
    let mut rows = Changes(Vec::new());
    let (ended, lines) = match coding {
        Coding::Bytes => (false, false),
        Coding::Group3 { ended, lines, .. } => (ended, lines),
        Coding::Group4 { ended } => (ended, false),
    };
    let settings = DecodeSettings {
        columns: layout.width,
        rows: layout.height,
        end_of_block: ended,
        end_of_line: lines,
        rows_are_byte_aligned: coding == Coding::Bytes,
        encoding: match coding {
            Coding::Group4 { .. } => EncodingMode::Group4,
            Coding::Group3 { changes: 1.., .. } => EncodingMode::Group3_2D,
            _ => EncodingMode::Group3_1D,
        },
        strict: true,
    };
    hayro_ccitt::decode(stored, &mut rows, &mut DecoderContext::new(settings)).ok()?;
    let whole = rows.0.len() == layout.height as usize;
    whole.then(|| packed(&rows.0, layout.width as usize))
}

/// A random bitmap, its stream, and its layout.
fn encoded(random: &mut Random) -> (BlockLayout, Coding, Vec<u8>, Encoded) {
    let most = [20, 300, 5000][random.below(3) as usize];
    let (width, height) = (1 + random.below(most) as usize, 1 + random.below(9000 / most.max(300)) as usize);
    let (rows, coding) = (bitmap(random, width, height), coding(random));
    let compression = match coding {
        Coding::Bytes => 2,
        Coding::Group3 { .. } => 3,
        Coding::Group4 { .. } => 4,
    };
    let option = u32::from(matches!(coding, Coding::Group3 { changes: 1.., .. }));
    let layout = layout(compression, option, width as u32, height as u32);
    (layout, coding, packed(&rows, width), encode(&rows, width, coding))
}

#[test]
fn as_hayro_ccitt_on_good_streams() {
    let mut random = Random(41);
    for round in 0..1500 {
        let (layout, coding, pixels, Encoded { stored, .. }) = encoded(&mut random);
        let what = format!("round {round}: {coding:?}, {} x {}", layout.width, layout.height);
        assert!(reference(&layout, coding, &stored).as_ref() == Some(&pixels), "{what}");
        assert!(rows(&layout, &stored).unwrap() == (pixels.len(), pixels), "{what}");
    }
}

#[test]
fn as_hayro_ccitt_on_damaged_streams() {
    let mut random = Random(42);
    // The same rows; others, where libtiff gives those that the decoder here gives; refused as faulty or too short by hayro-ccitt alone.
    let mut outcomes = [0; 3];
    for round in 0..6000 {
        let (layout, coding, pixels, Encoded { mut stored, row_ends }) = encoded(&mut random);
        let what = format!("round {round}: {coding:?}, {} x {}", layout.width, layout.height);
        let place = random.below(stored.len() as u64) as usize;
        match random.below(6) {
            0 => stored.truncate(place),
            1 => stored.insert(place, random.next() as u8),
            2 => drop(stored.remove(place)),
            3 => stored[place] = random.next() as u8,
            _ => stored[place] ^= 1 << random.below(8),
        }
        let row = layout.width.div_ceil(8) as usize;
        let found = rows(&layout, &stored);
        if let Ok((found, block)) = &found {
            assert!(found % row == 0 && block.len() == pixels.len(), "{what}");
            let sound = row_ends.iter().take_while(|end| **end + 13 <= place * 8).count() * row;
            assert!(*found >= sound && block[..sound] == pixels[..sound], "{what}");
        }
        let outcome = match (found, reference(&layout, coding, &stored)) {
            (Ok((found, block)), Some(expected)) if found == block.len() && block == expected => 0,
            (Ok(_), Some(_)) => 1,
            (Ok(_), None) => 2,
            (Err(error), expected) => {
                assert!(error.code() == Code::Malformed && expected.is_none(), "{what}: {error}");
                2
            }
        };
        outcomes[outcome] += 1;
    }
    assert!(outcomes[0] > 1000 && outcomes[1] < 20 && outcomes[2] > 3000, "{outcomes:?}");
}
