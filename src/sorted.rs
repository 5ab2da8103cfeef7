//! Maps and sets as sorted rows. The standard tree costs some 8 KiB of WebAssembly per type that is kept in one, a
//! third of the module when it was measured. Here all that moves is a row of numbers, whose code is there once; the
//! entries themselves stay where they were put.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::ops::{Bound, RangeBounds};

use serde::{Serialize, Serializer};

/// Where entries are, in the order of their keys.
#[derive(Clone, Debug, Default)]
struct Row {
    /// Slots. Those before `first` are gone.
    slots: Vec<u32>,
    first: usize,
    /// Slots that hold nothing.
    free: Vec<u32>,
}

impl Row {
    const fn new() -> Self {
        Self { slots: Vec::new(), first: 0, free: Vec::new() }
    }

    fn slots(&self) -> &[u32] {
        self.slots.get(self.first..).unwrap_or_default()
    }

    /// Where the slot is that `compare` finds equal, or where it belongs. Most keys grow with time: the end is looked at first.
    fn find(&self, sought: &dyn Sought) -> Result<usize, usize> {
        match self.slots().last() {
            Some(last) if sought.compare(*last) == Ordering::Less => Err(self.slots().len()),
            _ => self.slots().binary_search_by(|slot| sought.compare(*slot)),
        }
    }

    /// Enters a slot at that place: a free one, or one after all others.
    fn enter(&mut self, place: usize) -> u32 {
        let slot = self.free.pop().unwrap_or(self.slots().len() as u32);
        self.slots.insert((self.first + place).min(self.slots.len()), slot);
        slot
    }

    /// The slot of what is at that place; a new one where that is the place where it belongs.
    fn slot_at(&mut self, place: Result<usize, usize>) -> u32 {
        match place {
            Ok(place) => self.slots().get(place).copied().unwrap_or_default(),
            Err(place) => self.enter(place),
        }
    }

    /// Takes the slot at that place out.
    fn leave(&mut self, place: usize) -> Option<u32> {
        let slot = *self.slots().get(place)?;
        if place > 0 {
            self.slots.remove(self.first + place);
        } else {
            // What comes and goes at the ends moves nothing, but for now and then.
            self.first += 1;
            if self.first > 64 && self.first * 2 > self.slots.len() {
                self.slots.drain(..self.first);
                self.first = 0;
            }
        }
        self.free.push(slot);
        Some(slot)
    }
}

/// A map in the order of its keys, with the names of `BTreeMap`.
#[derive(Clone, Debug)]
pub struct SortedMap<K, V> {
    row: Row,
    entries: Vec<Option<(K, V)>>,
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for SortedMap<K, V> {}

impl<K, V> SortedMap<K, V> {
    /// Empty; allocates nothing.
    pub const fn new() -> Self {
        Self { row: Row::new(), entries: Vec::new() }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.row.slots().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All entries in order.
    pub fn iter(&self) -> Entries<'_, K, V> {
        self.entries_of(self.row.slots())
    }

    fn entries_of<'a>(&'a self, slots: &'a [u32]) -> Entries<'a, K, V> {
        Entries { map: self, slots }
    }

    fn entry(&self, slot: u32) -> Option<(&K, &V)> {
        self.entries.get(slot as usize)?.as_ref().map(|(key, value)| (key, value))
    }

    /// All keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// All values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The entry with the least key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.entry(*self.row.slots().first()?)
    }

    /// Removes the entry with the least key.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        self.take(0)
    }

    /// Removes the entry at that place.
    fn take(&mut self, place: usize) -> Option<(K, V)> {
        let slot = self.row.leave(place)?;
        self.entries.get_mut(slot as usize)?.take()
    }
}

/// What is looked for in a row.
trait Sought {
    /// How what is in the slot compares to it.
    fn compare(&self, slot: u32) -> Ordering;
}

struct KeyIn<'a, K, V, Q: ?Sized> {
    map: &'a SortedMap<K, V>,
    key: &'a Q,
}

impl<K: Borrow<Q>, V, Q: Ord + ?Sized> Sought for KeyIn<'_, K, V, Q> {
    fn compare(&self, slot: u32) -> Ordering {
        self.map.entry(slot).map_or(Ordering::Equal, |(found, _)| found.borrow().cmp(self.key))
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// Where the key is, or where it belongs.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.row.find(&KeyIn { map: self, key })
    }

    /// The slot of the key.
    fn slot<Q: Ord + ?Sized>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
    {
        self.row.slots().get(self.place(key).ok()?).copied()
    }

    /// The key's value.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entry(self.slot(key)?).map(|(_, value)| value)
    }

    /// The key's value.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let slot = self.slot(key)?;
        self.entries.get_mut(slot as usize)?.as_mut().map(|(_, value)| value)
    }

    /// Whether the key is there.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Sets the key's value and gives the one that it had.
    #[inline(never)]
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let slot = self.row.slot_at(self.place(&key));
        self.fill(slot, (key, value)).map(|(_, value)| value)
    }

    fn fill(&mut self, slot: u32, entry: (K, V)) -> Option<(K, V)> {
        match self.entries.get_mut(slot as usize) {
            Some(known) => known.replace(entry),
            None => {
                self.entries.push(Some(entry));
                None
            }
        }
    }

    /// Removes the key and gives its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        self.take(place).map(|(_, value)| value)
    }

    /// Changes the key's value, which is the default where there was none.
    pub fn alter(&mut self, key: K, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        if let Some(value) = self.value_of(key) {
            change(value);
        }
    }

    #[inline(never)]
    fn value_of(&mut self, key: K) -> Option<&mut V>
    where
        V: Default,
    {
        let place = self.place(&key);
        let slot = self.row.slot_at(place);
        if place.is_err() {
            self.fill(slot, (key, V::default()));
        }
        self.entries.get_mut(slot as usize)?.as_mut().map(|(_, value)| value)
    }

    /// The entries whose keys lie in the range, in order.
    pub fn range(&self, keys: impl RangeBounds<K>) -> Entries<'_, K, V> {
        let (start, end) = self.places(&keys);
        self.entries_of(self.row.slots().get(start..end).unwrap_or_default())
    }

    /// The places of a range; empty rather than turned round.
    fn places(&self, keys: &impl RangeBounds<K>) -> (usize, usize) {
        let before = |key: &K| self.place(key).unwrap_or_else(|place| place);
        let behind = |key: &K| self.place(key).map_or_else(|place| place, |place| place + 1);
        let start = match keys.start_bound() {
            Bound::Included(key) => before(key),
            Bound::Excluded(key) => behind(key),
            Bound::Unbounded => 0,
        };
        let end = match keys.end_bound() {
            Bound::Included(key) => behind(key),
            Bound::Excluded(key) => before(key),
            Bound::Unbounded => self.len(),
        };
        (start, end.max(start))
    }
}

/// Entries in the order of their keys.
#[derive(Debug)]
pub struct Entries<'a, K, V> {
    map: &'a SortedMap<K, V>,
    slots: &'a [u32],
}

impl<'a, K, V> Iterator for Entries<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let (slot, rest) = self.slots.split_first()?;
        self.slots = rest;
        self.map.entry(*slot)
    }
}

impl<K, V> DoubleEndedIterator for Entries<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let (slot, rest) = self.slots.split_last()?;
        self.slots = rest;
        self.map.entry(*slot)
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for SortedMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = InOrder<K, V>;

    fn into_iter(self) -> Self::IntoIter {
        InOrder(self)
    }
}

/// All entries of a map, taken out in order.
pub struct InOrder<K, V>(SortedMap<K, V>);

impl<K, V> Iterator for InOrder<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        self.0.pop_first()
    }
}

impl<K: Serialize, V: Serialize> Serialize for SortedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// A set in order, with the names of `BTreeSet`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortedSet<T> {
    map: SortedMap<T, ()>,
}

impl<T> Default for SortedSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> SortedSet<T> {
    /// Empty; allocates nothing.
    pub const fn new() -> Self {
        Self { map: SortedMap::new() }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// All in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.map.keys()
    }

    /// The least.
    pub fn first(&self) -> Option<&T> {
        self.map.first_key_value().map(|(value, ())| value)
    }

    /// Removes the least.
    pub fn pop_first(&mut self) -> Option<T> {
        self.map.pop_first().map(|(value, ())| value)
    }
}

impl<T: Ord> SortedSet<T> {
    /// Whether the value is there.
    pub fn contains(&self, value: &T) -> bool {
        self.map.contains_key(value)
    }

    /// Adds the value and says whether it is new.
    pub fn insert(&mut self, value: T) -> bool {
        self.map.insert(value, ()).is_none()
    }

    /// Removes the value and says whether it was there.
    pub fn remove(&mut self, value: &T) -> bool {
        self.map.remove(value).is_some()
    }
}

impl<T: Ord> FromIterator<T> for SortedSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self { map: values.into_iter().map(|value| (value, ())).collect() }
    }
}

impl<T: Ord> Extend<T> for SortedSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        for value in values {
            self.insert(value);
        }
    }
}

impl<T> IntoIterator for SortedSet<T> {
    type Item = T;
    type IntoIter = std::iter::Map<InOrder<T, ()>, fn((T, ())) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.into_iter().map(|(value, ())| value)
    }
}

#[cfg(test)]
#[path = "sorted_tests.rs"]
mod tests;
