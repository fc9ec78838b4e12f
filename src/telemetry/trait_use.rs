//! What came of a budget for decoded traits.

/// What came of a budget for traits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TraitUse {
    /// Bytes that pixels of traits may take; `None` without a budget.
    pub budget: Option<u64>,
    /// Bytes of all traits' pixels.
    pub all_bytes: u64,
    /// Most bytes of pixels in memory at once.
    pub peak_bytes: u64,
    /// Pictures that were decoded again.
    pub reloads: u64,
    /// Traits whose pixels were let go.
    pub dropped: u64,
}
