//! Exact amounts and groups against what was asked for, and against looking at every collection there is.

use std::collections::HashSet;

use proptest::prelude::*;

use crate::plan::Plan;
use crate::project::{ABSENT, Project, cases, project};
use crate::rules::check_row;
use crate::selection::choose::choose_counted;
use crate::selection::constrained::EXACT;
use crate::selection::edit::{Edits, edit};
use crate::selection::error::SelectionError;
use crate::selection::survey::shares;
use crate::selection::testing::choose;
use crate::selection::weights::odds;

fn asked(layers: &[(&str, &[u64])], optional: &[usize], text: &str) -> Project {
    let mut project = project(layers);
    optional.iter().for_each(|&layer| project.layers[layer].chance = 500_000);
    let problems = project.add_wishes(text);
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    project
}

/// How many items show a choice.
fn shown(plan: &Plan, layer: usize, choice: u16) -> usize {
    (0..plan.len()).filter(|&index| plan.traits(index)[layer] == choice).count()
}

/// Everything that a plan must keep to.
fn check(project: &Project, plan: &Plan) {
    let mut seen = HashSet::new();
    for index in 0..plan.len() {
        assert!(check_row(project, plan.traits(index)).is_ok(), "{:?}", plan.traits(index));
        assert!(
            project.duplicates || seen.insert(plan.traits(index)),
            "{:?} occurs twice",
            plan.traits(index)
        );
    }
    for amount in &project.amounts {
        let got = shown(plan, amount.layer, amount.choice) as u32;
        assert!(amount.least <= got && got <= amount.most, "{amount:?}: {got}");
    }
    for set in &project.unique_sets {
        let mut seen = HashSet::new();
        for index in 0..plan.len() {
            let values: Vec<u16> = set.iter().map(|&layer| plan.traits(index)[layer]).collect();
            let group = plan.group(index).map(|group| &project.groups[group]);
            let is_compared = group.is_none_or(|group| set.iter().all(|layer| group.layers.contains(layer)));
            assert!(!is_compared || seen.insert(values), "{set:?} repeats");
        }
    }
}

const LAYERS: [(&str, &[u64]); 4] =
    [("A", &[1, 2, 3, 4]), ("B", &[1, 1, 8]), ("C", &[5, 1, 1, 1, 1]), ("D", &[2, 3])];

#[test]
fn numbers_are_met_and_the_rest_follows_weights() {
    let text = "duplicates = true\n[traits.\"A/A 0\"]\ncount = 3000\n[traits.\"B/B 0\"]\nmin = 5000\n\
                [traits.\"C/C 0\"]\nmax = 1000\n[traits.\"D/none\"]\ncount = 1\n\
                [[rules]]\nwhen = \"C/C 1\"\nrequire = \"A/A 0\"\n";
    let project = asked(&LAYERS, &[3], text);
    let plan = choose(&project, 5, 1, 10_000).unwrap();
    assert_eq!(plan.algorithm, Some(EXACT));
    check(&project, &plan);
    // Nothing drove these but their weights.
    let shares = shares(&project, 10_000).unwrap();
    for share in shares.iter().filter(|share| share.asked.is_none()) {
        let got = shown(&plan, share.layer, share.choice) as f64;
        let expected = share.expected.unwrap() * 10_000.0;
        assert!((got - expected).abs() < 5.0 * expected.sqrt() + 1.0, "{}: {got}, {expected}", share.name);
    }
    let of = |name: &str| shares.iter().find(|share| share.name == name).unwrap();
    assert_eq!(of("A/A 0").asked, Some((3000, 3000)));
    assert!(
        (of("A/A 0").expected.unwrap() - 0.3).abs() < 1e-4 && (of("A/A 0").by_weight - 0.1).abs() < 1e-12
    );
    // What is bound by nothing else keeps its proportions.
    let [two, three] = ["A/A 1", "A/A 2"].map(|name| of(name).expected.unwrap());
    assert!((two / three - 2.0 / 3.0).abs() < 1e-6);
    // Early items look like late ones.
    let early = (0..5000).filter(|&index| plan.traits(index)[0] == 0).count();
    assert!((1350..1650).contains(&early), "{early} of 3000 in the first half");
}

#[test]
fn exact_rarity_gives_every_trait_its_share_to_the_nearest_whole_number() {
    let text = "duplicates = true\nrarity = \"exact\"\n[traits.\"A/A 1\"]\ncount = 1\n";
    let project = asked(&LAYERS, &[3], text);
    let plan = choose(&project, 5, 1, 100).unwrap();
    check(&project, &plan);
    // 99 among weights 1, 3 and 4, and 100 among those of the other layers.
    assert_eq!([0, 1, 2, 3].map(|choice| shown(&plan, 0, choice)), [12, 1, 37, 50]);
    assert_eq!([0, 1, 2].map(|choice| shown(&plan, 1, choice)), [10, 10, 80]);
    assert_eq!([0, 1, ABSENT].map(|choice| shown(&plan, 3, choice)), [20, 30, 50]);
    // Rules take their part first.
    let text = "duplicates = true\nrarity = \"exact\"\n[[rules]]\nforbid = [\"A/A 3\", \"B/B 2\"]\n";
    let project = asked(&LAYERS, &[3], text);
    let plan = choose(&project, 5, 1, 100).unwrap();
    check(&project, &plan);
    for share in shares(&project, 100).unwrap() {
        let got = shown(&plan, share.layer, share.choice) as f64;
        assert!((got - share.expected.unwrap() * 100.0).abs() < 0.05, "{} {got}", share.name);
    }
    // Where that many different items are not there, it is as near as it can be, and what was asked for is met.
    let project = asked(&LAYERS, &[3], "rarity = \"exact\"\n[traits.\"A/A 1\"]\ncount = 1\n");
    let plan = choose(&project, 5, 1, 100).unwrap();
    check(&project, &plan);
    assert!((40..=60).contains(&shown(&plan, 1, 2)), "60 of 80 are possible: {}", shown(&plan, 1, 2));
}

#[test]
fn numbers_rules_and_sets_are_met_together_to_the_last_item() {
    // Every combination of A and B once, with each of C as often as is said.
    let text = "[[unique]]\nlayers = [\"A\", \"B\"]\n[traits.\"C/C 0\"]\ncount = 1\n[traits.\"C/C 1\"]\ncount = 2\n\
                [traits.\"C/C 2\"]\ncount = 3\n[traits.\"C/C 3\"]\ncount = 6\n\
                [[rules]]\nforbid = [\"A/A 0\", \"C/C 3\"]\n[[rules]]\nforbid = [\"A/A 1\", \"C/C 3\"]\n";
    let project = asked(&LAYERS, &[], text);
    for seed in 0..20 {
        let plan = choose(&project, seed, 1, 12).unwrap();
        check(&project, &plan);
        assert!((0..12).all(|index| plan.traits(index)[2] != 3 || plan.traits(index)[0] > 1));
    }
}

#[test]
fn what_cannot_be_is_told_with_its_reason() {
    let refused = |optional: &[usize], text: &str, count: u32| {
        choose(&asked(&LAYERS, optional, text), 1, 1, count).unwrap_err().to_string()
    };
    // Sums.
    let text = "[traits.\"D/D 0\"]\ncount = 60\n[traits.\"D/none\"]\nmin = 50\n";
    let error = refused(&[3], text, 100);
    assert!(
        error.starts_with("the counts of layer \"D\" add up to 110 of 100 items: \"D/D 0\" 60 (line 1)"),
        "{error}"
    );
    // Rules: the hood of fifty needs an absence of forty.
    let text = "[[rules]]\nwhen = \"A/A 0\"\nrequire = \"D/none\"\n[[rules]]\nforbid = [\"B/B 0\", \"C/C 0\"]\n\
                [traits.\"A/A 0\"]\ncount = 50\n[traits.\"D/none\"]\nmax = 40\n[traits.\"B/B 0\"]\nmin = 3\n";
    let error = refused(&[3], text, 100);
    let want = "no collection of 100 items is possible: \"A/A 0\" in 50 items (line 6); and \"D/none\" in at most 40 items (line 8); and \"A/A 0\" requires \"D/none\" (rule 1, line 1); change or remove one of these";
    assert_eq!(error, want);
    // A unique set.
    let text = "[[unique]]\nlayers = [\"A\", \"B\"]\n[traits.\"A/A 0\"]\ncount = 4\n";
    let error = refused(&[], text, 10);
    assert!(
        error.contains(
            "\"A/A 0\" 4 (line 3) is required, but with it \"A\", \"B\" have at most 3 combinations"
        ),
        "{error}"
    );
    // What nothing can show.
    let text = "[[rules]]\nforbid = [\"A/A 0\", \"D\"]\n[traits.\"A/A 0\"]\nmin = 1\n";
    let error = refused(&[], text, 10);
    let want = "\"A/A 0\" in at least 1 item (line 3); and \"A/A 0\" and \"D\" must not occur together (rule 1, line 1); \
                and \"D\" has chance 1 (layer 4)";
    assert!(error.contains(want), "{error}");
}

#[test]
fn an_amount_of_absence_makes_a_layer_optional() {
    let project = asked(&LAYERS, &[], "[traits.\"D/none\"]\ncount = 7\n");
    let plan = choose(&project, 1, 1, 40).unwrap();
    assert_eq!(shown(&plan, 3, ABSENT), 7);
}

#[test]
fn groups_have_their_layers_and_their_numbers() {
    let groups = "[[groups]]\nname = \"Cats\"\nlayers = [\"A\", \"B\"]\ncount = 9\n\
                  [[groups]]\nname = \"Dogs\"\nlayers = [\"A\", \"C\", \"D\"]\ncount = 31\n";
    let text = format!(
        "group_order = \"listed\"\n{groups}[[unique]]\nlayers = [\"A\", \"B\"]\n[traits.\"A/A 0\"]\ncount = 7\n"
    );
    let project = asked(&LAYERS, &[], &text);
    let plan = choose(&project, 3, 1, 40).unwrap();
    check(&project, &plan);
    for index in 0..40 {
        let row = plan.traits(index);
        assert_eq!(plan.group(index), Some(usize::from(index >= 9)));
        let absent: Vec<usize> = (0..4).filter(|&layer| row[layer] == ABSENT).collect();
        assert_eq!(absent, if index < 9 { vec![2, 3] } else { vec![1] });
    }
    let shuffled = asked(&LAYERS, &[], groups);
    let plan = choose(&shuffled, 3, 1, 40).unwrap();
    let cats: Vec<usize> = (0..40).filter(|&index| plan.group(index) == Some(0)).collect();
    assert_eq!(cats.len(), 9);
    assert!(cats[8] > 12, "they are not all at the beginning: {cats:?}");
    let error = choose(&shuffled, 3, 1, 41).unwrap_err().to_string();
    assert!(
        error.contains("the groups have 40 items in total (\"Cats\" 9, \"Dogs\" 31), and 41 are requested"),
        "{error}"
    );
    // 4 x 3 cats at most.
    let many = asked(&LAYERS, &[], &groups.replace("count = 9", "count = 13"));
    let error = choose(&many, 3, 1, 44).unwrap_err().to_string();
    assert!(error.contains("in group \"Cats\", \"A\", \"B\" have at most 12 combinations"), "{error}");
    // A rule that only one of them can keep to.
    let text = format!("{groups}[[rules]]\nwhen = \"A\"\nrequire = \"C\"\n");
    let error = choose(&asked(&LAYERS, &[], &text), 3, 1, 40).unwrap_err().to_string();
    assert!(error.contains("group \"Cats\" has no layer \"C\"") && !error.contains("Dogs"), "{error}");
}

#[test]
fn plans_made_from_plans_keep_numbers_and_groups() {
    let text = "[traits.\"A/A 0\"]\ncount = 10\n[traits.\"B/B 0\"]\nmax = 12\n";
    let project = asked(&LAYERS, &[3], text);
    let plan = choose(&project, 1, 1, 40).unwrap();
    let change = |edits: &Edits| edit(&project, std::slice::from_ref(&plan), edits, 9);
    let mut edits = Edits { reroll: vec![3, 17, 20], extend: 8, ..Edits::default() };
    let made = change(&edits).unwrap();
    check(&project, &made);
    assert_eq!(made.len(), 48);
    let stays = (0..40).filter(|index| ![2, 16, 19].contains(index));
    stays.for_each(|index| assert_eq!(plan.traits(index), made.traits(index)));
    // Dropping one of ten leaves nine.
    let index = (0..40).find(|&index| plan.traits(index)[0] == 0).unwrap();
    edits = Edits { drop: vec![index as u32 + 1], ..Edits::default() };
    let error = change(&edits).unwrap_err().to_string();
    assert!(error.contains("\"A/A 0\" must be in 10 items (line 1), but would be in 9"), "{error}");
    edits.extend = 1;
    check(&project, &change(&edits).unwrap());
    // Groups are filled up to their numbers.
    let groups = |count| {
        asked(
            &LAYERS,
            &[],
            &format!(
                "[[groups]]\nname = \"Cats\"\nlayers = [\"A\", \"B\"]\ncount = {count}\n\
                  [[groups]]\nname = \"Dogs\"\nlayers = [\"A\", \"C\", \"D\"]\ncount = 20\n"
            ),
        )
    };
    let plan = choose(&groups(5), 1, 1, 25).unwrap();
    let edits = Edits { extend: 4, ..Edits::default() };
    let made = edit(&groups(9), std::slice::from_ref(&plan), &edits, 9).unwrap();
    check(&groups(9), &made);
    assert!((25..29).all(|index| made.group(index) == Some(0)));
    let error = edit(&groups(8), std::slice::from_ref(&plan), &edits, 9).unwrap_err().to_string();
    assert!(error.contains("group \"Cats\" must have 8 items, but would have 5"), "{error}");
}

#[test]
fn what_it_took_is_counted() {
    let project = asked(&LAYERS, &[], "[[unique]]\nlayers = [\"A\", \"B\"]\n");
    let (_, effort) = choose_counted(&project, 1, 1, 12).unwrap();
    assert!(effort.draws >= 12 && effort.checks >= effort.draws && !effort.time.is_zero(), "{effort:?}");
    let plain = asked(&[("A", &[1; 30]), ("B", &[1; 30])], &[], "");
    let (_, effort) = choose_counted(&plain, 1, 1, 900).unwrap();
    assert!(effort.draws > 900 && effort.early_ends > 0, "{effort:?}");
}

/// Whether some collection of so many items has all amounts, by trying.
fn exists(project: &Project, count: usize) -> bool {
    let mut items: Vec<Vec<u16>> = vec![Vec::new()];
    for odds in odds(project) {
        let choices = odds.outcomes().iter().map(|&(choice, _)| choice);
        items = choices
            .flat_map(|choice| items.iter().map(move |row| [row.as_slice(), &[choice]].concat()))
            .collect();
    }
    items.retain(|row| check_row(project, row).is_ok());
    // Numbers of items by amount and count, that some of the items so far can have.
    let mut reached: HashSet<(usize, Vec<u32>)> = HashSet::from([(0, vec![0; project.amounts.len()])]);
    for row in &items {
        let with: Vec<(usize, Vec<u32>)> = reached
            .iter()
            .filter(|(items, _)| *items < count)
            .map(|(items, got)| {
                let got = got.iter().zip(&project.amounts);
                (
                    items + 1,
                    got.map(|(got, amount)| got + u32::from(row[amount.layer] == amount.choice)).collect(),
                )
            })
            .filter(|(_, got): &(usize, Vec<u32>)| {
                got.iter().zip(&project.amounts).all(|(got, amount)| *got <= amount.most)
            })
            .collect();
        reached.extend(with);
    }
    let fits = |got: &[u32]| got.iter().zip(&project.amounts).all(|(got, amount)| *got >= amount.least);
    reached.iter().any(|(items, got)| *items == count && fits(got))
}

const SMALL: [(&str, &[u64]); 3] = [("A", &[1, 2, 3]), ("B", &[1, 4]), ("C", &[5, 1, 1])];

fn amount() -> impl Strategy<Value = (usize, usize, u32, u32)> {
    (0usize..3, 0usize..4, 0u32..8, 0u32..5)
}

proptest! {
    #![proptest_config(cases(1500))]

    /// Amounts under rules: what exists is found, and what is refused does not exist.
    #[test]
    fn a_collection_with_these_numbers_is_found_if_there_is_one(
        amounts in prop::collection::vec(amount(), 1..5),
        rules in prop::collection::vec((0usize..3, 0u16..3, 1usize..3, 0u16..3), 0..4),
        optional in prop::collection::vec(0usize..3, 0..2),
        is_exact in any::<bool>(),
        count in 1u32..12,
    ) {
        let mut text = String::new();
        if is_exact {
            text += "rarity = \"exact\"\n";
        }
        for (a, x, step, y) in rules {
            let ((a, of_a), (b, of_b)) = (SMALL[a], SMALL[(a + step) % 3]);
            let (x, y) = (usize::from(x) % of_a.len(), usize::from(y) % of_b.len());
            text += &format!("[[rules]]\nforbid = [\"{a}/{a} {x}\", \"{b}/{b} {y}\"]\n");
        }
        let mut named = HashSet::new();
        for (layer, index, least, range) in amounts {
            let (name, of) = SMALL[layer];
            let index = index % (of.len() + usize::from(optional.contains(&layer)));
            if named.insert((layer, index)) {
                let item = if index == of.len() { "none".to_owned() } else { format!("{name} {index}") };
                let numbers = match range {
                    0 => format!("count = {least}"),
                    1 => format!("min = {least}"),
                    2 => format!("max = {least}"),
                    range => format!("min = {least}\nmax = {}", least + range),
                };
                text += &format!("[traits.\"{name}/{item}\"]\n{numbers}\n");
            }
        }
        let project = asked(&SMALL, &optional, &text);
        match choose(&project, 7, 1, count) {
            Ok(plan) => {
                check(&project, &plan);
                prop_assert_eq!(plan.len(), count as usize);
            }
            Err(error @ SelectionError::AmountsNotFound { .. }) => {
                prop_assert!(!exists(&project, count as usize), "{}\n{}", error, text);
            }
            Err(error) => prop_assert!(!exists(&project, count as usize), "{}\n{}", error, text),
        }
    }
}

#[test]
fn algorithm_3_is_pinned() {
    let text = "rarity = \"exact\"\n[traits.\"A/A 0\"]\ncount = 2\n[traits.\"D/none\"]\nmin = 2\n\
                [[rules]]\nforbid = [\"A/A 3\", \"B/B 2\"]\n[[groups]]\nname = \"X\"\nlayers = [\"A\", \"B\", \"D\"]\ncount = 3\n\
                [[groups]]\nname = \"Y\"\nlayers = [\"A\", \"B\", \"C\"]\ncount = 3\n";
    let project = asked(&LAYERS, &[3], text);
    let plan = choose(&project, 42, 1, 6).unwrap();
    assert_eq!(plan.algorithm, Some(EXACT));
    assert_eq!(plan.rows, PINNED, "a change here changes people's collections: make it algorithm 4");
}

const PINNED: [u16; 24] = [
    0, 0, ABSENT, 1, 0, 2, ABSENT, 0, 2, 2, ABSENT, ABSENT, 1, 2, 1, ABSENT, 2, 2, 0, ABSENT, 3, 1, 0, ABSENT,
];
