//! Plans written and read back, and everything that can be wrong with one.

use std::fs;

use proptest::prelude::*;

use crate::error::{Explain, Remedy};
use crate::files::Digest;
use crate::plan::Plan;
use crate::project::{ABSENT, Group, MILLION, Project, project};
use crate::selection::testing::choose;

/// Layers `A` (never absent), `B` (may be), `C` (never there), each with traits `A 0`, `A 1` and so on.
fn three_layers() -> Project {
    let mut project = project(&[("A", &[1, 1, 0]), ("B", &[1, 1]), ("C", &[1])]);
    project.layers[1].chance = 500_000;
    project.layers[2].chance = 0;
    project
}

fn read(text: &str, take: Option<u32>) -> Result<Plan, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plan.json");
    fs::write(&path, text).unwrap();
    Plan::read(&path, &three_layers(), take).map_err(|error| {
        let text = error.to_string();
        assert!(text.starts_with(&path.display().to_string()), "{text}");
        assert!(!text.contains('\n'), "{text}");
        text[path.display().to_string().len()..].to_owned()
    })
}

/// A plan of the three layers with these items.
fn with_items(items: &str) -> String {
    format!(r#"{{"format": "traitpress-plan/1", "layers": ["A", "B", "C"], "items": [{items}]}}"#)
}

#[test]
fn keys_and_layers_may_come_in_any_order() {
    let plan = read(
        r#"{"items": [["B 1", null, "A 2"], {"traits": [null, null, "A 0"], "edition": 40}, [null, null, "A 1"]],
            "start": 7, "layers": ["B", "C", "A"], "seed": 18446744073709551615, "algorithm": 3,
            "format": "traitpress-plan/1"}"#,
        None,
    )
    .unwrap();
    assert_eq!(plan.rows, [2, 1, ABSENT, 0, ABSENT, ABSENT, 1, ABSENT, ABSENT]);
    assert_eq!((0..3).map(|index| plan.edition(index)).collect::<Vec<_>>(), [7, 40, 9]);
    assert_eq!((plan.start(), plan.seed(), plan.algorithm(), plan.layers()), (7, Some(u64::MAX), Some(3), 3));
    let plain = read(&with_items(r#"["A 0", null, null]"#), None).unwrap();
    assert_eq!((plain.start(), plain.seed(), plain.algorithm(), plain.len()), (1, None, None, 1));
}

#[test]
fn the_first_items_are_taken_and_no_more_than_there_are() {
    let items = with_items(r#"["A 0", null, null], ["A 1", null, null], ["what", "ever"]"#);
    assert_eq!(read(&items, Some(2)).unwrap().len(), 2);
    assert_eq!(read(&items, Some(0)).unwrap().len(), 0);
    let error = read(&with_items(r#"["A 0", null, null]"#), Some(2)).unwrap_err();
    assert!(error.contains("2 items are requested, and the plan has 1"), "{error}");
}

#[test]
fn each_wrong_entry_is_named() {
    for (items, part) in [
        (
            r#"["A 0", null, null], ["A 9", null, null]"#,
            "item 2, layer \"A\": there is no trait \"A 9\"; did",
        ),
        (r#"["A\u001b[2J", null, null]"#, r#"there is no trait "A\u{1b}[2J""#),
        (r#"[null, null, null]"#, "item 1, layer \"A\": null, but the layer is never absent"),
        (r#"["A 0", null, "C 0"]"#, "item 1, layer \"C\": \"C 0\", but the layer's chance is 0"),
        (r#"["A 0", null]"#, "item 1 has 2 traits, and the plan has 3 layers"),
        (r#"["A 0", null, null, 5, []]"#, "item 1 has 5 traits, and the plan has 3 layers"),
        (r#"["A 0", null, null], ["A 0", null, null]"#, "editions 1 and 2 show the same traits"),
        (r#"["A 0", null, null], {"edition": 1, "traits": ["A 1", null, null]}"#, "edition 1 occurs twice"),
        (r#"{"one": "Golden King"}"#, "item 1: the project has no one-of-one \"Golden King\"; use one"),
        (r#"{"group": "x", "traits": ["A 0", null, null]}"#, "item 1: the project has no group \"x\""),
        (r#"{"edition": 1}"#, "the plan has no \"traits\""),
        (r#"{"editoin": 1}"#, "the key \"editoin\" of item 1 is unknown"),
        (r#"{"edition": 4294967296, "traits": ["A 0", null, null]}"#, "line 1, column"),
        (r#"["A 0", 5, null]"#, "expected the name of a trait, or null"),
        (r#"7"#, "expected an item"),
    ] {
        let error = read(&with_items(items), None).unwrap_err();
        assert!(error.contains(part), "{items}: {error}\nshould hold\n{part}");
    }
}

#[test]
fn each_wrong_head_is_named() {
    let format = r#""format": "traitpress-plan/1""#;
    for (text, part) in [
        (
            format!(r#"{{{format}, "layers": ["A", "B", "D"], "items": []}}"#),
            "layer \"D\" is not in the project; did",
        ),
        (format!(r#"{{{format}, "layers": ["A", "B"], "items": []}}"#), "lacks the project's layer \"C\""),
        (format!(r#"{{{format}, "layers": ["A", "B", "A"], "items": []}}"#), "layer \"A\" occurs twice"),
        (format!(r#"{{{format}, "items": []}}"#), "the plan has no \"layers\""),
        (format!(r#"{{{format}, "layers": ["A", "B", "C"]}}"#), "the plan has no \"items\""),
        (r#"{"layers": ["A", "B", "C"], "items": []}"#.to_owned(), "the plan has no \"format\""),
        (r#"{"format": "traitpress-plan/2"}"#.to_owned(), "the format is \"traitpress-plan/2\""),
        (format!(r#"{{{format}, "sead": 1}}"#), "the key \"sead\" is unknown"),
        (format!(r#"{{{format}, {format}}}"#), "the key \"format\" is unknown or occurs twice"),
        (
            format!(
                r#"{{{format}, "start": 4294967295, "layers": ["A", "B", "C"],
            "items": [["A 0", null, null], ["A 1", null, null]]}}"#
            ),
            "2 items from number 4294967295 on",
        ),
        (with_items("")[..60].to_owned(), ": line 1, column 60: EOF"),
        ("{\n\"format\": oops".to_owned(), ": line 2, column 11: expected"),
        (with_items("") + "x", "trailing characters"),
        ("[1]".to_owned(), "expected a plan"),
        (String::new(), "EOF"),
    ] {
        let error = read(&text, None).unwrap_err();
        assert!(error.contains(part), "{text}: {error}\nshould hold\n{part}");
    }
    let error = Plan::read("/nowhere/plan.json".as_ref(), &three_layers(), None).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/plan.json: the plan cannot be read"), "{error}");
}

#[test]
fn the_next_step_is_a_remedy_apart_from_what_is_wrong() {
    let layers =
        |layers: &str| format!(r#"{{"format": "traitpress-plan/1", "layers": {layers}, "items": []}}"#);
    let with_group =
        Project { groups: vec![Group { name: "G".to_owned(), count: 1, layers: vec![0] }], ..three_layers() };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plan.json");
    for (project, text, detail, remedy) in [
        (three_layers(), layers(r#"["A", "A"]"#), r#"the plan's layer "A" occurs twice"#, "remove one"),
        (
            three_layers(),
            layers(r#"["A", "Something"]"#),
            r#"the plan's layer "Something" is not in the project"#,
            "remove it, or add it to the project",
        ),
        (
            three_layers(),
            with_items(r#"["A 9", null, null]"#),
            r#"item 1, layer "A": there is no trait "A 9""#,
            r#"did you mean "A 0"?"#,
        ),
        (
            three_layers(),
            with_items("[null, null, null]"),
            r#"item 1, layer "A": null, but the layer is never absent"#,
            "name a trait or lower its chance",
        ),
        (
            three_layers(),
            with_items(r#"["A 0", null, "C 0"]"#),
            r#"item 1, layer "C": "C 0", but the layer's chance is 0"#,
            "write null, or raise the chance",
        ),
        (
            with_group,
            with_items(r#"["A 0", "B 0", null]"#),
            r#"item 1: layer "B" is not in group "G""#,
            "remove it, or add it to the group",
        ),
    ] {
        fs::write(&path, text).unwrap();
        let error = Plan::read(&path, &project, None).unwrap_err();
        let explanation = error.explain();
        assert_eq!((&*explanation.detail, &*explanation.remedies), (detail, &[Remedy::text(remedy)][..]));
        assert_eq!(error.to_string(), format!("{}: {detail}; {remedy}", path.display()));
    }
}

#[test]
fn equal_items_are_fine_where_no_layer_counts() {
    let mut project = three_layers();
    project.layers.iter_mut().for_each(|layer| layer.unique = false);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plan.json");
    fs::write(&path, with_items(r#"["A 0", null, null], ["A 0", null, null]"#)).unwrap();
    assert_eq!(Plan::read(&path, &project, None).unwrap().len(), 2);
}

#[test]
fn a_plan_is_written_one_item_a_line() {
    let mut project = three_layers();
    project.layers[0].traits[0].name = "say \"hi\"\n".to_owned();
    let rows = vec![0, ABSENT, ABSENT, 1, 1, ABSENT];
    let plan = Plan {
        algorithm: Some(1),
        seed: Some(7),
        start: 3,
        editions: Some(vec![3, 9]),
        ..Plan::plain(rows, 3)
    };
    let mut bytes = Vec::new();
    plan.write(&project, &mut bytes).unwrap();
    let expected = r#"{
"format": "traitpress-plan/1",
"algorithm": 1,
"seed": 7,
"start": 3,
"layers": ["A", "B", "C"],
"items": [
["say \"hi\"\n", null, null],
{"edition": 9, "traits": ["A 1", "B 1", null]}
]
}
"#;
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), expected);
    assert_eq!(plan.digest(&project), Digest::of(&bytes));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_written_is_read_back(
        names in proptest::collection::hash_set("\\PC{1,12}|[\"\\\\\u{0}-\u{1f}#/ é😀]{1,6}", 2..12),
        seed: u64,
        start in 0..u32::MAX - 1000,
        gap in 0u32..5,
    ) {
        let mut project = project(&[("A \"quoted\"", &[1; 12]), ("B\\\u{1}", &[1; 12])]);
        let mut names: Vec<String> =
            names.iter().map(|name| crate::project::nfc(name).into_owned()).collect();
        names.sort();
        names.dedup();
        for layer in &mut project.layers {
            layer.traits.truncate(names.len());
            for (item, name) in layer.traits.iter_mut().zip(&names) {
                item.name.clone_from(name);
            }
        }
        project.layers[1].none = Some(MILLION);
        let mut plan = choose(&project, seed, start, names.len() as u32).unwrap();
        if gap > 0 {
            plan.editions = Some((0..plan.len() as u32).map(|index| start + index * (gap + 1)).collect());
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.json");
        plan.write(&project, &mut fs::File::create(&path).unwrap()).unwrap();
        let back = Plan::read(&path, &project, None).unwrap();
        if names.len() > 1 {
            prop_assert_eq!(&back, &plan);
        }
        prop_assert_eq!(back.digest(&project), plan.digest(&project));
    }
}
