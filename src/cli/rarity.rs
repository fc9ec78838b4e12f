//! Tables of how likely traits are, and how often they came.

use std::collections::HashMap;

use serde::Serialize;
use traitpress::plan::Plan;
use traitpress::project::Project;
use traitpress::selection::{Share, Survey, p_value};
use traitpress::telemetry::SearchStats;

use crate::cli::measure::thousands;
use crate::cli::print::outln;

/// A choice in a plan.
#[derive(Debug, Serialize)]
struct Line<'a> {
    name: &'a str,
    /// The part of items that its weight asks for, and that rules leave of it.
    by_weight: f64,
    expected: Option<f64>,
    /// How many items are asked for, at least and at most, if a number is.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<Asked>,
    /// Items that show it.
    items: u64,
}

/// How many items are asked for.
#[derive(Clone, Copy, Debug, Serialize)]
struct Asked {
    min: u32,
    /// None if there is no limit.
    max: Option<u32>,
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (min, max) = (thousands(self.min), self.max.map(thousands));
        f.write_str(&match max {
            Some(max) if max == min => min,
            Some(max) => format!("{min} - {max}"),
            None => format!(">= {min}"),
        })
    }
}

/// A layer in a plan.
#[derive(Debug, Serialize)]
struct Table<'a> {
    layer: &'a str,
    /// The probability that fair draws are as far from what is expected; none where that is not known or nothing can differ.
    p_value: Option<f64>,
    choices: Vec<Line<'a>>,
}

fn tables<'a>(project: &'a Project, shares: &'a [Share], plan: &Plan) -> Vec<Table<'a>> {
    let mut tables = Vec::new();
    let drawn = || (0..plan.len()).filter(|&index| plan.one(index).is_none());
    let count = drawn().count() as f64;
    for (number, layer) in project.layers.iter().enumerate() {
        let mut items: HashMap<Option<usize>, u64> = HashMap::new();
        drawn().for_each(|index| *items.entry(plan.item(index).trait_index(number)).or_default() += 1);
        let choices: Vec<Line<'_>> = shares
            .iter()
            .filter(|share| share.layer == number)
            .map(|share| Line {
                name: &share.name,
                by_weight: share.by_weight,
                expected: share.expected,
                asked: share.asked.map(|(min, max)| Asked { min, max: (max < u32::MAX).then_some(max) }),
                items: items.get(&share.trait_index()).copied().unwrap_or(0),
            })
            .collect();
        // Where numbers are asked for, nothing is left to chance, or not all.
        let is_drawn = choices.iter().all(|line| line.asked.is_none());
        let known: Option<Vec<(u64, f64)>> =
            choices.iter().map(|line| Some((line.items, line.expected? * count))).collect();
        let p_value = known.filter(|_| is_drawn).and_then(|counts| p_value(&counts));
        tables.push(Table { layer: &layer.name, p_value, choices });
    }
    tables
}

/// Prints expected and got for every choice of a plan; one-of-ones are not counted, for they show none.
pub(crate) fn print_plan(project: &Project, shares: &[Share], plan: &Plan) {
    let tables = tables(project, shares, plan);
    let names = tables.iter().flat_map(|table| &table.choices).map(|line| line.name.chars().count());
    let width = names.max().unwrap_or(0).max(5);
    let has_asked = tables.iter().flat_map(|table| &table.choices).any(|line| line.asked.is_some());
    let asked_in_words = |asked: &str| if has_asked { format!("  {asked:>15}") } else { String::new() };
    outln!("{:width$}  by weight  expected{}     items", "trait", asked_in_words("asked"));
    for table in &tables {
        for line in &table.choices {
            let percent = |part: f64| format!("{:.2}%", part * 100.0);
            let expected = line.expected.map_or_else(|| "-".to_owned(), percent);
            let by_weight = percent(line.by_weight);
            let asked = asked_in_words(&line.asked.map_or_else(String::new, |asked| asked.to_string()));
            let items = thousands(line.items);
            outln!("{:width$}  {by_weight:>9}  {expected:>8}{asked}  {items:>8}", line.name);
        }
        if let Some(p) = table.p_value {
            outln!("  {}: chi-square p = {p:.3}", table.layer);
        }
    }
    outln!(
        "p: chi-square p-value of the item counts against the expected shares. Low values are expected when most possible \
         combinations are used."
    );
}

/// The same as JSON.
pub(crate) fn print_plan_json(project: &Project, shares: &[Share], plan: &Plan, effort: Option<SearchStats>) {
    let layers = tables(project, shares, plan);
    let (items, ones) = (plan.len(), plan.count_ones());
    outln!("{}", serde_json::json!({ "items": items, "ones": ones, "layers": layers, "effort": effort }));
}

/// Prints what choosing took.
pub(crate) fn print_effort(effort: &SearchStats) {
    outln!(
        "chosen in {:.2} s: {} draws, {} checks, {} backtracks, {} early ends, {} exchanges, {} repairs",
        effort.time.as_secs_f64(),
        thousands(effort.draws),
        thousands(effort.checks),
        thousands(effort.backtracks),
        thousands(effort.early_ends),
        thousands(effort.exchanges),
        thousands(effort.repairs),
    );
}

/// Prints what rules do.
pub(crate) fn print_survey(survey: &Survey) {
    let about = if survey.exact { "" } else { "at most " };
    outln!("{about}{} combinations obey the rules", count(survey.valid));
    for set in &survey.unique {
        let group = set.group.as_ref().map_or_else(String::new, |group| format!(" in group {group}"));
        outln!("{about}{} combinations of {}{group}, each once", count(set.most), set.layers.join(", "));
    }
    for share in survey.shares.iter().filter(|share| share.is_unreachable()) {
        outln!(
            "warning: {} cannot be shown by any item under the rules; loosen a rule or take it out",
            share.name
        );
    }
    for rule in survey.idle.iter().flatten() {
        outln!("warning: {rule} changes nothing: without it the same items are possible");
    }
    if survey.idle.is_none() {
        outln!("which rules change nothing is not told: there are too many rules to leave each out once");
    }
    for share in survey.shares.iter().filter(|share| share.is_far()) {
        let expected = share.expected.unwrap_or_default();
        outln!(
            "note: {} is shown by {:.3}% of items under the rules; its weight alone says {:.3}%",
            share.name,
            expected * 100.0,
            share.by_weight * 100.0
        );
    }
}

fn count(number: u128) -> String {
    if number == u128::MAX { "more than 10^38".to_owned() } else { thousands(number) }
}
