//! Every fixture, read natively and compared with what GDAL reads of it.

mod all_fixtures;
mod fixture;
mod one_byte;
mod sidecars;
mod truncation;
mod windows;
