//! A plan beside what was expected: how many items show each choice, and whether chance explains the difference.

use serde::Serialize;

use crate::plan::Plan;
use crate::project::Project;
use crate::rules::Slots;
use crate::selection::chi_square::p_value;
use crate::selection::error::SelectionError;
use crate::selection::survey::{Share, shares};

/// A layer of a plan, with the expected and the actual number of items of each of its choices.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ComparedLayer {
    /// The layer's name.
    #[serde(rename = "layer")]
    pub name: String,
    /// The p-value of the chi-square test, 0.0 to 1.0. `None` if an expected share is not known, if exact numbers are
    /// asked for in this layer, or if no count can differ.
    pub p_value: Option<f64>,
    /// Every choice that can be drawn: traits in their order, then absence.
    pub choices: Vec<ComparedChoice>,
}

/// A choice: what was expected of it, and how many items show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ComparedChoice {
    /// `Layer/Trait`, or `Layer/none`.
    pub name: String,
    /// The part of items that its weight alone asks for, 0.0 to 1.0.
    pub by_weight: f64,
    /// The part of items that rules, groups and exact numbers leave of it, 0.0 to 1.0. `None` if that is not known.
    pub expected: Option<f64>,
    /// The number of items that is asked for, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<AskedItems>,
    /// The most items that can show it, because items must differ; only where fewer than are asked for or expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
    /// Items that show it.
    pub items: u64,
}

/// The number of items that a configuration asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AskedItems {
    /// At least so many.
    pub min: u32,
    /// At most so many. `None` if there is no limit.
    pub max: Option<u32>,
}

/// Compares a plan with what its project's weights, rules and exact numbers let expect, layer by layer in drawing order.
/// One-of-ones show no traits and are not counted.
///
/// # Errors
/// As for [`shares`].
///
/// # Panics
/// If the plan was made for a project with other layers or with more traits.
pub fn compare(project: &Project, plan: &Plan) -> Result<Vec<ComparedLayer>, SelectionError> {
    let slots = Slots::new(project);
    let mut items = vec![0u64; slots.len()];
    let mut drawn = 0u32;
    for index in (0..plan.len()).filter(|&index| plan.one(index).is_none()) {
        drawn += 1;
        slots.shown(plan.traits(index)).for_each(|slot| items[slot] += 1);
    }
    let shares = shares(project, drawn)?;
    let layers = project.layers.iter().enumerate().map(|(number, layer)| {
        let choices: Vec<ComparedChoice> = (shares.iter())
            .filter(|share| share.layer == number)
            .map(|share| ComparedChoice::new(share, items[slots.of(number, share.choice)]))
            .collect();
        ComparedLayer { name: layer.name.clone(), p_value: p_value_of(&choices, drawn), choices }
    });
    Ok(layers.collect())
}

/// The p-value of a layer's counts.
fn p_value_of(choices: &[ComparedChoice], drawn: u32) -> Option<f64> {
    // Exact numbers leave less to chance than the test assumes.
    if choices.iter().any(|choice| choice.asked.is_some()) {
        return None;
    }
    let counts = choices.iter().map(|choice| Some((choice.items, choice.expected? * f64::from(drawn))));
    p_value(&counts.collect::<Option<Vec<_>>>()?)
}

impl ComparedChoice {
    fn new(share: &Share, items: u64) -> Self {
        let asked = |(min, max)| AskedItems { min, max: (max < u32::MAX).then_some(max) };
        Self {
            name: share.name.clone(),
            by_weight: share.by_weight,
            expected: share.expected,
            asked: share.asked.map(asked),
            most: share.most,
            items,
        }
    }
}
