//! Which shards there are, and whether they are one collection: their heads alone are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::files::folder_of;
use crate::finished::merge::MergeError;
use crate::output::{
    ListedShards, Shard, ShardError, ShardFolder, ShardHead, ShardManifest, ShardReader, manifest_path,
};
use crate::store::StoreAddress;

/// A shard, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct FoundShard {
    /// Where its manifest and its file are.
    pub(crate) folder: ShardFolder,
    pub(crate) head: ShardHead,
    listed: Rc<ListedShards>,
}

impl FoundShard {
    /// Opens its manifest.
    pub(crate) fn read(&self) -> Result<ShardReader, ShardError> {
        self.folder.read_listed(self.head.shard, &self.listed)
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.folder.manifest(self.head.shard)
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
    let mut found: BTreeMap<Shard, (ShardFolder, Rc<ListedShards>)> = BTreeMap::new();
    for place in places {
        let (folder, one) = folder_and_shard(place)?;
        let mut listed = folder.list()?;
        if let Some(one) = one {
            listed.shards = vec![one];
        }
        if listed.shards.is_empty() {
            return Err(MergeError::None(place.clone()));
        }
        let listed = Rc::new(listed);
        for &shard in &listed.shards {
            if let Some((other, _)) = found.insert(shard, (folder.clone(), listed.clone())) {
                return Err(MergeError::Twice { path: folder.manifest(shard), other: other.path() });
            }
        }
    }
    let mut first: Option<ShardManifest> = None;
    let mut shards: Vec<FoundShard> = Vec::with_capacity(found.len());
    let mut is_whole = Vec::with_capacity(found.len());
    for (shard, (folder, listed)) in found {
        let path = folder.manifest(shard);
        let head = folder.read_listed(shard, &listed)?.head;
        let differs = |what: String| MergeError::Differs { path: path.clone(), what };
        if head.shard.shard != shard {
            return Err(differs(format!("it is shard {}", head.shard.shard)));
        }
        if let Some(what) = first.as_ref().and_then(|first| first.difference(&head)) {
            return Err(differs(what));
        }
        is_whole.push(folder.has_file(&head.shard, &listed));
        shards.push(FoundShard { folder, head: head.shard.clone(), listed });
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

/// The folder of a place, and the shard whose manifest it is, if it is one.
fn folder_and_shard(place: &Path) -> Result<(ShardFolder, Option<Shard>), MergeError> {
    let split = StoreAddress::of(place).map_err(ShardError::from)?;
    if let Some((folder, name)) = split.as_ref().and_then(StoreAddress::split)
        && let Some(shard) = shard_of_file(Path::new(name))
    {
        return Ok((ShardFolder::at(Path::new(&folder.to_string()))?, Some(shard)));
    }
    match shard_of_file(place) {
        Some(shard) if split.is_none() => Ok((ShardFolder::Disk(folder_of(place)), Some(shard))),
        _ => Ok((ShardFolder::at(place)?, None)),
    }
}

/// The shard of a manifest's path.
fn shard_of_file(path: &Path) -> Option<Shard> {
    let name = path.file_name()?.to_str()?;
    let shard = Shard::of_name(name.split('.').next()?)?;
    (manifest_path(&folder_of(path), shard).file_name() == path.file_name()).then_some(shard)
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
