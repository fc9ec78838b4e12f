//! Where shards are, and whether one is there already.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::PathIo;
use crate::files::{PathKind, path_kind};
use crate::output::claim::resolve;
use crate::output::shard::{Shard, ShardError, ShardForm, ShardManifest, ShardReader};
use crate::project::Project;

/// What is behind the shard's name in the name of its manifest.
const MANIFEST: &str = ".manifest.json";

/// The manifest of a shard in `folder`.
pub(crate) fn manifest_path(folder: &Path, shard: Shard) -> PathBuf {
    folder.join(shard.name() + MANIFEST)
}

/// The plan of the whole collection beside a first shard that is a pool, which has a plan of its own.
pub(crate) fn plan_path(folder: &Path, shard: Shard) -> PathBuf {
    folder.join(shard.name() + ".plan.json")
}

/// Whether a shard is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShardState {
    /// It is there, and was made from the same.
    There,
    /// It is not, or not complete.
    Missing,
}

/// Looks whether the shard that `wanted` describes, up to its file, is in `folder`.
///
/// # Errors
/// If one that was made from something else is there.
pub(crate) fn look(folder: &Path, wanted: &ShardManifest) -> Result<ShardState, ShardError> {
    let shard = wanted.shard.shard;
    let manifest = manifest_path(folder, shard);
    match path_kind(&manifest).map_err(PathIo::on("look at", &manifest))? {
        PathKind::File => {}
        PathKind::Nothing => return Ok(ShardState::Missing),
        PathKind::Else(what) => return Err(ShardError::Taken { path: manifest, what }),
    }
    let found = ShardReader::open(&manifest)?.head;
    if let Some(what) = found.difference(wanted) {
        return Err(ShardError::Other { path: manifest, what });
    }
    let path = folder.join(shard.name() + found.shard.form.ending());
    let is_there = match (&found.shard.file, fs::metadata(&path)) {
        (Some(file), Ok(metadata)) => metadata.is_file() && metadata.len() == file.bytes,
        (None, Ok(metadata)) => metadata.is_dir(),
        _ => false,
    };
    Ok(if is_there { ShardState::There } else { ShardState::Missing })
}

/// Checks, without changing anything, that shards of `project` can be written to `folder`.
///
/// # Errors
/// If it is no folder, or lies among the art.
pub fn check_shards(folder: &Path, project: &Project) -> Result<(), ShardError> {
    let resolved = resolve(folder)?;
    if let Some(art) = project.art_folders().find(|art| resolved.starts_with(art)) {
        return Err(ShardError::InsideArt { path: folder.to_owned(), art: art.clone() });
    }
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(ShardError::Taken { path: folder.to_owned(), what: "not a folder" }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(PathIo::on("look at", folder)(error).into()),
    }
}

/// The shards whose manifests are in `folder`, ascending.
///
/// # Errors
/// If it cannot be listed.
pub(crate) fn names_in(folder: &Path) -> Result<Vec<Shard>, ShardError> {
    let fail = PathIo::on("list", folder);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(PathIo::on("list", folder))? {
        let name = entry.map_err(&fail)?.file_name();
        found.extend(name.to_str().and_then(|name| name.strip_suffix(MANIFEST)).and_then(Shard::of_name));
    }
    found.sort_unstable();
    Ok(found)
}

impl ShardForm {
    /// The path of a shard of this form in `folder`.
    #[must_use]
    pub fn path(self, folder: &Path, shard: Shard) -> PathBuf {
        folder.join(shard.name() + self.ending())
    }
}
