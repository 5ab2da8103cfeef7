//! The whole decoder against lerc-rs, on blobs of its encoder and of Esri's, good and damaged.

use lerc::bitmask::BitMask;
use lerc::checksum::fletcher32;
use lerc::{Precision, Sample};

use super::reader::little_endian;
use super::*;
use crate::codec::sample::Random;
use crate::error::Code;
use crate::pixel::{CodecSettings, SampleFormat};

/// 13 x 7 pixels each, by liblerc 4.0 (Python: `imagecodecs.lerc_encode` with `version`, and with `masks` where they are masked): what
/// lerc-rs does not write.
const BLOBS: &[&[u8]] = include!("../vectors/lerc.in");

fn layout(kind: Kind, width: usize, height: usize, samples: usize) -> BlockLayout {
    BlockLayout {
        compression: 34887,
        predictor: 1,
        byte_order: ByteOrder::Little,
        width: width as u32,
        height: height as u32,
        samples: samples as u32,
        bits: kind.size() as u16 * 8,
        format: match kind {
            Kind::U8 | Kind::U16 | Kind::U32 => SampleFormat::Unsigned,
            Kind::I8 | Kind::I16 | Kind::I32 => SampleFormat::Signed,
            Kind::F32 | Kind::F64 => SampleFormat::Float,
        },
        settings: CodecSettings { lerc: [4, 0], ..CodecSettings::default() },
    }
}

/// What lerc-rs gives for a blob, and its samples as the block should have them.
fn reference(blob: &[u8]) -> Option<(BlockLayout, Vec<u8>)> {
    let info = lerc::decode_info(blob).ok()?;
    // The mutations must not ask it for more than tests have time for.
    let values =
        u64::from(info.width) * u64::from(info.height) * u64::from(info.depth) * u64::from(info.bands);
    let small = values < 1 << 16 && (info.depth == 1 || info.bands == 1);
    let image = lerc::decode(blob).ok().filter(|_| small)?;
    let (width, height) = (info.width as usize, info.height as usize);
    let (depth, bands) = (info.depth as usize, info.bands as usize);
    let kind = Kind::numbered(info.data_type as usize)?;
    let stored: Vec<[u8; 8]> = match &image.data {
        lerc::SampleData::I8(data) => data.iter().map(|value| kind.bytes((*value).into())).collect(),
        lerc::SampleData::U8(data) => data.iter().map(|value| kind.bytes((*value).into())).collect(),
        lerc::SampleData::I16(data) => data.iter().map(|value| kind.bytes((*value).into())).collect(),
        lerc::SampleData::U16(data) => data.iter().map(|value| kind.bytes((*value).into())).collect(),
        lerc::SampleData::I32(data) => data.iter().map(|value| kind.bytes((*value).into())).collect(),
        lerc::SampleData::U32(data) => data.iter().map(|value| kind.bytes((*value).into())).collect(),
        lerc::SampleData::F32(data) => data.iter().map(|value| kind.bytes((*value).into())).collect(),
        lerc::SampleData::F64(data) => data.iter().map(|value| kind.bytes(*value)).collect(),
    };
    let (pixels, mut samples) = (width * height, Vec::new());
    for (pixel, sample) in (0..pixels).flat_map(|pixel| (0..depth * bands).map(move |sample| (pixel, sample)))
    {
        let (band, value) = (sample / depth, sample % depth);
        let mask = image.valid_masks.get(band).or(image.valid_masks.first());
        let is_there = mask.is_none_or(|mask| mask.is_valid(pixel));
        let found = stored[(band * pixels + pixel) * depth + value];
        samples.extend(&if is_there { found } else { kind.missing() }[..kind.size()]);
    }
    Some((layout(kind, width, height, depth * bands), samples))
}

/// As lerc-rs, which hands out 0 where an integer has no value.
fn decoded(layout: &BlockLayout, blob: &[u8]) -> Result<Vec<u8>> {
    Ok(read(layout, blob)?.samples)
}

#[test]
fn masked_integers_are_refused() {
    let (mut refused, mut whole) = (0, 0);
    for blob in BLOBS {
        let (layout, _) = reference(blob).unwrap();
        let holes = read(&layout, blob).unwrap().has_holes && layout.format != SampleFormat::Float;
        assert_eq!(decode(&layout, blob, &Limits::default()).is_err(), holes);
        *if holes { &mut refused } else { &mut whole } += 1;
    }
    assert!(refused > 0 && whole > 0, "{refused} and {whole}");
}

/// The same but for NaN, of which there are many.
fn same(layout: &BlockLayout, one: &[u8], other: &[u8]) -> bool {
    let kind = Kind::of(layout.format, layout.bits).unwrap();
    let pairs = one.chunks(kind.size()).zip(other.chunks(kind.size()));
    let equal = |(one, other): (&[u8], &[u8])| {
        one == other || [one, other].iter().all(|bytes| kind.number(little_endian(bytes)).is_nan())
    };
    one.len() == other.len() && pairs.clone().all(equal)
}

fn check(blob: &[u8], what: &str) {
    let (layout, expected) = reference(blob).unwrap_or_else(|| panic!("{what}: refused by lerc-rs"));
    let found = decoded(&layout, blob).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(same(&layout, &found, &expected), "{what}: other samples");
    for other in [
        BlockLayout { width: layout.width + 1, ..layout.clone() },
        BlockLayout { samples: layout.samples + 2, ..layout.clone() },
        BlockLayout {
            bits: if layout.bits == 32 { 64 } else { 32 },
            format: SampleFormat::Float,
            ..layout.clone()
        },
    ] {
        assert_eq!(decoded(&other, blob).unwrap_err().code(), Code::Malformed, "{what}");
    }
    assert_eq!(decoded(&layout, &[blob, &[0]].concat()).unwrap_err().code(), Code::Malformed, "{what}");
}

/// A random image of that type as a blob of lerc-rs.
fn encoded<T: Sample>(random: &mut Random, of: impl Fn(f64) -> T, tolerance: T) -> Vec<u8> {
    let (width, height) = (1 + random.below(40) as u32, 1 + random.below(40) as u32);
    let (depth, bands) = [(1, 1), (3, 1), (1, 2), (2, 1)][random.below(4) as usize];
    let (kind, scale) = (random.below(5), [0.01, 1.0, 90.0, 3000.0][random.below(4) as usize]);
    let pixels = (width * height) as usize;
    let data: Vec<T> = (0..pixels * (depth * bands) as usize)
        .map(|place| {
            let (x, y) = (place % (width * depth) as usize, place / (width * depth) as usize);
            let noise = random.below(1 << 20) as f64 / 1048576.0;
            of(scale
                * match kind {
                    0 => noise,
                    1 => (x / 4 + y / 3) as f64 / 20.0,
                    2 => (x + 2 * y) as f64 / 100.0 + noise / 50.0,
                    3 => f64::from((noise * 3.0) as u8) / 2.0,
                    _ => 0.5,
                })
        })
        .collect();
    let masks: Vec<BitMask> = (0..bands)
        .map(|_| {
            let mut mask = BitMask::all_valid(pixels);
            if random.below(2) == 0 {
                mask = BitMask::new(pixels);
                let share = random.below(10);
                (0..pixels).filter(|_| random.below(9) < share).for_each(|pixel| mask.set_valid(pixel));
            }
            mask
        })
        .collect();
    let precision = if random.below(2) == 0 { Precision::Lossless } else { Precision::Tolerance(tolerance) };
    let no_data = (depth > 1 && random.below(3) == 0).then(|| data[0].to_f64());
    let blob =
        |no_data| lerc::encode_borrowed(width, height, depth, bands, &data, &masks, no_data, precision);
    // There is not always a number left to stand for none.
    blob(no_data).or_else(|_| blob(None)).unwrap()
}

fn any(random: &mut Random, kind: u64) -> Vec<u8> {
    match kind % 8 {
        0 => encoded(random, |value| value as i8, 2_i8),
        1 => encoded(random, |value| value as u8, 2_u8),
        2 => encoded(random, |value| (value * 9.0) as i16 - 300, 3_i16),
        3 => encoded(random, |value| (value * 20.0) as u16, 3_u16),
        4 => encoded(random, |value| (value * 1e5) as i32 - 300, 3_i32),
        5 => encoded(random, |value| (value * 1e6) as u32, 3_u32),
        6 => encoded(random, |value| value as f32, 0.01_f32),
        _ => encoded(random, |value| value * 1.7 - 3.0, 0.01_f64),
    }
}

#[test]
fn as_lerc_rs_on_good_blobs() {
    let mut random = Random(21);
    for round in 0..1600 {
        check(&any(&mut random, round), &format!("round {round}"));
    }
    for round in 0..400 {
        check(&first::tests::random_blob(&mut random), &format!("round {round}, LERC 1"));
    }
    for (place, blob) in BLOBS.iter().enumerate() {
        check(blob, &format!("blob {place}"));
    }
}

/// Changes some bytes of a blob, and makes its checksum right again.
fn damage(random: &mut Random, blob: &mut Vec<u8>) {
    for _ in 0..1 + random.below(3) {
        let reach = if random.below(2) == 0 { 130 } else { blob.len() };
        let place = random.below(reach.min(blob.len()) as u64) as usize;
        // Another version or size is found at once.
        if (14..blob.len()).contains(&place) {
            blob[place] =
                if random.below(2) == 0 { random.next() as u8 } else { blob[place] ^ 1 << random.below(8) };
        }
    }
    if random.below(8) == 0 {
        blob.truncate(random.below(blob.len() as u64) as usize + 1);
    }
    if blob.len() > 20 && blob.starts_with(b"Lerc2") && blob[6] >= 3 {
        let version = usize::from(blob[6]);
        let size_at = 14 + 8 + if version >= 4 { 4 } else { 0 } + 8;
        let size =
            blob.get(size_at..size_at + 4).map_or(0, |size| u32::from_le_bytes(size.try_into().unwrap()));
        if let Some(checked) = blob.get(14..size as usize) {
            let sum = fletcher32(checked).to_le_bytes();
            blob[10..14].copy_from_slice(&sum);
        }
    }
}

/// The step between values that the blob says it has.
fn step_of(blob: &[u8]) -> f64 {
    let mut reader = Reader::new(blob);
    let error = match blob.starts_with(first::MAGIC) {
        true => first::Header::read(&mut reader).unwrap().error,
        false => blob::Header::read(&mut reader).unwrap().error,
    };
    2.0 * error
}

#[test]
fn as_lerc_rs_on_damaged_blobs() {
    let mut random = Random(22);
    // The same; both refuse; lerc-rs alone; the decoder here alone: for a mask that is not needed (liblerc refuses it, too), for parts
    // of LERC 1 that end before their tiles do, for what follows; other samples.
    let mut outcomes = [0; 5];
    for round in 0..9000 {
        let whole = match round % 3 {
            0 => BLOBS[random.below(BLOBS.len() as u64) as usize].to_vec(),
            1 => first::tests::random_blob(&mut random),
            _ => any(&mut random, round / 3),
        };
        let (layout, _) = reference(&whole).unwrap();
        let mut blob = whole;
        damage(&mut random, &mut blob);
        let found = decoded(&layout, &blob);
        if let Err(error) = &found {
            assert_eq!(error.code(), Code::Malformed, "round {round}: {error}");
        }
        let outcome = match (found, reference(&blob).filter(|(other, _)| *other == layout)) {
            (Ok(found), Some((_, expected))) if same(&layout, &found, &expected) => 0,
            (Err(_), None) => 1,
            (Ok(_), None) => 2,
            (Err(_), Some(_)) => 3,
            // liblerc does not take the greatest value for what is no number.
            (Ok(_), Some(_)) => {
                assert!(!step_of(&blob).is_finite(), "round {round}");
                4
            }
        };
        outcomes[outcome] += 1;
    }
    assert!(outcomes[0] > 3000 && outcomes[1] > 3000, "{outcomes:?}");
    assert!(outcomes[2] < 100 && outcomes[3] < 400 && outcomes[4] < 9, "{outcomes:?}");
}
