//! A hash table that grows without a look at what is in it.
//!
//! Keys are strings behind pointers. A table that asks for their hashes when it doubles visits every object of the cluster
//! in one step, which takes 25 ms at 115,000 of them; here each entry remembers its hash, in four bytes. It also spares a
//! look at most of the objects that are not the one that is looked for.

use hashbrown::HashTable;

/// Values by a hash of their keys, which whoever holds the table knows to compare.
#[derive(Clone, Debug)]
pub struct HashIndex<T> {
    entries: HashTable<HashIndexEntry<T>>,
}

#[derive(Clone, Debug)]
struct HashIndexEntry<T> {
    hash: u32,
    value: T,
}

impl<T> Default for HashIndex<T> {
    fn default() -> Self {
        Self {
            entries: HashTable::new(),
        }
    }
}

impl<T> HashIndex<T> {
    /// Room for so many.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            entries: HashTable::with_capacity(capacity),
        }
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many values there is room for without another allocation.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.entries.capacity()
    }

    /// In no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().map(|entry| &entry.value)
    }

    /// The values, in no order that means anything.
    pub fn into_values(self) -> impl Iterator<Item = T> {
        self.entries.into_iter().map(|entry| entry.value)
    }

    /// The value of this hash that `is_it` knows.
    #[must_use]
    pub fn find(&self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<&T> {
        let hash = narrow(hash);
        let is_it = |entry: &HashIndexEntry<T>| entry.hash == hash && is_it(&entry.value);
        self.entries.find(widen(hash), is_it).map(|entry| &entry.value)
    }

    /// The same, to be changed. Its key stays.
    pub fn find_mut(&mut self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<&mut T> {
        let hash = narrow(hash);
        let is_it = |entry: &HashIndexEntry<T>| entry.hash == hash && is_it(&entry.value);
        self.entries.find_mut(widen(hash), is_it).map(|entry| &mut entry.value)
    }

    /// Takes a value in, whatever else has its hash.
    pub fn insert(&mut self, hash: u64, value: T) {
        let hash = narrow(hash);
        self.entries
            .insert_unique(widen(hash), HashIndexEntry { hash, value }, rehash);
    }

    /// Takes the value out that `is_it` knows.
    pub fn remove(&mut self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<T> {
        let hash = narrow(hash);
        let is_it = |entry: &HashIndexEntry<T>| entry.hash == hash && is_it(&entry.value);
        let found = self.entries.find_entry(widen(hash), is_it).ok()?;
        Some(found.remove().0.value)
    }

    /// Makes room for this many more.
    pub fn reserve(&mut self, additional: usize) {
        self.entries.reserve(additional, rehash);
    }

    /// Gives back the room for more than this many.
    pub fn shrink_to(&mut self, capacity: usize) {
        self.entries.shrink_to(capacity, rehash);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
fn narrow(hash: u64) -> u32 {
    hash as u32
}

/// The table takes the bucket from the lowest bits and a tag from the highest, of 64 bits or of 32.
fn widen(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

fn rehash<T>(entry: &HashIndexEntry<T>) -> u64 {
    widen(entry.hash)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However many hashes are the same, values are found by their keys, as in a map.
        #[test]
        fn values_are_found_as_in_a_map(
            hashes in 1_u64..40,
            steps in proptest::collection::vec((0_u8..8, 0_u64..200, any::<u8>()), 0..400),
        ) {
            let mut table = HashIndex::default();
            let mut model = BTreeMap::new();
            for (what, key, value) in steps {
                let hash = (key % hashes).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let is_it = |(known, _): &(u64, u8)| *known == key;
                prop_assert_eq!(table.find(hash, is_it).map(|(_, value)| *value), model.get(&key).copied());
                match what {
                    0 => {
                        prop_assert_eq!(table.remove(hash, is_it).map(|(_, value)| value), model.remove(&key));
                    }
                    1 => table.reserve(usize::from(value)),
                    2 => table.shrink_to(table.len()),
                    _ => {
                        match table.find_mut(hash, is_it) {
                            Some(known) => known.1 = value,
                            None => table.insert(hash, (key, value)),
                        }
                        model.insert(key, value);
                    }
                }
                prop_assert_eq!(table.len(), model.len());
                prop_assert!(table.capacity() >= table.len());
            }
            let values: BTreeMap<_, _> = table.iter().copied().collect();
            prop_assert_eq!(&values, &model);
            prop_assert_eq!(table.into_values().collect::<BTreeMap<_, _>>(), model);
        }
    }
}
