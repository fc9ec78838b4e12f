//! The same project and seed give the same folder, byte for byte, however it is pressed.

use crate::util::Dir;

#[test]
fn threads_batches_and_memory_change_no_byte() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--threads", "1"]).ok();
    let first = dir.files("out");
    assert_eq!(first.len(), 40 + 40 + 3);
    for (number, arguments) in [
        "--threads 2 --batch 1 --encode-batch 1 --no-recipe-cache",
        "--threads 4 --batch 7 --encode-batch 3 --cache-memory 0 --no-recipe-cache",
        "--threads 3 --batch 1000 --encode-batch 64 --cache-memory 8MB",
        "--batch auto --cache-memory 20KB --provenance",
    ]
    .iter()
    .enumerate()
    {
        let out = format!("out{number}");
        let words = ["generate", "p", "--out", &out].into_iter().chain(arguments.split(' '));
        dir.run(words).ok();
        let mut other = dir.files(&out);
        if arguments.contains("--provenance") {
            other.insert("manifest.json".into(), first[std::path::Path::new("manifest.json")].clone());
        }
        for (name, bytes) in &first {
            assert!(other.get(name) == Some(bytes), "{} differs with {arguments}", name.display());
        }
        assert_eq!(other.len(), first.len(), "{arguments}");
    }
}

#[test]
fn a_collection_in_place_of_another_is_the_same_as_in_an_empty_folder() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--seed", "99", "--count", "60"]).ok();
    dir.run(["generate", "p", "--force"]).ok();
    dir.run(["generate", "p", "--out", "fresh"]).ok();
    assert_eq!(dir.files("out"), dir.files("fresh"));
}

#[test]
fn where_the_project_stands_and_what_its_files_are_called_changes_no_picture() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p"]).ok();
    std::fs::create_dir(dir.path("deep")).unwrap();
    std::fs::rename(dir.path("p"), dir.path("deep/p")).unwrap();
    dir.run(["generate", "deep/p", "--out", "moved"]).ok();
    assert_eq!(dir.files("out"), dir.files("moved"));
}

/// Blend modes are part of what a collection is: a mode by another name is the same, another mode is not.
#[test]
fn a_blend_mode_by_its_canvas_name_gives_the_same_collection() {
    let dir = Dir::with_project();
    let generate = |blend: &str| {
        let layers = "[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\n";
        dir.write("p/collection.toml", format!("name = \"Test\"\nseed = 7\ncount = 4\n{layers}{blend}\n"));
        dir.run(["generate", "p", "--force"]).ok().told("collection:")
    };
    let [none, normal, over] = ["", "blend = \"normal\"", "blend = \"source-over\""].map(generate);
    assert_eq!((&none, &none), (&normal, &over));
    let [lighter, plus, multiply] =
        ["blend = \"lighter\"", "blend = \"plus-lighter\"", "blend = \"multiply\""].map(generate);
    assert_eq!(lighter, plus);
    assert!(none != lighter && lighter != multiply && none != multiply);
}

#[test]
fn the_plain_encoder_writes_the_same_pixels() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--count", "8"]).ok();
    dir.run(["generate", "p", "--count", "8", "--encoder", "plain", "--out", "plain"]).ok();
    for edition in 1..=8 {
        let pixels =
            |out: &str| image::open(dir.path(format!("{out}/images/{edition}.png"))).unwrap().into_rgba8();
        assert!(pixels("out") == pixels("plain"), "{edition}");
    }
}

/// A recipe that was kept from an earlier run changes no byte, whatever became of it, and is not used for other art.
#[test]
fn a_kept_recipe_changes_no_byte() {
    let dir = Dir::with_busy_project();
    let kept = "p/.traitpress/recipe.json";
    let pressed = |arguments: &[&str]| {
        let words = ["generate", "p", "--force"].into_iter().chain(arguments.iter().copied());
        dir.run(words).ok();
        dir.files("out")
    };
    let want = pressed(&["--no-recipe-cache"]);
    assert!(!dir.exists("p/.traitpress"), "nothing was kept");
    assert!(pressed(&[]) == want && dir.exists(kept));
    assert_eq!(dir.read("p/.traitpress/.gitignore"), b"*\n");
    let first = dir.read(kept);
    assert!(pressed(&[]) == want && dir.read(kept) == first, "the kept recipe is used as it is");
    for damage in [&b"{}"[..], b"", &first[..first.len() / 2], b"\xff\xfe"] {
        dir.write(kept, damage);
        assert!(pressed(&[]) == want);
        assert!(dir.read(kept) == first, "a damaged file is replaced");
    }
    // A recipe of another effort under the digest of this one.
    pressed(&["--effort", "fast"]);
    let mut both = dir.json(kept);
    let entries = both["recipes"].as_array_mut().unwrap();
    assert_eq!(entries.len(), 2);
    let of_fast = entries[0]["recipe"].clone();
    entries[1]["recipe"] = of_fast;
    dir.write(kept, both.to_string());
    assert!(pressed(&[]) == want, "what does not have its digest is not used");
    // Other art.
    let before = dir.read(kept);
    let face =
        std::fs::read_dir(dir.path("p/layers")).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let picture = std::fs::read_dir(face).unwrap().next().unwrap().unwrap().path();
    let mut changed = image::open(&picture).unwrap().to_rgba8();
    changed.pixels_mut().for_each(|pixel| pixel.0[0] ^= 0x30);
    changed.save(&picture).unwrap();
    let other = pressed(&[]);
    assert!(other != want && dir.read(kept) != before);
    assert!(pressed(&["--no-recipe-cache"]) == other);
    // A project in which nothing can be kept.
    std::fs::remove_dir_all(dir.path("p/.traitpress")).unwrap();
    dir.write("p/.traitpress", "in the way");
    assert!(pressed(&[]) == other);
    assert_eq!(dir.read("p/.traitpress"), b"in the way");
}
