//! The span caches of an engine: one for each size of its pictures, and one of pieces where these are averages.

use std::sync::Arc;

use crate::art::Art;
use crate::engine::cache::SpanCache;
use crate::engine::upcoming::{Upcoming, update_next_uses};
use crate::engine::view::{Piece, View};
use crate::telemetry::CacheUse;

/// From this factor on pieces are kept from batch to batch: spans repeat less than what they are made of, the more so
/// the larger they are.
const KEPT_FROM: usize = 4;
/// The share of a size's budget that its pieces have.
const PIECES_SHARE: u64 = 4;

/// What is kept of the spans of one size. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct SizeCache {
    pub(crate) spans: Arc<SpanCache>,
    pub(crate) pieces: Option<Arc<SpanCache<Piece>>>,
    /// By which spans are cut.
    shapes: Arc<Art>,
    /// Threads that look at the plan's next items.
    pool: Arc<rayon::ThreadPool>,
}

impl SizeCache {
    /// For the spans of `view`, within `budget` bytes; `pool` looks at the plan's next items.
    pub(crate) fn new(view: &View, budget: u64, pool: Arc<rayon::ThreadPool>) -> Self {
        let is_large = |factor: usize| factor >= KEPT_FROM;
        let keeps_pieces = view.averages().is_some_and(|averaged| is_large(averaged.factor()));
        let for_pieces = if keeps_pieces { budget / PIECES_SHARE } else { 0 };
        let shapes = view.shapes().clone();
        let pieces = |rows| Arc::new(SpanCache::new(rows, for_pieces));
        Self {
            spans: Arc::new(SpanCache::new(shapes.grid.rows(), budget - for_pieces).with_pool(pool.clone())),
            pieces: view.averages().filter(|_| keeps_pieces).map(|averaged| pieces(averaged.tile_rows())),
            shapes,
            pool,
        }
    }

    /// Changes the budget; what exceeds it is dropped.
    fn set_budget(&self, budget: u64) {
        let for_pieces = self.pieces.as_ref().map_or(0, |_| budget / PIECES_SHARE);
        self.spans.memory().set_budget(budget - for_pieces);
        self.spans.trim();
        if let Some(pieces) = &self.pieces {
            pieces.memory().set_budget(for_pieces);
            pieces.trim();
        }
    }

    /// Notes how soon the upcoming items use what is kept.
    pub(crate) fn look_ahead(&self, upcoming: Option<Upcoming<'_>>) {
        update_next_uses(&self.spans, &self.shapes, &self.pool, upcoming);
    }
}

/// All caches of an engine, the first size's first.
#[derive(Clone, Debug)]
pub(crate) struct Caches(pub(crate) Vec<SizeCache>);

impl Caches {
    /// Whether the budget of one is more than four fifths used. That of pieces always is in the end, and says nothing.
    pub(crate) fn is_nearly_used(&self) -> bool {
        self.0.iter().any(|cache| cache.spans.near_budget())
    }

    /// Drops what is not needed soon, where a budget is nearly used; how many spans.
    pub(crate) fn drop_dead(&self, upcoming: Option<Upcoming<'_>>) -> u64 {
        let dropped = self.0.iter().map(|cache| {
            let SizeCache { spans, pieces, .. } = cache;
            // The uses found by an earlier look are still to come, and little more is dead since then: ranking all spans at
            // each clean-up was a twentieth of the time of long runs.
            let mut dropped = 0;
            if spans.near_budget() && spans.looked_long_ago() {
                cache.look_ahead(upcoming);
                spans.looked();
                dropped = spans.drop_dead();
            }
            dropped + pieces.as_ref().map_or(0, |pieces| pieces.drop_dead())
        });
        dropped.sum()
    }

    /// Memory is short: half of what is held must do from now on.
    pub(crate) fn shrink(&self) {
        for SizeCache { spans, pieces, .. } in &self.0 {
            spans.shrink();
            pieces.iter().for_each(|pieces| pieces.shrink());
        }
    }

    /// Another plan, or none, is what comes next.
    pub(crate) fn begin(&self) {
        for SizeCache { spans, pieces, .. } in &self.0 {
            spans.begin();
            pieces.iter().for_each(|pieces| pieces.begin());
        }
    }

    /// Divides a budget among the sizes; what exceeds it is dropped.
    pub(crate) fn set_budget(&self, budget: u64) {
        let share = budget / self.0.len().max(1) as u64;
        self.0.iter().for_each(|cache| cache.set_budget(share));
    }

    /// Pictures that were put together so far, in whichever size most were.
    pub(crate) fn pictures(&self) -> u64 {
        self.0.iter().map(|cache| cache.spans.clock()).max().unwrap_or_default()
    }

    /// Drops everything.
    pub(crate) fn clear(&self) {
        for SizeCache { spans, pieces, .. } in &self.0 {
            spans.clear();
            pieces.iter().for_each(|pieces| pieces.clear());
        }
    }

    /// Bytes that the spans of all may take.
    pub(crate) fn budget(&self) -> u64 {
        let of_size = |SizeCache { spans, pieces, .. }: &SizeCache| {
            spans.memory().budget() + pieces.as_ref().map_or(0, |pieces| pieces.memory().budget())
        };
        self.0.iter().map(of_size).sum()
    }

    /// What all did so far and hold now. Pieces count by their bytes alone: items ask for spans.
    pub(crate) fn usage(&self) -> CacheUse {
        let mut sum = CacheUse::default();
        for SizeCache { spans, pieces, .. } in &self.0 {
            sum = sum.and(&spans.usage());
            if let Some(pieces) = pieces {
                let CacheUse { bytes, peak_bytes, budget, .. } = pieces.usage();
                sum = sum.and(&CacheUse { bytes, peak_bytes, budget, ..CacheUse::default() });
            }
        }
        sum
    }
}
