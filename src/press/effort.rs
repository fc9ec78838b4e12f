//! How much searching a span is worth.

use crate::png::Search;

/// How hard to try for small files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Effort {
    /// Nothing is searched far.
    Fast,
    /// Everything is searched as far as deflate reaches.
    ///
    /// Files of the flat reference sets are 9 and 10 % smaller than with `Fast`, and a pixel takes a fifth longer. To search
    /// only what many pictures show saved less time than its bytes were worth, and small pictures show everything rarely.
    #[default]
    Balanced,
    /// As far, and the best of what is found is chosen for whole rows.
    Small,
}

impl Effort {
    pub(crate) fn search(self) -> Search {
        match self {
            Self::Fast => Search::Near,
            Self::Balanced => Search::Far,
            Self::Small => Search::Optimal,
        }
    }
}
