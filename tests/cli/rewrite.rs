//! `metadata DIR`: metadata is written anew, pictures are not touched, and a stop at any moment loses nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::depth::at_depth;
use crate::metadata::told;
use crate::util::Dir;
use crate::verify::{collection, finds, found, owned, rewrite};

/// The bytes and times of all pictures.
fn pictures(dir: &Dir) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let bytes = dir.files("out/images").into_iter();
    bytes
        .map(|(name, bytes)| {
            let changed = fs::metadata(dir.path("out/images").join(&name)).unwrap().modified().unwrap();
            (name, (bytes, changed))
        })
        .collect()
}

#[test]
fn a_new_address_name_and_text_are_in_every_document_and_pictures_stay_as_they_are() {
    // Without settings, so that everything must be understood from the documents: ones and numbers among them.
    let dir = collection();
    let fresh = dir.files("out");
    let (before, manifest) = (pictures(&dir), dir.json("out/manifest.json"));
    let ran = dir.run([
        "metadata",
        "out",
        "--base-uri",
        "ipfs://NEW/",
        "--collection-name",
        "Cats \"2\"",
        "--description",
        "New\ntext",
    ]);
    ran.ok().says("metadata written to out");
    assert_eq!(pictures(&dir), before);
    let after = dir.json("out/manifest.json");
    assert_eq!(ran.told("collection:"), after["collection"].as_str().unwrap());
    assert_ne!(after["collection"], manifest["collection"]);
    for key in ["provenance", "plan", "art", "recipe", "configuration", "seed", "start", "count"] {
        assert_eq!(after[key], manifest[key], "{key}");
    }
    let images = |manifest: &Value| -> Vec<Value> {
        let files = manifest["files"].as_array().unwrap().iter();
        files.filter(|file| file["name"].as_str().unwrap().starts_with("images/")).cloned().collect()
    };
    assert_eq!(images(&after), images(&manifest));
    for edition in 3..12 {
        let old: Value =
            serde_json::from_slice(&fresh[&PathBuf::from(format!("json/{edition}.json"))]).unwrap();
        let mut wanted = old.clone();
        wanted["image"] = json!(format!("ipfs://NEW/{edition}.png"));
        wanted["description"] = json!("New\ntext");
        if let Some(number) = old["name"].as_str().unwrap().strip_prefix("Test ") {
            wanted["name"] = json!(format!("Cats \"2\" {number}"));
        }
        assert_eq!(dir.json(format!("out/json/{edition}.json")), wanted);
    }
    finds(&dir, &["--decode"], &[]);
    let (problems, said) = found(&dir, &["--project", "p", "--sample", "all"]);
    assert_eq!(problems, owned(&[("manifest.json", "metadata")]), "{said:#}");
    assert!(
        said["problems"][0]["what"].as_str().unwrap().contains("name, description, base_uri"),
        "{said:#}"
    );
    // From what the manifest tells now, a second time.
    dir.run(["metadata", "out", "--base-uri", ""]).ok();
    assert_eq!(dir.json("out/json/3.json")["image"], "../images/3.png");
    assert_eq!(dir.json("out/json/3.json")["description"], "New\ntext");
    // As the project says it: what pressing it would make, to the last byte.
    dir.run(["metadata", "out", "--project", "p"]).ok();
    assert_eq!(dir.files("out"), fresh);
    assert_eq!(pictures(&dir), before);
    finds(&dir, &["--project", "p", "--sample", "all"], &[]);
    // And where the project's own texts have changed since.
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    dir.write(
        "p/collection.toml",
        text.replace("\"Test\"", "\"Tset\"\ndescription = \"d\"\nbase_uri = \"ar://x\""),
    );
    dir.run(["metadata", "out", "--project", "p"]).ok();
    dir.run(["generate", "p", "--out", "again", "--provenance"]).ok();
    assert_eq!(dir.files("out"), dir.files("again"));
}

#[test]
fn every_standard_is_made_from_every_other_as_pressing_makes_it() {
    let dir = told("");
    let creators = "creators = [{ address = \"11111111111111111111111111111111\", share = 100 }]\nshow_absent = \"None\"\n";
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    dir.write("p/collection.toml", text + creators);
    let standards = ["erc721", "metaplex", "csv", "cardano,jsonl", "none", "metaplex,csv,jsonl,cardano"];
    for standard in standards {
        dir.run(["generate", "p", "--metadata", standard, "--out", standard]).ok();
    }
    dir.run(["generate", "p"]).ok();
    let before = pictures(&dir);
    for standard in standards.into_iter().chain(standards.into_iter().rev()).chain(["csv", "erc721"]) {
        dir.run(["metadata", "out", "--metadata", standard]).ok();
        assert_eq!(dir.files("out"), dir.files(standard), "{standard}");
        assert_eq!(dir.exists("out/json"), dir.exists(format!("{standard}/json")));
        assert!(!dir.exists("out/.traitpress"));
        finds(&dir, &["--project", "p"], &[]);
    }
    assert_eq!(pictures(&dir), before);
}

#[test]
fn tezos_is_made_from_another_standard_and_back() {
    let dir = Dir::with_project();
    let creators = "creators = [{ address = \"tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb\", share = 100 }]";
    dir.write(
        "p/collection.toml",
        format!("name = \"T\"\nseed = 2\ncount = 6\n[metadata]\n{creators}\nseller_fee_basis_points = 500\n"),
    );
    for standard in ["erc721", "tezos"] {
        dir.run(["generate", "p", "--metadata", standard, "--out", standard]).ok();
    }
    dir.run(["generate", "p"]).ok();
    for standard in ["tezos", "erc721", "tezos"] {
        dir.run(["metadata", "out", "--metadata", standard]).ok();
        assert_eq!(dir.files("out"), dir.files(standard), "{standard}");
    }
    assert_eq!(dir.json("out/json/1.json")["royalties"]["decimals"], 2);
    finds(&dir, &["--project", "p", "--sample", "all"], &[]);
}

#[test]
fn groups_and_absence_are_told_without_the_project_as_with_it() {
    let dir = Dir::with_project();
    dir.write(
        "p/collection.toml",
        "seed = 2\nname = \"G\"\n[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\n\
         [[layers]]\nname = \"Cap\"\nfolder = \"Hat\"\ndisplay_name = \"Hat\"\n\
         [[groups]]\nname = \"A\"\nlayers = [\"Back\", \"Hat\"]\ncount = 5\n\
         [[groups]]\nname = \"B\"\nlayers = [\"Back\", \"Cap\"]\ncount = 5\n[metadata]\nshow_absent = \"None\"\n",
    );
    dir.run(["generate", "p"]).ok();
    let fresh = dir.files("out");
    let mut none = 0;
    for edition in 1..=10 {
        let document = dir.json(format!("out/json/{edition}.json"));
        let told: Vec<&Value> =
            document["attributes"].as_array().unwrap().iter().map(|one| &one["trait_type"]).collect();
        assert_eq!(told, ["Back", "Hat"], "one hat, and none of another group");
        none += usize::from(document["attributes"][1]["value"] == "None");
    }
    assert!(none > 0, "an item without a hat is among them");
    dir.run(["metadata", "out", "--description", "x"]).ok();
    dir.run(["metadata", "out", "--description", ""]).ok();
    assert_eq!(dir.files("out"), fresh);
}

/// The state of `out` when a run that makes it `new` was stopped after so many files took their places.
fn stop_after(dir: &Dir, new: &str, taken: usize) {
    let files = dir.files(new);
    let metadata = |name: &&PathBuf| {
        !name.starts_with("images") && !["plan.json", "manifest.json"].contains(&name.to_str().unwrap())
    };
    for (number, name) in files.keys().filter(metadata).enumerate() {
        let part = format!("out/.traitpress/{}.part", name.to_str().unwrap().replace('/', "-"));
        let place = if number < taken { dir.path("out").join(name) } else { dir.path(part) };
        dir.write(place, &files[name]);
    }
    dir.write("out/.traitpress/next-manifest", &files[&PathBuf::from("manifest.json")]);
}

#[test]
fn a_run_that_was_stopped_while_files_took_their_places_is_finished_by_the_next() {
    let dir = told("");
    dir.run(["generate", "p", "--metadata", "csv,erc721", "--out", "old"]).ok();
    dir.run(["generate", "p", "--metadata", "jsonl,erc721", "--out", "new"]).ok();
    let new = dir.files("new");
    for taken in [0, 1, 5, 10] {
        let _ = fs::remove_dir_all(dir.path("out"));
        dir.files("old").into_iter().for_each(|(name, bytes)| dir.write(dir.path("out").join(name), bytes));
        stop_after(&dir, "new", taken);
        dir.run(["verify", "out"])
            .refused(1, &[&["out: new metadata is only partly in place", "traitpress metadata"]]);
        dir.run(["metadata", "out"]).ok();
        assert_eq!(dir.files("out"), new, "{taken}");
        finds(&dir, &["--project", "p"], &[]);
        // Or somebody replaces all of it.
        stop_after(&dir, "old", taken);
        dir.run(["generate", "p", "--metadata", "none", "--force"]).ok();
        finds(&dir, &["--project", "p"], &[]);
    }
    // What was left before the new manifest was whole is nothing.
    dir.write("out/.traitpress/json-1.json.part", "{");
    dir.write("out/.traitpress/manifest.json.part", "{");
    dir.run(["metadata", "out", "--metadata", "jsonl,erc721"]).ok();
    assert_eq!(dir.files("out"), new);
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_finished_by_the_same_command() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--count", "200"]).ok();
    let images = pictures(&dir);
    let mut killed = 0;
    let rounds = at_depth(9, 18u32);
    for round in 1..=rounds {
        let base = format!("ipfs://{round}");
        let standard =
            if round % 5 == 0 { "jsonl" } else { ["erc721,csv", "erc721,jsonl"][round as usize % 2] };
        let arguments = ["metadata", "out", "--base-uri", &base, "--metadata", standard];
        let mut command = dir.command(arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // By how far it has come, not by the clock: at once, while files are written, and while they take their places.
        let waiting = || fs::read_dir(dir.path("out/.traitpress")).map_or(0, Iterator::count);
        let (goal, is_taken_over) = (11 * (round as usize - 1), round % 3 == 0);
        while child.try_wait().unwrap().is_none() {
            let is_there = dir.exists("out/.traitpress/next-manifest");
            if (is_taken_over && is_there && waiting() < 250 - goal) || (!is_taken_over && waiting() >= goal)
            {
                break;
            }
        }
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        dir.run(arguments).ok();
        finds(&dir, &[], &[]);
        assert!(String::from_utf8(dir.read("out/manifest.json")).unwrap().contains(&base));
        let has_documents = round % 5 != 0;
        let text = dir.read(if has_documents { "out/json/200.json" } else { "out/metadata.jsonl" });
        assert!(String::from_utf8(text).unwrap().contains(&format!("{base}/200.png")));
        assert_eq!(dir.exists("out/json"), has_documents);
    }
    assert_eq!(pictures(&dir), images);
    assert!(killed >= rounds / 5, "only {killed} runs were killed before their end");
}

#[test]
fn what_cannot_be_rewritten_is_refused_and_stays_as_it_is() {
    let dir = collection();
    let before = dir.files("out");
    let refused = |arguments: &[&str], code: i32, words: &[&str]| {
        dir.run(["metadata", "out"].iter().chain(arguments)).refused_beside_broken_files(code, &[words]);
    };
    dir.run(["metadata", "nowhere"]).refused(2, &[&["nowhere: this does not exist"]]);
    dir.run(["metadata", "p"]).refused(2, &[&["p: the folder has no manifest.json"]]);
    dir.run(["metadata", "out", "--metadata", "erc712"]).exited(2).warns("did you mean erc721?");
    refused(
        &["--metadata", "metaplex"],
        1,
        &["out: the first item is number 3", "starts at 0", "--layout sugar"],
    );
    let name = "N".repeat(65);
    dir.run(["metadata", "out", "--metadata", "cardano", "--collection-name", &name])
        .exited(1)
        .warns("allows 64");
    assert_eq!(dir.files("out"), before);
    // A project that cannot have made the plan.
    dir.picture("q/layers/Back/Green.png", crate::util::RED);
    refused(&["--project", "q"], 1, &["out/plan.json"]);
    // Files that are not what the manifest says.
    let with = |name: &str, bytes: &[u8], words: &[&str]| {
        dir.write(format!("out/{name}"), bytes);
        refused(&[], 1, words);
        assert!(!dir.exists("out/.traitpress"), "{name}");
        dir.write(format!("out/{name}"), &before[&PathBuf::from(name)]);
    };
    with("json/3.json", b"{}", &["out: the metadata was not made by this program", "give --project"]);
    let other = String::from_utf8(before[&PathBuf::from("json/3.json")].clone())
        .unwrap()
        .replace("Test #3", "Tset #3");
    assert_ne!(other.as_bytes(), before[&PathBuf::from("json/3.json")], "it is no one-of-one");
    with("json/3.json", other.as_bytes(), &["out: the metadata was not made by this program"]);
    with("plan.json", b"{}", &["out/plan.json: it is cut short", "traitpress verify"]);
    let manifest = String::from_utf8(before[&PathBuf::from("manifest.json")].clone()).unwrap();
    with(
        "manifest.json",
        manifest.replace("\"seed\": 7", "\"seed\": 8").as_bytes(),
        &["it was changed after it was written"],
    );
    rewrite(
        &dir,
        "\"plan\": ",
        "\"metadata\": {\"name\": \"x\", \"settings\": {\"external_url\": \"{x}\"}}, \"plan\": ",
    );
    refused(&[], 1, &["an address in its metadata contains {x}"]);
    dir.write("out/manifest.json", &manifest);
    #[cfg(unix)]
    {
        fs::rename(dir.path("out/json"), dir.path("elsewhere")).unwrap();
        dir.link("../elsewhere", "out/json");
        refused(&[], 1, &["out/json: this is a link", "move it elsewhere"]);
        fs::remove_file(dir.path("out/json")).unwrap();
        fs::rename(dir.path("elsewhere"), dir.path("out/json")).unwrap();
        dir.link("../p", "out/.traitpress");
        refused(&[], 1, &["out/.traitpress: this is a link"]);
        fs::remove_file(dir.path("out/.traitpress")).unwrap();
    }
    assert_eq!(dir.files("out"), before);
    // What is damaged and not needed is made again.
    dir.write("out/json/4.json", "{}");
    dir.run(["metadata", "out", "--project", "p"]).ok();
    assert_eq!(dir.files("out"), before);
    // Somebody's own file among ours stays.
    dir.write("out/json/mine.txt", "{}");
    dir.run(["metadata", "out", "--metadata", "none"]).ok();
    assert_eq!(dir.read("out/json/mine.txt"), b"{}");
    assert!(!dir.exists("out/json/3.json"));
}

#[test]
fn working_files_of_metadata_that_was_not_finished_are_told_of_in_one_line() {
    let dir = collection();
    for edition in 3..9 {
        dir.write(format!("out/.traitpress/json-{edition}.json.part"), "half of i");
    }
    let (problems, said) = found(&dir, &[]);
    assert_eq!(problems, owned(&[(".traitpress", "extra")]), "{said:#}");
    let what = said["problems"][0]["what"].as_str().unwrap();
    assert!(what.contains("6 temporary files") && what.contains("write the metadata again"), "{what}");
    dir.run(["metadata", "out", "--description", "new"]).ok();
    finds(&dir, &[], &[]);
}
