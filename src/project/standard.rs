//! The standards that metadata can be written in, and which go together.

use serde::{Deserialize, Serialize};

use crate::error::quoted;
use crate::project::names::nearest;

/// A form in which metadata is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Standard {
    /// A JSON document an item, as ERC-721 and OpenSea have it.
    Erc721,
    /// A JSON document an item and one for the collection, as Metaplex's Candy Machine reads them.
    Metaplex,
    /// A JSON document an item, as TZIP-21 has it.
    Tezos,
    /// One file by CIP-25.
    Cardano,
    /// One table.
    Csv,
    /// One file, a JSON document a line.
    Jsonl,
}

impl Standard {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Erc721, Self::Metaplex, Self::Tezos, Self::Cardano, Self::Csv, Self::Jsonl];

    /// How it is written in a configuration and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Erc721 => "erc721",
            Self::Metaplex => "metaplex",
            Self::Tezos => "tezos",
            Self::Cardano => "cardano",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// Whether it writes a document an item, `json/N.json`.
    #[must_use]
    pub fn is_per_item(self) -> bool {
        matches!(self, Self::Erc721 | Self::Metaplex | Self::Tezos)
    }

    /// Reads a list of names; `none` alone is an empty one.
    ///
    /// # Errors
    /// What is wrong with it, and the next step.
    pub fn parse_list<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Vec<Self>, (String, String)> {
        let names: Vec<&str> = names.into_iter().map(str::trim).collect();
        if names == ["none"] {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for name in names {
            let known = Self::ALL.into_iter().find(|standard| standard.name() == name);
            // OpenSea reads ERC-721's documents, and is what people call them by.
            let known = known.or((name == "opensea").then_some(Self::Erc721));
            let Some(standard) = known else {
                let all = || Self::ALL.into_iter().map(Self::name).chain(["none"]);
                let remedy = match nearest(name, all()) {
                    Some("none") => "none cannot be combined with others".to_owned(),
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("write one or more of {}", all().collect::<Vec<_>>().join(", ")),
                };
                return Err((format!("there is no standard {}", quoted(name)), remedy));
            };
            if !found.contains(&standard) {
                found.push(standard);
            }
        }
        found.sort_unstable();
        let per_item: Vec<Self> = found.iter().copied().filter(|standard| standard.is_per_item()).collect();
        if let [a, b, ..] = per_item[..] {
            let what = format!("{} and {} both write json/1.json and so on", a.name(), b.name());
            return Err((what, "use one of them, and write the metadata of the other later".to_owned()));
        }
        if found.is_empty() {
            return Err((
                "the list of standards is empty".to_owned(),
                "write \"none\" for no metadata".to_owned(),
            ));
        }
        Ok(found)
    }
}
