//! What a run reports: progress while it goes on, and statistics when it is done.
//!
//! An [`Observer`] is called for each item by the worker threads, and can stop the run. A [`Snapshot`] is read from any
//! other thread and costs the run nothing. [`Stats`] is the result. Clocks, memory accounts and buffer pools, which
//! every floor above adds to, are here too, so that no statistic makes a lower module import a higher one.

mod buffers;
mod cancel;
mod finished_item;
mod gpu_stats;
pub(crate) mod memory;
mod modes;
mod observer;
mod predictor_stats;
mod processor;
mod released;
mod run;
mod search_stats;
mod since;
mod stages;
mod stats;
mod trait_use;
mod uses;

pub(crate) use buffers::{Account, Buffer, Counted, Pool};
pub use cancel::CancelToken;
pub use finished_item::FinishedItem;
pub use gpu_stats::{GpuStats, StageUse};
pub use modes::{BackendUse, EncodingMode};
pub use observer::Observer;
pub use predictor_stats::PredictorStats;
pub(crate) use processor::Stopwatch;
pub use processor::{ProcessorSeconds, ProcessorUse};
pub use released::Released;
pub(crate) use run::Run;
pub use run::Snapshot;
pub use search_stats::SearchStats;
pub use stages::StageSeconds;
pub(crate) use stages::{Stage, Stages};
pub use stats::{Distinct, MemoryBySystem, PoolUse, Seconds, Stats};
pub use trait_use::TraitUse;
pub use uses::{CacheUse, EncoderUse, HeldBySystem, MemoryUse};
