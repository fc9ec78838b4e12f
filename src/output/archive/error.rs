//! What can go wrong with an archive.

use std::io;
use std::path::{Path, PathBuf};

/// Why a collection could not be written as one file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// A file of that name is there.
    #[error("{}: this file is there already; choose another --out, or give --force to replace it", .0.display())]
    Occupied(PathBuf),
    /// Something that is no file is there, or a link.
    #[error("{}: this is {what}; choose another --out or move it away", path.display())]
    NotAFile {
        /// The archive.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },
    /// The name does not say which format is wanted.
    #[error("{}: an archive's name ends in .tar or .zip; choose another name", .0.display())]
    NoKind(PathBuf),
    /// The folder that it would stand in is not there.
    #[error("{}: there is no folder {} to write this file to; create it or choose another --out", path.display(), folder.display())]
    NoFolder {
        /// The archive.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// It would stand among the project's art.
    #[error("{}: the output would lie in the art folder {}; choose another --out", path.display(), art.display())]
    InsideArt {
        /// The archive.
        path: PathBuf,
        /// The art's folder.
        art: PathBuf,
    },
    /// Nobody reads any more.
    #[error(
        "{0}: whoever reads this has stopped before the archive was whole; run again with a reader that stays to the end"
    )]
    Closed(String),
    /// It cannot be written to.
    #[error("{name}: cannot write the archive: {source}; check permissions and free space, and run again")]
    Write {
        /// The archive.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// Items are missing at the end of a run.
    #[error("{0}: not all items came; run again")]
    Incomplete(String),
    /// The system refused.
    #[error("{}: cannot {action}: {source}; check permissions and free space", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ArchiveError {
    /// Pairs an error of writing with the archive that it hit.
    pub(crate) fn write(name: &str) -> impl FnOnce(io::Error) -> Self {
        let name = name.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed(name),
            _ => Self::Write { name, source },
        }
    }

    /// Pairs an error of the system with what was tried.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
