//! The span presser: rows of traits in, the bytes of finished pictures out.
//!
//! A batch of items is cut into spans. Each different span is looked up in the cache; the missing ones are composited,
//! compressed and kept. A picture's file is then joined from its spans, on any thread. Where the recipe writes whole
//! pictures, nothing is prepared, and each picture is composited and encoded when it is written.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use crate::art::{Art, ArtStore};
use crate::compositor::{Band, Compositor, SpanJob};
use crate::engine::cache::SpanCache;
use crate::engine::caches::SizeCache;
use crate::engine::canvas::{CanvasBuffers, CanvasSource};
use crate::engine::item::ItemTraits;
use crate::engine::output::OutputRecipe;
use crate::engine::telemetry::EngineTelemetry;
use crate::engine::upcoming::{Upcoming, update_next_uses};
use crate::engine::usage::UsageCounters;
use crate::engine::view::{View, ViewBuffers};
use crate::error::Error;
use crate::geometry::{Place, TraitId};
use crate::pixel::Pixel;
use crate::png::{
    CodeLengths, CompressedSpan, Encoder, EncoderError, Filter, Format, PictureSpans, Scratch, Search, plain,
    shape_of,
};
use crate::telemetry::{Buffer, EncodingMode, GpuStats, Pool, Stage, Stats};
use crate::threads::lock;
use crate::tiling::{BatchSpans, ItemStacks};

/// What a presser is built from.
#[derive(Debug)]
pub(crate) struct PresserParts {
    pub(crate) canvases: CanvasSource,
    pub(crate) view: View,
    pub(crate) compositor: Arc<dyn Compositor>,
    pub(crate) cache: SizeCache,
    pub(crate) pool: Arc<rayon::ThreadPool>,
    pub(crate) telemetry: Arc<EngineTelemetry>,
    /// Whether compressed spans are kept from batch to batch.
    pub(crate) keep_spans: bool,
    /// Whether different spans and tiles are counted.
    pub(crate) count_distinct: bool,
}

/// Composites, compresses and joins spans.
#[derive(Debug)]
pub(crate) struct SpanPresser {
    pub(super) parts: PresserParts,
    mode: EncodingMode,
    encoder: Encoder,
    pub(super) buffers: Buffers,
    usage: Mutex<UsageCounters>,
}

/// Buffers of the workers.
#[derive(Debug)]
pub(super) struct Buffers {
    pub(super) scratches: Pool<Scratch>,
    pub(super) views: Pool<ViewBuffers>,
    canvases: Pool<CanvasBuffers>,
    files: Pool<FileBuffers>,
}

/// The files of one item, in all sizes.
#[derive(Debug, Default)]
struct FileBuffers(Vec<Vec<u8>>);

impl Buffer for FileBuffers {
    fn bytes(&self) -> usize {
        self.0.iter().map(Buffer::bytes).sum()
    }
}

/// A picture on its way: its spans, unless whole pictures are written.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Its index in the plan.
    pub(crate) index: usize,
    spans: Option<ItemSpans>,
}

impl Prepared {
    /// A picture that needs no spans.
    pub(crate) fn without_spans(index: usize) -> Self {
        Self { index, spans: None }
    }
}

/// An item's spans as indices into those of its batch: most are shared within it, and counting references to each would
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
    /// The index of a job.
    New(usize),
}

impl SpanPresser {
    /// Builds a presser that writes pictures as `recipe` says, compressed by `search`.
    pub(crate) fn new(parts: PresserParts, recipe: &OutputRecipe, search: Search) -> Self {
        let icc_profile = parts.canvases.store().art().icc_profile.clone();
        let format = Format { size: recipe.size, color: recipe.color.clone(), icc_profile };
        let account = &parts.telemetry.buffers;
        let buffers = Buffers {
            scratches: Pool::new(account),
            views: Pool::new(account),
            canvases: Pool::new(account),
            files: Pool::new(account),
        };
        let (mode, filter, code) = match &recipe.spans {
            Some(spans) => (EncodingMode::Spans, spans.filter, spans.code.clone()),
            // Of the encoder of spans nothing but the format is used.
            None => {
                let code = CodeLengths::untrained(shape_of(&format), format.color.values());
                (EncodingMode::Plain, Filter::None, code)
            }
        };
        let encoder = Encoder::new(format, filter, code, search);
        Self { parts, mode, encoder, buffers, usage: Mutex::default() }
    }

    /// The art; its traits hold no pixels where a budget does not leave room for all of them.
    pub(crate) fn art(&self) -> &Arc<Art> {
        self.parts.canvases.store().art()
    }

    /// The art's pixels.
    pub(crate) fn store(&self) -> &ArtStore {
        self.parts.canvases.store()
    }

    /// How spans are found and composited.
    pub(crate) fn view(&self) -> &View {
        &self.parts.view
    }

    /// What draws whole pictures.
    pub(crate) fn canvases(&self) -> &CanvasSource {
        &self.parts.canvases
    }

    /// From rows of a plan to traits.
    pub(crate) fn items(&self) -> &ItemTraits {
        self.parts.canvases.items()
    }

    /// The encoder of spans.
    pub(crate) fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// How pictures are written.
    pub(crate) fn mode(&self) -> EncodingMode {
        self.mode
    }

    /// The threads that composite and compress.
    pub(crate) fn pool(&self) -> &Arc<rayon::ThreadPool> {
        &self.parts.pool
    }

    /// The span cache, locked.
    pub(crate) fn cache(&self) -> MutexGuard<'_, SpanCache> {
        lock(&self.parts.cache.spans)
    }

    /// Whether the back end loads traits ahead of their use.
    pub(crate) fn wants_forecast(&self) -> bool {
        let is_full = self.parts.view.averages().is_none();
        self.parts.compositor.wants_forecast() && self.mode == EncodingMode::Spans && is_full
    }

    /// How often the back end failed so far.
    pub(crate) fn failures(&self) -> u64 {
        self.parts.compositor.failures()
    }

    /// What the graphics card did, if there is one.
    pub(crate) fn gpu_stats(&self) -> Option<GpuStats> {
        self.parts.compositor.gpu_stats()
    }

    /// Finds or makes the spans of some pictures, given with their indices in the plan. The back end may load `next`
    /// ahead; `upcoming` are the items that follow.
    ///
    /// # Errors
    /// If the GPU failed and the CPU must not replace it, or a picture must be decoded again and has changed.
    pub(crate) fn prepare(
        &self,
        rows: &[(usize, &[u16])],
        next: Vec<Band>,
        upcoming: Option<Upcoming<'_>>,
    ) -> Result<Vec<Prepared>, Error> {
        if self.mode == EncodingMode::Plain {
            return Ok(rows.iter().map(|&(index, _)| Prepared::without_spans(index)).collect());
        }
        let batch = self.cut(rows);
        let look_up = || self.look_up(&batch, rows.len());
        let (sources, jobs) = self.parts.telemetry.stages.time(Stage::Tile, look_up);
        let made = self.make(&jobs, next)?;
        if self.parts.keep_spans {
            self.keep(&jobs, &made, upcoming);
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

    /// Cuts pictures into spans.
    fn cut(&self, rows: &[(usize, &[u16])]) -> BatchSpans {
        let mut items = ItemStacks::default();
        rows.iter().for_each(|(_, row)| items.push(self.items().iter(row)));
        let add_time = |time| self.parts.telemetry.stages.add(Stage::Tile, time);
        BatchSpans::cut(self.parts.view.shapes(), &items, &self.parts.pool, add_time)
    }

    /// Finds the spans of a batch of `items` pictures; those that are not in the cache become jobs.
    fn look_up(&self, batch: &BatchSpans, items: usize) -> (Vec<Source>, Vec<SpanJob>) {
        let mut jobs: Vec<SpanJob> = Vec::new();
        let (mut cache, mut usage) = (self.cache(), lock(&self.usage));
        cache.tick(items as u64);
        let look = |(place, stack, uses): (Place, &[u16], u32)| {
            usage.wanted(place, uses);
            match cache.get(place, stack, uses) {
                Some(span) => Source::Kept(span),
                None => {
                    if self.parts.count_distinct {
                        usage.remember(place, stack);
                    }
                    jobs.push(SpanJob { place, stack: stack.into() });
                    Source::New(jobs.len() - 1)
                }
            }
        };
        let sources = batch.distinct().map(look).collect();
        (sources, jobs)
    }

    /// Composites and compresses the spans of `jobs`.
    fn make(&self, jobs: &[SpanJob], next: Vec<Band>) -> Result<Vec<Arc<CompressedSpan>>, Error> {
        if let Some(averaged) = self.parts.view.averages() {
            return self.make_averages(averaged, jobs);
        }
        let made: Vec<OnceLock<Arc<CompressedSpan>>> = jobs.iter().map(|_| OnceLock::new()).collect();
        let deliver = |index: usize, pixels: &mut [Pixel]| {
            made[index].set(self.compress(jobs[index].place, pixels)).expect("a job is delivered once");
        };
        self.render(jobs, next, &deliver)?;
        Ok(made.into_iter().map(|slot| slot.into_inner().expect("every job is delivered")).collect())
    }

    /// Compresses the pixels of a span.
    pub(super) fn compress(&self, place: Place, pixels: &mut [Pixel]) -> Arc<CompressedSpan> {
        let (xs, _) = self.parts.view.extent(place);
        let compress = |scratch: &mut Scratch| self.encoder.compress(pixels, xs.len(), xs.start, scratch);
        let stages = &self.parts.telemetry.stages;
        Arc::new(stages.time(Stage::Compress, || self.buffers.scratches.with(compress)))
    }

    /// Composites spans of the art, group by group where the traits of all exceed their budget.
    pub(super) fn render(
        &self,
        jobs: &[SpanJob],
        next: Vec<Band>,
        deliver: &(dyn Fn(usize, &mut [Pixel]) + Sync),
    ) -> Result<(), Error> {
        let mut next = Some(next);
        for group in self.store().groups(jobs.len(), |index| &jobs[index].stack) {
            let pinned = jobs[group.clone()].iter().flat_map(|job| job.stack.iter().copied());
            let art = self.store().pin(pinned)?;
            // What comes next is loaded after the last group.
            let next = if group.end == jobs.len() { next.take() } else { None };
            let deliver = |index: usize, pixels: &mut [Pixel]| deliver(group.start + index, pixels);
            self.parts.compositor.render(&art, &jobs[group.clone()], next.unwrap_or_default(), &deliver)?;
        }
        Ok(())
    }

    /// Puts new spans into the cache, and keeps it within its budget.
    fn keep(&self, jobs: &[SpanJob], made: &[Arc<CompressedSpan>], upcoming: Option<Upcoming<'_>>) {
        let mut cache = self.cache();
        for (job, span) in jobs.iter().zip(made) {
            cache.insert(job.place, &job.stack, span.clone());
        }
        if cache.is_over() {
            update_next_uses(&mut cache, self.parts.view.shapes(), upcoming);
            cache.trim();
        }
    }

    /// Lends buffers for so many files to `work`.
    pub(crate) fn with_files<R>(&self, count: usize, work: impl FnOnce(&mut [Vec<u8>]) -> R) -> R {
        self.buffers.files.with(|FileBuffers(files)| {
            files.resize_with(count, Vec::new);
            work(files)
        })
    }

    /// Writes a picture's file into `out` and gives its length; bytes beyond it mean nothing.
    ///
    /// # Errors
    /// If a picture must be decoded again and has changed, or the encoder of whole pictures fails.
    pub(crate) fn write_picture(
        &self,
        prepared: &Prepared,
        row: &[u16],
        out: &mut Vec<u8>,
    ) -> Result<usize, Error> {
        let stages = &self.parts.telemetry.stages;
        if let Some(spans) = &prepared.spans
            && let Some(len) = stages.time(Stage::Join, || self.encoder.join(&spans.of_picture(), out))
        {
            return Ok(len);
        }
        self.buffers.canvases.with(|buffers| {
            stages.time(Stage::Composite, || self.canvases().draw(row, buffers))?;
            let CanvasBuffers { pixels, raw, .. } = buffers;
            let compress = || {
                if prepared.spans.is_some() {
                    lock(&self.usage).stored += 1;
                    return Ok(self.encoder.stored(pixels));
                }
                plain(self.encoder.format(), pixels, raw).map_err(EncoderError)
            };
            *out = stages.time(Stage::Compress, compress)?;
            Ok(out.len())
        })
    }

    /// Makes the file of one picture; the back end may load `next` ahead.
    ///
    /// # Errors
    /// As [`Self::prepare`] and [`Self::write_picture`].
    pub(crate) fn picture(&self, row: &[u16], next: Vec<Band>) -> Result<Vec<u8>, Error> {
        let prepared = self.prepare(&[(0, row)], next, None)?;
        let mut file = Vec::new();
        let len = self.write_picture(&prepared[0], row, &mut file)?;
        file.truncate(len);
        Ok(file)
    }

    /// Composites these traits, bottom to top, into a whole canvas of the art's size.
    ///
    /// # Errors
    /// If a picture must be decoded again and has changed.
    pub(crate) fn composite(
        &self,
        traits: &[TraitId],
        canvas: &mut Vec<Pixel>,
    ) -> Result<(), crate::art::ReloadError> {
        self.canvases().composite(traits, canvas)
    }

    /// Adds its part of the statistics to that of others of the same engine.
    pub(crate) fn add_stats(&self, stats: &mut Stats) {
        let usage = lock(&self.usage);
        stats.spans.wanted += usage.spans_wanted;
        stats.tiles.wanted += usage.tiles_wanted;
        if self.parts.count_distinct && self.mode == EncodingMode::Spans {
            let (spans, tiles) = usage.distinct();
            *stats.spans.distinct.get_or_insert(0) += spans;
            *stats.tiles.distinct.get_or_insert(0) += tiles;
        }
        stats.stored += usage.stored;
        drop(usage);
        stats.traits = self.store().usage();
        stats.memory.art = self.store().shape_bytes() + stats.traits.peak_bytes;
        stats.backend = self.parts.compositor.in_use();
        stats.gpu = self.gpu_stats();
        stats.memory.textures_peak = stats.gpu.as_ref().map(GpuStats::held_bytes);
        stats.threads = self.parts.pool.current_num_threads();
    }
}
