//! Manifests and journals of early versions, whose `parts` are called by the words of messages, are still read; runs that were
//! read by other rules are not gone on with.
//!
//! The files in `early` were written by traitpress 0.1.0 (commit ac3709b) for the project of [`Dir::with_project`]: the manifest
//! of a finished run of four items, and the journal of a run that was killed after two of them.

use serde_json::Value;

use crate::util::Dir;

const MANIFEST: &str = include_str!("early/manifest.json");
const JOURNAL: &str = include_str!("early/journal");

/// The identifiers that files of this version have.
const PARTS: [&str; 11] = [
    "background",
    "base_uri",
    "description",
    "fit",
    "icc_profile",
    "layer:Back",
    "layer:Hat",
    "layer_order",
    "name",
    "scale_filter",
    "size",
];

fn parts(manifest: &Value) -> Vec<(String, Value)> {
    let parts = manifest["parts"].as_object().expect("the parts");
    parts.iter().map(|(name, digest)| (name.clone(), digest.clone())).collect()
}

fn with_early_manifest() -> Dir {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--backend", "cpu"]).ok();
    dir.write("out/manifest.json", MANIFEST);
    dir
}

#[test]
fn parts_are_called_by_identifiers_and_their_digests_are_those_of_early_files() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--backend", "cpu"]).ok();
    let now = dir.json("out/manifest.json");
    let names: Vec<String> = parts(&now).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, PARTS);
    let early: Value = serde_json::from_str(MANIFEST).unwrap();
    for (id, words) in [
        ("background", "the background"),
        ("fit", "how pictures are fitted"),
        ("icc_profile", "the colour profile"),
        ("layer:Hat", "layer Hat"),
        ("layer_order", "the order of the layers"),
        ("name", "the collection's name"),
        ("scale_filter", "how pictures are scaled"),
    ] {
        assert!(now["parts"][id].is_string() && now["parts"][id] == early["parts"][words], "{id}");
    }
    for key in ["configuration", "collection", "art", "plan", "files"] {
        assert_eq!(now[key], early[key], "{key}");
    }
    let versions = |manifest: &Value| (manifest["reading"].clone(), manifest["recipe"]["version"].clone());
    assert_eq!((versions(&early), versions(&now)), ((Value::Null, 4.into()), (2.into(), 7.into())));
}

#[test]
fn a_collection_with_an_early_manifest_is_verified_and_rewritten() {
    let dir = with_early_manifest();
    dir.run(["verify", "out"]).ok();
    dir.run(["metadata", "out", "--description", "new", "--project", "p"]).ok();
    let manifest = dir.json("out/manifest.json");
    let names: Vec<String> = parts(&manifest).into_iter().map(|(name, _)| name).collect();
    assert_eq!((names, &manifest["reading"]), (PARTS.map(str::to_owned).to_vec(), &1.into()));
    dir.run(["verify", "out"]).ok();
}

#[test]
fn what_was_read_by_earlier_rules_is_not_gone_on_with_and_the_reason_is_said() {
    let journal = Dir::with_project();
    journal.write("out/.traitpress/journal", JOURNAL);
    let problem: &[&str] = &[
        "made by version 1 of the rules that read a project, and this program has version 2",
        "newer versions trim names",
        "use traitpress 0.1.0",
    ];
    for (dir, is_finished) in [(with_early_manifest(), true), (journal, false)] {
        let before = dir.files("out");
        for arguments in [
            &["generate", "p", "--resume"][..],
            &["generate", "p", "--resume", "--count", "6"],
            &["generate", "p", "--update"],
            &["generate", "p", "--recipe", "out", "--out", "new"],
        ] {
            dir.run(arguments).refused(2, &[problem]);
        }
        if is_finished {
            dir.run(["verify", "out", "--project", "p"]).refused(2, &[problem]);
        }
        assert!(dir.files("out") == before && !dir.exists("new"));
    }
}
