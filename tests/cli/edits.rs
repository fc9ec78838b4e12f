//! `reroll`, `remove`, `extend` and `swap`: what changes, what stays to the byte, and what is refused.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Instant;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::depth::at_depth;
use crate::resume::{self, same, start};
use crate::util::Dir;

/// A folder with a busy project and its collection of 40 items in `out`.
fn dir() -> Dir {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p"]).ok();
    dir
}

/// Files that differ between two states of a collection, but for those of the collection as a whole.
fn changed(before: &BTreeMap<PathBuf, Vec<u8>>, after: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<String> {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let mut names: Vec<String> = names
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !["manifest.json", "plan.json", "json/_metadata.json"].contains(&&**name))
        .collect();
    names.sort();
    names
}

/// The traits of an item by its metadata.
fn traits(dir: &Dir, edition: u32) -> BTreeMap<String, String> {
    let document = dir.json(format!("out/json/{edition}.json"));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let attributes = document["attributes"].as_array().expect("attributes").iter();
    attributes.map(|attribute| (text(&attribute["trait_type"]), text(&attribute["value"]))).collect()
}

#[test]
fn a_reroll_changes_these_items_and_no_other_file() {
    let dir = dir();
    let before = dir.files("out");
    let inode = |name: &str| dir.path(name).metadata().expect("a file").ino();
    let untouched = (inode("out/images/1.png"), inode("out/json/40.json"));
    let ran = dir.run(["reroll", "out", "17,23", "--project", "p"]);
    ran.ok().says("item 17\n  was: ").says("item 23\n  was: ").says("\n  is:  ");
    ran.says("out: 2 items changed; 38 items kept as they were\n");
    let after = dir.files("out");
    let expected = ["images/17.png", "images/23.png", "json/17.json", "json/23.json"];
    assert_eq!(changed(&before, &after), expected);
    assert_eq!(
        untouched,
        (inode("out/images/1.png"), inode("out/json/40.json")),
        "they were not written again"
    );
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
    // The same command from the same collection chooses the same; from this one it chooses others.
    dir.run(["generate", "p", "--out", "other"]).ok();
    dir.run(["reroll", "other", "23,", "17", "--project", "p"]).ok();
    same(&dir, "other", "out");
    dir.run(["reroll", "out", "17,23", "--project", "p"]).ok();
    assert_ne!(dir.read("out/images/17.png"), dir.read("other/images/17.png"));
    let seeded = dir.run(["reroll", "other", "5-7", "--project", "p", "--seed", "9"]);
    seeded.ok().says("3 items changed");
}

#[test]
fn locked_layers_keep_their_traits() {
    let dir = dir();
    let before = traits(&dir, 9);
    dir.run(["reroll", "out", "9", "--lock", "1 figure,0 Ground", "--project", "p"]).ok();
    let after = traits(&dir, 9);
    assert_eq!(before["1 Figure"], after["1 Figure"]);
    assert_eq!(before["0 Ground"], after["0 Ground"]);
    assert_ne!(before, after);
    let all = "0 Ground,1 Figure,2 Eyes,3 Hat";
    let files = dir.files("out");
    dir.run(["reroll", "out", "9", "--lock", all, "--project", "p"])
        .refused(1, &[&["item 9", "keeps \"0 Ground\"", "keep fewer layers"]]);
    dir.run(["reroll", "out", "9", "--lock", "Hut", "--project", "p"])
        .refused(2, &[&["--lock Hut", "the layers are 0 Ground, 1 Figure"]]);
    assert!(files == dir.files("out"), "nothing is written");
}

#[test]
fn under_exact_numbers_another_item_trades_or_nothing_is_changed() {
    let dir = Dir::with_busy_project();
    dir.write("p/collection.toml", "seed = 11\ncount = 40\nrarity = \"exact\"\n");
    dir.run(["generate", "p"]).ok();
    let files = dir.files("out");
    dir.run(["reroll", "out", "9", "--only", "--project", "p"])
        .refused(1, &[&["item 9", "exact numbers", "leave --only out"]]);
    dir.run(["remove", "out", "9", "--project", "p"]).exited(0);
    dir.run(["generate", "p", "--force"]).ok();
    assert!(files == dir.files("out"));
    let ran = dir.run(["reroll", "out", "9", "--project", "p"]);
    ran.ok().says("out: 2 items changed; 38 items kept as they were");
    assert_eq!(changed(&files, &dir.files("out")).len(), 4);
    let count = |files: &BTreeMap<PathBuf, Vec<u8>>| {
        let plan = String::from_utf8(files[&PathBuf::from("plan.json")].clone()).expect("text");
        (0..8).map(|number| plan.matches(&format!("V{number}")).count()).collect::<Vec<_>>()
    };
    assert_eq!(count(&files), count(&dir.files("out")), "every number is as it was");
    dir.run(["verify", "out", "--project", "p"]).ok();
}

#[test]
fn what_exact_numbers_do_not_allow_is_refused_with_the_reason() {
    let dir = Dir::with_project();
    dir.write(
        "p/collection.toml",
        "seed = 7\ncount = 4\n[traits]\n\"Hat/Cap\" = { count = 2 }\n\"Back/Red\" = { count = 2 }\n",
    );
    dir.run(["generate", "p"]).ok();
    let files = dir.files("out");
    let capped = (1..=4).find(|&edition| traits(&dir, edition).get("Hat").is_some_and(|hat| hat == "Cap"));
    let capped = capped.expect("two have it").to_string();
    dir.run(["remove", "out", &capped, "--project", "p"]).refused(
        1,
        &[&["\"Hat/Cap\" must be in 2 items (line 4), but would be in 1", "change these numbers"]],
    );
    dir.run(["extend", "out", "--by", "9", "--project", "p"]).exited(1);
    dir.run(["reroll", "out", "9", "--project", "p"]).refused(2, &[&["there is no item 9"]]);
    assert!(files == dir.files("out"), "nothing is written");
}

#[test]
fn exact_numbers_can_change_with_an_edit_and_hold_from_then_on() {
    let dir = Dir::with_project();
    let settings = |caps: u32, name: &str| {
        format!("name = \"{name}\"\nseed = 7\ncount = 4\n[traits]\n\"Hat/Cap\" = {{ count = {caps} }}\n")
    };
    dir.write("p/collection.toml", settings(2, "Test"));
    dir.run(["generate", "p"]).ok();
    let capped = (1..=4).find(|&edition| traits(&dir, edition).get("Hat").is_some_and(|hat| hat == "Cap"));
    let capped = capped.expect("two have it").to_string();
    let files = dir.files("out");
    dir.write("p/collection.toml", settings(0, "Test"));
    dir.run(["remove", "out", &capped, "--project", "p"])
        .refused(1, &[&["\"Hat/Cap\" must be in 0 items (line 5), but would be in 1"]]);
    let other = (1..=4).find(|edition| edition.to_string() != capped).expect("there are four").to_string();
    dir.run(["swap", "out", &format!("{capped},{other}"), "--project", "p"])
        .refused(1, &[&["\"Hat/Cap\" must be in 0 items (line 5), but would be in 2"]]);
    // What the items depend on otherwise is refused as ever, and nothing is written.
    dir.write("p/collection.toml", settings(1, "Test") + "[[unique]]\nlayers = [\"Hat\", \"Back\"]\n");
    dir.run(["remove", "out", &capped, "--project", "p"]).exited(2).warns("the rules");
    dir.write("p/collection.toml", settings(1, "Other"));
    dir.run(["remove", "out", &capped, "--project", "p"]).exited(2).warns("the collection's name");
    assert!(files == dir.files("out"), "nothing is written");

    dir.write("p/collection.toml", settings(1, "Test"));
    dir.run(["remove", "out", &capped, "--project", "p"]).ok().says("out: 1 item removed");
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
    dir.run(["report", "out", "--project", "p"]).ok();
    let edited = dir.files("out");
    for again in ["--resume", "--update"] {
        dir.run(["generate", "p", "--count", "3", again]).ok();
        assert!(edited == dir.files("out"), "{again} changes nothing");
    }
    dir.write("p/collection.toml", settings(2, "Test"));
    dir.run(["generate", "p", "--resume"]).refused(2, &[&["the required trait counts"]]);
}

#[test]
fn rewritten_texts_stay_when_exact_numbers_change() {
    let dir = Dir::with_project();
    let settings = |caps: u32| format!("seed = 7\ncount = 4\n[traits]\n\"Hat/Cap\" = {{ count = {caps} }}\n");
    dir.write("p/collection.toml", settings(1));
    dir.run(["generate", "p"]).ok();
    dir.run(["metadata", "out", "--base-uri", "ipfs://CID"]).ok();
    dir.write("p/collection.toml", settings(2));
    dir.run(["extend", "out", "--by", "1", "--project", "p"]).ok();
    assert_eq!(dir.json("out/json/5.json")["image"], "ipfs://CID/5.png");
    dir.run(["verify", "out"]).ok();
    dir.run(["verify", "out", "--project", "p"]).exited(1).says("base_uri = \"ipfs://CID\"");
    dir.write("p/collection.toml", "base_uri = \"ipfs://CID\"\n".to_owned() + &settings(2));
    dir.run(["metadata", "out", "--project", "p"]).ok();
    dir.run(["verify", "out", "--project", "p"]).ok();
}

#[test]
fn a_preview_shows_old_and_new_and_changes_nothing() {
    let dir = dir();
    let before = dir.files("out");
    let shown = dir.run(["reroll", "out", "3,4", "--project", "p", "--preview"]);
    shown.ok().says("out-preview.png shows 2 items, old pictures above new ones").says("nothing is changed");
    assert!(before == dir.files("out"));
    let sheet = image::open(dir.path("out-preview.png")).expect("a picture").into_rgba8();
    assert!(sheet.width() > 2 * 200 && sheet.height() > 2 * 150, "{:?}", sheet.dimensions());
    let done = dir.run(["reroll", "out", "3,4", "--project", "p"]);
    let items = |text: String| text.split_once("out").expect("a line").0.to_owned();
    assert_eq!(items(shown.stdout()), items(done.ok().stdout()), "the same items");
    // Again beside a sheet of ours, and not over a file of another program.
    dir.run(["swap", "out", "3,4", "--project", "p", "--preview"]).ok();
    dir.write("out-preview.png", "mine");
    dir.run(["swap", "out", "3,4", "--project", "p", "--preview"]).exited(2);
    assert_eq!(dir.read("out-preview.png"), b"mine");
}

#[test]
fn removed_numbers_stay_holes_or_are_closed_up() {
    let dir = dir();
    let before = dir.files("out");
    let ran = dir.run(["remove", "out", "5,9", "--project", "p"]);
    ran.ok().says("item 5 is removed: ").says("out: 2 items removed; 38 items kept as they were");
    let expected = ["images/5.png", "images/9.png", "json/5.json", "json/9.json"];
    assert_eq!(changed(&before, &dir.files("out")), expected);
    assert!(!dir.exists("out/images/5.png") && dir.exists("out/images/6.png"));
    dir.run(["verify", "out", "--project", "p"]).ok();
    dir.run(["report", "out"]).ok();
    let sixth = dir.read("out/images/6.png");
    let preview = dir.run(["remove", "out", "1", "--renumber", "--project", "p", "--preview"]);
    preview.ok().says("out-preview.png shows 1 picture that would be removed\n").says("item 1 is removed: ");
    let ran = dir.run(["remove", "out", "1", "--renumber", "--project", "p"]);
    let first = ran.ok().stdout();
    assert!(first.starts_with("item 1 is removed: ") && !first.contains("was:"), "{first}");
    ran.says("items 2 to 4 are now 1 to 3; their pictures are the same\nitems 6 to 8 are now 4 to 6; their");
    ran.says("items 10 to 40 are now 7 to 37; ").says("out: 1 item removed, 37 items renumbered\n");
    assert_eq!(dir.read("out/images/4.png"), sixth, "four items before it are left");
    assert_eq!(dir.files("out/images").len(), 37);
    assert!(!dir.exists("out/images/38.png"));
    dir.run(["verify", "out", "--project", "p"]).ok();
    dir.run(["remove", "out", "1-37", "--project", "p"]).refused(2, &[&["all items", "remove fewer"]]);
}

#[test]
fn an_extension_is_what_one_run_would_have_made_where_that_can_be() {
    let dir = dir();
    dir.run(["generate", "p", "--count", "50", "--out", "whole"]).ok();
    dir.run(["extend", "out", "--by", "10", "--project", "p"])
        .ok()
        .says("out: 10 items added; 40 items kept");
    same(&dir, "out", "whole");
    // After a reroll no seed makes all of the items any more.
    dir.run(["reroll", "out", "2", "--project", "p"]).ok();
    let before = dir.files("out");
    dir.run(["extend", "out", "--by", "3", "--project", "p"]).ok().says("item 53 is new: ");
    let new: Vec<String> = changed(&before, &dir.files("out"));
    assert_eq!(new.len(), 6, "{new:?}");
    dir.run(["verify", "out", "--project", "p"]).ok();
}

#[test]
fn two_items_change_places_ones_too() {
    let dir = Dir::with_busy_project();
    dir.sized("p/ones/King.png", [200, 150], [250, 200, 0, 255]);
    dir.write("p/collection.toml", "seed = 11\ncount = 40\n[[ones]]\nimage = \"ones/King.png\"\n");
    dir.run(["generate", "p"]).ok();
    let is_king = |edition: u32| dir.json(format!("out/json/{edition}.json"))["name"] == "King";
    let king = (1..=40).find(|&edition| is_king(edition)).expect("it is there");
    let other = if king == 7 { 8 } else { 7 };
    let pair = format!("{king},{other}");
    let old = dir.read(format!("out/images/{other}.png"));
    let ran = dir.run(["swap", "out", &pair, "--project", "p"]);
    ran.ok().says("the one-of-one King").says("out: 2 items changed; 38 items kept");
    assert_eq!(dir.read(format!("out/images/{king}.png")), old);
    assert_eq!(dir.json(format!("out/json/{other}.json"))["name"], "King");
    dir.run(["verify", "out", "--project", "p"]).ok();
    let other = other.to_string();
    dir.run(["reroll", "out", &other, "--project", "p"]).refused(2, &[&["one-of-one", "King"]]);
    dir.run(["swap", "out", "1,2,3", "--project", "p"]).refused(2, &[&["was given 3", "5,9"]]);
}

#[test]
fn a_plan_that_was_edited_by_hand_updates_a_collection() {
    let dir = dir();
    let before = dir.files("out");
    dir.run(["plan", "p", "--keep", "out/plan.json", "--reroll", "8", "--drop", "3", "-o", "edited.json"])
        .ok();
    dir.run(["generate", "p", "--plan", "edited.json", "--update"]).ok();
    let expected = ["images/3.png", "images/8.png", "json/3.json", "json/8.json"];
    assert_eq!(changed(&before, &dir.files("out")), expected);
    dir.run(["generate", "p", "--plan", "edited.json", "--out", "whole"]).ok();
    same(&dir, "out", "whole");
}

#[test]
fn what_a_collection_has_beside_pictures_it_has_afterwards() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--provenance", "--thumbnails=32", "--name", "{1 Figure}-{edition}"]).ok();
    dir.run(["metadata", "out", "--base-uri", "ipfs://CID"]).ok();
    let before = dir.files("out");
    dir.run(["reroll", "out", "6", "--project", "p", "--seed", "4"]).ok();
    let manifest = dir.json("out/manifest.json");
    assert!(manifest["provenance"].is_string());
    assert!(dir.json("out/json/6.json")["image"].as_str().expect("text").starts_with("ipfs://CID/"));
    assert_eq!(
        dir.files("out/images").len(),
        40,
        "a picture of another name has taken the place of the old one"
    );
    assert!(changed(&before, &dir.files("out")).contains(&"thumbnails.traitpress".to_owned()));
    dir.run(["verify", "out"]).ok();
    dir.run(["report", "out", "--html", "page.html"]).ok();
}

#[test]
fn what_is_no_finished_collection_is_named() {
    let dir = Dir::with_busy_project();
    dir.run(["reroll", "out", "1", "--project", "p"]).refused(2, &[&["out: there is no collection here"]]);
    dir.run(["generate", "p", "--first", "5"]).ok();
    dir.run(["reroll", "out", "1", "--project", "p"])
        .refused(2, &[&["a trial of 5 of 40 items", "traitpress generate p --out out --resume"]]);
    dir.run(["generate", "p", "--resume"]).ok();
    dir.run(["reroll", "out", "1"]).refused(2, &[&["current folder is no project", "--project DIR"]]);
    let files = dir.files("out");
    dir.write("p/collection.toml", "seed = 11\ncount = 40\nbackground = \"#123\"\n");
    dir.run(["reroll", "out", "1", "--project", "p"]).exited(2).warns("background");
    assert!(files == dir.files("out"));
}

#[test]
fn a_change_that_is_killed_is_completed_by_the_same_command() {
    let dir = resume::dir();
    let command = |out: &str| -> Vec<String> {
        ["remove", out, "2", "--renumber", "--project", "p"].map(str::to_owned).to_vec()
    };
    dir.run(["generate", "p", "--out", "changed"]).ok();
    let begin = Instant::now();
    dir.run(command("changed")).ok();
    let whole = begin.elapsed();
    let mut random = ChaCha20Rng::seed_from_u64(7);
    let goal = at_depth(8, 30);
    let (mut kills, mut midway, mut round) = (0, 0, 0);
    while kills < goal {
        round += 1;
        let out = format!("out{round}");
        dir.run(["generate", "p", "--out", &out]).ok();
        loop {
            let arguments = command(&out);
            let child = start(&dir, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
            if !resume::is_killed(child, whole, &mut random, kills < goal) {
                break;
            }
            kills += 1;
            let has_journal = dir.exists(format!("{out}/.traitpress/journal"));
            midway += u32::from(has_journal);
            // A kill can come after the last step and before the end of the process. The command again would remove another item.
            let manifest = |out: &str| dir.read(format!("{out}/manifest.json"));
            if !has_journal && manifest(&out) == manifest("changed") {
                break;
            }
        }
        same(&dir, &out, "changed");
        std::fs::remove_dir_all(dir.path(&out)).unwrap();
    }
    println!("{kills} kills, {midway} of them with a journal in place, {round} folders finished");
    assert!(midway >= goal / 8, "hardly any kill came while items were made");
}
