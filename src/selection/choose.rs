//! Algorithm 1: items drawn by weight, all of them distinct, and every combination within reach.
//!
//! An item is drawn layer by layer and drawn again while it equals an earlier one, which keeps the odds as stated. After
//! [`TRIES`] such tries most of what is likely is used up. Then the layers that count are drawn one after the other
//! among the choices under which something unused is left. That never fails while an unused combination exists, so
//! the search is complete. Item n depends on the items before it and on nothing else: a longer run begins with the
//! same items.

use std::time::Instant;

use crate::plan::Plan;
use crate::project::{Project, quoted};
use crate::rules::{Compared, Exhausted, RowSet};
use crate::selection::draw::{RandomStream, SELECTION};
use crate::selection::error::SelectionError;
use crate::selection::weights::{Odds, capacity, odds};
use crate::selection::{constrained, ones};
use crate::telemetry::SearchStats;

/// The number that plans record.
pub const ALGORITHM: u32 = 1;
/// How often an item that equals an earlier one is drawn again before the search looks for an unused one.
const TRIES: usize = 64;

/// Chooses `count` items, the first of which is number `start`: the project's one-of-ones, and others that are drawn; with
/// the statistics of the search.
///
/// # Errors
///
/// When there are fewer different items than are wanted, before any is drawn, when editions would not fit 32 bits, and
/// when the one-of-ones do not fit among the items.
pub(super) fn choose_counted(
    project: &Project,
    seed: u64,
    start: u32,
    count: u32,
) -> Result<(Plan, SearchStats), SelectionError> {
    let begun = Instant::now();
    let (plan, mut effort) = choose_by(project, seed, start, count)?;
    effort.time = begun.elapsed();
    Ok((plan, effort))
}

fn choose_by(
    project: &Project,
    seed: u64,
    start: u32,
    count: u32,
) -> Result<(Plan, SearchStats), SelectionError> {
    if count > 0 && start.checked_add(count - 1).is_none() {
        return Err(SelectionError::Editions { start, count });
    }
    let drawn = ones::drawn(project, start, count)?;
    let (plan, effort) = draw(project, seed, start, drawn).map_err(ones::beside(project))?;
    let mut plan = ones::place(project, plan, seed);
    plan.draw_apart(project);
    Ok((plan, effort))
}

/// Draws `count` items by the algorithm that the project needs.
fn draw(project: &Project, seed: u64, start: u32, count: u32) -> Result<(Plan, SearchStats), SelectionError> {
    if constrained::is_constrained(project) {
        return constrained::choose(project, seed, start, count);
    }
    let odds = odds(project);
    let too_many =
        || SelectionError::TooMany { count, capacity: capacity(project), factors: factors(project, &odds) };
    if u128::from(count) > capacity(project) {
        return Err(too_many());
    }
    let width = project.layers.len();
    let mut search = Search::new(project, &odds);
    let mut words = RandomStream::new(seed, SELECTION);
    let mut rows = Vec::with_capacity(count as usize * width);
    let mut row = vec![0; width];
    for index in 0..count {
        if !search.item(&mut words, &rows, &mut row) {
            return Err(too_many());
        }
        rows.extend_from_slice(&row);
        search.add(&rows, index);
    }
    let effort = search.effort;
    let (algorithm, seed) = (Some(ALGORITHM), Some(seed));
    Ok((Plan { algorithm, seed, start, ..Plan::plain(rows, width) }, effort))
}

/// The layers that count, each with what it can show.
fn factors(project: &Project, odds: &[Odds]) -> String {
    let layers = project.layers.iter().zip(odds).filter(|(layer, _)| layer.unique);
    let factors: Vec<String> =
        layers.map(|(layer, odds)| format!("{} {}", quoted(&layer.name), odds.outcomes().len())).collect();
    factors.join(" x ")
}

struct Search<'a> {
    odds: &'a [Odds],
    /// The layers that make items different; empty if none counts or each can show one thing only.
    columns: Vec<usize>,
    /// How many things each of them can show.
    choices: Vec<u16>,
    /// `None` if items are not compared.
    set: Option<RowSet>,
    /// Made when it is first needed, as most collections are far from exhausted.
    exhausted: Option<Exhausted>,
    left: Vec<(u16, u128)>,
    effort: SearchStats,
}

impl<'a> Search<'a> {
    fn new(project: &Project, odds: &'a [Odds]) -> Self {
        let layers = || project.layers.iter().enumerate().filter(|(_, layer)| layer.unique);
        let columns: Vec<usize> =
            layers().map(|(index, _)| index).filter(|&index| odds[index].outcomes().len() > 1).collect();
        let choices = columns
            .iter()
            .map(|&column| u16::try_from(odds[column].outcomes().len()).expect("loading allows 65534 traits"))
            .collect();
        let set = layers().next().map(|_| RowSet::new(Compared::Layers(columns.clone()), odds.len()));
        Self {
            odds,
            columns,
            choices,
            set,
            exhausted: None,
            left: Vec::new(),
            effort: SearchStats::default(),
        }
    }

    /// Draws an item that is not in `rows`; false if there is none.
    fn item(&mut self, words: &mut RandomStream, rows: &[u16], row: &mut [u16]) -> bool {
        for _ in 0..TRIES {
            self.effort.draws += 1;
            self.effort.checks += u64::from(self.set.is_some());
            for (slot, odds) in row.iter_mut().zip(self.odds) {
                *slot = odds.draw(words);
            }
            if self.set.as_ref().is_none_or(|set| set.find(rows, row).is_none()) {
                return true;
            }
        }
        self.remaining(words, rows, row)
    }

    /// Draws among what is left.
    fn remaining(&mut self, words: &mut RandomStream, rows: &[u16], row: &mut [u16]) -> bool {
        let Some(set) = &self.set else { return true };
        let exhausted = self.exhausted.get_or_insert_with(|| {
            let mut exhausted = Exhausted::default();
            let count = rows.len() / self.odds.len().max(1);
            (0..count as u32).for_each(|index| exhausted.add(set, &self.choices, rows, index));
            exhausted
        });
        for (depth, &column) in self.columns.iter().enumerate() {
            self.left.clear();
            for &(choice, share) in self.odds[column].outcomes() {
                row[column] = choice;
                if exhausted.contains(set, &self.choices, rows, row, depth + 1) {
                    self.effort.early_ends += 1;
                } else {
                    self.left.push((choice, share));
                }
            }
            row[column] = match self.left[..] {
                [] => return false,
                [(only, _)] => only,
                _ => pick(&self.left, words),
            };
        }
        for (layer, odds) in self.odds.iter().enumerate() {
            if !self.columns.contains(&layer) {
                row[layer] = odds.draw(words);
            }
        }
        !self.columns.is_empty()
    }

    /// Notes the item that was added to `rows` last.
    fn add(&mut self, rows: &[u16], index: u32) {
        if let Some(set) = &mut self.set {
            set.insert(rows, index);
            if let Some(exhausted) = &mut self.exhausted {
                exhausted.add(set, &self.choices, rows, index);
            }
        }
    }
}

fn pick(left: &[(u16, u128)], words: &mut RandomStream) -> u16 {
    let total = left.iter().map(|(_, share)| share).sum();
    let mut drawn = words.below_wide(total);
    for &(choice, share) in left {
        if drawn < share {
            return choice;
        }
        drawn -= share;
    }
    unreachable!("a draw is below the sum of the shares")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::project::{ABSENT, MILLION, project};
    use crate::selection::testing::choose;

    fn distinct(plan: &Plan) -> usize {
        (0..plan.len()).map(|index| plan.traits(index).to_vec()).collect::<HashSet<_>>().len()
    }

    #[test]
    fn every_combination_is_found_and_one_more_is_refused() {
        for (a, b) in [(50, 200), (45, 135), (1, 7), (1, 1)] {
            let p = project(&[("A", &vec![1; a]), ("B", &vec![1; b])]);
            let all = (a * b) as u32;
            let plan = choose(&p, 3, 1, all).unwrap();
            assert_eq!((plan.len(), distinct(&plan)), (a * b, a * b));
            let error = choose(&p, 3, 1, all + 1).unwrap_err().to_string();
            assert!(error.contains(&format!("{all} ")), "{error}");
            assert!(error.contains(&format!("\"A\" {a} x \"B\" {b}")), "{error}");
        }
    }

    #[test]
    fn the_rarest_combinations_are_found_too() {
        // One item in 10^15 is drawn with the second trait, so only the search among what is left can find it.
        let mut p = project(&[("A", &[1_000_000_000, 1]), ("B", &[1, 2, 3]), ("C", &[1; 5]), ("D", &[1])]);
        p.layers[1].chance = 1;
        p.layers[2].none = Some(1);
        p.layers[3].chance = 500_000;
        p.layers[3].unique = false;
        let plan = choose(&p, 0, 1, 2 * 4 * 6).unwrap();
        let unique: HashSet<&[u16]> = (0..plan.len()).map(|index| &plan.traits(index)[..3]).collect();
        assert_eq!(unique.len(), 48);
        assert!((0..48).any(|i| plan.traits(i)[3] == 0) && (0..48).any(|i| plan.traits(i)[3] == ABSENT));
    }

    #[test]
    fn a_longer_run_begins_with_the_same_items() {
        let p = project(&[("A", &[1, 9, 90]), ("B", &[1, 2, 3, 4]), ("C", &[1, 1])]);
        let whole = choose(&p, 11, 1, 24).unwrap();
        for count in 0..24 {
            let part = choose(&p, 11, 1, count).unwrap();
            assert_eq!(part.rows, whole.rows[..part.rows.len()], "{count}");
        }
        assert_ne!(choose(&p, 12, 1, 24).unwrap().rows, whole.rows);
    }

    #[test]
    fn layers_that_do_not_count_may_repeat() {
        let mut p = project(&[("A", &[1, 1]), ("B", &[1; 100])]);
        p.layers[1].unique = false;
        let plan = choose(&p, 5, 1, 2).unwrap();
        assert_ne!(plan.traits(0)[0], plan.traits(1)[0]);
        assert!(choose(&p, 5, 1, 3).is_err());
        p.layers[0].unique = false;
        assert_eq!(choose(&p, 5, 1, 1000).unwrap().len(), 1000, "nothing counts, so nothing repeats");
    }

    #[test]
    fn editions_fit_32_bits() {
        let mut p = project(&[("A", &[1, 1])]);
        p.layers[0].unique = false;
        assert!(choose(&p, 0, u32::MAX, 1).is_ok());
        let error = choose(&p, 0, u32::MAX, 2).unwrap_err();
        assert!(matches!(error, SelectionError::Editions { .. }), "{error}");
    }

    #[test]
    fn algorithm_1_is_pinned() {
        let mut p = project(&[("A", &[1, 2, 3]), ("B", &[10, 0, 20, 30]), ("C", &[1; 100])]);
        p.layers[1].chance = 500_000;
        p.layers[2].none = Some(10 * MILLION);
        let plan = choose(&p, 42, 1, 5).unwrap();
        assert_eq!(plan.rows, PINNED, "a change here changes everyone's collections: make it algorithm 2");
    }

    const PINNED: [u16; 15] = [2, 2, 81, 1, ABSENT, 81, 2, 2, 75, 2, 3, ABSENT, 1, 2, 36];
}
