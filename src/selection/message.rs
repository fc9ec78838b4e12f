//! The texts of selection errors.

use crate::error::{Remedy, counted};
use crate::selection::error::{SelectionError as E, Unrepeated};

/// What is wrong, and the alternatives.
pub(super) fn message(error: &E) -> (String, Vec<Remedy>) {
    worded(error, 0)
}

/// The same of items besides so many one-of-ones.
fn worded(error: &E, ones: usize) -> (String, Vec<Remedy>) {
    match error {
        E::TooMany { count, capacity, factors } => at_most(
            match capacity {
                1 => format!("{}, but only 1 is possible ({factors})", requested(*count, ones)),
                capacity => {
                    format!(
                        "{}, but only {capacity} different ones are possible ({factors})",
                        requested(*count, ones)
                    )
                }
            },
            *capacity,
            "add traits",
        ),
        E::TooManyUnique { count, most, what } => {
            let detail = format!("{}, but {}", requested(*count, ones), what.at_most(*most));
            at_most_of(what, detail, *most, what.remedy())
        }
        E::GroupCounts { count, sum, groups } => or_trial(
            format!("the groups have {sum} items in total ({groups}), and {count} are requested"),
            &["change a group's count", "remove count from the configuration"],
        ),
        E::AmountsAbove { layer, sum, count, amounts } => or_trial(
            format!("the counts of layer {layer} add up to {sum} of {count} items: {amounts}"),
            &["lower one", "make more items"],
        ),
        E::AmountsBelow { layer, sum, count, amounts } => texts(
            format!("the counts of layer {layer} allow at most {sum} of {count} items: {amounts}"),
            &["raise one", "make fewer items", "add a trait without a count"],
        ),
        E::AmountAboveUnique { amount, what, most } => texts(
            format!("{amount} is required, but with it {}", what.at_most(*most)),
            &["lower the count", what.remedy()],
        ),
        E::TooManyWithAmounts { count, most, what, amounts } => {
            let limit = what.at_most(*most);
            let detail = format!(
                "{}, but with the required trait counts ({amounts}) {limit}",
                requested(*count, ones)
            );
            at_most_of(what, detail, *most, "relax a count or the unique set")
        }
        E::ConflictOfAmounts { count, demands } => texts(
            format!("no collection of {count} items is possible: {demands}"),
            &["change or remove one of these"],
        ),
        E::AmountsNotFound { off, count, changes } => texts(
            format!(
                "a search for {count} items did not reach all required trait counts: {off}; it stopped after \
                 {changes} changes, so a solution may exist"
            ),
            &["relax one of these, a rule or a unique set", "try another seed"],
        ),
        E::NotAll { layers } => texts(
            format!("all combinations are requested, but {layers} form a unique set"),
            &["give a number of items", "remove the unique set"],
        ),
        E::NotAllOfNumber { what } => texts(
            format!("all combinations are requested, but the configuration requires a count: {what}"),
            &["request that many items", "remove the count"],
        ),
        E::AmountsKept { off } => texts(
            off.clone(),
            &["change these numbers in collection.toml and repeat the edit, or edit other items instead"],
        ),
        E::NoEdition { edition } => {
            texts(format!("there is no item {edition}"), &["give the number of an item that is there"])
        }
        E::EditionTwice { edition } => (
            format!("two items have the number {edition}"),
            vec![Remedy::text("remove one"), Remedy::Renumber],
        ),
        E::Broken { edition, rule } => texts(
            format!("item {edition} breaks a rule: {rule}"),
            &["remove or reroll it", "change the rule"],
        ),
        E::Repeated { first, second, what } => {
            let detail = match &what.layers {
                Some(layers) => format!("items {first} and {second} have the same combination of {layers}"),
                None => format!("items {first} and {second} have the same picture"),
            };
            texts(detail, &["remove or reroll one"])
        }
        E::Conflict { demands } => {
            texts(format!("no item is possible: {demands}"), &["change or remove one of these"])
        }
        E::Stopped { count, found, steps, exchanges, proven } => at_most(
            format!(
                "{found} of {} {} found, and no further item differs from all of them ({})",
                counted(*count, "item"),
                if *found == 1 { "was" } else { "were" },
                effort(*steps, *exchanges, *proven)
            ),
            u128::from(*found),
            "relax rules or unique sets",
        ),
        E::FewerThanOnes { count, ones } => or_trial(
            format!("{}, and the project has {}", requested(*count, 0), counted(*ones, "one-of-one")),
            &[&format!("raise the count to at least {ones}"), "remove some"],
        ),
        E::OneBeyond { one, edition, start, last } => or_trial(
            format!("the one-of-one {one} has edition {edition}, outside {start} to {last}"),
            &["change its edition", "change start or count"],
        ),
        E::BesideOnes { ones, source } => {
            let (detail, remedies) = worded(source, *ones);
            // A number that is asked for says so itself.
            let detail = match &**source {
                E::TooMany { .. } | E::TooManyUnique { .. } | E::TooManyWithAmounts { .. } => detail,
                _ => format!("{}, {detail}", besides(*ones)),
            };
            // The number that is asked for counts them, too.
            let with_ones = |remedy| match remedy {
                Remedy::LowerCount(most) => Remedy::LowerCount(most.saturating_add(*ones as u64)),
                other => other,
            };
            (detail, remedies.into_iter().map(with_ones).collect())
        }
        E::NoOtherItem { edition, layers, numbers, trades, together } => {
            no_other_item(*edition, layers, *numbers, *trades, *together)
        }
        E::OneFixed { edition, one } => texts(
            format!("the one-of-one {one} has edition {edition} in the configuration"),
            &["change or remove its edition there"],
        ),
        E::OneReroll { edition, one } => texts(
            format!("item {edition} is the one-of-one {one}, which cannot be rerolled"),
            &["keep it", "remove it"],
        ),
        E::OneTwice { first, second, one } => texts(
            format!("items {first} and {second} are both the one-of-one {one}"),
            &["remove one of them"],
        ),
        E::Editions { start, count } => texts(
            format!(
                "{} from number {start} on would exceed the number {}",
                counted(*count, "item"),
                u32::MAX
            ),
            &["lower start or count"],
        ),
    }
}

/// A message about an item for which there is no other.
fn no_other_item(
    edition: u32,
    layers: &[String],
    numbers: bool,
    trades: bool,
    together: bool,
) -> (String, Vec<Remedy>) {
    let keeping = match layers {
        [] => String::new(),
        layers => format!(" that keeps {}", layers.join(", ")),
    };
    let why = match (numbers, trades) {
        (false, _) => "all others break a rule or are in the collection",
        (true, false) => {
            "with the exact numbers as they are, every other item breaks a rule or is in the collection"
        }
        (true, true) => {
            "with the exact numbers as they are, every other item breaks a rule or is in the collection, and so does every \
             trade of traits with another item"
        }
    };
    let mut remedies = Vec::new();
    remedies.extend((!layers.is_empty()).then(|| Remedy::text("keep fewer layers")));
    remedies.extend((numbers && !trades).then_some(Remedy::AllowTrades));
    remedies.extend((!together).then(|| Remedy::text("reroll it together with other items")));
    remedies.extend(numbers.then(|| Remedy::text("change the exact numbers in collection.toml")));
    remedies.extend((together && !numbers).then(|| Remedy::text("reroll fewer items")));
    (format!("no other item was found for item {edition}{keeping}: {why}"), remedies)
}

/// The number of items that is asked for, as the beginning of a sentence: all of them, of which some are one-of-ones.
fn requested(count: u32, ones: usize) -> String {
    let all = u64::from(count) + ones as u64;
    let all = format!("{} {} requested", counted(all, "item"), if all == 1 { "is" } else { "are" });
    if ones == 0 { all } else { format!("{all} ({count} {})", besides(ones)) }
}

fn besides(ones: usize) -> String {
    match ones {
        1 => "besides the one-of-one".to_owned(),
        ones => format!("besides the {ones} one-of-ones"),
    }
}

/// A message whose remedies have no variants of their own.
fn texts(detail: String, remedies: &[&str]) -> (String, Vec<Remedy>) {
    (detail, remedies.iter().map(|&remedy| Remedy::text(remedy.to_owned())).collect())
}

/// The same, where fewer items are wanted than the configuration speaks of: a trial makes the first items of all.
fn or_trial(detail: String, remedies: &[&str]) -> (String, Vec<Remedy>) {
    let (detail, mut remedies) = texts(detail, remedies);
    remedies.push(Remedy::Trial);
    (detail, remedies)
}

/// A message about a limit of items.
fn at_most(detail: String, most: u128, other: &'static str) -> (String, Vec<Remedy>) {
    let lower = match u64::try_from(most) {
        Ok(most) => Remedy::LowerCount(most),
        Err(_) => Remedy::text(format!("lower the count to at most {most}")),
    };
    (detail, vec![lower, Remedy::text(other)])
}

/// A message about a limit of the items of a group, or of all.
fn at_most_of(what: &Unrepeated, detail: String, most: u128, other: &'static str) -> (String, Vec<Remedy>) {
    match &what.group {
        // The number of all items is the sum of the groups' numbers, so lowering that alone does not help.
        Some(group) => {
            texts(detail, &[&format!("lower the count of group {group} to at most {most}"), other])
        }
        None => at_most(detail, most, other),
    }
}

/// How far a search went that found nothing.
fn effort(steps: u64, exchanges: u64, proven: bool) -> String {
    match proven {
        true => "all possible items were tried".to_owned(),
        false => format!(
            "the search stopped after {steps} choices and {exchanges} exchanges with earlier items, so one \
             may exist"
        ),
    }
}
