//! One TIFF file: its header and its chain of directories, as far as they were asked for.

use super::bytes::Supplied;
use super::ghost_area::GhostArea;
use super::header::Header;
use super::ifd::Ifd;
use super::tag::id;
use super::values::Values;
use crate::error::{Answer, Error, FileId, Result};
use crate::limits::Limits;

/// A file over its supplied bytes.
#[derive(Debug)]
pub struct Tiff {
    /// Bytes supplied so far.
    pub bytes: Supplied,
    limits: Limits,
}

impl Tiff {
    /// A file of which nothing is known yet.
    pub fn new(file: FileId, limits: Limits) -> Self {
        Self { bytes: Supplied::new(file, limits.metadata_bytes), limits }
    }

    /// The header.
    ///
    /// # Errors
    /// As [`Header::read`].
    pub fn header(&self) -> Answer<Header> {
        Header::read(&self.bytes)
    }

    /// What the file says of the surroundings of its blocks.
    ///
    /// # Errors
    /// As [`Header::read`].
    pub fn ghost_area(&self) -> Answer<GhostArea> {
        GhostArea::read(&self.bytes, &self.header()?)
    }

    /// What reading values takes.
    pub fn values<'a>(&'a self, header: &'a Header) -> Values<'a> {
        Values { bytes: &self.bytes, header, limits: &self.limits }
    }

    /// The first directory.
    ///
    /// # Errors
    /// `malformed` where there is none, and as [`Ifd::read`].
    pub fn first_ifd(&self) -> Answer<Ifd> {
        let header = self.header()?;
        if header.first_ifd == 0 {
            return Err(Error::malformed("the header names no IFD, expected at least one").into());
        }
        Ifd::read(&self.bytes, &header, header.first_ifd, &self.limits)
    }

    /// The directory at that place.
    ///
    /// # Errors
    /// As [`Ifd::read`].
    pub fn ifd(&self, at: u64) -> Answer<Ifd> {
        Ifd::read(&self.bytes, &self.header()?, at, &self.limits)
    }

    /// All directories in GDAL's order: the first, its SubIFDs, then the chain. Of later directories GDAL takes those alone that have
    /// no SubIFDs. Where the chain breaks, those before the break come with the error.
    ///
    /// # Errors
    /// `Need`; every other failure is part of the answer.
    pub fn directories(&self) -> Answer<Directories> {
        let header = self.header()?;
        let mut walk = Walk { tiff: self, header, seen: Vec::new(), found: Vec::new(), broken: None };
        if let Err(stop) = walk.chain(header.first_ifd) {
            let error = stop.into_error()?;
            walk.broken.get_or_insert(error);
        }
        Ok(Directories { ifds: walk.found, broken: walk.broken })
    }
}

/// The directories of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Directories {
    /// In GDAL's order.
    pub ifds: Vec<Ifd>,
    /// Why the chain or the first directory's SubIFDs could not be followed to their end.
    pub broken: Option<Error>,
}

/// One walk over the directories. Cycles end it with an error; so does a directory too many.
struct Walk<'a> {
    tiff: &'a Tiff,
    header: Header,
    seen: Vec<u64>,
    found: Vec<Ifd>,
    broken: Option<Error>,
}

impl Walk<'_> {
    fn chain(&mut self, first: u64) -> Answer<()> {
        let mut offset = first;
        while offset != 0 {
            let ifd = self.visit(offset)?;
            let (place, cut) = (offset, ifd.cut);
            offset = ifd.next;
            if place == first {
                let children = self.children(&ifd);
                self.found.push(ifd);
                self.branch(children)?;
            } else if ifd.entry(id::SUB_IFDS).is_none_or(|entry| entry.count == 0) {
                self.found.push(ifd);
            }
            if cut {
                let message = "the file ends before the offset of the next IFD";
                return Err(Error::truncated(message).into());
            }
        }
        Ok(())
    }

    /// The SubIFDs up to the first that cannot be read: the chain goes on behind them.
    fn branch(&mut self, children: Answer<Vec<u64>>) -> Answer<()> {
        let followed = children.and_then(|children| {
            for child in children {
                // Two may be one; the image itself is none of them.
                self.check_new(child)?;
                let ifd = Ifd::read(&self.tiff.bytes, &self.header, child, &self.tiff.limits)?;
                self.found.push(ifd);
            }
            Ok(())
        });
        if let Err(stop) = followed {
            self.broken = Some(stop.into_error()?);
        }
        Ok(())
    }

    fn visit(&mut self, offset: u64) -> Answer<Ifd> {
        self.check_new(offset)?;
        let ifd = Ifd::read(&self.tiff.bytes, &self.header, offset, &self.tiff.limits)?;
        self.seen.push(offset);
        Ok(ifd)
    }

    fn check_new(&self, offset: u64) -> Result<()> {
        if self.seen.contains(&offset) {
            return Err(Error::malformed(format!(
                "the IFD at {offset} is linked twice: the chain has a cycle"
            )));
        }
        let limit = self.tiff.limits.ifds;
        if self.seen.len() as u64 >= limit {
            return Err(Error::limit("ifds", "IFDs of one file", limit + 1, limit));
        }
        Ok(())
    }

    /// Offsets in SubIFDs; more than the limit allows are an error before they are read.
    fn children(&self, ifd: &Ifd) -> Answer<Vec<u64>> {
        let Some(entry) = ifd.entry(id::SUB_IFDS) else { return Ok(Vec::new()) };
        let limit = self.tiff.limits.ifds;
        if entry.count > limit {
            return Err(Error::limit("ifds", "SubIFDs", entry.count, limit).with_tag(id::SUB_IFDS).into());
        }
        let values = self.tiff.values(&self.header);
        let list = values.unsigned_list(ifd, id::SUB_IFDS)?.unwrap_or_default();
        Ok(list.into_iter().take_while(|offset| *offset != 0).collect())
    }
}
