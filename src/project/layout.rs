//! The layouts: which folder and which name each file of a collection has.
//!
//! One list for every command that writes files, so that a layout has one name everywhere. Which of them a command takes
//! is a matter of the command.

use serde::{Deserialize, Serialize};

/// Items that share a folder where folders are divided.
const A_FOLDER: u32 = 1000;

/// How the files of a collection are arranged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Layout {
    /// All pictures in one folder and all documents in another: `images/7123.png`, `json/7123.json`.
    #[default]
    Flat,
    /// At most a thousand items in each folder, for file systems that slow down or fail at large folders:
    /// `images/007/7123.png`, `json/007/7123.json`.
    FanOut,
    /// The folder that Metaplex's Sugar uploads: `0.png`, `0.json` and so on, `collection.png` and `collection.json`.
    Sugar,
    /// The names that readers of WebDataset expect: picture, label and metadata of an item have one key,
    /// `000007123.png`, `000007123.txt` and `000007123.json`. Shards can have it.
    Webdataset,
    /// Each file is an object of a store, named as in [`Self::Flat`]; the manifest of the shard comes last. Shards in a store
    /// can have it.
    Objects,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Flat, Self::FanOut, Self::Sugar, Self::Webdataset, Self::Objects];

    /// Items from which on [`Self::FanOut`] is suggested: folders of more entries are slow to list and to copy.
    pub const SUGGESTED_FROM: usize = 100_000;

    /// The most items of a folder that is not divided. Some file systems hold ten million entries and some fewer, and a
    /// folder of items has one for each.
    pub const MAX_FLAT: usize = 1_000_000;

    /// Its name, as arguments and files have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::FanOut => "fan-out",
            Self::Sugar => "sugar",
            Self::Webdataset => "webdataset",
            Self::Objects => "objects",
        }
    }

    /// Whether it is the default.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        *self == Self::Flat
    }

    /// Whether a collection can have it; another is that of a folder made from a collection.
    #[must_use]
    pub fn is_of_collections(self) -> bool {
        matches!(self, Self::Flat | Self::FanOut)
    }

    /// The folder of an item within those of pictures and documents, with `/` at its end; nothing if it is these folders
    /// themselves.
    pub(crate) fn item_folder(self, edition: u32) -> String {
        match self {
            Self::FanOut => format!("{}/", folder_name(edition / A_FOLDER)),
            _ => String::new(),
        }
    }

    /// Whether some item's folder could have the name `name`.
    pub(crate) fn is_item_folder(name: &str) -> bool {
        name.parse::<u32>().is_ok_and(|number| number <= u32::MAX / A_FOLDER && folder_name(number) == name)
    }

    /// How documents of items lead to a folder beside theirs: through this many folders.
    pub(crate) fn way_up(self) -> &'static str {
        match self {
            Self::FanOut => "../../",
            _ => "../",
        }
    }
}

/// Three digits or more, so that the folders of the first million items are in order.
fn folder_name(number: u32) -> String {
    format!("{number:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_items_share_a_folder() {
        for (edition, folder) in [
            (0, "000/"),
            (999, "000/"),
            (1000, "001/"),
            (999_999, "999/"),
            (1_000_000, "1000/"),
            (u32::MAX, "4294967/"),
        ] {
            assert_eq!(Layout::FanOut.item_folder(edition), folder);
            assert!(Layout::is_item_folder(folder.trim_end_matches('/')));
            assert_eq!(Layout::Flat.item_folder(edition), "");
        }
        for name in ["", "7", "07", "0007", "01000", "4294968", "+12", "x", "..", "007/"] {
            assert!(!Layout::is_item_folder(name), "{name}");
        }
    }

    #[test]
    fn names_in_arguments_and_in_files_are_the_same() {
        for layout in Layout::ALL {
            assert_eq!(serde_json::to_value(layout).unwrap(), layout.name());
        }
    }
}
