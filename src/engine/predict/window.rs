//! The last items, and how often each combination is among them.
//!
//! Every different combination is kept once, in a slot of a table, however often it is in the window. A hash finds
//! the slot, and the rows themselves are compared. Memory depends on the window, never on the number of items seen:
//! a combination goes when its last item leaves the window.

use std::collections::VecDeque;
use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// A window over the items seen.
#[derive(Debug)]
pub(super) struct Window {
    width: usize,
    size: usize,
    /// `width` indices a slot.
    rows: Vec<u16>,
    /// How many items in the window have the slot's combination; 0 if the slot is free.
    counts: Vec<u32>,
    free: Vec<u32>,
    /// Slots by their rows.
    slots: HashTable<u32>,
    /// The slots of the items, oldest first.
    items: VecDeque<u32>,
}

impl Window {
    /// Of at most `size` items, each of `width` layers.
    pub(super) fn new(width: usize, size: usize) -> Self {
        Self {
            width,
            size: size.max(1),
            rows: Vec::new(),
            counts: Vec::new(),
            free: Vec::new(),
            slots: HashTable::new(),
            items: VecDeque::new(),
        }
    }

    /// Items in the window.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Different combinations among them.
    pub(super) fn unique(&self) -> usize {
        self.slots.len()
    }

    /// Adds an item, and drops the oldest if there are too many.
    pub(super) fn push(&mut self, row: &[u16]) {
        debug_assert_eq!(row.len(), self.width);
        if self.items.len() == self.size {
            self.drop_oldest();
        }
        let hash = hash(row);
        let Self { width, rows, slots, .. } = self;
        let found = slots.find(hash, |&slot| at(rows, *width, slot) == row).copied();
        let slot = found.unwrap_or_else(|| self.occupy(hash, row));
        self.counts[slot as usize] += 1;
        self.items.push_back(slot);
    }

    fn occupy(&mut self, hash: u64, row: &[u16]) -> u32 {
        let slot = match self.free.pop() {
            Some(slot) => {
                self.rows[slot as usize * self.width..][..self.width].copy_from_slice(row);
                slot
            }
            None => {
                self.rows.extend_from_slice(row);
                self.counts.push(0);
                u32::try_from(self.counts.len() - 1).expect("a window holds fewer than 2^32 items")
            }
        };
        let Self { width, rows, slots, .. } = self;
        slots.insert_unique(hash, slot, |&slot| self::hash(at(rows, *width, slot)));
        slot
    }

    fn drop_oldest(&mut self) {
        let Some(slot) = self.items.pop_front() else { return };
        let count = &mut self.counts[slot as usize];
        *count -= 1;
        if *count == 0 {
            let hash = hash(at(&self.rows, self.width, slot));
            if let Ok(entry) = self.slots.find_entry(hash, |&other| other == slot) {
                entry.remove();
            }
            self.free.push(slot);
        }
    }

    /// The different combinations, each with its count, in no order that means anything.
    pub(super) fn combinations(&self) -> impl Iterator<Item = (&[u16], u32)> {
        let slots = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        slots.map(|(slot, &count)| (&self.rows[slot * self.width..][..self.width], count))
    }

    /// The items, oldest first.
    pub(super) fn items(&self) -> impl DoubleEndedIterator<Item = &[u16]> {
        self.items.iter().map(|&slot| at(&self.rows, self.width, slot))
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.width, self.size);
    }
}

fn at(rows: &[u16], width: usize, slot: u32) -> &[u16] {
    &rows[slot as usize * width..][..width]
}

fn hash(row: &[u16]) -> u64 {
    FxBuildHasher.hash_one(row)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_window_counts_what_a_plain_list_counts(
            size in 1usize..12,
            rows in proptest::collection::vec([0u16..3, 0u16..3], 0..60),
        ) {
            let mut window = Window::new(2, size);
            for (index, row) in rows.iter().enumerate() {
                window.push(row);
                let last = &rows[(index + 1).saturating_sub(size)..=index];
                prop_assert_eq!(window.items().collect::<Vec<_>>(), last.iter().map(|row| &row[..]).collect::<Vec<_>>());
                let mut expected = BTreeMap::new();
                last.iter().for_each(|row| *expected.entry(&row[..]).or_insert(0) += 1);
                prop_assert_eq!(window.combinations().collect::<BTreeMap<_, _>>(), expected.clone());
                prop_assert_eq!((window.len(), window.unique()), (last.len(), expected.len()));
                prop_assert!(window.counts.len() <= size, "slots are used again");
            }
            window.clear();
            prop_assert_eq!((window.len(), window.unique()), (0, 0));
        }
    }
}
