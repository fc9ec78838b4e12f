//! Opening a project folder: configuration and layers together, checked in one go.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Problem, quoted};
use crate::project::config::{self, Configuration, LayerSettings};
use crate::project::model::{Layer, Project};
use crate::project::names::{nearest, nfc};
use crate::project::ones;
use crate::project::resolve::Resolver;
use crate::project::scan::{self, Entry, Kind};
use crate::project::source::Source;

/// The folder that holds the layers' folders.
const LAYERS: &str = "layers";
/// Trait numbers are 16 bits, of which one means "absent" and one is kept for the background colour.
const MAX_TRAITS: usize = 65_534;

impl Project {
    /// Reads what needs no picture to be opened, and lists everything that is wrong with it.
    pub(crate) fn scan(root: &Path) -> Result<(Self, Vec<Problem>), Problem> {
        let resolved = fs::canonicalize(root).map_err(|error| {
            let what = format!("the project folder cannot be opened: {error}");
            Problem::at(root, what, "name a folder that holds layers/<Layer>/<Trait>.png")
        })?;
        if !resolved.is_dir() {
            let remedy = "name the folder that holds layers/<Layer>/<Trait>.png";
            return Err(Problem::at(root, "the project is not a folder", remedy));
        }
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        let path = resolved.join(config::FILE);
        let text = read_text(&resolved, &path, &mut problems);
        let source = Source::new(&path, &text);
        let configuration = Configuration::parse(source, &mut problems);
        let mut layers = read_layers(&resolved, source, &configuration, &mut problems, &mut warnings);
        let resolver = Resolver::new(source, &mut layers, &mut problems);
        let wishes = resolver.resolve(&configuration.wishes);
        let mut metadata = configuration.metadata.clone();
        for (layer, choice, text) in &wishes.texts {
            let layer = &layers[*layer];
            let texts = metadata.layers.entry(layer.name.clone()).or_default();
            match layer.traits.get(usize::from(*choice)) {
                Some(item) => _ = texts.traits.insert(item.name.clone(), text.clone()),
                None => texts.absent = Some(text.clone()),
            }
        }
        let ones = ones::locate(&resolved, source, &configuration.ones, &mut problems);
        // What is wrong in a folder may be why there is nothing; and two layers may share one.
        let is_wrong = |layer: &&Layer| {
            problems
                .iter()
                .any(|problem| problem.path.as_ref().is_some_and(|path| path.starts_with(&layer.folder)))
        };
        let sound: Vec<&Layer> = layers.iter().filter(|layer| !is_wrong(layer)).collect();
        for problem in sound.into_iter().filter_map(scan::weights_problem) {
            let told = problem.to_string();
            if problems.iter().all(|other| other.to_string() != told) {
                problems.push(problem);
            }
        }
        for (number, layer) in layers.iter().enumerate().filter(|_| !wishes.groups.is_empty()) {
            if wishes.groups.iter().all(|group| !group.layers.contains(&number)) {
                let what = format!("the layer {} is in no group, so no item shows it", quoted(&layer.name));
                warnings.push(Problem::at(&path, what, "add it to a group's layers, or take it out"));
            }
        }
        let traits: usize = layers.iter().map(|layer| layer.traits.len()).sum();
        if traits > MAX_TRAITS {
            let what = format!("the project has {traits} traits, more than {MAX_TRAITS}");
            problems.push(Problem::at(resolved.join(LAYERS), what, "split the collection"));
        }
        let name = configuration.name.unwrap_or_else(|| {
            let folder = resolved.file_name().unwrap_or_default().to_string_lossy();
            nfc(&folder).into_owned()
        });
        let project = Self {
            root: resolved,
            name,
            description: configuration.description,
            size: configuration.size,
            count: configuration.count,
            seed: configuration.seed,
            start: configuration.start.unwrap_or(config::DEFAULT_START),
            base_uri: configuration.base_uri,
            background: configuration.background,
            fit: configuration.fit,
            scale_filter: configuration.scale_filter,
            predict: configuration.predict,
            layers,
            tags: wishes.tags,
            rules: wishes.rules,
            unique_sets: wishes.unique_sets,
            duplicates: configuration.duplicates,
            amounts: wishes.amounts,
            rarity: configuration.rarity,
            groups: wishes.groups,
            group_order: configuration.group_order,
            ones,
            metadata,
            warnings,
        };
        Ok((project, problems))
    }

    /// Adds the rules, sets and traits' settings of a configuration's text, and gives what is wrong with them.
    #[cfg(test)]
    pub(crate) fn add_wishes(&mut self, text: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let source = Source::new(Path::new(config::FILE), text);
        let configuration = Configuration::parse(source, &mut problems);
        let wishes = Resolver::new(source, &mut self.layers, &mut problems).resolve(&configuration.wishes);
        (self.rules, self.unique_sets, self.tags) = (wishes.rules, wishes.unique_sets, wishes.tags);
        (self.amounts, self.groups) = (wishes.amounts, wishes.groups);
        (self.rarity, self.group_order) = (configuration.rarity, configuration.group_order);
        self.duplicates = configuration.duplicates;
        problems
    }
}

/// The text of the configuration; empty, as the defaults are, where there is no file or it cannot be read.
fn read_text(root: &Path, path: &Path, problems: &mut Vec<Problem>) -> String {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return String::new();
    }
    let bytes = scan::inside(root, path)
        .and_then(|resolved| fs::read(&resolved).map_err(|error| Problem::unreadable(path, &error)));
    match bytes.map(String::from_utf8) {
        Ok(Ok(text)) => return text,
        Ok(Err(_)) => problems.push(Problem::at(path, "the text is not UTF-8", "save it as UTF-8")),
        Err(problem) => problems.push(problem),
    }
    String::new()
}

fn read_layers(
    root: &Path,
    source: Source<'_>,
    configuration: &Configuration,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) -> Vec<Layer> {
    let home = root.join(LAYERS);
    let remedy = "make it, with a folder of pictures for each layer";
    if fs::symlink_metadata(&home).is_err() {
        problems.push(Problem::at(&home, "the project has no layers folder", remedy));
        return Vec::new();
    }
    let entries = match scan::inside(root, &home).map(|_| scan::entries(&home)) {
        Ok(Ok(entries)) => entries,
        Ok(Err(error)) => {
            problems.push(Problem::at(&home, format!("the layers folder cannot be read: {error}"), remedy));
            return Vec::new();
        }
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    let configured = !configuration.layers.is_empty();
    let folders = folders(root, &entries, configured, problems, warnings);
    let settings: Vec<LayerSettings> = if configured {
        configuration.layers.clone()
    } else {
        folders.iter().map(|(name, _)| LayerSettings::of_folder(name)).collect()
    };
    if settings.is_empty() && problems.is_empty() {
        problems.push(Problem::at(&home, "the project has no layer", "make a folder of pictures in it"));
    }
    let mut layers: Vec<Layer> = Vec::new();
    let mut used = HashSet::new();
    for settings in settings {
        let folder = match locate(root, source, &home, &settings, &folders) {
            Ok(folder) => folder,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        if let Some(other) = layers.iter().find(|layer| layer.name == settings.name) {
            let what = format!("a second layer is named {}", quoted(&settings.name));
            let remedy = format!("rename this folder or {}", other.folder.display());
            problems.push(Problem::at(&folder, what, remedy));
            continue;
        }
        // Of two layers that share a folder only the first lists what is wrong with it.
        let (mut again, mut again_warnings) = (Vec::new(), Vec::new());
        let found = if used.insert(folder.clone()) {
            scan::layer(root, &folder, problems, warnings)
        } else {
            scan::layer(root, &folder, &mut again, &mut again_warnings)
        };
        layers.push(Layer {
            name: settings.name,
            folder,
            chance: settings.chance,
            opacity: settings.opacity,
            blend: settings.blend,
            unique: settings.unique,
            offset: settings.offset,
            traits: found.traits,
            none: found.none,
        });
    }
    for (name, path) in &folders {
        let is_used = |used: &PathBuf| fs::canonicalize(path).is_ok_and(|path| used.starts_with(path));
        if !used.iter().any(is_used) {
            let remedy = format!("add [[layers]] with name = {} to use it", quoted(name));
            warnings.push(Problem::at(path, "no layer of the configuration uses this folder", remedy));
        }
    }
    layers
}

/// The folders among the entries of `layers/`.
fn folders(
    root: &Path,
    entries: &[Entry],
    configured: bool,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) -> Vec<(String, PathBuf)> {
    let mut folders = Vec::new();
    for entry in entries {
        match (entry.resolve(root), &entry.name) {
            (Ok(Kind::Folder), Some(name)) => folders.push((name.clone(), entry.path.clone())),
            (Ok(Kind::Folder), None) if configured => warnings.push(scan::not_utf8(&entry.path)),
            (Ok(Kind::Folder), None) => problems.push(scan::not_utf8(&entry.path)),
            (Ok(_), _) => {
                let what = "it is ignored: it is not a folder of traits";
                warnings.push(Problem::at(&entry.path, what, "move pictures into a layer's folder"));
            }
            (Err(problem), _) => problems.push(problem),
        }
    }
    folders
}

/// The resolved folder of a layer.
fn locate(
    root: &Path,
    source: Source<'_>,
    home: &Path,
    settings: &LayerSettings,
    folders: &[(String, PathBuf)],
) -> Result<PathBuf, Problem> {
    let wanted = nfc(&settings.folder);
    let direct = home.join(&settings.folder);
    // The file system may hold the same name in another normal form.
    let path = match folders.iter().find(|(name, _)| nfc(name) == wanted) {
        Some((_, path)) if !direct.exists() => path.clone(),
        _ => direct,
    };
    if settings.folder.is_empty() || fs::symlink_metadata(&path).is_err() {
        let what = format!("the layer {} has no folder {}", quoted(&settings.name), quoted(&settings.folder));
        let remedy = match nearest(&settings.folder, folders.iter().map(|(name, _)| name.as_str())) {
            Some(near) => format!("did you mean {}?", quoted(near)),
            None => format!("make it in {} or set folder", home.display()),
        };
        return Err(match settings.span {
            Some(span) => source.problem(span, what, remedy),
            None => Problem::at(source.path(), what, remedy),
        });
    }
    let resolved = scan::inside(root, &path)?;
    if resolved.is_dir() {
        return Ok(resolved);
    }
    Err(Problem::at(path, "a layer's folder is not a folder", "name a folder of pictures"))
}
