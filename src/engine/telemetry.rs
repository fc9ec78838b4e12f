//! What an engine measures: clocks, counters, the account of its buffers, and the run that began last.
//!
//! Workers add to their counters without a lock. Reading the memory of the process is a call of the system, so it is
//! read at most ten times a second, however often a snapshot is taken.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::telemetry::{
    Account, CacheUse, MemoryUse, PoolUse, Released, Run, Seconds, Stages, Stats, memory,
};
use crate::threads::lock;

/// How long a reading of the process' memory is used.
const FRESH: Duration = Duration::from_millis(100);

/// Clocks, counters and the run that began last.
#[derive(Debug)]
pub(crate) struct EngineTelemetry {
    pub(crate) stages: Arc<Stages>,
    /// The account of all pools of buffers.
    pub(crate) buffers: Arc<Account>,
    pub(crate) released: Mutex<Released>,
    /// Seconds of making the engine.
    seconds: Seconds,
    run: Mutex<Arc<Run>>,
    process: Mutex<Option<(Instant, Option<MemoryUse>)>>,
}

impl EngineTelemetry {
    /// Of an engine whose pools share `buffers` and whose art and recipe took `seconds`.
    pub(crate) fn new(buffers: Arc<Account>, seconds: Seconds) -> Self {
        let run = Run::begin(0, 0, CacheUse::default());
        run.end();
        Self {
            stages: Arc::default(),
            buffers,
            released: Mutex::default(),
            seconds,
            run: Mutex::new(Arc::new(run)),
            process: Mutex::default(),
        }
    }

    /// Begins a run of `total` items, `kept` of which exist already.
    pub(crate) fn begin_run(&self, total: u64, kept: u64, cache: CacheUse) -> Arc<Run> {
        let run = Arc::new(Run::begin(total, kept, cache));
        *lock(&self.run) = run.clone();
        run
    }

    /// The run that began last; an empty one before the first.
    pub(crate) fn run(&self) -> Arc<Run> {
        lock(&self.run).clone()
    }

    /// Memory of the process, read now or at most a tenth of a second ago.
    pub(crate) fn process_memory(&self, fresh: bool) -> Option<MemoryUse> {
        let mut last = lock(&self.process);
        match *last {
            Some((when, held)) if !fresh && when.elapsed() < FRESH => held,
            _ => {
                let held = memory::resident()
                    .map(|now| MemoryUse::new(now, memory::peak_memory_bytes().unwrap_or(now)));
                *last = Some((Instant::now(), held));
                held
            }
        }
    }

    /// Its part of the statistics.
    pub(crate) fn add_stats(&self, stats: &mut Stats) {
        stats.seconds.decode = self.seconds.decode;
        stats.seconds.recipe = self.seconds.recipe;
        stats.stages = self.stages.seconds();
        let (allocations, reuses) = self.buffers.counts();
        stats.pools = PoolUse { allocations, reuses };
        stats.released = *lock(&self.released);
        stats.memory.pools_peak = self.buffers.peak_bytes();
        stats.memory.process_peak = memory::peak_memory_bytes();
    }
}
