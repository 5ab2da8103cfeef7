//! Known answers, and the container's reader against the one of lzma-rust2, on good and damaged streams of its writer.

use std::num::NonZeroU64;

use lzma_rust2::FilterType;
use lzma_rust2::{CheckType, Write, XzOptions, XzReader, XzWriter};

use super::*;
use crate::codec::sample::{Random, SCENE, material};

/// Python: `lzma.compress(SCENE, check=lzma.CHECK_NONE, filters=[{"id": lzma.FILTER_DELTA, "dist": 2}, {"id":
/// lzma.FILTER_LZMA2, "preset": 6}])`, which is how libtiff calls it.
const STREAM: &[u8] = include!("../vectors/scene.xz.in");

/// As [`STREAM`], with the header of 1.5 GiB of dictionary, CRC64, and two blocks: of [`SCENE`] and `b"pyramid"`.
const BLOCKS: &[u8] = include!("../vectors/scene_blocks.xz.in");

fn unpack(stored: &[u8], length: usize) -> Result<(usize, Vec<u8>)> {
    let mut block = vec![0; length];
    let found = decode(stored, &mut block)?;
    Ok((found, block))
}

#[test]
fn known_answers() {
    assert_eq!(unpack(STREAM, SCENE.len()).unwrap(), (SCENE.len(), SCENE.to_vec()));
    let both = [SCENE, b"pyramid"].concat();
    assert_eq!(unpack(BLOCKS, both.len()).unwrap(), (both.len(), both));
}

#[test]
fn a_longer_stream_is_cut() {
    for length in [0, 1, 100, SCENE.len() - 1] {
        assert_eq!(unpack(STREAM, length).unwrap(), (length, SCENE[..length].to_vec()));
    }
    assert_eq!(unpack(&[STREAM, b"junk"].concat(), SCENE.len()).unwrap().1, SCENE);
}

#[test]
fn a_shorter_stream_says_how_much_it_gave() {
    assert_eq!(unpack(STREAM, SCENE.len() + 1).unwrap().0, SCENE.len());
    assert_eq!(unpack(BLOCKS, SCENE.len() + 8).unwrap().0, SCENE.len() + 7);
    for cut in 0..STREAM.len() - 30 {
        if let Ok((found, _)) = unpack(&STREAM[..cut], SCENE.len()) {
            assert!(found < SCENE.len(), "{cut} bytes gave {found}");
        }
    }
}

#[test]
fn checksums_of_headers_and_of_blocks_that_others_follow() {
    let all = SCENE.len() + 7;
    let failing = |place: usize| {
        let mut wrong = BLOCKS.to_vec();
        wrong[place] ^= 1;
        unpack(&wrong, all).unwrap_err().message().to_owned()
    };
    assert!(failing(0).ends_with("not an xz stream"));
    assert!(failing(8).ends_with("the checksum of its header does not match"));
    assert!(failing(21).ends_with("the checksum of a block's header does not match"));
    let check = 370; // The first block ends at 372.
    assert!(failing(check).ends_with("the checksum of a block does not match"));
    let mut unread = BLOCKS.to_vec();
    unread[check] ^= 1;
    assert!(unpack(&unread, SCENE.len()).is_ok(), "nothing is verified once the block is full");
}

#[test]
fn other_filters_are_named() {
    // The x86 filter, then LZMA2.
    let header = [2, 1, 4, 0, 0x21, 1, 22, 0];
    let stored = [&STREAM[..12], &header, &crc32(&header)].concat();
    let error = unpack(&stored, 9).unwrap_err();
    assert_eq!(error.code(), Code::Unsupported);
    assert_eq!(error.message(), "xz filter 0x4 is not read: only delta and LZMA2 are");
}

#[test]
fn deltas_of_every_distance() {
    for distance in [1, 2, 3, 255, 256] {
        let mut bytes: Vec<u8> = (0..SCENE.len())
            .map(|i| SCENE[i].wrapping_sub(if i < distance { 0 } else { SCENE[i - distance] }))
            .collect();
        undo_delta(&mut bytes, distance);
        assert_eq!(bytes, SCENE, "{distance}");
    }
}

#[test]
fn noise_gives_a_block_or_an_error() {
    let mut random = Random(5);
    let mut outcomes = [0; 2];
    for round in 0..6000 {
        let mut stored = if round % 2 == 0 { STREAM } else { BLOCKS }.to_vec();
        for _ in 0..random.below(6) {
            // Behind the headers, whose checksums notice every change.
            let place = 28 + random.below(stored.len() as u64 - 28) as usize;
            stored[place] = random.next() as u8;
        }
        stored.truncate(stored.len() - random.below(3) as usize * 100);
        match unpack(&stored, random.below(5000) as usize) {
            Ok(_) => outcomes[0] += 1,
            Err(error) => {
                assert!(matches!(error.code(), Code::Malformed | Code::Unsupported), "{error:?}");
                outcomes[1] += 1;
            }
        }
    }
    assert!(outcomes.iter().all(|count| *count > 500), "blocks and errors: {outcomes:?}");
}

/// A random stream of up to three delta filters, any check, and blocks as short as their dictionary.
fn encoded(random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    let (kind, length) = (random.below(6), random.below(20000) as usize);
    let raw = material(random, kind, length);
    let mut options = XzOptions::with_preset(random.below(4) as u32);
    options.lzma_options.dict_size = 4096 << random.below(4);
    let checks = [CheckType::None, CheckType::Crc32, CheckType::Crc64, CheckType::Sha256];
    options.set_check_sum_type(checks[random.below(4) as usize]);
    options.set_block_size(NonZeroU64::new(4096 * random.below(4)));
    for _ in 0..random.below(4) {
        options.prepend_pre_filter(FilterType::Delta, 1 + random.below(256) as u32);
    }
    let mut writer = XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(&raw).unwrap();
    (raw, writer.finish().unwrap())
}

/// All bytes of a stream by the reader of lzma-rust2, where it and its checks are without fault.
fn reference(stored: &[u8]) -> Option<Vec<u8>> {
    let (mut reader, mut raw) = (XzReader::new(stored, false), vec![0; 40000]);
    let mut done = 0;
    loop {
        match reader.read(&mut raw[done..]).ok()? {
            0 => break,
            count => done += count,
        }
    }
    raw.truncate(done);
    Some(raw)
}

#[test]
fn as_lzma_rust2_on_good_streams() {
    let mut random = Random(51);
    for round in 0..200 {
        let (raw, stored) = encoded(&mut random);
        assert!(reference(&stored).as_ref() == Some(&raw), "round {round}");
        assert!(unpack(&stored, raw.len()).unwrap() == (raw.len(), raw), "round {round}");
    }
}

#[test]
fn as_lzma_rust2_on_damaged_streams() {
    let mut random = Random(52);
    // The same bytes; too few; all of them, and a fault in what follows; both refuse.
    let mut outcomes = [0; 4];
    for round in 0..2000 {
        let (raw, mut stored) = encoded(&mut random);
        let reach = if random.below(4) == 0 { stored.len().min(40) } else { stored.len() };
        let place = random.below(reach as u64) as usize;
        match random.below(6) {
            0 => stored.truncate(place),
            1 => stored.insert(place, random.next() as u8),
            2 => drop(stored.remove(place)),
            3 => stored[place] = random.next() as u8,
            _ => stored[place] ^= 1 << random.below(8),
        }
        // One byte more than there is: everything up to the end of the last block is looked at.
        let outcome = match (unpack(&stored, raw.len() + 1), reference(&stored)) {
            (Ok((found, block)), Some(expected)) => {
                assert!(block[..found] == expected, "round {round}");
                0
            }
            (Ok((found, _)), None) => 1 + usize::from(found >= raw.len()),
            (Err(error), None) => {
                assert!(
                    matches!(error.code(), Code::Malformed | Code::Unsupported),
                    "round {round}: {error}"
                );
                3
            }
            (Err(error), Some(_)) => panic!("round {round}: {error}"),
        };
        outcomes[outcome] += 1;
    }
    assert!(outcomes.iter().zip([20, 100, 40, 800]).all(|(found, least)| *found > least), "{outcomes:?}");
}
