//! `bench`: one project through every back end and the plain way, measured side by side.
//!
//! Every run is a process of its own (`child`). All ways take turns, run by run, so that a machine that slows down
//! slows all of them alike; medians are printed. `verify` holds every run to having made the same pictures, `row` is what
//! was measured, `table` and `json` say it.

mod args;
mod bound;
mod child;
mod extra;
mod json;
mod row;
mod scenario;
mod table;
mod verify;

use std::collections::HashSet;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use traitpress::files::write_file;
use traitpress::output::{Existing, check_folder};
use traitpress::plan::Plan;
use traitpress::project::Project;
use traitpress::selection::capacity;
use traitpress::telemetry::Stats;

pub(crate) use args::{BenchArgs, RunArgs};
pub(crate) use child::{COMMAND, run as run_once};

use args::{Change, GpuArgs, ItemsArgs, Variant};
use child::Work;
use row::{Bench, Row};
use verify::Verify;

use crate::cli::demo_art;
use crate::cli::failure::Failure;
use crate::cli::output_paths::ensure_writable;
use crate::cli::print::{errln, outln};
use crate::cli::progress::{Counter, Progress};
use crate::cli::project::open;
use crate::cli::values::MAX_ITEMS;

/// A measurement: the project is open, and the files can be written.
struct BenchJob {
    /// `None` is the sample project, which the job draws.
    project: Option<Project>,
    items: ItemsArgs,
    threads: Option<NonZeroUsize>,
    /// Measured runs of each row.
    runs: u8,
    rows: Vec<Row>,
    gpu: GpuArgs,
    /// Whether ten times the items are made as well.
    growth: bool,
    /// Where the folder for the pictures is made.
    out: PathBuf,
    json: Option<PathBuf>,
}

impl TryFrom<BenchArgs> for BenchJob {
    type Error = Failure;

    fn try_from(args: BenchArgs) -> Result<Self, Failure> {
        if let Some(file) = &args.json {
            ensure_writable(file, "--json")?;
        }
        let rows = rows(&args);
        let out = args.out.unwrap_or_else(std::env::temp_dir);
        let project = args.project.as_deref().map(open).transpose()?;
        if let Some(project) = &project {
            check_folder(&out.join("traitpress-bench"), project, Existing::Refuse)?;
        }
        Ok(Self {
            project,
            items: args.items,
            threads: args.threads,
            runs: args.runs,
            rows,
            gpu: args.gpu,
            growth: args.growth,
            out,
            json: args.json,
        })
    }
}

pub(crate) fn run(args: BenchArgs) -> Result<(), Failure> {
    BenchJob::try_from(args)?.run()
}

impl BenchJob {
    fn run(mut self) -> Result<(), Failure> {
        let out = self.out.display();
        let folder =
            tempfile::Builder::new().prefix("traitpress-bench-").tempdir_in(&self.out).map_err(|e| {
                Failure::Usage(format!("{out}: cannot create a folder here: {e}; choose another --out"))
            })?;
        let json = self.json.take();
        let measured = self.measure(folder.path());
        // The folder is removed even if a run failed.
        let path = folder.path().to_owned();
        if let Err(error) = folder.close() {
            errln!("warning: {}: cannot remove it: {error}", path.display());
        }
        let bench = measured?;
        table::lines(&bench).iter().for_each(|line| outln!("{line}"));
        json.map_or(Ok(()), |file| write_json(&bench, &file))
    }

    /// Makes all runs, in folders below `folder`.
    fn measure(self, folder: &Path) -> Result<Bench, Failure> {
        let sample = self.project.is_none();
        let project = match self.project {
            Some(project) => project,
            None => open(&draw_sample(folder)?)?,
        };
        let plan = self.items.choose(&project)?;
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let work = Work {
            project: absolute(&project.root),
            items: ItemsArgs {
                count: Some(plan.len() as u32),
                seed: self.items.seed(&project),
                plan: self.items.plan.as_deref().map(absolute),
                scenario: self.items.scenario,
            },
            threads: self.threads,
            gpu: self.gpu,
        };
        let mut bench = Bench {
            project: if sample { "the sample project".to_owned() } else { project.name.clone() },
            layers: project.layers.len(),
            traits: project.layers.iter().map(|layer| layer.traits.len()).sum(),
            canvas: [0, 0],
            items: plan.len(),
            different: (0..plan.len()).map(|index| plan.item(index)).collect::<HashSet<_>>().len(),
            seed: work.items.seed,
            scenario: work.items.scenario,
            runs: self.runs,
            out: self.out.display().to_string(),
            rows: self.rows,
            compared: 0,
            batches: Vec::new(),
            growth: None,
        };
        // Before hours of work, not after them.
        let ten = self.growth.then(|| tenfold(&work, &project)).transpose()?;
        run_in_turn(&mut bench, &work, &plan, folder)?;
        if extra::wants_batches(&bench) {
            bench.batches = extra::encode_batches(&work, self.runs, folder)?;
        }
        if let Some(ten) = ten {
            bench.growth = Some(extra::growth(&work, &ten, folder)?);
        }
        Ok(bench)
    }
}

/// The same work with ten times the items.
fn tenfold(work: &Work, project: &Project) -> Result<Work, Failure> {
    let mut ten = work.clone();
    let count = work.items.count.unwrap_or(0).saturating_mul(extra::GROWTH);
    let most = capacity(project).min(MAX_ITEMS as u128);
    if u128::from(count) > most {
        return Err(Failure::Usage(format!(
            "--growth makes {count} items, but only {most} are possible; choose a smaller --count"
        )));
    }
    ten.items.count = Some(count);
    Ok(ten)
}

/// What is to be measured: every variant as it is, or with everything switched off in turn.
fn rows(args: &BenchArgs) -> Vec<Row> {
    let changes: &[Change] = match args.items.scenario {
        Some(_) => clap::ValueEnum::value_variants(),
        None => &[Change::None],
    };
    let of = |variant: Variant| changes.iter().map(move |&change| Row::new(variant, change));
    args.variants().into_iter().flat_map(of).collect()
}

/// Runs every row once to warm up and to compare the pictures, then as often as was asked for.
fn run_in_turn(bench: &mut Bench, work: &Work, plan: &Plan, folder: &Path) -> Result<(), Failure> {
    let rounds = 1 + u64::from(bench.runs);
    let total = rounds * (bench.rows.len() * plan.len()) as u64;
    Progress::auto().count(total, |counter| run_rounds(bench, work, plan, folder, counter))
}

fn run_rounds(
    bench: &mut Bench,
    work: &Work,
    plan: &Plan,
    folder: &Path,
    counter: &Counter,
) -> Result<(), Failure> {
    let editions: Vec<u32> = (0..plan.len()).map(|index| plan.edition(index)).collect();
    let mut verify = Verify::default();
    let mut canvas = [0, 0];
    // The statistics of the variant at hand with everything on, which is the first of its rows.
    let mut all = Stats::default();
    for round in 0..=bench.runs {
        for (number, row) in bench.rows.iter_mut().enumerate() {
            if round == 0 {
                row.without_effect = row.change.without_effect(&all);
            }
            if row.without_effect.is_none() {
                let out = folder.join(format!("{round}-{number}"));
                let told = work.press(row.variant, row.change, None, &out, round == 0 && number == 0)?;
                let what = format!("{} ({})", row.variant.name(), row.change.title());
                if round > 0 && bench.scenario.is_none() {
                    row.whole.push(told.whole);
                    row.copies.extend(extra::copy(&out, &folder.join("copy")));
                }
                if !verify.check(&what, &told, &out, &editions)? {
                    // The disk need not hold the pictures of all runs; what cannot be removed goes with the rest.
                    let _ = std::fs::remove_dir_all(&out);
                }
                if row.change == Change::None {
                    all.clone_from(&told.stats);
                }
                canvas = told.canvas;
                if round > 0 {
                    row.runs.push(told.stats);
                }
            }
            counter.add(plan.len() as u64);
        }
    }
    bench.canvas = canvas;
    bench.compared = verify.compared;
    Ok(())
}

/// Draws the demo's project below `folder`.
fn draw_sample(folder: &Path) -> Result<PathBuf, Failure> {
    let project = folder.join("project");
    let drawn = demo_art::draw(&project, demo_art::SIDE);
    drawn.map(|()| project).map_err(|e| {
        Failure::Other(format!(
            "{}: cannot draw the sample project: {e}; choose another --out",
            folder.display()
        ))
    })
}

fn write_json(bench: &Bench, file: &Path) -> Result<(), Failure> {
    let mut text = format!("{:#}", json::document(bench));
    text.push('\n');
    write_file(file, true, |out| out.write_all(text.as_bytes())).map_err(|e| {
        Failure::Other(format!(
            "{}: cannot write the measurements: {e}; choose another --json",
            file.display()
        ))
    })
}
