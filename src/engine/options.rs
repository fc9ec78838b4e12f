//! Every tunable of a run. The command line only fills this in; none of it changes a byte of the pictures but the
//! choice of the encoder and the effort.

use std::num::NonZeroUsize;
use std::path::Path;

use crate::compositor::{Backend, FaultPlan};
use crate::engine::continued::RecipeSource;
use crate::engine::effort::Effort;
use crate::engine::prefetch::PrefetchSource;
use crate::error::Error;
use crate::geometry::Size;
use crate::telemetry::memory;
use crate::threads;

/// The span cache takes as much as so many uncompressed pictures, if nothing else is asked for.
const CACHED_PICTURES: u64 = 64;
/// And at least so many bytes: pictures may be tiny.
///
/// At 512x512, where this decides, and with tiles of 64x64, 10,000 items have 64,845 different spans of 174 MB. With
/// 64 MiB 92,736 are pressed and memory is flat after a quarter of the run (100 to 105 MB); with 80 MiB 84,896 (113 to
/// 121 MB), with 96 MiB 78,998 (120 to 133 MB).
const MIN_CACHE: u64 = 64 << 20;

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

/// What is used again: for measuring what each is worth. None of it changes a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reuse {
    /// Whether compressed spans are kept from batch to batch. Within a batch each distinct span is pressed once in
    /// any case.
    pub span_cache: bool,
    /// Whether finished pictures are joined and written several at a time.
    pub encode_batching: bool,
    /// Whether traits are brought to a graphics card before they are needed.
    pub prefetch: bool,
    /// Whether buffers go back to their pool rather than to the system.
    pub pools: bool,
}

impl Reuse {
    /// Everything on: how collections are pressed.
    pub const ALL: Self = Self { span_cache: true, encode_batching: true, prefetch: true, pools: true };
    /// Everything off. With a batch of 1 this is one item at a time without reuse.
    pub const NONE: Self = Self { span_cache: false, encode_batching: false, prefetch: false, pools: false };
}

impl Default for Reuse {
    fn default() -> Self {
        Self::ALL
    }
}

/// Settings of an [`Engine`](crate::engine::facade::Engine).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PressOptions {
    /// Threads that work, at most 1024; `None` takes one per processor.
    pub threads: Option<NonZeroUsize>,
    /// Items in flight together, at most 1024; `None` adapts to the sizes at hand.
    pub batch: Option<NonZeroUsize>,
    /// Finished pictures are joined and written this many at a time, 1 to 64; `None` is 5.
    pub encode_batch: Option<NonZeroUsize>,
    /// How pictures are written.
    pub encoder: EncoderChoice,
    /// How hard to try for small files; like the encoder, and nothing else here, it shapes the bytes.
    pub effort: Effort,
    /// What decides the recipe.
    pub(crate) recipe: RecipeSource,
    /// What composites; a matter of speed alone.
    pub backend: Backend,
    /// A part of an adapter's name, in any case; asks for a GPU, and for this one.
    pub adapter: Option<String>,
    /// Whether a failing GPU is an error rather than a reason to use the CPU.
    pub require_gpu: bool,
    /// Bytes of textures that hold tiles of traits; `None` is 2 GiB on a card, else 1 GiB.
    pub gpu_memory: Option<u64>,
    /// Bytes of targets and readback buffers, which three passes in flight share; `None` is 128 MiB.
    pub pool_memory: Option<u64>,
    /// What is loaded ahead of its use where textures do not hold all of the art.
    pub prefetch: PrefetchSource,
    /// Whether the traits of every pressed item are recorded, for
    /// [`Engine::save_patterns`](crate::engine::facade::Engine::save_patterns) and
    /// [`Engine::most_common`](crate::engine::facade::Engine::most_common). Single pictures are recorded in any case, and
    /// so is everything where a back end loads traits ahead.
    pub record_patterns: bool,
    /// Faults to bring about in the GPU path, for tests.
    #[doc(hidden)]
    pub gpu_faults: FaultPlan,
    /// Bytes of decoded pixels to keep; `None` keeps all art. Pixels beyond are decoded again when they are needed.
    pub trait_memory: Option<u64>,
    /// Bytes of compressed spans to keep; `None` is what 64 pictures take uncompressed, at least 64 MiB and at most a
    /// tenth of the memory that this process may use.
    pub cache_memory: Option<u64>,
    /// Dead spans, idle buffers and stale temporary files are released every so many items, and every 8 while a
    /// budget is nearly used up; `None` is 50.
    pub cleanup_every: Option<NonZeroUsize>,
    /// Whether to count distinct tiles and spans for the statistics (8 bytes each).
    pub count_distinct: bool,
    /// What is used again.
    pub reuse: Reuse,
}

impl PressOptions {
    /// Finished pictures are joined and written in batches of this size if nothing else is asked for.
    pub const ENCODE_BATCH: usize = 5;
    /// Items between two clean-ups if nothing else is asked for.
    pub const CLEANUP_EVERY: usize = 50;
    /// The most threads: thousands that all work take a machine down without making it faster.
    pub const MAX_THREADS: usize = threads::MAX_THREADS;
    /// The most items in flight together: their spans are held whatever the cache's budget says.
    pub const MAX_BATCH: NonZeroUsize = NonZeroUsize::new(1024).expect("not zero");
    /// The largest batch of finished pictures.
    pub const MAX_ENCODE_BATCH: usize = 64;

    /// Bytes of targets and readback buffers if nothing else is asked for.
    pub const POOL_MEMORY: u64 = 128 << 20;

    /// Encodes by the recipe of the collection in `folder` rather than by one made for the art, so that items that show
    /// the same keep their bytes; its encoder and effort take the place of those set here.
    ///
    /// # Errors
    /// If there is no collection, or this program cannot use its recipe.
    pub fn with_recipe_of(mut self, folder: &Path) -> Result<Self, Error> {
        self.recipe = RecipeSource::of_collection(folder)?;
        Ok(self)
    }

    pub(crate) fn thread_count(&self) -> usize {
        threads::thread_count(self.threads)
    }

    pub(crate) fn encode_batch_size(&self) -> usize {
        let size = self.encode_batch.map_or(Self::ENCODE_BATCH, NonZeroUsize::get);
        if self.reuse.encode_batching { size.min(Self::MAX_ENCODE_BATCH) } else { 1 }
    }

    pub(crate) fn cleanup_items(&self) -> usize {
        self.cleanup_every.map_or(Self::CLEANUP_EVERY, NonZeroUsize::get)
    }

    /// Bytes of compressed spans to keep of pictures of `size`.
    ///
    /// Spans that are kept beyond some number of pictures are nearly all such as come once: at 512x512, 10,000 items
    /// show 174 MB of different spans, 100,000 items 519 MB.
    pub(crate) fn cache_bytes(&self, size: Size) -> u64 {
        let pictures = CACHED_PICTURES * 4 * size.pixels();
        self.cache_memory.unwrap_or_else(|| pictures.max(MIN_CACHE).min(memory::usable() / 10))
    }
}
