//! Layers of ours as folders of HashLips: names without dashes, and weights as whole numbers in them.

use std::path::PathBuf;

use super::written;
use crate::import::names::{Taken, clean};
use crate::import::notes::Notes;
use crate::pixel::Blend;
use crate::project::{Depth, Layer, MILLION, PartImage, Project, Trait};

/// The largest weight that is written; sums of a thousand stay exact in JavaScript.
const MAX_WEIGHT: u128 = 1 << 40;

/// A picture to write.
#[derive(Debug)]
pub(super) enum Written {
    Copy(PathBuf),
    AsPng(PathBuf),
    /// One straight-alpha colour.
    Colour([u8; 4]),
}

/// A layer as a folder.
#[derive(Debug)]
pub(super) struct Exported {
    pub(super) folder: String,
    /// Names of files with their pictures.
    pub(super) files: Vec<(String, Written)>,
}

/// The layers that can be said, by number.
pub(super) fn layers(project: &Project, notes: &mut Notes) -> Vec<Option<Exported>> {
    let mut names = Taken::default();
    let masks: Vec<usize> =
        (0..project.layers.len()).filter(|&number| !project.layers[number].mask_for.is_empty()).collect();
    let mut all = Vec::new();
    for (number, layer) in project.layers.iter().enumerate() {
        let why = if layer.parent.is_some() {
            Some("it is a choice within a trait, and was left out")
        } else if layer.is_apart {
            Some("colours by item are not in an order of layers, and were left out")
        } else if masks.contains(&number) {
            Some("it is a mask, and was left out")
        } else {
            None
        };
        if let Some(why) = why {
            notes.lost(layer.name.clone(), "", why);
            all.push(None);
            continue;
        }
        if layer.clip_to.is_some() {
            notes.lost(format!("{}.clip_to", layer.name), "", "layers are not clipped; it is drawn whole");
        }
        if layer.offset != [0, 0] {
            notes.lost(
                format!("{}.offset", layer.name),
                format!("{:?}", layer.offset),
                "pictures fill the canvas there",
            );
        }
        let folder = names.unique(&without_dashes(&layer.name));
        let text = project.metadata.layers.get(&layer.name);
        let absent = text.and_then(|text| text.absent.as_ref()).or(project.metadata.show_absent.as_ref());
        let shown = |item: &Trait| {
            let shown = text.and_then(|text| text.traits.get(&item.name));
            shown.unwrap_or(&item.name).clone()
        };
        all.push(Some(Exported {
            files: files(layer, &shown, absent.map_or("None", String::as_str), notes),
            folder,
        }));
    }
    all
}

/// The engine takes a dash in a name for the end of an entry.
fn without_dashes(name: &str) -> String {
    // What is no part of a name of a file becomes a dash.
    clean(name).replace('-', "_")
}

fn files(
    layer: &Layer,
    shown: &dyn Fn(&Trait) -> String,
    absent: &str,
    notes: &mut Notes,
) -> Vec<(String, Written)> {
    let mut names = Taken::default();
    let weights = whole_weights(layer, notes);
    let mut files = Vec::new();
    for (item, weight) in layer.traits.iter().zip(&weights) {
        let place = format!("{}/{}", layer.name, item.name);
        let wanted = shown(item);
        let name = names.unique(&without_dashes(&wanted));
        if name != wanted {
            notes.changed(place.clone(), wanted, format!("it is called {name} there"));
        }
        let picture = picture(item, &place, notes);
        let end = match &picture {
            Written::Copy(path) => {
                let end = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
                if end == "jpeg" { "jpg".to_owned() } else { end }
            }
            Written::AsPng(_) | Written::Colour(_) => "png".to_owned(),
        };
        files.push((format!("{name}#{weight}.{end}"), picture));
    }
    if let Some(none) = weights.get(layer.traits.len()) {
        let done = "absence is a transparent picture there, and is listed in metadata";
        notes.changed(format!("{}/none", layer.name), "", done);
        let name = names.unique(&without_dashes(absent));
        // The name that is cleaned for our reader is no trouble for the engine.
        let name = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')).unwrap_or(&name).to_owned();
        files.push((format!("{name}#{none}.png"), Written::Colour([0; 4])));
    }
    files
}

/// The one picture of a trait.
fn picture(item: &Trait, place: &str, notes: &mut Notes) -> Written {
    if item.parts.len() > 1 {
        notes.lost(
            place,
            format!("{} parts", item.parts.len()),
            "a trait has one picture there; the first is used",
        );
    }
    if !item.variants.is_empty() {
        notes.lost(format!("{place}.variants"), "", "a trait has one picture there");
    }
    let Some(part) = item.parts.first() else {
        return written(&PartImage::Colour([0; 4]));
    };
    let own = &part.own;
    if part.depth != Depth::Layer {
        notes.lost(format!("{place}.z"), "", "a picture is drawn with its layer there");
    }
    if own.offset.is_some() || own.blend.is_some() || own.opacity.is_some() {
        notes.lost(place, "", "offset, blend and opacity are those of the layer there");
    }
    written(&part.image)
}

/// Weights of all traits, and of absence if it is possible, as whole numbers with the same shares.
fn whole_weights(layer: &Layer, notes: &mut Notes) -> Vec<u128> {
    let million = u128::from(MILLION);
    let chance = u128::from(layer.chance);
    let none = u128::from(layer.none.unwrap_or(0));
    let sum: u128 = layer.traits.iter().map(|item| u128::from(item.weight)).sum::<u128>() + none;
    let mut weights: Vec<u128> = layer.traits.iter().map(|item| u128::from(item.weight) * chance).collect();
    let absent = (million - chance) * sum + none * chance;
    if absent > 0 {
        weights.push(absent);
    }
    let divisor = weights.iter().copied().fold(0, gcd).max(1);
    weights.iter_mut().for_each(|weight| *weight /= divisor);
    let most = weights.iter().copied().max().unwrap_or(0);
    if most > MAX_WEIGHT {
        let factor = most.div_ceil(MAX_WEIGHT);
        notes.changed(layer.name.clone(), "", "weights are rounded to whole numbers");
        for weight in weights.iter_mut().filter(|weight| **weight > 0) {
            *weight = ((*weight + factor / 2) / factor).max(1);
        }
    }
    weights
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// A blend mode as a canvas names it.
pub(super) fn operation(blend: Blend) -> &'static str {
    match blend.name() {
        "normal" => "source-over",
        "plus-lighter" => "lighter",
        name => name,
    }
}
