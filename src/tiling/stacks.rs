//! Stacks as small numbers.
//!
//! The same stack shows at many places, so it is kept once and named by a number. Stacks are compared in full:
//! a hash only says where to look, it never replaces a stack, or two pictures could be mixed up.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use crate::geometry::TraitId;

/// The number of a stack in a [`StackTable`].
pub(crate) type StackId = u32;

/// Stacks that were given a number.
#[derive(Debug, Default)]
pub(crate) struct StackTable {
    numbers: HashTable<StackId>,
    stacks: Vec<Box<[TraitId]>>,
}

fn hash(stack: &[TraitId]) -> u64 {
    FxBuildHasher.hash_one(stack)
}

impl StackTable {
    /// The number of `stack`, a new one if it has none.
    pub(crate) fn number(&mut self, stack: &[TraitId]) -> StackId {
        let Self { numbers, stacks } = self;
        let hash = hash(stack);
        if let Some(&id) = numbers.find(hash, |&id| *stacks[id as usize] == *stack) {
            return id;
        }
        let id = u32::try_from(stacks.len()).expect("each stack takes memory; 2^32 of them do not fit");
        stacks.push(stack.into());
        numbers.insert_unique(hash, id, |&id| self::hash(&stacks[id as usize]));
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_stacks_and_no_others_share_a_number() {
        let mut table = StackTable::default();
        let stacks: [&[TraitId]; 5] = [&[1, 2, 3], &[1, 2], &[], &[3, 2, 1], &[9]];
        for _ in 0..2 {
            assert_eq!(stacks.map(|stack| table.number(stack)), [0, 1, 2, 3, 4]);
        }
    }
}
