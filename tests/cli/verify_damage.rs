//! `verify`: every kind of damage is found and named.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::util::Dir;
use crate::verify::{change, chunk, collection, found, owned};

/// Flips a bit of a file.
fn flip(dir: &Dir, name: &str, at: impl FnOnce(&[u8]) -> usize) {
    change(dir, name, |bytes| {
        let at = at(bytes);
        bytes[at] ^= 4;
    });
}

#[test]
fn every_kind_of_damage_is_found_and_named() {
    type Damage = (&'static str, fn(&Dir), &'static [(&'static str, &'static str)]);
    const FOUR: &str = "out/images/4.png";
    let damages: [Damage; 20] = [
        ("a picture is gone", |dir| fs::remove_file(dir.path(FOUR)).unwrap(), &[("images/4.png", "missing")]),
        (
            "all metadata is gone",
            |dir| fs::remove_file(dir.path("out/json/_metadata.json")).unwrap(),
            &[("json/_metadata.json", "missing")],
        ),
        ("a folder is gone", |dir| fs::remove_dir_all(dir.path("out/json")).unwrap(), &[("json", "missing")]),
        (
            "more files",
            |dir| {
                for name in ["images/900.png", "images/04.png", "json/x.json", "notes.txt", "sub/1.png"] {
                    dir.write(format!("out/{name}"), "{}");
                }
                fs::create_dir(dir.path("out/.traitpress")).unwrap();
            },
            &[
                ("images/900.png", "extra"),
                (".traitpress", "extra"),
                ("images/04.png", "extra"),
                ("json/x.json", "extra"),
                ("notes.txt", "extra"),
                ("sub", "extra"),
            ],
        ),
        (
            "working files of somebody else",
            |dir| dir.write("out/.traitpress/mine.txt", "mine"),
            &[(".traitpress/mine.txt", "extra")],
        ),
        ("cut short", |dir| change(dir, FOUR, |png| png.truncate(50)), &[("images/4.png", "changed")]),
        ("empty", |dir| dir.write(FOUR, ""), &[("images/4.png", "changed")]),
        ("longer", |dir| change(dir, FOUR, |png| png.push(0)), &[("images/4.png", "changed")]),
        (
            "a bit of IDAT",
            |dir| flip(dir, FOUR, |png| chunk(png, b"IDAT").0 + 5),
            &[("images/4.png", "changed"), ("images/4.png", "structure")],
        ),
        (
            "a bit of a CRC",
            |dir| flip(dir, FOUR, |png| chunk(png, b"IDAT").1 + 2),
            &[("images/4.png", "changed"), ("images/4.png", "structure")],
        ),
        (
            "another size, its CRC made right",
            |dir| {
                change(dir, FOUR, |png| {
                    let (start, end) = chunk(png, b"IHDR");
                    png[start + 3] = 16;
                    let crc = crc32fast::hash(&png[start - 4..end]);
                    png[end..end + 4].copy_from_slice(&crc.to_be_bytes());
                });
            },
            &[("images/4.png", "changed"), ("images/4.png", "canvas")],
        ),
        (
            "two pictures have changed places",
            |dir| {
                fs::rename(dir.path(FOUR), dir.path("out/x")).unwrap();
                fs::rename(dir.path("out/images/5.png"), dir.path(FOUR)).unwrap();
                fs::rename(dir.path("out/x"), dir.path("out/images/5.png")).unwrap();
            },
            &[("images/4.png", "changed"), ("images/5.png", "changed")],
        ),
        (
            "metadata",
            |dir| change(dir, "out/json/6.json", |text| text[20] ^= 1),
            &[("json/6.json", "changed")],
        ),
        ("the plan", |dir| change(dir, "out/plan.json", |text| text[60] ^= 1), &[("plan.json", "changed")]),
        (
            "a link to the same file",
            |dir| {
                fs::rename(dir.path(FOUR), dir.path("same.png")).unwrap();
                dir.link("../../same.png", FOUR);
            },
            &[("images/4.png", "link")],
        ),
        (
            "a folder behind a link",
            |dir| {
                fs::rename(dir.path("out/images"), dir.path("elsewhere")).unwrap();
                dir.link("../elsewhere", "out/images");
            },
            &[("images", "link")],
        ),
        (
            "a folder where a file was",
            |dir| {
                fs::remove_file(dir.path(FOUR)).unwrap();
                fs::create_dir(dir.path(FOUR)).unwrap();
            },
            &[("images/4.png", "not-a-file")],
        ),
        (
            "a file where a folder was",
            |dir| {
                fs::remove_dir_all(dir.path("out/images")).unwrap();
                dir.write("out/images", "");
            },
            &[("images", "not-a-file")],
        ),
        (
            "a pipe that nobody writes to, where a file was and beside",
            |dir| {
                fs::remove_file(dir.path(FOUR)).unwrap();
                dir.pipe(FOUR);
                dir.pipe("out/json/pipe");
            },
            &[("images/4.png", "not-a-file"), ("json/pipe", "extra")],
        ),
        (
            "names that steer a terminal or are no text",
            |dir| {
                dir.write("out/a\n\u{1b}[31m", "");
                dir.write(OsStr::from_bytes(b"out/images/\xff.png"), "");
            },
            &[("a\n\u{1b}[31m", "extra"), ("images/\u{fffd}.png", "extra")],
        ),
    ];
    let dir = collection();
    let whole = dir.files("out");
    fs::remove_dir_all(dir.path("out")).unwrap();
    for (what, damage, problems) in damages {
        dir.write_all("out", &whole);
        damage(&dir);
        let (problems_found, said) = found(&dir, &[]);
        assert_eq!(problems_found, owned(problems), "{what}: {said:#}");
        // Every problem is a line, and the last line says what to do.
        let ran = dir.run(["verify", "out", "--decode", "--threads", "1"]);
        let count = if problems.len() == 1 { "1 difference; ".to_owned() } else { "differences".to_owned() };
        let cure = match problems.iter().all(|(_, kind)| *kind == "extra") {
            true => "delete what is not part of the collection",
            false => "or make the collection again",
        };
        ran.refused_beside_broken_files(1, &[&["out: ", &count, cure]]);
        let name = problems[0].0.escape_default().to_string();
        assert!(ran.stdout().lines().any(|line| line.starts_with(&format!("{name}: "))), "{what}");
        // Pressing again looks at what is there, and through no link.
        let pressed = found(&dir, &["--project", "p", "--sample", "all"]).0;
        assert!(owned(problems).iter().all(|problem| pressed.contains(problem)), "{what}: {pressed:?}");
        for name in ["elsewhere", "same.png"].map(|name| dir.path(name)) {
            let _ = fs::remove_file(&name).or_else(|_| fs::remove_dir_all(&name));
        }
        fs::remove_dir_all(dir.path("out")).unwrap();
    }
}
