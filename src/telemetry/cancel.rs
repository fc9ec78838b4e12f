//! Stopping a run from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::telemetry::observer::Observer;

/// Stops runs that watch it. Clones are the same token.
///
/// A run that is stopped finishes the pictures that are on their way, releases the engine's caches and its temporary
/// files, and ends with [`Cancelled`](crate::error::Cancelled); the threads are the engine's and end with it.
///
/// ```
/// use traitpress::telemetry::{CancelToken, Observer};
///
/// let token = CancelToken::new();
/// let watched = (&token, &());
/// assert!(!watched.is_cancelled());
/// token.cancel();
/// assert!(watched.is_cancelled());
/// ```
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that stops nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops what watches this token; there is no way back.
    pub fn cancel(&self) {
        self.0.store(true, Relaxed);
    }
}

/// For what can set a flag and nothing else, as a signal's handler.
impl From<Arc<AtomicBool>> for CancelToken {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

impl Observer for CancelToken {
    fn is_cancelled(&self) -> bool {
        self.0.load(Relaxed)
    }
}
