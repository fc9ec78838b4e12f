//! `distinct = "pictures"`: no two items look the same.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::util::{BLUE, Dir, RED};

/// Red and blue; a blank hat, one that hides all, and one that does not; two heads with the same pixels.
fn twins(more: &str) -> Dir {
    let dir = Dir::with_case("case-2");
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    dir.write(
        "p/collection.toml",
        format!("distinct = \"pictures\"\n{more}{}", text.replace("count=12\n", "")),
    );
    dir
}

/// The pictures of a folder, by their pixels.
fn pictures(dir: &Dir, out: &str) -> (usize, BTreeSet<Vec<u8>>) {
    let files = fs::read_dir(dir.path(format!("{out}/images"))).unwrap();
    let decoded: Vec<Vec<u8>> =
        files.map(|file| image::open(file.unwrap().path()).unwrap().to_rgba8().into_raw()).collect();
    (decoded.len(), decoded.into_iter().collect())
}

#[test]
fn as_many_items_are_made_as_look_different_and_no_more() {
    let dir = twins("");
    let ran = dir.run(["check", "p", "--count", "3"]);
    ran.ok().says("3 different items are possible; 3 are requested");
    assert!(!ran.stderr().contains("different pictures"), "{}", ran.stderr());
    let json: Value =
        serde_json::from_str(&dir.run(["check", "p", "--count", "3", "--json"]).ok().stdout()).unwrap();
    assert_eq!(json["possible"]["capacity"], 3);
    assert_eq!(json["possible"]["unique"][0]["pictures"], true);
    for seed in ["1", "2", "3"] {
        let ran = dir.run(["generate", "p", "--count", "3", "--seed", seed, "--force"]);
        assert!(!ran.ok().stderr().contains("pixel for pixel"), "{}", ran.stderr());
        let (files, different) = pictures(&dir, "out");
        assert_eq!((files, different.len()), (3, 3), "seed {seed}");
    }
    dir.run(["verify", "out", "--project", "p"]).ok();
    let refused = [&[
        "4 items are requested, but 3 different pictures are possible at most",
        "lower the count to at most 3",
    ][..]];
    dir.run(["generate", "p", "--count", "4", "--out", "four"]).refused(1, &refused);
    dir.run(["check", "p", "--count", "4"]).exited(1);
    // All that are possible, each once.
    dir.run(["plan", "p", "--all", "-o", "all.json"]).ok();
    dir.run(["generate", "p", "--plan", "all.json", "--out", "all"]).ok();
    assert_eq!(pictures(&dir, "all"), pictures(&dir, "out"));
}

#[test]
fn a_run_goes_on_and_an_edit_repeats_no_picture() {
    let dir = twins("");
    dir.run(["generate", "p", "--count", "2"]).ok();
    dir.run(["generate", "p", "--count", "3", "--resume"]).ok();
    dir.run(["generate", "p", "--count", "3", "--seed", "1", "--out", "whole"]).ok();
    assert_eq!(dir.files("out/images"), dir.files("whole/images"));
    dir.run(["plan", "p", "--keep", "out/plan.json", "--drop", "2", "--extend", "1", "-o", "edited.json"])
        .ok();
    dir.run(["generate", "p", "--plan", "edited.json", "--out", "edited"]).ok();
    let (files, different) = pictures(&dir, "edited");
    assert_eq!((files, different.len()), (3, 3));
    // A plan of names can repeat pictures.
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    dir.write("p/collection.toml", text.replace("distinct = \"pictures\"\n", ""));
    dir.run(["plan", "p", "--all", "-o", "names.json"]).ok();
    let changed = [&["since the run started: what makes items different"][..]];
    dir.run(["generate", "p", "--count", "6", "--resume"]).refused(2, &changed);
    dir.write("p/collection.toml", text);
    let repeated = [&["names.json", "have the same picture", "distinct = \"pictures\""][..]];
    dir.run(["generate", "p", "--plan", "names.json", "--out", "names"]).refused(1, &repeated);
}

#[test]
fn layers_that_share_a_folder_make_one_picture_of_two_items() {
    let dir = Dir::with_project();
    for name in ["Sun", "Moon"] {
        let colour = if name == "Sun" { RED } else { BLUE };
        dir.sized(format!("p/layers/Sky/{name}.png"), [4, 4], colour);
    }
    let layers = ["Left", "Right"]
        .map(|name| format!("[[layers]]\nname = \"{name}\"\nfolder = \"Sky\"\nchance = 0.5\n"));
    let text =
        format!("seed = 1\nfit = \"place\"\nsize = [8, 8]\ndistinct = \"pictures\"\n{}", layers.concat());
    dir.write("p/collection.toml", text);
    // Of nine items: nothing; a sun or a moon, of either layer; and of two at one place what is on top.
    let ran = dir.run(["generate", "p", "--count", "7"]);
    ran.ok();
    dir.run(["generate", "p", "--count", "8", "--out", "eight"]).refused(1, &[&["7 different pictures"]]);
}

#[test]
fn what_is_wrong_with_the_key_or_the_pictures_is_named() {
    let dir = twins("duplicates = true\n");
    let both = [&["collection.toml:1: duplicates = true allows equal items", "remove one of the two"][..]];
    dir.run(["check", "p"]).refused(1, &both);
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    dir.write(
        "p/collection.toml",
        text.replace("duplicates = true\n", "").replace("\"pictures\"", "\"pixels\""),
    );
    let words = [&["distinct is \"pixels\"", "write one of \"items\", \"pictures\""][..]];
    dir.run(["check", "p"]).refused(1, &words);
    let dir = twins("");
    dir.write("p/layers/Hat/Ok.png", b"no picture");
    for command in ["check", "generate", "plan"] {
        dir.run([command, "p"]).refused(1, &[&["layers/Hat/Ok.png"]]);
    }
}
