//! `[[layers]]` of the configuration, and the entries of `choices`, as they are written.

use toml::de::DeTable;

use crate::error::quoted;
use crate::pixel::Blend;
use crate::project::config::Configuration;
use crate::project::metadata_settings::{Credit, LayerText};
use crate::project::model::{Fit, MILLION};
use crate::project::names::{nfc, tidy};
use crate::project::rule_settings::{Named, names};
use crate::project::source::Span;
use crate::project::values::Values;
use crate::project::{blending, credits};

pub(super) const LAYER_KEYS: [&str; 12] = [
    "name",
    "folder",
    "chance",
    "opacity",
    "blend",
    "unique",
    "offset",
    "display_name",
    "hidden",
    "clip_to",
    "mask_for",
    "credits",
];

/// One `[[layers]]` table.
#[derive(Clone, Debug)]
pub(crate) struct LayerSettings {
    /// In NFC.
    pub(crate) name: String,
    pub(crate) folder: String,
    pub(crate) chance: u32,
    pub(crate) opacity: u8,
    pub(crate) blend: Blend,
    pub(crate) unique: bool,
    pub(crate) offset: [i32; 2],
    /// The layer that it is clipped to.
    pub(crate) clip_to: Option<Named>,
    /// The layers that it masks.
    pub(crate) mask_for: Vec<Named>,
    /// Who made its traits.
    pub(crate) credits: Option<Credit>,
    /// The header of the table; none if the layer is not from the file.
    pub(crate) span: Option<Span>,
}

impl LayerSettings {
    /// The layer of a folder that the configuration does not mention.
    pub(crate) fn of_folder(folder: &str) -> Self {
        Self {
            name: tidy(folder),
            folder: folder.to_owned(),
            chance: MILLION as u32,
            opacity: 255,
            blend: Blend::Normal,
            unique: true,
            offset: [0, 0],
            clip_to: None,
            mask_for: Vec::new(),
            credits: None,
            span: None,
        }
    }
}

impl Configuration {
    /// Reads the table of a layer, or of a choice that belongs to the trait `of`.
    pub(super) fn layer(
        &mut self,
        values: &mut Values<'_>,
        span: Span,
        table: &DeTable<'_>,
        (keys, what): (&[&'static str], &str),
        of: Option<&Named>,
    ) -> Option<LayerSettings> {
        values.refuse_unknown(table, keys, what);
        let name = values.text(table, "name");
        let folder = values.text(table, "folder");
        let chance = values.fraction(table, "chance").unwrap_or(1.0);
        let millionths = (chance * MILLION as f64).round() as u32;
        if chance > 0.0 && millionths == 0 {
            let what = format!("chance is {chance}, which is less than the smallest chance, 0.000001");
            values.problem(values.span(table, "chance"), what, "write 0 for a layer that is never drawn");
        }
        let opacity = values.fraction(table, "opacity").unwrap_or(1.0);
        let blend = blending::blend(values, table).unwrap_or_default();
        let unique = values.boolean(table, "unique").unwrap_or(true);
        let offset = values.pair(table, "offset", i64::from(i32::MIN)..=i64::from(i32::MAX));
        if offset.is_some() && self.fit != Fit::Place {
            let what = "offset is used only with fit = \"place\"";
            values.problem(values.span(table, "offset"), what, "set fit = \"place\", or remove offset");
        }
        let display_name = values.text(table, "display_name").map(|name| nfc(&name).into_owned());
        let hidden = values.boolean(table, "hidden").unwrap_or(false);
        if display_name.as_deref() == Some("") {
            let what = "a layer's display_name is empty";
            values.problem(
                values.span(table, "display_name"),
                what,
                "write hidden = true to leave it out of the metadata",
            );
        }
        let clip_to = values
            .text(table, "clip_to")
            .map(|name| Named { name: nfc(&name).into_owned(), span: values.span(table, "clip_to") });
        let mask_for = names(values, table, "mask_for");
        if clip_to.is_some() && !mask_for.is_empty() {
            let what = "a mask is not drawn, so it cannot be clipped";
            values.problem(values.span(table, "clip_to"), what, "remove clip_to or mask_for");
        }
        let credits = credits::read(values, table);
        let Some(name) = name else {
            if !table.contains_key("name") {
                values.problem(span, "a layer has no name", "add name = \"...\" to it");
            }
            return None;
        };
        let written = name;
        let name = tidy(&written);
        if name.is_empty() {
            values.problem(values.span(table, "name"), "a layer's name is empty", "give it a name");
            return None;
        }
        // Several traits of a layer can have one choice in common, from the same folder.
        let layer_of = |named: &Named| named.name.split_once('/').map(|(layer, _)| layer.to_owned());
        let is_shared = self.nested.iter().any(|nested| {
            let is_same = nested.settings.name == name && folder.as_ref() == Some(&nested.settings.folder);
            is_same && of.is_some_and(|of| layer_of(of) == layer_of(&nested.of))
        });
        let mut others = self.layers.iter().chain(self.nested.iter().map(|nested| &nested.settings));
        if let Some(other) = others.find(|layer| layer.name == name).filter(|_| !is_shared) {
            let line = other.span.map_or(0, |span| values.line(span));
            let what = format!("a second layer is named {} (the first is on line {line})", quoted(&name));
            values.problem(
                values.span(table, "name"),
                what,
                "rename one; folder = \"...\" can stay the same",
            );
            return None;
        }
        let text = LayerText { display_name, hidden, ..LayerText::default() };
        if text != LayerText::default() {
            self.metadata.layers.insert(name.clone(), text);
        }
        Some(LayerSettings {
            folder: folder.unwrap_or(written),
            name,
            chance: millionths,
            opacity: (opacity * 255.0).round() as u8,
            blend,
            unique,
            offset: offset.map_or([0, 0], |[x, y]| [x as i32, y as i32]),
            clip_to,
            mask_for,
            credits,
            span: Some(span),
        })
    }
}
