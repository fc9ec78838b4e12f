//! From a row of a plan to the traits of an item, bottom to top.

use crate::art::Art;
use crate::geometry::TraitId;
use crate::project::{ABSENT, Project};

/// Knows where each layer's traits begin.
#[derive(Clone, Debug)]
pub(crate) struct ItemTraits {
    first: Vec<TraitId>,
    background: Option<TraitId>,
}

impl ItemTraits {
    pub(crate) fn new(project: &Project, art: &Art) -> Self {
        let first = (0..project.layers.len()).map(|layer| project.trait_id(layer, 0)).collect();
        Self { first, background: art.background }
    }

    /// The traits of a plan's row, the background colour first if there is one.
    pub(crate) fn of(&self, row: &[u16]) -> Vec<TraitId> {
        self.iter(row).collect()
    }

    /// The same, one by one.
    pub(crate) fn iter(&self, row: &[u16]) -> impl Iterator<Item = TraitId> {
        let chosen = self.first.iter().zip(row).filter(|&(_, &index)| index != ABSENT);
        self.background.into_iter().chain(chosen.map(|(first, index)| first + index))
    }
}
