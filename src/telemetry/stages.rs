//! Clocks for the stages of the press.
//!
//! Stages overlap: while one thread composites a span, another joins pictures. So a stage's clock adds up the time
//! that all threads spent in it. The sum over the stages is the work of a run; with more than one thread it is more
//! than the time that passed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// A part of the work, in the order that the data takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    Tile,
    Upload,
    Composite,
    Gpu,
    Readback,
    Compress,
    GpuCompress,
    Join,
    GpuJoin,
    Write,
}

/// One clock a stage, for all threads.
///
/// A clock is read twice for every span, some 50 ns against the tens of microseconds that a span takes.
#[derive(Debug, Default)]
pub(crate) struct Stages {
    nanoseconds: [AtomicU64; Stage::Write as usize + 1],
}

impl Stages {
    /// Runs `work` and adds its time to `stage`.
    pub(crate) fn time<R>(&self, stage: Stage, work: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = work();
        self.add(stage, start.elapsed());
        result
    }

    /// Adds time that was measured elsewhere.
    pub(crate) fn add(&self, stage: Stage, time: Duration) {
        self.nanoseconds[stage as usize].fetch_add(time.as_nanos() as u64, Relaxed);
    }

    /// What the clocks show.
    pub(crate) fn seconds(&self) -> StageSeconds {
        let of = |stage: Stage| self.nanoseconds[stage as usize].load(Relaxed) as f64 / 1e9;
        let of_gpu = |stage: Stage| Some(of(stage)).filter(|&seconds| seconds > 0.0);
        StageSeconds {
            tile: of(Stage::Tile),
            upload: of(Stage::Upload),
            composite: of(Stage::Composite),
            gpu: of_gpu(Stage::Gpu),
            readback: of(Stage::Readback),
            compress: of(Stage::Compress),
            gpu_compress: of_gpu(Stage::GpuCompress),
            join: of(Stage::Join),
            gpu_join: of_gpu(Stage::GpuJoin),
            write: of(Stage::Write),
        }
    }
}

/// Seconds of work in each stage of the press, summed over the threads: stages overlap, so together they are more
/// than the time that passed, which is in [`Seconds`](super::Seconds).
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct StageSeconds {
    /// Cutting items into spans, and looking these up in the cache.
    pub tile: f64,
    /// Bringing traits to the graphics card, before the first picture too.
    pub upload: f64,
    /// Making pixels of spans, or of whole pictures; on a graphics card, what the processor has to do for it.
    pub composite: f64,
    /// The same on the graphics card, by its own clock; `None` where it has none, and without a card.
    pub gpu: Option<f64>,
    /// Bringing pixels, or compressed spans, back from the graphics card.
    pub readback: f64,
    /// Compressing spans, or whole pictures.
    pub compress: f64,
    /// Compressing spans on the graphics card, by its own clock; `None` where it has none, or does not.
    pub gpu_compress: Option<f64>,
    /// Joining spans to files, checksums included; on a graphics card, what the processor has to do for it.
    pub join: f64,
    /// Joining spans on the graphics card, by its own clock; `None` where it has none, or does not.
    pub gpu_join: Option<f64>,
    /// Making metadata and writing files: digests, journal and manifest included.
    pub write: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_has_a_clock_of_its_own() {
        let stages = Stages::default();
        stages.add(Stage::Tile, Duration::from_millis(1500));
        let before = stages.seconds();
        assert_eq!(before, StageSeconds { tile: 1.5, ..StageSeconds::default() });
        stages.add(Stage::Tile, Duration::from_millis(250));
        stages.add(Stage::Gpu, Duration::from_millis(500));
        stages.add(Stage::Write, Duration::from_secs(2));
        assert_eq!(stages.time(Stage::Join, || 7), 7);
        let since = stages.seconds().since(&before);
        assert_eq!((since.tile, since.gpu, since.write), (0.25, Some(0.5), 2.0));
        assert!((0.0..1.0).contains(&since.join));
    }
}
