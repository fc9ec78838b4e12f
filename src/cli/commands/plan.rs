//! `plan`: choose the traits of every item, render nothing.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};

use traitpress::plan::Plan;
use traitpress::project::Project;
use traitpress::selection::{self, Edits, Every};

use crate::cli::failure::Failure;
use crate::cli::measure::thousands;
use crate::cli::print::errln;
use crate::cli::project::{self, choose, open};
use crate::cli::rarity;
use crate::cli::values::{items, seed};
use crate::cli::whole_file::{self, File};

#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    /// The project: a folder with layers/<Layer>/<Trait>#<weight>.png
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Where to write the plan [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Items to choose [default: the configuration's count, else 10]
    #[arg(long, value_name = "N", value_parser = items())]
    count: Option<u32>,
    /// The seed of the choice [default: the configuration's seed, else drawn and printed]
    #[arg(long, value_parser = seed())]
    seed: Option<u64>,
    /// Make every item that is possible
    #[arg(long, conflicts_with_all = ["count", "seed", "keep", "json"])]
    all: bool,
    /// Begin with the items of this plan; give it again to put plans together
    #[arg(long, value_name = "PLAN", conflicts_with = "count")]
    keep: Vec<PathBuf>,
    /// Add so many items behind the last
    #[arg(long, value_name = "N", requires = "keep", value_parser = items())]
    extend: Option<u32>,
    /// Choose these items anew, as in 17,230
    #[arg(long, value_name = "EDITIONS", requires = "keep", value_delimiter = ',')]
    reroll: Vec<u32>,
    /// Leave these items out
    #[arg(long, value_name = "EDITIONS", requires = "keep", value_delimiter = ',')]
    drop: Vec<u32>,
    /// Number all items anew, without holes
    #[arg(long, requires = "keep")]
    renumber: bool,
    /// Replace FILE if it is there
    #[arg(long)]
    force: bool,
    /// Print how often each trait was expected and chosen as JSON, not as a table
    #[arg(long, requires = "output")]
    json: bool,
}

pub(crate) fn run(args: &PlanArgs) -> Result<(), Failure> {
    let project = open(&args.project)?;
    if let Some(file) = &args.output {
        whole_file::refuse_taken(file, "--output", args.force)?;
    }
    if args.all {
        return every(&project, args.output.as_deref());
    }
    let (plan, effort) = match &args.keep[..] {
        [] => choose(&project, args.count, args.seed).map(|(plan, effort)| (plan, Some(effort)))?,
        files => (edit(&project, files, args)?, None),
    };
    match &args.output {
        Some(file) => {
            write(file, |out| plan.write(&project, out))?;
            let drawn = (plan.len() - plan.count_ones()) as u32;
            let shares = selection::shares(&project, drawn)?;
            match args.json {
                true => rarity::print_plan_json(&project, &shares, &plan, effort),
                false => rarity::print_plan(&project, &shares, &plan),
            }
            if let (Some(effort), false) = (effort, args.json) {
                rarity::print_effort(&effort);
            }
            errln!(
                "{} items written to {}; `traitpress generate --plan` makes them",
                plan.len(),
                file.display()
            );
        }
        None => to_stdout(|out| plan.write(&project, out))?,
    }
    Ok(())
}

/// Writes every item that is possible.
fn every(project: &Project, file: Option<&Path>) -> Result<(), Failure> {
    let every = Every::new(project)?;
    match file {
        Some(file) => {
            let count = write(file, |out| every.write(out))?;
            errln!("{} items written to {}", thousands(count), file.display());
        }
        None => to_stdout(|out| every.write(out).map(|_| ()))?,
    }
    Ok(())
}

/// Writes a plan to standard output.
fn to_stdout(write: impl FnOnce(&mut BufWriter<StdoutLock<'_>>) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        // Whoever reads the plan has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|e| {
            Failure::Other(format!(
                "standard output: cannot write the plan: {e}; make room or name another --output"
            ))
        }),
    }
}

/// Makes a plan of others.
fn edit(project: &Project, files: &[PathBuf], args: &PlanArgs) -> Result<Plan, Failure> {
    let plans: Result<Vec<Plan>, _> =
        files.iter().map(|file| Plan::read_to_edit(file, project, None)).collect();
    let mut edits = Edits::default();
    edits.drop.clone_from(&args.drop);
    edits.reroll.clone_from(&args.reroll);
    edits.extend = args.extend.unwrap_or(0);
    edits.renumber = args.renumber;
    let is_random = edits.extend > 0 || !edits.reroll.is_empty();
    let seed = if is_random { project::seed(project, args.seed)? } else { 0 };
    Ok(selection::edit(project, &plans?, &edits, seed)?)
}

/// Writes a plan under a temporary name beside `file`, then renames it.
fn write<T>(file: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>) -> Result<T, Failure> {
    whole_file::write(file, "plan", |out| Ok(write(out)?))
}
