//! Opening a project folder: configuration and layers together, checked in one go.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Problem, quoted};
use crate::project::beside;
use crate::project::config::{self, Configuration};
use crate::project::declared::{self, PartFiles};
use crate::project::distinct::Distinct;
use crate::project::home::{Home, holds_pictures, is_of_ones};
use crate::project::layer_settings::LayerSettings;
use crate::project::layout::Layout;
use crate::project::model::{Layer, Project, Trait};
use crate::project::names::{FileName, natural, nearest, nfc, tidy};
use crate::project::resolve::Resolver;
use crate::project::scan::{self, Entry, Kind};
use crate::project::source::Source;
use crate::project::trait_part::TraitPart;
use crate::project::unread::{self, Held};
use crate::project::{absence, background, clips, doubtful, nested, ones, unmatched};

/// Trait numbers are 16 bits, of which one means "absent" and one is kept for the background colour.
const MAX_TRAITS: usize = 65_534;

impl Project {
    /// Reads what needs no picture to be opened, and lists everything that is wrong with it.
    pub(crate) fn scan(root: &Path) -> Result<(Self, Vec<Problem>), Problem> {
        Self::scan_as(root, None)
    }

    /// The project in the folder `root` as if its `collection.toml` held `text`, as far as it can be read, with everything
    /// that is wrong with its settings, folders and names. Its pictures are not decoded.
    ///
    /// # Errors
    /// If the folder itself cannot be opened.
    pub fn draft(root: &Path, text: &str) -> Result<(Self, Vec<Problem>), Problem> {
        Self::scan_as(root, Some(text))
    }

    fn scan_as(root: &Path, text: Option<&str>) -> Result<(Self, Vec<Problem>), Problem> {
        let resolved = fs::canonicalize(root).map_err(|error| {
            let what = format!("the project folder cannot be opened: {error}");
            Problem::at(root, what, "give a folder that contains layers/<Layer>/<Trait>.png")
        })?;
        if !resolved.is_dir() {
            let remedy = "give the folder that contains layers/<Layer>/<Trait>.png";
            return Err(Problem::at(root, "the project is not a folder", remedy));
        }
        let mut problems = Vec::new();
        let (mut warnings, mut notes) = (Vec::new(), Vec::new());
        let path = resolved.join(config::FILE);
        let text = text.map_or_else(|| read_text(&resolved, &path, &mut problems), str::to_owned);
        let source = Source::new(&path, &text);
        let mut configuration = Configuration::parse(source, &mut problems);
        let home = Home::of(&resolved, source, configuration.layers_folder.as_ref());
        let files = PartFiles::find(&home, source, &configuration, &mut problems);
        let (mut layers, mut unread, links) =
            read_layers(&home, source, &configuration, &files, &mut problems, &mut warnings);
        if let Some(backgrounds) = configuration.backgrounds.take() {
            let text = configuration.metadata.layers.entry(background::NAME.to_owned()).or_default();
            text.hidden = backgrounds.display_name.is_none();
            text.display_name.clone_from(&backgrounds.display_name);
            if layers.iter().any(|layer| layer.name == background::NAME) {
                let what = format!(
                    "a layer is named {}, which the colours of background are",
                    quoted(background::NAME)
                );
                problems.push(Problem::at(&path, what, "rename the layer"));
            }
            layers.insert(0, backgrounds.into_layer(home.path.clone()));
            unread.insert(0, None);
        }
        declared::apply(&mut layers, &configuration.wishes.traits, &files);
        nested::link(&mut layers, &links);
        clips::link(source, &mut layers, &configuration, &mut problems);
        nested::list(&mut configuration, &links);
        notes.extend(layers.iter().filter_map(|layer| absence::note(&layer.folder, &layer.absent_names)));
        notes.dedup();
        if home.is_root() {
            notes.extend(beside::note(&resolved, &configuration));
        }
        let resolver = Resolver::new(source, &mut layers, &mut problems);
        let wishes = resolver.resolve(&configuration.wishes, &files);
        warnings.extend(unmatched::warnings(&path, &layers, &wishes.groups, &wishes.rules));
        let mut metadata = configuration.metadata.clone();
        let of_choices = configuration.nested.iter().map(|nested| &nested.settings);
        for settings in configuration.layers.iter().chain(of_choices) {
            let Some(credit) = &settings.credits else { continue };
            let Some(layer) = layers.iter().find(|layer| layer.name == settings.name) else { continue };
            let texts = metadata.layers.entry(layer.name.clone()).or_default();
            texts.credits.extend(layer.traits.iter().map(|item| (item.name.clone(), credit.clone())));
        }
        for (layer, choice, credit) in wishes.credits {
            let layer = &layers[layer];
            let texts = metadata.layers.entry(layer.name.clone()).or_default();
            texts.credits.insert(layer.traits[usize::from(choice)].name.clone(), credit);
        }
        for (layer, choice, own) in wishes.attributes {
            let layer = &layers[layer];
            let texts = metadata.layers.entry(layer.name.clone()).or_default();
            texts.attributes.insert(layer.traits[usize::from(choice)].name.clone(), own);
        }
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
        let sound: Vec<(&Layer, &Option<String>)> =
            layers.iter().zip(&unread).filter(|(layer, _)| !is_wrong(layer)).collect();
        for (layer, unread) in sound {
            let Some(problem) = scan::weights_problem(layer, unread.as_deref()) else { continue };
            let told = problem.to_string();
            if problems.iter().all(|other| other.to_string() != told) {
                problems.push(problem);
            }
        }
        for (number, layer) in layers.iter().enumerate().filter(|_| !wishes.groups.is_empty()) {
            if wishes.groups.iter().all(|group| !group.layers.contains(&number)) {
                let what = format!("the layer {} is in no group, so no item shows it", quoted(&layer.name));
                warnings.push(Problem::at(&path, what, "add it to a group's layers, or remove it"));
            }
        }
        let is_named = |name: &str| {
            name.starts_with(background::NAME)
                || configuration.wishes.traits.iter().any(|item| item.named.name == name)
        };
        warnings.extend(doubtful::warnings(&layers, !configuration.layers.is_empty(), &is_named));
        let items = || layers.iter().flat_map(|layer| &layer.traits);
        let pictures =
            items().flat_map(Trait::looks).map(<[TraitPart]>::len).sum::<usize>().max(items().count());
        if pictures > MAX_TRAITS {
            let what = format!("the project has {pictures} pictures of traits, more than {MAX_TRAITS}");
            problems.push(Problem::at(&home.path, what, "split the collection"));
        }
        let name = configuration.name.unwrap_or_else(|| {
            let folder = resolved.file_name().unwrap_or_default().to_string_lossy();
            nfc(&folder).into_owned()
        });
        let layers_folder = fs::canonicalize(&home.path).unwrap_or(home.path);
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
            colors: configuration.colors,
            output_size: configuration.output_size,
            picture_format: configuration.picture_format,
            layout: Layout::Flat,
            predict: configuration.predict,
            layers_folder,
            layers,
            tags: wishes.tags,
            rules: wishes.rules,
            unique_sets: wishes.unique_sets,
            duplicates: configuration.duplicates,
            distinct: match configuration.by_pictures {
                true => Distinct::Pictures([].into()),
                false => Distinct::Items,
            },
            choice: configuration.choice,
            amounts: wishes.amounts,
            rarity: configuration.rarity,
            groups: wishes.groups,
            group_order: configuration.group_order,
            ones,
            metadata,
            warnings,
            notes,
        };
        Ok((project, problems))
    }

    /// Adds the rules, sets and traits' settings of a configuration's text, and gives what is wrong with them.
    #[cfg(test)]
    pub(crate) fn add_wishes(&mut self, text: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let source = Source::new(Path::new(config::FILE), text);
        let configuration = Configuration::parse(source, &mut problems);
        let files = PartFiles::default();
        let resolver = Resolver::new(source, &mut self.layers, &mut problems);
        let wishes = resolver.resolve(&configuration.wishes, &files);
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

/// The layers, what the folder of each holds beside traits, in words, and which belong to traits of others.
fn read_layers(
    home: &Home<'_>,
    source: Source<'_>,
    configuration: &Configuration,
    files: &PartFiles,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) -> (Vec<Layer>, Vec<Option<String>>, Vec<nested::Link>) {
    let configured = !configuration.layers.is_empty();
    let entries = match home.entries() {
        Ok(entries) => entries,
        Err(problem) => {
            problems.push(problem);
            return Default::default();
        }
    };
    let folders = folders(home, &entries, configuration, files, problems, warnings);
    let (root, home) = (home.root, &home.path);
    let mut settings: Vec<LayerSettings> = if configured {
        configuration.layers.clone()
    } else {
        folders.iter().map(|(name, _)| LayerSettings::of_folder(name)).collect()
    };
    if !configured {
        // Folders are in the order of their names as the file system has them.
        settings.sort_by(|a, b| natural(&a.name, &b.name));
    }
    let (settings, links) = nested::expand(settings, configuration);
    if settings.is_empty() && problems.is_empty() {
        let held = Held::below(home, &|_| false);
        let what = format!("the project has no layer: the folder contains {}", held.words());
        problems.push(Problem::at(home, what, "create a folder of pictures in it"));
    }
    let located: Vec<Result<PathBuf, Problem>> =
        settings.iter().map(|settings| locate(root, source, home, settings, &folders)).collect();
    let used: HashSet<&PathBuf> = located.iter().flatten().collect();
    let is_used = |folder: &Path| {
        fs::canonicalize(folder).is_ok_and(|folder| used.contains(&folder)) || files.uses(folder)
    };
    let mut layers: Vec<Layer> = Vec::new();
    let mut unread = Vec::new();
    let mut seen = HashSet::new();
    for (settings, folder) in settings.into_iter().zip(&located) {
        let folder = match folder {
            Ok(folder) => folder.clone(),
            Err(problem) => {
                problems.push(problem.clone());
                continue;
            }
        };
        if settings.name.is_empty() {
            problems.push(Problem::at(&folder, "the layer has no name", "rename the folder"));
            continue;
        }
        if let Some(other) = layers.iter().find(|layer| layer.name == settings.name) {
            let what = format!("a second layer is named {}", quoted(&settings.name));
            let remedy = format!("rename this folder or {}", other.folder.display());
            problems.push(Problem::at(&folder, what, remedy));
            continue;
        }
        // Of two layers that share a folder only the first lists what is wrong with it.
        let (mut again, mut again_warnings) = (Vec::new(), Vec::new());
        let found = if seen.insert(folder.clone()) {
            scan::layer(root, &folder, &is_used, problems, warnings)
        } else {
            scan::layer(root, &folder, &is_used, &mut again, &mut again_warnings)
        };
        unread.push(found.unread);
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
            absent_names: found.absent_names,
            parent: None,
            is_apart: false,
            clip_to: None,
            mask_for: Vec::new(),
        });
    }
    // Where the configuration itself is wrong, that may be why a layer does not use its folder.
    let is_right = problems.iter().all(|problem| problem.path.as_deref() != Some(source.path()));
    for (name, path) in folders.iter().filter(|(_, path)| is_right && !is_used(path)) {
        let held = Held::below(path, &is_used);
        let (what, remedy) = if !held.has_used {
            let what =
                format!("no layer of the configuration uses this folder: it contains {}", held.words());
            let remedy = format!(
                "add [[layers]] with name = {} to use it, or move the folder out of {} to leave it out",
                quoted(name),
                quoted(&home.file_name().unwrap_or_default().to_string_lossy())
            );
            (what, remedy)
        } else if !held.is_empty() {
            let what = format!("this folder also contains {}, which are not read", held.words());
            (what, "move pictures into the folder of a layer".to_owned())
        } else {
            continue;
        };
        warnings.push(Problem::at(path, what, remedy));
    }
    (layers, unread, links)
}

/// The folders among the entries of the folder of layers.
fn folders(
    home: &Home<'_>,
    entries: &[Entry],
    configuration: &Configuration,
    files: &PartFiles,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) -> Vec<(String, PathBuf)> {
    let configured = !configuration.layers.is_empty();
    let mut folders = Vec::new();
    for entry in entries {
        if (home.is_root() && is_beside_layers(entry, configuration)) || files.is_part(&entry.path) {
            continue;
        }
        match (entry.resolve(home.root), &entry.name) {
            (Ok(Kind::Folder), Some(name)) => folders.push((name.clone(), entry.path.clone())),
            (Ok(Kind::Folder), None) if configured => warnings.push(scan::not_utf8(&entry.path)),
            (Ok(Kind::Folder), None) => problems.push(scan::not_utf8(&entry.path)),
            (Ok(kind), name) => warnings.push(loose(entry, name.as_deref().unwrap_or_default(), &kind)),
            (Err(problem), _) => problems.push(problem),
        }
    }
    folders
}

/// Whether an entry of a project whose own folder holds the layers is none of them: a file, a collection, a folder without
/// pictures, or one of one-of-ones, by its usual name or because one is configured in it.
fn is_beside_layers(entry: &Entry, configuration: &Configuration) -> bool {
    if !entry.path.is_dir() || !holds_pictures(&entry.path) {
        return true;
    }
    let Some(name) = &entry.name else { return false };
    let is_in = |image: &str| Path::new(image).components().any(|part| part.as_os_str() == name.as_str());
    let has_ones = is_of_ones(name) || configuration.ones.iter().any(|one| is_in(&one.image));
    has_ones && configuration.layers.iter().all(|layer| layer.folder != *name)
}

/// The warning of what is beside the folders of layers and is no folder.
fn loose(entry: &Entry, name: &str, kind: &Kind) -> Problem {
    let Kind::File { bytes } = *kind else {
        let what = "it is ignored: it is not a folder of traits";
        return Problem::at(&entry.path, what, "move pictures into a layer's folder");
    };
    if FileName::parse(name).picture {
        let what = "a picture outside the layer folders is not read";
        return Problem::at(&entry.path, what, "move it into a layer's folder");
    }
    unread::file(&entry.path, name, bytes).1
}

/// The resolved folder of a layer.
fn locate(
    root: &Path,
    source: Source<'_>,
    home: &Path,
    settings: &LayerSettings,
    folders: &[(String, PathBuf)],
) -> Result<PathBuf, Problem> {
    let wanted = tidy(&settings.folder);
    let direct = home.join(&settings.folder);
    // The file system may hold the same name in another normal form, and with blanks at its ends.
    let path = match folders.iter().find(|(name, _)| tidy(name) == wanted) {
        Some((_, path)) if !direct.exists() => path.clone(),
        _ => direct,
    };
    if settings.folder.is_empty() || fs::symlink_metadata(&path).is_err() {
        let what = format!("the layer {} has no folder {}", quoted(&settings.name), quoted(&settings.folder));
        let remedy = match nearest(&settings.folder, folders.iter().map(|(name, _)| name.as_str())) {
            Some(near) => format!("did you mean {}?", quoted(near)),
            None => format!("create it in {}, or set folder", home.display()),
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
    Err(Problem::at(path, "a layer's folder is not a folder", "give a folder of pictures"))
}
