//! Folders that are made from a finished collection for one upload: they contain what a marketplace's tool asks for, and
//! nothing else.
//!
//! `sugar` is the folder `assets` of Metaplex's Sugar, `reveal` the metadata before a reveal. Neither belongs to the collection:
//! Sugar's folder has no place for a manifest or a plan, and metadata before a reveal must not be beside the rest.
//! So they are other folders, and the collection stays as it is. A folder is filled under a temporary name beside its own and
//! renamed when it is complete. Pictures are second names of the collection's files where the file system has such, so a
//! collection of 10 GB takes no more space.

mod error;
mod reveal;
mod sugar;

pub use error::UploadError;
pub use reveal::{CoverPicture, before_reveal};
pub use sugar::sugar_assets;

use std::path::{Path, PathBuf};

use crate::error::{Cancelled, Error};
use crate::files::Folder;
use crate::finished::filling::Filling;
use crate::finished::listed;
use crate::finished::rewrite::inputs::{self, MetadataChanges};
use crate::output::{Listing, VerifyError, finished, is_unfinished, names};
use crate::plan::Plan;
use crate::project::Project;
use crate::telemetry::Observer;

/// A folder for an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prepared {
    /// The folder.
    pub folder: PathBuf,
    /// Its documents of items.
    pub items: u64,
    /// The address of the picture in all documents, before a reveal.
    pub picture: Option<String>,
}

/// A collection that is read.
struct Collected {
    folder: Folder,
    listing: Listing,
    project: Project,
    plan: Plan,
}

impl Collected {
    /// The collection in `folder` with the settings of `project`, or with its own.
    fn read(folder: &Path, project: Option<&Project>, changes: &MetadataChanges) -> Result<Self, Error> {
        let (opened, listing) = finished(folder)?;
        if is_unfinished(&opened) {
            return Err(VerifyError::Rewriting(folder.to_owned()).into());
        }
        listed::check_plan(&opened, &listing)
            .map_err(|what| UploadError::Damaged { path: opened.join(names::PLAN), what })?;
        let (project, plan, _) = inputs::of(&opened, &listing, project, changes)?;
        Ok(Self { folder: opened, listing, project, plan })
    }

    /// The items by ascending edition.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.plan.len()).collect();
        order.sort_by_key(|&index| self.plan.edition(index));
        order
    }
}

/// Begins the folder of an upload, which must be missing or empty.
fn begin(out: &Path) -> Result<Filling, UploadError> {
    Filling::begin(out)?.ok_or_else(|| UploadError::Taken(out.to_owned()))
}

/// Stops if the observer asks for it.
pub(crate) fn ensure_goes_on(observer: &dyn Observer, done: usize, total: usize) -> Result<(), Error> {
    let (done, total) = (done as u64, total as u64);
    observer.items(done, total);
    if observer.is_cancelled() { Err(Cancelled { done, total }.into()) } else { Ok(()) }
}
