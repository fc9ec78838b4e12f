//! What choosing took.

use std::time::Duration;

/// What choosing took: how much was drawn and looked at, and how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SearchStats {
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
    /// How long it took; in JSON in seconds.
    #[serde(with = "seconds")]
    pub time: Duration,
}

/// A duration as a number of seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(time.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(from)?;
        Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)
    }
}
