//! Rules and unique sets against looking at every item there is.

use std::collections::HashSet;

use proptest::prelude::*;

use crate::plan::Plan;
use crate::project::{ABSENT, MILLION, Project, cases, project};
use crate::rules::{check_row, clauses, obeys};
use crate::selection::chi_square::p_value;
use crate::selection::constrained::RULED;
use crate::selection::draw::RandomStream;
use crate::selection::error::SelectionError;
use crate::selection::explain::{Demand, conflicting};
use crate::selection::space::Space;
use crate::selection::survey::survey;
use crate::selection::testing::choose;
use crate::selection::weights::odds;

/// A project under the rules of a configuration.
fn ruled(layers: &[(&str, &[u64])], optional: &[usize], text: &str) -> Project {
    let mut project = project(layers);
    optional.iter().for_each(|&layer| project.layers[layer].chance = 500_000);
    let problems = project.add_wishes(text);
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    project
}

/// All items that can be drawn, each with its share, before any rule is looked at.
fn all_items(project: &Project) -> Vec<(Vec<u16>, f64)> {
    let mut items = vec![(Vec::new(), 1.0)];
    for odds in odds(project) {
        let total: f64 = odds.outcomes().iter().map(|&(_, share)| share as f64).sum();
        items = items
            .iter()
            .flat_map(|(row, part)| {
                odds.outcomes().iter().map(move |&(choice, share)| {
                    ([row.as_slice(), &[choice]].concat(), part * share as f64 / total)
                })
            })
            .collect();
    }
    items
}

/// Those that obey all rules, by the rules' own words.
fn valid_items(project: &Project) -> Vec<(Vec<u16>, f64)> {
    let mut items = all_items(project);
    items.retain(|(row, _)| project.rules.iter().all(|rule| obeys(project, rule, row)));
    items
}

/// Whether some item meets these demands and no others.
fn is_possible(project: &Project, demands: &[Demand]) -> bool {
    let mut items: Vec<Vec<u16>> = vec![Vec::new()];
    for (number, layer) in project.layers.iter().enumerate() {
        let is_free = layer.can_be_absent() || !demands.contains(&Demand::Presence(number));
        let choices = (0..layer.traits.len() as u16).chain(is_free.then_some(ABSENT));
        items = choices
            .flat_map(|choice| items.iter().map(move |row| [row.as_slice(), &[choice]].concat()))
            .collect();
    }
    let obeys_all = |row: &Vec<u16>| {
        demands.iter().all(|demand| match demand {
            Demand::Rule(index) => obeys(project, &project.rules[*index], row),
            _ => true,
        })
    };
    items.iter().any(obeys_all)
}

fn rows(plan: &Plan) -> Vec<Vec<u16>> {
    (0..plan.len()).map(|index| plan.traits(index).to_vec()).collect()
}

const LAYERS: [(&str, &[u64]); 4] = [("A", &[1, 2, 3]), ("B", &[1, 1]), ("C", &[5, 1, 1, 1]), ("D", &[2, 3])];

/// A reference in a random configuration.
fn reference() -> impl Strategy<Value = String> {
    let item = (0usize..4, 0usize..5).prop_map(|(layer, index)| {
        let (name, weights) = LAYERS[layer];
        match index {
            index if index < weights.len() => format!("\"{name}/{name} {index}\""),
            3 => format!("{{ layer = \"{name}\", absent = true }}"),
            _ => format!("\"{name}/*\""),
        }
    });
    prop_oneof![6 => item, 1 => Just("\"#x\"".to_owned()), 1 => Just("\"#y\"".to_owned()), 1 => Just("\"B\"".to_owned())]
}

fn rule() -> impl Strategy<Value = String> {
    let list = |least| prop::collection::vec(reference(), least..4).prop_map(|list| list.join(", "));
    prop_oneof![
        3 => list(2).prop_map(|list| format!("[[rules]]\nforbid = [{list}]\n")),
        3 => (reference(), list(1)).prop_map(|(when, list)| format!("[[rules]]\nwhen = {when}\nrequire = [{list}]\n")),
        2 => (reference(), list(1)).prop_map(|(when, list)| format!("[[rules]]\nwhen = {when}\nallow = [{list}]\n")),
        2 => (reference(), list(1)).prop_map(|(when, list)| format!("[[rules]]\nwhen = {when}\nforbid = [{list}]\n")),
        1 => (0usize..4, 1usize..4).prop_map(|(a, step)| {
            format!("[[rules]]\nsame_tag = [\"{}\", \"{}\"]\n", LAYERS[a].0, LAYERS[(a + step) % 4].0)
        }),
    ]
}

const TAGS: &str = "[traits.\"A/A 0\"]\ntags = [\"x\"]\n[traits.\"B/B 1\"]\ntags = [\"x\", \"y\"]\n\
                    [traits.\"C/C 2\"]\ntags = [\"y\"]\n[traits.\"D/D 0\"]\ntags = [\"x\"]\n";

proptest! {
    #![proptest_config(cases(2000))]

    /// Whatever the rules: clauses mean what the rules say, counts are exact, all that can be made is made, and nothing
    /// that must not be.
    #[test]
    fn rules_mean_the_same_to_all_parts(
        texts in prop::collection::vec(rule(), 0..7),
        optional in prop::collection::vec(0usize..4, 0..4),
        pair in prop::option::of((0usize..4, 0usize..4)),
    ) {
        let set = pair.map_or(String::new(), |(a, b)| {
            format!("[[unique]]\nlayers = [\"{}\", \"{}\"]\n", LAYERS[a].0, LAYERS[b].0)
        });
        let project = ruled(&LAYERS, &optional, &format!("{TAGS}{}{set}", texts.concat()));
        let clauses = clauses(&project);
        let valid = valid_items(&project);
        for (row, _) in all_items(&project) {
            let (by_rules, by_clauses) =
                (check_row(&project, &row).is_ok(), clauses.iter().all(|clause| clause.holds(&row)));
            prop_assert_eq!(by_rules, by_clauses, "{:?}", row);
        }
        let space = match Space::new(&project) {
            Ok(space) => space,
            Err(error) => {
                prop_assert!(valid.is_empty(), "{}", error);
                prop_assert!(matches!(error, SelectionError::Conflict { .. }), "{}", error);
                let told = conflicting(&project);
                prop_assert!(!is_possible(&project, &told), "{:?} do not contradict each other", told);
                for &one in &told {
                    let rest: Vec<Demand> = told.iter().copied().filter(|&other| other != one).collect();
                    prop_assert!(is_possible(&project, &rest), "{:?} could be left out of {:?}", one, told);
                }
                return Ok(());
            }
        };
        prop_assert_eq!(space.items(), (valid.len() as u128, true));
        let total: f64 = valid.iter().map(|(_, part)| part).sum();
        for (layer, parts) in space.shares(0).unwrap() {
            for (choice, part) in &parts {
                let shown = valid.iter().filter(|(row, _)| row[layer] == *choice);
                let want = shown.map(|(_, part)| part).sum::<f64>() / total;
                prop_assert!((part - want).abs() < 1e-9 && want > 0.0, "layer {} {}: {} {}", layer, choice, part, want);
            }
            let shown: HashSet<u16> = valid.iter().map(|(row, _)| row[layer]).collect();
            prop_assert_eq!(parts.len(), shown.len());
        }
        let mut most = u128::MAX;
        for bound in space.bounds() {
            let different: HashSet<Vec<u16>> =
                valid.iter().map(|(row, _)| space.layers_of(bound.set).iter().map(|&layer| row[layer]).collect()).collect();
            prop_assert_eq!((bound.most, bound.exact), (different.len() as u128, true), "set {}", bound.set);
            most = most.min(bound.most);
        }
        // Two sets, of which one holds the other: as many items as the smaller lets be made.
        let plan = choose(&project, 3, 1, most as u32).unwrap();
        prop_assert_eq!(plan.len() as u128, most);
        for bound in space.bounds() {
            let made: HashSet<Vec<u16>> =
                rows(&plan).iter().map(|row| space.layers_of(bound.set).iter().map(|&layer| row[layer]).collect()).collect();
            prop_assert_eq!(made.len() as u128, most, "set {}", bound.set);
        }
        prop_assert!(rows(&plan).iter().all(|row| check_row(&project, row).is_ok()));
        let error = choose(&project, 3, 1, most as u32 + 1).unwrap_err().to_string();
        prop_assert!(error.contains(&format!("{most} ")), "{}", error);
        // A longer run begins with the same items.
        let half = choose(&project, 3, 1, most as u32 / 2).unwrap();
        prop_assert_eq!(rows(&half), &rows(&plan)[..half.len()]);
    }
}

#[test]
fn items_come_up_as_drawing_anew_until_all_rules_are_obeyed_would_bring_them_up() {
    let rules = "[[rules]]\nwhen = \"A/A 2\"\nrequire = [\"C/C 1\", \"D/none\"]\n\
                 [[rules]]\nforbid = [\"B/B 0\", \"D/D 1\"]\n[[rules]]\nwhen = \"C/C 0\"\nallow = [\"A/A 0\", \"A/A 1\"]\n";
    for rules in ["", rules] {
        let project = ruled(&LAYERS, &[3], &format!("duplicates = true\n{rules}"));
        let valid = valid_items(&project);
        let total: f64 = valid.iter().map(|(_, part)| part).sum();
        let draws = 1_000_000u32;
        let plan = choose(&project, 11, 1, draws).unwrap();
        let mut counts = vec![0u64; valid.len()];
        for index in 0..plan.len() {
            let at = valid.iter().position(|(row, _)| row == plan.traits(index));
            counts[at.expect("every item obeys the rules")] += 1;
        }
        let expected = valid.iter().map(|(_, part)| f64::from(draws) * part / total);
        let counts: Vec<(u64, f64)> = counts.into_iter().zip(expected).collect();
        let p = p_value(&counts).unwrap();
        assert!(p > 0.001, "{p} of {} items under {rules:?}", valid.len());
    }
}

#[test]
fn each_fault_of_the_ancestor_is_none_here() {
    // A rule on a later layer, two rules of one trait for one layer, and an optional layer in a unique set.
    let text = "[[rules]]\nwhen = \"B/B 0\"\nallow = \"A/A 0\"\n[[rules]]\nwhen = \"B/B 1\"\nforbid = \"A/A 0\"\n\
                [[rules]]\nwhen = \"B/B 1\"\nforbid = \"A/A 1\"\n[[unique]]\nlayers = [\"A\", \"D\"]\n";
    let project = ruled(&LAYERS, &[3], text);
    let plan = choose(&project, 5, 1, 6).unwrap();
    for row in rows(&plan) {
        assert!(row[1] != 0 || row[0] == 0, "{row:?}");
        assert!(row[1] != 1 || row[0] == 2, "{row:?}");
    }
    let pairs: HashSet<_> = rows(&plan).iter().map(|row| (row[0], row[3])).collect();
    assert_eq!(pairs.len(), 6, "two of A with two of D and none: {pairs:?}");
    assert!(pairs.contains(&(0, ABSENT)) && pairs.contains(&(2, ABSENT)));
    assert!(choose(&project, 5, 1, 7).is_err());
}

#[test]
fn sets_that_cross_are_filled_by_exchanging_items() {
    // Every value of each layer with every value of the next: as many items as pairs, three times over.
    let layers: [(&str, &[u64]); 3] = [("A", &[1; 8]), ("B", &[1; 8]), ("C", &[1; 8])];
    let text = "[[unique]]\nlayers = [\"A\", \"B\"]\n[[unique]]\nlayers = [\"B\", \"C\"]\n";
    let project = ruled(&layers, &[], text);
    for seed in 0..5 {
        let plan = choose(&project, seed, 1, 64).unwrap();
        for [a, b] in [[0, 1], [1, 2]] {
            let pairs: HashSet<_> = rows(&plan).iter().map(|row| (row[a], row[b])).collect();
            assert_eq!(pairs.len(), 64, "seed {seed}");
        }
    }
}

#[test]
fn a_strict_pair_is_filled_to_the_last() {
    for (a, b) in [(50, 200), (45, 135)] {
        let weights = (vec![1; a], vec![1; b]);
        let layers: [(&str, &[u64]); 3] = [("A", &weights.0), ("B", &weights.1), ("C", &[1; 7])];
        let project = ruled(&layers, &[], "[[unique]]\nlayers = [\"A\", \"B\"]\n");
        let all = (a * b) as u32;
        let plan = choose(&project, 1, 1, all).unwrap();
        let pairs: HashSet<_> = rows(&plan).iter().map(|row| (row[0], row[1])).collect();
        assert_eq!(pairs.len() as u32, all);
        let error = choose(&project, 1, 1, all + 1).unwrap_err().to_string();
        assert!(error.contains(&format!("\"A\", \"B\" have at most {all} combinations")), "{error}");
    }
}

#[test]
fn what_contradicts_itself_is_told_and_nothing_else_is() {
    let hat: [(&str, &[u64]); 4] = [("Hat", &[1]), ("Hair", &[1, 1]), ("Eyes", &[1, 1]), ("Body", &[1, 1])];
    let text = "[[rules]]\nforbid = [\"Eyes/Eyes 0\", \"Body/Body 1\"]\n\
                [[rules]]\nwhen = \"Eyes/Eyes 1\"\nrequire = \"Body/Body 0\"\n\
                [[rules]]\nwhen = \"Hat/Hat 0\"\nrequire = \"Hair/none\"\n";
    let mut project = ruled(&hat, &[], text);
    let error = choose(&project, 0, 1, 1).unwrap_err().to_string();
    let want = "no item is possible: \"Hat/Hat 0\" requires \"Hair/none\" (rule 3, line 6); \
                and \"Hat\" has chance 1 (layer 1); and \"Hair\" has chance 1 (layer 2); change or remove one of these";
    assert_eq!(error, want);
    // Leaving any one of them out is enough.
    project.layers[1].chance = 999_999;
    assert!(choose(&project, 0, 1, 1).is_ok());
    project.layers[1].chance = MILLION as u32;
    project.layers[0].chance = 999_999;
    assert!(choose(&project, 0, 1, 1).is_ok());
    project.layers[0].chance = MILLION as u32;
    project.rules.pop();
    assert!(choose(&project, 0, 1, 1).is_ok());
}

#[test]
fn many_layers_and_rules_that_contradict_each_other_are_told_soon() {
    let weights = [1u64; 12];
    let names: Vec<String> = (0..12).map(|layer| format!("L{layer}")).collect();
    let layers: Vec<(&str, &[u64])> = names.iter().map(|name| (name.as_str(), &weights[..])).collect();
    let mut words = RandomStream::new(1, b"traitpress test of rules");
    let mut text = String::new();
    for _ in 0..48 {
        let [a, b] = [words.below(12), words.below(12)];
        let [x, y] = [words.below(12), words.below(12)];
        text += &format!(
            "[[rules]]\nwhen = \"L{a}/L{a} {x}\"\nforbid = \"L{}/L{} {y}\"\n",
            (a + 1 + b % 11) % 12,
            (a + 1 + b % 11) % 12
        );
    }
    // Each trait of one layer wants another that a third forbids: twelve rules that contradict each other together.
    for x in 0..12 {
        text += &format!("[[rules]]\nwhen = \"L3/L3 {x}\"\nrequire = \"L7/none\"\n");
    }
    let project = ruled(&layers, &[], &text);
    let start = std::time::Instant::now();
    let error = choose(&project, 0, 1, 1).unwrap_err().to_string();
    assert_eq!(error.matches("requires \"L7/none\"").count(), 12, "{error}");
    assert_eq!(error.matches("has chance 1").count(), 2, "{error}");
    assert!(!error.contains("forbids"), "{error}");
    // Only against hangs.
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn a_survey_tells_what_rules_do() {
    let text = "[[rules]]\nwhen = \"A/A 1\"\nrequire = \"B/none\"\n[[rules]]\nforbid = [\"A/A 1\", \"C/C 0\"]\n\
                [[rules]]\nwhen = \"D/D 0\"\nrequire = \"C/C 1\"\n[[unique]]\nlayers = [\"A\", \"D\"]\n";
    let project = ruled(&LAYERS, &[], text);
    let survey = survey(&project, 4).unwrap();
    assert_eq!((survey.valid, survey.capacity, survey.exact), (2 * 2 * (1 + 4), 4, true));
    let of = |name: &str| survey.shares.iter().find(|share| share.name == name).unwrap();
    assert!(of("A/A 1").is_unreachable() && !of("A/A 0").is_unreachable());
    // D 0 by weight 2 in 5, and 1 in 8 of these obey the rule.
    let expected = 2.0 / 8.0 / (2.0 / 8.0 + 3.0);
    assert!((of("D/D 0").expected.unwrap() - expected).abs() < 1e-12 && of("D/D 0").is_far());
    assert!(!of("D/D 1").is_far());
    assert_eq!(survey.idle.unwrap(), ["\"A/A 1\" and \"C/C 0\" must not occur together (rule 2, line 4)"]);
    let plain = project_without_rules();
    let survey = super::survey(&plain, 48).unwrap();
    assert_eq!((survey.valid, survey.capacity, survey.exact), (48, 48, true));
    assert!(survey.shares.iter().all(|share| !share.is_far() && !share.is_unreachable()));
}

fn project_without_rules() -> Project {
    project(&LAYERS)
}

#[test]
fn algorithm_2_is_pinned() {
    let text = "[[rules]]\nwhen = \"A/A 2\"\nrequire = [\"C/C 1\", \"D/none\"]\n[[unique]]\nlayers = [\"A\", \"C\"]\n";
    let project = ruled(&LAYERS, &[3], text);
    let plan = choose(&project, 42, 1, 6).unwrap();
    assert_eq!(plan.algorithm, Some(RULED));
    assert_eq!(plan.rows, PINNED, "a change here changes people's collections: make it algorithm 3");
}

const PINNED: [u16; 24] =
    [1, 0, 1, ABSENT, 2, 1, 0, ABSENT, 1, 0, 0, ABSENT, 0, 0, 1, ABSENT, 2, 1, 3, ABSENT, 2, 0, 1, 0];
