//! What a shard can be. A form is a way to keep the files of its items; its manifest is beside it in any.

use serde::{Deserialize, Serialize};

/// The form of a shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ShardForm {
    /// One tar (POSIX ustar): a single file for a store, with each picture at a known offset.
    #[default]
    Tar,
    /// A folder of files.
    Folder,
    /// A pool, the smallest of all: the compressed spans of pictures, each kept once.
    Pool,
}

impl ShardForm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tar, Self::Folder, Self::Pool];

    /// Its name, as arguments and files have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tar => "tar",
            Self::Folder => "folder",
            Self::Pool => "pool",
        }
    }

    /// What is behind the shard's name in the name of its file or folder.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Tar => ".tar",
            Self::Folder => "",
            Self::Pool => ".pool",
        }
    }
}
