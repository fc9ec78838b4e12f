//! How often predictions were right.

/// How often a model was right, counted against the item that came next.
///
/// All questions that are asked between two items count as one attempt, of all the traits that were named in the
/// answers. Of a model that looks further ahead only what it names for the very next item is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PredictorStats {
    /// Items for which at least one trait was predicted.
    pub attempted: u64,
    /// Of these, items that showed at least one of the traits predicted.
    pub right: u64,
    /// Traits predicted, over all attempts.
    pub predicted_traits: u64,
    /// Of these, traits that the item showed.
    pub right_traits: u64,
    /// Items that are remembered now.
    pub history: usize,
    /// Different combinations among them.
    pub unique_patterns: usize,
}
