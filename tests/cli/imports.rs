//! Projects of other programs, imported: the items, chances, names and pictures that they have there.
//!
//! `tests/import` has a project for each program, with `expected.json`: what the program itself can make. Each is imported, all items
//! of each kind are made, and compared: attributes, the chance of each item by the weights in `collection.toml` and by the
//! program's own count, and pictures with those of a compositor that shares no code with ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::import_pictures::{Drawn, compare_pictures};
use crate::util::Dir;

/// The attributes of an item; absent layers are left out.
type Attributes = BTreeMap<String, String>;

/// An item that the other program can make.
struct Expected {
    attributes: Attributes,
    /// The chance of one draw, in any unit; none where the law is another.
    chance: Option<f64>,
    /// The pictures that are drawn, back to front; none where `expected.json` does not list them.
    drawn: Option<Vec<Drawn>>,
}

/// A kind of item.
struct Kind {
    items: Vec<Expected>,
    /// Whether further items are possible here, for weights that the other program rounds.
    is_part: bool,
}

pub(crate) fn source(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import");
    let found = fs::read_dir(&folder).expect("tests/import").flatten();
    let found = found.map(|entry| entry.path()).find(|path| {
        path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&format!("{name}-")))
    });
    found.unwrap_or_else(|| panic!("there is no project {name}"))
}

fn expected(name: &str) -> Value {
    let text = fs::read(source(name).join("expected.json")).expect("expected.json");
    serde_json::from_slice(&text).expect("JSON")
}

/// A folder with the project `p`, imported; what was printed.
fn imported(name: &str) -> (Dir, String) {
    let dir = Dir::empty();
    let mut from = source(name);
    if name == "11" {
        from = from.join("kites.zip");
    }
    let before = digest_of(&from);
    let ran = dir.run(["import", from.to_str().expect("a path"), "-o", "p"]);
    let printed = ran.ok().stdout();
    assert_eq!(before, digest_of(&from), "the source was changed");
    assert!(printed.ends_with("next: traitpress check p\n"), "{printed}");
    (dir, printed)
}

/// The files below a folder, and their bytes.
pub(crate) fn files_of(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let below = |path: &Path| path.strip_prefix(folder).expect("a path below").to_owned();
    let all = digest_of(folder).into_iter().filter(|(path, _)| path.is_file());
    all.map(|(path, bytes)| (below(&path), bytes)).collect()
}

/// Names and bytes of everything below a path.
fn digest_of(path: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut left = vec![path.to_owned()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
            all.insert(path, Vec::new());
        } else {
            let bytes = fs::read(&path).expect("a file");
            all.insert(path, bytes);
        }
    }
    all
}

/// Attributes in a list of objects, or as one object.
fn attributes(value: &Value) -> Attributes {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some(map) = value.as_object() {
        let pairs = map.iter().filter(|(key, value)| *key != "p" && !value.is_null());
        return pairs.map(|(key, value)| (key.clone(), text(value))).collect();
    }
    let list = value.as_array().expect("a list of attributes").iter();
    let pair = |item: &Value| (text(&item["trait_type"]), text(&item["value"]));
    // What nftchef lists of files in a layer's own folder.
    list.map(pair).filter(|(key, _)| key != "layers").collect()
}

fn of_items(list: &Value, root: &Path) -> Vec<Expected> {
    let item = |item: &Value| Expected {
        attributes: attributes(if item["attributes"].is_null() { item } else { &item["attributes"] }),
        chance: item["p"].as_f64(),
        drawn: item["draw"].as_array().map(|list| list.iter().map(|one| Drawn::read(root, one)).collect()),
    };
    list.as_array().expect("a list of items").iter().map(item).collect()
}

/// Items whose layers are independent, from the weights of each layer's traits.
fn of_weights(weights: &Value, layers: &[&str]) -> Vec<Expected> {
    let mut items = vec![Expected { attributes: Attributes::new(), chance: Some(1.0), drawn: None }];
    for layer in layers {
        let traits = weights[layer].as_object().unwrap_or_else(|| panic!("no weights of {layer}"));
        let sum: f64 = traits.values().filter_map(Value::as_f64).sum();
        let with = |item: &Expected, name: &String, weight: &Value| {
            let mut attributes = item.attributes.clone();
            attributes.insert((*layer).to_owned(), name.clone());
            let chance = item.chance.map(|chance| chance * weight.as_f64().expect("a weight") / sum);
            Expected { attributes, chance, drawn: None }
        };
        items = items
            .iter()
            .flat_map(|item| traits.iter().map(|(name, w)| with(item, name, w)).collect::<Vec<_>>())
            .collect();
    }
    items
}

/// What the other program can make, by kinds of item.
fn kinds(name: &str) -> Vec<Kind> {
    let (expected, root) = (expected(name), source(name));
    let all = |items| Kind { items, is_part: false };
    match name {
        "05" => vec![all(of_weights(&expected["weights_with_rarity_config"], &["Sea", "Boat"]))],
        "10" => vec![
            all(of_weights(&expected["weights"], &["face", "eyes"])),
            all(of_weights(&expected["weights"], &["pink", "eyes"])),
        ],
        "11" => vec![all(of_items(&expected["allowed"], &root))],
        "08" | "09" => vec![all(of_items(&expected["items"], &root))],
        "12" => vec![all(of_items(&expected["items"], &root.join("data")))],
        _ => {
            let mut kinds = Vec::new();
            let mut highest = 0;
            for peer in expected["peer"].as_array().expect("kinds") {
                let size = peer["growEditionSizeTo"].as_u64().expect("a size");
                if size <= highest {
                    continue;
                }
                highest = size;
                let list = if peer["items"].is_null() {
                    &expected["allowed_of_the_second_group"]
                } else {
                    &peer["items"]
                };
                kinds.push(Kind { items: of_items(list, &root), is_part: name == "01" });
            }
            kinds
        }
    }
}

/// `collection.toml` as it is for the items of one group alone, all of them.
pub(crate) fn of_group(text: &str, group: Option<usize>) -> toml::Table {
    let mut table: toml::Table = text.parse().expect("TOML");
    for key in ["count", "ones", "group_order"] {
        table.remove(key);
    }
    let groups = table.remove("groups");
    let names: Option<BTreeSet<String>> = group.map(|group| {
        let groups = groups.as_ref().and_then(toml::Value::as_array).expect("groups");
        let layers = groups[group]["layers"].as_array().expect("layers");
        layers.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect()
    });
    let is_kept = |layer: &str| names.as_ref().is_none_or(|names| names.contains(layer));
    let of_kept = |reference: &str| is_kept(reference.split('/').next().expect("a layer"));
    let layers = table.get_mut("layers").and_then(toml::Value::as_array_mut).expect("layers");
    layers.retain(|layer| is_kept(layer["name"].as_str().expect("a name")));
    for layer in layers {
        layer.as_table_mut().expect("a layer").remove("unique");
    }
    let traits = table.get_mut("traits").and_then(toml::Value::as_table_mut).expect("traits");
    traits.retain(|name, _| names.is_none() || of_kept(name));
    if let Some(rules) = table.get_mut("rules").and_then(toml::Value::as_array_mut) {
        for rule in rules.iter_mut().filter_map(toml::Value::as_table_mut) {
            for key in ["forbid", "require", "allow"] {
                let Some(list) = rule.get_mut(key).and_then(toml::Value::as_array_mut) else { continue };
                list.retain(|other| other.as_str().is_none_or(of_kept));
                if list.is_empty() {
                    rule.remove(key);
                }
            }
        }
        rules.retain(|rule| {
            let has_more = rule.as_table().is_some_and(|rule| rule.len() > 1);
            has_more && rule["when"].as_str().is_none_or(of_kept)
        });
    }
    table
}

/// Weights by `Layer/Trait`; the sums of layers; and the traits that nested layers belong to.
pub(crate) struct Weights {
    weights: BTreeMap<String, f64>,
    chances: BTreeMap<String, f64>,
    parents: BTreeMap<String, String>,
}

impl Weights {
    pub(crate) fn read(table: &toml::Table) -> Self {
        let number = |value: &toml::Value| value.as_float().or(value.as_integer().map(|n| n as f64));
        let mut this = Self { weights: BTreeMap::new(), chances: BTreeMap::new(), parents: BTreeMap::new() };
        for (name, settings) in table["traits"].as_table().expect("traits") {
            let weight = settings.get("weight").and_then(number).expect("every trait has a weight");
            this.weights.insert(name.clone(), weight);
            for choice in settings.get("choices").and_then(toml::Value::as_array).into_iter().flatten() {
                let nested = choice["name"].as_str().expect("a name").to_owned();
                if let Some(chance) = choice.get("chance").and_then(number) {
                    this.chances.insert(nested.clone(), chance);
                }
                this.parents.insert(nested, name.clone());
            }
        }
        for layer in table["layers"].as_array().expect("layers") {
            if let Some(chance) = layer.get("chance").and_then(number) {
                this.chances.insert(layer["name"].as_str().expect("a name").to_owned(), chance);
            }
        }
        this
    }

    /// The share that a choice has of its layer.
    fn share(&self, layer: &str, choice: Option<&str>) -> f64 {
        let of = |name: &str| name.strip_prefix(layer).is_some_and(|rest| rest.starts_with('/'));
        let sum: f64 = self.weights.iter().filter(|(name, _)| of(name)).map(|(_, weight)| weight).sum();
        let weight = |choice: &str| self.weights.get(&format!("{layer}/{choice}")).copied().unwrap_or(0.0);
        match (choice, self.chances.get(layer)) {
            (Some(choice), chance) => weight(choice) / sum * chance.copied().unwrap_or(1.0),
            (None, Some(chance)) => 1.0 - chance + weight("none") / sum * chance,
            (None, None) => weight("none") / sum,
        }
    }

    /// The chance of an item before rules.
    pub(crate) fn chance(&self, layers: &[String], row: &[Option<String>]) -> f64 {
        let shown = |name: &str| {
            let at = layers.iter().position(|layer| {
                name.strip_prefix(layer.as_str()).is_some_and(|rest| rest.starts_with('/'))
            });
            let at = at.expect("a layer");
            row[at].as_ref().is_some_and(|item| format!("{}/{item}", layers[at]) == name)
        };
        layers
            .iter()
            .zip(row)
            .filter(|(layer, _)| self.parents.get(*layer).is_none_or(|parent| shown(parent)))
            .map(|(layer, choice)| self.share(layer, choice.as_deref()))
            .product()
    }
}

/// How the chances of a project's items here follow from what it has there.
#[derive(Clone, Copy, PartialEq)]
enum Law {
    /// They are those of independent draws under rules, and the same.
    Independent,
    /// They are those of choices layer by layer, and the same.
    Sequential,
    /// They differ, as `IMPORT.md` says.
    Other,
}

/// Imports a project and compares everything that it can make with what it can make there.
fn compare(name: &str, law: Law) {
    let (dir, _) = imported(name);
    let text = String::from_utf8(dir.read("p/collection.toml")).expect("text");
    let kinds = kinds(name);
    for (number, kind) in kinds.iter().enumerate() {
        let table = of_group(&text, (kinds.len() > 1).then_some(number));
        dir.write("p/collection.toml", table.to_string());
        let all = format!("all{number}.json");
        dir.run(["plan", "p", "--all", "-o", &all]).ok();
        let out = format!("out{number}");
        dir.run(["generate", "p", "--plan", &all, "--out", &out]).ok();
        let start = table.get("start").and_then(toml::Value::as_integer).unwrap_or(1) as usize;
        let plan = dir.json(&all);
        let layers: Vec<String> = serde_json::from_value(plan["layers"].clone()).expect("layers");
        let rows: Vec<Vec<Option<String>>> = serde_json::from_value(plan["items"].clone()).expect("items");
        let weights = Weights::read(&table);
        let mut found: BTreeMap<Attributes, (usize, f64)> = BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            let item = attributes(&dir.json(format!("{out}/json/{}.json", start + index))["attributes"]);
            let chance = weights.chance(&layers, row);
            let before = found.insert(item.clone(), (start + index, chance));
            assert!(before.is_none(), "{name}: two items have the attributes {item:?}");
        }
        let wanted: BTreeSet<&Attributes> = kind.items.iter().map(|item| &item.attributes).collect();
        assert_eq!(wanted.len(), kind.items.len(), "{name}: expected.json lists an item twice");
        let is_known = |item: &&Attributes| kind.is_part || wanted.contains(*item);
        let unknown: Vec<&Attributes> = found.keys().filter(|item| !is_known(item)).collect();
        assert!(unknown.is_empty(), "{name}: items that are not possible there: {unknown:?}");
        let sum: f64 = found.values().map(|(_, chance)| chance).sum();
        for item in &kind.items {
            let Some((edition, chance)) = found.get(&item.attributes) else {
                panic!("{name}: the item {:?} is not possible here", item.attributes);
            };
            if let Some(wanted) = item.chance.filter(|_| law == Law::Independent && !kind.is_part) {
                let own = chance / sum;
                assert!(
                    (own - wanted).abs() < 2e-6,
                    "{name}: {:?} has chance {own}, not {wanted}",
                    item.attributes
                );
            }
            if let Some(drawn) = &item.drawn {
                let picture = dir.path(format!("{out}/images/{edition}.png"));
                compare_pictures(
                    &picture,
                    drawn,
                    table.get("background"),
                    &format!("{name} {:?}", item.attributes),
                );
            }
        }
        let of_row = |row: &[Option<String>]| weights.chance(&layers, row) / sum;
        let chances: Vec<f64> = match law {
            Law::Independent | Law::Other => rows.iter().map(|row| of_row(row)).collect(),
            Law::Sequential => {
                let of_edition: BTreeMap<usize, &Attributes> =
                    found.iter().map(|(item, (edition, _))| (*edition, item)).collect();
                let wanted = |edition: usize| {
                    let item = kind.items.iter().find(|item| item.attributes == *of_edition[&edition]);
                    item.and_then(|item| item.chance).expect("a chance")
                };
                (0..rows.len()).map(|index| wanted(start + index)).collect()
            }
        };
        compare_shares(&dir, &layers, &rows, &chances, name);
    }
}

/// The program's own count of chances against those of the items.
fn compare_shares(dir: &Dir, layers: &[String], rows: &[Vec<Option<String>>], chances: &[f64], name: &str) {
    let survey: Value =
        serde_json::from_str(&dir.run(["check", "p", "--count", "1", "--json"]).ok().stdout()).expect("JSON");
    for share in survey["possible"]["shares"].as_array().expect("shares") {
        let (layer, choice) = share["name"].as_str().expect("a name").rsplit_once('/').expect("a choice");
        let at = layers.iter().position(|known| known == layer).expect("a layer");
        let is_it = |row: &&Vec<Option<String>>| row[at].as_deref().unwrap_or("none") == choice;
        let own: f64 = rows.iter().zip(chances).filter(|(row, _)| is_it(row)).map(|(_, chance)| chance).sum();
        let counted = share["expected"].as_f64().expect("a share");
        assert!((own - counted).abs() < 1e-6, "{name}: {layer}/{choice} has {counted}, not {own}");
    }
}

#[test]
fn hashlips_weights_and_names() {
    compare("01", Law::Independent);
    let (dir, _) = imported("01");
    let table: toml::Table =
        String::from_utf8(dir.read("p/collection.toml")).expect("text").parse().expect("TOML");
    let traits = table["traits"].as_table().expect("traits");
    for (layer, weights) in expected("01")["weights_as_written"].as_object().expect("layers") {
        for (name, weight) in weights.as_object().expect("weights") {
            let shown = |(key, value): &(&String, &toml::Value)| {
                let own = key.strip_prefix(&format!("{layer}/"));
                let shown = value.get("display_name").and_then(toml::Value::as_str).or(own);
                own.is_some() && shown == Some(name)
            };
            let (_, settings) = traits.iter().find(shown).unwrap_or_else(|| panic!("no {layer}/{name}"));
            let number = &settings["weight"];
            let number = number.as_float().or(number.as_integer().map(|n| n as f64));
            assert_eq!(number, weight.as_f64(), "{layer}/{name}");
        }
    }
}

#[test]
fn hashlips_options() {
    compare("02", Law::Independent);
}

#[test]
fn hashlips_groups() {
    compare("03", Law::Independent);
}

#[test]
fn hashlips_computed() {
    compare("04", Law::Independent);
}

#[test]
fn hashlips_fork() {
    compare("05", Law::Independent);
}

#[test]
fn nftchef_nested() {
    compare("06", Law::Independent);
}

#[test]
fn nftchef_rules() {
    compare("07", Law::Sequential);
}

#[test]
fn nft_generator_py() {
    // A value that is replaced by another of its layer keeps its chance there.
    compare("08", Law::Other);
}

#[test]
fn generative_art_nft() {
    compare("09", Law::Independent);
}

#[test]
fn nft_art_maker() {
    compare("10", Law::Independent);
}

#[test]
fn nft_studio() {
    compare("11", Law::Independent);
}

#[test]
fn art_engine_2() {
    compare("12", Law::Independent);
}

/// The results of `check` and of a run on every project as it was imported.
#[test]
fn imported_projects_have_no_problems_and_make_their_items() {
    for name in ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"] {
        let (dir, _) = imported(name);
        let checked = dir.run(["check", "p"]).ok().stdout();
        // What is small or alike in a source, as in 08, 09 and 11, is a warning.
        let last = checked.lines().last().expect("a line");
        let is_right = last.starts_with("no problems: ")
            || (["08", "09", "11"].contains(&name) && last.starts_with("0 errors, "));
        assert!(is_right && last.ends_with("`traitpress generate` can run"), "{name}: {checked}");
        dir.run(["generate", "p", "--out", "out"]).ok();
        let notes = String::from_utf8(dir.read("p/IMPORT.md")).expect("text");
        assert!(notes.starts_with("# Import\n"), "{notes}");
    }
}

/// Documents of the first items against those of the other program, but for keys that have no counterpart.
#[test]
fn metadata_is_that_of_the_other_program() {
    for name in ["01", "02", "03", "06"] {
        let (dir, _) = imported(name);
        let expected = expected(name);
        dir.run(["generate", "p", "--out", "out"]).ok();
        let form = |key: &str| expected[key].as_object().is_some();
        let document = if form("metadata_form") {
            &expected["metadata_form"]
        } else {
            &expected["metadata"]["form_of_one_document (date and dna left out)"]
        };
        let own = dir.json(format!("out/json/{}.json", document["edition"]));
        for key in ["name", "description", "external_url", "symbol", "seller_fee_basis_points"] {
            if !document[key].is_null() {
                assert_eq!(own[key], document[key], "{name}: {key}");
            }
        }
        let count = dir.files("out/json").len() - 1;
        let editions = expected["metadata"]["editions"].as_array().map_or(12, Vec::len);
        assert_eq!(count, editions, "{name}: the number of documents");
    }
}

/// Groups are layers and their layers traits, in a file of Aseprite as in one of Photoshop.
#[test]
fn files_of_drawing_programs() {
    for file in ["hat.aseprite", "hat.psd"] {
        let dir = Dir::empty();
        let from = source("14").join(file);
        dir.run(["import", from.to_str().expect("a path"), "-o", "p", "--count", "4"]).ok();
        assert!(dir.run(["check", "p"]).ok().stdout().ends_with("can run\n"));
        dir.run(["plan", "p", "--all", "-o", "all.json"]).ok();
        let plan = dir.json("all.json");
        assert_eq!(plan["layers"], serde_json::json!(["Ground", "Hat", "Veil"]), "{file}");
        assert_eq!(plan["items"].as_array().map(Vec::len), Some(4), "{file}");
        dir.run(["generate", "p", "--plan", "all.json", "--out", "out"]).ok();
        for edition in 1..=4 {
            let attributes = attributes(&dir.json(format!("out/json/{edition}.json"))["attributes"]);
            let picture =
                image::open(dir.path(format!("out/images/{edition}.png"))).expect("a picture").to_rgba8();
            let ground = if attributes["Ground"] == "Sand" { [220, 200, 120] } else { [40, 160, 60] };
            assert_eq!(picture.get_pixel(3, 0).0[..3], ground, "{file}: {attributes:?}");
            let below = if attributes.contains_key("Hat") { [200, 30, 30] } else { ground };
            let half = 128.0 / 255.0;
            for c in 0..3 {
                let veil = f64::from([20, 40, 220][c]) / 255.0;
                let wanted = f64::from(below[c]) * (1.0 - half + half * veil);
                let own = f64::from(picture.get_pixel(0, 0).0[c]);
                assert!((own - wanted).abs() <= 1.5, "{file}: {attributes:?}: {own}, not {wanted}");
            }
        }
    }
}

/// A random hue below translucent art, in a project of two kinds of items; and pictures of absence, names that are alike, and
/// files of no use.
#[test]
fn oddities_of_hashlips_projects() {
    let dir = Dir::empty();
    let script = "module.exports = { network: 'eth', namePrefix: 'X', format: { width: 8, height: 8, smoothing: true },\n\
                  background: { generate: true, brightness: '70%' }, rarityDelimiter: '#', shuffleLayerConfigurations: true,\n\
                  layerConfigurations: [{ growEditionSizeTo: 2, layersOrder: [{ name: 'back ' }, { name: 'Hat' }] },\n\
                  { growEditionSizeTo: 5, layersOrder: [{ name: 'Hat' }, { name: 'back ' },,] }] };";
    dir.write("h/src/config.js", script);
    dir.square("h/layers/Back/Red#1.png", [200, 30, 30, 255]);
    dir.square("h/layers/Back/Red#2.png", [201, 30, 30, 255]);
    dir.square("h/layers/Back/red#3.png", [202, 30, 30, 255]);
    dir.write("h/layers/Back/notes.txt", "x");
    dir.write("h/layers/Back/Thumbs.db", "x");
    dir.picture("h/layers/Hat/None#4.png", [0; 4]);
    dir.picture("h/layers/Hat/No Hat#1.png", [0; 4]);
    dir.square("h/layers/Hat/Cap#5.png", [20, 40, 220, 255]);
    let said = dir.run(["import", "h", "-o", "p"]).ok().stdout();
    for part in ["layers/Back/notes.txt: it is no picture", "a hole in the list", "its folder is called Back"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let text = String::from_utf8(dir.read("p/collection.toml")).expect("text");
    assert!(text.contains("background = { hue = \"random\", saturation = 100, lightness = 70 }"), "{text}");
    dir.run(["check", "p"]).ok();
    dir.run(["generate", "p", "--out", "out"]).ok();
    let mut values = BTreeSet::new();
    for edition in 1..=5 {
        let attributes = attributes(&dir.json(format!("out/json/{edition}.json"))["attributes"]);
        values.extend(attributes.values().cloned());
        let picture =
            image::open(dir.path(format!("out/images/{edition}.png"))).expect("a picture").to_rgba8();
        let [red, green, blue, alpha] = picture.get_pixel(0, 0).0.map(u16::from);
        let (least, most) = (red.min(green).min(blue), red.max(green).max(blue));
        // A colour of full saturation at 70 percent lightness.
        assert!(
            alpha == 255 && (least + most).abs_diff(357) <= 2 && most >= 254,
            "{:?}",
            picture.get_pixel(0, 0)
        );
    }
    let possible = ["Red", "red", "None", "No Hat", "Cap"];
    assert!(values.iter().all(|value| possible.contains(&value.as_str())), "{values:?}");
}
