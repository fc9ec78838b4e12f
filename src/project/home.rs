//! The folder that holds the folders of the layers: `layers/`, or what the configuration names, or a guess for a project
//! that has no configuration yet.
//!
//! Artists export to `Layers/`, into the project's own folder, or one level further down. Nothing but a proposal follows from
//! the guess: a run reads only `layers/` or the folder that `layers_folder` names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Problem, quoted};
use crate::project::config::FILE;
use crate::project::names::{FileName, nearest};
use crate::project::scan::{self, Entry};
use crate::project::source::{Source, Span};

/// Its name where the configuration names none.
pub(super) const LAYERS: &str = "layers";
/// Names that a folder of layers often has, in lower case.
const USUAL: [&str; 4] = [LAYERS, "layer", "traits", "assets"];
/// Names that a folder of one-of-ones often has, in lower case.
const OF_ONES: [&str; 6] = ["ones", "1of1", "1of1s", "1-of-1", "one-of-ones", "one of ones"];
/// Files of which a folder of a finished collection has one.
const OF_COLLECTIONS: [&str; 2] = ["manifest.json", ".traitpress/journal"];

/// The folder of the layers' folders.
pub(super) struct Home<'a> {
    pub(super) root: &'a Path,
    pub(super) path: PathBuf,
    source: Source<'a>,
    /// Where the configuration names it.
    named: Option<Span>,
}

impl<'a> Home<'a> {
    /// The folder that the configuration names, or `layers/`.
    pub(super) fn of(root: &'a Path, source: Source<'a>, named: Option<&(String, Span)>) -> Self {
        // Without the `.` of a project whose own folder holds the layers.
        let path = root.join(named.map_or(LAYERS, |(name, _)| name)).components().collect();
        let named = named.map(|(_, span)| *span);
        Self { root, path, source, named }
    }

    /// Whether it is the project's own folder.
    pub(super) fn is_root(&self) -> bool {
        fs::canonicalize(&self.path).is_ok_and(|path| path == self.root)
    }

    /// What it holds.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, Problem> {
        if fs::symlink_metadata(&self.path).is_err() {
            return Err(self.missing());
        }
        scan::inside(self.root, &self.path)?;
        scan::entries(&self.path).map_err(|error| {
            let what = format!("the layers folder cannot be read: {error}");
            Problem::at(&self.path, what, "make it a folder that contains a folder of pictures per layer")
        })
    }

    /// The problem of a folder that is not there.
    fn missing(&self) -> Problem {
        if let Some(span) = self.named {
            let what = format!("the project has no folder {}", quoted(&self.path.to_string_lossy()));
            return self.source.problem(span, what, "give the folder that contains the layer folders");
        }
        let remedy = match &guess(self.root) {
            Ok(Some(found)) if found.folder.as_os_str() == "." => {
                "write layers_folder = \".\" in collection.toml, since the layers are in the project's own folder".to_owned()
            }
            Ok(Some(found)) if let Some(project) = project_in(self.root, &found.folder) => {
                let project = quoted(&project.to_string_lossy());
                format!("give the project, {project} in this folder, in place of the folder itself")
            }
            Ok(Some(found)) => {
                let folder = quoted(&found.folder.to_string_lossy());
                format!("write layers_folder = {folder} in collection.toml, or rename that folder to \"{LAYERS}\"")
            }
            _ => "create it, with a folder of pictures per layer".to_owned(),
        };
        Problem::at(&self.path, "the project has no layers folder", remedy)
    }
}

/// The project in `root` whose layers are in the folder that was found: one with a configuration, or with a folder `layers`.
fn project_in<'f>(root: &Path, found: &'f Path) -> Option<&'f Path> {
    let parent = found.parent().filter(|parent| !parent.as_os_str().is_empty());
    let candidates = [parent.filter(|_| found.ends_with(LAYERS)), Some(found), parent];
    let is_configured = |folder: &Path| root.join(folder).join(FILE).is_file();
    let mut candidates = candidates.into_iter().enumerate();
    candidates.find_map(|(place, folder)| folder.filter(|folder| place == 0 || is_configured(folder)))
}

/// Where the layers of a project without a configuration are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundLayers {
    /// The folder that holds their folders, relative to the project; `.` is the project's own.
    pub folder: PathBuf,
    /// The number of folders with pictures in it.
    pub layers: usize,
}

/// Looks for the folders of the layers in `root`: in `layers/`, in a folder of a similar name, in `root` itself, and one level
/// down. Folders of finished collections are passed over.
///
/// # Errors
/// If there is none, or if several folders could be meant.
pub fn find_layers(root: &Path) -> Result<FoundLayers, Problem> {
    let unreadable = |error: io::Error| Problem::unreadable(root, &error);
    match guess(root).map_err(unreadable)? {
        Some(Guess { also: Some(other), folder, .. }) => {
            let (one, other) = (quoted(&folder.to_string_lossy()), quoted(&other.to_string_lossy()));
            let what = format!("two folders contain equally many folders of pictures, {one} and {other}");
            Err(Problem::at(
                root,
                what,
                format!("rename the one with the layers to {LAYERS}, or move the other"),
            ))
        }
        Some(Guess { folder, layers, .. }) => Ok(FoundLayers { folder, layers }),
        None => {
            let what = "no folder of pictures was found here or one level below";
            let remedy = "create layers with a folder of pictures per layer, as in layers/Hat/Crown.png";
            Err(Problem::at(root, what, remedy))
        }
    }
}

/// The folder that probably holds the layers.
struct Guess {
    folder: PathBuf,
    layers: usize,
    /// Another folder that is as probable.
    also: Option<PathBuf>,
}

fn guess(root: &Path) -> io::Result<Option<Guess>> {
    let folders: Vec<PathBuf> = subfolders(root)?;
    let mut places = vec![(PathBuf::from("."), root.to_owned())];
    for folder in folders {
        let name = PathBuf::from(folder.file_name().unwrap_or_default());
        // An export often has its layers in a folder of their own.
        for inner in subfolders(&folder).unwrap_or_default() {
            if is_usual(&inner) {
                places.push((name.join(inner.file_name().unwrap_or_default()), inner));
            }
        }
        places.push((name, folder));
    }
    let mut best: Option<(bool, Guess)> = None;
    for (folder, path) in places {
        let exact = folder.as_os_str() == LAYERS;
        let is_layer = |inner: &&PathBuf| {
            let name = inner.file_name().unwrap_or_default().to_string_lossy();
            holds_pictures(inner) && !(folder.as_os_str() == "." && is_of_ones(&name))
        };
        let layers = subfolders(&path).unwrap_or_default().iter().filter(is_layer).count();
        if layers == 0 && !exact {
            continue;
        }
        let usual = is_usual(&path) && folder.as_os_str() != ".";
        let rank = |usual: bool, layers: usize, exact: bool| (exact, usual, layers);
        let before =
            best.as_ref().map(|(usual, best)| rank(*usual, best.layers, best.folder.as_os_str() == LAYERS));
        match before.map(|before| rank(usual, layers, exact).cmp(&before)) {
            None | Some(std::cmp::Ordering::Greater) => {
                best = Some((usual, Guess { folder, layers, also: None }));
            }
            // The project's own folder comes first, and is meant where folders in it hold as many.
            Some(std::cmp::Ordering::Equal) => {
                if let Some((_, best)) = &mut best
                    && best.folder.as_os_str() != "."
                {
                    best.also = Some(folder);
                }
            }
            Some(std::cmp::Ordering::Less) => {}
        }
    }
    Ok(best.map(|(_, best)| best))
}

/// The folders in `folder` that could be layers or hold them: no links, nothing hidden, no finished collection.
fn subfolders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let folders = scan::entries(folder)?.into_iter();
    let folders = folders.filter(|entry| entry.path.is_dir() && entry.name.is_some()).map(|entry| entry.path);
    Ok(folders.filter(|path| !is_collection(path)).collect())
}

/// Whether a folder is that of a finished collection.
fn is_collection(folder: &Path) -> bool {
    OF_COLLECTIONS.iter().any(|file| folder.join(file).exists())
}

fn is_usual(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    USUAL.contains(&&*name) || nearest(LAYERS, [&*name]).is_some()
}

/// Whether a folder of this name holds one-of-ones and no traits, as a rule.
pub(super) fn is_of_ones(name: &str) -> bool {
    OF_ONES.contains(&&*name.to_lowercase())
}

/// Whether a folder, other than that of a finished collection, has a picture in it.
pub(super) fn holds_pictures(folder: &Path) -> bool {
    let entries = scan::entries(folder).unwrap_or_default();
    let is_picture = |entry: &Entry| {
        entry.name.as_deref().is_some_and(|name| FileName::parse(name).picture) && entry.path.is_file()
    };
    !is_collection(folder) && entries.iter().any(is_picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[&str]) -> Result<(String, usize), String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        let found = find_layers(folder.path()).map_err(|problem| problem.to_string())?;
        Ok((found.folder.to_string_lossy().replace('\\', "/"), found.layers))
    }

    #[test]
    fn layers_are_found_where_artists_put_them() {
        for (files, folder, layers) in [
            (&["layers/Hat/a.png", "Other/Hat/a.png", "Other/Eyes/a.png"][..], "layers", 1),
            (&["Layers/Hat/a.png", "Layers/Eyes/b.PNG"], "Layers", 2),
            (&["Hat/a.png", "Eyes/b.jpg", "notes.txt"], ".", 2),
            (&["My art/Hat/a.png", "My art/Eyes/b.jpg", "ones/King.png"], "My art", 2),
            (&["export/Layers/Hat/a.png", "export/Layers/Eyes/b.jpg"], "export/Layers", 2),
            (&["Hat/a.png", "Eyes/b.jpg", "out/manifest.json", "out/images/1.png"], ".", 2),
            (&["Art/Hat/a.png", "Art/.DS_Store", "__MACOSX/Art/Hat/a.png"], "Art", 1),
        ] {
            assert_eq!(found(files), Ok((folder.to_owned(), layers)), "{files:?}");
        }
    }

    #[test]
    fn what_could_be_meant_twice_or_is_not_there_is_a_problem() {
        let twice = found(&["A/Hat/a.png", "B/Hat/a.png"]).unwrap_err();
        assert!(twice.contains("\"A\" and \"B\""), "{twice}");
        let none = found(&["a.png", "out/manifest.json", "out/images/1.png"]).unwrap_err();
        assert!(none.contains("no folder of pictures"), "{none}");
    }
}
