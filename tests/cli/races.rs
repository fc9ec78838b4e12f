//! Folders that are replaced while a run writes to them: nothing is written anywhere else, and the run notices.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::resume::{dir, end, start, wait_for_pictures};
use crate::util::Dir;

/// Slow enough that a folder can be replaced on the way.
const SLOW: [&str; 6] = ["--threads", "1", "--batch", "1", "--effort", "small"];

/// Waits for something.
fn wait_until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it never comes");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Moves a folder away and puts a link to the folder `elsewhere` in its place.
fn replace(dir: &Dir, name: &str) {
    fs::create_dir_all(dir.path("elsewhere")).unwrap();
    let moved = dir.path(format!("{name}.old"));
    fs::rename(dir.path(name), moved).unwrap();
    dir.link(dir.path("elsewhere"), name);
}

fn is_empty(dir: &Dir, name: &str) -> bool {
    fs::read_dir(dir.path(name)).unwrap().next().is_none()
}

#[test]
fn a_folder_of_a_run_that_becomes_a_link_ends_the_run_and_nothing_goes_through_it() {
    let dir = dir();
    for name in ["out/images", "out/json", "out/.traitpress", "out"] {
        let child = start(&dir, &[&["generate", "p", "--out", "out"][..], &SLOW].concat());
        wait_for_pictures(&dir, "out", 5);
        replace(&dir, name);
        let (code, said) = end(child);
        assert_eq!(code, Some(1), "{name}: {said}");
        assert!(said.contains("the output folder was replaced"), "{name}: {said}");
        assert!(is_empty(&dir, "elsewhere"), "{name}");
        if name != "out" {
            assert_ne!(dir.run(["verify", "out"]).code(), Some(0), "{name}");
        }
        let _ = fs::remove_file(dir.path(name));
        for gone in ["out", "out.old"] {
            let _ = fs::remove_dir_all(dir.path(gone));
        }
    }
}

#[test]
fn another_folder_in_its_place_is_noticed_too() {
    let dir = dir();
    let child = start(&dir, &[&["generate", "p", "--out", "out"][..], &SLOW].concat());
    wait_for_pictures(&dir, "out", 5);
    fs::rename(dir.path("out/images"), dir.path("out/images.old")).unwrap();
    fs::create_dir(dir.path("out/images")).unwrap();
    let (code, said) = end(child);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("out/images: the output folder was replaced"), "{said}");
    assert!(is_empty(&dir, "out/images"));
}

#[test]
fn a_run_that_goes_on_is_bound_to_its_folders_as_a_fresh_one() {
    let dir = dir();
    let mut child = start(&dir, &[&["generate", "p", "--out", "out"][..], &SLOW].concat());
    wait_for_pictures(&dir, "out", 5);
    child.kill().unwrap();
    child.wait().unwrap();
    let there = fs::read_dir(dir.path("out/images")).unwrap().count();
    let child = start(&dir, &[&["generate", "p", "--out", "out", "--resume"][..], &SLOW].concat());
    wait_for_pictures(&dir, "out", there + 5);
    replace(&dir, "out/images");
    let (code, said) = end(child);
    assert_eq!(code, Some(1), "{said}");
    assert!(is_empty(&dir, "elsewhere"), "{said}");
}

#[test]
fn an_archive_and_previews_stay_in_the_folders_that_they_were_begun_in() {
    let dir = dir();
    fs::create_dir(dir.path("archives")).unwrap();
    let child = start(&dir, &[&["generate", "p", "--out", "archives/a.tar"][..], &SLOW].concat());
    wait_until(|| !is_empty(&dir, "archives"));
    replace(&dir, "archives");
    let (code, said) = end(child);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("a.tar") && said.contains("was replaced"), "{said}");
    assert!(is_empty(&dir, "elsewhere") && is_empty(&dir, "archives.old"));

    let previewed = ["generate", "p", "--out", "out", "--preview", "seen"];
    let child = start(&dir, &[&previewed[..], &SLOW].concat());
    wait_until(|| fs::read_dir(dir.path("seen")).is_ok_and(|mut names| names.next().is_some()));
    replace(&dir, "seen");
    let (code, said) = end(child);
    assert_eq!(code, Some(1), "{said}");
    assert!(is_empty(&dir, "elsewhere"), "{said}");
    dir.run(["verify", "out"]).ok();
}

/// What is removed is what is in the folders of the collection, and nothing behind a link.
#[test]
fn force_removes_nothing_through_a_link() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--out", "out"]).ok();
    fs::rename(dir.path("out/images"), dir.path("elsewhere")).unwrap();
    dir.link("../elsewhere", "out/images");
    let before: Vec<PathBuf> = dir.files("elsewhere").into_keys().collect();
    dir.run(["generate", "p", "--out", "out", "--force"]).refused(2, &[&["out/images", "link"]]);
    for command in
        [&["verify", "out"][..], &["sheet", "out", "-o", "s.png"], &["report", "out", "--html", "r.html"]]
    {
        assert_eq!(dir.run(command).code(), Some(1), "{command:?}");
    }
    assert_eq!(dir.files("elsewhere").into_keys().collect::<Vec<_>>(), before);
}
