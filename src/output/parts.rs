//! Temporary files: which are being written, and removing abandoned ones.
//!
//! A write that fails leaves its temporary file behind. A run that goes on all the same, or a service that never ends,
//! would collect them. What is being written is known here, so everything else that has such a name is stale.

use std::collections::HashSet;
use std::fs::File;
use std::sync::{Mutex, MutexGuard};

use crate::error::PathIo;
use crate::files::{Folder, PathKind};
use crate::output::names;
use crate::threads::lock;

/// The temporary files of a run.
#[derive(Debug)]
pub(crate) struct Parts {
    folder: Folder,
    /// Their names.
    writing: Mutex<HashSet<String>>,
}

/// A temporary file that is being written, until this is dropped.
#[derive(Debug)]
pub(crate) struct Part<'p> {
    parts: &'p Parts,
    name: String,
}

impl Parts {
    /// In the working folder of a collection.
    pub(crate) fn new(folder: Folder) -> Self {
        Self { folder, writing: Mutex::default() }
    }

    /// The working folder.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Where the file `name` stays until it is whole.
    pub(crate) fn begin(&self, name: &str) -> Part<'_> {
        let name = name.replace('/', "-") + names::PART;
        self.writing().insert(name.clone());
        Part { parts: self, name }
    }

    /// Removes the regular files that have a name of ours and are not being written; how many there were.
    pub(crate) fn remove_stale(&self) -> u64 {
        let Ok(entries) = self.folder.entries() else { return 0 };
        let found = entries.into_iter().filter(|(_, kind)| *kind == PathKind::File);
        let mut removed = 0;
        for name in found.filter_map(|(name, _)| name.into_string().ok()).filter(|name| is_part(name)) {
            // Held until the file is gone, so that no write of this name can begin in between.
            let writing = self.writing();
            if !writing.contains(&name) && self.folder.remove_file(&name).is_ok() {
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
    // One folder, or that of a size in it.
    let is_listed =
        |whole: &str| [1, 2].iter().any(|&count| names::is_ours(&whole.replacen('-', "/", count)));
    let is_ours = |whole: &str| whole == names::THUMBNAILS || is_listed(whole);
    name.strip_suffix(names::PART).is_some_and(is_ours)
}

impl Part<'_> {
    /// Makes the file. It is always a new one, so that no link is followed.
    pub(crate) fn create(&self) -> Result<File, PathIo> {
        let folder = &self.parts.folder;
        folder.create_new(&self.name).map_err(|error| PathIo::on("create", &folder.join(&self.name))(error))
    }

    /// Gives the file its name in `folder`.
    pub(crate) fn take_place(&self, folder: &Folder, name: &str) -> Result<(), PathIo> {
        let renamed = self.parts.folder.rename(&self.name, folder, name);
        renamed.map_err(|error| PathIo::on("rename to", &folder.join(name))(error))
    }

    /// Whether the file is there.
    pub(crate) fn is_there(&self) -> bool {
        self.parts.folder.is_file(&self.name)
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        self.parts.writing().remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn stale_files_go_and_those_being_written_and_those_of_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let parts = Parts::new(Folder::open(folder.path()).unwrap());
        let write = |name: &str| fs::write(folder.path().join(name), "x").unwrap();
        let part = parts.begin("images/7.png");
        assert_eq!(part.name, "images-7.png.part");
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
        assert!(part.is_there());
        drop(part);
        assert_eq!(parts.remove_stale(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 6);
    }
}
