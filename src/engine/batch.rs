//! How many items are in flight together: the micro-batch.
//!
//! A batch starts at eight items and doubles while its pictures stay small against the span cache and while doubling
//! does not make the run slower. It halves when memory runs short or the back end fails. It never shapes a byte.

use std::time::Instant;

use crate::engine::facade::Engine;
use crate::engine::options::PressOptions;

/// The most items in flight together when the batch adapts. Above 64 nothing more is gained on two cores.
const MOST: usize = 64;
/// The batch that a run starts with.
const FIRST: usize = 8;

/// How many items are prepared together.
pub(crate) struct Batch {
    fixed: Option<usize>,
    size: usize,
    /// Above this, batches were slower or did not fit.
    most: usize,
    /// Compressed bytes that one batch should not exceed.
    budget: u64,
    /// The back end's failures so far.
    failures: u64,
    pace: Pace,
}

/// How fast items went by.
#[derive(Debug)]
struct Pace {
    since: Instant,
    items: u64,
    /// Items a second before the last doubling.
    before: f64,
}

impl Batch {
    pub(crate) fn new(engine: &Engine) -> Self {
        // Until sizes are known, a batch is bounded by what its pictures would be uncompressed.
        let raw = 4 * engine.art.grid.size().pixels();
        let first = ((256 << 20) / raw).clamp(1, FIRST as u64) as usize;
        let fixed = engine.options().batch.map(|batch| batch.min(PressOptions::MAX_BATCH).get());
        let pace = Pace { since: Instant::now(), items: 0, before: 0.0 };
        Self {
            fixed,
            size: first,
            most: MOST,
            budget: engine.cache_budget() / 4,
            failures: engine.failures(),
            pace,
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.fixed.unwrap_or(self.size)
    }

    /// Learns from a batch that was prepared: `bytes` and `items` were written so far, the back end failed `failures`
    /// times, and memory is short or not.
    pub(crate) fn adapt(&mut self, bytes: u64, items: u64, failures: u64, short: bool) {
        let elapsed = self.pace.since.elapsed().as_secs_f64();
        let pace = (items - self.pace.items) as f64 / elapsed.max(1e-9);
        self.pace.since = Instant::now();
        self.pace.items = items;
        self.next(pace, bytes.checked_div(items), failures > self.failures || short);
        self.failures = failures;
    }

    /// The next size, from items a second, bytes an item where they are known, and whether something ran short.
    fn next(&mut self, pace: f64, mean: Option<u64>, short: bool) {
        if short {
            self.size = (self.size / 2).max(1);
            self.most = self.size;
            return;
        }
        let Some(mean) = mean else { return };
        let fits = (self.budget / mean.max(1)).clamp(1, MOST as u64) as usize;
        // One batch may be slower for reasons of its own; a third is more than the noise of a busy machine.
        if pace < self.pace.before * (2.0 / 3.0) && self.size > FIRST {
            self.most = self.size / 2;
        }
        self.pace.before = pace;
        self.size = (self.size * 2).min(self.most).min(fits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let pace = Pace { since: Instant::now(), items: 0, before: 0.0 };
        Batch { fixed: None, size: FIRST, most: MOST, budget: 64 << 20, failures: 0, pace }
    }

    #[test]
    fn it_doubles_while_it_fits_and_is_no_slower() {
        let mut batch = batch();
        let mut sizes = Vec::new();
        for _ in 0..5 {
            batch.next(100.0, Some(1 << 10), false);
            sizes.push(batch.size());
        }
        assert_eq!(sizes, [16, 32, 64, 64, 64]);
        batch.next(100.0, Some(4 << 20), false);
        assert_eq!(batch.size(), 16, "pictures became large");
    }

    #[test]
    fn it_goes_back_when_doubling_made_it_slower() {
        let mut batch = batch();
        batch.next(100.0, Some(1), false);
        batch.next(120.0, Some(1), false);
        assert_eq!(batch.size(), 32);
        batch.next(60.0, Some(1), false);
        assert_eq!(batch.size(), 16);
        batch.next(120.0, Some(1), false);
        assert_eq!(batch.size(), 16, "and stays there");
    }

    #[test]
    fn it_halves_when_something_runs_short() {
        let mut batch = batch();
        batch.next(1.0, Some(1), true);
        assert_eq!(batch.size(), 4);
        (0..5).for_each(|_| batch.next(1.0, Some(1), true));
        assert_eq!(batch.size(), 1, "one item is always made");
        batch.next(9.0, Some(1), false);
        assert_eq!(batch.size(), 1, "what ran short once would again");
    }

    #[test]
    fn a_fixed_size_stays() {
        let mut batch = Batch { fixed: Some(5), ..batch() };
        batch.next(1.0, Some(1), true);
        assert_eq!(batch.size(), 5);
    }
}
