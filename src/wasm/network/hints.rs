//! How much of each file its header took, so that the next opening asks for all of it at once.

use std::cell::RefCell;

/// Files that are remembered; the one that was learnt the longest ago goes first.
const FILES: usize = 256;

/// Headers that reach further are read by what they refer to: what lies between may be pixels.
const LONGEST: u64 = 1 << 20;

/// First ranges by URL or name.
#[derive(Default)]
pub(super) struct Hints {
    known: RefCell<Vec<(String, u64)>>,
}

impl Hints {
    /// Bytes that the header of that file took, where they were more than `usual`.
    pub fn first_range(&self, name: &str, usual: u64) -> u64 {
        let known = self.known.borrow();
        known.iter().find(|(known, _)| known == name).map_or(usual, |(_, bytes)| *bytes)
    }

    /// The header of that file reached to `end`.
    pub fn learn(&self, name: &str, end: u64, usual: u64) {
        let mut known = self.known.borrow_mut();
        known.retain(|(known, _)| known != name);
        if end > usual && end <= LONGEST.max(usual) {
            if known.len() >= FILES {
                known.remove(0);
            }
            known.push((name.to_owned(), end));
        }
    }
}
