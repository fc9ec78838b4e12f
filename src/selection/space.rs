//! What a project allows: its rules as decision diagrams, one for each group, and what its unique sets leave of them.
//!
//! A project without groups has one region that all items are in. Diagrams of several groups decide the layers in one
//! order, so that one search can go through any of them.

use crate::project::{ABSENT, ChoiceLaw, NOT_ASKED, Project, quoted};
use crate::rules::{
    Clause, Compared, PictureKey, clauses, counting_layers, is_compared, layers_in_words, region_count,
    unique_sets,
};
use crate::selection::diagram::{Diagram, Outcomes, Shares};
use crate::selection::diagram_build::order;
use crate::selection::error::{SelectionError, Unrepeated};
use crate::selection::explain::conflict;
use crate::selection::picture_words::words;
use crate::selection::weights::outcomes;

/// What an item shows of a layer that its group does not have.
pub(super) fn no_choice(project: &Project, layer: usize) -> u16 {
    if project.layers[layer].parent.is_some() { NOT_ASKED } else { ABSENT }
}

/// What all layers can show in an item of a region.
pub(crate) fn outcomes_in(project: &Project, region: usize) -> Vec<Outcomes> {
    let mut outcomes = outcomes(project);
    if let Some(group) = project.groups.get(region) {
        let others = (0..outcomes.len()).filter(|layer| !group.layers.contains(layer));
        others.for_each(|layer| outcomes[layer] = vec![(no_choice(project, layer), 1)]);
    }
    outcomes
}

/// How many items a unique set lets a region have, and whether that is exact or only an upper bound.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) region: usize,
    /// The number of the set.
    pub(crate) set: usize,
    pub(crate) most: u128,
    pub(crate) exact: bool,
}

/// The items of one group, or of all.
#[derive(Debug)]
pub(crate) struct Region {
    pub(super) outcomes: Vec<Outcomes>,
    pub(super) diagram: Diagram,
    /// The diagram that decides the layers in drawing order, where items are drawn in it; and clauses that are not part of it.
    pub(super) in_order: Option<(Diagram, Vec<usize>)>,
    /// The unique sets that its items are compared in, by their numbers.
    pub(super) sets: Vec<usize>,
}

/// What a project allows.
#[derive(Debug)]
pub(crate) struct Space<'a> {
    pub(super) project: &'a Project,
    pub(super) clauses: Vec<Clause>,
    /// In what items are compared; the picture, if they are compared in it, is the last.
    pub(super) sets: Vec<Compared>,
    pub(super) regions: Vec<Region>,
    /// Clauses that made the diagrams too large; items are looked at afterwards.
    pub(super) beside: Vec<usize>,
}

impl<'a> Space<'a> {
    /// # Errors
    /// If no item obeys all rules, or none of a group does.
    pub(crate) fn new(project: &'a Project) -> Result<Self, SelectionError> {
        let outcomes: Vec<Vec<Outcomes>> =
            (0..region_count(project)).map(|region| outcomes_in(project, region)).collect();
        let clauses = clauses(project);
        let sets = unique_sets(project);
        let (diagrams, beside) = diagrams_of(&outcomes, &clauses, deciding(&sets, &outcomes[0]));
        if diagrams.iter().any(|diagram| diagram.items() == 0) {
            return Err(conflict(project));
        }
        let compared = |region| {
            let numbers = 0..sets.len();
            numbers.filter(|&set| is_compared(project, region, &sets[set])).collect()
        };
        let regions = outcomes.into_iter().zip(diagrams).enumerate();
        let regions = regions
            .map(|(region, (outcomes, diagram))| {
                let is_in_order = project.choice == ChoiceLaw::Sequential;
                let in_order = is_in_order.then(|| diagram_of(&outcomes, &clauses, Deciding::InOrder));
                Region { outcomes, diagram, in_order, sets: compared(region) }
            })
            .collect();
        Ok(Self { project, clauses, sets, regions, beside })
    }

    /// Nodes of the diagrams.
    pub(crate) fn nodes(&self) -> usize {
        self.regions.iter().map(|region| region.diagram.nodes()).sum()
    }

    /// How many items obey the rules, those of each group counted for themselves, and whether that is exact.
    pub(crate) fn items(&self) -> (u128, bool) {
        let items = self.regions.iter().map(|region| region.diagram.items());
        (items.fold(0, u128::saturating_add), self.beside.is_empty())
    }

    /// All that the rules allow, or nearly, where that is too much for one diagram; of each group.
    pub(crate) fn into_diagrams(self) -> Vec<Diagram> {
        let of = |region: Region| region.in_order.map_or(region.diagram, |(diagram, _)| diagram);
        self.regions.into_iter().map(of).collect()
    }

    /// How many items there would be without a rule, if that is not too much to find out.
    pub(crate) fn items_without(&self, rule: usize) -> Option<u128> {
        let clauses: Vec<&Clause> = self.clauses.iter().filter(|clause| clause.rule != rule).collect();
        let order = order(self.project.layers.len(), &clauses, &[]);
        let items = |region: &Region| Some(Diagram::new(&region.outcomes, &order, &clauses)?.items());
        self.regions.iter().map(items).try_fold(0u128, |sum, items| Some(sum.saturating_add(items?)))
    }

    /// # Errors
    /// If a unique set lets a region have fewer items than these.
    pub(crate) fn check_counts(&self, counts: &[u32]) -> Result<(), SelectionError> {
        let is_short = |bound: &Bound| u128::from(counts[bound.region]) > bound.most;
        match self.bounds().into_iter().find(is_short) {
            Some(Bound { region, set, most, .. }) => {
                let what = self.unrepeated(set, Some(region));
                Err(SelectionError::TooManyUnique { count: counts[region], most, what })
            }
            None => Ok(()),
        }
    }

    /// The layers of a set; of the picture those that count.
    pub(crate) fn layers_of(&self, set: usize) -> Vec<usize> {
        match &self.sets[set] {
            Compared::Layers(layers) => layers.clone(),
            Compared::Picture(_) => counting_layers(self.project),
        }
    }

    /// Whether a set is the picture.
    pub(crate) fn is_picture(&self, set: usize) -> bool {
        matches!(self.sets[set], Compared::Picture(_))
    }

    /// What no two items have in common in a set, of a region or of all, for messages.
    pub(crate) fn unrepeated(&self, set: usize, region: Option<usize>) -> Unrepeated {
        let group = region.and_then(|region| self.project.groups.get(region));
        let layers = match &self.sets[set] {
            Compared::Layers(layers) => {
                // Items of a group show no others.
                let is_shown = |layer: &usize| group.is_none_or(|group| group.layers.contains(layer));
                let shown: Vec<usize> = layers.iter().copied().filter(is_shown).collect();
                Some(layers_in_words(self.project, &shown))
            }
            Compared::Picture(_) => None,
        };
        Unrepeated { group: group.map(|group| quoted(&group.name)), layers }
    }

    /// The most items that can be made, as far as each unique set on its own says. Of groups, each has its own.
    pub(crate) fn most(&self) -> u128 {
        self.most_of(&self.bounds())
    }

    /// The same where the bounds are known.
    pub(crate) fn most_of(&self, bounds: &[Bound]) -> u128 {
        let of = |region| {
            let here = bounds.iter().filter(|bound| bound.region == region);
            here.map(|bound| bound.most).min().unwrap_or(u128::MAX)
        };
        (0..self.regions.len()).map(of).fold(0, u128::saturating_add)
    }

    /// What each unique set allows.
    pub(crate) fn bounds(&self) -> Vec<Bound> {
        let mut bounds = Vec::new();
        for (number, region) in self.regions.iter().enumerate() {
            for &set in &region.sets {
                let (most, exact) = match &self.sets[set] {
                    Compared::Layers(layers) if layers.len() == self.project.layers.len() => {
                        (region.diagram.items(), self.beside.is_empty())
                    }
                    Compared::Layers(layers) => {
                        let first = Deciding::First(layers);
                        let (diagram, beside) = diagram_of(&region.outcomes, &self.clauses, first);
                        // Two absences of a layer are one where the traits are left out that it belongs to.
                        let is_whole = |layer: &usize| {
                            let parent = self.project.layers[*layer].parent.as_ref();
                            parent.is_none_or(|parent| layers.contains(&parent.layer))
                        };
                        let exact = beside.is_empty() && layers.iter().all(is_whole);
                        (diagram.combinations(layers.len()), exact)
                    }
                    Compared::Picture(key) => {
                        let (most, exact) = different_pictures(&region.diagram, key);
                        (most, exact && self.beside.is_empty())
                    }
                };
                bounds.push(Bound { region: number, set, most, exact });
            }
        }
        bounds
    }

    /// The part of a region's items, by weight, that shows each choice; nothing if that is not known.
    pub(crate) fn shares(&self, region: usize) -> Option<Shares> {
        let region = &self.regions[region];
        match &region.in_order {
            Some((diagram, beside)) => beside.is_empty().then(|| diagram.shares_in_order()),
            None => self.beside.is_empty().then(|| region.diagram.shares()),
        }
    }

    /// What makes an item the one that it is: its picture, if items are compared in it, else its choices.
    pub(super) fn identity(&self, row: &[u16]) -> Vec<u32> {
        let picture = self.sets.iter().find_map(|set| match set {
            Compared::Picture(key) => Some(key),
            Compared::Layers(_) => None,
        });
        match picture {
            Some(key) => key.visible(row, 0).collect(),
            None => row.iter().copied().map(u32::from).collect(),
        }
    }

    /// Whether an item obeys the rules that are not part of the diagrams.
    pub(super) fn is_allowed(&self, row: &[u16]) -> bool {
        self.beside.iter().all(|&clause| self.clauses[clause].holds(row))
    }
}

/// The order in which layers are decided.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deciding<'a> {
    /// These first.
    First(&'a [usize]),
    /// From the last one, which is on top, to the first: as pictures are read.
    TopDown,
    /// From the first one to the last: as layers are drawn.
    InOrder,
}

/// The order for these sets. The search decides first what runs out first.
fn deciding<'a>(sets: &'a [Compared], outcomes: &[Outcomes]) -> Deciding<'a> {
    let size = |set: &&'a [usize]| {
        set.iter().fold(1u128, |product, &layer| product.saturating_mul(outcomes[layer].len() as u128))
    };
    let layers = sets.iter().map(|set| match set {
        Compared::Layers(layers) => Some(&layers[..]),
        Compared::Picture(_) => None,
    });
    match layers.collect::<Option<Vec<&[usize]>>>() {
        Some(layers) => Deciding::First(layers.into_iter().min_by_key(size).unwrap_or_default()),
        None => Deciding::TopDown,
    }
}

/// How many different pictures the items of a diagram, which decides from the top down, have, and whether that is exact.
pub(crate) fn different_pictures(diagram: &Diagram, key: &PictureKey) -> (u128, bool) {
    match words(&[diagram], &|layer, choice| key.step(layer, choice)) {
        Some(words) => (words, true),
        None => (diagram.items(), false),
    }
}

/// The diagrams of all clauses, one for each region, or of as many as none gets too large with; and the other clauses.
pub(crate) fn diagrams_of(
    regions: &[Vec<Outcomes>],
    clauses: &[Clause],
    deciding: Deciding<'_>,
) -> (Vec<Diagram>, Vec<usize>) {
    let of = |numbers: &[usize]| -> Option<Vec<Diagram>> {
        let clauses: Vec<&Clause> = numbers.iter().map(|&number| &clauses[number]).collect();
        let order = match deciding {
            Deciding::First(first) => order(regions[0].len(), &clauses, first),
            Deciding::TopDown => (0..regions[0].len()).rev().collect(),
            Deciding::InOrder => (0..regions[0].len()).collect(),
        };
        regions.iter().map(|outcomes| Diagram::new(outcomes, &order, &clauses)).collect()
    };
    let mut within: Vec<usize> = (0..clauses.len()).collect();
    let mut beside = Vec::new();
    loop {
        if let Some(diagrams) = of(&within) {
            return (diagrams, beside);
        }
        // A quarter at a time: a plan under 300 random rules on 40 layers of 20 traits takes 2.6 s so, and took 69 s with an
        // eighth at a time and four times as many nodes.
        let keep = within.len() - within.len().div_ceil(4);
        beside.extend(within.drain(keep..));
    }
}

/// The same for one region.
pub(crate) fn diagram_of(
    outcomes: &[Outcomes],
    clauses: &[Clause],
    deciding: Deciding<'_>,
) -> (Diagram, Vec<usize>) {
    let (mut diagrams, beside) = diagrams_of(&[outcomes.to_vec()], clauses, deciding);
    (diagrams.pop().expect("one region has one diagram"), beside)
}
