//! generative-art-nft: `config.py` lists layers as dictionaries, `metadata.py` has the texts.
//!
//! Weights are in the order of the files' names, with that of absence first where a layer is not required.

use std::path::Path;

use super::common::{keep_absence, settle_pictures, settle_weights, unknown_keys};
use crate::import::art::{Source, extension};
use crate::import::error::ImportError;
use crate::import::model::{Absence, Art, Imported, Layer, NO_COUNT, Part, Peer, Settings, Trait};
use crate::import::notes::Notes;
use crate::import::value::{Keys, Map, Value};

/// Reads the project with these assignments of `config.py` and of `metadata.py`.
pub(in crate::import) fn read(
    source: &Source,
    file: &Path,
    config: &Map,
    metadata: &Map,
) -> Result<Imported, ImportError> {
    let mut notes = Notes::default();
    let list = config.get("CONFIG").and_then(Value::as_list).unwrap_or_default();
    let mut layers = Vec::new();
    for (number, value) in list.iter().enumerate() {
        let Some(map) = value.as_map() else {
            return Err(ImportError::source(
                file,
                format!("CONFIG[{number}] is no dictionary"),
                "correct it",
            ));
        };
        layers.push(layer(source, file, number, map, &mut notes)?);
    }
    if layers.is_empty() {
        return Err(ImportError::source(file, "CONFIG has no layer", "add layers"));
    }
    let mut settings = Settings { start: Some(0), ..Settings::default() };
    let texts = Keys::new(metadata);
    settings.base_uri = texts.text("BASE_IMAGE_URL").map(str::to_owned);
    if let Some(name) = texts.get("BASE_NAME").and_then(Value::as_text) {
        if !name.trim_end().ends_with('#') {
            notes.changed(
                "BASE_NAME",
                format!("{name:?}"),
                "items are called NAME #N here, and have the number right behind the name there",
            );
        }
        settings.name = Some(name.trim_end().trim_end_matches('#').trim_end().to_owned());
    }
    let description = texts.map("BASE_JSON").and_then(|json| json.get("description")?.as_text());
    settings.description = description.map(str::to_owned);
    notes.changed(NO_COUNT, "", "it is typed in when the program runs; set count in collection.toml");
    settle_pictures(&mut settings, &layers, &[], &mut notes);
    Ok(Imported {
        peer: Peer::GenerativeArtNft,
        configuration: source.below(file),
        settings,
        layers,
        groups: Vec::new(),
        rules: Vec::new(),
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
    let place = format!("CONFIG[{number}]");
    let _ = keys.get("id");
    let (Some(name), Some(directory)) = (keys.text("name"), keys.text("directory")) else {
        return Err(ImportError::source(
            file,
            format!("{place} has no name or no directory"),
            "add what is missing",
        ));
    };
    let required = keys.get("required").is_none_or(Value::is_truthy);
    let folder = source.folder(&source.root.join("assets"), directory, notes)?;
    let mut files: Vec<(String, std::path::PathBuf)> =
        source.entries(&folder)?.into_iter().filter(|e| !e.is_folder).map(|e| (e.name, e.path)).collect();
    // By code points, as Python sorts.
    files.sort();
    let choices = files.len() + usize::from(!required);
    let weights = weights(&place, keys.get("rarity_weights"), choices, file, notes)?;
    let mut weights = weights.into_iter();
    let mut layer = Layer::new(capitals(name), source.below(&folder));
    if !required {
        let weight = weights.next().unwrap_or(0.0);
        layer.none = Some(Absence { weight, shown: None, origin: format!("{place}.required") });
    }
    for ((name, path), weight) in files.into_iter().zip(weights) {
        let origin = source.below(&path);
        if extension(&name) != Some("png") {
            notes.lost(origin, weight.to_string(), "the peer chooses it and draws nothing; it was left out");
            continue;
        }
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).to_owned();
        layer.traits.push(Trait::of(stem, weight, Part::of(Art::File(path), origin)));
    }
    if layer.traits.is_empty() {
        return Err(ImportError::source(folder, format!("{place} has no picture"), "add one"));
    }
    unknown_keys(&place, &keys, notes);
    keep_absence(&mut layer);
    settle_weights(&mut layer, notes);
    Ok(layer)
}

/// A weight for each choice.
fn weights(
    place: &str,
    value: Option<&Value>,
    choices: usize,
    file: &Path,
    notes: &mut Notes,
) -> Result<Vec<f64>, ImportError> {
    let key = format!("{place}.rarity_weights");
    match value {
        None => Ok(vec![1.0; choices]),
        Some(Value::List(list)) => {
            let mut weights: Vec<f64> = list.iter().map(Value::coerced).collect();
            if weights.iter().any(|weight| !weight.is_finite()) {
                let what = format!("{key} is {}, and not only numbers", list.len());
                return Err(ImportError::source(file, what, "correct it"));
            }
            if weights.len() != choices {
                let done = format!(
                    "there are {choices} choices, and the weights belong to the first of them; others are 0"
                );
                notes.changed(key, format!("{} weights", weights.len()), done);
                weights.resize(choices, 0.0);
            }
            Ok(weights)
        }
        Some(value) if value.as_text() == Some("random") => {
            notes.changed(key, "\"random\"", "the peer draws other weights in each run; here all are equal");
            Ok(vec![1.0; choices])
        }
        Some(value) => {
            notes.lost(key, value.shown(), "these weights are not supported; all are equal");
            Ok(vec![1.0; choices])
        }
    }
}

/// A name in metadata: blanks for underscores, and each word with a capital.
fn capitals(name: &str) -> String {
    let mut begins = true;
    let upper = |c: char| -> String {
        let c = if c == '_' { ' ' } else { c };
        let out = if begins && c != ' ' { c.to_uppercase().collect() } else { c.to_string() };
        begins = c == ' ';
        out
    };
    name.chars().map(upper).collect()
}
