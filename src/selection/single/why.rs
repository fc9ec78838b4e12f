//! Which rules leave no item under some limits.
//!
//! Unit propagation finds most conflicts: a clause of which one literal is left makes that literal true, which narrows a layer,
//! and so on, until a clause has none. Each layer remembers the clauses that narrowed it, so the conflict has its causes. What
//! takes more than that is found with decision diagrams, by leaving out one rule after the other.

use std::collections::BTreeSet;

use crate::project::{Project, in_row, quoted};
use crate::rules::{Clause, NESTING, choice_in_words, nesting_in_words, rule_in_words};
use crate::selection::diagram::{Diagram, Outcomes};
use crate::selection::diagram_build::order;
use crate::selection::single::items::Regions;

/// With more rules than these, those that play no part are not left out where propagation does not find them.
const MOST_RULES: usize = 64;

/// Something that forbids what was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// A rule, by its index.
    Rule(usize),
    /// The layer is chosen from with traits of another, and only with these.
    Nested(usize),
    /// None of these choices of the layer is ever drawn.
    Never(usize, Vec<u16>),
    /// A group does not have the layer.
    Lacks(usize, usize),
}

impl Reason {
    pub(super) fn in_words(&self, project: &Project) -> String {
        match self {
            Self::Rule(rule) => rule_in_words(project, &project.rules[*rule]),
            Self::Nested(layer) => nesting_in_words(project, *layer),
            Self::Never(layer, choices) => {
                let names: Vec<String> =
                    choices.iter().map(|&choice| quoted(&choice_in_words(project, *layer, choice))).collect();
                format!("{} is never drawn", names.join(" or "))
            }
            Self::Lacks(group, layer) => {
                let (group, layer) = (&project.groups[*group].name, &project.layers[*layer].name);
                format!("group {} has no layer {}", quoted(group), quoted(layer))
            }
        }
    }
}

/// Why no item keeps to `limits`: the reasons of that group which forbids least, where there are groups. Nothing if an item
/// does, or if the rules are too many to find out.
pub(super) fn why(
    project: &Project,
    clauses: &[Clause],
    space: &Regions,
    shares: &[u64],
    limits: &[Option<Vec<u16>>],
) -> Vec<Reason> {
    let regions = space.outcomes.iter().enumerate().filter(|(region, _)| shares[*region] > 0);
    let of_region = |(region, outcomes): (usize, &Vec<Outcomes>)| {
        let left: Vec<Outcomes> =
            outcomes.iter().zip(limits).map(|(all, limit)| within(all, limit)).collect();
        match left.iter().position(Vec::is_empty) {
            Some(layer) => vec![outside(project, region, layer, limits)],
            None => ruled_out(project, clauses, &left),
        }
    };
    // A rule says more than a layer that a group lacks.
    let rank = |reasons: &Vec<Reason>| {
        (reasons.iter().any(|reason| matches!(reason, Reason::Lacks(..) | Reason::Never(..))), reasons.len())
    };
    regions.map(of_region).min_by_key(rank).unwrap_or_default()
}

fn within(outcomes: &Outcomes, limit: &Option<Vec<u16>>) -> Outcomes {
    let allowed = |choice: u16| limit.as_ref().is_none_or(|limit| limit.contains(&in_row(choice)));
    outcomes.iter().copied().filter(|&(choice, _)| allowed(choice)).collect()
}

/// Why a layer of a group shows none of what it is limited to.
fn outside(project: &Project, region: usize, layer: usize, limits: &[Option<Vec<u16>>]) -> Reason {
    match project.groups.get(region) {
        Some(group) if !group.layers.contains(&layer) => Reason::Lacks(region, layer),
        _ => Reason::Never(layer, limits[layer].clone().unwrap_or_default()),
    }
}

/// The rules because of which no item has these choices alone.
fn ruled_out(project: &Project, clauses: &[Clause], left: &[Outcomes]) -> Vec<Reason> {
    let all: BTreeSet<usize> = (0..clauses.len()).collect();
    let found = propagate(clauses, left, &all);
    let is_conflict = |numbers: &BTreeSet<usize>| match &found {
        Some(_) => propagate(clauses, left, numbers).is_some(),
        None => {
            let within: Vec<&Clause> = numbers.iter().map(|&number| &clauses[number]).collect();
            let order = order(left.len(), &within, &[]);
            Diagram::new(left, &order, &within).is_some_and(|diagram| diagram.items() == 0)
        }
    };
    if found.is_none() && !is_conflict(&all) {
        return Vec::new();
    }
    let mut causes = found.clone().unwrap_or(all);
    let rules: BTreeSet<usize> = causes.iter().map(|&number| clauses[number].rule).collect();
    if found.is_some() || rules.len() <= MOST_RULES {
        for rule in rules {
            let rest = causes.iter().copied().filter(|&number| clauses[number].rule != rule).collect();
            if is_conflict(&rest) {
                causes = rest;
            }
        }
    }
    let mut reasons: Vec<Reason> = Vec::new();
    for clause in causes.into_iter().map(|number| &clauses[number]) {
        let reason = match clause.rule {
            NESTING => Reason::Nested(nested_layer(project, clause)),
            rule => Reason::Rule(rule),
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}

/// The layer that a clause of nesting is about: the one that belongs to traits of the other.
fn nested_layer(project: &Project, clause: &Clause) -> usize {
    let has = |layer: usize| clause.literals.iter().any(|literal| literal.layer == layer);
    let is_nested =
        |layer: &usize| project.layers[*layer].parent.as_ref().is_some_and(|parent| has(parent.layer));
    let mut layers = clause.literals.iter().map(|literal| literal.layer);
    let first = layers.clone().next().unwrap_or_default();
    layers.find(is_nested).or_else(|| (0..project.layers.len()).find(is_nested)).unwrap_or(first)
}

/// The clauses, of those with these numbers, that unit propagation finds to leave no item; nothing if it finds none.
pub(super) fn propagate(
    clauses: &[Clause],
    outcomes: &[Outcomes],
    numbers: &BTreeSet<usize>,
) -> Option<BTreeSet<usize>> {
    let mut left: Vec<Vec<u16>> =
        outcomes.iter().map(|outcomes| outcomes.iter().map(|&(choice, _)| choice).collect()).collect();
    let mut causes: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); left.len()];
    loop {
        let mut narrower = false;
        for &number in numbers {
            let literals = &clauses[number].literals;
            let mut open = literals
                .iter()
                .filter(|literal| left[literal.layer].iter().any(|&choice| literal.allows(choice)));
            let first = open.next();
            if open.next().is_some() {
                continue;
            }
            let others =
                literals.iter().filter(|literal| first.is_none_or(|first| first.layer != literal.layer));
            let mut because: BTreeSet<usize> =
                others.flat_map(|literal| causes[literal.layer].iter().copied()).collect();
            because.insert(number);
            let Some(literal) = first else { return Some(because) };
            // Only this literal can make the clause true, so it must.
            let choices = &mut left[literal.layer];
            let before = choices.len();
            choices.retain(|&choice| literal.allows(choice));
            if choices.len() < before {
                causes[literal.layer].extend(because);
                narrower = true;
            }
        }
        if !narrower {
            return None;
        }
    }
}
