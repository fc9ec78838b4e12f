//! Counting what the metadata shows.

use std::collections::HashMap;

use crate::finished::rarity::plan::{NamedItems, NamedPlan};
use crate::finished::rarity::shown::{Shown, present};
use crate::finished::rarity::{ChoiceCount, LayerCounts};

/// What items show, layer by layer.
pub(crate) struct Counted {
    pub(crate) layers: Vec<LayerCounts>,
    /// For each layer, for each item that is no one-of-one, the place of what it shows in [`LayerCounts::sets`].
    pub(crate) rows: Vec<Vec<u32>>,
}

/// Counts what the items of a plan show, one-of-ones apart.
pub(crate) fn count(plan: &NamedPlan, shown: &Shown) -> Counted {
    let NamedItems { rows, traits, .. } = &plan.items;
    let width = shown.columns.len();
    let groups: Vec<Option<&str>> = (0..plan.document.count)
        .filter(|&item| plan.items.one(item).is_none())
        .map(|item| plan.items.group(item).map(|group| plan.items.groups.names[usize::from(group)].as_str()))
        .collect();
    let drawn = groups.len() as u32;
    let counted = shown.layers.iter().map(|layer| {
        // Values in the order in which they come up; `None` is a layer that is left out.
        let mut values: Values<'_> = Values::default();
        let mut of_trait: Vec<HashMap<u16, u32>> = vec![HashMap::new(); width];
        let mut sets: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut found: Vec<u32> = Vec::with_capacity(groups.len());
        let mut set = Vec::new();
        for (item, group) in groups.iter().enumerate() {
            set.clear();
            for (column, choice) in present(layer, &rows[item * width..(item + 1) * width]) {
                let name = || shown.trait_text(column, &traits[column].names[usize::from(choice)]);
                let value = *of_trait[column].entry(choice).or_insert_with(|| values.number(Some(name())));
                if !set.contains(&value) {
                    set.push(value);
                }
            }
            if set.is_empty() {
                set.push(values.number(shown.absent_text(layer, *group)));
            }
            set.sort_unstable();
            set.iter().for_each(|&value| values.counts[value as usize] += 1);
            let next = sets.len() as u32;
            // Nearly all sets are there already.
            let number = sets.get(&set).copied().unwrap_or_else(|| {
                sets.insert(set.clone(), next);
                next
            });
            found.push(number);
        }
        let (choices, place_of) = values.ordered(drawn);
        let (sets, number_of) = ordered(sets, &place_of);
        found.iter_mut().for_each(|number| *number = number_of[*number as usize]);
        (LayerCounts { name: layer.name.clone(), choices, sets }, found)
    });
    let (layers, rows) = counted.unzip();
    Counted { layers, rows }
}

/// Values by number and numbers by value.
#[derive(Default)]
struct Values<'a> {
    numbers: HashMap<Option<&'a str>, u32>,
    values: Vec<Option<&'a str>>,
    counts: Vec<u32>,
}

impl<'a> Values<'a> {
    fn number(&mut self, value: Option<&'a str>) -> u32 {
        *self.numbers.entry(value).or_insert_with(|| {
            self.values.push(value);
            self.counts.push(0);
            self.values.len() as u32 - 1
        })
    }

    /// The values with their counts, the most frequent first, equals by name, and absence last; and for each number its place.
    fn ordered(self, drawn: u32) -> (Vec<ChoiceCount>, Vec<u32>) {
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        let key = |&value: &usize| {
            (std::cmp::Reverse(self.counts[value]), self.values[value].is_none(), self.values[value])
        };
        order.sort_by_key(key);
        let mut place_of = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, &value)| place_of[value] = place as u32);
        let choices = order.iter().map(|&value| {
            let items = self.counts[value];
            let share = f64::from(items) / f64::from(drawn);
            ChoiceCount { name: self.values[value].map(str::to_owned), items, share, asked: None }
        });
        (choices.collect(), place_of)
    }
}

/// Sets of numbers as sets of places, those of one place first and in the order of it; and for each set its new number.
fn ordered(sets: HashMap<Vec<u32>, u32>, place_of: &[u32]) -> (Vec<Box<[u32]>>, Vec<u32>) {
    let places = |set: Vec<u32>| {
        let mut places: Box<[u32]> = set.into_iter().map(|value| place_of[value as usize]).collect();
        places.sort_unstable();
        places
    };
    let mut order: Vec<(Box<[u32]>, u32)> =
        sets.into_iter().map(|(set, number)| (places(set), number)).collect();
    order.sort_by(|a, b| a.0.len().cmp(&b.0.len()).then_with(|| a.0.cmp(&b.0)));
    let mut number_of = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, &(_, number))| number_of[number as usize] = place as u32);
    (order.into_iter().map(|(set, _)| set).collect(), number_of)
}
