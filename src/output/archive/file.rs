//! An archive on a disk: written under a temporary name beside the final one, and renamed when it is whole.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::collection::Project;
use crate::output::archive::{Archive, ArchiveError};

/// The format of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArchiveKind {
    /// POSIX ustar.
    Tar,
    /// Zip of stored files.
    Zip,
}

impl ArchiveKind {
    /// What a file's name says: `.tar` or `.zip`, in any case.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        [("tar", Self::Tar), ("zip", Self::Zip)]
            .into_iter()
            .find_map(|(name, kind)| extension.eq_ignore_ascii_case(name).then_some(kind))
    }
}

/// Checks, without changing anything, that a collection of `project` can be written to the file `path`.
///
/// # Errors
/// If a file is there and `force` does not say to replace it, something else is there, or the file would stand nowhere or
/// among the project's art.
pub fn check_archive(path: &Path, project: &Project, force: bool) -> Result<(), ArchiveError> {
    if ArchiveKind::of(path).is_none() {
        return Err(ArchiveError::NoKind(path.to_owned()));
    }
    let folder = folder_of(path);
    let real = match folder.canonicalize() {
        Ok(real) if real.is_dir() => real,
        Ok(_) => return Err(ArchiveError::NoFolder { path: path.to_owned(), folder }),
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Err(ArchiveError::NoFolder { path: path.to_owned(), folder });
        }
        Err(error) => return Err(ArchiveError::io("look at", &folder)(error)),
    };
    let layers = project.root.join("layers");
    if let Some(art) =
        project.layers.iter().map(|layer| &layer.folder).chain([&layers]).find(|art| real.starts_with(art))
    {
        return Err(ArchiveError::InsideArt { path: path.to_owned(), art: art.clone() });
    }
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(ArchiveError::io("look at", path)(error)),
    };
    let what = match kind {
        kind if kind.is_symlink() => "a link, and files are never written through one",
        kind if kind.is_dir() => "a folder, where the name's ending asks for a file",
        kind if !kind.is_file() => "no regular file",
        _ if force => return Ok(()),
        _ => return Err(ArchiveError::Occupied(path.to_owned())),
    };
    Err(ArchiveError::NotAFile { path: path.to_owned(), what })
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// A file that is being written; dropped before its end it is removed.
#[derive(Debug)]
pub(crate) struct ArchiveFile {
    part: NamedTempFile,
    path: PathBuf,
    kind: ArchiveKind,
}

impl ArchiveFile {
    /// Begins the archive that is to be `path`.
    pub(crate) fn begin(path: &Path) -> Result<Self, ArchiveError> {
        let kind = ArchiveKind::of(path).ok_or_else(|| ArchiveError::NoKind(path.to_owned()))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".traitpress-").suffix(".part");
        // As readable as any new file: temporary files are made for secrets.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let part = builder.tempfile_in(folder_of(path)).map_err(ArchiveError::io("create", path))?;
        Ok(Self { part, path: path.to_owned(), kind })
    }

    /// The archive to write to.
    pub(crate) fn archive(&self) -> Result<Archive<'static>, ArchiveError> {
        // The same file, so that this one can still be renamed when the archive is gone.
        let file: File = self.part.as_file().try_clone().map_err(ArchiveError::io("open", &self.path))?;
        let out = BufWriter::with_capacity(1 << 18, file);
        let archive = match self.kind {
            ArchiveKind::Tar => Archive::tar(out),
            ArchiveKind::Zip => Archive::zip(out),
        };
        Ok(archive.named(self.path.display().to_string()))
    }

    /// Gives the whole archive its name; without `force` not over a file that has come meanwhile.
    pub(crate) fn finish(self, force: bool) -> Result<PathBuf, ArchiveError> {
        let path = self.path;
        let named = if force { self.part.persist(&path) } else { self.part.persist_noclobber(&path) };
        match named {
            Ok(_) => Ok(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(ArchiveError::Occupied(path))
            }
            Err(error) => Err(ArchiveError::io("rename to", &path)(error.error)),
        }
    }
}
