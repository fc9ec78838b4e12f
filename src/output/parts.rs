//! Temporary files: which are being written, and removing those that nobody will finish.
//!
//! A write that fails leaves its temporary file behind. A run that goes on all the same, or a service that never ends,
//! would collect them. What is being written is known here, so everything else that has such a name is stale.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use crate::output::names;
use crate::threads::lock;

/// The temporary files of a run.
#[derive(Debug)]
pub(crate) struct Parts {
    folder: PathBuf,
    /// Their names.
    writing: Mutex<HashSet<String>>,
}

/// A temporary file that is being written, until this is dropped.
#[derive(Debug)]
pub(crate) struct Part<'p> {
    parts: &'p Parts,
    name: String,
    pub(crate) path: PathBuf,
}

impl Parts {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, writing: Mutex::default() }
    }

    /// The folder that they stand in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the file `name` stands until it is whole.
    pub(crate) fn begin(&self, name: &str) -> Part<'_> {
        let name = name.replace('/', "-") + names::PART;
        self.writing().insert(name.clone());
        Part { parts: self, path: self.folder.join(&name), name }
    }

    /// Removes the regular files that have a name of ours and are not being written; how many there were.
    pub(crate) fn remove_stale(&self) -> u64 {
        let Ok(entries) = fs::read_dir(&self.folder) else { return 0 };
        let found = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let mut removed = 0;
        for name in
            found.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| is_part(name))
        {
            // Held until the file is gone, so that no write of this name can begin in between.
            let writing = self.writing();
            if !writing.contains(&name) && fs::remove_file(self.folder.join(&name)).is_ok() {
                removed += 1;
            }
        }
        removed
    }

    fn writing(&self) -> MutexGuard<'_, HashSet<String>> {
        lock(&self.writing)
    }
}

/// Whether `name` is that of a temporary file of a collection's file.
pub(crate) fn is_part(name: &str) -> bool {
    let is_ours = |whole: &str| whole == names::THUMBNAILS || names::is_ours(&whole.replacen('-', "/", 1));
    name.strip_suffix(names::PART).is_some_and(is_ours)
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        self.parts.writing().remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_files_go_and_those_being_written_and_those_of_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let parts = Parts::new(folder.path().to_owned());
        let write = |name: &str| fs::write(folder.path().join(name), "x").unwrap();
        let part = parts.begin("images/7.png");
        assert_eq!(part.path, folder.path().join("images-7.png.part"));
        for name in [
            "images-7.png.part",
            "images-8.png.part",
            "json-8.json.part",
            "plan.json.part",
            "thumbnails.traitpress.part",
        ] {
            write(name);
        }
        for name in ["journal", "notes.part", "images-8.png", "images-x.png.part", "images-08.png.part"] {
            write(name);
        }
        fs::create_dir(folder.path().join("images-9.png.part")).unwrap();
        assert_eq!((parts.remove_stale(), parts.remove_stale()), (4, 0));
        assert!(part.path.exists());
        drop(part);
        assert_eq!(parts.remove_stale(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 6);
    }
}
