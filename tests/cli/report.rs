//! `report`: counts, shares and ranks, recomputed from the metadata; the tables as other programs read them; and every
//! folder that is no collection.

use std::collections::HashMap;
use std::fs;

use serde_json::Value;

use crate::util::{BLUE, Dir, RED};
use crate::verify::collection;

/// Runs `report out --json report.json` with more arguments, and gives what it wrote.
fn report(dir: &Dir, arguments: &[&str]) -> Value {
    dir.run(["report", "out", "--json", "report.json", "--force"].iter().chain(arguments)).ok();
    dir.json("report.json")
}

/// By edition, what each item's metadata says of each of `layers`.
fn shown(dir: &Dir, layers: &[String]) -> Vec<(u64, Vec<Option<String>>)> {
    let all = dir.json("out/json/_metadata.json");
    let document = |document: &Value| {
        let attributes = document["attributes"].as_array().unwrap();
        let of = |layer: &String| {
            let found = attributes.iter().find(|attribute| attribute["trait_type"] == **layer);
            found.map(|attribute| attribute["value"].as_str().unwrap().to_owned())
        };
        (document["edition"].as_u64().unwrap(), layers.iter().map(of).collect())
    };
    all.as_array().unwrap().iter().map(document).collect()
}

fn texts(values: &Value, key: &str) -> Vec<String> {
    values.as_array().unwrap().iter().map(|value| value[key].as_str().unwrap().to_owned()).collect()
}

/// Ranks by scores, the highest first, equals sharing the better rank.
fn ranks(scores: &[f64]) -> Vec<u64> {
    // Sums of the same terms in another order differ in their last digits; other sums differ by far more here.
    let above = |score: &f64| scores.iter().filter(|other| **other > score + 1e-9).count() as u64;
    scores.iter().map(|score| above(score) + 1).collect()
}

#[test]
fn counts_scores_and_ranks_are_those_of_the_formulas() {
    let dir = Dir::with_busy_project();
    dir.picture("p/layers/Badge/Star.png", RED);
    dir.write("p/layers/Badge/None#4", "");
    dir.write(
        "p/collection.toml",
        "name = \"Busy\"\nseed = 3\ncount = 90\nstart = 5\nsize = [200, 150]\nfit = \"place\"\n",
    );
    dir.run(["generate", "p"]).ok();
    let report = report(&dir, &[]);
    assert_eq!(
        (&report["format"], &report["items"], &report["ones"]),
        (&"traitpress-report/1".into(), &90.into(), &0.into())
    );
    assert_eq!(report["collection"], dir.json("out/manifest.json")["collection"]);
    let layers = texts(&report["layers"], "name");
    assert_eq!(layers.len(), 5);
    let items = shown(&dir, &layers);
    let mut counts: HashMap<(usize, Option<String>), u64> = HashMap::new();
    for (_, traits) in &items {
        traits
            .iter()
            .enumerate()
            .for_each(|(layer, name)| *counts.entry((layer, name.clone())).or_default() += 1);
    }
    // Counts and shares of everything that is shown, absence included, the most frequent first.
    let mut told = HashMap::new();
    for (number, layer) in report["layers"].as_array().unwrap().iter().enumerate() {
        let choices = layer["choices"].as_array().unwrap();
        let items: Vec<u64> = choices.iter().map(|choice| choice["items"].as_u64().unwrap()).collect();
        assert!(items.is_sorted_by(|a, b| a >= b), "{layer}");
        assert_eq!(items.iter().sum::<u64>(), 90);
        for (choice, items) in choices.iter().zip(items) {
            assert!((choice["share"].as_f64().unwrap() - items as f64 / 90.0).abs() < 1e-12);
            assert_eq!(choice["by_weight"], Value::Null, "nothing is said of what was asked for");
            told.insert((number, choice["name"].as_str().map(str::to_owned)), items);
        }
    }
    assert_eq!(told, counts);
    assert!(
        counts.contains_key(&(4, None)) && counts.contains_key(&(4, Some("Star".to_owned()))),
        "{counts:?}"
    );

    let score = |of: &dyn Fn(f64) -> f64| -> Vec<f64> {
        let count = |(layer, name): (usize, &Option<String>)| counts[&(layer, name.clone())] as f64;
        items.iter().map(|(_, traits)| traits.iter().enumerate().map(count).map(of).sum()).collect()
    };
    let (information, rarity) = (score(&|n| -(n / 90.0).log2()), score(&|n| 90.0 / n));
    let (by_information, by_rarity) = (ranks(&information), ranks(&rarity));
    assert!(by_information != by_rarity, "the two say different things");
    let ranking = report["ranking"].as_array().unwrap();
    assert_eq!(ranking.len(), 90);
    let mut before = (0, 0);
    for line in ranking {
        let edition = line["edition"].as_u64().unwrap();
        let place = items.iter().position(|(other, _)| *other == edition).unwrap();
        assert_eq!(line["name"], format!("Busy #{edition}"));
        assert_eq!(line["rank_information"], by_information[place], "{line}");
        assert_eq!(line["rank_trait"], by_rarity[place], "{line}");
        assert!((line["information"].as_f64().unwrap() - information[place]).abs() < 1e-6, "{line}");
        assert!((line["score"].as_f64().unwrap() - rarity[place]).abs() < 1e-6, "{line}");
        let traits: Vec<Option<&str>> =
            line["traits"].as_array().unwrap().iter().map(Value::as_str).collect();
        assert_eq!(traits, items[place].1.iter().map(Option::as_deref).collect::<Vec<_>>());
        let now = (by_information[place], edition);
        assert!(before < now, "by rank, equals by edition");
        before = now;
    }
}

#[test]
fn one_of_ones_come_first_and_count_nowhere_and_equals_share_the_better_rank() {
    // Nine items of six possible ones: some are equal, two are one-of-ones.
    let dir = collection();
    let report = report(&dir, &[]);
    assert_eq!(report["ones"], 2);
    let ranking = report["ranking"].as_array().unwrap();
    let ones: Vec<&Value> = ranking.iter().take_while(|line| line["one"] == true).collect();
    assert_eq!(ones.len(), 2);
    for one in &ones {
        assert_eq!((&one["rank_information"], &one["rank_trait"]), (&1.into(), &1.into()));
        assert_eq!((&one["information"], &one["traits"]), (&Value::Null, &Value::Null));
    }
    let king = ones.iter().find(|one| one["name"] == "King").unwrap();
    assert_eq!((&king["edition"], &king["attributes"]), (&5.into(), &serde_json::json!([["Power", "9"]])));
    for layer in report["layers"].as_array().unwrap() {
        let sum: u64 =
            layer["choices"].as_array().unwrap().iter().map(|choice| choice["items"].as_u64().unwrap()).sum();
        assert_eq!(sum, 7);
    }
    // Competition ranking: a rank is one more than the number of items before all of its rank.
    let ranks: Vec<u64> = ranking.iter().map(|line| line["rank_information"].as_u64().unwrap()).collect();
    for (place, rank) in ranks.iter().enumerate() {
        let first = ranks.iter().position(|other| other == rank).unwrap() as u64;
        assert_eq!(*rank, first + 1, "{place}");
    }
    assert!(
        (1..ranks.len()).any(|place| ranks[place] > 1 && ranks[place] == ranks[place - 1]),
        "some are equal: {ranks:?}"
    );
    let ran = dir.run(["report", "out", "--top", "3"]);
    ran.ok().says("9 items, including 2 one-of-ones").says("King (5) (one-of-one)").says("(none)");
}

#[test]
fn the_tables_are_csv_that_another_reader_reads_and_no_formula() {
    let dir = Dir::empty();
    dir.picture("p/layers/Ba,ck/=1+1.png", RED);
    dir.picture("p/layers/Ba,ck/A \"quoted\", name.png", BLUE);
    dir.square("p/layers/Hat/@Cap.png", RED);
    dir.write("p/layers/Hat/None", "");
    dir.write("p/collection.toml", "name = \"-Test\"\nseed = 1\ncount = 4\n");
    dir.run(["generate", "p"]).ok();
    dir.run(["report", "out", "--csv", "items.csv", "--traits-csv", "traits.csv"])
        .ok()
        .warns("written to items.csv");
    let read = |name: &str| -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(dir.path(name)).unwrap();
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let items = read("items.csv");
    assert_eq!(
        items[0],
        [
            "rank by information",
            "information",
            "rank by trait rarity",
            "trait rarity",
            "edition",
            "name",
            "one-of-one",
            "Ba,ck",
            "Hat"
        ]
    );
    assert_eq!(items.len(), 5);
    let layers = ["Ba,ck", "Hat"].map(str::to_owned);
    for (edition, traits) in shown(&dir, &layers) {
        let line = items.iter().find(|line| line[4] == edition.to_string()).expect("each item has a line");
        // All four are equally rare.
        assert_eq!(line[..4], ["1", "2.000", "1", "4.000"]);
        assert_eq!(line[5], format!("'-Test #{edition}"));
        let harmless = |name: &Option<String>| match name.as_deref().unwrap_or_default() {
            name if name.starts_with(['=', '@']) => format!("'{name}"),
            name => name.to_owned(),
        };
        assert_eq!(line[7..], traits.iter().map(harmless).collect::<Vec<_>>());
    }
    let traits = read("traits.csv");
    assert_eq!(traits[0], ["layer", "trait", "absent", "items", "share"]);
    let absent: Vec<_> = traits.iter().filter(|line| line[2] == "yes").collect();
    assert_eq!(absent, [&["Hat", "", "yes", "2", "0.500000"].map(str::to_owned).to_vec()]);
    assert_eq!(traits.len(), 5);
}

#[test]
fn what_was_asked_for_stands_beside_what_came_out() {
    let dir = Dir::empty();
    for name in ["Red#1", "Blue#3", "Never#0"] {
        dir.picture(format!("p/layers/Back/{name}.png"), RED);
    }
    dir.square("p/layers/Hat/Cap.png", BLUE);
    dir.square("p/layers/Hat/Crown.png", RED);
    dir.write("p/layers/Hat/None#2", "");
    dir.write("p/collection.toml", "seed = 1\ncount = 40\nduplicates = true\n[traits.\"Hat/Crown\"]\ncount = 3\n[traits.\"Hat/none\"]\nmin = 5\nmax = 30\n");
    dir.run(["generate", "p"]).ok();
    let told = report(&dir, &["--project", "p"]);
    let find = |layer: usize, name: Option<&str>| {
        let choices = told["layers"][layer]["choices"].as_array().unwrap();
        choices
            .iter()
            .find(|choice| choice["name"].as_str() == name)
            .cloned()
            .unwrap_or_else(|| panic!("{name:?}: {told:#}"))
    };
    let crown = find(1, Some("Crown"));
    assert_eq!((&crown["min"], &crown["max"], &crown["items"]), (&3.into(), &3.into(), &3.into()));
    assert!((crown["expected"].as_f64().unwrap() - 3.0 / 40.0).abs() < 1e-9, "{crown}");
    assert_eq!((find(1, None)["min"].as_u64(), find(1, None)["max"].as_u64()), (Some(5), Some(30)));
    assert!((find(0, Some("Blue"))["by_weight"].as_f64().unwrap() - 0.75).abs() < 1e-9);
    assert_eq!(find(0, Some("Blue"))["min"], Value::Null);
    dir.run(["report", "out", "--project", "p"]).ok().says("by weight  expected").says("5 - 30");
    // The seed and the count are not the configuration.
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    dir.write("p/collection.toml", text.replace("seed = 1", "seed = 9"));
    dir.run(["report", "out", "--project", "p"]).ok();
    dir.write("p/collection.toml", text.replace("max = 30", "max = 31"));
    dir.run(["report", "out", "--project", "p"])
        .refused(1, &[&["p:", "another configuration", "leave it out"]]);
}

#[test]
fn groups_are_told_and_layers_that_a_group_has_not_are_absent() {
    let dir = Dir::empty();
    for (name, colour) in [("Back/Red", RED), ("Back/Blue", BLUE)] {
        dir.picture(format!("p/layers/{name}.png"), colour);
    }
    for name in ["Cat/Tom", "Cat/Kit", "Dog/Rex"] {
        dir.square(format!("p/layers/{name}.png"), RED);
    }
    dir.write(
        "p/collection.toml",
        "seed = 2\ngroup_order = \"listed\"\n[[groups]]\nname = \"Cats\"\nlayers = [\"Back\", \"Cat\"]\ncount = 4\n\
         [[groups]]\nname = \"Dogs\"\nlayers = [\"Back\", \"Dog\"]\ncount = 2\n",
    );
    dir.run(["generate", "p"]).ok();
    let told = report(&dir, &["--project", "p", "--csv", "items.csv"]);
    let groups: Vec<&Value> = told["ranking"].as_array().unwrap().iter().map(|line| &line["group"]).collect();
    assert_eq!(groups.iter().filter(|group| **group == "Cats").count(), 4);
    assert_eq!(groups.iter().filter(|group| **group == "Dogs").count(), 2);
    let cats = told["layers"].as_array().unwrap().iter().find(|layer| layer["name"] == "Cat").unwrap();
    let absent = cats["choices"].as_array().unwrap().iter().find(|choice| choice["name"].is_null()).unwrap();
    assert_eq!(absent["items"], 2);
    assert!(String::from_utf8(dir.read("items.csv")).unwrap().lines().next().unwrap().contains(",group,"));
}

#[test]
fn what_is_no_finished_collection_is_refused_and_writes_nothing() {
    let dir = Dir::with_project();
    let asked = ["report", "out", "--json", "report.json"];
    dir.run(asked).refused(2, &[&["out", "does not exist"]]);
    fs::create_dir(dir.path("out")).unwrap();
    dir.run(asked).refused(2, &[&["out", "no manifest.json"]]);
    fs::remove_dir(dir.path("out")).unwrap();
    dir.run(["generate", "p"]).ok();
    let whole = dir.files("out");
    let damaged = |name: &str, from: &str, to: &str, words: &[&str]| {
        let text = String::from_utf8(dir.read(name)).unwrap();
        assert!(text.contains(from), "{from}");
        dir.write(name, text.replacen(from, to, 1));
        dir.run(asked).refused_beside_broken_files(1, &[words]);
        dir.write(name, text);
    };
    // A file of the same length with other names is not believed, nor one that is no JSON any more.
    damaged("out/plan.json", "\"Red\"", "\"Rod\"", &["out/plan.json", "not the file listed"]);
    damaged("out/plan.json", "[", "(", &["out/plan.json", "not the file listed"]);
    damaged("out/plan.json", "\"Red\"", "\"Reddish\"", &["out/plan.json", "bytes instead of"]);
    damaged("out/json/_metadata.json", "Test #1", "Test #7", &["out/json/_metadata.json", "not the file"]);
    damaged(
        "out/manifest.json",
        "\"seed\": 7",
        "\"seed\": 8",
        &["out/manifest.json", "changed after it was written"],
    );
    damaged("out/manifest.json", "{", "[", &["out/manifest.json", "not a manifest"]);
    // Links are not followed.
    #[cfg(unix)]
    for name in ["out/plan.json", "out/json", "out/json/_metadata.json", "out/manifest.json"] {
        fs::rename(dir.path(name), dir.path("aside")).unwrap();
        dir.run(asked).exited(if name.ends_with("manifest.json") { 2 } else { 1 });
        dir.link("../aside", name);
        dir.run(asked).refused_beside_broken_files(1, &[&[name.split('/').next().unwrap(), "link"]]);
        fs::remove_file(dir.path(name)).unwrap();
        fs::rename(dir.path("aside"), dir.path(name)).unwrap();
    }
    assert!(!dir.exists("report.json"));
    assert_eq!(dir.files("out"), whole);
    dir.run(asked).ok();
}

#[test]
fn files_are_not_replaced_unasked() {
    let dir = Dir::with_project();
    dir.run(["generate", "p"]).ok();
    dir.write("mine.csv", "mine");
    fs::create_dir(dir.path("folder")).unwrap();
    let refused = |arguments: &[&str], words: &[&str]| {
        dir.run(["report", "out"].iter().chain(arguments)).refused(2, &[words]);
    };
    refused(&["--csv", "mine.csv"], &["mine.csv", "--force"]);
    refused(&["--csv", "folder", "--force"], &["folder", "--csv"]);
    refused(&["--json", "nowhere/r.json"], &["nowhere", "--json"]);
    refused(&["--json", "same", "--csv", "same"], &["same", "--csv and --json"]);
    assert_eq!(dir.read("mine.csv"), b"mine");
    dir.run(["report", "out", "--csv", "mine.csv", "--force"]).ok();
    assert!(dir.read("mine.csv").starts_with(b"rank by information"));
    let before: Vec<_> = dir.files("").into_keys().collect();
    dir.run(["report", "out"]).ok();
    assert_eq!(dir.files("").into_keys().collect::<Vec<_>>(), before, "without a flag nothing is written");
}

#[cfg(unix)]
#[test]
fn a_report_is_not_written_into_what_it_reports_on() {
    let dir = Dir::with_project();
    dir.run(["generate", "p"]).ok();
    let whole = dir.files("out");
    dir.link(dir.path("out"), "link");
    for (flag, file) in [
        ("--csv", "out/x.csv"),
        ("--csv", "out/manifest.json"),
        ("--html", "out/images/1.png"),
        ("--json", "link/json/1.json"),
        ("--traits-csv", "./out/../out/x.csv"),
    ] {
        let ran = dir.run(["report", "out", "--force", flag, file]);
        ran.refused(2, &[&[file, "this lies in out, a finished collection", &format!("another {flag}")]]);
        assert!(dir.files("out") == whole, "{file}");
    }
    dir.run(["report", "out", "--csv", "output.csv"]).ok();
}

#[test]
fn names_are_those_of_the_collection_whatever_its_metadata() {
    for settings in ["standard = \"csv\"", "standard = \"none\"", "standard = \"tezos\"", "number_width = 4"]
    {
        let dir = collection();
        let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
        dir.run(["report", "out", "--json", "plain.json"]).ok();
        dir.write(
            "p/collection.toml",
            format!("{text}[metadata]\n{settings}\nattributes = {{ Wave = 1 }}\n"),
        );
        dir.run(["generate", "p", "--out", "told"]).ok();
        dir.run(["report", "told", "--json", "told.json"]).ok().says("Test: 9 items");
        let (plain, told) = (dir.json("plain.json"), dir.json("told.json"));
        assert_eq!((&plain["name"], &told["name"]), (&"Test".into(), &"Test".into()));
        let items = |report: &Value| report["ranking"].as_array().unwrap().clone();
        for (plain, told) in items(&plain).into_iter().zip(items(&told)) {
            assert_eq!(plain["edition"], told["edition"]);
            let name = plain["name"]
                .as_str()
                .unwrap()
                .replace('#', if settings.contains('4') { "#000" } else { "#" });
            let name = if name.ends_with("00010") || name.ends_with("00011") {
                name.replace("#000", "#00")
            } else {
                name
            };
            assert_eq!(told["name"], name, "{settings}");
            if let Some(attributes) = plain.get("attributes") {
                let own = attributes.as_array().unwrap().len();
                assert_eq!(told["attributes"].as_array().unwrap()[..own], attributes.as_array().unwrap()[..]);
                assert_eq!(
                    told["attributes"].as_array().unwrap().len(),
                    own + 1,
                    "what all items say comes behind"
                );
            }
        }
    }
}
