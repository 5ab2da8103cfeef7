//! Where the values of a blob go.

use super::kind::Kind;
use super::mask::Mask;
use super::reader::{Outcome, Reader, little_endian};

/// The block, whose pixels have `stride` samples each, and the place of a blob's values in every pixel: `depth` of them from
/// `first` on. All is in samples, which are little-endian.
pub(super) struct Place<'b> {
    pub block: &'b mut [u8],
    pub kind: Kind,
    pub width: usize,
    pub height: usize,
    pub stride: usize,
    pub first: usize,
    pub depth: usize,
}

/// Why: a value has no place in the block.
pub(super) const OUTSIDE: &str = "it has more values than the block";

impl Place<'_> {
    pub fn pixels(&self) -> usize {
        self.width * self.height
    }

    /// Whether the blob's values are all that the block has.
    pub fn is_whole(&self) -> bool {
        self.stride == self.depth
    }

    /// The bytes of a pixel's values from `value` on.
    #[inline(never)]
    pub fn values(&mut self, pixel: usize, value: usize, count: usize) -> Outcome<&mut [u8]> {
        let size = self.kind.size();
        let start = (pixel * self.stride + self.first + value) * size;
        self.block.get_mut(start..start + count * size).ok_or(OUTSIDE)
    }

    /// One value as a number.
    #[inline(never)]
    pub fn number(&mut self, pixel: usize, value: usize) -> Outcome<f64> {
        let kind = self.kind;
        self.values(pixel, value, 1).map(|bytes| kind.number(little_endian(bytes)))
    }

    /// Sets one value.
    #[inline(never)]
    pub fn set(&mut self, pixel: usize, value: usize, bytes: &[u8; 8]) -> Outcome<()> {
        let place = self.values(pixel, value, 1)?;
        place.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        Ok(())
    }

    /// Gives samples of the block the same value.
    #[inline(never)]
    pub fn fill_samples(&mut self, start: usize, count: usize, value: &[u8; 8]) -> Outcome<()> {
        match self.kind.size() {
            1 => fill_cells::<1>(self.block, start, count, value),
            2 => fill_cells::<2>(self.block, start, count, value),
            4 => fill_cells::<4>(self.block, start, count, value),
            _ => fill_cells::<8>(self.block, start, count, value),
        }
        .ok_or(OUTSIDE)
    }

    /// Gives every pixel that the mask has the same values, `values` being all of a pixel's.
    #[inline(never)]
    pub fn fill(&mut self, values: &[u8], mask: &Mask) -> Outcome<()> {
        if mask.is_full() && self.is_whole() {
            repeat(self.block, values);
            return Ok(());
        }
        for pixel in (0..self.pixels()).filter(|pixel| mask.has(*pixel)) {
            copy(self.values(pixel, 0, self.depth)?, values);
        }
        Ok(())
    }

    /// Takes the values of all pixels that the mask has as they are stored.
    #[inline(never)]
    pub fn read(&mut self, reader: &mut Reader, mask: &Mask) -> Outcome<()> {
        if mask.is_full() && self.is_whole() {
            copy(self.block, reader.take(self.block.len())?);
            return Ok(());
        }
        for pixel in (0..self.pixels()).filter(|pixel| mask.has(*pixel)) {
            let place = self.values(pixel, 0, self.depth)?;
            copy(place, reader.take(place.len())?);
        }
        Ok(())
    }

    /// What becomes of the pixels that the mask leaves out.
    pub fn leave_out(&mut self, mask: &Mask) -> Outcome<()> {
        let Mask::Bits(bits) = mask else { return Ok(()) };
        let (missing, pixels) = (self.kind.missing(), self.pixels());
        for (first, byte) in (0..pixels).step_by(8).zip(bits).filter(|(_, byte)| **byte != 0xFF) {
            let count = (pixels - first).min(8);
            if *byte == 0 && self.is_whole() {
                self.fill_samples(first * self.stride, count * self.stride, &missing)?;
                continue;
            }
            for pixel in (first..first + count).filter(|pixel| !mask.has(*pixel)) {
                for value in 0..self.depth {
                    self.set(pixel, value, &missing)?;
                }
            }
        }
        Ok(())
    }
}

/// The pixels of a tile, and which of their values.
pub(super) struct Area {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
    pub value: usize,
}

impl Area {
    pub fn pixels(&self) -> usize {
        self.width * self.height
    }

    /// Does something for each pixel that the mask has.
    #[inline(never)]
    pub fn each(
        &self,
        mask: &Mask,
        place: &mut Place,
        work: &mut dyn FnMut(&mut Place, usize) -> Outcome<()>,
    ) -> Outcome<()> {
        for y in self.y..self.y + self.height {
            let start = y * place.width + self.x;
            for pixel in (start..start + self.width).filter(|pixel| mask.has(*pixel)) {
                work(place, pixel)?;
            }
        }
        Ok(())
    }

    /// Sets the value of each pixel that the mask has.
    #[inline(never)]
    pub fn set(
        &self,
        mask: &Mask,
        place: &mut Place,
        number: &mut dyn FnMut(&mut Place, usize) -> Outcome<f64>,
    ) -> Outcome<()> {
        let kind = place.kind;
        self.each(mask, place, &mut |place, pixel| {
            let number = number(place, pixel)?;
            place.set(pixel, self.value, &kind.bytes(number))
        })
    }
}

fn fill_cells<const SIZE: usize>(
    block: &mut [u8],
    start: usize,
    count: usize,
    value: &[u8; 8],
) -> Option<()> {
    let value = *value.first_chunk::<SIZE>()?;
    block.as_chunks_mut().0.get_mut(start..start + count)?.fill(value);
    Some(())
}

/// Copies as many bytes as both have.
#[inline(never)]
pub(super) fn copy(place: &mut [u8], bytes: &[u8]) {
    place.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
}

/// Fills a block with the same bytes over and over.
fn repeat(block: &mut [u8], bytes: &[u8]) {
    copy(block, bytes);
    let mut done = bytes.len();
    while done > 0 && done < block.len() {
        let count = done.min(block.len() - done);
        block.copy_within(..count, done);
        done += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(block: &mut [u8], stride: usize, first: usize, depth: usize) -> Place<'_> {
        Place { block, kind: Kind::I16, width: 3, height: 2, stride, first, depth }
    }

    #[test]
    fn all_of_a_block() {
        let mut block = [0; 12];
        place(&mut block, 1, 0, 1).fill(&[1, 2], &Mask::Full).unwrap();
        assert_eq!(block, [1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
        let stored: Vec<u8> = (0..12).collect();
        place(&mut block, 1, 0, 1).read(&mut Reader::new(&stored), &Mask::Full).unwrap();
        assert_eq!(block, *stored);
        assert!(place(&mut block, 1, 0, 1).read(&mut Reader::new(&stored[1..]), &Mask::Full).is_err());
    }

    #[test]
    fn one_value_of_two_where_the_mask_has_the_pixel() {
        let mut mask = Mask::empty(6).unwrap();
        [1, 4].iter().for_each(|pixel| mask.set(*pixel));
        let mut block = [9; 24];
        place(&mut block, 2, 1, 1).fill(&[1, 2], &mask).unwrap();
        place(&mut block, 2, 1, 1).leave_out(&mask).unwrap();
        let expected = [[9, 9, 0, 0], [9, 9, 1, 2], [9, 9, 0, 0], [9, 9, 0, 0], [9, 9, 1, 2], [9, 9, 0, 0]];
        assert_eq!(block, expected.concat()[..]);
        place(&mut block, 2, 1, 1).read(&mut Reader::new(&[5, 6, 7, 8]), &mask).unwrap();
        assert_eq!((block[6..8].to_vec(), block[18..20].to_vec()), (vec![5, 6], vec![7, 8]));
        assert!(place(&mut block, 2, 1, 1).values(6, 0, 1).is_err());
    }
}
