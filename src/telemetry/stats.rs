//! What a run did, in numbers.

use std::time::Instant;

use crate::telemetry::modes::{BackendUse, EncodingMode};
use crate::telemetry::processor::{ProcessorSeconds, ProcessorUse};
use crate::telemetry::search_stats::SearchStats;
use crate::telemetry::stages::StageSeconds;
use crate::telemetry::uses::{CacheUse, EncoderUse, HeldBySystem};

/// Wanted against distinct: how much was repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Distinct {
    /// As many as the items show.
    pub wanted: u64,
    /// As many as are different; `None` if it was not counted.
    pub distinct: Option<u64>,
}

/// Wall-clock seconds of a run's stages.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Seconds {
    /// From the start of the program, or of loading, to the end.
    pub total: f64,
    /// Reading and decoding the art.
    pub decode: f64,
    /// Making the recipe.
    pub recipe: f64,
    /// Choosing the traits.
    pub select: f64,
    /// Tiling, compositing, compressing, joining and writing.
    pub press: f64,
}

/// Bytes of memory, by who held them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MemoryBySystem {
    /// The decoded art; under a budget for traits, the most that was held at once.
    pub art: u64,
    /// Most bytes of compressed spans kept at once.
    pub span_cache_peak: u64,
    /// Most bytes of textures on the graphics card; `None` without one.
    pub textures_peak: Option<u64>,
    /// Most bytes in the pools' buffers at once.
    pub pools_peak: u64,
    /// Peak memory of the process, if the system reports it.
    pub process_peak: Option<u64>,
    /// What the process held when a quarter, half, three quarters and all of the items were prepared; zeros where
    /// the system does not report it.
    pub quarters: [u64; 4],
    /// Who holds how much at the end, and held at most.
    pub by_system: HeldBySystem,
    /// Bytes that the process may use: the least of machine, control groups and address space.
    pub usable: u64,
}

/// What the pools of buffers did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PoolUse {
    /// Buffers that were allocated.
    pub allocations: u64,
    /// Buffers that were there already.
    pub reuses: u64,
}

/// Statistics of a finished run.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Stats {
    /// Pictures made.
    pub items: u64,
    /// Pictures of an earlier run that were whole, and stayed.
    pub kept: u64,
    /// Of those made, one-of-ones: pictures that were given whole.
    pub ones: u64,
    /// Pictures a second in the press stage.
    pub items_per_second: f64,
    /// Seconds that passed, by stage.
    pub seconds: Seconds,
    /// Processor seconds, which a busy machine changes little.
    pub processor: ProcessorUse,
    /// Seconds of work within the press stage, summed over the threads.
    pub stages: StageSeconds,
    /// What choosing the items took; `None` if they came from a plan.
    pub selection: Option<SearchStats>,
    /// Bytes of all pictures.
    pub bytes: u64,
    /// Tiles shown, and different ones.
    pub tiles: Distinct,
    /// Spans shown, and different ones.
    pub spans: Distinct,
    /// Spans composited and compressed: the distinct ones, and again those that the cache had dropped.
    pub spans_pressed: u64,
    /// Spans dropped from the cache to keep its budget.
    pub evictions: u64,
    /// What the span cache did, and holds at the end.
    pub span_cache: CacheUse,
    /// What the encoder did.
    pub encoding: EncoderUse,
    /// Editions of items whose pictures are equal, pixel by pixel: groups of at least two, ascending. Always empty where the
    /// project allows equal items.
    pub equal_items: Vec<Vec<u32>>,
    /// Items that may be equal to others and were not compared, because too many may be.
    pub equal_unchecked: u64,
    /// Pictures written in stored blocks because no code made them smaller.
    pub stored: u64,
    /// What came of a budget for decoded traits.
    pub traits: crate::telemetry::trait_use::TraitUse,
    /// What was let go on the way.
    pub released: crate::telemetry::released::Released,
    /// Who held how much memory.
    pub memory: MemoryBySystem,
    /// How often buffers were used again.
    pub pools: PoolUse,
    /// What composited.
    pub backend: BackendUse,
    /// What the GPU did, if one was used.
    pub gpu: Option<crate::telemetry::gpu_stats::GpuStats>,
    /// How often what comes next was predicted rightly.
    pub predictor: crate::telemetry::predictor_stats::PredictorStats,
    /// How pictures were encoded.
    pub encoder: EncodingMode,
    /// Threads that worked.
    pub threads: usize,
}

impl Stats {
    /// Ends a run that is all that its process does and that began at `start`: sets the totals of both clocks.
    pub fn end(&mut self, start: Instant) {
        self.seconds.total = start.elapsed().as_secs_f64();
        self.processor.total = ProcessorSeconds::of_process();
    }
}
