//! Why a folder could not be looked at: what is wrong before the first file is compared.

use std::io;
use std::path::{Path, PathBuf};

/// Why a folder could not be verified at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is no such folder, or something else has its name.
    #[error("{}: this {what}; give the folder that generate wrote", path.display())]
    NotAFolder {
        /// What was given.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The folder is none that a collection was written to.
    #[error(
        "{}: the folder holds no manifest.json, so it is no finished collection; give the folder that generate wrote", 
        .0.display()
    )]
    NoManifest(PathBuf),
    /// A run that wrote to the folder has stopped midway.
    #[error(
        "{}: the folder holds a run that did not finish, so there is no manifest of it; go on with generate \
         --resume", .0.display()
    )]
    Unfinished(PathBuf),
    /// New metadata was not taken over to its end.
    #[error(
        "{}: new metadata is not wholly in its place; run traitpress metadata on this folder again, which goes on", 
        .0.display()
    )]
    Rewriting(PathBuf),
    /// A run is writing to the folder.
    #[error("{}: a run is writing to this folder now; wait for it and try again", .0.display())]
    InUse(PathBuf),
    /// The manifest is none, or says what cannot be.
    #[error("{}: {reason}; restore it from a copy, or press the collection again into another folder", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system refused.
    #[error("{}: cannot {action}: {source}; check permissions", path.display())]
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

impl VerifyError {
    /// Pairs an error of the system with what was tried.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
