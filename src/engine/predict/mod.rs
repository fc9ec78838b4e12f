//! Which traits will be needed next, so that they can be loaded before they are.
//!
//! Where not all traits fit the memory of the device that composites, a trait that is missing when its item comes
//! costs a wait. A loader that can predict the next traits loads them while something else is under way. There are
//! three ways to predict, both behind one trait, [`Predictor`], so that they can be compared and exchanged:
//!
//! - [`LookAhead`] has the plan, and so the exact next use of every trait.
//! - [`History`] has seen what was made lately, and guesses from items like the present one. It is for services,
//!   which have no plan.
//! - [`Learned`] has weights that are trained on every item, and finds habits that repeat: going back and forth, going through
//!   a list, changing one layer of few favourites.
//! - [`Blind`] predicts nothing: the baseline to compare with.
//!
//! A guess must be one that can come true. Of the item that is being chosen some layers may be decided already
//! ([`Partial`]); and what no item can show any more is ruled out by [`Constraint`], the seam for rules of selection:
//! [`WeightConstraint`] for weight and chance, [`Distinct`] where no two items may be equal.
//!
//! Models use names and numbers, no pixels. They count how often they were right ([`PredictorStats`]); what was
//! loaded because of them, and how much of that was unused, only the loader can count. No prediction changes a byte of any
//! picture. [`compare`] runs all models over the same items, and [`sessions`] makes items such as a service sees.

mod evaluate;
mod history;
mod learned;
mod look_ahead;
mod partial;
mod pattern_store;
mod patterns_error;
mod permits;
mod score;
#[cfg(test)]
mod tests_evaluate;
#[cfg(test)]
mod tests_history;
#[cfg(test)]
mod tests_look_ahead;
#[cfg(test)]
mod tests_pattern_store;
#[cfg(test)]
mod tests_permits;
mod trait_ids;
mod window;

pub use evaluate::{HitRate, Visits, compare, hit_rate, sessions, visits};
pub use history::{Combination, History};
pub use learned::Learned;
pub use look_ahead::{LOOK_AHEAD, LookAhead};
pub use partial::{Choice, Partial};
pub use patterns_error::PatternsError;
pub use permits::{Constraint, Distinct, RuleConstraint, WeightConstraint};

use std::fmt::Debug;
use std::num::NonZeroU32;

use crate::geometry::TraitId;
use crate::telemetry::PredictorStats;

/// A model of what will be needed next.
///
/// It receives each item as it is made, in order, and predicts at any time. Traits are those of layers: a background
/// colour is in every item, and in no prediction.
pub trait Predictor: Debug + Send {
    /// What the model is called in tables.
    fn name(&self) -> &'static str;

    /// An item was made: one trait index a layer in drawing order, or `ABSENT`.
    fn observe(&mut self, row: &[u16]);

    /// An item was made that shows no trait: a one-of-one. Nothing can be learnt of it.
    fn pass(&mut self) {}

    /// The traits that are worth loading now, the most urgent or most likely first, each once.
    ///
    /// `next` is what is decided of the item that follows those observed: nothing ([`Partial::open`]), or what its
    /// maker has chosen so far. A guess names no trait that this forbids. A model that has the items does not
    /// guess, and needs no `next`.
    fn predict(&mut self, next: &Partial) -> Vec<Prediction>;

    /// Whole items that are likely to be the next, the likeliest first, at most `most`, after `last`; they may break rules.
    ///
    /// By default `last` with each trait that is predicted.
    fn items(&mut self, last: &[u16], most: usize) -> Vec<Vec<u16>> {
        let with = |prediction: Prediction| {
            let mut row = last.to_vec();
            row[prediction.layer] = prediction.index;
            row
        };
        self.predict(&Partial::open(last.len())).into_iter().take(most).map(with).collect()
    }

    /// In how many items the trait is used next, 1 being the one that follows those observed; `None` if the model
    /// has no use.
    fn next_use(&self, id: TraitId) -> Option<NonZeroU32> {
        let _ = id;
        None
    }

    /// How often the model was right.
    fn stats(&self) -> PredictorStats;
}

/// A trait that is worth loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prediction {
    /// The trait's number over all layers.
    pub id: TraitId,
    /// Its layer in drawing order.
    pub layer: usize,
    /// Its index in the layer.
    pub index: u16,
    /// The basis of the prediction.
    pub expected: Expected,
}

/// The basis of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// The trait is used in that many items, 1 being the next.
    In(NonZeroU32),
    /// It may be used in the next item; the higher, the likelier. Only the order of these numbers means anything.
    Likely(u64),
}

/// The model that never predicts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Blind;

impl Predictor for Blind {
    fn name(&self) -> &'static str {
        "none"
    }

    fn observe(&mut self, _row: &[u16]) {}

    fn predict(&mut self, _next: &Partial) -> Vec<Prediction> {
        Vec::new()
    }

    fn stats(&self) -> PredictorStats {
        PredictorStats::default()
    }
}
