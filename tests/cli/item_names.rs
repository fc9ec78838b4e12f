//! Names that items of a plan have of their own: where they are shown, what keeps them, and which are refused.

use serde_json::Value;

use crate::util::Dir;

const NAME: &str = "Ada \"the 1st\" of Ümlaut";

/// A folder with a plan of four items, whose second and third have names of their own, and its collection in `out`.
fn dir() -> Dir {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", "name = \"Flat\"\nseed = 3\n");
    dir.run(["plan", "p", "--count", "4", "-o", "plan.json"]).ok();
    dir.run(["plan", "p", "--count", "4", "-o", "unnamed.json"]).ok();
    name(&dir, "plan.json", &[(1, NAME), (2, "Grace")]);
    dir.run(["generate", "p", "--plan", "plan.json"]).ok();
    dir
}

/// Gives items of a plan file, by their places, names.
fn name(dir: &Dir, plan: &str, names: &[(usize, &str)]) {
    let mut document = dir.json(plan);
    for &(place, name) in names {
        let item = &mut document["items"][place];
        let traits = if item.is_array() { item.clone() } else { item["traits"].clone() };
        *item = serde_json::json!({"name": name, "traits": traits});
    }
    dir.write(plan, document.to_string());
}

/// The names in the metadata of all items of a collection.
fn shown(dir: &Dir, out: &str) -> Vec<String> {
    let documents = dir.json(format!("{out}/json/_metadata.json"));
    documents.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn names_are_shown_wherever_an_item_is_named() {
    let dir = dir();
    let expected = ["Flat #1", NAME, "Grace", "Flat #4"];
    assert_eq!(shown(&dir, "out"), expected);
    assert_eq!(dir.json("out/json/2.json")["name"], NAME);
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
    dir.run(["generate", "p", "--plan", "unnamed.json", "--out", "unnamed"]).ok();
    let pictures = |out: &str| {
        let name = |edition: &u32| dir.read(format!("{out}/images/{edition}.png"));
        [1, 2, 3, 4].iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(pictures("out"), pictures("unnamed"));

    dir.run(["report", "out", "--json", "report.json", "--force"]).ok();
    let items = dir.json("report.json")["ranking"].clone();
    let mut names: Vec<&str> =
        items.as_array().unwrap().iter().filter_map(|item| item["name"].as_str()).collect();
    names.sort_unstable();
    let mut sorted = expected;
    sorted.sort_unstable();
    assert_eq!(names, sorted);

    dir.run(["sheet", "out", "--atlas", "-o", "a.png", "--names", "{title}"]).ok();
    let frames = dir.json("a.json")["frames"].clone();
    assert_eq!(frames.as_object().unwrap().keys().filter(|name| *name == NAME).count(), 1);

    // Other standards, and metadata that is written again from the manifest or from documents alone.
    for standard in ["csv", "jsonl"] {
        dir.run(["metadata", "out", "--metadata", standard]).ok();
    }
    let lines = String::from_utf8(dir.read("out/metadata.jsonl")).unwrap();
    let line: Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    assert_eq!(line["name"], NAME);
    dir.run(["metadata", "out", "--metadata", "erc721"]).ok();
    assert_eq!(shown(&dir, "out"), expected);
    dir.run(["report", "out", "--json", "again.json"]).ok();
    assert_eq!(dir.json("again.json")["ranking"], items);
}

#[test]
fn a_new_name_changes_one_document_and_edits_keep_names() {
    let dir = dir();
    let before = dir.files("out");
    name(&dir, "plan.json", &[(2, "Joan")]);
    let ran = dir.run(["generate", "p", "--plan", "plan.json", "--update"]);
    ran.ok();
    assert_eq!(shown(&dir, "out"), ["Flat #1", NAME, "Joan", "Flat #4"]);
    let after = dir.files("out");
    let unchanged = ["images/3.png", "images/1.png", "json/1.json", "json/2.json", "json/4.json"];
    for name in unchanged.map(std::path::Path::new) {
        assert_eq!(before.get(name), after.get(name), "{}", name.display());
    }
    dir.run(["swap", "out", "2,4", "--project", "p"]).ok();
    assert_eq!(shown(&dir, "out"), ["Flat #1", "Flat #2", "Joan", NAME]);
    dir.run(["reroll", "out", "3", "--project", "p"]).ok();
    assert_eq!(shown(&dir, "out"), ["Flat #1", "Flat #2", "Joan", NAME]);
    dir.run(["remove", "out", "1", "--project", "p", "--renumber"]).ok();
    assert_eq!(shown(&dir, "out"), ["Flat #1", "Joan", NAME]);
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
    dir.run(["metadata", "out", "--pre-reveal", "https://x.example/box.png"]).ok();
    let hidden = String::from_utf8(dir.read("pre-reveal/2.json")).unwrap();
    assert!(!hidden.contains("Joan") && hidden.contains("Flat #2"), "{hidden}");
}

#[test]
fn a_collection_in_which_every_item_has_a_name_is_read_like_any_other() {
    let dir = dir();
    name(&dir, "plan.json", &[(0, "One"), (1, "Two"), (2, "Three"), (3, "Four")]);
    dir.run(["generate", "p", "--plan", "plan.json", "--out", "all"]).ok();
    dir.run(["report", "all"]).ok();
    dir.run(["verify", "all", "--project", "p", "--sample", "all"]).ok();
    dir.run(["metadata", "all", "--base-uri", "ipfs://x"]).ok();
    assert_eq!(shown(&dir, "all"), ["One", "Two", "Three", "Four"]);
}

#[test]
fn names_that_no_item_can_have_are_refused() {
    let refused = |item: &str, words: &[&str]| {
        let dir = Dir::with_project();
        let text = format!(
            "{{\"format\": \"traitpress-plan/1\", \"layers\": [\"Back\", \"Hat\"], \"items\": [{item}]}}"
        );
        dir.write("plan.json", text);
        let words: Vec<&str> = ["plan.json", "item 1"].iter().chain(words).copied().collect();
        dir.run(["generate", "p", "--plan", "plan.json"]).refused(1, &[&words]);
        assert!(!dir.exists("out"), "nothing is written");
    };
    let named = |name: &str| format!("{{\"name\": {}, \"traits\": [\"Red\", null]}}", Value::from(name));
    refused(&named(" "), &["is empty"]);
    refused(&named("a\nb"), &["control character"]);
    refused(&named(&"é".repeat(128)), &["256 bytes", "255"]);
    refused("{\"name\": \"a\", \"name\": \"b\", \"traits\": [\"Red\", null]}", &["\"name\""]);
    refused("{\"name\": \"a\", \"one\": \"King\"}", &["King"]);
    let dir = dir();
    name(&dir, "plan.json", &[(0, &"n".repeat(40))]);
    dir.run(["generate", "p", "--plan", "plan.json", "--metadata", "metaplex", "--out", "m"])
        .refused(1, &[&["nnnn", "40 bytes", "32"], &["the first item is number 1"]]);
}
