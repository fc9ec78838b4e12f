//! A run that has been checked: all that can be refused before the art is read has been refused.

use std::path::{Path, PathBuf};
use std::time::Instant;

use traitpress::engine::{Backend, ContinuedRun, Engine, FolderOptions, PressOptions};
use traitpress::error::Setting;
use traitpress::finished::{PreviewOptions, Previews};
use traitpress::output::{Existing, check_layout, check_metadata};
use traitpress::plan::{Plan, PlanRows};
use traitpress::project::{Layout, Project};
use traitpress::store::{Fetched, StoreAddress};
use traitpress::telemetry::SearchStats;
use traitpress::{Digest, ErrorKind};

use super::args::GenerateArgs;
use super::resume;
use super::shard_args::Shards;
use crate::cli::addresses::{fetch, fetch_project};
use crate::cli::destination::Destination;
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::thousands;
use crate::cli::output_paths::{ensure_distinct, ensure_ours, ensure_outside, ensure_writable};
use crate::cli::print::errln;
use crate::cli::progress::Progress;
use crate::cli::project::{choose, open, refuse_warnings};
use crate::cli::rarity;
use crate::cli::values::OutputSizes;

/// A checked run.
#[derive(Debug)]
pub(super) struct GenerateJob {
    pub(super) project: Project,
    pub(super) options: PressOptions,
    pub(super) run: Run,
}

/// What a run needs beside its engine.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) start: Instant,
    pub(super) progress: Progress,
    pub(super) interrupt: Interrupt,
    pub(super) items: Items,
    pub(super) destination: Destination,
    pub(super) folder_options: FolderOptions,
    /// The run in the folder, if this one goes on with it.
    pub(super) continued: Option<ContinuedRun>,
    /// The shards that are made, in place of the whole collection.
    pub(super) shards: Option<Shards>,
    pub(super) previews: Option<Previews>,
    pub(super) patterns: Option<PathBuf>,
    pub(super) stats: Option<PathBuf>,
    /// Whether warnings are errors.
    pub(super) strict: bool,
    /// The command that goes on with this run after a stop, in words.
    pub(super) again: String,
    /// Copies of what is in a store, which are removed at the end.
    pub(super) _fetched: Vec<Fetched>,
}

/// The items of a run.
#[derive(Debug)]
pub(super) struct Items {
    pub(super) plan: Plan,
    /// The file of the whole plan, of which `plan` is a part where shards are made.
    pub(super) rows: Option<PlanRows>,
    /// The statistics of the search, if the items were chosen and not read from a plan.
    pub(super) search: Option<SearchStats>,
    /// How many items the whole plan has, if only the first of them are made.
    pub(super) first_of: Option<u64>,
    /// Seconds that choosing or reading took.
    pub(super) seconds: f64,
}

impl TryFrom<GenerateArgs> for GenerateJob {
    type Error = Failure;

    /// Checks the arguments, then the project, the outputs, the items, and last what depends on the items. Each step needs
    /// the results of those before it, and cheap ones come first.
    fn try_from(mut args: GenerateArgs) -> Result<Self, Failure> {
        let start = Instant::now();
        let progress = args.progress(start)?;
        let mut options = args.options()?;

        let interrupt = Interrupt::watch()?;
        let mut fetched = Vec::new();
        fetched.extend(fetch_project(&mut args.project, &interrupt)?);
        if let Some(plan) = args.plan.as_mut().filter(|plan| !PlanRows::is_named(plan)) {
            fetched.extend(fetch(plan, &interrupt)?);
        }
        let mut project = open(&args.project)?;
        refuse_warnings(args.strict, project.warnings.len())?;
        if let Some(standards) = &args.metadata {
            standards.apply(&mut project);
        }
        if let Some(OutputSizes(sizes)) = &args.output_size {
            project.output_size.clone_from(sizes);
        }
        if let Some(name) = &args.name {
            project.metadata.file_name.clone_from(name);
        }

        project.picture_format = args.picture_format(project.picture_format)?;
        project.layout = args.layout.filter(|layout| layout.is_of_collections()).unwrap_or_default();

        let to_store = StoreAddress::is_one(&args.out);
        if to_store {
            args.check_store()?;
        }
        let shards = args.shards.resolved(args.layout, to_store, |name| std::env::var(name).ok())?;
        let destination = match &shards {
            Some(_) => shard_destination(&args.out)?,
            None => Destination::of(&args.out)?,
        };
        if shards.is_some() && args.plan.is_none() && args.seed.or(project.seed).is_none() {
            let what = match args.shards.are_given() {
                true => "--shards: every shard must choose the same items",
                false => {
                    "--out: the same command must choose the same items again, for a shard that is there is compared"
                }
            };
            return Err(Failure::Usage(format!(
                "{what}; give --seed, set seed in collection.toml, or give --plan"
            )));
        }
        destination.check(&project, args.existing())?;
        args.check_digests(&destination)?;
        check_files(&args)?;

        let select = Instant::now();
        let rows = args.plan.as_deref().filter(|file| PlanRows::is_named(file));
        let rows = rows.map(|file| PlanRows::open(file, &project)).transpose()?;
        let given = match (&rows, &args.plan) {
            (Some(rows), _) => Some(part_of(rows, &project, shards.as_ref(), args.count)?),
            (None, Some(file)) => Some(Plan::read(file, &project, args.count)?),
            (None, None) => None,
        };
        let continued = resume::continued(&args, &project, given.as_ref())?;
        project.layout = continued.as_ref().map_or(project.layout, ContinuedRun::layout);
        let (plan, search, first_of) = match (given, &continued) {
            (_, Some(run)) => (run.plan().clone(), run.search_stats(), run.first_of()),
            (Some(plan), None) => trial(plan, None, args.first),
            (None, None) => {
                let (plan, search) = choose(&project, args.count, args.seed)
                    .map_err(|failure| with_problems_of_art(failure, &project))?;
                let shortfalls = rarity::shortfalls(&project, &plan)?;
                shortfalls.iter().for_each(|shortfall| errln!("warning: {shortfall}"));
                refuse_warnings(args.strict, shortfalls.len())?;
                trial(plan, Some(search), args.first)
            }
        };
        if let Destination::Folder(_) = destination {
            check_layout(&project, plan.len())?;
            suggest_layout(&project, plan.len());
        }
        if let Some(expected) = args.shards.plan_digest {
            let found = rows.as_ref().map_or_else(|| plan.digest(&project), |rows| rows.contents().1);
            ensure_digest(found, expected)?;
        }
        let items = Items { plan, rows, search, first_of, seconds: select.elapsed().as_secs_f64() };

        if let Some(folder) = &args.recipe {
            options = options.with_recipe_of(folder)?;
        }
        let previews = previews(&args, &destination, &project, &items.plan)?;
        check_documents(&args, &project, &items.plan)?;
        let folder_options = args.folder_options(items.plan.len()).with_first_of(first_of);
        let run = Run {
            start,
            progress,
            interrupt,
            items,
            destination,
            folder_options,
            continued,
            shards,
            previews,
            again: again(&args),
            _fetched: fetched,
            patterns: args.patterns,
            stats: args.stats,
            strict: args.strict,
        };
        Ok(Self { project, options, run })
    }
}

/// The failure, and what is wrong with the art beside it: who corrects one thing should not meet the next one afterwards.
/// Only a run that fails anyway reads the art for it.
fn with_problems_of_art(failure: Failure, project: &Project) -> Failure {
    let options = PressOptions::new().with_backend(Backend::Cpu);
    match Engine::new(project.clone(), options) {
        Err(error) if error.kind() == ErrorKind::Project => Failure::Several(vec![failure, error.into()]),
        _ => failure,
    }
}

/// The first items of a plan, if only those are to be made, and how many items it has.
fn trial(
    plan: Plan,
    search: Option<SearchStats>,
    first: Option<u32>,
) -> (Plan, Option<SearchStats>, Option<u64>) {
    match first.filter(|&first| (first as usize) < plan.len()) {
        Some(first) => (plan.first(first), search, Some(plan.len() as u64)),
        None => (plan, search, None),
    }
}

/// The folder of shards.
fn shard_destination(out: &Path) -> Result<Destination, Failure> {
    match Destination::of(out)? {
        shards @ Destination::Shards(_) => Ok(shards),
        Destination::Folder(folder) => Ok(Destination::Shards(folder)),
        _ => Err(Failure::Usage(format!("--out {}: shards go to a folder; give one", out.display()))),
    }
}

/// The items that are made of a plan of rows: those of the first shard, or the first of all.
fn part_of(
    rows: &PlanRows,
    project: &Project,
    shards: Option<&Shards>,
    count: Option<u32>,
) -> Result<Plan, Failure> {
    let range = match (shards, count) {
        (Some(_), Some(_)) => {
            return Err(Failure::Usage(
                "--count: shards have the items of the whole plan; remove --count".to_owned(),
            ));
        }
        (Some(shards), None) => shards.shards[0].range(rows.items()),
        (None, count) => 0..count.map_or(rows.items(), |count| rows.items().min(count.into())),
    };
    Ok(rows.part(project, range)?)
}

/// Refuses a plan that is not the expected one.
fn ensure_digest(found: Digest, expected: Digest) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "--plan-digest: the plan is {found}, not {expected}; use the project, seed and count of the other shards"
    )))
}

/// Notes that file systems and programs are slow with as many files in one folder.
fn suggest_layout(project: &Project, items: usize) {
    if project.layout.is_flat() && items >= Layout::SUGGESTED_FROM {
        errln!(
            "note: {} files in one folder are slow to list and to copy; --layout fan-out divides them, a thousand to a folder",
            thousands(items as u64)
        );
    }
}

/// Refuses files beside the collection that cannot be written, or that would overwrite something.
fn check_files(args: &GenerateArgs) -> Result<(), Failure> {
    for (file, flag) in [(&args.stats, "--stats"), (&args.patterns, "--patterns")] {
        if let Some(file) = file {
            ensure_writable(file, flag)?;
            ensure_outside(file, flag, &args.out, "the collection's location")?;
        }
    }
    ensure_distinct(&[
        ("--out", Some(args.out.as_path())),
        ("--stats", args.stats.as_deref()),
        ("--patterns", args.patterns.as_deref()),
        ("--preview", args.preview.as_deref()),
    ])?;
    args.stats.as_deref().map_or(Ok(()), ensure_ours)
}

/// The previews that `--preview` asks for.
fn previews(
    args: &GenerateArgs,
    destination: &Destination,
    project: &Project,
    plan: &Plan,
) -> Result<Option<Previews>, Failure> {
    let Some(folder) = &args.preview else { return Ok(None) };
    let mut options = PreviewOptions::default();
    // A run that goes on replaces the previews of its first part.
    options.force = args.existing() != Existing::Refuse;
    Ok(Some(Previews::begin(folder, project, plan, destination.folder(), options)?))
}

/// Checks the metadata documents. A problem of the template in `--name` is not one of the configuration.
fn check_documents(args: &GenerateArgs, project: &Project, plan: &Plan) -> Result<(), Failure> {
    let checked = check_metadata(&project.root.join("collection.toml"), project, Some(plan));
    checked.map_err(|mut error| {
        for problem in &mut error.problems {
            if args.name.is_some()
                && problem.setting.take_if(|setting| *setting == Setting::FileName).is_some()
            {
                problem.what = format!("--name {}", problem.what);
                problem.path = None;
            }
        }
        error.into()
    })
}

/// The command that goes on with this run: the recipe is recorded in the run.
fn again(args: &GenerateArgs) -> String {
    let gone: Vec<&str> = [("--force", args.force), ("--recipe", args.recipe.is_some())]
        .into_iter()
        .filter_map(|(flag, is_given)| is_given.then_some(flag))
        .collect();
    match gone.as_slice() {
        _ if args.update => "the same command again".to_owned(),
        [] => "the same command with --resume".to_owned(),
        gone => format!("the same command with --resume instead of {}", gone.join(" and ")),
    }
}
