//! `metadata` before an upload: `--cid`, `--save`, the folder of Metaplex's Sugar, and documents before a reveal.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::metadata::told;
use crate::util::{Dir, RED, VEIL};
use crate::verify::{collection, finds, found, owned};

const CID: &str = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

/// The names of the files in a folder.
fn names(dir: &Dir, folder: &str) -> BTreeSet<String> {
    dir.files(folder).into_keys().map(|name| name.to_str().unwrap().to_owned()).collect()
}

#[test]
fn a_cid_becomes_the_address_of_all_pictures_and_with_save_that_of_the_project() {
    let dir = collection();
    let toml = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    let commented = format!("# Mine\n{toml}# the end\n");
    dir.write("p/collection.toml", &commented);
    for pasted in [CID.to_owned(), format!("ipfs://{CID}/")] {
        dir.run(["metadata", "out", "--cid", &pasted]).ok();
        assert_eq!(dir.json("out/json/4.json")["image"], format!("ipfs://{CID}/4.png"));
    }
    assert_eq!(dir.read("p/collection.toml"), commented.as_bytes());
    // The key and the value that make the project agree.
    let (problems, said) = found(&dir, &["--project", "p"]);
    assert_eq!(problems, owned(&[("manifest.json", "metadata")]));
    let what = said["problems"][0]["what"].as_str().unwrap();
    let key = format!("base_uri = \"ipfs://{CID}/\"");
    assert!(what.ends_with(&format!("base_uri; to keep it, change collection.toml: {key}")), "{what}");
    let arguments =
        ["metadata", "out", "--project", "p", "--save", "--cid", CID, "--collection-name", "Cats"];
    dir.run(arguments.iter().chain(&["--metadata", "csv,erc721"]))
        .ok()
        .says("name, base_uri, standard saved in p/collection.toml");
    let saved = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    let expected = commented
        .replace("\"Test\"", "\"Cats\"")
        .replace("duplicates = true\n", &format!("duplicates = true\n{key}\n"))
        .replace("# the end\n", "\n[metadata]\nstandard = [\"erc721\", \"csv\"]\n# the end\n");
    assert_eq!(saved, expected);
    finds(&dir, &["--project", "p", "--sample", "all"], &[]);
    dir.run(["generate", "p", "--out", "again", "--provenance"]).ok();
    assert_eq!(dir.files("out"), dir.files("again"));
    // A refusal changes neither.
    let name = "N".repeat(65);
    dir.run([
        "metadata",
        "out",
        "--project",
        "p",
        "--save",
        "--metadata",
        "cardano",
        "--collection-name",
        &name,
    ])
    .exited(1);
    assert_eq!(dir.read("p/collection.toml"), saved.as_bytes());
    assert_eq!(dir.files("out"), dir.files("again"));
}

#[test]
fn a_cid_of_other_pictures_is_noted_and_the_right_one_is_not() {
    let dir = collection();
    let right = dir.run(["cid", "out/images"]).ok().stdout().trim().to_owned();
    let ran = dir.run(["metadata", "out", "--cid", CID]);
    ran.ok().warns(&format!(
        "note: {CID} is not the address that `traitpress cid` computes for out/images, {right}; "
    ));
    let ran = dir.run(["metadata", "out", "--cid", &right]);
    assert!(!ran.ok().stderr().contains("note:"), "{}", ran.stderr());
    // An address of version 0 is that of other blocks, so it cannot be compared.
    let ran = dir.run(["metadata", "out", "--cid", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"]);
    assert!(!ran.ok().stderr().contains("note:"), "{}", ran.stderr());
}

#[test]
fn a_finished_collection_gets_metaplex_documents_by_the_layout_of_sugar() {
    let dir = collection();
    let first =
        "the first item is number 3, and metaplex starts at 0; make a folder for Sugar with --layout sugar";
    for project in [&[][..], &["--project", "p"]] {
        let refused = dir.run([&["metadata", "out", "--metadata", "metaplex"], project].concat());
        refused.exited(1).warns(first);
        assert!(!refused.stderr().contains("start = 0"), "{}", refused.stderr());
    }
    dir.run(["metadata", "out", "--layout", "sugar"]).ok();
}

#[test]
fn verify_lists_every_key_that_differs() {
    let dir = told("");
    dir.run(["generate", "p"]).ok();
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    let changed = text
        .replace("description = \"Two\\nlines\"\n", "")
        .replace("symbol = \"TST\"\n", "")
        .replace("number_width = 3\n", "show_absent = \"None\"\n")
        .replace("Born = 1700000000", "Born = 17");
    dir.write("p/collection.toml", changed);
    let (_, said) = found(&dir, &["--project", "p"]);
    let problems = said["problems"].as_array().unwrap();
    let what: Vec<&str> = problems
        .iter()
        .filter(|one| one["kind"] == "metadata")
        .map(|one| one["what"].as_str().unwrap())
        .collect();
    let keys = "description = \"Two\\nlines\", [metadata] attributes, [metadata] number_width = 3, remove [metadata] show_absent, \
                [metadata] symbol = \"TST\"";
    assert!(what.len() == 1 && what[0].ends_with(keys), "{what:#?}");
}

#[test]
fn arguments_that_do_not_fit_each_other_are_refused() {
    let dir = collection();
    let before = dir.files("");
    let refused = |arguments: &[&str], words: &[&str]| {
        dir.run(["metadata", "out"].iter().chain(arguments)).refused(2, &[words]);
    };
    for (wrong, why) in [
        ("bafy", "this is not a CID"),
        ("https://x.org", "this is not a CID"),
        (
            "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
            "give that of the folder of pictures",
        ),
    ] {
        dir.run(["metadata", "out", "--cid", wrong]).exited(2).warns(why);
    }
    dir.run(["metadata", "out", "--cid", CID, "--base-uri", "x"]).exited(2).warns("cannot be used with");
    dir.run(["metadata", "out", "--cid", CID, "--save"]).exited(2).warns("--project");
    refused(&["--project", "p", "--save"], &["--save has nothing to save", "--cid"]);
    refused(&["--out", "x"], &["--out needs --layout sugar or --pre-reveal"]);
    refused(&["--layout", "sugar", "--cid", CID], &["--layout sugar allows no --cid"]);
    refused(&["--layout", "sugar", "--metadata", "csv"], &["--layout sugar allows no --metadata"]);
    refused(&["--layout", "sugar", "--pre-reveal", "p/ones/King.png"], &["hiddenSettings", "leave out"]);
    refused(&["--pre-reveal", "nothing.png"], &["nothing.png: there is no such file", "https://"]);
    dir.run(["metadata", "out", "--pre-reveal", "p/collection.toml"]).refused(1, &[&["p/collection.toml"]]);
    dir.run(["metadata", "p", "--layout", "sugar"]).refused(2, &[&["p: the folder has no manifest.json"]]);
    // Nothing is left of what was begun.
    assert_eq!(dir.files(""), before);
}

#[test]
fn sugar_gets_its_assets_whatever_the_collection_is() {
    // Named by traits, in two sizes, numbered from 3 with a hole, one-of-ones among them.
    let dir = collection();
    dir.run(["generate", "p", "--force", "--name", "{Back}-{edition}", "--output-size", "16,4"]).ok();
    dir.run(["remove", "out", "4", "--project", "p"]).ok();
    let before = dir.files("out");
    dir.run(["metadata", "out", "--layout", "sugar", "--description", "All"])
        .ok()
        .says("8 pictures and documents");
    assert_eq!(dir.files("out"), before);
    let mut expected: BTreeSet<String> =
        (0..8).flat_map(|n| [format!("{n}.png"), format!("{n}.json")]).collect();
    expected.extend(["collection.png", "collection.json"].map(str::to_owned));
    assert_eq!(names(&dir, "assets"), expected);
    let editions = [3, 5, 6, 7, 8, 9, 10, 11];
    let manifest = dir.json("out/manifest.json");
    for (number, edition) in editions.into_iter().enumerate() {
        let document = dir.json(format!("assets/{number}.json"));
        let image = format!("{number}.png");
        assert_eq!((&document["image"], &document["description"]), (&json!(image), &json!("All")));
        assert_eq!(document["properties"]["files"][0]["uri"], image);
        let own = dir.json(format!("out/json/{edition}.json"));
        assert_eq!(
            (&document["name"], &document["attributes"].as_array().unwrap().len()),
            (&own["name"], &own["attributes"].as_array().unwrap().len())
        );
        let listed = manifest["files"].as_array().unwrap().iter();
        let mut listed = listed.filter(|file| file["edition"] == edition);
        let picture = listed.next().unwrap()["name"].as_str().unwrap();
        assert!(picture.starts_with("images/16/"), "{picture}");
        assert_eq!(dir.read(format!("assets/{image}")), dir.read(format!("out/{picture}")));
    }
    assert_eq!(dir.json("assets/collection.json")["image"], "collection.png");
    assert_eq!(dir.read("assets/collection.png"), dir.read("assets/0.png"));
    // A folder with contents is nobody's to replace.
    let assets = dir.files("assets");
    dir.run(["metadata", "out", "--layout", "sugar"])
        .refused(2, &[&["assets: this is not an empty folder", "choose another --out"]]);
    assert_eq!(dir.files("assets"), assets);
    // The project's own picture of the collection, in a folder that is there and empty.
    dir.picture("p/cover.png", VEIL);
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    dir.write("p/collection.toml", text + "[metadata]\ncollection_image = \"cover.png\"\n");
    std::fs::create_dir(dir.path("mine")).unwrap();
    dir.run(["metadata", "out", "--layout", "sugar", "--project", "p", "--out", "mine"]).ok();
    assert_eq!(dir.read("mine/collection.png"), dir.read("p/cover.png"));
    // What Metaplex does not allow.
    let name = "N".repeat(40);
    dir.run(["metadata", "out", "--layout", "sugar", "--out", "no", "--collection-name", &name])
        .exited(1)
        .warns("metaplex allows 32");
    assert!(!dir.exists("no"));
    let hidden = std::fs::read_dir(dir.root())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'));
    assert_eq!(hidden.count(), 0, "a temporary folder is left");
}

#[test]
fn documents_before_a_reveal_give_nothing_away() {
    let dir = told("");
    dir.run(["generate", "p", "--metadata", "erc721,csv"]).ok();
    let before = dir.files("out");
    dir.picture("box.png", RED);
    let cid = dir.run(["cid", "box.png"]).ok().stdout();
    let address = format!("ipfs://{}", cid.trim());
    dir.run(["metadata", "out", "--pre-reveal", "box.png"])
        .ok()
        .says(&format!("8 documents, all with the picture {address}"));
    assert_eq!(dir.files("out"), before);
    let mut expected: BTreeSet<String> = (0..8).map(|n| format!("{n}.json")).collect();
    expected.insert("pre-reveal.png".to_owned());
    assert_eq!(names(&dir, "pre-reveal"), expected);
    assert_eq!(dir.read("pre-reveal/pre-reveal.png"), dir.read("box.png"));
    for edition in 0..8 {
        // One-of-ones included, of which number 5 is one.
        let expected = json!({
            "name": format!("Test #{edition:03}"), "description": "Two\nlines", "image": address, "edition": edition,
            "external_url": format!("https://x/{edition:03}"), "background_color": "ffaa00", "attributes": [],
        });
        assert_eq!(dir.json(format!("pre-reveal/{edition}.json")), expected);
    }
    dir.run(["metadata", "out", "--pre-reveal", "ar://abc", "--metadata", "tezos", "--out", "a/t"])
        .exited(1)
        .warns("creators");
    assert!(!dir.exists("a"));
    dir.run(["metadata", "out", "--pre-reveal", "ar://abc", "--collection-name", "Soon", "--out", "a/t"])
        .ok();
    let document = dir.json("a/t/0.json");
    assert_eq!((&document["name"], &document["image"]), (&json!("Soon #000"), &Value::from("ar://abc")));
    assert!(!dir.files("a/t").contains_key(&PathBuf::from("pre-reveal.png")));
}

#[test]
fn documents_before_a_reveal_have_the_type_of_the_picture_in_every_standard() {
    let dir = collection();
    let gif = dir.path("box.gif");
    image::RgbaImage::new(2, 2).save(&gif).unwrap();
    dir.run([
        "metadata",
        "out",
        "--pre-reveal",
        "box.gif",
        "--metadata",
        "metaplex",
        "--base-uri",
        "https://x.org/",
        "--out",
        "m",
    ])
    .ok();
    let document = dir.json("m/5.json");
    let file = json!([{ "uri": "https://x.org/pre-reveal.gif", "type": "image/gif" }]);
    assert_eq!(
        (&document["image"], &document["properties"]["files"]),
        (&json!("https://x.org/pre-reveal.gif"), &file)
    );
    assert_eq!((&document["name"], &document["attributes"]), (&json!("Test #5"), &json!([])));
    dir.run(["metadata", "out", "--pre-reveal", "ar://abc/box.webp?x", "--metadata", "tezos", "--out", "t"])
        .ok();
    let document = dir.json("t/5.json");
    let formats = json!([{ "uri": "ar://abc/box.webp?x", "mimeType": "image/webp" }]);
    assert_eq!((&document["displayUri"], &document["formats"]), (&json!("ar://abc/box.webp?x"), &formats));
}
