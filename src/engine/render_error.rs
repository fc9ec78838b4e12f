//! Why a single picture was not made, where neither item nor art is the cause.

use crate::error::{ErrorKind, Explain, Explanation, Remedy};

/// Why a single picture was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum RenderError {
    /// A size of no pixels, or a larger one than pictures of this engine have.
    Size {
        /// The longer side that was requested, in pixels.
        side: u32,
        /// The largest longer side.
        most: u32,
    },
    /// The format does not hold the picture.
    Format {
        /// What it does not hold.
        what: String,
        /// The next step.
        remedy: String,
    },
    /// The deadline passed.
    Deadline,
    /// The caller cancelled the picture.
    Cancelled,
}

impl Explain for RenderError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Size { side, most } => {
                Explanation::usage(format!("a longer side of {side} pixels is not between 1 and {most}"))
                    .remedy(Remedy::text("request a smaller size, or add it to output_size"))
            }
            Self::Format { what, remedy } => {
                Explanation::usage(what.as_str()).remedy(Remedy::text(remedy.as_str()))
            }
            Self::Deadline => Explanation::new(
                ErrorKind::Temporary,
                "the deadline of the picture passed before it was made",
            )
            .remedy(Remedy::text("try again: parts that are done are kept")),
            Self::Cancelled => Explanation::new(ErrorKind::Cancelled, "the picture was cancelled"),
        }
    }
}
