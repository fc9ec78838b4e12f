//! How a changed plan differs from the one before, item by item.

use std::collections::BTreeMap;

use traitpress::plan::Plan;
use traitpress::project::{Layer, MILLION, Project};

use crate::cli::measure::counted;
use crate::cli::print::outln;

/// Added, removed and renumbered items that are listed one by one.
const LISTED: usize = 10;

/// Which items are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed<'a> {
    /// All.
    All,
    /// The first ones, and how many more there are.
    First,
    /// These were removed and all others have new numbers: the removed ones, and the numbers in ranges.
    Renumbered(&'a [u32]),
}

/// Items of two plans by their editions: the place of each in the plan before and in the one after.
#[derive(Debug)]
pub(crate) struct Changes<'a> {
    project: &'a Project,
    plans: [&'a Plan; 2],
    /// Only items that differ.
    pub(crate) items: BTreeMap<u32, [Option<usize>; 2]>,
    /// Items that only have another number: the numbers before and after.
    moved: Vec<[u32; 2]>,
}

impl<'a> Changes<'a> {
    pub(crate) fn between(project: &'a Project, before: &'a Plan, after: &'a Plan) -> Self {
        let plans = [before, after];
        let mut items: BTreeMap<u32, [Option<usize>; 2]> = BTreeMap::new();
        for (side, plan) in plans.into_iter().enumerate() {
            (0..plan.len())
                .for_each(|index| items.entry(plan.edition(index)).or_default()[side] = Some(index));
        }
        let same = |[before, after]: [Option<usize>; 2]| match (before, after) {
            (Some(before), Some(after)) => {
                plans[0].item(before) == plans[1].item(after) && plans[0].name(before) == plans[1].name(after)
            }
            _ => false,
        };
        items.retain(|_, places| !same(*places));
        Self { project, plans, items, moved: Vec::new() }
    }

    /// The same where `removed` are gone and the others follow each other in the order that they had, with new numbers.
    pub(crate) fn renumbered(
        project: &'a Project,
        before: &'a Plan,
        after: &'a Plan,
        removed: &[u32],
    ) -> Self {
        let is_removed = |index: &usize| removed.contains(&before.edition(*index));
        let gone = (0..before.len()).filter(is_removed);
        let items = gone.map(|index| (before.edition(index), [Some(index), None])).collect();
        let left = (0..before.len()).filter(|index| !is_removed(index));
        let numbers = left.zip(0..after.len()).map(|(was, is)| [before.edition(was), after.edition(is)]);
        let moved = numbers.filter(|[was, is]| was != is).collect();
        Self { project, plans: [before, after], items, moved }
    }

    /// Whether everything is as it was.
    pub(crate) fn are_none(&self) -> bool {
        self.items.is_empty() && self.moved.is_empty()
    }

    /// How many pictures have another content or another number.
    pub(crate) fn count(&self) -> usize {
        self.items.len() + self.moved.len()
    }

    /// Prints what each item was and is.
    pub(crate) fn print(&self, listed: Listed<'_>) {
        let shown = if listed == Listed::All { self.items.len() } else { LISTED };
        for (edition, &[before, after]) in self.items.iter().take(shown) {
            match (before, after) {
                (Some(before), Some(after)) => {
                    let [was, is] = self.was_and_is(before, after);
                    outln!("item {edition}");
                    outln!("  was: {was}");
                    outln!("  is:  {is}");
                }
                (Some(before), None) => outln!("item {edition} is removed: {}", self.words(0, before, &[])),
                (None, Some(after)) => outln!("item {edition} is new: {}", self.words(1, after, &[])),
                (None, None) => {}
            }
        }
        if self.items.len() > shown {
            outln!("and {} more", self.items.len() - shown);
        }
        let ranges = ranges(&self.moved);
        for range in ranges.iter().take(LISTED) {
            outln!("{range}");
        }
        if ranges.len() > LISTED {
            outln!("and {} more ranges", ranges.len() - LISTED);
        }
    }

    /// How many items were changed, removed and added, and how many are as they were.
    pub(crate) fn summary(&self) -> String {
        let count =
            |is: fn(&[Option<usize>; 2]) -> bool| self.items.values().filter(|places| is(places)).count();
        let changed = count(|[before, after]| before.is_some() && after.is_some());
        let removed = count(|[_, after]| after.is_none());
        let added = count(|[before, _]| before.is_none());
        let moved = self.moved.len();
        let kept = self.plans[1].len() - changed - added - moved;
        let parts = [(changed, "changed"), (removed, "removed"), (added, "added"), (moved, "renumbered")];
        let words: Vec<String> = (parts.into_iter().filter(|&(number, _)| number > 0))
            .map(|(number, word)| format!("{} {word}", counted(number, "item")))
            .collect();
        let words = words.join(", ");
        if kept == 0 && moved > 0 {
            return words;
        }
        format!("{words}; {} kept as they were", counted(kept, "item"))
    }

    /// What differs of two items, before and after.
    fn was_and_is(&self, before: usize, after: usize) -> [String; 2] {
        let (layers, places) = (self.differing(before, after), [before, after]);
        let names = [0, 1].map(|side| self.plans[side].name(places[side]));
        let is_named = names[0] != names[1];
        [0, 1].map(|side| {
            let name = is_named.then(|| format!("name {}", names[side].unwrap_or("none")));
            let shows_traits = !is_named || !layers.is_empty();
            let traits = shows_traits.then(|| self.words(side, places[side], &layers));
            name.into_iter().chain(traits).collect::<Vec<_>>().join(", ")
        })
    }

    /// The layers in which two items differ; none where one of them is a one-of-one.
    fn differing(&self, before: usize, after: usize) -> Vec<usize> {
        let [old, new] = [self.choices(0, before), self.choices(1, after)];
        match (old, new) {
            (Some(old), Some(new)) => (0..old.len()).filter(|&layer| old[layer] != new[layer]).collect(),
            _ => Vec::new(),
        }
    }

    /// The choices of an item by layer; nothing for a one-of-one.
    fn choices(&self, side: usize, index: usize) -> Option<Vec<Option<&'a str>>> {
        let plan = self.plans[side];
        if plan.one(index).is_some() {
            return None;
        }
        let item = plan.item(index);
        Some(
            self.project
                .layers
                .iter()
                .enumerate()
                .map(|(layer, of)| item.trait_index(layer).map(|number| of.traits[number].name.as_str()))
                .collect(),
        )
    }

    /// Whether every item shows the same of a layer, so that it says nothing of one; not where that holds for all layers.
    fn is_constant(&self, layer: usize) -> bool {
        let is_constant =
            |of: &Layer| of.traits.len() == 1 && of.none.is_none() && u64::from(of.chance) == MILLION;
        let layers = &self.project.layers;
        self.project.groups.is_empty() && is_constant(&layers[layer]) && !layers.iter().all(is_constant)
    }

    /// What an item shows in these layers; in all that it shows something of, if there are none.
    fn words(&self, side: usize, index: usize, layers: &[usize]) -> String {
        let Some(choices) = self.choices(side, index) else {
            let one = self.plans[side].one(index).and_then(|number| self.project.ones.get(number));
            return format!("the one-of-one {}", one.map_or("", |one| one.name.as_str()));
        };
        let word = |layer: usize| {
            let name = &self.project.layers[layer].name;
            match choices[layer] {
                Some(choice) => Some(format!("{name} {choice}")),
                None if layers.is_empty() => None,
                None => Some(format!("{name} none")),
            }
        };
        let words: Vec<String> = match layers {
            [] => (0..choices.len()).filter(|&layer| !self.is_constant(layer)).filter_map(word).collect(),
            layers => layers.iter().copied().filter_map(word).collect(),
        };
        words.join(", ")
    }
}

/// New numbers in words, those that moved by the same distance together.
fn ranges(moved: &[[u32; 2]]) -> Vec<String> {
    let follows = |a: &[u32; 2], b: &[u32; 2]| a[0] + 1 == b[0] && a[1] + 1 == b[1];
    let words = |range: &[[u32; 2]]| match *range {
        [] => String::new(),
        [[was, is]] => format!("item {was} is now {is}; its picture is the same"),
        [[was, is], .., [last_was, last_is]] => {
            format!("items {was} to {last_was} are now {is} to {last_is}; their pictures are the same")
        }
    };
    moved.chunk_by(follows).map(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_numbers_are_named_in_ranges() {
        assert!(ranges(&[]).is_empty());
        assert_eq!(
            ranges(&[[4, 2], [6, 3], [7, 4], [8, 5]]),
            [
                "item 4 is now 2; its picture is the same",
                "items 6 to 8 are now 3 to 5; their pictures are the same"
            ]
        );
    }
}
