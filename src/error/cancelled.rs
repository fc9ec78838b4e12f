//! A run that the caller stopped.

use crate::error::explain::{Explain, Explanation};
use crate::error::kind::ErrorKind;
use crate::error::remedy::Remedy;

/// The run was stopped by its caller. Every file that was written is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explain())]
pub struct Cancelled {
    /// Finished items, with those of an earlier run that this one continued.
    pub done: u64,
    /// Items of the whole run.
    pub total: u64,
}

impl Explain for Cancelled {
    fn explain(&self) -> Explanation<'_> {
        let Self { done, total } = self;
        Explanation::new(ErrorKind::Cancelled, format!("stopped: {done} of {total} items are complete"))
            .remedy(Remedy::Resume)
    }
}
