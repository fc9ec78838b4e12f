//! The files of a collection, recomputed from what stands beside them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::Digest;

use crate::require::found;
use crate::util::{Dir, RED};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_manifest_lists_exactly_the_files_with_sizes_and_digests() {
    let dir = Dir::with_busy_project();
    let ran = dir.run(["generate", "p"]);
    ran.ok().says("40 items").says("written to out");
    let manifest = dir.json("out/manifest.json");
    let mut files = dir.files("out");
    files.remove(std::path::Path::new("manifest.json")).unwrap();
    let listed = manifest["files"].as_array().unwrap();
    let mut collection = blake3::Hasher::new();
    for entry in listed {
        let name = entry["name"].as_str().unwrap();
        let bytes = files.remove(std::path::Path::new(name)).expect("each file is listed once");
        let digest = blake3::hash(&bytes).to_hex();
        assert_eq!(entry["bytes"], bytes.len(), "{name}");
        assert_eq!(entry["blake3"], digest.as_str(), "{name}");
        assert_eq!(entry["sha256"], Value::Null, "{name}: only on request");
        collection.update(format!("{name} {} {digest}\n", bytes.len()).as_bytes());
    }
    assert_eq!(
        files.into_keys().collect::<Vec<_>>(),
        [""; 0].map(std::path::PathBuf::from),
        "nothing is unlisted"
    );
    let collection = collection.finalize().to_hex();
    assert_eq!(manifest["collection"], collection.as_str());
    assert_eq!(ran.told("collection:"), collection.as_str());

    assert_eq!(manifest["format"], "traitpress-manifest/1");
    assert_eq!(manifest["program"], concat!("traitpress ", env!("CARGO_PKG_VERSION")));
    assert_eq!(
        (&manifest["seed"], &manifest["start"], &manifest["count"]),
        (&json!(11), &json!(1), &json!(40))
    );
    assert_eq!(manifest["plan"], blake3::hash(&dir.read("out/plan.json")).to_hex().as_str());
    for key in ["configuration", "art"] {
        assert_eq!(manifest[key].as_str().unwrap().len(), 64, "{key}");
    }
    assert!(manifest["recipe"].is_object());
    let keys: BTreeSet<&str> = manifest.as_object().unwrap().keys().map(String::as_str).collect();
    let known = [
        "art",
        "collection",
        "configuration",
        "count",
        "files",
        "format",
        "manifest",
        "ones",
        "parts",
        "plan",
        "program",
        "reading",
        "recipe",
        "seed",
        "start",
        "traits",
    ];
    assert_eq!(manifest["traits"].as_array().unwrap().len(), 17);
    assert_eq!(keys, BTreeSet::from(known));
    let text = String::from_utf8(dir.read("out/manifest.json")).unwrap();
    let before = text.find("\"manifest\": ").expect("it is the last line");
    let digest = blake3::hash(&text.as_bytes()[..before]).to_hex();
    assert_eq!(text[before..], format!("\"manifest\": \"{digest}\"\n}}\n"));
    // Nothing of the machine or of the time.
    assert!(!text.contains(&*dir.root().to_string_lossy()), "no path");
}

#[test]
fn provenance_is_the_hash_of_the_images_hashes_in_edition_order() {
    let dir = Dir::with_busy_project();
    let ran = dir.run(["generate", "p", "--provenance", "--count", "12"]);
    ran.ok();
    let manifest = dir.json("out/manifest.json");
    let recorded = |name: &str| {
        let files = manifest["files"].as_array().unwrap();
        files.iter().find(|file| file["name"] == name).unwrap()["sha256"].clone()
    };
    let mut concatenated = String::new();
    for edition in 1..=12 {
        let name = format!("images/{edition}.png");
        let digest = hex(&sha2::Sha256::digest(dir.read(format!("out/{name}"))));
        assert_eq!(recorded(&name), digest.as_str());
        assert_eq!(recorded(&format!("json/{edition}.json")), Value::Null);
        concatenated += &digest;
    }
    let provenance = hex(&sha2::Sha256::digest(concatenated));
    assert_eq!(manifest["provenance"], provenance.as_str());
    assert_eq!(ran.told("provenance:"), provenance);
    // It says something of the collection, and changes nothing in it.
    let plain = dir.run(["generate", "p", "--count", "12", "--out", "plain"]).ok().told("collection:");
    assert_eq!(plain, ran.told("collection:"));
}

#[test]
fn metadata_is_what_marketplaces_read() {
    let dir = Dir::with_project();
    dir.write(
        "p/collection.toml",
        "name = \"Test \\\"Cats\\\"\"\ndescription = \"Two\\nlines\"\nbase_uri = \"ipfs://CID/\"\nstart = 0\nseed = 1\ncount = 6\n",
    );
    dir.run(["generate", "p"]).ok();
    let plan = dir.json("out/plan.json");
    let all = dir.json("out/json/_metadata.json");
    assert_eq!(all.as_array().unwrap().len(), 6);
    for edition in 0..6usize {
        let row = &plan["items"][edition];
        let shown = plan["layers"].as_array().unwrap().iter().zip(row.as_array().unwrap());
        let attributes: Vec<Value> = shown
            .filter(|(_, value)| !value.is_null())
            .map(|(layer, value)| json!({"trait_type": layer, "value": value}))
            .collect();
        let wanted = json!({
            "name": format!("Test \"Cats\" #{edition}"),
            "description": "Two\nlines",
            "image": format!("ipfs://CID/{edition}.png"),
            "edition": edition,
            "attributes": attributes,
        });
        assert_eq!(dir.json(format!("out/json/{edition}.json")), wanted);
        assert_eq!(all[edition], wanted);
    }
    assert!(dir.exists("out/images/0.png") && !dir.exists("out/images/6.png"));
}

#[test]
fn without_a_base_uri_the_image_is_found_beside_the_metadata() {
    let dir = Dir::with_project();
    dir.run(["generate", "p"]).ok();
    assert!(!dir.exists("out/images/0.png"), "editions begin at 1");
    for edition in 1..=4 {
        let document = dir.json(format!("out/json/{edition}.json"));
        let image = document["image"].as_str().unwrap();
        assert!(dir.path("out/json").join(image).exists(), "{image}");
        assert_eq!(document["name"], format!("Test #{edition}"));
        assert_eq!(document["description"], "");
    }
}

#[test]
fn pictures_show_the_traits_that_their_metadata_names() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--count", "6"]).ok();
    for edition in 1..=6 {
        let picture = image::open(dir.path(format!("out/images/{edition}.png"))).unwrap().into_rgba8();
        let document = dir.json(format!("out/json/{edition}.json"));
        let shown = |layer: &str| {
            let attributes = document["attributes"].as_array().unwrap();
            let found = attributes.iter().find(|attribute| attribute["trait_type"] == layer);
            found.map(|attribute| attribute["value"].as_str().unwrap().to_owned())
        };
        let back = if shown("Back").unwrap() == "Red" { [200, 30, 30, 255] } else { [20, 40, 220, 255] };
        assert_eq!(picture.get_pixel(0, 0).0, back, "{edition}");
        let middle = match shown("Hat").as_deref() {
            None => back,
            Some("Crown") => [10, 200, 90, 255],
            Some(_) => {
                // Source-over of premultiplied channels, each product rounded.
                let product = |x: u8, y: u8| (u32::from(x) * u32::from(y) * 2 + 255) / 510;
                let veil = [250, 240, 10, 90];
                let over = |i: usize| (product(veil[i], veil[3]) + product(back[i], 255 - veil[3])) as u8;
                [over(0), over(1), over(2), 255]
            }
        };
        assert_eq!(picture.get_pixel(4, 4).0, middle, "{edition}");
    }
}

#[test]
fn statistics_tell_what_the_run_did() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--stats", "stats.json", "--threads", "2"]).ok();
    let stats = dir.json("stats.json");
    let number =
        |pointer: &str| stats.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer}"));
    assert_eq!(number("/items"), 40.0);
    assert!(number("/items_per_second") > 0.0);
    let stages = ["decode", "select", "press"].map(|stage| number(&format!("/seconds/{stage}")));
    assert!(stages.iter().all(|seconds| (0.0..60.0).contains(seconds)), "{stats:#}");
    assert!(number("/seconds/total") >= stages[2], "{stats:#}");
    let processor = |stage: &str| number(&format!("/processor/{stage}/seconds"));
    assert!(processor("press") > 0.0 && processor("total") > processor("press"), "{stats:#}");
    // Two threads press, and one watches.
    assert!(processor("press") <= 3.0 * stages[2] + 0.1, "{stats:#}");
    #[cfg(unix)]
    assert!(number("/processor/total/system") <= processor("total"), "{stats:#}");
    let bytes: usize = dir.files("out/images").values().map(Vec::len).sum();
    assert_eq!(number("/bytes"), bytes as f64);
    for what in ["tiles", "spans"] {
        let (wanted, distinct) = (number(&format!("/{what}/wanted")), number(&format!("/{what}/distinct")));
        assert!(distinct >= 1.0 && distinct < wanted, "{what}: {stats:#}");
    }
    // 200 x 150 is 4 x 5 tiles.
    assert_eq!(number("/tiles/wanted"), 40.0 * 20.0);
    assert!(number("/memory/process_peak") > 1e6);
    assert_eq!(stats["backend"], "cpu");

    dir.run(["generate", "p", "--stats", "stats.json", "--encoder", "plain", "--force"]).ok();
    assert_eq!(dir.json("stats.json")["encoder"], "plain", "the file is replaced");
}

#[test]
fn a_second_reader_finds_every_file_right() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p"]).ok();
    let mut pngcheck = std::process::Command::new("pngcheck");
    pngcheck.arg("-q").args((1..=40).map(|edition| dir.path(format!("out/images/{edition}.png"))));
    match pngcheck.output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => {
            found(false, &format!("pngcheck cannot be run ({error})"), "pngcheck");
        }
    }
}

#[test]
fn a_collection_of_one_pixel_is_a_collection() {
    let dir = Dir::empty();
    dir.sized("p/layers/A/Dot.png", [1, 1], RED);
    dir.run(["generate", "p", "--count", "1"]).ok().says("1 item in ");
    assert_eq!(image::open(dir.path("out/images/1.png")).unwrap().into_rgba8().get_pixel(0, 0).0, RED);
}

#[test]
fn statistics_replace_statistics_and_nothing_else() {
    let dir = Dir::with_project();
    let generate = |stats: &'static str| ["generate", "p", "--force", "--stats", stats];
    dir.run(generate("stats.json")).ok();
    dir.run(generate("stats.json")).ok();
    let whole = dir.files("out");
    for stats in ["out/stats.json", "out/manifest.json", "out/images/1.png"] {
        dir.run(generate(stats)).refused(2, &[&[stats, "this lies in out, the collection's location"]]);
        assert!(dir.files("out") == whole);
    }
    dir.write("notes.json", "{\"items\": [1]}");
    dir.write("notes.txt", "mine");
    for (stats, text) in [("notes.json", "{\"items\": [1]}"), ("notes.txt", "mine")] {
        dir.run(generate(stats)).refused(2, &[&[stats, "contains no statistics", "another --stats"]]);
        assert_eq!(dir.read(stats), text.as_bytes());
    }
}
