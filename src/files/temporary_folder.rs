//! Temporary folders: copies of what is in a store, and shards on their way to one.
//!
//! They are in the system's folder for such, which `TMPDIR` chooses. A process that is ended by a signal removes its own;
//! what one leaves that is killed is the system's to remove.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::error::PathIo;
use crate::threads::lock;

/// The temporary folders of this program.
static LIVE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A temporary folder, which is removed with all it holds when this is dropped.
#[derive(Debug)]
pub(crate) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes one, which only this user can read.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn new() -> Result<Self, PathIo> {
        let base = std::env::temp_dir();
        let made = tempfile::Builder::new().prefix("traitpress-").tempdir_in(&base);
        let path = made.map_err(PathIo::on("create a folder in", &base))?.keep();
        lock(&LIVE).insert(path.clone());
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if lock(&LIVE).remove(&self.0) {
            // What cannot be removed does no harm.
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// Removes all of them; the program is about to end.
pub(super) fn remove_all() {
    for path in std::mem::take(&mut *lock(&LIVE)) {
        let _ = fs::remove_dir_all(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_removed_with_what_it_holds() {
        let folder = TemporaryFolder::new().unwrap();
        let path = folder.path().to_owned();
        fs::create_dir(path.join("x")).unwrap();
        fs::write(path.join("x/y"), "z").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
