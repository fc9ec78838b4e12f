//! Names and weights of traits.

#[cfg(target_os = "linux")]
use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

use crate::util::{BLUE, Dir, RED};

#[test]
fn a_number_that_is_no_weight_is_refused_with_its_text() {
    for weight in [
        "-1",
        "-0.5",
        "NaN",
        "nan",
        "inf",
        "-inf",
        "infinity",
        "1e308",
        "1e999",
        "1e-9",
        "1e-400",
        "1000000001",
    ] {
        let dir = Dir::with_project();
        dir.picture(format!("p/layers/Back/Sun#{weight}.png"), RED);
        let quoted = format!("\"{weight}\"");
        for command in ["check", "plan", "generate"] {
            dir.run([command, "p"])
                .refused(1, &[&["Back/Sun#", &quoted, "out of range", "0.000001 to 1000000000"]]);
        }
        assert!(!dir.exists("out"));
    }
}

#[test]
fn all_wrong_weights_are_listed_at_once() {
    let dir = Dir::with_project();
    dir.picture("p/layers/Back/A#-1.png", RED);
    dir.picture("p/layers/Back/B#1e308.png", RED);
    dir.write("p/layers/Hat/NONE#nan", "");
    dir.run(["check", "p"]).refused(1, &[&["A#-1.png"], &["B#1e308.png"], &["NONE#nan"]]);
}

#[test]
fn weights_at_the_limits_are_weights() {
    let dir = Dir::empty();
    for (name, colour) in [("A#0.000001", RED), ("B#1e9", BLUE), ("C#0", BLUE), ("D#1_000", RED), ("E#", RED)]
    {
        dir.picture(format!("p/layers/L/{name}.png"), colour);
    }
    dir.run(["check", "p", "--count", "4"]).ok().says("4 different items");
    let plan = dir.run(["plan", "p", "--count", "4"]);
    let names = plan.ok().stdout();
    // What is no number belongs to the name; weight 0 is never drawn.
    for name in ["[\"A\"]", "[\"B\"]", "[\"D#1_000\"]", "[\"E#\"]"] {
        assert!(names.contains(name), "{name} is missing in {names}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn weight_and_extension_do_not_tell_traits_apart() {
    for other in ["Red#5.png", "Red.PNG", "Red#0.5.webp", "Red#1.gif"] {
        let dir = Dir::with_project();
        dir.picture(format!("p/layers/Back/{other}"), RED);
        dir.run(["check", "p"]).refused(1, &[&["Back/Red", "\"Red\"", other, "already exists", "rename"]]);
    }
    let dir = Dir::with_project();
    dir.write("p/layers/Hat/NONE", "");
    dir.run(["check", "p"]).refused(1, &[&["Hat/", "already exists"]]);
}

#[test]
fn what_looks_like_a_weight_and_is_none_is_named_with_the_right_name() {
    let dir = Dir::with_case("case-5");
    for command in ["check", "generate"] {
        let ran = dir.run([command, "p", "--count", "9"]);
        ran.ok();
        for (file, text, right) in [
            ("Clay__w10", "__w10", "Clay#10"),
            ("Gold#0,5", "#0,5", "Gold#0.5"),
            ("Ice__r5", "__r5", "Ice#5"),
            ("Iron#20%", "#20%", "Iron#20"),
            ("Silver# 20", "# 20", "Silver#20"),
            ("Tin#20 ", "#20", "Tin#20"),
            ("Wax+10", "+10", "Wax#10"),
            ("Wood#20 copy", "#20 copy", "Wood#20"),
        ] {
            let name = file.trim();
            let blank = if file.ends_with(' ') { ", because a blank follows it" } else { "" };
            ran.warns(&format!(
                "Hat/{file}.png: \"{text}\" looks like a weight but is not one{blank}, so the trait is named \"{name}\" with weight 1; rename the file to \"{right}.png\" to set that weight"
            ));
        }
        assert_eq!(ran.stderr().matches("looks like a weight").count(), 8, "{}", ran.stderr());
    }
    // `Fez #4.png` has its weight, and no blank at its end.
    let all = dir.json("out/json/_metadata.json").to_string();
    assert!(all.contains("\"Fez\"") && !all.contains("\"Fez \""), "{all}");
}

#[test]
fn a_name_that_the_configuration_gives_is_meant() {
    let dir = Dir::with_project();
    dir.picture("p/layers/Back/Iron#20%.png", [9, 9, 9, 255]);
    dir.run(["check", "p"]).ok().warns("Iron#20%.png");
    dir.write(
        "p/collection.toml",
        "seed = 7\ncount = 4\n[traits.\"Back/Iron#20%\"]\nweight = 20\ndisplay_name = \"Iron\"\n",
    );
    let ran = dir.run(["check", "p"]);
    ran.ok();
    assert_eq!(ran.stderr(), "");
}

#[test]
fn a_placeholder_with_a_weight_that_is_none_is_named() {
    let dir = Dir::with_project();
    dir.write("p/layers/Back/None#0,5", "");
    dir.run(["check", "p"]).ok().warns("None#0,5: it is ignored: \"#0,5\" is not a weight").warns("None#3");
    dir.write("p/layers/Back/None#20%.png", "");
    dir.run(["check", "p"])
        .refused(1, &[&["None#20%.png", "0 bytes", "\"#20%\" is not a weight", "rename it to None"]]);
}

#[test]
fn names_lose_blanks_at_both_ends() {
    let dir = Dir::empty();
    dir.picture("p/layers/ Back /  Red #3.png", RED);
    dir.picture("p/layers/ Back /Blue .png", BLUE);
    dir.run(["generate", "p", "--count", "2"]).ok();
    let plan = String::from_utf8(dir.read("out/plan.json")).unwrap();
    assert!(["\"Back\"", "\"Red\"", "\"Blue\""].iter().all(|name| plan.contains(name)), "{plan}");
    // The configuration that init writes finds the folder again.
    dir.run(["init", "p"]).ok();
    dir.run(["check", "p", "--count", "2"]).ok().says("2 different items");
    dir.write("p/collection.toml", "[[layers]]\nname = \"Back\"\n[traits.\"Back/Red\"]\nweight = 2\n");
    dir.run(["check", "p", "--count", "2"]).ok();
}

#[test]
fn names_that_are_the_same_but_for_blanks_are_refused_and_but_for_case_are_named() {
    let dir = Dir::with_project();
    dir.picture("p/layers/Back/Red .jpg", RED);
    dir.run(["check", "p"])
        .refused(1, &[&["Back/Red.png", "\"Red\" already exists as \"Red .jpg\"", "spaces"]]);
    let dir = Dir::empty();
    let names = ["Hat/Cap.png", "Hat/cap.png", "hat/Sun.png", "hat/Red_Sun.png", "hat/Red Sun.png"];
    for (number, name) in (1..).zip(names) {
        dir.square(format!("p/layers/{name}"), [number * 40, 9, 9, 90]);
    }
    for configured in [false, true] {
        if configured {
            dir.write(
                "p/collection.toml",
                "seed = 1\n[[layers]]\nname = \"Hat\"\n[[layers]]\nname = \"hat\"\n",
            );
        }
        let ran = dir.run(["check", "p", "--count", "4"]);
        ran.ok().warns(
            "layers/hat: the layers \"hat\" and \"Hat\" (in \"Hat\") differ only in upper and lower case",
        );
        ran.warns("Hat/cap.png: the traits \"cap\" and \"Cap\" (in \"Cap.png\") differ only in upper and lower case");
        ran.warns("hat/Red_Sun.png: the traits \"Red_Sun\" and \"Red Sun\"").warns("differ only in blanks");
        assert_eq!(ran.stderr().matches("warning: ").count(), 3);
    }
    let dir = Dir::empty();
    for name in ["Hat/A", "Hat /B"] {
        dir.picture(format!("p/layers/{name}.png"), RED);
    }
    dir.run(["check", "p"]).refused(1, &[&["layers/Hat", "a second layer is named \"Hat\"", "rename"]]);
}

#[test]
fn a_folder_of_a_layer_has_no_weight() {
    let dir = Dir::empty();
    for name in ["Hat#20/A", "Hat#20/B", "01-Cape 50%/A"] {
        dir.picture(format!("p/layers/{name}.png"), RED);
    }
    let ran = dir.run(["check", "p", "--count", "2"]);
    ran.ok().warns(
        "layers/Hat#20: \"#20\" looks like a weight, and layers have no weights, so the layer is named \"Hat#20\"",
    );
    ran.warns("rename the folder to \"Hat\"")
        .warns("layers/01-Cape 50%: \"50%\" looks like a weight")
        .warns("chance");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_differ_only_in_their_normal_form_are_the_same() {
    let dir = Dir::with_project();
    dir.picture("p/layers/Back/Caf\u{e9}.png", RED);
    dir.picture("p/layers/Back/Cafe\u{301}.png", RED);
    dir.run(["check", "p"]).refused(1, &[&["\"Caf\u{e9}\"", "already exists"]]);
}

#[test]
fn a_layer_whose_every_weight_is_0_is_refused() {
    let dir = Dir::with_project();
    dir.picture("p/layers/Eyes/A#0.png", RED);
    dir.picture("p/layers/Eyes/B#0.0.png", RED);
    dir.write("p/layers/Eyes/None#0", "");
    for command in ["check", "plan", "generate"] {
        dir.run([command, "p"]).refused(1, &[&["layers/Eyes", "weight 0", "set a weight"]]);
    }
}

#[cfg(unix)]
#[test]
fn control_characters_in_names_are_shown_escaped() {
    let dir = Dir::with_project();
    dir.write("p/layers/Back/a\nb\u{1b}[31m\u{7}\r.png", "no picture");
    dir.write("p/layers/Back/c\u{9b}2J.png", "no picture");
    dir.run(["generate", "p"]).refused(1, &[&["a\\nb\\u{1b}[31m\\u{7}\\r.png"], &["c\\u{9b}2J.png"]]);
}

#[cfg(unix)]
#[test]
fn control_characters_in_paths_are_shown_escaped() {
    let dir = Dir::with_project();
    dir.run(["check", "no\n\u{1b}[1mthing"]).refused(2, &[&["no\\n\\u{1b}[1mthing", "does not exist"]]);
    dir.write("o\nut\u{1b}/mine", "x");
    dir.run(["generate", "p", "--out", "o\nut\u{1b}"]).refused(2, &[&["o\\nut\\u{1b}", "not empty"]]);
    dir.run(["demo", "--out", "o\nut\u{1b}"]).refused(2, &[&["o\\nut\\u{1b}", "not empty"]]);
    dir.run(["plan", "p", "-o", "no\n/p\u{1b}.json"]).refused(1, &[&["no\\n/p\\u{1b}.json"]]);
    dir.run(["generate", "p", "--stats", "no\nwhere/s.json"]).refused(2, &[&["no\\nwhere"]]);
    dir.run(["generate", "p", "--plan", "no\nwhere.json"]).refused(1, &[&["no\\nwhere.json"]]);
}

#[cfg(unix)]
#[test]
fn layers_and_traits_with_control_characters_can_be_pressed_and_are_printed_escaped() {
    let dir = Dir::empty();
    dir.picture("p\u{1b}[2J/layers/Ba\u{1b}[31mck/R\ne\td.png", RED);
    dir.picture("p\u{1b}[2J/layers/Ba\u{1b}[31mck/Blue.png", BLUE);
    dir.run(["check", "p\u{1b}[2J", "--count", "2"]).ok().says("Ba\\u{1b}[31mck");
    dir.run(["generate", "p\u{1b}[2J", "--count", "2", "--out", "o\u{7}ut"]).ok().says("o\\u{7}ut");
    dir.run(["init", "p\u{1b}[2J"]).ok();
    dir.run(["generate", "p\u{1b}[2J", "--count", "2"]).ok();
    let attributes = dir.json("out/json/_metadata.json").to_string();
    assert!(attributes.contains("R\\ne\\td"), "{attributes}");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf_8_are_refused() {
    let dir = Dir::with_project();
    dir.picture(OsStr::from_bytes(b"p/layers/Back/Bl\xe4u.png"), BLUE);
    dir.run(["check", "p"]).refused(1, &[&["Back/Bl\u{fffd}u.png", "not UTF-8", "rename it"]]);
    let dir = Dir::with_project();
    dir.picture(OsStr::from_bytes(b"p/layers/Ge\xf6/Blau.png"), BLUE);
    dir.run(["check", "p"]).refused(1, &[&["layers/Ge\u{fffd}", "not UTF-8", "rename it"]]);
}

#[cfg(target_os = "linux")]
#[test]
fn folders_that_are_not_utf_8_can_be_named() {
    let dir = Dir::with_project();
    std::fs::rename(dir.path("p"), dir.path(OsStr::from_bytes(b"p\xff"))).unwrap();
    let words = [b"generate".as_slice(), b"p\xff", b"--out", b"o\xfe"].map(OsStr::from_bytes);
    dir.run(words).ok();
    assert!(dir.exists(OsStr::from_bytes(b"o\xfe/images/1.png")));
}

#[cfg(unix)]
#[test]
fn any_character_that_a_file_system_allows_may_be_in_a_name() {
    let names = [
        "-rf",
        "--help",
        "a#b#c",
        "two  spaces",
        " lead",
        "\u{1f984} unicorn",
        "it's \"quoted\"",
        "50%",
        "$HOME",
        "back\\slash",
        "*",
        "a;b",
        "日本",
        "null",
        "#",
        "x.png",
    ];
    let dir = Dir::empty();
    for (number, name) in names.iter().enumerate() {
        dir.picture(format!("p/layers/-L #1 \"x\"/{name}#2.png"), [number as u8, 0, 0, 255]);
    }
    dir.run(["init", "p"]).ok();
    let count = names.len().to_string();
    dir.run(["generate", "p", "--count", &count]).ok();
    let all = dir.json("out/json/_metadata.json");
    let mut values: Vec<&str> =
        all.as_array().unwrap().iter().map(|item| item["attributes"][0]["value"].as_str().unwrap()).collect();
    assert!(all.as_array().unwrap().iter().all(|item| item["attributes"][0]["trait_type"] == "-L #1 \"x\""));
    values.sort_unstable();
    let mut wanted = names;
    // Blanks at the ends are no part of a name.
    wanted.iter_mut().for_each(|name| *name = name.trim());
    wanted.sort_unstable();
    assert_eq!(values, wanted);
    // The plan that was written is one that can be read.
    dir.run(["generate", "p", "--plan", "out/plan.json", "--out", "again"]).ok();
    assert_eq!(dir.files("out/images"), dir.files("again/images"));
}
