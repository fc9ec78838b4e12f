//! Why a finished collection could not be reported on.

use std::io;
use std::path::{Path, PathBuf};

use crate::output::VerifyError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// There is no finished collection, or its manifest cannot be relied on.
    #[error(transparent)]
    Folder(#[from] VerifyError),
    /// A file of the collection is not what the manifest lists, or says what cannot be.
    #[error("{}: {what}; restore it from a copy, or press the collection again into another folder", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The file of thumbnails is not one of this collection.
    #[error("{}: {what}; remove it, and thumbnails are made from the pictures", path.display())]
    Thumbnails {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The project is not the one that the collection was pressed with.
    #[error(
        "{}: the collection was pressed with another configuration ({pressed}..) than this project has ({found}..), so \
         nothing can be said of what was asked for; give the project as it was, or leave it out", root.display()
    )]
    Project {
        /// The project.
        root: PathBuf,
        /// The beginning of the digest of the configuration that the manifest names.
        pressed: String,
        /// The same of the project.
        found: String,
    },
    /// There are more items than a page can show.
    #[error(
        "a page holds at most {most} items and the collection has {items}; write a table (CSV or JSON) in its place"
    )]
    TooMany {
        /// Items of the collection.
        items: usize,
        /// The most.
        most: usize,
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
    /// What was to be written could not be.
    #[error("cannot write the report: {0}; check permissions and free space")]
    Write(#[from] io::Error),
    /// Threads could not be started.
    #[error("cannot start the worker threads: {0}; try fewer with --threads")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

impl ReportError {
    /// Something is wrong with a file of the collection.
    pub(crate) fn file(path: &Path, what: impl Into<String>) -> Self {
        Self::File { path: path.to_owned(), what: what.into() }
    }
}
