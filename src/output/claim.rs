//! Whether a folder may be written to, and making room in one that is ours.
//!
//! A folder with files that we did not make is never touched. One with a manifest or a journal of ours is replaced
//! only on request, and then only the regular files that are listed there, at names that we generate, are removed;
//! links are never followed.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::collection::Project;
use crate::output::error::OutputError;
use crate::output::{journal, manifest, names};

/// What stands in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
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
pub fn check_folder(folder: &Path, project: &Project, force: bool) -> Result<(), OutputError> {
    inspect(folder, project, force).map(|_| ())
}

pub(crate) fn inspect(folder: &Path, project: &Project, force: bool) -> Result<Holds, OutputError> {
    let resolved = resolve(folder)?;
    let layers = project.root.join("layers");
    for art in project.layers.iter().map(|layer| &layer.folder).chain([&layers]) {
        if resolved.starts_with(art) {
            return Err(OutputError::InsideArt { path: folder.to_owned(), art: art.clone() });
        }
    }
    let holds = what_it_holds(folder)?;
    let what = match holds {
        Holds::Nothing => return Ok(holds),
        Holds::Collection => "finished collection",
        Holds::Unfinished => "run that did not finish",
    };
    if !force {
        return Err(OutputError::Occupied { path: folder.to_owned(), what });
    }
    for name in [names::IMAGES, names::JSON, names::WORK] {
        refuse_link(&folder.join(name))?;
    }
    Ok(holds)
}

/// The absolute path of a folder that may not exist yet, links resolved as far as it does.
fn resolve(folder: &Path) -> Result<PathBuf, OutputError> {
    let absolute = std::path::absolute(folder).map_err(OutputError::io("resolve", folder))?;
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

fn what_it_holds(folder: &Path) -> Result<Holds, OutputError> {
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Holds::Nothing),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(OutputError::NotAFolder(folder.to_owned()));
        }
        Err(error) => return Err(OutputError::io("list", folder)(error)),
    };
    if entries.next().is_none() {
        return Ok(Holds::Nothing);
    }
    // A journal says more than a manifest beside it: that run was not finished.
    if is_file(&names::under(folder, names::JOURNAL)) {
        Ok(Holds::Unfinished)
    } else if is_file(&folder.join(names::MANIFEST)) {
        Ok(Holds::Collection)
    } else {
        Err(OutputError::Foreign(folder.to_owned()))
    }
}

/// Whether `path` is a regular file, not a link to one.
fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn refuse_link(path: &Path) -> Result<(), OutputError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => Err(OutputError::Link(path.to_owned())),
        Ok(metadata) if !metadata.is_dir() => Err(OutputError::NotAFolder(path.to_owned())),
        _ => Ok(()),
    }
}

/// Removes what an earlier run left in a folder that [`inspect`] allowed to replace, then makes sure that none of
/// the names to be written is taken.
pub(crate) fn clear(folder: &Path, holds: Holds, editions: &dyn Fn(u32) -> bool) -> Result<(), OutputError> {
    let mut listed = Vec::new();
    if is_file(&folder.join(names::MANIFEST)) && holds != Holds::Nothing {
        listed = manifest::listed_names(&folder.join(names::MANIFEST))?;
        listed.push(names::MANIFEST.to_owned());
    }
    if holds == Holds::Unfinished {
        let records = journal::read(&names::under(folder, names::JOURNAL))?;
        listed.extend(records.iter().flat_map(|r| [names::image(r.edition), names::metadata(r.edition)]));
        listed.extend([names::PLAN, names::ALL_METADATA, names::JOURNAL].map(str::to_owned));
        remove_temporaries(&folder.join(names::WORK))?;
    }
    for name in listed {
        let path = names::under(folder, &name);
        if is_file(&path) {
            fs::remove_file(&path).map_err(OutputError::io("remove", &path))?;
        }
    }
    refuse_taken_names(folder, editions)
}

/// Removes the temporary files that a stopped run left: regular files called `NAME.part`.
fn remove_temporaries(work: &Path) -> Result<(), OutputError> {
    for entry in fs::read_dir(work).map_err(OutputError::io("list", work))? {
        let path = entry.map_err(OutputError::io("list", work))?.path();
        if path.extension().is_some_and(|extension| extension == "part") && is_file(&path) {
            fs::remove_file(&path).map_err(OutputError::io("remove", &path))?;
        }
    }
    Ok(())
}

fn refuse_taken_names(folder: &Path, editions: &dyn Fn(u32) -> bool) -> Result<(), OutputError> {
    for name in [names::MANIFEST, names::PLAN, names::ALL_METADATA] {
        let path = names::under(folder, name);
        if fs::symlink_metadata(&path).is_ok() {
            return Err(OutputError::Stray(path));
        }
    }
    for sub in [names::IMAGES, names::JSON] {
        let Ok(entries) = fs::read_dir(folder.join(sub)) else { continue };
        for entry in entries {
            let entry = entry.map_err(OutputError::io("list", folder))?;
            let name = format!("{sub}/{}", entry.file_name().to_string_lossy());
            if names::edition_of(&name).is_some_and(editions) {
                return Err(OutputError::Stray(entry.path()));
            }
        }
    }
    Ok(())
}
