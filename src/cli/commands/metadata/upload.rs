//! A folder for an upload: Sugar's assets, or the documents before a reveal.

use std::path::{Path, PathBuf};

use traitpress::finished::{CoverPicture, MetadataChanges, before_reveal, sugar_assets};
use traitpress::project::Project;

use super::stop::until_stopped;
use crate::cli::failure::Failure;
use crate::cli::measure::thousands;
use crate::cli::print::outln;
use crate::cli::shell;

/// What is made.
pub(super) enum Set {
    Sugar,
    BeforeReveal(CoverPicture),
}

/// A folder to make: the project is open.
pub(super) struct UploadJob {
    pub(super) dir: PathBuf,
    pub(super) project: Option<Project>,
    pub(super) changes: MetadataChanges,
    pub(super) set: Set,
    pub(super) out: Option<PathBuf>,
}

impl UploadJob {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { dir, changes, set, .. } = &self;
        let project = self.project.as_ref();
        let default = if matches!(set, Set::Sugar) { "assets" } else { "pre-reveal" };
        let out = self.out.as_deref().unwrap_or(Path::new(default));
        let prepared =
            until_stopped("nothing was written", "stopped: nothing was written", |interrupt| match set {
                Set::Sugar => sugar_assets(dir, project, changes, out, interrupt),
                Set::BeforeReveal(picture) => before_reveal(dir, project, changes, picture, out, interrupt),
            })?;
        let (items, folder) = (thousands(prepared.items), prepared.folder.display());
        match (set, &prepared.picture) {
            (Set::BeforeReveal(_), Some(picture)) => {
                outln!("{items} documents, all with the picture {picture}, written to {folder}");
                let cid = shell::quoted(&prepared.folder);
                outln!(
                    "next: upload {folder} (`traitpress cid {cid}` prints its address), and after the reveal {}",
                    dir.join("json").display()
                );
            }
            _ => {
                outln!("{items} pictures and documents, and the collection's, written to {folder}");
                outln!("next: run `sugar validate` in the folder that contains it");
            }
        }
        Ok(())
    }
}
