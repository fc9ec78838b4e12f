//! `shards.json`: where the shards of a merged collection are.
//!
//! Paths are relative to the folder where that is possible, so that both can be moved together; what is in a store has an address.

use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::PathIo;
use crate::files::Folder;
use crate::output::claim::resolve;
use crate::output::shard::{Shard, ShardError, ShardFolder, ShardHead, ShardReader};
use crate::store::StoreAddress;

/// The name of the file.
pub(crate) const SET: &str = "shards.json";
const FORMAT: &str = "traitpress-shards/1";

/// The shards of a merged collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShardSet {
    format: String,
    /// Whether the files that describe all items are there.
    pub(crate) metadata: bool,
    pub(crate) shards: Vec<SetShard>,
}

/// One of the shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SetShard {
    #[serde(flatten)]
    pub(crate) shard: Shard,
    /// The folder of its manifest.
    pub(crate) folder: String,
    /// Its first and last edition; none without items.
    pub(crate) editions: Option<[u32; 2]>,
}

impl ShardSet {
    /// The list of a collection in `out`, of the shards with these heads in these folders.
    pub(crate) fn new<'a>(
        shards: impl Iterator<Item = (&'a ShardFolder, &'a ShardHead)>,
        out: &Path,
        metadata: bool,
    ) -> Result<Self, PathIo> {
        let base = resolve(out)?;
        let set_shard = |(folder, head): (&ShardFolder, &ShardHead)| -> Result<SetShard, PathIo> {
            let folder = match folder {
                ShardFolder::Disk(folder) => relative(&base, &resolve(folder)?),
                ShardFolder::Store(store) => store.address().to_string(),
            };
            Ok(SetShard { shard: head.shard, folder, editions: head.editions })
        };
        let shards = shards.map(set_shard).collect::<Result<_, _>>()?;
        Ok(Self { format: FORMAT.to_owned(), metadata, shards })
    }

    /// Where a shard is; `base` has this list.
    ///
    /// # Errors
    /// If it is in a store that cannot be opened.
    pub(crate) fn folder(&self, base: &Path, number: usize) -> Result<ShardFolder, ShardError> {
        let folder = &self.shards[number].folder;
        match StoreAddress::is_one(Path::new(folder)) {
            true => ShardFolder::at(Path::new(folder)),
            false => Ok(ShardFolder::Disk(base.join(folder))),
        }
    }

    /// Opens the manifest of a shard; `base` has this list.
    ///
    /// # Errors
    /// If it is not there, or is none.
    pub(crate) fn read_manifest(&self, base: &Path, number: usize) -> Result<ShardReader, ShardError> {
        self.folder(base, number)?.read_manifest(self.shards[number].shard)
    }

    /// The file's text, one shard a line.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let line = |shard: &SetShard| serde_json::to_string(shard).expect("a shard always serializes");
        let lines: Vec<String> = self.shards.iter().map(line).collect();
        let Self { format, metadata, .. } = self;
        format!(
            "{{\n\"format\": \"{format}\",\n\"metadata\": {metadata},\n\"shards\": [\n{}\n]\n}}\n",
            lines.join(",\n")
        )
        .into_bytes()
    }

    /// The list of shards of an open collection, if it is merged.
    pub(crate) fn of(folder: &Folder) -> Option<Self> {
        let mut bytes = Vec::new();
        folder.read(SET).ok()?.read_to_end(&mut bytes).ok()?;
        Self::parse(&bytes).ok()
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let set: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if set.format != FORMAT {
            return Err(format!("its format is not {FORMAT}"));
        }
        let all = set.shards.iter().enumerate();
        let of = u32::try_from(set.shards.len()).unwrap_or(u32::MAX);
        let in_order = all
            .into_iter()
            .all(|(number, shard)| (shard.shard.number() as usize, shard.shard.of()) == (number, of));
        if set.shards.is_empty() || !in_order {
            return Err("it does not list each shard once, in order".to_owned());
        }
        Ok(set)
    }
}

/// `to` as seen from the folder `from`, both without links; with `/` between its parts.
fn relative(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (from.components().collect(), to.components().collect());
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if same == 0 {
        return to.iter().collect::<PathBuf>().to_string_lossy().into_owned();
    }
    let up = std::iter::repeat_n("..".to_owned(), from.len() - same);
    let down = to[same..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_folder() {
        let seen = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(seen("/a/drop", "/a/parts"), "../parts");
        assert_eq!(seen("/a/drop", "/a/drop/parts"), "parts");
        assert_eq!(seen("/a/drop", "/a/drop"), ".");
        assert_eq!(seen("/a/b/drop", "/a"), "../..");
    }

    #[test]
    fn each_shard_is_listed_once() {
        let shard = |number, of| SetShard {
            shard: Shard::new(number, of).unwrap(),
            folder: "p".into(),
            editions: Some([1, 2]),
        };
        let set = |shards| ShardSet { format: FORMAT.to_owned(), metadata: false, shards };
        let whole = set(vec![shard(0, 2), shard(1, 2)]);
        assert_eq!(ShardSet::parse(&whole.to_bytes()).unwrap(), whole);
        for other in
            [vec![], vec![shard(0, 2)], vec![shard(1, 2), shard(0, 2)], vec![shard(0, 2), shard(0, 2)]]
        {
            assert!(ShardSet::parse(&set(other).to_bytes()).is_err());
        }
        assert!(ShardSet::parse(b"{}").is_err());
    }
}
