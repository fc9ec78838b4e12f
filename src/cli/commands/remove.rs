//! `remove`: a finished collection without some of its items.

use traitpress::selection::{self, Edits};

use crate::cli::edits::{EditArgs, Editions, Listed, Target, apply};
use crate::cli::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct RemoveArgs {
    #[command(flatten)]
    edit: EditArgs,
    /// The items to remove, e.g. 5,9 or 5-9
    #[arg(value_name = "ITEMS", required = true, num_args = 1.., value_parser = Editions::parse)]
    editions: Vec<Editions>,
    /// Renumber the other items without gaps. Without it, their numbers stay
    #[arg(long)]
    renumber: bool,
}

pub(crate) fn run(args: RemoveArgs) -> Result<(), Failure> {
    let RemoveArgs { edit, editions, renumber } = args;
    let editions = Editions::together(editions);
    let Some(target) = Target::open(edit)? else { return Ok(()) };
    if editions.len() >= target.plan.len() {
        let text = "this would remove all items; remove fewer, or delete the folder";
        return Err(Failure::Usage(format!("{}: {text}", target.out.display())));
    }
    let mut edits = Edits::default();
    (edits.drop, edits.renumber) = (editions.clone(), renumber);
    let after = selection::edit(&target.project, std::slice::from_ref(&target.plan), &edits, 0);
    apply(target, after, if renumber { Listed::Renumbered(&editions) } else { Listed::First })
}
