//! What a GPU did in a run.

use std::collections::BTreeMap;

/// Where a stage of the work is done, and why there.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct StageUse {
    /// `composite`, `compress` or `join`.
    pub stage: String,
    /// Whether the GPU does it.
    pub gpu: bool,
    /// Why it does, or does not, in words.
    pub why: String,
}

impl StageUse {
    /// Of the stage of this name.
    #[cfg(feature = "gpu")]
    pub(crate) fn new(stage: &str, gpu: bool, why: impl Into<String>) -> Self {
        Self { stage: stage.to_owned(), gpu, why: why.into() }
    }
}

/// What a GPU did in a run.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct GpuStats {
    /// The adapter's name.
    pub adapter: String,
    /// Whether it is a software adapter.
    pub software: bool,
    /// What it does, and what the CPU does, in the order of the stages.
    pub stages: Vec<StageUse>,
    /// Render passes submitted.
    pub passes: u64,
    /// Those of them that were submitted while passes of an earlier batch were on their way.
    pub overlapped: u64,
    /// Spans composited in them.
    pub spans: u64,
    /// Tiles composited in them.
    pub tiles: u64,
    /// Spans compressed after that, on the GPU too.
    pub compressed: u64,
    /// Pictures joined on the GPU.
    pub joined: u64,
    /// Spans that needed no pass: empty, or showing a single trait.
    pub copies: u64,
    /// Spans that the CPU composited because their traits do not fit into `gpu_memory` together, after a failure, or
    /// where compressing them on the GPU took too long or too much room.
    pub on_cpu: u64,
    /// Bytes read back, of pixels, of compressed spans or of joined pictures.
    pub read_back_bytes: u64,
    /// Bytes of compressed spans that stayed on the GPU, to be joined there.
    pub kept_bytes: u64,
    /// Seconds of each kernel that compresses or joins, by the GPU's own clock, if it has one.
    pub kernel_seconds: BTreeMap<String, f64>,
    /// Bytes uploaded, as tiles of traits or spans to join.
    pub uploaded_bytes: u64,
    /// Bytes of the textures that hold tiles, and of the spans to join.
    pub texture_bytes: u64,
    /// Bytes that targets and their buffers may take.
    pub pool_budget: u64,
    /// Bytes of targets, readback and staging buffers.
    pub pool_bytes: u64,
    /// Targets (with their buffers and bind groups) that were made.
    pub pool_allocations: u64,
    /// Passes that found a target ready.
    pub pool_reuses: u64,
    /// Tile rows of traits that a pass needed and that were there.
    pub resident: u64,
    /// Tile rows of traits that a pass needed and had to wait for.
    pub loaded: u64,
    /// Tile rows of traits dropped for others.
    pub dropped: u64,
    /// Seconds that passes waited for tiles to be loaded.
    pub load_wait_seconds: f64,
    /// Tile rows of traits loaded ahead of their use.
    pub prefetched: u64,
    /// Those of them that a pass then used.
    pub prefetched_used: u64,
    /// Those of them that were dropped unused.
    pub prefetched_in_vain: u64,
    /// What went wrong, in words, in order.
    pub events: Vec<String>,
}

impl GpuStats {
    /// Adds what another did, and holds besides; of levels the higher.
    #[cfg(feature = "gpu")]
    pub(crate) fn add(&mut self, other: &Self) {
        let counters: [fn(&mut Self) -> &mut u64; 19] = [
            |stats| &mut stats.passes,
            |stats| &mut stats.overlapped,
            |stats| &mut stats.spans,
            |stats| &mut stats.tiles,
            |stats| &mut stats.compressed,
            |stats| &mut stats.joined,
            |stats| &mut stats.copies,
            |stats| &mut stats.on_cpu,
            |stats| &mut stats.read_back_bytes,
            |stats| &mut stats.kept_bytes,
            |stats| &mut stats.uploaded_bytes,
            |stats| &mut stats.pool_allocations,
            |stats| &mut stats.pool_reuses,
            |stats| &mut stats.resident,
            |stats| &mut stats.loaded,
            |stats| &mut stats.dropped,
            |stats| &mut stats.prefetched,
            |stats| &mut stats.prefetched_used,
            |stats| &mut stats.prefetched_in_vain,
        ];
        let mut more = other.clone();
        counters.iter().for_each(|of| *of(self) += *of(&mut more));
        for (name, seconds) in more.kernel_seconds {
            *self.kernel_seconds.entry(name).or_default() += seconds;
        }
        self.load_wait_seconds += other.load_wait_seconds;
        self.texture_bytes = self.texture_bytes.max(other.texture_bytes);
        self.pool_bytes = self.pool_bytes.max(other.pool_bytes);
    }

    /// Bytes of memory on the graphics card: textures, targets and buffers.
    pub(crate) fn held_bytes(&self) -> u64 {
        self.texture_bytes + self.pool_bytes
    }
}
