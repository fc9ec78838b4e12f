//! `generate --thumbnails`: what the file holds, that the collection is the same without it, and that a page is made of it
//! only if it belongs to the collection and is whole.

use std::fs;

use image::RgbaImage;
use serde_json::Value;

use crate::util::Dir;
use crate::verify::{collection, finds};

const FILE: &str = "out/thumbnails.traitpress";

/// The first line, and each item's edition and thumbnail as another decoder reads it.
fn read(bytes: &[u8]) -> (Value, Vec<(u32, RgbaImage)>) {
    let line = bytes.iter().position(|&byte| byte == b'\n').expect("a first line");
    let header: Value = serde_json::from_slice(&bytes[..line]).expect("a JSON object");
    let (rest, digest) = bytes.split_at(bytes.len() - 32);
    assert_eq!(blake3::hash(rest).as_bytes(), digest);
    let (mut at, mut items) = (line + 1, Vec::new());
    while at < rest.len() {
        let edition = u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        let length = u32::from_le_bytes(rest[at + 7..at + 11].try_into().unwrap()) as usize;
        let file = &rest[at + 11..at + 11 + length];
        let format = if rest[at + 4] == b'j' { image::ImageFormat::Jpeg } else { image::ImageFormat::WebP };
        items.push((edition, image::load_from_memory_with_format(file, format).unwrap().into_rgba8()));
        at += 11 + length;
    }
    (header, items)
}

fn digest_of(dir: &Dir) -> Value {
    dir.json("out/manifest.json")["collection"].clone()
}

#[test]
fn small_pictures_are_kept_as_they_are_one_of_ones_too() {
    let dir = collection();
    let (digest, files) = (digest_of(&dir), dir.files("out").len());
    dir.run(["generate", "p", "--provenance", "--force", "--thumbnails", "--threads", "3"]).ok();
    assert_eq!(digest_of(&dir), digest, "the collection is the same with and without");
    assert_eq!(dir.files("out").len(), files + 1);
    finds(&dir, &[], &[]);
    let bytes = dir.read(FILE);
    let (header, items) = read(&bytes);
    assert_eq!((&header["side"], &header["whole"], &header["items"]), (&320.into(), &true.into(), &9.into()));
    assert_eq!(header["plan"], dir.json("out/manifest.json")["plan"]);
    assert_eq!(items.iter().map(|(edition, _)| *edition).collect::<Vec<_>>(), (3..12).collect::<Vec<_>>());
    for (edition, thumbnail) in &items {
        let picture = image::open(dir.path(format!("out/images/{edition}.png"))).unwrap().into_rgba8();
        assert_eq!(*thumbnail, picture, "{edition}");
    }
    dir.run(["generate", "p", "--provenance", "--force", "--thumbnails", "--threads", "1"]).ok();
    assert_eq!(dir.read(FILE), bytes, "threads change nothing");
    // Without the flag it goes with the collection that it belongs to.
    dir.run(["generate", "p", "--provenance", "--force"]).ok();
    assert!(!dir.exists(FILE));
}

#[test]
fn thumbnails_of_traits_look_like_the_pictures_scaled_down() {
    let dir = Dir::with_busy_project();
    dir.write(
        "p/collection.toml",
        "seed = 11\ncount = 12\nbackground = \"#804020\"\n[[layers]]\nname = \"0 Ground\"\n[[layers]]\nname = \"1 Figure\"\nblend = \"multiply\"\n\
         [[layers]]\nname = \"2 Eyes\"\nopacity = 0.7\n[[layers]]\nname = \"3 Hat\"\n",
    );
    dir.run(["generate", "p", "--thumbnails=40", "--trait-memory", "200KB"]).ok();
    let (header, items) = read(&dir.read(FILE));
    assert_eq!((&header["side"], &header["whole"]), (&40.into(), &false.into()));
    assert_eq!(items.len(), 12);
    for (edition, thumbnail) in &items {
        let picture = image::open(dir.path(format!("out/images/{edition}.png"))).unwrap();
        assert_eq!(thumbnail.dimensions(), (40, 30));
        let scaled = picture.resize_exact(40, 30, image::imageops::FilterType::Triangle).into_rgba8();
        let off: u32 = scaled.iter().zip(thumbnail.iter()).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
        let mean = f64::from(off) / scaled.len() as f64;
        assert!(mean < 6.0, "{edition}: {mean}");
        let other = &items[(*edition as usize) % 12].1;
        let off: u32 = scaled.iter().zip(other.iter()).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
        assert!(f64::from(off) / scaled.len() as f64 > mean, "{edition} is more like another");
    }
}

#[test]
fn a_page_is_made_of_what_was_kept_without_the_pictures() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--thumbnails=32"]).ok();
    let page = |arguments: &[&str]| {
        dir.run(["report", "out", "--top", "0", "--force", "--html", "page.html"].iter().chain(arguments))
            .ok();
        dir.read("page.html")
    };
    let kept = page(&[]);
    assert_eq!(page(&["--thumbnail", "32"]), kept);
    assert_ne!(page(&["--thumbnail", "48"]), kept, "another size is made from the pictures");
    fs::rename(dir.path("out/images"), dir.path("aside")).unwrap();
    assert_eq!(page(&[]), kept);
    dir.run(["report", "out", "--html", "other.html", "--thumbnail", "48", "--top", "0"])
        .refused(1, &[&["out/images/1.png", "it is missing"]]);
    fs::rename(dir.path("aside"), dir.path("out/images")).unwrap();

    // What is damaged or of another collection is told, with the way out.
    let bytes = dir.read(FILE);
    let mut flipped = bytes.clone();
    let middle = bytes.len() / 2;
    flipped[middle] ^= 1;
    let text =
        String::from_utf8_lossy(&bytes[..bytes.iter().position(|&byte| byte == b'\n').unwrap()]).into_owned();
    let plan = dir.json("out/manifest.json")["plan"].as_str().unwrap().to_owned();
    let header =
        |from: &str, to: &str| [text.replacen(from, to, 1).as_bytes(), &bytes[text.len()..]].concat();
    for (damaged, words) in [
        (flipped, "changed after it was written"),
        (bytes[..bytes.len() - 1].to_vec(), "changed after it was written"),
        ([&bytes[..], b"x"].concat(), "changed after it was written"),
        (bytes[..text.len() + 5].to_vec(), "changed after it was written"),
        (header(&plan, &plan.chars().rev().collect::<String>()), "another collection"),
        (header("\"items\":40", "\"items\":41"), "another collection"),
        (header("\"side\":32", "\"side\":-1"), "first line"),
    ] {
        assert_ne!(damaged, bytes);
        dir.write(FILE, damaged);
        let ran = dir.run(["report", "out", "--html", "other.html", "--top", "0"]);
        ran.refused(1, &[&[FILE, words, "remove it"]]);
        assert!(!dir.exists("other.html"));
    }
    fs::remove_file(dir.path(FILE)).unwrap();
    page(&[]);
}

#[test]
fn what_only_has_the_name_is_neither_ours_nor_touched() {
    let dir = Dir::with_project();
    dir.run(["generate", "p"]).ok();
    dir.write(FILE, "mine");
    finds(&dir, &[], &[("thumbnails.traitpress", "extra")]);
    dir.run(["generate", "p", "--thumbnails", "--force"]).refused(2, &[&[FILE, "not listed"]]);
    assert_eq!(dir.read(FILE), b"mine");
    // A page does without.
    dir.run(["report", "out", "--html", "page.html", "--top", "0"]).ok();
    fs::remove_file(dir.path(FILE)).unwrap();
    #[cfg(unix)]
    {
        dir.picture("elsewhere", crate::util::RED);
        dir.link("../elsewhere", FILE);
        finds(&dir, &[], &[("thumbnails.traitpress", "extra")]);
        fs::remove_file(dir.path(FILE)).unwrap();
    }
    dir.run(["generate", "p", "--thumbnails=8", "--force"]).exited(2).warns("16..=512");
}
