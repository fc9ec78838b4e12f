//! `docs/walkthrough.sh` as an artist runs it: a folder that no one prepared for the program, and twelve commands of which none
//! is refused.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::util::Dir;

#[path = "../../examples/artist_folder.rs"]
#[expect(dead_code, reason = "the example's main reads the arguments, which are the test runner's here")]
mod artist_folder;

#[test]
fn the_artists_way_is_twelve_commands_without_a_refusal() {
    let dir = Dir::empty();
    artist_folder::draw(&dir.path("my art")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/walkthrough.sh");
    let text = std::fs::read_to_string(&script).unwrap();
    let commands = text.lines().filter(|line| line.contains("traitpress ") && !line.starts_with('#')).count();
    assert!(commands <= 12, "{commands} commands");
    let program = Path::new(env!("CARGO_BIN_EXE_traitpress")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.arg(&script).arg("my art").env("PATH", path).current_dir(dir.root());
    let output = command.output().expect("run a shell");
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{wrong}");
    assert!(!wrong.contains("traitpress: ") && !wrong.contains("warning: "), "{wrong}");

    // What came out is what the artist asked for.
    let attributes = |edition: u32| -> Vec<(String, String)> {
        let document = dir.json(format!("drop/json/{edition}.json"));
        let list = document["attributes"].as_array().unwrap().clone();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        list.iter().map(|one| (text(&one["trait_type"]), text(&one["value"]))).collect()
    };
    let has = |edition: u32, layer: &str, value: &str| {
        attributes(edition).iter().any(|(name, of)| name == layer && of == value)
    };
    assert_eq!(dir.files("drop/images").len(), 60);
    assert_eq!(dir.json("drop/json/7.json")["name"], "Golden King");
    let drawn: Vec<u32> = (1..=60).filter(|&edition| edition != 7).collect();
    let different: BTreeSet<_> = drawn.iter().map(|&edition| attributes(edition)).collect();
    assert_eq!(different.len(), 59);
    assert!(drawn.iter().all(|&edition| !(has(edition, "Hat", "Crown") && has(edition, "Body", "Robot"))));
    assert_eq!(drawn.iter().filter(|&&edition| has(edition, "Hat", "Crown")).count(), 3);
    let layers: BTreeSet<String> = attributes(1).into_iter().map(|(layer, _)| layer).collect();
    assert!(layers.is_superset(&["Background", "Body", "Eyes"].map(str::to_owned).into()), "{layers:?}");
    let image = dir.json("drop/json/1.json")["image"].as_str().unwrap().to_owned();
    let cid = image.strip_prefix("ipfs://").and_then(|rest| rest.strip_suffix("/1.png")).expect("an address");
    let settings = String::from_utf8(dir.read("my art/collection.toml")).unwrap();
    assert!(
        cid.starts_with("bafybei") && settings.contains(&format!("base_uri = \"ipfs://{cid}")),
        "{settings}"
    );
    for file in ["sheet.png", "drop-preview.png", "rarity.html", "drop.tar.zst", "my art/preview.png"] {
        assert!(dir.exists(file), "{file}");
    }
}
