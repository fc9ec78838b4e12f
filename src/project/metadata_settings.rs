//! The `[metadata]` table: the fields of the metadata, its standards, and the displayed names of layers and traits.
//!
//! Nothing here shapes a picture, a choice or the recipe, so it is no part of the configuration's digest. It is kept by
//! names, not by numbers, so that a manifest can contain it and it can be read without the project.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Escaped;
use crate::project::ones::Attribute;
use crate::project::standard::Standard;
use crate::project::template;

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
    pub(crate) const CHOICES: [(&'static str, Self); 4] = [
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

/// Who made something, under which licence, and where it comes from; empty where that is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Credit {
    /// Who made it.
    #[serde(skip_serializing_if = "is_default")]
    pub author: String,
    /// As in `CC BY 4.0`.
    #[serde(skip_serializing_if = "is_default")]
    pub licence: String,
    /// An address or a title.
    #[serde(skip_serializing_if = "is_default")]
    pub source: String,
}

/// How a layer is called in the metadata.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LayerText {
    /// In place of its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether the metadata leaves it out.
    #[serde(skip_serializing_if = "is_default")]
    pub hidden: bool,
    /// The value where it is absent, in place of `show_absent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
    /// Traits that are called otherwise than their files.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub traits: BTreeMap<String, String>,
    /// What is listed of traits beside their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Vec<Attribute>>,
    /// Who made its traits, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub credits: BTreeMap<String, Credit>,
    /// The layer to whose traits it belongs, for a choice inside a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Whether it is listed in place of that layer where an item shows both.
    #[serde(skip_serializing_if = "is_default")]
    pub in_place: bool,
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
    /// The picture of Metaplex's `collection.json`; the first item's without it.
    #[serde(skip_serializing_if = "is_default")]
    pub collection_image: String,
    /// For Cardano, 56 hexadecimal digits.
    #[serde(skip_serializing_if = "is_default")]
    pub policy_id: String,
    /// For Cardano, with `{edition}` in it; the letters and digits of the collection's name and the edition without it.
    #[serde(skip_serializing_if = "is_default")]
    pub asset_name: String,
    /// What pictures are called, as in `{Body}-{Hat}`: traits by their layers, and `{edition}`; by their numbers without it.
    #[serde(skip_serializing_if = "is_default")]
    pub file_name: String,
    /// Digits that the number in an item's name is filled up to with zeros.
    #[serde(skip_serializing_if = "is_default")]
    pub number_width: u8,
    /// The value of layers that an item does not show; none: they are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_absent: Option<String>,
    /// The attributes of every item, after its traits.
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
            file_name: String::new(),
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

    /// The metadata settings of a layer.
    pub(crate) fn layer(&self, name: &str) -> LayerText {
        self.layers.get(name).cloned().unwrap_or_default()
    }
}

/// Whether the settings in a manifest could have been read from a configuration.
///
/// # Errors
/// What cannot be, for the manifest's reader.
pub(crate) fn check_settings(settings: &MetadataSettings) -> Result<(), String> {
    let per_item = settings.standards.iter().filter(|standard| standard.is_per_item()).count();
    if per_item > 1 || !settings.standards.is_sorted_by(|a, b| a < b) {
        return Err("its metadata combines incompatible standards".to_owned());
    }
    for text in [&settings.external_url, &settings.animation_url, &settings.asset_name] {
        template::parse(text).map_err(|what| format!("an address in its metadata {}", Escaped(&what)))?;
    }
    let is_hex = |text: &str, digits: usize| {
        text.is_empty() || text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if !is_hex(&settings.background_color, 6) || !is_hex(&settings.policy_id, 56) {
        return Err("a colour or policy id in its metadata is invalid".to_owned());
    }
    if settings.number_width > template::MAX_DIGITS {
        return Err("the number_width in its metadata is too large".to_owned());
    }
    Ok(())
}
