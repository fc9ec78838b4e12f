//! How a changed plan differs from the one before, item by item.

use std::collections::BTreeMap;

use traitpress::plan::Plan;
use traitpress::project::Project;

use crate::cli::measure::thousands;
use crate::cli::print::outln;

/// Added, removed and renumbered items that are listed one by one.
const LISTED: usize = 50;

/// Which items are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    /// All.
    All,
    /// The first ones, and how many more there are.
    First,
}

/// Items of two plans by their editions: the place of each in the plan before and in the one after.
#[derive(Debug)]
pub(crate) struct Changes<'a> {
    project: &'a Project,
    plans: [&'a Plan; 2],
    /// Only items that differ.
    pub(crate) items: BTreeMap<u32, [Option<usize>; 2]>,
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
        Self { project, plans, items }
    }

    /// Prints what each item was and is.
    pub(crate) fn print(&self, listed: Listed) {
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
    }

    /// How many items were changed, removed and added, and how many are as they were.
    pub(crate) fn summary(&self) -> String {
        let count =
            |is: fn(&[Option<usize>; 2]) -> bool| self.items.values().filter(|places| is(places)).count();
        let changed = count(|[before, after]| before.is_some() && after.is_some());
        let removed = count(|[_, after]| after.is_none());
        let added = count(|[before, _]| before.is_none());
        let kept = self.plans[1].len() - changed - added;
        let parts = [(changed, "changed"), (removed, "removed"), (added, "added")];
        let words: Vec<String> = (parts.into_iter().filter(|&(number, _)| number > 0))
            .map(|(number, word)| format!("{} {word}", items(number)))
            .collect();
        format!("{}; {} kept as they were", words.join(", "), items(kept))
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
            [] => (0..choices.len()).filter_map(word).collect(),
            layers => layers.iter().copied().filter_map(word).collect(),
        };
        words.join(", ")
    }
}

fn items(count: usize) -> String {
    if count == 1 { "1 item".to_owned() } else { format!("{} items", thousands(count as u64)) }
}
