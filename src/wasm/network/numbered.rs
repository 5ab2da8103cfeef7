//! A table by number. Numbers are given out in ascending order, so new entries come last, and an ordered list is smaller
//! than a tree in code as in memory: a `BTreeMap` costs several KiB of WebAssembly per type that is kept in one.

/// Values by their numbers.
#[derive(Debug)]
pub(super) struct Numbered<V> {
    entries: Vec<(u64, V)>,
}

impl<V> Default for Numbered<V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<V> Numbered<V> {
    fn place(&self, number: u64) -> Result<usize, usize> {
        match self.entries.last() {
            Some((last, _)) if *last < number => Err(self.entries.len()),
            _ => self.entries.binary_search_by_key(&number, |(known, _)| *known),
        }
    }

    /// Enters a value; gives back the one that had its number.
    pub fn insert(&mut self, number: u64, value: V) -> Option<V> {
        match self.place(number) {
            Ok(_) => self.get_mut(number).map(|place| std::mem::replace(place, value)),
            Err(place) => {
                self.entries.insert(place, (number, value));
                None
            }
        }
    }

    /// The value of that number.
    pub fn get(&self, number: u64) -> Option<&V> {
        let place = self.place(number).ok()?;
        self.entries.get(place).map(|(_, value)| value)
    }

    /// The value of that number.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut V> {
        let place = self.place(number).ok()?;
        self.entries.get_mut(place).map(|(_, value)| value)
    }

    /// Takes a value out.
    pub fn remove(&mut self, number: u64) -> Option<V> {
        let place = self.place(number).ok()?;
        Some(self.entries.remove(place).1)
    }

    /// All of them, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &(u64, V)> {
        self.entries.iter()
    }

    /// All of them, taken out.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.entries.into_iter().map(|(_, value)| value)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
