//! What takes finished items.

use crate::error::{Error, Explain, Explanation};
use crate::telemetry::FinishedItem;

/// Why a sink could not take an item.
///
/// The sinks of this library box an [`Error`]. It comes back from the engine as it is; any other error as the text of a
/// [`SinkFailed`].
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// A sink of the caller's refused an item, with an error of its own.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SinkFailed(#[source] pub SinkError);

impl Explain for SinkFailed {
    fn explain(&self) -> Explanation<'_> {
        Explanation::io(self.0.to_string())
    }
}

/// The error of a sink as one of the library.
pub(crate) fn sink_failed(error: SinkError) -> Error {
    match error.downcast() {
        Ok(error) => *error,
        Err(error) => SinkFailed(error).into(),
    }
}

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
