//! `plan`: choose the traits of every item, render nothing.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};

use traitpress::plan::{Plan, PlanRows};
use traitpress::project::Project;
use traitpress::selection::{self, Edits, Every};
use traitpress::store::{Fetched, StoreAddress, put_file};

use crate::cli::addresses::{fetch_project, temporary_file};
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::counted;
use crate::cli::print::{self, errln};
use crate::cli::project::{self, choose, open};
use crate::cli::rarity;
use crate::cli::values::{items, seed};
use crate::cli::whole_file::{self, File};

#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    /// The project: a folder with layers/<Layer>/<Trait>#<weight>.png, or its address in a store
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Where to write the plan; .tpl is a form for shards, which read their rows alone. A store takes it
    /// as well: s3://bucket/plan.tpl [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Items to choose [default: the configuration's count, else 10]
    #[arg(long, value_name = "N", value_parser = items())]
    count: Option<u32>,
    /// Seed of the selection [default: the configuration's seed, else random and printed]
    #[arg(long, value_parser = seed())]
    seed: Option<u64>,
    /// Write every possible item
    #[arg(long, conflicts_with_all = ["count", "seed", "keep", "json"])]
    all: bool,
    /// Start with the items of this plan; repeat the option to combine plans
    #[arg(long, value_name = "PLAN", conflicts_with = "count")]
    keep: Vec<PathBuf>,
    /// Add N items after the last
    #[arg(long, value_name = "N", requires = "keep", value_parser = items())]
    extend: Option<u32>,
    /// Choose these items again, e.g. 17,230
    #[arg(long, value_name = "ITEMS", requires = "keep", value_delimiter = ',')]
    reroll: Vec<u32>,
    /// Remove these items
    #[arg(long, alias = "drop", value_name = "ITEMS", requires = "keep", value_delimiter = ',')]
    remove: Vec<u32>,
    /// Number all items from the start, without gaps
    #[arg(long, requires = "keep")]
    renumber: bool,
    /// Replace FILE if it exists
    #[arg(long)]
    force: bool,
    /// Print the expected and chosen counts of each trait as JSON instead of a table
    #[arg(long, requires = "output")]
    json: bool,
}

/// A plan to write: the project is open, the file can be written, and each argument has its place.
struct PlanJob {
    project: Project,
    /// The copy of a project in a store.
    _fetched: Option<Fetched>,
    force: bool,
    /// `None` is standard output.
    file: Option<PathBuf>,
    items: Items,
    /// Whether the table of expected and chosen counts is printed as JSON.
    json: bool,
}

/// The items of a plan.
enum Items {
    /// All that are possible.
    Every,
    /// Chosen.
    Chosen { count: Option<u32>, seed: Option<u64> },
    /// Those of other plans, edited.
    Edited { plans: Vec<PathBuf>, edits: Edits, seed: Option<u64> },
}

impl TryFrom<PlanArgs> for PlanJob {
    type Error = Failure;

    fn try_from(mut args: PlanArgs) -> Result<Self, Failure> {
        let fetched = match StoreAddress::is_one(&args.project) {
            true => fetch_project(&mut args.project, &Interrupt::watch()?)?,
            false => None,
        };
        let project = open(&args.project)?;
        if let Some(file) = args.output.as_deref().filter(|file| !StoreAddress::is_one(file)) {
            whole_file::refuse_taken(file, "--output", args.force)?;
        }
        if args.all && args.output.as_deref().is_some_and(PlanRows::is_named) {
            return Err(Failure::Usage(
                "--all: a plan of rows has chosen items; give a name that ends in .json".to_owned(),
            ));
        }
        let items = if args.all {
            Items::Every
        } else if args.keep.is_empty() {
            Items::Chosen { count: args.count, seed: args.seed }
        } else {
            let mut edits = Edits::default();
            edits.drop = args.remove;
            edits.reroll = args.reroll;
            edits.extend = args.extend.unwrap_or(0);
            edits.renumber = args.renumber;
            Items::Edited { plans: args.keep, edits, seed: args.seed }
        };
        Ok(Self { project, _fetched: fetched, force: args.force, file: args.output, items, json: args.json })
    }
}

pub(crate) fn run(args: PlanArgs) -> Result<(), Failure> {
    PlanJob::try_from(args)?.run()
}

impl PlanJob {
    fn run(self) -> Result<(), Failure> {
        let Self { project, _fetched, force, file, items, json } = self;
        let (plan, effort) = match items {
            Items::Every => return every(&project, file.as_deref(), force),
            Items::Chosen { count, seed } => {
                choose(&project, count, seed).map(|(plan, effort)| (plan, Some(effort)))?
            }
            Items::Edited { plans, edits, seed } => (edit(&project, &plans, &edits, seed)?, None),
        };
        let Some(file) = file else { return to_stdout(|out| plan.write(&project, out)) };
        match PlanRows::is_named(&file) {
            true => {
                plan.check_rows()?;
                write(&file, force, |out| plan.write_rows(&project, out))?;
            }
            false => write(&file, force, |out| plan.write(&project, out))?,
        }
        let layers = selection::compare(&project, &plan)?;
        if json {
            rarity::print_plan_json(&plan, &layers, effort);
        } else {
            rarity::print_plan(&layers);
            if let Some(effort) = effort.filter(|_| print::is_verbose()) {
                rarity::print_effort(&effort);
            }
        }
        let (items, them) = (counted(plan.len(), "item"), if plan.len() == 1 { "it" } else { "them" });
        errln!("{items} written to {}; `traitpress generate --plan` makes {them}", file.display());
        Ok(())
    }
}

/// Writes every item that is possible.
fn every(project: &Project, file: Option<&Path>, force: bool) -> Result<(), Failure> {
    let every = Every::new(project)?;
    match file {
        Some(file) => {
            let count = write(file, force, |out| every.write(out))?;
            errln!("{} written to {}", counted(count, "item"), file.display());
        }
        None => to_stdout(|out| every.write(out).map(|_| ()))?,
    }
    Ok(())
}

/// Writes a plan to standard output.
fn to_stdout(write: impl FnOnce(&mut BufWriter<StdoutLock<'_>>) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        // The reader has closed the pipe.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|e| {
            Failure::Other(format!(
                "standard output: cannot write the plan: {e}; free space or choose another --output"
            ))
        }),
    }
}

/// Makes a plan from others.
fn edit(project: &Project, plans: &[PathBuf], edits: &Edits, seed: Option<u64>) -> Result<Plan, Failure> {
    let plans: Result<Vec<Plan>, _> =
        plans.iter().map(|file| Plan::read_to_edit(file, project, None)).collect();
    let is_random = edits.extend > 0 || !edits.reroll.is_empty();
    let seed = if is_random { project::seed(project, seed)? } else { 0 };
    Ok(selection::edit(project, &plans?, edits, seed)?)
}

/// Writes a plan under a temporary name beside `file`, then renames it; one for a store is written to a temporary file first.
fn write<T>(
    file: &Path,
    force: bool,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
) -> Result<T, Failure> {
    let Some(address) = StoreAddress::of(file)? else {
        return whole_file::write(file, "plan", |out| Ok(write(out)?));
    };
    let temporary = temporary_file()?;
    let written = whole_file::write(temporary.path(), "plan", |out| Ok(write(out)?))?;
    put_file(temporary.path(), &address, force)?;
    Ok(written)
}
