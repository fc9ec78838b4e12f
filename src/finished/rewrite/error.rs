//! Why metadata could not be replaced: the folder is unchanged, or the same call completes it.

use std::path::PathBuf;

use crate::error::{Explain, Explanation, PathIo, Remedy};
use crate::output::VerifyError;

/// Why metadata could not be replaced.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum RewriteError {
    /// The folder holds no finished collection, or its manifest is damaged.
    Verify(#[from] VerifyError),
    /// The collection differs from its manifest.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The metadata's settings cannot be found out from the folder.
    Unknown(PathBuf),
    /// Another run is replacing the metadata.
    InUse(PathBuf),
    /// A link, or something else that is not ours, is in the way.
    Stray {
        /// Its path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The system refused.
    Io(#[from] PathIo),
}

impl Explain for RewriteError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Verify(error) => error.explain(),
            Self::Damaged { path, what } => Explanation::mismatch(what.as_str())
                .path(path)
                .remedy(Remedy::Verify)
                .remedy(Remedy::RestoreFromCopy),
            Self::Unknown(path) => Explanation::mismatch(
                "the metadata was not made by this program from the plan, so its settings cannot be recovered",
            )
            .path(path)
            .remedy(Remedy::GiveProject),
            Self::InUse(path) => Explanation::io("another run is writing metadata to this folder")
                .path(path)
                .remedy(Remedy::WaitForOtherRun),
            Self::Stray { path, what } => {
                Explanation::mismatch(format!("this is {what}, and nothing is written through it"))
                    .path(path)
                    .remedy(Remedy::MoveAway)
            }
            Self::Io(error) => error.explain(),
        }
    }
}
