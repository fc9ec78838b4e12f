//! `extend`: more items for a finished collection.

use traitpress::plan::Plan;
use traitpress::selection::{self, Choose, Edits, SelectionError};

use crate::cli::edits::{EditArgs, Listed, Target, apply};
use crate::cli::failure::Failure;
use crate::cli::values::{items, seed};

#[derive(Debug, clap::Args)]
pub(crate) struct ExtendArgs {
    #[command(flatten)]
    edit: EditArgs,
    /// The number of items to add after the last
    #[arg(long, value_name = "N", value_parser = items())]
    by: u32,
    /// Seed of the selection [default: the collection's, so the result is as if made in one run]
    #[arg(long, value_parser = seed())]
    seed: Option<u64>,
}

pub(crate) fn run(args: ExtendArgs) -> Result<(), Failure> {
    let ExtendArgs { edit, by, seed } = args;
    let Some(target) = Target::open(edit)? else { return Ok(()) };
    let after = match as_at_once(&target, by).filter(|_| seed.is_none()) {
        Some(plan) => Ok(plan),
        None => added(&target, by, seed),
    };
    apply(target, after, Listed::First)
}

/// The plan that the collection's own seed gives for so many items more, if it begins with the items that there are.
fn as_at_once(target: &Target, by: u32) -> Option<Plan> {
    let count = u32::try_from(target.plan.len()).ok()?.checked_add(by)?;
    let plan = Choose::new(count).with_seed(target.run.seed?).from(&target.project).ok()?;
    let before = plan.first(count - by);
    (before.digest(&target.project) == target.run.plan).then_some(plan)
}

/// The items that there are, and others after them.
fn added(target: &Target, by: u32, seed: Option<u64>) -> Result<Plan, SelectionError> {
    let mut edits = Edits::default();
    edits.extend = by;
    let seed = target.seed(seed, "extend", &[by]);
    selection::edit(&target.project, std::slice::from_ref(&target.plan), &edits, seed)
}
