//! Stacks as small numbers.
//!
//! The same stack stands at many places, so it is kept once and named by a number. Stacks are compared in full:
//! a hash only says where to look, it never stands for a stack, or two pictures could be mixed up. Numbers are
//! counted while spans use them and given back when the last is dropped, so a long run does not collect stacks.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use crate::geometry::TraitId;

/// The number of a stack in a [`StackTable`].
pub(crate) type StackId = u32;

/// All stacks in use.
#[derive(Debug, Default)]
pub(crate) struct StackTable {
    numbers: HashTable<StackId>,
    stacks: Vec<Box<[TraitId]>>,
    uses: Vec<u32>,
    free: Vec<StackId>,
}

fn hash(stack: &[TraitId]) -> u64 {
    FxBuildHasher.hash_one(stack)
}

impl StackTable {
    /// The number of `stack`, if it is in use.
    pub(crate) fn find(&self, stack: &[TraitId]) -> Option<StackId> {
        let hash = hash(stack);
        self.numbers.find(hash, |&id| *self.stacks[id as usize] == *stack).copied()
    }

    /// The number of `stack`, which is counted as used once more.
    pub(crate) fn acquire(&mut self, stack: &[TraitId]) -> StackId {
        if let Some(id) = self.find(stack) {
            self.uses[id as usize] += 1;
            return id;
        }
        let id = match self.free.pop() {
            Some(id) => {
                self.stacks[id as usize] = stack.into();
                self.uses[id as usize] = 1;
                id
            }
            None => {
                self.stacks.push(stack.into());
                self.uses.push(1);
                u32::try_from(self.stacks.len() - 1)
                    .expect("each stack takes memory; 2^32 of them do not fit")
            }
        };
        let Self { numbers, stacks, .. } = self;
        numbers.insert_unique(hash(stack), id, |&id| hash(&stacks[id as usize]));
        id
    }

    /// Gives one use of `id` back.
    pub(crate) fn release(&mut self, id: StackId) {
        self.uses[id as usize] -= 1;
        if self.uses[id as usize] == 0 {
            let hash = hash(&self.stacks[id as usize]);
            let entry = self.numbers.find_entry(hash, |&other| other == id);
            entry.expect("a stack in use is in the table").remove();
            self.stacks[id as usize] = Box::default();
            self.free.push(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_stacks_share_a_number_until_the_last_is_released() {
        let mut table = StackTable::default();
        let a = table.acquire(&[1, 2, 3]);
        let b = table.acquire(&[1, 2]);
        assert_ne!(a, b);
        assert_eq!(table.acquire(&[1, 2, 3]), a);
        assert_eq!(table.find(&[1, 2, 3]), Some(a));
        table.release(a);
        assert_eq!(table.find(&[1, 2, 3]), Some(a), "one use is left");
        table.release(a);
        assert_eq!(table.find(&[1, 2, 3]), None);
        assert_eq!(table.acquire(&[9]), a, "numbers are used again");
        assert_eq!(table.find(&[1, 2]), Some(b));
        assert_eq!(table.find(&[]), None);
    }
}
