//! The span cache: compressed spans of the past, by what they show.
//!
//! Items of a collection are all different, but their places repeat: most spans of an item were pressed for an
//! earlier one. The cache is bounded in bytes. Over its budget it first drops spans without a use in what is known
//! of the future, among them those with the fewest uses for their age, and then those whose next use is farthest.
//! Where there is no plan nothing is known, and uses over age decide alone. The plan's next items are only cut into
//! spans when something must be dropped: with memory to spare, knowing the future costs nothing.
//!
//! What it holds decides the speed of a run, never a byte: a span that was dropped is pressed again with the same
//! bits.

use std::sync::Arc;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::geometry::{Place, TraitId};
use crate::png::CompressedSpan;
use crate::telemetry::CacheUse;
use crate::tiling::{StackId, StackTable};

/// A span: where it is, and what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SpanKey {
    place: Place,
    stack: StackId,
}

/// What a cache can hold of a span.
pub(crate) trait Held {
    /// Bytes of memory, the header included.
    fn memory(&self) -> usize;
}

impl Held for CompressedSpan {
    fn memory(&self) -> usize {
        self.memory()
    }
}

#[derive(Debug)]
struct Entry<V> {
    span: Arc<V>,
    uses: u32,
    /// The cache's clock when it came.
    born: u64,
    /// The clock when it was used last.
    last: u64,
    /// The clock when it will be used next, as far as anybody has looked; in the past if no use is known.
    next: u64,
}

impl<V> Entry<V> {
    /// Uses over age.
    fn worth(&self, clock: u64) -> u64 {
        (u64::from(self.uses) << 32) / (clock.saturating_sub(self.born) + 1)
    }

    /// What goes first has the lowest rank.
    fn rank(&self, clock: u64) -> (bool, u64) {
        match self.next > clock {
            true => (true, u64::MAX - self.next),
            false => (false, self.worth(clock)),
        }
    }
}

/// What the cache did so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CacheCounts {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) evictions: u64,
    pub(crate) peak_bytes: u64,
    /// Evictions of spans that nobody had used for long, before the budget was reached.
    pub(crate) dead: u64,
}

/// Spans within a budget: compressed ones, as a rule.
#[derive(Debug)]
pub(crate) struct SpanCache<V = CompressedSpan> {
    entries: HashMap<SpanKey, Entry<V>, FxBuildHasher>,
    stacks: StackTable,
    budget: u64,
    /// The budget, or less while memory is short.
    limit: u64,
    bytes: u64,
    /// Counts items.
    clock: u64,
    /// When the future was last looked at as far as a window goes.
    looked: u64,
    counts: CacheCounts,
}

/// Bytes of an entry beside its span: key, entry and the table's slack.
pub(crate) const ENTRY_BYTES: u64 = 80;
/// Items of the plan that are looked at when spans must be dropped, and items without a use that make a span dead.
pub(crate) const WINDOW: usize = 256;
/// Above this share of the budget, in fifths, dead spans are not kept.
const TIGHT: u64 = 4;

impl<V: Held> SpanCache<V> {
    pub(crate) fn new(budget: u64) -> Self {
        Self {
            entries: HashMap::default(),
            stacks: StackTable::default(),
            budget,
            limit: budget,
            bytes: 0,
            clock: 0,
            looked: 0,
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
    pub(crate) fn get(&mut self, place: Place, stack: &[TraitId], uses: u32) -> Option<Arc<V>> {
        let entry = self.stacks.find(stack).and_then(|stack| self.entries.get_mut(&SpanKey { place, stack }));
        match entry {
            Some(entry) => {
                entry.uses = entry.uses.saturating_add(uses);
                entry.last = self.clock;
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
    pub(crate) fn insert(&mut self, place: Place, stack: &[TraitId], span: Arc<V>) {
        let stack = self.stacks.acquire(stack);
        let key = SpanKey { place, stack };
        let bytes = span.memory() as u64 + ENTRY_BYTES;
        let entry = Entry { span, uses: 1, born: self.clock, last: self.clock, next: 0 };
        if self.entries.contains_key(&key) {
            self.stacks.release(stack);
            return;
        }
        self.entries.insert(key, entry);
        self.bytes += bytes;
        self.counts.peak_bytes = self.counts.peak_bytes.max(self.bytes);
    }

    /// Whether more is held than the budget allows.
    pub(crate) fn is_over(&self) -> bool {
        self.bytes > self.limit
    }

    /// Whether the budget is nearly used up.
    pub(crate) fn near_budget(&self) -> bool {
        self.bytes > self.limit / 5 * TIGHT
    }

    /// The item that is `ahead` items away, 0 being the next, shows `stack` at `place`.
    pub(crate) fn will_use(&mut self, place: Place, stack: &[TraitId], ahead: usize) {
        let Some(stack) = self.stacks.find(stack) else { return };
        let Some(entry) = self.entries.get_mut(&SpanKey { place, stack }) else { return };
        // An earlier look saw every item up to a use that is still to come.
        if entry.next <= self.clock {
            entry.next = self.clock + 1 + ahead as u64;
        }
    }

    /// The plan's next items were looked at just now.
    pub(crate) fn looked(&mut self) {
        self.looked = self.clock;
    }

    /// Whether more than a quarter of what was seen then has gone by.
    pub(crate) fn looked_long_ago(&self) -> bool {
        self.looked == 0 || self.clock - self.looked > WINDOW as u64 / 4
    }

    /// Another plan, or none, is what comes next; and all of the budget may be used again.
    pub(crate) fn begin(&mut self) {
        self.limit = self.budget;
        self.looked = 0;
        self.entries.values_mut().for_each(|entry| entry.next = 0);
    }

    /// Drops spans until the budget is kept.
    pub(crate) fn trim(&mut self) {
        if !self.is_over() {
            return;
        }
        let clock = self.clock;
        // An eighth more than needed, so that a full cache does not sort itself at every batch.
        self.counts.evictions +=
            self.drop_while_over(self.limit - self.limit / 8, |entry| Some(entry.rank(clock)));
    }

    /// Drops dead spans, if the budget is nearly used up: such as were not used for a whole window of items and are
    /// not in what is known of the future. With memory to spare even these are kept, for a plan may come back to
    /// them after the window.
    pub(crate) fn drop_dead(&mut self) -> u64 {
        if !self.near_budget() {
            return 0;
        }
        let clock = self.clock;
        let dead = |entry: &Entry<V>| entry.next <= clock && entry.last + (WINDOW as u64) < clock;
        // A tenth of the budget below where it begins: dropping a few at every clean-up would sort everything each time.
        let goal = self.limit / 10 * 7;
        let dropped = self.drop_while_over(goal, |entry| dead(entry).then(|| entry.rank(clock)));
        self.counts.evictions += dropped;
        self.counts.dead += dropped;
        dropped
    }

    /// Memory is short: half of what is held must do from now on.
    pub(crate) fn shrink(&mut self) {
        self.limit = self.limit.min(self.bytes) / 2;
        self.trim();
    }

    /// Drops everything, and gives its memory back.
    pub(crate) fn clear(&mut self) {
        self.entries = HashMap::default();
        self.stacks = StackTable::default();
        self.bytes = 0;
    }

    /// Drops what would go first.
    #[cfg(test)]
    pub(crate) fn drop_one(&mut self) {
        let clock = self.clock;
        self.drop_while_over(self.bytes - 1, |entry| Some(entry.rank(clock)));
    }

    /// Drops the spans that `rank` gives a rank, the lowest first, until no more than `goal` bytes are left.
    fn drop_while_over(&mut self, goal: u64, rank: impl Fn(&Entry<V>) -> Option<(bool, u64)>) -> u64 {
        let ranked = self.entries.iter().filter_map(|(&key, entry)| Some((rank(entry)?, key)));
        let mut ranked: Vec<((bool, u64), SpanKey)> = ranked.collect();
        ranked.sort_unstable_by_key(|&(rank, key)| {
            (rank, key.place.tile_row, key.place.first, key.place.last, key.stack)
        });
        let mut dropped = 0;
        for (_, key) in ranked {
            if self.bytes <= goal {
                break;
            }
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes -= entry.span.memory() as u64 + ENTRY_BYTES;
                self.stacks.release(key.stack);
                dropped += 1;
            }
        }
        dropped
    }

    /// What it did so far and holds now, for reports.
    pub(crate) fn usage(&self) -> CacheUse {
        let CacheCounts { hits, misses, evictions, peak_bytes, .. } = self.counts;
        let entries = self.entries.len() as u64;
        CacheUse { hits, misses, evictions, entries, bytes: self.bytes, peak_bytes, budget: self.budget }
    }
}
