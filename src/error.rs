//! Everything that a run can fail with.

use crate::engine::predict::PatternsError;
use crate::finished::{ReportError, RewriteError};
use crate::output::{ArchiveError, OutputError, SinkError, VerifyError};
use crate::plan::PlanError;
use crate::project::ProjectError;
use crate::rules::RowError;
use crate::selection::SelectionError;

/// What went wrong. Each message names the thing, the value, the limit and the next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The back end that was asked for is not there, or gave up.
    #[error(transparent)]
    Backend(#[from] crate::compositor::BackendError),
    /// The project or its art is not right.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A picture that had to be decoded again is not there any more, or not what it was.
    #[error(transparent)]
    Reload(#[from] crate::art::ReloadError),
    /// No collection of that size can be chosen.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A plan does not fit the project.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A single item is not possible.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The output folder cannot be used.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A sheet, an atlas or previews cannot be made.
    #[error(transparent)]
    Sheet(#[from] crate::finished::SheetError),
    /// An archive cannot be written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A folder cannot be verified.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A run cannot go on where an earlier one stopped.
    #[error(transparent)]
    Resume(#[from] crate::engine::ResumeError),
    /// The run was told to stop. What was written is whole.
    #[error("stopped: {done} of {total} items are there")]
    Cancelled {
        /// Items that are there, those of an earlier run that it went on with too.
        done: u64,
        /// Items that were to be made.
        total: u64,
    },
    /// A collection cannot be reported on.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Metadata cannot be written anew.
    #[error(transparent)]
    Rewrite(#[from] RewriteError),
    /// A file of patterns cannot be used.
    #[error(transparent)]
    Patterns(#[from] PatternsError),
    /// The receiver of finished items refused one.
    #[error("{0}")]
    Sink(#[source] SinkError),
    /// The plain encoder failed.
    #[error("cannot encode a picture: {0}; please report this as a bug")]
    Encoder(#[source] png::EncodingError),
    /// Threads could not be started.
    #[error("cannot start the worker threads: {0}; try fewer with --threads")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}
