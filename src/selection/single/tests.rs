//! Draws of single items against all items one after the other.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::plan::Item;
use crate::project::{ABSENT, ChoiceLaw, Choices, Group, Project, Reference, Rule, RuleKind, cases, project};
use crate::selection::p_value;
use crate::selection::single::error::RequestError;
use crate::selection::single::items::{Items, Limits};
use crate::selection::single::reach::Limited;
use crate::selection::single::request::ItemRequest;
use crate::selection::tests_nested::{by_trying, configuration};

/// Items with their chances.
pub(super) type Law = BTreeMap<Vec<u16>, f64>;

pub(super) fn row(item: &Item) -> Vec<u16> {
    item.indices().map(|index| index.map_or(ABSENT, |index| index as u16)).collect()
}

pub(super) fn keeps(row: &[u16], limits: &Limits) -> bool {
    row.iter().zip(limits).all(|(choice, limit)| limit.as_ref().is_none_or(|limit| limit.contains(choice)))
}

/// The same of those items alone that keep to the limits, and the chance that one does.
pub(super) fn within(law: &Law, limits: &Limits) -> (Law, f64) {
    let mut law: Law = law.clone().into_iter().filter(|(row, _)| keeps(row, limits)).collect();
    let all: f64 = law.values().sum();
    law.values_mut().for_each(|chance| *chance /= all);
    (law, all)
}

/// The law of a project with groups: of each its own, by its number of items.
fn of_groups(project: &Project) -> Law {
    let total: u32 = project.groups.iter().map(|group| group.count).sum();
    let mut law = Law::new();
    for group in &project.groups {
        let mut alone = project.clone();
        alone.groups.clear();
        let others = (0..alone.layers.len()).filter(|layer| !group.layers.contains(layer));
        others.for_each(|layer| alone.layers[layer].chance = 0);
        for (row, chance) in by_trying(&alone) {
            *law.entry(row).or_default() += chance * f64::from(group.count) / f64::from(total);
        }
    }
    law
}

/// The law of layer by layer: each choice by weight among those that can still become an item.
fn in_order(project: &Project) -> Law {
    let items: Vec<Vec<u16>> = by_trying(project).into_keys().collect();
    let chance = |row: &Vec<u16>| -> f64 {
        let of_layer = |layer: usize| {
            let mut choices: Vec<u16> =
                items.iter().filter(|item| item[..layer] == row[..layer]).map(|item| item[layer]).collect();
            choices.sort_unstable();
            choices.dedup();
            let weight = |choice: u16| project.layers[layer].traits[usize::from(choice)].weight as f64;
            weight(row[layer]) / choices.into_iter().map(weight).sum::<f64>()
        };
        (0..row.len()).map(of_layer).product()
    };
    items.iter().map(|row| (row.clone(), chance(row))).collect()
}

pub(super) fn one(layer: usize, choice: u16) -> Reference {
    let text = format!("{layer}/{choice}");
    Reference { text, choices: vec![Choices { layer, any: vec![choice] }] }
}

pub(super) fn with_rule(project: &mut Project, kind: RuleKind) {
    let number = project.rules.len() + 1;
    project.rules.push(Rule { number, line: 10 * number, kind });
}

/// Four layers with rules.
pub(super) fn ruled() -> Project {
    let mut project =
        project(&[("Back", &[3, 1]), ("Body", &[5, 3, 2]), ("Eyes", &[1, 2, 3]), ("Hat", &[4, 1])]);
    with_rule(&mut project, RuleKind::Exclude(one(3, 1), vec![one(1, 0)]));
    with_rule(&mut project, RuleKind::Require(one(1, 2), vec![one(2, 0), one(2, 1)]));
    with_rule(&mut project, RuleKind::Forbid(vec![one(0, 1), one(2, 2), one(3, 0)]));
    project
}

/// Two groups that share a layer.
pub(super) fn grouped() -> Project {
    let mut project =
        project(&[("Back", &[3, 1]), ("Fur", &[1, 2]), ("Scales", &[2, 2, 1]), ("Hat", &[4, 1])]);
    project.layers[3].chance = 600_000;
    let group =
        |name: &str, count, layers: &[usize]| Group { name: name.into(), count, layers: layers.into() };
    project.groups = vec![group("Cats", 30, &[0, 1, 3]), group("Fish", 10, &[0, 2, 3])];
    with_rule(&mut project, RuleKind::Forbid(vec![one(2, 0), one(3, 1)]));
    project
}

fn limited(project: &Project, limits: &[(usize, &[u16])]) -> Limits {
    let mut all = vec![None; project.layers.len()];
    limits.iter().for_each(|(layer, choices)| all[*layer] = Some(choices.to_vec()));
    all
}

fn request<'a>(items: &'a Items, project: &'a Project, limits: &Limits) -> ItemRequest<'a> {
    ItemRequest { limits: limits.clone(), ..items.request(project) }
}

#[test]
fn draws_of_texts_have_the_law_of_all_items_that_keep_to_the_limits() {
    const DRAWS: u32 = 6000;
    let mut sequential = ruled();
    sequential.choice = ChoiceLaw::Sequential;
    let (ruled, grouped) = (ruled(), grouped());
    let laws =
        [(&ruled, by_trying(&ruled)), (&sequential, in_order(&sequential)), (&grouped, of_groups(&grouped))];
    for (project, law) in laws {
        assert!((law.values().sum::<f64>() - 1.0).abs() < 1e-9);
        let items = Items::new(project).unwrap();
        for limits in
            [vec![], vec![(3, &[1][..])], vec![(0, &[1][..]), (3, &[1, ABSENT][..])], vec![(2, &[0, 2][..])]]
        {
            let limits = limited(project, &limits);
            let (law, _) = within(&law, &limits);
            let mut counts: BTreeMap<Vec<u16>, u64> = BTreeMap::new();
            for user in 0..DRAWS {
                let item = request(&items, project, &limits).seeded(&format!("user {user}")).unwrap();
                *counts.entry(row(&item)).or_default() += 1;
            }
            assert!(counts.keys().all(|row| law.contains_key(row)), "{limits:?}");
            let expected = |(row, chance): (&Vec<u16>, &f64)| {
                (counts.get(row).copied().unwrap_or_default(), chance * f64::from(DRAWS))
            };
            let p = p_value(&law.iter().map(expected).collect::<Vec<_>>()).unwrap();
            assert!(p > 1e-5, "{limits:?}: {p}");
        }
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn the_reach_of_limits_is_the_chance_of_the_items_that_keep_to_them(
        project in configuration(),
        bits in prop::collection::vec(prop::option::weighted(0.5, 1u8..16), 4),
    ) {
        let law = by_trying(&project);
        let Ok(items) = Items::new(&project) else {
            prop_assert!(law.is_empty());
            return Ok(());
        };
        let choices = |layer: usize, bits: u8| {
            let all = (0..project.layers[layer].traits.len() as u16).chain([ABSENT]);
            all.enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, choice)| choice).collect::<Vec<u16>>()
        };
        let limits: Limits = (0..project.layers.len())
            .map(|layer| bits[layer % 4].map(|bits| choices(layer, bits)))
            .collect();
        let (left, chance) = within(&law, &limits);
        let reach = Limited::new(&items.space.diagrams[0], false, &limits).reach();
        prop_assert!((reach - chance).abs() < 1e-9, "{reach} {chance}");
        prop_assert_eq!(reach == 0.0, left.is_empty());
        for text in ["alice", "bob", ""] {
            match request(&items, &project, &limits).seeded(text) {
                Ok(item) => {
                    let row = row(&item);
                    prop_assert!(keeps(&row, &limits));
                    // Traits of weight 0 are shown where nothing else is wanted.
                    prop_assert!(left.contains_key(&row) || left.is_empty());
                }
                Err(RequestError::Conflict { reasons, .. }) => {
                    prop_assert!(left.is_empty() && !reasons.is_empty(), "{reasons:?}");
                }
                Err(error) => prop_assert!(false, "{error}"),
            }
        }
    }
}

#[test]
fn a_limit_changes_no_other_layer_where_no_rule_does() {
    let weights: [(&str, &[u64]); 4] =
        [("Back", &[1; 9]), ("Body", &[1; 9]), ("Eyes", &[1; 9]), ("Hat", &[1; 9])];
    let plain = project(&weights);
    let more = project(&[weights[0], ("Aura", &[1; 9]), weights[1], weights[2], weights[3]]);
    let (items, more_items) = (Items::new(&plain).unwrap(), Items::new(&more).unwrap());
    let mut kept = 0;
    for user in 0..200 {
        let text = format!("user {user}");
        let free = row(&items.request(&plain).seeded(&text).unwrap());
        let hat = row(&items.request(&plain).with("Hat", "Hat 3").unwrap().seeded(&text).unwrap());
        assert_eq!((&hat[..3], hat[3]), (&free[..3], 3));
        let names = ["Hat 1", "Hat 3", "Hat 5"];
        let listed = row(&items.request(&plain).among("Hat", names).unwrap().seeded(&text).unwrap());
        assert_eq!(listed[..3], free[..3]);
        if [1, 3, 5].contains(&free[3]) {
            assert_eq!(listed[3], free[3], "what a list has stays");
            kept += 1;
        }
        let with_more = row(&more_items.request(&more).seeded(&text).unwrap());
        assert_eq!(
            [with_more[0], with_more[2], with_more[3], with_more[4]],
            free[..],
            "a new layer is beside them"
        );
    }
    assert!(kept > 20);
}

#[test]
fn the_items_of_texts_are_pinned() {
    let drawn = |project: &Project, request: &dyn Fn(ItemRequest<'_>) -> Vec<u16>| {
        let items = Items::new(project).unwrap();
        request(items.request(project))
    };
    let seeded = |text: &'static str| move |request: ItemRequest<'_>| row(&request.seeded(text).unwrap());
    let hat = |request: ItemRequest<'_>| row(&request.with("Hat", "Hat 1").unwrap().seeded("alice").unwrap());
    let mut sequential = ruled();
    sequential.choice = ChoiceLaw::Sequential;
    let found = [
        drawn(&ruled(), &seeded("alice")),
        drawn(&ruled(), &seeded("")),
        drawn(&ruled(), &seeded("Zoë 🦊")),
        drawn(&ruled(), &hat),
        drawn(&sequential, &seeded("alice")),
        drawn(&sequential, &hat),
        drawn(&grouped(), &seeded("alice")),
        drawn(&grouped(), &hat),
    ];
    assert_eq!(found, PINNED, "a change here changes the avatars of all users: give it another context");
}

const PINNED: [[u16; 4]; 8] = [
    [0, 0, 1, 0],
    [0, 0, 2, 0],
    [0, 1, 1, 0],
    [0, 2, 1, 1],
    [0, 0, 1, 0],
    [0, 2, 1, 1],
    [0, 1, ABSENT, 1],
    [0, 1, ABSENT, 1],
];

#[test]
fn the_items_of_texts_are_pinned_among_many_traits() {
    let weights: Vec<u64> = (1..200).collect();
    let mut project =
        project(&[("Back", &weights), ("Body", &weights), ("Eyes", &weights), ("Hat", &weights)]);
    with_rule(&mut project, RuleKind::Exclude(one(1, 150), vec![one(2, 150), one(2, 151)]));
    let items = Items::new(&project).unwrap();
    let found = ["alice", "bob", "0x1f"].map(|text| row(&items.request(&project).seeded(text).unwrap()));
    assert_eq!(found, MANY);
}

const MANY: [[u16; 4]; 3] = [[133, 79, 187, 187], [163, 173, 158, 160], [45, 78, 105, 174]];

#[test]
fn traits_that_are_never_drawn_can_be_requested() {
    let mut project = ruled();
    project.layers[3].traits[1].weight = 0;
    let items = Items::new(&project).unwrap();
    for user in 0..50 {
        let text = format!("{user}");
        assert_eq!(row(&items.request(&project).seeded(&text).unwrap())[3], 0);
        let crowned = row(&items.request(&project).with("Hat", "Hat 1").unwrap().seeded(&text).unwrap());
        assert_eq!(crowned[3], 1);
        assert_ne!(crowned[1], 0, "the rule holds for it, too");
    }
    let request = items.request(&project).with("Hat", "Hat 1").unwrap().with("Body", "Body 0").unwrap();
    assert!(request.seeded("a").unwrap_err().to_string().contains("rule 1, line 10"));
}

#[test]
fn colours_that_are_drawn_apart_are_limited_too() {
    let mut project = project(&[("Body", &[1, 1]), ("Background", &[1, 2, 0, 1])]);
    project.layers[1].is_apart = true;
    let items = Items::new(&project).unwrap();
    for user in 0..60 {
        let text = format!("{user}");
        let free = row(&items.request(&project).seeded(&text).unwrap());
        assert!(free[1] < 4 && free[1] != 2);
        let names = ["Background 1", "Background 3"];
        let limited =
            row(&items.request(&project).among("Background", names).unwrap().seeded(&text).unwrap());
        assert_eq!(limited[0], free[0]);
        assert!(limited[1] == free[1] || free[1] == 0 && [1, 3].contains(&limited[1]));
        let never = items.request(&project).with("Background", "Background 2").unwrap();
        assert_eq!(row(&never.seeded(&text).unwrap()), [free[0], 2]);
    }
    assert!(items.request(&project).without("Background").unwrap().seeded("a").is_err());
}

#[test]
fn what_no_item_shows_is_refused_with_the_rules() {
    let ruled = ruled();
    let items = Items::new(&ruled).unwrap();
    let with = |names: &[(&str, &str)]| {
        let begun = items.request(&ruled);
        names.iter().fold(begun, |request, (layer, name)| request.with(layer, name).unwrap())
    };
    let said = |names: &[(&str, &str)]| with(names).seeded("alice").unwrap_err().to_string();
    let pair = said(&[("Hat", "Hat 1"), ("Body", "Body 0")]);
    assert!(pair.contains("\"3/1\" forbids \"1/0\" (rule 1, line 10)"), "{pair}");
    assert!(pair.contains("\"Body/Body 0\" and \"Hat/Hat 1\"") && !pair.contains("rule 2"), "{pair}");
    // Through a third layer: Hat 0 and Back 1 leave no Eyes 2, and nothing else was asked.
    let three = said(&[("Back", "Back 1"), ("Eyes", "Eyes 2"), ("Hat", "Hat 0")]);
    assert!(three.contains("rule 3, line 30") && !three.contains("rule 1"), "{three}");
    let absent = items.request(&ruled).without("Body").unwrap().seeded("a").unwrap_err().to_string();
    assert!(absent.contains("\"Body/none\" is never drawn"), "{absent}");
    let none: [&str; 0] = [];
    assert!(matches!(items.request(&ruled).among("Hat", none), Err(RequestError::Nothing { .. })));
    let typo = items.request(&ruled).with("Hat", "Hat1").unwrap_err().to_string();
    assert!(typo.ends_with("did you mean \"Hat 1\"?"), "{typo}");
    let grouped = grouped();
    let items = Items::new(&grouped).unwrap();
    let both = items.request(&grouped).with("Fur", "Fur 0").unwrap().with("Scales", "Scales 0").unwrap();
    let both = both.seeded("a").unwrap_err().to_string();
    assert!(both.contains("group \"Cats\" has no layer \"Scales\""), "{both}");
    let hat = items.request(&grouped).with("Scales", "Scales 0").unwrap().with("Hat", "Hat 1").unwrap();
    let hat = hat.seeded("a").unwrap_err().to_string();
    assert!(hat.contains("rule 1, line 10"), "{hat}");
}

#[test]
fn conflicts_beyond_unit_propagation_have_their_rules() {
    // Three layers that differ from each other in pairs, and two values for them.
    let mut project = project(&[("A", &[1; 3]), ("B", &[1; 3]), ("C", &[1; 3]), ("D", &[1; 2])]);
    for value in 0..3 {
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            with_rule(&mut project, RuleKind::Forbid(vec![one(a, value), one(b, value)]));
        }
    }
    with_rule(&mut project, RuleKind::Forbid(vec![one(0, 0), one(3, 0)]));
    let items = Items::new(&project).unwrap();
    let mut request = items.request(&project);
    for layer in ["A", "B", "C"] {
        request = request.among(layer, [&*format!("{layer} 0"), &*format!("{layer} 1")]).unwrap();
    }
    let Err(RequestError::Conflict { reasons, .. }) = request.seeded("alice") else {
        panic!("it is impossible")
    };
    assert_eq!(reasons.len(), 6, "{reasons:?}");
}
