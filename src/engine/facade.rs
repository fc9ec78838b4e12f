//! The engine: a project, its recipe and its options in front of the parts that do the work.

use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};

use crate::art::Art;
use crate::engine::ahead::Ahead;
use crate::engine::budget::MemoryBudget;
use crate::engine::equal::Checksums;
use crate::engine::expect::{ExpectedMemory, expected_memory};
use crate::engine::ones::check_plan;
use crate::engine::options::PressOptions;
use crate::engine::output::{Output, Outputs};
use crate::engine::pipeline::{Pipeline, PipelineSettings};
use crate::engine::predict::{Combination, History, LOOK_AHEAD};
use crate::engine::prefetch::{PrefetchSource, Prefetcher};
use crate::engine::presser::SpanPresser;
use crate::engine::recipe::Recipe;
use crate::engine::resume::{Pictures, parts};
use crate::engine::setup::Setup;
use crate::engine::telemetry::EngineTelemetry;
use crate::engine::thumbnails::ThumbnailMaker;
use crate::error::Error;
use crate::files::Digest;
use crate::output::{MetadataInputs, RunHeader, Sink};
use crate::plan::Plan;
use crate::project::{Project, READING};
use crate::selection::{Choose, Items};
use crate::telemetry::{EncoderUse, GpuStats, Observer, Snapshot, Stats, Stopwatch, memory};

/// A loaded project, ready to make pictures.
///
/// It owns its thread pool and its caches, can be shared between threads, and makes the same bytes for the same item
/// whether it presses a whole collection or a single picture.
#[derive(Debug)]
pub struct Engine {
    pub(super) project: Project,
    pub(super) options: PressOptions,
    pub(crate) recipe: Recipe,
    pub(super) backend_warning: Option<String>,
    pub(crate) outputs: Arc<Outputs>,
    pub(crate) budget: MemoryBudget,
    pub(crate) prefetcher: Arc<Prefetcher>,
    /// What prepares items that may come.
    pub(super) ahead: Arc<Ahead>,
    pub(crate) telemetry: Arc<EngineTelemetry>,
    /// Made when a single item is requested.
    pub(crate) items: OnceLock<Items>,
}

impl Engine {
    /// Loads the project at `root` and decodes its art, with the usual options.
    ///
    /// # Errors
    /// Everything that is wrong with the project, at once.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(root, PressOptions::default())
    }

    /// Loads the project at `root` and decodes its art.
    ///
    /// # Errors
    /// Everything that is wrong with the project, at once.
    pub fn open_with(root: impl AsRef<Path>, options: PressOptions) -> Result<Self, Error> {
        Self::new(Project::open(root.as_ref())?, options)
    }

    /// The project.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The decoded art; its traits hold no pixels where a budget does not leave room for all of them.
    #[must_use]
    pub fn art(&self) -> &Art {
        self.presser().art()
    }

    /// The number of threads that work.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.presser().pool().current_num_threads()
    }

    /// The settings it was made with.
    #[must_use]
    pub fn options(&self) -> &PressOptions {
        &self.options
    }

    pub(super) fn set_options(&mut self, options: PressOptions) {
        self.options = options;
    }

    /// Why the CPU composites although a GPU is there, if that is so.
    #[must_use]
    pub fn backend_warning(&self) -> Option<&str> {
        self.backend_warning.as_deref()
    }

    /// What the recipe decided, in words.
    #[must_use]
    pub fn recipe_summary(&self) -> String {
        self.recipe.summary()
    }

    /// Chooses items of the project.
    ///
    /// # Errors
    /// If there are not that many different items, or the one-of-ones do not fit among them.
    pub fn choose(&self, request: Choose) -> Result<Plan, Error> {
        Ok(request.from(&self.project)?)
    }

    /// Makes every item of `plan` and hands each to `sink`.
    pub(crate) fn press_into(
        &self,
        plan: &Plan,
        sink: &dyn Sink,
        observer: &dyn Observer,
    ) -> Result<Stats, Error> {
        check_plan(&self.project, plan)?;
        let (mut stats, checksums) = self.press_checked(plan, 0, sink, observer)?;
        self.add_equal_items(&mut stats, plan, checksums, observer)?;
        Ok(stats)
    }

    /// Adds the items whose pictures are equal to the statistics of a run.
    pub(crate) fn add_equal_items(
        &self,
        stats: &mut Stats,
        plan: &Plan,
        checksums: Checksums,
        observer: &dyn Observer,
    ) -> Result<(), Error> {
        let equal = self.equal_items(plan, checksums, observer)?;
        (stats.equal_items, stats.equal_unchecked) = (equal.groups, equal.unchecked);
        Ok(())
    }

    /// The same for a plan that was checked against this project, where `kept` more items exist already. Equal items are
    /// not looked for yet.
    pub(crate) fn press_checked(
        &self,
        plan: &Plan,
        kept: u64,
        sink: &dyn Sink,
        observer: &dyn Observer,
    ) -> Result<(Stats, Checksums), Error> {
        self.press_with(self.pipeline(), plan, kept, sink, observer)
    }

    /// The same by a pipeline of this engine.
    pub(crate) fn press_with(
        &self,
        pipeline: Pipeline<'_>,
        plan: &Plan,
        kept: u64,
        sink: &dyn Sink,
        observer: &dyn Observer,
    ) -> Result<(Stats, Checksums), Error> {
        let start = Stopwatch::start();
        let before = self.stats();
        let done = pipeline.press(plan, kept, sink, observer)?;
        let mut stats = self.stats().since(&before);
        stats.kept = kept;
        stats.ones = plan.count_ones() as u64;
        (stats.items, stats.bytes) = (done.items, done.bytes);
        stats.encoding = EncoderUse {
            pictures: done.items,
            batches: done.batches,
            seconds: stats.stages.compress + stats.stages.join,
            bytes: done.bytes,
        };
        stats.predictor = done.predictor.unwrap_or(stats.predictor);
        stats.memory.quarters.iter_mut().zip(done.quarters).for_each(|(to, from)| *to = from);
        stats.memory.by_system = self.budget.held(self.texture_bytes(), true);
        stats.memory.usable = memory::usable();
        stats.timed(&start);
        Ok((stats, done.checksums))
    }

    /// How much memory making `plan` will take at its peak.
    ///
    /// # Errors
    /// If a picture must be decoded again and is not what it was.
    pub fn expected_memory(&self, plan: &Plan) -> Result<ExpectedMemory, Error> {
        expected_memory(self.outputs.each().map(|output| &output.presser), plan)
    }

    /// How it is going to work: what is decided before the first item.
    #[must_use]
    pub fn setup(&self) -> Setup {
        let performance = &self.options.performance;
        let (predictor, window) = match performance.prefetch {
            _ if !self.prefetcher.loads() => ("none", None),
            PrefetchSource::Plan => ("plan", Some(LOOK_AHEAD.get())),
            PrefetchSource::History => ("history", Some(self.project.predict.window)),
            PrefetchSource::Learned => ("learned", None),
        };
        let stats = self.stats();
        Setup {
            backend: stats.backend,
            threads: stats.threads,
            cache_budget: stats.span_cache.budget,
            encoder: stats.encoder,
            recipe: self.recipe_summary(),
            effort: self.options.encoding.effort,
            batch: performance.batch,
            encode_batch: performance.encode_batch_size(),
            predictor: predictor.to_owned(),
            window,
            pools: performance.reuse.pools,
            // A GPU that the CPU replaces has none.
            target_budget: stats.gpu.map(|gpu| gpu.pool_budget).filter(|&budget| budget > 0),
        }
    }

    /// Statistics since the engine was made, without items and bytes. They can be read during a run; for its progress,
    /// see [`Self::snapshot`].
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        self.telemetry.add_stats(&mut stats);
        self.outputs.each().for_each(|output| output.presser.add_stats(&mut stats));
        stats.encoder = self.presser().mode();
        self.budget.add_stats(&mut stats);
        stats.predictor = self.prefetcher.stats();
        stats
    }

    /// The progress of the run that began last, or its end; all zeros before the first. Where several run at a
    /// time on this engine, the span cache's numbers are those of all of them.
    ///
    /// It takes some microseconds, and may be called from any thread while others press; the memory of the process is
    /// up to a tenth of a second old.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let cache = self.budget.cache_use();
        self.telemetry.run().snapshot(cache, self.budget.held(self.texture_bytes(), false))
    }

    /// Items that exist of the run that began last, without the other numbers of a snapshot.
    #[must_use]
    pub fn items_done(&self) -> u64 {
        let run = self.telemetry.run();
        run.kept + run.items.load(Relaxed)
    }

    /// Items of that run that an earlier one had made.
    #[must_use]
    pub fn items_kept(&self) -> u64 {
        self.telemetry.run().kept
    }

    /// Loads the patterns of an earlier run from `path`: which traits came together in its items.
    ///
    /// # Errors
    /// If the file cannot be read, or was made from other art.
    pub fn load_patterns(&self, path: &Path) -> Result<(), Error> {
        let (history, learned) = History::load_with(path, &self.project, &self.art().digest_of_traits())?;
        *self.prefetcher.history() = history;
        if let Some(mut model) = self.prefetcher.learned() {
            *model = learned;
        }
        Ok(())
    }

    /// Saves the patterns of the recorded items to `path`, whole or not at all; see
    /// [`RunOptions::record_patterns`](crate::engine::RunOptions::record_patterns).
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save_patterns(&self, path: &Path) -> Result<(), Error> {
        let (history, learned) = (self.prefetcher.history(), self.prefetcher.learned());
        let art = self.art().digest_of_traits();
        Ok(history.save_with(learned.as_deref(), path, &self.project, &art)?)
    }

    /// The most frequent combinations among the recorded items, at most `most`; see
    /// [`RunOptions::record_patterns`](crate::engine::RunOptions::record_patterns).
    #[must_use]
    pub fn most_common(&self, most: usize) -> Vec<Combination> {
        self.prefetcher.history().most_common(most)
    }

    /// The origins of a run of `plan`: digests of its configuration, art and plan, and its recipe.
    #[must_use]
    pub fn header(&self, plan: &Plan) -> RunHeader {
        RunHeader {
            seed: plan.seed(),
            start: plan.start(),
            count: plan.len() as u64,
            plan: plan.digest(&self.project),
            ..self.origins()
        }
    }

    /// The same without what the plan says.
    pub(crate) fn origins(&self) -> RunHeader {
        let (project, art) = (&self.project, self.art());
        let Pictures { traits, ones } = Pictures::of(art);
        RunHeader {
            program: concat!("traitpress ", env!("CARGO_PKG_VERSION")).to_owned(),
            reading: READING,
            configuration: project.configuration_digest(),
            parts: parts(project, art),
            art: art.digest(),
            traits,
            ones,
            recipe: serde_json::to_value(&self.recipe).expect("a recipe always serializes"),
            output_size: project.output_size.clone(),
            picture_format: project.picture_format,
            layout: project.layout,
            metadata: MetadataInputs::kept(project),
            ..RunHeader::default()
        }
    }

    /// BLAKE3 of the configuration, the art and the recipe: engines of one digest make the same bytes of the same items.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let recipe = serde_json::to_vec(&self.recipe).expect("a recipe always serializes");
        let parts = [self.project.configuration_digest(), self.art().digest(), Digest::of(&recipe)];
        Digest::of(parts.each_ref().map(|part| *part.as_bytes()).as_flattened())
    }

    /// What presses the pictures of the first size.
    pub(crate) fn presser(&self) -> &SpanPresser {
        &self.outputs.first.presser
    }

    /// The parts that press a plan.
    pub(crate) fn pipeline(&self) -> Pipeline<'_> {
        let performance = &self.options.performance;
        Pipeline {
            project: &self.project,
            outputs: &self.outputs,
            budget: &self.budget,
            prefetcher: &self.prefetcher,
            telemetry: &self.telemetry,
            settings: PipelineSettings {
                batch: performance.batch,
                encode_batch: performance.encode_batch_size(),
                cleanup_every: performance.cleanup_items(),
                prefetch: performance.prefetch,
            },
            pool: None,
        }
    }

    /// What makes thumbnails of `side` pixels.
    pub(crate) fn thumbnail_maker(&self, side: u32) -> ThumbnailMaker<'_> {
        let Output { presser, ones } = &self.outputs.first;
        ThumbnailMaker { project: &self.project, presser, ones, side }
    }

    fn texture_bytes(&self) -> Option<u64> {
        self.presser().gpu_stats().as_ref().map(GpuStats::held_bytes)
    }
}
