//! The span cache: compressed spans of the past, by what they show.
//!
//! Items of a collection are all different, but their places repeat: most spans of an item were pressed for an
//! earlier one. The cache is bounded in bytes; over its budget it drops the spans with the fewest uses for their age. What it holds decides the speed of a run, never a byte: a span that was dropped is pressed
//! again with the same bits.

use std::sync::Arc;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::collection::TraitId;
use crate::png::CompressedSpan;
use crate::tiling::{Place, StackId, StackTable};

/// A span: where it is, and what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SpanKey {
    place: Place,
    stack: StackId,
}

#[derive(Debug)]
struct Entry {
    span: Arc<CompressedSpan>,
    uses: u32,
    /// The cache's clock when it came.
    born: u64,
}

/// What the cache did so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CacheCounts {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) evictions: u64,
    pub(crate) peak_bytes: u64,
}

/// Compressed spans within a budget.
#[derive(Debug)]
pub(crate) struct SpanCache {
    entries: HashMap<SpanKey, Entry, FxBuildHasher>,
    stacks: StackTable,
    budget: u64,
    bytes: u64,
    /// Counts items.
    clock: u64,
    counts: CacheCounts,
}

/// Bytes of an entry beside its span: key, entry and the table's slack.
const ENTRY_BYTES: u64 = 64;

impl SpanCache {
    pub(crate) fn new(budget: u64) -> Self {
        Self {
            entries: HashMap::default(),
            stacks: StackTable::default(),
            budget,
            bytes: 0,
            clock: 0,
            counts: CacheCounts::default(),
        }
    }

    /// Bytes that the spans may take.
    pub(crate) fn budget(&self) -> u64 {
        self.budget
    }

    /// So many more items are being put together.
    pub(crate) fn tick(&mut self, items: u64) {
        self.clock += items;
    }

    /// The span at `place` that shows `stack`, if it is here. The items at hand use it `uses` times, at least once;
    /// if it is not here it is missed once, and found the other times.
    pub(crate) fn get(&mut self, place: Place, stack: &[TraitId], uses: u32) -> Option<Arc<CompressedSpan>> {
        let entry = self.stacks.find(stack).and_then(|stack| self.entries.get_mut(&SpanKey { place, stack }));
        match entry {
            Some(entry) => {
                entry.uses = entry.uses.saturating_add(uses);
                self.counts.hits += u64::from(uses);
                Some(entry.span.clone())
            }
            None => {
                self.counts.misses += 1;
                self.counts.hits += u64::from(uses) - 1;
                None
            }
        }
    }

    /// Whether a span is here; looking does not count as use.
    pub(crate) fn holds(&self, place: Place, stack: &[TraitId]) -> bool {
        self.stacks.find(stack).is_some_and(|stack| self.entries.contains_key(&SpanKey { place, stack }))
    }

    /// Keeps a span. If another thread was faster its span stays: both are the same bits.
    pub(crate) fn insert(&mut self, place: Place, stack: &[TraitId], span: Arc<CompressedSpan>) {
        let stack = self.stacks.acquire(stack);
        let key = SpanKey { place, stack };
        let bytes = span.bytes() as u64 + ENTRY_BYTES;
        let entry = Entry { span, uses: 1, born: self.clock };
        if self.entries.contains_key(&key) {
            self.stacks.release(stack);
            return;
        }
        self.entries.insert(key, entry);
        self.bytes += bytes;
        self.counts.peak_bytes = self.counts.peak_bytes.max(self.bytes);
    }

    /// Drops spans until the budget is kept.
    pub(crate) fn trim(&mut self) {
        if self.bytes <= self.budget {
            return;
        }
        // An eighth more than needed, so that a full cache does not sort itself at every batch.
        let goal = self.budget - self.budget / 8;
        let clock = self.clock;
        let worth = |entry: &Entry| (u64::from(entry.uses) << 32) / (clock - entry.born + 1);
        let mut ranked: Vec<(u64, SpanKey)> =
            self.entries.iter().map(|(&key, entry)| (worth(entry), key)).collect();
        ranked.sort_unstable_by_key(|&(worth, key)| {
            (worth, key.place.row, key.place.first, key.place.last, key.stack)
        });
        for (_, key) in ranked {
            if self.bytes <= goal {
                break;
            }
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes -= entry.span.bytes() as u64 + ENTRY_BYTES;
                self.stacks.release(key.stack);
                self.counts.evictions += 1;
            }
        }
    }

    pub(crate) fn counts(&self) -> CacheCounts {
        self.counts
    }
}
