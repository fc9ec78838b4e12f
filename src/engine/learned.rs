//! What an engine has learned of which traits come together, kept from run to run.

use std::path::Path;

use crate::engine::facade::Engine;
use crate::engine::predict::{Combination, History};
use crate::error::Error;

impl Engine {
    /// Reads what an earlier run learned about which traits come together, from `path`.
    ///
    /// # Errors
    /// If the file cannot be read, or was made from other art.
    pub fn load_patterns(&self, path: &Path) -> Result<(), Error> {
        *self.history() = History::load(path, self.project(), &self.art.digest_of_traits())?;
        Ok(())
    }

    /// Writes what was learned to `path`, whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save_patterns(&self, path: &Path) -> Result<(), Error> {
        Ok(self.history().save(path, self.project(), &self.art.digest_of_traits())?)
    }

    /// The combinations that were made most often lately, at most that many.
    #[must_use]
    pub fn most_common(&self, most: usize) -> Vec<Combination> {
        self.history().most_common(most)
    }
}
