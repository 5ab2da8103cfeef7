//! Values in small tiles, each of them stored in the way that is shortest.

use super::blob::{Header, Ranges};
use super::kind::Kind;
use super::mask::Mask;
use super::place::{Area, OUTSIDE, Place, copy};
use super::reader::{Outcome, Reader};
use super::scale::{Samples, Scale};
use super::stuffed::{Stuffed, Table};
use super::unpack::{Unpacker, Unpackers};

/// Reads all tiles.
pub(super) fn read(
    reader: &mut Reader,
    header: &Header,
    ranges: &Ranges,
    mask: &Mask,
    place: &mut Place,
) -> Outcome<()> {
    let mut tiles = Tiles { header, mask, table: [0; 256], unpackers: Unpackers::new() };
    for y in (0..place.height).step_by(header.tile) {
        for x in (0..place.width).step_by(header.tile) {
            let (width, height) = (header.tile.min(place.width - x), header.tile.min(place.height - y));
            for value in 0..place.depth {
                tiles.tile(reader, &Area { x, y, width, height, value }, ranges.most(value), place)?;
            }
        }
    }
    Ok(())
}

/// What all tiles of a blob share.
struct Tiles<'t> {
    header: &'t Header,
    mask: &'t Mask,
    table: Table,
    unpackers: Unpackers,
}

impl Tiles<'_> {
    /// Reads one tile, whose values are `most` at most.
    fn tile(&mut self, reader: &mut Reader, area: &Area, most: f64, place: &mut Place) -> Outcome<()> {
        let flags = reader.u8()?;
        let (check, on_top) = if self.header.version >= 5 { (14, flags & 4 != 0) } else { (15, false) };
        if flags >> 2 & check != (area.x >> 3) as u8 & check {
            return Err("a tile is not where it should be");
        }
        if on_top && area.value == 0 {
            return Err("a pixel's first value has none before it");
        }
        let mode = flags & 3;
        match (mode, on_top) {
            (0, false) => return self.as_they_are(reader, area, place),
            (0, true) => return Err("values as they are do not come to others"),
            // The block is 0 where nothing was written.
            (2, false) => return Ok(()),
            (2, true) => {
                return area.set(self.mask, place, &mut |place, pixel| place.number(pixel, area.value - 1));
            }
            _ => {}
        }
        let kind = place.kind;
        let stored_as = if on_top && !kind.is_float() { Kind::I32 } else { kind };
        let offset = reader.sample(stored_as.reduced(flags >> 6).ok_or("an offset has no type")?)?;
        let scale = Scale { offset, step: 2.0 * self.header.error, most };
        match (mode, on_top) {
            (1, _) => self.stuffed(reader, area, &scale, on_top, place),
            (_, false) => self.fill(area, &kind.bytes(offset), place),
            (_, true) => area.set(self.mask, place, &mut |place, pixel| {
                Ok(scale.at_most(offset + place.number(pixel, area.value - 1)?))
            }),
        }
    }

    /// Gives all pixels the same value.
    fn fill(&self, area: &Area, value: &[u8; 8], place: &mut Place) -> Outcome<()> {
        if !self.mask.is_full() || place.stride > 1 {
            return area.each(self.mask, place, &mut |place, pixel| place.set(pixel, area.value, value));
        }
        for y in area.y..area.y + area.height {
            place.fill_samples(y * place.width + area.x, area.width, value)?;
        }
        Ok(())
    }

    fn as_they_are(&self, reader: &mut Reader, area: &Area, place: &mut Place) -> Outcome<()> {
        area.each(self.mask, place, &mut |place, pixel| {
            let place = place.values(pixel, area.value, 1)?;
            copy(place, reader.take(place.len())?);
            Ok(())
        })
    }

    fn stuffed(
        &mut self,
        reader: &mut Reader,
        area: &Area,
        scale: &Scale,
        on_top: bool,
        place: &mut Place,
    ) -> Outcome<()> {
        let array = Stuffed::read(reader, area.pixels(), self.header.order(), &mut self.table)?;
        // With as many numbers as pixels, each pixel has one, whatever the mask says.
        let full = array.count == area.pixels();
        if full
            && !on_top
            && area.width.is_multiple_of(8)
            && let Some(unpacker) = array.unpacker(&self.unpackers)
        {
            return Dense { array: &array, unpacker, table: &self.table, area }.write(scale, place);
        }
        let (mask, mut numbers) = (if full { &Mask::Full } else { self.mask }, 0..);
        area.set(mask, place, &mut |place, pixel| {
            let number = array.get(numbers.next().unwrap_or(usize::MAX), &self.table)?;
            let before = if on_top { place.number(pixel, area.value - 1)? } else { 0.0 };
            Ok(scale.value(number, before))
        })
    }
}

/// A tile that has a number for every pixel, in rows of eights.
struct Dense<'d> {
    array: &'d Stuffed<'d>,
    unpacker: &'d Unpacker,
    table: &'d Table,
    area: &'d Area,
}

impl Dense<'_> {
    fn write(&self, scale: &Scale, place: &mut Place) -> Outcome<()> {
        match (place.kind, scale.in_integers(place.kind, self.array.most)) {
            (Kind::F32, _) => self.samples::<4>(scale, place),
            (Kind::F64, _) => self.samples::<8>(scale, place),
            (kind, Some(integers)) => match kind.size() {
                1 => self.samples::<1>(&integers, place),
                2 => self.samples::<2>(&integers, place),
                _ => self.samples::<4>(&integers, place),
            },
            (kind, None) => {
                let mut numbers = 0..;
                self.area.each(&Mask::Full, place, &mut |place, pixel| {
                    let number = self.array.get(numbers.next().unwrap_or(usize::MAX), self.table)?;
                    place.set(pixel, self.area.value, &kind.bytes(scale.value(number, 0.0)))
                })
            }
        }
    }

    fn samples<const SIZE: usize>(&self, scale: &impl Samples<SIZE>, place: &mut Place) -> Outcome<()> {
        let (stride, area) = (place.stride, self.area);
        let start = (area.y * place.width + area.x) * stride + place.first + area.value;
        let cells = place.block.as_chunks_mut::<SIZE>().0;
        let eights = area.width / 8;
        for row in 0..area.height {
            let mut at = start + row * place.width * stride;
            for group in row * eights..(row + 1) * eights {
                let samples = scale.samples(self.array.eight(self.unpacker, group, self.table)?);
                let cells = cells.get_mut(at..).ok_or(OUTSIDE)?;
                if stride == 1 {
                    *cells.first_chunk_mut().ok_or(OUTSIDE)? = samples;
                } else {
                    cells.iter_mut().step_by(stride).zip(samples).for_each(|(cell, sample)| *cell = sample);
                }
                at += 8 * stride;
            }
        }
        Ok(())
    }
}
