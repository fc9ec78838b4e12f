//! What an item can still show: the seam for rules of selection.
//!
//! A trait that is loaded for an impossible item is wasted work. Each rule decides by itself what it
//! forbids, and a trait is predicted only if every rule permits it. That rules of different kinds together leave nothing,
//! though each alone leaves something, is not found out; that would be the whole search of selection for every guess.
//!
//! **Distinct items.** A trait is forbidden when every item that shows it, and agrees with what is decided, was made
//! already. Only layers with `unique = true` make items different, and absence is a value like any trait. So there are
//! three cases:
//!
//! - A trait of the last unique layer that is open completes the item as far as it counts: it is forbidden if that
//!   combination was made.
//! - With more unique layers open there are completions, as many as the product of what those layers can show. If
//!   that is more than were made, one is left for certain, without looking. Else they are gone through until one is
//!   found that was not made.
//! - A trait of a layer that does not count changes nothing: it is forbidden only where no item is left at all.
//!
//! So a look costs at most as many look-ups as items were made, and nearly always one or none.

use std::fmt::Debug;

use crate::engine::predict::partial::{Choice, Partial};
use crate::project::{ABSENT, Project};
use crate::rules::{Clause, Compared, RowSet, clauses, region_count};
use crate::selection::outcomes_in;

/// A rule of selection, as far as prediction needs it.
pub trait Constraint: Debug + Send {
    /// Whether there may be an item that agrees with `decided` and shows the trait `index` of `layer`, which is open.
    ///
    /// A rule that cannot decide permits it.
    fn permits(&self, decided: &Partial, layer: usize, index: u16) -> bool;

    /// An item was made.
    fn made(&mut self, row: &[u16]) {
        let _ = row;
    }
}

/// Weight and chance: a trait of weight 0, and every trait of a layer of chance 0, is never drawn.
#[derive(Clone, Debug)]
pub struct WeightConstraint {
    /// By layer, what it can show, in order; [`ABSENT`] last.
    shown: Vec<Vec<u16>>,
}

impl WeightConstraint {
    /// The rule of a project's weights and chances.
    #[must_use]
    pub fn new(project: &Project) -> Self {
        let mut shown = vec![Vec::new(); project.layers.len()];
        for region in 0..region_count(project) {
            for (shown, here) in shown.iter_mut().zip(shown_in(project, region)) {
                shown.extend(here);
            }
        }
        shown.iter_mut().for_each(|shown| {
            shown.sort_unstable();
            shown.dedup();
        });
        Self { shown }
    }
}

/// What each layer can show in an item of a group, or of all.
fn shown_in(project: &Project, region: usize) -> Vec<Vec<u16>> {
    let outcomes = outcomes_in(project, region);
    outcomes.iter().map(|outcomes| outcomes.iter().map(|&(value, _)| value).collect()).collect()
}

impl Constraint for WeightConstraint {
    fn permits(&self, _decided: &Partial, layer: usize, index: u16) -> bool {
        self.shown.get(layer).is_some_and(|shown| shown.binary_search(&index).is_ok())
    }
}

/// The project's `[[rules]]` and `[[groups]]`: a trait is forbidden where, with what is decided, some rule could not be
/// obeyed any more, whichever group the item is of.
///
/// Rules are looked at from both ends, and what one of them leaves of an open layer counts for the others (unit propagation).
#[derive(Clone, Debug)]
pub struct RuleConstraint {
    clauses: Vec<Clause>,
    /// By group, or once for all, and by layer, what it can show.
    shown: Vec<Vec<Vec<u16>>>,
}

impl RuleConstraint {
    /// The rules of a project.
    #[must_use]
    pub fn new(project: &Project) -> Self {
        let shown = (0..region_count(project)).map(|region| shown_in(project, region));
        Self { clauses: clauses(project), shown: shown.collect() }
    }

    /// Whether a choice may be part of an item of which each layer can show these, and agrees with what is decided.
    fn permits_in(&self, shown: &[Vec<u16>], decided: &Partial, layer: usize, index: u16) -> bool {
        // What each layer can still show.
        let mut left = Vec::with_capacity(shown.len());
        for (of, shown) in shown.iter().enumerate() {
            let choice = match if of == layer { Choice::Trait(index) } else { decided.choice(of) } {
                Choice::Trait(index) => index,
                Choice::Absent => ABSENT,
                Choice::Open => {
                    left.push(shown.clone());
                    continue;
                }
            };
            // What no group forbids may still be asked for by name, weight 0 or not.
            if self.shown.len() > 1 && !shown.contains(&choice) {
                return false;
            }
            left.push(vec![choice]);
        }
        loop {
            let mut narrower = false;
            for clause in &self.clauses {
                let mut open = clause
                    .literals
                    .iter()
                    .filter(|literal| left[literal.layer].iter().any(|&choice| literal.allows(choice)));
                let Some(literal) = open.next() else { return false };
                if open.next().is_some() {
                    continue;
                }
                // Only this literal can make the clause true, so it must.
                let choices = &mut left[literal.layer];
                let before = choices.len();
                choices.retain(|&choice| literal.allows(choice));
                narrower |= choices.len() < before;
            }
            if !narrower {
                return true;
            }
        }
    }
}

impl Constraint for RuleConstraint {
    fn permits(&self, decided: &Partial, layer: usize, index: u16) -> bool {
        if self.clauses.is_empty() && self.shown.len() == 1 {
            return true;
        }
        self.shown.iter().any(|shown| self.permits_in(shown, decided, layer, index))
    }
}

/// No two items may be equal in the layers that count.
///
/// It remembers every item that was made, two bytes a unique layer and some ten more. Items of an earlier run that
/// must not be made again are passed to [`Constraint::made`] before the first question.
#[derive(Debug)]
pub struct Distinct {
    /// The layers that count, in drawing order.
    columns: Vec<usize>,
    /// What each of them can show.
    shown: Vec<Vec<u16>>,
    layers: usize,
    /// The items that were made, in these columns only.
    rows: Vec<u16>,
    set: RowSet,
}

impl Distinct {
    /// The rule of a project's unique layers, with no item made.
    #[must_use]
    pub fn new(project: &Project) -> Self {
        let columns: Vec<usize> =
            (0..project.layers.len()).filter(|&layer| project.layers[layer].unique).collect();
        let WeightConstraint { mut shown } = WeightConstraint::new(project);
        let shown = columns.iter().map(|&column| std::mem::take(&mut shown[column])).collect();
        let set = RowSet::new(Compared::Layers((0..columns.len()).collect()), columns.len());
        Self { layers: project.layers.len(), columns, shown, rows: Vec::new(), set }
    }

    fn count(&self) -> usize {
        self.rows.len().checked_div(self.columns.len()).unwrap_or(0)
    }

    /// Whether of the items with these choices, in the layers that count, one was not made. Those in `open` can be
    /// completed at will.
    fn one_is_left(&self, row: &mut [u16], open: &[usize]) -> bool {
        let completions = open
            .iter()
            .fold(1u128, |product, &column| product.saturating_mul(self.shown[column].len() as u128));
        if completions > self.count() as u128 {
            return true;
        }
        // Counts through the completions like an odometer.
        let mut at = vec![0; open.len()];
        loop {
            for (&column, &at) in open.iter().zip(&at) {
                row[column] = self.shown[column][at];
            }
            if self.set.find(&self.rows, row).is_none() {
                return true;
            }
            let next = (0..open.len()).find(|&wheel| at[wheel] + 1 < self.shown[open[wheel]].len());
            let Some(next) = next else { return false };
            at[next] += 1;
            at[..next].fill(0);
        }
    }
}

impl Constraint for Distinct {
    fn permits(&self, decided: &Partial, layer: usize, index: u16) -> bool {
        if self.columns.is_empty() {
            return true;
        }
        let (mut row, mut open) = (Vec::with_capacity(self.columns.len()), Vec::new());
        for (column, &of) in self.columns.iter().enumerate() {
            let choice = if of == layer { Choice::Trait(index) } else { decided.choice(of) };
            row.push(match choice {
                Choice::Trait(index) => index,
                Choice::Absent => ABSENT,
                Choice::Open => {
                    open.push(column);
                    ABSENT
                }
            });
        }
        self.one_is_left(&mut row, &open)
    }

    fn made(&mut self, row: &[u16]) {
        if row.len() != self.layers || self.columns.is_empty() {
            return;
        }
        let index = u32::try_from(self.count()).expect("editions fit 32 bits");
        let start = self.rows.len();
        self.rows.extend(self.columns.iter().map(|&column| row[column]));
        if self.set.find(&self.rows[..start], &self.rows[start..]).is_some() {
            self.rows.truncate(start);
        } else {
            self.set.insert(&self.rows, index);
        }
    }
}
