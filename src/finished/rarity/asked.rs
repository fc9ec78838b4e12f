//! What was asked for, beside what came out.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::Error;
use crate::finished::error::ReportError;
use crate::finished::rarity::shown::ShownLayer;
use crate::finished::rarity::{ChoiceCount, Rarity};
use crate::project::Project;
use crate::selection::{Share, shares};

/// What was asked for of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Asked {
    /// The part of items that its weight alone asks for.
    pub by_weight: f64,
    /// The part of items that rules, groups and exact numbers leave of it; none where that is not known.
    pub expected: Option<f64>,
    /// At least so many items, if a number is asked for.
    pub min: Option<u32>,
    /// At most so many items, if there is a limit.
    pub max: Option<u32>,
}

impl Asked {
    fn of(share: &Share) -> Self {
        let max = share.asked.and_then(|(_, max)| (max < u32::MAX).then_some(max));
        Self {
            by_weight: share.by_weight,
            expected: share.expected,
            min: share.asked.map(|(min, _)| min),
            max,
        }
    }

    /// What is asked for of two choices that are one in the metadata and that no item shows together.
    fn plus(self, other: Self) -> Self {
        let sum = |a: Option<u32>, b: Option<u32>| a.zip(b).map(|(a, b)| a.saturating_add(b));
        let has_number = self.min.or(other.min).is_some();
        Self {
            by_weight: self.by_weight + other.by_weight,
            expected: self.expected.zip(other.expected).map(|(a, b)| a + b),
            min: has_number.then(|| self.min.unwrap_or(0).saturating_add(other.min.unwrap_or(0))),
            max: sum(self.max, other.max),
        }
    }

    /// The same where an item can show both; how often rules let it do so is not known.
    fn or(self, other: Self) -> Self {
        Self {
            by_weight: 1.0 - (1.0 - self.by_weight) * (1.0 - other.by_weight),
            expected: None,
            min: self.min.max(other.min),
            max: None,
        }
    }
}

impl Rarity {
    /// Adds what `project` asks for. Traits that no item shows are added with a count of nothing.
    ///
    /// # Errors
    /// If the project has another configuration than the one that the collection was pressed with, or its rules
    /// contradict each other.
    pub fn compare(&mut self, project: &Project) -> Result<(), Error> {
        let found = project.configuration_digest();
        let pressed = self.run.configuration;
        let differs = || {
            let (root, pressed, found) = (project.root.clone(), pressed.short(), found.short());
            ReportError::Project { root, pressed, found }
        };
        let names = project.layers.iter().map(|layer| &layer.name);
        if pressed != found || !names.eq(self.shown.columns.iter().map(|column| &column.name)) {
            return Err(differs().into());
        }
        let shares = shares(project, self.drawn)?;
        self.limits = shares.iter().filter_map(|share| Some((share.name.clone(), share.most?))).collect();
        for (number, layer) in self.shown.layers.iter().enumerate() {
            let asked = self.asked_of(layer, project, &shares);
            let choices = &mut self.layers[number].choices;
            for (name, asked) in asked {
                match choices.iter_mut().find(|choice| choice.name == name) {
                    Some(choice) => choice.asked = Some(asked),
                    None => choices.push(ChoiceCount { name, items: 0, share: 0.0, asked: Some(asked) }),
                }
            }
        }
        Ok(())
    }

    /// What is asked for of each choice of a layer of the metadata, as far as that is known.
    fn asked_of(
        &self,
        layer: &ShownLayer,
        project: &Project,
        shares: &[Share],
    ) -> Vec<(Option<String>, Asked)> {
        let is_exclusive = self.shown.is_exclusive(layer);
        let mut order: Vec<Option<String>> = Vec::new();
        let mut all: BTreeMap<Option<String>, Asked> = BTreeMap::new();
        let mut add = |name: Option<String>, asked: Asked, is_apart: bool| {
            if !all.contains_key(&name) {
                order.push(name.clone());
            }
            let sum =
                |before: &mut Asked| *before = if is_apart { before.plus(asked) } else { before.or(asked) };
            all.entry(name).and_modify(sum).or_insert(asked);
        };
        let mut absent = Vec::new();
        for &column in &layer.columns {
            let mut of_column: Vec<(String, Asked)> = Vec::new();
            for share in shares.iter().filter(|share| share.layer == column) {
                let Some(index) = share.trait_index() else {
                    absent.push(Asked::of(share));
                    continue;
                };
                let name = self.shown.trait_text(column, &project.layers[column].traits[index].name);
                match of_column.iter_mut().find(|(other, _)| other == name) {
                    // No item shows two traits of one layer.
                    Some((_, before)) => *before = before.plus(Asked::of(share)),
                    None => of_column.push((name.to_owned(), Asked::of(share))),
                }
            }
            of_column.into_iter().for_each(|(name, asked)| add(Some(name), asked, is_exclusive));
        }
        let present: Vec<Asked> = all_values(&layer.columns, shares);
        if let Some(asked) = absent_asked(&absent, &present, layer.columns.len(), is_exclusive)
            && let Some(name) = self.absent_name(layer, project)
        {
            add(name, asked, true);
        }
        order.into_iter().map(|name| (name.clone(), all[&name])).collect()
    }

    /// What is displayed of the layer where it is absent; `None` if that is one thing in some groups and another in others.
    fn absent_name(&self, layer: &ShownLayer, project: &Project) -> Option<Option<String>> {
        let text = |group: Option<&str>| self.shown.absent_text(layer, group).map(str::to_owned);
        let mut texts = project.groups.iter().map(|group| text(Some(&group.name)));
        match texts.next() {
            None => Some(text(None)),
            Some(first) => texts.all(|other| other == first).then_some(first),
        }
    }
}

/// What is asked for of all traits of the columns.
fn all_values(columns: &[usize], shares: &[Share]) -> Vec<Asked> {
    let of_layer = |share: &&Share| columns.contains(&share.layer) && share.trait_index().is_some();
    shares.iter().filter(of_layer).map(Asked::of).collect()
}

/// What is asked for of the absence of all columns at once.
fn absent_asked(absent: &[Asked], present: &[Asked], columns: usize, is_exclusive: bool) -> Option<Asked> {
    if columns == 1 {
        return absent.first().copied();
    }
    // Of columns that are never absent one is always shown.
    if absent.len() < columns {
        return None;
    }
    if !is_exclusive {
        let by_weight = absent.iter().map(|asked| asked.by_weight).product();
        return Some(Asked { by_weight, expected: None, min: None, max: None });
    }
    let shown = present.iter().copied().reduce(Asked::plus)?;
    let rest = |part: f64| (1.0 - part).max(0.0);
    // What is left by rounding is nothing.
    let asked =
        Asked { by_weight: rest(shown.by_weight), expected: shown.expected.map(rest), min: None, max: None };
    (asked.by_weight > 1e-9 || asked.expected.is_some_and(|part| part > 1e-9)).then_some(asked)
}
