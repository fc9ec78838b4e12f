//! Why no item is possible: rules and settings that contradict each other, none of which could be left out.

use super::clause::{Clause, clauses, obeys};
use super::diagram::{Diagram, Outcomes, order};
use super::error::SelectionError;
use super::plan::ABSENT;
use super::weights::outcomes;
use crate::collection::{MILLION, Project, Reference, Rule, RuleKind, quoted};

/// Something that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demand {
    /// A rule, by its index.
    Rule(usize),
    /// A layer is always there, or never.
    Presence(usize),
}

/// The error of a project that no item is possible in.
pub(crate) fn conflict(project: &Project) -> SelectionError {
    let mut demands: Vec<Demand> = (0..project.rules.len()).map(Demand::Rule).collect();
    let settled = |&layer: &usize| {
        let layer = &project.layers[layer];
        layer.chance == 0 || u64::from(layer.chance) == MILLION && layer.none.is_none()
    };
    demands.extend((0..project.layers.len()).filter(settled).map(Demand::Presence));
    // Whatever can be left out while the rest still contradicts itself is.
    let all = clauses(project);
    for demand in demands.clone() {
        let rest: Vec<Demand> = demands.iter().copied().filter(|&other| other != demand).collect();
        if !is_possible(project, &all, &rest) {
            demands = rest;
        }
    }
    let told: Vec<String> = demands.iter().map(|&demand| describe(project, demand)).collect();
    SelectionError::Conflict { demands: told.join("; and ") }
}

/// Whether some item meets all of these. If that is too much to find out, it is said to be so.
fn is_possible(project: &Project, clauses: &[Clause], demands: &[Demand]) -> bool {
    let within: Vec<&Clause> =
        clauses.iter().filter(|clause| demands.contains(&Demand::Rule(clause.rule))).collect();
    let outcomes: Vec<Outcomes> = outcomes(project)
        .into_iter()
        .enumerate()
        .map(|(layer, mut outcomes)| {
            if !demands.contains(&Demand::Presence(layer)) {
                let traits = 0..project.layers[layer].traits.len() as u16;
                let shown = |choice: u16, outcomes: &Outcomes| outcomes.iter().any(|&(c, _)| c == choice);
                for choice in traits.chain([ABSENT]) {
                    // A layer that is never there could show anything if it were.
                    let possible = choice == ABSENT || project.layers[layer].chance == 0;
                    if possible && !shown(choice, &outcomes) {
                        outcomes.push((choice, 1));
                    }
                }
            }
            outcomes
        })
        .collect();
    let order = order(outcomes.len(), &within, &[]);
    Diagram::new(&outcomes, &order, &within).is_none_or(|diagram| diagram.items() > 0)
}

fn describe(project: &Project, demand: Demand) -> String {
    match demand {
        Demand::Rule(index) => rule_in_words(project, &project.rules[index]),
        Demand::Presence(layer) => {
            let chance = if project.layers[layer].chance == 0 { "0" } else { "1" };
            format!("{} has chance {chance} (layer {})", quoted(&project.layers[layer].name), layer + 1)
        }
    }
}

/// A rule as one would say it, with its number and its line.
pub(crate) fn rule_in_words(project: &Project, rule: &Rule) -> String {
    let list = |list: &[Reference], between: &str| -> String {
        list.iter().map(|reference| quoted(&reference.text)).collect::<Vec<_>>().join(between)
    };
    let what = match &rule.kind {
        RuleKind::Forbid(all) => format!("{} must not be together", list(all, " and ")),
        RuleKind::Require(when, any) => format!("{} requires {}", quoted(&when.text), list(any, " or ")),
        RuleKind::Exclude(when, any) => format!("{} forbids {}", quoted(&when.text), list(any, " and ")),
        RuleKind::Allow(when, any) => format!("{} allows only {}", quoted(&when.text), list(any, " and ")),
        RuleKind::SameTag(layers) => {
            let [a, b] = layers.map(|layer| quoted(&project.layers[layer].name));
            format!("{a} and {b} must have a tag in common")
        }
    };
    format!("{what} (rule {}, line {})", rule.number, rule.line)
}

/// The first rule that an item breaks, in words.
pub(crate) fn broken_rule(project: &Project, row: &[u16]) -> Option<String> {
    let rule = project.rules.iter().find(|rule| !obeys(project, rule, row))?;
    Some(rule_in_words(project, rule))
}

/// The names of layers in a sentence.
pub(crate) fn layers_in_words(project: &Project, layers: &[usize]) -> String {
    let names: Vec<String> = layers.iter().map(|&layer| quoted(&project.layers[layer].name)).collect();
    names.join(", ")
}

/// Choices of a layer in words, for tables.
pub(crate) fn choice_in_words(project: &Project, layer: usize, choice: u16) -> String {
    let name = match choice {
        ABSENT => "none",
        index => &project.layers[layer].traits[usize::from(index)].name,
    };
    format!("{}/{name}", project.layers[layer].name)
}
