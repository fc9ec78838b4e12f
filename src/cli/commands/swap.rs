//! `swap`: two items of a finished collection change places.

use traitpress::selection::{self, Edits};

use crate::cli::edits::{EditArgs, Editions, Listed, Target, apply};
use crate::cli::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct SwapArgs {
    #[command(flatten)]
    edit: EditArgs,
    /// The two items to exchange, e.g. 5,9
    #[arg(value_name = "ITEMS", required = true, num_args = 1.., value_parser = Editions::parse)]
    editions: Vec<Editions>,
}

pub(crate) fn run(args: SwapArgs) -> Result<(), Failure> {
    let SwapArgs { edit, editions } = args;
    let editions = Editions::together(editions);
    let [a, b] = editions[..] else {
        let count = editions.len();
        return Err(Failure::Usage(format!(
            "swap takes two different items and was given {count}; write 5,9"
        )));
    };
    let Some(target) = Target::open(edit)? else { return Ok(()) };
    let mut edits = Edits::default();
    edits.swap = vec![[a, b]];
    let after = selection::edit(&target.project, std::slice::from_ref(&target.plan), &edits, 0);
    apply(target, after, Listed::All)
}
