//! Random projects of nftchef's engine: its own way of choosing, written down a second time, against what is imported.
//!
//! Every picture has a colour of its own and covers pixels of its own, so a finished picture shows which of them are drawn, and in
//! which order. The chance of each finished picture is compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use image::{Rgba, RgbaImage};

use crate::depth::at_depth;
use crate::imports::{Weights, of_group};
use crate::util::Dir;

/// A file, or a folder with what is in it.
struct Node {
    file: String,
    weight: Option<u32>,
    z: Option<i32>,
    below: Option<Vec<Node>>,
}

/// Numbers that follow from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// The content of a folder; there is always something in it that can be chosen.
fn folder(random: &mut Random, depth: u32) -> Vec<Node> {
    let count = 1 + random.below(if depth == 0 { 4 } else { 3 });
    let mut nodes: Vec<Node> = (0..count).map(|number| node(random, depth, number)).collect();
    if nodes.iter().all(|node| node.weight.is_none()) {
        nodes[0].weight = Some(1 + random.below(3) as u32);
        name(&mut nodes[0], 0);
    }
    nodes.sort_by(|a, b| a.file.cmp(&b.file));
    nodes.dedup_by(|a, b| a.file == b.file);
    nodes
}

fn node(random: &mut Random, depth: u32, number: u64) -> Node {
    let is_folder = depth < 3 && random.below(5) < 2;
    let weight = (random.below(4) > 0).then(|| random.below(5) as u32);
    let z = (random.below(5) == 0).then(|| [-2, -1, 1, 3][random.below(4) as usize]);
    let below = is_folder.then(|| folder(random, depth + 1));
    let mut node = Node { file: String::new(), weight, z, below };
    if !is_folder && node.weight.is_some() && random.below(5) == 0 {
        node.z = None;
        node.file = format!("NONE#{}.png", node.weight.unwrap_or(1));
    } else {
        name(&mut node, number);
    }
    node
}

/// Gives a node the name that its weight and z ask for.
fn name(node: &mut Node, number: u64) {
    let z = node.z.map(|z| format!("z{z},")).unwrap_or_default();
    let weight = node.weight.map(|weight| format!("#{weight}")).unwrap_or_default();
    let end = if node.below.is_some() { "" } else { ".png" };
    let letter = char::from(b'A' + number as u8);
    node.file = format!("{z}{letter}{weight}{end}");
}

/// A picture that is drawn: its z, its layer, and its place there as the engine writes it, which decide the order; its path.
type Shown = (i32, usize, String, String);

/// The combinations of a folder that is entered, each with its chance.
fn entered(nodes: &[Node], layer: usize, address: &str, z: i32, path: &str) -> Vec<(f64, Vec<Shown>)> {
    let mut all = vec![(1.0, Vec::new())];
    let with = |all: Vec<(f64, Vec<Shown>)>, more: &[(f64, Vec<Shown>)]| -> Vec<(f64, Vec<Shown>)> {
        let both =
            |a: &(f64, Vec<Shown>), b: &(f64, Vec<Shown>)| (a.0 * b.0, [a.1.clone(), b.1.clone()].concat());
        all.iter().flat_map(|a| more.iter().map(|b| both(a, b)).collect::<Vec<_>>()).collect()
    };
    let sum: u32 = nodes.iter().filter_map(|node| node.weight).sum();
    let mut chosen: Vec<(f64, Vec<Shown>)> = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        let (own, z) = (format!("{address}.{number}"), node.z.unwrap_or(z));
        let path = format!("{path}/{}", node.file);
        let inner = match &node.below {
            Some(below) => entered(below, layer, &own, z, &path),
            None if node.file.starts_with("NONE#") => vec![(1.0, Vec::new())],
            None => vec![(1.0, vec![(z, layer, format!("{own}:{}", node.file), path)])],
        };
        match node.weight {
            None => all = with(all, &inner),
            Some(weight) => {
                let share = f64::from(weight) / f64::from(sum.max(1));
                chosen.extend(inner.into_iter().filter(|_| weight > 0).map(|(p, shown)| (p * share, shown)));
            }
        }
    }
    // Where all weights are 0 nothing is chosen.
    if sum == 0 { all } else { with(all, &chosen) }
}

/// A picture of a colour and of pixels that its path alone decides.
fn art(path: &str) -> RgbaImage {
    let seed = path.bytes().fold(7u64, |seed, byte| seed.wrapping_mul(1_099_511_628_211) ^ u64::from(byte));
    let mut random = Random(seed);
    let colour = Rgba([random.below(256) as u8, random.below(256) as u8, random.below(256) as u8, 255]);
    RgbaImage::from_fn(8, 8, |_, _| if random.below(2) == 0 { colour } else { Rgba([0; 4]) })
}

fn write(dir: &Dir, path: &str, nodes: &[Node]) {
    for node in nodes {
        let path = format!("{path}/{}", node.file);
        match &node.below {
            Some(below) => write(dir, &path, below),
            None => dir.image(&path, &art(&path)),
        }
    }
}

/// What a finished picture shows.
fn drawn(shown: &[Shown]) -> Vec<u8> {
    let mut sorted = shown.to_vec();
    sorted.sort();
    let mut canvas = RgbaImage::new(8, 8);
    for (.., path) in &sorted {
        for (x, y, pixel) in art(path).enumerate_pixels().filter(|(.., pixel)| pixel.0[3] > 0) {
            canvas.put_pixel(x, y, *pixel);
        }
    }
    canvas.into_raw()
}

#[test]
fn random_nested_projects_show_the_same_pictures_with_the_same_chances() {
    for seed in 0..at_depth(40u64, 400) {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
        for _ in 0..5 {
            random.below(2);
        }
        let layers: Vec<Vec<Node>> = (0..1 + random.below(2)).map(|_| folder(&mut random, 0)).collect();
        let dir = Dir::empty();
        let mut order = String::new();
        let mut wanted: Vec<(f64, Vec<Shown>)> = vec![(1.0, Vec::new())];
        for (number, nodes) in layers.iter().enumerate() {
            let folder = format!("h/layers/L{number}");
            write(&dir, &folder, nodes);
            let _ = write!(order, "{{ name: \"L{number}\" }},");
            let more = entered(nodes, number, &number.to_string(), 0, &folder);
            wanted = wanted
                .iter()
                .flat_map(|a| {
                    more.iter().map(|b| (a.0 * b.0, [a.1.clone(), b.1.clone()].concat())).collect::<Vec<_>>()
                })
                .collect();
        }
        if wanted.len() > 300 || wanted.iter().all(|(_, shown)| shown.is_empty()) {
            continue;
        }
        let script = format!(
            "module.exports = {{ layerConfigurations: [{{ growEditionSizeTo: 1, namePrefix: 'x', layersOrder: [{order}] }}], \
             format: {{ width: 8, height: 8 }}, incompatible: {{}}, rarityDelimiter: '#', startIndex: 0 }};"
        );
        dir.write("h/src/config.js", script);
        let ran = dir.run(["import", "h", "-o", "p"]);
        if ran.code() != Some(0) {
            // A layer in which nothing can be chosen is refused.
            assert!(ran.stderr().contains("no picture"), "{seed}: {}", ran.stderr());
            continue;
        }
        let table = of_group(&String::from_utf8(dir.read("p/collection.toml")).expect("text"), None);
        dir.write("p/collection.toml", table.to_string());
        dir.run(["plan", "p", "--all", "-o", "all.json"]).ok();
        dir.run(["generate", "p", "--plan", "all.json", "--out", "out"]).ok();
        let plan = dir.json("all.json");
        let names: Vec<String> = serde_json::from_value(plan["layers"].clone()).expect("layers");
        let rows: Vec<Vec<Option<String>>> = serde_json::from_value(plan["items"].clone()).expect("items");
        let weights = Weights::read(&table);
        let mut found: BTreeMap<Vec<u8>, f64> = BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            let picture =
                image::open(dir.path(format!("out/images/{index}.png"))).expect("a picture").to_rgba8();
            *found.entry(picture.into_raw()).or_default() += weights.chance(&names, row);
        }
        let mut expected: BTreeMap<Vec<u8>, f64> = BTreeMap::new();
        for (chance, shown) in &wanted {
            *expected.entry(drawn(shown)).or_default() += chance;
        }
        let tree: Vec<_> = dir.files("h/layers").into_keys().collect();
        let text = String::from_utf8(dir.read("p/collection.toml")).expect("text");
        assert_eq!(found.len(), expected.len(), "{seed}: {tree:?}\n{text}");
        for (picture, chance) in &expected {
            let own = found
                .get(picture)
                .unwrap_or_else(|| panic!("{seed}: a picture is missing: {tree:?}\n{text}"));
            assert!((own - chance).abs() < 1e-5, "{seed}: {own}, not {chance}: {tree:?}\n{text}");
        }
    }
}
