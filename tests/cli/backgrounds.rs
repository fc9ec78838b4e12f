//! Background colours that are drawn for each item, and laws of choice, in the program.

use std::collections::BTreeSet;

use image::{Rgba, RgbaImage};
use serde_json::Value;

use crate::util::Dir;

/// A project of twelve items whose pictures cover the left half of the canvas, half of it faintly.
fn dir(config: &str) -> Dir {
    let dir = Dir::empty();
    for number in 0..4u8 {
        let half = |alpha: u8| {
            RgbaImage::from_fn(16, 8, |x, _| Rgba(if x < 8 { [60 * number, 9, 7, alpha] } else { [0; 4] }))
        };
        dir.image(format!("p/layers/Body/{number}.png"), &half(255));
        dir.image(format!("p/layers/Hat/{number}.png"), &half(40));
    }
    dir.write("p/collection.toml", format!("name = \"P\"\nseed = 4\ncount = 12\n{config}"));
    dir
}

/// By item, the column of the background colour and the other columns.
fn columns(dir: &Dir, plan: &str) -> (Vec<Value>, Vec<Value>) {
    let plan = dir.json(plan);
    assert_eq!(plan["layers"][0], "Background colour");
    let items = plan["items"].as_array().unwrap().iter();
    let split = |item: &Value| {
        let row = item.as_array().or(item["traits"].as_array()).unwrap();
        (row[0].clone(), Value::from(row[1..].to_vec()))
    };
    items.map(split).unzip()
}

fn pixel(dir: &Dir, edition: usize) -> [u8; 4] {
    image::open(dir.path(format!("out/images/{edition}.png"))).unwrap().to_rgba8().get_pixel(12, 3).0
}

#[test]
fn each_item_has_a_hue_of_its_own_and_nothing_else_changes() {
    let dir = dir("background = \"random\"\n");
    dir.run(["check", "p", "--strict"]).ok();
    dir.run(["generate", "p"]).ok();
    let (colours, others) = columns(&dir, "out/plan.json");
    let different: BTreeSet<String> = colours.iter().map(Value::to_string).collect();
    assert!(different.len() > 8, "{different:?}");
    for edition in 1..=12 {
        let hue: u32 = colours[edition - 1].as_str().unwrap().strip_prefix("Hue ").unwrap().parse().unwrap();
        let [red, green, blue, alpha] = pixel(&dir, edition);
        assert!(red.max(green).max(blue) == 255 && red.min(green).min(blue) == 0 && alpha == 255);
        assert_eq!(red == 255, hue <= 60 || hue >= 300, "{hue}");
    }
    let all = dir.json("out/json/_metadata.json").to_string();
    assert!(!all.contains("Hue"), "it is listed only on request");
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
    dir.run(["report", "out", "--project", "p"]).ok();
    // The same items as without.
    let without = self::dir("");
    without.run(["plan", "p", "-o", "plan.json"]).ok();
    let plain = without.json("plan.json");
    assert_eq!(plain["items"].as_array().unwrap(), &others);
    // A plan of a time when there were no colours is read, and gets them.
    dir.write("old.json", without.read("plan.json"));
    dir.run(["generate", "p", "--plan", "old.json", "--out", "old"]).ok();
    assert_eq!(dir.files("out/images"), dir.files("old/images"));
    // Edits keep the colours of other items, and draw those of new ones.
    dir.run(["extend", "out", "--by", "2", "--project", "p"]).ok();
    dir.run(["reroll", "out", "3", "--project", "p"]).ok();
    let (after, _) = columns(&dir, "out/plan.json");
    assert_eq!(after[..12], colours);
    assert!(after[12..].iter().all(Value::is_string), "{after:?}");
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
    dir.run(["plan", "p", "--all", "-o", "all.json"]).ok();
    let (every, _) = columns(&dir, "all.json");
    assert!(every.len() == 16 && every.iter().all(Value::is_string));
}

#[test]
fn all_groups_have_the_colours() {
    let groups = "[[groups]]\nname = \"A\"\ncount = 3\nlayers = [\"Body\"]\n[[groups]]\nname = \"B\"\ncount = 2\nlayers = [\"Hat\"]\n";
    let dir = dir("");
    dir.write("p/collection.toml", format!("seed = 4\nbackground = \"random\"\n{groups}"));
    dir.run(["check", "p", "--strict"]).ok();
    dir.run(["generate", "p"]).ok();
    let (colours, _) = columns(&dir, "out/plan.json");
    assert!(colours.len() == 5 && colours.iter().all(Value::is_string), "{colours:?}");
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
}

#[test]
fn colours_of_a_list_have_weights_and_can_be_listed() {
    let dir = dir(
        "background = { colors = [\"#ff0000\", { color = \"#00f\", weight = 0 }, { color = \"#0a0b0c\", weight = 9, name = \"Ink\" }], \
         display_name = \"Paper\" }\n",
    );
    dir.run(["generate", "p"]).ok();
    let (colours, _) = columns(&dir, "out/plan.json");
    let inks = colours.iter().filter(|colour| **colour == "Ink").count();
    assert!(inks > 6 && colours.iter().all(|colour| *colour == "Ink" || *colour == "#ff0000"), "{colours:?}");
    for (edition, colour) in (1..).zip(&colours) {
        let expected = if *colour == "Ink" { [10, 11, 12, 255] } else { [255, 0, 0, 255] };
        assert_eq!(pixel(&dir, edition), expected);
        let first = dir.json(format!("out/json/{edition}.json"))["attributes"][0].clone();
        assert_eq!((&first["trait_type"], &first["value"]), (&Value::from("Paper"), colour));
    }
    for (wrong, words) in [
        ("{ hue = \"red\" }", "\"random\""),
        ("{ saturation = 5 }", "one of hue and colors"),
        ("{ hue = \"random\", lightness = 101 }", "between 0 and 100"),
        ("[]", "no colour with a weight"),
        ("[\"red\"]", "not a colour"),
        ("[\"#fff\", \"#ffffff\"]", "occurs twice"),
        ("7", "background is an integer"),
    ] {
        dir.write("p/collection.toml", format!("background = {wrong}\n"));
        dir.run(["check", "p"]).refused(1, &[&["collection.toml", words]]);
    }
}

#[test]
fn items_are_drawn_layer_by_layer_on_request() {
    let rules = "[[rules]]\nwhen = \"Body/0\"\nrequire = \"Hat/0\"\n";
    let dir = dir(&format!("choice = \"sequential\"\n{rules}"));
    dir.run(["plan", "p", "-o", "plan.json"]).ok().says("Body/0");
    assert_eq!(dir.json("plan.json")["algorithm"], 4);
    dir.run(["generate", "p"]).ok();
    dir.run(["report", "out", "--project", "p"]).ok();
    dir.run(["generate", "p", "--resume"]).ok();
    dir.write("p/collection.toml", format!("seed = 4\ncount = 12\nname = \"P\"\n{rules}"));
    dir.run(["generate", "p", "--update"]).refused(2, &[&["how traits are drawn by lot"]]);
    dir.write("p/collection.toml", "choice = \"sequential\"\nrarity = \"exact\"\n");
    dir.run(["check", "p"]).refused(1, &[&["layer by layer", "exact numbers"]]);
}

#[test]
fn layers_can_show_the_same() {
    let dir = dir("same = [\"Body\", \"Hat\"]\n");
    dir.write("p/collection.toml", "seed = 4\ncount = 4\nsame = [\"Body\", \"Hat\"]\n");
    dir.run(["generate", "p"]).ok();
    let plan = dir.json("out/plan.json");
    assert!(plan["items"].as_array().unwrap().iter().all(|item| item[0] == item[1]), "{plan}");
    dir.write(
        "wrong.json",
        "{\"format\": \"traitpress-plan/1\", \"layers\": [\"Body\", \"Hat\"], \"items\": [[\"0\", \"1\"]]}",
    );
    dir.run(["generate", "p", "--plan", "wrong.json", "--out", "w"])
        .refused(1, &[&["item 1", "\"Body\" and \"Hat\" must show the same"]]);
    for (wrong, words) in [
        ("[\"Body\"]", "fewer than two"),
        ("[\"Body\", \"Hut\"]", "did you mean \"Hat\"?"),
        ("3", "same is an integer"),
    ] {
        dir.write("p/collection.toml", format!("same = {wrong}\n"));
        dir.run(["check", "p"]).refused(1, &[&["collection.toml", words]]);
    }
}
