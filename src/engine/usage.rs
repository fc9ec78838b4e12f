//! Which spans and tiles the items of an engine have shown.

use std::hash::BuildHasher;

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::geometry::Place;

/// Counters of spans and tiles since the engine was made.
#[derive(Debug, Default)]
pub(crate) struct UsageCounters {
    pub(crate) spans_wanted: u64,
    pub(crate) tiles_wanted: u64,
    /// Hashes of the different spans and tiles; only statistics depend on them.
    spans: HashSet<u64, FxBuildHasher>,
    tiles: HashSet<u64, FxBuildHasher>,
    /// Pictures written in stored blocks.
    pub(crate) stored: u64,
}

impl UsageCounters {
    /// Counts a span that `uses` items show.
    pub(crate) fn wanted(&mut self, place: Place, uses: u32) {
        self.spans_wanted += u64::from(uses);
        self.tiles_wanted += u64::from(uses) * (u64::from(place.last - place.first) + 1);
    }

    /// Remembers a span and its tiles, to count the different ones.
    pub(crate) fn remember(&mut self, place: Place, stack: &[u16]) {
        // The stack is hashed once, not for every tile: this runs while the workers wait for the next batch.
        let stack = FxBuildHasher.hash_one(stack);
        // A span that the cache had dropped was counted before, and so were its tiles.
        if !self.spans.insert(FxBuildHasher.hash_one((place, stack))) {
            return;
        }
        self.tiles.extend(
            (place.first..=place.last).map(|tile| FxBuildHasher.hash_one((place.tile_row, tile, stack))),
        );
    }

    /// Different spans and different tiles that were remembered.
    pub(crate) fn distinct(&self) -> (u64, u64) {
        (self.spans.len() as u64, self.tiles.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_tiles_are_counted_by_use_and_by_difference() {
        let mut usage = UsageCounters::default();
        let wide = Place { tile_row: 0, first: 0, last: 2 };
        let narrow = Place { tile_row: 0, first: 2, last: 2 };
        usage.wanted(wide, 2);
        usage.wanted(narrow, 1);
        assert_eq!((usage.spans_wanted, usage.tiles_wanted), (3, 7));
        usage.remember(wide, &[1, 2]);
        usage.remember(wide, &[1, 2]);
        assert_eq!(usage.distinct(), (1, 3));
        usage.remember(narrow, &[1, 2]);
        assert_eq!(usage.distinct(), (2, 3), "the tile shows the same as the last one of the wide span");
        usage.remember(narrow, &[1]);
        assert_eq!(usage.distinct(), (3, 4));
    }
}
