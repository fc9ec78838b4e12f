//! The engine: a project's decoded art, its recipe, and the caches that pressing and single pictures share.

use std::hash::BuildHasher;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Instant;

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::art::{Art, ArtStore, PictureScratch};
use crate::compositor::{BackendContext, Band, Compositor, SpanJob, composite_canvas};
use crate::engine::cache::{self, SpanCache};
use crate::engine::continued::RecipeSource;
use crate::engine::item::ItemTraits;
use crate::engine::options::{EncoderChoice, PressOptions};
use crate::engine::predict::{History, Predictor};
use crate::engine::recipe::{EncodingMode, Recipe};
use crate::engine::resume;
use crate::engine::resume_error::ResumeError;
use crate::engine::upkeep::{Ahead, Upkeep};
use crate::engine::watch::Watch;
use crate::engine::{backend, pipeline, prefetch};
use crate::error::{Error, ThreadsError};
use crate::geometry::Place;
use crate::output::{RunHeader, Sink};
use crate::pixel::Pixel;
use crate::plan::{Item, Plan};
use crate::png::EncoderError;
use crate::png::{CompressedSpan, Encoder, Format, PictureSpans, Scratch, plain};
use crate::project::Project;
use crate::rules;
use crate::selection::Choose;
use crate::telemetry::{
    Account, EncoderUse, GpuStats, Observer, Pool, Released, Stage, Stages, Stats, memory,
};
use crate::threads::lock;
use crate::tiling::{BatchSpans, ItemStacks, SpanScanner};

/// A loaded project, ready to make pictures.
///
/// It owns its thread pool and its caches, can be shared between threads, and makes the same bytes for the same item
/// whether it presses a whole collection or a single picture.
#[derive(Debug)]
pub struct Engine {
    project: Project,
    /// Everything but pixels can be read from it; those are lent by `traits`.
    pub(crate) art: Arc<Art>,
    pub(crate) traits: ArtStore,
    options: PressOptions,
    pub(crate) pool: Arc<rayon::ThreadPool>,
    pub(crate) recipe: Recipe,
    encoder: Encoder,
    compositor: Box<dyn Compositor>,
    backend_warning: Option<String>,
    history: Mutex<History>,
    cache: Mutex<SpanCache>,
    pub(crate) items: ItemTraits,
    tally: Mutex<UsageCounters>,
    scratches: Pool<Scratch>,
    canvases: Pool<(Vec<Pixel>, Vec<u8>)>,
    /// What decoding and writing a one-of-one takes.
    pub(crate) pictures: Pool<(PictureScratch, Vec<u8>)>,
    pub(crate) files: Pool<Vec<u8>>,
    buffers: Arc<Account>,
    pub(crate) stages: Arc<Stages>,
    loading: (f64, f64),
    released: Mutex<Released>,
    upkeep: Mutex<Upkeep>,
    pub(crate) watch: Watch,
}

/// What was asked of the engine so far.
#[derive(Debug, Default)]
struct UsageCounters {
    spans_wanted: u64,
    tiles_wanted: u64,
    /// Hashes of what was seen; only statistics stand on them.
    spans: HashSet<u64, FxBuildHasher>,
    tiles: HashSet<u64, FxBuildHasher>,
    stored: u64,
}

/// A picture on its way: its spans, unless whole pictures are written.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Its place in the plan.
    pub(crate) index: usize,
    spans: Option<ItemSpans>,
}

impl Prepared {
    /// A picture that needs no spans.
    pub(crate) fn without_spans(index: usize) -> Self {
        Self { index, spans: None }
    }
}

/// An item's spans as numbers in those of its batch: most are shared within it, and counting references to each would
/// be half of the cost of looking them up.
#[derive(Debug)]
struct ItemSpans {
    batch: Arc<[Arc<CompressedSpan>]>,
    numbers: Vec<u32>,
    row_ends: Vec<u32>,
}

impl ItemSpans {
    fn of_picture(&self) -> PictureSpans<'_> {
        let spans = self.numbers.iter().map(|&number| &*self.batch[number as usize]);
        PictureSpans { spans: spans.collect(), row_ends: &self.row_ends }
    }
}

/// Where a span of a batch comes from.
enum Source {
    Kept(Arc<CompressedSpan>),
    /// The number of a job.
    New(usize),
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

    /// Decodes the art of a project and makes its recipe.
    ///
    /// # Errors
    /// Everything that is wrong with the pictures, at once.
    pub fn new(project: Project, options: PressOptions) -> Result<Self, Error> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(options.thread_count()).build();
        let pool = Arc::new(pool.map_err(ThreadsError)?);
        let start = Instant::now();
        let buffers = Account::new(options.reuse.pools);
        let traits = ArtStore::decode(&project, &pool, options.trait_memory, &buffers)?;
        let art = traits.art().clone();
        let decode = start.elapsed().as_secs_f64();
        let plain = options.encoder == EncoderChoice::Plain;
        let recorded = |run: &RunHeader| Recipe::recorded(&run.recipe, &project, &art);
        let recipe = match &options.recipe {
            RecipeSource::SameRun(run) => {
                resume::check_origins(run, &project, &art)?;
                recorded(run).map_err(|why| resume::refused_recipe(run, why))?
            }
            RecipeSource::OtherRun(run) => recorded(run).map_err(|why| ResumeError::OtherRecipe { why })?,
            RecipeSource::Art => Recipe::make(&project, &traits, plain, options.effort, &pool)?,
        };
        let recipe_seconds = start.elapsed().as_secs_f64() - decode;
        let format = Format {
            size: art.grid.size(),
            color: recipe.color.clone(),
            icc_profile: art.icc_profile.clone(),
        };
        let stages = Arc::<Stages>::default();
        let means = BackendContext {
            art: art.clone(),
            pool: pool.clone(),
            account: buffers.clone(),
            stages: stages.clone(),
        };
        let backend = backend::open(&means, &options, recipe.encoder == EncodingMode::Plain)?;
        Ok(Self {
            items: ItemTraits::new(&project, &art),
            encoder: Encoder::new(format, recipe.filter, recipe.code.clone(), recipe.effort.search()),
            compositor: backend.compositor,
            backend_warning: backend.warning,
            history: Mutex::new(History::new(&project)),
            cache: Mutex::new(SpanCache::new(options.cache_bytes(art.grid.size()))),
            released: Mutex::default(),
            upkeep: Mutex::new(Upkeep::new(&options)),
            watch: Watch::new(traits.shape_bytes()),
            tally: Mutex::default(),
            scratches: Pool::new(&buffers),
            canvases: Pool::new(&buffers),
            pictures: Pool::new(&buffers),
            files: Pool::new(&buffers),
            buffers,
            stages,
            loading: (decode, recipe_seconds),
            project,
            art,
            traits,
            options,
            pool,
            recipe,
        })
    }

    /// The project.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The decoded art; its traits hold no pixels where a budget does not leave room for all of them.
    #[must_use]
    pub fn art(&self) -> &Art {
        &self.art
    }

    /// Threads that work.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// The settings it was made with.
    #[must_use]
    pub fn options(&self) -> &PressOptions {
        &self.options
    }

    /// Why the CPU composites although a GPU is there, if that is so.
    #[must_use]
    pub fn backend_warning(&self) -> Option<&str> {
        self.backend_warning.as_deref()
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
        self.check_plan(plan)?;
        self.press_checked(plan, 0, sink, observer)
    }

    /// The same for a plan that is known to be one of this project, where `kept` more items are there already.
    pub(crate) fn press_checked(
        &self,
        plan: &Plan,
        kept: u64,
        sink: &dyn Sink,
        observer: &dyn Observer,
    ) -> Result<Stats, Error> {
        let start = Instant::now();
        let before = self.stats();
        let done = pipeline::press(self, plan, kept, sink, observer)?;
        let mut stats = self.stats();
        stats.spans.wanted -= before.spans.wanted;
        stats.tiles.wanted -= before.tiles.wanted;
        stats.spans_pressed -= before.spans_pressed;
        stats.evictions -= before.evictions;
        stats.span_cache = stats.span_cache.since(&before.span_cache);
        stats.stored -= before.stored;
        stats.stages = stats.stages.since(&before.stages);
        // Most of it is done once, when the engine is made.
        stats.stages.upload += before.stages.upload;
        stats.pools.allocations -= before.pools.allocations;
        stats.pools.reuses -= before.pools.reuses;
        stats.items = done.items;
        stats.kept = kept;
        stats.ones = plan.count_ones() as u64;
        stats.predictor = done.predictor;
        stats.released = stats.released.since(&before.released);
        stats.traits.reloads -= before.traits.reloads;
        stats.traits.dropped -= before.traits.dropped;
        for (to, from) in stats.memory.quarters.iter_mut().zip(done.quarters) {
            *to = from;
        }
        stats.bytes = done.bytes;
        stats.seconds.press = start.elapsed().as_secs_f64();
        stats.items_per_second = done.items as f64 / stats.seconds.press;
        let seconds = stats.stages.compress + stats.stages.join;
        stats.encoding =
            EncoderUse { pictures: done.items, batches: done.batches, seconds, bytes: done.bytes };
        stats.memory.by_system = self.held(true);
        stats.memory.usable = memory::usable();
        Ok(stats)
    }

    /// Makes one picture: the PNG file of an item, put together from traits or a one-of-one.
    ///
    /// The bytes are those that pressing a collection writes for this item.
    ///
    /// # Errors
    /// If the project cannot make such an item.
    pub fn render(&self, item: &Item) -> Result<Vec<u8>, Error> {
        if let Some(number) = item.one() {
            return self.render_one(number);
        }
        let row = item.row();
        rules::check_row(&self.project, row)?;
        self.history().observe(row);
        let prepared = self.prepare(&[(0, row)], prefetch::guessed(self), None)?;
        if lock(&self.upkeep).is_due(1, self.near_budget()) {
            self.make_room_if_short();
            self.clean_up(None, 0);
        }
        let mut file = Vec::new();
        let len = self.write_picture(&prepared[0], row, &mut file)?;
        file.truncate(len);
        Ok(file)
    }

    /// What the engine did since it was made, but for items and bytes. It may be asked for while a run goes on; for
    /// where that stands, see [`Self::snapshot`].
    #[must_use]
    pub fn stats(&self) -> Stats {
        let (cache, tally) = (self.cache(), lock(&self.tally));
        let counts = cache.counts();
        let mut stats = Stats::default();
        stats.seconds.decode = self.loading.0;
        stats.seconds.recipe = self.loading.1;
        stats.spans.wanted = tally.spans_wanted;
        stats.tiles.wanted = tally.tiles_wanted;
        if self.options.count_distinct && self.recipe.encoder == EncodingMode::Spans {
            stats.spans.distinct = Some(tally.spans.len() as u64);
            stats.tiles.distinct = Some(tally.tiles.len() as u64);
        }
        stats.spans_pressed = counts.misses;
        stats.evictions = counts.evictions;
        stats.span_cache = cache.usage();
        stats.stored = tally.stored;
        stats.stages = self.stages.seconds();
        (stats.pools.allocations, stats.pools.reuses) = self.buffers.counts();
        stats.released = *lock(&self.released);
        stats.traits = self.traits.usage();
        stats.memory.art = self.traits.shape_bytes() + stats.traits.peak_bytes;
        stats.memory.span_cache_peak = counts.peak_bytes;
        stats.memory.pools_peak = self.buffers.peak_bytes();
        stats.memory.process_peak = memory::peak_memory_bytes();
        stats.backend = self.compositor.name();
        stats.gpu = self.compositor.gpu_stats();
        stats.predictor = self.history().stats();
        stats.memory.textures_peak = stats.gpu.as_ref().map(|gpu| gpu.texture_bytes + gpu.pool_bytes);
        stats.encoder = match self.recipe.encoder {
            EncodingMode::Spans => "spans".to_owned(),
            EncodingMode::Plain => "plain".to_owned(),
        };
        stats.threads = self.pool.current_num_threads();
        stats
    }

    /// What the recipe decided, in words.
    #[must_use]
    pub fn recipe_summary(&self) -> String {
        self.recipe.summary()
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The traits of a plan's row, bottom to top.
    pub(crate) fn traits_of(&self, row: &[u16]) -> Vec<crate::geometry::TraitId> {
        self.items.of(row)
    }

    pub(crate) fn cache(&self) -> MutexGuard<'_, SpanCache> {
        lock(&self.cache)
    }

    /// Finds or makes the spans of some pictures, given with their places in the plan; `next` is what pictures after
    /// them will need of the back end, and `ahead` is what is known of these.
    ///
    /// # Errors
    /// If the GPU gave up and the CPU must not step in.
    pub(crate) fn prepare(
        &self,
        rows: &[(usize, &[u16])],
        next: Vec<Band>,
        ahead: Option<Ahead<'_>>,
    ) -> Result<Vec<Prepared>, Error> {
        if self.recipe.encoder == EncodingMode::Plain {
            return Ok(rows.iter().map(|&(index, _)| Prepared::without_spans(index)).collect());
        }
        let batch = self.cut(rows);
        let (sources, jobs) = self.stages.time(Stage::Tile, || self.look_up(&batch, rows.len()));
        let made: Vec<OnceLock<Arc<CompressedSpan>>> = jobs.iter().map(|_| OnceLock::new()).collect();
        let deliver = |index: usize, pixels: &mut [Pixel]| {
            let (xs, _) = crate::compositor::extent(&self.art, jobs[index].place);
            let compress = |scratch: &mut Scratch| self.encoder.compress(pixels, xs.len(), xs.start, scratch);
            let span = self.stages.time(Stage::Compress, || self.scratches.with(compress));
            made[index].set(Arc::new(span)).expect("a job is delivered once");
        };
        let groups = self.traits.groups(jobs.len(), |index| &jobs[index].stack);
        let mut next = Some(next);
        for group in groups {
            let pinned = jobs[group.clone()].iter().flat_map(|job| job.stack.iter().copied());
            let art = self.traits.pin(pinned)?;
            // What comes next is loaded after the last group.
            let next = if group.end == jobs.len() { next.take() } else { None };
            let deliver = |index: usize, pixels: &mut [Pixel]| deliver(group.start + index, pixels);
            self.compositor.render(&art, &jobs[group.clone()], next.unwrap_or_default(), &deliver)?;
        }
        let made: Vec<Arc<CompressedSpan>> =
            made.into_iter().map(|slot| slot.into_inner().expect("every job is delivered")).collect();
        if self.options.reuse.span_cache {
            let mut cache = self.cache();
            for (job, span) in jobs.iter().zip(&made) {
                cache.insert(job.place, &job.stack, span.clone());
            }
            if cache.is_over() {
                self.update_next_uses(&mut cache, ahead);
                cache.trim();
            }
        }
        let spans: Arc<[Arc<CompressedSpan>]> = sources
            .into_iter()
            .map(|source| match source {
                Source::Kept(span) => span,
                Source::New(job) => made[job].clone(),
            })
            .collect();
        let of_item = |(item, &(index, _)): (usize, &(usize, &[u16]))| {
            let (numbers, row_ends) = batch.of_item(item);
            Prepared { index, spans: Some(ItemSpans { batch: spans.clone(), numbers, row_ends }) }
        };
        Ok(rows.iter().enumerate().map(of_item).collect())
    }

    /// Tells the cache when its spans are used next.
    fn update_next_uses(&self, cache: &mut SpanCache, ahead: Option<Ahead<'_>>) {
        let mut viewer = SpanScanner::default();
        for (distance, row) in ahead.into_iter().flat_map(|ahead| ahead.rows(cache::WINDOW)).enumerate() {
            viewer
                .spans(&self.art, &self.items.of(row), |place, stack| cache.will_use(place, stack, distance));
        }
    }

    /// Whether a budget is nearly used up.
    pub(crate) fn near_budget(&self) -> bool {
        let traits = self.traits.pressure();
        self.cache().near_budget() || traits.is_some_and(|(held, budget)| held > budget / 5 * 4)
    }

    /// Lets go of dead spans and idle buffers; `files` stale files were removed before.
    pub(crate) fn clean_up(&self, ahead: Option<Ahead<'_>>, files: u64) {
        let mut cache = self.cache();
        // What an earlier look found is still true, so most clean-ups need not look again.
        if cache.near_budget() && cache.looked_long_ago() {
            self.update_next_uses(&mut cache, ahead);
            cache.looked();
        }
        let spans = cache.drop_dead();
        drop(cache);
        let buffers = self.buffers.release_idle();
        let mut released = lock(&self.released);
        released.cleanups += 1;
        released.spans += spans;
        released.buffers += buffers;
        released.files += files;
    }

    /// Looks whether memory is short, and lets go of what can be done without if it is.
    pub(crate) fn make_room_if_short(&self) -> bool {
        let short = memory::is_short();
        if short {
            self.cache().shrink();
            self.buffers.release_idle();
            lock(&self.released).shortages += 1;
        }
        short
    }

    /// Lets go of everything that was kept for later items.
    pub(crate) fn release(&self) {
        self.cache().clear();
        // What is idle at one release goes at the next.
        for _ in 0..2 {
            self.buffers.release_idle();
        }
    }

    /// Whether it is of any use to tell what comes next.
    pub(crate) fn wants_forecast(&self) -> bool {
        self.compositor.wants_forecast() && self.recipe.encoder == EncodingMode::Spans
    }

    pub(crate) fn history(&self) -> MutexGuard<'_, History> {
        lock(&self.history)
    }

    /// How often the back end failed so far.
    pub(crate) fn failures(&self) -> u64 {
        self.compositor.failures()
    }

    /// Cuts pictures into spans.
    fn cut(&self, rows: &[(usize, &[u16])]) -> BatchSpans {
        let mut items = ItemStacks::default();
        rows.iter().for_each(|(_, row)| items.push(self.items.iter(row)));
        BatchSpans::cut(&self.art, &items, &self.pool, |time| self.stages.add(Stage::Tile, time))
    }

    /// Finds the spans of a batch of `items` pictures; those that are not in the cache become jobs.
    fn look_up(&self, batch: &BatchSpans, items: usize) -> (Vec<Source>, Vec<SpanJob>) {
        let mut jobs: Vec<SpanJob> = Vec::new();
        let (mut cache, mut tally) = (self.cache(), lock(&self.tally));
        cache.tick(items as u64);
        let look = |(place, stack, uses): (Place, &[u16], u32)| {
            tally.spans_wanted += u64::from(uses);
            tally.tiles_wanted += u64::from(uses) * (u64::from(place.last - place.first) + 1);
            match cache.get(place, stack, uses) {
                Some(span) => Source::Kept(span),
                None => {
                    if self.options.count_distinct {
                        tally.saw(place, stack);
                    }
                    jobs.push(SpanJob { place, stack: stack.into() });
                    Source::New(jobs.len() - 1)
                }
            }
        };
        let sources = batch.distinct().map(look).collect();
        (sources, jobs)
    }

    /// Writes a picture's file into `out` and gives its length; what lies beyond means nothing.
    pub(crate) fn write_picture(
        &self,
        prepared: &Prepared,
        row: &[u16],
        out: &mut Vec<u8>,
    ) -> Result<usize, Error> {
        if let Some(spans) = &prepared.spans
            && let Some(len) = self.stages.time(Stage::Join, || self.encoder.join(&spans.of_picture(), out))
        {
            return Ok(len);
        }
        self.canvases.with(|(canvas, raw)| {
            let pin = |id| self.traits.pin([id]);
            self.stages.time(Stage::Composite, || {
                composite_canvas(self.art.grid, &self.items.of(row), pin, canvas)
            })?;
            let compress = || {
                if prepared.spans.is_some() {
                    lock(&self.tally).stored += 1;
                    return Ok(self.encoder.stored(canvas));
                }
                plain(self.encoder.format(), canvas, raw).map_err(EncoderError)
            };
            *out = self.stages.time(Stage::Compress, compress)?;
            Ok(out.len())
        })
    }

    /// What a GPU did, if there is one.
    pub(crate) fn gpu_stats(&self) -> Option<GpuStats> {
        self.compositor.gpu_stats()
    }

    /// The account of all pools of buffers.
    pub(crate) fn buffers(&self) -> &Account {
        &self.buffers
    }

    /// Bytes of compressed spans that the cache may keep.
    pub(crate) fn cache_budget(&self) -> u64 {
        self.cache().budget()
    }
}

impl UsageCounters {
    /// Remembers a span and its tiles as seen.
    fn saw(&mut self, place: Place, stack: &[u16]) {
        // The stack is hashed once, not for every tile: this runs while the workers wait for the next batch.
        let stack = FxBuildHasher.hash_one(stack);
        // One that the cache had dropped was counted before, and so were its tiles.
        if !self.spans.insert(FxBuildHasher.hash_one((place, stack))) {
            return;
        }
        self.tiles.extend(
            (place.first..=place.last).map(|tile| FxBuildHasher.hash_one((place.tile_row, tile, stack))),
        );
    }
}
