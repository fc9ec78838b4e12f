//! The span cache: compressed spans of the past, by what they show.
//!
//! Items of a collection are all different, but their places repeat: most spans of an item were pressed for an earlier
//! one, and of the tile rows of a long collection four in five were shown before as a whole. Each tile row of pictures has
//! a part of the cache to itself ([`Shard`]), so that the threads that cut a batch look up what they find, and a thread that
//! makes one picture hardly ever waits for them.
//!
//! The cache is bounded in bytes. Over its budget it first drops tile rows, which are quickly put together again, and then
//! spans: those without a use in what is known of the future, among them those with the fewest uses for their age, and then
//! those whose next use is farthest. Where there is no plan nothing is known, and uses over age decide alone. The plan's
//! next items are only cut into spans when something must be dropped: with memory to spare, knowing the future costs
//! nothing.
//!
//! What it holds decides the speed of a run, never a byte: a span that was dropped is pressed again with the same
//! bits.

mod memory;
mod numbered;
mod shard;
mod span_row;
#[cfg(test)]
mod tests;
mod uses;

pub(crate) use memory::CacheMemory;
pub(crate) use shard::{ENTRY_BYTES, Shard, row_hash};
pub(crate) use span_row::SpanRow;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

use rayon::prelude::*;

use crate::engine::cache::uses::{Rank, Uses};
use crate::geometry::{Place, TraitId};
use crate::png::CompressedSpan;
use crate::telemetry::CacheUse;
use crate::threads::{lock, try_lock};

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

/// Spans within a budget: compressed ones, as a rule.
#[derive(Debug)]
pub(crate) struct SpanCache<V: Held = CompressedSpan> {
    /// One for each tile row.
    shards: Box<[Mutex<Shard<V>>]>,
    memory: Arc<CacheMemory>,
    /// Counts items.
    clock: AtomicU64,
    /// When the future was last looked at as far as a window goes.
    looked: AtomicU64,
    evictions: AtomicU64,
    /// Held while something is dropped: what is ranked must still be there when it goes.
    dropping: Mutex<()>,
    /// The threads that look at the parts when something is dropped; else the one that drops does.
    pool: Option<Arc<rayon::ThreadPool>>,
}

/// Items of the plan that are looked at when spans must be dropped, and items without a use that make a span dead.
pub(crate) const WINDOW: usize = 256;
/// The share of the budget that tile rows may keep, as a divisor, where spans must be dropped.
const ROWS_SHARE: u64 = 4;

impl<V: Held + Send + Sync> SpanCache<V> {
    /// For pictures of so many tile rows, within `budget` bytes.
    pub(crate) fn new(tile_rows: usize, budget: u64) -> Self {
        let memory = Arc::new(CacheMemory::new(budget));
        Self {
            shards: (0..tile_rows).map(|_| Mutex::new(Shard::new(memory.clone()))).collect(),
            memory,
            clock: AtomicU64::new(0),
            looked: AtomicU64::new(0),
            evictions: AtomicU64::new(0),
            dropping: Mutex::new(()),
            pool: None,
        }
    }

    /// Has the threads of `pool` look for what can be dropped.
    pub(crate) fn with_pool(self, pool: Arc<rayon::ThreadPool>) -> Self {
        Self { pool: Some(pool), ..self }
    }

    /// Bytes that are held and may be.
    pub(crate) fn memory(&self) -> &Arc<CacheMemory> {
        &self.memory
    }

    /// Items that were put together so far.
    pub(crate) fn clock(&self) -> u64 {
        self.clock.load(Relaxed)
    }

    /// So many more items are being put together.
    pub(crate) fn tick(&self, items: u64) {
        self.clock.fetch_add(items, Relaxed);
    }

    /// The part of a tile row, locked.
    pub(crate) fn shard(&self, tile_row: usize) -> MutexGuard<'_, Shard<V>> {
        lock(&self.shards[tile_row])
    }

    /// What `look` finds in each part, from top to bottom. The caller must hold no lock that a thread of another item waits for: a
    /// thread of another pool takes up other work, perhaps such an item, while it waits for this pool.
    fn each<R: Send>(&self, look: impl Fn(usize, &mut Shard<V>) -> R + Sync) -> Vec<R> {
        let look = |(tile_row, shard): (usize, &Mutex<Shard<V>>)| look(tile_row, &mut lock(shard));
        match &self.pool {
            Some(pool) => pool.install(|| self.shards.par_iter().enumerate().map(look).collect()),
            None => self.shards.iter().enumerate().map(look).collect(),
        }
    }

    fn shards(&self) -> impl Iterator<Item = MutexGuard<'_, Shard<V>>> {
        self.shards.iter().map(lock)
    }

    /// The span at `place` that shows `stack`, if it is here. The items at hand use it `uses` times, at least once;
    /// if it is not here it is missed once, and found the other times.
    pub(crate) fn get(&self, place: Place, stack: &[TraitId], uses: u32) -> Option<Arc<V>> {
        let mut shard = self.shard(place.tile_row.into());
        let found = shard.use_span(place, stack, uses, self.clock());
        if found.is_none() {
            shard.miss(place, stack);
            shard.show(uses);
        }
        found.map(|number| shard.span(number).clone())
    }

    /// Whether a span is here; looking does not count as use.
    pub(crate) fn holds(&self, place: Place, stack: &[TraitId]) -> bool {
        self.shard(place.tile_row.into()).find(place, stack).is_some()
    }

    /// Keeps a span. If another thread was faster its span stays: both are the same bits.
    pub(crate) fn insert(&self, place: Place, stack: &[TraitId], span: Arc<V>) {
        self.shard(place.tile_row.into()).insert(place, stack, span, self.clock());
    }

    /// Keeps a span that was made for an item that may come.
    pub(crate) fn insert_ahead(&self, place: Place, stack: &[TraitId], span: Arc<V>) {
        self.shard(place.tile_row.into()).insert_ahead(place, stack, span, self.clock());
    }

    /// Spans that were made for items that may come, and those of them that an item showed.
    pub(crate) fn ahead(&self) -> [u64; 2] {
        let counts = self.shards().map(|shard| [shard.counts.ahead, shard.counts.ahead_used]);
        counts.fold([0; 2], |sum, counts| [sum[0] + counts[0], sum[1] + counts[1]])
    }

    /// Whether more is held than the budget allows.
    pub(crate) fn is_over(&self) -> bool {
        self.memory.is_over()
    }

    /// Whether the budget is nearly used up.
    pub(crate) fn near_budget(&self) -> bool {
        self.memory.is_tight()
    }

    /// The plan's next items were looked at just now.
    pub(crate) fn looked(&self) {
        self.looked.store(self.clock(), Relaxed);
    }

    /// Whether more than a quarter of what was seen then has gone by.
    pub(crate) fn looked_long_ago(&self) -> bool {
        let looked = self.looked.load(Relaxed);
        looked == 0 || self.clock() - looked > WINDOW as u64 / 4
    }

    /// Another plan, or none, is what comes next; and all of the budget may be used again.
    pub(crate) fn begin(&self) {
        self.memory.set_limit(self.memory.budget());
        self.looked.store(0, Relaxed);
        self.shards().for_each(|mut shard| shard.forget_uses());
    }

    /// Drops until the budget is kept.
    pub(crate) fn trim(&self) {
        if !self.is_over() {
            return;
        }
        // An eighth more than needed, so that a full cache does not sort itself at every batch.
        let limit = self.memory.limit();
        let clock = self.clock();
        let dropped = self.drop_while_over(limit - limit / 8, |uses| Some(uses.rank(clock)));
        self.evictions.fetch_add(dropped, Relaxed);
    }

    /// Drops dead spans, if the budget is nearly used up: such as were not used for a whole window of items and are
    /// not in what is known of the future. With memory to spare even these are kept, for a plan may come back to
    /// them after the window.
    pub(crate) fn drop_dead(&self) -> u64 {
        if !self.near_budget() {
            return 0;
        }
        let clock = self.clock();
        // A tenth of the budget below where it begins: dropping a few at every clean-up would sort everything each time.
        let goal = self.memory.limit() / 10 * 7;
        let dead = |uses: &Uses| uses.is_dead(WINDOW as u64, clock).then(|| uses.rank(clock));
        let dropped = self.drop_while_over(goal, dead);
        self.evictions.fetch_add(dropped, Relaxed);
        dropped
    }

    /// Memory is short: half of what is held must do from now on.
    pub(crate) fn shrink(&self) {
        self.memory.set_limit(self.memory.limit().min(self.memory.bytes()) / 2);
        self.trim();
    }

    /// Drops everything, and gives its memory back.
    pub(crate) fn clear(&self) {
        let _dropping = lock(&self.dropping);
        self.shards().for_each(|mut shard| shard.clear());
    }

    /// Drops what would go first.
    #[cfg(test)]
    pub(crate) fn drop_one(&self) {
        let clock = self.clock();
        self.drop_while_over(self.memory.bytes() - 1, |uses| Some(uses.rank(clock)));
    }

    /// Drops tile rows, and then the spans that `rank` gives a rank, the lowest first, until no more than `goal` bytes are
    /// left. How many spans; none if another thread is dropping some.
    fn drop_while_over(&self, goal: u64, rank: impl Fn(&Uses) -> Option<Rank> + Sync) -> u64 {
        let Some(_dropping) = try_lock(&self.dropping) else { return 0 };
        self.drop_rows(goal);
        let over = self.memory.bytes().saturating_sub(goal);
        if over == 0 {
            return 0;
        }
        let of_row = |tile_row, shard: &mut Shard<V>| -> Vec<(Rank, u16, u32, u64)> {
            let spans = shard.span_uses();
            spans
                .filter_map(|(number, uses, bytes)| Some((rank(uses)?, tile_row as u16, number, bytes)))
                .collect()
        };
        let mut ranked = self.each(of_row).concat();
        ranked.sort_unstable();
        let mut sum = 0;
        let enough = ranked.iter().position(|&(.., bytes)| {
            sum += bytes;
            sum >= over
        });
        ranked.truncate(enough.map_or(ranked.len(), |last| last + 1));
        ranked.sort_unstable_by_key(|&(_, tile_row, ..)| tile_row);
        // Other threads use and add meanwhile, but none drops.
        self.each(|tile_row, shard| {
            let of_row = |row: u16| ranked.partition_point(|&(_, tile_row, ..)| tile_row < row);
            let row = tile_row as u16;
            let gone = &ranked[of_row(row)..of_row(row + 1)];
            if !gone.is_empty() {
                shard.drop_spans(gone.iter().map(|&(_, _, number, _)| number));
            }
        });
        ranked.len() as u64
    }

    /// Drops tile rows that are not needed soon, and then others by rank while they take more than their share.
    fn drop_rows(&self, goal: u64) {
        let clock = self.clock();
        let of_row = |_, shard: &mut Shard<V>| -> Vec<(Rank, u64)> {
            shard.share_uses(clock);
            shard.drop_rows(|uses| uses.is_dead(0, clock));
            shard.row_ranks(clock).collect()
        };
        let mut ranked = self.each(of_row).concat();
        let mut bytes: u64 = ranked.iter().map(|&(_, bytes)| bytes).sum();
        let share = self.memory.limit() / ROWS_SHARE;
        if bytes <= share || self.memory.bytes() <= goal {
            return;
        }
        ranked.sort_unstable();
        let enough = ranked.iter().position(|&(_, row)| {
            bytes -= row;
            bytes <= share
        });
        if let Some(last) = enough.map(|last| ranked[last].0) {
            self.each(|_, shard| shard.drop_rows(|uses| uses.rank(clock) <= last));
        }
    }

    /// What it did so far and holds now, for reports.
    pub(crate) fn usage(&self) -> CacheUse {
        let mut sum = CacheUse {
            evictions: self.evictions.load(Relaxed),
            bytes: self.memory.bytes(),
            peak_bytes: self.memory.peak(),
            budget: self.memory.budget(),
            ..CacheUse::default()
        };
        for shard in self.shards() {
            sum.hits += shard.counts.shown - shard.counts.misses;
            sum.misses += shard.counts.misses;
            sum.pressed_again += shard.counts.again;
            sum.entries += shard.len() as u64;
            sum.dropped_bytes += shard.dropped_bytes;
        }
        sum
    }
}

impl SpanCache {
    /// The item that is `ahead` items away, 0 being the next, shows `stack` at `place`.
    #[cfg(test)]
    pub(crate) fn will_use(&self, place: Place, stack: &[TraitId], ahead: usize) {
        self.shard(place.tile_row.into()).will_use(place, stack, ahead, self.clock());
    }
}
