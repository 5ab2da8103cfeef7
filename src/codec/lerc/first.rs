//! LERC 1: floating-point numbers in tiles, behind a mask in tiles or runs. Further blobs have the first one's mask.

use super::kind::Kind;
use super::mask::Mask;
use super::place::{Area, Place};
use super::reader::{Outcome, Reader};
use super::scale::Scale;
use super::stuffed::Stuffed;

pub(super) const MAGIC: &[u8; 10] = b"CntZImage ";

/// What a blob says of itself.
pub(super) struct Header {
    pub width: usize,
    pub height: usize,
    /// Half of the step between values.
    pub error: f64,
}

impl Header {
    #[inline(never)]
    pub fn read(reader: &mut Reader) -> Outcome<Self> {
        if reader.take(MAGIC.len())? != MAGIC {
            return Err("it is no LERC");
        }
        if (reader.u32()?, reader.u32()?) != (11, 8) {
            return Err("its version and type are not 11 and 8");
        }
        let (height, width) = (reader.count()?, reader.count()?);
        Ok(Self { width, height, error: reader.f64()? })
    }
}

/// One of the two parts of a blob.
struct Part<'a> {
    down: usize,
    across: usize,
    most: f32,
    bytes: Reader<'a>,
    is_empty: bool,
}

impl<'a> Part<'a> {
    #[inline(never)]
    fn read(reader: &mut Reader<'a>) -> Outcome<Self> {
        let (down, across, size) = (reader.count()?, reader.count()?, reader.count()?);
        let most = reader.array().map(f32::from_le_bytes)?;
        let bytes = Reader::new(reader.take(size)?);
        Ok(Self { down, across, most, bytes, is_empty: size == 0 })
    }

    /// Goes through the tiles: all of one size, and what is left over at the right and at the bottom.
    fn tiles(
        &mut self,
        place: &mut Place,
        tile: &mut dyn FnMut(&mut Reader<'a>, &mut Place, &Area) -> Outcome<()>,
    ) -> Outcome<()> {
        if self.down == 0 || self.across == 0 {
            return Err("it has no tiles");
        }
        for (y, height) in spans(place.height, self.down) {
            for (x, width) in spans(place.width, self.across) {
                tile(&mut self.bytes, place, &Area { x, y, width, height, value: 0 })?;
            }
        }
        Ok(())
    }
}

/// Start and length of each of `parts` equal parts, where they have any length, and of the rest.
fn spans(whole: usize, parts: usize) -> impl Iterator<Item = (usize, usize)> {
    let (length, rest) = (whole / parts, whole % parts);
    let equal = if length > 0 { parts } else { 0 };
    let rest = Some((whole - rest, rest)).filter(|(_, rest)| *rest > 0);
    (0..equal).map(move |part| (part * length, length)).chain(rest)
}

/// Reads what follows the header: the mask, but where `before` is that of the blob before, and the values. Gives the mask.
#[inline(never)]
pub(super) fn read(
    reader: &mut Reader,
    header: &Header,
    before: Option<Mask>,
    place: &mut Place,
) -> Outcome<Mask> {
    let mask = match before {
        Some(mask) => mask,
        None => mask(Part::read(reader)?, place)?,
    };
    let mut part = Part::read(reader)?;
    let scale = Scale { offset: 0.0, step: 2.0 * header.error, most: part.most.into() };
    part.tiles(place, &mut |reader, place, area| values(reader, area, &scale, &mask, place))?;
    place.leave_out(&mask)?;
    Ok(mask)
}

#[inline(never)]
fn mask(mut part: Part, place: &mut Place) -> Outcome<Mask> {
    let pixels = place.pixels();
    if (part.down, part.across) == (0, 0) {
        return match (part.is_empty, part.most > 0.0) {
            (true, true) => Ok(Mask::Full),
            (true, false) => Mask::empty(pixels),
            (false, _) => Mask::read(part.bytes.rest(), pixels),
        };
    }
    let mut mask = Mask::empty(pixels)?;
    part.tiles(place, &mut |reader, place, area| counts(reader, area, place, &mut mask))?;
    Ok(mask)
}

/// A tile of counts: what is above 0 says that the pixel is there.
#[inline(never)]
fn counts(reader: &mut Reader, area: &Area, place: &mut Place, mask: &mut Mask) -> Outcome<()> {
    let flags = reader.u8()?;
    if flags == 2 || flags == 3 {
        return Ok(());
    }
    let stuffed = match flags {
        0 | 4 => None,
        _ if flags & 63 > 4 => return Err("a tile of its mask is stored in an unknown way"),
        _ => Some((offset(reader, flags >> 6)?, Stuffed::read_first_version(reader, area.pixels())?)),
    };
    let mut numbers = 0..;
    area.each(&Mask::Full, place, &mut |_, pixel| {
        let count = match &stuffed {
            Some((offset, array)) => {
                let number = array.stored(numbers.next().unwrap_or(usize::MAX))?;
                (*offset as f32 + number as f32).into()
            }
            None if flags == 4 => 1.0,
            None => reader.sample(Kind::F32)?,
        };
        if count > 0.0 {
            mask.set(pixel);
        }
        Ok(())
    })
}

/// A tile of values.
#[inline(never)]
fn values(reader: &mut Reader, area: &Area, scale: &Scale, mask: &Mask, place: &mut Place) -> Outcome<()> {
    let flags = reader.u8()?;
    let mode = flags & 63;
    if mode > 3 {
        return Err("a tile is stored in an unknown way");
    }
    let offset = if mode & 1 == 1 { offset(reader, flags >> 6)? } else { 0.0 };
    let stuffed = if mode == 1 { Some(Stuffed::read_first_version(reader, area.pixels())?) } else { None };
    let mut numbers = 0..;
    area.set(mask, place, &mut |_, _| match &stuffed {
        Some(array) => {
            let number = array.stored(numbers.next().unwrap_or(usize::MAX))?;
            // Rounded first, and compared then.
            let value = (offset + f64::from(number) * scale.step) as f32;
            Ok(scale.at_most(value.into()))
        }
        None if mode == 0 => reader.sample(Kind::F32),
        None => Ok(offset),
    })
}

/// A number of 4, 2 or 1 bytes.
#[inline(never)]
fn offset(reader: &mut Reader, shorter: u8) -> Outcome<f64> {
    match shorter {
        0 => reader.sample(Kind::F32),
        1 => reader.sample(Kind::I16),
        2 => reader.sample(Kind::I8),
        _ => Err("an offset has no type"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::codec::sample::Random;

    fn ints(numbers: [usize; 3]) -> Vec<u8> {
        numbers.iter().flat_map(|number| (*number as u32).to_le_bytes()).collect()
    }

    /// `count` numbers of a few bits.
    fn array(random: &mut Random, count: usize) -> Vec<u8> {
        let bits = random.below(20) as usize;
        let bytes = crate::codec::sample::random_bytes(random.next(), (count * bits).div_ceil(8));
        [&[0x40 | bits as u8][..], &(count as u16).to_le_bytes(), &bytes].concat()
    }

    /// A tile's offset in one of its three types, and the flags that say in which.
    fn random_offset(random: &mut Random) -> (u8, Vec<u8>) {
        match random.below(3) {
            0 => (0, 70.5_f32.to_le_bytes().to_vec()),
            1 => (0x40, (-300_i16).to_le_bytes().to_vec()),
            _ => (0x80, vec![random.next() as u8]),
        }
    }

    fn tile_of_counts(random: &mut Random, count: usize) -> Vec<u8> {
        match random.below(5) {
            0 => {
                let counts = (0..count).map(|_| random.below(3) as f32 - 1.0);
                [vec![0], counts.flat_map(f32::to_le_bytes).collect()].concat()
            }
            1 => [vec![0x81, 0xFF], array(random, count)].concat(),
            flag => vec![flag as u8],
        }
    }

    fn tile_of_values(random: &mut Random, count: usize) -> Vec<u8> {
        let (flags, offset) = random_offset(random);
        match random.below(4) {
            0 => {
                [vec![0], (0..count).flat_map(|value| (value as f32 / 3.0).to_le_bytes()).collect()].concat()
            }
            1 => [&[flags | 1][..], &offset, &array(random, count)].concat(),
            2 => vec![2],
            _ => [&[flags | 3][..], &offset].concat(),
        }
    }

    /// One part: its head, and all its tiles, for each of which `tile` has the bytes.
    fn part(
        size: (usize, usize),
        random: &mut Random,
        mut tile: impl FnMut(&mut Random, usize, usize, usize, usize) -> Vec<u8>,
    ) -> Vec<u8> {
        let (across, down) = (1 + random.below(4) as usize, 1 + random.below(4) as usize);
        let mut tiles = Vec::new();
        for (y, height) in spans(size.1, down) {
            for (x, width) in spans(size.0, across) {
                tiles.extend(tile(random, x, y, width, height));
            }
        }
        [ints([down, across, tiles.len()]), 99.5_f32.to_le_bytes().to_vec(), tiles].concat()
    }

    /// A blob of noise, as nothing writes them any longer.
    pub fn random_blob(random: &mut Random) -> Vec<u8> {
        let (width, height) = (1 + random.below(30) as usize, 1 + random.below(30) as usize);
        let size = (width, height);
        let none = |most: f32| [ints([0; 3]), most.to_le_bytes().to_vec()].concat();
        let bits = crate::codec::sample::random_bytes(random.next(), (width * height).div_ceil(8));
        let runs = [&(bits.len() as i16).to_le_bytes()[..], &bits, &i16::MIN.to_le_bytes()].concat();
        let counts = match random.below(4) {
            0 => none(1.0),
            1 => none(0.0),
            2 => [&ints([0, 0, runs.len()])[..], &1_f32.to_le_bytes(), &runs].concat(),
            _ => part(size, random, |random, _, _, width, height| tile_of_counts(random, width * height)),
        };
        let mut place = vec![0; width * height * 4];
        let mut place =
            Place { block: &mut place, kind: Kind::F32, width, height, stride: 1, first: 0, depth: 1 };
        let mask = mask(Part::read(&mut Reader::new(&counts)).unwrap(), &mut place).unwrap();
        let values = part(size, random, |random, x, y, width, height| {
            let area = Area { x, y, width, height, value: 0 };
            let mut count = 0;
            area.each(&mask, &mut place, &mut |_, _| {
                count += 1;
                Ok(())
            })
            .unwrap();
            tile_of_values(random, count)
        });
        let head = [11, 8, height, width].map(|number| (number as u32).to_le_bytes()).concat();
        [&MAGIC[..], &head, &0.01_f64.to_le_bytes(), &counts, &values].concat()
    }

    #[test]
    fn further_blobs_have_the_first_one_s_mask() {
        let mut random = Random(31);
        let one = random_blob(&mut random);
        let mut reader = Reader::new(&one);
        let header = Header::read(&mut reader).unwrap();
        let head = one.len() - reader.rest().len();
        Part::read(&mut reader).unwrap();
        let another = [&one[..head], reader.rest()].concat();
        let both = [one, another].concat();
        let pixels = header.width * header.height;
        let mut block = vec![0; pixels * 8];
        let mut reader = Reader::new(&both);
        let mut mask = None;
        for first in 0..2 {
            let header = Header::read(&mut reader).unwrap();
            let (width, height) = (header.width, header.height);
            let mut place =
                Place { block: &mut block, kind: Kind::F32, width, height, stride: 2, first, depth: 1 };
            mask = Some(read(&mut reader, &header, mask, &mut place).unwrap());
        }
        assert!(reader.rest().is_empty());
        assert!(block.chunks(8).all(|pixel| pixel[..4] == pixel[4..]) && block.iter().any(|byte| *byte != 0));
    }

    #[test]
    fn tiles_and_what_is_left() {
        let all = |whole, parts| spans(whole, parts).collect::<Vec<_>>();
        assert_eq!(all(10, 3), [(0, 3), (3, 3), (6, 3), (9, 1)]);
        assert_eq!(all(9, 3), [(0, 3), (3, 3), (6, 3)]);
        assert_eq!(all(3, 1_000_000_000), [(0, 3)]);
    }
}
