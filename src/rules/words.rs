//! Rules and numbers of items in words.

use crate::project::{ABSENT, Amount, Project, Reference, Rule, RuleKind, quoted};
use crate::rules::clause::obeys;

/// An amount's number, for lists.
pub(crate) fn amount_in_words(project: &Project, amount: &Amount) -> String {
    let name = quoted(&choice_in_words(project, amount.layer, amount.choice));
    format!("{name} {} (line {})", numbers_in_words(amount.least, amount.most), amount.line)
}

pub(crate) fn amount_as_demand(project: &Project, amount: &Amount) -> String {
    let name = quoted(&choice_in_words(project, amount.layer, amount.choice));
    format!("{name} in {} (line {})", items_in_words(amount), amount.line)
}

/// The number of items of an amount.
fn items_in_words(amount: &Amount) -> String {
    let numbers = numbers_in_words(amount.least, amount.most);
    let items = if numbers.ends_with(" 1") || numbers == "1" { "item" } else { "items" };
    format!("{numbers} {items}")
}

fn numbers_in_words(least: u32, most: u32) -> String {
    match (least, most) {
        (least, most) if least == most => least.to_string(),
        (0, most) => format!("at most {most}"),
        (least, u32::MAX) => format!("at least {least}"),
        (least, most) => format!("{least} to {most}"),
    }
}

/// Amounts that are not what they must be, by the numbers of items that show them; what is too few only if no more
/// items come. `are` is the verb for these numbers: `is in` or `would be in`.
pub(crate) fn off_in_words(
    project: &Project,
    got: impl Fn(&Amount) -> u32,
    is_all: bool,
    are: &str,
) -> Vec<String> {
    let mut told = Vec::new();
    for amount in &project.amounts {
        let got = got(amount);
        if got > amount.most || is_all && got < amount.least {
            let name = quoted(&choice_in_words(project, amount.layer, amount.choice));
            let must = items_in_words(amount);
            told.push(format!("{name} must be in {must} (line {}), but {are} {got}", amount.line));
        }
    }
    told
}

/// A rule as one would say it, with its number and its line.
pub(crate) fn rule_in_words(project: &Project, rule: &Rule) -> String {
    let list = |list: &[Reference], between: &str| -> String {
        list.iter().map(|reference| quoted(&reference.text)).collect::<Vec<_>>().join(between)
    };
    let what = match &rule.kind {
        RuleKind::Forbid(all) => format!("{} must not occur together", list(all, " and ")),
        RuleKind::Require(when, any) => format!("{} requires {}", quoted(&when.text), list(any, " or ")),
        RuleKind::Exclude(when, any) => format!("{} forbids {}", quoted(&when.text), list(any, " and ")),
        RuleKind::Allow(when, any) => format!("{} allows only {}", quoted(&when.text), list(any, " and ")),
        RuleKind::Same(layers) => {
            let [a, b] = layers.map(|layer| quoted(&project.layers[layer].name));
            return format!("{a} and {b} must show the same (same, line {})", rule.line);
        }
        RuleKind::SameTag(layers) => {
            let [a, b] = layers.map(|layer| quoted(&project.layers[layer].name));
            format!("{a} and {b} must have a tag in common")
        }
    };
    format!("{what} (rule {}, line {})", rule.number, rule.line)
}

/// The first rule that an item breaks, in words.
pub(crate) fn broken_rule(project: &Project, row: &[u16]) -> Option<String> {
    match project.rules.iter().find(|rule| !obeys(project, rule, row)) {
        Some(rule) => Some(rule_in_words(project, rule)),
        None => broken_nesting(project, row),
    }
}

/// The first choice inside a choice that is there without it, or is missing beside it, in words.
fn broken_nesting(project: &Project, row: &[u16]) -> Option<String> {
    let wrong = |&layer: &usize| match (project.asks_for(layer, row), row[layer] == ABSENT) {
        (true, true) => !project.layers[layer].can_be_absent(),
        (is_asked, is_absent) => is_asked == is_absent,
    };
    let layer = (0..row.len()).filter(|&layer| project.layers[layer].parent.is_some()).find(wrong)?;
    Some(nesting_in_words(project, layer))
}

/// With what a layer is chosen from that belongs to traits of another, and that it is then.
pub(crate) fn nesting_in_words(project: &Project, layer: usize) -> String {
    let settings = &project.layers[layer];
    let parents = settings.parent.iter().flat_map(|parent| {
        parent.any.iter().map(|&choice| quoted(&choice_in_words(project, parent.layer, choice)))
    });
    let parents: Vec<String> = parents.collect();
    let kind = if settings.can_be_absent() { "may be shown" } else { "is shown" };
    format!("{} {kind} with {}, and only with it", quoted(&settings.name), parents.join(" or "))
}

/// The names of layers in a sentence.
pub(crate) fn layers_in_words(project: &Project, layers: &[usize]) -> String {
    let names: Vec<String> = layers.iter().map(|&layer| quoted(&project.layers[layer].name)).collect();
    names.join(", ")
}

/// Choices of a layer in words, for tables.
pub(crate) fn choice_in_words(project: &Project, layer: usize, choice: u16) -> String {
    let traits = &project.layers[layer].traits;
    let name = match choice {
        // A trait can have that name, too.
        ABSENT if traits.iter().any(|item| item.name.eq_ignore_ascii_case("none")) => "(absent)",
        ABSENT => "none",
        index => &project.layers[layer].traits[usize::from(index)].name,
    };
    format!("{}/{name}", project.layers[layer].name)
}
