//! What is wrong with a directory and forgiven: told as warnings, since whoever wrote the file should know.

use super::fields::most_colors;
use super::ifd::{Entry, Ifd};
use super::image::Image;
use super::tag::{self, FieldType, id};

/// Tags whose values are whole numbers, of any size or of these.
const NUMBERS: [u16; 1] = [id::FILL_ORDER];
const TABLES: [u16; 4] = [id::STRIP_OFFSETS, id::STRIP_BYTE_COUNTS, id::TILE_OFFSETS, id::TILE_BYTE_COUNTS];

/// Tags about colours, and how many values each has: others do not count.
const COUNTED: [(u16, u64); 4] =
    [(id::WHITE_POINT, 2), (id::INK_SET, 1), (id::YCBCR_COEFFICIENTS, 3), (id::REFERENCE_BLACK_WHITE, 6)];

/// Whether the entry's values are of a type that is right for the tag, as far as that is known here.
fn has_good_type(Entry { tag, field_type, .. }: &Entry) -> bool {
    use FieldType as T;
    match field_type {
        T::Short | T::Long | T::Long8 => true,
        T::Byte | T::SByte | T::SShort | T::SLong | T::SLong8 | T::Ifd | T::Ifd8 => !TABLES.contains(tag),
        _ => !TABLES.contains(tag) && !NUMBERS.contains(tag),
    }
}

/// What is known of a directory besides its image.
pub(super) struct Known {
    /// StripOffsets and StripByteCounts of an image of one strip.
    pub only_strip: Option<[u64; 2]>,
    /// ImageDepth.
    pub depth: u64,
    /// Where the file ends.
    pub end: Option<u64>,
}

/// Sentences on what of the directory is not as it should be, though its image is read.
pub(super) fn warnings(image: &Image, ifd: &Ifd, known: &Known) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(disorder) = disorder(ifd) {
        warnings.push(disorder);
    }
    for Entry { tag, field_type, .. } in ifd.entries.iter().filter(|entry| !has_good_type(entry)) {
        let (name, number) = (tag::name(*tag), field_type.number());
        warnings.push(format!(
            "{name} is of the field type {number}, expected SHORT (3), LONG (4) or LONG8 (16)"
        ));
    }
    warnings.extend(wrong_tables(image, known.end));
    for (tag, expected) in COUNTED {
        if let Some(Entry { count, .. }) = ifd.entry(tag).filter(|entry| entry.count != expected) {
            let name = tag::name(tag);
            warnings.push(format!("left out: {name} has {count} values, expected {expected}"));
        }
    }
    if let Some(map) = ifd.entry(id::COLOR_MAP).filter(|_| image.bits <= 16 && !image.color_map) {
        let (found, expected) = (map.count, 3_u32 << image.bits);
        if found != u64::from(expected) {
            warnings.push(format!("left out: ColorMap has {found} values, expected {expected}"));
        }
    }
    warnings.extend(nameless_samples(image, ifd));
    warnings.extend(known.only_strip.and_then(|strip| bad_count(image, strip, known.end)));
    // GDAL minds only where a strip is decoded whole.
    let decoded = !matches!(image.compression, 1 | 6);
    if !image.tiled && decoded && ifd.entry(id::ROWS_PER_STRIP).is_none() {
        warnings.push("RowsPerStrip is missing: all rows are taken to be one strip".to_owned());
    }
    let (width, height) = (image.block_width, image.block_height);
    if image.tiled && (!width.is_multiple_of(16) || !height.is_multiple_of(16)) {
        warnings.push(format!("tiles are {width}x{height}, which are no multiples of 16"));
    }
    warnings.extend(old_style(image, ifd));
    if known.depth > 1 {
        warnings.push(format!("ImageDepth is {}: of these slices the first one is read", known.depth));
    }
    warnings
}

/// What is wrong with the tables of blocks.
fn wrong_tables(image: &Image, end: Option<u64>) -> Vec<String> {
    let mut warnings = Vec::new();
    for Entry { tag, count, values, .. } in
        [Some(image.table.offsets), image.table.counts].into_iter().flatten()
    {
        let name = tag::name(tag);
        // Of bits GDAL never comes to ask for more offsets.
        let unasked = image.table.counts_tell && tag == image.table.offsets.tag && count > 4;
        if count < image.blocks() && !unasked {
            warnings.push(format!("{name} has {count} entries for {} blocks", image.blocks()));
        }
        if let Some(end) = end.filter(|end| values.end > *end) {
            warnings.push(format!("{name} ends at byte {}, file has {end}", values.end));
        }
    }
    if image.table.counts.is_none() {
        let what = if image.tiled { "TileByteCounts" } else { "StripByteCounts" };
        warnings.push(format!("{what} is missing: each block is taken to be as long as it may be"));
    }
    warnings
}

/// More samples than colours and ExtraSamples together.
fn nameless_samples(image: &Image, ifd: &Ifd) -> Option<String> {
    let extra = ifd.entry(id::EXTRA_SAMPLES).or(ifd.entry(id::MATTEING)).map_or(0, |entry| entry.count);
    let (samples, colours) = (u64::from(image.samples), u64::from(most_colors(image.photometric)));
    let named = colours.saturating_add(extra);
    let odd = image.compression != 6 && colours > 0 && samples > named;
    odd.then(|| format!("{samples} samples a pixel, but colours and ExtraSamples for {named} only"))
}

/// A count that cannot be the only strip's.
fn bad_count(image: &Image, [start, found]: [u64; 2], end: Option<u64>) -> Option<String> {
    if image.compression == 6 {
        return None;
    }
    let plain = image.layout(image.height).stored_bytes().filter(|_| image.has_plain_rows());
    let least = plain.unwrap_or(1);
    if found < least {
        return Some(format!("left out: StripByteCounts is {found}, expected {least} or more"));
    }
    // Of compressed data libtiff takes what there is.
    let most = end.and_then(|end| end.checked_sub(start)).filter(|_| image.compression == 1)?;
    (found > most).then(|| {
        format!("left out: StripByteCounts is {found}, expected {most} at most, where the file ends")
    })
}

/// What is to be said of old-style JPEG, and what it leaves open.
fn old_style(image: &Image, ifd: &Ifd) -> Vec<String> {
    let mut warnings = Vec::new();
    if image.compression != 6 {
        return warnings;
    }
    warnings.push(
        "Compression 6 is old-style JPEG, which is deprecated: writers differ in what its tags mean"
            .to_owned(),
    );
    for (tag, found) in [
        (id::PHOTOMETRIC_INTERPRETATION, u32::from(image.photometric)),
        (id::SAMPLES_PER_PIXEL, image.samples),
        (id::BITS_PER_SAMPLE, image.bits.into()),
    ] {
        if ifd.entry(tag).is_none() {
            warnings.push(format!("{} is missing: taken as {found}", tag::name(tag)));
        }
    }
    warnings
}

/// The first tag that is not greater than the one before it.
fn disorder(ifd: &Ifd) -> Option<String> {
    for pair in ifd.entries.windows(2) {
        let [one, next] = pair else { continue };
        let (offset, name) = (ifd.offset, tag::name(one.tag));
        if one.tag > next.tag {
            let next = tag::name(next.tag);
            return Some(format!("the IFD at {offset} is not sorted: {next} comes after {name}"));
        }
        if one.tag == next.tag {
            return Some(format!("the IFD at {offset} has {name} twice: the first one counts"));
        }
    }
    None
}
