//! The settings of an engine: what shapes bytes, what is a matter of speed and memory, and what belongs to one run.

use std::num::NonZeroUsize;
use std::path::Path;

use crate::compositor::Backend;
use crate::engine::continued::RecipeSource;
use crate::engine::effort::Effort;
use crate::engine::encoding::Encoding;
use crate::engine::performance::Performance;
use crate::error::Error;
use crate::telemetry::EncodingMode;

/// What belongs to the runs of one engine: whose recipe they use, and what they record.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RunOptions {
    /// What decides the recipe.
    pub(crate) recipe: RecipeSource,
    /// Whether the traits of every pressed item are recorded, for
    /// [`Engine::save_patterns`](crate::engine::Engine::save_patterns) and
    /// [`Engine::most_common`](crate::engine::Engine::most_common); `false` by default. Single pictures are recorded in
    /// any case, and so is everything where a back end loads traits ahead.
    pub record_patterns: bool,
    /// Whether to count distinct tiles and spans for the statistics (8 bytes each); `false` by default.
    pub count_distinct: bool,
    /// Whether a recipe that is made for the art is kept in the project, in `.traitpress/recipe.json`, and used again while
    /// art and configuration stay as they are; `false` by default. It changes no byte.
    pub keep_recipe: bool,
}

impl RunOptions {
    /// A recipe made for the art, and nothing recorded.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Encodes by the recipe of the collection in `folder` rather than by one made for the art, so that items that show
    /// the same keep their bytes; its encoder and effort replace those of [`Encoding`].
    ///
    /// # Errors
    /// If there is no collection, or this program cannot use its recipe.
    pub fn with_recipe_of(self, folder: &Path) -> Result<Self, Error> {
        Ok(self.with_recipe(RecipeSource::of_collection(folder)?))
    }

    pub(crate) fn with_recipe(mut self, recipe: RecipeSource) -> Self {
        self.recipe = recipe;
        self
    }

    /// Whether the traits of every pressed item are recorded.
    #[must_use]
    pub fn with_record_patterns(mut self, record: bool) -> Self {
        self.record_patterns = record;
        self
    }

    /// Whether a recipe that is made for the art is kept in the project and used again.
    #[must_use]
    pub fn with_keep_recipe(mut self, keep: bool) -> Self {
        self.keep_recipe = keep;
        self
    }

    /// Whether to count distinct tiles and spans for the statistics.
    #[must_use]
    pub fn with_count_distinct(mut self, count: bool) -> Self {
        self.count_distinct = count;
        self
    }
}

/// Settings of an [`Engine`](crate::engine::Engine).
///
/// ```
/// use std::num::NonZeroUsize;
/// use traitpress::engine::{Effort, Performance, PressOptions};
///
/// let small = PressOptions::new().with_effort(Effort::Small).with_threads(NonZeroUsize::new(4));
/// let lean = Performance::new().with_trait_memory(256 << 20).with_cache_memory(64 << 20);
/// let lean = PressOptions::new().with_performance(lean);
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PressOptions {
    /// What shapes the bytes of the pictures.
    pub encoding: Encoding,
    /// Speed and memory, which change no byte.
    pub performance: Performance,
    /// What belongs to the runs of this engine.
    pub run: RunOptions,
}

impl PressOptions {
    /// The default of every setting.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What shapes the bytes of the pictures.
    #[must_use]
    pub fn with_encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Speed and memory, which change no byte.
    #[must_use]
    pub fn with_performance(mut self, performance: Performance) -> Self {
        self.performance = performance;
        self
    }

    /// What belongs to the runs of this engine.
    #[must_use]
    pub fn with_run(mut self, run: RunOptions) -> Self {
        self.run = run;
        self
    }

    /// As [`Encoding::with_encoder`].
    #[must_use]
    pub fn with_encoder(mut self, encoder: EncodingMode) -> Self {
        self.encoding = self.encoding.with_encoder(encoder);
        self
    }

    /// As [`Encoding::with_effort`].
    #[must_use]
    pub fn with_effort(mut self, effort: Effort) -> Self {
        self.encoding = self.encoding.with_effort(effort);
        self
    }

    /// As [`Performance::with_threads`].
    #[must_use]
    pub fn with_threads(mut self, threads: impl Into<Option<NonZeroUsize>>) -> Self {
        self.performance = self.performance.with_threads(threads);
        self
    }

    /// As [`Performance::with_batch`].
    #[must_use]
    pub fn with_batch(mut self, items: impl Into<Option<NonZeroUsize>>) -> Self {
        self.performance = self.performance.with_batch(items);
        self
    }

    /// As [`Performance::with_backend`].
    #[must_use]
    pub fn with_backend(mut self, backend: Backend) -> Self {
        self.performance = self.performance.with_backend(backend);
        self
    }

    /// As [`RunOptions::with_recipe_of`].
    ///
    /// # Errors
    /// If there is no collection, or this program cannot use its recipe.
    pub fn with_recipe_of(mut self, folder: &Path) -> Result<Self, Error> {
        self.run = self.run.with_recipe_of(folder)?;
        Ok(self)
    }
}
