//! The settings that shape the bytes of the pictures.

use crate::engine::effort::Effort;
use crate::output::RunHeader;

/// How pictures are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncoderChoice {
    /// Every distinct span once, joined to pictures; the recipe falls back to whole pictures where nothing repeats.
    #[default]
    Spans,
    /// Whole pictures, composited and encoded one by one with the `png` crate.
    Plain,
}

/// What shapes the bytes of the pictures, beside the project. No setting changes a pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encoding {
    /// How pictures are written; [`EncoderChoice::Spans`] by default.
    pub encoder: EncoderChoice,
    /// How hard to try for small files; [`Effort::Balanced`] by default.
    pub effort: Effort,
}

impl Encoding {
    /// Distinct spans, with balanced effort.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How pictures are written.
    #[must_use]
    pub fn with_encoder(mut self, encoder: EncoderChoice) -> Self {
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
        let is_plain = header.recipe["encoder"] == "plain";
        let encoder = if is_plain { EncoderChoice::Plain } else { EncoderChoice::Spans };
        // An effort that this program does not have shows as a difference of the recipes.
        let effort = serde_json::from_value(header.recipe["effort"].clone()).unwrap_or_default();
        Self { encoder, effort }
    }
}
