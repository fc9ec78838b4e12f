//! Choices inside choices, against all items one after the other.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::plan::Plan;
use crate::project::{
    ABSENT, Choices, Distinct, MILLION, PictureClass, Project, Rarity, Reference, Rule, RuleKind, cases,
    project,
};
use crate::rules::{Slots, broken_rule, check_row};
use crate::selection::every::Every;
use crate::selection::testing::{choose, diagram};
use crate::selection::weights::{Sampler, capacity};
use crate::selection::{pictures, shares, survey};

/// A random layer: the weights of its traits, its chance in percent, the weight of absence, and the layer and traits that it
/// belongs to.
type Drawn = (Vec<u64>, u32, Option<u64>, Option<(usize, u8)>);

fn layer() -> impl Strategy<Value = Drawn> {
    let chance = prop_oneof![3 => Just(100u32), 1 => 1u32..100];
    (
        prop::collection::vec(0u64..4, 1..4),
        chance,
        prop::option::weighted(0.3, 1u64..4),
        prop::option::weighted(0.6, (0usize..4, 1u8..8)),
    )
}

/// A project of such layers, and of rules that forbid pairs of choices.
pub(super) fn configuration() -> impl Strategy<Value = Project> {
    let rules = prop::collection::vec(((0usize..5, 0u16..4), (0usize..5, 0u16..4)), 0..3);
    (prop::collection::vec(layer(), 2..5), rules).prop_map(|(layers, rules)| {
        let weights: Vec<&[u64]> = layers.iter().map(|(weights, ..)| &weights[..]).collect();
        let mut project = project(&weights.iter().map(|weights| ("L", *weights)).collect::<Vec<_>>());
        for (number, (weights, chance, none, parent)) in layers.iter().enumerate() {
            let layer = &mut project.layers[number];
            layer.name = format!("L{number}");
            layer.chance = chance * 10_000;
            layer.none = none.map(|weight| weight * MILLION);
            if weights.iter().all(|&weight| weight == 0) && none.is_none() {
                layer.traits[0].weight = MILLION;
            }
            if let Some((of, bits)) = parent.filter(|_| number > 0) {
                let of = of % number;
                let traits = project.layers[of].traits.len() as u16;
                let any: Vec<u16> = (0..traits).filter(|index| bits >> index & 1 == 1).collect();
                project.layers[number].parent = (!any.is_empty()).then_some(Choices { layer: of, any });
            }
        }
        for (number, (a, b)) in rules.iter().enumerate() {
            let reference = |&(layer, choice): &(usize, u16)| {
                let layer = layer % project.layers.len();
                let traits = project.layers[layer].traits.len() as u16;
                let choice = if choice < traits { choice } else { ABSENT };
                Reference { text: "a".to_owned(), choices: vec![Choices { layer, any: vec![choice] }] }
            };
            let kind = RuleKind::Forbid(vec![reference(a), reference(b)]);
            project.rules.push(Rule { number: number + 1, line: 1, kind });
        }
        project
    })
}

/// All items that are possible, each with its chance: layer by layer, a choice inside a choice only where that is shown; and
/// drawn again while a rule is broken.
pub(super) fn by_trying(project: &Project) -> BTreeMap<Vec<u16>, f64> {
    let mut items: Vec<(Vec<u16>, f64)> = vec![(Vec::new(), 1.0)];
    for (number, layer) in project.layers.iter().enumerate() {
        let total = layer.traits.iter().map(|item| item.weight).sum::<u64>() + layer.none.unwrap_or(0);
        let chance = f64::from(layer.chance) / MILLION as f64;
        let share = |weight: u64| if total == 0 { 0.0 } else { chance * weight as f64 / total as f64 };
        let mut next = Vec::new();
        for (row, p) in items {
            let asked = layer.parent.as_ref().is_none_or(|parent| parent.any.contains(&row[parent.layer]));
            let mut add = |choice: u16, share: f64| {
                if share > 0.0 {
                    next.push((row.iter().copied().chain([choice]).collect::<Vec<u16>>(), p * share));
                }
            };
            if !asked {
                add(ABSENT, 1.0);
                continue;
            }
            layer.traits.iter().enumerate().for_each(|(index, item)| add(index as u16, share(item.weight)));
            add(ABSENT, 1.0 - chance + share(layer.none.unwrap_or(0)));
        }
        assert!(!next.is_empty(), "layer {number} shows something");
        items = next;
    }
    let obeys = |row: &[u16]| broken_rule(project, row).is_none();
    let mut items: BTreeMap<Vec<u16>, f64> = items.into_iter().filter(|(row, _)| obeys(row)).collect();
    let all: f64 = items.values().sum();
    items.values_mut().for_each(|p| *p /= all);
    items
}

proptest! {
    // Each is compared with all items, of which there are at most some hundred.
    #![proptest_config(cases(2000))]

    #[test]
    fn what_is_possible_and_how_likely_it_is_are_what_trying_says(project in configuration()) {
        let items = by_trying(&project);
        let diagram = diagram(&project);
        prop_assert_eq!(diagram.items(), items.len() as u128);
        if items.is_empty() {
            prop_assert!(survey(&project, 1).is_err());
            return Ok(());
        }
        prop_assert_eq!(capacity(&project), items.len() as u128);
        // Every row is judged as it should be.
        let slots = Slots::new(&project);
        let mut expected = vec![0.0; slots.len()];
        for (row, p) in &items {
            prop_assert_eq!(check_row(&project, row), Ok(()));
            slots.shown(row).for_each(|slot| expected[slot] += p);
        }
        let mut row = vec![0; project.layers.len()];
        let next = |row: &mut Vec<u16>| {
            for (number, choice) in row.iter_mut().enumerate() {
                let traits = project.layers[number].traits.len() as u16;
                *choice = match *choice {
                    ABSENT => 0,
                    index if index + 1 < traits => index + 1,
                    _ => ABSENT,
                };
                if *choice != 0 {
                    return true;
                }
            }
            false
        };
        loop {
            let has_weight = |(layer, &choice): (usize, &u16)| {
                choice == ABSENT || project.layers[layer].traits[usize::from(choice)].weight > 0
            };
            // Plans may show what is never drawn, and may leave out what may be absent by a placeholder alone.
            if row.iter().enumerate().all(has_weight) && check_row(&project, &row).is_ok() {
                prop_assert!(items.contains_key(&row), "{:?}", row);
            }
            if !next(&mut row) {
                break;
            }
        }
        for share in shares(&project, 0).unwrap() {
            let wanted = expected[slots.of(share.layer, share.choice)];
            let found = share.expected.unwrap();
            prop_assert!((found - wanted).abs() < 1e-9, "{}: {} for {}", share.name, found, wanted);
            if project.rules.is_empty() {
                prop_assert!((share.by_weight - wanted).abs() < 1e-9, "{}", share.name);
            }
        }
        // The whole collection is all of them, once each.
        let all = choose(&project, 3, 1, items.len() as u32).unwrap();
        let rows: std::collections::BTreeSet<Vec<u16>> =
            (0..all.len()).map(|index| all.traits(index).to_vec()).collect();
        prop_assert!(rows.iter().eq(items.keys()));
        prop_assert!(choose(&project, 3, 1, items.len() as u32 + 1).is_err());
        let mut text = Vec::new();
        let written = Every::new(&project).unwrap().write(&mut text).unwrap();
        prop_assert_eq!(written, items.len() as u64);
    }
}

proptest! {
    #![proptest_config(cases(300))]

    /// Different pictures are counted and chosen, whatever absence of a layer means.
    #[test]
    fn pictures_are_different_whatever_nested_choices_make_them(
        mut project in configuration(),
        kinds in prop::collection::vec(0u32..7, 16),
    ) {
        let class = |number: u32| match number {
            0 => PictureClass::Empty,
            number => PictureClass::Shows { pixels: number, hides_all: number > 4 },
        };
        let mut kinds = kinds.into_iter().cycle();
        let classes: Vec<Vec<PictureClass>> = project
            .layers
            .iter()
            .map(|layer| layer.traits.iter().map(|_| class(kinds.next().unwrap_or_default())).collect())
            .collect();
        project.distinct = Distinct::Pictures(classes.clone().into());
        let visible = |row: &[u16]| {
            let mut seen = Vec::new();
            for (layer, &choice) in row.iter().enumerate().filter(|(_, choice)| **choice != ABSENT) {
                if let PictureClass::Shows { pixels, hides_all } = classes[layer][usize::from(choice)] {
                    if hides_all {
                        seen.clear();
                    }
                    seen.push(pixels);
                }
            }
            seen
        };
        let items = by_trying(&project);
        let wanted: std::collections::BTreeSet<Vec<u32>> = items.keys().map(|row| visible(row)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        prop_assert_eq!(pictures(&project, &classes).most, wanted.len() as u128);
        prop_assert_eq!(capacity(&project), wanted.len() as u128);
        let plan = choose(&project, 9, 1, wanted.len() as u32).unwrap();
        let found: std::collections::BTreeSet<Vec<u32>> =
            (0..plan.len()).map(|index| visible(plan.traits(index))).collect();
        prop_assert_eq!(found, wanted);
    }
}

/// A body of two kinds, of which the robot has eyes that are chosen with it alone.
fn robots() -> Project {
    let mut project = project(&[("Body", &[3, 1]), ("Eyes", &[1, 2]), ("Hat", &[1, 1, 1, 1])]);
    project.layers[1].parent = Some(Choices { layer: 0, any: vec![1] });
    project
}

#[test]
fn samples_and_exact_numbers_reach_choices_inside_choices() {
    let project = robots();
    let mut sampler = Sampler::new(&project, b"traitpress test domain 1");
    let mut row = [0; 3];
    let (mut eyes, mut robots) = ([0u32; 2], 0);
    for _ in 0..8000 {
        sampler.next_row(&mut row);
        assert_eq!(row[0] == 1, row[1] != ABSENT);
        robots += u32::from(row[0] == 1);
        if row[1] != ABSENT {
            eyes[usize::from(row[1])] += 1;
        }
    }
    assert!((1850..2150).contains(&robots) && (560..780).contains(&eyes[0]), "{robots} {eyes:?}");

    let mut exact = robots_of(&[("Eyes/Eyes 0", 2), ("Eyes/none", 4)]);
    let plan = choose(&exact, 1, 1, 7).unwrap();
    let count = |plan: &Plan, layer: usize, choice: u16| {
        (0..plan.len()).filter(|&index| plan.traits(index)[layer] == choice).count()
    };
    assert_eq!([0, 1, ABSENT].map(|choice| count(&plan, 1, choice)), [2, 1, 4]);
    assert_eq!(count(&plan, 0, 1), 3);
    exact.amounts.clear();
    exact.rarity = Rarity::Exact;
    exact.duplicates = true;
    let plan = choose(&exact, 1, 1, 120).unwrap();
    assert_eq!([0, 1, ABSENT].map(|choice| count(&plan, 1, choice)), [10, 20, 90]);
    let error =
        choose(&robots_of(&[("Eyes/Eyes 0", 5), ("Body/Body 0", 4)]), 1, 1, 8).unwrap_err().to_string();
    assert!(error.contains("Eyes/Eyes 0") && error.contains("Body/Body 0"), "{error}");
}

/// The robots with exact numbers of some choices.
fn robots_of(counts: &[(&str, u32)]) -> Project {
    let mut project = robots();
    let tables = counts.iter().map(|(name, count)| format!("[traits.\"{name}\"]\ncount = {count}\n"));
    assert_eq!(project.add_wishes(&tables.collect::<String>()), []);
    project
}

#[test]
fn what_cannot_be_is_said_with_the_choice_that_it_belongs_to() {
    let project = robots();
    let error = check_row(&project, &[0, 1, 0]).unwrap_err().to_string();
    assert!(error.contains("\"Eyes\" is shown with \"Body/Body 1\", and only with it"), "{error}");
    assert!(check_row(&project, &[1, ABSENT, 0]).is_err() && check_row(&project, &[1, 0, 0]).is_ok());
}
