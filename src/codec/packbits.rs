//! PackBits (32773): runs and literals, each behind a signed count.

use super::forgiven::forgive;
use crate::error::Result;
use crate::pixel::BlockLayout;

/// Fills `block` from `stored`; as libtiff, a run or literal that passes the block's end is cut, and a literal
/// that passes the end of `stored` gives nothing.
pub(super) fn decode(layout: &BlockLayout, mut stored: &[u8], block: &mut [u8]) -> Result<usize> {
    let length = block.len();
    let mut rest = block;
    while let (false, [count, after @ ..]) = (rest.is_empty(), stored) {
        let wanted = match *count as i8 {
            literal @ 0.. => {
                let wanted = within(layout, literal as usize + 1, rest.len());
                let (Some(bytes), Some(place)) = (after.get(..wanted), rest.get_mut(..wanted)) else { break };
                place.copy_from_slice(bytes);
                stored = after.get(wanted..).unwrap_or_default();
                wanted
            }
            i8::MIN => {
                stored = after;
                0
            }
            run => {
                let [byte, after @ ..] = after else { break };
                let wanted = within(layout, (1 - isize::from(run)).unsigned_abs(), rest.len());
                rest.iter_mut().take(wanted).for_each(|place| *place = *byte);
                stored = after;
                wanted
            }
        };
        rest = rest.get_mut(wanted..).unwrap_or_default();
    }
    Ok(length - rest.len())
}

/// So many bytes, or those of them that there is room for. A block of which the lowest rows are not asked for is none that says too much.
fn within(layout: &BlockLayout, bytes: usize, room: usize) -> usize {
    if bytes > room && !layout.settings.cut_rows {
        forgive("its packbits data goes on behind the block's end, and is cut there");
    }
    bytes.min(room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::forgiven;
    use crate::codec::sample::{Random, random_bytes};
    use crate::pixel::{ByteOrder, CodecSettings, SampleFormat};

    fn unpack(stored: &[u8], length: usize) -> (usize, Vec<u8>) {
        let mut block = vec![0; length];
        (decode(&layout(false), stored, &mut block).unwrap(), block)
    }

    fn layout(cut_rows: bool) -> BlockLayout {
        BlockLayout {
            compression: 32773,
            predictor: 1,
            byte_order: ByteOrder::Little,
            width: 3,
            height: 1,
            samples: 1,
            bits: 8,
            format: SampleFormat::Unsigned,
            settings: CodecSettings { cut_rows, ..CodecSettings::default() },
        }
    }

    #[test]
    fn the_known_answer() {
        // The example of Apple's Technical Note TN1023.
        let stored = b"\xFE\xAA\x02\x80\x00\x2A\xFD\xAA\x03\x80\x00\x2A\x22\xF7\xAA";
        let raw = b"\xAA\xAA\xAA\x80\x00\x2A\xAA\xAA\xAA\xAA\x80\x00\x2A\x22\xAA\xAA\xAA\xAA\xAA\xAA\xAA\xAA\xAA\xAA";
        assert_eq!(unpack(stored, raw.len()), (raw.len(), raw.to_vec()));
    }

    #[test]
    fn the_longest_run_and_literal() {
        assert_eq!(unpack(&[0x81, 9], 128), (128, vec![9; 128]));
        let literal: Vec<u8> = [127].into_iter().chain(0..128).collect();
        assert_eq!(unpack(&literal, 128), (128, (0..128).collect()));
    }

    #[test]
    fn as_libtiff_at_the_edges() {
        // Each seen in GDAL 3.10 with a hand-made file of that strip.
        forgiven::take(); // Of another test in this thread.
        assert_eq!(unpack(&[0x80, 0, 65, 0x80, 1, 66, 67], 3), (3, b"ABC".to_vec()), "-128 does nothing");
        assert_eq!(forgiven::take(), None);
        assert_eq!(unpack(&[0xFB, 65], 3), (3, b"AAA".to_vec()), "a run is cut");
        assert!(forgiven::take().is_some(), "and that is told");
        assert_eq!(unpack(&[4, 65, 66, 67, 68, 69], 3), (3, b"ABC".to_vec()), "a literal is cut");
        assert!(forgiven::take().is_some(), "and that is told");
        assert_eq!(unpack(&[4, 65, 66, 67], 3), (3, b"ABC".to_vec()), "the cut part need not be stored");
        assert_eq!(unpack(&[4, 65, 66], 3).0, 0, "a literal lacks bytes");
        assert_eq!(unpack(&[1, 65, 66, 0xFF], 3).0, 2, "a run lacks its byte");
        assert_eq!(unpack(&[], 3).0, 0);
        forgiven::take();
        assert_eq!(unpack(&[2, 65, 66, 67, 9, 9], 3), (3, b"ABC".to_vec()), "what follows is ignored");
        assert_eq!(forgiven::take(), None, "as in libtiff, which does not look there");
        assert_eq!(decode(&layout(true), &[0xFB, 65], &mut [0; 3]).unwrap(), 3);
        assert_eq!(forgiven::take(), None, "what is cut is of rows that nobody asked for");
    }

    /// One byte at a time, without an end to the block.
    fn model(stored: &[u8], length: usize) -> Vec<u8> {
        let (mut out, mut at) = (Vec::new(), 0);
        while out.len() < length
            && let Some(count) = stored.get(at)
        {
            let wanted = length - out.len();
            at += 1;
            match usize::from(*count) {
                128 => {}
                count @ 0..128 => {
                    if stored.len() - at < wanted.min(count + 1) {
                        break;
                    }
                    out.extend(stored[at..].iter().take(count + 1));
                    at += count + 1;
                }
                count => {
                    let Some(byte) = stored.get(at) else { break };
                    out.extend([*byte].repeat(257 - count));
                    at += 1;
                }
            }
        }
        out.truncate(length);
        out
    }

    #[test]
    fn as_the_model_on_good_and_damaged_streams() {
        let (mut random, mut outcomes) = (Random(61), [0; 2]);
        for round in 0..4000 {
            let (mut stored, mut raw) = (Vec::new(), Vec::new());
            while raw.len() < 1 + round as usize {
                let run = random.below(128) as u8;
                match random.below(9) {
                    0 => stored.push(128),
                    1..5 => {
                        let literal = random_bytes(random.next(), usize::from(run) + 1);
                        stored.extend([&[run], literal.as_slice()].concat());
                        raw.extend(literal);
                    }
                    _ => {
                        let byte = random.next() as u8;
                        stored.extend([255 - run % 127, byte]);
                        raw.extend([byte].repeat(usize::from(run % 127) + 2));
                    }
                }
            }
            assert_eq!(unpack(&stored, raw.len()), (raw.len(), raw.clone()), "round {round}");
            for _ in 0..random.below(4) {
                let place = random.below(stored.len() as u64) as usize;
                stored[place] = random.next() as u8;
            }
            stored.truncate(1 + random.below(stored.len() as u64 * 2) as usize);
            let expected = model(&stored, raw.len());
            let (found, block) = unpack(&stored, raw.len());
            assert_eq!(block[..found], expected, "round {round}");
            outcomes[usize::from(found == raw.len())] += 1;
        }
        assert!(outcomes.iter().all(|count| *count > 500), "short and full: {outcomes:?}");
    }
}
