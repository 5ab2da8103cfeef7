use ruzstd::decoding::FrameDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;
use crate::codec::sample::{Random, SCENE, material, random_bytes};
use crate::error::Code;

/// `zstd -19 --no-check` of a pipe: the content's size is not in the header.
const UNSIZED: &[u8] = include!("../vectors/scene.zst.in");
/// `zstd -19 --check` of a file: one segment, sized, with its checksum.
const CHECKED: &[u8] = include!("../vectors/scene_checked.zst.in");
/// `zstd -22 --ultra --long=27 --check` of a pipe: a window of 128 MiB.
const WIDE: &[u8] = include!("../vectors/scene_wide.zst.in");
/// Python: `imagecodecs.zstd_encode(words(), level=...)` with levels -5, 1 and 19.
const WORDS: [&[u8]; 3] = [
    include!("../vectors/words_fast.zst.in"),
    include!("../vectors/words_1.zst.in"),
    include!("../vectors/words_19.zst.in"),
];
const SKIP: &[u8] = b"\x5A\x2A\x4D\x18\x05\0\0\0hello";

fn expand(stored: &[u8], length: usize) -> Result<(usize, Vec<u8>)> {
    let mut block = vec![0; length];
    let found = decode(stored, &mut block)?;
    Ok((found, block))
}

/// 140,000 bytes: 24 words of up to 122 bytes again and again, now and then a byte of noise, 70,000 zeros. Two parts, with tables and
/// literals' codes that are used again, and matches of every kind.
fn words() -> Vec<u8> {
    let mut random = Random(7);
    let words: Vec<Vec<u8>> =
        (0..24).map(|_| (0..random.below(120) + 3).map(|_| random.next() as u8 & 0x3F).collect()).collect();
    let mut bytes = Vec::new();
    while bytes.len() < 140_000 {
        if (45_000..46_000).contains(&bytes.len()) {
            bytes.resize(bytes.len() + 70_000, 0);
        }
        bytes.extend_from_slice(&words[random.below(24) as usize]);
        if random.below(40) == 0 {
            bytes.push(random.next() as u8);
        }
    }
    bytes.truncate(140_000);
    bytes
}

fn whole() -> (usize, Vec<u8>) {
    (SCENE.len(), SCENE.to_vec())
}

#[test]
fn the_known_answers() {
    for stored in [UNSIZED, CHECKED, WIDE] {
        assert_eq!(expand(stored, SCENE.len()).unwrap(), whole());
    }
}

#[test]
fn two_parts_of_words() {
    let words = words();
    for stored in WORDS {
        // Wherever the block ends: within literals, a match, between parts.
        for length in [words.len(), words.len() + 40, 131_072, 131_073, 70_000, 44_999, 17, 0] {
            let (found, block) = expand(stored, length).unwrap();
            assert_eq!(found, length.min(words.len()));
            assert!(block[..found] == words[..found], "{length} bytes");
        }
    }
    for length in (1..3000).chain(113_000..115_000) {
        assert!(expand(WORDS[2], length).unwrap().1 == words[..length], "{length} bytes");
    }
}

/// A frame of one compressed part.
fn frame(part: &[u8]) -> Vec<u8> {
    let header = (part.len() << 3 | 5) as u32;
    [&MAGIC.to_le_bytes()[..], &[0, 0x58], &header.to_le_bytes()[..3], part].concat()
}

#[test]
fn parts_made_by_hand() {
    // Eight raw literals, and sequences whose tables have one symbol each: 4 literals, offset 5 - 3, 5 bytes.
    let literals = |count: u8| [&[count << 3][..], &b"abcdefgh"[..usize::from(count)]].concat();
    let part = |count, rest: &[u8]| frame(&[&literals(count)[..], rest].concat());
    let one = |offset: u8, bits: u8| part(8, &[1, 0b0101_0100, 4, offset, 2, bits]);
    assert_eq!(expand(&one(2, 0b101), 13).unwrap(), (13, b"abcdcdcdcefgh".to_vec()));
    // Two of them, the same again.
    let two = part(8, &[2, 0b0101_0100, 4, 2, 2, 0b1_0101]);
    assert_eq!(expand(&two, 18).unwrap(), (18, b"abcdcdcdcefghghghg".to_vec()));
    // Offsets used before: 1, at first; behind no literals 4, the second one.
    assert_eq!(expand(&one(0, 1), 13).unwrap(), (13, b"abcdddddd".iter().chain(b"efgh").copied().collect()));
    let none = part(8, &[1, 0b0101_0100, 0, 0, 2, 1]);
    assert_eq!(expand(&none, 13).unwrap_err().code(), Code::Malformed, "nothing to repeat yet");
    let error = |stored: &[u8]| expand(stored, 18).unwrap_err().message().to_string();
    assert!(error(&one(4, 0b1_0000)).ends_with("invalid match offset"), "13 back, of 4 bytes");
    assert!(error(&one(2, 0b1101)).ends_with("corrupt sequences section"), "a bit too many");
    assert!(error(&one(2, 0b11)).ends_with("corrupt sequences section"), "a bit too few");
    assert!(error(&one(2, 0)).ends_with("corrupt sequences section"), "no end mark");
    assert!(error(&one(32, 0b101)).ends_with("corrupt sequences section"), "no such symbol");
    let reserved = part(8, &[1, 0b0101_0101, 4, 2, 2, 0b101]);
    assert!(error(&reserved).ends_with("corrupt sequences section"), "a reserved bit");
    let repeated = part(8, &[1, 0b1101_0100, 2, 2, 0b101]);
    assert!(error(&repeated).ends_with("corrupt sequences section"), "no table to be used again");
    let treeless = frame(&[0b0100_0011, 0x80, 0, 1, 1, 0]);
    assert!(error(&treeless).ends_with("corrupt literals section"), "no code to be used again");
    // Twenty times the same literal, and literals alone.
    assert_eq!(expand(&frame(&[20 << 3 | 1, b'x', 0]), 20).unwrap(), (20, vec![b'x'; 20]));
    assert_eq!(expand(&part(3, &[0]), 3).unwrap(), (3, b"abc".to_vec()));
}

/// A literals section: four symbols of 1, 2, 3 and 3 bits, in four streams.
fn four_streams(symbols: &[u8]) -> Vec<u8> {
    let stream = |symbols: &[u8]| {
        let bits = symbols.iter().rev().flat_map(|symbol| match symbol {
            0 => &[true][..],
            1 => &[true, false],
            2 => &[false; 3],
            _ => &[true, false, false],
        });
        let mut bits: Vec<bool> = bits.copied().collect();
        bits.push(true);
        let byte = |bits: &[bool]| (0..).zip(bits).map(|(i, bit)| u8::from(*bit) << i).sum();
        bits.chunks(8).map(byte).collect::<Vec<u8>>()
    };
    let quarter = symbols.len().div_ceil(4);
    let streams: Vec<_> =
        (0..4).map(|i| stream(&symbols[i * quarter..symbols.len().min((i + 1) * quarter)])).collect();
    // Weights 3, 2, 1; that of the last symbol follows.
    let mut stored = vec![130, 0x32, 0x10];
    for stream in &streams[..3] {
        stored.extend((stream.len() as u16).to_le_bytes());
    }
    stored.extend(streams.concat());
    // Not of 32 bits, as lengths may be.
    let header = 14 | (symbols.len() as u64) << 4 | (stored.len() as u64) << 22;
    [&header.to_le_bytes()[..5], &stored].concat()
}

#[test]
fn literals_in_four_streams() {
    let mut random = Random(9);
    // Long ones are decoded up to three at once.
    for count in (6..100).chain(24_570..24_600).chain([131_071, 131_072]).filter(|count| *count != 9) {
        let symbols: Vec<u8> =
            (0..count).map(|_| (random.next() as u8).leading_zeros().min(3) as u8).collect();
        let mut section = four_streams(&symbols);
        section.push(0);
        let (found, block) = expand(&frame(&section), count + 20).unwrap();
        assert!(found == count && block[..count] == symbols, "{count} literals");
        let end = section.len() - 2;
        section[end] = 0;
        assert!(expand(&frame(&section), count).is_err(), "{count} literals and no end mark");
    }
}

#[cfg(feature = "lerc")]
#[test]
fn a_frame_may_say_how_long_its_content_is() {
    assert_eq!(content_size(CHECKED), Some(SCENE.len() as u64));
    let twice = [CHECKED, CHECKED].concat();
    for stored in [UNSIZED, SKIP, b"junk", b"", &CHECKED[..5], &twice] {
        assert_eq!(content_size(stored), None);
    }
}

#[test]
fn frames_in_a_row_and_skippable_ones() {
    let twice = [SCENE, SCENE].concat();
    for stored in [
        [UNSIZED, CHECKED].concat(),
        [SKIP, WIDE, SKIP, SKIP, CHECKED].concat(),
        [CHECKED, UNSIZED, SKIP].concat(),
        [CHECKED, UNSIZED, b"junk"].concat(),
    ] {
        assert_eq!(expand(&stored, twice.len()).unwrap(), (twice.len(), twice.clone()));
    }
    assert_eq!(expand(SKIP, 10).unwrap().0, 0);
}

#[test]
fn a_longer_stream_is_cut_and_a_shorter_one_counted() {
    for stored in [UNSIZED, CHECKED, WIDE] {
        for length in [0, 1, 1000, SCENE.len() - 1] {
            assert_eq!(expand(stored, length).unwrap(), (length, SCENE[..length].to_vec()));
        }
        assert_eq!(expand(stored, SCENE.len() + 1).unwrap().0, SCENE.len());
    }
}

#[test]
fn a_cut_stream_is_an_error_or_short() {
    for cut in 0..UNSIZED.len() {
        match expand(&UNSIZED[..cut], SCENE.len()) {
            Ok((found, _)) => assert_eq!(found, 0, "{cut} bytes"),
            Err(error) => assert_eq!(error.code(), Code::Malformed),
        }
    }
}

#[test]
fn a_missing_checksum_is_forgiven_and_a_wrong_one_is_not() {
    for cut in 1..=4 {
        assert_eq!(expand(&CHECKED[..CHECKED.len() - cut], SCENE.len()).unwrap(), whole());
    }
    let mut wrong = CHECKED.to_vec();
    *wrong.last_mut().unwrap() ^= 1;
    let error = expand(&wrong, SCENE.len()).unwrap_err();
    assert_eq!(error.code(), Code::Malformed);
    assert!(error.message().contains("checksum"), "{error}");
    assert!(expand(&wrong, SCENE.len() - 1).is_ok(), "no checksum of a cut block");
}

#[test]
fn a_frame_that_lies_about_its_size() {
    let mut wrong = CHECKED.to_vec();
    wrong[5] ^= 1;
    assert_eq!(expand(&wrong, SCENE.len()).unwrap_err().code(), Code::Malformed);
}

#[test]
fn a_frame_cut_between_two_blocks_gives_what_it_has() {
    // Two raw blocks of three bytes; the second is the last.
    let stored = [&MAGIC.to_le_bytes()[..], &[0, 0x58], b"\x18\0\0abc", b"\x19\0\0def"].concat();
    assert_eq!(expand(&stored, 6).unwrap(), (6, b"abcdef".to_vec()));
    for cut in 12..15 {
        assert_eq!(expand(&stored[..cut], 6).unwrap(), (3, b"abc\0\0\0".to_vec()));
        assert_eq!(expand(&stored[..cut], 3).unwrap(), (3, b"abc".to_vec()));
    }
    // The same in one segment with its size and a checksum: neither is held against what came before the cut.
    let sized = [&MAGIC.to_le_bytes()[..], &[0x24, 6], b"\x18\0\0abc"].concat();
    assert_eq!(expand(&sized, 6).unwrap().0, 3);
    assert_eq!(expand(&sized, 3).unwrap(), (3, b"abc".to_vec()));
    for cut in 15..18 {
        assert_eq!(expand(&stored[..cut], 6).unwrap().0, 3 + cut - 15, "what there is of bytes as they are");
    }
    assert_eq!(expand(&stored[..16], 4).unwrap(), (4, b"abcd".to_vec()));
}

#[test]
fn no_part_is_larger_than_the_window() {
    // One segment of three bytes: a part of three bytes, then one of four, as it is and repeated.
    let frame = |part: &[u8]| [&MAGIC.to_le_bytes()[..], &[0x20, 3], part].concat();
    assert_eq!(expand(&frame(b"\x19\0\0abc"), 3).unwrap(), (3, b"abc".to_vec()));
    for part in [&b"\x21\0\0abcd"[..], b"\x23\0\0a"] {
        let error = expand(&frame(part), 2).unwrap_err();
        assert!(error.message().ends_with("block size exceeds maximum"), "{error}");
    }
}

#[test]
fn what_this_build_refuses() {
    let frame = |descriptor: u8, rest: &[u8]| [&MAGIC.to_le_bytes(), &[descriptor][..], rest].concat();
    let code = |stored: &[u8]| expand(stored, 10).unwrap_err().code();
    assert_eq!(code(&frame(1, &[0x58, 7, 1, 0, 0])), Code::Unsupported, "a dictionary");
    assert_eq!(code(&frame(0, &[0x89, 1, 0, 0])), Code::Unsupported, "a window of 144 MiB");
    assert_eq!(code(&frame(0xA0, &[1, 0, 0, 8, 1, 0, 0])), Code::Unsupported, "a segment over 128 MiB");
    assert_eq!(code(&frame(8, &[0x58, 1, 0, 0])), Code::Malformed, "the reserved bit");
    assert_eq!(code(b"pyramidion"), Code::Malformed);
}

#[test]
fn a_bomb_stops_at_the_block_s_end() {
    // 128 KiB of zeros in 4 bytes, ten thousand times: 1.2 GiB.
    let mut stored = MAGIC.to_le_bytes().to_vec();
    stored.extend([0, 0x88]);
    for _ in 0..10_000 {
        stored.extend([0x02, 0x00, 0x10, 0]);
    }
    let (found, block) = expand(&stored, 4096).unwrap();
    assert_eq!((found, block), (4096, vec![0; 4096]));
}

/// What ruzstd makes of all frames, up to a MiB.
fn reference(stored: &[u8]) -> Option<Vec<u8>> {
    let mut content = vec![0; 1 << 20];
    let length = FrameDecoder::new().decode_all(stored, &mut content).ok()?;
    content.truncate(length);
    Some(content)
}

#[test]
fn as_ruzstd_on_good_frames() {
    let mut random = Random(21);
    for round in 0..120 {
        let scale = random.below(20);
        let length = random.below(1 << scale) as usize + 1;
        let raw = material(&mut random, round, length);
        let mut stored = compress_to_vec(raw.as_slice(), CompressionLevel::Fastest);
        assert!(expand(&stored, length).unwrap().1 == raw, "round {round}");
        stored.extend_from_slice(&stored.clone());
        let twice = expand(&stored, 2 * length + 1).unwrap();
        assert!(twice.0 == 2 * length && twice.1[length..2 * length] == raw, "round {round}");
        assert!(expand(&stored, length / 2).unwrap().1 == raw[..length / 2], "round {round}");
    }
}

#[test]
fn a_sequence_of_more_bits_than_a_word() {
    let (before, literals) = (random_bytes(1, 131_072), random_bytes(2, 32_780));
    let bits = [
        // The first states in the tables that every decoder knows: of length symbol 34, offset symbol 17, match symbol 52.
        "1 111101 10001 111001",
        // 131,072 + 103, 65,539 + 7, 32,768 + 5; the next states, of symbols 1, 0 and 0: one literal, the same offset, 3 bytes.
        "00000000001100111 0000000000000111 000000000000101 101100 000000 00000",
    ];
    let bits: Vec<u8> = bits.concat().bytes().filter(|bit| *bit != b' ').map(|bit| bit - b'0').collect();
    let stream: Vec<u8> =
        bits.rchunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit)).collect();
    let header = |kind: usize, length: usize| (length << 3 | kind).to_le_bytes()[..3].to_vec();
    let part = [&header(12, 2 * literals.len())[..], &literals, &[2, 0], &stream].concat();
    let magic = [&MAGIC.to_le_bytes()[..], &[0, 0x58]].concat();
    let stored = [magic, header(0, before.len()), before.clone(), header(5, part.len()), part].concat();
    let mut expected = before;
    for (length, count) in [(65_546, 32_773), (3, 1)] {
        let from = expected.len() - 131_072;
        let taken = if count == 1 { &literals[32_773..32_774] } else { &literals[..count] };
        expected.extend_from_slice(taken);
        let from = from + count - 100;
        expected.extend_from_within(from..from + length);
    }
    expected.extend_from_slice(&literals[32_774..]);
    let (found, block) = expand(&stored, 300_000).unwrap();
    assert_eq!(found, expected.len());
    assert!(block[..found] == expected);
}

#[test]
fn as_ruzstd_on_damaged_frames() {
    let mut random = Random(22);
    let mut outcomes = [0; 3];
    for round in 0..4000 {
        let length = random.below(3000) as usize + 1;
        let raw = material(&mut random, round, length);
        let mut stored = match round % 13 {
            0 => WORDS[random.below(3) as usize].to_vec(),
            1..5 => compress_to_vec(raw.as_slice(), CompressionLevel::Fastest),
            5..9 => UNSIZED.to_vec(),
            _ => WIDE.to_vec(),
        };
        for _ in 0..=random.below(3) {
            let place = random.below(stored.len() as u64) as usize;
            stored[place] ^= 1 << random.below(8);
        }
        // The checksum would find most of it.
        stored[4] &= !4;
        if round % 7 == 0 {
            stored.truncate(random.below(stored.len() as u64) as usize);
        }
        let wanted = 4096;
        let (found, expected) = (expand(&stored, wanted), reference(&stored));
        let outcome = match (&found, &expected) {
            (Ok((found, block)), Some(expected)) => {
                assert!(block[..*found] == expected[..expected.len().min(wanted)], "round {round}");
                0
            }
            // Short, or full before it goes wrong.
            (Ok(_), None) => 1,
            (Err(_), None) => 2,
            // libzstd refuses these two as well.
            (Err(error), Some(_)) => {
                let known = ["a reserved bit", "corrupt sequences"].map(|why| error.message().contains(why));
                assert!(known.contains(&true), "round {round}: {error}");
                2
            }
        };
        outcomes[outcome] += 1;
    }
    assert!(outcomes.iter().all(|count| *count > 50), "equal, short and refused: {outcomes:?}");
}
