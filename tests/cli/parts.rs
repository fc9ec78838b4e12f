//! Traits of several pictures: drawn where they belong, one choice all the same, in plans, checks, updates and on a GPU.

use image::{Rgba, RgbaImage};

use crate::util::Dir;

const CLEAR: Rgba<u8> = Rgba([0; 4]);

/// A picture of 96x64 pixels that shows a colour in some columns.
fn stripe(columns: std::ops::Range<u32>, colour: [u8; 4]) -> RgbaImage {
    RgbaImage::from_fn(96, 64, |x, _| if columns.contains(&x) { Rgba(colour) } else { CLEAR })
}

const SKY: [u8; 4] = [10, 20, 30, 255];
const SKIN: [u8; 4] = [200, 150, 100, 255];
const BACK: [u8; 4] = [90, 0, 0, 255];
const FRONT: [u8; 4] = [250, 0, 0, 255];
const HOOD: [u8; 4] = [0, 0, 250, 255];
const TUCKED: [u8; 4] = [0, 250, 0, 255];

/// Hair behind a body and before it. The sky fills the canvas, the body columns 20 to 59, the hair's back 10 to 69 and its
/// front 30 to 49, a hood 40 to 79.
fn dir() -> Dir {
    let dir = Dir::empty();
    dir.image("p/layers/Sky/Blue.png", &stripe(0..96, SKY));
    dir.image("p/layers/Body/Plain.png", &stripe(20..60, SKIN));
    dir.image("p/layers/Hair/Short.png", &stripe(30..34, FRONT));
    dir.image("p/layers/Hair/Long.png", &stripe(30..50, FRONT));
    dir.image("p/layers/Hair/Long back.png", &stripe(10..70, BACK));
    dir.image("p/layers/Hat/Hood.png", &stripe(40..80, HOOD));
    dir.image("p/layers/Hat/Pin.png", &stripe(0..4, HOOD));
    dir
}

const LAYERS: &str = "name = \"P\"\nseed = 1\ncount = 6\n[[layers]]\nname = \"Sky\"\n[[layers]]\nname = \"Body\"\n[[layers]]\nname = \"Hair\"\n\
                      [[layers]]\nname = \"Hat\"\nchance = 0.5\n";
const PARTS: &str = "[traits.\"Hair/Long\"]\nweight = 3\n\
     parts = [{ image = \"Hair/Long back.png\", below = \"Body\" }, { image = \"Hair/Long.png\" }]\n";

/// Makes all items of the project, and gives the picture of the one with these traits.
fn picture(dir: &Dir, config: &str, hair: &str, hat: Option<&str>) -> RgbaImage {
    dir.write("p/collection.toml", config);
    dir.run(["plan", "p", "--all", "-o", "all.json", "--force"]).ok();
    dir.run(["generate", "p", "--plan", "all.json", "--force"]).ok();
    let plan = dir.json("all.json");
    let row = serde_json::json!(["Blue", "Plain", hair, hat]);
    let place = plan["items"].as_array().unwrap().iter().position(|item| *item == row);
    let edition = place.unwrap_or_else(|| panic!("no item {row}: {plan}")) + 1;
    image::open(dir.path(format!("out/images/{edition}.png"))).unwrap().to_rgba8()
}

fn at(picture: &RgbaImage, x: u32) -> [u8; 4] {
    assert!((0..64).all(|y| picture.get_pixel(x, y) == picture.get_pixel(x, 0)), "column {x}");
    picture.get_pixel(x, 0).0
}

#[test]
fn a_part_is_drawn_where_it_is_placed_and_is_no_trait() {
    let dir = dir();
    let config = format!("{LAYERS}{PARTS}");
    let long = picture(&dir, &config, "Long", None);
    let shown = [5, 15, 25, 40, 55, 65, 90].map(|x| at(&long, x));
    assert_eq!(shown, [SKY, BACK, SKIN, FRONT, SKIN, BACK, SKY]);
    dir.run(["check", "p", "--strict"]).ok();
    assert_eq!(
        dir.json("all.json")["items"].as_array().unwrap().len(),
        6,
        "two kinds of hair, three of hats"
    );
    // Behind all layers the sky covers it, and before all of them it covers the body.
    for (depth, [left, middle]) in
        [("z = -1", [SKY, SKIN]), ("z = 1", [BACK; 2]), ("above = \"Body\"", [BACK; 2]), ("z = 0", [BACK; 2])]
    {
        let config = config.replace("below = \"Body\"", depth);
        let long = picture(&dir, &config, "Long", None);
        assert_eq!([at(&long, 15), at(&long, 25)], [left, middle], "{depth}");
    }
}

#[test]
fn a_folder_of_back_and_front_is_a_trait_of_two_pictures() {
    let dir = dir();
    std::fs::create_dir_all(dir.path("p/layers/Hair/Curly#7")).unwrap();
    for (from, to) in [("Long back.png", "Curly#7/back.png"), ("Long.png", "Curly#7/Front 1.png")] {
        let hair = dir.path("p/layers/Hair");
        std::fs::rename(hair.join(from), hair.join(to)).unwrap();
    }
    let curly = picture(&dir, LAYERS, "Curly", None);
    assert_eq!([5, 15, 25, 40, 65].map(|x| at(&curly, x)), [SKY, BACK, SKIN, FRONT, BACK]);
    dir.run(["check", "p", "--strict"]).ok();
    // With anything else in it, it is a folder that is not read.
    dir.write("p/layers/Hair/Curly#7/notes.txt", "x");
    dir.run(["check", "p"]).warns("a folder inside a layer is not read");
}

#[test]
fn a_variant_replaces_the_picture_where_something_else_is_shown() {
    let dir = dir();
    dir.image("p/layers/Hair/Tucked.png", &stripe(30..40, TUCKED));
    let variants = "variants = [{ when = \"Hat/Hood\", image = \"Tucked.png\" }]\n";
    let config = format!("{LAYERS}{PARTS}{variants}");
    let hooded = picture(&dir, &config, "Long", Some("Hood"));
    assert_eq!([15, 25, 35, 45, 65].map(|x| at(&hooded, x)), [SKY, SKIN, TUCKED, HOOD, HOOD]);
    let pinned = picture(&dir, &config, "Long", Some("Pin"));
    assert_eq!([15, 35].map(|x| at(&pinned, x)), [BACK, FRONT]);
    let document = String::from_utf8(dir.read("out/json/_metadata.json")).unwrap();
    assert!(!document.contains("Tucked"), "the metadata is that of the trait");
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
}

#[test]
fn a_trait_without_a_picture_shows_nothing_and_settings_of_a_trait_are_its_own() {
    let dir = dir();
    let config = format!(
        "{LAYERS}{PARTS}[traits.\"Hair/Bald\"]\nparts = []\n[traits.\"Hair/Short\"]\nopacity = 0.0\n"
    );
    let bald = picture(&dir, &config, "Bald", None);
    assert_eq!([15, 32].map(|x| at(&bald, x)), [SKY, SKIN]);
    let short = picture(&dir, &config, "Short", None);
    assert_eq!(at(&short, 32), SKIN);
}

#[test]
fn a_changed_part_is_pressed_again_wherever_it_shows_and_nowhere_else() {
    let dir = dir();
    picture(&dir, &format!("{LAYERS}{PARTS}"), "Long", None);
    let before = dir.files("out/images");
    dir.image("p/layers/Hair/Long back.png", &stripe(12..70, BACK));
    dir.run(["generate", "p", "--plan", "all.json", "--resume"]).refused(2, &[&["Hair/Long"]]);
    dir.run(["generate", "p", "--plan", "all.json", "--update", "--recipe", "out"]).ok();
    let after = dir.files("out/images");
    let changed = before.iter().filter(|(name, bytes)| after.get(*name) != Some(bytes)).count();
    assert_eq!(changed, 3, "those with long hair");
    // Another place in the drawing order is another collection.
    dir.write("p/collection.toml", format!("{LAYERS}{}", PARTS.replace("below = \"Body\"", "z = -1")));
    dir.run(["generate", "p", "--plan", "all.json", "--update"]).refused(2, &[&["how traits are drawn"]]);
}

#[test]
fn parts_that_cannot_be_are_refused_with_their_lines() {
    let dir = dir();
    let refused = |text: &str, words: &[&str]| {
        dir.write("p/collection.toml", format!("{LAYERS}[traits.\"Hair/Long\"]\n{text}\n"));
        dir.run(["check", "p"]).exited(1);
        let message = dir.run(["check", "p"]).stderr();
        assert!(words.iter().all(|word| message.contains(word)), "{text}: {message}");
    };
    refused(
        "parts = [{ image = \"Hair/Long bak.png\" }]",
        &["Long bak.png", "did you mean", "Hair/Long back.png"],
    );
    refused("parts = [{ image = \"Hair\" }]", &["not a file"]);
    refused("parts = [{ image = \"../../../etc/passwd\" }]", &["/etc/passwd"]);
    refused("parts = [{ z = 1 }]", &["a part has no picture"]);
    refused("parts = [{ image = \"Hair/Long.png\", z = 1, below = \"Hat\" }]", &["z and below"]);
    refused(
        "parts = [{ image = \"Hair/Long.png\", below = \"Hta\" }]",
        &["no layer \"Hta\"", "did you mean \"Hat\"?"],
    );
    refused(
        "parts = [{ image = \"Hair/Long.png\", ofset = [1, 2] }]",
        &["\"ofset\"", "did you mean \"offset\"?"],
    );
    refused("offset = [1, 2]", &["fit = \"place\""]);
    refused("variants = [{ image = \"Hair/Long.png\" }]", &["a variant has no when"]);
    refused("variants = [{ when = \"Hat/Hud\", image = \"Hair/Long.png\" }]", &["\"Hud\""]);
    dir.write("p/collection.toml", format!("{LAYERS}[traits.\"Hair/none\"]\nparts = []\n"));
    dir.run(["check", "p"]).exited(1);
}

#[test]
fn pictures_are_stretched_to_the_canvas_on_request() {
    let dir = Dir::empty();
    let halves = RgbaImage::from_fn(10, 40, |x, _| Rgba(if x < 5 { SKY } else { SKIN }));
    dir.image("p/layers/A/Halves.png", &halves);
    dir.write(
        "p/collection.toml",
        "size = [80, 40]\nfit = \"stretch\"\nscale_filter = \"nearest\"\ncount = 1\n",
    );
    dir.run(["generate", "p"]).ok();
    let made = image::open(dir.path("out/images/1.png")).unwrap().to_rgba8();
    let expected = RgbaImage::from_fn(80, 40, |x, _| Rgba(if x < 40 { SKY } else { SKIN }));
    assert_eq!(made, expected);
}
