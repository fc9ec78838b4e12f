//! How many items are in flight together: the micro-batch.
//!
//! A batch starts at eight items and doubles while its pictures stay small against the span cache and while doubling
//! does not make the run slower. It halves when memory runs short or the back end fails. It never shapes a byte.

use std::num::NonZeroUsize;
use std::time::Instant;

use crate::engine::performance::Performance;

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
    /// For pictures of `pixels` pixels beside a span cache of `cache_budget` bytes, where the back end failed `failures`
    /// times before. `fixed` sets the size once and for all.
    pub(crate) fn new(fixed: Option<NonZeroUsize>, pixels: u64, cache_budget: u64, failures: u64) -> Self {
        // Until sizes are known, a batch is bounded by the size of its pictures uncompressed.
        let first = ((256 << 20) / (4 * pixels.max(1))).clamp(1, FIRST as u64) as usize;
        let fixed = fixed.map(|size| size.min(Performance::MAX_BATCH).get());
        let pace = Pace { since: Instant::now(), items: 0, before: 0.0 };
        Self { fixed, size: first, most: MOST, budget: cache_budget / 4, failures, pace }
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
        Batch::new(None, 1 << 18, 256 << 20, 0)
    }

    #[test]
    fn it_begins_small_where_pictures_are_large() {
        let first = |pixels| Batch::new(None, pixels, 1 << 30, 0).size();
        assert_eq!([1, 1 << 20, 16 << 20, 1 << 30].map(first), [8, 8, 4, 1]);
        assert_eq!(Batch::new(NonZeroUsize::new(9999), 1, 0, 0).size(), Performance::MAX_BATCH.get());
    }

    #[test]
    fn it_halves_when_the_back_end_failed_since_the_last_batch() {
        let mut batch = Batch::new(None, 1, 256 << 20, 2);
        batch.adapt(0, 0, 2, false);
        assert_eq!(batch.size(), 8, "these failures came before");
        batch.adapt(0, 0, 3, false);
        assert_eq!(batch.size(), 4);
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
        let mut batch = Batch::new(NonZeroUsize::new(5), 1 << 18, 256 << 20, 0);
        batch.next(1.0, Some(1), true);
        assert_eq!(batch.size(), 5);
    }
}
