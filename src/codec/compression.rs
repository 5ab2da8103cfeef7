//! Compression (259): every number that GDAL has a name for, and what this build does with it.

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::BlockLayout;

/// Undoes one compression: fills `block` from its start out of `stored`, and says how many bytes it filled.
///
/// `block` has exactly the length that the layout asks for. A decoder stops when it is full, whatever follows,
/// and it is an error only where the stream contradicts itself; too few bytes are judged in one place,
/// [`super::output`].
pub(super) type Decode = fn(stored: &[u8], block: &mut [u8]) -> Result<usize>;

/// As [`Decode`], for a compression that has to know the shape of the block: what it fills are the block's rows as an
/// uncompressed file would store them.
pub(super) type DecodeRows = fn(layout: &BlockLayout, stored: &[u8], block: &mut [u8]) -> Result<usize>;

/// Undoes a compression that knows samples: gives the whole block as [`super::decode_block`] does. Its size has been
/// checked against the limits, what the stream says of itself has not.
pub(super) type DecodeSamples = fn(layout: &BlockLayout, stored: &[u8], limits: &Limits) -> Result<Vec<u8>>;

/// How this build reads a compression.
#[derive(Clone, Copy)]
#[allow(dead_code)] // Each build has some of them.
pub(super) enum Support {
    /// The stored bytes are the block.
    Stored,
    /// A stream of bytes.
    Bytes(Decode),
    /// A stream of rows: predictor, byte order and bit unpacking come after it.
    Rows(DecodeRows),
    /// A stream of samples: nothing is left to do after it.
    Samples(DecodeSamples),
    /// The code exists, and this build was made without the cargo feature of that name.
    LeftOut(&'static str),
    /// The name is known, and no more.
    NotRead,
}

/// The module of WebAssembly that a compression is read by. A native build has all in one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Module {
    /// What most files need: loaded with the package.
    #[default]
    Decode,
    /// JPEG, of today and of old.
    Jpeg,
    /// LERC, and what may be around its blobs.
    Lerc,
    /// The rarer ones.
    Extra,
    /// JPEG 2000.
    Jp2,
    /// JPEG XL.
    Jxl,
}

impl Module {
    /// Each, at the place that its number says.
    pub const ALL: [Self; 6] = [Self::Decode, Self::Jpeg, Self::Lerc, Self::Extra, Self::Jp2, Self::Jxl];

    /// Its name: of its file without `.wasm`, and of its cargo feature.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Jpeg => "jpeg",
            Self::Lerc => "lerc",
            Self::Extra => "extra",
            Self::Jp2 => "jp2",
            Self::Jxl => "jxl",
        }
    }
}

/// One compression.
pub(super) struct Compression {
    /// Value of tag 259.
    pub number: u16,
    /// GDAL's name, in lower case.
    pub name: &'static str,
    /// What this build does with it.
    pub support: Support,
    /// Whether Predictor (317) means anything: libtiff ignores the tag elsewhere.
    pub predictor: bool,
    /// Whether FillOrder (266) is the decoder's own business: elsewhere the bits are put in order before it.
    pub knows_fill_order: bool,
    /// Where its decoder is.
    pub module: Module,
}

/// Whether this build reads a compression that gives bytes or rows: where it reads none, nothing of what comes after those is in it.
pub(super) const STREAMS: bool = PREDICTED
    || cfg!(any(
        feature = "ccitt",
        feature = "next",
        feature = "none",
        feature = "packbits",
        feature = "thunderscan"
    ));

/// Whether this build reads a compression that takes a predictor: where it reads none, nothing of predictors is in it.
pub(super) const PREDICTED: bool =
    cfg!(any(feature = "deflate", feature = "lzma", feature = "lzw", feature = "pixarlog", feature = "zstd"));

#[cfg(feature = "none")]
const NONE: Support = Support::Stored;
#[cfg(not(feature = "none"))]
const NONE: Support = Support::LeftOut("none");

#[cfg(feature = "packbits")]
const PACKBITS: Support = Support::Rows(super::packbits::decode);
#[cfg(not(feature = "packbits"))]
const PACKBITS: Support = Support::LeftOut("packbits");

#[cfg(feature = "lzw")]
const LZW: Support = Support::Bytes(super::lzw::decode);
#[cfg(not(feature = "lzw"))]
const LZW: Support = Support::LeftOut("lzw");

#[cfg(feature = "deflate")]
const DEFLATE: Support = Support::Bytes(super::deflate::decode);
#[cfg(not(feature = "deflate"))]
const DEFLATE: Support = Support::LeftOut("deflate");

#[cfg(feature = "zstd")]
const ZSTD: Support = Support::Bytes(super::zstd::decode);
#[cfg(not(feature = "zstd"))]
const ZSTD: Support = Support::LeftOut("zstd");

#[cfg(feature = "jpeg")]
const JPEG: Support = Support::Samples(super::jpeg::decode);
#[cfg(not(feature = "jpeg"))]
const JPEG: Support = Support::LeftOut("jpeg");
#[cfg(feature = "jpeg")]
const OJPEG: Support = Support::Samples(super::jpeg::old::decode);
#[cfg(not(feature = "jpeg"))]
const OJPEG: Support = JPEG;

#[cfg(feature = "lerc")]
const LERC: Support = Support::Samples(super::lerc::decode);
#[cfg(not(feature = "lerc"))]
const LERC: Support = Support::LeftOut("lerc");

#[cfg(feature = "ccitt")]
const CCITT: Support = Support::Rows(super::ccitt::decode);
#[cfg(not(feature = "ccitt"))]
const CCITT: Support = Support::LeftOut("ccitt");

#[cfg(feature = "lzma")]
const LZMA: Support = Support::Bytes(super::lzma::decode);
#[cfg(not(feature = "lzma"))]
const LZMA: Support = Support::LeftOut("lzma");

#[cfg(feature = "jp2")]
const JP2: Support = Support::Samples(super::jp2::decode);
#[cfg(not(feature = "jp2"))]
const JP2: Support = Support::LeftOut("jp2");

#[cfg(feature = "jxl")]
const JXL: Support = Support::Samples(super::jxl::decode);
#[cfg(not(feature = "jxl"))]
const JXL: Support = Support::LeftOut("jxl");

#[cfg(feature = "pixarlog")]
const PIXARLOG: Support = Support::Samples(super::pixarlog::decode);
#[cfg(not(feature = "pixarlog"))]
const PIXARLOG: Support = Support::LeftOut("pixarlog");

#[cfg(feature = "logluv")]
const LOGLUV: Support = Support::Samples(super::logluv::decode);
#[cfg(not(feature = "logluv"))]
const LOGLUV: Support = Support::LeftOut("logluv");

#[cfg(feature = "thunderscan")]
const THUNDERSCAN: Support = Support::Rows(super::thunderscan::decode);
#[cfg(not(feature = "thunderscan"))]
const THUNDERSCAN: Support = Support::LeftOut("thunderscan");

#[cfg(feature = "next")]
const NEXT: Support = Support::Rows(super::next::decode);
#[cfg(not(feature = "next"))]
const NEXT: Support = Support::LeftOut("next");

#[cfg(feature = "webp")]
const WEBP: Support = Support::Samples(super::webp::decode);
#[cfg(not(feature = "webp"))]
const WEBP: Support = Support::LeftOut("webp");

const fn plain(number: u16, name: &'static str, support: Support) -> Compression {
    let module = module_of(number);
    let knows_fill_order = matches!(number, 2..=4 | 6 | 7 | 32771 | 34661);
    Compression { number, name, support, predictor: false, knows_fill_order, module }
}

const fn predicted(number: u16, name: &'static str, support: Support) -> Compression {
    Compression { predictor: true, ..plain(number, name, support) }
}

const fn module_of(number: u16) -> Module {
    match number {
        1 | 5 | 8 | 32773 | 32946 | 50000 => Module::Decode,
        6 | 7 => Module::Jpeg,
        34887 => Module::Lerc,
        33003 | 33005 | 34712 => Module::Jp2,
        50002 | 52546 => Module::Jxl,
        _ => Module::Extra,
    }
}

static TABLE: &[Compression] = &[
    plain(1, "none", NONE),
    plain(2, "ccittrle", CCITT),
    plain(3, "ccittfax3", CCITT),
    plain(4, "ccittfax4", CCITT),
    predicted(5, "lzw", LZW),
    plain(6, "ojpeg", OJPEG),
    plain(7, "jpeg", JPEG),
    predicted(8, "deflate", DEFLATE),
    plain(9, "t85", Support::NotRead),
    plain(10, "t43", Support::NotRead),
    plain(32766, "next", NEXT),
    plain(32771, "ccittrlew", CCITT),
    plain(32773, "packbits", PACKBITS),
    plain(32809, "thunderscan", THUNDERSCAN),
    plain(32895, "it8ctpad", Support::NotRead),
    plain(32896, "it8lw", Support::NotRead),
    plain(32897, "it8mp", Support::NotRead),
    plain(32898, "it8bl", Support::NotRead),
    plain(32908, "pixarfilm", Support::NotRead),
    predicted(32909, "pixarlog", PIXARLOG),
    predicted(32946, "deflate", DEFLATE),
    plain(32947, "dcs", Support::NotRead),
    plain(33003, "jp2000", JP2),
    plain(33005, "jp2000", JP2),
    plain(34661, "jbig", Support::NotRead),
    plain(34676, "sgilog", LOGLUV),
    plain(34677, "sgilog24", LOGLUV),
    plain(34712, "jp2000", JP2),
    plain(34887, "lerc", LERC),
    predicted(34925, "lzma", LZMA),
    predicted(50000, "zstd", ZSTD),
    plain(50001, "webp", WEBP),
    plain(50002, "jxl", JXL),
    plain(52546, "jxl_dng_1_7", JXL),
];

/// GDAL's name of that compression, in lower case (`none`, `deflate`, ...), whether this build reads it or not;
/// `None` for a number that nobody has named.
pub fn compression_name(number: u16) -> Option<&'static str> {
    find(number).map(|compression| compression.name)
}

/// The module that reads that compression.
pub fn module(number: u16) -> Module {
    find(number).map_or_else(Module::default, |compression| compression.module)
}

/// Whether the rows of a block follow each other, so that the first are whole although the last are missing.
pub fn may_end_early(number: u16) -> bool {
    matches!(number, 1..=5 | 8 | 32766 | 32771 | 32773 | 32809 | 32946 | 34676 | 34677 | 34925 | 50000)
}

/// The compression of that number, whether this build reads it or not.
fn find(number: u16) -> Option<&'static Compression> {
    TABLE.iter().find(|compression| compression.number == number)
}

/// The compression of that number, which this build reads; or another module, where this one has them beside it
/// (cargo feature `modular`).
///
/// # Errors
/// `unsupported`, naming Compression (259) and its value.
pub(super) fn readable(number: u16) -> Result<&'static Compression> {
    let message = match find(number) {
        None => format!("compression {number} is unknown"),
        Some(compression) => match compression.support {
            Support::Stored | Support::Bytes(_) | Support::Rows(_) | Support::Samples(_) => {
                return Ok(compression);
            }
            Support::LeftOut(_) if cfg!(feature = "modular") => return Ok(compression),
            Support::LeftOut(feature) => format!(
                "compression {number} ({}) is known, and this build leaves it out: cargo feature {feature}",
                compression.name
            ),
            Support::NotRead => {
                format!("compression {number} ({}) is known, and not read by this build", compression.name)
            }
        },
    };
    Err(Error::unsupported(message).with_value(259, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn numbers_are_sorted_and_unique() {
        assert!(TABLE.windows(2).all(|pair| pair[0].number < pair[1].number));
    }

    #[test]
    fn names_are_gdal_s() {
        for (number, name) in [(1, "none"), (5, "lzw"), (8, "deflate"), (32946, "deflate"), (50000, "zstd")] {
            assert_eq!(compression_name(number), Some(name));
        }
        assert_eq!(compression_name(34887), Some("lerc"));
        assert_eq!(compression_name(12345), None);
    }

    #[test]
    fn known_and_unknown_are_told_apart() {
        let known = readable(32947).err().unwrap();
        assert_eq!(known.code(), Code::Unsupported);
        assert_eq!(known.message(), "compression 32947 (dcs) is known, and not read by this build");
        assert_eq!((known.detail().tag, known.detail().value.as_deref()), (Some(259), Some("32947")));
        let unknown = readable(12345).err().unwrap();
        assert_eq!(unknown.code(), Code::Unsupported);
        assert_eq!(unknown.message(), "compression 12345 is unknown");
        assert_eq!((unknown.detail().tag, unknown.detail().value.as_deref()), (Some(259), Some("12345")));
    }

    #[test]
    fn each_feature_decides_its_own_compression() {
        let features = [
            (1, cfg!(feature = "none"), "none"),
            (2, cfg!(feature = "ccitt"), "ccitt"),
            (4, cfg!(feature = "ccitt"), "ccitt"),
            (5, cfg!(feature = "lzw"), "lzw"),
            (8, cfg!(feature = "deflate"), "deflate"),
            (32946, cfg!(feature = "deflate"), "deflate"),
            (32773, cfg!(feature = "packbits"), "packbits"),
            (32766, cfg!(feature = "next"), "next"),
            (32809, cfg!(feature = "thunderscan"), "thunderscan"),
            (32909, cfg!(feature = "pixarlog"), "pixarlog"),
            (34676, cfg!(feature = "logluv"), "logluv"),
            (34712, cfg!(feature = "jp2"), "jp2"),
            (34925, cfg!(feature = "lzma"), "lzma"),
            (50000, cfg!(feature = "zstd"), "zstd"),
            (50002, cfg!(feature = "jxl"), "jxl"),
            (6, cfg!(feature = "jpeg"), "jpeg"),
            (7, cfg!(feature = "jpeg"), "jpeg"),
            (34887, cfg!(feature = "lerc"), "lerc"),
            (50001, cfg!(feature = "webp"), "webp"),
        ];
        for (number, built, name) in features {
            match readable(number) {
                Ok(_) => assert!(built),
                Err(error) => {
                    assert!(!built);
                    assert!(error.message().ends_with(&format!("leaves it out: cargo feature {name}")));
                }
            }
        }
    }
}
