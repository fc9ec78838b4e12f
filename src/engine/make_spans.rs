//! Making the spans that a batch, a single picture or a guess at the next picture lacks.
//!
//! A batch makes all of its spans at once. A single picture that may become unwanted makes some at a time, and a picture that is
//! made ahead even fewer, so that both end soon after they are asked to.

use std::sync::{Arc, OnceLock};

use crate::compositor::{Band, Compressed, SpanJob};
use crate::engine::presser::SpanPresser;
use crate::engine::watch::{self, Watch};
use crate::error::Error;
use crate::geometry::Place;
use crate::pixel::Pixel;
use crate::png::{CompressedSpan, Scratch};
use crate::telemetry::{EncodingMode, Stage};
use crate::tiling::SpanScanner;

/// Spans that are made ahead before anything else is looked at.
const SPANS_AHEAD: usize = 16;

impl SpanPresser {
    /// Composites and compresses the spans of `jobs`, some at a time where the pictures may become unwanted. Those that are made
    /// before that are kept.
    pub(super) fn make_spans_watched(
        &self,
        jobs: &[SpanJob],
        next: Vec<Band>,
        watch: &Watch,
    ) -> Result<Vec<Arc<CompressedSpan>>, Error> {
        if !watch.is_set() {
            return self.make_spans(jobs, next);
        }
        let (mut made, mut next) = (Vec::with_capacity(jobs.len()), next);
        for some in jobs.chunks(watch::SPANS) {
            if let Err(unwanted) = watch.check() {
                if self.parts.keep_spans {
                    let done = jobs.iter().zip(&made);
                    done.for_each(|(job, span): (_, &Arc<CompressedSpan>)| {
                        self.cache().insert(job.place, &job.stack, span.clone());
                    });
                }
                return Err(unwanted.into());
            }
            made.extend(self.make_spans(some, std::mem::take(&mut next))?);
        }
        Ok(made)
    }

    /// Composites and compresses the spans of `jobs`.
    fn make_spans(&self, jobs: &[SpanJob], next: Vec<Band>) -> Result<Vec<Arc<CompressedSpan>>, Error> {
        if let Some(averaged) = self.parts.view.averages() {
            return self.make_averages(averaged, jobs);
        }
        let made: Vec<OnceLock<Arc<CompressedSpan>>> = jobs.iter().map(|_| OnceLock::new()).collect();
        let deliver = |index: usize, pixels: &mut [Pixel]| {
            made[index].set(self.compress(jobs[index].place, pixels)).expect("a job is delivered once");
        };
        let keep = |index: usize, span: CompressedSpan| {
            made[index].set(Arc::new(span)).expect("a job is delivered once");
        };
        self.render(jobs, next, &deliver, Some(self.compressed_to(&keep)))?;
        Ok(made.into_iter().map(|slot| slot.into_inner().expect("every job is delivered")).collect())
    }

    /// Spans that the back end compresses go to `deliver`.
    pub(super) fn compressed_to<'d>(
        &'d self,
        deliver: &'d (dyn Fn(usize, CompressedSpan) + Sync),
    ) -> Compressed<'d> {
        Compressed { encoder: self.encoder(), deliver }
    }

    /// Compresses the pixels of a span.
    pub(super) fn compress(&self, place: Place, pixels: &mut [Pixel]) -> Arc<CompressedSpan> {
        let (xs, _) = self.parts.view.extent(place);
        let compress = |scratch: &mut Scratch| self.encoder().compress(pixels, xs.len(), xs.start, scratch);
        let stages = &self.parts.telemetry.stages;
        Arc::new(stages.time(Stage::Compress, || self.buffers.scratches.with(compress)))
    }

    /// Makes the spans of an item that may come, as far as they are not kept, until `stop` says so; where pictures have no spans,
    /// its traits are decoded.
    ///
    /// # Errors
    /// If a picture must be decoded again and has changed.
    pub(crate) fn press_ahead(&self, row: &[u16], stop: &dyn Fn() -> bool) -> Result<(), Error> {
        let traits = self.items().of(row);
        if self.mode() == EncodingMode::Plain || !self.parts.keep_spans {
            self.store().pin(traits)?;
            return Ok(());
        }
        let (cache, mut jobs) = (self.cache(), Vec::new());
        SpanScanner::default().spans(self.parts.view.shapes(), &traits, |place, stack| {
            if !cache.holds(place, stack) {
                jobs.push(SpanJob { place, stack: stack.into() });
            }
        });
        for some in jobs.chunks(SPANS_AHEAD) {
            if stop() {
                break;
            }
            for (job, span) in some.iter().zip(self.make_spans(some, Vec::new())?) {
                cache.insert_ahead(job.place, &job.stack, span);
            }
            cache.trim();
        }
        Ok(())
    }
}
