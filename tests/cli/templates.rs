//! `--name`: pictures that are called by their traits, from pressing through every command that reads them again.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::util::{BLUE, Dir, RED};
use crate::verify::{finds, found, owned, rewrite};

/// What the items' plan says that they show.
fn rows(dir: &Dir, plan: &str) -> Vec<Vec<Option<String>>> {
    serde_json::from_value(dir.json(plan)["items"].clone()).expect("rows")
}

/// The names of the files in a folder, sorted.
fn names(dir: &Dir, folder: &str) -> Vec<String> {
    let files = dir.files(folder);
    files.keys().map(|path| path.to_str().expect("text").to_owned()).collect()
}

/// A project of all four items with backs and hats, one of whose names needs escapes in an address.
fn four() -> Dir {
    let dir = Dir::empty();
    dir.picture("p/layers/Back/Red.png", RED);
    dir.picture("p/layers/Back/Café 50%.png", BLUE);
    dir.square("p/layers/Hat/Crown.png", RED);
    dir.write("p/layers/Hat/none.png", "");
    dir.write("p/collection.toml", "name = \"Four\"\nseed = 1\ncount = 4\n");
    dir
}

const FOUR: [&str; 4] = ["Café 50%-Crown.png", "Café 50%-none.png", "Red-Crown.png", "Red-none.png"];

#[test]
fn pictures_are_called_by_their_traits_and_all_commands_find_them() {
    let dir = four();
    let digest = dir.run(["generate", "p", "--name", "{Back}-{Hat}"]).ok().told("collection:");
    assert_eq!(names(&dir, "out/images"), FOUR);
    assert_eq!(
        names(&dir, "out/json"),
        ["1.json", "2.json", "3.json", "4.json", "_metadata.json"],
        "contracts ask for metadata by number"
    );
    dir.run(["generate", "p", "--out", "numbers"]).ok();
    for (row, edition) in rows(&dir, "out/plan.json").iter().zip(1..) {
        let name = |place: usize| row[place].as_deref().unwrap_or("none");
        let file = format!("out/images/{}-{}.png", name(0), name(1));
        assert!(dir.read(&file) == dir.read(format!("numbers/images/{edition}.png")), "{file}");
        let escaped = file.replace('%', "%25").replace('é', "%C3%A9").replace(' ', "%20");
        let image = dir.json(format!("out/json/{edition}.json"))["image"].clone();
        assert_eq!(image, escaped.replace("out/", "../"));
    }
    finds(&dir, &["--decode", "--expect", &digest], &[]);
    finds(&dir, &["--project", "p", "--sample", "all"], &[]);
    finds(&dir, &["--project", "p", "--sample", "2"], &[]);
    dir.run(["report", "out", "--html", "page.html"]).ok();
    dir.run(["sheet", "out", "--atlas", "-o", "atlas.png"]).ok();
    let frames = dir.json("atlas.json");
    let frames: BTreeSet<&str> = frames["frames"].as_object().unwrap().keys().map(String::as_str).collect();
    assert!(frames.into_iter().eq(FOUR));
    dir.run(["sheet", "out", "--pick", "rarest", "--count", "3", "-o", "sheet.png"]).ok();
    // In archives as in the folder.
    dir.run(["generate", "p", "--name", "{Back}-{Hat}", "--out", "a.tar"]).ok();
    fs::create_dir(dir.path("got")).unwrap();
    let unpacked = Command::new("tar").args(["-xf", "a.tar", "-C", "got"]).current_dir(dir.root()).status();
    assert!(unpacked.unwrap().success());
    assert!(dir.files("got") == dir.files("out"));
    // The configuration can say it, too, and then it is the project's.
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    dir.write("p/collection.toml", text + "[metadata]\nfile_name = \"{Back}-{Hat}\"\n");
    dir.run(["check", "p"]).ok();
    dir.run(["generate", "p", "--out", "again"]).ok();
    assert!(dir.files("again") == dir.files("out"));
    // Of 10,000 the last stands behind the others.
    dir.run(["generate", "p", "--count", "2", "--name", "{edition:05}", "--out", "five"]).ok();
    assert_eq!(names(&dir, "five/images"), ["00001.png", "00002.png"]);
}

#[test]
fn names_that_cannot_be_are_refused_before_anything_is_written() {
    let dir = four();
    for (name, words) in [
        (
            "{Back}",
            &["--name \"{Back}\" gives items", "the same name, \"", "add {edition} or more layers"][..],
        ),
        ("{Bakc}", &["which is not a layer", "did you mean {Back}?"]),
        ("x/{edition}", &["\"/\"", "all pictures are in one folder"]),
        ("{edition", &["an unmatched { or }"]),
    ] {
        dir.run(["generate", "p", "--name", name]).refused(1, &[words]);
        assert!(!dir.exists("out"), "{name}");
    }
    let metaplex = ["generate", "p", "--name", "{Back}-{Hat}", "--metadata", "metaplex"];
    let counted: &[&str] = &["the first item is number 1"];
    dir.run(metaplex).refused(1, &[&["metaplex requires pictures named by number", "--name"], counted]);
    assert!(!dir.exists("out"));
    // What only one of the file systems in the world takes for one name.
    dir.picture("p/layers/Back/red.png", BLUE);
    dir.run(["generate", "p", "--count", "6", "--name", "{Back}-{Hat}"])
        .refused(1, &[&["which differ only in case"]]);
    assert!(!dir.exists("out"));
    dir.write("p/collection.toml", "count = 6\n[metadata]\nfile_name = \"{Hut}\"\n");
    dir.run(["check", "p"]).refused(1, &[&["collection.toml", "{Hut}", "did you mean {Hat}?"]]);
}

#[test]
fn an_earlier_collection_is_replaced_or_gone_on_with_by_the_names_it_has() {
    let dir = four();
    let named = ["generate", "p", "--name", "{Back}-{Hat}"];
    dir.run(named).ok();
    let whole = dir.files("out");
    // A file that has the name of one to be made, and is not ours, stays.
    dir.picture("out/images/mine.png", RED);
    dir.run(["generate", "p", "--count", "1", "--name", "mine", "--force"])
        .refused(2, &[&["mine.png", "not listed in the manifest", "move it elsewhere"]]);
    dir.run(["verify", "out"]).exited(1);
    fs::remove_file(dir.path("out/images/mine.png")).unwrap();
    // Other names: those of before go.
    dir.run(["generate", "p", "--force"]).ok();
    assert_eq!(names(&dir, "out/images"), ["1.png", "2.png", "3.png", "4.png"]);
    dir.run([&named[..], &["--force"]].concat()).ok();
    assert!(dir.files("out") == whole);
    // To go on is to call them the same.
    dir.run(["generate", "p", "--resume"]).refused(2, &[&["since the run started: the names of pictures"]]);
    fs::write(dir.path("out/images/Red-none.png"), "spoilt").unwrap();
    fs::remove_file(dir.path("out/images/Red-Crown.png")).unwrap();
    dir.run([&named[..], &["--resume"]].concat()).ok();
    assert!(dir.files("out") == whole);
    dir.square("p/layers/Hat/Crown.png", BLUE);
    dir.run([&named[..], &["--update"]].concat()).ok();
    dir.run([&named[..], &["--out", "fresh"]].concat()).ok();
    assert!(dir.files("out") == dir.files("fresh"));
}

#[test]
fn new_metadata_speaks_of_pictures_as_they_are_called() {
    let dir = four();
    dir.run(["generate", "p", "--name", "{Back}-{Hat}"]).ok();
    let (fresh, images) = (dir.files("out"), dir.files("out/images"));
    dir.run(["metadata", "out", "--base-uri", "ipfs://CID", "--metadata", "csv,jsonl,cardano"])
        .refused(1, &[&["policy_id"]]);
    dir.run(["metadata", "out", "--base-uri", "ipfs://CID", "--metadata", "csv,jsonl"]).ok();
    assert!(dir.files("out/images") == images);
    let table = String::from_utf8(dir.read("out/metadata.csv")).unwrap();
    let lines = String::from_utf8(dir.read("out/metadata.jsonl")).unwrap();
    for name in ["Caf%C3%A9%2050%25-Crown.png", "Red-none.png"] {
        assert!(table.contains(&format!("ipfs://CID/{name}")), "{table}");
        assert!(lines.contains(&format!("\"ipfs://CID/{name}\"")), "{lines}");
    }
    finds(&dir, &[], &[]);
    dir.run(["metadata", "out", "--metadata", "metaplex"])
        .refused(1, &[&["pictures named by number"], &["the first item is number 1"]]);
    // As the project says it; it does not say the names of pictures, and they stay.
    dir.run(["metadata", "out", "--project", "p"]).ok();
    assert!(dir.files("out") == fresh);
}

#[test]
fn a_manifest_that_calls_pictures_otherwise_is_told_of_and_leads_nowhere() {
    let dir = four();
    dir.run(["generate", "p", "--name", "{Back}-{Hat}"]).ok();
    let whole = dir.read("out/manifest.json");
    dir.picture("secret.png", RED);
    for other in ["../secret", "/secret", "a/b", "..", "nul", "x\\\\y", "a\\u0000b"] {
        dir.write("out/manifest.json", &whole);
        rewrite(&dir, "images/Red-none.png", &format!("images/{other}.png"));
        dir.run(["verify", "out"]).refused(1, &[&["manifest.json", "not a valid picture name"]]);
        dir.run(["generate", "p", "--force", "--name", "{Back}-{Hat}"])
            .refused(2, &[&["out/images/Red-none.png", "not listed in the manifest"]]);
        assert!(dir.exists("secret.png"));
    }
    // Two that have changed places, each with its right bytes: only plan and template tell.
    dir.write("out/manifest.json", &whole);
    rewrite(&dir, "images/Red-none.png", "images/Rad-none.png");
    fs::rename(dir.path("out/images/Red-none.png"), dir.path("out/images/Rad-none.png")).unwrap();
    let (problems, said) = found(&dir, &[]);
    assert!(problems.contains(&owned(&[("images/Rad-none.png", "manifest")])[0]), "{said:#}");
    let what = |problem: &Value| problem["what"] == json!("the plan and file_name make it Red-none.png");
    assert!(said["problems"].as_array().unwrap().iter().any(what), "{said:#}");
    // An edition where no template is, and none where one is.
    dir.write("out/manifest.json", &whole);
    rewrite(&dir, "\"edition\": 3, ", "");
    dir.run(["verify", "out"]).refused(1, &[&["manifest.json"]]);
}
