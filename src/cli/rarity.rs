//! Tables of how likely traits are, and how often the items of a plan show them.

use traitpress::plan::Plan;
use traitpress::project::Project;
use traitpress::selection::{self, AskedItems, ComparedChoice, ComparedLayer, Survey};
use traitpress::telemetry::SearchStats;

use crate::cli::failure::Failure;
use crate::cli::measure::{counted, thousands};
use crate::cli::print::{self, outln};

/// Traits that a warning about exact rarity lists.
const OFF: usize = 6;

/// Prints the expected and the actual counts of every choice of a plan.
pub(crate) fn print_plan(layers: &[ComparedLayer]) {
    let choices = || layers.iter().flat_map(|layer| &layer.choices);
    let width = choices().map(|choice| choice.name.chars().count()).max().unwrap_or(0).max(5);
    let has_asked = choices().any(|choice| choice.asked.is_some());
    let asked_column = |asked: &str| if has_asked { format!("  {asked:>15}") } else { String::new() };
    outln!("{:width$}  by weight  expected{}     items", "trait", asked_column("asked"));
    for layer in layers {
        for choice in &layer.choices {
            let percent = |part: f64| format!("{:.2}%", part * 100.0);
            let expected = choice.expected.map_or_else(|| "-".to_owned(), percent);
            let by_weight = percent(choice.by_weight);
            let asked = asked_column(&choice.asked.map_or_else(String::new, range));
            let items = thousands(choice.items);
            outln!("{:width$}  {by_weight:>9}  {expected:>8}{asked}  {items:>8}", choice.name);
        }
        if let Some(p) = layer.p_value.filter(|_| print::is_verbose()) {
            outln!("  {}: chi-square p = {p:.3}", layer.name);
        }
    }
    for choice in choices() {
        choice.most.into_iter().for_each(|most| outln!("{}", most_items(&choice.name, most)));
    }
    if print::is_verbose() {
        outln!(
            "p: chi-square p-value of the item counts against the expected shares, as of items drawn independently; it is low \
             where most of the possible items are used, because items differ"
        );
    }
}

/// The most items that can show a choice, as a sentence.
pub(crate) fn most_items(name: &str, most: u32) -> String {
    format!("at most {} can show {name:?}", counted(most, "different item"))
}

/// What weights and exact rarity ask for and a plan does not have, because items must differ: warnings.
pub(crate) fn shortfalls(project: &Project, plan: &Plan) -> Result<Vec<String>, Failure> {
    let layers = selection::compare(project, plan)?;
    let choices = || layers.iter().flat_map(|layer| &layer.choices);
    let is_off = |choice: &&ComparedChoice| {
        let asked = |asked: AskedItems| {
            choice.items < asked.min.into() || asked.max.is_some_and(|max| choice.items > max.into())
        };
        choice.asked.is_some_and(asked)
    };
    let mut off: Vec<&ComparedChoice> = choices().filter(is_off).collect();
    // What has run out is the cause, so it comes first.
    off.sort_by_key(|choice| choice.most.is_none());
    let mut warnings = Vec::new();
    if !off.is_empty() {
        let words = |choice: &&ComparedChoice| {
            let wanted = choice.asked.map_or_else(String::new, range);
            let why = choice.most.map_or_else(String::new, |most| {
                format!(" (only {} can show it)", counted(most, "different item"))
            });
            format!("{:?}: {wanted} wanted, {} chosen{why}", choice.name, thousands(choice.items))
        };
        let listed: Vec<String> = off.iter().take(OFF).map(words).collect();
        let more = match off.len().saturating_sub(OFF) {
            0 => String::new(),
            more => format!(", and {} more", thousands(more)),
        };
        warnings.push(format!(
            "exact rarity was not reached: {}{more}; change these weights or counts, add traits to other layers, or make \
             fewer items",
            listed.join(", ")
        ));
    }
    let drawn = plan.len() - plan.count_ones();
    let limited = choices().filter(|choice| choice.asked.is_none());
    let limited: Vec<_> =
        limited.filter_map(|choice| Some((choice, choice.most?, choice.expected?))).collect();
    // Of all items that are possible each is made, and weights decide nothing.
    if limited.is_empty() || drawn as u128 >= selection::capacity(project) {
        return Ok(warnings);
    }
    for (choice, most, expected) in limited {
        warnings.push(format!(
            "{:?} is expected in {:.0} of {} items by weight, but {}; lower its weight, add traits to other layers, or make \
             fewer items",
            choice.name,
            expected * drawn as f64,
            thousands(drawn),
            format_args!("only {} can show it", counted(most, "different item")),
        ));
    }
    Ok(warnings)
}

/// The number of items that is asked for, in words.
fn range(asked: AskedItems) -> String {
    let (min, max) = (thousands(asked.min), asked.max.map(thousands));
    match max {
        Some(max) if max == min => min,
        Some(max) => format!("{min} - {max}"),
        None => format!(">= {min}"),
    }
}

/// The same as JSON.
pub(crate) fn print_plan_json(plan: &Plan, layers: &[ComparedLayer], effort: Option<SearchStats>) {
    let (items, ones) = (plan.len(), plan.count_ones());
    outln!("{}", serde_json::json!({ "items": items, "ones": ones, "layers": layers, "effort": effort }));
}

/// Prints how much work the choice was.
pub(crate) fn print_effort(effort: &SearchStats) {
    outln!(
        "chosen in {:.2} s: {} draws, {} checks, {} backtracks, {} early terminations, {} exchanges, {} \
         repairs",
        effort.time.as_secs_f64(),
        thousands(effort.draws),
        thousands(effort.checks),
        thousands(effort.backtracks),
        thousands(effort.early_ends),
        thousands(effort.exchanges),
        thousands(effort.repairs),
    );
}

/// Prints what rules and weights allow, as far as it is not only the number of different items that is `possible`, and gives
/// the number of warnings.
pub(crate) fn print_survey(project: &Project, survey: &Survey, possible: u128) -> usize {
    let about = if survey.exact { "" } else { "at most " };
    if survey.valid != possible {
        outln!("{about}{} combinations satisfy the rules", count(survey.valid));
    }
    // The set of all layers that count allows just what is possible.
    let all = project.layers.iter().filter(|layer| layer.unique).count();
    for set in survey.unique.iter().filter(|set| set.most != possible || set.layers.len() < all) {
        let group = set.group.as_ref().map_or_else(String::new, |group| format!(" in group {group}"));
        match set.pictures {
            true => outln!("{about}{} different pictures{group}, each once", count(set.most)),
            false => {
                outln!(
                    "{about}{} combinations of {}{group}, each once",
                    count(set.most),
                    set.layers.join(", ")
                );
            }
        }
    }
    for share in survey.shares.iter().filter(|share| share.is_unreachable()) {
        outln!("warning: no item can show {} under the rules; relax a rule or remove the trait", share.name);
    }
    for rule in survey.idle.iter().flatten() {
        outln!("warning: {rule} changes nothing: without it the same items are possible");
    }
    if survey.idle.is_none() {
        outln!("rules that change nothing: not checked, because there are too many rules");
    }
    // Where a number is asked for, the weight is no expectation.
    for share in survey.shares.iter().filter(|share| share.is_far() && share.asked.is_none()) {
        let expected = share.expected.unwrap_or_default();
        outln!(
            "note: {} is in {:.3}% of items under the rules; by weight alone in {:.3}%",
            share.name,
            expected * 100.0,
            share.by_weight * 100.0
        );
    }
    let unreachable = survey.shares.iter().filter(|share| share.is_unreachable()).count();
    unreachable + survey.idle.as_ref().map_or(0, Vec::len)
}

fn count(number: u128) -> String {
    if number == u128::MAX { "more than 10^38".to_owned() } else { thousands(number) }
}
