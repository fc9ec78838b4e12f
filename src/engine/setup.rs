//! How an engine is going to work: what is decided before the first item is made.

use std::num::NonZeroUsize;

use crate::engine::effort::Effort;
use crate::telemetry::{BackendUse, EncodingMode};

/// How an engine is going to work.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Setup {
    /// What composites.
    pub backend: BackendUse,
    /// Threads that work.
    pub threads: usize,
    /// Bytes of compressed spans that may be kept.
    pub cache_budget: u64,
    /// How pictures are encoded.
    pub encoder: EncodingMode,
    /// What the recipe decided, in words.
    pub recipe: String,
    /// How hard is tried for small files.
    pub effort: Effort,
    /// Items in flight; `None` adapts.
    pub batch: Option<NonZeroUsize>,
    /// Finished pictures that are joined and written together.
    pub encode_batch: usize,
    /// What says which traits come next: `plan`, `history`, or `none` where nothing has to be loaded ahead.
    pub predictor: String,
    /// Items that it looks ahead or remembers.
    pub window: Option<usize>,
    /// Whether buffers go back to their pools.
    pub pools: bool,
    /// Bytes of targets and readback buffers of a graphics card, if there is one.
    pub target_budget: Option<u64>,
}
