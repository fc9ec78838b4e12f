//! nft-studio: a zip with `project.json` and the pictures of all traits, named by the identifiers of layers and traits.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;
use std::sync::Arc;

use zip::ZipArchive;

use super::common::{keep_absence, settle_weights, unknown_keys};
use crate::error::PathIo;
use crate::import::error::ImportError;
use crate::import::model::{
    Art, Choice, Imported, Layer, NO_COUNT, Part, Peer, Rule, RuleKind, Settings, Trait,
};
use crate::import::notes::Notes;
use crate::import::value::{Keys, Map, Value};

/// Bytes that the file may have; the program's own limit.
const MAX_ZIP: u64 = 200 << 20;
/// Bytes that `project.json` may have.
const MAX_TEXT: u64 = 16 << 20;
/// Bytes that all pictures may have together.
const MAX_PICTURES: u64 = 1 << 30;
/// The name of the file with the settings.
pub(in crate::import) const PROJECT: &str = "project.json";

/// Whether a file is such a zip.
pub(in crate::import) fn is_project(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    ZipArchive::new(BufReader::new(file)).is_ok_and(|mut zip| zip.by_name(PROJECT).is_ok())
}

type Zip = ZipArchive<BufReader<File>>;

/// Reads the project in a zip.
pub(in crate::import) fn read(path: &Path) -> Result<Imported, ImportError> {
    let damaged = |error: &dyn std::fmt::Display| {
        ImportError::source(path, format!("the zip cannot be read: {error}"), "export the project again")
    };
    let file = File::open(path).map_err(PathIo::on("open", path))?;
    let bytes = file.metadata().map_err(PathIo::on("look at", path))?.len();
    if bytes > MAX_ZIP {
        let what = format!("the zip has {bytes} bytes, more than {MAX_ZIP}");
        return Err(ImportError::source(path, what, "export the project again"));
    }
    let mut zip: Zip = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
    let text = entry(&mut zip, PROJECT, MAX_TEXT).map_err(|error| damaged(&error))?;
    let json: serde_json::Value = serde_json::from_slice(&text.unwrap_or_default()).map_err(|error| {
        ImportError::source(path, format!("{PROJECT} is no JSON: {error}"), "export the project again")
    })?;
    let Value::Map(map) = Value::of_json(json) else {
        return Err(ImportError::source(path, format!("{PROJECT} is no object"), "export the project again"));
    };
    let reader = Reader { zip, left: MAX_PICTURES, path, notes: Notes::default(), traits: HashMap::new() };
    reader.project(&map)
}

/// The bytes of an entry; none if there is no such entry.
fn entry(zip: &mut Zip, name: &str, most: u64) -> Result<Option<Vec<u8>>, String> {
    let entry = match zip.by_name(name) {
        Ok(entry) => entry,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut bytes = Vec::new();
    entry.take(most + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > most {
        return Err(format!("{name} has more than {most} bytes"));
    }
    Ok(Some(bytes))
}

struct Reader<'a> {
    zip: Zip,
    /// Bytes that further pictures may have.
    left: u64,
    path: &'a Path,
    notes: Notes,
    /// Choices by the identifiers of their layers and traits.
    traits: HashMap<(String, String), Choice>,
}

impl Reader<'_> {
    fn project(mut self, map: &Map) -> Result<Imported, ImportError> {
        let keys = Keys::new(map);
        let text = |key: &str| keys.get(key).and_then(Value::as_text).map(str::to_owned);
        let mut settings =
            Settings { name: text("name"), description: text("description"), ..Settings::default() };
        if let Some(size) = keys.map("outputSize") {
            let side = |key: &str| {
                size.get(key).and_then(Value::as_number).filter(|side| (1.0..=16384.0).contains(side))
            };
            settings.size =
                side("width").zip(side("height")).map(|(width, height)| [width as u32, height as u32]);
        }
        settings.stretches = true;
        let mut list: Vec<(f64, &Map)> = Vec::new();
        for (number, layer) in
            keys.get("layers").and_then(Value::as_list).unwrap_or_default().iter().enumerate()
        {
            let Some(map) = layer.as_map() else { continue };
            list.push((map.get("order").and_then(Value::as_number).unwrap_or(number as f64), map));
        }
        list.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut layers = Vec::new();
        for (_, map) in &list {
            let layer = self.layer(layers.len(), map)?;
            layers.extend(layer);
        }
        if layers.is_empty() {
            return Err(ImportError::source(self.path, "no layer has a picture", "export the project again"));
        }
        let mut rules = Vec::new();
        for (_, map) in &list {
            self.rules(map, &mut rules);
        }
        unknown_keys("", &keys, &mut self.notes);
        self.notes.changed(NO_COUNT, "", "it is not in the zip; set count in collection.toml");
        Ok(Imported {
            peer: Peer::NftStudio,
            configuration: PROJECT.to_owned(),
            settings,
            layers,
            groups: Vec::new(),
            rules,
            ones: Vec::new(),
            notes: self.notes,
        })
    }

    /// A layer with its traits; none if no picture of it is in the zip.
    fn layer(&mut self, number: usize, map: &Map) -> Result<Option<Layer>, ImportError> {
        let keys = Keys::new(map);
        let (id, name) = (keys.text("id").unwrap_or_default(), keys.text("name").unwrap_or("Layer"));
        let _ = keys.get("order");
        let mut layer = Layer::new(name, format!("images/{id}"));
        let mut names = HashSet::new();
        for value in keys.get("traits").and_then(Value::as_list).unwrap_or_default() {
            let Some(map) = value.as_map() else { continue };
            let of = Keys::new(map);
            let (trait_id, trait_name) =
                (of.text("id").unwrap_or_default(), of.text("name").unwrap_or("Trait"));
            let _ = (of.get("type"), of.get("rulerRules"));
            let place = format!("{name}/{trait_name}");
            let origin = format!("images/{id}/{trait_id}.png");
            let bytes = entry(&mut self.zip, &origin, self.left);
            let bytes =
                bytes.map_err(|error| ImportError::source(self.path, error, "export the project again"))?;
            let Some(bytes) = bytes else {
                self.notes.lost(place, origin, "its picture is not in the zip, so it was left out");
                continue;
            };
            self.left -= bytes.len() as u64;
            let weight = of.get("rarityWeight").map_or(1.0, Value::coerced);
            let mut unique = trait_name.to_owned();
            let mut again = 2;
            while !names.insert(unique.clone()) {
                unique = format!("{trait_name} ({again})");
                again += 1;
            }
            if unique != trait_name {
                self.notes.changed(
                    place.clone(),
                    trait_name,
                    format!("two traits have this name; it is called {unique}"),
                );
            }
            let choice = Choice::Trait(number, layer.traits.len());
            self.traits.insert((id.to_owned(), trait_id.to_owned()), choice);
            layer.traits.push(Trait::of(
                unique,
                weight,
                Part::of(Art::Bytes(Arc::from(bytes), "png"), origin),
            ));
            unknown_keys(&place, &of, &mut self.notes);
        }
        if keys.is_truthy("isOptional") {
            layer.chance = Some(0.5);
            let done = "the zip has no probability of optional layers; it is 0.5 (chance)";
            self.notes.changed(format!("{name}.isOptional"), "true", done);
        }
        unknown_keys(name, &keys, &mut self.notes);
        if layer.traits.is_empty() {
            self.notes.lost(name, "", "none of its pictures is in the zip, so it was left out");
            return Ok(None);
        }
        keep_absence(&mut layer);
        settle_weights(&mut layer, &mut self.notes);
        Ok(Some(layer))
    }

    /// The rules of a layer's traits.
    fn rules(&mut self, map: &Map, rules: &mut Vec<Rule>) {
        let text =
            |map: &Map, key: &str| map.get(key).and_then(Value::as_text).unwrap_or_default().to_owned();
        let layer = text(map, "id");
        for item in
            map.get("traits").and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_map)
        {
            let id = text(item, "id");
            let place = format!("{}/{}.rulerRules", text(map, "name"), text(item, "name"));
            let list = item.get("rulerRules").and_then(Value::as_list).unwrap_or_default();
            if text(item, "type") != "ruler" {
                if !list.is_empty() {
                    self.notes.ignored(place, "", "the program looks at rules of traits of type ruler alone");
                }
                continue;
            }
            let Some(&when) = self.traits.get(&(layer.clone(), id)) else { continue };
            for rule in list.iter().filter_map(Value::as_map) {
                let other = text(rule, "layerId");
                let keys = [("forbiddenTraitIds", RuleKind::Forbid), ("allowedTraitIds", RuleKind::Allow)];
                for (key, kind) in keys {
                    let ids = rule.get(key).and_then(Value::as_list).unwrap_or_default();
                    if ids.is_empty() {
                        continue;
                    }
                    let mut choices = Vec::new();
                    for id in ids.iter().filter_map(Value::as_text) {
                        match self.traits.get(&(other.clone(), id.to_owned())) {
                            Some(&choice) => choices.push(choice),
                            None => {
                                self.notes.lost(place.clone(), id, "there is no such trait with a picture");
                            }
                        }
                    }
                    // With nothing left that is allowed, only the absence of the layer is.
                    if choices.is_empty() && kind == RuleKind::Forbid {
                        continue;
                    }
                    rules.push(Rule { when, kind, choices, origin: place.clone() });
                }
            }
        }
    }
}
