//! Shards: parts of one collection that are made by processes of their own, on one machine or on many.
//!
//! The items of a plan are divided by edition into parts of equal size, and a shard is one of them: a file or folder with
//! the files of its items, and a manifest beside it. What a shard's bytes depend on is the project, the art and the plan, so
//! shards that different machines make fit together, and the collection that they are together has the digest of one that
//! was made at once.
//!
//! `form` is what a shard can be, `manifest` is its manifest, `reader` reads that as a stream, and `sink` and `folder` write
//! the files of its items. `set` is the list of the shards of a merged collection, which `set_tree` reads as a folder. `place` is
//! where shards are, on a disk or in a store. The manifest is written last: a shard is there when its manifest is.

mod error;
mod files;
mod folder;
mod form;
mod labels;
mod manifest;
mod place;
mod reader;
mod set;
mod set_tree;
mod sink;
mod to_store;

pub use error::ShardError;
pub(crate) use files::{ShardFiles, Unlike};
pub(crate) use folder::FolderShard;
pub use form::ShardForm;
pub(crate) use labels::Labels;
pub(crate) use manifest::{Contents, ShardHead, ShardManifest, WholeFile, write as write_manifest};
pub use place::check_shards;
pub(crate) use place::{ListedShards, ShardFolder, ShardState, manifest_path, plan_path};
pub(crate) use reader::{ShardItem, ShardReader};
pub(crate) use set::{SET, SetShard, ShardSet};
pub(crate) use set_tree::SetTree;
pub(crate) use sink::{ShardSink, TarShard, WritePlan};
pub(crate) use to_store::send as send_shard;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of the equal parts of a collection, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Pair", into = "Pair")]
pub struct Shard {
    number: u32,
    of: u32,
}

/// A shard as files have it.
#[derive(Serialize, Deserialize)]
struct Pair {
    number: u32,
    of: u32,
}

impl Shard {
    /// The most shards that a collection can have: as many as an array of Slurm or Kubernetes.
    pub const MAX: u32 = 100_000;

    /// The shard with this number, from 0 to `of` - 1.
    ///
    /// # Errors
    /// What is wrong with the numbers.
    pub fn new(number: u32, of: u32) -> Result<Self, String> {
        match (number, of) {
            (_, 0) => Err("there are no shards; give at least 1".to_owned()),
            (_, of) if of > Self::MAX => {
                Err(format!("{of} shards are too many; at most {} are possible", Self::MAX))
            }
            (number, of) if number >= of => {
                Err(format!("there is no shard {number} of {of}: shards are numbered from 0 to {}", of - 1))
            }
            (number, of) => Ok(Self { number, of }),
        }
    }

    /// Its number, from 0.
    #[must_use]
    pub fn number(self) -> u32 {
        self.number
    }

    /// How many there are.
    #[must_use]
    pub fn of(self) -> u32 {
        self.of
    }

    /// The name of its files without their endings: `00003-of-00007`.
    #[must_use]
    pub fn name(self) -> String {
        format!("{:05}-of-{:05}", self.number, self.of)
    }

    /// The shard of a name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let (number, of) = name.split_once("-of-")?;
        let shard = Self::new(number.parse().ok()?, of.parse().ok()?).ok()?;
        (shard.name() == name).then_some(shard)
    }

    /// Which of so many items, in the order of their editions, it has.
    #[must_use]
    pub fn range(self, items: u64) -> Range<u64> {
        let at = |number: u32| (u128::from(items) * u128::from(number) / u128::from(self.of)) as u64;
        at(self.number)..at(self.number + 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    /// Reads `3/7`.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| number.to_string() == text);
        let numbers = text.split_once('/').and_then(|(shard, of)| Some((number(shard)?, number(of)?)));
        let (number, of) = numbers.ok_or_else(|| format!("{text:?} is not a shard; write it as 3/7"))?;
        Self::new(number, of)
    }
}

impl TryFrom<Pair> for Shard {
    type Error = String;

    fn try_from(pair: Pair) -> Result<Self, String> {
        Self::new(pair.number, pair.of)
    }
}

impl From<Shard> for Pair {
    fn from(shard: Shard) -> Self {
        Self { number: shard.number, of: shard.of }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_divide_all_items_evenly_and_in_order() {
        for items in [0u64, 1, 6, 7, 8, 1000, u64::from(u32::MAX)] {
            for of in [1, 2, 7, 64, 1000] {
                let mut next = 0;
                for number in 0..of {
                    let range = Shard::new(number, of).unwrap().range(items);
                    assert_eq!(range.start, next);
                    let even = items / u64::from(of);
                    assert!((even..=even + 1).contains(&(range.end - range.start)));
                    next = range.end;
                }
                assert_eq!(next, items);
            }
        }
    }

    #[test]
    fn names_and_texts_are_read_back_and_others_are_refused() {
        let shard: Shard = "3/7".parse().unwrap();
        assert_eq!((shard.name().as_str(), shard.to_string().as_str()), ("00003-of-00007", "3/7"));
        assert_eq!(Shard::of_name("00003-of-00007"), Some(shard));
        for name in ["3-of-7", "00007-of-00007", "00003-of-0007", "00003-of-00007.tar", "", "x"] {
            assert_eq!(Shard::of_name(name), None, "{name}");
        }
        for (text, error) in [
            ("7/7", "numbered from 0 to 6"),
            ("0/0", "no shards"),
            ("1/100001", "too many"),
            ("3", "write it as 3/7"),
            ("+3/7", "write it as 3/7"),
            ("03/7", "write it as 3/7"),
            ("-1/7", "write it as 3/7"),
            ("auto", "write it as 3/7"),
        ] {
            assert!(text.parse::<Shard>().unwrap_err().contains(error), "{text}");
        }
    }
}
