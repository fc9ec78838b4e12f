//! The plan: every item's choice of traits, in order; the only thing that randomness decides.

use crate::project::ABSENT;

/// Every item's traits, one row an item, one column a layer in drawing order; and which items are one-of-ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The number of the algorithm that chose, if one did.
    pub(crate) algorithm: Option<u32>,
    /// The seed that it was chosen with.
    pub(crate) seed: Option<u64>,
    /// The first item's edition.
    pub(crate) start: u32,
    /// Editions where they do not simply count up from `start`.
    pub(crate) editions: Option<Vec<u32>>,
    /// The group of each item, where there are groups; [`ABSENT`] for one-of-ones.
    pub(crate) groups: Option<Vec<u16>>,
    /// `layers` indices an item: the trait's index in its layer, or [`ABSENT`].
    pub(crate) rows: Vec<u16>,
    pub(crate) layers: usize,
    /// Items that are one-of-ones: the item's index, ascending, and the number of the one. Their rows are [`ABSENT`]
    /// throughout, so that every item has a row.
    pub(crate) ones: Vec<(u32, u32)>,
    /// Names that items have of their own: the item's index, ascending, and the name.
    pub(crate) names: Vec<(u32, Box<str>)>,
}

impl Plan {
    /// A plan of nothing but rows of so many layers, numbered from 1, that no algorithm chose.
    pub(crate) fn plain(rows: Vec<u16>, layers: usize) -> Self {
        Self {
            algorithm: None,
            seed: None,
            start: 1,
            editions: None,
            groups: None,
            rows,
            layers,
            ones: Vec::new(),
            names: Vec::new(),
        }
    }

    /// The plan of some of its items, in any order, with the numbers that they have here.
    ///
    /// # Panics
    /// If there is no such item.
    pub(crate) fn pick(&self, indices: &[u32]) -> Self {
        let all = || indices.iter().map(|&index| index as usize);
        let one = |(to, from): (usize, usize)| Some((to as u32, self.one(from)? as u32));
        let name = |(to, from): (usize, usize)| Some((to as u32, self.name(from)?.into()));
        Self {
            editions: Some(all().map(|index| self.edition(index)).collect()),
            groups: self.groups.as_ref().map(|groups| all().map(|index| groups[index]).collect()),
            rows: all().flat_map(|index| self.traits(index)).copied().collect(),
            ones: all().enumerate().filter_map(one).collect(),
            names: all().enumerate().filter_map(name).collect(),
            ..*self
        }
    }

    /// The plan of its first items, at most `count`, as the same seed chose them.
    #[must_use]
    pub fn first(&self, count: u32) -> Self {
        let items = self.len().min(count as usize);
        Self {
            editions: self.editions.as_ref().map(|editions| editions[..items].to_vec()),
            groups: self.groups.as_ref().map(|groups| groups[..items].to_vec()),
            rows: self.rows[..items * self.layers].to_vec(),
            ones: self.ones.iter().copied().filter(|&(item, _)| (item as usize) < items).collect(),
            names: self.names.iter().filter(|(item, _)| (*item as usize) < items).cloned().collect(),
            ..*self
        }
    }

    /// How many items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() / self.layers
    }

    /// How many layers a row has.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.layers
    }

    /// The number of the algorithm that chose, if one did.
    #[must_use]
    pub fn algorithm(&self) -> Option<u32> {
        self.algorithm
    }

    /// The seed that it was chosen with.
    #[must_use]
    pub fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// What editions count up from.
    #[must_use]
    pub fn start(&self) -> u32 {
        self.start
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number of the item at `index`.
    #[must_use]
    pub fn edition(&self, index: usize) -> u32 {
        match &self.editions {
            Some(editions) => editions[index],
            None => self.start + u32::try_from(index).expect("editions fit 32 bits"),
        }
    }

    /// The numbers of all items, ascending.
    pub(crate) fn sorted_editions(&self) -> Vec<u32> {
        let mut editions: Vec<u32> = (0..self.len()).map(|index| self.edition(index)).collect();
        editions.sort_unstable();
        editions
    }

    /// The number of the group of the item at `index`, if it is of one.
    #[must_use]
    pub fn group(&self, index: usize) -> Option<usize> {
        let group = *self.groups.as_ref()?.get(index)?;
        (group != ABSENT).then_some(group.into())
    }

    /// The number of the one-of-one that the item at `index` is, in [`Project::ones`](crate::project::Project::ones); `None` if it is put together from
    /// traits.
    #[must_use]
    pub fn one(&self, index: usize) -> Option<usize> {
        let place = self.ones.binary_search_by_key(&index, |&(item, _)| item as usize).ok()?;
        Some(self.ones[place].1 as usize)
    }

    /// The name of its own that the item at `index` has, if it has one; metadata has it in place of the collection's name
    /// and the item's number. One-of-ones have theirs in the project.
    #[must_use]
    pub fn name(&self, index: usize) -> Option<&str> {
        let place = self.names.binary_search_by_key(&index, |(item, _)| *item as usize).ok()?;
        Some(&self.names[place].1)
    }

    /// How many items are one-of-ones.
    #[must_use]
    pub fn count_ones(&self) -> usize {
        self.ones.len()
    }

    /// The traits of the item at `index`, an index or [`ABSENT`] for each layer in drawing order; a one-of-one has none.
    pub(crate) fn traits(&self, index: usize) -> &[u16] {
        &self.rows[index * self.layers..(index + 1) * self.layers]
    }
}
