//! Rules and unique sets of `collection.toml`, as far as files and messages show them.

use serde_json::Value;

use crate::util::{Dir, code_of};

/// What each item of a plan shows.
fn items(dir: &Dir, plan: &str) -> Vec<Vec<Value>> {
    let plan = dir.json(plan);
    let items = plan["items"].as_array().expect("a plan has items");
    items.iter().map(|item| item.as_array().expect("an item is an array").clone()).collect()
}

fn with(configuration: &str) -> Dir {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", format!("name = \"Test\"\nseed = 7\n{configuration}"));
    dir
}

#[test]
fn items_obey_rules_from_either_end_and_all_that_are_left_are_made() {
    // Of six combinations, Red with Crown and Blue without a hat are out.
    let dir = with(
        "[[rules]]\nforbid = [\"Hat/Crown\", \"Back/Red\"]\n[[rules]]\nwhen = \"Hat/none\"\nrequire = \"Back/Red\"\n",
    );
    dir.run(["generate", "p", "--count", "4"]).ok();
    let mut shown: Vec<String> =
        items(&dir, "out/plan.json").iter().map(|item| format!("{item:?}")).collect();
    shown.sort();
    let all = [
        "[String(\"Blue\"), String(\"Cap\")]",
        "[String(\"Blue\"), String(\"Crown\")]",
        "[String(\"Red\"), Null]",
        "[String(\"Red\"), String(\"Cap\")]",
    ];
    assert_eq!(shown, all);
    assert_eq!(dir.json("out/plan.json")["algorithm"], 2);
    let ways = "\"Back\", \"Hat\" have at most 4 combinations";
    dir.run(["generate", "p", "--count", "5", "--out", "more"])
        .refused(1, &[&["5 items", ways, "at most 4"]]);
    assert!(!dir.exists("more"));
    dir.run(["check", "p", "--count", "5"]).exited(1).says("4 different items are possible").warns(ways);
}

#[test]
fn a_plan_that_breaks_a_rule_or_repeats_a_set_is_refused() {
    let dir = with("[[rules]]\nforbid = [\"Hat/Crown\", \"Back/Red\"]\n[[unique]]\nlayers = [\"Hat\"]\n");
    let plan = |items: &str| {
        format!(
            "{{\"format\": \"traitpress-plan/1\", \"layers\": [\"Back\", \"Hat\"], \"items\": [{items}]}}"
        )
    };
    dir.write("broken.json", plan("[\"Red\", \"Cap\"], [\"Red\", \"Crown\"]"));
    let rule = "\"Hat/Crown\" and \"Back/Red\" must not occur together (rule 1, line 3)";
    dir.run(["generate", "p", "--plan", "broken.json"]).refused(1, &[&["broken.json", "item 2", rule]]);
    dir.write("twice.json", plan("[\"Red\", \"Cap\"], [\"Blue\", \"Cap\"]"));
    dir.run(["generate", "p", "--plan", "twice.json"])
        .refused(1, &[&["twice.json", "items 1 and 2 have the same combination of \"Hat\""]]);
    dir.write("good.json", plan("[\"Red\", \"Cap\"], [\"Blue\", \"Crown\"]"));
    dir.run(["generate", "p", "--plan", "good.json"]).ok();
}

#[test]
fn names_that_are_not_there_are_refused_with_the_nearest() {
    let dir = with(
        "[[rules]]\nforbid = [\"Hat/Crwon\", \"Bakc\"]\n[[rules]]\nwhen = \"#royl\"\nrequire = \"Back\"\n\
         [[unique]]\nlayers = [\"Hats\"]\n[traits.\"Hat/Crown\"]\ntags = [\"royal\"]\nwieght = 2\n\
         [[rules]]\nrequire = \"Hat\"\n[[rules]]\nforbid = [\"Hat\"]\n[[rules]]\nwhen = { layer = \"Hat\" }\nallow = \"Back\"\n",
    );
    dir.run(["check", "p"]).refused(
        1,
        &[
            &["collection.toml:12", "\"wieght\" of a trait", "did you mean \"weight\"?"],
            &["collection.toml:13", "but no when", "add when"],
            &["collection.toml:15", "fewer than two"],
            &["collection.toml:18", "has no layer, or not exactly one"],
            &["collection.toml:4", "layer \"Hat\" has no trait \"Crwon\"", "did you mean \"Crown\"?"],
            &["collection.toml:4", "there is no layer \"Bakc\"", "did you mean \"Back\"?"],
            &["collection.toml:6", "no trait has the tag \"#royl\"", "did you mean \"#royal\"?"],
            &["collection.toml:9", "there is no layer \"Hats\"", "did you mean \"Hat\"?"],
        ],
    );
}

#[test]
fn what_a_name_could_also_mean_is_refused_and_can_be_said_otherwise() {
    let dir = with("[[rules]]\nforbid = [\"Hat/none\", \"Back/Red\"]\n");
    dir.square("p/layers/Hat/none.png", [1, 2, 3, 255]);
    dir.run(["check", "p"])
        .refused(1, &[&["collection.toml:4", "\"Hat/none\" can mean 2 things", "absent = true"]]);
    let rule = "[[rules]]\nforbid = [{ layer = \"Hat\", absent = true }, \"Back/Red\"]\n";
    dir.write("p/collection.toml", format!("seed = 7\n{rule}"));
    // Four hats on two backs, but for one that shows none.
    dir.run(["plan", "p", "--count", "7", "-o", "plan.json"]).ok();
    assert!(!items(&dir, "plan.json").contains(&vec![Value::from("Red"), Value::Null]));
    dir.run(["plan", "p", "--count", "8"]).refused(1, &[&["8 items", "7 combinations"]]);
}

#[test]
fn rules_that_contradict_each_other_are_told_before_anything_is_made() {
    let dir = with(
        "[[rules]]\nwhen = \"Back\"\nrequire = \"Hat/Cap\"\n[[rules]]\nwhen = \"Hat/Cap\"\nforbid = \"Back\"\n\
         [[rules]]\nforbid = [\"Hat/Crown\", \"Back/Red\"]\n",
    );
    let why = "\"Back\" requires \"Hat/Cap\" (rule 1, line 3); and \"Hat/Cap\" forbids \"Back\" (rule 2, line 6); \
               and \"Back\" has chance 1 (layer 1)";
    for command in ["generate", "plan"] {
        dir.run([command, "p"]).refused(1, &[&["no item is possible", why]]);
    }
    dir.run(["check", "p"]).exited(1).warns(why);
    assert!(!dir.exists("out"));
}

#[test]
fn a_plan_comes_with_a_table_and_check_and_plan_speak_json() {
    let dir = with(
        "duplicates = true\n[traits.\"Hat/Crown\"]\nweight = 0.5\n[[rules]]\nforbid = [\"Hat/Cap\", \"Back/Red\"]\n",
    );
    let ran = dir.run(["plan", "p", "--count", "2000", "-o", "plan.json"]);
    ran.ok().says("Hat/Crown").says("by weight");
    assert!(!ran.stdout().contains("chi-square"), "figures of the search are for -v: {}", ran.stdout());
    let ran = dir.run(["plan", "p", "--count", "2000", "-o", "plan.json", "--force", "-v"]);
    ran.ok().says("chi-square p").says("early terminations");
    let ran = dir.run(["plan", "p", "--count", "2000", "-o", "again.json", "--json"]);
    let told: Value = serde_json::from_str(&ran.ok().stdout()).expect("JSON");
    assert_eq!((told["items"].as_u64(), told["layers"][1]["layer"].as_str()), (Some(2000), Some("Hat")));
    for table in told["layers"].as_array().unwrap() {
        let items: u64 =
            table["choices"].as_array().unwrap().iter().map(|line| line["items"].as_u64().unwrap()).sum();
        assert_eq!(items, 2000);
        // The seed is fixed, so this holds for ever.
        assert!(table["p_value"].as_f64().unwrap() > 0.001, "{table}");
    }
    // By weight 1, 0.5 and 2 for no hat; Cap only on Blue.
    let crown = &told["layers"][1]["choices"][1];
    assert_eq!(crown["name"], "Hat/Crown");
    assert!((crown["by_weight"].as_f64().unwrap() - 0.5 / 3.5).abs() < 1e-9);
    assert!((crown["expected"].as_f64().unwrap() - 2.0 * 0.5 / 6.0).abs() < 1e-9);
    let told: Value = serde_json::from_str(&dir.run(["check", "p", "--json"]).ok().stdout()).expect("JSON");
    assert_eq!((told["possible"]["valid"].as_u64(), told["possible"]["capacity"].is_null()), (Some(5), true));
}

#[test]
fn plans_are_extended_rerolled_dropped_and_put_together() {
    let dir = with("count = 3\n");
    dir.run(["plan", "p", "-o", "a.json"]).ok();
    let before = items(&dir, "a.json");
    dir.run(["plan", "p", "--keep", "a.json", "--extend", "2", "-o", "b.json"]).ok();
    let extended = items(&dir, "b.json");
    assert_eq!((extended.len(), &extended[..3]), (5, &before[..]));
    dir.run(["plan", "p", "--keep", "b.json", "--reroll", "2,5", "-o", "c.json"])
        .refused(1, &[&["found", "no further item differs from all of them"]]);
    // Of six combinations four are used, and two may not come back.
    dir.run(["plan", "p", "--keep", "b.json", "--reroll", "2", "-o", "c.json"]).ok();
    let rerolled = items(&dir, "c.json");
    assert!((0..5).all(|item| (rerolled[item] == extended[item]) == (item != 1)), "{rerolled:?}");
    dir.run(["plan", "p", "--keep", "b.json", "--remove", "1,4", "--renumber", "-o", "d.json"]).ok();
    assert_eq!(items(&dir, "d.json"), [&extended[1..3], &extended[4..]].concat());
    dir.run(["generate", "p", "--plan", "d.json"]).ok();
    assert_eq!(dir.json("out/json/1.json")["edition"], 1);
    dir.run(["plan", "p", "--keep", "b.json", "--remove", "2,3,4,5", "-o", "e.json"]).ok();
    dir.run(["plan", "p", "--keep", "d.json", "--keep", "e.json", "-o", "f.json"])
        .refused(2, &[&["two items have the number 1", "--renumber"]]);
    dir.run(["plan", "p", "--keep", "d.json", "--keep", "e.json", "--renumber", "-o", "f.json"]).ok();
    assert_eq!(items(&dir, "f.json").len(), 4);
    dir.run(["plan", "p", "--keep", "a.json", "--remove", "9"]).refused(2, &[&["there is no item 9"]]);
    dir.run(["plan", "p", "--extend", "2"]).exited(2);
    // A rule that came later: what breaks it is chosen anew, the others stay.
    let [back, hat] = [0, 1].map(|layer| extended[3][layer].as_str().unwrap_or("none").to_owned());
    dir.write(
        "p/collection.toml",
        format!("seed = 1\n[[rules]]\nforbid = [\"Back/{back}\", \"Hat/{hat}\"]\n"),
    );
    dir.run(["plan", "p", "--keep", "b.json", "-o", "g.json"])
        .refused(2, &[&["item 4 breaks a rule", "reroll"]]);
    dir.run(["plan", "p", "--keep", "b.json", "--remove", "4", "-o", "g.json"]).ok();
}

#[test]
fn every_item_that_is_possible_can_be_planned_and_made() {
    let dir = with("start = 10\n[[rules]]\nforbid = [\"Hat/Crown\", \"Back/Red\"]\n");
    dir.run(["plan", "p", "--all", "-o", "all.json"]).ok();
    let written = String::from_utf8(dir.read("all.json")).unwrap();
    let want = "{\n\"format\": \"traitpress-plan/1\",\n\"start\": 10,\n\"layers\": [\"Back\", \"Hat\"],\n\"items\": [\n\
                [\"Blue\", \"Cap\"],\n[\"Blue\", \"Crown\"],\n[\"Blue\", null],\n[\"Red\", \"Cap\"],\n[\"Red\", null]\n]\n}\n";
    assert_eq!(written, want);
    assert_eq!(dir.run(["plan", "p", "--all"]).ok().stdout(), want);
    dir.run(["generate", "p", "--plan", "all.json"]).ok();
    assert!(dir.exists("out/images/14.png") && !dir.exists("out/images/15.png"));
    dir.write("p/collection.toml", "[[unique]]\nlayers = [\"Hat\"]\n");
    dir.run(["plan", "p", "--all"]).refused(2, &[&["all combinations", "\"Hat\"", "unique set"]]);
}

#[test]
fn the_example_of_the_page_on_rules_does_what_it_says() {
    let dir = Dir::empty();
    let layers = [
        ("Body", &["Robot", "Ghost", "Cat"][..]),
        ("Clothes", &["Shorts", "Coat"]),
        ("Eyes", &["Hollow", "Glow", "Round"]),
        ("Hair", &["Short", "Long"]),
        ("Hat", &["Crown", "Hood"]),
    ];
    for (layer, traits) in layers {
        traits.iter().for_each(|item| dir.square(format!("p/layers/{layer}/{item}.png"), [9, 9, 9, 255]));
        dir.write(format!("p/layers/{layer}/None"), "");
    }
    dir.write("p/collection.toml", format!("seed = 1\n{}", code_of("Rules")));
    dir.run(["check", "p"]).ok().says("combinations of Body, Eyes, each once");
    dir.run(["plan", "p", "--count", "12", "-o", "plan.json"]).ok();
    let items = items(&dir, "plan.json");
    let shows = |item: &[Value], name: &str| item.iter().any(|shown| shown == name);
    let never =
        [["Crown", "Robot"], ["Crown", "Shorts"], ["Crown", "Ghost"], ["Hood", "Long"], ["Ghost", "Round"]];
    for item in &items {
        assert!(!never.iter().any(|[a, b]| shows(item, a) && shows(item, b)), "{item:?}");
    }
}

#[test]
fn check_says_the_number_of_possible_items_that_the_refusal_says() {
    for (configuration, count) in [
        ("", 7),
        ("[[rules]]\nforbid = [\"Hat/Crown\", \"Back/Red\"]\n", 6),
        ("[[unique]]\nlayers = [\"Hat\"]\n", 4),
        ("[[unique]]\nlayers = [\"Back\", \"Hat\"]\n[traits.\"Hat/Crown\"]\ncount = 1\n", 6),
        ("[[unique]]\nlayers = [\"Back\"]\n[[unique]]\nlayers = [\"Hat\"]\n", 3),
        ("[[unique]]\nlayers = [\"Hat\"]\n[traits.\"Hat/none\"]\nmax = 0\n", 3),
    ] {
        let dir = with(configuration);
        let ran = dir.run(["check", "p", "--count", &count.to_string()]);
        let refusal = ran.exited(1).stderr();
        let most: String =
            refusal.rsplit_once("at most ").unwrap_or_else(|| panic!("{configuration}: {refusal}")).1.into();
        let most: String = most.chars().take_while(char::is_ascii_digit).collect();
        ran.says(&format!("\n{most} different items are possible; {count} are requested\n"));
        assert_eq!(ran.stdout().matches("different items are possible").count(), 1);
        dir.run(["check", "p", "--count", &most]).ok();
        // Two sets of which none holds the other.
        let is_bound = configuration.matches("[[unique]]").count() > 1;
        let one = dir.run(["check", "p", "--count", "1"]).stdout();
        assert_eq!(one.contains("\nat most "), is_bound, "{configuration}: {one}");
        let told: Value =
            serde_json::from_str(&dir.run(["check", "p", "--json", "--count", &count.to_string()]).stdout())
                .unwrap();
        assert_eq!(told["enough"], false, "{told}");
    }
    // Numbers that contradict each other do not make the items impossible.
    let dir = with("count = 4\n[traits.\"Hat/Cap\"]\ncount = 3\n[traits.\"Hat/Crown\"]\ncount = 3\n");
    dir.run(["check", "p"]).exited(1).says("6 different items are possible; 4 are requested");
    let dir = with("[[rules]]\nforbid = [\"Hat\", \"Back\"]\n[traits.\"Hat/none\"]\nweight = 0\n");
    dir.run(["check", "p", "--count", "1"]).exited(1).says("0 different items are possible");
}
