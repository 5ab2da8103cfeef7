//! Eight numbers, worked on as one.

#[derive(Clone, Copy)]
pub(super) struct Eight([i32; 8]);

impl Eight {
    pub const ZERO: Self = Self([0; 8]);

    /// Coefficients times their steps.
    #[inline(always)]
    pub fn product(coefficients: &[i16; 8], steps: &[i32; 8]) -> Self {
        Self(coefficients.map(i32::from)).with(Self(*steps), i32::wrapping_mul)
    }

    #[inline(always)]
    fn with(mut self, other: Self, operation: impl Fn(i32, i32) -> i32) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(one, other)| *one = operation(*one, other));
        self
    }

    #[inline(always)]
    pub fn add(self, other: Self) -> Self {
        self.with(other, i32::wrapping_add)
    }

    #[inline(always)]
    pub fn sub(self, other: Self) -> Self {
        self.with(other, i32::wrapping_sub)
    }

    #[inline(always)]
    pub fn times(self, factor: i32) -> Self {
        Self(self.0.map(|one| one.wrapping_mul(factor)))
    }

    /// Shifted up by so many bits.
    #[inline(always)]
    pub fn raised(self, bits: u32) -> Self {
        Self(self.0.map(|one| one << bits))
    }

    /// Less so many bits, rounded.
    #[inline(always)]
    pub fn rounded(self, bits: u32) -> Self {
        Self(self.0.map(|one| one.wrapping_add(1 << (bits - 1)) >> bits))
    }

    #[inline(always)]
    pub fn numbers(self) -> [i32; 8] {
        self.0
    }

    /// As samples of eight bits, around 128 and cut to what one can hold.
    #[inline(always)]
    pub fn bytes(self) -> [u8; 8] {
        self.0.map(|one| one.saturating_add(128).clamp(0, 255) as u8)
    }
}

/// Rows for columns.
#[inline(always)]
pub(super) fn turned(rows: [Eight; 8]) -> [Eight; 8] {
    let [a, b, c, d, e, f, g, h] = rows.map(|row| row.0);
    let mut turned = [Eight::ZERO; 8];
    let columns = a.iter().zip(b).zip(c).zip(d).zip(e).zip(f).zip(g).zip(h);
    for (column, (((((((a, b), c), d), e), f), g), h)) in turned.iter_mut().zip(columns) {
        column.0 = [*a, b, c, d, e, f, g, h];
    }
    turned
}
