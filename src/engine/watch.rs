//! Looking at an engine from another thread while it works.
//!
//! What the workers count themselves is read without a lock. The span cache's is taken for as long as it takes to
//! copy some numbers. What the process holds costs a call of the system, so it is asked for at most ten times a
//! second, however often somebody looks.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::engine::facade::Engine;
use crate::engine::options::PressOptions;
use crate::engine::predict::LOOK_AHEAD;
use crate::engine::prefetch::PrefetchSource;
use crate::engine::setup::Setup;
use crate::telemetry::{CacheUse, HeldBySystem, MemoryUse, Run, Snapshot, memory};
use crate::threads::lock;

/// How long the system's answer is good for.
const FRESH: Duration = Duration::from_millis(100);

/// What is there to be looked at.
#[derive(Debug)]
pub(crate) struct Watch {
    /// The run that began last.
    run: Mutex<Arc<Run>>,
    process: Mutex<Option<(Instant, Option<MemoryUse>)>>,
    /// Bytes of art that are always held.
    shape: u64,
}

impl Watch {
    /// `shape` bytes of art are always held.
    pub(crate) fn new(shape: u64) -> Self {
        let run = Run::begin(0, 0, CacheUse::default());
        run.end();
        Self { run: Mutex::new(Arc::new(run)), process: Mutex::default(), shape }
    }

    fn process(&self, fresh: bool) -> Option<MemoryUse> {
        let mut asked = lock(&self.process);
        match *asked {
            Some((when, held)) if !fresh && when.elapsed() < FRESH => held,
            _ => {
                let held = memory::resident()
                    .map(|now| MemoryUse::new(now, memory::peak_memory_bytes().unwrap_or(now)));
                *asked = Some((Instant::now(), held));
                held
            }
        }
    }
}

impl Engine {
    /// Where the run stands that began last, or how it ended; all zeros before the first. Where several run at a
    /// time on this engine, the span cache's numbers are those of all of them.
    ///
    /// It takes some microseconds, and may be called from any thread while others press; what the process holds is
    /// up to a tenth of a second old.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let run = lock(&self.watch.run).clone();
        // The lock is given back before `held` takes it again.
        let cache = self.cache().usage();
        run.snapshot(cache, self.held(false))
    }

    /// Items that are there of the run that began last, without a look at anything else.
    #[must_use]
    pub fn items_done(&self) -> u64 {
        let run = lock(&self.watch.run);
        run.kept + run.items.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Items of that run that an earlier one had made.
    #[must_use]
    pub fn items_kept(&self) -> u64 {
        lock(&self.watch.run).kept
    }

    /// How it is going to work: what is decided before the first item.
    #[must_use]
    pub fn setup(&self) -> Setup {
        let options = self.options();
        let (predictor, window) = match options.prefetch {
            _ if !self.wants_forecast() => ("none", None),
            PrefetchSource::Plan => ("plan", Some(LOOK_AHEAD.get())),
            PrefetchSource::History => ("history", Some(self.project().predict.window)),
        };
        let stats = self.stats();
        Setup {
            backend: stats.backend,
            threads: stats.threads,
            cache_budget: stats.span_cache.budget,
            encoder: stats.encoder,
            recipe: self.recipe_summary(),
            effort: options.effort,
            batch: options.batch,
            encode_batch: options.encode_batch_size(),
            predictor: predictor.to_owned(),
            window,
            pools: options.reuse.pools,
            target_budget: stats.gpu.map(|_| options.pool_memory.unwrap_or(PressOptions::POOL_MEMORY)),
        }
    }

    /// A run begins that is to have so many items in the end, `kept` of them already.
    pub(crate) fn begin_run(&self, total: u64, kept: u64) -> Arc<Run> {
        let run = Arc::new(Run::begin(total, kept, self.cache().usage()));
        *lock(&self.watch.run) = run.clone();
        run
    }

    /// Who holds how much memory; `fresh` asks the system whatever it said before.
    pub(crate) fn held(&self, fresh: bool) -> HeldBySystem {
        let (now, peak) = self.traits.held_bytes();
        let shape = self.watch.shape;
        let cache = self.cache().usage();
        let gpu = self.gpu_stats();
        let textures = gpu.map(|gpu| gpu.texture_bytes + gpu.pool_bytes);
        HeldBySystem {
            art: MemoryUse::new(shape + now, shape + peak),
            span_cache: MemoryUse::new(cache.bytes, cache.peak_bytes),
            pools: MemoryUse::new(self.buffers().bytes(), self.buffers().peak_bytes()),
            textures: textures.map(|bytes| MemoryUse::new(bytes, bytes)),
            process: self.watch.process(fresh),
        }
    }
}
