//! Rerolls against what must hold of each: what is kept, the numbers, the rules, and which other items change.

use super::*;
use crate::project::project;
use crate::rules::check_row;
use crate::selection::testing::choose;

const LAYERS: [(&str, &[u64]); 3] = [("A", &[1, 2, 3]), ("B", &[1, 1, 4]), ("C", &[5, 1, 1, 1])];

fn asked(text: &str) -> Project {
    let mut project = project(&LAYERS);
    let problems = project.add_wishes(text);
    assert!(problems.is_empty(), "{problems:?}");
    project
}

fn numbers(project: &Project, plan: &Plan) -> Vec<u32> {
    let slots = Slots::new(project);
    let mut numbers = vec![0; slots.len()];
    (0..plan.len()).for_each(|index| slots.shown(plan.traits(index)).for_each(|slot| numbers[slot] += 1));
    numbers
}

/// Holds a reroll to all that it must keep, and gives how many other items changed.
fn check(project: &Project, before: &Plan, after: &Plan, rerolls: &Rerolls) -> usize {
    assert_eq!(before.len(), after.len());
    let all: HashSet<&[u16]> = (0..after.len()).map(|index| after.traits(index)).collect();
    assert_eq!(all.len(), after.len(), "an item occurs twice");
    let mut others = 0;
    for index in 0..before.len() {
        assert_eq!(before.edition(index), after.edition(index));
        assert!(check_row(project, after.traits(index)).is_ok());
        assert!(broken_rule(project, after.traits(index)).is_none());
        let (was, is) = (before.traits(index), after.traits(index));
        if rerolls.editions.contains(&before.edition(index)) {
            assert!(!all.contains(was), "an item that was rerolled is still there");
            rerolls.lock.iter().for_each(|&layer| assert_eq!(was[layer], is[layer]));
        } else {
            others += usize::from(was != is);
        }
    }
    let (was, is) = (numbers(project, before), numbers(project, after));
    let slots = Slots::new(project);
    for amount in &project.amounts {
        let slot = slots.of(amount.layer, amount.choice);
        assert!((amount.least..=amount.most).contains(&is[slot]), "{amount:?}: {}", is[slot]);
    }
    if project.rarity == Rarity::Exact {
        assert_eq!(was, is, "exact shares");
    }
    others
}

#[test]
fn kept_layers_stay_and_all_else_can_change() {
    let project = asked("[[rules]]\nforbid = [\"A/A 0\", \"B/B 1\"]\n[[unique]]\nlayers = [\"A\", \"C\"]\n");
    let plan = choose(&project, 3, 1, 6).unwrap();
    let mut changed = 0;
    for seed in 0..30 {
        for lock in [vec![0], vec![1], vec![0, 1], vec![2]] {
            let rerolls = Rerolls { editions: vec![2, 5], lock, only: false };
            let Ok(after) = reroll(&project, &plan, &rerolls, seed) else { continue };
            assert_eq!(check(&project, &plan, &after, &rerolls), 0);
            assert_eq!(reroll(&project, &plan, &rerolls, seed).unwrap(), after, "the same seed");
            changed += 1;
        }
    }
    assert!(changed > 60, "{changed}");
    let all = Rerolls { editions: vec![2], lock: vec![0, 1, 2], only: false };
    let error = reroll(&project, &plan, &all, 1).unwrap_err();
    assert!(
        matches!(&error, SelectionError::NoOtherItem { edition: 2, layers, numbers: false, .. } if layers.len() == 3),
        "{error}"
    );
}

#[test]
fn exact_numbers_stay_and_only_a_trade_changes_others() {
    let layers: [(&str, &[u64]); 4] =
        [("A", &[3, 2, 3, 2]), ("B", &[2, 3, 4]), ("C", &[5, 3, 4, 4]), ("D", &[2, 3, 2])];
    let mut project = project(&layers);
    project.rarity = Rarity::Exact;
    let plan = choose(&project, 5, 1, 24).unwrap();
    let mut alone = 0;
    for seed in 0..24 {
        let edition = 1 + seed as u32;
        let rerolls = Rerolls { editions: vec![edition], ..Rerolls::default() };
        let after = reroll(&project, &plan, &rerolls, seed).unwrap();
        let others = check(&project, &plan, &after, &rerolls);
        assert_eq!(others, 1, "a single item has all of its numbers to itself");
        let only = Rerolls { only: true, ..rerolls };
        let error = reroll(&project, &plan, &only, seed).unwrap_err();
        assert!(matches!(error, SelectionError::NoOtherItem { trades: false, numbers: true, .. }), "{error}");
        // Several together can exchange what they have among themselves.
        let editions = [0, 5, 7, 11].map(|step| 1 + (edition + step) % 24).to_vec();
        let several = Rerolls { editions, only: true, ..Rerolls::default() };
        if let Ok(after) = reroll(&project, &plan, &several, seed) {
            assert_eq!(check(&project, &plan, &after, &several), 0);
            alone += 1;
        }
    }
    assert!(alone > 20, "{alone}");
}

#[test]
fn where_hardly_anything_is_left_a_reroll_keeps_all_or_is_refused() {
    let mut project = asked("");
    project.rarity = Rarity::Exact;
    let plan = choose(&project, 5, 1, 12).unwrap();
    let (mut made, mut refused) = (0, 0);
    for seed in 0..48 {
        let rerolls = Rerolls { editions: vec![1 + seed as u32 % 12], lock: vec![1], ..Rerolls::default() };
        match reroll(&project, &plan, &rerolls, seed) {
            Ok(after) => {
                assert_eq!(check(&project, &plan, &after, &rerolls), 1);
                made += 1;
            }
            Err(error) => {
                assert!(matches!(error, SelectionError::NoOtherItem { trades: true, .. }), "{error}");
                refused += 1;
            }
        }
    }
    assert!(made > 0 && refused > 0, "{made} {refused}");
}

#[test]
fn numbers_of_single_traits_leave_the_other_layers_free() {
    let project = asked("[traits.\"A/A 0\"]\ncount = 2\n[traits.\"A/A 1\"]\nmin = 3\nmax = 5\n");
    let plan = choose(&project, 5, 10, 10).unwrap();
    for seed in 0..40 {
        let editions = vec![10 + seed as u32 % 10, 10 + (seed as u32 * 7 + 3) % 10];
        let rerolls = Rerolls { editions, only: true, ..Rerolls::default() };
        let after = reroll(&project, &plan, &rerolls, seed).unwrap();
        assert_eq!(check(&project, &plan, &after, &rerolls), 0);
        let locked = Rerolls { lock: vec![1], only: false, ..rerolls };
        if let Ok(after) = reroll(&project, &plan, &locked, seed) {
            check(&project, &plan, &after, &locked);
        }
    }
}

#[test]
fn groups_trade_among_themselves() {
    let mut project = asked(
        "[[groups]]\nname = \"One\"\nlayers = [\"A\", \"B\"]\ncount = 5\n[[groups]]\nname = \"Two\"\nlayers = [\"A\", \"C\"]\ncount = 6\n",
    );
    project.rarity = Rarity::Exact;
    let plan = choose(&project, 5, 1, 11).unwrap();
    for seed in 0..20 {
        let rerolls = Rerolls { editions: vec![1 + seed as u32 % 11], ..Rerolls::default() };
        if let Ok(after) = reroll(&project, &plan, &rerolls, seed) {
            check(&project, &plan, &after, &rerolls);
            let groups = |plan: &Plan| (0..plan.len()).map(|index| plan.group(index)).collect::<Vec<_>>();
            assert_eq!(groups(&plan), groups(&after));
        }
    }
}

#[test]
fn editions_that_are_not_there_are_refused() {
    let project = asked("[traits.\"A/A 0\"]\ncount = 2\n");
    let plan = choose(&project, 5, 10, 10).unwrap();
    let rerolls = Rerolls { editions: vec![9], ..Rerolls::default() };
    let error = reroll(&project, &plan, &rerolls, 1).unwrap_err();
    assert!(matches!(error, SelectionError::NoEdition { edition: 9 }), "{error}");
}
