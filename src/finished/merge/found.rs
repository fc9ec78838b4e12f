//! Which shards there are, and whether they are one collection: their heads alone are read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::folder_of;
use crate::finished::merge::MergeError;
use crate::output::{Shard, ShardHead, ShardManifest, ShardReader, manifest_path, shards_in};

/// A shard, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct FoundShard {
    /// The folder of its manifest and its file.
    pub(crate) folder: PathBuf,
    pub(crate) head: ShardHead,
}

impl FoundShard {
    pub(crate) fn manifest(&self) -> PathBuf {
        manifest_path(&self.folder, self.head.shard)
    }
}

/// All shards of a collection.
#[derive(Debug)]
pub(crate) struct FoundShards {
    /// What the first one says, and so all of them.
    pub(crate) first: ShardManifest,
    /// By their numbers.
    pub(crate) shards: Vec<FoundShard>,
}

/// Finds the shards in folders, or those whose manifests are given.
///
/// # Errors
/// If one is missing or there twice, or they do not belong together.
pub(crate) fn find(places: &[PathBuf]) -> Result<FoundShards, MergeError> {
    let mut found: BTreeMap<Shard, PathBuf> = BTreeMap::new();
    for place in places {
        let (folder, shards) = match shard_of_file(place) {
            Some(shard) => (folder_of(place), vec![shard]),
            None => (place.clone(), shards_in(place)?),
        };
        if shards.is_empty() {
            return Err(MergeError::None(place.clone()));
        }
        for shard in shards {
            if let Some(other) = found.insert(shard, folder.clone()) {
                return Err(MergeError::Twice { path: manifest_path(&folder, shard), other });
            }
        }
    }
    let mut first: Option<ShardManifest> = None;
    let mut shards: Vec<FoundShard> = Vec::with_capacity(found.len());
    let mut is_whole = Vec::with_capacity(found.len());
    for (shard, folder) in found {
        let path = manifest_path(&folder, shard);
        let head = ShardReader::open(&path)?.head;
        let differs = |what: String| MergeError::Differs { path: path.clone(), what };
        if head.shard.shard != shard {
            return Err(differs(format!("it is shard {}", head.shard.shard)));
        }
        if let Some(what) = first.as_ref().and_then(|first| first.difference(&head)) {
            return Err(differs(what));
        }
        is_whole.push(has_file(&folder, &head.shard));
        shards.push(FoundShard { folder, head: head.shard.clone() });
        first.get_or_insert(head);
    }
    let first = first.ok_or_else(|| MergeError::None(places.first().cloned().unwrap_or_default()))?;
    let of = first.shard.shard.of();
    let mut there = vec![false; of as usize];
    shards.iter().zip(is_whole).for_each(|(shard, whole)| there[shard.head.shard.number() as usize] = whole);
    let missing: Vec<u32> = (0..of).filter(|&number| !there[number as usize]).collect();
    if !missing.is_empty() {
        return Err(MergeError::Missing { of, missing: expression(&missing) });
    }
    let mut last = None;
    for shard in &shards {
        if let Some([lowest, highest]) = shard.head.editions {
            if last.is_some_and(|last| last >= lowest) {
                let what = format!("its items begin with {lowest}, and those before it are not all lower");
                return Err(MergeError::Differs { path: shard.manifest(), what });
            }
            last = Some(highest);
        }
    }
    Ok(FoundShards { first, shards })
}

/// The shard of a manifest's path.
fn shard_of_file(path: &Path) -> Option<Shard> {
    let name = path.file_name()?.to_str()?;
    let shard = Shard::of_name(name.split('.').next()?)?;
    (manifest_path(&folder_of(path), shard).file_name() == path.file_name()).then_some(shard)
}

/// Whether the file or folder of a shard is there, with its length.
fn has_file(folder: &Path, head: &ShardHead) -> bool {
    match (&head.file, fs::symlink_metadata(head.form.path(folder, head.shard))) {
        (Some(listed), Ok(found)) => found.is_file() && found.len() == listed.bytes,
        (None, Ok(found)) => found.is_dir(),
        _ => false,
    }
}

/// Numbers as an array is asked for: `3,17-19`.
fn expression(numbers: &[u32]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b).map(|run| match *run {
        [only] => only.to_string(),
        _ => format!("{}-{}", run[0], run[run.len() - 1]),
    });
    runs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_numbers_are_an_expression() {
        for (numbers, text) in
            [(&[3][..], "3"), (&[3, 17, 18, 19], "3,17-19"), (&[0, 1], "0-1"), (&[0, 2, 4, 5], "0,2,4-5")]
        {
            assert_eq!(expression(numbers), text);
        }
    }

    #[test]
    fn a_manifest_is_named_by_its_path() {
        assert_eq!(shard_of_file(Path::new("a/00003-of-00007.manifest.json")).unwrap().number(), 3);
        for path in ["a/00003-of-00007.tar", "a/00003-of-00007", "manifest.json", ""] {
            assert_eq!(shard_of_file(Path::new(path)), None, "{path}");
        }
    }
}
