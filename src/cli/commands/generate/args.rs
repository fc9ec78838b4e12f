//! The arguments of `generate`, and the settings that follow from them alone.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use clap::ValueEnum;

use traitpress::engine::internals::{FaultPlan, GpuStages, with_gpu_faults, with_gpu_stages};
use traitpress::engine::{
    Backend, Effort, EncodingMode, FolderOptions, Performance, PressOptions, RunOptions,
};
use traitpress::finished::PageOptions;
use traitpress::output::Existing;
use traitpress::project::{Layout, PictureFormat};

use super::shard_args::ShardArgs;
use crate::cli::destination::Destination;
use crate::cli::failure::Failure;
use crate::cli::measure::parse_size;
use crate::cli::progress::{Mode, Progress};
use crate::cli::values::{OutputSizes, Standards, items, layout, seed, threads};

/// When the digests of a pool's files are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DigestsWhen {
    Now,
    Later,
}

#[derive(Debug, clap::Args)]
pub(crate) struct GenerateArgs {
    /// The project: a folder with layers/<Layer>/<Trait>#<weight>.png, or its address in a store, s3://bucket/my-art
    #[arg(default_value = ".")]
    pub(super) project: PathBuf,
    /// Where to write the collection: a folder, FILE.tar, FILE.tar.zst, FILE.zip, FILE.pool, or - for a tar on standard output; or
    /// s3://bucket/prefix/, gs:// or az:// for shards in a store
    #[arg(long, value_name = "DIR|FILE|-", default_value = "out")]
    pub(super) out: PathBuf,
    /// Items to make [default: the configuration's count, else 10; with --plan all of it]
    #[arg(long, value_name = "N", value_parser = items())]
    pub(super) count: Option<u32>,
    /// Trial run: make only the first N items of the whole collection; --resume without --first makes the others
    #[arg(long, value_name = "N", value_parser = items())]
    pub(super) first: Option<u32>,
    /// Seed of the selection [default: the configuration's seed, else random and printed]
    #[arg(long, conflicts_with = "plan", value_parser = seed())]
    pub(super) seed: Option<u64>,
    /// Make the items of this plan instead of choosing
    #[arg(long, value_name = "FILE")]
    pub(super) plan: Option<PathBuf>,
    /// Worker threads, 1 to 1024 [default: one per processor]
    #[arg(long, value_name = "N", value_parser = threads())]
    pub(super) threads: Option<NonZeroUsize>,
    /// Items in flight
    #[arg(long, value_name = "auto|N", default_value = "auto", value_parser = parse_batch)]
    pub(super) batch: Batch,
    /// Finished pictures that are joined and written together, 1 to 64
    #[arg(long, value_name = "N", default_value_t = Performance::ENCODE_BATCH as u8,
          value_parser = clap::value_parser!(u8).range(1..=Performance::MAX_ENCODE_BATCH as i64))]
    pub(super) encode_batch: u8,
    /// spans: compress each distinct span once. plain: compress each picture as a whole, for comparison
    /// [default: spans]
    #[arg(long, value_enum)]
    pub(super) encoder: Option<Encoder>,
    /// Compression effort: fast (larger files), balanced, or small (slowest). Pixels are identical; file bytes differ
    /// [default: balanced]
    #[arg(long, value_enum)]
    pub(super) effort: Option<EffortName>,
    /// Scale finished pictures to N pixels on their longer side, or to several sizes, e.g. 2048,512,64, each
    /// in its own folder images/N; metadata links the first [default: the configuration's, else the art's size]
    #[arg(long, value_name = "N[,N..]", value_parser = OutputSizes::parse)]
    pub(super) output_size: Option<OutputSizes>,
    /// The format of the pictures: png, webp or jpeg [default: the configuration's, else png]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<String>,
    /// Quality of JPEG and WebP, 1 to 100, or lossless for WebP [default: the configuration's, else 90]
    #[arg(long, value_name = "N|lossless")]
    pub(super) quality: Option<String>,
    /// Encode with the recipe of the collection in DIR; with --update, items that show no change keep their bytes
    #[arg(long, value_name = "DIR", conflicts_with_all = ["encoder", "effort", "resume"])]
    pub(super) recipe: Option<PathBuf>,
    /// Do not read or write the recipes kept in the project (.traitpress/recipe.json)
    #[arg(long)]
    pub(super) no_recipe_cache: bool,
    /// Memory for decoded traits, e.g. 64MB or 2GiB; others are decoded again when needed [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(super) trait_memory: Option<u64>,
    /// Memory for compressed spans, e.g. 64MB or 2GiB [default: the size of 64 uncompressed pictures, at least
    /// 160MB, at most a tenth of the memory]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(super) cache_memory: Option<u64>,
    /// Release unused spans, idle buffers and stale temporary files every N items; every 8 while a budget is
    /// over 80 % used
    #[arg(long, value_name = "N", default_value_t = Performance::CLEANUP_EVERY as u32,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) cleanup_every: u32,
    #[command(flatten)]
    pub(super) backend: BackendArgs,
    /// Load trait co-occurrence statistics from FILE, if it exists, and save the updated statistics
    #[arg(long, value_name = "FILE")]
    pub(super) patterns: Option<PathBuf>,
    /// Metadata to write: erc721, metaplex, tezos, cardano, csv or jsonl, or several, e.g. metaplex,csv; none
    /// for no metadata [default: the configuration's, else erc721]
    #[arg(long, value_name = "LIST", value_parser = Standards::parse)]
    pub(super) metadata: Option<Standards>,
    /// File name template for images, e.g. "{Body}-{Hat}" or "{edition:05}". Metadata files are always named by edition
    /// [default: the configuration's file_name, else {edition}]
    #[arg(long, value_name = "TEMPLATE")]
    pub(super) name: Option<String>,
    /// flat: all pictures in one folder. fan-out: a thousand items in each folder, images/007/7123.png; required above a
    /// million items. webdataset: names for readers of WebDataset, in shards. objects: each file is an object of a store
    /// [default: flat; with --resume that of the run]
    #[arg(long, value_name = "LAYOUT", value_parser = layout(&[Layout::Flat, Layout::FanOut, Layout::Webdataset, Layout::Objects]))]
    pub(super) layout: Option<Layout>,
    /// Also record the SHA-256 of each image, and the provenance hash
    #[arg(long)]
    pub(super) provenance: bool,
    /// Write a pool without the digests of the files in it: no picture has to be joined, and `verify --fill` adds them
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = DigestsWhen::Now, hide_default_value = true)]
    pub(super) digests: DigestsWhen,
    /// Also write a thumbnail of each item, for `report --html`: PX pixels on its longer side, 16 to 512
    /// [default: 320, and less above 1,500 items]
    #[arg(long, value_name = "PX", num_args = 0..=1, require_equals = true,
          value_parser = clap::value_parser!(u32)
              .range(FolderOptions::MIN_THUMBNAIL as i64..=FolderOptions::MAX_THUMBNAIL as i64))]
    pub(super) thumbnails: Option<Option<u32>>,
    /// Write a thumbnail of every 50th picture to DIR during the run, and DIR/sheet.png at the end
    #[arg(long, value_name = "DIR")]
    pub(super) preview: Option<PathBuf>,
    /// Progress format on standard error. auto: a bar on a terminal, else lines. json: events for programs
    #[arg(long, value_enum, default_value_t = Mode::Auto)]
    pub(super) progress: Mode,
    /// Items between two events of --progress json [default: 25]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) progress_every: Option<u32>,
    /// Write statistics of the run to FILE, as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) stats: Option<PathBuf>,
    /// Replace the collection or file at --out, and previews, if they exist
    #[arg(long)]
    pub(super) force: bool,
    /// Continue the run in --out after a stop, or extend it to a larger count; complete files are kept
    #[arg(long, conflicts_with = "force")]
    pub(super) resume: bool,
    /// After a change of the art, make the items of --out that show the change again, and incomplete files
    #[arg(long, conflicts_with_all = ["force", "resume"])]
    pub(super) update: bool,
    #[command(flatten)]
    pub(super) shards: ShardArgs,
    /// Treat warnings about the project, its pictures and equal items as errors
    #[arg(long)]
    pub(super) strict: bool,
}

impl GenerateArgs {
    /// What happens to a collection that exists already.
    pub(super) fn existing(&self) -> Existing {
        match (self.force, self.resume, self.update) {
            (true, ..) => Existing::Replace,
            (_, true, _) => Existing::Resume,
            (.., true) => Existing::Update,
            _ => Existing::Refuse,
        }
    }

    /// The format of the pictures, where a project has `configured`.
    pub(super) fn picture_format(&self, configured: PictureFormat) -> Result<PictureFormat, Failure> {
        let (name, quality) = match (&self.format, self.quality.as_deref()) {
            (None, None) => return Ok(configured),
            (Some(name), quality) => (name.as_str(), quality),
            (None, quality) => (configured.name(), quality),
        };
        PictureFormat::parse(name, quality).map_err(|(what, remedy)| {
            let flag = if PictureFormat::parse(name, None).is_ok() { "--quality" } else { "--format" };
            Failure::Usage(format!("{flag}: {what}; {remedy}"))
        })
    }

    /// The display of a run that begins at `start`.
    pub(super) fn progress(&self, start: Instant) -> Result<Progress, Failure> {
        if self.progress_every.is_some() && self.progress != Mode::Json {
            let text = "--progress-every requires --progress json; add it, or remove this option".to_owned();
            return Err(Failure::Usage(text));
        }
        Ok(Progress::new(self.progress, self.progress_every.map(u64::from), start))
    }

    /// Refuses digests that come later where they cannot.
    pub(super) fn check_digests(&self, destination: &Destination) -> Result<(), Failure> {
        if self.digests == DigestsWhen::Now {
            return Ok(());
        }
        if !destination.is_pool() {
            return Err(Failure::Usage(
                "--digests later: only pools can be without the digests of their files; give a file that ends in .pool as \
                 --out, or remove --digests"
                    .to_owned(),
            ));
        }
        if self.provenance {
            return Err(Failure::Usage(
                "--digests later: --provenance needs the files; remove one of these options".to_owned(),
            ));
        }
        Ok(())
    }

    /// Refuses what a store cannot have: what goes there are shards.
    pub(super) fn check_store(&self) -> Result<(), Failure> {
        let given = [
            ("--resume", self.resume),
            ("--update", self.update),
            ("--first", self.first.is_some()),
            ("--thumbnails", self.thumbnails.is_some()),
            ("--preview", self.preview.is_some()),
            ("--patterns", self.patterns.is_some()),
            ("--stats", self.stats.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) => Err(Failure::Usage(format!(
                "{flag}: a store takes shards, which cannot have it; remove it, or give a folder as --out"
            ))),
            None => Ok(()),
        }
    }

    /// How the collection of so many items is written.
    pub(super) fn folder_options(&self, items: usize) -> FolderOptions {
        let side = |side: Option<u32>| side.unwrap_or_else(|| PageOptions::default_thumbnail(items));
        FolderOptions::new()
            .with_replace(self.force)
            .with_thumbnails(self.thumbnails.map(side))
            .with_provenance(self.provenance)
            .with_digests_later(self.digests == DigestsWhen::Later)
    }

    /// The engine's settings.
    pub(super) fn options(&self) -> Result<PressOptions, Failure> {
        let performance = Performance::new()
            .with_threads(self.threads)
            .with_batch(self.batch.0)
            .with_encode_batch(NonZeroUsize::new(self.encode_batch.into()))
            .with_trait_memory(self.trait_memory)
            .with_cache_memory(self.cache_memory)
            .with_cleanup_every(NonZeroUsize::new(self.cleanup_every as usize));
        let run = RunOptions::new()
            .with_record_patterns(self.patterns.is_some())
            .with_count_distinct(self.stats.is_some())
            .with_keep_recipe(!self.no_recipe_cache);
        let options = PressOptions::new()
            .with_encoder(self.encoder.map_or(EncodingMode::default(), Into::into))
            .with_effort(self.effort.map_or(Effort::default(), Into::into))
            .with_performance(self.backend.apply(performance)?)
            .with_run(run);
        let options = with_gpu_stages(options, self.backend.gpu_stages);
        Ok(with_gpu_faults(options, self.backend.gpu_fault.clone().unwrap_or_default()))
    }
}

/// The back end that composites; it does not change the pictures.
#[derive(Debug, clap::Args)]
pub(super) struct BackendArgs {
    /// auto: a hardware GPU if there is one, else the CPU. gpu: also a software adapter
    #[arg(long, value_enum, default_value_t = BackendName::Auto)]
    pub(super) backend: BackendName,
    /// Select the adapter whose name contains NAME, as listed by `traitpress adapters`
    #[arg(long, value_name = "NAME")]
    pub(super) adapter: Option<String>,
    /// Fail instead of using the CPU, at the start or after a GPU failure
    #[arg(long)]
    pub(super) require_gpu: bool,
    /// Memory for textures of traits, e.g. 512MB or 2GiB; others are loaded when needed [default: 2GiB on a
    /// dedicated GPU, else 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(super) gpu_memory: Option<u64>,
    /// Memory for targets and readback buffers of passes in flight [default: 640MiB on a GPU that
    /// compresses, else 128MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(super) pool_memory: Option<u64>,
    /// What a GPU does; the CPU does the rest: composite, composite,compress, or composite,compress,join [default: by measurement]
    #[arg(long, value_name = "STAGES")]
    pub(super) gpu_stages: Option<GpuStages>,
    /// Faults to bring about, for tests: lost@N, memory@N, timeout@N (submissions), with a stage as in
    /// lost@join:N; wrong@OPERATION, steps@KERNEL
    #[arg(long, value_name = "FAULTS", hide = true)]
    pub(super) gpu_fault: Option<FaultPlan>,
}

impl BackendArgs {
    /// Adds the back end to the engine's settings.
    fn apply(&self, performance: Performance) -> Result<Performance, Failure> {
        if self.backend == BackendName::Cpu && (self.adapter.is_some() || self.require_gpu) {
            let flag = if self.require_gpu { "--require-gpu" } else { "--adapter" };
            let text = format!("--backend cpu and {flag} cannot be used together; remove one");
            return Err(Failure::Usage(text));
        }
        let backend = match self.backend {
            BackendName::Auto => Backend::Auto,
            BackendName::Cpu => Backend::Cpu,
            BackendName::Gpu => Backend::Gpu,
        };
        Ok(performance
            .with_backend(backend)
            .with_adapter(self.adapter.clone())
            .with_require_gpu(self.require_gpu)
            .with_gpu_memory(self.gpu_memory)
            .with_pool_memory(self.pool_memory))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum BackendName {
    Auto,
    Cpu,
    Gpu,
}

/// A batch size, or none to adapt it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batch(Option<NonZeroUsize>);

fn parse_batch(text: &str) -> Result<Batch, String> {
    match text {
        "auto" => Ok(Batch(None)),
        number => match number.parse() {
            Ok(size) if size <= Performance::MAX_BATCH => Ok(Batch(Some(size))),
            Ok(_) => Err(format!("at most {} items can be in flight", Performance::MAX_BATCH)),
            Err(_) => Err("give auto, or a number of items of at least 1".to_owned()),
        },
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Encoder {
    Spans,
    Plain,
}

impl From<Encoder> for EncodingMode {
    fn from(encoder: Encoder) -> Self {
        match encoder {
            Encoder::Spans => Self::Spans,
            Encoder::Plain => Self::Plain,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum EffortName {
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
