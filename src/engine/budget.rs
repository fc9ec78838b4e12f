//! The memory budget of an engine: what is released while it works, and when.
//!
//! A clean-up runs every so many items, and more often while a budget is more than four fifths used. It releases buffers
//! that were idle since the last clean-up, temporary files that no write will finish, and spans of the cache that are
//! neither used lately nor needed soon. When memory runs short, batches halve, and the span cache halves what it holds.
//! None of it changes a byte of a picture.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::art::ArtStore;
use crate::engine::caches::Caches;
use crate::engine::shared::Membership;
use crate::engine::telemetry::EngineTelemetry;
use crate::engine::upcoming::Upcoming;
use crate::telemetry::{CacheUse, HeldBySystem, MemoryUse, Stats, memory};
use crate::threads::lock;

/// Items between two clean-ups while a budget is more than four fifths used.
const CLEANUP_WHEN_TIGHT: usize = 8;

/// The memory of the process is looked at no more often than this: that reads half a dozen files of the system, which was 2 %
/// of the time of small pictures when it was done for each batch.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What holds memory, and releases it.
#[derive(Debug)]
pub(crate) struct MemoryBudget {
    art: Arc<ArtStore>,
    /// Bytes of art that are always held.
    shape_bytes: u64,
    caches: Caches,
    telemetry: Arc<EngineTelemetry>,
    /// The part of a budget that several engines share.
    membership: Option<Arc<Membership>>,
    /// The schedule of single pictures; a run has its own.
    schedule: Mutex<CleanUpSchedule>,
    /// When the memory of the process was looked at last.
    looked: Mutex<Option<Instant>>,
}

impl MemoryBudget {
    /// Over the memory of these parts; `cleanup_every` items lie between two clean-ups.
    pub(crate) fn new(
        art: Arc<ArtStore>,
        caches: Caches,
        telemetry: Arc<EngineTelemetry>,
        cleanup_every: usize,
    ) -> Self {
        let shape_bytes = art.shape_bytes();
        let schedule = Mutex::new(CleanUpSchedule::new(cleanup_every));
        Self { art, shape_bytes, caches, telemetry, membership: None, schedule, looked: Mutex::new(None) }
    }

    /// The same as part of a budget that several engines share.
    pub(crate) fn with_membership(self, membership: Option<Arc<Membership>>) -> Self {
        Self { membership, ..self }
    }

    /// That part.
    pub(crate) fn membership(&self) -> Option<&Arc<Membership>> {
        self.membership.as_ref()
    }

    /// The span caches.
    pub(crate) fn caches(&self) -> &Caches {
        &self.caches
    }

    /// Whether the budget of the span cache or of the traits is more than four fifths used.
    pub(crate) fn is_nearly_used(&self) -> bool {
        let traits = self.art.pressure();
        self.caches.is_nearly_used() || traits.is_some_and(|(held, budget)| held > budget / 5 * 4)
    }

    /// Counts a single picture, and releases what is due.
    pub(crate) fn after_picture(&self) {
        if let Some(membership) = &self.membership {
            membership.after_picture();
        }
        if lock(&self.schedule).is_due(1, self.is_nearly_used()) {
            self.make_room_if_short();
            self.clean_up(None, 0);
        }
    }

    /// Releases spans without a use and idle buffers; `files` temporary files were removed just before.
    pub(crate) fn clean_up(&self, upcoming: Option<Upcoming<'_>>, files: u64) {
        let spans = self.caches.drop_dead(upcoming);
        let buffers = self.telemetry.buffers.release_idle();
        let mut released = lock(&self.telemetry.released);
        released.cleanups += 1;
        released.spans += spans;
        released.buffers += buffers;
        released.files += files;
    }

    /// Releases memory if the process runs short of it, as far as it was looked at just now; whether it does.
    pub(crate) fn make_room_if_short(&self) -> bool {
        let now = Instant::now();
        let mut looked = lock(&self.looked);
        if looked.is_some_and(|before| now.duration_since(before) < LOOK_EVERY) {
            return false;
        }
        *looked = Some(now);
        drop(looked);
        let short = memory::is_short();
        if short {
            self.make_room();
        }
        short
    }

    /// Halves the span cache and releases idle buffers.
    pub(crate) fn make_room(&self) {
        self.caches.shrink();
        self.telemetry.buffers.release_idle();
        lock(&self.telemetry.released).shortages += 1;
    }

    /// Releases everything that is kept for later items.
    pub(crate) fn release_all(&self) {
        self.caches.clear();
        // A buffer that is idle at one release goes at the next.
        for _ in 0..2 {
            self.telemetry.buffers.release_idle();
        }
    }

    /// A run begins: its plan is what comes next, and all of the budgets may be used again.
    pub(crate) fn begin_run(&self) {
        self.caches.begin();
    }

    /// Bytes that kept spans may take.
    pub(crate) fn span_budget(&self) -> u64 {
        self.caches.budget()
    }

    /// What the span cache did and holds.
    pub(crate) fn cache_use(&self) -> CacheUse {
        self.caches.usage()
    }

    /// Adds what the span cache did to the statistics.
    pub(crate) fn add_stats(&self, stats: &mut Stats) {
        let cache = self.cache_use();
        (stats.spans_pressed, stats.evictions) = (cache.misses, cache.evictions);
        (stats.span_cache, stats.memory.span_cache_peak) = (cache, cache.peak_bytes);
    }

    /// Memory use by system, `textures` bytes of it on a graphics card; `fresh` reads the memory of the process now,
    /// however short ago it was read.
    pub(crate) fn held(&self, textures: Option<u64>, fresh: bool) -> HeldBySystem {
        let (now, peak) = self.art.held_bytes();
        let shape = self.shape_bytes;
        let cache = self.cache_use();
        let buffers = &self.telemetry.buffers;
        HeldBySystem {
            art: MemoryUse::new(shape + now, shape + peak),
            span_cache: MemoryUse::new(cache.bytes, cache.peak_bytes),
            pools: MemoryUse::new(buffers.bytes(), buffers.peak_bytes()),
            textures: textures.map(|bytes| MemoryUse::new(bytes, bytes)),
            process: self.telemetry.process_memory(fresh),
        }
    }
}

/// When to clean up next.
#[derive(Debug)]
pub(crate) struct CleanUpSchedule {
    every: usize,
    since: usize,
}

impl CleanUpSchedule {
    /// With `every` items between two clean-ups.
    pub(crate) fn new(every: usize) -> Self {
        Self { every, since: 0 }
    }

    /// Whether it is time, after `items` more; `tight` says that a budget is nearly used.
    pub(crate) fn is_due(&mut self, items: usize, tight: bool) -> bool {
        self.since += items;
        let every = if tight { self.every.min(CLEANUP_WHEN_TIGHT) } else { self.every };
        let due = self.since >= every;
        if due {
            self.since = 0;
        }
        due
    }
}
