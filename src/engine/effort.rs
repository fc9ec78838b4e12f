//! How much searching a span is worth.

use crate::png::Search;

/// How hard to try for small files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Effort {
    /// One place in rows above is tried for each match.
    Fast,
    /// Several places are.
    ///
    /// Files of the flat reference sets are 8 % smaller than with `Fast`, and compressing takes 1.3 times as long.
    #[default]
    Balanced,
    /// As many, and the best of what is found is chosen for whole rows: 2.7 and 0.4 % smaller again, at five to seven times the time.
    /// Where pictures are painted, and a filter pays, it is the same as `Balanced`.
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
