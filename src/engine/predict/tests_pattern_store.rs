//! Histories kept in files: what comes back, and everything that is refused.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::error::PathIo;
use crate::files::Digest;
use crate::project::{ABSENT, PredictSettings, Project, project};

fn three() -> Project {
    project(&[("A", &[1; 3]), ("B \"quoted\"\n", &[1; 2]), ("C", &[1])])
}

fn art() -> Digest {
    Digest::of(b"art")
}

fn items(history: &History) -> Vec<Vec<u16>> {
    history.window.items().map(<[u16]>::to_vec).collect()
}

fn filled(project: &Project) -> History {
    let mut history = History::new(project);
    for row in [[2, 1, 0], [0, ABSENT, 0], [2, 1, 0], [1, 0, ABSENT]] {
        history.observe(&row);
    }
    history
}

/// The whole text of a file of [`filled`].
fn text() -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.json");
    filled(&three()).save(&path, &three(), &art()).unwrap();
    fs::read_to_string(path).unwrap()
}

/// Loads a file of these bytes.
fn load(bytes: &[u8]) -> Result<History, PatternsError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.json");
    fs::write(&path, bytes).unwrap();
    let loaded = History::load(&path, &three(), &art());
    if let Err(error) = &loaded {
        let message = error.to_string();
        assert!(message.starts_with(&path.display().to_string()), "{message}");
        assert!(!message.contains('\n'), "{message}");
        assert!(message.contains("; "), "a next step: {message}");
    }
    loaded
}

#[test]
fn what_is_written_is_read_back_and_predicts_the_same() {
    let project = three();
    let mut history = filled(&project);
    let mut back = load(text().as_bytes()).unwrap();
    assert_eq!(items(&back), items(&history));
    assert_eq!(back.most_common(9), history.most_common(9));
    let open = Partial::open(3);
    assert_eq!(back.predict(&open), history.predict(&open));
    assert_eq!(load(text().replace(", ", ",").as_bytes()).unwrap().history_len(), 4, "spaces mean nothing");
}

#[test]
fn a_file_says_by_itself_what_was_made() {
    let (art, names) = (art().to_string(), "NAMES");
    let expected = format!(
        r#"{{
"format": "traitpress-patterns/1",
"art": "{art}",
"names": "{names}",
"layers": [{{"name":"A","traits":["A 2","A 0","A 1"]}},{{"name":"B \"quoted\"\n","traits":["B \"quoted\"\n 1","B \"quoted\"\n 0"]}},{{"name":"C","traits":["C 0"]}}],
"items": [
[0,0,0],
[1,null,0],
[0,0,0],
[2,1,null]
]
}}
"#
    );
    let text = text();
    let start = text.find("\"names\": \"").unwrap() + 10;
    assert_eq!(text[..start].to_owned() + names + &text[start + 64..], expected);
}

#[test]
fn a_smaller_window_takes_the_newest_items() {
    let mut project = three();
    project.predict.window = 2;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.json");
    fs::write(&path, text()).unwrap();
    let history = History::load(&path, &project, &art()).unwrap();
    assert_eq!(items(&history), [[2, 1, 0], [1, 0, ABSENT]]);
}

#[test]
fn items_of_an_earlier_run_are_none_of_this_one() {
    let project = three();
    let history = load(text().as_bytes()).unwrap().with_rule(Distinct::new(&project));
    assert_eq!((history.history_len(), history.stats().attempted), (4, 0));
    let mut next = Partial::new([Choice::Trait(2), Choice::Open, Choice::Trait(0)]);
    let mut lenient = project.clone();
    lenient.predict.similarity = 500_000;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.json");
    fs::write(&path, text()).unwrap();
    let mut history = History::load(&path, &lenient, &art()).unwrap().with_rule(Distinct::new(&project));
    assert_eq!(history.predict(&next).len(), 1, "this run has not made it");
    history.observe(&[2, 1, 0]);
    assert_eq!(history.predict(&next).len(), 0, "now it has");
    next.set(2, Choice::Open);
    assert_eq!(history.predict(&next).len(), 0, "1 of 3 is not alike");
}

#[test]
fn other_art_and_other_names_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.json");
    fs::write(&path, text()).unwrap();
    let refused = |project: &Project, art: &Digest| match History::load(&path, project, art) {
        Err(PatternsError::OtherArt { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&three(), &Digest::of(b"other")), "pictures");
    let mut renamed = three();
    renamed.layers[2].traits[0].name = "Crown".to_owned();
    assert_eq!(refused(&renamed, &art()), "names of layers and traits");
    let mut renamed = three();
    renamed.layers[2].name = "Hat".to_owned();
    assert_eq!(refused(&renamed, &art()), "names of layers and traits");
    let mut swapped = three();
    swapped.layers.swap(0, 2);
    assert_eq!(refused(&swapped, &art()), "names of layers and traits");
}

#[test]
fn each_damage_is_named() {
    let whole = text();
    for (from, to, part) in [
        ("traitpress-patterns/1", "traitpress-patterns/2", "the format is \"traitpress-patterns/2\""),
        ("traitpress-patterns/1", "\\u001b[2J", "the format is \"\\u{1b}[2J\""),
        ("\"items\"", "\"itmes\"", "unknown field `itmes`"),
        ("\"items\"", "\"it\\nmes\"", "unknown field `it\\nmes`"),
        ("\"A 2\"", "\"A 9\"", "trait \"A 9\" of layer \"A\" is unknown"),
        ("\"C\"", "\"A\"", "layer \"A\" is unknown or occurs twice"),
        ("\"C\"", "\"D\"", "layer \"D\" is unknown or occurs twice"),
        (",{\"name\":\"C\",\"traits\":[\"C 0\"]}", "", "it has 2 layers, the project 3"),
        ("[1,null,0]", "[1,null]", "item 2 has 2 entries for 3 layers"),
        ("[1,null,0]", "[3,null,0]", "item 2 has the number 3, and that layer has 3 names"),
        ("[1,null,0]", "[-1,null,0]", "invalid value"),
        ("[1,null,0]", "[65536,null,0]", "invalid value"),
        ("[1,null,0]", "{}", "invalid type: map, expected a list of at most 65535"),
        ("[1,null,0]", "\"x\"", "expected a list"),
        ("\"art\"", "\"trait\"", "missing field `art`"),
        ("]\n}", "]\n}}", "trailing characters"),
    ] {
        let changed = whole.replacen(from, to, 1);
        assert_ne!(changed, whole, "{from}");
        let error = load(changed.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(part), "{error}\nshould hold\n{part}");
    }
    for bytes in [&b""[..], b"[]", b"7", b"\xff\xfe\x00", b"{}", b"null", &[b'['; 100_000]] {
        assert!(matches!(load(bytes), Err(PatternsError::Damaged { .. })), "{bytes:?}");
    }
}

#[test]
fn a_file_that_is_cut_or_changed_anywhere_never_panics() {
    let whole = text().into_bytes();
    for end in 0..whole.len() - 2 {
        assert!(matches!(load(&whole[..end]), Err(PatternsError::Damaged { .. })), "cut at {end}");
    }
    for at in 0..whole.len() {
        for flip in [1, 0x80, b'0' ^ b'9'] {
            let mut changed = whole.clone();
            changed[at] ^= flip;
            // A changed number may be another item that is possible; everything else is refused.
            if let Ok(history) = load(&changed) {
                assert!(items(&history).iter().all(|row| history.ids.fits(row)), "byte {at}");
            }
        }
    }
}

#[test]
fn a_file_without_end_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.json");
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let error = History::load(&path, &three(), &art()).unwrap_err();
    assert!(matches!(error, PatternsError::TooLarge { .. }), "{error}");
    assert!(error.to_string().contains("16777216 bytes"), "{error}");
    let many = "[0,0,0],".repeat(PredictSettings::MAX_WINDOW);
    let error = load(text().replacen("[0,0,0]", &format!("{many}[0,0,0]"), 1).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("expected a list of at most 10000"), "{error}");
    let many = "[0,0,0],".repeat(PredictSettings::MAX_WINDOW - 4);
    let loaded = load(text().replacen("[0,0,0]", &format!("{many}[0,0,0]"), 1).as_bytes()).unwrap();
    assert_eq!(loaded.history_len(), 100, "a full file, and the project's own window");
}

#[test]
fn the_old_file_stays_until_the_new_one_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.json");
    let names = |dir: &Path| {
        let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let project = three();
    let mut history = filled(&project);
    history.save(&path, &project, &art()).unwrap();
    // A second name of the old file shows whether it was written over or replaced.
    fs::hard_link(&path, dir.path().join("old.json")).unwrap();
    let old = fs::read(&path).unwrap();
    history.observe(&[0, 0, 0]);
    history.save(&path, &project, &art()).unwrap();
    assert_eq!(fs::read(dir.path().join("old.json")).unwrap(), old, "replaced, not written over");
    assert_eq!(History::load(&path, &project, &art()).unwrap().history_len(), 5);
    assert_eq!(names(dir.path()), ["old.json", "p.json"], "nothing is left beside it");
    // What a run that was stopped before the rename leaves behind.
    fs::write(dir.path().join(".tmpAbCdEf"), &old[..old.len() / 2]).unwrap();
    assert_eq!(History::load(&path, &project, &art()).unwrap().history_len(), 5);
}

#[test]
fn a_file_that_cannot_be_written_or_read_is_named_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let project = three();
    let history = filled(&project);
    let taken = dir.path().join("folder");
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join("mine"), "x").unwrap();
    for path in [taken.clone(), dir.path().join("missing/p.json"), taken.join("mine/p.json")] {
        let error = history.save(&path, &project, &art()).unwrap_err();
        assert!(matches!(error, PatternsError::Io(_)), "{error}");
        assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
        let error = History::load(&path, &project, &art()).unwrap_err();
        assert!(matches!(error, PatternsError::Io(PathIo { action: "read", .. })), "{error}");
    }
    assert_eq!(fs::read(taken.join("mine")).unwrap(), b"x");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_window_comes_back(
        rows in proptest::collection::vec([0u16..4, 0u16..4], 0..40),
        names in proptest::collection::hash_set("\\PC{1,12}|[\"\\\\\u{0}-\u{1f}/ é😀]{1,6}", 4),
        window in 1usize..50,
    ) {
        let mut project = project(&[("A", &[1; 3]), ("B\u{7f}\\", &[1; 4])]);
        project.predict.window = window;
        for layer in &mut project.layers {
            for (item, name) in layer.traits.iter_mut().zip(&names) {
                item.name.clone_from(name);
            }
        }
        let mut history = History::new(&project);
        for [a, b] in rows {
            history.observe(&[if a == 3 { ABSENT } else { a }, b]);
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.json");
        history.save(&path, &project, &art()).unwrap();
        let back = History::load(&path, &project, &art()).unwrap();
        prop_assert_eq!(items(&back), items(&history));
        let again = dir.path().join("again.json");
        back.save(&again, &project, &art()).unwrap();
        prop_assert_eq!(fs::read(path).unwrap(), fs::read(again).unwrap());
    }
}
