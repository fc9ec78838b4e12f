//! What a run that goes on does not allow is refused before any picture is read.

use std::fs;

use crate::resume::dir;
use crate::util::{Dir, Ran};

/// Makes every picture of the project unreadable and keeps its configuration.
fn spoil_art(dir: &Dir) {
    for layer in 0..4 {
        for variant in 0..6 {
            dir.write(format!("p/layers/{layer} Layer/V{variant}.png"), "no picture");
        }
    }
}

/// Holds a run to a refusal for what was asked of it, and to saying nothing else.
fn refused_at_once(ran: &Ran<'_>, words: &[&str]) {
    ran.refused(2, &[words]);
    assert_eq!(ran.stderr().lines().count(), 1, "only the refusal is printed:\n{}", ran.stderr());
}

#[test]
fn what_a_run_does_not_allow_is_refused_before_any_picture_is_read() {
    let dir = dir();
    let config = "name = \"Stopped\"\nseed = 3\ncount = 300\n";
    dir.run(["generate", "p", "--out", "out", "--count", "50"]).ok();
    dir.run(["plan", "p", "--seed", "9", "--count", "50", "-o", "other.json"]).ok();
    dir.run(["plan", "p", "--count", "60", "-o", "longer.json"]).ok();
    dir.run(["plan", "p", "--keep", "longer.json", "--reroll", "7", "-o", "rerolled.json"]).ok();
    let before = dir.files("out");
    for spoilt in [false, true] {
        if spoilt {
            spoil_art(&dir);
        }
        for goes_on in ["--resume", "--update"] {
            let run =
                |more: &[&str]| dir.run([&["generate", "p", "--out", "out", goes_on][..], more].concat());
            refused_at_once(&run(&["--count", "20"]), &["from 50 to 20 items"]);
            refused_at_once(&run(&["--count", "50", "--seed", "5"]), &["seed 3", "not 5"]);
            // With another plan an update changes a finished collection.
            if goes_on == "--resume" {
                refused_at_once(&run(&["--plan", "other.json"]), &["seed 3", "not 9"]);
                refused_at_once(&run(&["--plan", "longer.json", "--count", "49"]), &["from 50 to 49 items"]);
                refused_at_once(&run(&["--plan", "rerolled.json"]), &["the items differ from those"]);
            }
            dir.write("p/collection.toml", format!("{config}start = 5\n"));
            refused_at_once(&run(&[]), &["start 1", "not 5"]);
            dir.write("p/collection.toml", config.replace("Stopped", "Other"));
            refused_at_once(&run(&[]), &["since the run started: the collection's name"]);
            dir.write("p/collection.toml", config);
        }
        let resume = |more: &[&str]| {
            dir.run([&["generate", "p", "--out", "out", "--resume", "--count", "50"][..], more].concat())
        };
        refused_at_once(&resume(&["--effort", "small"]), &["--effort"]);
        refused_at_once(&resume(&["--encoder", "plain"]), &["--encoder"]);
    }
    // The art is read last of all.
    let ran = dir.run(["generate", "p", "--out", "out", "--resume", "--count", "50"]);
    assert!(!ran.succeeded() && ran.stderr().contains("V0.png"), "{}", ran.stderr());
    assert!(before == dir.files("out"), "nothing is touched");
}

#[test]
fn a_run_by_a_plan_takes_no_other_seed_or_count_and_needs_its_plan() {
    let dir = dir();
    dir.run(["plan", "p", "--count", "30", "-o", "plan.json"]).ok();
    dir.run(["plan", "p", "--keep", "plan.json", "--drop", "4,7", "-o", "edited.json"]).ok();
    dir.run(["generate", "p", "--out", "out", "--plan", "edited.json"]).ok();
    assert!(dir.json("out/manifest.json")["seed"].is_null(), "an edited plan has no seed");
    spoil_art(&dir);
    let resume = |more: &[&str]| dir.run([&["generate", "p", "--out", "out", "--resume"][..], more].concat());
    refused_at_once(&resume(&["--seed", "3"]), &["no seed selects the items of this run"]);
    refused_at_once(&resume(&["--count", "20"]), &["from 28 to 20 items"]);
    refused_at_once(&resume(&["--count", "40"]), &["count 28", "not 40"]);
    fs::remove_file(dir.path("out/plan.json")).unwrap();
    refused_at_once(&resume(&[]), &["the items differ from those", "plan.json"]);
}

#[test]
fn a_recipe_that_this_program_cannot_use_is_refused_before_any_picture_is_read() {
    let dir = dir();
    dir.run(["generate", "p", "--out", "out", "--count", "20"]).ok();
    spoil_art(&dir);
    dir.write("empty/notes.txt", "no collection");
    let update = |recipe: &str| {
        dir.run(["generate", "p", "--out", "out", "--count", "20", "--update", "--recipe", recipe])
    };
    refused_at_once(&update("empty"), &["empty", "no collection"]);
    refused_at_once(&update("missing"), &["missing", "no collection"]);
}
