//! Folders of traits: what lies in them, which of it is art, and what is wrong with it.
//!
//! Folders come from many machines, so what a file manager leaves behind is passed over silently, what could be a
//! mistake is a warning, and what would make a different collection than the artist thinks is a problem.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Problem, quoted};
use crate::project::absence;
use crate::project::left_behind::is_left_behind;
use crate::project::model::{Layer, Trait};
use crate::project::names::{FileName, natural};
use crate::project::trait_part::{Depth, TraitPart};
use crate::project::unread::{self, Unread};

/// One entry of a folder.
pub(crate) struct Entry {
    /// `None` if it is not UTF-8.
    pub(crate) name: Option<String>,
    pub(crate) path: PathBuf,
    /// Links are not followed.
    pub(crate) kind: FileType,
}

/// The entries of `folder` in natural order, without hidden files and what file managers leave behind.
pub(crate) fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !is_left_behind(&name) {
            entries.push(Entry {
                name: name.into_string().ok(),
                path: entry.path(),
                kind: entry.file_type()?,
            });
        }
    }
    entries.sort_by(|a, b| {
        let names = a.name.as_deref().zip(b.name.as_deref());
        names.map_or_else(|| a.path.cmp(&b.path), |(a, b)| natural(a, b))
    });
    Ok(entries)
}

/// What an entry really is, links followed.
pub(crate) enum Kind {
    Folder,
    File {
        bytes: u64,
    },
    /// A device, a pipe or the like.
    Other,
}

impl Entry {
    /// Follows links, which must stay inside `root`.
    pub(crate) fn resolve(&self, root: &Path) -> Result<Kind, Problem> {
        if self.kind.is_symlink() {
            inside(root, &self.path)?;
        }
        let metadata = fs::metadata(&self.path).map_err(|error| Problem::unreadable(&self.path, &error))?;
        Ok(if metadata.is_dir() {
            Kind::Folder
        } else if metadata.is_file() {
            Kind::File { bytes: metadata.len() }
        } else {
            Kind::Other
        })
    }
}

/// Resolves `path`, which must lie inside the resolved folder `root`.
pub(crate) fn inside(root: &Path, path: &Path) -> Result<PathBuf, Problem> {
    let resolved = fs::canonicalize(path).map_err(|error| Problem::unreadable(path, &error))?;
    if resolved.starts_with(root) {
        return Ok(resolved);
    }
    let what = format!("it points to {}, which is outside the project folder", resolved.display());
    Err(Problem::at(path, what, "copy the art into the project"))
}

/// Resolves the picture of `of`, which must be a file with something in it inside the resolved folder `root`.
pub(crate) fn picture_file(root: &Path, path: &Path, of: &str) -> Result<PathBuf, Problem> {
    let resolved = inside(root, path)?;
    let metadata = fs::metadata(&resolved).map_err(|error| Problem::unreadable(path, &error))?;
    if !metadata.is_file() {
        let what = format!("the picture of {of} is not a file");
        return Err(Problem::at(path, what, "give a PNG, JPEG, WebP or GIF file as its image"));
    }
    if metadata.len() == 0 {
        return Err(Problem::at(path, "the picture is empty (0 bytes)", "export it again"));
    }
    Ok(resolved)
}

/// What a layer's folder holds.
#[derive(Default)]
pub(crate) struct Found {
    /// In natural order of their names.
    pub(crate) traits: Vec<Trait>,
    /// The weight of absence.
    pub(crate) none: Option<u64>,
    /// What else there is, in words, if there is something.
    pub(crate) unread: Option<String>,
    /// Names of the pictures that are absence.
    pub(crate) absent_names: Vec<String>,
}

/// Reads a layer's folder, which lies inside `root`; what is wrong goes to `problems` and `warnings` in the order of
/// the file names. `is_used` says whether a folder is that of another layer.
pub(crate) fn layer(
    root: &Path,
    folder: &Path,
    is_used: &dyn Fn(&Path) -> bool,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) -> Found {
    let entries = match entries(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(Problem::unreadable(folder, &error));
            return Found::default();
        }
    };
    let mut found = Found::default();
    let mut unread = Unread::default();
    let mut seen: HashMap<String, PathBuf> = HashMap::new();
    for entry in &entries {
        match art(root, entry, is_used) {
            Ok(Some(Art { name, weight, absence, parts })) => {
                let key = if absence == Absence::File { "None".to_owned() } else { name.clone() };
                match seen.entry(key) {
                    MapEntry::Occupied(other) => {
                        problems.push(duplicate(&entry.path, &name, other.get()));
                        continue;
                    }
                    MapEntry::Vacant(slot) => slot.insert(entry.path.clone()),
                };
                if absence == Absence::No {
                    let mut item = Trait::of_file(name, entry.path.clone(), weight);
                    item.parts = parts.unwrap_or(item.parts);
                    found.traits.push(item);
                    continue;
                }
                found.none = Some(found.none.unwrap_or(0).saturating_add(weight));
                if absence == Absence::Picture {
                    found.absent_names.push(name);
                }
            }
            Ok(None) => unread.add(root, entry, is_used),
            Err(problem) => problems.push(problem),
        }
    }
    found.traits.sort_by(|a, b| natural(&a.name, &b.name));
    found.unread = unread.words();
    warnings.extend(unread.into_warnings(folder));
    found
}

/// A file that is a trait or means absence.
struct Art {
    name: String,
    weight: u64,
    absence: Absence,
    /// The pictures of a trait that is a folder.
    parts: Option<Vec<TraitPart>>,
}

/// Whether a file means that its layer is absent.
#[derive(Clone, Copy, PartialEq)]
enum Absence {
    No,
    /// An empty file called None.
    File,
    /// A picture with a name of absence that shows nothing.
    Picture,
}

/// What `entry` is: art, nothing of ours, or a problem.
fn art(root: &Path, entry: &Entry, is_used: &dyn Fn(&Path) -> bool) -> Result<Option<Art>, Problem> {
    let Some(file) = &entry.name else { return Err(not_utf8(&entry.path)) };
    let parsed = FileName::parse(file);
    let bytes = match entry.resolve(root)? {
        Kind::File { bytes } => bytes,
        Kind::Folder if !is_used(&entry.path) => return folder_art(root, entry, parsed),
        Kind::Folder | Kind::Other => return Ok(None),
    };
    let placeholder = bytes == 0 && parsed.is_placeholder();
    if !placeholder && !parsed.picture {
        return Ok(None);
    }
    if bytes == 0 && !placeholder {
        let what = match unread::part_of_none(&parsed.name) {
            Some(what) => format!("the picture is empty (0 bytes): {what}"),
            None => "the picture is empty (0 bytes)".to_owned(),
        };
        let remedy = "export it again, or rename it to None if it means the layer's absence";
        return Err(Problem::at(&entry.path, what, remedy));
    }
    let (name, weight) = name_and_weight(&entry.path, parsed)?;
    let absence = if placeholder {
        Absence::File
    } else if absence::is_name(&name) && absence::is_invisible(&entry.path) {
        Absence::Picture
    } else {
        Absence::No
    };
    Ok(Some(Art { name, weight, absence, parts: None }))
}

fn name_and_weight(path: &Path, parsed: FileName) -> Result<(String, u64), Problem> {
    let weight = parsed.weight.map_err(|text| {
        let what = format!("the weight {} is out of range", quoted(&text));
        Problem::at(path, what, "a weight is 0 (never selected) or 0.000001 to 1000000000")
    })?;
    if parsed.name.is_empty() {
        return Err(Problem::at(path, "the trait has no name", "add a name before the weight"));
    }
    Ok((parsed.name, weight))
}

/// The trait that a folder in a layer is, if all that it holds are pictures whose names begin with `back` or `front`.
fn folder_art(root: &Path, entry: &Entry, parsed: FileName) -> Result<Option<Art>, Problem> {
    let Ok(entries) = entries(&entry.path) else { return Ok(None) };
    let mut parts = Vec::new();
    for inner in &entries {
        let name = inner.name.as_deref().unwrap_or_default();
        let lower = name.trim().to_lowercase();
        let depth = match (lower.starts_with("back"), lower.starts_with("front")) {
            (true, _) => Depth::Back,
            (_, true) => Depth::Layer,
            _ => return Ok(None),
        };
        if !FileName::parse(name).picture || !matches!(inner.resolve(root)?, Kind::File { .. }) {
            return Ok(None);
        }
        picture_file(root, &inner.path, "a trait")?;
        parts.push(TraitPart { depth, ..TraitPart::file(&inner.path) });
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let (name, weight) = name_and_weight(&entry.path, parsed)?;
    Ok(Some(Art { name, weight, absence: Absence::No, parts: Some(parts) }))
}

/// The problem of a name that is not UTF-8.
pub(crate) fn not_utf8(path: &Path) -> Problem {
    Problem::at(path, "the name is not UTF-8", "rename it")
}

fn duplicate(path: &Path, name: &str, other: &Path) -> Problem {
    let file = other.file_name().unwrap_or_default().to_string_lossy();
    let what = format!("the trait {} already exists as {}", quoted(name), quoted(&file));
    Problem::at(
        path,
        what,
        "names that differ only in weight, extension or spaces at the ends are the same trait; rename or \
         remove one",
    )
}

/// Why nothing can be drawn of a layer, once all weights are known; `unread` is what it has beside traits.
pub(crate) fn weights_problem(layer: &Layer, unread: Option<&str>) -> Option<Problem> {
    if layer.traits.is_empty() {
        let none = layer.none.map(|_| "the placeholder None");
        let held: Vec<&str> = none.into_iter().chain(unread).collect();
        let held = if held.is_empty() {
            "its folder is empty".to_owned()
        } else {
            format!("it contains {}", held.join(", "))
        };
        return Some(Problem::at(
            &layer.folder,
            format!("the layer has no traits: {held}"),
            "add at least one picture",
        ));
    }
    let mut weights = layer.traits.iter().map(|t| t.weight).chain(layer.none);
    match weights.try_fold(0u64, u64::checked_add) {
        None => Some(Problem::at(
            &layer.folder,
            format!("the weights add up to more than {}", u64::MAX / super::model::MILLION),
            "divide all by the same number",
        )),
        Some(0) => Some(Problem::at(
            &layer.folder,
            "every trait of the layer has weight 0, so none can be selected",
            "set a weight, or set chance = 0 for the layer and any weight for a trait",
        )),
        Some(_) => None,
    }
}
