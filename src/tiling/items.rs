//! The items of a batch, as the traits of each.

use crate::geometry::TraitId;

/// Items one after another: the traits of each, bottom to top.
#[derive(Debug, Default)]
pub(crate) struct ItemStacks {
    traits: Vec<TraitId>,
    ends: Vec<usize>,
}

impl ItemStacks {
    /// Adds an item.
    pub(crate) fn push(&mut self, traits: impl IntoIterator<Item = TraitId>) {
        self.traits.extend(traits);
        self.ends.push(self.traits.len());
    }

    /// How many items.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The traits of each item.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[TraitId]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(&start, &end)| &self.traits[start..end])
    }
}
