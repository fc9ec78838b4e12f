//! The format of a folder or file, by what is in it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::import::model::Peer;

/// What a source is, and the file that decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    pub(crate) file: PathBuf,
    /// The folder that names in the configuration are relative to.
    pub(crate) root: PathBuf,
}

/// How a source is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A script that exports `layerConfigurations`; which of the engines follows from its keys.
    Script,
    /// One of the others.
    Of(Peer),
}

/// Places of a script with layer configurations, below the project's folder.
const SCRIPTS: [&str; 6] =
    ["src/config.js", "src/config.mjs", "src/config.cjs", "config.js", "config.mjs", "config.cjs"];

/// What `path` is; none if it is the project of no program that is read.
pub(crate) fn detect(path: &Path) -> Option<Found> {
    let metadata = fs::metadata(path).ok()?;
    if metadata.is_dir() {
        return folder(path);
    }
    let name = path.file_name()?.to_str()?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The file of a project in place of its folder.
    let root = if parent.file_name().is_some_and(|name| name == "src") && is_script(name) {
        parent.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    } else {
        parent
    };
    is_script(name).then(|| script(root, path)).flatten()
}

fn is_script(name: &str) -> bool {
    SCRIPTS.iter().any(|script| script.rsplit('/').next() == Some(name))
}

fn folder(root: &Path) -> Option<Found> {
    SCRIPTS.iter().map(|name| root.join(name)).find_map(|file| script(root, &file))
}

/// A script beside a folder of layers.
fn script(root: &Path, file: &Path) -> Option<Found> {
    let is_there = file.is_file() && root.join("layers").is_dir();
    is_there.then(|| Found { kind: Kind::Script, file: file.to_owned(), root: root.to_owned() })
}
