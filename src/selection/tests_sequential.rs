//! `choice = "sequential"` and `same`, against all items one after the other.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::project::{ABSENT, ChoiceLaw, MILLION, Project, cases, project};
use crate::rules::Slots;
use crate::selection::constrained::SEQUENTIAL;
use crate::selection::shares;
use crate::selection::testing::choose;
use crate::selection::tests_nested::{by_trying, configuration};

/// The chance of each item if its layers are drawn one after the other, each by weight among the choices with which the item can
/// be completed; by the definition.
fn in_order(project: &Project) -> BTreeMap<Vec<u16>, f64> {
    let possible = by_trying(project);
    let can_be_completed = |prefix: &[u16]| possible.keys().any(|row| row.starts_with(prefix));
    let mut items: Vec<(Vec<u16>, f64)> = vec![(Vec::new(), 1.0)];
    for layer in &project.layers {
        let total = layer.traits.iter().map(|item| item.weight).sum::<u64>() + layer.none.unwrap_or(0);
        let chance = f64::from(layer.chance) / MILLION as f64;
        let share = |weight: u64| if total == 0 { 0.0 } else { chance * weight as f64 / total as f64 };
        let mut next = Vec::new();
        for (row, p) in items {
            let asked = layer.parent.as_ref().is_none_or(|parent| parent.any.contains(&row[parent.layer]));
            let mut ways: Vec<(u16, f64)> = match asked {
                false => vec![(ABSENT, 1.0)],
                true => {
                    let of_traits = layer.traits.iter().enumerate();
                    let of_traits = of_traits.map(|(index, item)| (index as u16, share(item.weight)));
                    of_traits.chain([(ABSENT, 1.0 - chance + share(layer.none.unwrap_or(0)))]).collect()
                }
            };
            ways.retain(|&(choice, p)| p > 0.0 && can_be_completed(&[&row[..], &[choice]].concat()));
            let all: f64 = ways.iter().map(|(_, p)| p).sum();
            next.extend(
                ways.iter().map(|&(choice, share)| ([&row[..], &[choice]].concat(), p * share / all)),
            );
        }
        items = next;
    }
    items.into_iter().collect()
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn layers_are_drawn_one_after_the_other_among_what_can_be_completed(mut project in configuration()) {
        prop_assume!(!by_trying(&project).is_empty());
        project.choice = ChoiceLaw::Sequential;
        let items = in_order(&project);
        let slots = Slots::new(&project);
        let mut expected = vec![0.0; slots.len()];
        for (row, p) in &items {
            slots.shown(row).for_each(|slot| expected[slot] += p);
        }
        for share in shares(&project, 0).unwrap() {
            let (found, wanted) = (share.expected.unwrap(), expected[slots.of(share.layer, share.choice)]);
            prop_assert!((found - wanted).abs() < 1e-9, "{}: {} for {}", share.name, found, wanted);
        }
        let plan = choose(&project, 5, 1, items.len() as u32).unwrap();
        let rows: std::collections::BTreeSet<Vec<u16>> =
            (0..plan.len()).map(|index| plan.traits(index).to_vec()).collect();
        prop_assert!(rows.iter().eq(items.keys()), "all of them, once each");
    }
}

#[test]
fn a_trait_keeps_its_share_however_few_items_it_leaves() {
    let mut project = project(&[("Body", &[1, 4]), ("Hat", &[1; 10])]);
    let forbidden = (1..10).map(|hat| format!("[[rules]]\nforbid = [\"Body/Body 0\", \"Hat/Hat {hat}\"]\n"));
    assert_eq!(project.add_wishes(&forbidden.collect::<String>()), []);
    project.duplicates = true;
    let part = |project: &Project| {
        let plan = choose(project, 3, 1, 4000).unwrap();
        let robots = (0..plan.len()).filter(|&index| plan.traits(index)[0] == 0).count();
        (plan.algorithm, robots as f64 / 4000.0)
    };
    let (_, whole) = part(&project);
    assert!((whole - 1.0 / 41.0).abs() < 0.01, "{whole}");
    project.choice = ChoiceLaw::Sequential;
    let (algorithm, sequential) = part(&project);
    assert!((sequential - 0.2).abs() < 0.03, "{sequential}");
    assert_eq!(algorithm, Some(SEQUENTIAL));
    let rows = |seed| choose(&project, seed, 1, 8).unwrap().rows;
    assert_eq!(rows(42), PINNED, "a change here changes everyone's collections");
    assert_ne!(rows(42), rows(43));
}

const PINNED: [u16; 16] = [1, 0, 1, 0, 1, 1, 1, 6, 1, 7, 1, 3, 1, 8, 1, 4];

#[test]
fn layers_that_show_the_same_have_the_weights_of_the_first() {
    let mut project = project(&[("Left", &[1, 3, 0]), ("Body", &[1, 1]), ("Right", &[9, 1, 1, 7])]);
    for layer in [0, 2] {
        project.layers[layer]
            .traits
            .iter_mut()
            .enumerate()
            .for_each(|(index, item)| item.name = format!("W{index}"));
    }
    project.layers[0].chance = 800_000;
    project.duplicates = true;
    let problems = project.add_wishes("same = [\"Left\", \"Right\"]\nduplicates = true\n");
    assert_eq!(problems, []);
    for share in shares(&project, 0).unwrap() {
        let wanted = match share.name.as_str() {
            "Left/W0" | "Right/W0" | "Left/none" | "Right/none" => 0.2,
            "Left/W1" | "Right/W1" => 0.6,
            _ => continue,
        };
        assert!((share.expected.unwrap() - wanted).abs() < 1e-9, "{}: {:?}", share.name, share.expected);
        assert!((share.by_weight - wanted).abs() < 1e-9, "{}: {}", share.name, share.by_weight);
    }
    let plan = choose(&project, 1, 1, 500).unwrap();
    assert!((0..500).all(|index| plan.traits(index)[0] == plan.traits(index)[2]));
    let mut without = project.clone();
    without.layers[2].traits.remove(1);
    without.rules.clear();
    let problems = without.add_wishes("same = [\"Left\", \"Right\"]\n");
    assert!(problems.len() == 1 && problems[0].to_string().contains("has no trait \"W1\""), "{problems:?}");
}
