//! The items that a plan has next, and when they use the spans of the cache.

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

/// Notes in `cache` how soon the upcoming items use its spans, as far as its window goes.
pub(crate) fn update_next_uses(cache: &mut SpanCache, art: &Art, upcoming: Option<Upcoming<'_>>) {
    let mut scanner = SpanScanner::default();
    let items = upcoming.into_iter().flat_map(|upcoming| upcoming.traits(cache::WINDOW));
    for (distance, traits) in items.enumerate() {
        scanner.spans(art, &traits, |place, stack| cache.will_use(place, stack, distance));
    }
}
