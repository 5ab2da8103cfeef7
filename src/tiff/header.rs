//! The first bytes of a file: what kind it is, and where its first IFD lies.

use super::bytes::Supplied;
use super::number;
use crate::byte_range::ByteRange;
use crate::error::{Answer, Code, Error, Stop};
use crate::pixel::ByteOrder;
use crate::text::{find, listed, quoted, quoted_bytes};

/// Sizes in which classic TIFF and BigTIFF differ, in bytes: a table instead of branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Whether it is BigTIFF.
    pub big: bool,
    /// The count of entries in front of an IFD.
    pub count: u64,
    /// One entry.
    pub entry: u64,
    /// An offset, a count of values, and the room for a value inside an entry.
    pub word: u64,
}

const CLASSIC: Variant = Variant { big: false, count: 2, entry: 12, word: 4 };
const BIG: Variant = Variant { big: true, count: 8, entry: 20, word: 8 };

/// What the header of a TIFF tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Order of the bytes of every number.
    pub order: ByteOrder,
    /// Classic or BigTIFF.
    pub variant: Variant,
    /// Offset of the first IFD.
    pub first_ifd: u64,
}

impl Header {
    /// Reads the header.
    ///
    /// # Errors
    /// `unsupported` for netCDF and HDF5, `not_a_tiff` for anything else that is not a TIFF, naming what was seen.
    pub fn read(bytes: &Supplied) -> Answer<Self> {
        let magic = match bytes.get(ByteRange::new(0, 8), "the header") {
            Ok(magic) => magic,
            Err(stop) if stop.is_need() => return Err(stop),
            Err(_) => return Err(unknown(bytes)),
        };
        match magic {
            [b'I', b'I', 42, 0, rest @ ..] => classic(ByteOrder::Little, rest),
            [b'M', b'M', 0, 42, rest @ ..] => classic(ByteOrder::Big, rest),
            [b'I', b'I', 43, 0, 8, 0, 0, 0] => big(bytes, ByteOrder::Little),
            [b'M', b'M', 0, 43, 0, 8, 0, 0] => big(bytes, ByteOrder::Big),
            [b'I', b'I', 43, 0, ..] | [b'M', b'M', 0, 43, ..] => {
                let found = listed(magic.iter().skip(4).take(4).map(|byte| u64::from(*byte)));
                let message =
                    format!("BigTIFF header has offset size and constant {found}, expected 8 and 0");
                Err(Error::malformed(message).into())
            }
            _ => Err(unknown(bytes)),
        }
    }
}

fn classic(order: ByteOrder, rest: &[u8]) -> Answer<Header> {
    let first_ifd =
        number::unsigned(order, rest).ok_or_else(|| Error::internal("header shorter than read"))?;
    Ok(Header { order, variant: CLASSIC, first_ifd })
}

fn big(bytes: &Supplied, order: ByteOrder) -> Answer<Header> {
    let offset = bytes.get(ByteRange::new(8, 16), "the BigTIFF header")?;
    let first_ifd =
        number::unsigned(order, offset).ok_or_else(|| Error::internal("header shorter than read"))?;
    Ok(Header { order, variant: BIG, first_ifd })
}

const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Why a file is not a TIFF, from what its first bytes say.
fn unknown(bytes: &Supplied) -> Stop {
    let seen = bytes.from(0, 16);
    let short_tiff = [&b"II\x2a\0"[..], b"MM\0\x2a", b"II\x2b\0", b"MM\0\x2b"];
    if short_tiff.iter().any(|magic| seen.starts_with(magic)) {
        let message = format!("the header ends at byte {}, expected at least 8", seen.len());
        return Error::truncated(message).into();
    }
    if seen.starts_with(b"CDF\x01") || seen.starts_with(b"CDF\x02") || seen.starts_with(b"CDF\x05") {
        return other_kind("netCDF classic").into();
    }
    match has_hdf5_superblock(bytes) {
        Ok(true) => return other_kind("HDF5 or netCDF-4").into(),
        Err(stop) if stop.is_need() => return stop,
        _ => {}
    }
    let message = match seen {
        [] => "expected a TIFF, found an empty file".to_owned(),
        _ if is_page(seen) => page(bytes.from(0, PAGE_BYTES)),
        _ => format!("expected a TIFF, found {} at its start", describe(seen)),
    };
    Error::new(Code::NotATiff, message).into()
}

/// The superblock of HDF5 stands at 0, 512, 1024, 2048, ...; these are looked at, which any first range covers.
fn has_hdf5_superblock(bytes: &Supplied) -> Answer<bool> {
    for at in [0, 512, 1024, 2048, 4096] {
        let superblock = ByteRange::new(at, at + HDF5.len() as u64);
        if bytes.get(superblock, "a superblock")? == HDF5 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn other_kind(name: &str) -> Error {
    Error::unsupported(format!("expected a TIFF, found {name}, which this version does not read"))
        .with(|detail| detail.value = Some(name.to_owned()))
}

/// As much of a page is looked through for its title.
const PAGE_BYTES: usize = 4096;

fn is_page(seen: &[u8]) -> bool {
    let seen = seen.strip_prefix(b"\xef\xbb\xbf").unwrap_or(seen).trim_ascii_start();
    [&b"<!doctype"[..], b"<html", b"<head", b"<!--"]
        .iter()
        .any(|start| seen.get(..start.len()).is_some_and(|seen| seen.eq_ignore_ascii_case(start)))
}

/// Names the page by its title, which tells people whose page it is.
fn page(seen: &[u8]) -> String {
    let text = String::from_utf8_lossy(seen);
    let lower = text.to_ascii_lowercase();
    let title = find(&lower, "<title>").and_then(|at| {
        let rest = text.get(at + 7..)?;
        let end = find(&rest.to_ascii_lowercase(), "</title")?;
        Some(rest.get(..end)?.trim().chars().filter(|c| !c.is_control()).take(80).collect::<String>())
    });
    let titled = title
        .filter(|title| !title.is_empty())
        .map_or(String::new(), |title| format!(" titled {}", quoted(&title)));
    format!(
        "expected a TIFF, found an HTML page{titled}: a login page, or what a site answers for every path; its owner \
         must send the file itself here, or status 401, 403 or 404"
    )
}

fn describe(seen: &[u8]) -> String {
    let kind = match seen {
        [0x89, b'P', b'N', b'G', ..] => "a PNG: ",
        [0xff, 0xd8, 0xff, ..] => "a JPEG: ",
        [0x1f, 0x8b, ..] => "gzip data: ",
        [b'P', b'K', 3, 4, ..] => "a ZIP archive: ",
        _ if seen.trim_ascii_start().starts_with(b"<") => "XML: ",
        _ => "",
    };
    let short: &[u8] = seen.get(..8).unwrap_or(seen);
    format!("{kind}{}", quoted_bytes(short))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(content: &[u8]) -> String {
        let mut file = crate::tiff::Tiff::new(crate::error::FileId::BASE, crate::limits::Limits::default());
        file.bytes.supply(0, content).unwrap();
        file.bytes.ends_by(content.len() as u64);
        match Header::read(&file.bytes) {
            Err(stop) => {
                let error = stop.into_error().unwrap();
                assert_eq!(error.code(), Code::NotATiff);
                error.message().to_owned()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pages_are_named_with_their_titles() {
        let page = |content: &str, titled: &str| {
            let message = refusal(content.as_bytes());
            assert!(
                message.starts_with(&format!("expected a TIFF, found an HTML page{titled}: a login page")),
                "{message}"
            );
            assert!(message.contains("its owner must send the file itself"), "{message}");
        };
        page("<!DOCTYPE html>\n<html><head><TITLE>\n Sign in </Title></head>", " titled \"Sign in\"");
        page("\u{feff}  <HTML><body>no title at all</body>", "");
        page("<!-- x --><html><title></title>", "");
        page("<html><title>never ends", "");
        // A letter whose lower case is longer shifts what follows.
        page("<html>\u{130}\u{130}<title>\u{c4}rger</title>", " titled \"\u{c4}rger\"");
        page(
            &format!("<html><title>{}</title>", "x".repeat(200)),
            &format!(" titled \"{}\"", "x".repeat(80)),
        );
    }

    #[test]
    fn other_content_is_named_as_what_it_is() {
        assert!(refusal(b"<?xml version='1.0'?><Error/>").contains("found XML: "));
        assert!(refusal(b"\x89PNG\r\n\x1a\n0000").contains("found a PNG: "));
        assert!(refusal(b"hello, world").contains("found \"hello, w\""));
        assert!(refusal(b"").contains("found an empty file"));
    }
}
