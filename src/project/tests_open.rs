//! Projects as artists have them, in folders of their own.

use std::fs;
use std::path::Path;

use crate::project::model::{MILLION, Project};

/// Makes the files of a project; a name that ends in `/` is a folder, and `text` of a picture only has to be there.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn open(files: &[(&str, &str)]) -> Project {
    Project::open(folder(files).path()).unwrap()
}

/// The problems that show without opening a picture, each without the path of the temporary folder.
fn problems(dir: &Path) -> Vec<String> {
    let root = format!("{}/", dir.canonicalize().unwrap().display());
    let (_, problems) = Project::scan(dir).unwrap();
    problems.iter().map(|problem| problem.to_string().replace(&root, "")).collect()
}

fn assert_problems(files: &[(&str, &str)], expected: &[&str]) {
    let found = problems(folder(files).path());
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}\nshould hold\n{expected}");
    }
}

#[test]
fn without_a_configuration_folders_are_layers_in_natural_order() {
    let p = open(&[
        ("layers/10 Hat/Red #hot#2.png", "x"),
        ("layers/10 Hat/a-b.JPG", "x"),
        ("layers/2 Cafe\u{301}/B10.png", "x"),
        ("layers/2 Cafe\u{301}/B9#0.5.webp", "x"),
        ("layers/2 Cafe\u{301}/NONE#3.png", ""),
        ("layers/2 Cafe\u{301}/.DS_Store", "x"),
        ("layers/2 Cafe\u{301}/Thumbs.db", "x"),
        ("layers/2 Cafe\u{301}/desktop.ini", "x"),
        ("layers/.hidden/x.png", "x"),
    ]);
    let names: Vec<&str> = p.layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["2 Caf\u{e9}", "10 Hat"]);
    let traits = |layer: usize| -> Vec<(&str, u64)> {
        p.layers[layer].traits.iter().map(|item| (item.name.as_str(), item.weight)).collect()
    };
    assert_eq!(traits(0), [("B9", MILLION / 2), ("B10", MILLION)]);
    assert_eq!(traits(1), [("Red #hot", 2 * MILLION), ("a-b", MILLION)]);
    assert_eq!((p.layers[0].none, p.layers[1].none), (Some(3 * MILLION), None));
    assert_eq!((p.start, p.warnings.len(), p.picture_numbers().of(1, 1)[0][0]), (1, 0, 3));
}

#[test]
fn a_configuration_orders_layers_and_finds_their_folders() {
    let dir = folder(&[
        ("collection.toml", "name = \"N\"\n[[layers]]\nname = \"B\"\n[[layers]]\nname = \"Caf\u{e9}\"\n"),
        ("layers/B/x.png", "x"),
        ("layers/Cafe\u{301}/x.png", "x"),
        ("layers/Left over/x.png", "x"),
        ("layers/notes.txt", "x"),
        ("layers/B/notes.txt", "x"),
        ("layers/B/inner/x.png", "x"),
    ]);
    let p = Project::open(dir.path()).unwrap();
    assert_eq!((p.name.as_str(), p.layers[0].name.as_str(), p.layers.len()), ("N", "B", 2));
    let warnings: Vec<String> = p.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 4, "{warnings:#?}");
    for (warning, part) in warnings.iter().zip(["notes.txt", "inner", "B/notes.txt", "Left over"]) {
        assert!(warning.contains(part), "{warning} should name {part}");
    }
}

#[test]
fn everything_wrong_is_listed_at_once_in_a_stable_order() {
    assert_problems(
        &[
            ("collection.toml", "sead = 1\n[[layers]]\nname = \"Hat\"\n[[layers]]\nname = \"Bdoy\"\n"),
            ("layers/Hat/A#-1.png", "x"),
            ("layers/Hat/B#2.png", "x"),
            ("layers/Hat/B.jpg", "x"),
            ("layers/Hat/Empty.png", ""),
            ("layers/Hat/#3.png", "x"),
            ("layers/Body/x.png", "x"),
        ],
        &[
            "collection.toml:1: the key \"sead\" is unknown; did you mean \"seed\"?",
            "layers/Hat/#3.png: the trait has no name",
            "layers/Hat/A#-1.png: the weight \"-1\" is out of range",
            "layers/Hat/B.jpg: the trait \"B\" already exists as \"B#2.png\"",
            "layers/Hat/Empty.png: the picture is empty (0 bytes)",
            "collection.toml:4: the layer \"Bdoy\" has no folder \"Bdoy\"; did you mean \"Body\"?",
        ],
    );
}

#[test]
fn layers_need_something_that_can_be_drawn() {
    assert_problems(
        &[("layers/A/", ""), ("layers/B/x#0.png", "x"), ("layers/C/None", ""), ("layers/D/x.png", "x")],
        &["layers/A: the layer has no trait", "layers/B: every trait", "layers/C: the layer has no trait"],
    );
    assert_problems(&[("layers/", "")], &["layers: the project has no layer"]);
    assert_problems(&[("x.png", "x")], &["layers: the project has no layers folder"]);
    let p = open(&[
        ("collection.toml", "[[layers]]\nname = \"A\"\nchance = 0\n"),
        ("layers/A/x.png", "x"),
        ("layers/A/None#0", ""),
    ]);
    assert!(p.layers[0].chance == 0 && p.layers[0].can_be_absent());
    let missing = Project::open(Path::new("/nowhere/at/all")).unwrap_err().to_string();
    assert!(missing.contains("/nowhere/at/all: the project folder cannot be opened"), "{missing}");
}

#[test]
fn names_that_differ_only_in_normal_form_or_case_of_none_are_one_name() {
    assert_problems(
        &[("layers/A/Caf\u{e9}.png", "x"), ("layers/A/Cafe\u{301}.png", "x")],
        &["already exists as"],
    );
    assert_problems(&[("layers/A/None", ""), ("layers/A/NONE.png", "")], &["already exists as"]);
    assert_problems(
        &[("layers/Caf\u{e9}/x.png", "x"), ("layers/Cafe\u{301}/x.png", "x")],
        &["a second layer is named \"Caf\u{e9}\""],
    );
}

#[cfg(unix)]
#[test]
fn links_and_folders_must_stay_inside_the_project() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let outside = folder(&[("art/x.png", "x")]);
    let dir = folder(&[
        ("collection.toml", "[[layers]]\nname = \"A\"\n[[layers]]\nname = \"B\"\nfolder = \"../../\"\n"),
        ("layers/A/x.png", "x"),
        ("spare/y.png", "x"),
    ]);
    let layers = dir.path().join("layers");
    symlink(outside.path().join("art/x.png"), layers.join("A/far.png")).unwrap();
    symlink(dir.path().join("spare/y.png"), layers.join("A/near.png")).unwrap();
    symlink("loop.png", layers.join("A/loop.png")).unwrap();
    fs::write(layers.join("A").join(std::ffi::OsStr::from_bytes(b"\xff.png")), "x").unwrap();
    let found = problems(dir.path());
    assert_eq!(found.len(), 4, "{found:#?}");
    let holds = |file: &str, what: &str| found.iter().any(|p| p.contains(file) && p.contains(what));
    assert!(holds("far.png", "outside the project folder"), "{found:#?}");
    assert!(holds("loop.png", "cannot be read"), "{found:#?}");
    assert!(holds(".png", "not UTF-8"), "{found:#?}");
    assert!(holds("layers/../../", "outside the project folder"), "{found:#?}");

    let dir = folder(&[("layers/A/x.png", "x")]);
    symlink(outside.path().join("art"), dir.path().join("layers/B")).unwrap();
    assert!(problems(dir.path())[0].contains("outside the project folder"));
}

#[test]
fn the_digest_follows_what_shapes_a_collection_and_nothing_else() {
    let files = [("layers/A/x#2.png", "x"), ("layers/A/y.png", "x"), ("layers/B/z.png", "x")];
    let layers = "[[layers]]\nname = \"A\"\n[[layers]]\nname = \"B\"\n";
    let digest = |top: &str, bottom: &str| {
        let text = format!("{top}\n{layers}{bottom}\n");
        open(&[&files[..], &[("collection.toml", &text)]].concat()).configuration_digest()
    };
    let plain = digest("name = \"N\"", "");
    assert_eq!(plain, digest("name = \"N\"\nseed = 5\ncount = 9\nstart = 3", ""), "a run's own settings");
    assert_eq!(
        plain,
        digest("name = \"N\"\n[predict]\nwindow = 7", ""),
        "what is loaded early shapes nothing"
    );
    let tops = [
        "name = \"M\"",
        "size = [1, 1]",
        "base_uri = \"u\"",
        "description = \"d\"",
        "background = \"#fff\"",
        "fit = \"scale\"",
        "scale_filter = \"nearest\"",
    ];
    let bottoms = ["chance = 0.5", "opacity = 0.5", "unique = false"];
    let tops = tops.iter().map(|top| {
        let name = if top.starts_with("name") { "" } else { "name = \"N\"\n" };
        digest(&format!("{name}{top}"), "")
    });
    let all: Vec<_> = tops.chain(bottoms.iter().map(|b| digest("name = \"N\"", b))).chain([plain]).collect();
    // Rules and what else is asked of items, each other than the ones before; and wordings that mean the same.
    let asked = [
        ("duplicates = true", ""),
        ("rarity = \"exact\"", ""),
        ("", "[[rules]]\nforbid = [\"A/x\", \"B\"]"),
        ("", "[[rules]]\nforbid = [\"A/y\", \"B\"]"),
        ("", "[[rules]]\nwhen = \"A/x\"\nforbid = \"B\""),
        ("", "[[rules]]\nwhen = \"A/x\"\nrequire = \"B\""),
        ("", "[[rules]]\nwhen = \"A/x\"\nallow = \"B\""),
        ("", "[[rules]]\nsame_tag = [\"A\", \"B\"]"),
        ("", "[[rules]]\nsame_tag = [\"A\", \"B\"]\n[traits.\"A/x\"]\ntags = [\"t\"]"),
        ("", "[[unique]]\nlayers = [\"A\"]"),
        ("", "[traits.\"A/x\"]\ncount = 2"),
        ("", "[traits.\"A/x\"]\nmin = 2"),
        ("", "[traits.\"A/y\"]\ncount = 2"),
        ("", "[traits.\"A/y\"]\nweight = 3"),
        ("", "[[groups]]\nname = \"G\"\nlayers = [\"A\"]\ncount = 2"),
        ("", "[[groups]]\nname = \"G\"\nlayers = [\"A\", \"B\"]\ncount = 2"),
        ("", "[[groups]]\nname = \"H\"\nlayers = [\"A\"]\ncount = 2"),
        ("group_order = \"listed\"", "[[groups]]\nname = \"G\"\nlayers = [\"A\"]\ncount = 2"),
    ];
    let asked = asked.iter().map(|(top, bottom)| digest(&format!("name = \"N\"\n{top}"), bottom));
    let all: Vec<_> = all.into_iter().chain(asked).collect();
    for (i, a) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|b| a != b), "setting {i}");
    }
    let same = [
        (
            "[[rules]]\nforbid = [\"A/x\", \"B\"]",
            "[[rules]]\nforbid = [{ layer = \"A\", trait = \"x\" }, \"B/*\"]",
        ),
        // A longer run is the same collection.
        (
            "[[groups]]\nname = \"G\"\nlayers = [\"A\"]\ncount = 2",
            "[[groups]]\nname = \"G\"\nlayers = [\"A\"]\ncount = 3",
        ),
    ];
    for (a, b) in same {
        assert_eq!(digest("name = \"N\"", a), digest("name = \"N\"", b), "{a}");
    }
}
