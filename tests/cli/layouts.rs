//! Layouts: which folders and names the files of a collection have, and that everything that reads collections finds them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::util::Dir;

/// The files of `out` under the names that the flat layout gives them, but for what names them or their addresses.
fn flattened(files: BTreeMap<PathBuf, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let flat = |name: PathBuf| {
        let name = name.to_str().unwrap().replace('\\', "/");
        let parts: Vec<&str> = name.split('/').filter(|part| !["000", "001", "002"].contains(part)).collect();
        parts.join("/")
    };
    let is_same = |name: &str| name.starts_with("images/") || name == "plan.json";
    files.into_iter().map(|(name, bytes)| (flat(name), bytes)).filter(|(name, _)| is_same(name)).collect()
}

/// A project whose items are numbered so that they are in two folders.
fn project(settings: &str) -> Dir {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", format!("name = \"Test\"\nseed = 7\ncount = 5\nstart = 997\n{settings}"));
    dir
}

#[test]
fn a_thousand_items_share_a_folder_and_have_the_same_pictures() {
    for sizes in [&[][..], &["--output-size", "4,8"]] {
        let dir = project("");
        let run = |out: &str, more: &[&str]| {
            dir.run(["generate", "p", "--out", out].iter().chain(more).chain(sizes)).ok();
        };
        run("flat", &[]);
        run("fan", &["--layout", "fan-out"]);
        assert_eq!(flattened(dir.files("flat")), flattened(dir.files("fan")));
        let folder = if sizes.is_empty() { "images" } else { "images/4" };
        for (name, is_there) in [("000/999.png", true), ("001/1000.png", true), ("999.png", false)] {
            assert_eq!(dir.exists(format!("fan/{folder}/{name}")), is_there, "{name}");
        }
        let document = dir.json("fan/json/001/1000.json");
        assert_eq!(document["image"], format!("../../{folder}/001/1000.png"));
        assert_eq!(dir.json("fan/manifest.json")["layout"], "fan-out");
        assert!(dir.json("flat/manifest.json").get("layout").is_none());
        for arguments in [
            &["verify", "fan", "--project", "p"][..],
            &["report", "fan"],
            &["sheet", "fan", "--output", "sheet.png"],
            &["cid", "fan/images"],
        ] {
            dir.run(arguments).ok();
        }
    }
}

#[test]
fn an_archive_has_the_same_layout_and_digest_as_a_folder() {
    let dir = project("");
    let digest =
        |out: &str| dir.run(["generate", "p", "--layout", "fan-out", "--out", out]).ok().told("collection");
    assert_eq!(digest("fan"), digest("fan.tar"));
    let mut tar = tar::Archive::new(std::fs::File::open(dir.path("fan.tar")).unwrap());
    let names: Vec<String> =
        tar.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
    assert!(names.contains(&"images/001/1000.png".to_owned()), "{names:?}");
}

#[test]
fn a_pool_has_the_same_files_as_a_folder_of_its_layout() {
    for settings in ["", "[metadata]\nfile_name = \"it {edition}\"\n"] {
        let dir = project(settings);
        let digest = |out: &str| {
            let arguments = ["generate", "p", "--layout", "fan-out", "--output-size", "4,8", "--out", out];
            dir.run(arguments).ok().told("collection")
        };
        assert_eq!(digest("fan"), digest("fan.pool"));
        dir.run(["verify", "fan.pool"]).ok();
        dir.run(["unpack", "fan.pool", "--out", "back"]).ok();
        assert!(dir.files("fan") == dir.files("back"));
        dir.run([
            "generate",
            "p",
            "--layout",
            "fan-out",
            "--output-size",
            "4,8",
            "--digests",
            "later",
            "--out",
            "l.pool",
        ])
        .ok();
        dir.run(["verify", "l.pool", "--fill"]).ok();
        dir.run(["verify", "l.pool"]).ok();
    }
}

#[test]
fn runs_are_resumed_updated_and_edited_in_their_layout() {
    let dir = project("");
    dir.run(["generate", "p", "--layout", "fan-out", "--out", "fan", "--first", "2"]).ok();
    // Without the flag the layout is the run's.
    dir.run(["generate", "p", "--out", "fan", "--resume"]).ok();
    dir.run(["generate", "p", "--layout", "fan-out", "--out", "at-once"]).ok();
    assert_eq!(dir.files("fan"), dir.files("at-once"));
    dir.run(["generate", "p", "--out", "fan", "--resume", "--layout", "flat"])
        .refused(2, &[&["--layout flat", "fan-out", "remove --layout"]]);
    dir.run(["generate", "p", "--out", "flat"]).ok();
    dir.run(["generate", "p", "--out", "flat", "--resume", "--layout", "fan-out"])
        .refused(2, &[&["the layout of the run is flat, not fan-out", "--layout flat"]]);

    dir.picture("p/layers/Back/Red.png", [1, 2, 3, 255]);
    dir.run(["generate", "p", "--out", "fan", "--update"]).ok();
    dir.run(["generate", "p", "--layout", "fan-out", "--out", "at-once", "--force"]).ok();
    let pictures = |out: &str| flattened(dir.files(out));
    assert_eq!(pictures("fan"), pictures("at-once"));

    dir.run(["swap", "fan", "997", "1001", "--project", "p"]).ok();
    dir.run(["reroll", "fan", "998", "--project", "p"]).ok();
    // No item is left in the second folder, which goes.
    dir.run(["remove", "fan", "1000,1001", "--project", "p"]).ok();
    assert!(!dir.exists("fan/images/001") && !dir.exists("fan/json/001") && dir.exists("fan/images/000"));
    dir.run(["verify", "fan"]).ok();
    dir.run(["extend", "fan", "--by", "2", "--project", "p"]).ok();
    assert!(dir.exists("fan/images/001/1000.png"));
    dir.run(["verify", "fan"]).ok();
    // All of it can be replaced by the other layout, and nothing is left behind.
    dir.run(["generate", "p", "--out", "fan", "--force"]).ok();
    assert!(
        dir.exists("fan/images/1001.png") && !dir.exists("fan/images/001") && !dir.exists("fan/json/001")
    );
    dir.run(["verify", "fan"]).ok();
}

#[test]
fn metadata_is_rewritten_in_its_folders() {
    let dir = project("");
    dir.run(["generate", "p", "--layout", "fan-out", "--out", "fan"]).ok();
    dir.run(["metadata", "fan", "--base-uri", "ipfs://x/"]).ok();
    assert_eq!(dir.json("fan/json/001/1000.json")["image"], "ipfs://x/001/1000.png");
    dir.run(["verify", "fan"]).ok();
    dir.run(["metadata", "fan", "--metadata", "csv"]).ok();
    let table = String::from_utf8(dir.read("fan/metadata.csv")).unwrap();
    assert!(table.contains("ipfs://x/000/999.png"), "{table}");
    assert!(!dir.exists("fan/json"));
    dir.run(["metadata", "fan", "--metadata", "erc721", "--base-uri", ""]).ok();
    assert_eq!(dir.json("fan/json/001/1000.json")["image"], "../../images/001/1000.png");
    dir.run(["verify", "fan"]).ok();
    dir.run(["metadata", "fan", "--layout", "sugar", "--out", "assets"]).ok();
    assert_eq!(dir.json("assets/4.json")["image"], "4.png");
    assert_eq!(dir.read("assets/4.png"), dir.read("fan/images/001/1001.png"));
}

#[test]
fn names_of_a_template_are_in_the_folders_of_their_editions() {
    let dir = project("");
    let name = ["--name", "{Back}-{edition}"];
    dir.run(["generate", "p", "--layout", "fan-out", "--out", "fan"].iter().chain(&name)).ok();
    let files = dir.files("fan/images");
    let names: Vec<String> = files.keys().map(|name| name.display().to_string().replace('\\', "/")).collect();
    assert!(names.iter().any(|name| name.starts_with("001/") && name.ends_with("-1000.png")), "{names:?}");
    dir.run(["verify", "fan", "--project", "p"]).ok();
    dir.run(
        ["generate", "p", "--layout", "fan-out", "--out", "fan", "--resume", "--count", "6"]
            .iter()
            .chain(&name),
    )
    .ok();
    dir.run(["verify", "fan"]).ok();
}

#[test]
fn what_is_missing_or_extra_in_a_folder_is_found() {
    let dir = project("");
    dir.run(["generate", "p", "--layout", "fan-out", "--out", "fan"]).ok();
    std::fs::remove_dir_all(dir.path("fan/images/001")).unwrap();
    dir.write("fan/images/000/1.txt", "x");
    dir.write("fan/images/007/7000.png", "x");
    dir.write("fan/images/999.png", "x");
    let ran = dir.run(["verify", "fan"]);
    ran.exited_beside_broken_files(1);
    for text in [
        "images/001: it is missing, so the files of 2 items in it were not checked",
        "images/000/1.txt: it is not listed",
        "images/007: this folder is not part",
        "images/999.png: it is not listed",
    ] {
        ran.says(text);
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_or_read_through_a_link() {
    let dir = project("");
    dir.run(["generate", "p", "--layout", "fan-out", "--out", "fan"]).ok();
    let folder = dir.path("fan/images/001");
    std::fs::rename(&folder, dir.path("elsewhere")).unwrap();
    dir.link("../../elsewhere", "fan/images/001");
    let ran = dir.run(["verify", "fan"]);
    ran.exited(1).says("images/001: it is a link");
    dir.run(["generate", "p", "--out", "fan", "--resume", "--count", "6"])
        .refused(2, &[&["images/001", "this is a link"]]);
    dir.run(["generate", "p", "--out", "fan", "--force"]).refused(2, &[&["images/001", "this is a link"]]);
    assert_eq!(dir.files("elsewhere").len(), 2);
}

#[test]
fn a_manifest_names_the_layout_of_its_files() {
    let dir = project("");
    dir.run(["generate", "p", "--layout", "fan-out", "--out", "fan"]).ok();
    let manifest = String::from_utf8(dir.read("fan/manifest.json")).unwrap();
    for (from, to, text) in [
        ("\"layout\": \"fan-out\",\n", "", "is not a valid name here"),
        ("\"fan-out\"", "\"round\"", "unknown variant `round`"),
        ("\"fan-out\"", "\"sugar\"", "is not a valid name here"),
        ("images/001/1000.png", "images/002/1000.png", "is not a valid name here"),
    ] {
        assert!(manifest.contains(from), "{from}");
        dir.write("fan/manifest.json", manifest.replace(from, to));
        dir.run(["verify", "fan"]).refused(1, &[&["manifest.json", text]]);
    }
}
