//! What can go wrong with a shard.

use std::path::PathBuf;

use crate::error::{Explain, Explanation, PathIo, Remedy};
use crate::pool::PoolError;
use crate::store::StoreError;

/// Why a shard could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum ShardError {
    /// A shard of another run is there.
    Other {
        /// Its manifest.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// Another process writes the same shard.
    InUse(PathBuf),
    /// The manifest of a shard cannot be read.
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Something that is not ours has the name of a shard.
    Taken {
        /// Its path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The shards would lie among the project's art.
    InsideArt {
        /// Their folder.
        path: PathBuf,
        /// The art's folder.
        art: PathBuf,
    },
    /// There is no such shard. The path is that of its manifest.
    Missing(PathBuf),
    /// Items are missing at the end of a run.
    Incomplete(PathBuf),
    /// The pool of a shard cannot be read.
    Pool(#[source] Box<PoolError>),
    /// A store cannot be read or written to.
    Store(#[from] StoreError),
    /// The system refused.
    Io(#[from] PathIo),
}

impl Explain for ShardError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Other { path, what } => {
                Explanation::usage(format!("a shard of another run is here: {what}"))
                    .path(path)
                    .remedy(Remedy::ChooseOtherOutput)
                    .remedy(Remedy::Replace)
            }
            Self::InUse(path) => {
                Explanation::new(crate::error::ErrorKind::Temporary, "another process is writing this shard")
                    .path(path)
                    .remedy(Remedy::WaitForOtherRun)
            }
            Self::Manifest { path, what } => Explanation::mismatch(what.as_str())
                .path(path)
                .remedy(Remedy::text("remove it and make the shard again")),
            Self::Taken { path, what } => {
                Explanation::usage(format!("this is {what}, and a shard is to be written here"))
                    .path(path)
                    .remedy(Remedy::MoveAway)
                    .remedy(Remedy::ChooseOtherOutput)
            }
            Self::InsideArt { path, art } => crate::output::error::inside_art(art).path(path),
            Self::Missing(path) => Explanation::mismatch("the shard is not here")
                .path(path)
                .remedy(Remedy::text("make it, or check number and folder")),
            Self::Incomplete(path) => {
                Explanation::io("not all items were written").path(path).remedy(Remedy::RunAgain)
            }
            Self::Pool(error) => error.explain(),
            Self::Store(error) => error.explain(),
            Self::Io(error) => error.explain(),
        }
    }
}
