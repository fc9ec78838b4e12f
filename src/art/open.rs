//! Opening a project: its configuration and folders, and, where these are wrong, the problems of its pictures too.
//!
//! A person who mends a project wants all of its problems at once, so a project that is refused has its pictures decoded
//! for the list. That is why opening is on the floor of pictures and not on that of projects.

use std::path::Path;

use crate::art::Art;
use crate::error::{Problem, ProjectError};
use crate::project::Project;

impl Project {
    /// Loads and checks the project in the folder `root`. Pictures are opened only if the project is refused.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, in the order of the configuration and then of the layers.
    pub fn open(root: &Path) -> Result<Self, ProjectError> {
        let (project, mut problems) = Self::scan(root)?;
        if problems.is_empty() {
            return Ok(project);
        }
        problems.extend(project.picture_problems());
        Err(ProjectError { warnings: project.warnings, ..problems.into() })
    }

    /// Lists what is wrong with the pictures.
    fn picture_problems(&self) -> Vec<Problem> {
        if self.layers.iter().all(|layer| layer.traits.is_empty()) {
            return Vec::new();
        }
        let Ok(pool) = rayon::ThreadPoolBuilder::new().build() else { return Vec::new() };
        Art::decode(self, &pool).err().map(|error| error.problems).unwrap_or_default()
    }
}
