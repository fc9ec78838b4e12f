//! Pictures in other formats than PNG: the same pixels where nothing is lost, near ones else, and every command reads them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use image::{Rgba, RgbaImage};

use crate::util::Dir;

/// The forms: what is given, the extension, and whether every pixel is kept.
const FORMS: [(&[&str], &str, bool); 4] = [
    (&["--format", "webp", "--quality", "lossless"], "webp", true),
    (&["--format", "webp"], "webp", false),
    (&["--format", "webp", "--quality", "60"], "webp", false),
    (&["--format", "jpeg", "--quality", "95"], "jpg", false),
];

/// A project of soft shapes, 90x64, opaque or with transparent and faint parts, and a one-of-one.
fn project(is_opaque: bool) -> Dir {
    let dir = Dir::empty();
    for variant in 0..3u32 {
        let ground = |x: u32, y: u32| Rgba([(x * 2) as u8, (y * 3) as u8, 60 * variant as u8, 255]);
        let hat = |x: u32, y: u32| {
            let (dx, dy) = (x as i32 - 45, y as i32 - 20);
            let far = (dx * dx + dy * dy) as u32;
            Rgba(if far > 400 { [0; 4] } else { [200, 80 * variant as u8, 40, 255 - (far / 4) as u8 * 2] })
        };
        if is_opaque {
            dir.image(format!("p/layers/0 Ground/G{variant}.png"), &RgbaImage::from_fn(90, 64, ground));
        }
        dir.image(format!("p/layers/1 Hat/H{variant}.png"), &RgbaImage::from_fn(90, 64, hat));
    }
    let one =
        RgbaImage::from_fn(90, 64, |x, y| Rgba([250 - x as u8, 9, y as u8, if x < 45 { 255 } else { 0 }]));
    dir.image("p/ones/King.png", &one);
    dir.write(
        "p/collection.toml",
        "name = \"F\"\nseed = 3\ncount = 3\n[[ones]]\nimage = \"ones/King.png\"\n",
    );
    dir
}

/// The pixels of a file by a decoder that its encoder does not contain; invisible ones have no colour.
fn decoded(bytes: &[u8], was_lossless: bool) -> RgbaImage {
    let is_webp = bytes.starts_with(b"RIFF");
    let mut picture = match is_webp && was_lossless {
        // `image` wrote it.
        true => {
            let picture = webp::Decoder::new(bytes).decode().expect("a WebP file");
            let (width, height) = (picture.width(), picture.height());
            let rgba = match picture.is_alpha() {
                true => picture.to_vec(),
                false => picture.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect(),
            };
            RgbaImage::from_raw(width, height, rgba).expect("all pixels")
        }
        false => image::load_from_memory(bytes).expect("a picture").into_rgba8(),
    };
    picture.pixels_mut().filter(|pixel| pixel.0[3] == 0).for_each(|pixel| pixel.0 = [0; 4]);
    picture
}

/// The mean difference of the channels of visible pixels.
fn difference(a: &RgbaImage, b: &RgbaImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let visible = || a.pixels().zip(b.pixels()).filter(|(a, _)| a.0[3] == 255);
    let sum: u32 = visible().flat_map(|(a, b)| (0..3).map(|c| u32::from(a.0[c].abs_diff(b.0[c])))).sum();
    f64::from(sum) / (3 * visible().count()) as f64
}

fn by_stem(files: BTreeMap<PathBuf, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let stem = |name: PathBuf| name.with_extension("").to_str().expect("text").to_owned();
    files.into_iter().map(|(name, bytes)| (stem(name), bytes)).collect()
}

#[test]
fn pictures_show_what_png_files_show() {
    for is_opaque in [true, false] {
        let dir = project(is_opaque);
        for sizes in [&[][..], &["--output-size", "45"], &["--output-size", "90,33"]] {
            dir.run(["generate", "p", "--force", "--out", "png"].iter().chain(sizes)).ok();
            let wanted = by_stem(dir.files("png/images"));
            assert_eq!(wanted.len(), if sizes.len() == 2 && sizes[1] == "90,33" { 6 } else { 3 });
            for (form, extension, is_lossless) in FORMS {
                if extension == "jpg" && !is_opaque {
                    continue;
                }
                let arguments = ["generate", "p", "--force", "--out", "out"];
                dir.run(arguments.iter().chain(sizes).chain(form)).ok();
                let files = dir.files("out/images");
                assert!(files.keys().all(|name| name.extension().is_some_and(|end| end == extension)));
                let made = by_stem(files);
                assert!(made.keys().eq(wanted.keys()), "{form:?}");
                for (stem, bytes) in &made {
                    let (picture, png) = (decoded(bytes, is_lossless), decoded(&wanted[stem], false));
                    if is_lossless {
                        assert!(picture == png, "{stem} {form:?}");
                        continue;
                    }
                    let off = difference(&png, &picture);
                    assert!(off < 20.0, "{stem} {form:?}: {off}");
                    let alpha =
                        |picture: &RgbaImage| -> Vec<u8> { picture.pixels().map(|p| p.0[3]).collect() };
                    assert!(extension == "jpg" || alpha(&picture) == alpha(&png), "{stem} {form:?}");
                }
                dir.run(["verify", "out", "--decode"]).ok();
                dir.run(["verify", "out", "--project", "p"]).ok();
                // A higher quality is nearer, and larger.
                if extension == "jpg" {
                    let low =
                        ["generate", "p", "--force", "--out", "low", "--format", "jpeg", "--quality", "20"];
                    dir.run(low.iter().chain(sizes)).ok();
                    let low = by_stem(dir.files("low/images"));
                    let bytes =
                        |files: &BTreeMap<String, Vec<u8>>| files.values().map(Vec::len).sum::<usize>();
                    assert!(bytes(&low) < bytes(&made));
                }
            }
        }
    }
}

/// JPEG shows the background behind what is transparent, and refuses pictures where there is none.
#[test]
fn transparency_is_never_lost_in_silence() {
    let dir = project(false);
    dir.run(["generate", "p", "--format", "jpeg"])
        .refused(1, &[&["transparent parts", "JPEG has no transparency", "background"]]);
    assert!(!dir.exists("out"));
    let configured = "seed = 3\ncount = 3\nbackground = \"#0080ff\"\nformat = \"jpeg\"\nquality = 100\n";
    dir.write("p/collection.toml", format!("{configured}[[ones]]\nimage = \"ones/King.png\"\n"));
    dir.run(["generate", "p"]).ok();
    for (name, bytes) in dir.files("out/images") {
        let picture = image::load_from_memory(&bytes).unwrap().into_rgba8();
        // The lower right corner is transparent in all of them.
        let [r, g, b, a] = picture.get_pixel(88, 62).0;
        let near = |value: u8, wanted: u8| value.abs_diff(wanted) <= 3;
        assert!(near(r, 0) && near(g, 128) && near(b, 255) && a == 255, "{name:?}: {r} {g} {b}");
    }
}

#[test]
fn metadata_names_files_and_their_type() {
    let dir = project(true);
    for (format, extension, media) in
        [("webp", "webp", "image/webp"), ("jpeg", "jpg", "image/jpeg"), ("png", "png", "image/png")]
    {
        let run = |standard: &str| {
            let common = ["generate", "p", "--force", "--format", format, "--metadata", standard];
            dir.run(common).ok();
        };
        run("erc721");
        assert_eq!(dir.json("out/json/1.json")["image"], format!("../images/1.{extension}"));
        dir.run(["metadata", "out", "--base-uri", "ipfs://x"]).ok();
        assert_eq!(dir.json("out/json/1.json")["image"], format!("ipfs://x/1.{extension}"));
        dir.run(["verify", "out"]).ok();
        run("tezos");
        assert_eq!(dir.json("out/json/1.json")["formats"][0]["mimeType"], media);
        let policy = "ab".repeat(28);
        dir.write(
            "p/collection.toml",
            format!("name = \"F\"\nseed = 3\ncount = 3\nbase_uri = \"ipfs://x\"\n[metadata]\npolicy_id = \"{policy}\"\n"),
        );
        run("cardano,csv,jsonl");
        assert!(String::from_utf8(dir.read("out/cardano.json")).unwrap().contains(media));
        let table = String::from_utf8(dir.read("out/metadata.csv")).unwrap();
        assert!(table.contains(&format!("ipfs://x/1.{extension}")), "{table}");
        dir.write(
            "p/collection.toml",
            "name = \"F\"\nseed = 3\ncount = 3\nstart = 0\n[[ones]]\nimage = \"ones/King.png\"\n\
             [metadata]\nsymbol = \"F\"\nseller_fee_basis_points = 0\n",
        );
        run("metaplex");
        let document = dir.json("out/json/0.json");
        assert_eq!(document["image"], format!("0.{extension}"));
        assert_eq!(document["properties"]["files"][0]["type"], media);
        let collection = dir.json("out/json/collection.json");
        assert_eq!(collection["properties"]["files"][0]["type"], media);
        dir.write(
            "p/collection.toml",
            "name = \"F\"\nseed = 3\ncount = 3\n[[ones]]\nimage = \"ones/King.png\"\n",
        );
    }
}

/// Bytes do not depend on threads, batches or the way in which a run goes on.
#[test]
fn runs_go_on_with_the_same_bytes() {
    let dir = project(true);
    for (form, extension, _) in FORMS {
        dir.run(["generate", "p", "--force", "--out", "whole", "--threads", "1"].iter().chain(form)).ok();
        let whole = dir.files("whole");
        dir.run(
            ["generate", "p", "--force", "--out", "out", "--threads", "3", "--batch", "1"].iter().chain(form),
        )
        .ok();
        assert!(dir.files("out") == whole, "{form:?}");
        // A lost and a damaged file are made again.
        fs::remove_file(dir.path(format!("out/images/2.{extension}"))).unwrap();
        dir.write(format!("out/images/3.{extension}"), "x");
        dir.run(["verify", "out"]).refused_beside_broken_files(1, &[&["out: 2 differences"]]);
        dir.run(["generate", "p", "--resume"].iter().chain(form)).ok();
        assert!(dir.files("out") == whole, "{form:?}");
        // Without the format the run is not gone on with in another one.
        let quality = form.get(3).unwrap_or(&"90");
        let flag = format!("give --format {} --quality {quality}", form[1]);
        dir.run(["generate", "p", "--resume"]).refused(2, &[&["the pictures of the run are", &flag]]);
        // Items are changed in the format of the collection, and a longer run adds to it.
        dir.run(["reroll", "out", "2", "--project", "p"]).ok();
        dir.run(["verify", "out", "--project", "p"]).ok();
        assert!(dir.files("out/images").keys().all(|name| name.extension().unwrap() == extension));
        dir.run(["generate", "p", "--force", "--first", "2", "--out", "out"].iter().chain(form)).ok();
        dir.run(["generate", "p", "--resume"].iter().chain(form)).ok();
        assert!(dir.files("out") == whole, "{form:?}");
        dir.run(["generate", "p", "--out", "a.tar", "--force"].iter().chain(form)).ok();
        let bytes = dir.read("a.tar");
        tar::Archive::new(&bytes[..]).unpack(dir.path("unpacked")).unwrap();
        assert!(dir.files("unpacked") == whole, "{form:?}");
        fs::remove_dir_all(dir.path("unpacked")).unwrap();
    }
}

#[test]
fn pages_and_sheets_read_every_format() {
    let dir = project(true);
    for (form, _, _) in FORMS {
        dir.run(["generate", "p", "--force", "--preview", "seen"].iter().chain(form)).ok();
        assert!(dir.exists("seen/sheet.png"));
        dir.run(["sheet", "out", "-o", "sheet.png", "--force"]).ok();
        dir.run(["report", "out", "--html", "page.html", "--force", "--top", "0"]).ok();
        fs::remove_dir_all(dir.path("seen")).unwrap();
    }
}

#[test]
fn what_cannot_be_is_refused_with_what_there_is() {
    let dir = project(true);
    for (arguments, words) in [
        (&["--format", "gif"][..], &["--format", "\"gif\" is not a format", "webp"][..]),
        (&["--format", "png", "--quality", "80"], &["--quality", "PNG is always lossless"]),
        (&["--quality", "80"], &["--quality", "PNG is always lossless"]),
        (&["--format", "jpeg", "--quality", "lossless"], &["--quality", "JPEG is never lossless"]),
        (&["--format", "webp", "--quality", "101"], &["--quality", "1 to 100"]),
        (&["--out", "x.webp"], &["x.webp", "not written as .webp files", "--format"]),
        (&["--out", "drop.tar.gz"], &["drop.tar.gz", ".tar, .tar.zst, .zip or .pool"]),
        (&["--out", "drop.7z"], &["drop.7z", ".tar, .tar.zst, .zip or .pool"]),
        (&["--out", "Drop.ZST"], &["Drop.ZST", ".tar, .tar.zst, .zip or .pool"]),
    ] {
        dir.run(["generate", "p"].iter().chain(arguments)).refused(2, &[words]);
    }
    let only_project = fs::read_dir(dir.root()).unwrap().count() == 1;
    assert!(only_project, "nothing is written");
    // A folder that is there may be called so, and so may one with a separator behind its name.
    dir.run(["generate", "p", "--out", "v1.gz/"]).ok();
    dir.run(["generate", "p", "--out", "v1.gz", "--force"]).ok();
    for (text, words) in [
        ("format = \"tiff\"", &["\"tiff\" is not a format"][..]),
        ("format = 3", &["format is an integer"]),
        ("quality = 5", &["PNG is always lossless"]),
        ("format = \"webp\"\nquality = 0", &["quality is \"0\"", "1 to 100"]),
        ("format = \"webp\"\nquality = [1]", &["quality is an array"]),
    ] {
        dir.write("p/collection.toml", text);
        dir.run(["check", "p"]).refused(1, &[words]);
    }
}

/// WebP's header has 14 bits a side.
#[test]
fn sides_that_a_format_does_not_have_are_refused() {
    let dir = Dir::empty();
    dir.sized("p/layers/A/a.png", [16384, 1], [1, 2, 3, 255]);
    dir.run(["generate", "p", "--count", "1", "--format", "webp"])
        .refused(1, &[&["16384x1", "its limit is 16383 per side"]]);
    dir.run(["generate", "p", "--count", "1", "--format", "jpeg"]).ok();
    let webp = ["generate", "p", "--count", "1", "--format", "webp", "--output-size", "16383", "--force"];
    dir.run(webp).ok();
}

/// A collection in a compressed tar: that of the tar, for a decompressor of the system.
#[test]
fn a_compressed_tar_holds_the_tar() {
    let dir = project(true);
    dir.run(["generate", "p", "--out", "a.tar"]).ok();
    dir.run(["generate", "p", "--out", "A.Tar.ZST"]).ok().says("written to A.Tar.ZST");
    let compressed = dir.read("A.Tar.ZST");
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(&compressed[..]).unwrap();
    let mut tar = Vec::new();
    std::io::Read::read_to_end(&mut decoder, &mut tar).unwrap();
    assert!(tar == dir.read("a.tar"));
    dir.run(["generate", "p", "--out", "A.Tar.ZST"]).refused(2, &[&["A.Tar.ZST", "exists"]]);
}

/// Sugar reads no WebP.
#[test]
fn sugar_gets_the_formats_that_it_uploads() {
    let dir = project(true);
    dir.run(["generate", "p", "--format", "jpeg"]).ok();
    dir.run(["metadata", "out", "--layout", "sugar", "--out", "assets"]).ok();
    let pictures = dir.files("assets").into_keys().filter(|name| name.extension().unwrap() != "json");
    let pictures: Vec<String> = pictures.map(|name| name.to_str().unwrap().to_owned()).collect();
    assert_eq!(pictures, ["0.jpg", "1.jpg", "2.jpg", "collection.jpg"]);
    let document = dir.json("assets/0.json");
    assert_eq!(
        (&document["image"], &document["properties"]["files"][0]["type"]),
        (&"0.jpg".into(), &"image/jpeg".into())
    );
    let collection = dir.json("assets/collection.json");
    assert_eq!(
        (&collection["image"], &collection["properties"]["files"][0]["type"]),
        (&"collection.jpg".into(), &"image/jpeg".into())
    );
    dir.run(["generate", "p", "--format", "webp", "--force"]).ok();
    dir.run(["metadata", "out", "--layout", "sugar", "--out", "more"])
        .refused(2, &[&["out: its pictures are WebP of quality 90", "Sugar uploads PNG, JPEG and GIF"]]);
    assert!(!dir.exists("more"));
}
