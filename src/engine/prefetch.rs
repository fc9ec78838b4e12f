//! What is loaded ahead of its use: the predictors' answers, turned into what the back end loads.
//!
//! A back end whose textures do not hold all of the art waits for what is missing. While it composites one batch,
//! what the next one needs can be loaded. With a plan that is known exactly; without one, or to compare, it is
//! guessed from the items made so far.

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::compositor::Band;
use crate::engine::facade::Engine;
use crate::engine::predict::{Expected, LOOK_AHEAD, LookAhead, Partial, Prediction, Predictor};
use crate::geometry::{Place, TraitId};
use crate::plan::Plan;
use crate::telemetry::PredictorStats;
use crate::tiling::SpanScanner;

/// What says which traits come next while a plan is pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefetchSource {
    /// The plan itself.
    #[default]
    Plan,
    /// The history of the items made so far, as where there is no plan.
    History,
}

/// The model that a run asks.
#[derive(Debug)]
pub(crate) enum Model<'p> {
    Plan(LookAhead<&'p Plan>),
    History,
    /// Nothing is loaded ahead, so nobody is asked.
    Nobody,
}

impl<'p> Model<'p> {
    pub(crate) fn new(engine: &Engine, plan: &'p Plan) -> Self {
        match engine.options().prefetch {
            _ if !engine.wants_forecast() => Self::Nobody,
            PrefetchSource::Plan => Self::Plan(LookAhead::new(engine.project(), plan, LOOK_AHEAD)),
            PrefetchSource::History => Self::History,
        }
    }

    /// What is to be loaded while the items of `rows` are made, and between them so many `ones`, which show no trait;
    /// `after` are those that the plan has after them.
    pub(crate) fn after(
        &mut self,
        engine: &Engine,
        rows: &[(usize, &[u16])],
        ones: usize,
        after: &[&[u16]],
    ) -> Vec<Band> {
        rows.iter().for_each(|(_, row)| engine.history().observe(row));
        match self {
            Self::Nobody => Vec::new(),
            Self::History => guessed(engine),
            Self::Plan(plan) => {
                rows.iter().for_each(|(_, row)| plan.observe(row));
                (0..ones).for_each(|_| plan.pass());
                let soon = |prediction: &Prediction| match prediction.expected {
                    Expected::In(items) => items.get() as usize <= after.len(),
                    Expected::Likely(_) => true,
                };
                let next = Partial::open(engine.project().layers.len());
                let ids = plan.predict(&next).into_iter().filter(soon).map(|prediction| prediction.id);
                let mut wanted: HashSet<TraitId, FxBuildHasher> = ids.collect();
                wanted.extend(engine.art.background);
                needed(engine, rows, after, &wanted)
            }
        }
    }

    /// How often it was right.
    pub(crate) fn stats(&self, engine: &Engine) -> PredictorStats {
        match self {
            Self::Plan(plan) => plan.stats(),
            Self::History | Self::Nobody => engine.history().stats(),
        }
    }
}

/// What the spans of the items `after` those of `rows` need that will not be compressed by then, in the order in
/// which batches go through it.
fn needed(
    engine: &Engine,
    rows: &[(usize, &[u16])],
    after: &[&[u16]],
    wanted: &HashSet<TraitId, FxBuildHasher>,
) -> Vec<Band> {
    let mut viewer = SpanScanner::default();
    let mut made: HashSet<(Place, Box<[TraitId]>), FxBuildHasher> = HashSet::default();
    for (_, row) in rows {
        viewer.spans(&engine.art, &engine.traits_of(row), |place, stack| {
            made.insert((place, stack.into()));
        });
    }
    let mut bands: Vec<Band> = Vec::new();
    let mut seen: HashSet<Band, FxBuildHasher> = HashSet::default();
    let cache = engine.cache();
    for row in after {
        viewer.spans(&engine.art, &engine.traits_of(row), |place, stack| {
            // One trait, or none, is copied without the back end's memory.
            if stack.len() > 1 && !cache.holds(place, stack) && !made.contains(&(place, stack.into())) {
                let ids = stack.iter().filter(|id| wanted.contains(*id));
                bands.extend(
                    ids.map(|&id| Band { id, row: place.tile_row }).filter(|&band| seen.insert(band)),
                );
            }
        });
    }
    drop(cache);
    bands.sort_by_key(|band| band.row);
    bands
}

/// What the history guesses of the next item, the likeliest trait first.
pub(crate) fn guessed(engine: &Engine) -> Vec<Band> {
    if !engine.wants_forecast() {
        return Vec::new();
    }
    let next = Partial::open(engine.project().layers.len());
    let predictions = engine.history().predict(&next);
    let rows = engine.art.grid.rows();
    let bands =
        |prediction: Prediction| (0..rows).map(move |row| Band { id: prediction.id, row: row as u16 });
    predictions.into_iter().flat_map(bands).collect()
}
