//! What can be typed, and nothing more: checks that need more than one argument are made where they are used.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;

use traitpress::engine::{Backend, Effort, EncoderChoice, FaultPlan, FolderOptions, PressOptions};
use traitpress::output::Existing;

use crate::cli::measure::parse_size;
use crate::cli::progress::{Mode, Watch};
use crate::cli::values::{Standards, items, seed, threads};

#[derive(Debug, clap::Args)]
pub(crate) struct GenerateArgs {
    /// The project: a folder with layers/<Layer>/<Trait>#<weight>.png
    #[arg(default_value = ".")]
    pub(crate) project: PathBuf,
    /// Where to write the collection: a folder, FILE.tar, FILE.zip, or - for a tar on standard output
    #[arg(long, value_name = "DIR|FILE|-", default_value = "out")]
    pub(crate) out: PathBuf,
    /// Items to make [default: the configuration's count, else 10; with --plan all of it]
    #[arg(long, value_name = "N", value_parser = items())]
    pub(crate) count: Option<u32>,
    /// The seed of the choice [default: the configuration's seed, else drawn and printed]
    #[arg(long, conflicts_with = "plan", value_parser = seed())]
    pub(crate) seed: Option<u64>,
    /// Make the items of this plan instead of choosing
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// Threads that work, 1 to 1024 [default: one per processor]
    #[arg(long, value_name = "N", value_parser = threads())]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Items in flight together
    #[arg(long, value_name = "auto|N", default_value = "auto", value_parser = parse_batch)]
    pub(crate) batch: Batch,
    /// Finished pictures are joined and written this many at a time, 1 to 64
    #[arg(long, value_name = "N", default_value_t = PressOptions::ENCODE_BATCH as u8,
          value_parser = clap::value_parser!(u8).range(1..=PressOptions::MAX_ENCODE_BATCH as i64))]
    pub(crate) encode_batch: u8,
    /// spans: every distinct span once. plain: whole pictures one by one, to compare with
    /// [default: spans]
    #[arg(long, value_enum)]
    pub(crate) encoder: Option<Encoder>,
    /// fast: larger files. small: as small as can be, and slow. Each makes other bytes, of the same pictures
    /// [default: balanced]
    #[arg(long, value_enum)]
    pub(crate) effort: Option<EffortName>,
    /// Encode by the recipe of the collection in DIR, not one made for this art: with --update, items that show
    /// nothing new keep their bytes
    #[arg(long, value_name = "DIR", conflicts_with_all = ["encoder", "effort", "resume"])]
    pub(crate) recipe: Option<PathBuf>,
    /// Decoded traits to keep, as 64MB or 2GiB; others are decoded again when needed [default: all]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) trait_memory: Option<u64>,
    /// Compressed spans to keep, as 64MB or 2GiB [default: what 64 pictures take uncompressed, at least
    /// 64MiB, at most a tenth of the memory]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) cache_memory: Option<u64>,
    /// Release dead spans, idle buffers and stale temporary files every N items; every 8 while a budget
    /// is nearly used up
    #[arg(long, value_name = "N", default_value_t = PressOptions::CLEANUP_EVERY as u32,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) cleanup_every: u32,
    #[command(flatten)]
    pub(crate) backend: BackendArgs,
    /// Which traits come together: read FILE if it is there, and write what this run adds
    #[arg(long, value_name = "FILE")]
    pub(crate) patterns: Option<PathBuf>,
    /// Metadata to write: erc721, metaplex, tezos, cardano, csv or jsonl, or several as in metaplex,csv; none for
    /// no metadata [default: the configuration's, else erc721]
    #[arg(long, value_name = "LIST", value_parser = Standards::parse)]
    pub(crate) metadata: Option<Standards>,
    /// What pictures are called, as in "{Body}-{Hat}" or "{edition:05}": traits by their layers, and the number;
    /// metadata keeps its numbers [default: the configuration's file_name, else {edition}]
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) name: Option<String>,
    /// Also record SHA-256 of each image, and the provenance hash over them
    #[arg(long)]
    pub(crate) provenance: bool,
    /// Also keep a thumbnail of each item, in one file, for `report --html`: PX pixels on its longer side, 16 to 256
    /// [default: 64]
    #[arg(long, value_name = "PX", num_args = 0..=1, require_equals = true, default_missing_value = "64",
          value_parser = clap::value_parser!(u32)
              .range(FolderOptions::MIN_THUMBNAIL as i64..=FolderOptions::MAX_THUMBNAIL as i64))]
    pub(crate) thumbnails: Option<u32>,
    /// Write a thumbnail of every 50th picture to DIR while pressing, and DIR/sheet.png at the end
    #[arg(long, value_name = "DIR")]
    pub(crate) preview: Option<PathBuf>,
    /// What to tell while it runs, on standard error: a bar on a terminal and lines elsewhere, nothing, or
    /// JSON for programs
    #[arg(long, value_enum, default_value_t = Mode::Auto)]
    pub(crate) progress: Mode,
    /// With --progress json, an event every N items [default: 25]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) progress_every: Option<u32>,
    /// Write statistics of the run to FILE, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) stats: Option<PathBuf>,
    /// Replace a collection that stands in --out, a file that does, or previews
    #[arg(long)]
    pub(crate) force: bool,
    /// Go on with the run in --out, after a stop or to a larger count: what is whole stays
    #[arg(long, conflicts_with = "force")]
    pub(crate) resume: bool,
    /// After a change of the art: press again the items of --out that show it, and what is not whole
    #[arg(long, conflicts_with_all = ["force", "resume"])]
    pub(crate) update: bool,
}

impl GenerateArgs {
    /// What becomes of a collection that is there already.
    pub(crate) fn existing(&self) -> Existing {
        match (self.force, self.resume, self.update) {
            (true, ..) => Existing::Replace,
            (_, true, _) => Existing::Resume,
            (.., true) => Existing::Update,
            _ => Existing::Refuse,
        }
    }

    /// How the run that begins at `start` is watched.
    pub(crate) fn watch(&self, start: std::time::Instant) -> Result<Watch, String> {
        if self.progress_every.is_some() && self.progress != Mode::Json {
            return Err("--progress-every is for --progress json; add that or leave it out".to_owned());
        }
        Ok(Watch::new(self.progress, self.progress_every.map(u64::from), start))
    }

    /// How the collection is written.
    pub(crate) fn folder_options(&self) -> FolderOptions {
        let mut options = FolderOptions::default();
        options.replace = self.force;
        options.thumbnails = self.thumbnails;
        options.provenance = self.provenance;
        options
    }

    /// The engine's settings.
    pub(crate) fn options(&self) -> Result<PressOptions, String> {
        let mut options = PressOptions::default();
        options.threads = self.threads;
        options.batch = self.batch.0;
        options.encode_batch = NonZeroUsize::new(self.encode_batch.into());
        options.encoder = self.encoder.map_or(EncoderChoice::default(), Into::into);
        options.effort = self.effort.map_or(Effort::default(), Into::into);
        options.trait_memory = self.trait_memory;
        options.cache_memory = self.cache_memory;
        options.cleanup_every = NonZeroUsize::new(self.cleanup_every as usize);
        options.count_distinct = self.stats.is_some();
        self.backend.apply(&mut options)?;
        Ok(options)
    }
}

/// What composites. None of it changes a byte of the pictures.
#[derive(Debug, clap::Args)]
pub(crate) struct BackendArgs {
    /// auto: a real GPU if there is one, else the CPU. gpu: a software adapter too
    #[arg(long, value_enum, default_value_t = BackendName::Auto)]
    pub(crate) backend: BackendName,
    /// The adapter with this in its name, as `traitpress adapters` lists them
    #[arg(long, value_name = "NAME")]
    pub(crate) adapter: Option<String>,
    /// Fail rather than use the CPU, at the start or midway
    #[arg(long)]
    pub(crate) require_gpu: bool,
    /// Textures that hold traits, as 512MB or 2GiB; others are loaded when needed [default: 2GiB on a
    /// card, else 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) gpu_memory: Option<u64>,
    /// Targets and readback buffers of the passes in flight [default: 128MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) pool_memory: Option<u64>,
    /// Faults to bring about, for tests: lost@N, memory@N, timeout@N (submissions), wrong@OPERATION
    #[arg(long, value_name = "FAULTS", hide = true)]
    pub(crate) gpu_fault: Option<FaultPlan>,
}

impl BackendArgs {
    /// Puts what was asked for into the engine's settings.
    pub(crate) fn apply(&self, options: &mut PressOptions) -> Result<(), String> {
        if self.backend == BackendName::Cpu && (self.adapter.is_some() || self.require_gpu) {
            let flag = if self.require_gpu { "--require-gpu" } else { "--adapter" };
            return Err(format!("--backend cpu and {flag} exclude each other; leave one out"));
        }
        options.backend = match self.backend {
            BackendName::Auto => Backend::Auto,
            BackendName::Cpu => Backend::Cpu,
            BackendName::Gpu => Backend::Gpu,
        };
        options.adapter.clone_from(&self.adapter);
        options.require_gpu = self.require_gpu;
        options.gpu_memory = self.gpu_memory;
        options.pool_memory = self.pool_memory;
        options.gpu_faults = self.gpu_fault.clone().unwrap_or_default();
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendName {
    Auto,
    Cpu,
    Gpu,
}

/// A batch size, or none to adapt it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch(Option<NonZeroUsize>);

fn parse_batch(text: &str) -> Result<Batch, String> {
    match text {
        "auto" => Ok(Batch(None)),
        number => match number.parse() {
            Ok(size) if size <= PressOptions::MAX_BATCH => Ok(Batch(Some(size))),
            Ok(_) => Err(format!("at most {} items can be in flight together", PressOptions::MAX_BATCH)),
            Err(_) => Err("give auto, or a number of items from 1 on".to_owned()),
        },
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Encoder {
    Spans,
    Plain,
}

impl From<Encoder> for EncoderChoice {
    fn from(encoder: Encoder) -> Self {
        match encoder {
            Encoder::Spans => Self::Spans,
            Encoder::Plain => Self::Plain,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EffortName {
    Fast,
    Balanced,
    Small,
}

impl From<EffortName> for Effort {
    fn from(name: EffortName) -> Self {
        match name {
            EffortName::Fast => Self::Fast,
            EffortName::Balanced => Self::Balanced,
            EffortName::Small => Self::Small,
        }
    }
}
