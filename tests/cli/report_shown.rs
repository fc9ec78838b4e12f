//! `report` counts what the metadata shows: layers and traits of one displayed name are one, in counts, scores, ranks, tables
//! and the page. Everything is recomputed from the documents.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::util::{BLUE, Dir, RED};

/// What a marketplace sees of an item: each name with its values.
type Seen = BTreeMap<String, BTreeSet<String>>;

/// By edition, what the documents show.
fn seen(dir: &Dir) -> BTreeMap<u64, Seen> {
    let all = dir.json("out/json/_metadata.json");
    let document = |document: &Value| {
        let mut seen = Seen::new();
        for attribute in document["attributes"].as_array().unwrap() {
            let text = |key: &str| attribute[key].as_str().unwrap().to_owned();
            seen.entry(text("trait_type")).or_default().insert(text("value"));
        }
        (document["edition"].as_u64().unwrap(), seen)
    };
    all.as_array().unwrap().iter().map(document).collect()
}

/// Holds a report to what the documents show, and gives it.
fn assert_report(dir: &Dir, layers: &[&str], arguments: &[&str]) -> Value {
    dir.run(["report", "out", "--json", "report.json", "--force"].iter().chain(arguments)).ok();
    let report = dir.json("report.json");
    let seen = seen(dir);
    let total = seen.len() as f64;
    let names: Vec<&str> =
        report["layers"].as_array().unwrap().iter().map(|layer| layer["name"].as_str().unwrap()).collect();
    assert_eq!(names, layers);
    let none = BTreeSet::new();
    // `None` is a layer of which nothing is told.
    let values = |item: &Seen, layer: &str| -> Vec<Option<String>> {
        let values = item.get(layer).unwrap_or(&none);
        if values.is_empty() { vec![None] } else { values.iter().cloned().map(Some).collect() }
    };
    let mut counts: BTreeMap<(&str, Option<String>), u64> = BTreeMap::new();
    for (item, layer) in seen.values().flat_map(|item| layers.iter().map(move |layer| (item, *layer))) {
        values(item, layer).into_iter().for_each(|value| *counts.entry((layer, value)).or_default() += 1);
    }
    let mut told = BTreeMap::new();
    for (layer, name) in report["layers"].as_array().unwrap().iter().zip(layers) {
        for choice in layer["choices"].as_array().unwrap() {
            let items = choice["items"].as_u64().unwrap();
            assert!((choice["share"].as_f64().unwrap() - items as f64 / total).abs() < 1e-12);
            if items > 0 {
                told.insert((*name, choice["name"].as_str().map(str::to_owned)), items);
            }
        }
    }
    assert_eq!(told, counts);
    let score = |item: &Seen, of: &dyn Fn(f64) -> f64| -> f64 {
        let all =
            layers.iter().flat_map(|layer| values(item, layer).into_iter().map(move |value| (*layer, value)));
        all.map(|key| of(counts[&key] as f64)).sum()
    };
    for (key, rank, of) in [
        ("information", "rank_information", &(|n: f64| -(n / total).log2()) as &dyn Fn(f64) -> f64),
        ("score", "rank_trait", &|n: f64| total / n),
    ] {
        let scores: BTreeMap<u64, f64> =
            seen.iter().map(|(&edition, item)| (edition, score(item, of))).collect();
        for line in report["ranking"].as_array().unwrap() {
            let own = scores[&line["edition"].as_u64().unwrap()];
            assert!((line[key].as_f64().unwrap() - own).abs() < 1e-6, "{key} {own}: {line}");
            let above = scores.values().filter(|other| **other > own + 1e-9).count() as u64;
            assert_eq!(line[rank], above + 1, "{line}");
        }
    }
    for line in report["ranking"].as_array().unwrap() {
        let item = &seen[&line["edition"].as_u64().unwrap()];
        for (shown, layer) in line["traits"].as_array().unwrap().iter().zip(layers) {
            let shown: BTreeSet<Option<String>> = match shown.as_array() {
                Some(several) => several.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
                None => [shown.as_str().map(str::to_owned)].into(),
            };
            assert_eq!(shown, values(item, layer).into_iter().collect(), "{line}");
        }
    }
    report
}

/// The data of the page that `report --html` writes.
fn page(dir: &Dir) -> Value {
    dir.run(["report", "out", "--html", "page.html", "--force"]).ok();
    let page = String::from_utf8(dir.read("page.html")).unwrap();
    let data = page.split_once("id=\"data\">").expect("the data").1;
    serde_json::from_str(data.split_once("</script>").expect("its end").0).expect("JSON")
}

#[test]
fn traits_of_one_displayed_name_are_one() {
    let dir = Dir::with_case("case-12");
    dir.run(["generate", "p"]).ok();
    let report = assert_report(&dir, &["Bg", "Hair", "Hat"], &["--project", "p", "--csv", "items.csv"]);
    let hair = report["layers"][1]["choices"].as_array().unwrap();
    let names: Vec<&str> = hair.iter().map(|choice| choice["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Long", "Short"], "{report:#}");
    for choice in hair {
        assert!((choice["by_weight"].as_f64().unwrap() - 0.5).abs() < 1e-9, "{choice}");
        assert!((choice["expected"].as_f64().unwrap() - 0.5).abs() < 1e-9, "{choice}");
    }
    dir.run(["report", "out"]).ok().says("Long").says("50.00%");
    let text = String::from_utf8(dir.read("items.csv")).unwrap();
    assert!(!text.contains("(hat)") && !dir.run(["report", "out"]).stdout().contains("(hat)"), "{text}");
    let page = page(&dir);
    assert_eq!(page["layers"][1]["choices"].as_array().unwrap().len(), 2);
    assert_eq!(page["sets"][1], serde_json::json!([[0], [1]]));
}

#[test]
fn layers_of_one_displayed_name_are_one_and_an_item_can_show_several_things_of_it() {
    let dir = Dir::empty();
    for (layer, names) in [("Back hair", ["Long", "Curly"]), ("Front hair", ["Long", "Short"])] {
        for (number, name) in names.into_iter().enumerate() {
            dir.picture(format!("p/layers/{layer}/{name}.png"), [number as u8 * 90, 9, 9, 255]);
        }
        dir.write(format!("p/layers/{layer}/None"), "");
    }
    for name in ["Red", "Blue", "Green"] {
        dir.picture(format!("p/layers/Eyes/{name}.png"), BLUE);
    }
    let layers = "[[layers]]\nname = \"Back hair\"\ndisplay_name = \"Hair\"\n[[layers]]\nname = \"Eyes\"\n\
                  [[layers]]\nname = \"Front hair\"\ndisplay_name = \"Hair\"\n";
    for (settings, absent) in [("", Value::Null), ("[metadata]\nshow_absent = \"Bald\"\n", "Bald".into())] {
        dir.write("p/collection.toml", format!("name = \"N\"\nseed = 1\ncount = 20\n{layers}{settings}"));
        dir.run(["generate", "p", "--force"]).ok();
        let report = assert_report(&dir, &["Hair", "Eyes"], &["--project", "p", "--csv", "items.csv"]);
        let lines = report["ranking"].as_array().unwrap();
        let several = lines.iter().filter(|line| line["traits"][0].is_array()).count();
        assert!(several > 0 && lines.iter().any(|line| line["traits"][0] == "Long"), "{report:#}");
        assert!(lines.iter().any(|line| line["traits"][0] == absent), "{report:#}");
        let table = String::from_utf8(dir.read("items.csv")).unwrap();
        assert!(table.contains("Curly + Short") || table.contains("Short + Curly"), "{table}");
        assert!(
            page(&dir)["sets"][0].as_array().unwrap().iter().any(|set| set.as_array().unwrap().len() == 2)
        );
    }
}

#[test]
fn what_is_told_of_an_absent_layer_is_one_with_a_trait_that_is_displayed_so() {
    let dir = Dir::with_project();
    dir.square("p/layers/Hat/Bare.png", RED);
    dir.write(
        "p/collection.toml",
        "name = \"N\"\nseed = 7\ncount = 8\n[metadata]\nshow_absent = \"None\"\n[traits.\"Hat/Bare\"]\ndisplay_name = \"None\"\n",
    );
    dir.run(["generate", "p"]).ok();
    let report = assert_report(&dir, &["Back", "Hat"], &["--project", "p"]);
    let hats = report["layers"][1]["choices"].as_array().unwrap();
    assert_eq!(hats.len(), 3, "{hats:#?}");
    let none = hats.iter().find(|choice| choice["name"] == "None").unwrap();
    // Weights 1 of Bare and 2 of absence, of 7.
    assert!((none["by_weight"].as_f64().unwrap() - 3.0 / 7.0).abs() < 1e-9, "{none}");
}

#[test]
fn layers_of_species_that_share_a_displayed_name_are_one() {
    let dir = Dir::empty();
    for name in ["Back/Red", "Back/Blue"] {
        dir.picture(format!("p/layers/{name}.png"), RED);
    }
    for name in ["Cat ears/Round", "Cat ears/Flat", "Dog ears/Flat", "Dog ears/Long", "Mane/Big"] {
        dir.square(format!("p/layers/{name}.png"), RED);
    }
    dir.write("p/layers/Dog ears/None#3", "");
    dir.write("p/layers/Mane/None", "");
    let text = "name = \"N\"\nseed = 2\nduplicates = true\n[metadata]\nshow_absent = \"Nothing\"\n\
                [[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Cat ears\"\ndisplay_name = \"Ears\"\n\
                [[layers]]\nname = \"Dog ears\"\ndisplay_name = \"Ears\"\n[[layers]]\nname = \"Mane\"\n\
                [[groups]]\nname = \"Cats\"\nlayers = [\"Back\", \"Cat ears\", \"Mane\"]\ncount = 8\n\
                [[groups]]\nname = \"Dogs\"\nlayers = [\"Back\", \"Dog ears\"]\ncount = 12\n";
    dir.write("p/collection.toml", text);
    dir.run(["generate", "p"]).ok();
    let report = assert_report(&dir, &["Back", "Ears", "Mane"], &["--project", "p"]);
    let ears = report["layers"][1]["choices"].as_array().unwrap();
    let flat = ears.iter().find(|choice| choice["name"] == "Flat").unwrap();
    // Half of 8 cats, and a fifth of 12 dogs.
    assert!((flat["by_weight"].as_f64().unwrap() - (4.0 + 12.0 / 5.0) / 20.0).abs() < 1e-9, "{flat}");
}

#[test]
fn hidden_layers_are_not_counted() {
    let dir = Dir::with_project();
    let text = "name = \"N\"\nseed = 7\ncount = 6\n[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\nhidden = true\n";
    dir.write("p/collection.toml", text);
    dir.run(["generate", "p"]).ok();
    assert_report(&dir, &["Back"], &["--project", "p"]);
    dir.run(["report", "out"]).ok().says("hidden layers are not counted: Hat");
    // Nothing at all is shown.
    dir.write("p/collection.toml", text.replace("name = \"Back\"\n", "name = \"Back\"\nhidden = true\n"));
    dir.run(["generate", "p", "--force"]).ok();
    assert_report(&dir, &[], &["--project", "p", "--csv", "items.csv"]);
    page(&dir);
}

#[test]
fn names_that_are_written_later_are_the_ones_that_count() {
    let dir = Dir::with_project();
    dir.run(["generate", "p"]).ok();
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    let settings =
        "[traits.\"Hat/Cap\"]\ndisplay_name = \"Hat\"\n[traits.\"Hat/Crown\"]\ndisplay_name = \"Hat\"\n";
    dir.write("p/collection.toml", text + settings);
    dir.run(["metadata", "out", "--project", "p"]).ok();
    let report = assert_report(&dir, &["Back", "Hat"], &["--project", "p"]);
    let names: Vec<Option<&str>> = report["layers"][1]["choices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|choice| choice["name"].as_str())
        .collect();
    assert_eq!(names, [Some("Hat"), None]);
}
