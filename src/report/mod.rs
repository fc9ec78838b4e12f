//! Watching a run: progress while it goes, statistics when it is done; and [`rarity`], what came out of it.
//!
//! An [`Observer`] is told of each item by the threads that work, and can stop the run. Whoever would rather look than be
//! told takes a [`Snapshot`] from any other thread with [`Engine::snapshot`](crate::press::Engine::snapshot), which costs
//! the run nothing. [`Setup`] is what is decided before the first item, [`Stats`] what came out.

mod cancel;
mod error;
pub(crate) mod kept;
mod page;
pub mod rarity;
mod run;
mod setup;
mod stages;
mod stats;
pub(crate) mod thumbnail;
mod uses;

use std::path::Path;

use crate::output::FinishedItem;

pub use crate::compositor::GpuStats;
pub use cancel::CancelToken;
pub use error::ReportError;
pub use page::PageOptions;
pub(crate) use run::Run;
pub use run::Snapshot;
pub use setup::Setup;
pub use stages::StageSeconds;
pub(crate) use stages::{Stage, Stages};
pub(crate) use stats::peak_memory_bytes;
pub use stats::{Distinct, MemoryBySystem, PoolUse, Seconds, Stats};
pub use uses::{CacheUse, EncoderUse, Held, HeldBySystem};

/// Is told how a run gets on, and asked whether it is to go on. Called from the threads that work, so it should return
/// quickly.
pub trait Observer: Sync {
    /// `done` of `total` items are written.
    fn items(&self, done: u64, total: u64) {
        let _ = (done, total);
    }

    /// Whether the run is to stop; asked between batches.
    fn is_cancelled(&self) -> bool {
        false
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

/// Both are told, and either can stop the run.
impl<A: Observer + ?Sized, B: Observer + ?Sized> Observer for (&A, &B) {
    fn items(&self, done: u64, total: u64) {
        self.0.items(done, total);
        self.1.items(done, total);
    }

    fn finished(&self, item: FinishedItem<'_>) {
        self.0.finished(item);
        self.1.finished(item);
    }

    fn preview(&self, path: &Path, edition: u32) {
        self.0.preview(path, edition);
        self.1.preview(path, edition);
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled() || self.1.is_cancelled()
    }
}
