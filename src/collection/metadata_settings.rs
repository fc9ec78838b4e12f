//! The `[metadata]` table: what is told of the items, in which standards, and how layers and traits are called there.
//!
//! Nothing here shapes a picture, a choice or the recipe, so it is no part of the configuration's digest. It is kept by
//! names, not by numbers, so that it can stand in a manifest and be read without the project.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::de::DeTable;

use super::names::{nearest, nfc};
use super::one_settings::read_attributes;
use super::ones::Attribute;
use super::problem::{Escaped, quoted};
use super::template;
use super::values::Values;

/// A form in which metadata is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Standard {
    /// A JSON document an item, as ERC-721 and OpenSea have it.
    Erc721,
    /// A JSON document an item and one for the collection, as Metaplex' Candy Machine reads them.
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
            let Some(standard) = known else {
                let all = || Self::ALL.into_iter().map(Self::name).chain(["none"]);
                let remedy = match nearest(name, all()) {
                    Some("none") => "none stands alone".to_owned(),
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("write one or more of {}", all().collect::<Vec<_>>().join(", ")),
                };
                return Err((format!("the standard {} is not known", quoted(name)), remedy));
            };
            if !found.contains(&standard) {
                found.push(standard);
            }
        }
        found.sort_unstable();
        let per_item: Vec<Self> = found.iter().copied().filter(|standard| standard.is_per_item()).collect();
        if let [a, b, ..] = per_item[..] {
            let what = format!("{} and {} both write json/1.json and so on", a.name(), b.name());
            return Err((what, "name one of them; traitpress metadata makes the other later".to_owned()));
        }
        if found.is_empty() {
            return Err(("no standard is named".to_owned(), "write \"none\" for no metadata".to_owned()));
        }
        Ok(found)
    }
}

/// How marketplaces show a number (OpenSea, "Media and traits").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DisplayType {
    /// A number among statistics.
    Number,
    /// A number that is added to something.
    BoostNumber,
    /// A percentage that is added to something.
    BoostPercentage,
    /// A day, in seconds since 1970.
    Date,
}

impl DisplayType {
    const CHOICES: [(&'static str, Self); 4] = [
        ("number", Self::Number),
        ("boost_number", Self::BoostNumber),
        ("boost_percentage", Self::BoostPercentage),
        ("date", Self::Date),
    ];

    /// How it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::CHOICES.into_iter().find(|(_, kind)| *kind == self).map_or("number", |(name, _)| name)
    }
}

/// Somebody who gets a share of the fee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Creator {
    /// On the chain in question.
    pub address: String,
    /// In percent; those of all are 100.
    pub share: u8,
}

/// How a layer is called in the metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LayerText {
    /// In place of its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether nothing is told of it.
    #[serde(skip_serializing_if = "is_default")]
    pub hidden: bool,
    /// What is told where it is absent, in place of `show_absent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
    /// Traits that are called otherwise than their files.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub traits: BTreeMap<String, String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn is_erc721(standards: &Vec<Standard>) -> bool {
    standards == &[Standard::Erc721]
}

/// What the metadata says beside the traits, and where it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MetadataSettings {
    /// In the order of [`Standard::ALL`]; none for no metadata, and at most one that writes a document an item.
    #[serde(skip_serializing_if = "is_erc721")]
    pub standards: Vec<Standard>,
    /// A short name of the collection, for Metaplex and Tezos.
    #[serde(skip_serializing_if = "is_default")]
    pub symbol: String,
    /// A link to the item's page; `{edition}` is its number.
    #[serde(skip_serializing_if = "is_default")]
    pub external_url: String,
    /// A film, a sound or a page that belongs to the item; `{edition}` is its number.
    #[serde(skip_serializing_if = "is_default")]
    pub animation_url: String,
    /// Six hexadecimal digits, for OpenSea.
    #[serde(skip_serializing_if = "is_default")]
    pub background_color: String,
    /// What creators get of a sale, in hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seller_fee_basis_points: Option<u16>,
    /// Who gets it.
    #[serde(skip_serializing_if = "is_default")]
    pub creators: Vec<Creator>,
    /// The collection as Metaplex names it.
    #[serde(skip_serializing_if = "is_default")]
    pub collection_name: String,
    /// What it belongs to, for Metaplex.
    #[serde(skip_serializing_if = "is_default")]
    pub collection_family: String,
    /// The picture of Metaplex' `collection.json`; the first item's without it.
    #[serde(skip_serializing_if = "is_default")]
    pub collection_image: String,
    /// For Cardano, 56 hexadecimal digits.
    #[serde(skip_serializing_if = "is_default")]
    pub policy_id: String,
    /// For Cardano, with `{edition}` in it; the letters and digits of the collection's name and the edition without it.
    #[serde(skip_serializing_if = "is_default")]
    pub asset_name: String,
    /// Digits that the number in an item's name is filled up to with zeros.
    #[serde(skip_serializing_if = "is_default")]
    pub number_width: u8,
    /// What is told of layers that an item does not show; nothing without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_absent: Option<String>,
    /// What is told of every item, behind its traits.
    #[serde(skip_serializing_if = "is_default")]
    pub attributes: Vec<Attribute>,
    /// How attributes are shown, by the name that the metadata has for them.
    #[serde(skip_serializing_if = "is_default")]
    pub display_types: BTreeMap<String, DisplayType>,
    /// By the layer's name.
    #[serde(skip_serializing_if = "is_default")]
    pub layers: BTreeMap<String, LayerText>,
}

impl Default for MetadataSettings {
    fn default() -> Self {
        Self {
            standards: vec![Standard::Erc721],
            symbol: String::new(),
            external_url: String::new(),
            animation_url: String::new(),
            background_color: String::new(),
            seller_fee_basis_points: None,
            creators: Vec::new(),
            collection_name: String::new(),
            collection_family: String::new(),
            collection_image: String::new(),
            policy_id: String::new(),
            asset_name: String::new(),
            number_width: 0,
            show_absent: None,
            attributes: Vec::new(),
            display_types: BTreeMap::new(),
            layers: BTreeMap::new(),
        }
    }
}

impl MetadataSettings {
    /// The standard that writes a document an item, if one does.
    #[must_use]
    pub fn per_item(&self) -> Option<Standard> {
        self.standards.iter().copied().find(|standard| standard.is_per_item())
    }

    /// What is told of a layer.
    pub(crate) fn layer(&self, name: &str) -> LayerText {
        self.layers.get(name).cloned().unwrap_or_default()
    }
}

const KEYS: [&str; 16] = [
    "standard",
    "symbol",
    "external_url",
    "animation_url",
    "background_color",
    "seller_fee_basis_points",
    "creators",
    "collection_name",
    "collection_family",
    "collection_image",
    "policy_id",
    "asset_name",
    "number_width",
    "show_absent",
    "attributes",
    "display_types",
];
const CREATOR_KEYS: [&str; 2] = ["address", "share"];

/// Reads the `[metadata]` table, if there is one.
pub(crate) fn read(values: &mut Values<'_>, table: &DeTable<'_>) -> MetadataSettings {
    let Some(table) = values.table(table, "metadata") else { return MetadataSettings::default() };
    values.refuse_unknown(table, &KEYS, " of metadata");
    let text = |values: &mut Values<'_>, key: &str| {
        values.text(table, key).map(|text| nfc(&text).into_owned()).unwrap_or_default()
    };
    let mut settings = MetadataSettings {
        symbol: text(values, "symbol"),
        collection_name: text(values, "collection_name"),
        collection_family: text(values, "collection_family"),
        collection_image: text(values, "collection_image"),
        show_absent: table.contains_key("show_absent").then(|| text(values, "show_absent")),
        ..MetadataSettings::default()
    };
    if table.contains_key("standard") {
        let names = values.texts(table, "standard", "names, as in [\"metaplex\", \"csv\"]");
        match Standard::parse_list(names.iter().map(String::as_str)) {
            Ok(standards) => settings.standards = standards,
            Err((what, remedy)) => values.problem(values.position(table, "standard"), what, remedy),
        }
    }
    for key in ["external_url", "animation_url", "asset_name"] {
        let text = text(values, key);
        match template::parse(&text) {
            Ok(parts) if key == "asset_name" && !text.is_empty() && !has_edition(&parts) => {
                let what = format!("asset_name is {}, the same for all items", quoted(&text));
                values.problem(values.position(table, key), what, "write {edition} in it");
            }
            Ok(_) => {}
            Err(what) => {
                values.problem(
                    values.position(table, key),
                    format!("{key} {what}"),
                    "write {edition}, or {edition:04} for four digits",
                );
            }
        }
        match key {
            "external_url" => settings.external_url = text,
            "animation_url" => settings.animation_url = text,
            _ => settings.asset_name = text,
        }
    }
    if let Some(colour) = values.text(table, "background_color") {
        let digits = colour.strip_prefix('#').unwrap_or(&colour);
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            settings.background_color = digits.to_ascii_lowercase();
        } else {
            let what = format!("background_color is {}, which is no colour of six digits", quoted(&colour));
            values.problem(
                values.position(table, "background_color"),
                what,
                "write \"ffffff\" or \"#ffffff\"",
            );
        }
    }
    let fee = values.integer(table, "seller_fee_basis_points", 0..=10_000);
    settings.seller_fee_basis_points = fee.map(|fee| fee as u16);
    let width = values.integer(table, "number_width", 0..=i64::from(template::MOST_DIGITS));
    settings.number_width = width.unwrap_or(0) as u8;
    if let Some(policy) = values.text(table, "policy_id") {
        if policy.len() == 56 && policy.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            settings.policy_id = policy.to_ascii_lowercase();
        } else {
            let what = format!("policy_id is {}, which has not 56 hexadecimal digits", quoted(&policy));
            values.problem(values.position(table, "policy_id"), what, "copy the policy's whole id");
        }
    }
    for (position, table) in values.tables(table, "creators") {
        values.refuse_unknown(table, &CREATOR_KEYS, " of a creator");
        let address = values.text(table, "address").unwrap_or_default();
        let share = values.integer(table, "share", 0..=100);
        if let Some(key) = CREATOR_KEYS.into_iter().find(|key| !table.contains_key(*key)) {
            let remedy = "write { address = \"..\", share = 100 }";
            values.problem(position, format!("a creator has no {key}"), remedy);
        }
        settings.creators.push(Creator { address, share: share.unwrap_or(0) as u8 });
    }
    settings.attributes = read_attributes(values, table);
    if let Some(types) = values.table(table, "display_types") {
        let mut names: Vec<_> = types.keys().collect();
        names.sort_by_key(|key| key.span().start);
        for key in names {
            if let Some(kind) = values.choice(types, key.get_ref(), &DisplayType::CHOICES) {
                settings.display_types.insert(nfc(key.get_ref()).into_owned(), kind);
            }
        }
    }
    settings
}

/// Whether settings that stand in a manifest could have been read from a configuration.
///
/// # Errors
/// What cannot be, for the manifest's reader.
pub(crate) fn check_settings(settings: &MetadataSettings) -> Result<(), String> {
    let per_item = settings.standards.iter().filter(|standard| standard.is_per_item()).count();
    if per_item > 1 || !settings.standards.is_sorted_by(|a, b| a < b) {
        return Err("its metadata names standards that do not go together".to_owned());
    }
    for text in [&settings.external_url, &settings.animation_url, &settings.asset_name] {
        template::parse(text).map_err(|what| format!("an address in its metadata {}", Escaped(&what)))?;
    }
    let is_hex = |text: &str, digits: usize| {
        text.is_empty() || text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if !is_hex(&settings.background_color, 6) || !is_hex(&settings.policy_id, 56) {
        return Err("a colour or a policy in its metadata is none".to_owned());
    }
    if settings.number_width > template::MOST_DIGITS {
        return Err("the number_width in its metadata is too large".to_owned());
    }
    Ok(())
}

fn has_edition(parts: &[template::Part]) -> bool {
    parts.iter().any(|part| matches!(part, template::Part::Edition(_)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::config::Configuration;
    use super::super::ones::AttributeValue;
    use super::*;

    fn parse(text: &str) -> (MetadataSettings, Vec<String>) {
        let mut problems = Vec::new();
        let configuration = Configuration::parse(Path::new("c.toml"), text, &mut problems);
        (configuration.metadata, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_key_is_read_and_comes_back_from_json() {
        let policy = "ab".repeat(28);
        let (settings, problems) = parse(&format!(
            "[metadata]\nstandard = [\"csv\", \"metaplex\"]\nsymbol = \"CATS\"\nexternal_url = \"https://x/{{edition}}\"\n\
             animation_url = \"ipfs://y/{{edition:04}}.mp4\"\nbackground_color = \"#FFaa00\"\n\
             seller_fee_basis_points = 500\ncreators = [{{ address = \"A\", share = 60 }}, {{ address = \"B\", share = 40 }}]\n\
             collection_name = \"Cats\"\ncollection_family = \"Pets\"\ncollection_image = \"c.png\"\n\
             policy_id = \"{policy}\"\nasset_name = \"Cat{{edition}}\"\nnumber_width = 4\nshow_absent = \"None\"\n\
             attributes = {{ Generation = 1, Artist = \"Cafe\u{301}\" }}\ndisplay_types = {{ Generation = \"number\" }}\n"
        ));
        assert_eq!(problems, [""; 0]);
        assert_eq!(settings.standards, [Standard::Metaplex, Standard::Csv]);
        assert_eq!((settings.symbol.as_str(), settings.background_color.as_str()), ("CATS", "ffaa00"));
        assert_eq!(settings.creators.iter().map(|creator| creator.share).collect::<Vec<_>>(), [60, 40]);
        assert_eq!((settings.seller_fee_basis_points, settings.number_width), (Some(500), 4));
        assert_eq!(settings.attributes[1].value, AttributeValue::Text("Caf\u{e9}".to_owned()));
        assert_eq!(settings.display_types["Generation"], DisplayType::Number);
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<MetadataSettings>(&json).unwrap(), settings);
        let nothing = serde_json::to_string(&MetadataSettings::default()).unwrap();
        assert_eq!(nothing, "{}");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let (_, problems) = parse(
            "[metadata]\nstandard = \"erc712\"\nexternal_url = \"https://x/{editoin}\"\nbackground_color = \"red\"\n\
             seller_fee_basis_points = 20000\npolicy_id = \"12\"\nasset_name = \"Cat\"\nsymbl = \"C\"\n\
             creators = [{ address = \"A\" }]\ndisplay_types = { Power = \"bost_number\" }\nnumber_width = 99\n",
        );
        let expected = [
            "c.toml:2: the standard \"erc712\" is not known; did you mean erc721?",
            "c.toml:3: external_url has {editoin} in it; write {edition}",
            "c.toml:4: background_color is \"red\"",
            "c.toml:5: seller_fee_basis_points is 20000, which is not between 0 and 10000",
            "c.toml:6: policy_id is \"12\"",
            "c.toml:7: asset_name is \"Cat\", the same for all items",
            "c.toml:8: the key \"symbl\" of metadata is not known; did you mean \"symbol\"?",
            "c.toml:9: a creator has no share",
            "c.toml:10: Power is \"bost_number\"",
            "c.toml:11: number_width is 99",
        ];
        for (problem, start) in problems.iter().zip(expected) {
            assert!(problem.starts_with(start), "{problem}\nshould start with\n{start}");
        }
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (list, words) in [
            (&["erc721", "tezos"][..], "both write json/1.json"),
            (&["csv", "none"], "none stands alone"),
            (&[], "\"none\" for no metadata"),
        ] {
            let (what, remedy) = Standard::parse_list(list.iter().copied()).unwrap_err();
            assert!(format!("{what}; {remedy}").contains(words), "{what}; {remedy}");
        }
        assert_eq!(Standard::parse_list(["none"]), Ok(vec![]));
    }
}
