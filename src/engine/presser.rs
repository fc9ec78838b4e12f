//! The span presser: rows of traits in, the bytes of finished pictures out.
//!
//! A batch of items is cut into spans. Each different span is looked up in the cache; the missing ones are composited,
//! compressed and kept. A picture's file is then joined from its spans, on any thread. Where the recipe writes whole
//! pictures, nothing is prepared, and each picture is composited and encoded when it is written.
//!
//! These steps can be taken apart ([`SpanPresser::begin`], [`SpanPresser::make`], [`SpanPresser::finish`], [`SpanPresser::join_on_back_end`]),
//! so that the next batch is on its way while a back end is busy with one.

use std::sync::Arc;

use crate::art::{Art, ArtStore};
use crate::compositor::{Band, Compositor, Compressed, SpanJob};
use crate::engine::cache::{SpanCache, SpanRow};
use crate::engine::caches::SizeCache;
use crate::engine::canvas::{CanvasBuffers, CanvasSource};
use crate::engine::cut::{BatchRows, Cut, Cutter, Jobs};
use crate::engine::encoder_error::EncoderError;
use crate::engine::item::ItemTraits;
use crate::engine::output::OutputRecipe;
use crate::engine::telemetry::EngineTelemetry;
use crate::engine::upcoming::Upcoming;
use crate::engine::usage::UsageCounters;
use crate::engine::view::{View, ViewBuffers};
use crate::engine::watch::Watch;
use crate::error::Error;
use crate::geometry::TraitId;
use crate::picture::encode;
use crate::pixel::Pixel;
use crate::png::{
    CodeLengths, CompressedSpan, Encoder, Filter, Format, JoinedBits, RowSpans, Scratch, Search, TileRow,
    plain, shape_of,
};
use crate::telemetry::{Buffer, Counted, EncodingMode, GpuStats, Pool, Stage, Stats};
use crate::tiling::ItemStacks;

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
    encoder: Arc<Encoder>,
    pub(super) buffers: Buffers,
    usage: UsageCounters,
}

/// Buffers of the workers.
#[derive(Debug)]
pub(super) struct Buffers {
    pub(super) scratches: Pool<Scratch>,
    pub(super) views: Pool<ViewBuffers>,
    canvases: Pool<CanvasBuffers>,
    files: Pool<FileBuffers>,
    /// Room to join tile rows.
    joined: Pool<Vec<u8>>,
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
    rows: Option<ItemRows>,
}

impl Prepared {
    /// The spans of its tile rows, if it has any.
    pub(crate) fn spans(&self) -> Option<Vec<Arc<RowSpans>>> {
        let ItemRows { batch, item, .. } = self.rows.as_ref()?;
        Some(batch.of_item(*item).map(|row| row.spans().clone()).collect())
    }

    /// A picture that needs no spans.
    pub(crate) fn without_spans(index: usize) -> Self {
        Self { index, rows: None }
    }
}

/// Pictures whose spans are being made.
#[derive(Debug)]
pub(crate) struct Begun {
    /// Their indices in the plan.
    indices: Vec<usize>,
    /// None where whole pictures are written.
    cut: Option<Cut>,
}

/// An item's tile rows: those of its batch, most of which it shares with other items.
#[derive(Debug)]
struct ItemRows {
    batch: Arc<BatchRows>,
    /// Its number in the batch.
    item: usize,
    /// Its bits, where the back end has joined it.
    joined: Option<Counted<JoinedBits>>,
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
            joined: Pool::new(account),
        };
        let (mode, filter, code) = match &recipe.spans {
            Some(spans) => (EncodingMode::Spans, spans.filter, spans.code.clone()),
            // Of the encoder of spans nothing but the format is used.
            None => {
                let code = CodeLengths::untrained(shape_of(&format), format.color.values());
                (EncodingMode::Plain, Filter::None, code)
            }
        };
        let encoder = Arc::new(Encoder::new(format, filter, code, search));
        let usage =
            UsageCounters::new(parts.view.shapes().grid, parts.count_distinct && mode == EncodingMode::Spans);
        Self { parts, mode, encoder, buffers, usage }
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
    pub(crate) fn encoder(&self) -> &Arc<Encoder> {
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

    /// The span cache.
    pub(crate) fn cache(&self) -> &SpanCache {
        &self.parts.cache.spans
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

    /// Whether the next pictures are better begun before these are made.
    pub(crate) fn overlaps(&self) -> bool {
        self.mode == EncodingMode::Spans && self.parts.compositor.overlaps()
    }

    /// Whether the back end joins pictures.
    pub(crate) fn joins(&self) -> bool {
        self.mode == EncodingMode::Spans && self.parts.compositor.joins()
    }

    /// Finds or makes the spans of some pictures, given with their indices in the plan. The back end may load `next`
    /// ahead; `upcoming` are the items that follow. Stops where `watch` says that nobody wants the pictures.
    ///
    /// # Errors
    /// If the GPU failed and the CPU must not replace it, a picture must be decoded again and has changed, or the pictures are
    /// no longer wanted.
    pub(crate) fn prepare(
        &self,
        rows: &[(usize, &[u16])],
        next: Vec<Band>,
        upcoming: Option<Upcoming<'_>>,
        watch: &Watch,
    ) -> Result<Vec<Prepared>, Error> {
        let begun = self.begin(rows, None);
        self.make_watched(&begun, next, watch)?;
        let mut prepared = self.finish(begun, upcoming);
        self.join_on_back_end(prepared.iter_mut())?;
        Ok(prepared)
    }

    /// Cuts pictures into spans and looks these up; those of `before` can still be on their way.
    pub(crate) fn begin(&self, rows: &[(usize, &[u16])], before: Option<&Begun>) -> Begun {
        let before = before.and_then(|begun| begun.cut.as_ref()).map(Cut::jobs);
        let cut = (self.mode == EncodingMode::Spans)
            .then(|| self.cut(rows, before.filter(|_| self.parts.keep_spans)));
        Begun { indices: rows.iter().map(|&(index, _)| index).collect(), cut }
    }

    /// Composites and compresses the spans that are not there. The back end may load `next` ahead.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub(crate) fn make(&self, begun: &Begun, next: Vec<Band>) -> Result<(), Error> {
        self.make_watched(begun, next, &Watch::default())
    }

    /// The same as long as the pictures are wanted.
    fn make_watched(&self, begun: &Begun, next: Vec<Band>, watch: &Watch) -> Result<(), Error> {
        let Some(cut) = &begun.cut else { return Ok(()) };
        cut.jobs().set_made(self.make_spans_watched(cut.jobs().all(), next, watch)?);
        Ok(())
    }

    /// Puts pictures together whose spans were made, and those of all before them; `upcoming` are the items that follow.
    pub(crate) fn finish(&self, begun: Begun, upcoming: Option<Upcoming<'_>>) -> Vec<Prepared> {
        let Begun { indices, cut } = begun;
        let Some(cut) = cut else { return indices.into_iter().map(Prepared::without_spans).collect() };
        let kept = self.parts.keep_spans.then(|| self.cache());
        let finish = || cut.finish(kept, self.pool());
        let batch = Arc::new(self.parts.telemetry.stages.time(Stage::Tile, finish));
        if self.cache().is_over() {
            self.parts.cache.look_ahead(upcoming);
            self.cache().trim();
        }
        let rows_of = |item| Some(ItemRows { batch: batch.clone(), item, joined: None });
        let numbered = indices.into_iter().enumerate();
        numbered.map(|(item, index)| Prepared { index, rows: rows_of(item) }).collect()
    }

    /// Has the back end join pictures of one batch, if it does that.
    ///
    /// # Errors
    /// If the GPU failed and the CPU must not replace it.
    pub(crate) fn join_on_back_end<'p>(
        &self,
        prepared: impl Iterator<Item = &'p mut Prepared>,
    ) -> Result<(), Error> {
        if !self.joins() {
            return Ok(());
        }
        let rows: Vec<&mut ItemRows> = prepared.filter_map(|picture| picture.rows.as_mut()).collect();
        let Some(batch) = rows.first().map(|rows| rows.batch.to_join(self.encoder.clone())) else {
            return Ok(());
        };
        let joined = self.parts.compositor.join(batch)?;
        let account = &self.parts.telemetry.buffers;
        let counted = |joined: JoinedBits| {
            let bytes = joined.bytes.len();
            Counted::new(joined, bytes, account)
        };
        rows.into_iter().zip(joined).for_each(|(rows, joined)| rows.joined = joined.map(counted));
        Ok(())
    }

    /// Cuts pictures into spans and looks these up.
    fn cut(&self, rows: &[(usize, &[u16])], before: Option<&Arc<Jobs>>) -> Cut {
        let mut items = ItemStacks::default();
        rows.iter().for_each(|(_, row)| items.push(self.items().iter(row)));
        let cutter = Cutter {
            shapes: self.parts.view.shapes(),
            cache: self.cache(),
            usage: &self.usage,
            pool: self.pool(),
            before,
        };
        cutter.cut(&items, |time| self.parts.telemetry.stages.add(Stage::Tile, time))
    }

    /// Composites spans of the art, group by group where the traits of all exceed their budget. Where the back end also
    /// compresses they go to `compressed`.
    pub(super) fn render(
        &self,
        jobs: &[SpanJob],
        next: Vec<Band>,
        deliver: &(dyn Fn(usize, &mut [Pixel]) + Sync),
        compressed: Option<Compressed<'_>>,
    ) -> Result<(), Error> {
        let mut next = Some(next);
        for group in self.store().groups(jobs.len(), |index| &jobs[index].stack) {
            let pinned = jobs[group.clone()].iter().flat_map(|job| job.stack.iter().copied());
            let art = self.store().pin(pinned)?;
            // What comes next is loaded after the last group.
            let next = if group.end == jobs.len() { next.take() } else { None };
            let deliver = |index: usize, pixels: &mut [Pixel]| deliver(group.start + index, pixels);
            let jobs = &jobs[group.clone()];
            let (compositor, next) = (&self.parts.compositor, next.unwrap_or_default());
            let Some(Compressed { encoder, deliver: keep }) = compressed else {
                compositor.render(&art, jobs, next, &deliver, None)?;
                continue;
            };
            let keep = |index: usize, span: CompressedSpan| keep(group.start + index, span);
            compositor.render(&art, jobs, next, &deliver, Some(Compressed { encoder, deliver: &keep }))?;
        }
        Ok(())
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
        if let Some(len) = self.join_picture(prepared, out) {
            return Ok(len);
        }
        self.buffers.canvases.with(|buffers| {
            stages.time(Stage::Composite, || self.canvases().draw(row, buffers))?;
            let CanvasBuffers { pixels, raw, .. } = buffers;
            let compress = || {
                if prepared.rows.is_some() {
                    self.usage.count_stored();
                    return Ok(self.encoder.stored(pixels));
                }
                let format = self.encoder.format();
                let form = self.canvases().form(format.icc_profile.as_deref());
                if form.format.is_png() {
                    return plain(format, pixels, raw).map_err(EncoderError::from);
                }
                encode(&form, pixels, raw).map_err(EncoderError::from)
            };
            *out = stages.time(Stage::Compress, compress)?;
            Ok(out.len())
        })
    }

    /// Joins the file of a picture into `out` and gives its length; nothing where it has no spans, or stored blocks would be
    /// smaller.
    pub(crate) fn join_picture(&self, prepared: &Prepared, out: &mut Vec<u8>) -> Option<usize> {
        let rows = prepared.rows.as_ref()?;
        self.parts.telemetry.stages.time(Stage::Join, || self.join(rows, out))
    }

    /// Joins a picture. Of tile rows that repeat the bits are kept as one string.
    fn join(&self, ItemRows { batch, item, joined }: &ItemRows, out: &mut Vec<u8>) -> Option<usize> {
        if let Some(joined) = joined {
            let spans = batch.of_item(*item).map(|row| &**row.spans());
            return self.encoder.finish_joined(spans, joined.value(), out);
        }
        self.buffers.joined.with(|buffer: &mut Vec<u8>| {
            let join = |(number, row): (usize, &SpanRow)| {
                row.join_once(self.cache().memory(), |spans, most| {
                    self.encoder.block(number, spans, most, buffer)
                });
            };
            batch.of_item(*item).enumerate().for_each(join);
        });
        let rows: Vec<TileRow<'_>> = batch.of_item(*item).map(SpanRow::tile_row).collect();
        self.encoder.join(&rows, out)
    }

    /// Makes the file of one picture; the back end may load `next` ahead.
    ///
    /// # Errors
    /// As [`Self::prepare`] and [`Self::write_picture`], and if the picture is not wanted any more.
    pub(crate) fn picture(&self, row: &[u16], next: Vec<Band>, watch: &Watch) -> Result<Vec<u8>, Error> {
        let prepared = self.prepare(&[(0, row)], next, None, watch)?;
        watch.check()?;
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
        self.usage.add_stats(stats);
        stats.traits = self.store().usage();
        stats.memory.art = self.store().shape_bytes() + stats.traits.peak_bytes;
        stats.backend = self.parts.compositor.in_use();
        stats.gpu = self.gpu_stats();
        let held = stats.gpu.as_ref().map(GpuStats::held_bytes);
        stats.memory.textures_peak = held.filter(|&bytes| bytes > 0);
        stats.threads = self.parts.pool.current_num_threads();
    }
}
