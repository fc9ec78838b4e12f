//! A run under way: what the workers count, and what another thread may look at meanwhile.
//!
//! The workers add to a few atomic numbers, once an item, and readers load them. No thread waits for another,
//! so a run that is watched is as fast as one that is not.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::telemetry::uses::{CacheUse, HeldBySystem};

/// The numbers of one run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) total: u64,
    /// Items of an earlier run, which `total` counts and `items` does not.
    pub(crate) kept: u64,
    /// Items written.
    pub(crate) items: AtomicU64,
    /// Bytes of their pictures.
    pub(crate) bytes: AtomicU64,
    /// Groups of pictures that were joined and written together.
    pub(crate) batches: AtomicU64,
    start: Instant,
    took: OnceLock<Duration>,
    /// What the span cache had done before.
    before: CacheUse,
}

impl Run {
    pub(crate) fn begin(total: u64, kept: u64, before: CacheUse) -> Self {
        let zero = AtomicU64::default;
        Self {
            total,
            kept,
            items: zero(),
            bytes: zero(),
            batches: zero(),
            start: Instant::now(),
            took: OnceLock::new(),
            before,
        }
    }

    /// No more will be counted.
    pub(crate) fn end(&self) {
        let _ = self.took.set(self.start.elapsed());
    }

    /// Its progress; `cache` holds the totals of the span cache.
    pub(crate) fn snapshot(&self, cache: CacheUse, memory: HeldBySystem) -> Snapshot {
        let took = self.took.get().copied().unwrap_or_else(|| self.start.elapsed());
        Snapshot {
            done: self.kept + self.items.load(Relaxed),
            kept: self.kept,
            total: self.total,
            bytes: self.bytes.load(Relaxed),
            seconds: took.as_secs_f64(),
            span_cache: cache.since(&self.before),
            memory,
        }
    }
}

/// The progress of a run, for bars, lines and logs.
///
/// Numbers are read one after the other while the workers go on, so one may be an item ahead of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Snapshot {
    /// Items that are there; never less than in a snapshot before it.
    pub done: u64,
    /// Of these, items that an earlier run had made.
    pub kept: u64,
    /// Items there are to be in the end.
    pub total: u64,
    /// Bytes of the pictures written.
    pub bytes: u64,
    /// Seconds since the run began, or that it took.
    pub seconds: f64,
    /// What the span cache did for this run, and what it holds.
    pub span_cache: CacheUse,
    /// Who holds how much memory.
    pub memory: HeldBySystem,
}

impl Snapshot {
    /// Items a second since the run began; 0 before the first, and where no time was measured.
    #[must_use]
    pub fn items_per_second(&self) -> f64 {
        let made = self.done.saturating_sub(self.kept);
        if self.seconds > 0.0 { made as f64 / self.seconds } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_counts_from_where_it_began() {
        let before = CacheUse { hits: 10, misses: 4, evictions: 1, ..CacheUse::default() };
        let run = Run::begin(7, 4, before);
        run.items.fetch_add(2, Relaxed);
        run.bytes.fetch_add(500, Relaxed);
        let now = CacheUse { hits: 16, misses: 6, evictions: 1, entries: 5, bytes: 99, ..before };
        let seen = run.snapshot(now, HeldBySystem::default());
        assert_eq!((seen.done, seen.kept, seen.total, seen.bytes), (6, 4, 7, 500));
        let cache = seen.span_cache;
        assert_eq!((cache.hits, cache.misses, cache.evictions, cache.entries, cache.bytes), (6, 2, 0, 5, 99));
        assert_eq!(cache.hit_rate(), Some(0.75));
        assert!(seen.items_per_second() > 0.0);
        run.end();
        let took = run.snapshot(now, HeldBySystem::default()).seconds;
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(run.snapshot(now, HeldBySystem::default()).seconds, took, "it is over");
    }
}
