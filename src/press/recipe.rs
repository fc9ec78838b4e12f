//! The recipe: everything that shapes the bytes of the files but the plan.
//!
//! It is a pure function of the art and the configuration without seed, count and start, made once before the first
//! picture and written down, so that a part of a collection, a later extension and a single picture on demand all
//! come out with the same bytes. The code is trained on a sample that is drawn from the configured weights by a
//! stream of random numbers of its own. All of it is integer arithmetic, and sums do not depend on the order in
//! which threads finish.

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use crate::collection::{Art, Project, TraitId};
use crate::compositor::{SpanJob, composite_span, extent};
use crate::png::{
    Code, CodeLengths, Color, Filter, Format, Histogram, Scratch, SpanSamples, compress, count, shape_of,
};
use crate::press::item::ItemTraits;
use crate::selection::{ABSENT, Sampler};
use crate::tiling::{Place, StackId, StackTable, Viewer};

/// Items drawn to see whether places repeat at all.
const REUSE_SAMPLE: usize = 256;
/// Items drawn to train the code, before those added so that every trait is seen.
const TRAINING_ITEMS: usize = 24;
/// Pixels of the training sample, nearly; more changed the size of the reference sets by less than 0.1 %.
const TRAINING_PIXELS: usize = 3 << 20;
/// Rounds of coding the sample and training the code on the result. A third moves the size by 0.2 %, a fourth by none.
const ROUNDS: usize = 3;

/// The version of the rules that turn a recipe and a plan into bytes.
const VERSION: u32 = 1;

/// How pictures are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// Joined from compressed spans.
    Spans,
    /// Whole pictures with the `png` crate.
    Plain,
}

/// Everything that shapes the bytes of the files but the plan.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Recipe {
    version: u32,
    pub(crate) encoder: Way,
    tile: u32,
    pub(crate) color: Color,
    pub(crate) filter: Filter,
    pub(crate) code: CodeLengths,
}

impl Recipe {
    /// Makes the recipe of a project. `plain` asks for whole pictures whatever the sample says.
    pub(crate) fn make(project: &Project, art: &Art, plain: bool, pool: &rayon::ThreadPool) -> Self {
        let format = Format { size: art.grid.size(), color: color_type(project, art), icc_profile: None };
        let items = ItemTraits::new(project, art);
        let encoder = if plain || !places_repeat(project, art, &items) { Way::Plain } else { Way::Spans };
        let sample = Sample::draw(project, art, &items, &format.color, pool);
        let (filter, code) = pool.install(|| sample.best_code(&format));
        Self { version: VERSION, encoder, tile: crate::tiling::Grid::TILE, color: format.color, filter, code }
    }

    /// The decisions in words: colour type, and how pictures are written.
    pub(crate) fn summary(&self) -> String {
        let color = match &self.color {
            Color::Indexed(palette) => format!("palette of {}", palette.len()),
            Color::Rgb => "RGB".to_owned(),
            Color::Rgba => "RGBA".to_owned(),
        };
        match self.encoder {
            Way::Spans => format!("{color}, distinct spans pressed once (filter {})", self.filter.name()),
            Way::Plain => format!("{color}, pictures encoded one by one"),
        }
    }
}

/// The smallest colour type that holds every picture the project can make.
fn color_type(project: &Project, art: &Art) -> Color {
    let opaque = always_opaque(project, art);
    if let Some(palette) = &art.palette {
        let transparent = if opaque { None } else { Some(0) };
        let entries: Vec<_> = transparent.into_iter().chain(palette.iter().copied()).collect();
        if (1..=256).contains(&entries.len()) {
            return Color::Indexed(entries.into());
        }
    }
    if opaque { Color::Rgb } else { Color::Rgba }
}

/// Whether in every tile the background, or some layer that is never absent, hides everything below whichever of
/// its traits is chosen.
fn always_opaque(project: &Project, art: &Art) -> bool {
    let mut covering: Vec<Vec<TraitId>> = art.ground.map(|id| vec![id]).into_iter().collect();
    for (number, layer) in project.layers.iter().enumerate() {
        if !layer.can_be_absent() {
            covering.push((0..layer.traits.len()).map(|i| project.trait_id(number, i)).collect());
        }
    }
    (0..art.grid.rows()).all(|row| {
        (0..art.grid.columns()).all(|column| {
            let hides = |&id: &TraitId| {
                art.traits[usize::from(id)].hiding_row(row)[column / 64] >> (column % 64) & 1 == 1
            };
            covering.iter().any(|traits| traits.iter().all(hides))
        })
    })
}

/// Whether keeping spans can pay: of the pixels of some drawn items at least one in twenty was there before.
fn places_repeat(project: &Project, art: &Art, items: &ItemTraits) -> bool {
    let mut sampler = Sampler::new(project, b"traitpress reuse v1.....");
    let mut row = vec![ABSENT; project.layers.len()];
    let (mut stacks, mut viewer) = (StackTable::default(), Viewer::default());
    let mut seen: HashSet<(Place, StackId), FxBuildHasher> = HashSet::default();
    let (mut wanted, mut distinct) = (0u64, 0u64);
    for _ in 0..REUSE_SAMPLE {
        sampler.next_row(&mut row);
        viewer.spans(art, &items.of(&row), |place, stack| {
            let pixels = area(art, place) as u64;
            wanted += pixels;
            if seen.insert((place, stacks.acquire(stack))) {
                distinct += pixels;
            }
        });
    }
    distinct * 20 <= wanted * 19
}

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
struct Sample {
    spans: Vec<SampleSpan>,
}

impl Sample {
    /// Draws items, adds some so that every trait that can appear does, and keeps every n-th of their distinct
    /// spans so that the number of pixels is bounded.
    fn draw(
        project: &Project,
        art: &Art,
        items: &ItemTraits,
        color: &Color,
        pool: &rayon::ThreadPool,
    ) -> Self {
        let (mut stacks, mut viewer) = (StackTable::default(), Viewer::default());
        let mut found: HashMap<(Place, StackId), usize, FxBuildHasher> = HashMap::default();
        let mut jobs: Vec<(SpanJob, u64)> = Vec::new();
        for row in training_rows(project) {
            viewer.spans(art, &items.of(&row), |place, stack| {
                let next = jobs.len();
                let index = *found.entry((place, stacks.acquire(stack))).or_insert(next);
                if index == next {
                    jobs.push((SpanJob { place, stack: stack.into() }, 0));
                }
                jobs[index].1 += 1;
            });
        }
        let pixels: usize = jobs.iter().map(|(job, _)| area(art, job.place)).sum();
        let step = pixels.div_ceil(TRAINING_PIXELS).max(1);
        let mut seen: HashSet<TraitId, FxBuildHasher> = HashSet::default();
        // Thinning must not lose a trait: the first span in which one shows is kept.
        let mut number = 0;
        jobs.retain(|(job, _)| {
            let shows_new = job.stack.iter().fold(false, |new, &id| seen.insert(id) | new);
            number += 1;
            shows_new || (number - 1) % step == 0
        });
        let spans = pool.install(|| {
            let render = |(job, times): (SpanJob, u64)| {
                let mut samples = Vec::new();
                composite_span(art, &job, &mut samples);
                color.to_samples(&mut samples);
                let (xs, _) = extent(art, job.place);
                SampleSpan { samples, width: xs.len(), x: xs.start, times }
            };
            jobs.into_par_iter().map(render).collect()
        });
        Self { spans }
    }

    /// The filter that makes the sample smallest, and the code trained for it.
    fn best_code(&self, format: &Format) -> (Filter, CodeLengths) {
        let filters: &[Filter] = match format.color {
            // Neighbouring palette numbers mean nothing, so their differences do not either.
            Color::Indexed(_) => &[Filter::None],
            Color::Rgb | Color::Rgba => &[Filter::None, Filter::Up],
        };
        let trained = filters.iter().map(|&filter| {
            let code = self.train(format, filter);
            (self.size(&code, filter), filter, code.lengths().clone())
        });
        let (_, filter, lengths) =
            trained.min_by_key(|&(size, ..)| size).expect("there is at least one filter");
        (filter, lengths)
    }

    /// Trains a code: each round codes the sample with the code of the round before.
    fn train(&self, format: &Format, filter: Filter) -> Code {
        let (shape, values) = (shape_of(format), format.color.values());
        let mut code = Code::new(CodeLengths::trained(&Histogram::default(), shape, values), shape);
        for _ in 0..ROUNDS {
            let counts = self
                .spans
                .par_iter()
                .fold(
                    || (Histogram::default(), Scratch::default()),
                    |(mut sum, mut scratch), span| {
                        let mut counts = Histogram::default();
                        count(span.samples(), &code, filter, &mut counts, &mut scratch);
                        sum.add(&counts, span.times);
                        (sum, scratch)
                    },
                )
                .map(|(sum, _)| sum)
                .reduce(Histogram::default, |mut a, b| {
                    a.add(&b, 1);
                    a
                });
            code = Code::new(CodeLengths::trained(&counts, shape, values), shape);
        }
        code
    }

    /// Bits of the sample in `code`, each span as often as it was seen.
    fn size(&self, code: &Code, filter: Filter) -> u64 {
        let bits = |scratch: &mut Scratch, span: &SampleSpan| {
            compress(span.samples(), code, filter, scratch).bits() * span.times
        };
        self.spans.par_iter().map_init(Scratch::default, bits).sum()
    }
}

/// Pixels of a span.
fn area(art: &Art, place: Place) -> usize {
    let (xs, ys) = extent(art, place);
    xs.len() * ys.len()
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
