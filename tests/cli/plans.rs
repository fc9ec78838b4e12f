//! Plans that do not fit their project, and plans that cannot be written.

use crate::util::{Dir, RED};

/// A plan for the project of [`Dir::with_project`] with these items.
fn plan(items: &str) -> String {
    plan_of("[\"Back\", \"Hat\"]", items)
}

fn plan_of(layers: &str, items: &str) -> String {
    format!("{{\"format\": \"traitpress-plan/1\", \"layers\": {layers},\n\"items\": [\n{items}\n]}}")
}

fn refused(plan: impl AsRef<[u8]>, words: &[&str]) {
    let dir = Dir::with_project();
    dir.write("plan.json", plan);
    let words: Vec<&str> = ["plan.json"].into_iter().chain(words.iter().copied()).collect();
    dir.run(["generate", "p", "--plan", "plan.json"]).refused(1, &[&words]);
    assert!(!dir.exists("out"), "nothing is written");
}

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    refused(
        plan("[\"Red\", \"Cap\"], [\"Rde\", null]"),
        &["item 2", "\"Back\"", "\"Rde\"", "did you mean \"Red\"?"],
    );
    refused(plan("[\"Red\", \"Wig\\u001b\"]"), &["item 1", "\"Hat\"", "\"Wig\\u{1b}\""]);
    refused(plan_of("[\"Back\", \"Hut\"]", "[\"Red\", \"Cap\"]"), &["\"Hut\"", "did you mean \"Hat\"?"]);
    refused(plan_of("[\"Back\", \"Hat\", \"Wings\"]", ""), &["\"Wings\"", "not in the project"]);
    refused(plan_of("[\"Back\", \"Hat\", \"Hat\"]", ""), &["\"Hat\"", "twice"]);
    refused(plan_of("[\"Back\"]", "[\"Red\"]"), &["lacks", "\"Hat\""]);
}

#[test]
fn rows_must_have_a_trait_for_each_layer() {
    refused(plan("[\"Red\", \"Cap\"],\n[\"Blue\"]"), &["item 2", "1 traits", "2 layers"]);
    refused(plan("[\"Red\", \"Cap\", null]"), &["item 1", "3 traits", "2 layers"]);
    refused(plan("[]"), &["item 1", "0 traits"]);
    refused(plan("{\"edition\": 4, \"traits\": [\"Red\"]}"), &["item 1", "1 traits"]);
}

#[test]
fn entries_must_be_possible() {
    refused(plan("[null, \"Cap\"]"), &["item 1", "\"Back\"", "never absent"]);
    refused(plan("[3, \"Cap\"]"), &["line 3"]);
    refused(plan("\"Red\""), &["line 3"]);
    let dir = Dir::with_project();
    dir.write("p/collection.toml", "[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\nchance = 0.0\n");
    dir.write("plan.json", plan("[\"Red\", \"Cap\"]"));
    dir.run(["generate", "p", "--plan", "plan.json"]).refused(1, &[&["item 1", "\"Hat\"", "chance is 0"]]);
}

#[test]
fn equal_items_are_refused_with_their_editions() {
    refused(
        plan("[\"Red\", \"Cap\"], [\"Red\", null], [\"Red\", \"Cap\"]"),
        &["editions 1 and 3", "same traits"],
    );
    refused(
        plan("{\"edition\": 9, \"traits\": [\"Red\", null]}, {\"edition\": 9, \"traits\": [\"Blue\", null]}"),
        &["edition 9", "twice"],
    );
    let dir = Dir::with_project();
    dir.write(
        "p/collection.toml",
        "[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\nunique = false\n",
    );
    dir.write("plan.json", plan("[\"Red\", \"Cap\"], [\"Red\", null]"));
    dir.run(["generate", "p", "--plan", "plan.json"])
        .refused(1, &[&["editions 1 and 2", "show the same traits"]]);
}

#[test]
fn what_is_no_plan_is_refused_with_its_place() {
    let whole = plan("[\"Red\", \"Cap\"],\n[\"Blue\", null]");
    for cut in [0, 1, 20, 40, whole.len() / 2, whole.len() - 1] {
        refused(&whole[..cut], &["line ", "column ", "write the plan again"]);
    }
    refused(format!("{whole} x"), &["line ", "trailing"]);
    refused(b"\xff\xfe{}", &["line 1"]);
    refused("[]", &["line 1"]);
    refused("{}", &["no \"format\""]);
    refused(whole.replace("plan/1", "plan/2"), &["\"traitpress-plan/2\"", "traitpress-plan/1"]);
    refused(whole.replace("\"items\"", "\"itmes\""), &["\"itmes\"", "the keys are"]);
    refused(whole.replace("\"layers\"", "\"start\": 1, \"start\""), &["\"start\""]);
    refused(plan("{\"one\": \"King\"}"), &["item 1", "no one-of-one \"King\"", "[[ones]]"]);
    refused(
        plan("{\"group\": \"x\", \"traits\": [\"Red\", null]}"),
        &["item 1", "the project has no group \"x\""],
    );
}

#[test]
fn a_plan_that_cannot_be_read_is_refused() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--plan", "none.json"]).refused(1, &[&["none.json", "cannot be read"]]);
    dir.run(["generate", "p", "--plan", "p"]).refused(1, &[&["p: ", "cannot be read"]]);
    assert!(!dir.exists("out"));
}

#[test]
fn a_seed_means_nothing_beside_a_plan() {
    let dir = Dir::with_project();
    dir.write("plan.json", plan("[\"Red\", \"Cap\"]"));
    let ran = dir.run(["generate", "p", "--plan", "plan.json", "--seed", "4"]);
    ran.exited(2).warns("--seed").warns("--plan");
    assert!(!dir.exists("out"));
}

#[test]
fn a_plan_gives_its_first_items_if_fewer_are_wanted() {
    let dir = Dir::with_project();
    dir.write("plan.json", plan("[\"Red\", \"Cap\"], [\"Blue\", null], [\"Red\", null]"));
    dir.run(["generate", "p", "--plan", "plan.json", "--count", "2"]).ok();
    assert_eq!(dir.files("out/images").len(), 2);
    assert_eq!(dir.json("out/manifest.json")["seed"], serde_json::Value::Null);
    dir.run(["generate", "p", "--plan", "plan.json", "--count", "4", "--out", "b"])
        .refused(1, &[&["plan.json", "4 items", "the plan has 3", "at most 3"]]);
    assert!(!dir.exists("b"));
}

#[test]
fn a_plan_numbers_its_items_as_it_says() {
    let dir = Dir::with_project();
    let items = "[\"Red\", \"Cap\"], {\"edition\": 70, \"traits\": [\"Blue\", null]}, [\"Red\", null]";
    dir.write("plan.json", plan(items).replace("\"layers\"", "\"start\": 5, \"layers\""));
    dir.run(["generate", "p", "--plan", "plan.json"]).ok();
    let names: Vec<_> = dir.files("out/images").into_keys().collect();
    assert_eq!(names, ["5.png", "7.png", "70.png"].map(std::path::PathBuf::from));
    let all = dir.json("out/json/_metadata.json");
    let editions: Vec<u64> =
        all.as_array().unwrap().iter().map(|item| item["edition"].as_u64().unwrap()).collect();
    assert_eq!(editions, [5, 7, 70]);
    // And its own record of the plan makes the same collection.
    dir.run(["generate", "p", "--plan", "out/plan.json", "--out", "again"]).ok();
    assert_eq!(dir.files("out"), dir.files("again"));
}

#[test]
fn layers_of_a_plan_may_come_in_any_order_and_names_in_any_normal_form() {
    let dir = Dir::with_project();
    dir.picture("p/layers/Back/Caf\u{e9}.png", RED);
    dir.write("plan.json", plan_of("[\"Hat\", \"Back\"]", "[\"Cap\", \"Cafe\u{301}\"]"));
    dir.run(["generate", "p", "--plan", "plan.json"]).ok();
    let attributes = &dir.json("out/json/1.json")["attributes"];
    assert_eq!(attributes[0]["value"], "Caf\u{e9}");
    assert_eq!(attributes[1]["value"], "Cap");
}

#[test]
fn a_plan_file_is_replaced_only_on_request() {
    let dir = Dir::with_project();
    dir.run(["plan", "p", "-o", "plan.json"]).ok();
    let first = dir.read("plan.json");
    dir.run(["plan", "p", "-o", "plan.json", "--seed", "9"])
        .refused(2, &[&["plan.json", "exists", "--force"]]);
    assert_eq!(dir.read("plan.json"), first);
    dir.run(["plan", "p", "-o", "plan.json", "--seed", "9", "--force"]).ok();
    assert_ne!(dir.read("plan.json"), first);
}

#[test]
fn a_plan_goes_only_where_a_file_can_be() {
    let dir = Dir::with_project();
    dir.write("file", "x");
    dir.run(["plan", "p", "-o", "nowhere/plan.json"])
        .refused(1, &[&["nowhere/plan.json", "cannot write the plan"]]);
    dir.run(["plan", "p", "-o", "file/plan.json"])
        .refused(1, &[&["file/plan.json", "cannot write the plan"]]);
    #[cfg(target_os = "linux")]
    dir.run(["plan", "p", "-o", "/proc/plan.json"])
        .refused(1, &[&["/proc/plan.json", "cannot write the plan"]]);
    for force in ["--force", "--count=1"] {
        dir.run(["plan", "p", "-o", "p", force])
            .refused(2, &[&["p: ", "not a regular file", "choose another"]]);
    }
    // A device is never replaced by a file.
    #[cfg(unix)]
    {
        dir.pipe("pipe");
        dir.run(["plan", "p", "-o", "pipe", "--force"]).refused(2, &[&["pipe: ", "not a regular file"]]);
        std::fs::remove_file(dir.path("pipe")).expect("the pipe is still there");
    }
    let entries = std::fs::read_dir(dir.root()).unwrap().count();
    assert_eq!(entries, 2, "no temporary file stays behind");
}

#[cfg(unix)]
#[test]
fn a_plan_file_can_be_read_by_those_who_can_read_other_files() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::with_project();
    dir.run(["plan", "p", "-o", "plan.json"]).ok();
    let mode = |name: &str| dir.path(name).metadata().unwrap().permissions().mode();
    assert_eq!(mode("plan.json"), mode("p/collection.toml"), "as the system makes new files");
}
