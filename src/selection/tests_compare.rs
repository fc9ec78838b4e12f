//! Plans beside what was expected of them.

use serde_json::json;

use crate::plan::Plan;
use crate::project::{ABSENT, Project, ones, project};
use crate::selection::compare::{AskedItems, ComparedLayer, compare};

/// Two layers; the second is absent from half of the items.
fn two_layers(wishes: &str) -> Project {
    let mut project = project(&[("A", &[1, 3]), ("B", &[1, 1])]);
    project.layers[1].chance = 500_000;
    let problems = project.add_wishes(wishes);
    assert!(problems.is_empty(), "{problems:?}");
    project
}

/// Four items in the expected shares.
fn fair_plan() -> Plan {
    Plan::plain(vec![0, 0, 1, ABSENT, 1, 1, 1, ABSENT], 2)
}

/// Name, share by weight, expected share and number of items of each choice.
fn rows(layer: &ComparedLayer) -> Vec<(&str, f64, Option<f64>, u64)> {
    let choices = layer.choices.iter();
    choices.map(|choice| (&*choice.name, choice.by_weight, choice.expected, choice.items)).collect()
}

#[test]
fn each_choice_has_its_expected_share_and_its_items() {
    let layers = compare(&two_layers(""), &fair_plan()).unwrap();
    assert_eq!(layers.iter().map(|layer| &*layer.name).collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(rows(&layers[0]), [("A/A 0", 0.25, Some(0.25), 1), ("A/A 1", 0.75, Some(0.75), 3)]);
    let expected =
        [("B/B 0", 0.25, Some(0.25), 1), ("B/B 1", 0.25, Some(0.25), 1), ("B/none", 0.5, Some(0.5), 2)];
    assert_eq!(rows(&layers[1]), expected);
    assert!(layers.iter().all(|layer| layer.p_value.unwrap() > 0.9), "{layers:?}");
}

#[test]
fn one_of_ones_are_not_counted() {
    let mut project = two_layers("");
    let without = compare(&project, &fair_plan()).unwrap();
    project.ones = ones(&[None]);
    let mut plan = fair_plan();
    plan.rows.splice(2..2, [ABSENT, ABSENT]);
    plan.ones = vec![(1, 0)];
    assert_eq!((plan.len(), plan.count_ones()), (5, 1));
    assert_eq!(compare(&project, &plan).unwrap(), without);
}

#[test]
fn counts_that_chance_does_not_explain_have_a_small_p_value() {
    let project = project(&[("A", &[1, 1]), ("Only", &[1])]);
    let plan = |firsts: usize| {
        let rows = (0..100).flat_map(|item| [u16::from(item >= firsts), 0]);
        Plan::plain(rows.collect(), 2)
    };
    let p_of = |firsts| compare(&project, &plan(firsts)).unwrap()[0].p_value.unwrap();
    assert!(p_of(50) > 0.9 && p_of(100) < 1e-6, "{} {}", p_of(50), p_of(100));
    // Ten more than half of a hundred are two standard deviations.
    assert!((p_of(60) - 0.0455).abs() < 0.005, "{}", p_of(60));
    assert_eq!(compare(&project, &plan(60)).unwrap()[1].p_value, None, "a single choice cannot differ");
}

#[test]
fn exact_numbers_are_listed_and_are_not_tested() {
    let project = two_layers("[traits.\"A/A 0\"]\ncount = 2\n[traits.\"B/B 1\"]\nmin = 1\n");
    let layers = compare(&project, &fair_plan()).unwrap();
    let asked = |layer: usize, choice: usize| layers[layer].choices[choice].asked;
    assert_eq!(asked(0, 0), Some(AskedItems { min: 2, max: Some(2) }));
    assert_eq!((asked(1, 0), asked(1, 1)), (None, Some(AskedItems { min: 1, max: None })));
    assert_eq!(layers[0].choices[0].expected, Some(0.5));
    assert_eq!((layers[0].p_value, layers[1].p_value), (None, None));
}

#[test]
fn a_plan_without_items_has_no_p_value() {
    let layers = compare(&two_layers(""), &Plan::plain(Vec::new(), 2)).unwrap();
    assert_eq!(rows(&layers[0]), [("A/A 0", 0.25, Some(0.25), 0), ("A/A 1", 0.75, Some(0.75), 0)]);
    assert_eq!((layers[0].p_value, layers[1].p_value), (None, None));
}

#[test]
fn in_json_a_number_is_left_out_where_none_is_asked_for() {
    let project = two_layers("[traits.\"B/B 0\"]\nmin = 1\n");
    let layers = serde_json::to_value(compare(&project, &fair_plan()).unwrap()).unwrap();
    let choice = &layers[1]["choices"][0];
    assert_eq!((&layers[1]["layer"], &layers[1]["p_value"]), (&json!("B"), &json!(null)));
    assert_eq!((&choice["name"], &choice["items"]), (&json!("B/B 0"), &json!(1)));
    assert_eq!(choice["asked"], json!({ "min": 1, "max": null }));
    let other = layers[0]["choices"][0].as_object().unwrap();
    let mut keys: Vec<&str> = other.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["by_weight", "expected", "items", "name"]);
}
