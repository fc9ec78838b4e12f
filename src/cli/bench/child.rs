//! One run in a process of its own: what a peak of memory means is then clear, and no cache is warm.
//!
//! The parent calls this same program with a hidden command, which presses once and prints one line of JSON.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use traitpress::Digest;
use traitpress::engine::Engine;
use traitpress::project::Project;
use traitpress::telemetry::Stats;

use super::args::{Change, GpuArgs, ItemsArgs, RunArgs, Variant};
use crate::cli::failure::{Failure, USAGE};
use crate::cli::print::{errln, outln};
use crate::cli::project::warn;

/// The hidden command's name.
pub(crate) const COMMAND: &str = "bench-run";

/// The result of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RunResult {
    pub(crate) stats: Stats,
    /// The collection's digest.
    pub(crate) collection: Digest,
    /// Width and height.
    pub(crate) canvas: [u32; 2],
    /// Seconds from the start of the process to its end, as its parent saw them.
    #[serde(skip)]
    pub(crate) whole: f64,
}

/// The hidden command.
pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let start = Instant::now();
    let project = Project::open(&args.project)?;
    let select = Instant::now();
    let plan = args.items.choose(&project)?;
    let select = select.elapsed().as_secs_f64();
    let engine = Engine::new(project, args.options())?;
    warn(&engine.art().warnings);
    let pressed = engine.press(&plan).to_folder(&args.out)?;
    let (mut stats, collection) = (pressed.stats, pressed.collection);
    stats.seconds.select = select;
    stats.end(start);
    let size = engine.art().grid.size();
    let told =
        RunResult { stats, collection: collection.digest, canvas: [size.width, size.height], whole: 0.0 };
    outln!("{}", serde_json::to_string(&told).map_err(|e| Failure::Other(e.to_string()))?);
    Ok(())
}

/// What all runs of a bench have in common.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    /// Absolute, as the plan's path.
    pub(crate) project: PathBuf,
    /// With all that was decided: every run makes the same items.
    pub(crate) items: ItemsArgs,
    pub(crate) threads: Option<NonZeroUsize>,
    pub(crate) gpu: GpuArgs,
}

impl Work {
    /// Makes one run into the folder `out`. `heard` passes on what the run has to say beside its result.
    pub(crate) fn press(
        &self,
        variant: Variant,
        change: Change,
        encode_batch: Option<u8>,
        out: &Path,
        heard: bool,
    ) -> Result<RunResult, Failure> {
        let what = format!("the run of {} ({})", variant.name(), change.title());
        let cannot = |e: std::io::Error| {
            Failure::Other(format!("cannot start {what}: {e}; run the program by its full path"))
        };
        let mut command = Command::new(std::env::current_exe().map_err(cannot)?);
        command.arg(COMMAND).arg("--out").arg(out);
        command.args(["--variant", variant.name(), "--change", change.name()]);
        if let Some(threads) = self.threads {
            command.args(["--threads", &threads.to_string()]);
        }
        let GpuArgs { adapter, gpu_memory, gpu_stages } = &self.gpu;
        if let Some(adapter) = adapter {
            command.args(["--adapter", adapter]);
        }
        if let Some(bytes) = gpu_memory {
            command.args(["--gpu-memory", &bytes.to_string()]);
        }
        if let Some(stages) = gpu_stages {
            command.args(["--gpu-stages", &stages.to_string()]);
        }
        let ItemsArgs { count, seed, plan, scenario } = &self.items;
        if let Some(count) = count {
            command.args(["--count", &count.to_string()]);
        }
        if let Some(seed) = seed {
            command.args(["--seed", &seed.to_string()]);
        }
        if let Some(plan) = plan {
            command.arg("--plan").arg(plan);
        }
        if let Some(scenario) = scenario {
            command.args(["--scenario", scenario.name()]);
        }
        if let Some(size) = encode_batch {
            command.args(["--encode-batch", &size.to_string()]);
        }
        command.arg("--").arg(&self.project);
        let start = Instant::now();
        let output = command.stdin(Stdio::null()).output().map_err(cannot)?;
        let whole = start.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(USAGE.into()) {
            let problem = said.lines().find_map(|line| line.strip_prefix("traitpress: "));
            return Err(Failure::Usage(problem.unwrap_or(&said).to_owned()));
        }
        if heard || !output.status.success() {
            said.lines().for_each(|line| errln!("{line}"));
        }
        if output.status.code().is_none() {
            let how = output.status;
            return Err(Failure::Other(format!(
                "{what} was terminated ({how}); check whether memory ran out"
            )));
        }
        if !output.status.success() {
            return Err(Failure::Reported);
        }
        let told = serde_json::from_slice(&output.stdout).map(|told| RunResult { whole, ..told });
        told.map_err(|e| {
            Failure::Other(format!("the output of {what} is unreadable ({e}); please report this as a bug"))
        })
    }
}
