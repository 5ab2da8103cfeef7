//! LERC 2: one blob, which holds one or more values for each pixel.

use super::checksum::fletcher32;
use super::huffman::Huffman;
use super::kind::Kind;
use super::mask::Mask;
use super::place::Place;
use super::reader::{ENDS, Outcome, Reader, little_endian};
use super::stuffed::Order;
use super::{planes, tiles};

const MAGIC: &[u8; 6] = b"Lerc2 ";
/// Bytes before those that the checksum covers.
const BEFORE_CHECKED: usize = 14;

/// What a blob says of itself.
pub(super) struct Header {
    pub version: u32,
    pub width: usize,
    pub height: usize,
    /// Values of a pixel.
    pub depth: usize,
    pub kind: Kind,
    /// Bytes of the blob.
    pub size: usize,
    /// Columns and rows of a tile.
    pub tile: usize,
    /// Pixels that have values.
    valid: usize,
    /// Half of the step between values.
    pub error: f64,
    least: f64,
    most: f64,
    /// The value that stands for none among a pixel's values, and what it was before it was written.
    no_data: Option<[f64; 2]>,
    checksum: Option<u32>,
}

impl Header {
    #[inline(never)]
    pub fn read(reader: &mut Reader) -> Outcome<Self> {
        if reader.take(MAGIC.len())? != MAGIC {
            return Err("it is no LERC");
        }
        let version = reader.u32()?;
        if !(1..=6).contains(&version) {
            return Err("its version is not 1 to 6");
        }
        let checksum = if version >= 3 { Some(reader.u32()?) } else { None };
        let (height, width) = (reader.count()?, reader.count()?);
        let depth = if version >= 4 { reader.count()? } else { 1 };
        let (valid, tile, size) = (reader.count()?, reader.count()?, reader.count()?);
        let kind = Kind::numbered(reader.count()?).ok_or("its samples have no type")?;
        // How many blobs follow is seen; a flag, one that tells nothing of how to read it, and two to come.
        let flags = if version >= 6 { reader.array::<8>()? } else { [0; 8] };
        let (error, least, most) = (reader.f64()?, reader.f64()?, reader.f64()?);
        let no_data = if version >= 6 { Some([reader.f64()?, reader.f64()?]) } else { None };
        let no_data = no_data.filter(|_| flags[4] != 0);
        if tile == 0 {
            return Err("its tiles have no pixels");
        }
        Ok(Self {
            version,
            width,
            height,
            depth,
            kind,
            size,
            tile,
            valid,
            error,
            least,
            most,
            no_data,
            checksum,
        })
    }

    /// The order of its numbers' bits.
    pub fn order(&self) -> Order {
        if self.version >= 3 { Order::Lowest } else { Order::Highest }
    }

    fn check(&self, blob: &[u8]) -> Outcome<()> {
        match self.checksum {
            Some(sum) if fletcher32(blob.get(BEFORE_CHECKED..).unwrap_or_default()) != sum => {
                Err("its checksum does not match")
            }
            _ => Ok(()),
        }
    }

    /// The mask after the header; `before` is that of the blob before.
    #[inline(never)]
    fn mask(&self, reader: &mut Reader, before: Option<Mask>) -> Outcome<Mask> {
        let pixels = self.width * self.height;
        let runs = reader.count()?;
        match (self.valid, runs) {
            (0, 0) => Mask::empty(pixels),
            (valid, 0) if valid == pixels => Ok(Mask::Full),
            (_, 0) => before.ok_or("it has no mask"),
            (valid, _) if valid > 0 && valid < pixels => Mask::read(reader.take(runs)?, pixels),
            _ => Err("it has a mask and does not need it"),
        }
    }
}

/// The least and the greatest of each of a pixel's values.
pub(super) struct Ranges {
    least: Vec<f64>,
    most: Vec<f64>,
    /// Of all values.
    whole: f64,
}

impl Ranges {
    #[inline(never)]
    fn read(reader: &mut Reader, header: &Header) -> Outcome<Self> {
        let (mut least, mut most) = (Vec::new(), Vec::new());
        if header.version >= 4 {
            for bounds in [&mut least, &mut most] {
                // As many as are stored there, at least.
                for _ in 0..header.depth {
                    bounds.push(reader.sample(header.kind)?);
                }
            }
        }
        Ok(Self { least, most, whole: header.most })
    }

    /// Whether there are any, and none has room for two values.
    fn are_points(&self) -> bool {
        let same = |(least, most): (&f64, &f64)| least.to_bits() == most.to_bits();
        !self.least.is_empty() && self.least.iter().zip(&self.most).all(same)
    }

    /// The greatest of those values of a pixel.
    pub fn most(&self, value: usize) -> f64 {
        if self.most.len() > 1 { self.most.get(value).copied().unwrap_or(self.whole) } else { self.whole }
    }
}

/// Reads the blob at the start of `stored`, which `header` heads and `place` fits. Gives its mask, and what follows it.
#[inline(never)]
pub(super) fn read<'a>(
    stored: &'a [u8],
    header: &Header,
    after_header: Reader<'a>,
    before: Option<Mask>,
    place: &mut Place,
) -> Outcome<(Mask, &'a [u8])> {
    let (blob, after) = stored.split_at_checked(header.size).ok_or(ENDS)?;
    header.check(blob)?;
    let taken = stored.len() - after_header.rest().len();
    let mut reader = Reader::new(blob.get(taken..).ok_or(ENDS)?);
    let mask = header.mask(&mut reader, before)?;
    if header.valid > 0 {
        values(&mut reader, header, &mask, place)?;
        restore_no_data(header, &mask, place)?;
    }
    place.leave_out(&mask)?;
    Ok((mask, after))
}

#[inline(never)]
fn values(reader: &mut Reader, header: &Header, mask: &Mask, place: &mut Place) -> Outcome<()> {
    let only = [header.least];
    if header.least == header.most {
        return constant(&only.repeat(header.depth), mask, place);
    }
    let ranges = Ranges::read(reader, header)?;
    if ranges.are_points() {
        // Where there is one of them, liblerc takes the header's.
        return constant(if header.depth == 1 { &only } else { &ranges.least }, mask, place);
    }
    if reader.u8()? != 0 {
        return place.read(reader, mask);
    }
    let is_byte = header.kind.size() == 1 && header.version >= 2 && header.error == 0.5;
    let is_exact = header.kind.is_float() && header.version >= 6 && header.error == 0.0;
    let mode = if is_byte || is_exact { reader.u8()? } else { 0 };
    match mode {
        0 => tiles::read(reader, header, &ranges, mask, place),
        1 if is_byte => Huffman::read_image(reader, header, true, mask, place),
        2 if is_byte && header.version >= 4 => Huffman::read_image(reader, header, false, mask, place),
        3 if is_exact => planes::read(reader, place),
        _ => Err("its values are stored in an unknown way"),
    }
}

/// Gives each pixel the same values.
fn constant(values: &[f64], mask: &Mask, place: &mut Place) -> Outcome<()> {
    let size = place.kind.size();
    let mut bytes = Vec::new();
    for value in values {
        bytes.extend(place.kind.bytes(*value).into_iter().take(size));
    }
    place.fill(&bytes, mask)
}

#[inline(never)]
fn restore_no_data(header: &Header, mask: &Mask, place: &mut Place) -> Outcome<()> {
    let Some([found, meant]) = header.no_data.filter(|[found, meant]| found != meant) else { return Ok(()) };
    let (found, meant) = (place.kind.bytes(found), place.kind.bytes(meant));
    let found = place.kind.number(little_endian(found.get(..place.kind.size()).unwrap_or_default()));
    for pixel in (0..place.pixels()).filter(|pixel| mask.has(*pixel)) {
        for value in 0..place.depth {
            if place.number(pixel, value)? == found {
                place.set(pixel, value, &meant)?;
            }
        }
    }
    Ok(())
}
