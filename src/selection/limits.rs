//! How many items can show each choice where items must differ.
//!
//! No two items agree in a unique set, so a choice of one of its layers can be in as many items as there are combinations of
//! the set with that choice. Weights know nothing of that: a trait of nearly all the weight is expected in nearly all items,
//! and runs out long before.

use crate::project::in_row;
use crate::rules::{Compared, Slots};
use crate::selection::diagram::Diagram;
use crate::selection::space::{Deciding, Space, diagram_of, different_pictures};

/// Nodes that are looked at, times choices, at most: beyond that no limit is given.
const MAX_STEPS: usize = 20_000_000;

/// By slot, the most items of so many in each region that can show the choice; `u32::MAX` where it is not limited or where
/// that takes too long to find out.
pub(super) fn most_items(space: &Space<'_>, slots: &Slots, counts: &[u32]) -> Vec<u32> {
    let mut sums = vec![0u64; slots.len()];
    let mut is_limited = vec![false; slots.len()];
    for (number, &count) in counts.iter().enumerate() {
        let here = in_region(space, slots, number);
        for ((sum, is_limited), most) in sums.iter_mut().zip(&mut is_limited).zip(here) {
            *is_limited |= most < u128::from(count);
            *sum += most.min(u128::from(count)) as u64;
        }
    }
    let most = sums.into_iter().zip(is_limited);
    most.map(|(sum, is_limited)| if is_limited { sum as u32 } else { u32::MAX }).collect()
}

/// By slot, the items of a region that can show the choice, as far as each set on its own says.
fn in_region(space: &Space<'_>, slots: &Slots, number: usize) -> Vec<u128> {
    let region = &space.regions[number];
    let mut most = vec![u128::MAX; slots.len()];
    for &set in &region.sets {
        let of_set = &space.sets[set];
        let own;
        let (diagram, layers) = match of_set {
            Compared::Layers(layers) if layers.len() < space.project.layers.len() => {
                own = diagram_of(&region.outcomes, &space.clauses, Deciding::First(layers)).0;
                (&own, layers.clone())
            }
            _ => (&region.diagram, space.layers_of(set)),
        };
        for layer in layers {
            for (choice, with) in with_choices(diagram, of_set, layer, &region.outcomes[layer]) {
                let most = &mut most[slots.of(layer, choice)];
                *most = with.min(*most);
            }
        }
    }
    most
}

/// The combinations of a set, or the pictures, with each choice of a layer; nothing where that takes too long.
fn with_choices(
    diagram: &Diagram,
    set: &Compared,
    layer: usize,
    outcomes: &[(u16, u128)],
) -> Vec<(u16, u128)> {
    match set {
        Compared::Layers(layers) if diagram.nodes().saturating_mul(layers.len()) <= MAX_STEPS => {
            diagram.combinations_with(layers.len(), layer)
        }
        Compared::Picture(key) if diagram.nodes().saturating_mul(outcomes.len()) <= MAX_STEPS / 16 => {
            // Pictures with a choice; another choice of the layer can have the same ones, so this is a bound.
            let with = |choice: u16| {
                let is_left = |other: usize, option: u16| {
                    if other == layer && option != choice { 0.0 } else { 1.0 }
                };
                different_pictures(&diagram.tilted(is_left), key).0
            };
            let choices = outcomes.iter().map(|&(choice, _)| in_row(choice));
            choices.map(|choice| (choice, with(choice))).collect()
        }
        _ => Vec::new(),
    }
}
