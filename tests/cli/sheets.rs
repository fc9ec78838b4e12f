//! Contact sheets, atlases and previews: what they show, and when they are refused.

#[cfg(unix)]
use std::fs;
use std::path::Path;

use image::{Rgba, RgbaImage};
use serde_json::Value;

use crate::util::Dir;

const RED: [u8; 4] = [200, 30, 30, 255];
const BLUE: [u8; 4] = [20, 40, 220, 255];

/// A collection in `out` of 12 pictures, each of one colour that its number tells, the last half transparent.
fn with_collection() -> Dir {
    let dir = Dir::empty();
    for number in 1..=12 {
        let alpha = if number == 12 { 128 } else { 255 };
        dir.sized(
            format!("p/layers/Back/{number}.png"),
            [40, 30],
            [number * 20, 255 - number * 20, 7, alpha],
        );
    }
    // In the order of the numbers.
    let items: Vec<String> = (1..=12).map(|number| format!("[\"{number}\"]")).collect();
    let items = items.join(", ");
    dir.write(
        "plan.json",
        format!(r#"{{"format": "traitpress-plan/1", "layers": ["Back"], "items": [{items}]}}"#),
    );
    dir.run(["generate", "p", "--plan", "plan.json"]).ok();
    dir
}

fn open(dir: &Dir, name: &str) -> RgbaImage {
    image::open(dir.path(name)).unwrap_or_else(|e| panic!("{name}: {e}")).into_rgba8()
}

/// The colour of a picture of [`with_collection`].
fn colour(number: u8) -> Rgba<u8> {
    Rgba([number * 20, 255 - number * 20, 7, 255])
}

#[test]
fn a_sheet_shows_the_first_pictures_in_rows_with_gaps() {
    let dir = with_collection();
    for name in ["sheet.png", "sheet.webp"] {
        let ran = dir.run([
            "sheet",
            "out",
            "-o",
            name,
            "--size",
            "20",
            "--columns",
            "3",
            "--count",
            "7",
            "--gap",
            "2",
        ]);
        ran.ok().says(&format!("wrote {name}: 7 pictures, 3 a row, 68x53 pixels"));
        let sheet = open(&dir, name);
        assert_eq!(sheet.dimensions(), (2 + 3 * 22, 2 + 3 * 17));
        for number in 1..=7 {
            let (column, row) = (u32::from(number - 1) % 3, u32::from(number - 1) / 3);
            let at = |x: u32, y: u32| *sheet.get_pixel(2 + column * 22 + x, 2 + row * 17 + y);
            assert_eq!([at(0, 0), at(19, 14), at(10, 7)], [colour(number); 3], "{number}");
        }
        assert_eq!((*sheet.get_pixel(0, 0), *sheet.get_pixel(40, 40)), (Rgba([0; 4]), Rgba([0; 4])));
    }
    // Without being told: all twelve, in a grid that is about as wide as high, beside the collection.
    dir.run(["sheet", "out", "--force"]).ok().says("wrote sheet.png: 12 pictures, 3 a row");
    dir.run(["verify", "out"]).ok();
}

#[test]
fn threads_change_no_byte_and_pixels_without_alpha_need_none() {
    let dir = with_collection();
    let sheet = |threads: &str, output: &str| {
        dir.run(["sheet", "out", "--threads", threads, "-o", output, "--size", "16", "--labels"]).ok();
        dir.read(output)
    };
    assert!(sheet("1", "a.png") == sheet("3", "b.png"));
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--count", "6"]).ok();
    for (count, columns, gap, alpha) in [("4", "2", "0", false), ("4", "2", "1", true), ("3", "2", "0", true)]
    {
        let arguments = ["sheet", "out", "--force", "--count", count, "--columns", columns, "--gap", gap];
        dir.run(arguments).ok();
        let sheet = image::open(dir.path("sheet.png")).unwrap();
        assert_eq!(sheet.color().has_alpha(), alpha, "{count} of {columns} columns");
    }
}

#[test]
fn random_pictures_are_those_of_the_seed_and_all_different() {
    let dir = with_collection();
    let shown = |seed: &str| -> Vec<Rgba<u8>> {
        let arguments =
            ["sheet", "out", "--pick", "random", "--seed", seed, "--count", "6", "--columns", "6"];
        dir.run(arguments.into_iter().chain(["--size", "40", "--gap", "0", "--force"])).ok();
        let sheet = open(&dir, "sheet.png");
        (0..6).map(|column| *sheet.get_pixel(column * 40 + 20, 15)).collect()
    };
    let first = shown("5");
    assert_eq!(first, shown("5"));
    assert_ne!(first, shown("6"));
    let mut different: Vec<_> = first.iter().map(|pixel| pixel.0).collect();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 6);
}

#[test]
fn the_rarest_come_first() {
    let dir = Dir::empty();
    dir.picture("p/layers/Back/Common.png", RED);
    dir.picture("p/layers/Back/Rare.png", BLUE);
    dir.write("p/collection.toml", "duplicates = true\n");
    let items: Vec<&str> =
        (1..=9).map(|number| if number == 8 { "[\"Rare\"]" } else { "[\"Common\"]" }).collect();
    let items = items.join(", ");
    dir.write(
        "plan.json",
        format!(r#"{{"format": "traitpress-plan/1", "layers": ["Back"], "items": [{items}]}}"#),
    );
    dir.run(["generate", "p", "--plan", "plan.json"]).ok();
    dir.run([
        "sheet",
        "out",
        "--pick",
        "rarest",
        "--count",
        "2",
        "--columns",
        "2",
        "--size",
        "8",
        "--gap",
        "0",
    ])
    .ok();
    let sheet = open(&dir, "sheet.png");
    assert_eq!((sheet.get_pixel(4, 4).0, sheet.get_pixel(12, 4).0), (BLUE, RED));
}

#[test]
fn small_pictures_are_enlarged_without_a_blur_and_labels_stand_below() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--count", "6"]).ok();
    dir.run(["sheet", "out", "--size", "70", "--columns", "6", "--gap", "4", "--labels"]).ok();
    let sheet = open(&dir, "sheet.png");
    // Eight pixels become sixty-four, and eleven are below each for its number.
    assert_eq!(sheet.dimensions(), (4 + 6 * 68, 4 + 64 + 11 + 4));
    for number in 0..6 {
        let picture = open(&dir, &format!("out/images/{}.png", number + 1));
        for (x, y) in [(0, 0), (63, 63), (15, 16), (16, 15), (40, 40)] {
            assert_eq!(sheet.get_pixel(4 + number * 68 + x, 4 + y), picture.get_pixel(x / 8, y / 8));
        }
        let cell = 4 + number * 68..4 + number * 68 + 64;
        let dark =
            cell.flat_map(|x| (68..79).map(move |y| (x, y))).filter(|&(x, y)| sheet.get_pixel(x, y).0[3] > 0);
        // A number sign and a digit.
        assert!((20..50).contains(&dark.count()));
    }
}

#[test]
fn an_atlas_has_every_picture_where_its_json_says() {
    let dir = with_collection();
    for (extra, name, size) in [
        (&[][..], "atlas.png", [120, 120]),
        (&["--power-of-two"], "atlas.webp", [128, 128]),
        (&["--size", "20", "--gap", "1", "--columns", "5"], "small.png", [106, 49]),
    ] {
        let arguments =
            ["sheet", "out", "--atlas", "--force", "-o", name].into_iter().chain(extra.iter().copied());
        dir.run(arguments).ok().says(&format!("{}.json: the position of each sprite", &name[..5]));
        let (atlas, json) = (open(&dir, name), dir.json(format!("{}.json", &name[..5])));
        let meta = &json["meta"];
        assert_eq!((&meta["image"], &meta["format"]), (&Value::from(name), &Value::from("RGBA8888")));
        assert_eq!(
            (&meta["size"]["w"], &meta["size"]["h"]),
            (&Value::from(atlas.width()), &Value::from(atlas.height()))
        );
        assert_eq!([atlas.width(), atlas.height()], size, "{name}");
        let frames = json["frames"].as_object().unwrap();
        assert_eq!(frames.len(), 12);
        let scale: f64 = meta["scale"].as_str().unwrap().parse().unwrap();
        let mut taken = vec![false; (atlas.width() * atlas.height()) as usize];
        for (name, frame) in frames {
            let number: u8 = name.strip_suffix(".png").unwrap().parse().unwrap();
            let side = |key: &str| frame["frame"][key].as_u64().unwrap() as u32;
            let (x, y, w, h) = (side("x"), side("y"), side("w"), side("h"));
            assert_eq!((f64::from(w), f64::from(h)), (40.0 * scale, 30.0 * scale));
            assert_eq!(frame["sourceSize"], serde_json::json!({"w": w, "h": h}));
            assert_eq!((&frame["rotated"], &frame["trimmed"]), (&Value::from(false), &Value::from(false)));
            let picture = open(&dir, &format!("out/images/{number}.png"));
            for (dx, dy) in (0..w).flat_map(|dx| (0..h).map(move |dy| (dx, dy))) {
                // Of one colour, alpha too; where it is scaled down alpha is multiplied in, which costs a level of a colour.
                let (shown, whole) = (atlas.get_pixel(x + dx, y + dy).0, picture.get_pixel(0, 0).0);
                let most = u8::from(scale < 1.0);
                let is_same = |channel: usize| shown[channel].abs_diff(whole[channel]) <= most;
                assert!((0..3).all(is_same) && shown[3] == whole[3], "{number}: {shown:?} {whole:?}");
                let pixel = &mut taken[((y + dy) * atlas.width() + x + dx) as usize];
                assert!(!std::mem::replace(pixel, true), "rectangles do not overlap");
            }
        }
        let nothing =
            |at: usize| atlas.get_pixel(at as u32 % atlas.width(), at as u32 / atlas.width()).0 == [0; 4];
        assert!((0..taken.len()).all(|at| taken[at] || nothing(at)), "all else is empty");
    }
}

#[test]
fn what_cannot_be_shown_or_written_is_refused() {
    let dir = with_collection();
    dir.write("mine.png", "mine");
    dir.write("atlas.json", "mine");
    dir.write("folder.png/mine", "mine");
    #[cfg(unix)]
    dir.link("mine.png", "link.png");
    for (arguments, words) in [
        ("out -o mine.png", &["mine.png", "exists", "--force"][..]),
        #[cfg(unix)]
        ("out -o link.png --force", &["link.png", "link"]),
        ("out -o folder.png --force", &["folder.png", "a folder"]),
        ("out -o sheet.jpg", &["sheet.jpg", ".png", ".webp"]),
        ("out -o out/sheet.png", &["out/sheet.png", "finished collection"]),
        ("out -o out/images/new.png", &["out/images/new.png", "finished collection"]),
        ("out --atlas", &["atlas.json", "exists"]),
        ("p -o a.png", &["p", "manifest"]),
        ("nowhere -o a.png", &["nowhere", "does not exist"]),
        ("out -o a.png --columns 1 --size 2000", &["12 pictures", "16384", "--size"]),
        ("out -o a.webp --atlas --size 16383 --columns 1", &["a.webp", "16383"]),
    ] {
        let arguments: Vec<&str> = ["sheet"].into_iter().chain(arguments.split(' ')).collect();
        dir.run(arguments).refused_beside_broken_files(2, &[words]);
    }
    dir.run(["sheet", "out", "-o", "nowhere/a.png"])
        .refused(2, &[&["nowhere", "does not exist", "create it"]]);
    assert_eq!((dir.read("mine.png"), dir.read("atlas.json")), (b"mine".to_vec(), b"mine".to_vec()));
    for name in ["atlas.png", "sheet.png", "a.png", "a.webp"] {
        assert!(!dir.exists(name), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_picture_that_is_not_the_listed_one_is_named_and_no_link_is_followed() {
    let dir = with_collection();
    let (third, fourth) = (dir.path("out/images/3.png"), dir.path("out/images/4.png"));
    let whole = fs::read(&third).unwrap();
    let refused = |word: &str| {
        let ran = dir.run(["sheet", "out"]);
        ran.refused_beside_broken_files(1, &[&["images/3.png", word, "restore it"]]);
        assert!(!dir.exists("sheet.png"));
    };
    fs::copy(&fourth, &third).unwrap();
    let copied = fs::read(&third).unwrap();
    refused(if copied.len() == whole.len() { "not the picture listed" } else { "listed" });
    fs::write(&third, &whole[..20]).unwrap();
    refused("cut short");
    fs::remove_file(&third).unwrap();
    refused("it is missing");
    fs::rename(&fourth, dir.path("elsewhere.png")).unwrap();
    dir.write("whole.png", &whole);
    dir.link("../../whole.png", "out/images/3.png");
    refused("link");
    fs::rename(dir.path("out/images"), dir.path("images")).unwrap();
    dir.link("../images", "out/images");
    dir.run(["sheet", "out"]).refused_beside_broken_files(1, &[&["out/images", "links are not followed"]]);
}

#[test]
fn previews_are_every_fiftieth_picture_and_the_last() {
    let dir = with_collection();
    dir.write("p/collection.toml", "seed = 3\nduplicates = true\n");
    let digest = dir.run(["generate", "p", "--count", "120", "--out", "plain"]).ok().told("collection:");
    for (out, threads) in [("out2", "1"), ("out.tar", "3")] {
        let view = format!("view/{threads}");
        let ran = dir.run([
            "generate",
            "p",
            "--count",
            "120",
            "--out",
            out,
            "--preview",
            &view,
            "--threads",
            threads,
        ]);
        ran.ok().says("3 thumbnails").says("sheet.png");
        assert_eq!(ran.told("collection:"), digest, "it changes nothing");
    }
    let files = dir.files("view/1");
    let names: Vec<&Path> = files.keys().map(AsRef::as_ref).collect();
    assert_eq!(names, ["100.png", "120.png", "50.png", "sheet.png"].map(Path::new));
    assert!(files == dir.files("view/3"), "threads change no byte");
    let sheet = open(&dir, "view/1/sheet.png");
    assert_eq!(sheet.dimensions(), (2 * 120, 2 * 90));
    for (place, number) in [50, 100, 120].into_iter().enumerate() {
        let thumb = open(&dir, &format!("view/1/{number}.png"));
        assert_eq!(thumb.dimensions(), (120, 90));
        let at = [place as u32 % 2 * 120, place as u32 / 2 * 90];
        let shown = image::imageops::crop_imm(&sheet, at[0], at[1], 120, 90).to_image();
        assert!(shown == thumb, "{number}");
        // It is that picture, three times as large.
        let whole = open(&dir, &format!("out2/images/{number}.png"));
        assert!(
            thumb.enumerate_pixels().all(|(x, y, pixel)| pixel == whole.get_pixel(x / 3, y / 3)),
            "{number}"
        );
    }
}

#[test]
fn previews_never_stand_in_the_collection_nor_replace_what_is_no_preview() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--preview", "out"]).refused(2, &[&["are the same file"]]);
    for view in ["out/view", "./out/../out/x"] {
        dir.run(["generate", "p", "--preview", view]).refused(2, &[&["the folder of the collection"]]);
    }
    dir.run(["generate", "p", "--preview", "p/layers/Hat"]).refused(2, &[&["art"]]);
    dir.write("file", "mine");
    dir.run(["generate", "p", "--preview", "file"]).refused(2, &[&["file", "instead of a folder"]]);
    assert!(!dir.exists("out"), "nothing was begun");
    dir.run(["generate", "p", "--preview", "view"]).ok();
    let first = dir.files("view");
    assert_eq!(first.len(), 2);
    dir.run(["generate", "p", "--out", "b", "--preview", "view"])
        .refused(2, &[&["view/", "exists", "--force"]]);
    dir.run(["generate", "p", "--preview", "view", "--force"]).ok();
    assert!(dir.files("view") == first);
    dir.picture("view/4.png", RED);
    let mine = dir.read("view/4.png");
    dir.run(["generate", "p", "--preview", "view", "--force"])
        .refused(2, &[&["view/4.png", "not made by this program"]]);
    assert_eq!(dir.read("view/4.png"), mine);
}

#[cfg(target_os = "linux")]
#[test]
fn a_preview_that_cannot_be_written_is_told_when_the_collection_is_whole() {
    let dir = Dir::with_project();
    dir.write("blocked", "mine");
    dir.run(["generate", "p", "--preview", "blocked/view"])
        .refused(1, &[&["blocked/view", "Not a directory"]]);
    assert!(!dir.exists("out"), "that is known at once");
    // Nobody can make a folder there, the superuser neither.
    let ran = dir.run(["generate", "p", "--preview", "/proc/view"]);
    ran.refused(1, &[&["/proc/view: cannot create"]]);
    dir.run(["verify", "out"]).ok();
}
