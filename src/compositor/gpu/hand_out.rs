//! From what the GPU answers to those who asked, on the threads of the pool.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;

use rayon::prelude::*;

use crate::art::Art;
use crate::compositor::gpu::Gpu;
use crate::compositor::gpu::compress::Asked;
use crate::compositor::gpu::fill::{Extent, Numbered};
use crate::compositor::gpu::requests::{Answer, Pixels, Render, Request};
use crate::compositor::{Band, Compressed, Deliver};
use crate::telemetry::Stage;

/// What takes the spans of jobs, by their numbers.
#[derive(Clone, Copy)]
pub(super) struct Takers<'d> {
    pub(super) pixels: &'d Deliver<'d>,
    pub(super) compressed: Option<Compressed<'d>>,
    /// Those that the CPU must make.
    pub(super) here: &'d (dyn Fn(usize) + Sync),
}

impl Gpu {
    /// Has the GPU do jobs and hands out what comes of them, and does `besides` meanwhile.
    pub(super) fn answer_all(
        &self,
        art: &Arc<Art>,
        jobs: Vec<Numbered>,
        next: Vec<Band>,
        takers: Takers<'_>,
        besides: impl FnOnce() + Send,
    ) {
        let (answers, answered) = channel();
        // With no job the answers end at once, but there may be something to load.
        let encoder = takers.compressed.map(|compressed| compressed.encoder.clone());
        self.ask(Request::Render(Render { art: art.clone(), jobs, encoder, next, answers }));
        self.means.pool.in_place_scope(|scope| {
            scope.spawn(|_| besides());
            for answer in &answered {
                scope.spawn(move |_| match answer {
                    Answer::Done(jobs, mut pixels) => self.hand_out(&jobs, &mut pixels, takers),
                    Answer::Compressed(jobs, asked, words) => {
                        self.hand_out_compressed((&jobs, &asked, &words.pixels), takers);
                    }
                    Answer::Yours(jobs) => {
                        self.on_cpu.fetch_add(jobs.len() as u64, Ordering::Relaxed);
                        jobs.par_iter().for_each(|numbered| (takers.here)(numbered.number));
                    }
                });
            }
        });
    }

    /// Hands out the compressed spans of a finished pass, and has the CPU make what was given up.
    fn hand_out_compressed(&self, (jobs, asked, words): (&[Numbered], &Asked, &[u32]), takers: Takers<'_>) {
        let Some(compressed) = takers.compressed else { return };
        let mut row = 0;
        let mut rows_of = |Numbered { number, job }: &Numbered| {
            let Extent { x, height, .. } = job.extent(&self.means.art);
            row += height;
            (*number, x as u32, row - height..row)
        };
        let spans: Vec<(usize, u32, Range<usize>)> = jobs.iter().map(&mut rows_of).collect();
        spans.into_par_iter().enumerate().for_each(|(index, (number, x, rows))| {
            let read = || asked.results.span(words, index, rows, x, &asked.encoder);
            match self.means.stages.time(Stage::Compress, read) {
                Some(span) => {
                    self.compressed.fetch_add(1, Ordering::Relaxed);
                    (compressed.deliver)(number, span);
                }
                None => {
                    self.on_cpu.fetch_add(1, Ordering::Relaxed);
                    (takers.here)(number);
                }
            }
        });
    }

    /// Hands out the spans of a finished pass.
    fn hand_out(&self, jobs: &[Numbered], pixels: &mut Pixels, takers: Takers<'_>) {
        let mut rest = &mut pixels.pixels[..];
        let mut spans = Vec::with_capacity(jobs.len());
        for Numbered { number, job } in jobs {
            let (span, others) = rest.split_at_mut(job.extent(&self.means.art).pixels());
            spans.push((*number, span));
            rest = others;
        }
        spans.into_par_iter().for_each(|(number, span)| (takers.pixels)(number, span));
    }
}
