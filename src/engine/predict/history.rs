//! A guess from what was made lately.
//!
//! The last items are remembered, with how often each combination is among them. Once there are three, every
//! remembered combination that is like the present one adds its frequency to each of its traits that the present one
//! does not show; the traits with the highest sums are the prediction.
//!
//! *Alike* means: the Jaccard similarity of the sets of traits shown, that is, of the traits that one of them shows
//! the share that both show, is at least `similarity`. A layer shows at most one trait, so a row is its own set,
//! and where two rows agree is all that both share. The comparison is `shared x 1,000,000 >= union x similarity` in
//! integers, so a similarity of exactly 0.7 is never a matter of rounding.
//!
//! *The present one* is what is decided of the next item, once something is; before that it is the item made last.
//! A decided absence says something too: that layer is predicted no more. (With few layers decided, hardly any whole
//! combination is alike, and nothing is predicted: that is in the nature of the rule.)
//!
//! Traits with equal sums come in drawing order, so the same items give the same prediction on every machine.

use std::cmp::Reverse;

use crate::engine::predict::partial::{Choice, OPEN, Partial};
use crate::engine::predict::permits::{Constraint, RuleConstraint, WeightConstraint};
use crate::engine::predict::score::Score;
use crate::engine::predict::trait_ids::TraitIds;
use crate::engine::predict::window::Window;
use crate::engine::predict::{Expected, Prediction, Predictor};
use crate::geometry::TraitId;
use crate::project::{ABSENT, MILLION, PredictSettings, Project};
use crate::telemetry::PredictorStats;

/// How many items must have been seen before anything is predicted.
const FEWEST: usize = 3;

/// Predicts from the items made lately.
#[derive(Debug)]
pub struct History {
    pub(super) ids: TraitIds,
    pub(super) window: Window,
    settings: PredictSettings,
    rules: Vec<Box<dyn Constraint>>,
    score: Score,
    /// By trait, the sum of the frequencies; all 0 between two questions.
    sums: Vec<u64>,
}

/// Traits that were shown together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Combination {
    /// One trait index a layer in drawing order, or [`ABSENT`].
    pub(crate) row: Vec<u16>,
    /// How many of the remembered items showed it.
    pub count: u32,
}

impl Combination {
    /// For each layer in drawing order the index of the trait that was shown, if one was.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = Option<usize>> {
        self.row.iter().map(|&index| (index != ABSENT).then_some(index.into()))
    }
}

impl History {
    /// A history of a project's items, with nothing in it yet, under the project's `[predict]` settings.
    ///
    /// Traits that are never drawn are never predicted, nor such as the rules forbid beside what is decided. Items may be equal, as those of a service are; where they
    /// must not be, add [`Distinct`](crate::engine::predict::permits::Distinct) as a rule.
    #[must_use]
    pub fn new(project: &Project) -> Self {
        let ids = TraitIds::new(project);
        let settings = project.predict;
        let size = settings.window.min(PredictSettings::MAX_WINDOW);
        Self {
            window: Window::new(ids.layers(), size),
            sums: vec![0; ids.len()],
            ids,
            settings,
            rules: vec![Box::new(WeightConstraint::new(project)), Box::new(RuleConstraint::new(project))],
            score: Score::default(),
        }
    }

    /// The same history, under one more rule.
    #[must_use]
    pub fn with_rule(mut self, rule: impl Constraint + 'static) -> Self {
        self.rules.push(Box::new(rule));
        self
    }

    /// The item that was made last.
    pub(crate) fn last(&self) -> Option<Vec<u16>> {
        self.window.items().next_back().map(<[u16]>::to_vec)
    }

    /// How many items are remembered.
    #[must_use]
    pub fn history_len(&self) -> usize {
        self.window.len()
    }

    /// How many different combinations there are among them.
    #[must_use]
    pub fn unique_patterns(&self) -> usize {
        self.window.unique()
    }

    /// The combinations remembered most often, at most that many; those with equal counts in the order of their rows.
    #[must_use]
    pub fn most_common(&self, most: usize) -> Vec<Combination> {
        let mut all: Vec<(&[u16], u32)> = self.window.combinations().collect();
        all.sort_unstable_by_key(|&(row, count)| (Reverse(count), row));
        all.truncate(most);
        all.into_iter().map(|(row, count)| Combination { row: row.to_vec(), count }).collect()
    }

    /// Forgets the items. The counts of predictions stay, and what a rule stores of items that were made.
    pub fn clear(&mut self) {
        self.window.clear();
    }

    fn guess(&mut self, next: &Partial) -> Vec<Prediction> {
        let mut current = match self.window.items().next_back() {
            Some(last) if next.is_open() => last.to_vec(),
            _ => next.row().to_vec(),
        };
        // What is not shown equals nothing.
        current.iter_mut().filter(|index| **index == ABSENT).for_each(|index| *index = OPEN);
        let shown = current.iter().filter(|index| **index != OPEN).count() as u64;
        let mut found: Vec<TraitId> = Vec::new();
        for (row, count) in self.window.combinations() {
            let shared = row.iter().zip(&current).filter(|(a, b)| a == b).count() as u64;
            let union = row.iter().filter(|index| **index != ABSENT).count() as u64 + shown - shared;
            if shared * MILLION < union * u64::from(self.settings.similarity) {
                continue;
            }
            for (layer, (&index, &now)) in row.iter().zip(&current).enumerate() {
                if index == now || next.choice(layer) != Choice::Open {
                    continue;
                }
                let Some(id) = self.ids.id(layer, index) else { continue };
                let sum = &mut self.sums[usize::from(id)];
                if *sum == 0 {
                    found.push(id);
                }
                *sum += u64::from(count);
            }
        }
        found.sort_unstable_by_key(|&id| (Reverse(self.sums[usize::from(id)]), id));
        let prediction = |&id: &TraitId| {
            let (layer, index) = self.ids.place(id);
            let possible = self.rules.iter().all(|rule| rule.permits(next, layer, index));
            let expected = Expected::Likely(self.sums[usize::from(id)]);
            possible.then_some(Prediction { id, layer, index, expected })
        };
        let guess = found.iter().filter_map(prediction).take(self.settings.top).collect();
        found.into_iter().for_each(|id| self.sums[usize::from(id)] = 0);
        guess
    }
}

impl Predictor for History {
    fn name(&self) -> &'static str {
        "history"
    }

    /// A row that is not one of the project's is not remembered.
    fn observe(&mut self, row: &[u16]) {
        if !self.ids.fits(row) {
            return;
        }
        self.score.observed(self.ids.of(row));
        self.window.push(row);
        self.rules.iter_mut().for_each(|rule| rule.made(row));
    }

    fn predict(&mut self, next: &Partial) -> Vec<Prediction> {
        if self.window.len() < FEWEST || next.layers() != self.ids.layers() {
            return Vec::new();
        }
        let guess = self.guess(next);
        self.score.predicted(guess.iter().map(|prediction| prediction.id));
        guess
    }

    /// By turns a remembered item that shares most with the last one, the more frequent first, and the last one with a trait that
    /// is predicted.
    fn items(&mut self, last: &[u16], most: usize) -> Vec<Vec<u16>> {
        let changed = self.predict(&Partial::open(last.len())).into_iter().map(|prediction| {
            let mut row = last.to_vec();
            row[prediction.layer] = prediction.index;
            row
        });
        let shared = |row: &[u16]| row.iter().zip(last).filter(|(a, b)| a == b).count();
        let mut alike: Vec<(&[u16], u32)> =
            self.window.combinations().filter(|(row, _)| *row != last).collect();
        alike.sort_unstable_by_key(|&(row, count)| (Reverse(shared(row)), Reverse(count), row));
        let alike = alike.into_iter().map(|(row, _)| row.to_vec());
        let mut found: Vec<Vec<u16>> = Vec::with_capacity(most);
        let (mut changed, mut alike) = (changed.fuse(), alike.fuse());
        loop {
            let next = [alike.next(), changed.next()];
            if next.iter().all(Option::is_none) {
                return found;
            }
            for row in next.into_iter().flatten() {
                if found.len() == most {
                    return found;
                }
                if !found.contains(&row) {
                    found.push(row);
                }
            }
        }
    }

    fn stats(&self) -> PredictorStats {
        let (history, unique_patterns) = (self.history_len(), self.unique_patterns());
        PredictorStats { history, unique_patterns, ..self.score.stats() }
    }
}
