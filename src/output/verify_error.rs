//! Why a folder could not be verified: what is wrong before the first file is compared.

use std::path::PathBuf;

use crate::error::{Explain, Explanation, PathIo, Remedy, ThreadsError};
use crate::output::shard::ShardError;
use crate::pool::PoolError;

/// Why a folder could not be verified at all.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum VerifyError {
    /// The folder does not exist, or is no folder.
    NotAFolder {
        /// What was given.
        path: PathBuf,
        /// What is wrong with it, to follow "this".
        what: &'static str,
    },
    /// The folder holds no finished collection.
    NoManifest(PathBuf),
    /// A run that wrote to the folder did not finish.
    Unfinished(PathBuf),
    /// New metadata was not moved into place completely.
    Rewriting(PathBuf),
    /// A run is writing to the folder.
    InUse(PathBuf),
    /// The manifest is damaged, or contradicts itself.
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An archive cannot be read as a collection.
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A pool that was written without the digests of its files.
    NoDigests(PathBuf),
    /// A pool cannot be read.
    Pool(#[from] PoolError),
    /// A shard of a merged collection cannot be read.
    Shard(#[source] Box<ShardError>),
    /// The system refused.
    Io(#[from] PathIo),
    /// Threads could not be started.
    Threads(#[from] ThreadsError),
}

impl Explain for VerifyError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::NotAFolder { path, what } => {
                Explanation::usage(format!("this {what}")).path(path).remedy(Remedy::GiveCollection)
            }
            Self::NoManifest(path) => {
                Explanation::usage("the folder has no manifest.json, so it is not a finished collection")
                    .path(path)
                    .remedy(Remedy::GiveCollection)
            }
            Self::Unfinished(path) => {
                Explanation::usage("the folder contains an unfinished run, so it has no manifest")
                    .path(path)
                    .remedy(Remedy::Resume)
            }
            Self::Rewriting(path) => Explanation::mismatch("new metadata is only partly in place")
                .path(path)
                .remedy(Remedy::FinishMetadata),
            Self::InUse(path) => Explanation::usage("a run is writing to this folder")
                .path(path)
                .remedy(Remedy::WaitForOtherRun),
            Self::Manifest { path, reason } => Explanation::mismatch(reason.as_str())
                .path(path)
                .remedy(Remedy::RestoreFromCopy)
                .remedy(Remedy::PressAgain),
            Self::Archive { path, what } => Explanation::mismatch(what.as_str())
                .path(path)
                .remedy(Remedy::RestoreFromCopy)
                .remedy(Remedy::PressAgain),
            Self::NoDigests(path) => {
                Explanation::usage("the pool was written without the digests of its files")
                    .path(path)
                    .remedy(Remedy::AddDigests)
            }
            Self::Pool(error) => error.explain(),
            Self::Shard(error) => error.explain(),
            Self::Io(error) => error.explain(),
            Self::Threads(error) => error.explain(),
        }
    }
}
