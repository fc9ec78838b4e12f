//! The items that a plan has next, and when they use what the cache holds.

use rayon::prelude::*;

use crate::art::Art;
use crate::engine::cache::{self, SpanCache};
use crate::engine::item::ItemTraits;
use crate::geometry::TraitId;
use crate::plan::Plan;
use crate::tiling::SpanScanner;

/// The items of a plan from one index on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upcoming<'p> {
    pub(crate) plan: &'p Plan,
    pub(crate) items: &'p ItemTraits,
    pub(crate) from: usize,
}

impl Upcoming<'_> {
    /// The traits of the next `limit` items, without one-of-ones, which show no span.
    fn traits(self, limit: usize) -> impl Iterator<Item = Vec<TraitId>> {
        let next = self.from..self.plan.len().min(self.from + limit);
        next.filter(move |&index| self.plan.one(index).is_none())
            .map(move |index| self.items.of(self.plan.traits(index)))
    }
}

/// Notes in `cache` how soon the upcoming items use its spans, as far as its window goes; a tile row at a time on the
/// threads of `pool`.
pub(crate) fn update_next_uses(
    cache: &SpanCache,
    art: &Art,
    pool: &rayon::ThreadPool,
    upcoming: Option<Upcoming<'_>>,
) {
    let items: Vec<Vec<TraitId>> =
        upcoming.into_iter().flat_map(|upcoming| upcoming.traits(cache::WINDOW)).collect();
    let look = |tile_row| {
        let mut scanner = SpanScanner::default();
        let (mut shard, clock) = (cache.shard(tile_row), cache.clock());
        for (ahead, traits) in items.iter().enumerate() {
            let visible = scanner.visible(art, traits, tile_row);
            if !shard.will_use_row(visible, ahead, clock) {
                scanner.spans_of_row(art, traits, tile_row, |place, stack| {
                    shard.will_use(place, stack, ahead, clock);
                });
            }
        }
    };
    pool.install(|| (0..art.grid.rows()).into_par_iter().for_each(look));
}
