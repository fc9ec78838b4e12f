//! Exact amounts and groups of `collection.toml`, as far as files and messages show them.

use std::collections::HashMap;

use serde_json::Value;

use crate::util::{Dir, code_of};

const RED: [u8; 4] = [200, 10, 20, 255];
const GREEN: [u8; 4] = [20, 180, 40, 255];
const VEIL: [u8; 4] = [9, 9, 9, 90];

/// Back: Red and Green. Cat and Dog: eight each, translucent. Hat: six.
fn species(configuration: &str) -> Dir {
    let dir = Dir::empty();
    dir.picture("p/layers/Back/Red.png", RED);
    dir.picture("p/layers/Back/Green.png", GREEN);
    for number in 0..8u8 {
        dir.square(format!("p/layers/Cat/C{number}.png"), [number, 30, 30, 120]);
        dir.square(format!("p/layers/Dog/D{number}.png"), [30, number, 30, 120]);
    }
    for number in 0..6u8 {
        dir.square(format!("p/layers/Hat/H{number}.png"), [number, number, 90, 200]);
    }
    dir.square("p/layers/Veil/V.png", VEIL);
    let layers =
        ["Back", "Cat", "Dog", "Hat", "Veil"].map(|layer| format!("[[layers]]\nname = \"{layer}\"\n"));
    let hat = "chance = 0.5\n";
    let layers = layers.concat().replace("name = \"Hat\"\n", &format!("name = \"Hat\"\n{hat}"));
    dir.write("p/collection.toml", format!("seed = 7\n{configuration}{layers}"));
    dir
}

/// What the items of a plan show in a layer.
fn shown(dir: &Dir, plan: &str, layer: usize) -> HashMap<Option<String>, usize> {
    let mut counts = HashMap::new();
    for item in dir.json(plan)["items"].as_array().expect("a plan has items") {
        let traits = if item.is_array() { item } else { &item["traits"] };
        *counts.entry(traits[layer].as_str().map(str::to_owned)).or_default() += 1;
    }
    counts
}

#[test]
fn numbers_are_those_that_are_asked_for() {
    let dir = species(
        "count = 100\n[traits.\"Hat/H0\"]\ncount = 3\n[traits.\"Hat/none\"]\ncount = 40\n\
         [traits.\"Back/Red\"]\nmin = 70\n[traits.\"Cat/C1\"]\nmax = 2\n\
         [[rules]]\nforbid = [\"Hat/H0\", \"Back/Red\"]\n",
    );
    let ran = dir.run(["plan", "p", "-o", "plan.json"]);
    ran.ok().says("asked").says(">= 70").says("0 - 2");
    assert_eq!(dir.json("plan.json")["algorithm"], 3);
    let hats = shown(&dir, "plan.json", 3);
    assert_eq!((hats[&Some("H0".to_owned())], hats[&None]), (3, 40));
    assert!(shown(&dir, "plan.json", 0)[&Some("Red".to_owned())] >= 70);
    assert!(shown(&dir, "plan.json", 1).get(&Some("C1".to_owned())).copied().unwrap_or(0) <= 2);
    let told = dir.run(["plan", "p", "-o", "again.json", "--json"]);
    let told: Value = serde_json::from_str(&told.ok().stdout()).expect("JSON");
    assert_eq!(told["layers"][3]["choices"][0]["asked"]["min"], 3);
    assert!(told["layers"][0]["choices"][0]["asked"]["max"].is_null());
    assert!(told["layers"][3]["p_value"].is_null(), "what is asked for is not left to chance");
    assert_eq!(dir.read("plan.json"), dir.read("again.json"), "the same seed");
    dir.run(["check", "p"]).ok();

    // The same pictures from the plan; its first items need not have all the numbers.
    dir.run(["generate", "p", "--count", "100", "--out", "a", "--stats", "a.json"]).ok();
    dir.run(["generate", "p", "--plan", "plan.json", "--out", "b", "--stats", "b.json"]).ok();
    let effort = &dir.json("a.json")["selection"];
    assert!(effort["draws"].as_u64().unwrap() >= 100 && effort["time"].as_f64().unwrap() > 0.0, "{effort}");
    assert!(dir.json("b.json")["selection"].is_null(), "nothing was chosen");
    assert_eq!(dir.files("a/images"), dir.files("b/images"));
    dir.run(["generate", "p", "--plan", "plan.json", "--count", "5", "--out", "c"]).ok();
    // Dropping one of three leaves two; another that is added makes up for it.
    let items = dir.json("plan.json");
    let items = items["items"].as_array().unwrap();
    let edition = (1..).zip(items).find(|(_, item)| item[3] == "H0").unwrap().0.to_string();
    let drop = ["plan", "p", "--keep", "plan.json", "--drop", &edition, "-o", "fewer.json"];
    dir.run(drop).refused(
        1,
        &[&["\"Hat/H0\" must be in 3 items (line 3), but would be in 2", "change these numbers"]],
    );
    dir.run([&drop[..], &["--extend", "1"]].concat()).ok();
    assert_eq!(shown(&dir, "fewer.json", 3)[&Some("H0".to_owned())], 3);
    // A plan of another making is held to them too.
    dir.write(
        "p/collection.toml",
        String::from_utf8(dir.read("p/collection.toml")).unwrap().replace("count = 3", "count = 4"),
    );
    dir.run(["generate", "p", "--plan", "plan.json", "--out", "d"])
        .refused(1, &[&["plan.json", "\"Hat/H0\" must be in 4 items (line 3), but is in 3"]]);
    dir.run(["plan", "p", "--all"]).refused(2, &[&["all combinations", "\"Hat/H0\" 4 (line 3)"]]);
}

#[test]
fn numbers_that_cannot_be_are_refused_before_anything_is_made() {
    let dir = species("count = 100\n[traits.\"Hat/H0\"]\ncount = 80\n[traits.\"Hat/none\"]\nmin = 30\n");
    let why = "the counts of layer \"Hat\" add up to 110 of 100 items: \"Hat/H0\" 80 (line 3), \"Hat/none\" at least 30 (line 5)";
    dir.run(["generate", "p"]).refused(1, &[&[why, "make more items"]]);
    dir.run(["check", "p"]).exited(1).warns(why);
    let dir = species(
        "count = 100\n[traits.\"Hat/H0\"]\ncount = 60\n[traits.\"Back/Red\"]\nmax = 50\n\
         [[rules]]\nwhen = \"Hat/H0\"\nrequire = \"Back/Red\"\n[[rules]]\nforbid = [\"Hat/H1\", \"Cat/C0\"]\n",
    );
    let why = "no collection of 100 items is possible: \"Hat/H0\" in 60 items (line 3); and \"Back/Red\" in at most 50 items (line 5); and \"Hat/H0\" requires \"Back/Red\" (rule 1, line 7); change or remove one of these";
    dir.run(["generate", "p"]).refused(1, &[&[why]]);
    assert!(!dir.exists("out"));
    dir.run(["check", "p"]).exited(1).warns(why);
}

#[test]
fn each_wrong_number_and_group_is_told_with_its_line() {
    let dir = species(
        "rarity = \"exct\"\ngroup_order = \"mixed\"\n\
         [traits.\"Hat/H0\"]\ncount = 3\nmin = 2\n\
         [traits.\"Hat/H1\"]\nmin = 5\nmax = 4\n\
         [traits.\"Hat/H2\"]\nweight = 0\ncount = 1\n\
         [traits.\"Hat/H3\"]\ncount = -1\n\
         [traits.\"Hat\"]\ncount = 1\n[traits.\"Back/none\"]\ncount = 1\n[traits.\"Back/None\"]\ncount = 2\n\
         [[groups]]\nname = \"Cats\"\nlayers = [\"Back\", \"Catt\"]\ncount = 5\n\
         [[groups]]\nname = \"Cats\"\nlayers = [\"Back\"]\ncount = 5\n\
         [[groups]]\nname = \"Dogs\"\nlayers = [\"Dog\", \"Back\"]\ncount = 5\n\
         [[groups]]\nname = \"Birds\"\nlayers = [\"Back\"]\n\
         [[groups]]\nname = \"None\"\nlayers = []\ncount = 0\n",
    );
    dir.run(["check", "p"]).refused(
        1,
        &[
            &["collection.toml:2", "rarity is \"exct\"", "\"random\", \"exact\""],
            &["collection.toml:3", "group_order is \"mixed\"", "\"shuffled\", \"listed\""],
            &["collection.toml:5", "count is exact"],
            &["collection.toml:8", "min is 5, which is more than max, 4"],
            &["collection.toml:14", "count is -1", "between 0 and 100000000"],
            &["collection.toml:26", "a second group is named \"Cats\"", "line 21"],
            &["collection.toml:33", "a group has no count"],
            &["collection.toml:39", "count is 0, which is not between 1 and"],
            &["collection.toml:10", "\"Hat/H2\" has a number of items, but weight 0"],
            &["collection.toml:15", "traits.\"Hat\" is not one trait"],
            &["collection.toml:19", "is already set on line 17"],
            &["collection.toml:23", "there is no layer \"Catt\"", "did you mean \"Cat\"?"],
            &["collection.toml:29", "layers of group \"Dogs\" are not in drawing order"],
        ],
    );
}

const GROUPS: &str = "[[groups]]\nname = \"Cats\"\nlayers = [\"Back\", \"Cat\", \"Hat\"]\ncount = 12\n\
                      [[groups]]\nname = \"Dogs\"\nlayers = [\"Back\", \"Dog\"]\ncount = 9\n";

#[test]
fn species_have_their_own_layers_and_numbers() {
    let dir = species(GROUPS);
    // As many as the groups have together, of which each picture is opaque although no species has all layers.
    dir.run(["generate", "p"]).ok().says("21 items").warns("the layer \"Veil\" is in no group");
    let plan = dir.json("out/plan.json");
    let items = plan["items"].as_array().unwrap();
    assert_eq!(items.len(), 21);
    let order: Vec<&str> = items.iter().map(|item| item["group"].as_str().unwrap()).collect();
    assert_eq!(order.iter().filter(|group| **group == "Cats").count(), 12);
    assert!(order.windows(2).filter(|pair| pair[0] != pair[1]).count() > 3, "they are shuffled: {order:?}");
    for item in items {
        let is_cat = item["group"] == "Cats";
        assert_eq!((item["traits"][1].is_null(), item["traits"][2].is_null()), (!is_cat, is_cat));
        assert!(is_cat || item["traits"][3].is_null(), "dogs wear no hats");
        assert!(item["traits"][4].is_null(), "no group has the veil");
    }
    let picture = image::open(dir.path("out/images/1.png")).unwrap();
    assert_eq!(picture.color(), image::ColorType::Rgb8);
    // The plan makes the same, and other thread counts do.
    dir.run(["generate", "p", "--plan", "out/plan.json", "--threads", "1", "--out", "again"]).ok();
    assert_eq!(dir.files("out/images"), dir.files("again/images"));

    let listed = species(&format!("group_order = \"listed\"\n{GROUPS}"));
    listed.run(["plan", "p", "-o", "plan.json"]).ok();
    let plan = listed.json("plan.json");
    let groups: Vec<&str> =
        plan["items"].as_array().unwrap().iter().map(|item| item["group"].as_str().unwrap()).collect();
    assert!(
        groups[..12].iter().all(|group| *group == "Cats")
            && groups[12..].iter().all(|group| *group == "Dogs")
    );

    dir.run(["generate", "p", "--count", "20", "--out", "fewer"]).refused(
        1,
        &[&["the groups have 21 items in total (\"Cats\" 12, \"Dogs\" 9), and 20 are requested"]],
    );
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    dir.write("p/collection.toml", text.replace("count = 12", "count = 14"));
    dir.run(["plan", "p", "--keep", "out/plan.json", "--extend", "2", "-o", "more.json"]).ok();
    assert_eq!(shown(&dir, "more.json", 2)[&None], 14, "two more cats");
    dir.run(["plan", "p", "--keep", "out/plan.json", "--extend", "1"])
        .refused(1, &[&["group \"Cats\" must have 14 items, but would have 12"]]);
}

#[test]
fn plans_say_of_which_group_an_item_is() {
    let dir = species(GROUPS);
    let plan = |items: &str| {
        let layers = "[\"Back\", \"Cat\", \"Dog\", \"Hat\", \"Veil\"]";
        format!("{{\"format\": \"traitpress-plan/1\", \"layers\": {layers}, \"items\": [{items}]}}")
    };
    let cat = "[\"Red\", \"C1\", null, null, null]";
    dir.write("plain.json", plan(&format!("{cat}, [\"Red\", null, \"D1\", null, null]")));
    dir.run(["generate", "p", "--plan", "plain.json", "--count", "2"]).ok();
    let groups = dir.json("out/plan.json")["items"].clone();
    assert_eq!((&groups[0]["group"], &groups[1]["group"]), (&Value::from("Cats"), &Value::from("Dogs")));
    for (items, why) in [
        (
            format!("{{\"group\": \"Catz\", \"traits\": {cat}}}"),
            "has no group \"Catz\"; did you mean \"Cats\"?",
        ),
        (format!("{{\"group\": \"Dogs\", \"traits\": {cat}}}"), "layer \"Cat\" is not in group \"Dogs\""),
        ("[\"Red\", \"C1\", \"D1\", null, null]".to_owned(), "layer \"Dog\" is not in group \"Cats\""),
    ] {
        dir.write("wrong.json", plan(&items));
        dir.run(["generate", "p", "--plan", "wrong.json", "--count", "1", "--out", "no"])
            .refused(1, &[&["wrong.json", "item 1", why]]);
    }
    dir.run(["generate", "p", "--plan", "plain.json", "--out", "no"]).refused(
        1,
        &[&[
            "plain.json",
            "group \"Cats\" must have 12 items, but has 1, and group \"Dogs\" must have 9 items",
        ]],
    );
}

#[test]
fn the_examples_of_the_page_on_rules_do_what_they_say() {
    let code = code_of("Exact numbers and groups");
    let (numbers, groups) = code.split_once("group_order").unwrap();
    let dir = Dir::empty();
    for (layer, traits) in [("Background", 20), ("Cat", 20), ("Dog", 20), ("Hat", 9)] {
        for number in 0..traits {
            dir.square(format!("p/layers/{layer}/{layer}{number}.png"), [number, 9, 9, 255]);
        }
    }
    dir.square("p/layers/Hat/Crown.png", [200, 9, 9, 255]);
    dir.write("p/collection.toml", format!("seed = 1\ncount = 1000\n{numbers}"));
    dir.run(["plan", "p", "-o", "plan.json"]).ok();
    let hats = shown(&dir, "plan.json", 3);
    assert_eq!(hats[&Some("Crown".to_owned())], 25);
    assert!(hats[&None] >= 400);
    // 575 among nine that are equally likely, and a thousand among twenty.
    for number in 0..9 {
        assert!([63, 64].contains(&hats[&Some(format!("Hat{number}"))]), "{hats:?}");
    }
    assert!(shown(&dir, "plan.json", 0).values().all(|&items| items == 50));
    let layers = ["Background", "Cat", "Dog", "Hat"].map(|layer| format!("[[layers]]\nname = \"{layer}\"\n"));
    dir.write("p/collection.toml", format!("seed = 1\ngroup_order{groups}{}", layers.concat()));
    dir.run(["plan", "p", "-o", "groups.json"]).ok();
    assert_eq!(shown(&dir, "groups.json", 1)[&None], 200);
    assert_eq!(shown(&dir, "groups.json", 2)[&None], 300);
}

/// Eyes: Gold ten times as likely as each of five others; 54 different items can show any of them.
fn eyes(configuration: &str) -> Dir {
    let dir = Dir::empty();
    for number in 0..6u8 {
        dir.picture(format!("p/layers/0 Back/B{number}.png"), [25 * number, 30, 30, 255]);
        let weight = if number == 0 { "#10" } else { "" };
        dir.square(format!("p/layers/2 Eyes/E{number}{weight}.png"), [30, 40 * number, 30, 120]);
    }
    for number in 0..9u8 {
        dir.square(format!("p/layers/1 Body/F{number}.png"), [25 * number, number, 90, 200]);
    }
    dir.write("p/collection.toml", format!("seed = 7\n{configuration}"));
    dir
}

#[test]
fn a_trait_that_runs_out_is_named_with_the_items_that_can_show_it() {
    let dir = eyes("");
    let why = "warning: \"2 Eyes/E0\" is expected in 67 of 100 items by weight, but only 54 different items can show it; \
               lower its weight";
    dir.run(["check", "p", "--count", "100"]).ok().warns(why);
    dir.run(["check", "p", "--count", "100", "--strict"]).exited(1);
    dir.run(["generate", "p", "--count", "100", "--strict"]).exited(1).warns(why);
    dir.run(["generate", "p", "--count", "100"]).ok().warns(why);
    let most = "at most 54 different items can show \"2 Eyes/E0\"\n";
    dir.run(["plan", "p", "--count", "100", "-o", "plan.json"]).ok().says(most);
    dir.run(["report", "out", "--project", "p"]).ok().says(most);
    let json = dir.run(["plan", "p", "--count", "100", "-o", "again.json", "--json"]).ok().stdout();
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["layers"][2]["choices"][0]["most"], 54);
    assert!(json["layers"][2]["choices"][1]["most"].is_null());
    // Of all that are possible each is made, whatever the weights are.
    let ran = dir.run(["check", "p", "--count", "324"]);
    assert!(!ran.ok().stderr().contains("can show it"), "{}", ran.stderr());
    // Nothing runs out of fewer items, of items that may be equal, or of those that differ elsewhere.
    for (configuration, count) in [("", "20"), ("duplicates = true\n", "100")] {
        let dir = eyes(configuration);
        for command in ["check", "generate"] {
            let ran = dir.run([command, "p", "--count", count]);
            assert!(!ran.ok().stderr().contains("can show it"), "{}", ran.stderr());
        }
    }
}

#[test]
fn a_rule_and_a_unique_set_limit_a_trait_too() {
    let dir = eyes("[[rules]]\nwhen = \"2 Eyes/E0\"\nallow = [\"0 Back/B0\", \"0 Back/B1\"]\n");
    dir.run(["check", "p", "--count", "60"]).ok().warns("but only 18 different items can show it");
    let dir = eyes("[[unique]]\nlayers = [\"0 Back\", \"2 Eyes\"]\n");
    dir.run(["check", "p", "--count", "20"]).ok().warns("but only 6 different items can show it");
}

#[test]
fn exact_rarity_that_is_not_reached_is_a_warning_with_the_numbers() {
    let dir = eyes("rarity = \"exact\"\ncount = 100\n");
    for command in ["check", "generate"] {
        let ran = dir.run([command, "p"]);
        ran.ok().warns("warning: exact rarity was not reached: \"2 Eyes/E0\": 67 wanted, ");
        ran.warns(" chosen (only 54 different items can show it), \"2 Eyes/E");
    }
    dir.run(["check", "p", "--strict"]).exited(1);
    let ran = dir.run(["generate", "p", "--count", "40", "--out", "b"]);
    assert!(!ran.ok().stderr().contains("exact rarity"), "{}", ran.stderr());
}
