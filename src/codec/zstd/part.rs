//! The parts of a frame, in the specification's words its blocks (RFC 8878, 3.1.1.2).

use super::backward::Backward;
use super::backward::LEAD;
use super::literals::Literals;
use super::sequences::{self, Repeats};
use super::tables::Tables;

/// The most that a part gives.
pub(super) const MOST_CONTENT: usize = 128 << 10;

/// Why decoding ends before a frame does.
#[derive(Debug, PartialEq)]
pub(super) enum Stop {
    /// There is more content than room.
    Full,
    /// The parts contradict themselves.
    Corrupt(&'static str),
}

/// A frame's content: the room for it, and how much is there.
pub(super) struct Content<'a> {
    pub block: &'a mut [u8],
    pub found: usize,
}

impl Content<'_> {
    /// Adds `bytes`, as far as there is room.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let place = self.block.get_mut(self.found..).unwrap_or_default();
        let count = bytes.len().min(place.len());
        if let (Some(place), Some(bytes)) = (place.get_mut(..count), bytes.get(..count)) {
            place.copy_from_slice(bytes);
        }
        self.found += count;
        if count < bytes.len() { Err(Stop::Full) } else { Ok(()) }
    }

    /// Adds a byte, `count` times.
    fn fill(&mut self, byte: u8, count: usize) -> Result<(), Stop> {
        let place = self.block.get_mut(self.found..).unwrap_or_default();
        let fits = count.min(place.len());
        if let Some(place) = place.get_mut(..fits) {
            place.fill(byte);
        }
        self.found += fits;
        if fits < count { Err(Stop::Full) } else { Ok(()) }
    }
}

/// What one part leaves for the next.
pub(super) struct Decoder {
    literals: Literals,
    tables: Tables,
    repeats: Repeats,
}

impl Decoder {
    pub const fn new() -> Self {
        Self { literals: Literals::new(), tables: Tables::new(), repeats: [1, 4, 8] }
    }

    /// Decodes the parts that begin at `start` in `stored`, behind a frame's header, into `content`.
    /// None has more bytes than `most`.
    pub fn parts(
        &mut self,
        stored: &[u8],
        mut start: usize,
        most: u64,
        content: &mut Content<'_>,
    ) -> Result<(), Stop> {
        let most = most.min(MOST_CONTENT as u64);
        self.literals.forget();
        self.tables.forget();
        self.repeats = [1, 4, 8];
        const SHORT: Stop = Stop::Corrupt("unexpected end of input");
        loop {
            let header = stored.get(start..).and_then(<[u8]>::first_chunk::<3>).ok_or(SHORT)?;
            let [low, middle, high] = header.map(u32::from);
            let header = high << 16 | middle << 8 | low;
            let (kind, size) = (header >> 1 & 3, (header >> 3) as usize);
            start += 3;
            if size as u64 > most {
                return Err(Stop::Corrupt("block size exceeds maximum"));
            }
            let end = if kind == 1 { start + 1 } else { start + size };
            let Some(part) = stored.get(start..end) else {
                // Of bytes as they are, libzstd gives what there is.
                content.write(if kind == 0 { stored.get(start..).unwrap_or_default() } else { &[] })?;
                return Err(SHORT);
            };
            match (kind, part) {
                (0, _) => content.write(part)?,
                (1, [byte, ..]) => content.fill(*byte, size)?,
                (2, _) => {
                    let section = start.checked_sub(LEAD).and_then(|lead| stored.get(lead..end));
                    self.compressed(section.ok_or(SHORT)?, content)?;
                }
                _ => return Err(Stop::Corrupt("unknown block type")),
            }
            start = end;
            if header & 1 == 1 {
                return Ok(());
            }
        }
    }

    /// A part that is compressed: `section` without its first bytes.
    fn compressed(&mut self, section: &[u8], content: &mut Content<'_>) -> Result<(), Stop> {
        const CORRUPT: Stop = Stop::Corrupt("corrupt sequences section");
        let (literals, start) =
            self.literals.read(section, LEAD).ok_or(Stop::Corrupt("corrupt literals section"))?;
        let count = if start == section.len() { Some((0, start)) } else { sequences::count(section, start) };
        let (count, start) = count.ok_or(CORRUPT)?;
        if count == 0 {
            return content.write(literals.bytes.get(..literals.count).unwrap_or_default());
        }
        let start = self.tables.read(section, start).ok_or(CORRUPT)?;
        let bits = Backward::new(section, start, section.len()).ok_or(CORRUPT)?;
        sequences::run(&self.tables, bits, count, literals, &mut self.repeats, content)
    }
}
