//! Faults brought about on purpose, so that every way out of one can be tested on a sound device.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::compositor::backend::{FaultKind, FaultPlan};

/// A plan of faults, and how far it has come.
#[derive(Debug, Default)]
pub(super) struct Faults {
    plan: FaultPlan,
    submissions: AtomicU64,
}

impl Faults {
    pub(super) fn new(plan: FaultPlan) -> Self {
        Self { plan, submissions: AtomicU64::new(0) }
    }

    /// Counts a submission and says what is to go wrong with it.
    pub(super) fn at_submission(&self) -> Option<FaultKind> {
        let number = self.submissions.fetch_add(1, Ordering::Relaxed) + 1;
        self.plan.faults.iter().find(|&&(_, at)| at == number).map(|&(kind, _)| kind)
    }

    /// Whether the self-check's `operation` is to come out wrong.
    pub(super) fn spoils(&self, operation: &str) -> bool {
        self.plan.wrong.as_deref().is_some_and(|wrong| operation.contains(wrong))
    }
}
