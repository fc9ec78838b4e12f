//! `[[rules]]`, `[[unique]]`, `[[groups]]` and `[traits."Layer/Trait"]` of the configuration, as they are written.
//!
//! References are only read here. They are resolved when the layers' folders have been read (see
//! [`resolve`](super::resolve)).

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::quoted;
use crate::project::config::MAX_COUNT;
use crate::project::credits;
use crate::project::metadata_settings::Credit;
use crate::project::names::nfc;
use crate::project::one_settings::read_attributes;
use crate::project::ones::Attribute;
use crate::project::part_settings::LookConfig;
use crate::project::source::Span;
use crate::project::values::Values;

pub(super) const RULE_KEYS: [&str; 5] = ["forbid", "when", "require", "allow", "same_tag"];
pub(super) const UNIQUE_KEYS: [&str; 1] = ["layers"];
pub(super) const TRAIT_KEYS: [&str; 17] = [
    "weight",
    "count",
    "min",
    "max",
    "tags",
    "display_name",
    "parts",
    "variants",
    "choices",
    "attributes",
    "credits",
    "z",
    "below",
    "above",
    "offset",
    "blend",
    "opacity",
];
pub(super) const GROUP_KEYS: [&str; 3] = ["name", "layers", "count"];
pub(super) const REFERENCE_KEYS: [&str; 3] = ["layer", "trait", "absent"];

/// A name and its place.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) span: Span,
}

/// A reference as it is written.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    /// `"Layer/Trait"`, `"Layer/*"`, `"Layer"`, `"Layer/none"` or `"#tag"`.
    Text(Named),
    /// `{ layer = "..", trait = ".." }`, or `{ layer = "..", absent = true }`.
    Parts { layer: Named, item: Option<String> },
}

/// A `[[rules]]` table.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleSettings {
    pub(crate) span: Span,
    pub(crate) when: Option<Written>,
    pub(crate) require: Vec<Written>,
    pub(crate) allow: Vec<Written>,
    pub(crate) forbid: Vec<Written>,
    pub(crate) same_tag: Vec<Named>,
}

/// A `[traits."Layer/Trait"]` table.
#[derive(Clone, Debug)]
pub(crate) struct TraitSettings {
    pub(crate) named: Named,
    /// In millionths.
    pub(crate) weight: Option<u64>,
    /// At least and at most so many items.
    pub(crate) amount: Option<(u32, u32)>,
    pub(crate) tags: Vec<String>,
    /// What the metadata calls it.
    pub(crate) display_name: Option<String>,
    /// Its pictures.
    pub(crate) look: LookConfig,
    /// What the metadata lists of it beside its name.
    pub(crate) attributes: Vec<Attribute>,
    /// Who made it.
    pub(crate) credits: Option<Credit>,
}

/// A `[[groups]]` table.
#[derive(Clone, Debug)]
pub(crate) struct GroupSettings {
    pub(crate) span: Span,
    pub(crate) name: String,
    pub(crate) count: u32,
    pub(crate) layers: Vec<Named>,
}

/// All that the configuration says of what may go with what.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleConfig {
    pub(crate) rules: Vec<RuleSettings>,
    /// Sets of layers.
    pub(crate) unique: Vec<Vec<Named>>,
    pub(crate) traits: Vec<TraitSettings>,
    pub(crate) groups: Vec<GroupSettings>,
    /// Layers that show traits of the same name, the first of which decides.
    pub(crate) same: Vec<(Span, Vec<Named>)>,
}

impl RuleConfig {
    /// `is_placed` says whether pictures are placed at offsets.
    pub(crate) fn read(values: &mut Values<'_>, table: &DeTable<'_>, is_placed: bool) -> Self {
        let rules = values.tables(table, "rules");
        let rules = rules.into_iter().filter_map(|(span, rule)| read_rule(values, span, rule)).collect();
        let unique = values.tables(table, "unique");
        let unique = unique.into_iter().filter_map(|(span, set)| read_set(values, span, set)).collect();
        let traits = values
            .table(table, "traits")
            .map_or_else(Vec::new, |table| read_traits(values, table, is_placed));
        let mut groups: Vec<GroupSettings> = Vec::new();
        for (span, table) in values.tables(table, "groups") {
            groups.extend(read_group(values, span, table, &groups));
        }
        let same = read_same(values, table);
        Self { rules, unique, traits, groups, same }
    }
}

fn read_rule(values: &mut Values<'_>, span: Span, table: &DeTable<'_>) -> Option<RuleSettings> {
    values.refuse_unknown(table, &RULE_KEYS, " of a rule");
    let when = table.get("when").map(|value| reference(values, "when", value));
    let rule = RuleSettings {
        span,
        require: references(values, table, "require"),
        allow: references(values, table, "allow"),
        forbid: references(values, table, "forbid"),
        same_tag: names(values, table, "same_tag"),
        when: when.flatten(),
    };
    let has = |key: &str| table.contains_key(key);
    let wrong = match (has("when"), has("same_tag")) {
        (_, true) if RULE_KEYS.iter().any(|key| *key != "same_tag" && has(key)) => {
            Some(("a rule with same_tag has other keys", "split it into two rules"))
        }
        (_, true) if rule.same_tag.len() != 2 => {
            Some(("same_tag does not give two layers", "write same_tag = [\"LayerA\", \"LayerB\"]"))
        }
        (false, false) if has("require") || has("allow") => {
            Some(("a rule has require or allow, but no when", "add when = \"Layer/Trait\" to it"))
        }
        (false, false) if !has("forbid") => Some((
            "a rule is empty",
            "add forbid = [..], or when = \"..\" with require, allow or forbid, or same_tag = [..]",
        )),
        (false, false) if rule.forbid.len() < 2 => {
            Some(("forbid lists fewer than two references", "list two or more, or add when = \"..\""))
        }
        (true, false) if !["require", "allow", "forbid"].into_iter().any(has) => {
            Some(("a rule has when, but no condition", "add require, allow or forbid to it"))
        }
        _ => None,
    };
    if let Some((what, remedy)) = wrong {
        values.problem(span, what, remedy);
        return None;
    }
    Some(rule)
}

/// `same`: names of layers, or several lists of such.
fn read_same(values: &mut Values<'_>, table: &DeTable<'_>) -> Vec<(Span, Vec<Named>)> {
    let Some(value) = table.get("same") else { return Vec::new() };
    let lists: Vec<&Spanned<DeValue<'_>>> = match value.get_ref().as_array() {
        Some(array) if array.iter().all(|inner| inner.get_ref().as_array().is_some()) => {
            array.iter().collect()
        }
        _ => vec![value],
    };
    let mut found = Vec::new();
    for list in lists {
        let Some(array) = list.get_ref().as_array() else {
            values.wrong_type("same", list, "names of layers, as in [\"Wing left\", \"Wing right\"]");
            continue;
        };
        let mut names = Vec::new();
        for name in array {
            match name.get_ref().as_str() {
                Some(text) => names.push(Named { name: nfc(text).into_owned(), span: name.span().into() }),
                None => {
                    values.wrong_type("same", name, "names of layers, as in [\"Wing left\", \"Wing right\"]");
                }
            }
        }
        if names.len() < 2 {
            values.problem(list.span(), "same lists fewer than two layers", "list two or more");
            continue;
        }
        found.push((list.span().into(), names));
    }
    found
}

fn read_set(values: &mut Values<'_>, span: Span, table: &DeTable<'_>) -> Option<Vec<Named>> {
    values.refuse_unknown(table, &UNIQUE_KEYS, " of a unique set");
    let layers = names(values, table, "layers");
    if layers.is_empty() {
        values.problem(span, "a unique set lists no layers", "write layers = [\"LayerA\", \"LayerB\"]");
        return None;
    }
    Some(layers)
}

fn read_traits(values: &mut Values<'_>, table: &DeTable<'_>, is_placed: bool) -> Vec<TraitSettings> {
    // In the order of the file, so that the first mistake is listed first.
    let mut order: BTreeMap<usize, (Span, &str, &Spanned<DeValue<'_>>)> = BTreeMap::new();
    for (key, value) in table {
        order.insert(key.span().start, (key.span().into(), key.get_ref(), value));
    }
    let mut traits = Vec::new();
    for (span, name, value) in order.into_values() {
        let Some(table) = value.get_ref().as_table() else {
            let what = format!("traits.{name:?} is not a table");
            values.problem(span, what, "write [traits.\"Layer/Trait\"], then weight = 2");
            continue;
        };
        values.refuse_unknown(table, &TRAIT_KEYS, " of a trait");
        traits.push(TraitSettings {
            named: Named { name: nfc(name).into_owned(), span },
            weight: values.weight(table, "weight"),
            amount: read_amount(values, table),
            tags: names(values, table, "tags").into_iter().map(|tag| tag.name).collect(),
            display_name: values.text(table, "display_name").map(|name| nfc(&name).into_owned()),
            look: LookConfig::read(values, table, is_placed),
            attributes: read_attributes(values, table),
            credits: credits::read(values, table),
        });
    }
    traits
}

/// `count`, or `min` and `max`.
fn read_amount(values: &mut Values<'_>, table: &DeTable<'_>) -> Option<(u32, u32)> {
    let mut items = |key: &str| {
        let number = values.integer(table, key, 0..=i64::from(MAX_COUNT));
        number.map(|number| number as u32)
    };
    let (count, least, most) = (items("count"), items("min"), items("max"));
    let wrong = match (count, least, most) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            Some(("count is exact, so min and max have no effect".to_owned(), "remove count, or the others"))
        }
        (None, Some(least), Some(most)) if least > most => {
            Some((format!("min is {least}, which is more than max, {most}"), "lower min or raise max"))
        }
        _ => None,
    };
    if let Some((what, remedy)) = wrong {
        let key = if count.is_some() { "count" } else { "min" };
        values.problem(values.span(table, key), what, remedy);
        return None;
    }
    match (count, least, most) {
        (Some(count), _, _) => Some((count, count)),
        (None, None, None) => None,
        (None, least, most) => Some((least.unwrap_or(0), most.unwrap_or(u32::MAX))),
    }
}

fn read_group(
    values: &mut Values<'_>,
    span: Span,
    table: &DeTable<'_>,
    others: &[GroupSettings],
) -> Option<GroupSettings> {
    values.refuse_unknown(table, &GROUP_KEYS, " of a group");
    let name = values.text(table, "name").map(|name| nfc(&name).into_owned());
    let count = values.integer(table, "count", 1..=i64::from(MAX_COUNT));
    let layers = names(values, table, "layers");
    let missing = GROUP_KEYS.into_iter().find(|key| !table.contains_key(*key));
    if let Some(key) = missing {
        let remedy = "write name = \"Cats\", layers = [\"LayerA\", \"LayerB\"] and count = 100";
        values.problem(span, format!("a group has no {key}"), remedy);
        return None;
    }
    let (name, count) = (name?, count? as u32);
    if let Some(other) = others.iter().find(|other| other.name == name) {
        let line = values.line(other.span);
        let what = format!("a second group is named {} (the first is on line {line})", quoted(&name));
        values.problem(values.span(table, "name"), what, "rename one");
        return None;
    }
    if layers.is_empty() {
        values.problem(values.span(table, "layers"), "a group has no layers", "list one or more");
        return None;
    }
    Some(GroupSettings { span, name, count, layers })
}

/// A list of names, or one alone.
pub(super) fn names(values: &mut Values<'_>, table: &DeTable<'_>, key: &str) -> Vec<Named> {
    let wanted = "names, as in [\"A\", \"B\"]";
    let mut found = Vec::new();
    for value in list(table, key) {
        match value.get_ref().as_str() {
            Some(name) => {
                found.push(Named { name: nfc(name).into_owned(), span: value.span().into() });
            }
            None => values.wrong_type(key, value, wanted),
        }
    }
    found
}

/// A list of references, or one alone.
fn references(values: &mut Values<'_>, table: &DeTable<'_>, key: &str) -> Vec<Written> {
    list(table, key).into_iter().filter_map(|value| reference(values, key, value)).collect()
}

/// The values of an array, or a value that is none.
fn list<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Vec<&'t Spanned<DeValue<'i>>> {
    match table.get(key) {
        None => Vec::new(),
        Some(value) => match value.get_ref().as_array() {
            Some(array) => array.iter().collect(),
            None => vec![value],
        },
    }
}

pub(super) fn reference(values: &mut Values<'_>, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Written> {
    let span = value.span().into();
    if let Some(text) = value.get_ref().as_str() {
        return Some(Written::Text(Named { name: nfc(text).into_owned(), span }));
    }
    let Some(table) = value.get_ref().as_table() else {
        values.wrong_type(key, value, "a reference, as in \"Layer/Trait\"");
        return None;
    };
    values.refuse_unknown(table, &REFERENCE_KEYS, " of a reference");
    let layer = values.text(table, "layer");
    let (item, absent) = (values.text(table, "trait"), values.boolean(table, "absent").unwrap_or(false));
    match (layer, item, absent) {
        (Some(layer), item, absent) if item.is_some() != absent => {
            let layer = Named { name: nfc(&layer).into_owned(), span };
            Some(Written::Parts { layer, item: item.map(|item| nfc(&item).into_owned()) })
        }
        _ => {
            let remedy = "write { layer = \"..\", trait = \"..\" } or { layer = \"..\", absent = true }";
            values.problem(span, "a reference has no layer, or not exactly one of trait and absent", remedy);
            None
        }
    }
}
