//! Random rules of nftchef's engine: its own way of choosing, written down a second time, against what is imported.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use crate::depth::at_depth;
use crate::imports::of_group;
use crate::util::Dir;

/// Numbers that follow from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}

/// Names with weights, by layer. `NONE` shows nothing.
type Layers = Vec<Vec<(String, usize)>>;
/// Names, each with those that it excludes or forces.
type Rules = BTreeMap<String, Vec<String>>;

/// What an item shows of each layer, and its chance.
type Items = BTreeMap<Vec<Option<String>>, f64>;

/// The engine's choice from a layer on; none if two traits together leave nothing of a layer, which is not kept.
fn chosen(
    layers: &Layers,
    incompatible: &Rules,
    forced: &Rules,
    shown: &[Option<String>],
    by_chance: &[String],
) -> Option<Items> {
    let Some(layer) = layers.get(shown.len()) else { return Some(Items::from([(shown.to_vec(), 1.0)])) };
    let listed = |rules: &Rules| -> BTreeSet<String> {
        by_chance.iter().filter_map(|name| rules.get(name)).flatten().cloned().collect()
    };
    let with = |name: Option<String>, by_chance: &[String]| {
        let shown: Vec<_> = shown.iter().cloned().chain([name]).collect();
        chosen(layers, incompatible, forced, &shown, by_chance)
    };
    let forced_now = listed(forced);
    if let Some((name, _)) = layer.iter().find(|(name, _)| forced_now.contains(name)) {
        return with(Some(name.clone()), by_chance);
    }
    let excluded = listed(incompatible);
    let left: Vec<&(String, usize)> = layer.iter().filter(|(name, _)| !excluded.contains(name)).collect();
    if left.is_empty() {
        let covers = |first: &String| {
            let list = incompatible.get(first);
            list.is_some_and(|list| layer.iter().all(|(name, _)| list.contains(name)))
        };
        return if by_chance.iter().any(covers) { with(None, by_chance) } else { None };
    }
    let sum: usize = left.iter().map(|(_, weight)| weight).sum();
    let mut all = Items::new();
    for (name, weight) in left {
        let now: Vec<String> = by_chance.iter().cloned().chain([name.clone()]).collect();
        let shown = Some(name.clone()).filter(|name| name != "NONE");
        for (item, chance) in with(shown, &now)? {
            *all.entry(item).or_default() += chance * *weight as f64 / sum as f64;
        }
    }
    Some(all)
}

fn rules(random: &mut Random, names: &[String], seconds: &[String], most: usize) -> Rules {
    let mut rules = Rules::new();
    for _ in 0..random.below(most) {
        let first = names[random.below(names.len())].clone();
        let list = (0..1 + random.below(3)).map(|_| seconds[random.below(seconds.len())].clone()).collect();
        rules.insert(first, list);
    }
    rules
}

#[test]
fn random_rules_allow_the_same_items_with_the_same_chances() {
    let mut compared = 0;
    for seed in 0..at_depth(60u64, 600) {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
        (0..5).for_each(|_| _ = random.below(2));
        let mut layers = Layers::new();
        for layer in 0..2 + random.below(2) {
            let mut list: Vec<(String, usize)> = (0..1 + random.below(3))
                .map(|n| (format!("{}{n}", ["P", "Q", "R"][layer]), 1 + random.below(4)))
                .collect();
            if random.below(3) == 0 {
                list.push(("NONE".to_owned(), 1 + random.below(3)));
                list.sort();
            }
            layers.push(list);
        }
        let all: BTreeSet<String> = layers.iter().flatten().map(|(name, _)| name.clone()).collect();
        let names: Vec<String> = all.iter().cloned().collect();
        let pictures: Vec<String> = names.iter().filter(|name| *name != "NONE").cloned().collect();
        let incompatible = rules(&mut random, &names, &names, 4);
        let forced = rules(&mut random, &names, &pictures, 3);
        let Some(wanted) = chosen(&layers, &incompatible, &forced, &[], &[]) else { continue };
        let dir = Dir::empty();
        let mut order = String::new();
        for (number, layer) in layers.iter().enumerate() {
            let _ = write!(order, "{{ name: \"L{number}\" }},");
            for (name, weight) in layer {
                dir.picture(format!("h/layers/L{number}/{name}#{weight}.png"), [number as u8, 9, 9, 255]);
            }
        }
        let json = |rules: &Rules| serde_json::to_string(rules).expect("JSON");
        let script = format!(
            "module.exports = {{ layerConfigurations: [{{ growEditionSizeTo: 1, namePrefix: 'x', layersOrder: [{order}] }}], \
             incompatible: {}, forcedCombinations: {}, rarityDelimiter: '#' }};",
            json(&incompatible),
            json(&forced)
        );
        dir.write("h/src/config.js", &script);
        let ran = dir.run(["import", "h", "-o", "p"]);
        let printed = ran.ok().stdout();
        // Differences that are named.
        if printed.contains("triggers none of its own rules") || printed.contains("no item has all three") {
            continue;
        }
        // A layer of nothing but NONE is no layer here.
        let has_all = layers.iter().all(|layer| layer.iter().any(|(name, _)| name != "NONE"));
        assert!(has_all, "{seed}");
        let table = of_group(&String::from_utf8(dir.read("p/collection.toml")).expect("text"), None);
        dir.write("p/collection.toml", table.to_string());
        dir.run(["plan", "p", "--all", "-o", "all.json"]).ok();
        let plan = dir.json("all.json");
        let rows: BTreeSet<Vec<Option<String>>> =
            serde_json::from_value(plan["items"].clone()).expect("items");
        let items: BTreeSet<Vec<Option<String>>> = wanted.keys().cloned().collect();
        let what = || {
            format!(
                "{seed}: {script}\n{}\n{table}",
                json(
                    &layers
                        .iter()
                        .enumerate()
                        .map(|(n, l)| (n.to_string(), l.iter().map(|(a, w)| format!("{a}#{w}")).collect()))
                        .collect()
                )
            )
        };
        assert_eq!(rows, items, "{}", what());
        compared += 1;
        let survey: Value =
            serde_json::from_str(&dir.run(["check", "p", "--count", "1", "--json"]).ok().stdout())
                .expect("JSON");
        for share in survey["possible"]["shares"].as_array().expect("shares") {
            let (layer, choice) = share["name"].as_str().expect("a name").split_once('/').expect("a choice");
            let at: usize = layer[1..].parse().expect("a number");
            let is_it = |item: &&Vec<Option<String>>| item[at].as_deref().unwrap_or("none") == choice;
            let own: f64 = wanted.iter().filter(|(item, _)| is_it(item)).map(|(_, chance)| chance).sum();
            let counted = share["expected"].as_f64().expect("a share");
            assert!((own - counted).abs() < 1e-9, "{layer}/{choice} has {counted}, not {own}: {}", what());
        }
    }
    assert!(compared > 20, "only {compared} projects were compared");
}
