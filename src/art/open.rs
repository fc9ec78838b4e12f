//! Opening a project: its configuration and folders, and, where these are wrong, the problems of its pictures too.
//!
//! A person who mends a project wants all of its problems at once, so a project that is refused has its pictures decoded
//! for the list. Where items differ by what is visible, which items are possible depends on the pixels, so the pictures are
//! decoded, too. That is why opening is on the floor of pictures and not on that of projects.

use std::path::Path;
use std::sync::Arc;

use rayon::ThreadPool;

use crate::art::{Art, ArtStore, ReloadError, StoreOptions};
use crate::error::{Problem, ProjectError};
use crate::project::{Distinct, Project};
use crate::telemetry::Account;

/// Bytes of decoded pixels that are held at most until what is visible of each trait is clear; others are decoded again.
const HELD_BYTES: u64 = 1 << 29;

impl Project {
    /// Loads and checks the project in the folder `root`. Pictures are decoded only if the project is refused, and under
    /// `distinct = "pictures"`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, in the order of the configuration and then of the layers.
    pub fn open(root: &Path) -> Result<Self, ProjectError> {
        Self::opened(Self::scan(root)?)
    }

    /// The same as if the project's `collection.toml` held `text`, which is on no disk: for programs that try settings.
    ///
    /// # Errors
    ///
    /// As for [`Self::open`]; lines are those of the text.
    pub fn open_with_text(root: &Path, text: &str) -> Result<Self, ProjectError> {
        Self::opened(Self::draft(root, text)?)
    }

    fn opened((mut project, mut problems): (Self, Vec<Problem>)) -> Result<Self, ProjectError> {
        if problems.is_empty() {
            match project.read_distinct() {
                Ok(()) => return Ok(project),
                Err(error) => problems = error.problems,
            }
        } else {
            problems.extend(project.picture_problems());
        }
        Err(ProjectError { warnings: project.warnings, ..problems.into() })
    }

    /// Reads the pictures, if items differ by what is visible.
    fn read_distinct(&mut self) -> Result<(), ProjectError> {
        if !self.distinct.by_pictures() {
            return Ok(());
        }
        let pool = threads().ok_or_else(|| {
            let what = "no thread to decode the pictures could be started";
            Problem::at(&self.root, what, "stop other programs, or raise the process limit")
        })?;
        let store = ArtStore::decode(
            self,
            &Arc::new(pool),
            StoreOptions { budget: Some(HELD_BYTES), ..StoreOptions::default() },
            &Account::new(true),
        )?;
        let classes = store.picture_classes(self).map_err(|error| match error {
            ReloadError::Unreadable(problem) | ReloadError::OneUnreadable(problem) => problem,
            ReloadError::Changed(path) | ReloadError::OneChanged(path) => {
                Problem::at(path, "the picture changed while the project was being opened", "start again")
            }
        })?;
        self.distinct = Distinct::Pictures(classes.into());
        Ok(())
    }

    /// Lists what is wrong with the pictures.
    fn picture_problems(&self) -> Vec<Problem> {
        if self.layers.iter().all(|layer| layer.traits.is_empty()) {
            return Vec::new();
        }
        let Some(pool) = threads() else { return Vec::new() };
        Art::decode(self, &pool).err().map(|error| error.problems).unwrap_or_default()
    }
}

/// Threads to decode on, one for each processor.
fn threads() -> Option<ThreadPool> {
    rayon::ThreadPoolBuilder::new().build().ok()
}
