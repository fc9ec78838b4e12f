//! How much searching a span is worth.
//!
//! A span is compressed once and joined into every picture that shows it. Spans that many pictures show are few, and
//! most of what is written: of the flat reference set's distinct spans, those of which 10,000 items show 50 or more
//! make 35 % of the work and 83 % of the bytes. So these are searched far and the others near. What counts is how
//! likely a span is under the configured weights, never what a run has seen: its bits must not depend on the run.

use crate::collection::{Project, TraitId};
use crate::png::Search;

/// How hard to try for small files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Effort {
    /// Nothing is searched far.
    Fast,
    /// What many pictures show is searched far.
    #[default]
    Balanced,
    /// Everything is searched far, and the best of what is found is chosen for whole rows.
    Small,
}

/// A span is likely if at least one item in this many shows it.
const LIKELY: u64 = 200;
/// What a probability of 1 is.
const ONE: u64 = 1 << 31;

/// Decides how far to search each span.
#[derive(Clone, Debug)]
pub(crate) struct SearchChoice {
    effort: Effort,
    /// For each trait the probability that an item shows it; those beyond are always shown.
    shares: Vec<u64>,
}

impl SearchChoice {
    pub(crate) fn new(effort: Effort, project: &Project) -> Self {
        let shares = project.layers.iter().flat_map(|layer| {
            let all = layer.traits.iter().map(|t| t.weight).sum::<u64>() + layer.none.unwrap_or(0);
            let chance = u128::from(layer.chance) * u128::from(ONE) / u128::from(crate::collection::MILLION);
            let share = move |weight: u64| (chance * u128::from(weight) / u128::from(all.max(1))) as u64;
            layer.traits.iter().map(move |t| share(t.weight))
        });
        Self { effort, shares: shares.collect() }
    }

    /// How far to search a span that shows `stack`.
    ///
    /// Its probability is taken as that of the traits which it shows; what must be absent for them to show, or may
    /// hide behind them, is left out of account.
    pub(crate) fn of(&self, stack: &[TraitId]) -> Search {
        match self.effort {
            Effort::Fast => Search::Near,
            Effort::Small => Search::Optimal,
            Effort::Balanced => {
                let share = |&id: &TraitId| self.shares.get(usize::from(id)).copied().unwrap_or(ONE);
                let probability = stack.iter().map(share).fold(ONE, |all, share| (all * share) >> 31);
                if probability * LIKELY >= ONE { Search::Far } else { Search::Near }
            }
        }
    }
}
