//! What is loaded ahead of its use: predictions, turned into what the back end loads, or into items that are prepared (`ahead`).
//!
//! A back end whose textures do not hold all of the art waits for what is missing. While it composites one batch, the
//! traits of the next can be loaded. With a plan these are exact; without one, or to compare, they are guessed from the
//! items made so far. Where the back end loads nothing, nothing is predicted.

use std::sync::{Mutex, MutexGuard};

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::compositor::Band;
use crate::engine::predict::{
    Expected, History, LOOK_AHEAD, Learned, LookAhead, Partial, Prediction, Predictor,
};
use crate::engine::presser::SpanPresser;
use crate::geometry::{Place, TraitId};
use crate::plan::Plan;
use crate::project::Project;
use crate::telemetry::PredictorStats;
use crate::threads::lock;
use crate::tiling::SpanScanner;

/// Source of the prefetch predictions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefetchSource {
    /// The plan itself; for single pictures, which have none, as [`Self::Learned`].
    #[default]
    Plan,
    /// The history of the items made so far, as where there is no plan.
    History,
    /// A model that is trained on the items made so far.
    Learned,
}

/// The history of an engine's items, and what is guessed from it.
#[derive(Debug)]
pub(crate) struct Prefetcher {
    history: Mutex<History>,
    /// The model that is trained, where it is asked for.
    learned: Option<Mutex<Learned>>,
    layers: usize,
    /// The pictures of each trait, by the numbers that models give to traits.
    pictures: Vec<Vec<TraitId>>,
    /// Whether the back end loads traits ahead.
    loads: bool,
    /// Whether the items of a run are recorded although nothing is loaded ahead.
    records: bool,
}

impl Prefetcher {
    /// For the items of `project`, predicted as `source` says. `loads` says that the back end loads traits ahead, `presses`
    /// that spans are pressed ahead, `records` that the items of runs
    /// are recorded in any case.
    pub(crate) fn new(
        project: &Project,
        source: PrefetchSource,
        (loads, presses): (bool, bool),
        records: bool,
    ) -> Self {
        let (numbers, layers) = (project.picture_numbers(), project.layers.len());
        let of_layer = |layer| numbers.of_layer(layer).map(<[Vec<TraitId>]>::concat).collect::<Vec<_>>();
        let pictures = (0..layers).flat_map(of_layer).collect();
        // Where there is no plan, as for single pictures, learning is right more often than counting.
        let is_learned =
            source == PrefetchSource::Learned || (loads || presses) && source == PrefetchSource::Plan;
        let learned = is_learned.then(|| Mutex::new(Learned::new(project)));
        Self { history: Mutex::new(History::new(project)), learned, layers, pictures, loads, records }
    }

    /// The history, locked.
    pub(crate) fn history(&self) -> MutexGuard<'_, History> {
        lock(&self.history)
    }

    /// Whether the back end loads traits ahead.
    pub(crate) fn loads(&self) -> bool {
        self.loads
    }

    /// Records an item.
    pub(crate) fn observe(&self, row: &[u16]) {
        self.history().observe(row);
        if let Some(mut learned) = self.learned() {
            learned.observe(row);
        }
    }

    /// The model that is trained, locked, where it is asked for.
    pub(crate) fn learned(&self) -> Option<MutexGuard<'_, Learned>> {
        self.learned.as_ref().map(lock)
    }

    /// The traits that are likely next, by the model that is asked for.
    fn predict(&self) -> Vec<Prediction> {
        let open = Partial::open(self.layers);
        match self.learned() {
            Some(mut learned) => learned.predict(&open),
            None => self.history().predict(&open),
        }
    }

    /// The items that are likely next, the likeliest first, at most `most`.
    pub(crate) fn next_items(&self, most: usize) -> Vec<Vec<u16>> {
        if let Some(mut learned) = self.learned() {
            return learned.items(&[], most);
        }
        let mut history = self.history();
        match history.last() {
            Some(last) => history.items(&last, most),
            None => Vec::new(),
        }
    }

    /// The pictures of the trait that is predicted.
    fn pictures(&self, prediction: &Prediction) -> &[TraitId] {
        &self.pictures[usize::from(prediction.id)]
    }

    /// The bands of the traits that the next item is likely to show, in `tile_rows` tile rows, the likeliest trait first;
    /// none where nothing is loaded.
    pub(crate) fn guess(&self, tile_rows: usize) -> Vec<Band> {
        if !self.loads {
            return Vec::new();
        }
        let predictions = self.predict();
        let bands = |&id: &TraitId| (0..tile_rows).map(move |row| Band { id, row: row as u16 });
        predictions.iter().flat_map(|prediction| self.pictures(prediction)).flat_map(bands).collect()
    }

    /// How often the guesses were right.
    pub(crate) fn stats(&self) -> PredictorStats {
        let counted = self.history().stats();
        let Some(learned) = self.learned() else { return counted };
        let PredictorStats { history, unique_patterns, .. } = counted;
        PredictorStats { history, unique_patterns, ..learned.stats() }
    }
}

/// The predictions of one run.
#[derive(Debug)]
pub(crate) struct RunForecast<'r> {
    prefetcher: &'r Prefetcher,
    presser: &'r SpanPresser,
    model: Model<'r>,
}

/// What a run's predictions come from.
#[derive(Debug)]
enum Model<'p> {
    Plan(LookAhead<&'p Plan>),
    History,
    /// Nothing is loaded ahead.
    Nothing,
}

impl<'r> RunForecast<'r> {
    pub(crate) fn new(
        prefetcher: &'r Prefetcher,
        presser: &'r SpanPresser,
        project: &Project,
        plan: &'r Plan,
        source: PrefetchSource,
    ) -> Self {
        let model = match source {
            _ if !prefetcher.loads => Model::Nothing,
            PrefetchSource::Plan => Model::Plan(LookAhead::new(project, plan, LOOK_AHEAD)),
            PrefetchSource::History | PrefetchSource::Learned => Model::History,
        };
        Self { prefetcher, presser, model }
    }

    /// The bands to load while the items of `rows` are made, with `ones` one-of-ones among them, which show no trait;
    /// `after` are the plan's next items.
    pub(crate) fn after(&mut self, rows: &[(usize, &[u16])], ones: usize, after: &[&[u16]]) -> Vec<Band> {
        if self.prefetcher.loads || self.prefetcher.records {
            let mut history = self.prefetcher.history();
            rows.iter().for_each(|(_, row)| history.observe(row));
            drop(history);
            if let (Model::History, Some(mut learned)) = (&self.model, self.prefetcher.learned()) {
                rows.iter().for_each(|(_, row)| learned.observe(row));
            }
        }
        match &mut self.model {
            Model::Nothing => Vec::new(),
            Model::History => self.prefetcher.guess(self.presser.art().grid.rows()),
            Model::Plan(plan) => {
                rows.iter().for_each(|(_, row)| plan.observe(row));
                (0..ones).for_each(|_| plan.pass());
                let soon = |prediction: &Prediction| match prediction.expected {
                    Expected::In(items) => items.get() as usize <= after.len(),
                    Expected::Likely(_) => true,
                };
                let next = Partial::open(self.prefetcher.layers);
                let predicted: Vec<Prediction> = plan.predict(&next).into_iter().filter(soon).collect();
                let ids = predicted.iter().flat_map(|prediction| self.prefetcher.pictures(prediction));
                let mut wanted: HashSet<TraitId, FxBuildHasher> = ids.copied().collect();
                wanted.extend(self.presser.art().background);
                needed(self.presser, rows, after, &wanted)
            }
        }
    }

    /// How often the plan's predictions were right; `None` where the plan was not asked.
    pub(crate) fn stats(&self) -> Option<PredictorStats> {
        match &self.model {
            Model::Plan(plan) => Some(plan.stats()),
            Model::History | Model::Nothing => None,
        }
    }
}

/// The bands of `wanted` traits in those spans of the items `after` that neither the cache nor the items of `rows` have, in
/// the order in which batches use them.
fn needed(
    presser: &SpanPresser,
    rows: &[(usize, &[u16])],
    after: &[&[u16]],
    wanted: &HashSet<TraitId, FxBuildHasher>,
) -> Vec<Band> {
    let (art, items) = (presser.art(), presser.items());
    let mut scanner = SpanScanner::default();
    let mut made: HashSet<(Place, Box<[TraitId]>), FxBuildHasher> = HashSet::default();
    for (_, row) in rows {
        scanner.spans(art, &items.of(row), |place, stack| {
            made.insert((place, stack.into()));
        });
    }
    let mut bands: Vec<Band> = Vec::new();
    let mut seen: HashSet<Band, FxBuildHasher> = HashSet::default();
    let cache = presser.cache();
    for row in after {
        scanner.spans(art, &items.of(row), |place, stack| {
            // One trait, or none, is copied without the back end's memory.
            if stack.len() > 1 && !cache.holds(place, stack) && !made.contains(&(place, stack.into())) {
                let ids = stack.iter().filter(|id| wanted.contains(*id));
                bands.extend(
                    ids.map(|&id| Band { id, row: place.tile_row }).filter(|&band| seen.insert(band)),
                );
            }
        });
    }
    bands.sort_by_key(|band| band.row);
    bands
}
