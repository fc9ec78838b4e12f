//! Collections in one file of spans: what is written, what comes out, and what is refused.

use std::fs;

use crate::util::Dir;

/// A busy project and its collection as a folder `out` and as `drop.pool`.
fn both(arguments: &[&str]) -> (Dir, String) {
    let dir = Dir::with_busy_project();
    let folder = dir.run(["generate", "p"].iter().chain(arguments));
    let digest = folder.ok().told("collection:");
    let pool = dir.run(["generate", "p", "--out", "drop.pool"].iter().chain(arguments));
    assert_eq!(pool.ok().says("as a pool of").told("collection:"), digest);
    (dir, digest)
}

#[test]
fn every_form_that_is_unpacked_is_what_generate_writes() {
    let (dir, digest) = both(&["--provenance", "--output-size", "200,100", "--metadata", "erc721,csv"]);
    dir.run(["unpack", "drop.pool", "--out", "got"]).ok().says("40 items, ").says("written to got");
    assert!(dir.files("got") == dir.files("out"));
    dir.run(["verify", "got", "--decode", "--expect", &digest]).ok();
    for archive in ["a.tar", "a.zip", "a.tar.zst"] {
        let options =
            ["--provenance", "--output-size", "200,100", "--metadata", "erc721,csv", "--out", archive];
        dir.run(["generate", "p"].iter().chain(&options)).ok();
        let made = dir.read(archive);
        dir.run(["unpack", "drop.pool", "--out", archive]).refused(2, &[&[archive, "exists", "--force"]]);
        dir.run(["unpack", "drop.pool", "--out", archive, "--force"]).ok();
        assert!(dir.read(archive) == made, "{archive}");
    }
    let output = dir.command(["cat", "drop.pool", "17", "--size", "100"]).output().unwrap();
    assert!(output.stdout == dir.read("out/images/100/17.png"));
    let output = dir.command(["cat", "drop.pool", "17", "--json"]).output().unwrap();
    assert!(output.stdout == dir.read("out/json/17.json"));
    dir.run(["unpack", "drop.pool", "--pick", "17,38-40", "--out", "some"]).ok().says("4 items, 12 files");
    let some = dir.files("some");
    assert_eq!(some.len(), 12);
    assert!(some.iter().all(|(name, bytes)| dir.files("out")[name] == *bytes));
    dir.run(["pool", "out", "--project", "p", "--out", "again.pool"]).ok();
    assert!(dir.read("again.pool") == dir.read("drop.pool"));
}

#[test]
fn info_says_what_a_collection_is() {
    let (dir, digest) = both(&["--output-size", "200,100", "--provenance"]);
    let json = |place: &str| {
        let text = dir.run(["info", place, "--json"]).ok().stdout();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let (folder, mut pool) = (json("out"), json("drop.pool"));
    assert_eq!(folder["items"], 40);
    assert_eq!(folder["editions"], serde_json::json!([1, 40]));
    assert_eq!(folder["collection"], digest);
    assert_eq!(folder["provenance"], true);
    let sides = folder["pictures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|side| side.as_array().unwrap().iter().filter_map(serde_json::Value::as_u64).max());
    assert_eq!(sides.collect::<Vec<_>>(), [Some(200), Some(100)]);
    let files = dir.files("out");
    let is_png = |name: &std::path::Path| name.extension().is_some_and(|end| end == "png");
    let pictures = files.iter().filter(|(name, _)| is_png(name)).map(|(_, file)| file.len() as u64);
    assert_eq!(folder["picture_bytes"], pictures.sum::<u64>());
    assert_eq!(pool["pool_bytes"], dir.read("drop.pool").len());
    // Nothing else differs.
    pool["pool_bytes"] = serde_json::Value::Null;
    assert_eq!(pool, folder);
    dir.run(["info", "out"])
        .ok()
        .says("40 items, 1 to 40")
        .says("and")
        .says(&format!("collection: {digest}"));
    dir.run(["info", "drop.pool"]).ok().says("pool: ");
    dir.run(["info", "p"]).refused(2, &[&["p: ", "manifest.json"]]);
    dir.run(["generate", "p", "--first", "4", "--out", "some"]).ok();
    dir.run(["info", "some"]).ok().says("4 items, 1 to 4, the first of the 40 of its plan");
}

#[test]
fn what_reads_a_folder_reads_a_pool_and_says_the_same() {
    let (dir, digest) = both(&[]);
    for command in [
        &["verify", "--decode", "--json"][..],
        &["report"],
        &["report", "--top", "5"],
        &["verify", "--project", "p", "--sample", "3", "--json"],
    ] {
        let say = |place: &str| {
            let mut arguments = vec![command[0], place];
            arguments.extend(&command[1..]);
            let text = dir.run(arguments).ok().stdout();
            // But for how long it took.
            let lines = text.lines().filter(|line| !line.contains("seconds") && !line.contains("per_second"));
            lines.map(|line| line.replace(place, "PLACE")).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(say("drop.pool"), say("out"), "{command:?}");
    }
    dir.run(["verify", "drop.pool", "--expect", &digest]).ok().says("no differences");
    for (place, sheet) in [("out", "a.png"), ("drop.pool", "b.png")] {
        dir.run(["sheet", place, "--count", "9", "-o", sheet]).ok();
        dir.run(["report", place, "--html", &format!("{sheet}.html")]).ok();
    }
    assert!(dir.read("a.png") == dir.read("b.png"));
    // A pool has no files that the page could link.
    assert!(dir.exists("b.png.html"));
}

/// Names by a template, one-of-ones, and metadata that is written again.
#[test]
fn changes_of_a_pool_are_those_of_a_folder() {
    let dir = Dir::with_busy_project();
    dir.picture("p/ones/King.png", [200, 10, 20, 255]);
    dir.write(
        "p/collection.toml",
        "seed = 11\ncount = 30\nfit = \"scale\"\n[metadata]\nfile_name = \"{1 Figure}-{edition:03}\"\n",
    );
    dir.run(["generate", "p"]).ok();
    dir.run(["generate", "p", "--out", "drop.pool"]).ok();
    let same = |what: &str| {
        let _ = fs::remove_dir_all(dir.path("got"));
        dir.run(["unpack", "drop.pool", "--out", "got"]).ok();
        assert!(dir.files("got") == dir.files("out"), "{what}");
        dir.run(["verify", "drop.pool", "--decode"]).ok();
    };
    same("as generated");
    for change in [
        &["metadata", "--base-uri", "https://example.org/cats", "--metadata", "erc721,jsonl"][..],
        &["metadata", "--project", "p"],
        &["reroll", "7,9", "--project", "p"],
        &["remove", "5", "--project", "p"],
        &["extend", "--by", "4", "--project", "p"],
        &["swap", "1,2", "--project", "p"],
    ] {
        let said = ["out", "drop.pool"].map(|place| {
            let mut arguments = vec![change[0], place];
            arguments.extend(&change[1..]);
            dir.run(arguments).ok().told("collection:")
        });
        assert_eq!(said[0], said[1], "{change:?}");
        same(change[0]);
    }
}

#[test]
fn digests_can_come_later() {
    let (dir, digest) = both(&[]);
    dir.run(["generate", "p", "--out", "later.pool", "--digests", "later"])
        .ok()
        .says("as a pool")
        .says("pool: ");
    let pool = dir.run(["verify", "later.pool"]).ok().says("--fill").told("pool:");
    dir.run(["verify", "later.pool", "--expect", &pool]).ok();
    dir.run(["verify", "later.pool", "--expect", &digest]).refused(1, &[&["later.pool", &digest]]);
    let output = dir.command(["cat", "later.pool", "40"]).output().unwrap();
    assert!(output.stdout == dir.read("out/images/40.png"));
    for command in ["report", "sheet"] {
        dir.run([command, "later.pool"])
            .refused(2, &[&["later.pool", "without the digests", "verify --fill"]]);
    }
    assert_eq!(dir.run(["verify", "later.pool", "--fill"]).ok().told("collection:"), digest);
    assert!(dir.read("later.pool") == dir.read("drop.pool"));
    dir.run(["verify", "later.pool", "--fill"]).refused(2, &[&["later.pool", "already"]]);
    dir.run(["generate", "p", "--out", "a.tar", "--digests", "later"]).refused(2, &[&["--digests", ".pool"]]);
    dir.run(["generate", "p", "--out", "a.pool", "--digests", "later", "--provenance"])
        .refused(2, &[&["--digests", "--provenance"]]);
}

#[test]
fn what_is_no_pool_and_what_is_not_in_it_is_refused() {
    let (dir, _) = both(&[]);
    let whole = dir.read("drop.pool");
    dir.run(["generate", "p", "--out", "drop.pool"]).refused(2, &[&["drop.pool", "exists"]]);
    dir.run(["generate", "p", "--out", "drop.pool", "--resume"]).refused(2, &[&["--resume", "folder"]]);
    dir.run(["cat", "out", "1"]).refused(2, &[&["out", "folder"]]);
    dir.run(["unpack", "out", "--out", "x"]).refused(2, &[&["out", "not a pool"]]);
    dir.run(["unpack", "drop.pool", "--out", "out"]).refused(2, &[&["out"]]);
    dir.run(["unpack", "drop.pool", "--out", "x", "--pick", "3,41"])
        .refused(2, &[&["no item 41", "from 1 to 40"]]);
    let ran = dir.run(["unpack", "drop.pool", "--out", "x", "--pick", "9-3"]);
    assert!(ran.code() == Some(2) && ran.stderr().contains("9-3 has no items"), "{}", ran.stderr());
    dir.run(["cat", "drop.pool", "0"]).refused(2, &[&["no item 0"]]);
    dir.run(["cat", "drop.pool", "1", "--size", "7"]).refused(2, &[&["--size 7", "200"]]);
    dir.run(["pool", "out", "--project", "p", "--out", "x.tar"]).refused(2, &[&["x.tar", ".pool"]]);
    dir.write("p/layers/0 Ground/V1#2.png", dir.read("p/layers/0 Ground/V2#3.png"));
    dir.run(["pool", "out", "--project", "p", "--out", "x.pool"]).refused(1, &[&["nothing was written"]]);
    // Cut, and changed in the middle and at the end.
    let change = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let damaged =
        [whole[..whole.len() / 2].to_vec(), change(whole.len() / 3), change(whole.len() - 40), change(20)];
    for (number, bytes) in damaged.into_iter().enumerate() {
        let name = format!("bad{number}.pool");
        dir.write(&name, bytes);
        assert_ne!(dir.run(["verify", &name]).code(), Some(0), "{name}");
        let ran = dir.run(["unpack", &name, "--out", "x"]);
        assert!(matches!(ran.code(), Some(1..=2)) && !dir.exists("x"), "{name}: {}", ran.stderr());
    }
    // Nothing is left of what was refused.
    let names =
        fs::read_dir(dir.root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(
        names.into_iter().all(|name| !name.starts_with(".traitpress") && name != "x" && name != "x.pool")
    );
}
