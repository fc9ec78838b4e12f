//! Taking new metadata over: from the moment on that all of it is written, a stop loses nothing.
//!
//! New files are in the working folder, each under its temporary name. When all are whole, the new manifest is renamed
//! to [`names::NEXT`] there: from then on the new collection is the one that counts. Every file is renamed to its place,
//! what the old manifest has and the new one has not is removed, and the manifest takes its place last. Whoever finds a
//! [`names::NEXT`] does what is left of that, in the same way.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::PathIo;
use crate::finished::rewrite::error::RewriteError;
use crate::output::{Listing, Parts, is_file, listing, names};

/// Takes over what waits in the working folder.
pub(crate) fn take_over(folder: &Path) -> Result<(), RewriteError> {
    let next_path = names::under(folder, names::NEXT);
    let manifest = folder.join(names::MANIFEST);
    let (old, next) = (listing::read(&manifest)?, listing::read(&next_path)?);
    let parts = Parts::new(folder.join(names::WORK));
    if next.has_documents {
        let json = folder.join(names::JSON);
        fs::create_dir_all(&json).map_err(PathIo::on("create", &json))?;
        refuse_link(&json)?;
    }
    for name in files(&next) {
        let part = parts.begin(&name);
        // One that is not there was renamed before.
        if is_file(&part.path) {
            let path = names::under(folder, &name);
            fs::rename(&part.path, &path).map_err(PathIo::on("rename to", &path))?;
        }
    }
    let kept: std::collections::HashSet<String> = files(&next).collect();
    if !old.has_documents || refuse_link(&folder.join(names::JSON)).is_ok() {
        for name in files(&old).filter(|name| !kept.contains(name)) {
            let path = names::under(folder, &name);
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_file() => {
                    fs::remove_file(&path).map_err(PathIo::on("remove", &path))?;
                }
                _ => {}
            }
        }
    }
    if !next.has_documents {
        // It stays if somebody has put something there.
        let _ = fs::remove_dir(folder.join(names::JSON));
    }
    fs::rename(&next_path, &manifest).map_err(PathIo::on("rename to", &manifest))?;
    clear_work(folder)
}

/// Removes the working folder, and what an earlier run has left there.
pub(crate) fn clear_work(folder: &Path) -> Result<(), RewriteError> {
    let parts = Parts::new(folder.join(names::WORK));
    parts.remove_stale();
    match fs::remove_dir(parts.folder()) {
        // Somebody has put a file there; it is not ours to remove.
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => Ok(removed.map_err(PathIo::on("remove", parts.folder()))?),
    }
}

/// The names of a collection's metadata.
fn files(listing: &Listing) -> impl Iterator<Item = String> + use<'_> {
    let documents = listing.items.iter().filter(|_| listing.has_documents);
    let whole = listing.others.iter().map(|(name, _)| *name).filter(|name| *name != names::PLAN);
    documents.map(|item| names::metadata(item.edition)).chain(whole.map(str::to_owned))
}

/// Refuses what is no folder of its own.
pub(crate) fn refuse_link(path: &Path) -> Result<(), RewriteError> {
    let what = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => "a link",
        Ok(metadata) if !metadata.is_dir() => "not a folder",
        _ => return Ok(()),
    };
    Err(RewriteError::Stray { path: path.to_owned(), what })
}
