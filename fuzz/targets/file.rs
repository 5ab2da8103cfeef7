//! A file of arbitrary bytes, and bounds that make each run short.

use pyramidion::error::Result;
use pyramidion::limits::Limits;
use pyramidion::native::Raster;
use pyramidion::pyramid::{Options, Role, Sidecar};

/// A small part of what a browser may spend.
pub fn limits() -> Limits {
    const MIB: u64 = 1 << 20;
    Limits {
        ifds: 64,
        metadata_bytes: 4 * MIB,
        encoded_block_bytes: 4 * MIB,
        block_bytes: 2 * MIB,
        plan_blocks: 1 << 10,
        plan_bytes: 16 * MIB,
        output_bytes: 2 * MIB,
        ..Limits::default()
    }
}

/// Opens bytes as a base, with a sidecar where there is one.
pub fn open<'a>(base: &'a [u8], sidecar: Option<&'a [u8]>) -> Result<Raster<&'a [u8]>> {
    let options = Options { limits: limits(), ..Options::default() };
    let beside = sidecar.map(|_| Sidecar::unprobed(Role::Overviews, Some("fuzz.tif.ovr".to_owned()), false));
    let sources = std::iter::once(Some(base)).chain(sidecar.map(Some)).collect();
    Raster::open(sources, beside.into_iter().collect(), options)
}

/// A question is asked again only after something new was supplied: more rounds than that are a loop.
pub fn check_rounds(raster: &Raster<&[u8]>) {
    assert!(raster.restarts < 4096, "asked {} times", raster.restarts);
}
