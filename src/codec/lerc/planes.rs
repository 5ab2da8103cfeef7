//! Floating-point numbers without loss (LERC 2 version 6): differences of their bits, then one plane for each byte.

use super::huffman::Huffman;
use super::place::{OUTSIDE, Place};
use super::reader::{Outcome, Reader};
use crate::codec::output;

/// The most times that a plane's bytes are differences.
const MOST_LEVELS: u8 = 5;

/// Reads all values: those that a mask leaves out are stored, too.
pub(super) fn read(reader: &mut Reader, place: &mut Place) -> Outcome<()> {
    if place.kind.size() == 4 { numbers::<4>(reader, place) } else { numbers::<8>(reader, place) }
}

fn numbers<const SIZE: usize>(reader: &mut Reader, place: &mut Place) -> Outcome<()> {
    let memory = |_| "there is no memory for its planes";
    let predictor = reader.u8()?;
    if predictor > 2 {
        return Err("its predictor is unknown");
    }
    let count = place.pixels() * place.depth;
    let mut plane = output::zeroed(count).map_err(memory)?;
    let mut numbers: Vec<[u8; SIZE]> = output::reserved(count).map_err(memory)?;
    numbers.resize(count, [0; SIZE]);
    let mut planes = [false; SIZE];
    for _ in 0..SIZE {
        let (index, level) = (usize::from(reader.u8()?), reader.u8()?);
        let is_there = planes.get_mut(index).filter(|is_there| !**is_there);
        *is_there.ok_or("a plane is there twice")? = true;
        if level > MOST_LEVELS {
            return Err("a plane has too many levels");
        }
        let size = reader.u32()?;
        read_plane(reader.take_many(size.into())?, &mut plane)?;
        sum_up(&mut plane, level);
        let bytes = numbers.iter_mut().filter_map(|number| number.get_mut(index));
        bytes.zip(&plane).for_each(|(byte, found)| *byte = *found);
    }
    let row = if place.depth == 1 { place.width } else { place.depth };
    if predictor == 2 {
        add_rows_above(&mut numbers, row);
    }
    if predictor > 0 {
        numbers.chunks_mut(row).for_each(add_before);
    }
    write(&numbers, place)
}

/// One plane's bytes as they are stored.
fn read_plane(stored: &[u8], plane: &mut [u8]) -> Outcome<()> {
    let mut reader = Reader::new(stored);
    match reader.u8()? {
        0 => Huffman::read_plane(&mut reader, plane),
        1 => {
            plane.fill(reader.u8()?);
            if reader.u32()? as usize == plane.len() { Ok(()) } else { Err("a plane has another length") }
        }
        2 => {
            plane.copy_from_slice(reader.take(plane.len())?);
            Ok(())
        }
        3 => runs(&mut reader, plane),
        _ => Err("a plane is stored in an unknown way"),
    }
}

/// Bytes as they are, 1 to 128, and bytes that stand for 2 to 129.
fn runs(reader: &mut Reader, plane: &mut [u8]) -> Outcome<()> {
    let mut at = 0;
    while at < plane.len() {
        let head = usize::from(reader.u8()?);
        let count = if head < 128 { head + 1 } else { head - 126 };
        let bytes = plane.get_mut(at..at + count).ok_or("a plane has another length")?;
        if head < 128 {
            bytes.copy_from_slice(reader.take(count)?);
        } else {
            bytes.fill(reader.u8()?);
        }
        at += count;
    }
    Ok(())
}

/// Undoes so many times differences to the byte before; each time, one byte more has been left as it is.
fn sum_up(plane: &mut [u8], level: u8) {
    for first in (0..usize::from(level)).rev() {
        let mut sum = 0_u8;
        for byte in plane.iter_mut().skip(first) {
            sum = sum.wrapping_add(*byte);
            *byte = sum;
        }
    }
}

fn add_rows_above<const SIZE: usize>(numbers: &mut [[u8; SIZE]], row: usize) {
    let mut rows = numbers.chunks_mut(row);
    let Some(mut above) = rows.next() else { return };
    for row in rows {
        row.iter_mut().zip(above.iter()).for_each(|(number, above)| *number = add(*number, *above));
        above = row;
    }
}

fn add_before<const SIZE: usize>(row: &mut [[u8; SIZE]]) {
    let mut before = [0; SIZE];
    for number in row {
        before = add(*number, before);
        *number = before;
    }
}

fn wide<const SIZE: usize>(number: [u8; SIZE]) -> u64 {
    number.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn narrow<const SIZE: usize>(number: u64) -> [u8; SIZE] {
    number.to_le_bytes().first_chunk().copied().unwrap_or([0; SIZE])
}

/// The sum of the mantissas and that of what is above them, neither of which reaches into the other.
#[inline(always)]
fn add<const SIZE: usize>(one: [u8; SIZE], other: [u8; SIZE]) -> [u8; SIZE] {
    let mantissa = (1 << if SIZE == 4 { 23 } else { 52 }) - 1;
    let (one, other) = (wide(one), wide(other));
    let above = (one & !mantissa).wrapping_add(other & !mantissa);
    narrow(above & !mantissa | one.wrapping_add(other) & mantissa)
}

fn write<const SIZE: usize>(numbers: &[[u8; SIZE]], place: &mut Place) -> Outcome<()> {
    let depth = place.depth;
    for (pixel, values) in numbers.chunks(depth).enumerate() {
        let cells = place.values(pixel, 0, depth)?;
        for (cell, number) in cells.as_chunks_mut().0.iter_mut().zip(values) {
            *cell = if SIZE == 4 { narrow(with_sign_on_top(wide(*number))) } else { *number };
        }
    }
    if numbers.len() < place.pixels() * depth { Err(OUTSIDE) } else { Ok(()) }
}

/// A float32 has its exponent in the highest byte here, and its sign below it.
fn with_sign_on_top(number: u64) -> u64 {
    number & 0x7F_FFFF | (number >> 1 & 0x7F80_0000) | (number >> 23 & 1) << 31
}
