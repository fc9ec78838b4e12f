//! What can be typed after `bench`, and after the hidden command that makes one run of it.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;

use traitpress::engine::internals::{GpuStages, with_gpu_stages};
use traitpress::engine::{Backend, EncodingMode, Performance, PressOptions, Reuse, adapters};
use traitpress::plan::Plan;
use traitpress::project::Project;
use traitpress::selection::{Choose, capacity};
use traitpress::telemetry::Stats;

use super::scenario::Scenario;
use crate::cli::failure::Failure;
use crate::cli::measure::parse_size;
use crate::cli::values::{items, seed, threads};

/// Items to make if nothing says how many.
const DEFAULT_COUNT: u32 = 100;
/// The seed if neither the project nor the command line has one: two measurements should make the same items.
const DEFAULT_SEED: u64 = 1;

#[derive(Debug, clap::Args)]
pub(crate) struct BenchArgs {
    /// The project to press [default: a sample project, drawn for it]
    pub(crate) project: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) items: ItemsArgs,
    /// Worker threads, 1 to 1024 [default: one per processor]
    #[arg(long, value_name = "N", value_parser = threads())]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Measured runs of each variant, after one to warm up
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) runs: u8,
    /// Variants to compare, separated by commas [default: all, gpu only with a hardware GPU; with --scenario
    /// all but plain]
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',')]
    pub(crate) backends: Vec<Variant>,
    #[command(flatten)]
    pub(crate) gpu: GpuArgs,
    /// Also make ten times the items, once, and print how time and memory grow; slow
    #[arg(long, conflicts_with_all = ["plan", "scenario"])]
    pub(crate) growth: bool,
    /// Where to create the temporary folder of the pictures [default: the system's
    /// temporary folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Also write all measurements to FILE, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

impl BenchArgs {
    /// What to compare, in the order of the columns, each once.
    pub(crate) fn variants(&self) -> Vec<Variant> {
        let all = Variant::value_variants().iter().copied();
        if self.backends.is_empty() {
            let gpu = self.gpu.adapter.is_some() || adapters().iter().any(|adapter| adapter.used);
            let there = |variant: &Variant| match variant {
                Variant::Cpu => true,
                Variant::Gpu => gpu,
                Variant::Plain => self.items.scenario.is_none(),
            };
            all.filter(there).collect()
        } else {
            all.filter(|variant| self.backends.contains(variant)).collect()
        }
    }
}

/// Which GPU, and how much of it.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GpuArgs {
    /// Select the adapter whose name contains NAME, as listed by `traitpress adapters`
    #[arg(long, value_name = "NAME")]
    pub(crate) adapter: Option<String>,
    /// Memory for textures of traits, e.g. 512MB or 2GiB; others are loaded when needed
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) gpu_memory: Option<u64>,
    /// What the GPU does; the CPU does the rest: composite, composite,compress, or composite,compress,join [default: by measurement]
    #[arg(long, value_name = "STAGES")]
    pub(crate) gpu_stages: Option<GpuStages>,
}

/// Which items to make.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ItemsArgs {
    /// Items to make [default: 100, or all that are possible; with --plan all of it]
    #[arg(long, value_name = "N", value_parser = items())]
    pub(crate) count: Option<u32>,
    /// Seed of the selection [default: the configuration's seed, else 1]
    #[arg(long, conflicts_with = "plan", value_parser = seed())]
    pub(crate) seed: Option<u64>,
    /// Make the items of this plan instead of choosing
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// Make items of one kind, and measure the gain of each kind of reuse
    #[arg(long, value_name = "NAME", value_enum, conflicts_with = "plan")]
    pub(crate) scenario: Option<Scenario>,
}

impl ItemsArgs {
    /// The seed, if items are chosen at all.
    pub(crate) fn seed(&self, project: &Project) -> Option<u64> {
        if self.plan.is_some() { None } else { self.seed.or(project.seed).or(Some(DEFAULT_SEED)) }
    }

    /// The items; one-of-ones are among them only if they are in the plan that was given.
    pub(crate) fn choose(&self, project: &Project) -> Result<Plan, Failure> {
        if let Some(file) = &self.plan {
            return Ok(Plan::read(file, project, self.count)?);
        }
        // Pictures that are given whole would only blur what is measured.
        let mut project = project.clone();
        project.ones.clear();
        let project = &project;
        let seed = self.seed(project).unwrap_or(DEFAULT_SEED);
        let different = u32::try_from(capacity(project)).unwrap_or(u32::MAX);
        let most = self.scenario.map_or(different, |scenario| scenario.most(different));
        // Groups have their numbers of items.
        let of_groups = (!project.groups.is_empty()).then(|| project.items_asked()).flatten();
        let count = self.count.or(of_groups).unwrap_or(DEFAULT_COUNT.min(most));
        match self.scenario {
            Some(scenario) => scenario.plan(project, seed, count),
            None => Ok(Choose::new(count).with_seed(seed).with_start(1).from(project)?),
        }
    }
}

/// One run, in a process of its own.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    pub(crate) project: PathBuf,
    #[command(flatten)]
    pub(crate) items: ItemsArgs,
    #[arg(long, value_parser = threads())]
    pub(crate) threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) gpu: GpuArgs,
    #[arg(long, value_enum)]
    pub(crate) variant: Variant,
    #[arg(long, value_enum)]
    pub(crate) change: Change,
    #[arg(long)]
    pub(crate) encode_batch: Option<u8>,
    #[arg(long)]
    pub(crate) out: PathBuf,
}

impl RunArgs {
    /// The engine's settings.
    pub(crate) fn options(&self) -> PressOptions {
        let encode_batch = self.encode_batch.and_then(|size| NonZeroUsize::new(size.into()));
        let cpu = Performance::new()
            .with_threads(self.threads)
            .with_encode_batch(encode_batch)
            .with_backend(Backend::Cpu);
        let (encoder, performance) = match self.variant {
            Variant::Cpu => (EncodingMode::Spans, cpu),
            // What the CPU had to finish would not be the GPU's figures.
            Variant::Gpu => (
                EncodingMode::Spans,
                cpu.with_backend(Backend::Gpu)
                    .with_require_gpu(true)
                    .with_adapter(self.gpu.adapter.clone())
                    .with_gpu_memory(self.gpu.gpu_memory),
            ),
            Variant::Plain => (EncodingMode::Plain, cpu),
        };
        let options =
            PressOptions::new().with_encoder(encoder).with_performance(self.change.apply(performance));
        let stages = self.gpu.gpu_stages.filter(|_| matches!(self.variant, Variant::Gpu));
        with_gpu_stages(options, stages)
    }
}

/// A way to make the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Variant {
    Cpu,
    #[cfg_attr(not(feature = "gpu"), value(skip), expect(dead_code, reason = "this build has no GPU path"))]
    Gpu,
    Plain,
}

impl Variant {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
            Self::Plain => "plain",
        }
    }
}

/// What is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Change {
    None,
    SpanCache,
    EncodeBatching,
    Prefetch,
    Pools,
    OneAtATime,
}

impl Change {
    /// As a row of the table is called.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::None => "everything on",
            Self::SpanCache => "span cache off",
            Self::EncodeBatching => "encode batching off",
            Self::Prefetch => "prefetch off",
            Self::Pools => "pools off",
            Self::OneAtATime => "one item at a time, no reuse",
        }
    }

    /// As the command line and the JSON have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SpanCache => "span-cache",
            Self::EncodeBatching => "encode-batching",
            Self::Prefetch => "prefetch",
            Self::Pools => "pools",
            Self::OneAtATime => "one-at-a-time",
        }
    }

    fn apply(self, performance: Performance) -> Performance {
        let reuse = performance.reuse;
        match self {
            Self::None => performance,
            Self::SpanCache => performance.with_reuse(reuse.with_span_cache(false)),
            Self::EncodeBatching => performance.with_reuse(reuse.with_encode_batching(false)),
            Self::Prefetch => performance.with_reuse(reuse.with_prefetch(false)),
            Self::Pools => performance.with_reuse(reuse.with_pools(false)),
            Self::OneAtATime => performance.with_reuse(Reuse::NONE).with_batch(NonZeroUsize::MIN),
        }
    }

    /// Why the change makes no difference to a run that did `all` with everything on, if it makes none: what would
    /// be measured then is noise.
    pub(crate) fn without_effect(self, all: &Stats) -> Option<&'static str> {
        match self {
            Self::SpanCache if all.encoder == EncodingMode::Plain => Some("whole pictures contain no spans"),
            Self::Prefetch => match &all.gpu {
                Some(gpu) if gpu.prefetched > 0 => None,
                Some(_) => Some("all traits fit into the textures; try a smaller --gpu-memory"),
                None => Some("all art is in memory"),
            },
            _ => None,
        }
    }
}
