//! What the metadata shows of a plan: layers and traits by their displayed names.
//!
//! A marketplace has no files: what is displayed under one name is one thing there. So layers of one displayed name are
//! one layer here, traits of one displayed name are one trait, and a layer that the metadata hides is not counted.

use crate::output::MetadataInputs;
use crate::project::{ABSENT, LayerText};

/// The layers of a plan as the metadata shows them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// The plan's columns.
    pub(crate) columns: Vec<Column>,
    pub(crate) layers: Vec<ShownLayer>,
    /// For each group that is known the columns that it has.
    groups: Vec<(String, Vec<bool>)>,
}

/// A layer of the plan.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Its name in the plan.
    pub(crate) name: String,
    text: LayerText,
    /// What is shown where it is absent.
    absent: Option<String>,
}

/// A layer of the metadata.
#[derive(Clone, Debug)]
pub(crate) struct ShownLayer {
    pub(crate) name: String,
    /// The columns that it shows, ascending.
    pub(crate) columns: Vec<usize>,
}

impl Shown {
    /// What metadata that was made by `inputs` shows of the layers of a plan; every layer as it is without such.
    pub(crate) fn new(names: Vec<String>, inputs: Option<&MetadataInputs>) -> Self {
        let mut shown = Self::default();
        for (column, name) in names.into_iter().enumerate() {
            let text =
                inputs.and_then(|inputs| inputs.settings.layers.get(&name)).cloned().unwrap_or_default();
            let absent =
                text.absent.clone().or_else(|| inputs.and_then(|inputs| inputs.settings.show_absent.clone()));
            if !text.hidden {
                let displayed = text.display_name.as_ref().unwrap_or(&name);
                match shown.layers.iter_mut().find(|layer| layer.name == *displayed) {
                    Some(layer) => layer.columns.push(column),
                    None => shown.layers.push(ShownLayer { name: displayed.clone(), columns: vec![column] }),
                }
            }
            shown.columns.push(Column { name, text, absent });
        }
        for (group, layers) in inputs.iter().flat_map(|inputs| &inputs.groups) {
            let has = shown.columns.iter().map(|column| layers.contains(&column.name)).collect();
            shown.groups.push((group.clone(), has));
        }
        shown
    }

    /// Names of the layers that the metadata does not show.
    pub(crate) fn hidden(&self) -> Vec<String> {
        self.columns.iter().filter(|column| column.text.hidden).map(|column| column.name.clone()).collect()
    }

    /// What is displayed of a trait.
    pub(crate) fn trait_text<'a>(&'a self, column: usize, name: &'a str) -> &'a str {
        self.columns[column].text.traits.get(name).map_or(name, String::as_str)
    }

    /// What is displayed of a layer of the metadata where an item of `group` shows none of its columns; nothing if that is
    /// not listed.
    pub(crate) fn absent_text(&self, layer: &ShownLayer, group: Option<&str>) -> Option<&str> {
        let has = self.groups.iter().find(|(name, _)| Some(name.as_str()) == group).map(|(_, has)| has);
        // Of several columns, the first one of the group is used.
        let first = layer.columns.iter().find(|&&column| has.is_none_or(|has| has[column]))?;
        self.columns[*first].absent.as_deref()
    }

    /// Whether no item can show two columns of a layer, because no group has two of them.
    pub(crate) fn is_exclusive(&self, layer: &ShownLayer) -> bool {
        let at_most_one = |has: &Vec<bool>| layer.columns.iter().filter(|&&column| has[column]).count() <= 1;
        layer.columns.len() == 1
            || (!self.groups.is_empty() && self.groups.iter().all(|(_, has)| at_most_one(has)))
    }
}

/// The choices of an item in the columns of a layer that are no absence.
pub(crate) fn present<'a>(layer: &'a ShownLayer, row: &'a [u16]) -> impl Iterator<Item = (usize, u16)> + 'a {
    layer.columns.iter().map(|&column| (column, row[column])).filter(|&(_, choice)| choice != ABSENT)
}
