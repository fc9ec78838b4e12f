//! The pictures of a source's folders, as their peer lists them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::PathIo;
use crate::import::error::ImportError;
use crate::import::notes::Notes;
use crate::picture::{self, Header};
use crate::project::{EXTENSIONS, is_left_behind};

/// The folder of a source, held to what is inside it.
#[derive(Debug)]
pub(crate) struct Source {
    /// Resolved.
    pub(crate) root: PathBuf,
}

/// An entry of a folder.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Resolved.
    pub(crate) path: PathBuf,
    pub(crate) is_folder: bool,
}

impl Entry {
    /// Whether it has the extension of a picture that is read.
    pub(crate) fn is_picture(&self) -> bool {
        !self.is_folder && extension(&self.name).is_some()
    }
}

/// The extension of a name that is that of a picture, in lower case.
pub(crate) fn extension(name: &str) -> Option<&'static str> {
    let (_, end) = name.rsplit_once('.')?;
    EXTENSIONS.into_iter().find(|known| known.eq_ignore_ascii_case(end))
}

impl Source {
    /// The source in this folder.
    pub(crate) fn open(root: &Path) -> Result<Self, ImportError> {
        Ok(Self { root: fs::canonicalize(root).map_err(PathIo::on("open", root))? })
    }

    /// A path below the source, for messages and comments.
    pub(crate) fn below(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }

    /// The folder `name` of `parent`, which must lie in it; a folder of another case is taken where there is no other.
    pub(crate) fn folder(
        &self,
        parent: &Path,
        name: &str,
        notes: &mut Notes,
    ) -> Result<PathBuf, ImportError> {
        let outside = || {
            let what = format!("the layer folder {name:?} is outside {}", self.below(parent));
            ImportError::source(&self.root, what, "give the name of a folder in it")
        };
        if name.split(['/', '\\']).any(|part| part == "..") || Path::new(name).is_absolute() {
            return Err(outside());
        }
        let mut path = parent.to_owned();
        for part in name.split('/').filter(|part| !part.is_empty() && *part != ".") {
            let exact = path.join(part);
            path = if exact.exists() {
                exact
            } else {
                let found = self.entries(&path)?.into_iter().find(|e| e.is_folder && same(&e.name, part));
                let Some(found) = found else {
                    let what = format!("there is no folder {name:?} of a layer in {}", self.below(parent));
                    return Err(ImportError::source(&self.root, what, "restore it, or remove the layer"));
                };
                notes.changed(name, "", format!("its folder is called {}", found.name));
                found.path
            };
        }
        let resolved = fs::canonicalize(&path).map_err(PathIo::on("open", &path))?;
        if !resolved.starts_with(&self.root) {
            return Err(outside());
        }
        if resolved.is_dir() {
            return Ok(resolved);
        }
        Err(ImportError::source(path, "this is not a folder of pictures", "correct the name of the layer"))
    }

    /// The file `name` in a folder of the source; none if it is not there, or leads out of the source.
    pub(crate) fn file(&self, folder: &Path, name: &str) -> Option<PathBuf> {
        let path = fs::canonicalize(folder.join(name)).ok()?;
        (path.starts_with(&self.root) && path.is_file()).then_some(path)
    }

    /// The entries of a folder in the order of their names' code units, as the peers sort them; not what is hidden, what file
    /// managers leave behind, and what is no file or folder. A link out of the source is an error.
    pub(crate) fn entries(&self, folder: &Path) -> Result<Vec<Entry>, ImportError> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder).map_err(PathIo::on("list", folder))? {
            let entry = entry.map_err(PathIo::on("list", folder))?;
            let path = entry.path();
            let Ok(name) = entry.file_name().into_string() else {
                return Err(ImportError::source(path, "the name is not UTF-8", "rename it"));
            };
            if is_left_behind(name.as_ref()) {
                continue;
            }
            let resolved = fs::canonicalize(&path).map_err(PathIo::on("open", &path))?;
            let metadata = fs::metadata(&resolved).map_err(PathIo::on("look at", &path))?;
            if !resolved.starts_with(&self.root) {
                let what = format!("it points to {}, which is outside the source", resolved.display());
                return Err(ImportError::source(path, what, "copy the art into the project"));
            }
            if metadata.is_dir() || metadata.is_file() {
                entries.push(Entry { name, path: resolved, is_folder: metadata.is_dir() });
            }
        }
        entries.sort_by(|a, b| a.name.encode_utf16().cmp(b.name.encode_utf16()));
        Ok(entries)
    }

    /// The pictures of a folder; what else is in it is noted.
    pub(crate) fn pictures(&self, folder: &Path, notes: &mut Notes) -> Result<Vec<Entry>, ImportError> {
        let (pictures, others): (Vec<Entry>, Vec<Entry>) =
            self.entries(folder)?.into_iter().partition(Entry::is_picture);
        for other in others {
            let what = if other.is_folder { "a folder" } else { "no picture that is read" };
            notes.lost(self.below(&other.path), "", format!("it is {what} and was left out"));
        }
        Ok(pictures)
    }
}

/// Whether two names differ only in upper and lower case, blanks at the ends and the like.
fn same(a: &str, b: &str) -> bool {
    crate::project::tidy(a).to_lowercase() == crate::project::tidy(b).to_lowercase()
}

/// Whether the picture shows nothing; what cannot be decoded does.
pub(crate) fn is_invisible(path: &Path) -> bool {
    picture::is_invisible(path).unwrap_or(false)
}

/// Whether the picture hides everything below it.
pub(crate) fn is_opaque(path: &Path) -> bool {
    picture::is_opaque(path).unwrap_or(false)
}

/// The width and height of a picture; none if it cannot be read.
pub(crate) fn size(path: &Path) -> Option<[u32; 2]> {
    let size = Header::read(path).ok()?.size();
    Some([size.width, size.height])
}
