//! What is wrong with a directory and forgiven: told as warnings, since whoever wrote the file should know.

use super::ifd::{Entry, Ifd};
use super::image::Image;
use super::tag::{self, FieldType, id};

/// Tags whose values are whole numbers, of any size or of these.
const NUMBERS: [u16; 1] = [id::FILL_ORDER];
const TABLES: [u16; 4] = [id::STRIP_OFFSETS, id::STRIP_BYTE_COUNTS, id::TILE_OFFSETS, id::TILE_BYTE_COUNTS];

/// Whether the entry's values are of a type that is right for the tag, as far as that is known here.
fn has_good_type(Entry { tag, field_type, .. }: &Entry) -> bool {
    use FieldType as T;
    match field_type {
        T::Short | T::Long | T::Long8 => true,
        T::Byte | T::SByte | T::SShort | T::SLong | T::SLong8 | T::Ifd | T::Ifd8 => !TABLES.contains(tag),
        _ => !TABLES.contains(tag) && !NUMBERS.contains(tag),
    }
}

/// Samples of a pixel that PhotometricInterpretation can mean; any number where it says nothing of that.
fn channels(photometric: u16) -> u32 {
    match photometric {
        0 | 1 | 3 => 1,
        2 | 6 | 8 | 9 | 10 | 32845 => 3,
        4 | 5 => 4,
        _ => u32::MAX,
    }
}

/// Sentences on what of the directory is not as it should be, though its image is read.
pub(super) fn warnings(image: &Image, ifd: &Ifd) -> Vec<String> {
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
    for entry in [Some(image.table.offsets), image.table.counts].into_iter().flatten() {
        if entry.count < image.blocks() {
            let (name, count) = (tag::name(entry.tag), entry.count);
            warnings.push(format!("{name} has {count} entries for {} blocks", image.blocks()));
        }
    }
    if let Some(map) = ifd.entry(id::COLOR_MAP).filter(|_| image.bits <= 16 && !image.color_map) {
        let (found, expected) = (map.count, 3_u32 << image.bits);
        if found != u64::from(expected) {
            warnings.push(format!("left out: ColorMap has {found} values, expected {expected}"));
        }
    }
    let extra = image.extra_samples.as_ref().map_or(0, Vec::len) as u32;
    let (samples, most) = (image.samples, channels(image.photometric).saturating_add(extra));
    if image.compression != 6 && samples > most {
        warnings.push(format!("{samples} samples a pixel, but colours and ExtraSamples for {most} only"));
    }
    // GDAL minds only where a strip is decoded whole.
    let decoded = !matches!(image.compression, 1 | 6);
    if !image.tiled && decoded && ifd.entry(id::ROWS_PER_STRIP).is_none() {
        warnings.push("RowsPerStrip is missing: all rows are taken to be one strip".to_owned());
    }
    let (width, height) = (image.block_width, image.block_height);
    if image.tiled && (!width.is_multiple_of(16) || !height.is_multiple_of(16)) {
        warnings.push(format!("tiles are {width}x{height}, which are no multiples of 16"));
    }
    if image.table.counts.is_none() {
        let what = if image.tiled { "TileByteCounts" } else { "StripByteCounts" };
        warnings.push(format!("{what} is missing: each block is taken to be as long as it may be"));
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
