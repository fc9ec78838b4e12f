//! `collection.toml`, and numbers of items that no project can give.

use crate::util::{Dir, RED};

fn refused(text: &str, problems: &[&[&str]]) {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", text);
    for command in ["check", "plan", "generate"] {
        dir.run([command, "p"]).refused(1, problems);
    }
    assert!(!dir.exists("out"));
}

#[test]
fn unknown_keys_are_refused_with_the_line_and_the_nearest_key() {
    refused("name = \"x\"\n\ncuont = 3\n", &[&["collection.toml:3", "\"cuont\"", "did you mean \"count\"?"]]);
    refused(
        "[[layers]]\nname = \"Back\"\nopactiy = 0.5\n[[layers]]\nname = \"Hat\"\nzzz = 1\n",
        &[
            &["collection.toml:3", "\"opactiy\"", "did you mean \"opacity\"?"],
            &["collection.toml:6", "\"zzz\"", "the keys are name, folder, chance"],
        ],
    );
    refused("\"\\u001b[31m\\n\" = 1\n", &[&["collection.toml:1", "\\u{1b}[31m\\n"]]);
}

#[test]
fn keys_of_the_collection_in_a_table_are_sent_to_the_top() {
    let top = "it is a key of the collection: put it above the first [[..]] or [..] table";
    refused(
        "[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\nrarity = \"exact\"\nseed = 4\n",
        &[
            &["collection.toml:5", "\"rarity\" of a layer", top],
            &["collection.toml:6", "\"seed\" of a layer", top],
        ],
    );
    refused("[metadata]\nbase_uri = \"x\"\n", &[&["collection.toml:2", "\"base_uri\" of metadata", top]]);
    refused("[traits.\"Hat/Cap\"]\nduplicates = true\n", &[&["\"duplicates\" of a trait", top]]);
    refused("[[layers]]\nname = \"Back\"\nrules = []\n", &[&["\"rules\" of a layer", "the keys are"]]);
}

#[test]
fn a_second_table_or_key_names_the_first() {
    refused(
        "[traits]\n\"Hat/Cap\" = { weight = 2 }\n\n[traits.\"Hat/Cap\"]\nweight = 3\n",
        &[&["collection.toml:4", "duplicate key", "the table is already on line 2; put its keys there"]],
    );
    refused("count = 5\nseed = 1\ncount = 6\n", &[&["collection.toml:3", "the key is already on line 1"]]);
}

#[test]
fn wrong_types_and_values_are_all_listed() {
    refused(
        "name = 5\nsize = \"8x8\"\ncount = 0\nseed = -1\nbackground = \"rosa\"\nfit = \"crop\"\n\
         [[layers]]\nname = \"Back\"\nchance = \"often\"\nopacity = 2\nunique = \"no\"\n",
        &[
            &["collection.toml:1", "name", "a string"],
            &["collection.toml:2", "size", "two integers"],
            &["collection.toml:3", "count is 0", "1 and 100000000"],
            &["collection.toml:4", "seed is -1"],
            &["collection.toml:5", "background", "\"rosa\""],
            &["collection.toml:6", "fit", "\"crop\"", "\"stretch\""],
            &["collection.toml:9", "chance"],
            &["collection.toml:10", "opacity is 2", "0.0 and 1.0"],
            &["collection.toml:11", "unique", "true or false"],
        ],
    );
    refused("layers = [1]\n", &[&["collection.toml:1", "[[layers]]"]]);
}

#[test]
fn operators_that_are_no_blend_modes_are_refused_with_the_next_step() {
    refused(
        "[[layers]]\nname = \"Back\"\nblend = \"destination-over\"\n\
         [[layers]]\nname = \"Hat\"\nblend = \"source-atop\"\n",
        &[
            &["collection.toml:3", "\"destination-over\"", "instead of mixing colours", "to the back"],
            &["collection.toml:6", "\"source-atop\"", "instead of mixing colours", "clip_to"],
        ],
    );
    refused(
        "[[layers]]\nname = \"Back\"\nblend = \"mulitply\"\n[[layers]]\nname = \"Hat\"\nblend = \"glow\"\n",
        &[
            &["collection.toml:3", "\"mulitply\"", "did you mean \"multiply\"?"],
            &["collection.toml:6", "\"glow\"", "the modes are normal, multiply, screen"],
        ],
    );
    refused("[[layers]]\nname = \"Back\"\nblend = 3\n", &[&["collection.toml:3", "blend", "a string"]]);
}

#[test]
fn what_is_no_toml_or_no_text_is_refused() {
    refused(
        "name = \"x\"\nsize = [8,\n= 3\n",
        &[&["collection.toml:3", "invalid TOML", "`=`"], &["collection.toml:3", "unclosed array"]],
    );
    let dir = Dir::with_project();
    dir.write("p/collection.toml", b"name = \"\xff\"\n");
    dir.run(["check", "p"]).refused(1, &[&["collection.toml", "not UTF-8"]]);
    std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
    dir.write("p/collection.toml/file", "");
    dir.run(["check", "p"]).refused(1, &[&["collection.toml", "cannot be read"]]);
}

#[test]
fn a_layer_needs_its_folder() {
    refused(
        "[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hut\"\n[[layers]]\nname = \"Wings\"\nfolder = \"W\"\n",
        &[
            &["collection.toml:3", "\"Hut\"", "did you mean \"Hat\"?"],
            &["collection.toml:5", "\"Wings\"", "\"W\"", "create it in"],
        ],
    );
}

#[test]
fn a_folder_must_not_lead_out_of_the_project() {
    for folder in ["../../elsewhere", "/etc", "../../p/../elsewhere"] {
        let dir = Dir::with_project();
        dir.picture("elsewhere/A.png", RED);
        dir.write("p/collection.toml", format!("[[layers]]\nname = \"X\"\nfolder = \"{folder}\"\n"));
        dir.run(["check", "p"]).refused(1, &[&["outside the project", "copy the art"]]);
    }
}

#[test]
fn more_items_than_there_are_combinations_are_refused_with_the_exact_maximum() {
    let dir = Dir::with_project();
    let problem: &[&str] = &["7 items", "only 6 different", "\"Back\" 2 x \"Hat\" 3", "at most 6"];
    for command in ["plan", "generate"] {
        dir.run([command, "p", "--count", "7"]).refused(1, &[problem]);
    }
    dir.run(["check", "p", "--count", "7"]).refused(1, &[problem]);
    assert!(!dir.exists("out"), "nothing is written");
    dir.run(["check", "p", "--count", "6"]).ok();
    dir.run(["generate", "p", "--count", "6"]).ok();
    let items = dir.files("out/images");
    assert_eq!(items.len(), 6);
    let distinct: std::collections::BTreeSet<&Vec<u8>> = items.values().collect();
    assert_eq!(distinct.len(), 6, "each combination is a picture of its own");
}

#[test]
fn every_combination_of_a_larger_project_is_reached() {
    let dir = Dir::empty();
    for number in 0..60u8 {
        dir.sized(format!("p/layers/A/a{number}.png"), [1, 1], [number, 0, 0, 255]);
        dir.sized(format!("p/layers/B/b{number}.png"), [1, 1], [0, number, 0, 128]);
    }
    dir.run(["generate", "p", "--count", "3601"]).refused(1, &[&["only 3600 different"]]);
    let plan = dir.run(["plan", "p", "--count", "3600"]).ok().stdout();
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let distinct: std::collections::HashSet<String> =
        plan["items"].as_array().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), 3600);
}

#[test]
fn editions_beyond_32_bits_are_refused_by_check_too() {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", "start = 4294967294\nseed = 1\n");
    let problem: &[&str] = &["4294967294", "exceed the number 4294967295", "lower start"];
    dir.run(["generate", "p", "--count", "3"]).refused(1, &[problem]);
    dir.run(["check", "p", "--count", "3"]).refused(1, &[problem]);
    dir.run(["check", "p", "--count", "2"]).ok();
    dir.run(["generate", "p", "--count", "2"]).ok();
    assert!(dir.exists("out/images/4294967295.png"));
}

#[test]
fn arguments_out_of_range_are_wrong_use() {
    let dir = Dir::with_project();
    for (command, flag, value) in [
        ("generate", "--count", "0"),
        ("generate", "--count", "-3"),
        ("generate", "--count", "100000001"),
        ("plan", "--count", "4000000000"),
        ("check", "--count", "1e3"),
        ("generate", "--seed", "-1"),
        ("generate", "--seed", "9223372036854775808"),
        ("generate", "--threads", "0"),
        ("generate", "--threads", "70000"),
        ("generate", "--batch", "0"),
        ("generate", "--batch", "1025"),
        ("generate", "--encode-batch", "65"),
        ("generate", "--encoder", "fast"),
        ("generate", "--cache-memory", "8XB"),
        ("generate", "--cache-memory", "NaN"),
    ] {
        let ran = dir.run([command, "p", &format!("{flag}={value}")]);
        ran.exited(2).warns(value).warns(flag);
    }
    dir.run(["generate", "p", "--colour", "red"]).exited(2).warns("--colour");
    dir.run(["generat", "p"]).exited(2).warns("generate");
    assert!(!dir.exists("out"));
}

#[test]
fn wishes_that_no_key_serves_are_refused_each_with_its_line() {
    let dir = Dir::with_case("case-13");
    // The other wishes are served: a random background, and blend mode and attributes of one trait.
    let refused: [&[&str]; 3] = [
        &["collection.toml:8: blend is \"source-atop\"", "set clip_to"],
        &["collection.toml:10: offset is used only with fit = \"place\""],
        &["Tattoo/t.png: the picture is 20x20", "fit = \"place\""],
    ];
    dir.run(["check", "p"]).refused(1, &refused);
}
