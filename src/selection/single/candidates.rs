//! What each layer can still show beside what is chosen already, and what forbids the rest.

use crate::project::{ABSENT, Layer, NOT_ASKED, in_row};
use crate::selection::diagram::Outcomes;
use crate::selection::single::error::RequestError;
use crate::selection::single::items::Regions;
use crate::selection::single::reach::Limited;
use crate::selection::single::request::ItemRequest;
use crate::selection::single::why::why;

/// The choices of a layer in a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LayerCandidates {
    /// The layer's number in drawing order.
    pub layer: usize,
    /// Its traits in order, then its absence, where it can be absent at all.
    pub choices: Vec<Candidate>,
}

/// A choice of a layer in a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The trait's number in its layer; `None` for the layer's absence.
    pub trait_number: Option<usize>,
    /// The probability that a draw shows it if the other layers keep to their limits and this one has none, 0.0 to 1.0. A trait
    /// of weight 0 has 0.0 and can still be requested.
    pub chance: f64,
    /// What forbids it beside the limits of the other layers, in words, rules with their numbers and lines; empty if it can be
    /// requested.
    pub forbidden_by: Vec<String>,
}

impl Candidate {
    /// Whether an item shows it beside what is requested of the other layers.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.forbidden_by.is_empty()
    }
}

impl ItemRequest<'_> {
    /// For each layer in drawing order its choices, each with what forbids it beside the limits of the other layers. A limit of
    /// the layer itself does not count, so that it shows what could be there instead.
    ///
    /// It is exact but in one case: where the rules are too many for a decision diagram, a choice that no item shows may be listed
    /// as possible.
    ///
    /// # Errors
    /// If no item keeps to all limits; the error names the rules.
    pub fn candidates(&self) -> Result<Vec<LayerCandidates>, RequestError> {
        let space = self.items.space_for(self.project, &self.limits);
        let limited = self.limited(&space)?;
        let layers = self.project.layers.iter().enumerate();
        let of_layer = |(number, layer): (usize, &Layer)| {
            if layer.is_apart {
                return Ok(apart(number, layer));
            }
            if self.limits[number].is_none() {
                return Ok(self.of_layer(number, &space, &limited));
            }
            let mut lifted = self.clone();
            lifted.limits[number] = None;
            let space = self.items.space_for(self.project, &lifted.limits);
            let limited = lifted.limited(&space)?;
            Ok(lifted.of_layer(number, &space, &limited))
        };
        layers.map(of_layer).collect()
    }

    /// The choices of a layer that is not limited.
    fn of_layer(&self, number: usize, space: &Regions, limited: &[Limited<'_>]) -> LayerCandidates {
        let layer = &self.project.layers[number];
        let shares = &self.items.shares;
        let mut chances = vec![0.0; layer.traits.len() + 1];
        let slot = |choice: u16| if choice == ABSENT { layer.traits.len() } else { choice.into() };
        let weights = limited.iter().zip(shares).map(|(limited, &share)| limited.reach() * share as f64);
        let total: f64 = weights.sum();
        for (limited, &share) in limited.iter().zip(shares).filter(|(_, share)| **share > 0) {
            for (choice, part) in limited.shares(number) {
                chances[slot(choice)] += (part * share as f64 / total).max(f64::MIN_POSITIVE);
            }
        }
        let traits =
            (0..layer.traits.len() as u16).chain(self.project.can_be_absent(number).then_some(ABSENT));
        let candidate = |choice: u16| {
            let chance: f64 = chances[slot(choice)];
            let forbidden_by = if chance > 0.0 { Vec::new() } else { self.forbidden(space, number, choice) };
            let trait_number = (choice != ABSENT).then_some(choice.into());
            Candidate { trait_number, chance: chance.min(1.0), forbidden_by }
        };
        LayerCandidates { layer: number, choices: traits.map(candidate).collect() }
    }

    /// What forbids a choice of a layer that no draw shows.
    fn forbidden(&self, space: &Regions, layer: usize, choice: u16) -> Vec<String> {
        let settings = &self.project.layers[layer];
        let mut limits = self.limits.clone();
        limits[layer] = Some(vec![choice]);
        let is_outcome =
            |outcomes: &Vec<Outcomes>| outcomes[layer].iter().any(|&(other, _)| in_row(other) == choice);
        let mut added;
        let mut space = space;
        if choice != ABSENT && settings.chance > 0 && !space.outcomes.iter().any(is_outcome) {
            // A trait of weight 0.
            added = Regions { outcomes: space.outcomes.clone(), diagrams: Vec::new(), beside: Vec::new() };
            let of_layer = added.outcomes.iter_mut().map(|outcomes| &mut outcomes[layer]);
            let is_shown = |outcomes: &&mut Outcomes| {
                outcomes.iter().any(|&(other, _)| other != ABSENT && other != NOT_ASKED)
            };
            of_layer.filter(is_shown).for_each(|outcomes| outcomes.push((choice, 1)));
            space = &added;
        }
        let reasons = why(self.project, &self.items.clauses, space, &self.items.shares, &limits);
        reasons.iter().map(|reason| reason.in_words(self.project)).collect()
    }
}

/// The choices of a layer that no other depends on.
fn apart(number: usize, layer: &Layer) -> LayerCandidates {
    let total: f64 = layer.traits.iter().map(|item| item.weight as f64).sum();
    let candidate = |(index, weight): (usize, u64)| Candidate {
        trait_number: Some(index),
        chance: weight as f64 / total,
        forbidden_by: Vec::new(),
    };
    let weights = layer.traits.iter().map(|item| item.weight).enumerate();
    LayerCandidates { layer: number, choices: weights.map(candidate).collect() }
}
