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
    /// Files of the flat reference sets are 9 and 10 % smaller than with `Fast`, and compressing takes 1.3 times as long at
    /// 2048 pixels, 1.6 times at 512. To search far only what one picture in 200 shows gave up half of that at 512.
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
