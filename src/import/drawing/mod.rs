//! Files of drawing programs: a group of layers is a layer, and each layer in it a trait.
//!
//! Names end in weights as names of files do (`Red#5`); names that begin with `_` are left out, as other readers of such files
//! leave them out. What a layer has beside pixels is kept where a trait can have it, or refused by name.

mod aseprite;
mod psd;
mod psd_layers;
#[cfg(test)]
mod testing;

use std::path::Path;
use std::sync::Arc;

use crate::import::model::{Absence, Art, Imported, Layer, Part, Peer, Settings, Trait};
use crate::import::notes::Notes;
use crate::project::{is_name_of_absence, weight_of_text};

pub(super) use aseprite::{is_aseprite, read as aseprite};
pub(super) use psd::{is_psd, read as psd};

/// Bytes that a file may have.
const MAX_BYTES: u64 = 512 << 20;

/// A picture of the whole canvas, and how it is mixed.
struct Drawn {
    /// Straight RGBA, row by row.
    pixels: Vec<u8>,
    opacity: Option<f64>,
    blend: Option<String>,
}

/// The name and the weight of a layer's name.
fn weighted(name: &str) -> (String, f64) {
    match name.rsplit_once('#').and_then(|(name, end)| Some((name, weight_of_text(end)?))) {
        Some((name, weight)) => (name.to_owned(), weight),
        None => (name.to_owned(), 1.0),
    }
}

/// Adds a trait to a layer: its absence, if it shows nothing and has a name of absence.
fn add(layer: &mut Layer, name: &str, origin: String, size: [u32; 2], drawn: Drawn) -> Result<(), String> {
    let (name, weight) = weighted(name);
    let is_empty = drawn.pixels.chunks_exact(4).all(|pixel| pixel[3] == 0);
    if is_empty && is_name_of_absence(&name) && layer.none.is_none() {
        layer.none = Some(Absence { weight, shown: None, origin });
        return Ok(());
    }
    let art = Art::Bytes(encoded(size, &drawn.pixels)?, "png");
    let mut part = Part::of(art, origin);
    part.opacity = drawn.opacity;
    part.blend = drawn.blend;
    layer.traits.push(Trait::of(name, weight, part));
    Ok(())
}

/// Straight RGBA as a PNG file.
fn encoded([width, height]: [u32; 2], pixels: &[u8]) -> Result<Arc<[u8]>, String> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels));
    written.map_err(|error| format!("a layer cannot be written: {error}"))?;
    Ok(Arc::from(bytes))
}

/// The project of these layers.
fn imported(peer: Peer, path: &Path, size: [u32; 2], mut layers: Vec<Layer>, mut notes: Notes) -> Imported {
    layers.retain(|layer| {
        if layer.traits.is_empty() {
            notes.lost(layer.name.clone(), "", "it has no picture and was left out");
        }
        !layer.traits.is_empty()
    });
    notes.changed(crate::import::model::NO_COUNT, "", "it is not in the file; set count in collection.toml");
    Imported {
        peer,
        configuration: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        settings: Settings { size: Some(size), ..Settings::default() },
        layers,
        groups: Vec::new(),
        rules: Vec::new(),
        ones: Vec::new(),
        notes,
    }
}
