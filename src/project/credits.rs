//! `credits` of layers and traits: who made them, under which licence, and where they come from.

use toml::de::DeTable;

use crate::project::metadata_settings::Credit;
use crate::project::values::Values;

pub(super) const CREDIT_KEYS: [&str; 3] = ["author", "licence", "source"];

/// Reads the key of a layer's or a trait's table.
pub(super) fn read(values: &mut Values<'_>, table: &DeTable<'_>) -> Option<Credit> {
    let table = values.table(table, "credits")?;
    values.refuse_unknown(table, &CREDIT_KEYS, " of credits");
    let mut text = |key: &str| values.text(table, key).unwrap_or_default();
    Some(Credit { author: text("author"), licence: text("licence"), source: text("source") })
}
