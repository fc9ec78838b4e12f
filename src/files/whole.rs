//! One file beside a collection: written under a temporary name next to its final one, and renamed when it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// What stands where a file is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathKind {
    Nothing,
    File,
    /// What it is instead, to follow "this is".
    Else(&'static str),
}

/// Looks, without following a link.
pub(crate) fn path_kind(path: &Path) -> io::Result<PathKind> {
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(PathKind::Nothing),
        Err(error) => return Err(error),
    };
    Ok(match kind {
        kind if kind.is_symlink() => PathKind::Else("a link, and files are never written through one"),
        kind if kind.is_dir() => PathKind::Else("a folder, where a file is to go"),
        kind if !kind.is_file() => PathKind::Else("no regular file"),
        _ => PathKind::File,
    })
}

/// The folder that `path` stands in.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// A file that is being written; dropped before its end it is removed.
#[derive(Debug)]
pub(crate) struct WholeFile {
    part: NamedTempFile,
    path: PathBuf,
}

impl WholeFile {
    /// Begins the file that is to be `path`.
    pub(crate) fn begin(path: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".traitpress-").suffix(".part");
        // As readable as any new file: temporary files are made for secrets.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Ok(Self { part: builder.tempfile_in(folder_of(path))?, path: path.to_owned() })
    }

    /// What to write to. This one can still be renamed when that is gone.
    pub(crate) fn file(&self) -> io::Result<File> {
        self.part.as_file().try_clone()
    }

    /// Gives the whole file its name; without `force` not over a file that has come meanwhile.
    pub(crate) fn finish(self, force: bool) -> io::Result<PathBuf> {
        let named =
            if force { self.part.persist(&self.path) } else { self.part.persist_noclobber(&self.path) };
        named.map(|_| self.path).map_err(|error| error.error)
    }
}
