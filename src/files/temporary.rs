//! Temporary files: their names, and removing abandoned ones.
//!
//! A program that is killed leaves its temporary files behind. Each is locked while it is being written, so one without
//! a lock is of a program that has ended, and the next one that writes to the same folder removes it.

use std::collections::{BTreeMap, HashSet};
use std::fs::{File, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use crate::files::{Folder, PathKind};
use crate::threads::lock;

const BEGIN: &str = ".traitpress-";
const END: &str = ".part";
/// Characters between the two.
const MIDDLE: usize = 8;
/// Names that are tried before that is given up.
const TRIES: u32 = 100;

/// The temporary files of this program, each with its folder.
static LIVE: Mutex<BTreeMap<u64, (Arc<Folder>, String)>> = Mutex::new(BTreeMap::new());
/// The folders that this program has looked for left files in.
static LOOKED_IN: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);

/// A temporary file; what has its name when this is dropped is removed.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    pub(crate) folder: Arc<Folder>,
    pub(crate) name: String,
    pub(crate) file: File,
    key: u64,
}

impl TemporaryFile {
    /// Makes one in `folder`, and removes those that others have left there.
    pub(crate) fn new(folder: Arc<Folder>) -> io::Result<Self> {
        if lock(&LOOKED_IN).insert(folder.path().to_owned()) {
            // What cannot be removed does no harm.
            let _ = remove_left(&folder);
        }
        for _ in 0..TRIES {
            let key = RandomState::new().hash_one(END);
            let name = format!("{BEGIN}{:0MIDDLE$x}{END}", key as u32);
            let file = match folder.create_new(&name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            };
            // It waits for one that removes this file at this moment, and took it for one that was left. Where a file
            // system has no locks nothing is removed.
            let _ = file.lock();
            if folder.is_file(&name) {
                lock(&LIVE).insert(key, (folder.clone(), name.clone()));
                return Ok(Self { folder, name, file, key });
            }
        }
        Err(io::Error::other("no temporary file name is free"))
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if lock(&LIVE).remove(&self.key).is_some() {
            // Gone, if the file has been given its name.
            let _ = self.folder.remove_file(&self.name);
        }
    }
}

/// Removes all temporary files of this program, which is about to end.
pub fn remove_temporary_files() {
    crate::files::temporary_folder::remove_all();
    for (folder, name) in std::mem::take(&mut *lock(&LIVE)).into_values() {
        let _ = folder.remove_file(&name);
    }
}

/// Removes the temporary files in `folder` that are not being written.
fn remove_left(folder: &Folder) -> io::Result<()> {
    for (name, kind) in folder.entries()? {
        let Some(name) = name.to_str().filter(|name| kind == PathKind::File && is_temporary(name)) else {
            continue;
        };
        let Ok(file) = folder.open_file(name) else { continue };
        match file.try_lock() {
            Ok(()) => folder.remove_file(name)?,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
    Ok(())
}

/// Whether a name is one of ours.
fn is_temporary(name: &str) -> bool {
    let middle = name.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
    // Earlier versions had six letters and digits.
    middle.is_some_and(|middle| {
        matches!(middle.len(), 6 | MIDDLE) && middle.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_was_left_is_removed_and_what_is_being_written_or_is_of_others_stays() {
        let temp = tempfile::tempdir().unwrap();
        let write = |name: &str| fs::write(temp.path().join(name), "x").unwrap();
        let open = || Arc::new(Folder::open(temp.path()).unwrap());
        let live = TemporaryFile::new(open()).unwrap();
        for name in [".traitpress-0123abcd.part", ".traitpress-aB3xYz.part"] {
            write(name);
        }
        let mine = [".traitpress-notes.part", ".traitpress-0123abcd", "x.part", ".traitpress-.part"];
        mine.iter().for_each(|name| write(name));
        fs::create_dir(temp.path().join(".traitpress-01234567.part")).unwrap();
        remove_left(&open()).unwrap();
        assert!(temp.path().join(&live.name).exists());
        drop(live);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), mine.len() + 1);
    }

    #[test]
    fn the_first_file_in_a_folder_removes_what_was_left_there() {
        let temp = tempfile::tempdir().unwrap();
        let left = temp.path().join(".traitpress-0123abcd.part");
        fs::write(&left, "x").unwrap();
        let file = TemporaryFile::new(Arc::new(Folder::open(temp.path()).unwrap())).unwrap();
        assert!(!left.exists());
        drop(file);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    }
}
