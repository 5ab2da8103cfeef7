//! What the specification's own tags say in words: GDAL's metadata items that begin with `TIFFTAG_`.

use super::ifd::Ifd;
use super::values::Values;
use crate::error::Answer;
use crate::float;
use crate::sorted::SortedMap;

/// How the value of a tag becomes text.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Unit,
    Whole,
}

const ITEMS: &[(u16, &str, Kind)] = &[
    (269, "TIFFTAG_DOCUMENTNAME", Kind::Text),
    (270, "TIFFTAG_IMAGEDESCRIPTION", Kind::Text),
    (280, "TIFFTAG_MINSAMPLEVALUE", Kind::Whole),
    (281, "TIFFTAG_MAXSAMPLEVALUE", Kind::Whole),
    (282, "TIFFTAG_XRESOLUTION", Kind::Number),
    (283, "TIFFTAG_YRESOLUTION", Kind::Number),
    (296, "TIFFTAG_RESOLUTIONUNIT", Kind::Unit),
    (305, "TIFFTAG_SOFTWARE", Kind::Text),
    (306, "TIFFTAG_DATETIME", Kind::Text),
    (315, "TIFFTAG_ARTIST", Kind::Text),
    (316, "TIFFTAG_HOSTCOMPUTER", Kind::Text),
    (33432, "TIFFTAG_COPYRIGHT", Kind::Text),
    (50908, "TIFF_RSID", Kind::Text),
    (50909, "GEO_METADATA", Kind::Text),
];

/// Longer texts (microscopes write megabytes into ImageDescription) are not brought for an item of metadata.
const LONGEST: u64 = 1 << 16;

/// The tags that [`items`] reads.
pub fn tags(ifd: &Ifd) -> Vec<u16> {
    let short = |tag: u16| ifd.entry(tag).is_some_and(|entry| entry.values.len() <= LONGEST);
    ITEMS.iter().map(|(tag, ..)| *tag).filter(|tag| short(*tag)).collect()
}

/// The items of a directory. Those that make no sense are left out.
///
/// # Errors
/// `Need` alone.
pub fn items(
    values: &Values<'_>,
    ifd: &Ifd,
    warnings: &mut Vec<String>,
) -> Answer<SortedMap<String, String>> {
    let mut items = SortedMap::new();
    for (tag, name, kind) in ITEMS {
        let Some(entry) = ifd.entry(*tag) else { continue };
        if entry.values.len() > LONGEST {
            let length = entry.values.len();
            warnings.push(format!("{name} is left out of the metadata: it is {length} bytes long"));
            continue;
        }
        match item(values, ifd, *tag, *kind) {
            Ok(Some(text)) => {
                items.insert((*name).to_owned(), text);
            }
            Err(stop) => warnings.push(format!("left out: {}", stop.into_error()?)),
            Ok(None) => {}
        }
    }
    Ok(items)
}

fn item(values: &Values<'_>, ifd: &Ifd, tag: u16, kind: Kind) -> Answer<Option<String>> {
    Ok(match kind {
        Kind::Text => values.text(ifd, tag)?,
        Kind::Whole => values.unsigned(ifd, tag)?.map(|value| value.to_string()),
        Kind::Unit => values.unsigned(ifd, tag)?.and_then(|value| {
            let unit = ["unitless", "pixels/inch", "pixels/cm"].get((value as usize).checked_sub(1)?)?;
            Some(format!("{value} ({unit})"))
        }),
        Kind::Number => {
            let first = values.double_list(ifd, tag)?.unwrap_or_default().first().copied();
            // Eight digits of what a float32 holds.
            first.filter(|value| *value >= 0.0).map(|value| float::digits(f64::from(value as f32), 8))
        }
    })
}
