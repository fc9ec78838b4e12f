//! What choosing took.

use std::time::Duration;

/// What choosing took: how much was drawn and looked at, and how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Effort {
    /// Items drawn.
    pub draws: u64,
    /// Items looked up among those that there were.
    pub checks: u64,
    /// Choices of a search that led to nothing and were taken back.
    pub backtracks: u64,
    /// Beginnings of items that a search left at once: it knew that they lead to nothing, or they repeat something.
    pub early_ends: u64,
    /// Earlier items that gave way to others.
    pub exchanges: u64,
    /// Items changed so that exact amounts add up.
    pub repairs: u64,
    /// How long it took.
    pub time: Duration,
}
