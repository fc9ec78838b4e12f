//! From stacks to pixels.
//!
//! A [`Compositor`] takes span jobs and delivers each one's premultiplied pixels, from whatever thread made them, so
//! that they are compressed while they are still in that core's cache. The formulas are those of [`crate::pixel`]
//! whatever the back end: all give the same bytes.

mod cpu;

pub(crate) use cpu::{Cpu, composite_canvas, composite_span, extent, over_row};

use crate::collection::TraitId;
use crate::pixel::Pixel;
use crate::png::CompressedSpan;
use crate::tiling::Place;

/// A span to composite.
#[derive(Clone, Debug)]
pub(crate) struct SpanJob {
    pub(crate) place: Place,
    /// Bottom to top.
    pub(crate) stack: Box<[TraitId]>,
}

/// What a back end made of a job.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum Rendered<'a> {
    /// Premultiplied pixels, row by row; the receiver may change them.
    Pixels(&'a mut [Pixel]),
    /// The span as the collection's code writes it.
    #[expect(
        dead_code,
        reason = "for back ends that compress where they composite; the receiver takes it today"
    )]
    Compressed(CompressedSpan),
}

/// A back end.
pub(crate) trait Compositor: std::fmt::Debug + Send + Sync {
    /// `cpu`, or `gpu: ADAPTER`.
    fn name(&self) -> String;

    /// Renders all jobs and hands each to `deliver` with its index, in any order, from any thread.
    fn render(&self, jobs: &[SpanJob], deliver: &(dyn Fn(usize, Rendered<'_>) + Sync));
}
