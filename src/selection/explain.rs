//! Why no item is possible: rules and settings that contradict each other, none of which could be left out.

use crate::project::{ABSENT, Amount, MILLION, Project, quoted};
use crate::rules::{Clause, NESTING, Slots, amount_as_demand, clauses, region_count, rule_in_words};
use crate::selection::amounts::ranges_of;
use crate::selection::diagram::{Diagram, Outcomes};
use crate::selection::diagram_build::order;
use crate::selection::error::SelectionError;
use crate::selection::prove::refutation;
use crate::selection::space::no_choice;
use crate::selection::tilt::Part;
use crate::selection::weights::outcomes;

/// Something that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// So many items show a choice, by the amount's index.
    Amount(usize),
    /// A rule, by its index.
    Rule(usize),
    /// A layer is always there, or never.
    Presence(usize),
    /// A group does not include a layer.
    Lacks(usize, usize),
}

/// The error of a project that no item is possible in, or none of a group.
pub(crate) fn conflict(project: &Project) -> SelectionError {
    SelectionError::Conflict { demands: in_words(project, &conflicting(project)) }
}

/// Rules and settings that contradict each other, none of which can be left out.
pub(super) fn conflicting(project: &Project) -> Vec<Demand> {
    irreducible(project, settings(project), &[])
}

/// The error of a project whose amounts no collection of so many items in each region can have, as these prices of
/// slots prove.
pub(crate) fn conflict_of_amounts(project: &Project, counts: &[u32], prices: &[i64]) -> SelectionError {
    let slots = Slots::new(project);
    // What has no price has no part in the proof.
    let priced = |&index: &usize| {
        let amount: &Amount = &project.amounts[index];
        prices[slots.of(amount.layer, amount.choice)] != 0
    };
    let mut demands: Vec<Demand> = (0..project.amounts.len()).filter(priced).map(Demand::Amount).collect();
    demands.extend(settings(project));
    let demands = irreducible(project, demands, counts);
    SelectionError::ConflictOfAmounts { count: counts.iter().sum(), demands: in_words(project, &demands) }
}

/// The rules, and what the layers' and groups' settings say.
fn settings(project: &Project) -> Vec<Demand> {
    let mut demands: Vec<Demand> = (0..project.rules.len()).map(Demand::Rule).collect();
    let settled = |&layer: &usize| {
        let layer = &project.layers[layer];
        layer.chance == 0 || u64::from(layer.chance) == MILLION && layer.none.is_none()
    };
    demands.extend((0..project.layers.len()).filter(settled).map(Demand::Presence));
    for (number, group) in project.groups.iter().enumerate() {
        let lacks = (0..project.layers.len()).filter(|layer| !group.layers.contains(layer));
        demands.extend(lacks.map(|layer| Demand::Lacks(number, layer)));
    }
    demands
}

fn in_words(project: &Project, demands: &[Demand]) -> String {
    let told: Vec<String> = demands.iter().map(|&demand| describe(project, demand)).collect();
    told.join("; and ")
}

/// Of demands that contradict each other, some that still do and none of which can be left out.
fn irreducible(project: &Project, mut demands: Vec<Demand>, counts: &[u32]) -> Vec<Demand> {
    let all = clauses(project);
    for demand in demands.clone() {
        let rest: Vec<Demand> = demands.iter().copied().filter(|&other| other != demand).collect();
        if !is_possible(project, &all, &rest, counts) {
            demands = rest;
        }
    }
    demands
}

/// Whether some item meets all of these, in each region; and if numbers of items are given, whether so many can have the
/// amounts. If that is too much to find out, it is said to be so.
fn is_possible(project: &Project, clauses: &[Clause], demands: &[Demand], counts: &[u32]) -> bool {
    let is_demanded =
        |clause: &Clause| clause.rule == NESTING || demands.contains(&Demand::Rule(clause.rule));
    let within: Vec<&Clause> = clauses.iter().filter(|clause| is_demanded(clause)).collect();
    let all = outcomes(project);
    let order = order(all.len(), &within, &[]);
    let mut diagrams = Vec::new();
    for region in 0..region_count(project) {
        let lacks = |layer: usize| {
            let group = project.groups.get(region);
            group.is_some_and(|group| !group.layers.contains(&layer))
        };
        let outcomes_here: Vec<Outcomes> = (0..all.len())
            .map(|layer| {
                if lacks(layer) && demands.contains(&Demand::Lacks(region, layer)) {
                    return vec![(no_choice(project, layer), 1)];
                }
                let mut outcomes = all[layer].clone();
                let is_free = !demands.contains(&Demand::Presence(layer));
                let traits = 0..project.layers[layer].traits.len() as u16;
                let shown = |choice: u16, outcomes: &Outcomes| outcomes.iter().any(|&(c, _)| c == choice);
                for choice in traits.chain([ABSENT]) {
                    // A layer that is never there could show anything if it were.
                    let possible = match choice {
                        ABSENT => is_free || lacks(layer),
                        _ => is_free && project.layers[layer].chance == 0,
                    };
                    if possible && !shown(choice, &outcomes) {
                        outcomes.push((choice, 1));
                    }
                }
                outcomes
            })
            .collect();
        match Diagram::new(&outcomes_here, &order, &within) {
            None => return true,
            Some(diagram) if diagram.items() == 0 => return false,
            Some(diagram) => diagrams.push(diagram),
        }
    }
    let slots = Slots::new(project);
    let demanded = project.amounts.iter().enumerate();
    let demanded = demanded.filter(|(index, _)| demands.contains(&Demand::Amount(*index)));
    let ranges = ranges_of(&slots, demanded.map(|(_, amount)| amount));
    let parts: Vec<Part<'_>> = diagrams.iter().zip(counts.iter().copied()).collect();
    parts.is_empty() || refutation(&slots, &parts, &ranges).is_none()
}

fn describe(project: &Project, demand: Demand) -> String {
    match demand {
        Demand::Amount(index) => amount_as_demand(project, &project.amounts[index]),
        Demand::Lacks(group, layer) => {
            let group = quoted(&project.groups[group].name);
            format!("group {group} has no layer {}", quoted(&project.layers[layer].name))
        }
        Demand::Rule(index) => rule_in_words(project, &project.rules[index]),
        Demand::Presence(layer) => {
            let chance = if project.layers[layer].chance == 0 { "0" } else { "1" };
            format!("{} has chance {chance} (layer {})", quoted(&project.layers[layer].name), layer + 1)
        }
    }
}
