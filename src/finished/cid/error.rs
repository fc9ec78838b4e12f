//! Why the address of a folder could not be computed.

use std::path::PathBuf;

use crate::error::{Explain, Explanation, PathIo, Remedy, ThreadsError};

/// Why there is no CID.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum FolderCidError {
    /// There is nothing at the path.
    Missing(PathBuf),
    /// A link, or something else that is neither a file nor a folder.
    Stray {
        /// Its path.
        path: PathBuf,
        /// What it is, to follow "this is".
        what: &'static str,
    },
    /// A name that other systems cannot have.
    Name(PathBuf),
    /// Two names of a large folder have the same hash.
    SameHash([String; 2]),
    /// The system refused.
    Io(#[from] PathIo),
    /// Threads could not be started.
    Threads(#[from] ThreadsError),
}

impl Explain for FolderCidError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Missing(path) => Explanation::usage("this does not exist")
                .path(path)
                .remedy(Remedy::text("give the folder that is to be uploaded")),
            Self::Stray { path, what } => {
                Explanation::mismatch(format!("this is {what}, and only files and folders have an address"))
                    .path(path)
                    .remedy(Remedy::text("put a copy of the file in its place"))
                    .remedy(Remedy::MoveAway)
            }
            Self::Name(path) => {
                Explanation::mismatch("its name is not valid UTF-8").path(path).remedy(Remedy::ChooseOtherName)
            }
            Self::SameHash([first, second]) => Explanation::mismatch(format!(
                "the names {first} and {second} have the same hash, so IPFS cannot have both in one large folder"
            ))
            .remedy(Remedy::text("rename one")),
            Self::Io(error) => error.explain(),
            Self::Threads(error) => error.explain(),
        }
    }
}
