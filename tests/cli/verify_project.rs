//! `verify --project`: what a collection was made from, and whether the project still makes it.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::util::Dir;
use crate::verify::{collection, finds, found, owned, rewrite};

#[test]
fn what_differs_in_the_project_is_told_with_the_files_that_it_changes() {
    let dir = collection();
    let configuration = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    let again = ["--project", "p", "--sample", "all"];
    // Another name: all metadata, no picture; ones have their own.
    dir.write("p/collection.toml", configuration.replace("\"Test\"", "\"Tset\""));
    let (problems, _) = found(&dir, &again);
    assert_eq!(
        problems[..2],
        owned(&[("manifest.json", "configuration"), ("json/_metadata.json", "pressed")])
    );
    assert_eq!(problems.len(), 2 + 7, "{problems:?}");
    assert!(problems[2..].iter().all(|(file, kind)| file.starts_with("json/") && kind == "pressed"));
    dir.write("p/collection.toml", &configuration);
    // Another picture: those that show it.
    let crown = dir.read("p/layers/Hat/Crown#3.png");
    dir.square("p/layers/Hat/Crown#3.png", [11, 200, 90, 255]);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for (file, kind) in found(&dir, &again).0 {
        assert!(file == "manifest.json" || file.starts_with("images/"), "{file}");
        *kinds.entry(kind).or_default() += 1;
    }
    assert!(kinds["art"] == 1 && kinds["recipe"] == 1 && kinds["pressed"] > 0, "{kinds:?}");
    dir.write("p/layers/Hat/Crown#3.png", crown);
    // A trait that is gone: the plan cannot be read.
    fs::rename(dir.path("p/layers/Hat/Crown#3.png"), dir.path("p/layers/Hat/Tiara#3.png")).unwrap();
    let (problems, said) = found(&dir, &again);
    assert_eq!(problems, owned(&[("manifest.json", "configuration"), ("plan.json", "plan")]), "{said:#}");
    assert_eq!(said["pressed"], 0);
    dir.run(["verify", "out", "--project", "p"]).exited(1).says("Crown").says("0 of 9 items made again");
    fs::rename(dir.path("p/layers/Hat/Tiara#3.png"), dir.path("p/layers/Hat/Crown#3.png")).unwrap();
    // A recipe that nobody made.
    let whole = dir.read("out/manifest.json");
    rewrite(&dir, "\"filter\":", "\"filter\":\"x\",\"filler\":");
    let (problems, said) = found(&dir, &again);
    assert_eq!(problems, owned(&[("manifest.json", "recipe")]));
    assert!(said["problems"][0]["what"].as_str().unwrap().ends_with("has another filter"), "{said:#}");
    dir.write("out/manifest.json", &whole);
    // A seed that the plan was not chosen with.
    rewrite(&dir, "\"seed\": 7", "\"seed\": 8");
    finds(&dir, &again, &[("plan.json", "plan")]);
    dir.write("out/manifest.json", &whole);
    finds(&dir, &again, &[]);
}

#[test]
fn a_plan_that_was_exchanged_with_its_digests_is_found_by_pressing() {
    let dir = collection();
    let manifest = dir.json("out/manifest.json");
    let plan = String::from_utf8(dir.read("out/plan.json")).unwrap();
    let digest = blake3::hash(plan.as_bytes()).to_hex().to_string();
    let other = plan.replacen("\"Red\"", "\"Blu\"", 1).replace("\"Blu\"", "\"Blue\"");
    assert_ne!(plan, other);
    dir.write("out/plan.json", &other);
    let text = String::from_utf8(dir.read("out/manifest.json")).unwrap();
    let text = text.replace(&digest, blake3::hash(other.as_bytes()).to_hex().as_str());
    let text = text.replace(
        &format!("\"bytes\": {}, \"blake3\": \"{}\"", plan.len(), blake3::hash(other.as_bytes()).to_hex()),
        &format!("\"bytes\": {}, \"blake3\": \"{}\"", other.len(), blake3::hash(other.as_bytes()).to_hex()),
    );
    // The list of files has another digest then, which is made right too.
    let parsed: Value = serde_json::from_str(&text).unwrap();
    let mut list = blake3::Hasher::new();
    for file in parsed["files"].as_array().unwrap() {
        let line = format!(
            "{} {} {}\n",
            file["name"].as_str().unwrap(),
            file["bytes"],
            file["blake3"].as_str().unwrap()
        );
        list.update(line.as_bytes());
    }
    let before = manifest["collection"].as_str().unwrap();
    dir.write("out/manifest.json", text.replace(before, list.finalize().to_hex().as_str()));
    rewrite(&dir, "\"format\"", "\"format\"");
    finds(&dir, &[], &[]);
    let (problems, _) = found(&dir, &["--project", "p", "--sample", "all"]);
    assert!(problems.iter().all(|(_, kind)| kind == "pressed"), "{problems:?}");
    let count = |start: &str| problems.iter().filter(|(file, _)| file.starts_with(start)).count();
    assert_eq!(
        (count("images/"), count("json/")),
        (1, 2),
        "a picture, its metadata, and all metadata: {problems:?}"
    );
}

#[test]
fn a_collection_that_was_pressed_by_the_recipe_of_another_is_what_the_project_makes_by_it() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--count", "30"]).ok();
    // Other art, and so another code, if it were asked for.
    let hats = ["p/layers/3 Hat/V0#1.png", "p/layers/3 Hat/V1#2.png"];
    let [first, second] = hats.map(|hat| dir.read(hat));
    dir.write(hats[0], &second);
    dir.run(["generate", "p", "--count", "30", "--update", "--recipe", "out"]).ok();
    dir.run(["generate", "p", "--count", "30", "--out", "own"]).ok();
    assert_ne!(dir.json("own/manifest.json")["recipe"], dir.json("out/manifest.json")["recipe"]);
    finds(&dir, &["--project", "p", "--sample", "all"], &[]);
    finds(&dir, &["--project", "p", "--sample", "5"], &[]);
    // That is no way around what has changed since.
    dir.write(hats[1], &first);
    let (problems, said) = found(&dir, &["--project", "p", "--sample", "all"]);
    assert!(problems.contains(&("manifest.json".to_owned(), "art".to_owned())), "{said:#}");
}
