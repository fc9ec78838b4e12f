//! The folder of the pictures of one size, or of the documents, and in some layouts the folders in it.
//!
//! A collection can have more of these than a process may hold open. Items come nearly in order, so the few that were used
//! last are held, and another is opened, or made, when its first item comes.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::files::Folder;
use crate::project::Layout;
use crate::threads::lock;

/// Folders that are held: items of a batch can be in several.
const HELD: usize = 8;

/// Where the files of items go.
#[derive(Debug)]
pub(crate) struct ItemFolders {
    folder: Arc<Folder>,
    layout: Layout,
    /// Those in it, by their names, the last used at the end.
    held: Mutex<VecDeque<(String, Arc<Folder>)>>,
}

impl ItemFolders {
    pub(crate) fn new(folder: Folder, layout: Layout) -> Self {
        Self { folder: Arc::new(folder), layout, held: Mutex::default() }
    }

    /// The folder that holds all of them.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The folder of an item, which is made if it is missing.
    pub(crate) fn of(&self, edition: u32) -> io::Result<Arc<Folder>> {
        let name = self.layout.item_folder(edition);
        let Some(name) = name.strip_suffix('/') else { return Ok(self.folder.clone()) };
        let mut held = lock(&self.held);
        let found = held.iter().position(|(held, _)| held == name).and_then(|place| held.remove(place));
        let (name, folder) = match found {
            Some(found) => found,
            None => (name.to_owned(), Arc::new(self.folder.make_sub(name)?)),
        };
        if held.len() >= HELD {
            held.pop_front();
        }
        held.push_back((name, folder.clone()));
        Ok(folder)
    }

    /// Fails, with its path, if one of those that are held was replaced.
    pub(crate) fn ensure_in_place(&self) -> Result<(), (PathBuf, io::Error)> {
        let held = lock(&self.held);
        held.iter().try_for_each(|(_, sub)| {
            self.folder.ensure_holds(sub).map_err(|error| (sub.path().to_owned(), error))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_when_they_are_needed_and_a_replaced_one_is_noticed() {
        let temp = tempfile::tempdir().unwrap();
        let open = || Folder::open(temp.path()).unwrap();
        let flat = ItemFolders::new(open(), Layout::Flat);
        assert_eq!(flat.of(7123).unwrap().path(), temp.path());
        let folders = ItemFolders::new(open(), Layout::FanOut);
        for edition in [7123, 0, 12_345_678, 999, 7000] {
            folders.of(edition).unwrap();
        }
        (0..40).for_each(|folder| _ = folders.of(folder * 1000).unwrap());
        assert_eq!(lock(&folders.held).len(), HELD);
        let mut names: Vec<_> = open().entries().unwrap().into_iter().map(|(name, _)| name).collect();
        names.sort();
        assert_eq!((names.len(), names[7].to_str(), names[11].to_str()), (41, Some("007"), Some("011")));
        folders.ensure_in_place().unwrap();
        std::fs::rename(temp.path().join("039"), temp.path().join("39")).unwrap();
        assert_eq!(folders.ensure_in_place().unwrap_err().0, temp.path().join("039"));
    }
}
