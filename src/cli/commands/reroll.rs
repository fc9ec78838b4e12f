//! `reroll`: other items for some of a finished collection.

use traitpress::project::Project;
use traitpress::selection::{self, Rerolls};

use crate::cli::edits::{EditArgs, Editions, Listed, Target, apply};
use crate::cli::failure::Failure;
use crate::cli::values::seed;

#[derive(Debug, clap::Args)]
pub(crate) struct RerollArgs {
    #[command(flatten)]
    edit: EditArgs,
    /// The items to choose again, e.g. 17,230 or 5-9
    #[arg(value_name = "ITEMS", required = true, num_args = 1.., value_parser = Editions::parse)]
    editions: Vec<Editions>,
    /// Keep the traits of these layers, e.g. Hat,Background
    #[arg(long, value_name = "LAYERS", value_delimiter = ',')]
    lock: Vec<String>,
    /// Change no other item. Without it, exact numbers can require a trade of traits with another item
    #[arg(long)]
    only: bool,
    /// Seed of the selection [default: derived from the plan and ITEMS, so the same command selects the same items]
    #[arg(long, value_parser = seed())]
    seed: Option<u64>,
}

pub(crate) fn run(args: RerollArgs) -> Result<(), Failure> {
    let RerollArgs { edit, editions, lock, only, seed } = args;
    let editions = Editions::together(editions);
    let Some(target) = Target::open(edit)? else { return Ok(()) };
    let mut rerolls = Rerolls::default();
    rerolls.lock = lock.iter().map(|name| layer(&target.project, name)).collect::<Result<_, _>>()?;
    let seed = target.seed(seed, "reroll", &editions);
    (rerolls.editions, rerolls.only) = (editions, only);
    let after = selection::reroll(&target.project, &target.plan, &rerolls, seed);
    apply(target, after, Listed::All)
}

/// The layer of this name, however its letters are written.
fn layer(project: &Project, name: &str) -> Result<usize, Failure> {
    let wanted = name.trim().to_lowercase();
    let of = |layer: &str| layer.to_lowercase() == wanted;
    project.layers.iter().position(|layer| layer.name == name.trim() || of(&layer.name)).ok_or_else(|| {
        let names: Vec<&str> = project.layers.iter().map(|layer| layer.name.as_str()).collect();
        Failure::Usage(format!("--lock {name}: there is no such layer; the layers are {}", names.join(", ")))
    })
}
