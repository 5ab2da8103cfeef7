//! What `vectors` has, number by number.

use super::scale::{Integers, Scale};
use super::unpack::{WINDOW, one_by_one};

/// Eight numbers.
pub(super) type Eight = [u32; 8];

/// Numbers of one width.
pub(super) struct Unpacker(usize);

impl Unpacker {
    pub fn new(bits: usize) -> Self {
        Self(bits)
    }

    #[inline(always)]
    pub fn eight(&self, window: &[u8; WINDOW]) -> Eight {
        one_by_one(self.0, window)
    }
}

#[inline(always)]
pub(super) fn floats(scale: &Scale, numbers: Eight) -> [[u8; 4]; 8] {
    numbers.map(|number| (scale.value(number, 0.0) as f32).to_le_bytes())
}

#[inline(always)]
pub(super) fn doubles(scale: &Scale, numbers: Eight) -> [[u8; 8]; 8] {
    numbers.map(|number| scale.value(number, 0.0).to_le_bytes())
}

#[inline(always)]
pub(super) fn bytes(scale: &Integers, numbers: Eight) -> [[u8; 1]; 8] {
    numbers.map(|number| (scale.value(number) as u8).to_le_bytes())
}

#[inline(always)]
pub(super) fn shorts(scale: &Integers, numbers: Eight) -> [[u8; 2]; 8] {
    numbers.map(|number| (scale.value(number) as u16).to_le_bytes())
}

#[inline(always)]
pub(super) fn words(scale: &Integers, numbers: Eight) -> [[u8; 4]; 8] {
    numbers.map(|number| scale.value(number).to_le_bytes())
}
