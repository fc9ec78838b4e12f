//! What progress is read from: an engine that presses, or a count of any other work.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use traitpress::engine::Engine;
use traitpress::telemetry::{Observer, Snapshot};

/// Work whose progress can be read from another thread.
pub(crate) trait Source: Sync {
    /// The state of the work now.
    fn snapshot(&self) -> Snapshot;

    /// The items that are done, those of an earlier run included.
    fn done(&self) -> u64;

    /// The items that an earlier run has made.
    fn kept(&self) -> u64;

    /// Whether snapshots hold the figures of a span cache.
    fn has_span_cache(&self) -> bool;
}

impl Source for Engine {
    fn snapshot(&self) -> Snapshot {
        Self::snapshot(self)
    }

    fn done(&self) -> u64 {
        self.items_done()
    }

    fn kept(&self) -> u64 {
        self.items_kept()
    }

    fn has_span_cache(&self) -> bool {
        true
    }
}

/// A count of items, for work that no engine does.
#[derive(Debug)]
pub(crate) struct Counter {
    start: Instant,
    done: AtomicU64,
    total: AtomicU64,
}

impl Counter {
    /// Counts up to `total`; 0 if the work itself finds out how many items there are.
    pub(super) fn new(total: u64) -> Self {
        Self { start: Instant::now(), done: AtomicU64::new(0), total: AtomicU64::new(total) }
    }

    /// Counts `items` more.
    pub(crate) fn add(&self, items: u64) {
        self.done.fetch_add(items, Relaxed);
    }
}

impl Observer for Counter {
    fn items(&self, done: u64, total: u64) {
        // Items finish on several threads, so a later call may bring a smaller number.
        self.done.fetch_max(done, Relaxed);
        self.total.store(total, Relaxed);
    }
}

impl Source for Counter {
    fn snapshot(&self) -> Snapshot {
        let mut seen = Snapshot::default();
        seen.done = self.done.load(Relaxed);
        seen.total = self.total.load(Relaxed);
        seen.seconds = self.start.elapsed().as_secs_f64();
        seen
    }

    fn done(&self) -> u64 {
        self.done.load(Relaxed)
    }

    fn kept(&self) -> u64 {
        0
    }

    fn has_span_cache(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_never_goes_back() {
        let counter = Counter::new(0);
        counter.items(3, 8);
        counter.items(2, 8);
        let seen = counter.snapshot();
        assert_eq!((seen.done, seen.total, seen.kept, counter.done()), (3, 8, 0, 3));
    }
}
