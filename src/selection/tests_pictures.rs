//! Items that differ by what is visible, against trying all items.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::plan::Plan;
use crate::project::{Distinct, MILLION, PictureClass, Project, cases, project};
use crate::rules::{PictureKey, check_row};
use crate::selection::testing::{choose, read};
use crate::selection::weights::outcomes;
use crate::selection::{Edits, Every, SelectionError, capacity, edit, survey};

/// Number 0 shows nothing; those from 100 on hide all below.
fn class(number: u32) -> PictureClass {
    match number {
        0 => PictureClass::Empty,
        pixels => PictureClass::Shows { pixels, hides_all: pixels >= 100 },
    }
}

/// A project whose traits, all of weight 1, have the pixels of these numbers.
fn by_pictures(layers: &[(&str, &[u32])]) -> Project {
    let weights: Vec<Vec<u64>> = layers.iter().map(|(_, numbers)| vec![1; numbers.len()]).collect();
    let named: Vec<(&str, &[u64])> =
        layers.iter().zip(&weights).map(|((name, _), weights)| (*name, &weights[..])).collect();
    let mut project = project(&named);
    let classes = layers.iter().map(|(_, numbers)| numbers.iter().copied().map(class).collect());
    project.distinct = Distinct::Pictures(classes.collect());
    project
}

fn key(project: &Project, row: &[u16]) -> Vec<u32> {
    PictureKey::new(project).unwrap().visible(row, 0).collect()
}

/// The pictures of all items that are possible.
fn by_trying(project: &Project) -> BTreeSet<Vec<u32>> {
    let mut rows: Vec<Vec<u16>> = vec![Vec::new()];
    for outcomes in outcomes(project) {
        let longer = |row: &Vec<u16>| {
            let row = row.clone();
            let with = outcomes.iter().map(move |&(choice, _)| [&row[..], &[choice]].concat());
            with.collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    rows.iter().filter(|row| check_row(project, row).is_ok()).map(|row| key(project, row)).collect()
}

fn keys(project: &Project, plan: &Plan) -> BTreeSet<Vec<u32>> {
    (0..plan.len()).map(|index| key(project, plan.traits(index))).collect()
}

/// The case: red, blue; blank, flat, ok; A equals B.
fn case() -> Project {
    by_pictures(&[("Bg", &[100, 101]), ("Hat", &[0, 102, 3]), ("Head", &[4, 4])])
}

#[test]
fn as_many_items_are_possible_as_pictures() {
    let project = case();
    assert_eq!(capacity(&project), 5);
    let plan = choose(&project, 7, 1, 5).unwrap();
    assert_eq!(keys(&project, &plan).len(), 5);
    let error = choose(&project, 7, 1, 6).unwrap_err();
    assert_eq!(error.most(), Some(5));
    assert!(error.to_string().contains("5 different pictures are possible at most"), "{error}");
    assert_eq!(survey(&project, 5).unwrap().capacity, 5);
    for count in 0..5 {
        let part = choose(&project, 7, 1, count).unwrap();
        assert_eq!(part.rows, plan.rows[..part.rows.len()], "a longer run begins with the same items");
    }
}

#[test]
fn weights_inside_a_class_stay() {
    // Two traits with the same pixels, one three times as likely; the other layer makes each picture a new one.
    let mut project = by_pictures(&[("B", &(10..2010).collect::<Vec<_>>()), ("A", &[1, 1])]);
    project.layers[1].traits[1].weight *= 3;
    let plan = choose(&project, 1, 1, 2000).unwrap();
    let second = (0..2000).filter(|&index| plan.traits(index)[1] == 1).count();
    // Six standard deviations about 1500.
    assert!(second.abs_diff(1500) < 117, "{second}");
    assert!(choose(&project, 1, 1, 2001).is_err());
}

#[test]
fn what_is_hidden_costs_no_time() {
    // A trait on top hides 20^10 items, all one picture.
    let below: Vec<u32> = (1..=20).collect();
    let names: Vec<String> = (0..10).map(|layer| format!("L{layer}")).collect();
    let mut layers: Vec<(&str, &[u32])> = names.iter().map(|name| (&name[..], &below[..])).collect();
    layers.push(("Top", &[100, 101, 102]));
    let project = by_pictures(&layers);
    assert_eq!(capacity(&project), 3);
    assert_eq!(choose(&project, 1, 1, 3).unwrap().len(), 3);
    let mut out = Vec::new();
    assert_eq!(Every::new(&project).unwrap().write(&mut out).unwrap(), 3);
}

#[test]
fn numbers_of_items_are_held_to_pictures() {
    let text = "[traits.\"Hat/Hat 1\"]\ncount = 2\n";
    let mut project = case();
    assert_eq!(project.add_wishes(text), []);
    // The second hat hides the background, and both heads look the same: one picture.
    let error = choose(&project, 1, 1, 4).unwrap_err().to_string();
    assert!(error.contains("but with it only 1 picture is possible"), "{error}");
    let mut project = case();
    assert_eq!(
        project.add_wishes("[traits.\"Hat/Hat 0\"]\ncount = 2\n[traits.\"Head/Head 1\"]\ncount = 3\n"),
        []
    );
    let plan = choose(&project, 1, 1, 5).unwrap();
    assert_eq!(keys(&project, &plan).len(), 5);
    let shown = |layer: usize, choice: u16| (0..5).filter(|&i| plan.traits(i)[layer] == choice).count();
    assert_eq!((shown(1, 0), shown(2, 1)), (2, 3));
}

#[test]
fn groups_and_unique_sets_go_along() {
    let mut project = by_pictures(&[("A", &[1, 1, 2]), ("B", &[3, 4, 4]), ("C", &[5, 6, 7])]);
    assert_eq!(project.add_wishes("[[unique]]\nlayers = [\"A\", \"C\"]\n"), []);
    let plan = choose(&project, 1, 1, 9).unwrap();
    let pairs: BTreeSet<(u16, u16)> =
        (0..9).map(|index| (plan.traits(index)[0], plan.traits(index)[2])).collect();
    assert_eq!((keys(&project, &plan).len(), pairs.len()), (9, 9));
    let mut project = by_pictures(&[("A", &[1, 1, 2]), ("B", &[3, 4, 4]), ("C", &[5, 6, 7])]);
    let text = "[[groups]]\nname = \"x\"\nlayers = [\"A\", \"B\"]\ncount = 4\n\
                [[groups]]\nname = \"y\"\nlayers = [\"B\", \"C\"]\ncount = 6\n";
    assert_eq!(project.add_wishes(text), []);
    let plan = choose(&project, 1, 1, 10).unwrap();
    assert_eq!(keys(&project, &plan).len(), 10);
    project.groups[0].count = 5;
    let error = choose(&project, 1, 1, 11).unwrap_err().to_string();
    assert!(error.contains("in group \"x\", 4 different pictures are possible at most; lower the count of group \"x\" to at most 4"), "{error}");
}

#[test]
fn a_plan_that_repeats_a_picture_is_refused_and_an_edit_mends_it() {
    let project = case();
    let plan = choose(&project, 7, 1, 3).unwrap();
    let names = {
        let mut free = case();
        free.distinct = Distinct::Items;
        free
    };
    let equal = Plan::of_rows(&names, &[vec![0, 2, 0], vec![0, 2, 1]]).unwrap();
    let error = edit(&project, std::slice::from_ref(&equal), &Edits::default(), 1).unwrap_err();
    assert!(matches!(&error, SelectionError::Repeated { first: 1, second: 2, .. }), "{error}");
    assert!(error.to_string().contains("items 1 and 2 have the same picture"), "{error}");
    let mut file = Vec::new();
    equal.write(&names, &mut file).unwrap();
    let error = read(&project, &String::from_utf8(file).unwrap()).unwrap_err();
    assert!(error.contains("editions 1 and 2 have the same picture"), "{error}");
    // A new item is another picture than the one that it replaces, not only other traits.
    let reroll = Edits { reroll: vec![2], ..Edits::default() };
    let made = edit(&project, std::slice::from_ref(&plan), &reroll, 3).unwrap();
    assert_ne!(key(&project, made.traits(1)), key(&project, plan.traits(1)));
    assert_eq!(keys(&project, &made).len(), 3);
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn capacity_items_and_all_of_them_agree_with_trying(
        layers in proptest::collection::vec(
            (proptest::collection::vec(0u32..8, 1..4), any::<bool>(), proptest::bool::weighted(0.8)), 1..5),
        rules in proptest::collection::vec((0usize..5, 0usize..4, 0usize..5, 0usize..4, any::<bool>()), 0..3),
        seed in any::<u64>(),
    ) {
        let numbers: Vec<Vec<u32>> = layers
            .iter()
            .map(|(numbers, ..)| numbers.iter().map(|&n| if n > 5 { 94 + n } else { n }).collect())
            .collect();
        let names: Vec<String> = (0..layers.len()).map(|layer| format!("L{layer}")).collect();
        let named: Vec<(&str, &[u32])> =
            names.iter().zip(&numbers).map(|(name, numbers)| (&name[..], &numbers[..])).collect();
        let mut project = by_pictures(&named);
        for (layer, &(_, absent, unique)) in project.layers.iter_mut().zip(&layers) {
            layer.chance = if absent { (MILLION / 2) as u32 } else { MILLION as u32 };
            layer.unique = unique;
        }
        prop_assume!(layers.iter().any(|&(_, _, unique)| unique));
        let mut text = String::new();
        for &(a, x, b, y, forbids) in &rules {
            let (a, b) = (a % layers.len(), b % layers.len());
            let (x, y) = (x % numbers[a].len(), y % numbers[b].len());
            let [first, second] = [(a, x), (b, y)].map(|(layer, index)| format!("\"L{layer}/L{layer} {index}\""));
            if a == b {
                continue;
            }
            text += &match forbids {
                true => format!("[[rules]]\nforbid = [{first}, {second}]\n"),
                false => format!("[[rules]]\nwhen = {first}\nrequire = {second}\n"),
            };
        }
        let problems = project.add_wishes(&text);
        prop_assert!(problems.is_empty(), "{problems:?}");
        let possible = by_trying(&project);
        prop_assume!(!possible.is_empty());
        let most = possible.len() as u32;
        prop_assert_eq!(capacity(&project), u128::from(most));
        let plan = choose(&project, seed, 1, most).unwrap();
        prop_assert_eq!(&keys(&project, &plan), &possible);
        prop_assert!(choose(&project, seed, 1, most + 1).is_err());
        if project.layers.iter().all(|layer| layer.unique) || possible.len() > 1 {
            let mut out = Vec::new();
            prop_assert_eq!(Every::new(&project).unwrap().write(&mut out).unwrap(), u64::from(most));
            let every = read(&project, &String::from_utf8(out).unwrap()).unwrap();
            prop_assert_eq!(&keys(&project, &every), &possible);
        }
    }
}
