//! A hash table whose entries have numbers, by which others can refer to them while they are in it.

use hashbrown::HashTable;

/// What a table finds by a hash.
pub(super) trait Keyed {
    /// The hash of its key.
    fn hash(&self) -> u64;
}

/// Entries, each with a number. A number is given again once its entry was removed.
#[derive(Debug)]
pub(super) struct Numbered<E> {
    table: HashTable<u32>,
    entries: Vec<Option<E>>,
    free: Vec<u32>,
}

impl<E> Default for Numbered<E> {
    fn default() -> Self {
        Self { table: HashTable::new(), entries: Vec::new(), free: Vec::new() }
    }
}

/// Why a number has an entry: whatever refers to one is dropped before it.
const TAKEN: &str = "the number is in use";

impl<E: Keyed> Numbered<E> {
    /// How many.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// The number of the entry with this hash that `is` it.
    #[inline]
    pub(super) fn find(&self, hash: u64, is: impl Fn(&E) -> bool) -> Option<u32> {
        self.table.find(hash, |&number| is(self.at(number))).copied()
    }

    /// The entry with this number, if there is one.
    pub(super) fn get(&self, number: u32) -> Option<&E> {
        self.entries.get(number as usize)?.as_ref()
    }

    /// The entry with this number.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub(super) fn at(&self, number: u32) -> &E {
        self.entries[number as usize].as_ref().expect(TAKEN)
    }

    /// The same, to change it.
    #[inline]
    pub(super) fn at_mut(&mut self, number: u32) -> &mut E {
        self.entries[number as usize].as_mut().expect(TAKEN)
    }

    /// All with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &E)> {
        self.entries.iter().enumerate().filter_map(|(number, entry)| Some((number as u32, entry.as_ref()?)))
    }

    /// All, to change them.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut E> {
        self.entries.iter_mut().flatten()
    }

    /// Adds an entry whose key is not here yet.
    pub(super) fn insert(&mut self, entry: E) -> u32 {
        let hash = entry.hash();
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                self.entries.push(None);
                u32::try_from(self.entries.len() - 1).expect("each takes memory; 2^32 of them do not fit")
            }
        };
        self.entries[number as usize] = Some(entry);
        let Self { table, entries, .. } = self;
        table.insert_unique(hash, number, |&number| entries[number as usize].as_ref().expect(TAKEN).hash());
        number
    }

    /// Takes the entry with this number out.
    pub(super) fn remove(&mut self, number: u32) -> E {
        let entry = self.entries[number as usize].take().expect(TAKEN);
        let found = self.table.find_entry(entry.hash(), |&other| other == number);
        found.expect("an entry is in the table").remove();
        self.free.push(number);
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys that share a hash in pairs.
    struct Key(u32);

    impl Keyed for Key {
        fn hash(&self) -> u64 {
            u64::from(self.0 / 2)
        }
    }

    #[test]
    fn entries_are_found_by_key_and_by_number_until_they_are_removed() {
        let mut table: Numbered<Key> = Numbered::default();
        let find = |table: &Numbered<Key>, key: u32| table.find(Key(key).hash(), |entry| entry.0 == key);
        let numbers: Vec<u32> = (0..1000).map(|key| table.insert(Key(key))).collect();
        for key in 0..1000 {
            assert_eq!(find(&table, key), Some(numbers[key as usize]));
        }
        assert_eq!(find(&table, 1000), None);
        for key in (0..1000).step_by(3) {
            assert_eq!(table.remove(numbers[key as usize]).0, key);
        }
        for key in 0..1000 {
            let left = (key % 3 != 0).then_some(numbers[key as usize]);
            assert_eq!(find(&table, key), left);
            assert_eq!(table.get(numbers[key as usize]).map(|entry| entry.0), left.map(|_| key));
        }
        assert_eq!((table.len(), table.iter().count()), (666, 666));
        let again = table.insert(Key(5000));
        assert!(again < 1000, "numbers are used again");
        assert_eq!((find(&table, 5000), table.at(again).0), (Some(again), 5000));
    }
}
