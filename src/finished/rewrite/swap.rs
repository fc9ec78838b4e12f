//! Taking new metadata over: from the moment on that all of it is written, a stop loses nothing.
//!
//! New files are in the working folder, each under its temporary name. When all are whole, the new manifest is renamed
//! to [`names::NEXT`] there: from then on the new collection is the one that counts. Every file is renamed to its place,
//! what only the old manifest lists is removed, and the manifest takes its place last. A command that finds a
//! [`names::NEXT`] does the rest of that, in the same way.

use std::collections::BTreeSet;
use std::io;

use crate::error::PathIo;
use crate::files::{Folder, PathKind};
use crate::finished::rewrite::error::RewriteError;
use crate::output::{Listing, Parts, listing, names};

/// Takes over what waits in the working folder.
pub(crate) fn take_over(folder: &Folder) -> Result<(), RewriteError> {
    let (old, next) = (listing::read(folder, names::MANIFEST)?, listing::read(folder, names::NEXT)?);
    let work = folder.sub(names::WORK).map_err(PathIo::on("open", &folder.join(names::WORK)))?;
    let parts = Parts::new(work);
    if next.has_documents {
        refuse_link(folder, names::JSON)?;
        folder.make_sub(names::JSON).map_err(PathIo::on("create", &folder.join(names::JSON)))?;
    }
    for name in files(&next) {
        let part = parts.begin(&name);
        // One that is not there was renamed before.
        if part.is_there() {
            if let Some((sub, _)) = name.rsplit_once('/').filter(|(sub, _)| names::is_item_folder(sub)) {
                refuse_link(folder, sub)?;
                folder.make_sub(sub).map_err(PathIo::on("create", &folder.join(sub)))?;
            }
            part.take_place(folder, &name)?;
        }
    }
    drop(parts);
    let kept: std::collections::HashSet<String> = files(&next).collect();
    if !old.has_documents || refuse_link(folder, names::JSON).is_ok() {
        for name in files(&old).filter(|name| !kept.contains(name) && folder.is_file(name)) {
            folder.remove_file(&name).map_err(|error| PathIo::on("remove", &folder.join(&name))(error))?;
        }
    }
    if !next.has_documents {
        let folders: BTreeSet<String> =
            old.items.iter().filter_map(|item| old.stems.item_folders(item.edition).pop()).collect();
        folders.iter().for_each(|name| _ = folder.remove_sub(name));
        // It stays if it is not empty.
        let _ = folder.remove_sub(names::JSON);
    }
    let renamed = folder.rename(names::NEXT, folder, names::MANIFEST);
    renamed.map_err(PathIo::on("rename to", &folder.join(names::MANIFEST)))?;
    clear_work(folder)
}

/// Removes the working folder, and what an earlier run has left there.
pub(crate) fn clear_work(folder: &Folder) -> Result<(), RewriteError> {
    if let Ok(work) = folder.sub(names::WORK) {
        Parts::new(work).remove_stale();
    }
    match folder.remove_sub(names::WORK) {
        // Somebody has put a file there; it is not ours to remove.
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => Ok(removed.map_err(PathIo::on("remove", &folder.join(names::WORK)))?),
    }
}

/// The names of a collection's metadata.
fn files(listing: &Listing) -> impl Iterator<Item = String> + use<'_> {
    let documents = listing.items.iter().filter(|_| listing.has_documents);
    let whole = listing.others.iter().map(|(name, _)| *name).filter(|name| *name != names::PLAN);
    documents.map(|item| listing.stems.metadata(item.edition)).chain(whole.map(str::to_owned))
}

/// Refuses what is no folder of its own.
pub(crate) fn refuse_link(folder: &Folder, name: &str) -> Result<(), RewriteError> {
    let what = match folder.kind(name) {
        Ok(PathKind::LINK) => "a link",
        Ok(PathKind::File | PathKind::SOMETHING) => "not a folder",
        _ => return Ok(()),
    };
    Err(RewriteError::Stray { path: folder.join(name), what })
}
