//! `[[ones]]` of the configuration, as they are written: pictures that are given whole.
//!
//! Whether their files are there is looked at when the project's folder is at hand (see [`ones`](super::ones)).

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::quoted;
use crate::project::names::{nfc, tidy, without_extension};
use crate::project::ones::{Attribute, AttributeValue};
use crate::project::source::Span;
use crate::project::values::Values;

pub(super) const ONE_KEYS: [&str; 4] = ["image", "name", "edition", "attributes"];

/// A `[[ones]]` table.
#[derive(Clone, Debug)]
pub(crate) struct OneSettings {
    /// In NFC, unique.
    pub(crate) name: String,
    /// As written, relative to the project's folder.
    pub(crate) image: String,
    pub(crate) edition: Option<u32>,
    /// In the order of the file.
    pub(crate) attributes: Vec<Attribute>,
    /// The value of `image`.
    pub(crate) span: Span,
}

/// Reads all of them; the first item of the collection has the edition `start`.
pub(crate) fn read(values: &mut Values<'_>, table: &DeTable<'_>, start: u32) -> Vec<OneSettings> {
    let mut ones: Vec<OneSettings> = Vec::new();
    for (span, table) in values.tables(table, "ones") {
        if let Some(one) = read_one(values, span, table, start) {
            refuse_repeated(values, table, &ones, &one);
            ones.push(one);
        }
    }
    ones
}

fn read_one(values: &mut Values<'_>, span: Span, table: &DeTable<'_>, start: u32) -> Option<OneSettings> {
    values.refuse_unknown(table, &ONE_KEYS, " of a one-of-one");
    let image = values.text(table, "image");
    let named = values.text(table, "name");
    let edition = values.integer(table, "edition", 0..=i64::from(u32::MAX)).map(|edition| edition as u32);
    let attributes = read_attributes(values, table);
    if let Some(edition) = edition.filter(|&edition| edition < start) {
        let what = format!("edition is {edition}, and the first item is number {start}");
        values.problem(
            values.span(table, "edition"),
            what,
            format!("choose {start} or more, or lower start"),
        );
    }
    let Some(image) = image else {
        if !table.contains_key("image") {
            values.problem(span, "a one-of-one has no picture", "add image = \"ones/....png\" to it");
        }
        return None;
    };
    if image.is_empty() {
        values.problem(
            values.span(table, "image"),
            "image is empty",
            "give a picture in the project's folder",
        );
        return None;
    }
    let key = if table.contains_key("name") { "name" } else { "image" };
    let name = match named {
        Some(name) => nfc(&name).into_owned(),
        // Its problem is already reported.
        None if key == "name" => return None,
        None => {
            let file = image.rsplit('/').next().unwrap_or_default();
            tidy(without_extension(file.trim()))
        }
    };
    if name.is_empty() {
        values.problem(values.span(table, key), "a one-of-one has no name", "add name = \"...\" to it");
        return None;
    }
    let span = values.span(table, "image");
    Some(OneSettings { name, image, edition, attributes, span })
}

/// Names and editions are each there once.
fn refuse_repeated(values: &mut Values<'_>, table: &DeTable<'_>, ones: &[OneSettings], one: &OneSettings) {
    if let Some(other) = ones.iter().find(|other| other.name == one.name) {
        let key = if table.contains_key("name") { "name" } else { "image" };
        let what = format!(
            "a second one-of-one is named {} (the first is on line {})",
            quoted(&one.name),
            values.line(other.span)
        );
        values.problem(values.span(table, key), what, "give it another name = \"...\"");
    }
    let same = |other: &&OneSettings| one.edition.is_some() && other.edition == one.edition;
    if let Some(other) = ones.iter().find(same) {
        let edition = one.edition.unwrap_or_default();
        let (name, line) = (quoted(&other.name), values.line(other.span));
        let what = format!("edition {edition} is already used by {name} (line {line})");
        values.problem(values.span(table, "edition"), what, "give each another edition, or remove one");
    }
}

/// The `attributes` of a one, or of all items, in the order of the file.
pub(crate) fn read_attributes(values: &mut Values<'_>, table: &DeTable<'_>) -> Vec<Attribute> {
    let Some(value) = table.get("attributes") else { return Vec::new() };
    let Some(table) = value.get_ref().as_table() else {
        values.wrong_type("attributes", value, "a table, as in { Background = \"Gold\", Power = 9 }");
        return Vec::new();
    };
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let mut attributes: Vec<Attribute> = Vec::new();
    for (key, value) in entries {
        let name = nfc(key.get_ref()).into_owned();
        if name.is_empty() {
            values.problem(key.span(), "an attribute has no name", "give it a name");
            continue;
        }
        if attributes.iter().any(|other| other.name == name) {
            let what = format!("the attribute {} occurs twice", quoted(&name));
            values.problem(key.span(), what, "remove one");
            continue;
        }
        attributes.extend(attribute_value(values, &name, value).map(|value| Attribute { name, value }));
    }
    attributes
}

fn attribute_value(
    values: &mut Values<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<AttributeValue> {
    let wrong = |values: &mut Values<'_>, what: String| {
        values.problem(value.span(), what, "write a string, a number or true or false");
        None
    };
    match value.get_ref() {
        DeValue::String(text) => Some(AttributeValue::Text(nfc(text).into_owned())),
        DeValue::Boolean(boolean) => Some(AttributeValue::Boolean(*boolean)),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => Some(AttributeValue::Integer(number)),
            Err(_) => wrong(values, format!("the attribute {} is {integer}, beyond 64 bits", quoted(name))),
        },
        // JSON has no numbers that are not finite.
        DeValue::Float(float) => match float.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() => Some(AttributeValue::Float(number)),
            _ => wrong(
                values,
                format!("the attribute {} is {float}, which is not a number in JSON", quoted(name)),
            ),
        },
        other => {
            let kind = other.type_str();
            let article = if kind.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
            wrong(values, format!("the attribute {} is {article} {kind}", quoted(name)))
        }
    }
}
