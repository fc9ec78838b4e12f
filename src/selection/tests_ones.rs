//! One-of-ones in plans: written, read, edited, and behind every combination.

use crate::files::Digest;
use crate::plan::Plan;
use crate::project::{ABSENT, Project, ones, project};
use crate::selection::edit::{Edits, edit};
use crate::selection::error::SelectionError;
use crate::selection::every::Every;
use crate::selection::testing::{choose, read};

/// Six items, and ones with these editions.
fn with_ones(editions: &[Option<u32>]) -> Project {
    let mut project = project(&[("A", &[1, 2, 3]), ("B", &[1, 1])]);
    project.ones = ones(editions);
    project
}

fn text(project: &Project, plan: &Plan) -> String {
    let mut bytes = Vec::new();
    plan.write(project, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn plan_of(items: &str) -> String {
    format!(r#"{{"format": "traitpress-plan/1", "start": 4, "layers": ["A", "B"], "items": [{items}]}}"#)
}

/// Each item's edition, and its one or its traits.
fn items(plan: &Plan) -> Vec<(u32, Result<usize, Vec<u16>>)> {
    let item = |index: usize| plan.one(index).ok_or_else(|| plan.traits(index).to_vec());
    (0..plan.len()).map(|index| (plan.edition(index), item(index))).collect()
}

#[test]
fn ones_are_written_and_read_back_with_and_without_editions() {
    let project = with_ones(&[None, None]);
    let items = r#"["A 0", "B 0"], {"one": "One 1"}, ["A 1", "B 0"], {"edition": 40, "one": "One 0"}, {"traits": ["A 2", "B 1"]}"#;
    let plan = read(&project, &plan_of(items)).unwrap();
    assert_eq!(plan.ones, [(1, 1), (3, 0)]);
    assert_eq!((plan.one(0), plan.one(1), plan.one(3), plan.one(4)), (None, Some(1), Some(0), None));
    assert_eq!((plan.traits(1), plan.traits(4)), (&[ABSENT; 2][..], &[2, 1][..]));
    assert_eq!((0..5).map(|index| plan.edition(index)).collect::<Vec<_>>(), [4, 5, 6, 40, 8]);
    let written = text(&project, &plan);
    let expected = "\"items\": [\n[\"A 0\", \"B 0\"],\n{\"one\": \"One 1\"},\n[\"A 1\", \"B 0\"],\n\
                    {\"edition\": 40, \"one\": \"One 0\"},\n[\"A 2\", \"B 1\"]\n]\n}\n";
    assert!(written.ends_with(expected), "{written}");
    assert_eq!(read(&project, &written).unwrap(), plan);
    assert_eq!(plan.digest(&project), Digest::of(written.as_bytes()));
}

#[test]
fn drawn_plans_come_back_as_they_were_whatever_the_ones_are_called() {
    let mut project = with_ones(&[None, Some(9), None]);
    project.ones[0].name = "say \"hi\"\n\\ 🎩".to_owned();
    for seed in 0..20 {
        let plan = choose(&project, seed, 3, 9).unwrap();
        assert_eq!(read(&project, &text(&project, &plan)).unwrap(), plan);
    }
}

#[test]
fn each_wrong_one_is_named() {
    let project = with_ones(&[None, None]);
    for (items, part) in [
        (
            r#"["A 0", "B 0"], {"one": "One 2"}"#,
            "item 2: the project has no one-of-one \"One 2\"; did you mean \"One",
        ),
        (
            r#"{"one": "Golden\u001b"}"#,
            r#"item 1: the project has no one-of-one "Golden\u{1b}"; use one of its [[ones]]"#,
        ),
        (
            r#"{"one": "One 0"}, ["A 0", "B 0"], {"one": "One 0"}"#,
            "items 1 and 3 are both the one-of-one \"One 0\"",
        ),
        (r#"{"one": "One 0", "traits": ["A 0", "B 0"]}"#, "item 1 has both \"one\" and \"traits\""),
        (r#"{"traits": ["A 0", "B 0"], "one": "One 0"}"#, "item 1 has both \"one\" and \"traits\""),
        (r#"{"one": 5}"#, "expected a string"),
        (r#"{"one": "One 0", "one": "One 1"}"#, "the key \"one\" of item 1 is unknown or occurs twice"),
        (r#"{"one": "One 0", "edition": 5}, ["A 0", "B 0"]"#, "edition 5 occurs twice"),
        (r#"{"one": "One 0", "group": "x"}"#, "the project has no group \"x\""),
    ] {
        let error = read(&project, &plan_of(items)).unwrap_err();
        assert!(error.contains(part), "{items}: {error}\nshould hold\n{part}");
    }
}

#[test]
fn names_in_another_normal_form_and_rules_that_no_one_could_obey_are_fine() {
    let mut project = with_ones(&[None, None]);
    project.ones[0].name = "Caf\u{e9}".to_owned();
    assert!(
        project
            .add_wishes("[[unique]]\nlayers = [\"A\"]\n[[rules]]\nwhen = \"A/A 0\"\nrequire = \"B/B 0\"\n")
            .is_empty()
    );
    let items = "{\"one\": \"Cafe\u{301}\"}, {\"one\": \"One 1\"}, [\"A 0\", \"B 0\"], [\"A 1\", \"B 0\"]";
    assert_eq!(read(&project, &plan_of(items)).unwrap().ones, [(0, 0), (1, 1)]);
    let plan = choose(&project, 1, 1, 5).unwrap();
    assert_eq!((plan.algorithm(), plan.count_ones()), (Some(2), 2));
    // Three traits of A, each once.
    let error = choose(&project, 1, 1, 6).unwrap_err();
    assert!(matches!(error, SelectionError::BesideOnes { ones: 2, .. }), "{error}");
}

#[test]
fn edits_leave_ones_where_they_are() {
    let project = with_ones(&[Some(2), Some(5)]);
    let plan = choose(&project, 3, 1, 6).unwrap();
    let before = items(&plan);
    assert_eq!((&before[1].1, &before[4].1), (&Ok(0), &Ok(1)));
    let change = |edits: Edits| edit(&project, std::slice::from_ref(&plan), &edits, 8);

    let after = items(&change(Edits { reroll: vec![1, 6], extend: 0, ..Edits::default() }).unwrap());
    for (index, (old, new)) in before.iter().zip(&after).enumerate() {
        assert_eq!(old == new, ![0, 5].contains(&index), "{old:?} {new:?}");
    }
    let after = items(&change(Edits { extend: 2, ..Edits::default() }).unwrap());
    assert_eq!((&after[..6], after.len()), (&before[..], 8), "no more than six combinations are needed");
    let after = items(&change(Edits { drop: vec![1, 5], ..Edits::default() }).unwrap());
    assert_eq!(after, [&before[1..4], &before[5..]].concat());
    let after = items(&change(Edits { drop: vec![1], renumber: true, ..Edits::default() }).unwrap());
    let numbered: Vec<_> = (1..).zip(&before[1..]).map(|(edition, item)| (edition, item.1.clone())).collect();
    assert_eq!(after, numbered);

    let error = change(Edits { reroll: vec![2], ..Edits::default() }).unwrap_err();
    assert_eq!(error, SelectionError::OneReroll { edition: 2, one: "\"One 0\"".to_owned() });
    assert!(error.to_string().ends_with("; keep it or remove it"), "{error}");
}

#[test]
fn plans_with_the_same_one_are_put_together_only_without_one_of_the_two() {
    let project = with_ones(&[None, None]);
    let first = read(&project, &plan_of(r#"{"one": "One 1"}, ["A 0", "B 0"], {"one": "One 0"}"#)).unwrap();
    let second = read(
        &project,
        &plan_of(r#"{"edition": 14, "one": "One 0"}, {"edition": 15, "traits": ["A 1", "B 0"]}"#),
    );
    let plans = [first, second.unwrap()];
    let error = edit(&project, &plans, &Edits::default(), 0).unwrap_err();
    assert_eq!(error, SelectionError::OneTwice { first: 6, second: 14, one: "\"One 0\"".to_owned() });
    let made = edit(&project, &plans, &Edits { drop: vec![6], ..Edits::default() }, 0).unwrap();
    assert_eq!(items(&made), [(4, Ok(1)), (5, Err(vec![0, 0])), (14, Ok(0)), (15, Err(vec![1, 0]))]);
}

/// All items of a project, as a plan says them.
fn every(project: &Project) -> Vec<(u32, Result<usize, Vec<u16>>)> {
    let mut bytes = Vec::new();
    let count = Every::new(project).unwrap().write(&mut bytes).unwrap();
    let plan = read(project, &String::from_utf8(bytes).unwrap()).unwrap();
    assert_eq!(plan.len() as u64, count);
    items(&plan)
}

#[test]
fn ones_stand_behind_every_combination_or_at_their_editions() {
    let rows: Vec<Vec<u16>> = (0..6).map(|n| vec![n / 2, n % 2]).collect();
    let drawn = |n: usize| Err(rows[n].clone());
    let all: Vec<_> = (0..6).map(drawn).collect();
    let editions = |items: &[(u32, _)]| items.iter().map(|(edition, _)| *edition).collect::<Vec<_>>();
    let kinds = |items: Vec<(u32, Result<usize, Vec<u16>>)>| {
        items.into_iter().map(|(_, item)| item).collect::<Vec<_>>()
    };

    let found = every(&with_ones(&[None, None]));
    assert_eq!(editions(&found), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(kinds(found), [&all[..], &[Ok(0), Ok(1)]].concat());

    let found = every(&with_ones(&[Some(8), None, Some(1), Some(3), None]));
    assert_eq!(editions(&found), (1..=11).collect::<Vec<_>>());
    let among =
        [Ok(2), drawn(0), Ok(3), drawn(1), drawn(2), drawn(3), drawn(4), Ok(0), drawn(5), Ok(1), Ok(4)];
    assert_eq!(kinds(found), among);

    let found = every(&with_ones(&[Some(20), Some(8), None]));
    assert_eq!(editions(&found), [1, 2, 3, 4, 5, 6, 7, 8, 20], "the last has a hole before it");
    assert_eq!(kinds(found), [&all[..], &[Ok(2), Ok(1), Ok(0)]].concat());

    let mut late = with_ones(&[None]);
    late.start = u32::MAX - 5;
    assert!(matches!(Every::new(&late), Err(SelectionError::Editions { .. })));
    late.ones.clear();
    assert!(Every::new(&late).is_ok());
}
