//! A survey of the items that rules and weights allow, made before anything is chosen.

use crate::project::{ABSENT, NOT_ASKED, Project};
use crate::rules::{Slots, choice_in_words, rule_in_words};
use crate::selection::constrained::{is_constrained, numbers};
use crate::selection::error::SelectionError;
use crate::selection::limits::most_items;
use crate::selection::space::Space;
use crate::selection::weights::{capacity, odds};

/// A share that rules change by more than this factor is worth telling.
const FAR: f64 = 2.0;
/// Nodes of diagrams that are made to find rules that change nothing, at most.
const MAX_NODES: usize = 5_000_000;

/// A set of layers and how often they can be combined differently.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct UniqueSet {
    /// The group that the figure holds for, if there are groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Names of the layers.
    pub layers: Vec<String>,
    /// Whether it is the picture that they make that is not repeated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pictures: bool,
    /// Combinations that are part of some item: no more items can be made.
    #[serde(serialize_with = "number")]
    pub most: u128,
}

/// How likely a choice is.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Share {
    /// `Layer/Trait`, or `Layer/none`.
    pub name: String,
    /// The layer's number in drawing order.
    pub layer: usize,
    /// The trait's index in its layer, or [`ABSENT`].
    pub(crate) choice: u16,
    /// The part of items that show it if weights alone decide.
    pub by_weight: f64,
    /// The part of items that show it if drawn by weight among those that obey the rules and have the amounts that are
    /// asked for. `None` if that is not known.
    pub expected: Option<f64>,
    /// How many items are asked for, at least and at most (`u32::MAX`: no limit), if a number is.
    pub asked: Option<(u32, u32)>,
    /// The most items that can show it, because items must differ; only where fewer than are asked for or expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}

impl Share {
    /// The trait's index in its layer; `None` where the layer is absent.
    #[must_use]
    pub fn trait_index(&self) -> Option<usize> {
        (self.choice != ABSENT).then_some(self.choice.into())
    }

    /// Whether rules make it much more or much less likely than its weight says.
    #[must_use]
    pub fn is_far(&self) -> bool {
        self.expected.is_some_and(|expected| {
            expected > 0.0 && (expected > FAR * self.by_weight || expected * FAR < self.by_weight)
        })
    }

    /// Whether rules let no item show what its weight would.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        self.expected == Some(0.0) && self.by_weight > 0.0
    }
}

/// What a project's weights, rules and unique sets make possible.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Survey {
    /// The most items that can be made, `u128::MAX` if there is no limit. Where several unique sets cross, fewer may be.
    #[serde(serialize_with = "number")]
    pub capacity: u128,
    /// Items that obey the rules, equal ones counted once.
    #[serde(serialize_with = "number")]
    pub valid: u128,
    /// Whether the two are exact and not upper bounds.
    pub exact: bool,
    /// The unique sets.
    pub unique: Vec<UniqueSet>,
    /// Every choice that can be drawn, layer by layer.
    pub shares: Vec<Share>,
    /// Rules that no item breaks even without them, in words. `None` if that takes too long to find out.
    pub idle: Option<Vec<String>>,
}

/// A count in JSON: a number where readers of JSON hold it exactly, else its digits as text; nothing where there is no
/// limit.
fn number<S: serde::Serializer>(count: &u128, to: S) -> Result<S::Ok, S::Error> {
    match u64::try_from(*count) {
        Ok(small) if small < 1 << 53 => to.serialize_u64(small),
        _ if *count == u128::MAX => to.serialize_none(),
        _ => to.serialize_str(&count.to_string()),
    }
}

/// Looks at what is possible where so many items are wanted.
///
/// # Errors
/// If nothing is: the rules, amounts and settings that contradict each other.
pub fn survey(project: &Project, count: u32) -> Result<Survey, SelectionError> {
    let space = Space::new(project)?;
    let (valid, mut exact) = space.items();
    let bounds = space.bounds();
    exact &= bounds.iter().all(|bound| bound.exact);
    let capacity = if is_constrained(project) { space.most_of(&bounds) } else { capacity(project) };
    let names = |layers: &[usize]| layers.iter().map(|&layer| project.layers[layer].name.clone()).collect();
    let group = |region: usize| project.groups.get(region).map(|group| group.name.clone());
    let unique = bounds
        .iter()
        .map(|bound| UniqueSet {
            group: group(bound.region),
            layers: names(&space.layers_of(bound.set)),
            pictures: space.is_picture(bound.set),
            most: bound.most,
        })
        .collect();
    // Each rule takes another diagram.
    let is_quick =
        exact && valid < u128::MAX && space.nodes().saturating_mul(project.rules.len()) <= MAX_NODES;
    let idle = is_quick.then(|| idle(&space, project, valid));
    Ok(Survey { capacity, valid, exact, unique, shares: shares_in(&space, project, count)?, idle })
}

/// Every choice that can be drawn, layer by layer, and how likely it is where so many items are wanted.
///
/// # Errors
/// As for [`survey`].
pub fn shares(project: &Project, count: u32) -> Result<Vec<Share>, SelectionError> {
    shares_in(&Space::new(project)?, project, count)
}

/// The choice of a layer with the name of another's.
fn same_choice(project: &Project, layer: usize, other: usize, choice: u16) -> u16 {
    let Some(item) = project.layers[other].traits.get(usize::from(choice)) else { return ABSENT };
    let traits = &project.layers[layer].traits;
    traits.iter().position(|known| known.name == item.name).map_or(ABSENT, |index| index as u16)
}

fn shares_in(space: &Space<'_>, project: &Project, count: u32) -> Result<Vec<Share>, SelectionError> {
    let slots = Slots::new(project);
    let counts: Vec<u32> = match &project.groups[..] {
        [] => vec![count],
        groups => groups.iter().map(|group| group.count).collect(),
    };
    let all: f64 = counts.iter().copied().map(f64::from).sum();
    let mut by_weight = vec![0.0; slots.len()];
    let mut expected = space.shares(0).map(|_| vec![0.0; slots.len()]);
    for (region, &count) in counts.iter().enumerate() {
        let part = if all > 0.0 { f64::from(count) / all } else { 1.0 };
        // By layer and choice; of a choice inside a choice it depends on how likely that is, which comes before it.
        let mut here = vec![0.0; slots.len()];
        for (layer, outcomes) in space.regions[region].outcomes.iter().enumerate() {
            let asked = || outcomes.iter().filter(|&&(choice, _)| choice != NOT_ASKED);
            let total: f64 = asked().map(|&(_, share)| share as f64).sum();
            let is_asked: f64 = match &project.layers[layer].parent {
                Some(parent) => parent.any.iter().map(|&choice| here[slots.of(parent.layer, choice)]).sum(),
                None => 1.0,
            };
            here[slots.of(layer, ABSENT)] += 1.0 - is_asked;
            // What another layer decides is as likely as that.
            let leader = project.leader_of(layer).filter(|&leader| leader < layer);
            for &(choice, share) in asked() {
                if let Some(leader) = leader {
                    here[slots.of(layer, choice)] =
                        here[slots.of(leader, same_choice(project, leader, layer, choice))];
                    continue;
                }
                here[slots.of(layer, choice)] += is_asked * share as f64 / total;
            }
        }
        by_weight.iter_mut().zip(here).for_each(|(sum, share)| *sum += part * share);
        for (layer, shares) in space.shares(region).into_iter().flatten() {
            let Some(expected) = &mut expected else { continue };
            shares.iter().for_each(|&(choice, share)| expected[slots.of(layer, choice)] += part * share);
        }
    }
    let numbers = if count > 0 { numbers(space, &counts)? } else { None };
    if let (Some(numbers), Some(expected)) = (&numbers, &mut expected) {
        expected.iter_mut().zip(&numbers.expected).for_each(|(share, items)| *share = items / all);
    }
    let most = most_items(space, &slots, &counts);
    let mut shares = Vec::new();
    for (layer, odds) in odds(project).iter().enumerate() {
        // It is drawn apart, by weight alone.
        if project.layers[layer].is_apart {
            continue;
        }
        let mut choices: Vec<u16> = odds.outcomes().iter().map(|&(choice, _)| choice).collect();
        // Items of a group without this layer lack it.
        if !choices.contains(&ABSENT) && by_weight[slots.of(layer, ABSENT)] > 0.0 {
            choices.push(ABSENT);
        }
        for choice in choices {
            let slot = slots.of(layer, choice);
            let asked = numbers.as_ref().map(|numbers| numbers.asked(slot));
            let asked = asked.filter(|&asked| asked != (0, u32::MAX));
            let is_short = match (asked, &expected) {
                (Some((least, _)), _) => least > most[slot],
                // What is expected is a mean, from which small collections are a little off anyway.
                (None, Some(expected)) => expected[slot] * all >= f64::from(most[slot]) + 2.0,
                (None, None) => false,
            };
            shares.push(Share {
                name: choice_in_words(project, layer, choice),
                layer,
                choice,
                by_weight: by_weight[slot],
                expected: expected.as_ref().map(|expected| expected[slot]),
                asked,
                most: is_short.then_some(most[slot]),
            });
        }
    }
    Ok(shares)
}

/// Rules without which as many items are possible.
fn idle(space: &Space<'_>, project: &Project, valid: u128) -> Vec<String> {
    let changes_nothing = |rule: &usize| space.items_without(*rule) == Some(valid);
    let rules = (0..project.rules.len()).filter(changes_nothing);
    rules.map(|rule| rule_in_words(project, &project.rules[rule])).collect()
}
