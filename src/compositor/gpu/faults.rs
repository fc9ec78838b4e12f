//! Faults brought about on purpose, so that every way out of one can be tested on a sound device.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::compositor::backend::{FaultKind, FaultPlan, GpuStages};

/// A plan of faults, and how far it has come.
#[derive(Debug, Default)]
pub(super) struct Faults {
    plan: FaultPlan,
    submissions: AtomicU64,
    /// Those that have work of each stage.
    of_stages: [AtomicU64; 3],
}

impl Faults {
    pub(super) fn new(plan: FaultPlan) -> Self {
        Self { plan, ..Self::default() }
    }

    /// Counts a submission that has work of these stages and says what is to go wrong with it.
    pub(super) fn at_submission(&self, stages: &[GpuStages]) -> Option<FaultKind> {
        let next = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed) + 1;
        let number = next(&self.submissions);
        let of_stages: Vec<(GpuStages, u64)> =
            stages.iter().map(|&stage| (stage, next(&self.of_stages[stage as usize]))).collect();
        let is_now = |&&(_, stage, at): &&(FaultKind, Option<GpuStages>, u64)| match stage {
            None => at == number,
            Some(stage) => of_stages.contains(&(stage, at)),
        };
        self.plan.faults.iter().find(is_now).map(|&(kind, ..)| kind)
    }

    /// Whether the self-check's `operation` is to come out wrong.
    pub(super) fn spoils(&self, operation: &str) -> bool {
        self.plan.wrong.as_deref().is_some_and(|wrong| operation.contains(wrong))
    }

    /// Whether the kernel of this name is to have no steps left when it begins.
    pub(super) fn exhausts(&self, kernel: &str) -> bool {
        self.plan.exhausted.iter().any(|name| name == kernel)
    }
}
