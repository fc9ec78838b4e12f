//! Plans made from other plans: items are kept, removed, chosen again or added.
//!
//! What stays is never touched, and what is new obeys all rules and repeats nothing of it. New items are drawn as
//! algorithm 2 draws them; the plan that comes out names no algorithm, as no seed alone would make it again.

use std::collections::HashMap;

use crate::error::counted;
use crate::plan::Plan;
use crate::project::{ABSENT, Project, quoted};
use crate::rules::broken_rule;
use crate::selection::constrained::{counts, numbers};
use crate::selection::draw::RandomStream;
use crate::selection::error::SelectionError;
use crate::selection::exact::fill;
use crate::selection::search::Search;
use crate::selection::space::Space;

/// What its words are for.
const PURPOSE: &[u8; 24] = b"traitpress selection e1.";

/// What to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edits {
    /// Editions that go.
    pub drop: Vec<u32>,
    /// Editions that become items that were not there, themselves included.
    pub reroll: Vec<u32>,
    /// Pairs of editions whose items change places.
    pub swap: Vec<[u32; 2]>,
    /// The number of items to add after the last edition.
    pub extend: u32,
    /// Whether all items get new consecutive editions, from the start of the first plan on.
    pub renumber: bool,
}

/// An item of the plans that are put together.
struct Item<'a> {
    edition: u32,
    row: &'a [u16],
    /// The same with what is drawn apart, which stays.
    before: &'a [u16],
    /// The number of the one-of-one that it is.
    one: Option<u32>,
    /// Its own name, which it keeps wherever it goes and whatever it shows.
    name: Option<&'a str>,
    /// Its group.
    region: u16,
    state: State,
}

/// Concatenates `plans` and applies the changes. The result depends only on the project, the plans, the edits and the seed.
///
/// One-of-ones are kept, removed or renumbered like other items, but never added or chosen again.
///
/// # Errors
/// If an edition is not there or occurs twice, items repeat each other or break a rule, or there are not as many new items.
pub fn edit(project: &Project, plans: &[Plan], edits: &Edits, seed: u64) -> Result<Plan, SelectionError> {
    let space = Space::new(project)?;
    let width = project.layers.len();
    let cleared: Vec<Plan> = plans.iter().map(|plan| plan.without_apart(project)).collect();
    let items = changed(project, plans, &cleared, edits)?;
    refuse_ones_twice(project, &items)?;
    let drawn = |state: State| items.iter().filter(move |item| item.state == state && item.one.is_none());
    for &Item { edition, row, .. } in drawn(State::Stays) {
        if let Some(rule) = broken_rule(project, row) {
            return Err(SelectionError::Broken { edition, rule });
        }
    }
    let kept: Vec<&Item<'_>> = drawn(State::Stays).collect();
    // The groups of all items that there will be: those that stay, those that change, and those that are added.
    let mut regions: Vec<u16> = kept.iter().map(|item| item.region).collect();
    let rows = kept.iter().flat_map(|item| item.row).copied().collect();
    let mut search = Search::new(&space, RandomStream::new(seed, PURPOSE));
    if let Err((first, second, set)) = search.keep(rows, regions.clone()) {
        let (first, second) = (kept[first as usize].edition, kept[second as usize].edition);
        let what = space.unrepeated(set, None);
        return Err(SelectionError::Repeated { first, second, what });
    }
    drawn(State::Changes).for_each(|item| search.avoid(item.row));
    let start = plans.first().map_or(1, |plan| plan.start);
    let mut next = items.iter().map(|item| u64::from(item.edition) + 1).max().unwrap_or(start.into());
    // Numbers are known before anything is looked for: those of the plan's form, and those that items get.
    let all = items.iter().filter(|item| item.state != State::Goes).count() as u64 + u64::from(edits.extend);
    let last = if edits.renumber { 0 } else { next + u64::from(edits.extend) };
    if last.max(u64::from(start) + all) > 1 << 32 {
        return Err(SelectionError::Editions { start, count: u32::try_from(all).unwrap_or(u32::MAX) });
    }
    regions.extend(drawn(State::Changes).map(|item| item.region));
    let added = added_regions(project, &counts(&space, &regions), edits.extend)?;
    regions.extend(&added);
    let counts = counts(&space, &regions);
    space.check_counts(&counts)?;
    let wanted = &regions[kept.len()..];
    match numbers(&space, &counts)? {
        Some(mut numbers) => {
            kept.iter().for_each(|item| numbers.count(item.row));
            let off = numbers.off(wanted.is_empty(), "would be in");
            if !off.is_empty() {
                return Err(SelectionError::AmountsKept { off: off.join(", and ") });
            }
            fill(&mut search, &mut numbers, wanted)?;
        }
        None => search.find(wanted)?,
    }

    let mut new = search.rows()[kept.len() * width..].chunks(width.max(1));
    let mut made: Vec<u32> = Vec::new();
    let (mut rows, mut groups, mut ones, mut names) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for item in items.iter().filter(|item| item.state != State::Goes) {
        if let Some(number) = item.one {
            ones.push((made.len() as u32, number));
        }
        names.extend(item.name.map(|name| (made.len() as u32, name.into())));
        made.push(item.edition);
        groups.push(if item.one.is_some() { ABSENT } else { item.region });
        rows.extend_from_slice(match item.state {
            State::Changes => new.next().expect("as many were found"),
            _ => item.row,
        });
        let start = rows.len() - width;
        for layer in (0..width).filter(|&layer| project.layers[layer].is_apart) {
            rows[start + layer] = item.before[layer];
        }
    }
    for (row, &region) in new.zip(&added) {
        made.push(u32::try_from(next).unwrap_or_default());
        groups.push(region);
        rows.extend_from_slice(row);
        next += 1;
    }
    let is_counted = (u64::from(start)..).zip(&made).all(|(counted, &edition)| counted == u64::from(edition));
    let editions = (!edits.renumber && !is_counted).then_some(made);
    let groups = (!project.groups.is_empty()).then_some(groups);
    let mut plan = Plan { start, editions, groups, ones, names, ..Plan::plain(rows, width) };
    plan.draw_apart(project);
    Ok(plan)
}

/// The groups of items that are added: those that groups have too few of.
fn added_regions(project: &Project, counts: &[u32], extend: u32) -> Result<Vec<u16>, SelectionError> {
    if project.groups.is_empty() {
        return Ok(vec![0; extend as usize]);
    }
    let mut added = Vec::new();
    let mut off = Vec::new();
    for ((number, group), &count) in (0u16..).zip(&project.groups).zip(counts) {
        added.extend(std::iter::repeat_n(number, group.count.saturating_sub(count) as usize));
        if count != group.count {
            off.push(format!(
                "group {} must have {}, but would have {count}",
                quoted(&group.name),
                counted(group.count, "item")
            ));
        }
    }
    let is_above = project.groups.iter().zip(counts).any(|(group, &count)| count > group.count);
    if is_above || added.len() != extend as usize {
        return Err(SelectionError::AmountsKept { off: off.join(", and ") });
    }
    Ok(added)
}

/// All items of the plans, and what becomes of each.
fn changed<'a>(
    project: &Project,
    plans: &'a [Plan],
    cleared: &'a [Plan],
    edits: &Edits,
) -> Result<Vec<Item<'a>>, SelectionError> {
    let mut items: Vec<Item<'a>> = Vec::new();
    for (plan, cleared) in plans.iter().zip(cleared) {
        items.extend((0..plan.len()).map(|index| Item {
            edition: plan.edition(index),
            row: cleared.traits(index),
            before: plan.traits(index),
            one: plan.one(index).map(|number| number as u32),
            name: plan.name(index),
            region: plan.group(index).unwrap_or_default() as u16,
            state: State::Stays,
        }));
    }
    // Editions of several plans may be the same; they can be named only if they are not.
    if edits.renumber && edits.drop.is_empty() && edits.reroll.is_empty() {
        items.iter_mut().zip(0..).for_each(|(item, index)| item.edition = index);
    }
    let mut places = HashMap::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if places.insert(item.edition, index).is_some() {
            return Err(SelectionError::EditionTwice { edition: item.edition });
        }
    }
    for &[a, b] in &edits.swap {
        let place = |edition| places.get(&edition).copied().ok_or(SelectionError::NoEdition { edition });
        let (first, second) = (place(a)?, place(b)?);
        for index in [first, second] {
            let Some(number) = items[index].one else { continue };
            let fixed = project.ones.get(number as usize).and_then(|one| one.edition);
            if let Some(edition) = fixed.filter(|_| first != second) {
                return Err(SelectionError::OneFixed { edition, one: name_of(project, number) });
            }
        }
        items.swap(first, second);
        let edition = items[first].edition;
        items[first].edition = std::mem::replace(&mut items[second].edition, edition);
    }
    for (list, change) in [(&edits.drop, State::Goes), (&edits.reroll, State::Changes)] {
        for &edition in list {
            let Some(&index) = places.get(&edition) else {
                return Err(SelectionError::NoEdition { edition });
            };
            if let Some(number) = items[index].one.filter(|_| change == State::Changes) {
                return Err(SelectionError::OneReroll { edition, one: name_of(project, number) });
            }
            items[index].state = change;
        }
    }
    Ok(items)
}

/// Refuses to keep a one-of-one that two plans have.
fn refuse_ones_twice(project: &Project, items: &[Item<'_>]) -> Result<(), SelectionError> {
    let mut editions = HashMap::new();
    for item in items.iter().filter(|item| item.state == State::Stays) {
        let Some(number) = item.one else { continue };
        if let Some(first) = editions.insert(number, item.edition) {
            return Err(SelectionError::OneTwice {
                first,
                second: item.edition,
                one: name_of(project, number),
            });
        }
    }
    Ok(())
}

/// The name of a one-of-one in messages.
fn name_of(project: &Project, number: u32) -> String {
    project.ones.get(number as usize).map_or_else(|| format!("number {number}"), |one| quoted(&one.name))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Stays,
    Goes,
    Changes,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::project::project;
    use crate::rules::check_row;
    use crate::selection::testing::choose;

    fn space() -> Project {
        let mut project = project(&[("A", &[1, 2, 3]), ("B", &[1, 1]), ("C", &[5, 1, 1, 1])]);
        let text = "[[rules]]\nforbid = [\"A/A 0\", \"B/B 1\"]\n[[unique]]\nlayers = [\"A\", \"C\"]\n";
        assert!(project.add_wishes(text).is_empty());
        project
    }

    fn items(plan: &Plan) -> Vec<(u32, Vec<u16>)> {
        (0..plan.len()).map(|index| (plan.edition(index), plan.traits(index).to_vec())).collect()
    }

    fn check(project: &Project, plan: &Plan) {
        let items = items(plan);
        let pairs: HashSet<_> = items.iter().map(|(_, row)| (row[0], row[2])).collect();
        assert_eq!(pairs.len(), items.len());
        assert!(items.iter().all(|(_, row)| check_row(project, row).is_ok()));
    }

    #[test]
    fn what_stays_stays_and_what_is_new_repeats_nothing() {
        let project = space();
        let plan = choose(&project, 1, 5, 6).unwrap();
        let edits = Edits { reroll: vec![6, 9], extend: 6, ..Edits::default() };
        let made = edit(&project, std::slice::from_ref(&plan), &edits, 3).unwrap();
        check(&project, &made);
        let (before, after) = (items(&plan), items(&made));
        assert_eq!(after.len(), 12, "all that there are");
        for (index, (edition, row)) in after.iter().enumerate() {
            assert_eq!(*edition, 5 + index as u32);
            if let Some(old) = before.get(index) {
                assert_eq!(old.1 == *row, ![6, 9].contains(edition), "edition {edition}");
            }
        }
        assert_eq!(edit(&project, std::slice::from_ref(&plan), &edits, 3).unwrap(), made, "the same seed");
        let one_more = Edits { extend: 7, ..Edits::default() };
        let error = edit(&project, std::slice::from_ref(&plan), &one_more, 3).unwrap_err();
        assert!(matches!(error, SelectionError::TooManyUnique { count: 13, most: 12, .. }), "{error}");
    }

    #[test]
    fn items_change_places_and_keep_all_else() {
        let project = space();
        let plan = choose(&project, 1, 5, 6).unwrap();
        let edits = Edits { swap: vec![[6, 9], [6, 10]], ..Edits::default() };
        let made = edit(&project, std::slice::from_ref(&plan), &edits, 3).unwrap();
        let (before, after) = (items(&plan), items(&made));
        for (to, from) in [(0, 0), (1, 5), (2, 2), (3, 3), (4, 1), (5, 4)] {
            assert_eq!(after[to], (5 + to as u32, before[from].1.clone()), "edition {}", 5 + to);
        }
        let wrong = Edits { swap: vec![[6, 11]], ..Edits::default() };
        let error = edit(&project, &[plan], &wrong, 3).unwrap_err();
        assert!(matches!(error, SelectionError::NoEdition { edition: 11 }), "{error}");
    }

    #[test]
    fn what_is_dropped_leaves_a_hole_or_is_closed_up() {
        let project = space();
        let plan = choose(&project, 1, 1, 6).unwrap();
        let drop = Edits { drop: vec![2, 5], ..Edits::default() };
        let made = edit(&project, std::slice::from_ref(&plan), &drop, 0).unwrap();
        let left: Vec<u32> = items(&made).iter().map(|(edition, _)| *edition).collect();
        assert_eq!(left, [1, 3, 4, 6]);
        let closed = Edits { renumber: true, extend: 1, ..drop };
        let made = edit(&project, std::slice::from_ref(&plan), &closed, 0).unwrap();
        check(&project, &made);
        assert_eq!((made.len(), made.editions.is_none(), made.traits(1)), (5, true, plan.traits(2)));
        let none = Edits { drop: vec![7], ..Edits::default() };
        let error = edit(&project, &[plan], &none, 0).unwrap_err();
        assert!(matches!(error, SelectionError::NoEdition { edition: 7 }), "{error}");
    }

    #[test]
    fn plans_are_put_together_if_they_do_not_repeat_each_other() {
        let project = space();
        let whole = choose(&project, 1, 1, 8).unwrap();
        let later = Edits { drop: vec![1, 2, 3, 4], ..Edits::default() };
        let sooner = Edits { drop: vec![5, 6, 7, 8], ..Edits::default() };
        let [first, second] =
            [sooner, later].map(|edits| edit(&project, std::slice::from_ref(&whole), &edits, 0).unwrap());
        let made = edit(&project, &[first.clone(), second], &Edits::default(), 0).unwrap();
        assert_eq!(items(&made), items(&whole));
        let error = edit(&project, &[first.clone(), first.clone()], &Edits::default(), 0).unwrap_err();
        assert!(matches!(error, SelectionError::EditionTwice { edition: 1 }), "{error}");
        let renumber = Edits { renumber: true, ..Edits::default() };
        let error = edit(&project, &[first.clone(), first], &renumber, 0).unwrap_err().to_string();
        assert!(
            error.contains("combination of \"A\", \"B\", \"C\"")
                || error.contains("combination of \"A\", \"C\""),
            "{error}"
        );
    }

    #[test]
    fn rules_that_came_later_are_told() {
        let project = space();
        let mut free = space();
        free.rules.clear();
        let row = vec![0, 1, 0];
        let plan = Plan::of_rows(&free, &[vec![1, 1, 1], row]).unwrap();
        let error = edit(&project, &[plan], &Edits::default(), 0).unwrap_err().to_string();
        assert!(error.contains("item 2 breaks a rule"), "{error}");
    }
}
