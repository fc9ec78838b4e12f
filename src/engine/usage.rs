//! Which spans and tiles the items of an engine have shown.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::geometry::{Grid, Place};
use crate::telemetry::Stats;
use crate::threads::lock;

/// Counters of spans and tiles since the engine was made, of each tile row apart: the threads that cut a batch count.
#[derive(Debug)]
pub(crate) struct UsageCounters {
    rows: Box<[Mutex<RowUsage>]>,
    columns: u64,
    /// Pictures written in stored blocks.
    stored: AtomicU64,
}

/// Of one tile row.
#[derive(Debug)]
pub(crate) struct RowUsage {
    items: u64,
    spans: u64,
    /// Different spans and tiles, if they are counted.
    different: Option<Different>,
}

/// Hashes of what is different; only statistics depend on them.
#[derive(Debug, Default)]
struct Different {
    spans: HashSet<u64, FxBuildHasher>,
    tiles: HashSet<u64, FxBuildHasher>,
}

impl UsageCounters {
    /// For pictures on this grid; different spans and tiles are counted if `count_distinct`.
    pub(crate) fn new(grid: Grid, count_distinct: bool) -> Self {
        let row = |_| {
            let different = count_distinct.then(Different::default);
            Mutex::new(RowUsage { items: 0, spans: 0, different })
        };
        Self {
            rows: (0..grid.rows()).map(row).collect(),
            columns: grid.columns() as u64,
            stored: AtomicU64::new(0),
        }
    }

    /// The counters of a tile row, locked.
    pub(crate) fn of_tile_row(&self, tile_row: usize) -> MutexGuard<'_, RowUsage> {
        lock(&self.rows[tile_row])
    }

    /// A picture was written in stored blocks.
    pub(crate) fn count_stored(&self) {
        self.stored.fetch_add(1, Relaxed);
    }

    /// Adds everything to `stats`.
    pub(crate) fn add_stats(&self, stats: &mut Stats) {
        for row in &self.rows {
            let row = lock(row);
            stats.spans.wanted += row.spans;
            stats.tiles.wanted += row.items * self.columns;
            if let Some(Different { spans, tiles }) = &row.different {
                *stats.spans.distinct.get_or_insert(0) += spans.len() as u64;
                *stats.tiles.distinct.get_or_insert(0) += tiles.len() as u64;
            }
        }
        stats.stored += self.stored.load(Relaxed);
    }
}

impl RowUsage {
    /// Counts a tile row of so many spans that `items` show.
    pub(crate) fn wanted(&mut self, spans: usize, items: u32) {
        self.items += u64::from(items);
        self.spans += spans as u64 * u64::from(items);
    }

    /// Remembers a span and its tiles, to count the different ones.
    pub(crate) fn remember(&mut self, place: Place, stack: &[u16]) {
        let Some(Different { spans, tiles }) = &mut self.different else { return };
        // The stack is hashed once, not for every tile.
        let stack = FxBuildHasher.hash_one(stack);
        // A span that the cache had dropped was counted before, and so were its tiles.
        if spans.insert(FxBuildHasher.hash_one((place.first, place.last, stack))) {
            tiles.extend((place.first..=place.last).map(|tile| FxBuildHasher.hash_one((tile, stack))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;

    #[test]
    fn spans_and_tiles_are_counted_by_use_and_by_difference() {
        let grid = Grid::new(Size { width: 3 * Grid::TILE_WIDTH, height: 2 * Grid::TILE_HEIGHT });
        let usage = UsageCounters::new(grid, true);
        let counted = || {
            let mut stats = Stats::default();
            usage.add_stats(&mut stats);
            (stats.spans, stats.tiles)
        };
        let wide = Place { tile_row: 0, first: 0, last: 2 };
        let narrow = Place { tile_row: 0, first: 2, last: 2 };
        usage.of_tile_row(0).wanted(1, 2);
        usage.of_tile_row(1).wanted(3, 1);
        let (spans, tiles) = counted();
        assert_eq!((spans.wanted, tiles.wanted), (5, 9));
        let distinct = || {
            let (spans, tiles) = counted();
            (spans.distinct, tiles.distinct)
        };
        usage.of_tile_row(0).remember(wide, &[1, 2]);
        usage.of_tile_row(0).remember(wide, &[1, 2]);
        assert_eq!(distinct(), (Some(1), Some(3)));
        usage.of_tile_row(0).remember(narrow, &[1, 2]);
        assert_eq!(
            distinct(),
            (Some(2), Some(3)),
            "the tile shows the same as the last one of the wide span"
        );
        usage.of_tile_row(0).remember(narrow, &[1]);
        assert_eq!(distinct(), (Some(3), Some(4)));
        usage.of_tile_row(1).remember(Place { tile_row: 1, ..narrow }, &[1]);
        assert_eq!(distinct(), (Some(4), Some(5)), "another tile row is another place");
        assert!(UsageCounters::new(grid, false).of_tile_row(0).different.is_none());
    }
}
