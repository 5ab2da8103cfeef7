//! What is wrong with a directory and forgiven: told as warnings, since whoever wrote the file should know.

use super::ifd::Ifd;
use super::image::Image;
use super::tag;

/// Sentences on what of the directory is not as it should be, though its image is read.
pub(super) fn warnings(image: &Image, ifd: &Ifd) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(disorder) = disorder(ifd) {
        warnings.push(disorder);
    }
    for entry in [Some(image.table.offsets), image.table.counts].into_iter().flatten() {
        if entry.count < image.blocks() {
            let (name, count) = (tag::name(entry.tag), entry.count);
            warnings.push(format!("{name} has {count} entries for {} blocks", image.blocks()));
        }
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
