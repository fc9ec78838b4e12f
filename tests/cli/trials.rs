//! `generate --first`: the first items of the whole collection, and going on from there.

use crate::util::Dir;

/// Exact numbers, which make every item depend on the number of all.
const EXACT: &str =
    "seed = 7\ncount = 4\n[traits]\n\"Hat/Cap\" = { count = 1 }\n\"Hat/Crown\" = { count = 2 }\n";

#[test]
fn a_trial_makes_the_first_items_of_all_and_resume_the_others() {
    for configuration in ["seed = 7\ncount = 4\n", EXACT] {
        let dir = Dir::with_project();
        dir.write("p/collection.toml", configuration);
        dir.run(["generate", "p", "--out", "whole"]).ok();
        let ran = dir.run(["generate", "p", "--first", "2"]);
        ran.ok().says("a trial: the first 2 of 4 items; the same command with --resume instead of --first");
        let manifest = dir.json("out/manifest.json");
        assert_eq!((manifest["count"].as_u64(), manifest["of"].as_u64()), (Some(2), Some(4)));
        for file in ["images/1.png", "images/2.png", "json/2.json"] {
            assert_eq!(dir.read(format!("out/{file}")), dir.read(format!("whole/{file}")), "{file}");
        }
        assert!(!dir.exists("out/images/3.png"));
        dir.run(["verify", "out", "--project", "p"]).ok();
        dir.run(["report", "out"]).ok();
        // More of them, the same ones again, and then all.
        dir.run(["generate", "p", "--first", "3", "--resume"]).ok().says("the first 3 of 4 items");
        dir.run(["generate", "p", "--first", "2", "--resume"]).refused(2, &[&["from 3 to 2 items"]]);
        dir.run(["generate", "p", "--resume"]).ok();
        assert_eq!(dir.files("out"), dir.files("whole"), "{configuration}");
    }
}

#[test]
fn a_trial_without_a_configured_count_goes_on_to_what_it_was_the_beginning_of() {
    let dir = Dir::with_busy_project();
    dir.write("p/collection.toml", "seed = 11\n");
    dir.run(["generate", "p", "--count", "20", "--first", "5"]).ok();
    dir.run(["generate", "p", "--resume"]).ok();
    assert_eq!(dir.json("out/manifest.json")["count"].as_u64(), Some(20));
}

#[test]
fn a_trial_of_a_plan_goes_on_with_that_plan() {
    let dir = Dir::with_project();
    dir.run(["plan", "p", "-o", "plan.json"]).ok();
    dir.run(["plan", "p", "--keep", "plan.json", "--reroll", "2", "-o", "edited.json"]).ok();
    dir.run(["generate", "p", "--plan", "edited.json", "--first", "1"]).ok().says("the first 1 of 4 items");
    dir.run(["generate", "p", "--resume"]).refused(2, &[&["the first items of a plan", "--plan"]]);
    dir.run(["generate", "p", "--plan", "edited.json", "--resume"]).ok();
    dir.run(["generate", "p", "--plan", "edited.json", "--out", "whole"]).ok();
    assert_eq!(dir.files("out"), dir.files("whole"));
}

#[test]
fn a_first_that_is_no_part_is_all_and_an_archive_has_a_trial_too() {
    let dir = Dir::with_project();
    let ran = dir.run(["generate", "p", "--first", "9"]);
    ran.ok();
    assert!(!ran.stdout().contains("a trial"), "all of it");
    assert!(dir.json("out/manifest.json")["of"].is_null());
    dir.run(["generate", "p", "--first", "1", "--out", "t.zip"]).ok().says("the first 1 of 4 items");
    dir.run(["generate", "p", "--first", "0", "--out", "t2"]).exited(2);
}

#[test]
fn a_count_that_is_too_small_names_the_trial() {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", EXACT);
    dir.run(["generate", "p", "--count", "2"])
        .refused(1, &[&["add up to 3 of 2 items", "generate --first N"]]);
    dir.write(
        "p/collection.toml",
        "count = 6\n[[groups]]\nname = \"A\"\nlayers = [\"Back\", \"Hat\"]\ncount = 6\n",
    );
    dir.run(["generate", "p", "--count", "2"]).refused(1, &[&["2 are requested", "generate --first N"]]);
    dir.run(["generate", "p", "--first", "2"]).ok();
}
