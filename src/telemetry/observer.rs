//! What watches a run while it goes on.

use std::path::Path;

use crate::telemetry::finished_item::FinishedItem;

/// Receives the progress of a run, and decides whether it continues. Called from the threads that work, so it should return
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

/// Both receive the progress, and either can stop the run.
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
