//! `incompatible` and `forcedCombinations` as rules.
//!
//! The engine chooses layer by layer. A trait that was chosen by chance excludes names from all choices after it, and forces others:
//! where a folder holds a forced name, that is taken. So a rule acts only where its first name is chosen before the second; all
//! others are dead, and are named.

use std::collections::BTreeSet;

use super::build::Folder;
use crate::import::model::{Absence, Choice, Layer, Rule, RuleKind};
use crate::import::notes::Notes;
use crate::import::value::{Map, Value};

/// The folders of each kind of item, in the order in which the engine chooses, and which layers each kind has.
pub(super) struct Kinds<'a> {
    pub(super) folders: &'a [Vec<Folder>],
    pub(super) layers: &'a [Vec<usize>],
    pub(super) required: &'a [String],
}

/// The rules of the two maps.
pub(super) fn rules(
    incompatible: Option<&Map>,
    forced: Option<&Map>,
    kinds: &Kinds<'_>,
    layers: &mut [Layer],
    notes: &mut Notes,
) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (key, map, is_forced) in [("incompatible", incompatible, false), ("forcedCombinations", forced, true)]
    {
        for (first, list) in map.map(|map| &map.0[..]).unwrap_or_default() {
            let mut seconds: Vec<&str> =
                list.as_list().unwrap_or_default().iter().filter_map(Value::as_text).collect();
            // What it forces, too, is taken all the same.
            let own = forced.filter(|_| !is_forced).and_then(|map| map.get(first)).and_then(Value::as_list);
            seconds
                .retain(|second| !own.unwrap_or_default().iter().any(|name| name.as_text() == Some(second)));
            let origin = format!("{key}[{first:?}]");
            let mut dead: BTreeSet<&str> = seconds.iter().copied().collect();
            let mut found = Vec::new();
            for kind in 0..kinds.folders.len() {
                pairs(kinds, kind, first, &seconds, is_forced, &mut dead, &mut found);
            }
            for second in &dead {
                let is_required = kinds.required.iter().any(|name| name == second);
                let what = if is_required {
                    "it is always drawn there, and only the engine could leave it out; it has no effect here"
                } else {
                    "it never acts: there is no choice of this name after the first one"
                };
                notes.lost(origin.clone(), *second, what);
            }
            for (when, choices) in found {
                add(when, choices, &origin, kinds, layers, &mut rules, notes);
            }
        }
    }
    contradictions(incompatible, forced, notes);
    rules
}

/// The choices that exclude each other in a kind of item, by its first choice.
fn pairs<'s>(
    kinds: &Kinds<'_>,
    kind: usize,
    first: &str,
    seconds: &[&'s str],
    is_forced: bool,
    dead: &mut BTreeSet<&'s str>,
    found: &mut Vec<(Choice, Vec<Choice>)>,
) {
    let folders = &kinds.folders[kind];
    for (at, folder) in folders.iter().enumerate() {
        let whens: Vec<Choice> = folder
            .iter()
            .filter(|(name, _)| name == first)
            .flat_map(|(_, choices)| choices.clone())
            .collect();
        if whens.is_empty() {
            continue;
        }
        let mut excluded: Vec<Choice> = Vec::new();
        for later in &folders[at + 1..] {
            if is_forced {
                let Some((name, taken)) = later.iter().find(|(name, _)| seconds.contains(&name.as_str()))
                else {
                    continue;
                };
                dead.retain(|second| second != name);
                excluded.extend(later.iter().flat_map(|(_, choices)| choices).filter(|c| !taken.contains(c)));
            } else {
                for (name, choices) in later.iter().filter(|(name, _)| seconds.contains(&name.as_str())) {
                    dead.retain(|second| second != name);
                    excluded.extend(choices);
                }
            }
        }
        for when in whens {
            let (Choice::Trait(own, _) | Choice::Absent(own)) = when;
            // A choice of the same layer is excluded as it is.
            let others = excluded.iter().copied().filter(|choice| match choice {
                Choice::Trait(layer, _) | Choice::Absent(layer) => *layer != own,
            });
            let others: Vec<Choice> = others.collect();
            match found.iter_mut().find(|(known, _)| *known == when) {
                Some((_, all)) => {
                    all.extend(others.into_iter().filter(|c| !all.contains(c)).collect::<Vec<_>>());
                }
                None => found.push((when, others)),
            }
        }
    }
}

/// Adds the rule that a choice excludes others.
fn add(
    when: Choice,
    choices: Vec<Choice>,
    origin: &str,
    kinds: &Kinds<'_>,
    layers: &mut [Layer],
    rules: &mut Vec<Rule>,
    notes: &mut Notes,
) {
    let (Choice::Trait(own, _) | Choice::Absent(own)) = when;
    let mut kept = Vec::new();
    let mut left_out: BTreeSet<usize> = BTreeSet::new();
    for choice in choices {
        match choice {
            // A kind of item without the layer shows its absence always.
            Choice::Absent(layer)
                if kinds.layers.iter().any(|kind| kind.contains(&own) && !kind.contains(&layer)) =>
            {
                let done = "that a layer may not be absent is not kept where a kind of item lacks the layer";
                notes.lost(origin, layers[layer].name.clone(), done);
            }
            choice => {
                let (Choice::Trait(layer, _) | Choice::Absent(layer)) = choice;
                left_out.insert(layer);
                kept.push(choice);
            }
        }
    }
    // Of a layer that is excluded with its absence the engine shows nothing, which is absence again.
    let is_whole =
        |layer: usize| (0..layers[layer].traits.len()).all(|item| kept.contains(&Choice::Trait(layer, item)));
    let whole: Vec<usize> = left_out.iter().copied().filter(|&layer| is_whole(layer)).collect();
    kept.retain(|choice| !matches!(choice, Choice::Absent(layer) if whole.contains(layer)));
    if kept.is_empty() {
        return;
    }
    for layer in left_out {
        dead_end(when, layer, &kept, origin, layers, rules, notes);
    }
    rules.push(Rule { when, kind: RuleKind::Forbid, choices: kept, origin: origin.to_owned() });
}

/// Where a choice excludes all of a layer the engine shows nothing of it; so the layer can be absent then, and only then.
fn dead_end(
    when: Choice,
    number: usize,
    excluded: &[Choice],
    origin: &str,
    layers: &mut [Layer],
    rules: &mut Vec<Rule>,
    notes: &mut Notes,
) {
    let layer = &mut layers[number];
    let all_excluded = (0..layer.traits.len())
        .all(|item| excluded.contains(&Choice::Trait(number, item)) || layer.traits[item].weight == 0.0);
    if !all_excluded {
        return;
    }
    if layer.none.is_some() {
        // It may be absent for another choice that excludes all.
        let of_other = rules.iter_mut().find(|rule| {
            rule.when == Choice::Absent(number)
                && rule.kind == RuleKind::Require
                && !rule.choices.contains(&when)
        });
        of_other.into_iter().for_each(|rule| rule.choices.push(when));
        return;
    }
    let weight = layer.traits.iter().map(|item| item.weight).sum();
    layer.none = Some(Absence { weight, shown: None, origin: origin.to_owned() });
    notes.changed(
        origin,
        layer.name.clone(),
        "nothing of the layer is left then, so it is absent, and only then",
    );
    let (when, choices) = (Choice::Absent(number), vec![when]);
    rules.push(Rule { when, kind: RuleKind::Require, choices, origin: origin.to_owned() });
}

/// Names rules that act otherwise in the engine where they meet.
fn contradictions(incompatible: Option<&Map>, forced: Option<&Map>, notes: &mut Notes) {
    let list = |map: Option<&Map>| map.map(|map| map.0.clone()).unwrap_or_default();
    let (incompatible, forced) = (list(incompatible), list(forced));
    for (first, seconds) in &forced {
        for second in seconds.as_list().unwrap_or_default().iter().filter_map(Value::as_text) {
            let origin = format!("forcedCombinations[{first:?}]");
            if incompatible.iter().chain(&forced).any(|(name, _)| name == second) {
                let done = "a forced trait triggers none of its own rules in the engine; here it does";
                notes.changed(origin.clone(), second, done);
            }
            let excludes = |(_, list): &&(String, Value)| {
                list.as_list().unwrap_or_default().iter().any(|other| other.as_text() == Some(second))
            };
            if let Some((name, _)) = incompatible.iter().find(|pair| pair.0 != *first && excludes(pair)) {
                let done =
                    format!("the engine forces it although {name} excludes it; here no item has all three");
                notes.changed(origin, second, done);
            }
        }
    }
}
