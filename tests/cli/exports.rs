//! `export hashlips`: what is written is read again as the same layers, weights and groups.

use serde_json::Value;

use crate::imports::source;
use crate::util::{BLUE, Dir, RED};

/// The share of every choice, by its name in metadata.
fn shares(dir: &Dir, project: &str) -> Vec<(String, f64)> {
    let survey: Value =
        serde_json::from_str(&dir.run(["check", project, "--count", "1", "--json"]).ok().stdout())
            .expect("JSON");
    let list = survey["possible"]["shares"].as_array().expect("shares").iter();
    let mut shares: Vec<(String, f64)> = list
        .map(|share| {
            (share["name"].as_str().expect("a name").to_owned(), share["expected"].as_f64().expect("a share"))
        })
        .collect();
    shares.sort_by(|a, b| a.0.cmp(&b.0));
    shares
}

#[test]
fn what_is_exported_is_imported_as_it_was() {
    for name in ["01", "02", "03", "05", "09", "10"] {
        let dir = Dir::empty();
        dir.run(["import", source(name).to_str().expect("a path"), "-o", "p"]).ok();
        dir.run(["export", "hashlips", "p", "-o", "h"]).ok();
        dir.run(["import", "h", "-o", "q"]).ok();
        let (before, after) = (shares(&dir, "p"), shares(&dir, "q"));
        assert_eq!(before.len(), after.len(), "{name}: {before:?} {after:?}");
        for (before, after) in before.iter().zip(&after) {
            let same = before.0.replace('-', "_") == after.0 && (before.1 - after.1).abs() < 1e-9;
            assert!(same, "{name}: {before:?} became {after:?}");
        }
        let setting = |project: &str, key: &str| {
            let text = String::from_utf8(dir.read(format!("{project}/collection.toml"))).expect("text");
            let table: toml::Table = text.parse().expect("TOML");
            table.get(key).cloned()
        };
        for key in ["name", "description", "base_uri", "size", "count", "background", "fit"] {
            // A project without a size has that of its art.
            if setting("p", key).is_some() {
                assert_eq!(setting("p", key), setting("q", key), "{name}: {key}");
            }
        }
    }
}

#[test]
fn chances_and_absence_become_a_transparent_picture_and_what_is_lost_is_named() {
    let dir = Dir::empty();
    dir.picture("p/layers/Back/Red-ish.png", RED);
    dir.picture("p/layers/Back/Blue#0.5.png", BLUE);
    dir.picture("p/layers/Hat/Cap.png", BLUE);
    dir.picture("p/layers/Hat/7.png", RED);
    dir.write("p/layers/Hat/None#2", "");
    dir.write(
        "p/collection.toml",
        "count = 3\n[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\nchance = 0.75\n\
         [[rules]]\nforbid = [\"Back/Blue\", \"Hat/Cap\"]\n",
    );
    let said = dir.run(["export", "hashlips", "p", "-o", "h"]).ok().stdout();
    assert!(said.contains("rules 1: rules between traits have no place there"), "{said}");
    assert!(said.contains("Back/Red-ish Red-ish: it is called Red_ish there"), "{said}");
    let files: Vec<String> =
        dir.files("h/layers").into_keys().map(|path| path.to_string_lossy().replace('\\', "/")).collect();
    // A quarter is absent at once; of the rest a half is.
    assert_eq!(
        files,
        ["Back/Blue#1.png", "Back/Red_ish#2.png", "Hat/7#3.png", "Hat/Cap#3.png", "Hat/None#10.png"]
    );
    let none = image::open(dir.path("h/layers/Hat/None#10.png")).expect("a picture").to_rgba8();
    assert!(none.dimensions() == (8, 8) && none.pixels().all(|pixel| pixel.0[3] == 0));
    assert!(dir.exists("h/EXPORT.md") && dir.exists("h/src/config.js"));
    let ran = dir.run(["export", "hashlips", "p", "-o", "h"]);
    ran.exited(2);
    assert!(ran.stderr().contains("already exists"), "{}", ran.stderr());
}
