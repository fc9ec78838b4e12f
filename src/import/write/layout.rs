//! The names of layers and traits in the new project, and where each picture goes.

use crate::import::art::extension;
use crate::import::model::{Art, Imported, Layer, Part};
use crate::import::names::{Taken, clean};
use crate::project::BACKGROUND_LAYER;

/// The folder of one-of-ones in the new project.
const ONES: &str = "ones";

/// Names and files of the new project.
#[derive(Debug)]
pub(super) struct Layout {
    /// In the order of the layers.
    pub(super) layers: Vec<LayerPlace>,
    /// Paths of one-of-ones below the project's folder.
    pub(super) ones: Vec<String>,
    /// Every picture with its path below the project's folder, once.
    pub(super) files: Vec<(Art, String)>,
}

/// The names within a layer.
#[derive(Debug)]
pub(super) struct LayerPlace {
    pub(super) name: String,
    /// Below the layers folder.
    pub(super) folder: String,
    pub(super) traits: Vec<TraitPlace>,
}

/// The names within a trait.
#[derive(Debug)]
pub(super) struct TraitPlace {
    pub(super) name: String,
    /// Paths of its parts below the layers folder.
    pub(super) parts: Vec<String>,
    /// Those of each variant's parts.
    pub(super) variants: Vec<Vec<String>>,
}

impl Layout {
    pub(super) fn of(imported: &Imported) -> Self {
        let mut this = Self { layers: Vec::new(), ones: Vec::new(), files: Vec::new() };
        let own = layer_names(imported);
        let mut places: Vec<Option<LayerPlace>> = own.iter().map(|_| None).collect();
        for number in by_group(imported) {
            if places[number].is_some() {
                continue;
            }
            let (name, layer) = (own[number].clone(), &imported.layers[number]);
            let shared = (0..own.len()).find_map(|other| {
                places[other].as_ref().filter(|_| has_same_art(&imported.layers[other], layer))
            });
            places[number] = Some(match shared {
                Some(LayerPlace { folder, traits, .. }) => {
                    let traits = traits.iter().map(|item| TraitPlace {
                        name: item.name.clone(),
                        parts: item.parts.clone(),
                        variants: item.variants.clone(),
                    });
                    LayerPlace { name, folder: folder.clone(), traits: traits.collect() }
                }
                None => this.layer(name, layer),
            });
        }
        this.layers = places.into_iter().flatten().collect();
        let mut names = Taken::default();
        for one in &imported.ones {
            let path = format!("{ONES}/{}.{}", names.unique(&one.name), end(&one.art));
            this.files.push((one.art.clone(), path.clone()));
            this.ones.push(path);
        }
        this
    }

    /// The places of a layer that shares its pictures with none before it.
    fn layer(&mut self, name: String, layer: &Layer) -> LayerPlace {
        let folder = name.clone();
        let mut names = Taken::default();
        // Traits have their names before further pictures do.
        let own: Vec<String> = layer.traits.iter().map(|item| names.unique(&item.name)).collect();
        let mut traits = Vec::new();
        for (item, name) in layer.traits.iter().zip(own) {
            let is_plain = item.parts.len() == 1;
            let mut place = |part: &Part, names: &mut Taken, suffix: &str| {
                let file =
                    if suffix.is_empty() { name.clone() } else { names.unique(&format!("{name} {suffix}")) };
                let below = format!("{folder}/{file}.{}", end(&part.art));
                self.files.push((part.art.clone(), format!("layers/{below}")));
                below
            };
            let parts = item.parts.iter().enumerate().map(|(number, part)| {
                let suffix = if is_plain { String::new() } else { format!("part {}", number + 1) };
                place(part, &mut names, &suffix)
            });
            let parts = parts.collect();
            let mut variants = Vec::new();
            for variant in &item.variants {
                let suffix = format!("variant {}", variants.len() + 1);
                variants.push(variant.parts.iter().map(|part| place(part, &mut names, &suffix)).collect());
            }
            traits.push(TraitPlace { name, parts, variants });
        }
        LayerPlace { name, folder, traits }
    }
}

/// Numbers of the layers, those of the first group first; some more than once.
fn by_group(imported: &Imported) -> impl Iterator<Item = usize> {
    let of_groups = imported.groups.iter().flat_map(|group| group.layers.iter().copied());
    of_groups.chain(0..imported.layers.len())
}

/// The names of all layers. Of two that want one name that of an earlier group gets it.
fn layer_names(imported: &Imported) -> Vec<String> {
    let mut taken = Taken::default();
    // The layer of colours that are drawn for each item.
    taken.unique(BACKGROUND_LAYER);
    let mut names = vec![String::new(); imported.layers.len()];
    for number in by_group(imported) {
        if names[number].is_empty() {
            names[number] = taken.unique(&imported.layers[number].name);
        }
    }
    names
}

/// Whether two layers have the same traits from the same pictures.
fn has_same_art(a: &Layer, b: &Layer) -> bool {
    a.origin == b.origin
        && a.traits.len() == b.traits.len()
        && a.traits.iter().zip(&b.traits).all(|(a, b)| {
            let origins = |parts: &[Part]| parts.iter().map(|part| part.origin.clone()).collect::<Vec<_>>();
            a.name == b.name
                && origins(&a.parts) == origins(&b.parts)
                && a.variants.is_empty()
                && b.variants.is_empty()
        })
}

/// The extension of a picture.
fn end(art: &Art) -> &'static str {
    match art {
        Art::File(path) => path.file_name().and_then(|name| extension(name.to_str()?)).unwrap_or("png"),
        Art::Bytes(_, end) => end,
    }
}

impl LayerPlace {
    /// Whether its name is another than that of the layer in the source's metadata.
    pub(super) fn display_name<'a>(&self, layer: &'a Layer) -> Option<&'a str> {
        Some(layer.shown_name()).filter(|shown| *shown != self.name)
    }
}

/// The name in the project of a text that is only a name, as that of a group.
pub(super) fn plain(name: &str) -> String {
    clean(name)
}
