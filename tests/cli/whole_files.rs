//! Files that a command writes beside a collection: on a full disk nothing is left of them under their final names.

use std::fs;

use crate::util::Dir;

/// The shell's words that limit every file to `blocks` of 512 bytes: a write beyond it fails, as on a full disk.
#[cfg(unix)]
fn limit(blocks: u32) -> String {
    format!("trap '' XFSZ; ulimit -f {blocks}")
}

/// The names in the project's folder.
#[cfg(unix)]
fn names(dir: &Dir, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(dir.path(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[cfg(unix)]
#[test]
fn init_leaves_no_half_configuration_and_no_half_preview() {
    let dir = Dir::with_project();
    fs::remove_file(dir.path("p/collection.toml")).unwrap();
    // The configuration has more than 2 KB.
    dir.run_after(&limit(4), &["init", "p"])
        .refused(1, &[&["p/collection.toml", "cannot write", "free space"]]);
    assert_eq!(names(&dir, "p"), ["layers"]);
    dir.run(["init", "p"]).ok();
    assert!(dir.read("p/collection.toml").len() > 4 * 512);
    assert_eq!(names(&dir, "p"), [".traitpress", "collection.toml", "layers", "preview.png"]);
    // A preview of more bytes than the configuration.
    let dir = Dir::with_busy_project();
    fs::remove_file(dir.path("p/collection.toml")).unwrap();
    dir.run_after(&limit(16), &["init", "p"]).refused(1, &[&["p/preview.png", "cannot write", "free space"]]);
    assert_eq!(names(&dir, "p"), ["collection.toml", "layers"]);
}

#[cfg(unix)]
#[test]
fn bench_leaves_no_half_document() {
    let dir = Dir::with_project();
    let words = ["bench", "p", "--count", "2", "--runs", "1", "--backends", "cpu,plain", "--json", "b.json"];
    let before = names(&dir, ".");
    dir.run_after(&limit(14), &words).exited(1).warns("b.json: cannot write the measurements");
    assert_eq!(names(&dir, "."), before);
    dir.run(words).ok();
    assert!(dir.read("b.json").len() > 14 * 512);
}

#[test]
fn statistics_and_patterns_are_replaced_and_never_written_over() {
    let dir = Dir::with_project();
    let words = ["generate", "p", "--stats", "s.json", "--patterns", "patterns", "--force"];
    dir.run(words).ok();
    for name in ["s.json", "patterns"] {
        fs::hard_link(dir.path(name), dir.path(format!("old {name}"))).unwrap();
    }
    let old: Vec<Vec<u8>> = ["s.json", "patterns"].map(|name| dir.read(name)).into();
    dir.run([&words[..], &["--count", "3"]].concat()).ok();
    for (name, old) in ["s.json", "patterns"].into_iter().zip(old) {
        assert!(dir.read(name) != old, "{name} is a new one");
        assert!(dir.read(format!("old {name}")) == old, "{name}: a reader of the old file keeps it whole");
    }
}
