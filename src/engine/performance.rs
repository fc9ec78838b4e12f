//! The settings of speed and memory. None of them changes a byte of the output.

use std::num::NonZeroUsize;

use crate::compositor::{Backend, FaultPlan, GpuStages, POOLS};
use crate::engine::prefetch::PrefetchSource;
use crate::engine::shared::SharedResources;
use crate::geometry::Size;
use crate::telemetry::memory;
use crate::threads;

/// The span cache takes as much as so many uncompressed pictures by default.
const CACHED_PICTURES: u64 = 64;
/// The least default of the span cache, in bytes: pictures may be tiny, and spans of small ones are many for their size.
///
/// At 512x512, where this decides, 10,000 flat items have 83,774 different spans. With 64 MiB 113,314 are pressed, with 96 MiB
/// 92,911, with 128 MiB 85,111, and with 160 MB each once. The processor time is 1, 0.91, 0.82 and 0.80 of that with 64 MiB, and
/// the process takes 112, 146, 166 and 177 MB (three runs in turn, medians).
const MIN_CACHE: u64 = 160_000_000;

/// What is used again: switches that measure what each kind of re-use is worth. None changes a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reuse {
    /// Whether compressed spans are kept from batch to batch. Within a batch each distinct span is pressed once in
    /// any case.
    pub span_cache: bool,
    /// Whether finished pictures are joined and written several at a time.
    pub encode_batching: bool,
    /// Whether traits are loaded into textures before they are needed.
    pub prefetch: bool,
    /// Whether buffers go back to their pool rather than to the system.
    pub pools: bool,
}

impl Reuse {
    /// Everything on: the default.
    pub const ALL: Self = Self { span_cache: true, encode_batching: true, prefetch: true, pools: true };
    /// Everything off. With a batch of 1 this is one item at a time without reuse.
    pub const NONE: Self = Self { span_cache: false, encode_batching: false, prefetch: false, pools: false };

    /// Whether compressed spans are kept from batch to batch.
    #[must_use]
    pub fn with_span_cache(mut self, on: bool) -> Self {
        self.span_cache = on;
        self
    }

    /// Whether finished pictures are joined and written several at a time.
    #[must_use]
    pub fn with_encode_batching(mut self, on: bool) -> Self {
        self.encode_batching = on;
        self
    }

    /// Whether traits are loaded into textures before they are needed.
    #[must_use]
    pub fn with_prefetch(mut self, on: bool) -> Self {
        self.prefetch = on;
        self
    }

    /// Whether buffers go back to their pool rather than to the system.
    #[must_use]
    pub fn with_pools(mut self, on: bool) -> Self {
        self.pools = on;
        self
    }
}

impl Default for Reuse {
    fn default() -> Self {
        Self::ALL
    }
}

/// How fast a run is, and how much memory it takes. Nothing here changes a byte of the output.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Performance {
    /// Threads that work, at most [`Self::MAX_THREADS`]; `None` takes one per processor.
    pub threads: Option<NonZeroUsize>,
    /// Items in flight, at most [`Self::MAX_BATCH`]; `None` adapts to the sizes at hand.
    pub batch: Option<NonZeroUsize>,
    /// Finished pictures that are joined and written together, 1 to [`Self::MAX_ENCODE_BATCH`]; `None` is
    /// [`Self::ENCODE_BATCH`].
    pub encode_batch: Option<NonZeroUsize>,
    /// What composites; [`Backend::Auto`] by default.
    pub backend: Backend,
    /// A part of an adapter's name, in any case; asks for a GPU, and for this one.
    pub adapter: Option<String>,
    /// Whether a failing GPU is an error rather than a reason to use the CPU; `false` by default.
    pub require_gpu: bool,
    /// Bytes of textures that hold tiles of traits; `None` is 2 GiB on a dedicated GPU, else 1 GiB.
    pub gpu_memory: Option<u64>,
    /// Bytes of targets and readback buffers, which three passes in flight share; `None` is [`Self::POOL_MEMORY`], and five times
    /// that on a card that compresses.
    pub pool_memory: Option<u64>,
    /// What is loaded ahead of its use where textures do not hold all of the art.
    pub prefetch: PrefetchSource,
    /// Bytes of decoded pixels to keep; `None` keeps all art. Pixels beyond are decoded again when they are needed.
    pub trait_memory: Option<u64>,
    /// Bytes of compressed spans to keep; `None` is what 64 pictures take uncompressed, at least 64 MiB and at most a
    /// tenth of the memory that this process may use.
    pub cache_memory: Option<u64>,
    /// Unused spans, idle buffers and stale temporary files are released every so many items, and every 8
    /// while a budget is over 80 % used; `None` is [`Self::CLEANUP_EVERY`].
    pub cleanup_every: Option<NonZeroUsize>,
    /// What is used again.
    pub reuse: Reuse,
    /// Threads and memory of compressed spans that other engines use, too; they replace `threads` and `cache_memory`.
    pub shared: Option<SharedResources>,
    /// Whether the files of pictures are digested, so that [`Engine::reopen`](crate::engine::Engine::reopen) decodes only those
    /// that have changed; `false` by default.
    pub reopening: bool,
    /// Whether single pictures that are likely to be requested next are prepared while no request is at work; `false` by default.
    pub press_ahead: bool,
    /// What a GPU does, if it is not to decide that itself.
    pub(crate) gpu_stages: Option<GpuStages>,
    /// Faults to bring about in the GPU path, for tests.
    pub(crate) gpu_faults: FaultPlan,
}

impl Performance {
    /// The most threads: thousands that all work take a machine down without making it faster.
    pub const MAX_THREADS: usize = threads::MAX_THREADS;
    /// The most items in flight together: their spans are held whatever the cache's budget says.
    pub const MAX_BATCH: NonZeroUsize = NonZeroUsize::new(1024).expect("not zero");
    /// Finished pictures that are joined and written together by default.
    pub const ENCODE_BATCH: usize = 5;
    /// The most finished pictures that are joined and written together.
    pub const MAX_ENCODE_BATCH: usize = 64;
    /// Items between two clean-ups by default.
    pub const CLEANUP_EVERY: usize = 50;
    /// Bytes of targets and readback buffers by default.
    pub const POOL_MEMORY: u64 = POOLS;

    /// A thread per processor, a GPU if there is one, and all art in memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// So many threads, at most [`Self::MAX_THREADS`], or one per processor.
    #[must_use]
    pub fn with_threads(mut self, threads: impl Into<Option<NonZeroUsize>>) -> Self {
        self.threads = threads.into();
        self
    }

    /// Threads and memory of compressed spans that other engines use, too.
    #[must_use]
    pub fn with_shared(mut self, shared: &SharedResources) -> Self {
        self.shared = Some(shared.clone());
        self
    }

    /// Whether items that are likely to be requested next are prepared while no request is at work.
    #[must_use]
    pub fn with_press_ahead(mut self, on: bool) -> Self {
        self.press_ahead = on;
        self
    }

    /// Whether [`Engine::reopen`](crate::engine::Engine::reopen) decodes only pictures that have changed.
    #[must_use]
    pub fn with_reopening(mut self, on: bool) -> Self {
        self.reopening = on;
        self
    }

    /// So many items in flight together, at most [`Self::MAX_BATCH`], or as many as fit the sizes at hand.
    #[must_use]
    pub fn with_batch(mut self, items: impl Into<Option<NonZeroUsize>>) -> Self {
        self.batch = items.into();
        self
    }

    /// Joins and writes so many finished pictures together, at most [`Self::MAX_ENCODE_BATCH`].
    #[must_use]
    pub fn with_encode_batch(mut self, pictures: impl Into<Option<NonZeroUsize>>) -> Self {
        self.encode_batch = pictures.into();
        self
    }

    /// What composites.
    #[must_use]
    pub fn with_backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Asks for a GPU with this in its name, in any case.
    #[must_use]
    pub fn with_adapter(mut self, name: impl Into<Option<String>>) -> Self {
        self.adapter = name.into();
        self
    }

    /// Whether a failing GPU is an error rather than a reason to use the CPU.
    #[must_use]
    pub fn with_require_gpu(mut self, required: bool) -> Self {
        self.require_gpu = required;
        self
    }

    /// Bytes of textures that hold tiles of traits.
    #[must_use]
    pub fn with_gpu_memory(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.gpu_memory = bytes.into();
        self
    }

    /// Bytes of targets and readback buffers.
    #[must_use]
    pub fn with_pool_memory(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.pool_memory = bytes.into();
        self
    }

    /// What is loaded ahead of its use where textures do not hold all of the art.
    #[must_use]
    pub fn with_prefetch(mut self, source: PrefetchSource) -> Self {
        self.prefetch = source;
        self
    }

    /// Bytes of decoded pixels to keep.
    #[must_use]
    pub fn with_trait_memory(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.trait_memory = bytes.into();
        self
    }

    /// Bytes of compressed spans to keep.
    #[must_use]
    pub fn with_cache_memory(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.cache_memory = bytes.into();
        self
    }

    /// Releases what is not used every so many items.
    #[must_use]
    pub fn with_cleanup_every(mut self, items: impl Into<Option<NonZeroUsize>>) -> Self {
        self.cleanup_every = items.into();
        self
    }

    /// What is used again.
    #[must_use]
    pub fn with_reuse(mut self, reuse: Reuse) -> Self {
        self.reuse = reuse;
        self
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
