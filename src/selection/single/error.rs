//! Why a request for a single item is refused.

use crate::error::{Explain, Explanation, Remedy};
use crate::rules::RowError;
use crate::selection::error::SelectionError;

/// Why there is no item as it was requested.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum RequestError {
    /// A layer or a trait that does not exist, or an item that the configuration does not allow.
    Item(#[from] RowError),
    /// No item of the project is possible at all.
    Project(#[from] SelectionError),
    /// A layer was limited to no choice.
    Nothing {
        /// The layer's name.
        layer: String,
    },
    /// No item shows what was requested together.
    Conflict {
        /// The choices that were requested, in words.
        requested: String,
        /// What forbids them together, in words: rules with their numbers and lines.
        reasons: Vec<String>,
    },
    /// The rules are too many for a decision diagram, and none of the items that were drawn obeys all of them.
    NotFound {
        /// The items that were drawn.
        tries: u32,
    },
}

impl Explain for RequestError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Item(error) => error.explain(),
            Self::Project(error) => error.explain(),
            Self::Nothing { layer } => Explanation::usage(format!("layer {layer} is limited to no choice"))
                .remedy(Remedy::text("name at least one of its traits")),
            Self::Conflict { requested, reasons } => {
                let detail = format!("no item has {requested}: {}", reasons.join("; and "));
                Explanation::usage(detail).remedy(Remedy::text("request other choices"))
            }
            Self::NotFound { tries } => Explanation::usage(format!(
                "none of {tries} items that were drawn obeys all rules together with what was requested"
            ))
            .remedy(Remedy::text("request fewer choices")),
        }
    }
}
