//! Algorithms 2, 3 and 4: items under rules and unique sets, and with exact amounts or in groups.
//!
//! Algorithm 2 looks for one item after the other (see [`search`](super::search)), so that a longer run begins with the same
//! items. Where numbers of items are asked for, or groups have theirs, what comes first depends on how many come: that is
//! algorithm 3. Algorithm 4 draws layer by layer. Each item has its group before it is chosen; amounts are met by [`exact`](super::exact).

use crate::plan::Plan;
use crate::project::{Amount, ChoiceLaw, GroupOrder, Project, quoted};
use crate::rules::{Compared, amount_in_words, check_row};
use crate::selection::amounts::is_exact;
use crate::selection::diagram::Diagram;
use crate::selection::draw::RandomStream;
use crate::selection::error::SelectionError;
use crate::selection::exact::{Numbers, fill};
use crate::selection::search::Search;
use crate::selection::space::{Deciding, Space, diagram_of, different_pictures};
use crate::telemetry::SearchStats;

/// The numbers that plans record.
pub(crate) const RULED: u32 = 2;
pub(crate) const EXACT: u32 = 3;
pub(crate) const SEQUENTIAL: u32 = 4;
/// What their words are for.
const RULED_PURPOSE: &[u8; 24] = b"traitpress selection v2.";
const EXACT_PURPOSE: &[u8; 24] = b"traitpress selection v3.";
const SEQUENTIAL_PURPOSE: &[u8; 24] = b"traitpress selection v4.";
const ORDER_PURPOSE: &[u8; 24] = b"traitpress group order 1";

/// Whether a project asks for more than algorithm 1 does.
pub(crate) fn is_constrained(project: &Project) -> bool {
    let is_ruled = !project.rules.is_empty() || !project.unique_sets.is_empty() || project.duplicates;
    let is_nested = project.layers.iter().any(|layer| layer.parent.is_some());
    is_ruled || is_nested || project.distinct.by_pictures() || is_exact(project) || !project.groups.is_empty()
}

/// Chooses `count` items, the first of which is number `start`.
pub(crate) fn choose(
    project: &Project,
    seed: u64,
    start: u32,
    count: u32,
) -> Result<(Plan, SearchStats), SelectionError> {
    let regions = regions(project, seed, count)?;
    let space = Space::new(project)?;
    let counts = counts(&space, &regions);
    space.check_counts(&counts)?;
    let is_plain = project.groups.is_empty() && !is_exact(project);
    let (algorithm, purpose) = match (project.choice, is_plain) {
        (ChoiceLaw::Sequential, _) => (SEQUENTIAL, SEQUENTIAL_PURPOSE),
        (_, true) => (RULED, RULED_PURPOSE),
        (_, false) => (EXACT, EXACT_PURPOSE),
    };
    let mut search = Search::new(&space, RandomStream::new(seed, purpose));
    match numbers(&space, &counts)? {
        Some(mut numbers) => fill(&mut search, &mut numbers, &regions)?,
        None => search.find(&regions)?,
    }
    debug_assert!(
        search.rows().chunks(project.layers.len().max(1)).all(|row| check_row(project, row).is_ok())
    );
    let effort = search.effort;
    let plan = Plan {
        algorithm: Some(algorithm),
        seed: Some(seed),
        start,
        groups: (!project.groups.is_empty()).then_some(regions),
        ..Plan::plain(search.into_rows(), project.layers.len())
    };
    Ok((plan, effort))
}

/// The group of each item.
fn regions(project: &Project, seed: u64, count: u32) -> Result<Vec<u16>, SelectionError> {
    if project.groups.is_empty() {
        return Ok(vec![0; count as usize]);
    }
    let sum: u64 = project.groups.iter().map(|group| u64::from(group.count)).sum();
    if sum != u64::from(count) {
        let told: Vec<String> =
            project.groups.iter().map(|group| format!("{} {}", quoted(&group.name), group.count)).collect();
        return Err(SelectionError::GroupCounts { count, sum, groups: told.join(", ") });
    }
    let numbered = (0u16..).zip(&project.groups);
    let mut regions: Vec<u16> =
        numbered.flat_map(|(number, group)| std::iter::repeat_n(number, group.count as usize)).collect();
    if project.group_order == GroupOrder::Shuffled {
        RandomStream::new(seed, ORDER_PURPOSE).shuffle(regions.len(), |a, b| regions.swap(a, b));
    }
    Ok(regions)
}

/// How many items each region has.
pub(crate) fn counts(space: &Space<'_>, regions: &[u16]) -> Vec<u32> {
    let mut counts = vec![0; space.regions.len()];
    regions.iter().for_each(|&region| counts[usize::from(region)] += 1);
    counts
}

/// What amounts ask for of so many items in each region, if anything is asked for.
///
/// # Errors
/// If no collection has that.
pub(crate) fn numbers<'a>(space: &Space<'a>, counts: &[u32]) -> Result<Option<Numbers<'a>>, SelectionError> {
    let numbers = Numbers::new(space, counts)?;
    if numbers.is_some() {
        check_sets(space, counts)?;
    }
    Ok(numbers)
}

/// Refuses amounts for which a unique set has too few combinations, or for which too few different pictures are possible.
fn check_sets(space: &Space<'_>, counts: &[u32]) -> Result<(), SelectionError> {
    let project = space.project;
    for (number, set) in space.sets.iter().enumerate() {
        let layers = space.layers_of(number);
        let asked: Vec<&Amount> =
            project.amounts.iter().filter(|amount| layers.contains(&amount.layer)).collect();
        if asked.is_empty() {
            continue;
        }
        // In each region that is compared, the combinations with each amount's choice.
        let mut most: Vec<u128> = vec![0; asked.len()];
        for (at, (region, &count)) in space.regions.iter().zip(counts).enumerate() {
            if !region.sets.contains(&number) {
                most.iter_mut().for_each(|most| *most += u128::from(count));
                continue;
            }
            let first = match set {
                Compared::Layers(layers) => Deciding::First(layers),
                Compared::Picture(_) => Deciding::TopDown,
            };
            let (diagram, _) = diagram_of(&region.outcomes, &space.clauses, first);
            for (most, amount) in most.iter_mut().zip(&asked) {
                *most = most.saturating_add(with(&diagram, set, amount));
            }
            let bound = most_with(diagram, set, &asked);
            if u128::from(count) > bound {
                let amounts: Vec<String> =
                    asked.iter().map(|amount| amount_in_words(project, amount)).collect();
                let (amounts, what) = (amounts.join(", "), space.unrepeated(number, Some(at)));
                return Err(SelectionError::TooManyWithAmounts { count, most: bound, what, amounts });
            }
        }
        if let Some((amount, &most)) =
            asked.iter().zip(&most).find(|&(amount, &most)| u128::from(amount.least) > most)
        {
            let (amount, what) = (amount_in_words(project, amount), space.unrepeated(number, None));
            return Err(SelectionError::AmountAboveUnique { amount, what, most });
        }
    }
    Ok(())
}

/// How many combinations of a set, whose layers are the diagram's first, or how many pictures have an amount's choice.
fn with(diagram: &Diagram, set: &Compared, amount: &Amount) -> u128 {
    match set {
        Compared::Layers(layers) => {
            let with = diagram.combinations_with(layers.len(), amount.layer);
            with.iter().find(|(choice, _)| *choice == amount.choice).map_or(0, |&(_, with)| with)
        }
        Compared::Picture(key) => {
            let is_left =
                |layer, choice| if layer == amount.layer && choice != amount.choice { 0.0 } else { 1.0 };
            different_pictures(&diagram.tilted(is_left), key).0
        }
    }
}

/// How many combinations of a set, whose layers are the diagram's first, or how many pictures there are.
fn all(diagram: &Diagram, set: &Compared) -> u128 {
    match set {
        Compared::Layers(layers) => diagram.combinations(layers.len()),
        Compared::Picture(key) => different_pictures(diagram, key).0,
    }
}

/// A bound on the items that have different combinations: the combinations without some choices, and as many items with
/// each of these as there may be. Choices that have more combinations than items are left out, one after the other.
fn most_with(mut diagram: Diagram, set: &Compared, asked: &[&Amount]) -> u128 {
    let mut left_out: u128 = 0;
    let mut left: Vec<&Amount> = asked.to_vec();
    loop {
        let gain = |amount: &Amount| with(&diagram, set, amount).saturating_sub(amount.most.into());
        let best = left.iter().enumerate().map(|(at, amount)| (gain(amount), at)).max();
        let Some((1.., at)) = best else {
            return all(&diagram, set).saturating_add(left_out);
        };
        let amount = left.swap_remove(at);
        left_out += u128::from(amount.most);
        diagram = diagram.tilted(
            |layer, choice| {
                if (layer, choice) == (amount.layer, amount.choice) { 0.0 } else { 1.0 }
            },
        );
        if diagram.items() == 0 {
            return left_out;
        }
    }
}
