//! A bundle of items while it is written: its spans and tile rows, each different one once.

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

use crate::pool::index_block::{Extent, IndexBlock, Item, TileRows};

/// A bundle is complete with so many bytes of index, roughly: what is read before the first picture, and unpacked for it. A
/// visit of random pictures in a browser reads most bundles for one picture each, so small ones pay there: of flat pictures of
/// 2048x2048, 10,000 items, with 40 KiB such a visit reads 0.70 of the bytes of the files, of which 0.21 are index.
const ENOUGH_INDEX: usize = 14 << 10;
/// And with so many bytes of documents.
const ENOUGH_DOCUMENTS: usize = 1 << 20;
/// And with so many items, which are a page of thumbnails at most.
const ENOUGH_ITEMS: usize = 1024;

/// Items whose index block is not written yet.
#[derive(Debug)]
pub(super) struct Bundle {
    /// For each size and tile row; spans by their numbers in the pool.
    rows: Vec<Vec<DifferentRows>>,
    pub(super) items: Vec<Item>,
    pub(super) documents: Vec<u8>,
    /// Bytes of the index, roughly.
    index: usize,
}

/// Tile rows of one place, and how they are found.
#[derive(Debug, Default)]
struct DifferentRows {
    rows: TileRows,
    table: HashTable<u32>,
}

fn hash_of(spans: &[u32]) -> u64 {
    let mut hasher = FxHasher::default();
    spans.hash(&mut hasher);
    hasher.finish()
}

impl Bundle {
    /// For sizes of so many tile rows.
    pub(super) fn new(tile_rows: &[usize]) -> Self {
        let rows =
            tile_rows.iter().map(|&count| (0..count).map(|_| DifferentRows::default()).collect()).collect();
        Self { rows, items: Vec::new(), documents: Vec::new(), index: 0 }
    }

    /// The number of a tile row of these spans among the different ones.
    pub(super) fn row(&mut self, size: usize, tile_row: usize, spans: &[u32]) -> u32 {
        let DifferentRows { rows, table } = &mut self.rows[size][tile_row];
        let hash = hash_of(spans);
        if let Some(&number) = table.find(hash, |&number| rows.get(number as usize) == spans) {
            self.index += 1;
            return number;
        }
        let number = rows.len() as u32;
        rows.push(spans.iter().copied());
        table.insert_unique(hash, number, |&number| hash_of(rows.get(number as usize)));
        // Two bytes for each span, and as many for its address if it is the first row that has it.
        self.index += 2 + 3 * spans.len();
        number
    }

    /// Adds an item whose tile rows are there, with its document.
    pub(super) fn push(&mut self, item: Item, document: &[u8]) {
        self.index += 8 + 36 * item.digests.as_ref().map_or(0, |digests| digests.pictures.len() + 1);
        self.documents.extend_from_slice(document);
        self.items.push(item);
    }

    /// Whether its index block should be written.
    pub(super) fn is_complete(&self) -> bool {
        self.index >= ENOUGH_INDEX
            || self.documents.len() >= ENOUGH_DOCUMENTS
            || self.items.len() >= ENOUGH_ITEMS
    }

    /// The index block and the documents; `extent` is where a span is, by its number in the pool. Numbers ascend as
    /// addresses do.
    pub(super) fn finish(self, extent: impl Fn(u32) -> Extent) -> (IndexBlock, Vec<u8>) {
        let Self { rows, items, documents, .. } = self;
        let all = || rows.iter().flatten().map(|of| &of.rows);
        let mut used: Vec<u32> =
            all().flat_map(|rows| (0..rows.len()).flat_map(|number| rows.get(number).to_vec())).collect();
        used.sort_unstable();
        used.dedup();
        let number = |span: &u32| used.binary_search(span).expect("all spans are listed") as u32;
        let listed = |of: &DifferentRows| {
            let mut rows = TileRows::default();
            (0..of.rows.len()).for_each(|row| rows.push(of.rows.get(row).iter().map(number)));
            rows
        };
        let rows = rows.iter().map(|of_size| of_size.iter().map(listed).collect()).collect();
        (IndexBlock { spans: used.into_iter().map(extent).collect(), rows, items }, documents)
    }
}
