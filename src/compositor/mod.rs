//! From stacks to pixels.
//!
//! A [`Compositor`] takes span jobs and delivers each one's pixels, from whatever thread made them, so
//! that they are compressed while they are still in that core's cache. The formulas are those of [`crate::pixel`]
//! whatever the back end, in the arithmetic of the art: all give the same bytes.

mod backend;
mod cpu;
#[cfg(feature = "gpu")]
mod gpu;
mod units;

pub(crate) use backend::POOLS;
pub use backend::{Adapter, AdapterKind, Backend, BackendError, FaultPlan, GpuStages};
pub(crate) use cpu::{Cpu, composite_canvas, composite_span, extent};
#[cfg(feature = "gpu")]
pub(crate) use gpu::{Gpu, GpuOptions, Opened, adapters, measured_adapters};

use std::sync::Arc;

use crate::art::Art;
use crate::geometry::{Place, TraitId};
use crate::pixel::Pixel;
use crate::png::{CompressedSpan, Encoder, JoinedBits, RowSpans};
use crate::telemetry::{Account, BackendUse, GpuStats, Stages};

/// A span to composite.
#[derive(Clone, Debug)]
pub(crate) struct SpanJob {
    pub(crate) place: Place,
    /// Bottom to top.
    pub(crate) stack: Box<[TraitId]>,
}

/// A span of a smaller picture: each of its pixels is the average of a box of the art's pixels.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "gpu"), expect(dead_code, reason = "only GPUs average and compress in one go"))]
pub(crate) struct AveragedJob {
    /// Pixels of a box, a side.
    pub(crate) factor: u32,
    /// Its first column in the picture, and its columns and rows, in pixels of the picture.
    pub(crate) x: u32,
    pub(crate) size: [u32; 2],
    /// The art's tiles that it covers: the first column and row, and how many columns and rows.
    pub(crate) corner: [u16; 2],
    pub(crate) tiles: [u16; 2],
    /// What shows in these.
    pub(crate) pieces: Box<[SpanJob]>,
}

/// Takes a finished span: the index of its job, and its pixels, row by row, which the receiver may change.
pub(crate) type Deliver<'d> = dyn Fn(usize, &mut [Pixel]) + Sync + 'd;

/// Takes spans that are compressed already, where a back end can do that.
#[derive(Clone, Copy)]
pub(crate) struct Compressed<'d> {
    /// What they are to be compressed by, bit for bit.
    pub(crate) encoder: &'d Arc<Encoder>,
    /// Called as [`Deliver`], or else that is.
    pub(crate) deliver: &'d (dyn Fn(usize, CompressedSpan) + Sync),
}

/// Pictures to join, of one encoder: of each tile row each different one, and the number of that which each picture shows.
#[derive(Clone, Debug)]
pub(crate) struct JoinBatch {
    #[cfg_attr(not(feature = "gpu"), expect(dead_code, reason = "only GPUs join pictures in batches"))]
    pub(crate) encoder: Arc<Encoder>,
    pub(crate) rows: Vec<(Vec<Arc<RowSpans>>, Vec<u32>)>,
}

/// What back ends work with.
#[derive(Clone, Debug)]
pub(crate) struct BackendContext {
    /// All art, perhaps without pixels.
    #[cfg_attr(not(feature = "gpu"), expect(dead_code, reason = "the CPU needs only what jobs come with"))]
    pub(crate) art: Arc<Art>,
    pub(crate) pool: Arc<rayon::ThreadPool>,
    /// For all pools of buffers.
    pub(crate) account: Arc<Account>,
    pub(crate) stages: Arc<Stages>,
}

/// The tiles of one trait in one tile row: what a back end with memory of its own loads at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Band {
    pub(crate) id: TraitId,
    pub(crate) row: u16,
}

/// A back end.
pub(crate) trait Compositor: std::fmt::Debug + Send + Sync {
    /// What composites: itself, or what took over.
    fn in_use(&self) -> BackendUse;

    /// Renders all jobs and hands each to `deliver` with its index, in any order, from any thread. Those that the back end
    /// has compressed besides go to `compressed` in its place.
    ///
    /// `art` has the pixels of all traits that the jobs show; those of others may be missing.
    ///
    /// `next` is what will be needed after these, the most urgent first: a back end that loads traits may load them
    /// when it has nothing better to do.
    ///
    /// # Errors
    /// If it failed and no other back end may step in; all jobs were delivered all the same.
    fn render(
        &self,
        art: &Arc<Art>,
        jobs: &[SpanJob],
        next: Vec<Band>,
        deliver: &Deliver<'_>,
        compressed: Option<Compressed<'_>>,
    ) -> Result<(), BackendError>;

    /// Whether [`Self::render_averages`] is of any use for boxes of so many pixels a side.
    fn averages(&self, _factor: usize) -> bool {
        false
    }

    /// Composites spans, makes averages of them and compresses these. Those that it leaves to the caller go to `alone` by their
    /// numbers.
    ///
    /// # Errors
    /// As [`Self::render`].
    fn render_averages(
        &self,
        _art: &Arc<Art>,
        jobs: Vec<AveragedJob>,
        alone: &(dyn Fn(usize) + Sync),
        _compressed: Compressed<'_>,
    ) -> Result<(), BackendError> {
        (0..jobs.len()).for_each(alone);
        Ok(())
    }

    /// Whether it has something to do for the next jobs before it has delivered these.
    fn overlaps(&self) -> bool {
        false
    }

    /// Whether [`Self::join`] is of any use.
    fn joins(&self) -> bool {
        false
    }

    /// Joins pictures, each from its first row on; nothing for those that the caller must join.
    ///
    /// # Errors
    /// If it failed and the caller must not do it.
    fn join(&self, batch: JoinBatch) -> Result<Vec<Option<JoinedBits>>, BackendError> {
        let pictures = batch.rows.first().map_or(0, |(_, of_pictures)| of_pictures.len());
        Ok(vec![None; pictures])
    }

    /// Whether it is of any use to say what comes next.
    fn wants_forecast(&self) -> bool {
        false
    }

    /// How often something failed so far, a lack of memory above all: a reason for smaller batches.
    fn failures(&self) -> u64 {
        0
    }

    /// What a GPU did, if there is one.
    fn gpu_stats(&self) -> Option<GpuStats> {
        None
    }
}
