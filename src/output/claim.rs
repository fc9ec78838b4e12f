//! Whether a folder may be written to, and making room in one that is ours.
//!
//! A folder with files that we did not make is never touched. One with a manifest or a journal of ours is replaced
//! only on request, and then only the regular files that are listed there, at names that we generate, are removed;
//! links are never followed.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::PathIo;
use crate::files::{Folder, PathKind};
use crate::output::error::OutputError;
use crate::output::records::Records;
use crate::output::shard::{SET, ShardSet};
use crate::output::{journal, manifest, names};
use crate::project::{Layout, Project};

/// What happens to an existing collection in the folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Existing {
    /// It is left alone: that is an error.
    #[default]
    Refuse,
    /// It is removed.
    Replace,
    /// What is whole of it stays, and the run that made it goes on, perhaps to a larger count.
    Resume,
    /// What is whole of it and shows nothing that has changed in the art stays, the rest is made again.
    Update,
}

/// The content of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FolderState {
    /// Nothing, or the folder does not exist.
    Nothing,
    /// A finished collection, with its manifest.
    Collection,
    /// A run that did not finish, with its journal.
    Unfinished,
}

/// Checks, without changing anything, that a collection of `project` can be written to `folder`.
///
/// # Errors
/// If the folder holds something that must not be touched, or lies in the project's art.
pub fn check_folder(folder: &Path, project: &Project, existing: Existing) -> Result<(), OutputError> {
    folder_state(folder, project, existing).map(|_| ())
}

/// Refuses a folder of more items than file systems hold in the layout of `project`.
///
/// # Errors
/// If there are too many.
pub fn check_layout(project: &Project, items: usize) -> Result<(), OutputError> {
    let layout = project.layout;
    if layout == Layout::FanOut || items <= Layout::MAX_FLAT {
        return Ok(());
    }
    Err(OutputError::TooManyForLayout { items, layout })
}

pub(crate) fn folder_state(
    folder: &Path,
    project: &Project,
    existing: Existing,
) -> Result<FolderState, OutputError> {
    let resolved = resolve(folder)?;
    for art in project.art_folders() {
        if resolved.starts_with(art) {
            return Err(OutputError::InsideArt { path: folder.to_owned(), art: art.clone() });
        }
    }
    // What is there would be replaced, the picture with it.
    if let Some(one) = project.ones.iter().find(|one| one.path.starts_with(&resolved)) {
        return Err(OutputError::HoldsArt { path: folder.to_owned(), art: one.path.clone() });
    }
    let (holds, open) = what_it_holds(folder)?;
    let Some(open) = open.filter(|_| holds != FolderState::Nothing) else { return Ok(holds) };
    if holds == FolderState::Unfinished && journal::is_in_use(&open, names::JOURNAL) {
        return Err(OutputError::InUse(folder.to_owned()));
    }
    if existing == Existing::Refuse {
        let path = folder.to_owned();
        return Err(match holds {
            FolderState::Unfinished => OutputError::Unfinished(path),
            _ => OutputError::Finished { items: manifest::items(&open), path },
        });
    }
    for name in [names::IMAGES, names::JSON, names::WORK] {
        refuse_link(&open, name)?;
    }
    item_folders(&open)?.iter().try_for_each(|name| refuse_link(&open, name))?;
    if holds == FolderState::Unfinished {
        // What it claims says what may be removed.
        Records::open(&open, names::JOURNAL)?;
    }
    Ok(holds)
}

/// The absolute path of a folder that may not exist yet, links resolved as far as it does.
pub(crate) fn resolve(folder: &Path) -> Result<PathBuf, PathIo> {
    let absolute = std::path::absolute(folder).map_err(PathIo::on("resolve", folder))?;
    let mut resolved = PathBuf::new();
    for component in absolute.components() {
        match component {
            // What was walked so far has no link left in it, or is not there yet.
            Component::ParentDir => _ = resolved.pop(),
            Component::CurDir => {}
            other => {
                resolved.push(other);
                if let Ok(real) = resolved.canonicalize() {
                    resolved = real;
                }
            }
        }
    }
    Ok(resolved)
}

/// What is in the folder at `path`, and the folder, if there is one.
fn what_it_holds(path: &Path) -> Result<(FolderState, Option<Folder>), OutputError> {
    let folder = match Folder::open(path) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return if path.is_symlink() {
                Err(OutputError::Dangling(path.to_owned()))
            } else {
                Ok((FolderState::Nothing, None))
            };
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(OutputError::NotAFolder(path.to_owned()));
        }
        Err(error) => return Err(PathIo::on("list", path)(error).into()),
    };
    // A journal says more than a manifest beside it: that run was not finished.
    let holds = if folder.is_file(names::JOURNAL) {
        FolderState::Unfinished
    } else if folder.is_file(names::MANIFEST) {
        FolderState::Collection
    } else if holds_our_empty_folders(&folder)? {
        // A run that was stopped before its first file, or while it replaced a collection, leaves no more than this.
        if journal::is_in_use(&folder, names::JOURNAL_PART) {
            return Err(OutputError::InUse(path.to_owned()));
        }
        FolderState::Nothing
    } else {
        return Err(OutputError::Foreign(path.to_owned()));
    };
    Ok((holds, Some(folder)))
}

/// Whether `folder` holds nothing but folders of the names that we make, all of them empty.
fn holds_our_empty_folders(folder: &Folder) -> Result<bool, OutputError> {
    for (name, kind) in folder.entries().map_err(PathIo::on("list", folder.path()))? {
        let known = [names::IMAGES, names::JSON, names::WORK].into_iter().find(|known| name == **known);
        let Some(known) = known.filter(|_| kind == PathKind::FOLDER) else { return Ok(false) };
        if !holds_nothing_begun(folder, known) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the folder `name` holds a journal that was being begun, or empty folders of items, if anything.
fn holds_nothing_begun(folder: &Folder, name: &str) -> bool {
    let is_begun = |(inside, kind): &(OsString, PathKind)| {
        let Some(inside) = inside.to_str().map(|inside| format!("{name}/{inside}")) else { return false };
        match *kind {
            PathKind::File => inside == names::JOURNAL_PART,
            PathKind::FOLDER => names::is_item_folder(&inside) && holds_nothing_begun(folder, &inside),
            _ => false,
        }
    };
    let inside = folder.sub(name).and_then(|sub| sub.entries());
    inside.is_ok_and(|inside| inside.iter().all(is_begun))
}

fn refuse_link(folder: &Folder, name: &str) -> Result<(), OutputError> {
    match folder.kind(name) {
        Ok(PathKind::LINK) => Err(OutputError::Link(folder.join(name))),
        Ok(PathKind::File | PathKind::SOMETHING) => Err(OutputError::NotAFolder(folder.join(name))),
        _ => Ok(()),
    }
}

/// Removes what an earlier run left in a folder that [`folder_state`] allowed to replace. Before the first file goes, it
/// is sure that nothing else has one of the names to be written (of items, those that `is_written` says), so a folder
/// that is refused stays as it is.
pub(crate) fn clear(
    folder: &Folder,
    holds: FolderState,
    is_written: &dyn Fn(&str) -> bool,
) -> Result<(), OutputError> {
    let ours = ours(folder, holds)?;
    let written = |name: &str| {
        let whole = [names::MANIFEST, names::PLAN, names::JOURNAL, names::THUMBNAILS].contains(&name);
        whole || names::WHOLE.contains(&name) || is_temporary(name) || is_written(name)
    };
    for name in names_in(folder)? {
        if written(&name) && folder.is_folder(&name) {
            return Err(OutputError::NotAFile(folder.join(&name)));
        }
        if written(&name) && !(ours.contains(&name) && folder.is_file(&name)) {
            return Err(OutputError::Stray(folder.join(&name)));
        }
    }
    if ShardSet::of(folder).is_some() {
        // Without it the folder is one of files, which the new run writes.
        folder.remove_file(SET).map_err(|error| PathIo::on("remove", &folder.join(SET))(error))?;
    }
    // What marks the folder as ours is removed last: an interruption leaves a folder that can still be replaced.
    let last = [names::MANIFEST, names::JOURNAL];
    let remove = |name: &str| -> Result<(), OutputError> {
        if folder.is_file(name) {
            folder.remove_file(name).map_err(|error| PathIo::on("remove", &folder.join(name))(error))?;
        }
        Ok(())
    };
    ours.iter().map(String::as_str).filter(|name| !last.contains(name)).try_for_each(remove)?;
    last.into_iter().filter(|name| ours.contains(*name)).try_for_each(remove)?;
    // Empty now, unless another program has put something there.
    item_folders(folder)?.iter().rev().for_each(|name| _ = folder.remove_sub(name));
    Ok(())
}

/// The names that the run that filled `folder` has written, or may have written before it was stopped.
fn ours(folder: &Folder, holds: FolderState) -> Result<HashSet<String>, OutputError> {
    let mut ours = HashSet::from([names::JOURNAL_PART.to_owned()]);
    if folder.is_file(names::MANIFEST) && holds != FolderState::Nothing {
        ours.extend(manifest::listed_names(folder, names::MANIFEST)?);
        ours.insert(names::MANIFEST.to_owned());
    }
    if holds != FolderState::Nothing && names::has_thumbnails(folder) {
        ours.insert(names::THUMBNAILS.to_owned());
    }
    if holds == FolderState::Collection && folder.is_file(names::NEXT) {
        // New metadata that was not taken over to its end: what the next manifest lists is in its place or waits.
        ours.extend(manifest::listed_names(folder, names::NEXT)?);
        ours.insert(names::NEXT.to_owned());
        ours.extend(names_in(folder)?.into_iter().filter(|name| is_temporary(name)));
    }
    if holds == FolderState::Unfinished {
        let (header, _) = Records::open(folder, names::JOURNAL)?;
        let claimed = |name: &String| {
            is_temporary(name) || header.stems.edition_of(name).is_some_and(|edition| header.claims(edition))
        };
        ours.extend(names_in(folder)?.into_iter().filter(claimed));
        ours.extend([names::PLAN, names::JOURNAL].into_iter().chain(names::WHOLE).map(str::to_owned));
    }
    Ok(ours)
}

/// Whether `name` is that of a working file: `.traitpress/NAME.part`.
fn is_temporary(name: &str) -> bool {
    name.strip_prefix(names::WORK).is_some_and(|rest| rest.starts_with('/') && rest.ends_with(names::PART))
}

/// The names, as a manifest writes them, of everything that is where a collection has files.
pub(crate) fn names_in(folder: &Folder) -> Result<Vec<String>, OutputError> {
    let mut found = Vec::new();
    let mut subs = ["", names::IMAGES, names::JSON, names::WORK].map(str::to_owned).to_vec();
    while let Some(sub) = subs.pop() {
        let entries = match &*sub {
            "" => folder.entries(),
            _ if !folder.is_folder(&sub) => continue,
            _ => folder.sub(&sub).and_then(|sub| sub.entries()),
        };
        for (name, kind) in entries.map_err(|error| PathIo::on("list", &folder.join(&sub))(error))? {
            // A name that is no text is none that we write.
            let Some(name) = name.to_str() else { continue };
            let full = if sub.is_empty() { name.to_owned() } else { format!("{sub}/{name}") };
            if kind == PathKind::FOLDER && names::is_item_folder(&full) {
                subs.push(full.clone());
            }
            found.push(full);
        }
    }
    Ok(found)
}

/// What has the names of folders of sizes and layouts in those of pictures and documents, links too, by their names as above;
/// folders come before what is in them.
fn item_folders(folder: &Folder) -> Result<Vec<String>, OutputError> {
    let mut found = Vec::new();
    let mut subs = [names::IMAGES, names::JSON].map(str::to_owned).to_vec();
    while let Some(sub) = subs.pop() {
        if !folder.is_folder(&sub) {
            continue;
        }
        let entries = folder.sub(&sub).and_then(|sub| sub.entries());
        let entries = entries.map_err(|error| PathIo::on("list", &folder.join(&sub))(error))?;
        for (name, kind) in entries.into_iter().filter(|(_, kind)| *kind != PathKind::File) {
            let Some(full) = name.to_str().map(|name| format!("{sub}/{name}")) else { continue };
            if names::is_item_folder(&full) {
                subs.extend((kind == PathKind::FOLDER).then(|| full.clone()));
                found.push(full);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn empty_folders_of_ours_are_nothing_and_all_else_is_foreign() {
        let folder = tempfile::tempdir().unwrap();
        for name in [names::IMAGES, names::JSON, names::WORK] {
            fs::create_dir(folder.path().join(name)).unwrap();
            assert_eq!(what_it_holds(folder.path()).unwrap().0, FolderState::Nothing, "{name}");
        }
        fs::write(folder.path().join("images/7.txt"), b"mine").unwrap();
        assert!(matches!(what_it_holds(folder.path()), Err(OutputError::Foreign(_))));
        fs::remove_file(folder.path().join("images/7.txt")).unwrap();
        fs::create_dir(folder.path().join("other")).unwrap();
        assert!(matches!(what_it_holds(folder.path()), Err(OutputError::Foreign(_))));
    }
}
