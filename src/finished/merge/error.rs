//! Why shards could not be merged. Nothing is written then.

use std::path::PathBuf;

use crate::error::{Explain, Explanation, PathIo, Remedy};
use crate::output::ShardError;

/// Why there is no merged collection.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum MergeError {
    /// There is no shard.
    None(PathBuf),
    /// Shards are missing, or not whole.
    Missing {
        /// How many there should be.
        of: u32,
        /// The missing ones, as an expression for an array: `3,17-19`.
        missing: String,
    },
    /// A shard is there twice.
    Twice {
        /// One of them.
        path: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// A shard was made from something else than the first.
    Differs {
        /// The shard.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// A file of a shard is not what its manifest lists.
    Damaged {
        /// The shard.
        path: PathBuf,
        /// The file, and what is wrong with it.
        what: String,
    },
    /// The folder has contents, or is no folder.
    Taken(PathBuf),
    /// A shard cannot be read.
    Shard(#[from] ShardError),
    /// The system refused.
    Io(#[from] PathIo),
}

impl Explain for MergeError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::None(path) => {
                Explanation::usage("there are no shards here: a shard has a manifest, I-of-N.manifest.json")
                    .path(path)
                    .remedy(Remedy::text("give the folder of the shards"))
            }
            Self::Missing { of, missing } => {
                Explanation::mismatch(format!("of {of} shards these are missing or incomplete: {missing}"))
                    .remedy(Remedy::text(
                        "make them, for example as an array of these numbers, and merge again",
                    ))
            }
            Self::Twice { path, other } => {
                Explanation::usage(format!("this shard is also in {}", other.display()))
                    .path(path)
                    .remedy(Remedy::text("remove one of them"))
            }
            Self::Differs { path, what } => {
                Explanation::mismatch(format!("the shard does not belong to the others: {what}"))
                    .path(path)
                    .remedy(Remedy::text(
                        "remove it and make the shard again from the same project, plan and settings",
                    ))
            }
            Self::Damaged { path, what } => Explanation::mismatch(what.as_str())
                .path(path)
                .remedy(Remedy::text("remove the shard and its manifest, and make it again")),
            Self::Taken(path) => Explanation::usage("this is not an empty folder")
                .path(path)
                .remedy(Remedy::ChooseOtherOutput)
                .remedy(Remedy::MoveAway),
            Self::Shard(error) => error.explain(),
            Self::Io(error) => error.explain(),
        }
    }
}
