//! Plans are refused in the same way by everything that reads them: for a project, by name alone, and for rewriting.

use std::io::Cursor;

use super::*;
use crate::finished::rarity::plan::NamedPlan;

/// A plan of two layers with these items.
fn with(items: &str) -> String {
    format!(r#"{{"format": "traitpress-plan/1", "layers": ["A", "B"], "items": [{items}]}}"#)
}

/// What every item of the tests is made of.
fn good() -> String {
    with(r#"["x", "y"], {"one": "K"}, {"edition": 90, "group": "G", "traits": [null, "y"]}, ["x", null]"#)
}

/// What each reader says of a plan.
fn read_by_all(text: &str) -> [Result<usize, String>; 3] {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.json");
    let open = Folder::open(folder.path()).unwrap();
    std::fs::write(&path, good()).unwrap();
    let project = project_of(&open).unwrap();
    std::fs::write(&path, text).unwrap();
    [
        Plan::read_to_edit(&path, &project, None)
            .map(|plan| plan.len())
            .map_err(|error| error.kind.to_string()),
        NamedPlan::read(&mut Cursor::new(text))
            .map(|plan| plan.document.count)
            .map_err(|kind| kind.to_string()),
        project_of(&open).map(|project| project.layers.len() * 2).map_err(|error| error.kind.to_string()),
    ]
}

#[test]
fn a_plan_is_read_by_all() {
    assert_eq!(read_by_all(&good()), [Ok(4), Ok(4), Ok(4)]);
}

#[test]
fn what_is_no_plan_is_refused_by_all_in_the_same_words() {
    let row = r#"["x", "y"]"#;
    for (text, words) in [
        (String::new(), "line 1"),
        ("[]".to_owned(), "a plan, {"),
        ("{}".to_owned(), "no \"format\""),
        (good() + " x", "trailing"),
        (good().replace("plan/1", "plan/2"), "\"traitpress-plan/2\""),
        (good().replace(r#""traitpress-plan/1""#, "1"), "the format is 1"),
        (good().replace("\"layers\"", "\"more\": 1, \"layers\""), "the key \"more\""),
        (good().replace("\"layers\"", "\"start\": 1, \"start\": 1, \"layers\""), "the key \"start\""),
        (good().replace("\"layers\"", "\"start\": -1, \"layers\""), "-1"),
        (good().replace("\"layers\"", "\"seed\": \"x\", \"layers\""), "string \"x\", expected u64"),
        (good().replace("\"layers\"", "\"start\": 4294967294, \"layers\""), "exceed the number 4294967295"),
        (good().replace(r#"["A", "B"]"#, r#"["A", "A"]"#), "layer \"A\" occurs twice"),
        (good().replace(r#"["A", "B"]"#, "[]"), "no \"layers\""),
        (good().replace(r#"["A", "B"]"#, "7"), "7"),
        (r#"{"format": "traitpress-plan/1", "items": []}"#.to_owned(), "no \"layers\""),
        (r#"{"format": "traitpress-plan/1", "layers": ["A", "B"]}"#.to_owned(), "no \"items\""),
        (with(""), "no items"),
        (with("7"), "an item, ["),
        (with("\"x\""), "an item, ["),
        (with("{}"), "no \"traits\""),
        (with(r#"["x"]"#), "item 1 has 1 traits, and the plan has 2 layers"),
        (with(&format!("{row}, [\"x\", \"y\", \"y\"]")), "item 2 has 3 traits"),
        (with(r#"["x", 1]"#), "the name of a trait, or null"),
        (with(r#"{"traits": null}"#), "an array of trait names"),
        (with(r#"{"one": "K", "traits": ["x", "y"]}"#), "item 1 has both"),
        (with(r#"{"one": "K", "group": "G"}"#), "item 1 has both"),
        (with(r#"{"one": "K"}, {"one": "K"}"#), "items 1 and 2 are both the one-of-one \"K\""),
        (with(r#"{"one": "K", "one": "K"}"#), "\"one\" of item 1"),
        (with(r#"{"traits": ["x", "y"], "traits": ["x", "y"]}"#), "\"traits\" of item 1"),
        (with(r#"{"two": "K"}"#), "\"two\" of item 1"),
        (with(r#"{"edition": 4294967296, "traits": ["x", "y"]}"#), "4294967296"),
        (with(&format!("{row}, {{\"edition\": 1, \"traits\": {row}}}")), "edition 1 occurs twice"),
    ] {
        let [bound, named, used] = read_by_all(&text);
        let refused = bound.clone().unwrap_err();
        assert!(refused.contains(words), "{text}: {refused}");
        assert_eq!(bound, named, "{text}");
        assert_eq!(bound, used, "{text}");
    }
}
