//! Why many pictures could not be shown in one.

use std::io;
use std::path::{Path, PathBuf};

use crate::finished::error::ReportError;
use crate::output::VerifyError;

/// Why there is no sheet, atlas or preview.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// There is no finished collection, or its manifest cannot be relied on.
    #[error(transparent)]
    Folder(#[from] VerifyError),
    /// Items could not be ranked.
    #[error(transparent)]
    Rarity(#[from] ReportError),
    /// A picture of the collection is not what the manifest lists.
    #[error("{}: {what}; restore it from a copy, or press the collection again", path.display())]
    Picture {
        /// The picture.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// It would be larger than such a file may be.
    #[error("{}: {pictures} pictures would make a picture of {size:?} pixels, and a side may have at most {most}; take a smaller --size or --count, or another --columns", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How many pictures it was to show.
        pictures: usize,
        /// Width and height that it would have.
        size: [u64; 2],
        /// The most pixels a side.
        most: u32,
    },
    /// The file's name does not say which format is wanted.
    #[error("{}: the name ends neither in .png nor in .webp; choose another --output", .0.display())]
    NoFormat(PathBuf),
    /// A file of that name is there.
    #[error("{}: this file is there already; choose another name, or give --force to replace it", .0.display())]
    Occupied(PathBuf),
    /// Something that is no file is there, or a link.
    #[error("{}: this is {what}; choose another name or move it away", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },
    /// A file that is no preview has the name of one.
    #[error("{}: this is no preview of ours but has the name of one; choose another --preview or move it away", .0.display())]
    Foreign(PathBuf),
    /// It would stand where it does not belong.
    #[error("{}: this lies in {}, {what}; choose another place", path.display(), folder.display())]
    Inside {
        /// The file or folder.
        path: PathBuf,
        /// What it would be in.
        folder: PathBuf,
        /// What that is.
        what: &'static str,
    },
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
    /// Threads could not be started.
    #[error("cannot start the worker threads: {0}; try fewer with --threads")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

impl SheetError {
    /// Pairs an error of the system with what was tried.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Whether the caller asked for what cannot be, rather than that something failed.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Folder(error) => {
                matches!(
                    error,
                    VerifyError::NotAFolder { .. } | VerifyError::NoManifest(_) | VerifyError::Threads(_)
                )
            }
            Self::Rarity(_) | Self::Picture { .. } | Self::Io { .. } => false,
            _ => true,
        }
    }
}
