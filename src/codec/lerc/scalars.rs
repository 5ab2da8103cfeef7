//! What `vectors` has, number by number.

use super::scale::{Integers, Scale};
use super::unpack::{WINDOW, one_by_one};

/// Eight numbers.
#[derive(Clone, Copy)]
pub(super) struct Eight([u32; 8]);

impl From<[u32; 8]> for Eight {
    fn from(numbers: [u32; 8]) -> Self {
        Self(numbers)
    }
}

impl From<Eight> for [u32; 8] {
    fn from(Eight(numbers): Eight) -> Self {
        numbers
    }
}

/// Numbers of one width.
pub(super) struct Unpacker(usize);

impl Unpacker {
    pub fn new(bits: usize) -> Self {
        Self(bits)
    }

    #[inline(always)]
    pub fn eight(&self, window: &[u8; WINDOW]) -> Eight {
        Eight(one_by_one(self.0, window))
    }
}

#[inline(always)]
pub(super) fn floats(scale: &Scale, Eight(numbers): Eight) -> [[u8; 4]; 8] {
    numbers.map(|number| (scale.value(number, 0.0) as f32).to_le_bytes())
}

#[inline(always)]
pub(super) fn doubles(scale: &Scale, Eight(numbers): Eight) -> [[u8; 8]; 8] {
    numbers.map(|number| scale.value(number, 0.0).to_le_bytes())
}

#[inline(always)]
pub(super) fn bytes(scale: &Integers, Eight(numbers): Eight) -> [[u8; 1]; 8] {
    numbers.map(|number| (scale.value(number) as u8).to_le_bytes())
}

#[inline(always)]
pub(super) fn shorts(scale: &Integers, Eight(numbers): Eight) -> [[u8; 2]; 8] {
    numbers.map(|number| (scale.value(number) as u16).to_le_bytes())
}

#[inline(always)]
pub(super) fn words(scale: &Integers, Eight(numbers): Eight) -> [[u8; 4]; 8] {
    numbers.map(|number| scale.value(number).to_le_bytes())
}
