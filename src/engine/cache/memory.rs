//! How much memory the spans of a cache take, and how much they may: counted by all of its tile rows together.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Above this share of what may be held, in fifths, memory is nearly used up.
const TIGHT: u64 = 4;

/// Bytes of a cache.
#[derive(Debug)]
pub(crate) struct CacheMemory {
    budget: AtomicU64,
    /// The budget, or less while memory is short.
    limit: AtomicU64,
    bytes: AtomicU64,
    peak: AtomicU64,
}

impl CacheMemory {
    /// For so many bytes.
    pub(crate) fn new(budget: u64) -> Self {
        let [bytes, peak] = [0, 0].map(AtomicU64::new);
        Self { budget: AtomicU64::new(budget), limit: AtomicU64::new(budget), bytes, peak }
    }

    /// Bytes that may be held.
    pub(crate) fn budget(&self) -> u64 {
        self.budget.load(Relaxed)
    }

    /// Changes how many bytes may be held.
    pub(crate) fn set_budget(&self, bytes: u64) {
        self.budget.store(bytes, Relaxed);
        self.limit.store(bytes, Relaxed);
    }

    /// Bytes that may be held now.
    pub(crate) fn limit(&self) -> u64 {
        self.limit.load(Relaxed)
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// The most that was held.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }

    pub(crate) fn set_limit(&self, bytes: u64) {
        self.limit.store(bytes, Relaxed);
    }

    pub(crate) fn add(&self, bytes: u64) {
        let now = self.bytes.fetch_add(bytes, Relaxed) + bytes;
        self.peak.fetch_max(now, Relaxed);
    }

    pub(crate) fn remove(&self, bytes: u64) {
        self.bytes.fetch_sub(bytes, Relaxed);
    }

    /// Bytes above which memory is nearly used up.
    fn tight(&self) -> u64 {
        self.limit() / 5 * TIGHT
    }

    /// Whether more is held than may be.
    pub(crate) fn is_over(&self) -> bool {
        self.bytes() > self.limit()
    }

    /// Whether nearly as much is held as may be.
    pub(crate) fn is_tight(&self) -> bool {
        self.bytes() > self.tight()
    }

    /// Bytes that can be added before that.
    pub(crate) fn room(&self) -> u64 {
        self.tight().saturating_sub(self.bytes())
    }
}
