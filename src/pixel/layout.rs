//! How the samples of one block are stored.

use serde::{Deserialize, Serialize};

use super::{Colours, DataType};
use crate::error::{Error, Result};

/// Order of the bytes of one number in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ByteOrder {
    /// `II`
    Little,
    /// `MM`
    Big,
}

/// SampleFormat (339).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleFormat {
    /// 1
    Unsigned,
    /// 2, two's complement.
    Signed,
    /// 3, IEEE 754.
    Float,
    /// 4, undefined: read as unsigned where a sample fills whole words.
    Void,
    /// 5, pairs of two's complement.
    ComplexInt,
    /// 6, pairs of IEEE 754.
    ComplexFloat,
}

/// Everything that turns a block's stored bytes into samples, but for the bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockLayout {
    /// Compression (259).
    pub compression: u16,
    /// Predictor (317): 1, 2 or 3.
    pub predictor: u16,
    /// Byte order of the file.
    pub byte_order: ByteOrder,
    /// Columns coded in the block, padding included.
    pub width: u32,
    /// Rows coded in the block: fewer in a last strip.
    pub height: u32,
    /// Samples of one pixel as stored in this block: 1 where planes are separate.
    pub samples: u32,
    /// BitsPerSample, the same for all.
    pub bits: u16,
    /// SampleFormat.
    pub format: SampleFormat,
    /// What only some compressions ask about.
    pub settings: CodecSettings,
}

/// What some compressions want to know beyond the shape of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodecSettings {
    /// PhotometricInterpretation (262).
    pub photometric: u16,
    /// Whether FillOrder (266) is 2: the bits of every stored byte are turned around.
    pub reversed_bits: bool,
    /// YCbCrSubSampling (530), across and down; 0 where it is not said.
    pub subsampling: [u16; 2],
    /// T4Options (292) or T6Options (293); of PixarLog in tiles the image's width, by which libtiff takes their rows;
    /// of LERC 1 where the last sample is alpha, which may then be in a blob's mask.
    pub option: u32,
    /// JPEGTables (347): a stream of tables only, which goes before each block's own.
    pub jpeg_tables: Vec<u8>,
    /// Whether it is a last strip, or a tile whose lowest rows are not asked for: what is stored may have more rows than that, and those past
    /// the image's end are dropped. Of tiles of JPEG all rows are asked for.
    pub cut_rows: bool,
    /// Whether SampleFormat comes before BitsPerSample: libtiff then turns the bytes of a complex number around as one word.
    pub whole_words: bool,
    /// What is made of the samples once they are decoded.
    pub colours: Colours,
    /// LercParameters (50674): version, and the compression around the blob.
    pub lerc: [u32; 2],
}

impl BlockLayout {
    /// Bytes of one packed row as stored, padded to a whole byte.
    pub fn stored_row_bytes(&self) -> Option<u64> {
        let bits =
            u64::from(self.width).checked_mul(u64::from(self.samples))?.checked_mul(u64::from(self.bits))?;
        Some(bits.div_ceil(8))
    }

    /// Samples of one pixel as handed out.
    pub fn produced_samples(&self) -> u32 {
        self.settings.colours.samples(self.samples)
    }

    /// Bytes of the whole block as stored, once decompressed.
    pub fn stored_bytes(&self) -> Option<u64> {
        let [across, down] = self.settings.colours.unit().map(u64::from);
        if (across, down) != (1, 1) {
            let units = u64::from(self.width).div_ceil(across) * u64::from(self.height).div_ceil(down);
            return units.checked_mul(across * down + 2);
        }
        self.stored_row_bytes()?.checked_mul(u64::from(self.height))
    }

    /// Bits of the numbers that a byte order speaks of: of a complex number each part.
    pub fn part_bits(&self) -> u16 {
        match self.data_type() {
            // Of 128 bits there are no words.
            Ok(data_type) if data_type.is_complex() && !(self.settings.whole_words && self.bits <= 64) => {
                self.bits / 2
            }
            _ => self.bits,
        }
    }

    /// The element type that these samples are handed out as.
    ///
    /// # Errors
    /// `unsupported` for a combination that this build does not read.
    pub fn data_type(&self) -> Result<DataType> {
        if self.settings.colours != Colours::Stored {
            return Ok(DataType::Uint8);
        }
        data_type_of(self.format, self.bits)
    }
}

/// The element type for samples of that format and width in bits: GDAL's, which hands out the bits of a number of odd width as an
/// unsigned one, whatever its sign.
///
/// # Errors
/// `unsupported`, naming BitsPerSample (258) and its value.
pub fn data_type_of(format: SampleFormat, bits: u16) -> Result<DataType> {
    use SampleFormat::{ComplexFloat, ComplexInt, Float, Signed, Unsigned, Void};
    Ok(match (format, bits) {
        (Float, 16 | 24 | 32) => DataType::Float32,
        (Float, 64) => DataType::Float64,
        (Unsigned | Signed, 1..=7) => DataType::Uint8,
        (Unsigned | Signed, 9..=15) => DataType::Uint16,
        (Unsigned | Signed, 17..=31) => DataType::Uint32,
        (Signed, 8) => DataType::Int8,
        (Unsigned | Void | ComplexInt | ComplexFloat, 8) => DataType::Uint8,
        (Signed, 16) => DataType::Int16,
        (Unsigned | Void | ComplexInt | ComplexFloat, 16) => DataType::Uint16,
        (ComplexInt, 32) => DataType::ComplexInt16,
        (Signed, 32) => DataType::Int32,
        (Unsigned | Void | ComplexFloat, 32) => DataType::Uint32,
        (ComplexInt, 64) => DataType::ComplexInt32,
        (ComplexFloat, 64) => DataType::Complex64,
        (Signed, 64) => DataType::BigInt64,
        (Unsigned | Void, 64) => DataType::BigUint64,
        (ComplexFloat, 128) => DataType::Complex128,
        _ => {
            let message = format!("BitsPerSample {bits} of {format:?} samples is not supported");
            return Err(Error::unsupported(message).with_value(258, bits));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_that_gdal_refuses_are_refused() {
        let all = 0..=200;
        let count = |format| all.clone().filter(|bits| data_type_of(format, *bits).is_ok()).count();
        assert_eq!(count(SampleFormat::Unsigned), 33);
        assert_eq!(count(SampleFormat::Signed), 33);
        assert_eq!(count(SampleFormat::Float), 4);
        assert_eq!(count(SampleFormat::Void), 4);
        assert_eq!(count(SampleFormat::ComplexInt), 4);
        assert_eq!(count(SampleFormat::ComplexFloat), 5);
    }
}
