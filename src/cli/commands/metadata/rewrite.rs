//! The metadata of a collection, rewritten in its place.

use std::path::PathBuf;

use traitpress::finished::{MetadataChanges, rewrite_metadata};
use traitpress::project::Project;

use super::save::Edited;
use super::stop::until_stopped;
use crate::cli::failure::Failure;
use crate::cli::print::outln;

/// A rewrite of metadata: the project is open.
pub(super) struct RewriteJob {
    pub(super) dir: PathBuf,
    pub(super) project: Option<Project>,
    pub(super) changes: MetadataChanges,
    /// The project's folder, if the changes become its own.
    pub(super) save: Option<PathBuf>,
}

impl RewriteJob {
    pub(super) fn run(mut self) -> Result<(), Failure> {
        let edited = self.adopt()?;
        let collection = until_stopped(
            "run the same command again to complete it",
            "stopped: the metadata is unchanged; run the same command again to replace it",
            |interrupt| rewrite_metadata(&self.dir, self.project.as_ref(), &self.changes, interrupt),
        )?;
        // After the metadata, so that a refusal leaves the project as it is.
        let saved = edited.map(Edited::write).transpose()?;
        outln!("collection: {}", collection.digest);
        outln!("metadata written to {}", collection.folder.display());
        if let Some(saved) = saved {
            outln!("{saved}");
        }
        Ok(())
    }

    /// With `--save`, makes the changes in the project, so that the metadata is what the project will make.
    fn adopt(&mut self) -> Result<Option<Edited>, Failure> {
        let (Some(project), Some(root)) = (self.project.as_mut(), &self.save) else { return Ok(None) };
        let edited = Edited::new(root, &self.changes)?;
        std::mem::take(&mut self.changes).apply(project);
        Ok(Some(edited))
    }
}
