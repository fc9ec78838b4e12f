//! What was asked for, beside what came out.

use std::collections::HashMap;

use serde::Serialize;

use crate::error::Error;
use crate::finished::error::ReportError;
use crate::finished::rarity::{ChoiceCount, Rarity};
use crate::project::Project;
use crate::selection::shares;

/// What was asked for of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Asked {
    /// The part of items that its weight alone asks for.
    pub by_weight: f64,
    /// The part of items that rules, groups and exact numbers leave of it; none where that is not known.
    pub expected: Option<f64>,
    /// At least so many items, if a number is asked for.
    pub min: Option<u32>,
    /// At most so many items, if there is a limit.
    pub max: Option<u32>,
}

impl Rarity {
    /// Adds what `project` asks for. Traits that no item shows are added with a count of nothing.
    ///
    /// # Errors
    /// If the project has another configuration than the one that the collection was pressed with, or its rules
    /// contradict each other.
    pub fn compare(&mut self, project: &Project) -> Result<(), Error> {
        let found = project.configuration_digest();
        let pressed = self.run.configuration;
        let differs = || {
            let (root, pressed, found) = (project.root.clone(), pressed.short(), found.short());
            ReportError::Project { root, pressed, found }
        };
        let names = || project.layers.iter().map(|layer| &layer.name);
        if pressed != found || !names().eq(self.layers.iter().map(|layer| &layer.name)) {
            return Err(differs().into());
        }
        let shares = shares(project, self.drawn)?;
        for (number, layer) in self.layers.iter_mut().enumerate() {
            let places = layer.choices.iter().enumerate();
            let mut places: HashMap<Option<String>, usize> =
                places.map(|(place, choice)| (choice.name.clone(), place)).collect();
            for share in shares.iter().filter(|share| share.layer == number) {
                let traits = &project.layers[number].traits;
                let name = share.trait_index().map(|index| traits[index].name.clone());
                let next = layer.choices.len();
                let place = *places.entry(name.clone()).or_insert(next);
                if place == next {
                    layer.choices.push(ChoiceCount { name, items: 0, share: 0.0, asked: None });
                }
                layer.choices[place].asked = Some(Asked {
                    by_weight: share.by_weight,
                    expected: share.expected,
                    min: share.asked.map(|(min, _)| min),
                    max: share.asked.and_then(|(_, max)| (max < u32::MAX).then_some(max)),
                });
            }
        }
        Ok(())
    }
}
