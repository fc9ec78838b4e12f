//! Which items are there already, and under which choices another one is left.
//!
//! Rows are kept once, in the plan; the tables here hold only their numbers and compare the rows themselves, so a
//! hash never represents an item. The choices of the layers that count form a tree, one layer a level. A node is
//! exhausted when all below it is used; for each node that has an exhausted child, a table counts those children, so
//! whether anything is left under a choice is one look-up, however the search got there.

use std::hash::Hasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxHasher;

use crate::rules::compared::Compared;

/// A set of rows of one table, none of which is equal to another.
#[derive(Debug)]
pub(crate) struct RowSet {
    compared: Compared,
    width: usize,
    table: HashTable<u32>,
}

impl RowSet {
    pub(crate) fn new(compared: Compared, width: usize) -> Self {
        Self { compared, width, table: HashTable::new() }
    }

    /// In how many steps rows are compared: columns, or a picture as a whole.
    fn depth(&self) -> usize {
        match &self.compared {
            Compared::Layers(columns) => columns.len(),
            Compared::Picture(_) => 1,
        }
    }

    fn hash(&self, row: &[u16], depth: usize) -> u64 {
        let mut hasher = FxHasher::default();
        hasher.write_usize(depth);
        match &self.compared {
            Compared::Layers(columns) => {
                columns[..depth].iter().for_each(|&column| hasher.write_u16(row[column]));
            }
            Compared::Picture(key) if depth > 0 => {
                key.visible(row, 0).for_each(|pixels| hasher.write_u32(pixels));
            }
            Compared::Picture(_) => {}
        }
        hasher.finish()
    }

    /// Whether two rows agree in the first `depth` steps.
    fn agree(&self, a: &[u16], b: &[u16], depth: usize) -> bool {
        match &self.compared {
            Compared::Layers(columns) => columns[..depth].iter().all(|&column| a[column] == b[column]),
            Compared::Picture(key) => depth == 0 || key.visible(a, 0).eq(key.visible(b, 0)),
        }
    }

    fn row<'a>(&self, rows: &'a [u16], index: u32) -> &'a [u16] {
        &rows[index as usize * self.width..][..self.width]
    }

    /// The row of `rows` that `row` equals.
    pub(crate) fn find(&self, rows: &[u16], row: &[u16]) -> Option<u32> {
        let depth = self.depth();
        let equal = |&index: &u32| self.agree(self.row(rows, index), row, depth);
        self.table.find(self.hash(row, depth), equal).copied()
    }

    /// Adds row `index` of `rows`, which equals none that is in the set.
    pub(crate) fn insert(&mut self, rows: &[u16], index: u32) {
        let depth = self.depth();
        let hash = self.hash(self.row(rows, index), depth);
        let mut table = std::mem::take(&mut self.table);
        table.insert_unique(hash, index, |&other| self.hash(self.row(rows, other), depth));
        self.table = table;
    }

    /// Takes row `index` of `rows` out, which is in the set.
    pub(crate) fn remove(&mut self, rows: &[u16], index: u32) {
        let depth = self.depth();
        let hash = self.hash(self.row(rows, index), depth);
        if let Ok(entry) = self.table.find_entry(hash, |&other| other == index) {
            entry.remove();
        }
    }
}

/// A node of the tree: the choices that row `row` makes in the first `depth` columns.
#[derive(Clone, Copy, Debug)]
struct Node {
    row: u32,
    depth: u16,
    /// How many choices of the next column are exhausted.
    exhausted: u16,
}

/// Counts, for each node of the tree, the children under which nothing is left.
#[derive(Debug, Default)]
pub(crate) struct Exhausted {
    nodes: HashTable<Node>,
}

impl Exhausted {
    /// Notes that row `index`, which the set holds, is used; `choices` are the numbers of choices by column.
    pub(crate) fn add(&mut self, set: &RowSet, choices: &[u16], rows: &[u16], index: u32) {
        let row = set.row(rows, index);
        for depth in (0..choices.len()).rev() {
            let here = depth as u16;
            let entry = self.nodes.entry(
                set.hash(row, depth),
                |node| node.depth == here && set.agree(set.row(rows, node.row), row, depth),
                |node| set.hash(set.row(rows, node.row), usize::from(node.depth)),
            );
            let exhausted = match entry {
                Entry::Occupied(mut node) => {
                    node.get_mut().exhausted += 1;
                    node.get().exhausted
                }
                Entry::Vacant(slot) => {
                    slot.insert(Node { row: index, depth: here, exhausted: 1 });
                    1
                }
            };
            if exhausted < choices[depth] {
                break;
            }
        }
    }

    /// Whether nothing is left under the choices that `row` makes in the first `depth` columns.
    pub(crate) fn contains(
        &self,
        set: &RowSet,
        choices: &[u16],
        rows: &[u16],
        row: &[u16],
        depth: usize,
    ) -> bool {
        if depth == choices.len() {
            return set.find(rows, row).is_some();
        }
        let here =
            |node: &Node| usize::from(node.depth) == depth && set.agree(set.row(rows, node.row), row, depth);
        let node = self.nodes.find(set.hash(row, depth), here);
        node.is_some_and(|node| node.exhausted == choices[depth])
    }
}
