//! Numbers and lists as bytes: what messages between modules are made of.

use crate::error::{Error, Result};

/// The error for a number that means nothing there.
pub(super) fn unknown(what: &str, found: u8) -> Error {
    Error::invalid("job", format!("the job's {what} is {found}, which is none"))
}

/// Little-endian numbers, and lists after their lengths.
pub(super) struct Writer(pub Vec<u8>);

impl Writer {
    pub fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub fn int(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub fn long(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.int(bytes.len() as u32);
        self.0.extend_from_slice(bytes);
    }

    pub fn list(&mut self, values: &[u32]) {
        self.int(values.len() as u32);
        values.iter().for_each(|value| self.int(*value));
    }

    pub fn floats(&mut self, values: &[f32]) {
        values.iter().for_each(|value| self.int(value.to_bits()));
    }
}

/// What is left to read.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(|| {
            let message =
                format!("the job ends where {length} bytes are due, and {} are there", self.0.len());
            Error::invalid("job", message)
        })?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.first_chunk().copied().unwrap_or([0; N]))
    }

    pub fn byte(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub fn flag(&mut self) -> Result<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(unknown("flag", other)),
        }
    }

    pub fn short(&mut self) -> Result<u16> {
        let value = self.int()?;
        value.try_into().map_err(|_| Error::invalid("job", format!("{value} is no value of a short tag")))
    }

    pub fn int(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub fn long(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.int()?;
        self.take(length as usize)
    }

    pub fn list(&mut self) -> Result<Vec<u32>> {
        let length = self.int()?;
        let bytes = self.take((length as usize).saturating_mul(4))?;
        Ok(bytes.as_chunks().0.iter().map(|value| u32::from_le_bytes(*value)).collect())
    }

    pub fn floats<const N: usize>(&mut self) -> Result<[f32; N]> {
        let mut values = [0.0; N];
        for value in &mut values {
            *value = f32::from_bits(self.int()?);
        }
        Ok(values)
    }
}
