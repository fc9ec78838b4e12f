//! Why a folder for an upload was not made. Nothing is left of it, and the collection is as it was.

use std::path::PathBuf;

use crate::error::{Explain, Explanation, PathIo, Remedy};
use crate::picture::PictureFormat;

/// Why there is no folder for an upload.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum UploadError {
    /// The folder has contents, or is no folder.
    Taken(PathBuf),
    /// The collection differs from its manifest.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The tool does not upload pictures of this format.
    Format {
        /// The collection.
        path: PathBuf,
        /// Its format.
        format: PictureFormat,
    },
    /// The system refused.
    Io(#[from] PathIo),
}

impl Explain for UploadError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Taken(path) => Explanation::usage("this is not an empty folder")
                .path(path)
                .remedy(Remedy::ChooseOtherOutput)
                .remedy(Remedy::MoveAway),
            Self::Damaged { path, what } => Explanation::mismatch(what.as_str())
                .path(path)
                .remedy(Remedy::Verify)
                .remedy(Remedy::RestoreFromCopy),
            Self::Format { path, format } => {
                Explanation::usage(format!("its pictures are {format}, and Sugar uploads PNG, JPEG and GIF"))
                    .path(path)
                    .remedy(Remedy::text("make the collection as PNG or JPEG"))
            }
            Self::Io(error) => error.explain(),
        }
    }
}
