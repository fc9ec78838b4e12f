//! Why a finished collection could not be reported on.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Explain, Explanation, PathIo, Remedy, ThreadsError};
use crate::output::VerifyError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum ReportError {
    /// The folder holds no finished collection, or its manifest is damaged.
    Folder(#[from] VerifyError),
    /// A file of the collection differs from the manifest, or contradicts itself.
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The file of thumbnails belongs to another collection.
    Thumbnails {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The project differs from the one that the collection was pressed with.
    Project {
        /// The project.
        root: PathBuf,
        /// The beginning of the digest of the configuration that the manifest names.
        pressed: String,
        /// The same of the project.
        found: String,
    },
    /// The collection has more items than a page can show.
    TooMany {
        /// Items of the collection.
        items: usize,
        /// Items that a page can show.
        most: usize,
    },
    /// The system refused.
    Io(#[from] PathIo),
    /// The report could not be written to its stream.
    Write(#[from] io::Error),
    /// Threads could not be started.
    Threads(#[from] ThreadsError),
}

impl ReportError {
    /// Something is wrong with a file of the collection.
    pub(crate) fn file(path: &Path, what: impl Into<String>) -> Self {
        Self::File { path: path.to_owned(), what: what.into() }
    }
}

impl Explain for ReportError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Folder(error) => error.explain(),
            Self::File { path, what } => Explanation::mismatch(what.as_str())
                .path(path)
                .remedy(Remedy::RestoreFromCopy)
                .remedy(Remedy::PressAgain),
            Self::Thumbnails { path, what } => Explanation::mismatch(what.as_str())
                .path(path)
                .remedy(Remedy::text("remove it to make thumbnails from the pictures")),
            Self::Project { root, pressed, found } => Explanation::mismatch(format!(
                "the collection was made with another configuration ({pressed}..) than this project has \
                 ({found}..), so the counts cannot be compared"
            ))
            .path(root)
            .remedy(Remedy::text("use the original version of the project"))
            .remedy(Remedy::text("leave it out")),
            Self::TooMany { items, most } => Explanation::usage(format!(
                "a page holds at most {most} items, and the collection has {items}"
            ))
            .remedy(Remedy::text("write a table (CSV or JSON) instead")),
            Self::Io(error) => error.explain(),
            Self::Write(error) => {
                Explanation::io(format!("cannot write the report: {error}")).remedy(Remedy::CheckStorage)
            }
            Self::Threads(error) => error.explain(),
        }
    }
}
