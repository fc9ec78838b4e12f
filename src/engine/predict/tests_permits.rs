//! What an item can still show, against trying every item.

use proptest::prelude::*;

use super::*;
use crate::project::{ABSENT, MILLION, Project, project};

fn distinct(project: &Project, made: &[&[u16]]) -> Distinct {
    let mut rule = Distinct::new(project);
    made.iter().for_each(|row| rule.made(row));
    rule
}

#[test]
fn the_last_open_layer_must_not_complete_what_was_made() {
    let project = project(&[("A", &[1; 3]), ("B", &[1; 2]), ("C", &[1; 2])]);
    let rule = distinct(&project, &[&[0, 0, 0], &[0, 1, 1]]);
    let decided = Partial::new([Choice::Trait(0), Choice::Trait(0), Choice::Open]);
    assert!(!rule.permits(&decided, 2, 0) && rule.permits(&decided, 2, 1));
    let two_open = Partial::new([Choice::Trait(0), Choice::Open, Choice::Open]);
    assert!((0..2).all(|index| rule.permits(&two_open, 1, index) && rule.permits(&two_open, 2, index)));
}

#[test]
fn a_trait_under_which_everything_was_made_is_forbidden() {
    let project = project(&[("A", &[1; 3]), ("B", &[1; 2])]);
    let rule = distinct(&project, &[&[1, 0], &[0, 0], &[1, 1]]);
    let open = Partial::open(2);
    assert_eq!([0, 1, 2].map(|index| rule.permits(&open, 0, index)), [true, false, true]);
    assert_eq!([0, 1].map(|index| rule.permits(&open, 1, index)), [true, true]);
    let rule = distinct(&project, &[&[0, 0], &[1, 0], &[2, 0]]);
    assert_eq!([0, 1].map(|index| rule.permits(&open, 1, index)), [false, true]);
}

#[test]
fn layers_that_do_not_count_tell_nothing_apart() {
    let mut project = project(&[("A", &[1; 2]), ("B", &[1; 2])]);
    project.layers[1].unique = false;
    let open = Partial::open(2);
    let rule = distinct(&project, &[&[0, 0], &[0, 0], &[0, 1]]);
    assert_eq!([0, 1].map(|index| rule.permits(&open, 0, index)), [false, true]);
    assert_eq!([0, 1].map(|index| rule.permits(&open, 1, index)), [true, true]);
    let decided = Partial::new([Choice::Trait(0), Choice::Open]);
    assert!((0..2).all(|index| !rule.permits(&decided, 1, index)), "no item is left at all");
    project.layers[0].unique = false;
    let rule = distinct(&project, &[&[0, 0]]);
    assert!(rule.permits(&decided, 1, 0), "nothing counts, so items may repeat");
}

#[test]
fn absence_is_a_value() {
    let mut project = project(&[("A", &[1; 2]), ("B", &[1])]);
    project.layers[1].chance = 500_000;
    let rule = distinct(&project, &[&[0, ABSENT]]);
    let without = Partial::new([Choice::Open, Choice::Absent]);
    assert_eq!([0, 1].map(|index| rule.permits(&without, 0, index)), [false, true]);
    let open = Partial::open(2);
    assert_eq!([0, 1].map(|index| rule.permits(&open, 0, index)), [true, true]);
    let rule = distinct(&project, &[&[0, ABSENT], &[0, 0]]);
    assert_eq!([0, 1].map(|index| rule.permits(&open, 0, index)), [false, true]);
}

#[test]
fn rows_of_another_project_are_not_taken_for_items() {
    let project = project(&[("A", &[1; 2]), ("B", &[1])]);
    let rule = distinct(&project, &[&[0], &[0, 0, 0], &[]]);
    assert!(rule.permits(&Partial::open(2), 0, 0));
    let drawable = WeightConstraint::new(&project);
    assert!(!drawable.permits(&Partial::open(2), 0, 2) && !drawable.permits(&Partial::open(2), 9, 0));
}

/// Every row that can be drawn.
fn all_rows(project: &Project) -> Vec<Vec<u16>> {
    let drawable = WeightConstraint::new(project);
    let open = Partial::open(project.layers.len());
    let mut rows = vec![Vec::new()];
    for (layer, found) in project.layers.iter().enumerate() {
        let values = (0..found.traits.len() as u16).chain([ABSENT]);
        let values: Vec<u16> = values.filter(|&value| drawable.permits(&open, layer, value)).collect();
        let longer = |row: Vec<u16>| {
            values.iter().map(move |&value| [&row[..], &[value]].concat()).collect::<Vec<_>>()
        };
        rows = rows.into_iter().flat_map(longer).collect();
    }
    rows
}

proptest! {
    #[test]
    fn distinct_permits_exactly_what_leads_to_a_new_item(
        unique: [bool; 4],
        chances in [0u32..3, 0u32..3, 0u32..3, 0u32..3],
        made in proptest::collection::vec(any::<prop::sample::Index>(), 0..60),
        decided in any::<[Option<prop::sample::Index>; 4]>(),
    ) {
        let mut project = project(&[("A", &[1, 1]), ("B", &[1, 0, 1]), ("C", &[1]), ("D", &[1, 1])]);
        for (layer, (unique, chance)) in project.layers.iter_mut().zip(unique.into_iter().zip(chances)) {
            layer.unique = unique;
            layer.chance = chance * MILLION as u32 / 2;
        }
        let all = all_rows(&project);
        let made: Vec<&[u16]> = made.iter().map(|index| &index.get(&all)[..]).collect();
        let rule = distinct(&project, &made);
        let choice = |(layer, index): (usize, &Option<prop::sample::Index>)| match index {
            None => Choice::Open,
            Some(index) => match index.get(&all)[layer] {
                ABSENT => Choice::Absent,
                index => Choice::Trait(index),
            },
        };
        let next = Partial::new(decided.iter().enumerate().map(choice));
        let agrees = |row: &[u16]| (0..4).all(|layer| match next.choice(layer) {
            Choice::Open => true,
            Choice::Absent => row[layer] == ABSENT,
            Choice::Trait(index) => row[layer] == index,
        });
        let equal = |a: &[u16], b: &[u16]| (0..4).all(|layer| !project.layers[layer].unique || a[layer] == b[layer]);
        let compared = project.layers.iter().any(|layer| layer.unique);
        let is_new = |row: &[u16]| !compared || !made.iter().any(|other| equal(row, other));
        for layer in (0..4).filter(|&layer| next.choice(layer) == Choice::Open) {
            for index in 0..project.layers[layer].traits.len() as u16 {
                if WeightConstraint::new(&project).permits(&next, layer, index) {
                    let exists = all.iter().any(|row| row[layer] == index && agrees(row) && is_new(row));
                    prop_assert_eq!(rule.permits(&next, layer, index), exists, "{} {}", layer, index);
                }
            }
        }
    }
}

#[test]
fn rules_forbid_from_both_ends_and_together() {
    let mut project = project(&[("A", &[1; 3]), ("B", &[1; 2]), ("C", &[1; 2])]);
    project.layers[2].chance = 500_000;
    let problems = project.add_wishes(
        "[[rules]]\nwhen = \"A/A 0\"\nrequire = \"B/B 1\"\n[[rules]]\nwhen = \"B/B 1\"\nforbid = \"C\"\n",
    );
    assert_eq!(problems.len(), 0);
    let rule = RuleConstraint::new(&project);
    let shows = |a, b, c| Partial::new([a, b, c]);
    let (open, zero, one) = (Choice::Open, Choice::Trait(0), Choice::Trait(1));
    assert!(!rule.permits(&shows(zero, open, open), 1, 0) && rule.permits(&shows(zero, open, open), 1, 1));
    assert!(!rule.permits(&shows(open, zero, open), 0, 0) && rule.permits(&shows(open, zero, open), 0, 1));
    // The first rule leaves one choice of B, which the second forbids beside C.
    assert!(!rule.permits(&shows(open, open, one), 0, 0) && rule.permits(&shows(open, open, one), 0, 1));
    assert!(!rule.permits(&shows(zero, open, open), 2, 1));
    assert!(rule.permits(&shows(zero, open, Choice::Absent), 1, 1));
}

#[test]
fn what_is_decided_leaves_only_the_groups_that_can_show_it() {
    let mut project = project(&[("Back", &[1; 2]), ("Cat", &[1; 2]), ("Dog", &[1; 2]), ("Hat", &[1; 2])]);
    let text = "[[groups]]\nname = \"Cats\"\nlayers = [\"Back\", \"Cat\"]\ncount = 5\n\
                [[groups]]\nname = \"Dogs\"\nlayers = [\"Back\", \"Dog\", \"Hat\"]\ncount = 5\n\
                [[rules]]\nforbid = [\"Back/Back 0\", \"Hat\"]\n";
    assert!(project.add_wishes(text).is_empty());
    let rule = RuleConstraint::new(&project);
    let open = Partial::open(4);
    assert!((0..4).all(|layer| rule.permits(&open, layer, 1)), "every layer is of some group");
    let cat = Partial::new([Choice::Open, Choice::Trait(0), Choice::Open, Choice::Open]);
    assert_eq!([0, 2, 3].map(|layer| rule.permits(&cat, layer, 0)), [true, false, false]);
    // Dogs always have hats, and these do not go with the first background.
    let dog = Partial::new([Choice::Open, Choice::Open, Choice::Trait(1), Choice::Open]);
    assert_eq!([0, 1].map(|index| rule.permits(&dog, 0, index)), [false, true]);
    let bare = Partial::new([Choice::Open, Choice::Absent, Choice::Open, Choice::Absent]);
    assert!(!rule.permits(&bare, 2, 0), "a dog without a hat");
    assert!(WeightConstraint::new(&project).permits(&open, 3, 1));
}
