//! A door to the inner stages, for benches, tests and fuzzing alone; not part of the interface.

use std::sync::Arc;

pub use crate::compositor::{FaultPlan, GpuStages};
use crate::compositor::{SpanJob, composite_span};
use crate::engine::facade::Engine;
use crate::engine::options::PressOptions;
pub use crate::engine::predict::{
    Choice, Constraint, Distinct, History, HitRate, LOOK_AHEAD, Learned, LookAhead, Partial, Prediction,
    Predictor, RuleConstraint, Visits, WeightConstraint, compare, hit_rate, sessions, visits,
};
pub use crate::engine::readers::{Format, Readers};
use crate::pixel::{Arithmetic, Blend, Pixel};
use crate::plan::Item;
use crate::png::{CompressedSpan, RowSpans, Scratch, TileRow};
use crate::tiling::SpanScanner;

/// Blends a row over another, as the CPU back end does.
pub fn blend_row(arithmetic: Arithmetic, mode: Blend, destination: &mut [Pixel], source: &[Pixel]) {
    arithmetic.blend_row(mode, destination, source);
}

/// The same settings with faults to bring about in the GPU path.
#[must_use]
pub fn with_gpu_faults(mut options: PressOptions, faults: FaultPlan) -> PressOptions {
    options.performance.gpu_faults = faults;
    options
}

/// The same settings with what a GPU is to do.
#[must_use]
pub fn with_gpu_stages(mut options: PressOptions, stages: Option<GpuStages>) -> PressOptions {
    options.performance.gpu_stages = stages;
    options
}

/// The spans of one item, composited, ready to be compressed again and again.
#[derive(Debug)]
pub struct Spans<'e> {
    engine: &'e Engine,
    /// Pixels, width and first column of each.
    spans: Vec<(Vec<Pixel>, usize, usize)>,
    row_ends: Vec<u32>,
    scratch: Scratch,
    buffer: Vec<Pixel>,
}

impl<'e> Spans<'e> {
    /// Composites all spans of an item.
    #[must_use]
    pub fn new(engine: &'e Engine, item: &Item) -> Self {
        let traits = engine.presser().items().of(item.row());
        let art =
            &engine.presser().store().pin(traits.iter().copied()).expect("benches do not change the art");
        let mut spans = Vec::new();
        let mut row_ends = vec![0; art.grid.rows()];
        SpanScanner::default().spans(art, &traits, |place, stack| {
            let mut buffer = Vec::new();
            let job = SpanJob { place, stack: stack.into() };
            let pixels = composite_span(art, &job, &mut buffer).to_vec();
            let (xs, _) = crate::compositor::extent(art, place);
            spans.push((pixels, xs.len(), xs.start));
            row_ends[usize::from(place.tile_row)] = spans.len() as u32;
        });
        Self { engine, spans, row_ends, scratch: Scratch::default(), buffer: Vec::new() }
    }

    /// Pixels of all spans.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        self.spans.iter().map(|(pixels, ..)| pixels.len() as u64).sum()
    }

    /// Compresses every span once and gives the bytes of memory that they take.
    pub fn compress(&mut self) -> u64 {
        let Self { engine, spans, scratch, buffer, .. } = self;
        let bytes = spans.iter().map(|(pixels, width, x)| {
            buffer.clone_from(pixels);
            engine.presser().encoder().compress(buffer, *width, *x, scratch).memory() as u64
        });
        bytes.sum()
    }

    /// Compresses every span and keeps them, ready to be joined again and again.
    #[must_use]
    pub fn into_picture(mut self) -> Picture<'e> {
        let Self { engine, spans, scratch, .. } = &mut self;
        let compress = |(pixels, width, x): &mut (Vec<Pixel>, usize, usize)| {
            engine.presser().encoder().compress(pixels, *width, *x, scratch)
        };
        let spans: Vec<Arc<CompressedSpan>> = spans.iter_mut().map(compress).map(Arc::new).collect();
        let mut from = 0;
        let row = |&end: &u32| {
            let row = &spans[from..end as usize];
            from = end as usize;
            RowSpans::new(row.into())
        };
        Picture { engine: self.engine, rows: self.row_ends.iter().map(row).collect(), file: Vec::new() }
    }
}

/// One item's compressed spans.
#[derive(Debug)]
pub struct Picture<'e> {
    engine: &'e Engine,
    rows: Vec<RowSpans>,
    file: Vec<u8>,
}

impl Picture<'_> {
    /// Joins the picture and gives its length in bytes, 0 if stored blocks would be smaller.
    pub fn join(&mut self) -> usize {
        let rows: Vec<TileRow<'_>> = self.rows.iter().map(|spans| TileRow { spans, block: None }).collect();
        self.engine.presser().encoder().join(&rows, &mut self.file).unwrap_or(0)
    }
}
