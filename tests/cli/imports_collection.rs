//! `import --from-collection`: a plan from metadata and layers gives the pictures again.

use std::path::Path;

use crate::imports::{files_of, source};
use crate::util::Dir;

/// A folder `c` with metadata and layers as a peer leaves them, and `out` with the pictures.
fn finished(name: &str) -> Dir {
    let dir = Dir::empty();
    dir.run(["import", source(name).to_str().expect("a path"), "-o", "p"]).ok();
    dir.run(["generate", "p", "--seed", "5", "--out", "out"]).ok();
    for (file, bytes) in dir.files("out/json") {
        dir.write(Path::new("c/build/json").join(file), bytes);
    }
    for (file, bytes) in files_of(&source(name).join("layers")) {
        dir.write(Path::new("c/layers").join(file), bytes);
    }
    dir
}

fn pixels(dir: &Dir, file: &str) -> Vec<u8> {
    image::open(dir.path(file)).expect("a picture").to_rgba8().into_raw()
}

#[test]
fn metadata_and_layers_give_the_same_pictures() {
    let dir = finished("01");
    let said = dir.run(["import", "--from-collection", "c", "-o", "q"]).ok().stdout();
    assert!(said.contains("next: traitpress generate q --plan q/plan.json\n"), "{said}");
    assert!(!said.contains("not kept"), "{said}");
    dir.run(["generate", "q", "--plan", "q/plan.json", "--out", "again"]).ok();
    for edition in 1..=12 {
        let [own, wanted] = ["again", "out"].map(|out| pixels(&dir, &format!("{out}/images/{edition}.png")));
        assert_eq!(own, wanted, "{edition}");
        let [own, wanted] = ["again", "out"].map(|out| dir.json(format!("{out}/json/{edition}.json")));
        for key in ["name", "description", "image", "edition", "attributes"] {
            assert_eq!(own[key], wanted[key], "{edition}: {key}");
        }
    }
}

#[test]
fn what_is_ambiguous_or_missing_is_named_by_items() {
    let dir = finished("01");
    let noon = dir.read("c/layers/Sky/Noon.png");
    dir.write("c/layers/Sky/Dawn#3.png", &noon);
    std::fs::remove_file(dir.path("c/layers/Lamp/7.png")).expect("remove a file");
    let said = dir.run(["import", "--from-collection", "c", "-o", "q"]).ok().stdout();
    let editions = |layer: &str, value: &str| {
        let shows = |edition: &u32| {
            let document = dir.json(format!("out/json/{edition}.json"));
            document["attributes"]
                .as_array()
                .expect("a list")
                .iter()
                .any(|a| a["trait_type"] == layer && a["value"] == value)
        };
        let found: Vec<String> = (1..=12u32).filter(shows).map(|edition| edition.to_string()).collect();
        found.join(", ")
    };
    let ambiguous = format!("Sky/Dawn items {}: ambiguous", editions("Sky", "Dawn"));
    assert!(said.contains(&ambiguous), "{said}");
    let missing = format!("Lamp/7 items {}: no picture has this name", editions("Lamp", "7"));
    assert!(said.contains(&missing), "{said}");
    dir.run(["generate", "q", "--plan", "q/plan.json", "--out", "again"]).ok();
}

#[test]
fn folders_without_documents_or_layers_are_refused() {
    let dir = Dir::empty();
    dir.write("c/json/1.json", "{ \"attributes\": [{ \"trait_type\": \"A\", \"value\": \"B\" }] }");
    dir.write("d/layers/x", "");
    for (folder, part) in
        [("c", "there is no folder layers"), ("d", "no documents with attributes"), ("e", "no such")]
    {
        let ran = dir.run(["import", "--from-collection", folder, "-o", "q"]);
        assert!(ran.code().is_some_and(|code| code > 0) && ran.stderr().contains(part), "{}", ran.stderr());
        assert!(!dir.exists("q"));
    }
}
