//! HashLips Lab art engine 2: folders `Name__zN__xN__yN` with files `Name__wN__zN__xN__yN.png`.
//!
//! Numbers of a file are added to its folder's. Files of one name are one trait with several pictures, and files in `edge-cases`
//! replace these where another layer shows a value. Pictures are drawn by z, whatever their layer; metadata follows the names of
//! the folders.

use std::fs;
use std::path::{Path, PathBuf};

use super::common::{keep_absence, settle_pictures, settle_weights};
use crate::import::art::{Entry, Source};
use crate::import::detect;
use crate::import::error::ImportError;
use crate::import::model::{Art, Choice, Imported, Layer, NO_COUNT, Part, Peer, Settings, Trait, Variant};
use crate::import::notes::Notes;

/// The folder of pictures that replace others.
const EDGE_CASES: &str = "edge-cases";

/// The folder of layers in `root`, or that itself; none if there is none.
pub(in crate::import) fn find(root: &Path) -> Option<PathBuf> {
    let folders = |path: &Path| -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
        let mut folders: Vec<PathBuf> = entries
            .take(200)
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        folders
    };
    let has_layers = |path: &PathBuf| {
        folders(path).iter().any(|folder| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Flags::of(&name).z.is_some()
        })
    };
    std::iter::once(root.to_owned()).chain(folders(root)).find(has_layers)
}

/// A name taken apart.
#[derive(Debug, Default, PartialEq)]
struct Flags {
    name: String,
    weight: Option<f64>,
    z: Option<i32>,
    x: i32,
    y: i32,
    /// The layer and the value that a picture of `edge-cases` is for; of several the last.
    when: Option<(String, String)>,
}

impl Flags {
    fn of(name: &str) -> Self {
        // The peer cuts at the first point, whatever follows.
        let stem = name.split('.').next().unwrap_or_default();
        let mut parts = stem.split("__");
        let mut flags = Self { name: parts.next().unwrap_or_default().to_owned(), ..Self::default() };
        let mut layer = None;
        for part in parts {
            let mut chars = part.chars();
            let (Some(flag), value) = (chars.next(), chars.as_str()) else { continue };
            match flag {
                'w' => flags.weight = value.parse().ok(),
                'z' => flags.z = value.parse().ok(),
                'x' => flags.x = value.parse().unwrap_or(0),
                'y' => flags.y = value.parse().unwrap_or(0),
                't' => layer = Some(value.to_owned()),
                'v' => flags.when = layer.take().map(|layer| (layer, value.to_owned())).or(flags.when),
                _ => {}
            }
        }
        flags
    }
}

/// A picture of `edge-cases` before all layers are read.
struct Replacement {
    layer: usize,
    name: String,
    when: (String, String),
    part: Part,
}

/// Reads the project with this folder of layers.
pub(in crate::import) fn read(source: &Source, data: &Path) -> Result<Imported, ImportError> {
    let mut notes = Notes::default();
    let mut settings = settings(source, &mut notes);
    let mut layers: Vec<Layer> = Vec::new();
    let mut replacements = Vec::new();
    for folder in source.entries(data)? {
        if !folder.is_folder {
            notes.lost(source.below(&folder.path), "", "it is no folder of a layer and was left out");
            continue;
        }
        let of_folder = Flags::of(&folder.name);
        let mut layer = Layer::new(of_folder.name.clone(), source.below(&folder.path));
        for entry in source.entries(&folder.path)? {
            if entry.is_folder && entry.name == EDGE_CASES {
                for edge in source.pictures(&entry.path, &mut notes)? {
                    replacements.extend(replacement(source, &edge, layers.len(), &of_folder, &mut notes));
                }
            } else if entry.is_picture() {
                picture(source, &entry, &of_folder, &mut layer, &mut notes);
            } else {
                notes.lost(source.below(&entry.path), "", "it is no picture that is read and was left out");
            }
        }
        if layer.traits.is_empty() {
            return Err(ImportError::source(
                folder.path,
                "the layer has no picture",
                "add one, or remove the folder",
            ));
        }
        settle_weights(&mut layer, &mut notes);
        layers.push(layer);
    }
    replace(&mut layers, replacements, &mut notes);
    layers.iter_mut().for_each(keep_absence);
    settings.places = all_parts(&mut layers).any(|part| part.offset.is_some());
    level(&mut layers);
    settle_pictures(&mut settings, &layers, &[], &mut notes);
    Ok(Imported {
        peer: Peer::ArtEngine2,
        configuration: source.below(data),
        settings,
        layers,
        groups: Vec::new(),
        rules: Vec::new(),
        ones: Vec::new(),
        notes,
    })
}

fn part(source: &Source, entry: &Entry, file: &Flags, folder: &Flags) -> Part {
    let mut part = Part::of(Art::File(entry.path.clone()), source.below(&entry.path));
    part.z = folder.z.unwrap_or(0).saturating_add(file.z.unwrap_or(0));
    let offset = [folder.x.saturating_add(file.x), folder.y.saturating_add(file.y)];
    part.offset = (offset != [0, 0]).then_some(offset);
    part
}

/// Adds a picture to the trait of its name.
fn picture(source: &Source, entry: &Entry, folder: &Flags, layer: &mut Layer, notes: &mut Notes) {
    let file = Flags::of(&entry.name);
    let part = part(source, entry, &file, folder);
    let weight = file.weight;
    if weight.is_some_and(|weight| weight <= 0.0 || weight.fract() != 0.0) {
        notes.changed(
            source.below(&entry.path),
            weight.unwrap_or(0.0).to_string(),
            "weights are whole and above 0 there",
        );
    }
    match layer.traits.iter_mut().find(|item| item.name == file.name) {
        Some(item) => {
            item.parts.push(part);
            // It is given with one of the pictures.
            if let Some(weight) = weight.filter(|weight| *weight != 1.0) {
                item.weight = weight;
            }
        }
        None => layer.traits.push(Trait::of(file.name, weight.unwrap_or(1.0), part)),
    }
}

fn replacement(
    source: &Source,
    entry: &Entry,
    layer: usize,
    folder: &Flags,
    notes: &mut Notes,
) -> Option<Replacement> {
    let file = Flags::of(&entry.name);
    let part = part(source, entry, &file, folder);
    if file.when.is_none() {
        notes.lost(source.below(&entry.path), "", "its name has no __t and __v, so it was left out");
    }
    Some(Replacement { layer, name: file.name, when: file.when?, part })
}

/// Gives traits their variants.
fn replace(layers: &mut [Layer], replacements: Vec<Replacement>, notes: &mut Notes) {
    for Replacement { layer, name, when: (of, value), part } in replacements {
        let when = layers.iter().position(|layer| layer.name == of).and_then(|other| {
            let item = layers[other].traits.iter().position(|item| item.name == value)?;
            Some(Choice::Trait(other, item))
        });
        let item = layers[layer].traits.iter_mut().find(|item| item.name == name);
        let (Some(when), Some(item)) = (when, item) else {
            notes.lost(part.origin, format!("{of}/{value}"), "there is no such trait, so it was left out");
            continue;
        };
        match item.variants.iter_mut().find(|variant| variant.when == when) {
            Some(variant) => variant.parts.push(part),
            None => item.variants.push(Variant { when, parts: vec![part] }),
        }
    }
}

fn all_parts(layers: &mut [Layer]) -> impl Iterator<Item = &mut Part> {
    layers.iter_mut().flat_map(|layer| &mut layer.traits).flat_map(|item| {
        let of_variants = item.variants.iter_mut().flat_map(|variant| &mut variant.parts);
        item.parts.iter_mut().chain(of_variants)
    })
}

/// Leaves z out where the order of the layers gives the same drawing order.
fn level(layers: &mut [Layer]) {
    let mut highest = i32::MIN;
    let mut is_level = true;
    for layer in layers.iter() {
        let of = layer.traits.iter().flat_map(|item| {
            item.parts
                .iter()
                .chain(item.variants.iter().flat_map(|variant| &variant.parts))
                .map(|part| part.z)
        });
        let (least, most) = of.fold((i32::MAX, i32::MIN), |(least, most), z| (least.min(z), most.max(z)));
        is_level &= least >= highest && least == most;
        highest = highest.max(most);
    }
    if is_level {
        all_parts(layers).for_each(|part| part.z = 0);
    }
}

/// What can be read from the text of `index.js`.
fn settings(source: &Source, notes: &mut Notes) -> Settings {
    let mut settings = Settings::default();
    let text = detect::text(&source.root.join("index.js")).unwrap_or_default();
    let number = |key: &str| -> Option<u32> {
        let after = text.split_once(&format!("{key}:"))?.1.trim_start();
        after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    settings.size = number("width").zip(number("height")).map(|(width, height)| [width, height]);
    settings.start = number("startIndex");
    settings.count = number("endIndex")
        .zip(settings.start.or(Some(1)))
        .and_then(|(end, start)| (end + 1).checked_sub(start));
    let prefix = text.split_once("imageUriPrefix:").and_then(|(_, after)| {
        let after = after.trim_start().strip_prefix(['"', '\'', '`'])?;
        after.split(['"', '\'', '`']).next()
    });
    settings.base_uri = prefix.map(|uri| uri.trim_end_matches('/').to_owned());
    for (key, is_there) in [
        ("width and height", settings.size.is_some()),
        ("startIndex", settings.start.is_some()),
        (NO_COUNT, settings.count.is_some()),
    ] {
        let done = if is_there {
            "it is taken from the text of index.js, which was not run"
        } else {
            "it is in no file that is read; set it in collection.toml"
        };
        notes.changed(key, "", done);
    }
    notes.changed(
        "names and descriptions",
        "",
        "they are functions of index.js; set name and description in collection.toml",
    );
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_at_double_underscores() {
        let flags = Flags::of("Bag__z-45__tHat__vCap__tSuit__vSanta.png");
        assert_eq!((flags.name.as_str(), flags.z), ("Bag", Some(-45)));
        assert_eq!(flags.when, Some(("Suit".into(), "Santa".into())));
        assert_eq!(Flags::of("P.E.D__w5.png").name, "P");
        let folder = Flags::of("Prop__z50__x2__y-1");
        assert_eq!((folder.z, folder.x, folder.y, folder.weight), (Some(50), 2, -1, None));
        assert_eq!(Flags::of("Navy Blue__w10.png").weight, Some(10.0));
    }
}
