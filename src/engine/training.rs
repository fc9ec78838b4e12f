//! Training: the filter and the code of a collection, from a sample of what its pictures will show.
//!
//! The sample is drawn from the configured weights by a stream of random numbers of its own, at a fixed size, and
//! holds every trait that can appear. Coding it and counting what was used gives the next round's code.

use fearless_simd::Level;
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use crate::art::{ArtStore, ReloadError};
use crate::compositor::SpanJob;
use crate::engine::item::ItemTraits;
use crate::engine::recipe::area;
use crate::engine::view::{View, ViewBuffers};
use crate::geometry::{Place, TraitId};
use crate::png::{
    Code, CodeLengths, Color, Filter, Format, Histogram, Method, Scratch, Search, SpanSamples, count,
    shape_of,
};
use crate::project::{ABSENT, Project};
use crate::selection::Sampler;
use crate::tiling::{SpanScanner, StackId, StackTable};

/// Items drawn to train the code, before those added so that every trait is seen.
const TRAINING_ITEMS: usize = 24;
/// Pixels of the training sample, nearly; more changed the size of the reference sets by less than 0.1 %.
const TRAINING_PIXELS: usize = 3 << 20;
/// Rounds of coding the sample and training the code on the result. A third moves the size by 0.2 %, a fourth by none.
const ROUNDS: usize = 3;
/// Filters are compared on one span in this many.
const SHARE: usize = 4;

/// One span of the training sample, as the files will store it.
struct SampleSpan {
    samples: Vec<u32>,
    width: usize,
    x: usize,
    /// How often it was seen.
    times: u64,
}

impl SampleSpan {
    fn samples(&self) -> SpanSamples<'_> {
        SpanSamples { pixels: &self.samples, width: self.width, x: self.x }
    }
}

/// Spans to train on.
pub(crate) struct TrainingSet {
    spans: Vec<SampleSpan>,
}

impl TrainingSet {
    /// Draws items, adds some so that every trait that can appear does, and keeps every n-th of their distinct
    /// spans so that the number of pixels is bounded.
    pub(crate) fn draw(
        project: &Project,
        traits: &ArtStore,
        view: &View,
        items: &ItemTraits,
        color: &Color,
        pool: &rayon::ThreadPool,
    ) -> Result<Self, ReloadError> {
        let shapes = view.shapes();
        let (mut stacks, mut viewer) = (StackTable::default(), SpanScanner::default());
        let mut found: HashMap<(Place, StackId), usize, FxBuildHasher> = HashMap::default();
        let mut jobs: Vec<(SpanJob, u64)> = Vec::new();
        for row in training_rows(project) {
            viewer.spans(shapes, &items.of(&row), |place, stack| {
                let next = jobs.len();
                let index = *found.entry((place, stacks.number(stack))).or_insert(next);
                if index == next {
                    jobs.push((SpanJob { place, stack: stack.into() }, 0));
                }
                jobs[index].1 += 1;
            });
        }
        let pixels: usize = jobs.iter().map(|(job, _)| area(shapes, job.place)).sum();
        let step = pixels.div_ceil(TRAINING_PIXELS).max(1);
        let mut seen: HashSet<TraitId, FxBuildHasher> = HashSet::default();
        // Thinning must not lose a trait: the first span in which one shows is kept.
        let mut number = 0;
        jobs.retain(|(job, _)| {
            let shows_new = job.stack.iter().fold(false, |new, &id| seen.insert(id) | new);
            number += 1;
            shows_new || (number - 1) % step == 0
        });
        let mut spans = Vec::with_capacity(jobs.len());
        for group in traits.groups(jobs.len(), |index| &jobs[index].0.stack) {
            let jobs = &jobs[group];
            let art = &traits.pin(jobs.iter().flat_map(|(job, _)| job.stack.iter().copied()))?;
            let render = |(job, times): &(SpanJob, u64)| {
                let mut buffers = ViewBuffers::default();
                view.composite(art, job, &mut buffers);
                let mut samples = buffers.pixels;
                color.to_samples(&mut samples);
                let (xs, _) = view.extent(job.place);
                SampleSpan { samples, width: xs.len(), x: xs.start, times: *times }
            };
            pool.install(|| spans.par_extend(jobs.par_iter().map(render)));
        }
        Ok(Self { spans })
    }

    /// The filter that makes the sample smallest, and the code trained for it.
    pub(crate) fn best_code(&self, format: &Format, search: Search) -> (Filter, CodeLengths) {
        let (shape, values) = (shape_of(format), format.color.values());
        let filter = match format.color {
            // Neighbouring palette numbers mean nothing, so their differences do not either.
            Color::Indexed(_) => Filter::None,
            Color::Rgb | Color::Rgba => {
                let size = |&filter: &Filter| {
                    // The first round's code says little yet; the second's distinguishes the filters.
                    let first = self.counts(
                        &Code::new(CodeLengths::untrained(shape, values), shape),
                        filter,
                        search,
                        SHARE,
                    );
                    let lengths = CodeLengths::trained(&first, shape, values);
                    self.counts(&Code::new(lengths.clone(), shape), filter, search, SHARE).bits(&lengths)
                };
                Filter::ALL.into_iter().min_by_key(size).expect("there are filters")
            }
        };
        let mut lengths = CodeLengths::untrained(shape, values);
        for _ in 0..ROUNDS {
            let counts = self.counts(&Code::new(lengths, shape), filter, search, 1);
            lengths = CodeLengths::trained(&counts, shape, values);
        }
        (filter, lengths)
    }

    /// What coding one span in `every` with `code` uses, each as often as it was seen.
    fn counts(&self, code: &Code, filter: Filter, search: Search, every: usize) -> Histogram {
        let method = Method { code, filter, search, level: Level::new() };
        let count_one = |(mut sum, mut scratch): (Histogram, Scratch), span: &SampleSpan| {
            let mut counts = Histogram::default();
            count(span.samples(), &method, &mut counts, &mut scratch);
            sum.add(&counts, span.times);
            (sum, scratch)
        };
        self.spans.par_iter().step_by(every).fold(Default::default, count_one).map(|(sum, _)| sum).reduce(
            Histogram::default,
            |mut a, b| {
                // Whole numbers: the sum is the same in whatever order threads finish.
                a.add(&b, 1);
                a
            },
        )
    }
}

/// Drawn items, and more in which each trait appears that was not drawn but can be.
fn training_rows(project: &Project) -> Vec<Vec<u16>> {
    let mut sampler = Sampler::new(project, b"traitpress recipe v1....");
    let mut draw = || {
        let mut row = vec![ABSENT; project.layers.len()];
        sampler.next_row(&mut row);
        row
    };
    let mut rows: Vec<Vec<u16>> = (0..TRAINING_ITEMS).map(|_| draw()).collect();
    let mut missing: Vec<Vec<u16>> = (0..project.layers.len())
        .map(|layer| {
            // A weight of 0 is never drawn, but a plan may ask for it.
            let all = 0..if project.layers[layer].chance > 0 {
                project.layers[layer].traits.len() as u16
            } else {
                0
            };
            all.filter(|&i| rows.iter().all(|row| row[layer] != i)).collect()
        })
        .collect();
    while missing.iter().any(|left| !left.is_empty()) {
        let mut row = draw();
        for (chosen, left) in row.iter_mut().zip(&mut missing) {
            *chosen = left.pop().unwrap_or(*chosen);
        }
        rows.push(row);
    }
    rows
}
