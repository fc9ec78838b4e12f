//! HashLips art engine 1.0 and 1.1, and its forks.
//!
//! `layerConfigurations` lists kinds of items, each with its layers from back to front; a layer is a folder below `layers`, and
//! weights are in the names of files. `growEditionSizeTo` counts up over the kinds, but not in the fork that has `collectionSize`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::common::{
    blend, canvas, checked_count, counts, extra_metadata, ignored_keys, metaplex, named_traits, opacity,
    settle_absence, settle_pictures, settle_weights, static_background, toml_text, unknown_keys,
};
use crate::import::art::Source;
use crate::import::colour;
use crate::import::error::ImportError;
use crate::import::js::Script;
use crate::import::model::{Group, Imported, Layer, Peer, Settings, Trait};
use crate::import::notes::Notes;
use crate::import::sequence;
use crate::import::value::{Keys, Map, Value};

/// Keys of tools that make no difference to the items.
const TOOLS: [(&str, &str); 9] = [
    ("uniqueDnaTorrance", "a count that cannot be reached is refused before the run"),
    ("debugLogs", "a matter of the program's output"),
    ("pixelFormat", "settings of another tool"),
    ("preview", "settings of another tool; contact sheets have their own"),
    ("preview_gif", "settings of another tool"),
    ("buildDir", "a matter of the program's output"),
    ("layersDir", "the folder of layers"),
    ("outputJPEG", "see format in collection.toml"),
    ("NFTPort", "settings of another tool"),
];

/// Reads the project whose configuration has been run.
pub(in crate::import) fn read(
    source: &Source,
    file: &Path,
    script: &Script,
) -> Result<Imported, ImportError> {
    let keys = Keys::new(&script.exports);
    let mut notes = Notes::default();
    let mut settings = Settings { size: canvas(&keys, file)?, ..Settings::default() };
    let form = Form {
        home: &source.root.join("layers"),
        delimiter: keys.get("rarityDelimiter").and_then(Value::as_text),
        words: keys.map("rarity_config"),
        cumulative: keys.get("collectionSize").is_none(),
        is_plain: false,
    };
    let (mut layers, groups, total) = kinds_and_layers(source, file, &keys, &form, &mut notes)?;
    if keys.is_truthy("exactWeight") {
        exact_weights(&mut layers, &groups, total, &mut notes);
    }
    settings.count = Some(total);
    settings.listed = groups.len() > 1 && !keys.is_truthy("shuffleLayerConfigurations");
    let _ = keys.get("shuffleLayerConfigurations");
    if let Some(format) = keys.map("format") {
        settings.nearest = format.get("smoothing").is_some_and(|value| !value.is_truthy());
    }
    metadata(&keys, file, &mut settings, &mut notes)?;
    background(&keys, &mut settings, &mut notes);
    settle_pictures(&mut settings, &layers, &groups, &mut notes);
    for (key, part, what) in [
        ("gif", "export", "there are no animations of layers that appear"),
        ("text", "only", "there is no text in place of pictures"),
    ] {
        match keys.map(key).and_then(|map| map.get(part)).filter(|value| value.is_truthy()) {
            Some(value) => notes.lost(format!("{key}.{part}"), value.shown(), what),
            None => ignored_keys(&keys, &[(key, "it is switched off")], &mut notes),
        }
    }
    ignored_keys(&keys, &TOOLS, &mut notes);
    script_notes(script, &mut notes);
    unknown_keys("", &keys, &mut notes);
    Ok(Imported {
        peer: Peer::HashLips,
        configuration: source.below(file),
        settings,
        layers,
        groups,
        rules: Vec::new(),
        ones: Vec::new(),
        notes,
    })
}

/// What a script used that can differ from run to run.
pub(super) fn script_notes(script: &Script, notes: &mut Notes) {
    if script.is_random {
        notes.changed("Math.random", "", "the configuration draws random numbers; here each of them was 0.5");
    }
    if script.reads_clock {
        notes.changed("Date.now", "", "the configuration reads the clock; here it was a fixed moment");
    }
    for name in &script.environment {
        notes.changed(format!("process.env.{name}"), "", "the environment is not read, so it was undefined");
    }
    for part in &script.unread {
        notes.lost(
            part.clone(),
            "",
            "it is computed, and this program was built without the feature import-js",
        );
    }
}

/// One kind of item.
pub(super) struct Kind {
    pub(super) name: String,
    /// None: it has no items.
    pub(super) count: Option<u32>,
    pub(super) layers: Vec<Layer>,
}

/// The list of layer configurations: each with its place in the script.
pub(super) fn configurations<'a>(
    keys: &Keys<'a>,
    file: &Path,
    notes: &mut Notes,
) -> Result<Vec<(String, &'a Map)>, ImportError> {
    let Some(list) = keys.get("layerConfigurations").and_then(Value::as_list) else {
        let what = match keys.get("layerConfigurations") {
            Some(value) => format!("layerConfigurations is {}, and no list", value.shown()),
            None => "the script exports no layerConfigurations".to_owned(),
        };
        return Err(ImportError::source(file, what, "export the list of layer configurations"));
    };
    let mut found = Vec::new();
    for (number, value) in list.iter().enumerate() {
        let key = format!("layerConfigurations[{number}]");
        match value.as_map() {
            Some(map) => found.push((key, map)),
            None if value.is_nothing() => {
                notes.changed(key, value.shown(), "a hole in the list; it was left out");
            }
            None => {
                let what = format!("{key} is {}, and no configuration", value.shown());
                return Err(ImportError::source(file, what, "correct it"));
            }
        }
    }
    if found.is_empty() {
        return Err(ImportError::source(
            file,
            "layerConfigurations is empty",
            "add a configuration of layers",
        ));
    }
    Ok(found)
}

/// The entries of `layersOrder`: each with its place in the script and its name.
pub(super) fn order<'a>(
    key: &str,
    keys: &Keys<'a>,
    file: &Path,
    notes: &mut Notes,
) -> Result<Vec<(String, &'a str, &'a Map)>, ImportError> {
    let Some(list) = keys.get("layersOrder").and_then(Value::as_list) else {
        return Err(ImportError::source(file, format!("{key} has no list layersOrder"), "list its layers"));
    };
    let mut found = Vec::new();
    for (number, value) in list.iter().enumerate() {
        let name = value.as_map().and_then(|map| map.get("name")?.as_text()).filter(|name| !name.is_empty());
        match (value.as_map(), name) {
            (Some(map), Some(name)) => found.push((format!("layersOrder[{name}]"), name, map)),
            _ if value.is_nothing() => {
                notes.changed(
                    format!("{key}.layersOrder[{number}]"),
                    value.shown(),
                    "a hole in the list; it was left out",
                );
            }
            _ => {
                let what =
                    format!("{key}.layersOrder[{number}] is {}, and no layer with a name", value.shown());
                return Err(ImportError::source(file, what, "give it the name of a folder in layers"));
            }
        }
    }
    Ok(found)
}

/// How a program of this family writes its layers.
pub(super) struct Form<'a> {
    /// The folder of all layers.
    pub(super) home: &'a Path,
    pub(super) delimiter: Option<&'a str>,
    /// The weights of words.
    pub(super) words: Option<&'a Map>,
    /// Whether numbers of items count up over the kinds.
    pub(super) cumulative: bool,
    /// Whether opacity is beside the name by rule.
    pub(super) is_plain: bool,
}

/// The layers in one drawing order, the groups, and the number of all items.
pub(super) fn kinds_and_layers(
    source: &Source,
    file: &Path,
    keys: &Keys<'_>,
    form: &Form<'_>,
    notes: &mut Notes,
) -> Result<(Vec<Layer>, Vec<Group>, u32), ImportError> {
    let kinds = kinds(source, file, keys, form, notes)?;
    let names: Vec<(String, Option<u32>)> =
        kinds.iter().map(|kind| (kind.name.clone(), kind.count)).collect();
    let total: u32 = kinds.iter().filter_map(|kind| kind.count).sum();
    let (mut layers, numbers) = sequence::merged(kinds.into_iter().map(|kind| kind.layers).collect());
    let mut cache = HashMap::new();
    for layer in &mut layers {
        settle_absence(layer, &mut cache);
        settle_weights(layer, notes);
    }
    let groups = groups(names, numbers, notes);
    Ok((layers, groups, total))
}

fn kinds(
    source: &Source,
    file: &Path,
    keys: &Keys<'_>,
    form: &Form<'_>,
    notes: &mut Notes,
) -> Result<Vec<Kind>, ImportError> {
    let list = configurations(keys, file, notes)?;
    let mut sizes = Vec::new();
    let mut kinds = Vec::new();
    let mut folders: HashMap<PathBuf, Vec<Trait>> = HashMap::new();
    for (number, (key, map)) in list.iter().enumerate() {
        let of_kind = Keys::new(map);
        let size =
            checked_count(&format!("{key}.growEditionSizeTo"), of_kind.get("growEditionSizeTo"), file)?;
        sizes.push((key.clone(), size));
        let mut layers = Vec::new();
        for (place, name, map) in order(key, &of_kind, file, notes)? {
            let folder = source.folder(form.home, name, notes)?;
            let mut layer = layer(source, &folder, &place, name, map, form, notes);
            let traits = match folders.get(&folder) {
                Some(traits) => traits.clone(),
                None => {
                    let traits = named_traits(source, &folder, form.delimiter, form.words, notes)?;
                    folders.insert(folder.clone(), traits.clone());
                    traits
                }
            };
            if traits.is_empty() {
                let what = "the folder has no picture that is read";
                return Err(ImportError::source(folder, what, "add one, or remove the layer"));
            }
            layer.traits = traits;
            layers.push(layer);
        }
        let name = of_kind.text("name").or(of_kind.text("namePrefix"));
        let name = name.map_or_else(|| format!("Configuration {}", number + 1), str::to_owned);
        kinds.push(Kind { name, count: None, layers });
        unknown_keys(key, &of_kind, notes);
    }
    let counts = counts(&sizes, form.cumulative, notes);
    for (kind, count) in kinds.iter_mut().zip(counts) {
        kind.count = (count > 0).then_some(count);
    }
    if kinds.iter().all(|kind| kind.count.is_none()) {
        let what = "no layer configuration has an item: growEditionSizeTo is 0";
        return Err(ImportError::source(file, what, "set the number of items"));
    }
    kinds.retain(|kind| kind.count.is_some());
    Ok(kinds)
}

/// A layer without its traits.
fn layer(
    source: &Source,
    folder: &Path,
    place: &str,
    name: &str,
    map: &Map,
    form: &Form<'_>,
    notes: &mut Notes,
) -> Layer {
    let mut layer = Layer::new(name, source.below(folder));
    let keys = Keys::new(map);
    let empty = Map::default();
    let options = Keys::new(keys.map("options").unwrap_or(&empty));
    let _ = keys.get("name");
    // The oldest versions have these beside the name; the newer ones do not look there.
    for (key, value) in [("blend", keys.get("blend")), ("opacity", keys.get("opacity"))] {
        if let Some(value) = value.filter(|_| options.get(key).is_none() && !form.is_plain) {
            let done = "it is used; versions from 1.1 on read it in options alone";
            notes.changed(format!("{place}.{key}"), value.shown(), done);
        }
    }
    layer.blend = blend(&format!("{place}.blend"), options.get("blend").or(keys.get("blend")), notes);
    layer.opacity =
        opacity(&format!("{place}.opacity"), options.get("opacity").or(keys.get("opacity")), notes);
    let beside = keys.get("displayName");
    if let Some(value) = beside.filter(|_| options.get("displayName").is_none()) {
        notes.changed(
            format!("{place}.displayName"),
            value.shown(),
            "it is used; the engine reads it in options",
        );
    }
    // The number of files, which the oldest versions wanted.
    let _ = keys.get("number");
    let display =
        options.get("displayName").or(beside).and_then(Value::as_text).filter(|text| !text.is_empty());
    let display = display.unwrap_or(name);
    layer.display_name = (display != name).then(|| display.to_owned());
    layer.unique = !options.is_truthy("bypassDNA");
    for key in ["skipAttribute", "ignore"] {
        layer.hidden |= options.is_truthy(key) || keys.is_truthy(key);
    }
    unknown_keys(place, &keys, notes);
    unknown_keys(&format!("{place}.options"), &options, notes);
    layer
}

/// Groups with names of their own; none if there is only one kind.
pub(super) fn groups(
    names: Vec<(String, Option<u32>)>,
    layers: Vec<Vec<usize>>,
    notes: &mut Notes,
) -> Vec<Group> {
    if names.len() < 2 {
        return Vec::new();
    }
    let done = "items of different kinds differ always; the peer compares the names of their files alone";
    notes.changed("layerConfigurations", format!("{} kinds", names.len()), done);
    let mut groups: Vec<Group> = Vec::new();
    for ((name, count), layers) in names.into_iter().zip(layers) {
        let mut unique = name.clone();
        let mut number = 2;
        while groups.iter().any(|group| group.name == unique) {
            unique = format!("{name} {number}");
            number += 1;
        }
        groups.push(Group { name: unique, count: count.unwrap_or(0), layers });
    }
    groups
}

/// Weights that are numbers of items.
fn exact_weights(layers: &mut [Layer], groups: &[Group], total: u32, notes: &mut Notes) {
    for (number, layer) in layers.iter_mut().enumerate() {
        let items = if groups.is_empty() {
            total
        } else {
            groups.iter().filter(|group| group.layers.contains(&number)).map(|group| group.count).sum()
        };
        let sum: f64 = layer.traits.iter().map(|item| item.weight).sum();
        if sum == f64::from(items) && layer.none.is_none() {
            layer.traits.iter_mut().for_each(|item| item.count = Some(item.weight as u32));
        } else {
            let done = format!(
                "weights are numbers of items there, and these are {sum} for {items} items; they are weights here"
            );
            notes.changed("exactWeight", layer.origin.clone(), done);
        }
    }
}

fn metadata(
    keys: &Keys<'_>,
    file: &Path,
    settings: &mut Settings,
    notes: &mut Notes,
) -> Result<(), ImportError> {
    let text = |key: &str| keys.get(key).and_then(Value::as_text).map(str::to_owned);
    settings.name = Some(text("namePrefix").unwrap_or_default());
    if keys.get("namePrefix").is_none() {
        notes.changed(
            "namePrefix",
            "",
            "items have no name but their number; here a blank is in front of it: set name",
        );
    }
    settings.description = text("description");
    settings.base_uri = text("baseUri");
    let network = text("network").unwrap_or_else(|| "eth".to_owned());
    extra_metadata(keys.map("extraMetadata"), settings, notes);
    let solana = keys.map("solanaMetadata");
    match network.as_str() {
        "sol" => {
            settings.start = Some(0);
            settings.metadata.insert(0, ("standard", toml_text("metaplex")));
            notes.changed(
                "network",
                "\"sol\"",
                "numbers begin at 0; the peer leaves one out by chance if it shuffles",
            );
            if let Some(map) = solana {
                metaplex(map, "seller_fee_basis_points", "solanaMetadata", settings, file, notes)?;
            }
        }
        other => {
            if other != "eth" {
                let done = "this network is not supported; metadata is as for Ethereum (erc721)";
                notes.lost("network", toml_text(other), done);
            }
            if let Some(map) = solana {
                notes.ignored(
                    "solanaMetadata",
                    Value::Map(map.clone()).shown(),
                    "it is used for Solana alone",
                );
            }
        }
    }
    Ok(())
}

fn background(keys: &Keys<'_>, settings: &mut Settings, notes: &mut Notes) {
    let Some(map) = keys.map("background") else { return };
    let of = Keys::new(map);
    let unused = (of.get("brightness"), of.get("default"), of.get("static"));
    if of.is_truthy("generate") {
        settings.background = if of.is_truthy("static") {
            static_background(unused.1, notes)
        } else {
            colour::random_hue(unused.0, notes)
        };
    }
    unknown_keys("background", &of, notes);
}
