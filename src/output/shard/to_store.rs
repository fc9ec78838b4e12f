//! A shard that was made on the disk, to a store.
//!
//! Its files go first and its manifest last, and only if none is there: with the manifest the shard is there, whole. Of two
//! processes that make one shard, the one whose manifest comes second finds the other's and compares. Files are written over, for
//! the same shard has the same bytes; a large one only if there is no manifest when its last part has arrived, so that another run
//! cannot take the place of what a manifest describes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::PathIo;
use crate::output::shard::place::{manifest_name, manifest_path, plan_name, plan_path};
use crate::output::shard::{Shard, ShardError, ShardFolder, ShardForm, ShardManifest, ShardReader};
use crate::store::{Created, Store};

/// Puts the shard that is in the folder `made`; gives whether it is new, or was there before.
///
/// # Errors
/// If a shard of another run is there, or files cannot be read or put.
pub(crate) fn send(
    made: &Path,
    shard: Shard,
    store: &Store,
    replace: bool,
    goes_on: &dyn Fn() -> bool,
) -> Result<Created, ShardError> {
    let manifest = manifest_path(made, shard);
    let fail = PathIo::on("read", &manifest);
    let head = ShardReader::open(&manifest)?.head;
    let name = manifest_name(shard);
    if replace {
        store.remove(&name)?;
    }
    let path = head.shard.form.path(made, shard);
    match head.shard.form {
        ShardForm::Folder => store.put_all(&files_in(&path)?, goes_on)?,
        form => {
            let has_plan = form == ShardForm::Pool && shard.number() == 0;
            let plan = has_plan.then(|| (plan_path(made, shard), plan_name(shard)));
            for (file, object) in plan.into_iter().chain([(path, form.name_of(shard))]) {
                if store.put(&file, &object, Some(&name), goes_on)? == Created::Before {
                    return compare(store, shard, &head);
                }
            }
        }
    }
    let bytes = fs::read(&manifest).map_err(fail)?;
    match store.create(&name, bytes)? {
        Created::Now => Ok(Created::Now),
        Created::Before => compare(store, shard, &head),
    }
}

/// Compares a shard with the one that is there.
fn compare(store: &Store, shard: Shard, made: &ShardManifest) -> Result<Created, ShardError> {
    let folder = ShardFolder::Store(store.clone());
    let found = folder.read_manifest(shard)?.head;
    let differs = found.difference(made);
    let differs = differs.or((found.shard != made.shard).then(|| "its file has other bytes".to_owned()));
    match differs {
        Some(what) => Err(ShardError::Other { path: folder.manifest(shard), what }),
        None => Ok(Created::Before),
    }
}

/// All files in a folder, with their paths in it as names.
fn files_in(folder: &Path) -> Result<Vec<(PathBuf, String)>, PathIo> {
    let mut found = Vec::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = open.pop() {
        let entries = fs::read_dir(&path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        for entry in entries.map_err(PathIo::on("list", &path))? {
            // The names of a collection's files are text.
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(PathIo::on("look at", &entry.path()))?;
            match kind.is_dir() {
                true => open.push((entry.path(), name + "/")),
                false => found.push((entry.path(), name)),
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}
