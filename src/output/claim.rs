//! Whether a folder may be written to, and making room in one that is ours.
//!
//! A folder with files that we did not make is never touched. One with a manifest or a journal of ours is replaced
//! only on request, and then only the regular files that are listed there, at names that we generate, are removed;
//! links are never followed.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::PathIo;
use crate::output::error::OutputError;
use crate::output::records::Records;
use crate::output::{journal, manifest, names};
use crate::project::Project;

/// What becomes of a collection that stands in the folder already.
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

/// What stands in a folder.
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

pub(crate) fn folder_state(
    folder: &Path,
    project: &Project,
    existing: Existing,
) -> Result<FolderState, OutputError> {
    let resolved = resolve(folder)?;
    let layers = project.root.join("layers");
    for art in project.layers.iter().map(|layer| &layer.folder).chain([&layers]) {
        if resolved.starts_with(art) {
            return Err(OutputError::InsideArt { path: folder.to_owned(), art: art.clone() });
        }
    }
    // What is there would be replaced, the picture with it.
    if let Some(one) = project.ones.iter().find(|one| one.path.starts_with(&resolved)) {
        return Err(OutputError::HoldsArt { path: folder.to_owned(), art: one.path.clone() });
    }
    let holds = what_it_holds(folder)?;
    if holds == FolderState::Nothing {
        return Ok(holds);
    }
    if holds == FolderState::Unfinished && journal::is_in_use(&names::under(folder, names::JOURNAL)) {
        return Err(OutputError::InUse(folder.to_owned()));
    }
    if existing == Existing::Refuse {
        let path = folder.to_owned();
        return Err(match holds {
            FolderState::Unfinished => OutputError::Unfinished(path),
            _ => OutputError::Finished { items: manifest::items(&folder.join(names::MANIFEST)), path },
        });
    }
    for name in [names::IMAGES, names::JSON, names::WORK] {
        refuse_link(&folder.join(name))?;
    }
    if holds == FolderState::Unfinished {
        // What it claims says what may be removed.
        Records::open(&names::under(folder, names::JOURNAL))?;
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

fn what_it_holds(folder: &Path) -> Result<FolderState, OutputError> {
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return if folder.is_symlink() {
                Err(OutputError::Dangling(folder.to_owned()))
            } else {
                Ok(FolderState::Nothing)
            };
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(OutputError::NotAFolder(folder.to_owned()));
        }
        Err(error) => return Err(PathIo::on("list", folder)(error).into()),
    };
    if entries.next().is_none() {
        return Ok(FolderState::Nothing);
    }
    // A journal says more than a manifest beside it: that run was not finished.
    if is_file(&names::under(folder, names::JOURNAL)) {
        Ok(FolderState::Unfinished)
    } else if is_file(&folder.join(names::MANIFEST)) {
        Ok(FolderState::Collection)
    } else if names_our_empty_folders(folder)? {
        // A run that was stopped before its first file, or while it replaced a collection, leaves no more than this.
        if journal::is_in_use(&names::under(folder, names::JOURNAL_PART)) {
            return Err(OutputError::InUse(folder.to_owned()));
        }
        Ok(FolderState::Nothing)
    } else {
        Err(OutputError::Foreign(folder.to_owned()))
    }
}

/// Whether `folder` holds nothing but folders of the names that we make, all of them empty.
fn names_our_empty_folders(folder: &Path) -> Result<bool, OutputError> {
    for entry in fs::read_dir(folder).map_err(PathIo::on("list", folder))? {
        let entry = entry.map_err(PathIo::on("list", folder))?;
        let known = [names::IMAGES, names::JSON, names::WORK].iter().any(|name| entry.file_name() == *name);
        // `file_type` does not follow links.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        // A journal that was being begun, if anything.
        let begun = folder.join(names::JOURNAL_PART);
        let is_begun = |inside: io::Result<fs::DirEntry>| {
            inside.is_ok_and(|inside| inside.path() == begun && is_file(&begun))
        };
        let is_empty = || fs::read_dir(entry.path()).is_ok_and(|inside| inside.into_iter().all(is_begun));
        if !known || !is_folder || !is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether `path` is a regular file, not a link to one.
pub(crate) fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn refuse_link(path: &Path) -> Result<(), OutputError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => Err(OutputError::Link(path.to_owned())),
        Ok(metadata) if !metadata.is_dir() => Err(OutputError::NotAFolder(path.to_owned())),
        _ => Ok(()),
    }
}

/// Removes what an earlier run left in a folder that [`folder_state`] allowed to replace. Before the first file goes, it
/// is sure that nothing else has one of the names to be written (of items, those that `is_written` says), so a folder
/// that is refused stays as it is.
pub(crate) fn clear(
    folder: &Path,
    holds: FolderState,
    is_written: &dyn Fn(&str) -> bool,
) -> Result<(), OutputError> {
    let ours = ours(folder, holds)?;
    let written = |name: &str| {
        let whole = [names::MANIFEST, names::PLAN, names::JOURNAL, names::THUMBNAILS].contains(&name);
        whole || names::WHOLE.contains(&name) || is_temporary(name) || is_written(name)
    };
    for name in names_in(folder)? {
        let path = names::under(folder, &name);
        if written(&name) && path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
            return Err(OutputError::NotAFile(path));
        }
        if written(&name) && !(ours.contains(&name) && is_file(&path)) {
            return Err(OutputError::Stray(path));
        }
    }
    // What tells that the folder is ours goes last: a stop on the way leaves a folder that can still be replaced.
    let last = [names::MANIFEST, names::JOURNAL];
    let remove = |name: &str| -> Result<(), OutputError> {
        let path = names::under(folder, name);
        if is_file(&path) {
            fs::remove_file(&path).map_err(PathIo::on("remove", &path))?;
        }
        Ok(())
    };
    ours.iter().map(String::as_str).filter(|name| !last.contains(name)).try_for_each(remove)?;
    last.into_iter().filter(|name| ours.contains(*name)).try_for_each(remove)
}

/// The names that the run that filled `folder` has written, or may have written before it was stopped.
fn ours(folder: &Path, holds: FolderState) -> Result<HashSet<String>, OutputError> {
    let mut ours = HashSet::from([names::JOURNAL_PART.to_owned()]);
    if is_file(&folder.join(names::MANIFEST)) && holds != FolderState::Nothing {
        ours.extend(manifest::listed_names(&folder.join(names::MANIFEST))?);
        ours.insert(names::MANIFEST.to_owned());
    }
    if holds != FolderState::Nothing && names::has_thumbnails(folder) {
        ours.insert(names::THUMBNAILS.to_owned());
    }
    if holds == FolderState::Collection && is_file(&names::under(folder, names::NEXT)) {
        // New metadata that was not taken over to its end: what the next manifest lists is in its place or waits.
        ours.extend(manifest::listed_names(&names::under(folder, names::NEXT))?);
        ours.insert(names::NEXT.to_owned());
        ours.extend(names_in(folder)?.into_iter().filter(|name| is_temporary(name)));
    }
    if holds == FolderState::Unfinished {
        let (header, _) = Records::open(&names::under(folder, names::JOURNAL))?;
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

/// The names, as a manifest writes them, of everything that stands where a collection has files.
pub(crate) fn names_in(folder: &Path) -> Result<Vec<String>, OutputError> {
    let mut found = Vec::new();
    for sub in ["", names::IMAGES, names::JSON, names::WORK] {
        let path = folder.join(sub);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(PathIo::on("list", &path)(error).into()),
        };
        for entry in entries {
            let entry = entry.map_err(PathIo::on("list", &path))?.file_name();
            // A name that is no text is none that we write.
            if let Some(name) = entry.to_str() {
                found.push(if sub.is_empty() { name.to_owned() } else { format!("{sub}/{name}") });
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_folders_of_ours_are_nothing_and_all_else_is_foreign() {
        let folder = tempfile::tempdir().unwrap();
        for name in [names::IMAGES, names::JSON, names::WORK] {
            fs::create_dir(folder.path().join(name)).unwrap();
            assert_eq!(what_it_holds(folder.path()).unwrap(), FolderState::Nothing, "{name}");
        }
        fs::write(folder.path().join("images/7.txt"), b"mine").unwrap();
        assert!(matches!(what_it_holds(folder.path()), Err(OutputError::Foreign(_))));
        fs::remove_file(folder.path().join("images/7.txt")).unwrap();
        fs::create_dir(folder.path().join("other")).unwrap();
        assert!(matches!(what_it_holds(folder.path()), Err(OutputError::Foreign(_))));
    }
}
