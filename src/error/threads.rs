//! Worker threads that could not be started.

use crate::error::explain::{Explain, Explanation};
use crate::error::remedy::Remedy;

/// The system did not start the worker threads.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
pub struct ThreadsError(#[from] pub rayon::ThreadPoolBuildError);

impl Explain for ThreadsError {
    fn explain(&self) -> Explanation<'_> {
        Explanation::usage(format!("cannot start the worker threads: {}", self.0))
            .remedy(Remedy::FewerThreads)
    }
}
