//! The commands one after the other, as a newcomer runs them.

use image::GenericImageView;

use crate::util::{BLUE, Dir, RED};

#[test]
fn the_demo_gives_a_project_to_edit_and_a_collection_to_look_at() {
    let dir = Dir::empty();
    let ran = dir.run(["demo"]);
    ran.ok().says("100 items").says("traitpress-demo/sheet.png").says("traitpress-demo/out/images/1.png");
    // Progress is printed where it takes a while.
    assert!(!ran.stderr().contains("warning"), "{}", ran.stderr());
    assert_eq!(dir.files("traitpress-demo/out/images").len(), 100);
    assert_eq!(dir.files("traitpress-demo/out/json").len(), 101);
    let sheet = image::open(dir.path("traitpress-demo/sheet.png")).unwrap();
    assert!(sheet.width() >= 400 && sheet.height() >= 200, "{:?}", sheet.dimensions());

    // A second run would overwrite what the newcomer changed.
    let before = dir.files("");
    dir.run(["demo"]).refused(2, &[&["traitpress-demo: ", "not empty"]]);
    assert_eq!(dir.files(""), before);

    // The command that is named last works, before and after the project is edited.
    let next = ran.told("Then");
    let next: Vec<&str> = next.split_whitespace().skip(1).collect();
    let again = dir.run(&next);
    again.ok();
    assert_eq!(again.told("collection:"), ran.told("collection:"), "the demo is an ordinary project");
    dir.run(["check", "traitpress-demo"]).ok().says("no problems");
    let configuration = String::from_utf8(dir.read("traitpress-demo/collection.toml")).unwrap();
    let layers: Vec<_> = std::fs::read_dir(dir.path("traitpress-demo/layers")).unwrap().collect();
    assert_eq!(layers.len(), 8);
    assert!(configuration.contains("count = 100"), "{configuration}");
    dir.write("traitpress-demo/collection.toml", configuration.replace("count = 100", "count = 3"));
    dir.run(&next).ok().says("3 items");
    assert_eq!(dir.files("traitpress-demo/out/images").len(), 3);
}

#[test]
fn the_demo_goes_where_it_is_told() {
    let dir = Dir::empty();
    std::fs::create_dir(dir.path("empty")).unwrap();
    dir.run(["demo", "--out", "empty"]).ok().says("empty/sheet.png");
    assert!(dir.exists("empty/out/manifest.json") && !dir.exists("traitpress-demo"));
}

#[test]
fn init_then_check_then_generate() {
    let dir = Dir::with_project();
    std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
    // By name, what hides everything would come last.
    std::fs::rename(dir.path("p/layers/Back"), dir.path("p/layers/Z \"Sky\"")).unwrap();
    dir.run(["init", "p"]).ok().says("wrote p/collection.toml").says("traitpress check p");
    let configuration = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    let sky =
        configuration.find("Z \"Sky\"").or_else(|| configuration.find("Z \\\"Sky\\\"")).expect("both layers");
    assert!(sky < configuration.find("\"Hat\"").unwrap(), "most coverage is at the back:\n{configuration}");
    assert!(configuration.lines().filter(|line| line.starts_with('#')).count() > 10, "it explains itself");
    assert_eq!(image::open(dir.path("p/preview.png")).unwrap().dimensions(), (8, 8));

    let ran = dir.run(["check", "p", "--count", "6"]);
    ran.ok().says("6 different items are possible").says("no problems").says("canvas 8x8");
    assert_eq!(ran.stderr(), "", "a configured order needs no explanation");
    assert!(!dir.exists("out"), "check writes nothing");
    dir.run(["generate", "p", "--count", "6"]).ok();
    dir.run(["init", "p"]).refused(2, &[&["collection.toml", "exists"]]);

    // Every setting that is commented out is one that works.
    let setting = |line: &str| {
        let text = line.strip_prefix("# ")?;
        let (key, _) = text.split_once(" = ")?;
        key.chars().all(|c| c.is_ascii_lowercase() || c == '_').then(|| text.to_owned())
    };
    let all: Vec<String> =
        configuration.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned())).collect();
    dir.write("p/collection.toml", all.join("\n").replace("fit = \"scale\"", "fit = \"place\""));
    dir.run(["check", "p", "--count", "6"]).ok();
}

#[test]
fn a_plan_and_its_seed_make_the_same_collection() {
    let dir = Dir::with_busy_project();
    let told = dir.run(["plan", "p", "--seed", "5", "-o", "plan.json"]);
    told.ok().warns("40 items written to plan.json");
    let by_plan = dir.run(["generate", "p", "--plan", "plan.json", "--out", "a"]).ok().told("collection:");
    let by_seed = dir.run(["generate", "p", "--seed", "5", "--out", "b"]).ok().told("collection:");
    assert_eq!(by_plan, by_seed);
    assert_eq!(dir.files("a"), dir.files("b"));
    assert_eq!(dir.read("a/plan.json"), dir.read("plan.json"));
}

#[test]
fn a_plan_on_standard_output_is_json() {
    let dir = Dir::with_project();
    let ran = dir.run(["plan", "p", "--seed", "3", "--count", "5"]);
    let plan: serde_json::Value = serde_json::from_str(&ran.ok().stdout()).unwrap();
    assert_eq!(plan["format"], "traitpress-plan/1");
    assert_eq!((&plan["algorithm"], &plan["seed"], &plan["start"]), (&1.into(), &3.into(), &1.into()));
    assert_eq!(plan["layers"], serde_json::json!(["Back", "Hat"]));
    let items = plan["items"].as_array().unwrap();
    assert_eq!(items.len(), 5);
    for item in items {
        assert!(["Red", "Blue"].contains(&item[0].as_str().unwrap()), "{item}");
        assert!(item[1].is_null() || ["Cap", "Crown"].contains(&item[1].as_str().unwrap()), "{item}");
    }
    assert_eq!(std::fs::read_dir(dir.root()).unwrap().count(), 1, "nothing is written");
}

#[test]
fn a_seed_that_is_drawn_is_printed_recorded_and_reproducible() {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", "count = 5\n");
    let ran = dir.run(["generate", "p"]);
    let stderr = ran.ok().stderr();
    let seed = stderr.lines().find_map(|line| line.strip_prefix("seed: ")).expect("the seed is printed");
    let seed: u64 = seed.split_once(' ').unwrap().0.parse().unwrap();
    assert_eq!(dir.json("out/manifest.json")["seed"], seed);
    assert_eq!(dir.json("out/plan.json")["seed"], seed);
    dir.run(["generate", "p", "--seed", &seed.to_string(), "--out", "again"]).ok();
    assert_eq!(dir.files("out"), dir.files("again"));
    let other = dir.run(["generate", "p", "--out", "other"]);
    other.ok().warns("seed: ");
    assert_ne!(dir.read("other/plan.json"), dir.read("out/plan.json"), "each run draws a seed of its own");
    let configured = Dir::with_project();
    let stderr = configured.run(["generate", "p"]).ok().stderr();
    assert!(!stderr.contains("seed"), "a configured seed needs no words: {stderr}");
}

#[test]
fn the_command_line_goes_before_the_configuration() {
    let dir = Dir::with_project();
    dir.run(["generate", "p"]).ok();
    assert_eq!(dir.json("out/manifest.json")["seed"], 7);
    assert_eq!(dir.files("out/images").len(), 4);
    dir.run(["generate", "p", "--seed", "8", "--count", "2", "--force"]).ok();
    assert_eq!(dir.json("out/manifest.json")["seed"], 8);
    assert_eq!(dir.files("out/images").len(), 2);
    let bare = Dir::empty();
    for number in 0..12 {
        bare.picture(format!("p/layers/A/{number}.png"), if number % 2 == 0 { RED } else { BLUE });
    }
    bare.run(["generate", "p"]).ok();
    assert_eq!(bare.files("out/images").len(), 10, "ten items if nothing says how many");
}
