//! The metadata of a collection, rewritten in its place.

use std::path::PathBuf;

use traitpress::finished::{Cid, MetadataChanges, folder_cid, rewrite_metadata};
use traitpress::project::Project;

use super::save::Edited;
use super::stop::until_stopped;
use crate::cli::failure::Failure;
use crate::cli::print::{errln, outln};

/// A rewrite of metadata: the project is open.
pub(super) struct RewriteJob {
    pub(super) dir: PathBuf,
    pub(super) project: Option<Project>,
    pub(super) changes: MetadataChanges,
    /// The project's folder, if the changes become its own.
    pub(super) save: Option<PathBuf>,
    /// The address on IPFS that the pictures are said to have.
    pub(super) cid: Option<Cid>,
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
        self.compare_cid();
        outln!("collection: {}", collection.digest);
        outln!("metadata written to {}", collection.folder.display());
        if let Some(saved) = saved {
            outln!("{saved}");
        }
        Ok(())
    }

    /// Notes that the address is not the one that the pictures get: it may be that of another folder, or one copied from a
    /// page. It is no error, because upload services can cut files into other blocks.
    fn compare_cid(&self) {
        let Some(given) = self.cid.as_ref().filter(|cid| cid.is_version_1()) else { return };
        let images = self.dir.join("images");
        let Ok(found) = folder_cid(&images, None, &()) else { return };
        if found.cid != *given {
            let images = images.display();
            errln!(
                "note: {given} is not the address that `traitpress cid` computes for {images}, {}; use that one unless your \
                 upload service has printed the other",
                found.cid
            );
        }
    }

    /// With `--save`, makes the changes in the project, so that the metadata is what the project will make.
    fn adopt(&mut self) -> Result<Option<Edited>, Failure> {
        let (Some(project), Some(root)) = (self.project.as_mut(), &self.save) else { return Ok(None) };
        let edited = Edited::new(root, &self.changes)?;
        std::mem::take(&mut self.changes).apply(project);
        Ok(Some(edited))
    }
}
