//! The whole decoder against libjpeg-turbo-rs, which decodes as libjpeg-turbo does, on streams of its encoder, good and damaged.

use libjpeg_turbo_rs::precision::{compress_12bit, decompress_12bit};
use libjpeg_turbo_rs::raw_data_12::decompress_raw_12;
use libjpeg_turbo_rs::{
    ColorSpace, DecodeLimits, DecodeWarning, Decoder, Encoder, PixelFormat, ScanScript, Subsampling,
};

use super::components::{Plane, Sample};
use super::*;
use crate::codec::sample::Random;
use crate::error::Code;
use crate::pixel::{ByteOrder, SampleFormat};

/// Samples of luminance across and down for each of the other components, so that a unit has ten blocks at most.
const FACTORS: [(u8, u8); 14] = [
    (1, 1),
    (2, 1),
    (1, 2),
    (2, 2),
    (4, 1),
    (1, 4),
    (4, 2),
    (2, 4),
    (3, 1),
    (1, 3),
    (3, 2),
    (2, 3),
    (1, 1),
    (2, 2),
];

/// PhotometricInterpretation of grey, RGB, CMYK and YCbCr.
const KINDS: [u16; 5] = [1, 2, 5, 6, 6];

fn layout(photometric: u16, width: usize, height: usize, bits: u16) -> BlockLayout {
    BlockLayout {
        compression: 7,
        predictor: 1,
        byte_order: ByteOrder::Little,
        width: width as u32,
        height: height as u32,
        samples: match photometric {
            1 => 1,
            5 => 4,
            _ => 3,
        },
        bits,
        format: SampleFormat::Unsigned,
        settings: CodecSettings { photometric, ..CodecSettings::default() },
    }
}

/// Samples of 16 bits: noise, slopes with some, few values, or one.
fn samples(random: &mut Random, layout: &BlockLayout) -> Vec<u16> {
    let (kind, row) = (random.below(5), layout.width as usize * layout.samples as usize);
    let (across, down, noise) = (random.below(900), random.below(900), 1 << random.below(14));
    let count = row * layout.height as usize;
    let one = random.next() as u16;
    (0..count)
        .map(|place| {
            let (x, y) = ((place % row) as u64, (place / row) as u64);
            match kind {
                0 => random.next() as u16,
                1 | 2 => (x * across + y * down + random.below(noise)) as u16,
                3 => random.below(3) as u16 * 32767,
                _ => one,
            }
        })
        .collect()
}

/// A random image, as a stream of 8-bit samples.
fn encoded(random: &mut Random) -> (BlockLayout, Vec<u8>) {
    let size = |random: &mut Random| {
        let most = [9, 20, 75][random.below(3) as usize];
        1 + random.below(most) as usize
    };
    let layout = layout(KINDS[random.below(5) as usize], size(random), size(random), 8);
    let pixels: Vec<u8> = samples(random, &layout).iter().map(|sample| (sample >> 8) as u8).collect();
    let stream = encoder(random, &layout, &pixels).encode().unwrap();
    (layout, stream)
}

fn encoder<'a>(random: &mut Random, layout: &BlockLayout, pixels: &'a [u8]) -> Encoder<'a> {
    let format = match layout.samples {
        1 => PixelFormat::Grayscale,
        3 => PixelFormat::Rgb,
        _ => PixelFormat::Cmyk,
    };
    let mut encoder = Encoder::new(pixels, layout.width as usize, layout.height as usize, format)
        .quality(1 + random.below(100) as u8)
        .optimize_huffman(random.below(2) == 0)
        .progressive(random.below(2) == 0);
    match layout.settings.photometric {
        2 => encoder = encoder.colorspace(ColorSpace::Rgb),
        5 => encoder = encoder.sampling_factors(vec![(1, 1); 4]),
        6 => encoder = encoder.sampling_factors(factors(random)),
        _ => {}
    }
    match random.below(4) {
        0 => encoder.restart_blocks(1 + random.below(20) as u16),
        1 => encoder.restart_rows(1 + random.below(3) as u16),
        _ => encoder,
    }
}

fn factors(random: &mut Random) -> Vec<(u8, u8)> {
    vec![FACTORS[random.below(FACTORS.len() as u64) as usize], (1, 1), (1, 1)]
}

/// A stream's frame, and its components before they are put together.
fn planes<T: Sample>(stored: &[u8]) -> Result<(Frame, Vec<Plane<T>>)> {
    let limits = Limits { block_bytes: 1 << 17, ..Limits::default() };
    let (mut stream, mut tables) = (Stream::new(stored)?, Tables::default());
    let Next::Frame(mut frame) = stream.next(&mut tables, None)? else { return Err(malformed("no frame")) };
    if u32::from(frame.precision) != T::BITS {
        return Err(malformed("other bits"));
    }
    let planes = components::decode(&mut stream, &mut tables, &mut frame, &limits)?;
    Ok((frame, planes))
}

/// The components of a stream by libjpeg-turbo-rs.
fn reference(stored: &[u8]) -> Option<Vec<Vec<u8>>> {
    let limits =
        DecodeLimits { max_pixels: 1 << 16, max_scans: MOST_SCANS as usize, ..DecodeLimits::default() };
    let decoder = Decoder::new_with_limits(stored, limits).ok()?;
    Some(decoder.with_lenient(true).decode_raw().ok()?.planes)
}

fn same_planes<T: Sample + PartialEq>(planes: &[Plane<T>], expected: &[Vec<T>]) -> bool {
    planes.len() == expected.len()
        && planes.iter().zip(expected).all(|(plane, expected)| plane.samples == *expected)
}

#[test]
fn as_libjpeg_turbo_on_good_streams() {
    let mut random = Random(31);
    for round in 0..400 {
        let (layout, stored) = encoded(&mut random);
        let expected = reference(&stored).unwrap();
        assert!(same_planes(&planes::<u8>(&stored).unwrap().1, &expected), "round {round}: {layout:?}");
        let mut decoder = Decoder::new(&stored).unwrap();
        if layout.samples == 4 {
            decoder.set_output_format(PixelFormat::Cmyk);
        }
        let expected = decoder.decode_image().unwrap();
        let found = decode(&layout, &stored, &Limits::default()).unwrap();
        assert_eq!(found, expected.data, "round {round}: {layout:?}");
    }
}

#[test]
fn scans_of_any_plan() {
    let mut random = Random(32);
    let scan = |components: &[u8], (ss, se): (u8, u8), (ah, al): (u8, u8)| ScanScript {
        components: components.to_vec(),
        ss,
        se,
        ah,
        al,
    };
    for round in 0..60 {
        let layout = layout(6, 1 + random.below(60) as usize, 1 + random.below(60) as usize, 8);
        let pixels: Vec<u8> =
            samples(&mut random, &layout).iter().map(|sample| (sample >> 8) as u8).collect();
        let (bits, split) = (random.below(4) as u8, 1 + random.below(62) as u8);
        let together = random.below(2) == 0;
        let mut script = match together {
            true => vec![scan(&[0, 1, 2], (0, 0), (0, bits))],
            false => (0..3).map(|part| scan(&[part], (0, 0), (0, bits))).collect(),
        };
        for part in [2, 0, 1] {
            script.extend([(1, split), (split + 1, 63)].map(|range| scan(&[part], range, (0, bits))));
            script.extend((0..bits).rev().map(|low| scan(&[part], (1, 63), (low + 1, low))));
        }
        script.extend((0..bits).rev().map(|low| scan(&[0, 1, 2], (0, 0), (low + 1, low))));
        let encoder = encoder(&mut random, &layout, &pixels).progressive(true).scan_script(script);
        let stored = encoder.encode().unwrap();
        let expected = Decoder::decode(&stored).unwrap();
        let found = decode(&layout, &stored, &Limits::default()).unwrap();
        assert_eq!(found, expected.data, "round {round}");
    }
}

#[test]
fn tables_apart() {
    let mut random = Random(33);
    for round in 0..60 {
        let mut layout = layout(6, 1 + random.below(60) as usize, 1 + random.below(60) as usize, 8);
        let pixels: Vec<u8> =
            samples(&mut random, &layout).iter().map(|sample| (sample >> 8) as u8).collect();
        let encoder = encoder(&mut random, &layout, &pixels).progressive(false).optimize_huffman(false);
        let whole = encoder.encode().unwrap();
        layout.settings.jpeg_tables = encoder.write_tables();
        let stored = encoder.suppress_tables(true).encode().unwrap();
        assert!(stored.len() < whole.len(), "round {round}");
        let found = decode(&layout, &stored, &Limits::default()).unwrap();
        assert_eq!(found, Decoder::decode(&whole).unwrap().data, "round {round}");
    }
}

#[test]
fn twelve_bits() {
    const SUBSAMPLINGS: [Subsampling; 8] = [
        Subsampling::S444,
        Subsampling::S422,
        Subsampling::S420,
        Subsampling::S440,
        Subsampling::S411,
        Subsampling::S441,
        Subsampling::S410,
        Subsampling::S24,
    ];
    let mut random = Random(34);
    for round in 0..120 {
        let (width, height) = (1 + random.below(50) as usize, 1 + random.below(50) as usize);
        let (photometric, subsampling) = match random.below(4) {
            0 => (1, Subsampling::S444),
            _ => (6, SUBSAMPLINGS[random.below(8) as usize]),
        };
        let layout = layout(photometric, width, height, 12);
        let pixels: Vec<i16> =
            samples(&mut random, &layout).iter().map(|sample| (sample >> 4).cast_signed()).collect();
        let (count, quality) = (layout.samples as usize, 1 + random.below(100) as u8);
        let stored = compress_12bit(&pixels, width, height, count, quality, subsampling).unwrap();
        let what = format!("round {round}: {width} x {height}, {subsampling:?}");
        let expected: Vec<Vec<u16>> = decompress_raw_12(&stored)
            .unwrap()
            .planes
            .iter()
            .map(|plane| plane.iter().map(|sample| sample.cast_unsigned()).collect())
            .collect();
        assert!(same_planes(&planes::<u16>(&stored).unwrap().1, &expected), "{what}");
        let found = decode(&layout, &stored, &Limits::default()).unwrap();
        let found: Vec<i16> = found.as_chunks().0.iter().map(|bytes| i16::from_ne_bytes(*bytes)).collect();
        assert_eq!(found, decompress_12bit(&stored).unwrap().data, "{what}");
    }
}

#[test]
fn other_processes_are_named() {
    let pixels = [7; 64];
    let refused = |encoder: Encoder<'_>| {
        let stored = encoder.encode().unwrap();
        let error = decode(&layout(1, 8, 8, 8), &stored, &Limits::default()).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported);
        error.message().to_owned()
    };
    let encoder = || Encoder::new(&pixels, 8, 8, PixelFormat::Grayscale);
    assert!(refused(encoder().arithmetic(true)).contains("arithmetically coded JPEG"));
    assert!(refused(encoder().arithmetic(true).progressive(true)).contains("arithmetically coded JPEG"));
    assert!(refused(encoder().lossless(true)).contains("lossless JPEG"));
}

/// Changes some bytes of a stream; most of what has effect lies before the data.
fn damage(random: &mut Random, stored: &mut Vec<u8>) {
    let data = 12 + stored.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    for _ in 0..1 + random.below(3) {
        let length = stored.len() as u64;
        let place = match random.below(4) {
            0 => 2 + random.below(length - 2),
            _ => (data as u64).min(length - 2) + random.below(length.saturating_sub(data as u64).max(2)),
        } as usize;
        match random.below(8) {
            0 => stored.truncate(place.max(4)),
            1 => stored.insert(place, random.next() as u8),
            2 => drop(stored.remove(place)),
            3 => stored[place] = random.next() as u8,
            4 => stored[place] = 0xFF,
            _ => stored[place] ^= 1 << random.below(8),
        }
    }
}

/// How many units stand before the first one that libjpeg-turbo-rs gives up, where it does. It leaves those grey, while libjpeg goes
/// on with what bits there are.
fn given_up(stored: &[u8]) -> Option<usize> {
    let decoder = Decoder::new(stored).ok()?.with_lenient(true);
    let frame = decoder.header();
    let across = frame.components.iter().map(|part| usize::from(part.horizontal_sampling)).max()?;
    let units = if frame.components.len() == 1 { 8 } else { 8 * across };
    let units = usize::from(frame.width).div_ceil(units);
    let (_, warnings) = decoder.decode_raw_with_warnings().ok()?;
    let place = |warning: &DecodeWarning| match warning {
        DecodeWarning::HuffmanError { mcu_x, mcu_y, .. } => Some(mcu_y * units + mcu_x),
        DecodeWarning::TruncatedData { decoded_mcus, .. } => Some(*decoded_mcus),
        _ => None,
    };
    Some(warnings.iter().filter_map(place).min()? / units)
}

/// Whether the rows of units above that one are the same, in a stream of one scan.
fn same_above(planes: &[Plane<u8>], expected: &[Vec<u8>], unit: usize, frame: &Frame) -> bool {
    let parts = planes.iter().zip(expected).zip(&frame.components);
    parts.into_iter().all(|((plane, expected), part)| {
        let down = if planes.len() == 1 { 1 } else { usize::from(part.down) };
        let above = (unit * down * 8 * plane.across).min(expected.len());
        plane.samples.get(..above) == expected.get(..above)
    })
}

#[test]
fn as_libjpeg_turbo_on_damaged_streams() {
    let mut random = Random(35);
    // The same samples; both refuse; the decoder here alone reads, as libjpeg does, what has a bad header behind all that is needed;
    // libjpeg-turbo-rs alone, headers of scans that libjpeg refuses; the same above what libjpeg-turbo-rs leaves grey; others, by
    // coefficients beyond all that samples give, which libjpeg itself cuts in one way in plain code and in another in vectors.
    let mut outcomes = [0; 6];
    for round in 0..1500 {
        let (layout, mut stored) = encoded(&mut random);
        damage(&mut random, &mut stored);
        let what = format!("round {round}: {layout:?}");
        match decode(&layout, &stored, &Limits::default()) {
            Ok(block) => assert_eq!(block.len() as u64, layout.stored_bytes().unwrap(), "{what}"),
            Err(error) => {
                let known = matches!(error.code(), Code::Malformed | Code::Unsupported | Code::Limit);
                assert!(known, "{what}: {error}");
            }
        }
        let outcome = match (planes::<u8>(&stored), reference(&stored)) {
            (Ok((_, found)), Some(expected)) if same_planes(&found, &expected) => 0,
            (Err(_), None) => 1,
            (Ok(_), None) => 2,
            (Err(_), Some(_)) => 3,
            (Ok((frame, found)), Some(expected)) => match given_up(&stored) {
                Some(unit) if frame.progressive || same_above(&found, &expected, unit, &frame) => 4,
                _ => 5,
            },
        };
        outcomes[outcome] += 1;
    }
    let [same, refused, here, there, partly, other] = outcomes;
    assert!(same > 550 && refused > 550 && partly > 70, "{outcomes:?}");
    assert!(here < 90 && there < 60 && other < 20, "{outcomes:?}");
}
