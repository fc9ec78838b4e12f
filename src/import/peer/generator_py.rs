//! nft-generator-py: one dictionary, as JSON or, before version 2, as Python literals in the script.
//!
//! Traits are values with files and weights in lists of equal length. An incompatibility compares a name with the values of all
//! layers. Without a default the item is drawn again, which is a rule of ours; with one, the value that was hit becomes the
//! default. Where the default is no value of the layer itself this is a choice of its own, with the weight of what it replaces;
//! where it is one, only the set of items can be kept.

use std::path::Path;

use super::common::{checked_count, keep_absence, settle_pictures, unknown_keys};
use crate::import::art::Source;
use crate::import::error::ImportError;
use crate::import::model::{
    Absence, Art, Choice, Imported, Layer, NO_COUNT, Part, Peer, Rule, RuleKind, Settings, Trait,
};
use crate::import::notes::Notes;
use crate::import::value::{Keys, Map, Value};

/// Reads the project with this dictionary; `count` is from the script's call.
pub(in crate::import) fn read(
    source: &Source,
    file: &Path,
    map: &Map,
    count: Option<&Value>,
) -> Result<Imported, ImportError> {
    let keys = Keys::new(map);
    let mut notes = Notes::default();
    let mut settings = Settings { start: Some(0), ..Settings::default() };
    let name = keys.get("name").and_then(Value::as_text).unwrap_or_default();
    if !name.is_empty() && !name.trim_end().ends_with('#') {
        notes.changed(
            "name",
            format!("{name:?}"),
            "items are called NAME #N here, and have the number right behind the name there",
        );
    }
    settings.name = Some(name.trim_end().trim_end_matches('#').trim_end().to_owned());
    settings.description = keys.get("description").and_then(Value::as_text).map(str::to_owned);
    settings.base_uri = keys.text("baseURI").filter(|uri| uri.contains("://")).map(str::to_owned);
    if settings.base_uri.is_none() {
        let _ = keys.get("baseURI").map(|value| notes.ignored("baseURI", value.shown(), "it is no address"));
    }
    settings.count = match count {
        Some(_) => Some(checked_count("the number of images", count, file)? as u32),
        None => None,
    };
    if count.is_none() {
        notes.changed(
            NO_COUNT,
            "",
            "the number of items is an argument of the program; set count in collection.toml",
        );
    }
    notes.changed("start-at", "0", "numbers begin at 0, the program's default");
    let list = keys.get("layers").and_then(Value::as_list).unwrap_or_default();
    let mut layers = Vec::new();
    for (number, value) in list.iter().enumerate() {
        let Some(map) = value.as_map() else {
            return Err(ImportError::source(
                file,
                format!("layers[{number}] is no dictionary"),
                "correct it",
            ));
        };
        layers.push(layer(source, file, number, map, &mut notes)?);
    }
    if layers.is_empty() {
        return Err(ImportError::source(file, "there is no layer", "add layers"));
    }
    let mut rules = Vec::new();
    for (number, value) in
        keys.get("incompatibilities").and_then(Value::as_list).unwrap_or_default().iter().enumerate()
    {
        if let Some(map) = value.as_map() {
            incompatibility(
                &format!("incompatibilities[{number}]"),
                map,
                &mut layers,
                &mut rules,
                &mut notes,
            );
        }
    }
    layers.iter_mut().for_each(keep_absence);
    unknown_keys("", &keys, &mut notes);
    settle_pictures(&mut settings, &layers, &[], &mut notes);
    Ok(Imported {
        peer: Peer::NftGeneratorPy,
        configuration: source.below(file),
        settings,
        layers,
        groups: Vec::new(),
        rules,
        ones: Vec::new(),
        notes,
    })
}

fn layer(
    source: &Source,
    file: &Path,
    number: usize,
    map: &Map,
    notes: &mut Notes,
) -> Result<Layer, ImportError> {
    let keys = Keys::new(map);
    let place = format!("layers[{number}]");
    let (Some(name), Some(path)) = (keys.text("name"), keys.text("trait_path")) else {
        let what = format!("{place} has no name or no trait_path");
        return Err(ImportError::source(file, what, "add what is missing"));
    };
    let list = |key: &str| keys.get(key).and_then(Value::as_list).unwrap_or_default();
    let (values, files, weights) = (list("values"), list("filename"), list("weights"));
    if values.len() != files.len() || values.len() != weights.len() {
        let what = format!(
            "{place} has {} values, {} filenames and {} weights, and each value needs one of both",
            values.len(),
            files.len(),
            weights.len()
        );
        return Err(ImportError::source(file, what, "make the lists equally long"));
    }
    let folder = source.folder(&source.root, path.trim_start_matches("./"), notes)?;
    let mut layer = Layer::new(name, source.below(&folder));
    for ((value, picture), weight) in values.iter().zip(files).zip(weights) {
        let value = text_of(value);
        let picture = text_of(picture);
        let found = source.file(&folder, &format!("{picture}.png"));
        let found = found.or_else(|| source.file(&folder, &picture));
        let Some(found) = found else {
            notes.lost(
                format!("{path}/{picture}.png"),
                value,
                "the picture is missing, and the trait was left out",
            );
            continue;
        };
        let origin = source.below(&found);
        layer.traits.push(Trait::of(value, weight.coerced(), Part::of(Art::File(found), origin)));
    }
    unknown_keys(&place, &keys, notes);
    if layer.traits.is_empty() {
        return Err(ImportError::source(
            folder,
            format!("{place} has no trait with a picture"),
            "restore its pictures",
        ));
    }
    super::common::settle_weights(&mut layer, notes);
    Ok(layer)
}

/// A value as Python's `str` shows it.
fn text_of(value: &Value) -> String {
    value.as_text().map_or_else(|| value.shown(), str::to_owned)
}

fn incompatibility(place: &str, map: &Map, layers: &mut [Layer], rules: &mut Vec<Rule>, notes: &mut Notes) {
    let keys = Keys::new(map);
    let (name, value) =
        (keys.text("layer").unwrap_or_default(), keys.get("value").map(text_of).unwrap_or_default());
    let others: Vec<String> = keys
        .get("incompatible_with")
        .and_then(Value::as_list)
        .unwrap_or_default()
        .iter()
        .map(text_of)
        .collect();
    let default = keys.map("default").and_then(|default| default.get("value")).map(text_of);
    let Some(own) = layers.iter().position(|layer| layer.name == name) else {
        return notes.lost(place, name, "there is no such layer, so it never holds");
    };
    let of = |layer: usize, layers: &[Layer], wanted: &dyn Fn(&str) -> bool| -> Vec<Choice> {
        let all = layers[layer].traits.iter().enumerate();
        all.filter(|(_, item)| wanted(&item.name)).map(|(item, _)| Choice::Trait(layer, item)).collect()
    };
    let whens = of(own, layers, &|name| name == value);
    if whens.is_empty() {
        return notes.lost(place, value, "there is no such value, so it never holds");
    }
    if others.contains(&value) {
        let done = "a value that is incompatible with itself is never kept; its weight is 0";
        notes.changed(place, value.clone(), done);
        for when in &whens {
            if let Choice::Trait(layer, item) = when {
                layers[*layer].traits[*item].weight = 0.0;
            }
        }
        return;
    }
    for layer in (0..layers.len()).filter(|layer| *layer != own) {
        let hit = of(layer, layers, &|name| others.iter().any(|other| other == name));
        if hit.is_empty() {
            continue;
        }
        for when in &whens {
            let (kind, origin) = (RuleKind::Forbid, place.to_owned());
            rules.push(Rule { when: *when, kind, choices: hit.clone(), origin });
        }
        let Some(default) = &default else { continue };
        if layers[layer].traits.iter().any(|item| item.name == *default) {
            let done = "the peer changes the other value to this one; here such items are drawn again, which is the same \
                        set of items with other chances";
            notes.changed(format!("{place}.default"), default.clone(), done);
            continue;
        }
        let weight = hit.iter().map(|choice| match choice {
            Choice::Trait(layer, item) => layers[*layer].traits[*item].weight,
            Choice::Absent(_) => 0.0,
        });
        let weight = weight.sum();
        let layer_of = &mut layers[layer];
        let origin = format!("{place}.default");
        let choice = if layer_of.none.is_none() {
            layer_of.none = Some(Absence { weight, shown: Some(default.clone()), origin: origin.clone() });
            Choice::Absent(layer)
        } else {
            let part = layer_of.traits[0].parts[0].clone();
            let empty = Trait { parts: Vec::new(), ..Trait::of(default.clone(), weight, part) };
            layer_of.traits.push(empty);
            Choice::Trait(layer, layer_of.traits.len() - 1)
        };
        let done = "it shows nothing and is listed in metadata; it is a choice of its own with the weight of what it replaces";
        notes.changed(origin.clone(), default.clone(), done);
        rules.push(Rule { when: choice, kind: RuleKind::Require, choices: whens.clone(), origin });
    }
}
