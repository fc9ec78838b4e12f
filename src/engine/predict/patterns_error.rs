//! Why a file of patterns cannot be used.

use std::path::PathBuf;

use crate::error::{Explain, Explanation, PathIo, Remedy};

/// The format that a file of patterns states.
pub(super) const FORMAT: &str = "traitpress-patterns/1";
/// Bytes that a file may have: 10,000 items of 100 layers take less than a third of it.
pub(super) const MAX_BYTES: u64 = 16 << 20;

/// Why a file of patterns cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum PatternsError {
    /// The system refused.
    Io(#[from] PathIo),
    /// The file is too large.
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is cut short, was changed, or is not a file of patterns.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Another version wrote the file.
    Format {
        /// The file.
        path: PathBuf,
        /// The format that it states, in quotation marks.
        found: String,
    },
    /// The file is about other pictures or names.
    OtherArt {
        /// The file.
        path: PathBuf,
        /// What differs: `pictures`, or `names of layers and traits`.
        what: &'static str,
    },
}

impl Explain for PatternsError {
    fn explain(&self) -> Explanation<'_> {
        let delete = Remedy::text("delete it to start with an empty history");
        match self {
            Self::Io(error) => error.explain(),
            Self::TooLarge { path } => {
                Explanation::mismatch(format!("the patterns exceed the limit of {MAX_BYTES} bytes"))
                    .path(path)
                    .remedy(Remedy::text("lower window"))
                    .remedy(Remedy::text("name another file"))
            }
            Self::Damaged { path, what } => {
                Explanation::mismatch(format!("this is not a complete patterns file ({what})"))
                    .path(path)
                    .remedy(delete)
            }
            Self::Format { path, found } => {
                Explanation::mismatch(format!("the format is {found}, and this program reads \"{FORMAT}\""))
                    .path(path)
                    .remedy(delete)
            }
            Self::OtherArt { path, what } => Explanation::mismatch(format!(
                "these patterns belong to another collection: its {what} differ from the project's"
            ))
            .path(path)
            .remedy(Remedy::text("give the file of this project"))
            .remedy(delete),
        }
    }
}
