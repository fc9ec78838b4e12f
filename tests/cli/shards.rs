//! Shards: what many processes make is, put together, what one makes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::util::{Dir, Ran};

/// A project of 70 items, with an absent hat here and there.
fn project(settings: &str) -> Dir {
    let dir = Dir::empty();
    for number in 0..12u8 {
        dir.picture(format!("p/layers/Back/B{number}#{}.png", number + 1), [number * 20, 90, 200, 255]);
    }
    for number in 0..8u8 {
        dir.square(format!("p/layers/Hat/H{number}.png"), [200, number * 30, 10, 255]);
    }
    dir.write("p/layers/Hat/None#2", "");
    dir.write("p/collection.toml", format!("name = \"Test\"\nseed = 7\ncount = 70\nstart = 5\n{settings}"));
    dir
}

fn merged<'a>(dir: &'a Dir, more: &[&str]) -> Ran<'a> {
    dir.run(["merge", "parts", "--out", "drop"].iter().chain(more))
}

/// The digest of a run that makes all items at once.
fn at_once(dir: &Dir, more: &[&str]) -> String {
    dir.run(["generate", "p", "--out", "whole"].iter().chain(more)).ok().told("collection")
}

#[test]
fn shards_of_any_number_have_the_digest_and_the_files_of_a_run_made_at_once() {
    let dir = project("");
    let digest = at_once(&dir, &[]);
    let whole = dir.files("whole");
    for (of, threads) in [("1", "1"), ("2", "3"), ("7", "2"), ("64", "1")] {
        dir.run(["generate", "p", "--shards", of, "--threads", threads, "--out", "parts"]).ok();
        let ran = merged(&dir, &[]);
        assert_eq!(ran.ok().told("collection"), digest, "{of}");
        for name in ["manifest.json", "plan.json"] {
            assert!(dir.read(format!("drop/{name}")) == dir.read(format!("whole/{name}")), "{name} of {of}");
        }
        assert!(!dir.exists("drop/json") && !dir.exists("drop/images"));
        if of != "64" {
            std::fs::remove_dir_all(dir.path("drop")).unwrap();
            merged(&dir, &["--unpack"]).ok();
            assert!(dir.files("drop") == whole, "{of}");
        }
        std::fs::remove_dir_all(dir.path("drop")).unwrap();
        std::fs::remove_dir_all(dir.path("parts")).unwrap();
    }
}

#[test]
fn every_form_and_layout_merges_to_the_same_collection() {
    for (settings, flags, forms) in [
        (
            "",
            &[][..],
            &[&["--shard-form", "folder"][..], &["--layout", "webdataset"], &["--shard-form", "pool"]][..],
        ),
        ("", &["--layout", "fan-out"], &[&[][..], &["--shard-form", "folder"], &["--shard-form", "pool"]]),
        (
            "",
            &["--output-size", "4,8", "--metadata", "csv,jsonl"],
            &[&[][..], &["--shard-form", "folder"], &["--shard-form", "pool"]],
        ),
        (
            "",
            &["--name", "{Back}-{edition}", "--metadata", "erc721,csv", "--provenance"],
            &[&[][..], &["--shard-form", "pool"]],
        ),
        ("[metadata]\nstandard = \"none\"\n", &["--format", "webp"], &[&[][..], &["--shard-form", "pool"]]),
    ] {
        let dir = project(settings);
        let digest = at_once(&dir, flags);
        for form in forms {
            dir.run(["generate", "p", "--shards", "3", "--out", "parts"].iter().chain(flags).chain(*form))
                .ok();
            assert_eq!(merged(&dir, &[]).ok().told("collection"), digest, "{flags:?} {form:?}");
            dir.run(["verify", "drop", "--expect", digest.trim_start_matches(": ")]).ok();
            std::fs::remove_dir_all(dir.path("drop")).unwrap();
            assert_eq!(merged(&dir, &["--unpack"]).ok().told("collection"), digest, "{flags:?} {form:?}");
            assert!(dir.files("drop") == dir.files("whole"), "{flags:?} {form:?}");
            std::fs::remove_dir_all(dir.path("drop")).unwrap();
            std::fs::remove_dir_all(dir.path("parts")).unwrap();
        }
    }
}

#[test]
fn a_merged_collection_and_a_tar_are_read_as_a_folder() {
    let dir = project("");
    let digest = at_once(&dir, &[]);
    dir.run(["generate", "p", "--out", "whole.tar"]).ok();
    dir.run(["generate", "p", "--shards", "4", "--out", "drop/parts"]).ok();
    std::fs::rename(dir.path("drop/parts"), dir.path("parts")).unwrap();
    std::fs::remove_dir(dir.path("drop")).unwrap();
    merged(&dir, &["--metadata"]).ok();
    assert!(dir.read("drop/json/_metadata.json") == dir.read("whole/json/_metadata.json"));
    let said = |of: &str, arguments: &[&str]| {
        let arguments = arguments.iter().map(|argument| argument.replace('%', of));
        let ran = dir.run(arguments);
        ran.ok();
        let output = std::fs::read(dir.path("made.png")).unwrap_or_default();
        let _ = std::fs::remove_file(dir.path("made.png"));
        (ran.stdout().replace(of, "%"), output)
    };
    for arguments in [
        &["report", "%", "--top", "70"][..],
        &["report", "%", "--csv", "made.png", "--force"],
        &["sheet", "%", "--output", "made.png"],
        &["verify", "%", "--json", "--project", "p", "--sample", "all"],
    ] {
        for of in ["drop", "whole.tar"] {
            let (text, file) = said(of, arguments);
            let (expected, expected_file) = said("whole", arguments);
            assert!(file == expected_file, "{arguments:?} of {of}");
            if arguments[0] == "report" {
                assert_eq!(text, expected, "{arguments:?} of {of}");
            }
        }
    }
    // Without the file of all documents, the items' own are read.
    dir.run(["merge", "parts", "--out", "bare"]).ok();
    assert_eq!(
        said("bare", &["report", "%", "--csv", "made.png"]),
        said("whole", &["report", "%", "--csv", "made.png"])
    );
    for of in ["drop", "whole.tar"] {
        assert_eq!(dir.run(["verify", of, "--decode"]).ok().told("collection"), digest);
        dir.run(["metadata", of, "--layout", "sugar", "--out", "sugar"]).ok();
        dir.run(["metadata", "whole", "--layout", "sugar", "--out", "other"]).ok();
        assert!(dir.files("sugar") == dir.files("other"));
        std::fs::remove_dir_all(dir.path("sugar")).unwrap();
        std::fs::remove_dir_all(dir.path("other")).unwrap();
    }
    // Neither is changed in place.
    for of in ["drop", "whole.tar"] {
        let before = dir.files(".");
        for arguments in [
            &["metadata", of, "--base-uri", "ipfs://x"][..],
            &["reroll", of, "9", "--project", "p"],
            &["remove", of, "9", "--project", "p"],
        ] {
            dir.run(arguments).refused(2, &[&[of, "not changed in place", "make a folder"]]);
        }
        assert!(dir.files(".") == before, "{of}");
    }
    dir.run(["generate", "p", "--out", "drop", "--resume"]).refused(2, &[&["drop", "not changed in place"]]);
    // Damage is named by the file of the item.
    let mut bytes = dir.read("parts/00001-of-00004.tar");
    bytes[530] ^= 1;
    dir.write("parts/00001-of-00004.tar", bytes);
    let found = dir.run(["verify", "drop"]);
    assert!(found.exited(1).stdout().contains("images/22.png: its BLAKE3 is"), "{}", found.stdout());
    let mut bytes = dir.read("whole.tar");
    bytes.truncate(20_000);
    dir.write("whole.tar", bytes);
    dir.run(["verify", "whole.tar"]).refused(1, &[&["whole.tar", "tar"]]);
    // A new run takes the place of the list of shards.
    dir.run(["generate", "p", "--out", "drop", "--force"]).ok();
    assert!(dir.files("drop") == dir.files("whole"));
    dir.run(["verify", "drop"]).ok();
}

#[test]
fn shards_read_their_rows_of_a_plan_and_have_the_digest_of_its_json_form() {
    let ones = "[[ones]]\nname = \"Gold\"\nimage = \"gold.png\"\nattributes = { Kind = \"One\" }\n";
    let groups = "[[groups]]\nname = \"A\"\nlayers = [\"Back\", \"Hat\"]\ncount = 40\n[[groups]]\nname = \"B\"\nlayers = [\"Back\"]\ncount = 8\n";
    for settings in ["", ones, groups] {
        let dir = project(settings);
        dir.picture("p/gold.png", [255, 200, 0, 255]);
        if settings == groups {
            dir.write(
                "p/collection.toml",
                format!("name = \"Test\"\nseed = 7\ncount = 48\nstart = 5\n{groups}"),
            );
        }
        dir.run(["plan", "p", "-o", "plan.tpl"]).ok();
        dir.run(["plan", "p", "-o", "plan.json"]).ok();
        let digest = at_once(&dir, &["--plan", "plan.json"]);
        assert_eq!(
            dir.run(["generate", "p", "--plan", "plan.tpl", "--out", "rows"]).ok().told("collection"),
            digest
        );
        assert!(dir.read("rows/plan.json") == dir.read("plan.json"));
        for form in ["tar", "pool"] {
            let shards = [
                "generate",
                "p",
                "--plan",
                "plan.tpl",
                "--shards",
                "6",
                "--out",
                "parts",
                "--shard-form",
                form,
            ];
            dir.run(shards).ok();
            assert_eq!(merged(&dir, &["--unpack"]).ok().told("collection"), digest);
            assert!(dir.files("drop") == dir.files("whole"));
            std::fs::remove_dir_all(dir.path("drop")).unwrap();
            std::fs::remove_dir_all(dir.path("parts")).unwrap();
        }
    }
    let dir = project("");
    dir.run(["plan", "p", "-o", "plan.tpl"]).ok();
    let shard = ["generate", "p", "--plan", "plan.tpl", "--shard", "1/6", "--out", "parts"];
    dir.run([&shard[..], &["--count", "9"]].concat()).refused(2, &[&["--count"]]);
    let bytes = dir.read("plan.tpl");
    for (damage, text) in [
        (bytes[..bytes.len() - 1].to_vec(), "another length"),
        (bytes[..20].to_vec(), "not a plan of rows"),
        ([b"x", &bytes[1..]].concat(), "not a plan of rows"),
        ([&bytes[..bytes.len() - 2], &[9, 0]].concat(), "has a number that nothing has"),
    ] {
        dir.write("plan.tpl", damage);
        dir.run(["generate", "p", "--plan", "plan.tpl"]).refused(1, &[&["plan.tpl", text]]);
    }
    dir.write("plan.tpl", &bytes);
    dir.picture("p/layers/Hat/Other.png", [1, 2, 3, 255]);
    dir.run(shard).refused(2, &[&["plan.tpl", "other layers, traits"]]);
    dir.run(["plan", "p", "--all", "-o", "all.tpl"]).refused(2, &[&["--all"]]);
}

#[test]
fn a_shard_is_verified_alone() {
    for form in ["tar", "folder", "pool"] {
        let dir = project("");
        dir.run(["generate", "p", "--shards", "4", "--shard-form", form, "--out", "parts"]).ok();
        merged(&dir, &[]).ok();
        let check = |place: &str, more: &[&str], number: &str| {
            let mut command = dir.command(["verify", place].iter().chain(more));
            command.env("JOB_COMPLETION_INDEX", number);
            dir.run_command(command)
        };
        for place in ["parts", "drop"] {
            check(place, &["--shard", "3/4"], "").ok().says("shard 3 of 4: 18 items, 36 files");
            check(place, &["--shard", "auto", "--shards", "4", "--shard-offset", "1"], "1")
                .ok()
                .says("shard 0 of 4: 17 items");
        }
        assert!(check("parts", &["--shard", "4/4"], "").exited(2).stderr().contains("there is no shard 4"));
        check("parts", &["--shard", "0/5"], "").refused(1, &[&["00000-of-00005", "the shard is not here"]]);
        check("drop", &["--shard", "0/5"], "").refused(1, &[&["00000-of-00005", "the shard is not here"]]);
        let (file, text) = match form {
            "tar" => ("parts/00002-of-00004.tar", "images/40.png: its BLAKE3"),
            "folder" => ("parts/00002-of-00004/images/40.png", "images/40.png: its BLAKE3"),
            _ => ("parts/00002-of-00004.pool", "images/"),
        };
        let mut bytes = dir.read(file);
        let place = if form == "folder" { 60 } else { 530 };
        bytes[place] ^= 1;
        dir.write(file, bytes);
        if form != "pool" {
            let found = check("parts", &["--shard", "2/4"], "");
            let found = found.exited_beside_broken_files(1);
            assert!(found.stdout().contains(text), "{form}: {}", found.stdout());
        }
        if form == "tar" {
            // A byte between the files: the name in a header that nothing reads.
            let mut bytes = dir.read("parts/00001-of-00004.tar");
            bytes[300] ^= 1;
            dir.write("parts/00001-of-00004.tar", bytes);
            check("parts", &["--shard", "1/4"], "").exited(1).says("the files of all items are as listed");
        }
        let path = dir.path(file);
        if form != "folder" {
            std::fs::remove_file(path).unwrap();
            check("parts", &["--shard", "2/4"], "").exited(1);
        }
    }
}

#[test]
fn groups_ones_and_edited_plans_are_divided_by_edition() {
    let dir = project("[[ones]]\nname = \"Gold\"\nimage = \"gold.png\"\nattributes = { Kind = \"One\" }\n");
    dir.picture("p/gold.png", [255, 200, 0, 255]);
    dir.run(["generate", "p", "--out", "edited"]).ok();
    dir.run(["swap", "edited", "6", "60", "--project", "p"]).ok();
    dir.run(["remove", "edited", "9,33", "--project", "p"]).ok();
    let plan = ["--plan", "edited/plan.json"];
    let digest = at_once(&dir, &plan);
    dir.run(["generate", "p", "--shards", "5", "--out", "parts"].iter().chain(&plan)).ok();
    assert_eq!(merged(&dir, &["--unpack"]).ok().told("collection"), digest);
    assert!(dir.files("drop") == dir.files("whole"));
    // What a report says of names and one-of-ones does not need the file of all documents.
    dir.run(["merge", "parts", "--out", "bare"]).ok();
    let report = |of: &str| {
        dir.run(["report", of, "--json", "report.json", "--top", "0", "--force"]).ok();
        dir.json("report.json")
    };
    assert_eq!(report("bare"), report("whole"));
}

#[test]
fn a_shard_is_made_once_and_its_number_comes_from_the_engine() {
    let dir = project("");
    let shard = |flags: &[&str], variable: (&str, &str)| {
        let mut command = dir.command(["generate", "p", "--out", "parts"].iter().chain(flags));
        command.env(variable.0, variable.1);
        dir.run_command(command)
    };
    shard(&["--shard", "auto", "--shards", "7"], ("SLURM_ARRAY_TASK_ID", "3"))
        .ok()
        .says("shard 3 of 7: 10 items in");
    assert!(dir.exists("parts/00003-of-00007.tar") && dir.exists("parts/00003-of-00007.manifest.json"));
    let before = dir.files("parts");
    let there = "shard 3 of 7: 10 items; it is complete in parts/00003-of-00007.tar";
    shard(&["--shard", "auto"], ("TRAITPRESS_SHARD", "3/7")).ok().says(there);
    shard(&["--shard", "3/7"], ("X", "")).ok().says(there);
    // One whose file is not whole is made again, with the same bytes.
    dir.write("parts/00003-of-00007.tar", "cut");
    shard(&["--shard", "3/7"], ("X", "")).ok().says("10 items in");
    shard(&["--shard", "3/7", "--force"], ("X", "")).ok().says("10 items in");
    assert!(dir.files("parts") == before);
    shard(&["--shard", "3/7", "--seed", "8"], ("X", ""))
        .refused(2, &[&["00003-of-00007.manifest.json", "another seed"]]);
    assert!(shard(&["--shard", "7/7"], ("X", "")).exited(2).stderr().contains("there is no shard 7 of 7"));
    shard(&["--shard", "auto", "--shards", "3"], ("SLURM_ARRAY_TASK_ID", "3"))
        .refused(2, &[&["SLURM_ARRAY_TASK_ID=3", "there is no shard 3 of 3"]]);
    shard(&["--shard", "0/7", "--plan-digest", &"0".repeat(64)], ("X", ""))
        .refused(2, &[&["--plan-digest: the plan is"]]);
    dir.write("p/collection.toml", "count = 70\n");
    shard(&["--shard", "0/7"], ("X", "")).refused(2, &[&["--shards", "give --seed"]]);
}

#[test]
fn what_does_not_belong_together_is_not_merged() {
    let dir = project("");
    dir.run(["generate", "p", "--shards", "7", "--out", "parts"]).ok();
    let parts: BTreeMap<PathBuf, Vec<u8>> = dir.files("parts");
    for (damage, text) in [
        (
            &(|dir: &Dir| {
                for number in [0, 3, 4, 5] {
                    std::fs::remove_file(dir.path(format!("parts/0000{number}-of-00007.tar"))).unwrap();
                }
            }) as &dyn Fn(&Dir),
            "missing or incomplete: 0,3-5",
        ),
        (
            &|dir| std::fs::remove_file(dir.path("parts/00006-of-00007.manifest.json")).unwrap(),
            "missing or incomplete: 6",
        ),
        (
            &|dir| {
                dir.picture("p/layers/Back/B3#4.png", [1, 2, 3, 255]);
                dir.run(["generate", "p", "--shard", "2/7", "--force", "--out", "parts"]).ok();
                dir.picture("p/layers/Back/B3#4.png", [60, 90, 200, 255]);
            },
            "other art",
        ),
        (
            &|dir| {
                dir.run(["generate", "p", "--shard", "2/7", "--force", "--out", "parts", "--seed", "9"]).ok();
            },
            "another seed",
        ),
        (
            &|dir| {
                dir.run(["generate", "p", "--shard", "0/2", "--out", "parts"]).ok();
            },
            "another number of shards",
        ),
        (
            &|dir| {
                let name = "parts/00001-of-00007.manifest.json";
                let text = String::from_utf8(dir.read(name)).unwrap();
                dir.write(name, text.replacen("\"bytes\": 1", "\"bytes\": 2", 1));
            },
            "it was changed after it was written",
        ),
    ] {
        let _ = std::fs::remove_dir_all(dir.path("parts"));
        parts.iter().for_each(|(name, bytes)| dir.write(PathBuf::from("parts").join(name), bytes));
        damage(&dir);
        merged(&dir, &[]).refused(1, &[&[text]]);
        assert!(!dir.exists("drop"), "{text}");
    }
    let _ = std::fs::remove_dir_all(dir.path("parts"));
    parts.iter().for_each(|(name, bytes)| dir.write(PathBuf::from("parts").join(name), bytes));
    dir.write("other/00003-of-00007.manifest.json", &parts[&PathBuf::from("00003-of-00007.manifest.json")]);
    dir.run(["merge", "parts", "other", "--out", "drop"]).refused(2, &[&["this shard is also in parts"]]);
    let mut bytes = dir.read("parts/00004-of-00007.tar");
    bytes[530] ^= 1;
    dir.write("parts/00004-of-00007.tar", bytes);
    merged(&dir, &["--unpack"]).refused(1, &[&["00004-of-00007.tar", "its BLAKE3 is not"]]);
    assert!(!dir.exists("drop"));
    dir.write("drop/mine.txt", "mine");
    merged(&dir, &[]).refused(2, &[&["drop", "not an empty folder"]]);
}

#[test]
fn a_web_dataset_has_one_key_for_picture_label_and_metadata() {
    let dir = project("");
    dir.run(["generate", "p", "--shard", "1/7", "--layout", "webdataset", "--out", "parts"]).ok();
    let mut tar = tar::Archive::new(std::fs::File::open(dir.path("parts/00001-of-00007.tar")).unwrap());
    let entries: Vec<(String, u64, u64)> = tar
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.path().unwrap().display().to_string(), entry.raw_file_position(), entry.size()))
        .collect();
    let names: Vec<&str> = entries.iter().take(4).map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["000000015.png", "000000015.txt", "000000015.json", "000000016.png"]);
    let bytes = dir.read("parts/00001-of-00007.tar");
    let label = &bytes[entries[1].1 as usize..][..entries[1].2 as usize];
    assert!(label.starts_with(b"Back: B") && label.ends_with(b"\n"), "{label:?}");
    // The manifest is an index: each file is where it says.
    let text = String::from_utf8(dir.read("parts/00001-of-00007.manifest.json")).unwrap();
    let listed: Vec<serde_json::Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line.strip_suffix(',').unwrap_or(line)).ok())
        .filter(|entry: &serde_json::Value| entry.get("offset").is_some())
        .collect();
    let files: Vec<&(String, u64, u64)> =
        entries.iter().filter(|(name, ..)| !name.ends_with(".txt")).collect();
    assert_eq!((listed.len(), files.len()), (20, 20));
    for (entry, (name, at, length)) in listed.iter().zip(files) {
        assert_eq!((entry["offset"].as_u64(), entry["bytes"].as_u64()), (Some(*at), Some(*length)), "{name}");
    }
    for flags in [
        &["--layout", "webdataset"][..],
        &["--shard-form", "folder"],
        &["--shard", "1/7", "--layout", "webdataset", "--shard-form", "folder"],
    ] {
        dir.run(["generate", "p", "--out", "x"].iter().chain(flags)).refused(2, &[&["shard"]]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_worth_another_try_and_leaves_nothing() {
    let dir = project("");
    let ran =
        dir.run_after("ulimit -f 1; trap '' XFSZ", &["generate", "p", "--shard", "0/1", "--out", "parts"]);
    assert!(ran.code() != Some(0));
    assert!(dir.files("parts").is_empty(), "{:?}", dir.files("parts").keys());
}
