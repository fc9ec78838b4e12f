//! Watching a run: progress while it goes, statistics when it is done.
//!
//! An [`Observer`] is told of each item by the threads that work. Whoever would rather look than be told takes a
//! [`Snapshot`] from any other thread with [`Engine::snapshot`](crate::press::Engine::snapshot), which costs the run
//! nothing. [`Setup`] is what is decided before the first item, [`Stats`] what came out.

mod run;
mod setup;
mod stages;
mod stats;
mod uses;

pub use crate::compositor::GpuStats;
pub(crate) use run::Run;
pub use run::Snapshot;
pub use setup::Setup;
pub use stages::StageSeconds;
pub(crate) use stages::{Stage, Stages};
pub(crate) use stats::peak_memory_bytes;
pub use stats::{Distinct, MemoryBySystem, PoolUse, Seconds, Stats};
pub use uses::{CacheUse, EncoderUse, Held, HeldBySystem};

/// Is told how a run gets on. Called from the threads that work, so it should return quickly.
pub trait Observer: Sync {
    /// `done` of `total` items are written.
    fn items(&self, done: u64, total: u64) {
        let _ = (done, total);
    }
}

/// Watches nothing.
impl Observer for () {}
