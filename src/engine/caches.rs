//! The span caches of an engine: one for each size of its pictures, and one of pieces where these are averages.

use std::sync::{Arc, Mutex};

use crate::art::Art;
use crate::engine::cache::SpanCache;
use crate::engine::upcoming::{Upcoming, update_next_uses};
use crate::engine::view::{Piece, View};
use crate::telemetry::CacheUse;
use crate::threads::lock;

/// From this factor on pieces are kept from batch to batch: spans repeat less than what they are made of, the more so
/// the larger they are.
const KEPT_FROM: usize = 4;
/// The share of a size's budget that its pieces have.
const PIECES_SHARE: u64 = 4;

/// What is kept of the spans of one size. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct SizeCache {
    pub(crate) spans: Arc<Mutex<SpanCache>>,
    pub(crate) pieces: Option<Arc<Mutex<SpanCache<Piece>>>>,
    /// By which spans are cut.
    shapes: Arc<Art>,
}

impl SizeCache {
    /// For the spans of `view`, within `budget` bytes.
    pub(crate) fn new(view: &View, budget: u64) -> Self {
        let is_large = |factor: usize| factor >= KEPT_FROM;
        let keeps_pieces = view.averages().is_some_and(|averaged| is_large(averaged.factor()));
        let for_pieces = if keeps_pieces { budget / PIECES_SHARE } else { 0 };
        let cache = |budget| Arc::new(Mutex::new(SpanCache::new(budget)));
        Self {
            spans: cache(budget - for_pieces),
            pieces: keeps_pieces.then(|| Arc::new(Mutex::new(SpanCache::new(for_pieces)))),
            shapes: view.shapes().clone(),
        }
    }
}

/// All caches of an engine, the first size's first.
#[derive(Clone, Debug)]
pub(crate) struct Caches(pub(crate) Vec<SizeCache>);

impl Caches {
    /// Whether the budget of one is more than four fifths used. That of pieces always is in the end, and says nothing.
    pub(crate) fn is_nearly_used(&self) -> bool {
        self.0.iter().any(|cache| lock(&cache.spans).near_budget())
    }

    /// Drops what is not needed soon, where a budget is nearly used; how many spans.
    pub(crate) fn drop_dead(&self, upcoming: Option<Upcoming<'_>>) -> u64 {
        let dropped = self.0.iter().map(|SizeCache { spans, pieces, shapes }| {
            let mut cache = lock(spans);
            // The uses found by an earlier look are still to come, so most clean-ups need no new look.
            if cache.near_budget() && cache.looked_long_ago() {
                update_next_uses(&mut cache, shapes, upcoming);
                cache.looked();
            }
            cache.drop_dead() + pieces.as_ref().map_or(0, |pieces| lock(pieces).drop_dead())
        });
        dropped.sum()
    }

    /// Memory is short: half of what is held must do from now on.
    pub(crate) fn shrink(&self) {
        for SizeCache { spans, pieces, .. } in &self.0 {
            lock(spans).shrink();
            pieces.iter().for_each(|pieces| lock(pieces).shrink());
        }
    }

    /// Another plan, or none, is what comes next.
    pub(crate) fn begin(&self) {
        for SizeCache { spans, pieces, .. } in &self.0 {
            lock(spans).begin();
            pieces.iter().for_each(|pieces| lock(pieces).begin());
        }
    }

    /// Drops everything.
    pub(crate) fn clear(&self) {
        for SizeCache { spans, pieces, .. } in &self.0 {
            lock(spans).clear();
            pieces.iter().for_each(|pieces| lock(pieces).clear());
        }
    }

    /// Bytes that the spans of all may take.
    pub(crate) fn budget(&self) -> u64 {
        self.usage().budget
    }

    /// What all did so far and hold now. Pieces count by their bytes alone: items ask for spans.
    pub(crate) fn usage(&self) -> CacheUse {
        let mut sum = CacheUse::default();
        for SizeCache { spans, pieces, .. } in &self.0 {
            sum = sum.and(&lock(spans).usage());
            if let Some(pieces) = pieces {
                let CacheUse { bytes, peak_bytes, budget, .. } = lock(pieces).usage();
                sum = sum.and(&CacheUse { bytes, peak_bytes, budget, ..CacheUse::default() });
            }
        }
        sum
    }
}
