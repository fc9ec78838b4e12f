//! Why metadata could not be written anew: the folder is as it was, or the same command goes on.

use std::io;
use std::path::{Path, PathBuf};

use crate::output::VerifyError;

/// Why metadata could not be written anew.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// There is no finished collection to be read.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The collection is not what its manifest says.
    #[error("{}: {what}; see what traitpress verify says, and restore it", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// What the metadata was made from cannot be known from the folder.
    #[error("{}: the metadata is not what this program makes of the plan, so nothing can be made from it; give --project", .0.display())]
    Unknown(PathBuf),
    /// Somebody else is at it.
    #[error("{}: another run is writing metadata to this folder now; wait for it and run again", .0.display())]
    InUse(PathBuf),
    /// Something that is no file or folder of ours stands where one belongs.
    #[error("{}: this is {what}, and nothing is written through it; move it away", path.display())]
    Stray {
        /// Where it stands.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The system refused.
    #[error("{}: cannot {action}: {source}; check permissions and free space, then run the same command again", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl RewriteError {
    /// Pairs an error of the system with what was tried.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
