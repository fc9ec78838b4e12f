//! The rules of the history, with cases worked out by hand and against a plain restatement of them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::project::{ABSENT, Project, project};

/// A project of that many layers, each with that many traits.
fn even(layers: usize, traits: usize) -> Project {
    let names: Vec<String> = (0..layers).map(|layer| format!("L{layer}")).collect();
    let weights = vec![1; traits];
    project(&names.iter().map(|name| (name.as_str(), &weights[..])).collect::<Vec<_>>())
}

/// The row `row` with one layer shown differently.
fn with<const N: usize>(mut row: [u16; N], layer: usize, index: u16) -> [u16; N] {
    row[layer] = index;
    row
}

/// A history that has seen these rows.
fn after(project: &Project, rows: &[&[u16]]) -> History {
    let mut history = History::new(project);
    rows.iter().for_each(|row| history.observe(row));
    history
}

/// Layer, index and sum of each prediction.
fn guesses(history: &mut History, next: &Partial) -> Vec<(usize, u16, u64)> {
    let guess = history.predict(next);
    let tuple = |found: &Prediction| match found.expected {
        Expected::Likely(sum) => (found.layer, found.index, sum),
        Expected::In(_) => panic!("a history predicts nothing for certain"),
    };
    guess.iter().map(tuple).collect()
}

const BASE: [u16; 8] = [0; 8];

#[test]
fn nothing_is_predicted_before_three_items() {
    let project = even(8, 3);
    let mut history = History::new(&project);
    let open = Partial::open(8);
    assert_eq!(guesses(&mut history, &open), []);
    history.observe(&with(BASE, 2, 1));
    history.observe(&BASE);
    assert_eq!(guesses(&mut history, &open), [], "two items");
    assert_eq!(history.stats().attempted, 0);
    history.observe(&BASE);
    assert_eq!(guesses(&mut history, &open), [(2, 1, 1)], "three items");
    history.clear();
    assert_eq!(guesses(&mut history, &open), []);
    assert_eq!((history.history_len(), history.unique_patterns()), (0, 0));
}

#[test]
fn alike_combinations_add_their_frequency_to_what_is_not_shown_now() {
    let project = even(8, 5);
    let (hat, eyes, far) = (with(BASE, 7, 1), with(BASE, 6, 2), [4; 8]);
    let mut history = after(&project, &[&hat, &hat, &hat, &eyes, &far, &BASE, &BASE]);
    let open = Partial::open(8);
    // Both share 7 of 9 traits with the base, 0.78; the far one none.
    assert_eq!(guesses(&mut history, &open), [(7, 1, 3), (6, 2, 1)]);
    // Now the hat is there: the base is alike, but the eyes share 6 of 10 only.
    history.observe(&hat);
    assert_eq!(guesses(&mut history, &open), [(7, 0, 2)]);
    history.observe(&far);
    assert_eq!(guesses(&mut history, &open), [], "nothing is like it but itself");
    assert_eq!((history.history_len(), history.unique_patterns()), (9, 4));
}

#[test]
fn sums_run_over_all_alike_combinations() {
    let project = even(9, 5);
    // Each of these shares 8 of 10 with the base or with each other in the hat: hat 1 comes from two combinations.
    let base = [0; 9];
    let (a, b) = (with(with(base, 8, 1), 0, ABSENT), with(base, 8, 1));
    let mut history = after(&project, &[&a, &b, &b, &base]);
    // `a` shows 8 traits and shares 7 of 10, exactly 0.7; `b` shares 8 of 10.
    assert_eq!(guesses(&mut history, &Partial::open(9)), [(8, 1, 3)]);
}

#[test]
fn a_similarity_of_exactly_the_threshold_counts() {
    let mut project = even(10, 2);
    let whole = [0; 10];
    let bare = with(with(with(whole, 1, ABSENT), 4, ABSENT), 9, ABSENT);
    let predicted =
        |project: &Project| guesses(&mut after(project, &[&whole, &whole, &bare]), &Partial::open(10));
    // 7 shared of 10.
    assert_eq!(predicted(&project), [(1, 0, 2), (4, 0, 2), (9, 0, 2)]);
    project.predict.similarity = 700_001;
    assert_eq!(predicted(&project), []);
    project.predict.similarity = 1_000_000;
    assert_eq!(predicted(&project), [], "only equal combinations are that alike, and they add nothing");
    project.predict.similarity = 0;
    let strange = [1; 10];
    let mut history = after(&project, &[&strange, &strange, &bare]);
    assert_eq!(guesses(&mut history, &Partial::open(10)).len(), 5, "everything is alike enough");
}

#[test]
fn the_top_are_given_and_equal_sums_come_in_drawing_order() {
    let mut project = even(8, 3);
    let seen: Vec<[u16; 8]> = [6, 1, 7, 3, 2, 0].into_iter().map(|layer| with(BASE, layer, 1)).collect();
    let mut rows: Vec<&[u16]> = seen.iter().map(|row| &row[..]).collect();
    rows.extend([&seen[2][..], &BASE]);
    let layers = |project: &Project| {
        let found = guesses(&mut after(project, &rows), &Partial::open(8));
        found.iter().map(|&(layer, ..)| layer).collect::<Vec<_>>()
    };
    assert_eq!(layers(&project), [7, 0, 1, 2, 3], "layer 7 was seen twice");
    project.predict.top = 2;
    assert_eq!(layers(&project), [7, 0]);
    project.predict.top = 100;
    assert_eq!(layers(&project), [7, 0, 1, 2, 3, 6]);
}

#[test]
fn what_leaves_the_window_is_forgotten() {
    let mut project = even(8, 3);
    project.predict.window = 3;
    let hat = with(BASE, 7, 1);
    let mut history = after(&project, &[&hat, &BASE, &BASE]);
    assert_eq!(guesses(&mut history, &Partial::open(8)), [(7, 1, 1)]);
    history.observe(&BASE);
    assert_eq!(guesses(&mut history, &Partial::open(8)), []);
    assert_eq!((history.history_len(), history.unique_patterns()), (3, 1));
}

#[test]
fn the_most_common_combinations_are_counted() {
    let project = even(8, 3);
    let (hat, eyes) = (with(BASE, 7, 1), with(BASE, 6, 1));
    let history = after(&project, &[&hat, &eyes, &BASE, &hat]);
    let common = |most| {
        history.most_common(most).into_iter().map(|found| (found.row, found.count)).collect::<Vec<_>>()
    };
    assert_eq!(common(2), [(hat.to_vec(), 2), (BASE.to_vec(), 1)], "equal counts in the order of the rows");
    assert_eq!(common(9).len(), 3);
    assert_eq!(common(0), []);
}

#[test]
fn a_decided_layer_is_never_predicted() {
    let project = even(8, 3);
    let mut history = after(&project, &[&BASE, &BASE, &[1; 8]]);
    let mut next = Partial::open(8);
    (0..5).for_each(|layer| next.set(layer, Choice::Trait(0)));
    assert_eq!(guesses(&mut history, &next), [], "5 of 8 are not alike enough");
    next.set(5, Choice::Trait(0));
    assert_eq!(guesses(&mut history, &next), [(6, 0, 2), (7, 0, 2)], "6 of 8 are");
    next.set(7, Choice::Absent);
    assert_eq!(guesses(&mut history, &next), [(6, 0, 2)], "a decided absence");
    next.set(6, Choice::Absent);
    assert_eq!(guesses(&mut history, &next), [], "nothing is open");
    next.set(6, Choice::Open);
    next.set(7, Choice::Trait(2));
    assert_eq!(guesses(&mut history, &next), [], "6 of 9 are not alike");
    next.set(7, Choice::Trait(0));
    next.set(0, Choice::Trait(1));
    assert_eq!(guesses(&mut history, &next), [], "6 of 9 again");
}

#[test]
fn what_is_never_drawn_is_never_predicted() {
    let mut project = even(8, 3);
    project.layers[6].chance = 0;
    project.layers[7].traits[1].weight = 0;
    // Asked for by hand, or drawn before the configuration was changed.
    let rows = [with(BASE, 6, 1), with(BASE, 7, 1), with(BASE, 7, 2), BASE];
    let mut history = after(&project, &rows.each_ref().map(|row| &row[..]));
    assert_eq!(guesses(&mut history, &Partial::open(8)), [(7, 2, 1)]);
}

#[test]
fn combinations_that_were_made_are_not_completed_again_where_items_are_distinct() {
    let project = even(8, 2);
    let hat = with(BASE, 7, 1);
    let rows: [&[u16]; 3] = [&hat, &BASE, &[1; 8]];
    let mut next = Partial::open(8);
    (0..7).for_each(|layer| next.set(layer, Choice::Trait(0)));
    let mut free = after(&project, &rows);
    assert_eq!(guesses(&mut free, &next), [(7, 0, 1), (7, 1, 1)], "a service may be asked again");
    let mut distinct = History::new(&project).with_rule(Distinct::new(&project));
    rows.iter().for_each(|row| distinct.observe(row));
    assert_eq!(guesses(&mut distinct, &next), [], "both were made");
    next.set(0, Choice::Open);
    // Trait 0 of layer 0 leads only to the two that were made; each of layer 7 to one that is new.
    assert_eq!(guesses(&mut distinct, &next), [(7, 0, 1), (7, 1, 1)]);
    distinct.observe(&with(BASE, 0, 1));
    distinct.observe(&with(hat, 0, 1));
    assert_eq!(guesses(&mut distinct, &next), [], "all four were made");
}

#[test]
fn further_rules_are_asked_what_they_permit() {
    /// A crown needs a beard.
    #[derive(Debug)]
    struct Crown;

    impl Constraint for Crown {
        fn permits(&self, decided: &Partial, layer: usize, index: u16) -> bool {
            (layer, index) != (7, 1) || matches!(decided.choice(6), Choice::Open | Choice::Trait(1))
        }
    }

    let project = even(8, 2);
    let crowned = with(BASE, 7, 1);
    let rows: [&[u16]; 3] = [&crowned, &crowned, &BASE];
    let mut history = History::new(&project).with_rule(Crown);
    rows.iter().for_each(|row| history.observe(row));
    assert_eq!(guesses(&mut history, &Partial::open(8)), [(7, 1, 2)]);
    let mut next = Partial::new([Choice::Trait(0); 8]);
    next.set(7, Choice::Open);
    assert_eq!(guesses(&mut history, &next), [(7, 0, 1)], "the rule forbids what is more frequent");
}

#[test]
fn rows_of_another_project_are_passed_over() {
    let project = even(3, 2);
    let mut history = History::new(&project);
    for row in [&[0, 0][..], &[0; 4], &[0, 2, 0], &[u16::MAX - 1, 0, 0], &[]] {
        history.observe(row);
    }
    assert_eq!(history.history_len(), 0);
    (0..3).for_each(|_| history.observe(&[ABSENT; 3]));
    assert_eq!(guesses(&mut history, &Partial::open(3)), [], "nothing is shown at all");
    assert_eq!(guesses(&mut history, &Partial::open(4)), [], "another project's item");
}

#[test]
fn predictions_are_scored_on_the_next_item() {
    let project = even(8, 5);
    let mut history = after(&project, &[&with(BASE, 7, 1), &with(BASE, 6, 2), &BASE]);
    let open = Partial::open(8);
    assert_eq!(history.predict(&open).len(), 2);
    history.observe(&with(BASE, 6, 2));
    let stats = history.stats();
    assert_eq!((stats.attempted, stats.right, stats.predicted_traits, stats.right_traits), (1, 1, 2, 1));
    assert_eq!((stats.history, stats.unique_patterns), (4, 3));
    assert_eq!(history.predict(&open).len(), 1);
    history.observe(&[4; 8]);
    history.observe(&[4; 8]);
    let stats = history.stats();
    assert_eq!((stats.attempted, stats.right, stats.predicted_traits, stats.right_traits), (2, 1, 3, 1));
    history.clear();
    assert_eq!(history.stats(), PredictorStats { history: 0, unique_patterns: 0, ..stats });
}

/// The same rules in plain words, over sets.
fn restated(project: &Project, seen: &[Vec<u16>], next: &Partial) -> Vec<(usize, u16, u64)> {
    type Set = BTreeSet<(usize, u16)>;
    let set =
        |row: &[u16]| row.iter().copied().enumerate().filter(|(_, index)| *index != ABSENT).collect::<Set>();
    let window = &seen[seen.len().saturating_sub(project.predict.window)..];
    if window.len() < 3 {
        return Vec::new();
    }
    let decided = (0..next.layers()).filter_map(|layer| match next.choice(layer) {
        Choice::Trait(index) => Some((layer, index)),
        _ => None,
    });
    let current = if next.is_open() { set(&window[window.len() - 1]) } else { decided.collect() };
    let mut sums = BTreeMap::new();
    for past in window.iter().map(|row| set(row)) {
        let (shared, all) = (past.intersection(&current).count(), past.union(&current).count());
        if shared * 1_000_000 >= all * project.predict.similarity as usize {
            let new = past.difference(&current).filter(|(layer, _)| next.choice(*layer) == Choice::Open);
            new.for_each(|found| *sums.entry(*found).or_insert(0) += 1);
        }
    }
    let mut found: Vec<(usize, u16, u64)> =
        sums.into_iter().map(|((layer, index), sum)| (layer, index, sum)).collect();
    found.sort_by_key(|&(layer, index, sum)| (std::cmp::Reverse(sum), layer, index));
    found.truncate(project.predict.top);
    found
}

proptest! {
    #[test]
    fn guesses_are_those_of_the_plain_rules(
        rows in proptest::collection::vec(proptest::collection::vec(0u16..4, 5), 1..40),
        decided in proptest::collection::vec(0u16..12, 5),
        window in 1usize..20,
        similarity in 0u32..=1_000_000,
        top in 1usize..8,
    ) {
        let mut project = even(5, 3);
        project.predict.window = window;
        project.predict.similarity = similarity;
        project.predict.top = top;
        let shown = |index: &u16| if *index == 3 { ABSENT } else { *index };
        let rows: Vec<Vec<u16>> = rows.iter().map(|row| row.iter().map(shown).collect()).collect();
        let choice = |index: &u16| match index {
            0..3 => Choice::Trait(*index),
            3 => Choice::Absent,
            _ => Choice::Open,
        };
        let partials = [Partial::open(5), Partial::new(decided.iter().map(choice))];
        let mut history = History::new(&project);
        for (index, row) in rows.iter().enumerate() {
            history.observe(row);
            for next in &partials {
                prop_assert_eq!(guesses(&mut history, next), restated(&project, &rows[..=index], next));
            }
        }
        let stats = history.stats();
        prop_assert!(stats.right <= stats.attempted && stats.right_traits <= stats.predicted_traits);
    }
}
