//! `sheet --atlas` for games: each sprite is where the JSON says, to the pixel, as a decoder sees it that shares no code with ours.

use std::collections::BTreeSet;

use image::{Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::png_suite::by_another_decoder;
use crate::util::Dir;

/// A collection in `out` of 6 pictures of 64x32 pixels: eight cells of 16x16 each, the last of them empty. `soft` is the alpha of
/// the hats.
fn heroes(soft: u8) -> Dir {
    let dir = Dir::empty();
    for (layer, count) in [("Body", 3u32), ("Hat", 2)] {
        for number in 0..count {
            let picture = RgbaImage::from_fn(64, 32, |x, y| {
                let (cell, [x, y]) = (x / 16 + 4 * (y / 16), [x % 16, y % 16]);
                let is_in = match layer {
                    "Body" => (3 + cell % 3..10 + cell % 4).contains(&x) && (6..14).contains(&y),
                    _ => (5..9 + number).contains(&x) && (1 + cell % 2..5).contains(&y),
                };
                let colour = [(number * 90) as u8, (x * 3) as u8, 200];
                let alpha = if layer == "Body" { 255 } else { soft };
                Rgba(if is_in && cell != 7 { [colour[0], colour[1], colour[2], alpha] } else { [0; 4] })
            });
            dir.image(format!("p/layers/{layer}/{layer}{number}.png"), &picture);
        }
    }
    dir.write("p/collection.toml", "name = \"Heroes\"\nseed = 1\ncount = 6\n");
    dir.run(["generate", "p", "--name", "{Body}-{Hat}"]).ok();
    dir
}

/// A PNG as another decoder sees it.
fn decode(dir: &Dir, name: &str) -> RgbaImage {
    let (width, pixels) = by_another_decoder(&dir.read(name));
    let height = (pixels.len() / width) as u32;
    RgbaImage::from_raw(width as u32, height, pixels.concat()).expect("four bytes a pixel")
}

/// The colour type in the header of a PNG.
fn colour_type(dir: &Dir, name: &str) -> u8 {
    dir.read(name)[25]
}

fn rectangle(value: &Value) -> [u32; 4] {
    ["x", "y", "w", "h"].map(|key| value[key].as_u64().unwrap() as u32)
}

/// Frames with their names, of a list or by name.
fn frames(json: &Value) -> Vec<(String, Value)> {
    match &json["frames"] {
        Value::Array(list) => {
            list.iter().map(|frame| (frame["filename"].as_str().unwrap().to_owned(), frame.clone())).collect()
        }
        list => list.as_object().unwrap().iter().map(|(name, frame)| (name.clone(), frame.clone())).collect(),
    }
}

/// Sprites of one page are what the pictures have in their cells; with the pixels around them they do not overlap.
fn holds(dir: &Dir, page: &str, gap: u32, extrude: u32) -> BTreeSet<String> {
    let atlas = decode(dir, &format!("{page}.png"));
    let json = dir.json(format!("{page}.json"));
    assert_eq!(json["meta"]["size"], json!({"w": atlas.width(), "h": atlas.height()}));
    assert_eq!(json["meta"]["image"], format!("{page}.png"));
    let mut taken = vec![false; (atlas.width() * atlas.height()) as usize];
    let mut names = BTreeSet::new();
    for (name, frame) in frames(&json) {
        let (stem, cell) = name.strip_suffix(".png").unwrap().rsplit_once('-').unwrap();
        let cell: u32 = cell.parse().unwrap();
        let picture = decode(dir, &format!("out/images/{stem}.png"));
        let source = |x: u32, y: u32| picture.get_pixel(cell % 4 * 16 + x, cell / 4 * 16 + y).0;
        let [x, y, width, height] = rectangle(&frame["frame"]);
        let [left, top, w, h] = rectangle(&frame["spriteSourceSize"]);
        assert_eq!([width, height], [w, h]);
        assert_eq!((&frame["rotated"], &frame["sourceSize"]), (&json!(false), &json!({"w": 16, "h": 16})));
        assert_eq!(frame["trimmed"], [w, h] != [16, 16]);
        for (dx, dy) in (0..16).flat_map(|dx| (0..16).map(move |dy| (dx, dy))) {
            let is_in = (left..left + w).contains(&dx) && (top..top + h).contains(&dy);
            let shown = if is_in { atlas.get_pixel(x + dx - left, y + dy - top).0 } else { [0; 4] };
            let expected = source(dx, dy);
            assert!(
                shown == expected || (shown[3], expected[3]) == (0, 0),
                "{name} at {dx}, {dy}: {shown:?} {expected:?}"
            );
        }
        for (dx, dy) in (0..w + 2 * extrude).flat_map(|dx| (0..h + 2 * extrude).map(move |dy| (dx, dy))) {
            let near = |at: u32, side: u32| at.saturating_sub(extrude).min(side - 1);
            let edge = atlas.get_pixel(x + near(dx, w), y + near(dy, h));
            assert_eq!(atlas.get_pixel(x + dx - extrude, y + dy - extrude), edge, "{name}");
        }
        let border = extrude + gap;
        for (dx, dy) in
            (0..w + border + extrude).flat_map(|dx| (0..h + border + extrude).map(move |dy| (dx, dy)))
        {
            let pixel = &mut taken[((y + dy - border) * atlas.width() + x + dx - border) as usize];
            assert!(!std::mem::replace(pixel, true), "{name} overlaps another");
        }
        assert!(names.insert(name));
    }
    names
}

/// The names of all 48 sprites.
fn all(dir: &Dir) -> BTreeSet<String> {
    let stems = dir
        .files("out/images")
        .into_keys()
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned());
    stems.flat_map(|stem| (0..8).map(move |cell| format!("{stem}-{cell}.png"))).collect()
}

#[test]
fn cells_are_sprites_and_trimmed_ones_remember_where_they_were() {
    let dir = heroes(255);
    let mut sizes = Vec::new();
    for arguments in [
        &[][..],
        &["--trim"],
        &["--trim", "--padding", "2", "--extrude", "1"],
        &["--extrude", "3", "--power-of-two"],
    ] {
        let base = ["sheet", "out", "--atlas", "--cell", "16x16", "--force", "-o", "a.png"];
        dir.run(base.iter().chain(arguments)).ok().says("wrote a.png: 48 sprites");
        let number = |flag: &str| {
            arguments
                .iter()
                .position(|argument| *argument == flag)
                .map_or(0, |at| arguments[at + 1].parse().unwrap())
        };
        assert_eq!(holds(&dir, "a", number("--padding"), number("--extrude")), all(&dir), "{arguments:?}");
        let atlas = decode(&dir, "a.png");
        sizes.push(atlas.width() * atlas.height());
        let first = dir.read("a.png");
        dir.run(base.iter().chain(arguments).chain(&["--threads", "1"])).ok();
        assert!(dir.read("a.png") == first, "threads change nothing");
    }
    assert!(sizes[1] < sizes[0] / 2, "trimmed sprites take less room: {sizes:?}");
    // The empty cell keeps one pixel.
    let json = dir.json("a.json");
    let empty = &json["frames"][all(&dir).iter().find(|name| name.ends_with("-7.png")).unwrap()];
    assert_eq!(empty["sourceSize"], json!({"w": 16, "h": 16}));
}

#[test]
fn several_pages_name_each_other() {
    let dir = heroes(255);
    let ran = dir.run(["sheet", "out", "--atlas", "--cell", "16x16", "--max-side", "64", "-o", "a.png"]);
    ran.ok().says("wrote a-2.json");
    let mut names = BTreeSet::new();
    for page in 0..3 {
        let found = holds(&dir, &format!("a-{page}"), 0, 0);
        assert_eq!(found.len(), 16);
        names.extend(found);
        let others: Vec<String> =
            (0..3).filter(|other| *other != page).map(|other| format!("a-{other}.json")).collect();
        assert_eq!(dir.json(format!("a-{page}.json"))["meta"]["related_multi_packs"], json!(others));
    }
    assert_eq!(names, all(&dir));
    assert!(!dir.exists("a.png") && !dir.exists("a-3.png"));
    // What fits is one page of the plain name.
    dir.run(["sheet", "out", "--atlas", "--cell", "16x16", "--trim", "--max-side", "4096", "-o", "b.png"])
        .ok();
    assert_eq!(holds(&dir, "b", 0, 0), all(&dir));
    assert_eq!(dir.json("b.json")["meta"].get("related_multi_packs"), None);
}

#[test]
fn the_json_has_the_fields_of_the_tools() {
    let dir = heroes(255);
    let made = |format: &str, more: &[&str]| {
        let base =
            ["sheet", "out", "--atlas", "--cell", "16x16", "--force", "-o", "a.png", "--format", format];
        dir.run(base.iter().chain(more)).ok();
        dir.json("a.json")
    };
    let keys = |value: &Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    let set = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let frame = ["frame", "rotated", "trimmed", "spriteSourceSize", "sourceSize"];
    let meta = ["app", "version", "image", "format", "size", "scale"];

    let hash = made("hash", &[]);
    assert_eq!((keys(&hash), keys(&hash["meta"])), (set(&["frames", "meta"]), set(&meta)));
    let listed = frames(&hash);
    assert!(listed.iter().all(|(_, value)| keys(value) == set(&frame)));
    let array = made("array", &[]);
    assert!(
        array["frames"]
            .as_array()
            .unwrap()
            .iter()
            .all(|value| keys(value) == set(&[&frame[..], &["filename"]].concat()))
    );
    assert_eq!((keys(&array["meta"]), &array["meta"]["scale"]), (set(&meta), &json!("1")));
    // A list is in the order of the pictures and their cells.
    let cells: Vec<String> = frames(&array).into_iter().map(|(name, _)| name).collect();
    assert!(
        cells.chunks(8).all(|picture| (0..8).all(|cell| picture[cell].ends_with(&format!("-{cell}.png"))))
    );

    let aseprite = made("aseprite", &["--duration", "120", "--trim"]);
    let listed = aseprite["frames"].as_array().unwrap();
    assert!(listed.iter().all(|value| keys(value) == set(&[&frame[..], &["filename", "duration"]].concat())));
    assert!(listed.iter().all(|value| value["duration"] == 120));
    let tags = aseprite["meta"]["frameTags"].as_array().unwrap();
    assert_eq!(keys(&aseprite["meta"]), set(&[&meta[..], &["frameTags", "layers", "slices"]].concat()));
    for (number, tag) in tags.iter().enumerate() {
        let stem = cells[number * 8].strip_suffix("-0.png").unwrap();
        assert_eq!(
            *tag,
            json!({"name": stem, "from": number * 8, "to": number * 8 + 7, "direction": "forward"})
        );
    }
    assert_eq!(tags.len(), 6);
}

#[test]
fn an_atlas_has_a_palette_where_all_pictures_have_one() {
    let dir = heroes(255);
    let types = |dir: &Dir| -> BTreeSet<u8> {
        dir.files("out/images")
            .into_keys()
            .map(|file| colour_type(dir, &format!("out/images/{}", file.display())))
            .collect()
    };
    assert_eq!(types(&dir), BTreeSet::from([3]));
    let atlas = ["sheet", "out", "--atlas", "--cell", "16x16", "--force", "-o", "a.png"];
    dir.run(atlas).ok().says("with a palette");
    assert_eq!((colour_type(&dir, "a.png"), holds(&dir, "a", 0, 0)), (3, all(&dir)));
    dir.run(atlas.iter().chain(&["--format", "aseprite"])).ok();
    assert_eq!(dir.json("a.json")["meta"]["format"], "I8");
    // A picture that is enlarged by whole numbers keeps its colours, one that is scaled down gets others.
    dir.run(["sheet", "out", "--atlas", "--force", "-o", "a.png", "--size", "128"])
        .ok()
        .says("with a palette");
    dir.run(["sheet", "out", "--atlas", "--force", "-o", "a.png", "--size", "40"]).ok();
    assert_eq!(colour_type(&dir, "a.png"), 6);
    // Pictures with more colours than a palette has.
    let dir = heroes(255);
    for number in 0..3 {
        let noise = |x: u32, y: u32| Rgba([x as u8 * 4, y as u8 * 8, number * 80, 255]);
        dir.image(format!("p/layers/Body/Body{number}.png"), &RgbaImage::from_fn(64, 32, noise));
    }
    dir.run(["generate", "p", "--name", "{Body}-{Hat}", "--force"]).ok();
    dir.run(atlas).ok();
    assert_eq!((colour_type(&dir, "a.png"), holds(&dir, "a", 0, 0)), (6, all(&dir)));
}

#[test]
fn names_are_those_of_the_template() {
    let dir = heroes(255);
    let names = |template: &str| -> Vec<String> {
        let base = [
            "sheet", "out", "--atlas", "--cell", "16x16", "--force", "-o", "a.png", "--format", "array",
            "--names",
        ];
        dir.run(base.iter().chain(&[template])).ok();
        frames(&dir.json("a.json")).into_iter().map(|(name, _)| name).collect()
    };
    let shown = names("{title}/{row}{column} {frame:03} of {edition:02}");
    assert_eq!((&*shown[0], &*shown[13]), ("Heroes #1/00 000 of 01", "Heroes #2/11 005 of 02"));
    assert!(names("{name}_{frame}")[9].ends_with("_1"));
}

#[test]
fn scaling_that_blurs_pixel_art_is_warned_of() {
    let warns = |dir: &Dir, size: &str| {
        let ran = dir.run(["sheet", "out", "--atlas", "--force", "-o", "a.png", "--size", size]);
        ran.ok();
        ran.stderr().contains("pixel art")
    };
    let dir = heroes(255);
    assert!(warns(&dir, "63") && warns(&dir, "32"));
    assert!(!warns(&dir, "64") && !warns(&dir, "100") && !warns(&dir, "128"));
    // Soft edges are scaled without harm.
    assert!(!warns(&heroes(90), "32"));
}

#[test]
fn what_cannot_be_packed_is_refused_and_leaves_nothing() {
    let dir = heroes(255);
    dir.write("taken-1.json", "mine");
    for (arguments, words) in [
        ("--cell 15x16", &["64x32", "15x16"][..]),
        ("--cell 0x16", &["64x64"]),
        ("--cell 16x16 --names {name}", &["two sprites", "--names"]),
        ("--cell 16x16 --names {Hat}", &["{Hat}", "{frame:02}"]),
        ("--cell 16x16 --max-side 15", &["16x16", "15", "--max-side"]),
        ("--cell 16x16 --max-side 64 --format aseprite", &["48 sprites", "--format hash"]),
        ("--cell 16x16 --max-side 64 -o taken.png", &["taken-1.json", "exists", "--force"]),
    ] {
        let arguments = ["sheet", "out", "--atlas"].into_iter().chain(arguments.split(' '));
        let ran = dir.run(arguments);
        ran.exited(2);
        for word in words {
            ran.warns(word);
        }
    }
    dir.run(["sheet", "out", "--trim"]).exited(2).warns("--atlas");
    assert_eq!(dir.read("taken-1.json"), b"mine");
    for name in ["atlas.png", "atlas.json", "atlas-0.png", "taken-0.png", "taken-0.json"] {
        assert!(!dir.exists(name), "{name}");
    }
}
