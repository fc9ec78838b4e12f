//! An archive on a disk: written under a temporary name beside the final one, and renamed when it is whole.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::error::PathIo;
use crate::files::{PathKind, WholeFile, folder_of, path_kind};
use crate::output::archive::Archive;
use crate::output::archive::error::ArchiveError;
use crate::project::Project;

/// The format of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArchiveKind {
    /// POSIX ustar.
    Tar,
    /// The same, compressed with Zstandard (RFC 8878).
    TarZst,
    /// Zip of stored files.
    Zip,
    /// A pool: each different span of the pictures once.
    Pool,
}

impl ArchiveKind {
    /// The endings of their names.
    pub const ENDINGS: [(&str, Self); 4] =
        [(".tar", Self::Tar), (".tar.zst", Self::TarZst), (".zip", Self::Zip), (".pool", Self::Pool)];

    /// What a file's name says, in any case.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let is_of = |ending: &str| name.strip_suffix(ending).is_some_and(|stem| !stem.is_empty());
        Self::ENDINGS.into_iter().find_map(|(ending, kind)| is_of(ending).then_some(kind))
    }
}

/// Checks, without changing anything, that a collection of `project` can be written to the file `path`.
///
/// # Errors
/// If a file is there and `force` does not say to replace it, something else is there, or the file would be nowhere or
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
        Err(error) => return Err(PathIo::on("look at", &folder)(error).into()),
    };
    if let Some(art) = project.art_folders().find(|art| real.starts_with(art)) {
        return Err(ArchiveError::InsideArt { path: path.to_owned(), art: art.clone() });
    }
    match path_kind(path).map_err(PathIo::on("look at", path))? {
        PathKind::Nothing => Ok(()),
        PathKind::File if force => Ok(()),
        PathKind::File => Err(ArchiveError::Occupied(path.to_owned())),
        PathKind::Else(what) => Err(ArchiveError::NotAFile { path: path.to_owned(), what }),
    }
}

/// An archive that is being written; dropped before its end it is removed.
#[derive(Debug)]
pub(crate) struct ArchiveFile {
    whole: WholeFile,
    path: PathBuf,
    kind: ArchiveKind,
}

impl ArchiveFile {
    /// Begins the archive that is to be `path`.
    pub(crate) fn begin(path: &Path) -> Result<Self, ArchiveError> {
        let kind = ArchiveKind::of(path).ok_or_else(|| ArchiveError::NoKind(path.to_owned()))?;
        let whole = WholeFile::begin(path).map_err(PathIo::on("create", path))?;
        Ok(Self { whole, path: path.to_owned(), kind })
    }

    /// Its format.
    pub(crate) fn kind(&self) -> ArchiveKind {
        self.kind
    }

    /// The file itself.
    pub(crate) fn file(&self) -> Result<std::fs::File, ArchiveError> {
        Ok(self.whole.file().map_err(PathIo::on("open", &self.path))?)
    }

    /// The archive to write to.
    pub(crate) fn archive(&self) -> Result<Archive<'static>, ArchiveError> {
        let out = BufWriter::with_capacity(1 << 18, self.file()?);
        let archive = match self.kind {
            ArchiveKind::Tar => Archive::tar(out),
            ArchiveKind::TarZst => Archive::tar_zst(out).map_err(PathIo::on("write", &self.path))?,
            ArchiveKind::Zip => Archive::zip(out),
            ArchiveKind::Pool => return Err(ArchiveError::NoKind(self.path.clone())),
        };
        Ok(archive.named(self.path.display().to_string()))
    }

    /// Gives the whole archive its name; without `force` not over a file that has come meanwhile.
    pub(crate) fn finish(self, force: bool) -> Result<PathBuf, ArchiveError> {
        self.whole.finish(force).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => ArchiveError::Occupied(self.path),
            _ => PathIo::on("rename to", &self.path)(error).into(),
        })
    }
}
