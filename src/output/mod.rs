//! From finished items to a folder that can be trusted.
//!
//! `claim` decides whether a folder may be written to, `folder` writes each file under a temporary name and renames it,
//! `picture_names` says what pictures are called, `journal` remembers what is whole while the run is under way, `records`
//! reads that again, and `manifest` is made from it at the end. `resume` goes on with what an `earlier` run left.
//! `archive` writes the same files to a tar or a zip. `metadata` knows what is told of the items. `verify` compares a
//! folder with its manifest later, and `rewrite` tells something else.

mod archive;
pub(crate) mod claim;
pub(crate) mod earlier;
mod error;
mod folder;
mod hashing;
pub(crate) mod journal;
mod manifest;
mod metadata;
pub(crate) mod names;
mod parts;
mod picture_names;
mod records;
mod resume;
mod rewrite;
mod verify;
pub(crate) mod whole;

pub use archive::{Archive, ArchiveError, ArchiveKind, Archived, check_archive};
pub(crate) use archive::{ArchiveFile, ArchiveSink};
pub use claim::{Existing, check_folder};
pub use earlier::earlier_run;
pub use error::OutputError;
pub use folder::{Collection, FolderSink};
pub use manifest::RunHeader;
pub(crate) use metadata::{AsText, MetadataTexts, whole_files, write_whole};
pub use metadata::{Told, check_metadata};
pub use picture_names::PictureNames;
pub(crate) use picture_names::Stems;
pub(crate) use resume::{Keeping, Taken};
pub use rewrite::{MetadataChanges, RewriteError, rewrite_metadata};
pub use verify::{FileProblem, ProblemKind, Verification, VerifyError, VerifyOptions, verify};
pub(crate) use verify::{Listing, differs, finished, read_listed};

/// One finished item, whole, on its way out.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FinishedItem<'a> {
    /// Its place in the plan.
    pub index: usize,
    /// Its number.
    pub edition: u32,
    /// The PNG file.
    pub png: &'a [u8],
    /// Its metadata: a JSON document of the standard that the project asks for; empty if it asks for none.
    pub metadata: &'a [u8],
}

/// Why a sink could not take an item.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Takes finished items: a folder, or whatever the caller makes of them.
pub trait Sink: Sync {
    /// Takes one item. Called from several threads at once, items nearly but not strictly in the plan's order.
    ///
    /// # Errors
    /// Whatever keeps the item from being taken; the run stops with it.
    fn write(&self, item: FinishedItem<'_>) -> Result<(), SinkError>;

    /// Removes what stopped writes may have left behind, and says how many files that were. Called now and then,
    /// while items are taken.
    fn clean_up(&self) -> u64 {
        0
    }

    /// Whether so much has come before its turn that no more should be made until everything on its way is here. Asked
    /// before each group of items, so it should return quickly.
    fn is_behind(&self) -> bool {
        false
    }
}

/// A closure takes items too.
impl<F: Fn(FinishedItem<'_>) -> Result<(), SinkError> + Sync> Sink for F {
    fn write(&self, item: FinishedItem<'_>) -> Result<(), SinkError> {
        self(item)
    }
}
