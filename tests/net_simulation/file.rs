//! The files behind the network: what they hold, how they change, and how their server speaks of them.

use pyramidion::byte_range::ByteRange;
use pyramidion::range::{NetOptions, PieceId, SourceId, SourceKind, SourceSpec};
use std::collections::BTreeMap;

use crate::byte_set::ByteSet;
use crate::dice::Dice;
use pyramidion::range::FlightId;

/// One state of a file.
#[derive(Clone, Copy, Debug)]
pub struct Version {
    pub length: u64,
    salt: u64,
    pub etag: u64,
    pub modified: u64,
}

impl Version {
    /// The byte at that offset.
    pub fn byte(&self, offset: u64) -> u8 {
        let mixed = (offset + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.salt;
        (mixed.wrapping_mul(0xd6e8_feb8_6659_fd93) >> 56) as u8
    }

    pub fn bytes(&self, range: ByteRange) -> Vec<u8> {
        (range.start..range.end.min(self.length)).map(|offset| self.byte(offset)).collect()
    }
}

/// How the server of a file behaves when it behaves.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// CORS hides Content-Range, ETag, Retry-After and Date.
    pub hides: bool,
    /// Content-Length is sent.
    pub tells_length: bool,
    /// Content-Range ends in `/*`.
    pub star: bool,
    pub etag: bool,
    pub modified: bool,
    /// Range is ignored: always 200.
    pub ignores_ranges: bool,
    /// A range that passes the end is a 416 even where it starts inside.
    pub strict: bool,
    /// Faulty answers in a hundred.
    pub faults: u64,
}

/// A file with everything that the model knows of it.
pub struct File {
    pub id: SourceId,
    pub http: bool,
    pub origin: u64,
    pub cached: bool,
    pub told_size: bool,
    pub versions: Vec<Version>,
    pub manners: Manners,
    /// The version that the first good answer fixed.
    pub fixed: Option<usize>,
    /// The length, once an answer told it to Net.
    pub told_length: Option<u64>,
    /// The first place that an answer told to lie past the end.
    pub past: u64,
    /// Evidence of a change has reached Net.
    pub dead: bool,
    pub closed: bool,
    /// The flight that brings the whole file.
    pub taking: Option<FlightId>,
    /// Whether a whole body was completed.
    pub whole: bool,
    /// Bytes that failed flights asked for: there Net's extents cannot be told from outside.
    pub murky: ByteSet,
    pub pieces: BTreeMap<u64, PieceId>,
}

impl File {
    pub fn new(id: u32, dice: &mut Dice, options: &NetOptions, calm: bool) -> Self {
        let http = !dice.chance(15);
        let small = dice.chance(25);
        let length = match dice.below(12) {
            0 => 0,
            1 => 1,
            _ if small => dice.between(1, 200),
            _ => dice.between(200, 3000),
        };
        let faults = if calm { 0 } else { dice.pick(&[0, 5, 20, 50, 80]) };
        let manners = Manners {
            hides: dice.chance(25),
            tells_length: dice.chance(75),
            star: dice.chance(10),
            etag: dice.chance(75),
            modified: dice.chance(75),
            ignores_ranges: dice.chance(if options.whole_bytes < length { 5 } else { 12 }),
            strict: dice.chance(10),
            faults,
        };
        let version = Version { length, salt: dice.throw(), etag: dice.throw(), modified: dice.throw() };
        Self {
            id: SourceId(id),
            http,
            origin: dice.below(2),
            cached: if http { !dice.chance(10) } else { dice.chance(30) },
            told_size: if http { dice.chance(5) } else { dice.chance(70) },
            versions: vec![version],
            manners,
            fixed: None,
            told_length: None,
            past: u64::MAX,
            dead: false,
            closed: false,
            taking: None,
            whole: false,
            murky: ByteSet::EMPTY,
            pieces: BTreeMap::new(),
        }
    }

    pub fn spec(&mut self) -> SourceSpec {
        let size = self.told_size.then_some(self.versions[0].length);
        self.told_length = size;
        let kind = if self.http {
            SourceKind::Http { origin: format!("https://origin{}.test", self.origin) }
        } else {
            SourceKind::Local
        };
        SourceSpec { kind, name: format!("file{}", self.id.0), cached: self.cached, size }
    }

    /// No byte from there on exists, as far as Net was told.
    pub fn limit(&self) -> u64 {
        self.told_length.unwrap_or(u64::MAX).min(self.past)
    }

    pub fn current(&self) -> usize {
        self.versions.len() - 1
    }

    /// The file changes on its server, in a way that every later answer with a body shows. A change that nothing
    /// shows cannot be noticed by anybody.
    pub fn change(&mut self, dice: &mut Dice) {
        let manners = self.manners;
        let etag_shows = manners.etag && !manners.hides;
        if !self.http || self.fixed.is_none() || !(etag_shows || manners.modified) {
            return;
        }
        let mut next = self.versions[self.current()];
        next.salt = dice.throw();
        if etag_shows && (!manners.modified || dice.chance(70)) {
            next.etag = dice.throw();
        } else {
            next.modified = dice.throw();
        }
        if !manners.hides && !manners.star && self.told_length.is_some() && dice.chance(50) {
            next.length = dice.between(0, 3000);
        }
        self.versions.push(next);
    }

    /// What a reader of that range must get: the bytes of the version that was fixed, as far as it reaches.
    pub fn truth(&self, range: ByteRange) -> Vec<u8> {
        let version = self.fixed.unwrap_or(self.current());
        self.versions[version].bytes(range)
    }
}
