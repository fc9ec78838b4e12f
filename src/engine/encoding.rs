//! The settings that shape the bytes of the pictures.

use serde::de::DeserializeOwned;

use crate::engine::effort::Effort;
use crate::output::RunHeader;
use crate::telemetry::EncodingMode;

/// What shapes the bytes of the pictures, beside the project. No setting changes a pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encoding {
    /// How pictures are encoded; [`EncodingMode::Spans`] by default.
    pub encoder: EncodingMode,
    /// How hard to try for small files; [`Effort::Balanced`] by default.
    pub effort: Effort,
}

impl Encoding {
    /// Distinct spans, with balanced effort.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How pictures are encoded.
    #[must_use]
    pub fn with_encoder(mut self, encoder: EncodingMode) -> Self {
        self.encoder = encoder;
        self
    }

    /// How hard to try for small files.
    #[must_use]
    pub fn with_effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    /// The encoding that a collection was made with.
    pub(crate) fn of_run(header: &RunHeader) -> Self {
        // What this program does not have shows as a difference of the recipes.
        Self { encoder: of_recipe(header, "encoder"), effort: of_recipe(header, "effort") }
    }
}

/// A setting that the recipe of a run records; the default if this program does not have the recorded one.
fn of_recipe<T: Default + DeserializeOwned>(header: &RunHeader, key: &str) -> T {
    T::deserialize(&header.recipe[key]).unwrap_or_default()
}
