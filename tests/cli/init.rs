//! `init`: the order of the layers, their displayed names, and pictures of another size.

use crate::util::{BLUE, Dir, RED};

/// The configuration that init wrote.
fn configuration(dir: &Dir) -> String {
    String::from_utf8(dir.read("p/collection.toml")).expect("text")
}

/// The values of a key of layers, in their order.
fn values(text: &str, key: &str) -> Vec<String> {
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    let layers = table["layers"].as_array().expect("layers").iter();
    layers.filter_map(|layer| Some(layer.get(key)?.as_str()?.to_owned())).collect()
}

#[test]
fn numbers_of_folders_are_the_drawing_order_and_no_part_of_the_displayed_name() {
    let dir = Dir::with_case("case-1");
    let by_name = dir.run(["check", "p", "--count", "4"]).ok().stderr();
    let ran = dir.run(["init", "p"]);
    ran.ok()
        .says("back to front, by the numbers of the folders:")
        .says("1-Back  (by its number, shown as Back)");
    let text = configuration(&dir);
    let names = ["1-Back", "2-Torso", "3-Badge", "4-Face", "5-Specs"];
    assert_eq!(values(&text, "name"), names);
    assert!(by_name.contains(&names.join(", ")), "check takes the same order: {by_name}");
    assert_eq!(values(&text, "display_name"), ["Back", "Torso", "Badge", "Face", "Specs"]);
    dir.run(["generate", "p", "--count", "4"]).ok();
    let types = dir.json("out/json/1.json");
    let types: Vec<&str> =
        types["attributes"].as_array().unwrap().iter().map(|a| a["trait_type"].as_str().unwrap()).collect();
    assert_eq!(types, ["Back", "Torso", "Badge", "Face", "Specs"]);
}

#[test]
fn coverage_decides_where_no_number_does_and_init_says_which() {
    let dir = Dir::empty();
    // By name the sky would hide all the rest.
    dir.picture("p/layers/Sky/A.png", BLUE);
    dir.square("p/layers/02_Hat/A.png", RED);
    dir.picture("p/layers/00 Background/A.png", RED);
    dir.square("p/layers/1. Body/A.png", RED);
    dir.write("p/layers/Sky/None", "");
    let ran = dir.run(["init", "p"]);
    ran.ok().says("by the numbers of the folders, and where there is none estimated from coverage:");
    ran.says("  Sky  (covers 100 % on average)").says("  02_Hat  (by its number, shown as Hat)");
    let text = configuration(&dir);
    assert_eq!(values(&text, "name"), ["00 Background", "Sky", "1. Body", "02_Hat"]);
    assert_eq!(values(&text, "display_name"), ["Background", "Body", "Hat"]);
    // There are not ten different items.
    assert!(text.contains("\ncount = 2\n"), "{text}");
    dir.run(["check", "p"]).ok().says("no problems");
}

#[test]
fn two_layers_never_get_one_displayed_name() {
    let dir = Dir::empty();
    for layer in ["1-Hat", "2-Body", "3_Hat", "4"] {
        dir.square(format!("p/layers/{layer}/A.png"), RED);
    }
    dir.run(["init", "p"]).ok().says("  3_Hat  (by its number)");
    let text = configuration(&dir);
    assert_eq!(values(&text, "name"), ["1-Hat", "2-Body", "3_Hat", "4"]);
    assert_eq!(values(&text, "display_name"), ["Body"]);
}

#[test]
fn one_picture_of_another_size_is_a_choice_in_the_file_and_no_refusal() {
    let dir = Dir::with_case("case-7");
    let ran = dir.run(["init", "p"]);
    ran.ok().says("1 picture is not 64x64: layers/Hat/").says("is 65x64; fit = \"place\" is set for that");
    ran.says("choose between it and fit = \"scale\"");
    let text = configuration(&dir);
    let fit = text.find("\nfit = \"place\"\n# fit = \"scale\"\n").expect("both ways are in the file");
    assert!(text[..fit].contains("is 65x64."), "{text}");
    assert!(text.contains("size = [64, 64]") && dir.exists("p/preview.png"));
    dir.run(["check", "p"]).ok().says("canvas 64x64");
    dir.run(["generate", "p"]).ok();
    dir.write("p/collection.toml", text.replace("fit = \"place\"\n# fit = \"scale\"", "fit = \"scale\""));
    dir.run(["check", "p"]).ok();
}

#[test]
fn pictures_of_the_canvas_proportions_are_to_be_scaled_and_many_are_counted() {
    let dir = Dir::with_project();
    std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
    for number in 0..7 {
        dir.sized(format!("p/layers/Hat/Big\n{number}.png"), [16, 16], RED);
        dir.picture(format!("p/layers/Back/{number}.png"), BLUE);
    }
    dir.run(["init", "p"]).ok().says("7 pictures are not 8x8: ").says(" and 2 more; fit = \"scale\" is set");
    assert!(configuration(&dir).contains("\nfit = \"scale\"\n# fit = \"place\"\n"));
    dir.run(["check", "p"]).ok().says("canvas 8x8");
}

#[test]
fn other_problems_of_pictures_are_refused_beside_another_size() {
    let dir = Dir::with_case("case-7");
    dir.write("p/layers/Hat/Text.png", "text");
    dir.run(["init", "p"]).refused(1, &[&["Text.png", "does not hold a picture"]]);
    assert!(!dir.exists("p/collection.toml") && !dir.exists("p/preview.png"));
}

#[cfg(unix)]
#[test]
fn a_layer_whose_folder_is_a_link_is_found_again() {
    let dir = Dir::empty();
    dir.picture("p/layers/Back/A.png", RED);
    dir.square("p/art/hats of 2026/A.png", BLUE);
    dir.link("../art/hats of 2026", "p/layers/Hat");
    dir.run(["init", "p"]).ok();
    let text = configuration(&dir);
    assert_eq!(
        (values(&text, "name"), values(&text, "folder").len()),
        (vec!["Back".to_owned(), "Hat".to_owned()], 0)
    );
    dir.run(["check", "p"]).ok();
}
