//! Traits whose pictures are listed in the configuration.
//!
//! A picture that is a part of a trait is no trait of its own, wherever it lies; unless the configuration has a table for it.
//! A trait that only the configuration has is added to its layer.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Problem, quoted};
use crate::project::config::Configuration;
use crate::project::home::Home;
use crate::project::layer_settings::LayerSettings;
use crate::project::model::{Layer, MILLION, Trait};
use crate::project::names::{natural, nearest, tidy};
use crate::project::ones::in_other_form;
use crate::project::part_settings::PartConfig;
use crate::project::rule_settings::{Named, TraitSettings};
use crate::project::scan;
use crate::project::source::Source;

/// The files of all parts, found before the layers' folders are read.
#[derive(Debug, Default)]
pub(crate) struct PartFiles {
    /// By the place of the name in the configuration; nothing where it is wrong.
    files: Vec<(usize, PathBuf)>,
    used: HashSet<PathBuf>,
}

impl PartFiles {
    /// Finds them in the folder of the trait's layer, in that of all layers, or else in the project's; what is wrong is added to
    /// `problems`.
    pub(crate) fn find(
        home: &Home<'_>,
        source: Source<'_>,
        configuration: &Configuration,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut found = Self::default();
        let nested = configuration.nested.iter().map(|nested| &nested.settings);
        let layers: Vec<&LayerSettings> = configuration.layers.iter().chain(nested).collect();
        let with_traits = configuration.wishes.traits.iter();
        let parts =
            with_traits.flat_map(|settings| settings.look.all_parts().map(move |part| (settings, part)));
        for (settings, part) in parts {
            let own = settings.named.name.match_indices('/').map(|(at, _)| {
                let name = &settings.named.name[..at];
                let folder =
                    layers.iter().find(|layer| layer.name == name).map_or(name, |layer| &layer.folder);
                home.path.join(folder)
            });
            let folders: Vec<PathBuf> = own.chain([home.path.clone(), home.root.to_owned()]).collect();
            match locate(home, source, &folders, &part.image) {
                Ok(path) => {
                    found.used.insert(path.clone());
                    found.files.push((part.image.span.start, path));
                }
                Err(problem) => problems.push(problem),
            }
        }
        found
    }

    /// The file of a part; nothing where it is wrong.
    pub(crate) fn of(&self, part: &PartConfig) -> Option<&Path> {
        let found = self.files.iter().find(|(start, _)| *start == part.image.span.start);
        found.map(|(_, path)| &**path)
    }

    /// Whether the file or folder at `path` is a part, or has one in it.
    pub(crate) fn uses(&self, path: &Path) -> bool {
        let Ok(path) = fs::canonicalize(path) else { return false };
        self.used.contains(&path) || self.used.iter().any(|file| file.parent() == Some(&path))
    }

    /// Whether the file at `path` is a part.
    pub(crate) fn is_part(&self, path: &Path) -> bool {
        !self.used.is_empty() && fs::canonicalize(path).is_ok_and(|path| self.used.contains(&path))
    }
}

/// Adds traits that only the configuration has to their layers, and takes parts of traits out of the traits.
pub(crate) fn apply(layers: &mut [Layer], traits: &[TraitSettings], files: &PartFiles) {
    for settings in traits.iter().filter(|settings| settings.look.parts.is_some()) {
        let Some((number, name)) = layer_and_name(layers, &settings.named.name) else { continue };
        let layer = &mut layers[number];
        if name.eq_ignore_ascii_case("none") || layer.traits.iter().any(|item| item.name == name) {
            continue;
        }
        let first = settings.look.parts.iter().flatten().find_map(|part| files.of(part));
        let path = first.map_or_else(|| layer.folder.clone(), Path::to_owned);
        let parts = Vec::new();
        let added = Trait {
            name: name.clone(),
            path,
            parts,
            variants: Vec::new(),
            weight: MILLION,
            tags: Vec::new(),
        };
        let at = layer.traits.partition_point(|item| natural(&item.name, &name).is_lt());
        layer.traits.insert(at, added);
    }
    let named: HashSet<(usize, String)> =
        traits.iter().filter_map(|settings| layer_and_name(layers, &settings.named.name)).collect();
    for (number, layer) in layers.iter_mut().enumerate() {
        layer
            .traits
            .retain(|item| !files.is_part(&item.path) || named.contains(&(number, item.name.clone())));
    }
}

/// The layer's number and the trait's name in `Layer/Trait`; of several ways to read it the one with a trait of that name, or
/// the first.
fn layer_and_name(layers: &[Layer], text: &str) -> Option<(usize, String)> {
    let mut found: Option<(usize, String)> = None;
    for (at, _) in text.match_indices('/') {
        let (layer, name) = (&text[..at], tidy(&text[at + 1..]));
        let Some(number) = layers.iter().position(|known| known.name == layer) else { continue };
        let is_there = layers[number].traits.iter().any(|item| item.name == name);
        if is_there {
            return Some((number, name));
        }
        if !name.is_empty() {
            found = found.or(Some((number, name)));
        }
    }
    found
}

fn locate(
    home: &Home<'_>,
    source: Source<'_>,
    folders: &[PathBuf],
    image: &Named,
) -> Result<PathBuf, Problem> {
    let found = folders.iter().find_map(|folder| {
        let direct = folder.join(&image.name);
        if fs::symlink_metadata(&direct).is_ok() { Some(direct) } else { in_other_form(folder, &image.name) }
    });
    let Some(path) = found else {
        let what = format!("there is no picture {}", quoted(&image.name));
        let remedy = match folders.iter().find_map(|folder| near(home, folder, &image.name)) {
            Some(near) => format!("did you mean {}?", quoted(&near)),
            None => format!("add it, or give the path of a picture below {}", home.path.display()),
        };
        return Err(source.problem(image.span, what, remedy));
    };
    scan::picture_file(home.root, &path, "a part of a trait")
}

/// A file beside the one that is named whose name is nearly the same.
fn near(home: &Home<'_>, place: &Path, image: &str) -> Option<String> {
    let (folder, file) = image.rsplit_once('/').map_or((".", image), |(folder, file)| (folder, file));
    let entries = scan::entries(&scan::inside(home.root, &place.join(folder)).ok()?).ok()?;
    let near = nearest(file, entries.iter().filter_map(|entry| entry.name.as_deref()))?;
    Some(if folder == "." { near.to_owned() } else { format!("{folder}/{near}") })
}
