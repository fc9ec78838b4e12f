//! Reading the `[metadata]` table: every key with its line, value and limit.

use toml::de::DeTable;

use crate::error::quoted;
use crate::project::metadata_settings::{Creator, DisplayType, MetadataSettings};
use crate::project::names::nfc;
use crate::project::one_settings::read_attributes;
use crate::project::standard::Standard;
use crate::project::template;
use crate::project::values::Values;

pub(super) const METADATA_KEYS: [&str; 17] = [
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
    "file_name",
    "number_width",
    "show_absent",
    "attributes",
    "display_types",
];
pub(super) const CREATOR_KEYS: [&str; 2] = ["address", "share"];

/// Reads the `[metadata]` table, if there is one.
pub(crate) fn read(values: &mut Values<'_>, table: &DeTable<'_>) -> MetadataSettings {
    let Some(table) = values.table(table, "metadata") else { return MetadataSettings::default() };
    values.refuse_unknown(table, &METADATA_KEYS, " of metadata");
    let text = |values: &mut Values<'_>, key: &str| {
        values.text(table, key).map(|text| nfc(&text).into_owned()).unwrap_or_default()
    };
    let mut settings = MetadataSettings {
        symbol: text(values, "symbol"),
        collection_name: text(values, "collection_name"),
        collection_family: text(values, "collection_family"),
        collection_image: text(values, "collection_image"),
        // Whether its layers are there is known when all of the project is.
        file_name: text(values, "file_name"),
        show_absent: table.contains_key("show_absent").then(|| text(values, "show_absent")),
        ..MetadataSettings::default()
    };
    if table.contains_key("standard") {
        let names = values.texts(table, "standard", "names, as in [\"metaplex\", \"csv\"]");
        match Standard::parse_list(names.iter().map(String::as_str)) {
            Ok(standards) => settings.standards = standards,
            Err((what, remedy)) => values.problem(values.span(table, "standard"), what, remedy),
        }
    }
    for key in ["external_url", "animation_url", "asset_name"] {
        let text = text(values, key);
        match template::parse(&text) {
            Ok(parts) if key == "asset_name" && !text.is_empty() && !has_edition(&parts) => {
                let what = format!("asset_name is {}, the same for all items", quoted(&text));
                values.problem(values.span(table, key), what, "write {edition} in it");
            }
            Ok(_) => {}
            Err(what) => {
                values.problem(
                    values.span(table, key),
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
            let what = format!(
                "background_color is {}, which is not a colour of six hexadecimal digits",
                quoted(&colour)
            );
            values.problem(values.span(table, "background_color"), what, "write \"ffffff\" or \"#ffffff\"");
        }
    }
    let fee = values.integer(table, "seller_fee_basis_points", 0..=10_000);
    settings.seller_fee_basis_points = fee.map(|fee| fee as u16);
    let width = values.integer(table, "number_width", 0..=i64::from(template::MAX_DIGITS));
    settings.number_width = width.unwrap_or(0) as u8;
    if let Some(policy) = values.text(table, "policy_id") {
        if policy.len() == 56 && policy.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            settings.policy_id = policy.to_ascii_lowercase();
        } else {
            let what = format!("policy_id is {}, which does not have 56 hexadecimal digits", quoted(&policy));
            values.problem(values.span(table, "policy_id"), what, "copy the complete policy id");
        }
    }
    for (span, table) in values.tables(table, "creators") {
        values.refuse_unknown(table, &CREATOR_KEYS, " of a creator");
        let address = values.text(table, "address").unwrap_or_default();
        let share = values.integer(table, "share", 0..=100);
        if let Some(key) = CREATOR_KEYS.into_iter().find(|key| !table.contains_key(*key)) {
            let remedy = "write { address = \"..\", share = 100 }";
            values.problem(span, format!("a creator has no {key}"), remedy);
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

fn has_edition(parts: &[template::Part]) -> bool {
    parts.iter().any(|part| matches!(part, template::Part::Edition(_)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::project::config::Configuration;
    use crate::project::ones::AttributeValue;
    use crate::project::source::Source;

    fn parse(text: &str) -> (MetadataSettings, Vec<String>) {
        let mut problems = Vec::new();
        let configuration = Configuration::parse(Source::new(Path::new("c.toml"), text), &mut problems);
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
            "c.toml:2: there is no standard \"erc712\"; did you mean erc721?",
            "c.toml:3: external_url contains {editoin}; write {edition}",
            "c.toml:4: background_color is \"red\"",
            "c.toml:5: seller_fee_basis_points is 20000, which is not between 0 and 10000",
            "c.toml:6: policy_id is \"12\"",
            "c.toml:7: asset_name is \"Cat\", the same for all items",
            "c.toml:8: the key \"symbl\" of metadata is unknown; did you mean \"symbol\"?",
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
            (&["csv", "none"], "none cannot be combined with others"),
            (&[], "\"none\" for no metadata"),
        ] {
            let (what, remedy) = Standard::parse_list(list.iter().copied()).unwrap_err();
            assert!(format!("{what}; {remedy}").contains(words), "{what}; {remedy}");
        }
        assert_eq!(Standard::parse_list(["none"]), Ok(vec![]));
    }
}
