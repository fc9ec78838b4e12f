//! What takes finished items.

use crate::telemetry::FinishedItem;

/// Why a sink could not take an item.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Takes finished items: a folder, or whatever the caller makes of them.
pub trait Sink: Sync {
    /// Takes one item. Called from several threads at once, items nearly but not strictly in the plan's order.
    ///
    /// # Errors
    /// Whatever keeps the item from being taken; the run stops with it.
    fn write(&self, item: FinishedItem<'_>) -> Result<(), SinkError>;

    /// Removes what stopped writes may have left behind, and says how many files that were. Called now and then,
    /// while items are taken.
    fn clean_up(&self) -> u64 {
        0
    }

    /// Whether so much has come before its turn that no more should be made until everything on its way is here. Asked
    /// before each group of items, so it should return quickly.
    fn is_behind(&self) -> bool {
        false
    }
}

/// A closure takes items too.
impl<F: Fn(FinishedItem<'_>) -> Result<(), SinkError> + Sync> Sink for F {
    fn write(&self, item: FinishedItem<'_>) -> Result<(), SinkError> {
        self(item)
    }
}
