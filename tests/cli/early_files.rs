//! Manifests and journals of early versions, whose `parts` are called by the words of messages, are still read.
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
    for key in ["configuration", "collection", "art", "plan", "files", "recipe"] {
        assert_eq!(now[key], early[key], "{key}");
    }
}

#[test]
fn a_collection_with_an_early_manifest_is_verified_extended_and_rewritten() {
    let dir = with_early_manifest();
    dir.run(["verify", "out"]).ok();
    dir.run(["verify", "out", "--project", "p"]).ok();
    dir.run(["metadata", "out", "--description", "new", "--project", "p"]).ok();
    let names: Vec<String> =
        parts(&dir.json("out/manifest.json")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, PARTS);
    let dir = with_early_manifest();
    dir.run(["generate", "p", "--backend", "cpu", "--resume", "--count", "6"]).ok();
    dir.run(["generate", "p", "--backend", "cpu", "--count", "6", "--out", "fresh"]).ok();
    assert!(dir.files("out") == dir.files("fresh"));
}

#[test]
fn a_run_with_an_early_journal_goes_on() {
    let dir = Dir::with_project();
    dir.write("out/.traitpress/journal", JOURNAL);
    dir.run(["generate", "p", "--backend", "cpu", "--resume"]).ok();
    dir.run(["generate", "p", "--backend", "cpu", "--out", "fresh"]).ok();
    assert!(dir.files("out") == dir.files("fresh"));
}

#[test]
fn what_has_changed_since_is_said_in_words() {
    let journal = Dir::with_project();
    journal.write("out/.traitpress/journal", JOURNAL);
    for dir in [with_early_manifest(), journal] {
        for (settings, words) in [
            ("name = \"Test\"\nfit = \"scale\"\n", "how pictures are fitted changed"),
            ("name = \"Other\"\n", "the collection's name changed"),
            (
                "name = \"Test\"\n[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\nopacity = 0.5\n",
                "layer Hat changed",
            ),
        ] {
            dir.write("p/collection.toml", format!("seed = 7\ncount = 4\n{settings}"));
            dir.run(["generate", "p", "--backend", "cpu", "--resume"])
                .refused(2, &[&["the configuration is not the one", words]]);
        }
    }
}
