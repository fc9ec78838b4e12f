//! The pipeline that turns a plan into files: the only module that knows all the others.

mod again;
mod backend;
mod batch;
mod cache;
mod effort;
mod engine;
mod expect;
mod foresight;
#[doc(hidden)]
pub mod internals;
mod item;
mod learned;
mod memory;
mod ones;
mod options;
mod pipeline;
pub mod predict;
mod recipe;
mod resume;
#[cfg(test)]
mod tests_cache;
mod thumbnails;
mod to_archive;
mod to_folder;
mod training;
mod upkeep;
mod watch;

pub use crate::compositor::{Adapter, AdapterKind, Backend, BackendError, FaultPlan};
pub use again::Sample;
pub use backend::adapters;
pub use effort::Effort;
pub use engine::Engine;
pub use expect::ExpectedMemory;
pub use foresight::Foresight;
pub use options::{EncoderChoice, PressOptions, Reuse};
pub use predict::{History, LookAhead, Prediction, Predictor, PredictorStats};
pub use resume::{ResumeError, check_configuration, plan_of_run};
pub use to_archive::ArchiveOptions;
pub use to_folder::FolderOptions;
pub use upkeep::Released;
