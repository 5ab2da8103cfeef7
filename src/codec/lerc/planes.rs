//! Floating-point numbers without loss (LERC 2 version 6): differences of their bits, then one plane for each byte.

use super::huffman::Huffman;
use super::place::Place;
use super::reader::{Outcome, Reader};
use crate::codec::output;

/// The most times that a plane's bytes are differences.
const MOST_LEVELS: u8 = 5;

/// Reads all values: those that a mask leaves out are stored, too.
pub(super) fn read(reader: &mut Reader, place: &mut Place) -> Outcome<()> {
    let memory = |_| "there is no memory for its planes";
    let predictor = reader.u8()?;
    if predictor > 2 {
        return Err("its predictor is unknown");
    }
    let (size, count) = (place.kind.size(), place.pixels() * place.depth);
    let mut plane = output::zeroed(count).map_err(memory)?;
    let mut numbers: Vec<u64> = output::reserved(count).map_err(memory)?;
    numbers.resize(count, 0);
    let mut planes = 0_u32;
    for _ in 0..size {
        let (index, level) = (reader.u8()?, reader.u8()?);
        if usize::from(index) >= size || planes >> index & 1 == 1 {
            return Err("a plane is there twice");
        }
        planes |= 1 << index;
        if level > MOST_LEVELS {
            return Err("a plane has too many levels");
        }
        let stored = reader.u32()?;
        read_plane(reader.take_many(stored.into())?, &mut plane)?;
        sum_up(&mut plane, level);
        numbers.iter_mut().zip(&plane).for_each(|(number, byte)| *number |= u64::from(*byte) << (8 * index));
    }
    let row = if place.depth == 1 { place.width } else { place.depth };
    let mantissa = if size == 4 { (1 << 23) - 1 } else { (1 << 52) - 1 };
    if predictor == 2 {
        add_rows_above(&mut numbers, row, mantissa);
    }
    if predictor > 0 {
        numbers.chunks_mut(row).for_each(|row| add_before(row, mantissa));
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

fn add_rows_above(numbers: &mut [u64], row: usize, mantissa: u64) {
    let mut rows = numbers.chunks_mut(row);
    let Some(mut above) = rows.next() else { return };
    for row in rows {
        row.iter_mut().zip(above.iter()).for_each(|(number, above)| *number = add(*number, *above, mantissa));
        above = row;
    }
}

fn add_before(row: &mut [u64], mantissa: u64) {
    let mut before = 0;
    for number in row {
        before = add(*number, before, mantissa);
        *number = before;
    }
}

/// The sum of the mantissas and that of what is above them, neither of which reaches into the other.
fn add(one: u64, other: u64, mantissa: u64) -> u64 {
    let above = (one & !mantissa).wrapping_add(other & !mantissa);
    above & !mantissa | one.wrapping_add(other) & mantissa
}

fn write(numbers: &[u64], place: &mut Place) -> Outcome<()> {
    let is_short = place.kind.size() == 4;
    for (pixel, values) in numbers.chunks(place.depth).enumerate() {
        for (value, number) in values.iter().enumerate() {
            let number = if is_short { with_sign_on_top(*number) } else { *number };
            place.set(pixel, value, &number.to_le_bytes())?;
        }
    }
    Ok(())
}

/// A float32 has its exponent in the highest byte here, and its sign below it.
fn with_sign_on_top(number: u64) -> u64 {
    number & 0x7F_FFFF | (number >> 1 & 0x7F80_0000) | (number >> 23 & 1) << 31
}
