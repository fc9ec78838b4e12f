//! A plan from a finished collection of another program: its metadata and its folders of layers, where the configuration is lost.
//!
//! The type of an attribute is a folder, and its value a picture in it. Where a value fits several pictures the first is taken and the
//! item is named; where it fits none, the item shows nothing of the layer and is named, too.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use crate::import::art::Source;
use crate::import::detect;
use crate::import::error::ImportError;
use crate::import::model::{Absence, Art, Imported, Layer, Part, Peer, Settings, Trait};
use crate::import::notes::Notes;
use crate::import::peer::{Named, keep_absence, settle_pictures};
use crate::import::sequence::merged_by;
use crate::import::value::{Map, Value};
use crate::project::tidy;

/// Folders of metadata in a collection.
const FOLDERS: [&str; 6] = ["json", "build/json", "metadata", "output/json", "output/metadata", "."];
/// Items that an import lists by number.
const MAX_LISTED: usize = 50;

/// The choices of one item.
#[derive(Debug)]
pub(crate) struct PlannedItem {
    pub(crate) edition: u32,
    /// Its name in metadata, where that does not follow from its number.
    pub(crate) name: Option<String>,
    /// By layer: the number of the trait, or nothing.
    pub(crate) choices: Vec<Option<usize>>,
}

/// What is said of one item.
struct Document {
    edition: u32,
    name: String,
    description: String,
    image: String,
    attributes: Vec<(String, String)>,
}

/// Reads the collection in a folder.
pub(super) fn read(folder: &Path) -> Result<(Imported, Vec<PlannedItem>), ImportError> {
    let source = Source::open(folder)?;
    let (home, documents) = documents(&source)?;
    let layers_folder = ["layers", "../layers"]
        .iter()
        .map(|below| source.root.join(below))
        .find(|path| path.is_dir())
        .ok_or_else(|| {
            ImportError::source(
                folder,
                "there is no folder layers in it or beside it",
                "put the layers there",
            )
        })?;
    // Layers beside a folder of results are part of the source.
    let root = layers_folder.parent().map_or_else(|| source.root.clone(), Path::to_owned);
    let source = Source::open(&root)?;
    let layers_folder = source.root.join("layers");
    let mut notes = Notes::default();
    let folders: Vec<(String, PathBuf)> = source
        .entries(&layers_folder)?
        .into_iter()
        .filter(|entry| entry.is_folder)
        .map(|entry| (entry.name, entry.path))
        .collect();
    let kinds = orders(&documents, &folders, &mut notes);
    let (types, _) = merged_by(kinds, |a: &String, b| a == b);
    if types.is_empty() {
        return Err(ImportError::source(
            folder,
            "no attribute has the name of a folder of layers",
            "restore the layers",
        ));
    }
    let mut layers = Vec::new();
    for kind in &types {
        let path = folder_of(&folders, kind).cloned().unwrap_or_default();
        let mut layer = Layer::new(kind.clone(), source.below(&path));
        for entry in source.pictures(&path, &mut notes)? {
            let origin = source.below(&entry.path);
            let name = Named::of(&entry.name, Some("#")).name;
            layer.traits.push(Trait::of(name, 0.0, Part::of(Art::File(entry.path), origin)));
        }
        keep_absence(&mut layer);
        layers.push(layer);
    }
    let items = items(&documents, &mut layers, &mut notes);
    let mut settings = settings(&documents);
    let mut rows: Vec<&Vec<Option<usize>>> = items.iter().map(|item| &item.choices).collect();
    rows.sort();
    settings.duplicates = rows.windows(2).any(|two| two[0] == two[1]);
    settle_pictures(&mut settings, &layers, &[], &mut notes);
    let configuration = source.below(&home);
    let imported = Imported {
        peer: Peer::Collection,
        configuration,
        settings,
        layers,
        groups: Vec::new(),
        rules: Vec::new(),
        ones: Vec::new(),
        notes,
    };
    Ok((imported, items))
}

/// The folder of metadata, and what is in it, by number.
fn documents(source: &Source) -> Result<(PathBuf, Vec<Document>), ImportError> {
    for below in FOLDERS {
        let home = source.root.join(below);
        let Ok(entries) = fs::read_dir(&home) else { continue };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        let mut found: BTreeMap<u32, Document> = BTreeMap::new();
        for path in &paths {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let is_json = path.extension().is_none_or(|end| end == "json");
            let number = stem.parse().ok();
            // The list of all is read where there are no single documents.
            if is_json
                && number.is_some()
                && let Some(map) = detect::json(path)
            {
                found.extend(document(&map, number).map(|document| (document.edition, document)));
            }
        }
        if found.is_empty()
            && let Some(text) = detect::text(&home.join("_metadata.json"))
            && let Ok(json) = serde_json::from_str(&text)
            && let Value::List(list) = Value::of_json(json)
        {
            let all = list.iter().filter_map(Value::as_map).filter_map(|map| document(map, None));
            found.extend(all.map(|document| (document.edition, document)));
        }
        if !found.is_empty() {
            return Ok((home, found.into_values().collect()));
        }
    }
    let what = "there are no documents with attributes in it, in json or in build/json";
    Err(ImportError::source(&source.root, what, "give the folder of the finished collection"))
}

fn document(map: &Map, number: Option<u32>) -> Option<Document> {
    let text = |key: &str| map.get(key).and_then(Value::as_text).unwrap_or_default().to_owned();
    let list = map.get("attributes")?.as_list()?;
    let said = |value: &Value| value.as_text().map_or_else(|| value.shown(), str::to_owned);
    let attributes = list
        .iter()
        .filter_map(Value::as_map)
        .filter_map(|map| Some((map.get("trait_type")?.as_text()?.to_owned(), said(map.get("value")?))));
    let name = text("name");
    let in_name = name.rsplit_once('#').and_then(|(_, end)| end.trim().parse().ok());
    let edition =
        map.get("edition").and_then(Value::as_number).filter(|n| (0.0..4e9).contains(n)).map(|n| n as u32);
    Some(Document {
        edition: number.or(edition).or(in_name)?,
        name,
        description: text("description"),
        image: text("image"),
        attributes: attributes.collect(),
    })
}

/// The folder of a type of attribute.
fn folder_of<'a>(folders: &'a [(String, PathBuf)], kind: &str) -> Option<&'a PathBuf> {
    let exact = folders.iter().find(|(name, _)| name == kind);
    let near = || folders.iter().find(|(name, _)| tidy(name).to_lowercase() == tidy(kind).to_lowercase());
    exact.or_else(near).map(|(_, path)| path)
}

/// The different orders of the types that are folders; other types are noted.
fn orders(documents: &[Document], folders: &[(String, PathBuf)], notes: &mut Notes) -> Vec<Vec<String>> {
    let mut orders: Vec<Vec<String>> = Vec::new();
    for document in documents {
        let mut order = Vec::new();
        for (kind, value) in &document.attributes {
            if folder_of(folders, kind).is_none() {
                notes.lost(
                    format!("attribute {kind}"),
                    value.clone(),
                    "there is no folder of this name; it was left out",
                );
            } else if !order.contains(kind) {
                order.push(kind.clone());
            }
        }
        if !orders.contains(&order) {
            orders.push(order);
        }
    }
    // The longest orders decide, the others are found in them.
    orders.sort_by_key(|order| std::cmp::Reverse(order.len()));
    orders
}

/// The choices of all items; weights become the numbers of items that show a trait.
fn items(documents: &[Document], layers: &mut [Layer], notes: &mut Notes) -> Vec<PlannedItem> {
    let mut several: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut missing: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut absent = vec![0u32; layers.len()];
    let mut items = Vec::new();
    let prefix = prefix(documents);
    for document in documents {
        let values: HashMap<&str, &str> =
            document.attributes.iter().map(|(kind, value)| (kind.as_str(), value.as_str())).collect();
        let mut choices = Vec::new();
        for (number, layer) in layers.iter_mut().enumerate() {
            let Some(value) = values.get(layer.name.as_str()) else {
                absent[number] += 1;
                choices.push(None);
                continue;
            };
            let fits = |item: &Trait| item.shown_name() == *value || tidy(item.shown_name()) == tidy(value);
            let found: Vec<usize> =
                (0..layer.traits.len()).filter(|&item| fits(&layer.traits[item])).collect();
            let place = format!("{}/{value}", layer.name);
            if found.len() > 1 {
                several.entry(place).or_default().push(document.edition);
            } else if found.is_empty() {
                missing.entry(place).or_default().push(document.edition);
                absent[number] += 1;
            }
            if let Some(&item) = found.first() {
                layer.traits[item].weight += 1.0;
            }
            choices.push(found.first().copied());
        }
        let usual = format!("{} #{}", prefix.as_deref().unwrap_or_default(), document.edition);
        let name = Some(document.name.clone()).filter(|name| !name.is_empty() && *name != usual);
        items.push(PlannedItem { edition: document.edition, name, choices });
    }
    for (layer, absent) in layers.iter_mut().zip(absent) {
        if absent > 0 {
            let origin = "items without this attribute".to_owned();
            layer.none = Some(Absence { weight: f64::from(absent), shown: None, origin });
        }
    }
    for (place, editions) in several {
        notes.changed(
            place,
            listed(&editions),
            "ambiguous: several pictures have this name, and the first is used",
        );
    }
    for (place, editions) in missing {
        notes.lost(
            place,
            listed(&editions),
            "no picture has this name, so these items show nothing of the layer",
        );
    }
    items
}

/// Numbers of items in words.
fn listed(editions: &[u32]) -> String {
    let shown: Vec<String> = editions.iter().take(MAX_LISTED).map(ToString::to_string).collect();
    let more = editions.len().saturating_sub(MAX_LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("items {}{more}", shown.join(", "))
}

/// What the names of the items begin with, before their numbers.
fn prefix(documents: &[Document]) -> Option<String> {
    let first = documents.first()?;
    let end = format!("#{}", first.edition);
    first.name.strip_suffix(&end).map(|prefix| prefix.trim_end().to_owned())
}

fn settings(documents: &[Document]) -> Settings {
    let first = documents.first();
    let base = first.and_then(|document| {
        let name = document.image.rsplit_once('/')?;
        name.1.split('.').next()?.parse::<u32>().ok().map(|_| name.0.to_owned())
    });
    Settings {
        name: prefix(documents),
        description: first.map(|document| document.description.clone()),
        base_uri: base,
        count: u32::try_from(documents.len()).ok(),
        start: first.map(|document| document.edition),
        ..Settings::default()
    }
}
