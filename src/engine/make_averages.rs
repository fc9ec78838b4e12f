//! Making the spans of pictures that are smaller than the art: pieces are composited, averaged, put together and
//! compressed.
//!
//! Large tiles repeat less than small ones, the more so the larger they are. Pieces repeat as the art's own spans do, so
//! each different one is composited once, as long as it is kept. A back end that compresses does all of it itself, span by span.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use hashbrown::HashMap;
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use crate::compositor::SpanJob;
use crate::engine::cache::SpanCache;
use crate::engine::presser::SpanPresser;
use crate::engine::view::{Averaged, Piece, ViewBuffers};
use crate::error::Error;
use crate::geometry::{Place, TraitId};
use crate::pixel::Pixel;
use crate::png::CompressedSpan;
use crate::telemetry::Stage;
use crate::tiling::SpanScanner;

/// Pixels of the art whose pieces are in memory together.
const AT_A_TIME: usize = 1 << 24;
/// Bytes that these take at most: sums of 32 bytes for boxes of nine pixels.
pub(crate) const PIECE_BYTES: u64 = (AT_A_TIME as u64) * 32 / 9;

/// The pieces of some spans, each different one once.
#[derive(Default)]
struct Pieces {
    all: Vec<SpanJob>,
    /// The numbers of each span's pieces.
    of_spans: Vec<Vec<u32>>,
}

impl Pieces {
    fn of(cut: Vec<Vec<SpanJob>>) -> Self {
        let mut this = Self::default();
        let mut numbers: HashMap<(Place, Box<[TraitId]>), u32, FxBuildHasher> = HashMap::default();
        for pieces in cut {
            let number = |SpanJob { place, stack }: SpanJob| {
                *numbers.entry((place, stack)).or_insert_with_key(|(place, stack)| {
                    this.all.push(SpanJob { place: *place, stack: stack.clone() });
                    this.all.len() as u32 - 1
                })
            };
            let numbers = pieces.into_iter().map(number).collect();
            this.of_spans.push(numbers);
        }
        this
    }
}

impl SpanPresser {
    /// Makes the spans of `jobs`, as many at a time as may be in memory.
    pub(super) fn make_averages(
        &self,
        averaged: &Averaged,
        jobs: &[SpanJob],
    ) -> Result<Vec<Arc<CompressedSpan>>, Error> {
        let mut made = Vec::with_capacity(jobs.len());
        let mut left = jobs;
        while !left.is_empty() {
            let (mut count, mut pixels) = (0, 0);
            while count < left.len() && (count == 0 || pixels < AT_A_TIME) {
                let (xs, ys) = self.view().extent(left[count].place);
                pixels += xs.len() * ys.len() * averaged.factor() * averaged.factor();
                count += 1;
            }
            let (some, rest) = left.split_at(count);
            let there = self.parts.compositor.averages(averaged.factor());
            made.extend(if there {
                self.make_there(averaged, some)
            } else {
                self.make_some(averaged, some)
            }?);
            left = rest;
        }
        Ok(made)
    }

    fn make_some(&self, averaged: &Averaged, jobs: &[SpanJob]) -> Result<Vec<Arc<CompressedSpan>>, Error> {
        let stages = &self.parts.telemetry.stages;
        let cut = |job: &SpanJob| {
            stages.time(Stage::Tile, || {
                let mut pieces = Vec::new();
                averaged.pieces(job, &mut SpanScanner::default(), |place, stack| {
                    pieces.push(SpanJob { place, stack: stack.into() });
                });
                pieces
            })
        };
        let cut = self.pool().install(|| jobs.par_iter().map(cut).collect());
        let pieces = stages.time(Stage::Tile, || Pieces::of(cut));
        let made = self.averages_of(averaged, &pieces.all)?;
        let assemble = |(job, numbers): (&SpanJob, &Vec<u32>)| {
            self.buffers.views.with(|buffers: &mut ViewBuffers| {
                let parts = numbers.iter().map(|&number| number as usize);
                let parts = parts.map(|number| (pieces.all[number].place, &*made[number]));
                stages.time(Stage::Composite, || averaged.assemble(job.place, parts, buffers));
                self.compress(job.place, &mut buffers.pixels)
            })
        };
        let spans = jobs.par_iter().zip(&pieces.of_spans).map(assemble);
        Ok(self.pool().install(|| spans.collect()))
    }

    /// Has the back end composite pieces, average them and compress spans. There each span's pieces are composited by themselves:
    /// reading those back that repeat would take longer.
    fn make_there(&self, averaged: &Averaged, jobs: &[SpanJob]) -> Result<Vec<Arc<CompressedSpan>>, Error> {
        let stages = &self.parts.telemetry.stages;
        let made: Vec<OnceLock<Arc<CompressedSpan>>> = jobs.iter().map(|_| OnceLock::new()).collect();
        for group in self.store().groups(jobs.len(), |index| &jobs[index].stack) {
            let art =
                self.store().pin(jobs[group.clone()].iter().flat_map(|job| job.stack.iter().copied()))?;
            let cut = |job: &SpanJob| stages.time(Stage::Tile, || averaged.whole_job(job));
            let cut = self.pool().install(|| jobs[group.clone()].par_iter().map(cut).collect());
            let alone = |index: usize| {
                let job = &jobs[group.start + index];
                let span = self.buffers.views.with(|buffers: &mut ViewBuffers| {
                    let start = Instant::now();
                    let pixels = self.view().composite(&art, job, buffers);
                    stages.add(Stage::Composite, start.elapsed());
                    self.compress(job.place, pixels)
                });
                made[group.start + index].set(span).expect("a job is delivered once");
            };
            let keep = |index: usize, span: CompressedSpan| {
                made[group.start + index].set(Arc::new(span)).expect("a job is delivered once");
            };
            let compressed = self.compressed_to(&keep);
            self.parts.compositor.render_averages(&art, cut, &alone, compressed)?;
        }
        Ok(made.into_iter().map(|slot| slot.into_inner().expect("every job is delivered")).collect())
    }

    /// What each of these pieces gives: what is kept of it, or what is composited now.
    fn averages_of(&self, averaged: &Averaged, pieces: &[SpanJob]) -> Result<Vec<Arc<Piece>>, Error> {
        let slots: Vec<OnceLock<Arc<Piece>>> = match self.kept_pieces() {
            Some(kept) => pieces
                .iter()
                .map(|SpanJob { place, stack }| {
                    kept.get(*place, stack, 1).map_or_else(OnceLock::new, Into::into)
                })
                .collect(),
            None => pieces.iter().map(|_| OnceLock::new()).collect(),
        };
        let new: Vec<usize> = (0..pieces.len()).filter(|&number| slots[number].get().is_none()).collect();
        let jobs: Vec<SpanJob> = new.iter().map(|&number| pieces[number].clone()).collect();
        let stages = &self.parts.telemetry.stages;
        let deliver = |index: usize, pixels: &mut [Pixel]| {
            let average = || averaged.piece(jobs[index].place, pixels);
            let piece = Arc::new(stages.time(Stage::Composite, average));
            slots[new[index]].set(piece).expect("a job is delivered once");
        };
        self.render(&jobs, Vec::new(), &deliver, None)?;
        let made: Vec<Arc<Piece>> =
            slots.into_iter().map(|slot| slot.into_inner().expect("every job is delivered")).collect();
        if let Some(kept) = self.kept_pieces() {
            for (SpanJob { place, stack }, &number) in jobs.iter().zip(&new) {
                kept.insert(*place, stack, made[number].clone());
            }
            kept.trim();
        }
        Ok(made)
    }

    /// The pieces that are kept from batch to batch.
    fn kept_pieces(&self) -> Option<&SpanCache<Piece>> {
        self.parts.cache.pieces.as_deref().filter(|_| self.parts.keep_spans)
    }
}
