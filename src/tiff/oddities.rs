//! What is wrong with a directory and forgiven: told as warnings, since whoever wrote the file should know.

use super::ifd::Ifd;
use super::image::Image;
use super::tag;

/// Sentences on what of the directory is not as it should be, though its image is read.
pub(super) fn warnings(image: &Image, ifd: &Ifd) -> Vec<String> {
    let order = ifd.entries.windows(2).find_map(|pair| match pair {
        [one, next] if one.tag > next.tag => Some(format!(
            "the IFD at {} is not sorted: {} comes after {}",
            ifd.offset,
            tag::name(next.tag),
            tag::name(one.tag)
        )),
        [one, next] if one.tag == next.tag => {
            Some(format!("the IFD at {} has {} twice: the first one counts", ifd.offset, tag::name(one.tag)))
        }
        _ => None,
    });
    let tables = [Some(image.table.offsets), image.table.counts].into_iter().flatten();
    let short = tables.filter(|entry| entry.count < image.blocks()).map(|entry| {
        let (name, count) = (tag::name(entry.tag), entry.count);
        format!("{name} has {count} entries for {} blocks", image.blocks())
    });
    let odd_tile =
        image.tiled && (!image.block_width.is_multiple_of(16) || !image.block_height.is_multiple_of(16));
    let tile = odd_tile.then(|| {
        let (width, height) = (image.block_width, image.block_height);
        format!("tiles are {width}x{height}, which are no multiples of 16")
    });
    let counts = image.table.counts.is_none().then(|| {
        let what = if image.tiled { "TileByteCounts" } else { "StripByteCounts" };
        format!("{what} is missing: each block is taken to be as long as it may be")
    });
    order.into_iter().chain(short).chain(tile).chain(counts).collect()
}
