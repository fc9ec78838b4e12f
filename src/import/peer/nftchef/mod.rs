//! nftchef's art engine: HashLips' configuration with nested folders, required files, z flags and rules between names.

mod build;
mod depths;
mod rules;
mod tree;

use std::collections::HashMap;
use std::path::Path;

use super::common::{
    canvas, checked_count, counts, extra_metadata, ignored_keys, keep_absence, metaplex, settle_pictures,
    settle_weights, toml_text, unknown_keys,
};
use super::hashlips::{configurations, groups, order, script_notes};
use crate::import::art::Source;
use crate::import::colour;
use crate::import::detect;
use crate::import::error::ImportError;
use crate::import::js::{self, Called, Script};
use crate::import::model::{Art, Choice, Group, Imported, Layer, One, Peer, Settings};
use crate::import::notes::Notes;
use crate::import::sequence;
use crate::import::value::{Keys, Map, Value};

use build::{Builder, Built, Folder};
use tree::Law;

/// Keys of tools that make no difference to the items.
const TOOLS: [(&str, &str); 8] = [
    ("uniqueDnaTorrance", "a count that cannot be reached is refused before the run"),
    ("debugLogs", "a matter of the program's output"),
    ("preview", "settings of another tool; contact sheets have their own"),
    ("preview_gif", "settings of another tool"),
    ("buildDir", "a matter of the program's output"),
    ("hashImages", "the manifest has digests of all pictures"),
    ("pixelFormat", "settings of another tool"),
    ("useRootTraitType", "attributes follow from it"),
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
    let (kinds, names) = kinds(source, file, &keys, &mut settings, &mut notes)?;
    let total: u32 = names.iter().filter_map(|(_, count)| *count).sum();
    let (built, of_kinds) = sequence::merged_by(kinds, |a: &Built, b| a.identity == b.identity);
    let Merged { mut layers, folders, numbers, required, is_plain } = merge(built, &of_kinds);
    let rules = rules::rules(
        keys.map("incompatible"),
        keys.map("forcedCombinations"),
        &rules::Kinds { folders: &folders, layers: &numbers, required: &required },
        &mut layers,
        &mut notes,
    );
    if !is_plain {
        let done = "pictures that are always drawn lie between those that are chosen, so all pictures have a depth (z)";
        notes.changed("drawing order", "", done);
    }
    settings.sequential = !rules.is_empty();
    if settings.sequential {
        let done = "traits are chosen layer by layer among what is left, as there (choice = \"sequential\")";
        notes.changed("incompatible, forcedCombinations", "", done);
    }
    for layer in &mut layers {
        keep_absence(layer);
        settle_weights(layer, &mut notes);
    }
    same_attributes(&layers, &numbers, &mut notes);
    // Groups list layers of the first level; choices within a choice come along.
    let top = |numbers: &Vec<usize>| {
        numbers.iter().copied().filter(|&number| layers[number].parent.is_none()).collect::<Vec<usize>>()
    };
    let groups = groups(names, numbers.iter().map(top).collect(), &mut notes);
    settings.count = Some(total);
    settings.listed = groups.len() > 1 && !keys.is_truthy("shuffleLayerConfigurations");
    let _ = keys.get("shuffleLayerConfigurations");
    metadata(source, &keys, script, &mut layers, &mut settings, file, &mut notes)?;
    let ones = ones(source, &mut notes)?;
    let groups = make_room(groups, ones.len(), &mut notes);
    settle_pictures(&mut settings, &layers, &groups, &mut notes);
    ignored_keys(&keys, &TOOLS, &mut notes);
    script_notes(script, &mut notes);
    unknown_keys("", &keys, &mut notes);
    Ok(Imported {
        peer: Peer::Nftchef,
        configuration: source.below(file),
        settings,
        layers,
        groups,
        rules,
        ones,
        notes,
    })
}

/// The layers of each kind of item, and its name and count.
type KindsOfItems = (Vec<Vec<Built>>, Vec<(String, Option<u32>)>);

fn kinds(
    source: &Source,
    file: &Path,
    keys: &Keys<'_>,
    settings: &mut Settings,
    notes: &mut Notes,
) -> Result<KindsOfItems, ImportError> {
    let delimiter = keys.get("rarityDelimiter").and_then(Value::as_text).unwrap_or("#");
    let empty = keys.get("emptyLayerName").and_then(Value::as_text).unwrap_or("NONE");
    let law = Law {
        delimiter,
        root_type: keys.get("useRootTraitType").is_none_or(Value::is_truthy),
        overrides: keys.map("traitValueOverrides"),
    };
    // As the script sees it: /project/layers.
    let home = keys.text("layersDir").map(|folder| folder.trim_start_matches("/project").trim_matches('/'));
    let home =
        source.folder(&source.root, home.filter(|home| !home.is_empty()).unwrap_or("layers"), notes)?;
    let (mut sizes, mut kinds, mut names, mut prefixes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, (key, map)) in configurations(keys, file, notes)?.into_iter().enumerate() {
        let of_kind = Keys::new(map);
        let size =
            checked_count(&format!("{key}.growEditionSizeTo"), of_kind.get("growEditionSizeTo"), file)?;
        sizes.push((key.clone(), size));
        let mut entries = Vec::new();
        for (place, name, map) in order(&key, &of_kind, file, notes)? {
            let folder = source.folder(&home, name, notes)?;
            let elements = tree::elements(source, &folder, &place, map, &law, notes)?;
            let built = entry(source, &folder, &place, name, map, empty, &elements, notes);
            if built.layers.is_empty() {
                return Err(ImportError::source(
                    folder,
                    "the layer has no picture",
                    "add one, or remove the layer",
                ));
            }
            entries.push(built);
        }
        kinds.push(entries);
        let prefix = of_kind.text("namePrefix").unwrap_or_default().to_owned();
        names.push((
            if prefix.is_empty() { format!("Configuration {}", number + 1) } else { prefix.clone() },
            None,
        ));
        if of_kind.is_truthy("resetNameIndex") {
            let done = "numbers in names are those of the items; they do not begin again";
            notes.lost(format!("{key}.resetNameIndex"), "true", done);
        }
        prefixes.push((format!("{key}.namePrefix"), prefix));
        unknown_keys(&key, &of_kind, notes);
    }
    for (name, count) in names.iter_mut().zip(counts(&sizes, true, notes)) {
        name.1 = (count > 0).then_some(count);
    }
    if names.iter().all(|(_, count)| count.is_none()) {
        let what = "no layer configuration has an item: growEditionSizeTo is 0";
        return Err(ImportError::source(file, what, "set the number of items"));
    }
    let mut is_kept = names.iter().map(|(_, count)| count.is_some()).collect::<Vec<bool>>().into_iter();
    let mut keep = is_kept.clone();
    kinds.retain(|_| is_kept.next().unwrap_or(false));
    prefixes.retain(|_| keep.next().unwrap_or(false));
    names.retain(|(_, count)| count.is_some());
    settings.name = prefixes.first().map(|(_, prefix)| prefix.clone());
    if settings.name.as_deref() == Some("") {
        notes.changed(
            "namePrefix",
            "",
            "items are called #N there; here a blank is in front of it: set name",
        );
    }
    for (key, prefix) in prefixes.iter().skip(1).filter(|(_, prefix)| *prefix != prefixes[0].1) {
        notes.lost(
            key.clone(),
            prefix.clone(),
            "items of all kinds have the name of the first; it is the name of its group",
        );
    }
    Ok((kinds, names))
}

/// What an entry of `layersOrder` becomes.
#[expect(clippy::too_many_arguments, reason = "what is read of an entry, side by side")]
fn entry(
    source: &Source,
    folder: &Path,
    place: &str,
    name: &str,
    map: &Map,
    empty: &str,
    elements: &[tree::Element],
    notes: &mut Notes,
) -> Built {
    let keys = Keys::new(map);
    let none = Map::default();
    let options = Keys::new(keys.map("options").unwrap_or(&none));
    let _ = (keys.get("name"), keys.get("trait"), keys.get("sublayerOptions"), keys.get("number"));
    if let Some(value) = keys.get("display_type") {
        notes.lost(
            format!("{place}.display_type"),
            value.shown(),
            "the engine does not write it either; see display_types",
        );
    }
    let unique = !options.is_truthy("bypassDNA");
    let mut quiet = Notes::default();
    let blend = super::common::blend(place, keys.get("blend"), &mut quiet);
    let opacity = super::common::opacity(place, keys.get("opacity"), &mut quiet);
    let builder = Builder {
        empty,
        blend,
        opacity,
        unique,
        notes,
        layers: Vec::new(),
        folders: Vec::new(),
        required: Vec::new(),
    };
    // The engine makes nothing of display_type.
    let identity: Vec<_> = map.0.iter().filter(|(key, _)| key != "display_type").collect();
    let built = builder.build(format!("{identity:?}"), name, &source.below(folder), elements);
    unknown_keys(place, &keys, notes);
    unknown_keys(&format!("{place}.options"), &options, notes);
    built
}

/// All layers in one list.
struct Merged {
    layers: Vec<Layer>,
    /// For each kind of item the folders in the order of choice.
    folders: Vec<Vec<Folder>>,
    /// For each kind of item its layers.
    numbers: Vec<Vec<usize>>,
    required: Vec<String>,
    /// Whether the order of the layers is the drawing order.
    is_plain: bool,
}

fn merge(built: Vec<Built>, of_kinds: &[Vec<usize>]) -> Merged {
    let mut merged = Merged {
        layers: Vec::new(),
        folders: Vec::new(),
        numbers: Vec::new(),
        required: Vec::new(),
        is_plain: true,
    };
    let mut starts = Vec::new();
    let mut folders_of = Vec::new();
    for Built { layers, mut folders, required, .. } in built {
        let start = merged.layers.len();
        merged.is_plain &= depths::is_plain(&layers);
        starts.push(start..start + layers.len());
        for mut layer in layers {
            if let Some(parent) = &mut layer.parent {
                parent.layer += start;
            }
            for part in layer.traits.iter_mut().flat_map(|item| &mut item.parts) {
                part.above = part.above.map(|layer| layer + start);
            }
            merged.layers.push(layer);
        }
        for choice in folders.iter_mut().flatten().flat_map(|(_, choices)| choices) {
            let (Choice::Trait(layer, _) | Choice::Absent(layer)) = choice;
            *layer += start;
        }
        folders_of.push(folders);
        merged.required.extend(required);
    }
    if !merged.is_plain {
        starts.iter().for_each(|range| depths::spread(&mut merged.layers, range));
    }
    for entries in of_kinds {
        merged.folders.push(entries.iter().flat_map(|&entry| folders_of[entry].clone()).collect());
        merged.numbers.push(entries.iter().flat_map(|&entry| starts[entry].clone()).collect());
    }
    merged
}

/// Notes that a type of attribute is listed twice where the engine lists the first.
fn same_attributes(layers: &[Layer], numbers: &[Vec<usize>], notes: &mut Notes) {
    for kind in numbers {
        let mut seen: HashMap<&str, &str> = HashMap::new();
        for layer in
            kind.iter().map(|&number| &layers[number]).filter(|layer| !layer.hidden && !layer.replaces_parent)
        {
            if let Some(other) = seen.insert(layer.shown_name(), &layer.name) {
                let done = format!(
                    "the engine lists one attribute of a type; here {other} and {} are both listed",
                    layer.name
                );
                notes.changed("attributes", layer.shown_name(), done);
            }
        }
    }
}

fn metadata(
    source: &Source,
    keys: &Keys<'_>,
    script: &Script,
    layers: &mut [Layer],
    settings: &mut Settings,
    file: &Path,
    notes: &mut Notes,
) -> Result<(), ImportError> {
    let text = |key: &str| keys.get(key).and_then(Value::as_text).map(str::to_owned);
    settings.description = text("description");
    settings.base_uri = text("baseUri");
    if let Some(value) = keys.get("startIndex") {
        let start = value.coerced();
        if start.fract() != 0.0 || !(0.0..=1e9).contains(&start) {
            let what = format!("startIndex is {}, and the first number is 0 or more", value.shown());
            return Err(ImportError::source(file, what, "correct it"));
        }
        settings.start = Some(start as u32);
    }
    settings.jpeg = keys.is_truthy("outputJPEG");
    if let Some(format) = keys.map("format") {
        settings.nearest = format.get("smoothing").is_some_and(|value| !value.is_truthy());
    }
    extra_metadata(keys.map("extraMetadata"), settings, notes);
    if let Some(url) = keys.text("baseExternalUrl").filter(|url| !url.contains(['{', '}'])) {
        settings.metadata.retain(|(key, _)| *key != "external_url");
        settings.metadata.push(("external_url", toml_text(&format!("{url}{{edition}}"))));
    }
    let _ = (
        keys.get("extraAttributes"),
        keys.get("emptyLayerName"),
        keys.get("rarityDelimiter"),
        keys.get("layersDir"),
    );
    extra_attributes(script, keys.get("extraAttributes"), layers, settings, notes);
    let empty = keys.get("emptyLayerName").and_then(Value::as_text).unwrap_or("NONE");
    if let Some(value) = keys.map("traitValueOverrides").and_then(|map| map.get(empty)) {
        notes.ignored(
            format!("traitValueOverrides.{empty}"),
            value.shown(),
            "the absence of a layer is no attribute",
        );
    }
    if let Some(background) = keys.map("background") {
        let of = Keys::new(background);
        let brightness = of.get("brightness");
        if of.is_truthy("generate") {
            settings.background = colour::random_hue(brightness, notes);
            if layers.iter().any(|layer| layer.blend.is_some()) {
                let done = "it is painted below the finished picture there; here blend modes see it";
                notes.changed("background.generate", "true", done);
            }
        }
        unknown_keys("background", &of, notes);
    }
    let solana = source.root.join("Solana/solana_config.js");
    if solana.is_file() {
        match js::evaluate(&source.root, &solana, &[]) {
            Ok(config) => {
                metaplex(&config.exports, "royaltyFee", "Solana/solana_config.js", settings, &solana, notes)?;
                let done = "they are kept; for Solana set standard = \"metaplex\" and start = 0";
                notes.changed("Solana/solana_config.js", "symbol, royaltyFee, creators, external_url", done);
            }
            Err(error) => {
                notes.lost("Solana/solana_config.js", error.cause.to_string(), "it could not be read");
            }
        }
    }
    Ok(())
}

/// Attributes of every item.
fn extra_attributes(
    script: &Script,
    function: Option<&Value>,
    layers: &mut [Layer],
    settings: &mut Settings,
    notes: &mut Notes,
) {
    const KEY: &str = "extraAttributes";
    let list = match script.called.iter().find(|(name, _)| name == KEY).map(|(_, called)| called) {
        Some(Called::Constant(Value::List(list))) => list,
        Some(Called::Constant(value)) if value.is_nothing() => return,
        Some(Called::Constant(value)) => {
            return notes.lost(KEY, value.shown(), "it gives no list of attributes");
        }
        Some(Called::Varies) => {
            return notes.lost(
                KEY,
                "(a function)",
                "its attributes differ from item to item, and were left out",
            );
        }
        Some(Called::Failed(text)) => {
            return notes.lost(KEY, text.clone(), "it could not be called without an item");
        }
        None => {
            let value = function.filter(|_| !script.called.iter().any(|(name, _)| name == KEY));
            value.iter().for_each(|value| {
                notes.lost(KEY, value.shown(), "it was not called; add its attributes to [metadata]");
            });
            return;
        }
    };
    for value in list {
        let map = value.as_map();
        let text = |key: &str| map.and_then(|map| map.get(key)).and_then(Value::as_text).map(str::to_owned);
        let found = map.and_then(|map| map.get("value")).filter(|value| !value.is_nothing());
        let (Some(kind), Some(found)) = (text("trait_type"), found) else {
            notes.lost(KEY, value.shown(), "it has no trait_type and value");
            continue;
        };
        let of_layers: Vec<usize> =
            (0..layers.len()).filter(|&number| layers[number].shown_name() == kind).collect();
        if of_layers.is_empty() {
            let display = text("display_type").filter(|_| matches!(found, Value::Number(_)));
            settings.attributes.push((kind, found.clone(), display));
            continue;
        }
        // The engine drops it where the layer is shown.
        let mut is_listed = false;
        for number in of_layers {
            if let Some(none) = &mut layers[number].none {
                none.shown = Some(found.as_text().map_or_else(|| found.shown(), str::to_owned));
                is_listed = true;
            }
        }
        let done = if is_listed {
            "the engine lists it where the layer is absent, and so do we"
        } else {
            "the engine drops it, for the layer is always shown"
        };
        notes.changed(format!("{KEY}.{kind}"), found.shown(), done);
    }
}

/// The finished pictures that replace items at random.
fn ones(source: &Source, notes: &mut Notes) -> Result<Vec<One>, ImportError> {
    let folder = source.root.join("ultraRares/images");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut ones: Vec<One> = Vec::new();
    for entry in source.pictures(&folder, notes)? {
        let stem = entry.name.rsplit_once('.').map_or(entry.name.as_str(), |(stem, _)| stem);
        let json =
            detect::json(&source.root.join(format!("ultraRares/json/{stem}.json"))).unwrap_or_default();
        let keys = Keys::new(&json);
        let written = keys.text("name").unwrap_or(stem);
        let mut name = written.replace("##", "").trim_matches([' ', '#', '-']).to_owned();
        if name.is_empty() {
            stem.clone_into(&mut name);
        }
        while ones.iter().any(|one| one.name == name) {
            name.push_str(" 2");
        }
        let origin = source.below(&entry.path);
        if written.contains("##") {
            notes.changed(
                origin.clone(),
                written,
                format!("the number is no part of its name, which is {name}"),
            );
        }
        let list = keys.get("attributes").and_then(Value::as_list).unwrap_or_default();
        let attributes = list.iter().filter_map(Value::as_map).filter_map(|map| {
            Some((map.get("trait_type")?.as_text()?.to_owned(), map.get("value")?.clone()))
        });
        let attributes = attributes.collect();
        for key in ["image", "edition", "date", "dna", "description", "compiler"] {
            let _ = keys.get(key);
        }
        unknown_keys(&origin, &keys, notes);
        ones.push(One { name, art: Art::File(entry.path), origin, attributes });
    }
    if !ones.is_empty() {
        let done =
            "they are one-of-ones, which take the place of items, at numbers that follow from the seed";
        notes.changed("ultraRares", ones.len().to_string(), done);
    }
    Ok(ones)
}

/// One-of-ones are part of the collection's count, so groups make room for them, the largest first.
fn make_room(mut groups: Vec<Group>, ones: usize, notes: &mut Notes) -> Vec<Group> {
    for _ in 0..ones {
        if let Some(group) = groups.iter_mut().max_by_key(|group| group.count).filter(|group| group.count > 1)
        {
            group.count -= 1;
            let done = "one item fewer, for a one-of-one takes its place";
            notes.changed("ultraRares", group.name.clone(), done);
        }
    }
    groups
}
