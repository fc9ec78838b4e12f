//! Numbered items of the HTTP service: the files of a finished folder, as they were written or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::serve_util::{PATIENCE, Served, project};

#[test]
fn items_of_a_finished_folder_are_its_files() {
    let dir = project();
    dir.run(["generate", "p", "--out", "drop", "--output-size", "100,50", "--no-recipe-cache"]).ok();
    let served = Served::start(&dir, &["p", "--sizes", "64", "--items", "drop", "--watch", "1"]);
    let described = |served: &Served| served.get("/v1/p").json();
    let before = described(&served);
    assert_eq!(
        (&before["sizes"], &before["item_sizes"]),
        (&vec![64].into(), &serde_json::json!([100, 50, 64]))
    );
    // The tag is there before the file is read.
    let head = served.request("HEAD", "/v1/p/items/3.png", "");
    let tag = head.header("etag").expect("a tag").to_owned();
    let sent_back = format!("If-None-Match: {tag}\r\n");
    assert_eq!(served.request("GET", "/v1/p/items/3.png", &sent_back).status, 304);
    assert_eq!(served.figure("traitpress_pictures_made_total"), 0.0);
    for (rest, file) in
        [("3.png", "100/3.png"), ("3.png?size=100", "100/3.png"), ("3.png?size=50", "50/3.png")]
    {
        let answer = served.get(&format!("/v1/p/items/{rest}"));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/png")));
        assert!(answer.body == dir.read(format!("drop/images/{file}")), "{rest}");
        assert_eq!(answer.header("etag") == Some(&*tag), file == "100/3.png", "{rest}");
    }
    // What the folder does not have is made, and what is drawn has the sizes of the project.
    let other =
        ["3.png?size=64", "3.webp", "3.webp?size=50"].map(|rest| served.get(&format!("/v1/p/items/{rest}")));
    let media =
        other.each_ref().map(|answer| (answer.status, answer.header("content-type").expect("a type")));
    assert_eq!(media, [(200, "image/png"), (200, "image/webp"), (200, "image/webp")]);
    assert!(served.refusal("/v1/p/seed/alice.png?size=100", 400).contains("this project has 64"));
    assert!(served.refusal("/v1/p/items/3.png?size=32", 400).contains("this project has 100, 50, 64"));
    served.refusal("/v1/p/items/21.png", 404);
    // Art that changes changes no file.
    fs::remove_file(dir.path("p/layers/Hat/V1#2.png")).expect("a trait");
    fs::copy(dir.path("p/layers/Hat/V2#3.png"), dir.path("p/layers/Hat/V1#2.png")).expect("a trait");
    let patience = Instant::now() + PATIENCE;
    while described(&served)["digest"] == before["digest"] {
        assert!(Instant::now() < patience, "it reads the change");
        sleep(Duration::from_millis(100));
    }
    for edition in 1..=20 {
        let answer = served.get(&format!("/v1/p/items/{edition}.png?size=50"));
        assert!(answer.body == dir.read(format!("drop/images/50/{edition}.png")), "{edition}");
    }
}

#[test]
fn sizes_and_art_that_a_collection_does_not_fit_are_refused_at_the_start() {
    let dir = project();
    dir.run(["generate", "p", "--out", "drop", "--output-size", "100"]).ok();
    dir.run(["serve", "p", "--items", "drop", "--sizes", "64,200", "--check"]).ok();
    dir.run(["serve", "p", "--items", "drop", "--sizes", "300", "--check"])
        .refused(2, &[&["300", "smaller"]]);
    // The plan's names are there, and the recipe is for another canvas.
    for entry in walk(&dir.path("p/layers")) {
        let picture = image::open(&entry).expect("a picture").to_rgba8();
        image::imageops::thumbnail(&picture, 50, 50).save(&entry).expect("a picture");
    }
    let refused = dir.run(["serve", "p", "--items", "drop", "--check"]);
    refused.refused(2, &[&["--items drop", "of this art"]]);
    assert!(!refused.stderr().contains("--recipe"), "{}", refused.stderr());
}

/// The files of all folders in this one.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    folders
        .flat_map(|folder| fs::read_dir(folder).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

#[test]
fn files_that_are_not_those_of_the_manifest_are_refused_and_never_shown() {
    let dir = project();
    dir.run([
        "generate",
        "p",
        "--out",
        "drop",
        "--layout",
        "fan-out",
        "--format",
        "webp",
        "--output-size",
        "80",
    ])
    .ok();
    let served = Served::start(&dir, &["p", "--items", "drop", "--file-cache", "1KB"]);
    let file = |edition: u32| format!("drop/images/000/{edition}.webp");
    let bytes = dir.read(file(5));
    let mut changed = bytes.clone();
    *changed.last_mut().expect("bytes") ^= 1;
    dir.write(file(5), &changed);
    dir.write(file(6), &dir.read(file(6))[..100]);
    fs::remove_file(dir.path(file(7))).expect("a file");
    for (edition, words) in [(5, "its bytes are not those"), (6, "cut short: 100 bytes"), (7, "missing")] {
        for _ in 0..2 {
            let said = served.refusal(&format!("/v1/p/items/{edition}.webp"), 500);
            assert!(said.contains(words) && said.contains(&file(edition)), "{said}");
        }
    }
    dir.write(file(5), &bytes);
    assert!(served.get("/v1/p/items/5.webp").body == bytes, "the refusal is not kept");
    assert!(served.get("/v1/p/items/8.webp").body == dir.read(file(8)));
    assert_eq!(served.get("/v1/p/items/6.png").status, 200, "another format is made");
    // A manifest or a plan that contradicts itself is refused before anything is served.
    let manifest = String::from_utf8(dir.read("drop/manifest.json")).expect("text");
    dir.write("drop/manifest.json", manifest.replacen("\"bytes\": ", "\"bytes\": 1", 1));
    dir.run(["serve", "p", "--items", "drop", "--check"])
        .refused_beside_broken_files(1, &[&["manifest.json"]]);
}

#[test]
fn a_pool_that_is_damaged_gives_right_pictures_or_none() {
    let dir = project();
    dir.run(["generate", "p", "--out", "drop", "--no-recipe-cache"]).ok();
    dir.run(["generate", "p", "--out", "drop.pool", "--no-recipe-cache"]).ok();
    let mut pool = dir.read("drop.pool");
    let third = pool.len() / 3;
    pool[third] ^= 0x10;
    dir.write("drop.pool", &pool);
    let served = Served::start(&dir, &["p", "--items", "drop.pool", "--watch", "0"]);
    let mut refused = 0;
    for edition in 1..=20 {
        let answer = served.get(&format!("/v1/p/items/{edition}.png"));
        let right = answer.status == 200 && answer.body == dir.read(format!("drop/images/{edition}.png"));
        assert!(right || answer.status == 409, "{edition}: {}", answer.head);
        refused += usize::from(!right);
    }
    assert!(refused > 0, "some picture has the byte");
}
