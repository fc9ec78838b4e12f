//! The pipeline that turns a plan into files: the only module that uses all the others.

mod ahead;
mod backend;
mod batch;
mod budget;
mod cache;
mod caches;
mod canvas;
mod continued;
mod cut;
mod effort;
mod encoder_error;
mod encoding;
mod equal;
mod expect;
mod facade;
mod gate;
#[doc(hidden)]
pub mod internals;
mod item;
mod make_averages;
mod make_spans;
mod ones;
mod open;
mod options;
mod output;
mod output_limits;
mod performance;
mod picture_request;
mod pipeline;
mod predict;
mod prefetch;
mod press;
mod presser;
mod readers;
mod recipe;
mod recipe_cache;
mod render_error;
mod reproduce;
mod resume;
mod resume_error;
mod scaling;
mod setup;
mod shared;
mod single;
mod telemetry;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests_budget;
#[cfg(test)]
mod tests_pipeline;
#[cfg(test)]
mod tests_presser;
#[cfg(all(test, feature = "cloud"))]
mod tests_store;
mod thumbnails;
mod to_archive;
mod to_folder;
mod to_pool;
mod to_shard;
mod training;
mod upcoming;
mod usage;
mod view;
mod watch;

pub use crate::compositor::{Adapter, AdapterKind, Backend, BackendError};
pub use crate::telemetry::EncodingMode;
pub use ahead::AheadUse;
pub use backend::{adapters, measured_adapters};
pub use continued::{ContinuedRun, RunRequest, continue_run, plan_of_run};
pub use effort::Effort;
pub use encoding::Encoding;
pub use expect::ExpectedMemory;
pub use facade::Engine;
pub use open::Reopened;
pub use options::{PressOptions, RunOptions};
pub use performance::{Performance, Reuse};
pub use picture_request::{PicturePixels, PictureRequest};
pub use predict::{Combination, PatternsError};
pub use prefetch::PrefetchSource;
pub use press::{Press, Pressed};
pub use render_error::RenderError;
pub use reproduce::{Reproduced, Reproduction, SampleSize, reproduce};
pub use resume_error::ResumeError;
pub use setup::Setup;
pub use shared::SharedResources;
pub use to_folder::FolderOptions;
pub use to_pool::{PoolOfFolderError, pool_of_folder};
pub use to_shard::{ShardDone, ShardOptions, WholePlan};
