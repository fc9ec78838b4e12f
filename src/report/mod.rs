//! Watching a run: progress while it goes, statistics when it is done; and [`rarity`], what came out of it.

mod error;
pub mod rarity;
mod stages;
mod stats;

use std::path::Path;

use crate::output::FinishedItem;

pub use crate::compositor::GpuStats;
pub use error::ReportError;
pub use stages::StageSeconds;
pub(crate) use stages::{Stage, Stages};
pub(crate) use stats::peak_memory_bytes;
pub use stats::{Distinct, MemoryBySystem, PoolUse, Seconds, Stats};

/// Is told how a run gets on. Called from the threads that work, so it should return quickly.
pub trait Observer: Sync {
    /// `done` of `total` items are written.
    fn items(&self, done: u64, total: u64) {
        let _ = (done, total);
    }

    /// An item was made, and the sink has taken it.
    fn finished(&self, item: FinishedItem<'_>) {
        let _ = item;
    }

    /// A thumbnail of an item was written to `path`.
    fn preview(&self, path: &Path, edition: u32) {
        let _ = (path, edition);
    }
}

/// Watches nothing.
impl Observer for () {}
