//! What can go wrong with an archive.

use std::io;
use std::path::PathBuf;

use crate::error::{Explain, Explanation, PathIo, Remedy};
use crate::output::error::inside_art;

/// Why a collection could not be written as one file.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum ArchiveError {
    /// A file of that name exists.
    Occupied(PathBuf),
    /// The path is a link, a folder or not a regular file.
    NotAFile {
        /// The archive.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The name does not end in the name of a format.
    NoKind(PathBuf),
    /// The folder of the archive does not exist.
    NoFolder {
        /// The archive.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// The archive would lie among the project's art.
    InsideArt {
        /// The archive.
        path: PathBuf,
        /// The art's folder.
        art: PathBuf,
    },
    /// The reader of the stream closed it.
    Closed(String),
    /// The archive cannot be written to.
    Write {
        /// The archive.
        name: String,
        /// The system's error.
        source: io::Error,
    },
    /// Items are missing at the end of a run.
    Incomplete(String),
    /// The system refused.
    Io(#[from] PathIo),
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
}

impl Explain for ArchiveError {
    fn explain(&self) -> Explanation<'_> {
        let other = Remedy::ChooseOtherOutput;
        match self {
            Self::Occupied(path) => {
                Explanation::usage("this file exists").path(path).remedy(other).remedy(Remedy::Replace)
            }
            Self::NotAFile { path, what } => Explanation::usage(format!("this is {what}"))
                .path(path)
                .remedy(other)
                .remedy(Remedy::MoveAway),
            Self::NoKind(path) => {
                Explanation::usage("the name of an archive ends in .tar, .tar.zst, .zip or .pool")
                    .path(path)
                    .remedy(Remedy::ChooseOtherName)
            }
            Self::NoFolder { path, folder } => {
                let folder = folder.display();
                Explanation::usage(format!("the folder {folder} for this file does not exist"))
                    .path(path)
                    .remedy(Remedy::text("create it"))
                    .remedy(other)
            }
            Self::InsideArt { path, art } => inside_art(art).path(path),
            Self::Closed(name) => {
                Explanation::io("the reader closed the stream before the archive was complete")
                    .name(name)
                    .remedy(Remedy::text("run it again with a reader that reads to the end"))
            }
            Self::Write { name, source } => Explanation::io(format!("cannot write the archive: {source}"))
                .name(name)
                .remedy(Remedy::CheckStorage),
            Self::Incomplete(name) => {
                Explanation::io("not all items were written").name(name).remedy(Remedy::RunAgain)
            }
            Self::Io(error) => error.explain(),
        }
    }
}
