//! The tags that say how an image is stored, read as libtiff reads them: which mistakes end a file, which make a tag not count, and
//! which are forgiven.

use super::ifd::{Entry, Ifd};
use super::tag::{self, FieldType, id};
use super::values::Values;
use crate::error::{Answer, Error, Result, Stop};
use crate::pixel::SampleFormat;
use crate::text::listed;

/// The tags of one directory, as the image wants them.
pub(super) struct Fields<'a> {
    pub values: &'a Values<'a>,
    pub ifd: &'a Ifd,
}

impl Fields<'_> {
    /// The one value of a tag; `None` where the tag is absent.
    ///
    /// # Errors
    /// `malformed` for any number of values but one, a type that holds no whole numbers, a negative value.
    pub fn number(&self, tag: u16) -> Answer<Option<u64>> {
        let Some(entry) = self.ifd.entry(tag) else { return Ok(None) };
        if entry.count != 1 {
            let message = format!("{} has {} values, expected one", tag::name(tag), entry.count);
            return Err(Error::malformed(message).with_tag(tag).into());
        }
        Ok(self.integers(entry)?.first().copied())
    }

    /// The same, of at most 16 bits.
    ///
    /// # Errors
    /// As [`Self::number`], and `malformed` for a larger one.
    pub fn short(&self, tag: u16) -> Answer<Option<u16>> {
        let Some(found) = self.number(tag)? else { return Ok(None) };
        Ok(Some(short_of(tag, found)?))
    }

    /// The same where a value that makes no sense does not count: a warning tells of it.
    ///
    /// # Errors
    /// `Need` alone.
    pub fn forgiven(&self, tag: u16, warnings: &mut Vec<String>) -> Answer<Option<u16>> {
        match self.short(tag) {
            Err(stop) => {
                warnings.push(format!("left out: {}", stop.into_error()?));
                Ok(None)
            }
            found => found,
        }
    }

    /// All values of a tag, of at most 16 bits each.
    ///
    /// # Errors
    /// As [`Self::short`], but that any number of them is good.
    pub fn shorts(&self, tag: u16) -> Answer<Option<Vec<u16>>> {
        let Some(entry) = self.ifd.entry(tag) else { return Ok(None) };
        let mut shorts = Vec::new();
        for found in self.integers(entry)? {
            shorts.push(short_of(tag, found)?);
        }
        Ok(Some(shorts))
    }

    /// A value that is given once, or for each of the samples, and must then be the same for all; what is given beyond does not count.
    ///
    /// # Errors
    /// As [`Self::shorts`]; `unsupported` where samples differ; `malformed` for too few.
    pub fn per_sample(&self, tag: u16, samples: u32) -> Answer<Option<u16>> {
        let Some(list) = self.shorts(tag)? else { return Ok(None) };
        let name = tag::name(tag);
        if let [one] = *list {
            return Ok(Some(one));
        }
        let Some(all) = list.get(..samples as usize).filter(|all| !all.is_empty()) else {
            let found = list.len();
            let message = format!("{name} has {found} values, expected one or {samples}");
            return Err(Error::malformed(message).with_tag(tag).into());
        };
        let first = all.first().copied();
        if all.iter().any(|value| Some(*value) != first) {
            let values = listed(all.iter().map(|value| u64::from(*value)));
            let message = format!("{name} differs between samples: {values}");
            return Err(Error::unsupported(message).with_value(tag, values).into());
        }
        Ok(first)
    }

    fn integers(&self, entry: &Entry) -> Answer<Vec<u64>> {
        use FieldType as T;
        let whole = matches!(
            entry.field_type,
            T::Byte | T::SByte | T::Short | T::SShort | T::Long | T::SLong | T::Long8 | T::SLong8
        );
        if !whole {
            let name = tag::name(entry.tag);
            let message = format!("{name} holds a {:?}, expected whole numbers", entry.field_type);
            return Err(Error::malformed(message).with_tag(entry.tag).into());
        }
        Ok(self.values.unsigned_list(self.ifd, entry.tag)?.unwrap_or_default())
    }

    /// The value of a tag that has one, where it is at hand.
    pub fn at_hand(&self, entry: &Entry) -> Option<u64> {
        let integers = self.integers(entry).ok()?;
        integers.first().copied().filter(|_| entry.count == 1)
    }

    /// A width or a height: required, at least 1, at most 2^31 - 1 as in GDAL.
    pub fn size(&self, tag: u16) -> Answer<u32> {
        match self.number(tag)? {
            Some(found) => Ok(size_of(tag, found)?),
            None => Err(missing(tag).into()),
        }
    }

    /// SampleFormat, or what an older tag says in its terms.
    pub fn format(&self, samples: u32) -> Answer<SampleFormat> {
        let unknown = |tag: u16, found: u16| {
            let message = format!("{} {found} is unknown", tag::name(tag));
            Stop::from(Error::unsupported(message).with_value(tag, found))
        };
        // DataType comes last, and so it counts.
        if let Some(found) = self.per_sample(id::DATA_TYPE, samples)? {
            return match found {
                0 => Ok(SampleFormat::Void),
                1 => Ok(SampleFormat::Signed),
                2 => Ok(SampleFormat::Unsigned),
                3 => Ok(SampleFormat::Float),
                other => Err(unknown(id::DATA_TYPE, other)),
            };
        }
        match self.per_sample(id::SAMPLE_FORMAT, samples)?.unwrap_or(1) {
            1 => Ok(SampleFormat::Unsigned),
            2 => Ok(SampleFormat::Signed),
            3 => Ok(SampleFormat::Float),
            4 => Ok(SampleFormat::Void),
            5 => Ok(SampleFormat::ComplexInt),
            6 => Ok(SampleFormat::ComplexFloat),
            other => Err(unknown(id::SAMPLE_FORMAT, other)),
        }
    }

    /// ExtraSamples; `None` without the tag. Where there are fewer than the colours leave over, the rest are unspecified.
    pub fn extra_samples(&self, samples: u32, photometric: u16) -> Answer<Option<Vec<u16>>> {
        let matteing = self.forgiven(id::MATTEING, &mut Vec::new())?;
        let Some(mut extra) = self.shorts(id::EXTRA_SAMPLES)?.or(matteing.map(|given| vec![given.min(1)]))
        else {
            return Ok(None);
        };
        if extra.len() as u64 > u64::from(samples) {
            let message = format!("ExtraSamples has {} values for {samples} samples", extra.len());
            return Err(Error::malformed(message).with_tag(id::EXTRA_SAMPLES).into());
        }
        for kind in &mut extra {
            // Corel Draw writes 999 for unassociated alpha.
            *kind = if *kind == 999 { 2 } else { *kind };
            if *kind > 2 {
                let message = format!("ExtraSamples has a value of {kind}, expected 0 to 2");
                return Err(Error::malformed(message).with_value(id::EXTRA_SAMPLES, *kind).into());
            }
        }
        let colors = most_colors(photometric);
        if colors > 0 && samples - extra.len() as u32 > colors {
            extra.resize((samples - colors) as usize, 0);
        }
        Ok(Some(extra))
    }

    /// Whether there is a ColorMap that counts: one of the right length, which comes after BitsPerSample.
    pub fn has_color_map(&self, bits: u16) -> Answer<bool> {
        let place = |tag| self.ifd.entries.iter().position(|entry| entry.tag == tag);
        let (Some(of_bits), Some(own)) = (place(id::BITS_PER_SAMPLE), place(id::COLOR_MAP)) else {
            return Ok(false);
        };
        let count = self.ifd.entry(id::COLOR_MAP).map(|entry| entry.count);
        if own < of_bits || bits > 24 || count != Some(3 << bits) {
            return Ok(false);
        }
        match self.shorts(id::COLOR_MAP) {
            Ok(_) => Ok(true),
            Err(stop) => stop.into_error().map(|_| false),
        }
    }

    /// Tags that say nothing about the pixels, and that libtiff refuses a file for where they are wrong. Gives ImageDepth.
    pub fn check_others(&self, samples: u32) -> Answer<u64> {
        for tag in [id::MIN_SAMPLE_VALUE, id::MAX_SAMPLE_VALUE] {
            self.per_sample(tag, samples)?;
        }
        for tag in [id::S_MIN_SAMPLE_VALUE, id::S_MAX_SAMPLE_VALUE] {
            let counted = self.ifd.entry(tag).filter(|entry| entry.count != u64::from(samples));
            if let Some(Entry { count, .. }) = counted {
                let message = format!("{} has {count} values for {samples} samples", tag::name(tag));
                return Err(Error::malformed(message).with_tag(tag).into());
            }
        }
        // Of a depth, GDAL reads the first slice.
        let depth = self.number(id::IMAGE_DEPTH)?.unwrap_or(1);
        match self.number(id::TILE_DEPTH)? {
            Some(0) => {
                Err(Error::malformed("TileDepth is 0, expected at least 1").with_tag(id::TILE_DEPTH).into())
            }
            _ => Ok(depth),
        }
    }
}

/// Samples that are colours, at most; 0 where nobody has said.
pub(super) fn most_colors(photometric: u16) -> u32 {
    match photometric {
        0 | 1 | 3 => 1,
        2 | 6 | 8 | 9 | 10 | 32845 => 3,
        4 | 5 => 4,
        _ => 0,
    }
}

pub(super) fn missing(tag: u16) -> Error {
    Error::malformed(format!("{} is missing", tag::name(tag))).with_tag(tag)
}

/// A number that may be a width or a height.
pub(super) fn size_of(tag: u16, found: u64) -> Result<u32> {
    match u32::try_from(found) {
        Ok(size) if size > 0 && size <= i32::MAX.cast_unsigned() => Ok(size),
        _ => {
            let message = format!("{} is {found}, expected 1 to {}", tag::name(tag), i32::MAX);
            Err(Error::malformed(message).with_value(tag, found))
        }
    }
}

fn short_of(tag: u16, found: u64) -> Result<u16> {
    u16::try_from(found).map_err(|_| {
        let message = format!("{} is {found}, expected at most {}", tag::name(tag), u16::MAX);
        Error::malformed(message).with_value(tag, found)
    })
}
