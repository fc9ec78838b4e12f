//! Algorithm 2: items under rules and unique sets.
//!
//! An item is drawn from the [`Diagram`] of all that the rules allow, so each comes up as often as its weights say among
//! those that are allowed; it is drawn anew while it repeats what a unique set forbids to repeat. After [`TRIES`] such
//! draws the diagram is searched for an item that repeats nothing, choices in an order drawn by weight. What was once found to lead to
//! nothing leads to nothing for ever, as more and more is used, and is remembered; so the search is complete, and all searches together go through
//! the diagram once.
//!
//! Where no item is left, an earlier one stands in the way. With several sets that does not mean that there is no
//! collection of the size that is wanted: then an earlier item gives way to another that takes its place, again and
//! again, until one is left or [`EXCHANGES`] were made in vain.

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use super::clause::{Clause, clauses};
use super::diagram::{Diagram, Outcomes, Shares, order};
use super::distinct::RowSet;
use super::draw::Words;
use super::error::SelectionError;
use super::explain::{conflict, layers_in_words};
use super::plan::Plan;
use super::row::check_row;
use super::weights::outcomes;
use crate::collection::Project;

/// The number that plans record.
pub(crate) const ALGORITHM: u32 = 2;
/// What its words are for.
const PURPOSE: &[u8; 24] = b"traitpress selection v2.";
/// How often an item that repeats something is drawn anew before the diagram is searched.
const TRIES: usize = 64;
/// Choices that one search looks at, at most.
const STEPS: u64 = 5_000_000;
/// Earlier items that give way in a row without one more item being found, at most.
const EXCHANGES: u64 = 100_000;
/// Beginnings that lead to nothing, at most; with more, all are forgotten.
const DEAD: usize = 2_000_000;

/// Whether a project asks for more than algorithm 1 does.
pub(crate) fn is_constrained(project: &Project) -> bool {
    !project.rules.is_empty() || !project.unique_sets.is_empty() || project.duplicates
}

/// A set of layers whose combinations are not repeated, by its layers in drawing order.
pub(crate) fn unique_sets(project: &Project) -> Vec<Vec<usize>> {
    let mut sets = project.unique_sets.clone();
    let all: Vec<usize> = (0..project.layers.len()).filter(|&layer| project.layers[layer].unique).collect();
    if !project.duplicates && !all.is_empty() {
        sets.push(all);
    }
    sets.sort();
    sets.dedup();
    sets
}

/// How many items a unique set lets be made, and whether that is exact or only an upper bound.
pub(crate) struct Bound {
    pub(crate) layers: Vec<usize>,
    pub(crate) most: u128,
    pub(crate) exact: bool,
}

/// What a project allows.
pub(crate) struct Space<'a> {
    project: &'a Project,
    outcomes: Vec<Outcomes>,
    clauses: Vec<Clause>,
    sets: Vec<Vec<usize>>,
    diagram: Diagram,
    /// Clauses that made the diagram too large; items are looked at afterwards.
    beside: Vec<usize>,
}

impl<'a> Space<'a> {
    /// # Errors
    /// If no item obeys all rules.
    pub(crate) fn new(project: &'a Project) -> Result<Self, SelectionError> {
        let outcomes = outcomes(project);
        let clauses = clauses(project);
        let sets = unique_sets(project);
        // The search decides first what runs out first.
        let size = |set: &&Vec<usize>| {
            set.iter().fold(1u128, |product, &layer| product.saturating_mul(outcomes[layer].len() as u128))
        };
        let first = sets.iter().min_by_key(size);
        let first = first.map_or(&[][..], Vec::as_slice);
        let (diagram, beside) = diagram_of(&outcomes, &clauses, first);
        if diagram.items() == 0 {
            return Err(conflict(project));
        }
        Ok(Self { project, outcomes, clauses, sets, diagram, beside })
    }

    /// Nodes of the diagram.
    pub(crate) fn nodes(&self) -> usize {
        self.diagram.nodes()
    }

    /// How many items obey the rules, and whether that is exact.
    pub(crate) fn items(&self) -> (u128, bool) {
        (self.diagram.items(), self.beside.is_empty())
    }

    /// How many items there would be without a rule, if that is not too much to find out.
    pub(crate) fn items_without(&self, rule: usize) -> Option<u128> {
        let clauses: Vec<&Clause> = self.clauses.iter().filter(|clause| clause.rule != rule).collect();
        let order = order(self.outcomes.len(), &clauses, &[]);
        Diagram::new(&self.outcomes, &order, &clauses).map(|diagram| diagram.items())
    }

    /// # Errors
    /// If a unique set lets fewer items than that be made.
    pub(crate) fn check_count(&self, count: u32) -> Result<(), SelectionError> {
        match self.bounds().into_iter().find(|bound| u128::from(count) > bound.most) {
            Some(Bound { layers, most, .. }) => {
                let layers = layers_in_words(self.project, &layers);
                Err(SelectionError::TooManyUnique { count, most, layers })
            }
            None => Ok(()),
        }
    }

    /// All that the rules allow, or nearly, where that is too much for one diagram.
    pub(crate) fn into_diagram(self) -> Diagram {
        self.diagram
    }

    /// The most items that can be made, as far as each unique set on its own says.
    pub(crate) fn most(&self) -> u128 {
        self.bounds().iter().map(|bound| bound.most).min().unwrap_or(u128::MAX)
    }

    /// What each unique set allows.
    pub(crate) fn bounds(&self) -> Vec<Bound> {
        let bound = |layers: &Vec<usize>| {
            if layers.len() == self.outcomes.len() {
                let (most, exact) = self.items();
                return Bound { layers: layers.clone(), most, exact };
            }
            let (diagram, beside) = diagram_of(&self.outcomes, &self.clauses, layers);
            Bound {
                layers: layers.clone(),
                most: diagram.combinations(layers.len()),
                exact: beside.is_empty(),
            }
        };
        self.sets.iter().map(bound).collect()
    }

    /// The part of all items, by weight, that shows each choice; nothing if that is not known.
    pub(crate) fn shares(&self) -> Option<Shares> {
        self.beside.is_empty().then(|| self.diagram.shares())
    }

    fn is_allowed(&self, row: &[u16]) -> bool {
        self.beside.iter().all(|&clause| self.clauses[clause].holds(row))
    }
}

/// The diagram of all clauses, the layers of `first` first, or of as many as it does not get too large with; and the others.
pub(crate) fn diagram_of(
    outcomes: &[Outcomes],
    clauses: &[Clause],
    first: &[usize],
) -> (Diagram, Vec<usize>) {
    let of = |numbers: &[usize]| -> Option<Diagram> {
        let clauses: Vec<&Clause> = numbers.iter().map(|&number| &clauses[number]).collect();
        Diagram::new(outcomes, &order(outcomes.len(), &clauses, first), &clauses)
    };
    let mut within: Vec<usize> = (0..clauses.len()).collect();
    let mut beside = Vec::new();
    loop {
        if let Some(diagram) = of(&within) {
            return (diagram, beside);
        }
        // A quarter at a time: a plan under 300 random rules on 40 layers of 20 traits takes 2.6 s so, and took 69 s with an
        // eighth at a time and four times as many nodes.
        let keep = within.len() - within.len().div_ceil(4);
        beside.extend(within.drain(keep..));
    }
}

/// Chooses `count` items, the first of which is number `start`.
pub(crate) fn choose(project: &Project, seed: u64, start: u32, count: u32) -> Result<Plan, SelectionError> {
    let space = Space::new(project)?;
    space.check_count(count)?;
    let mut search = Search::new(&space, Words::new(seed, PURPOSE));
    search.find(count)?;
    debug_assert!(search.rows.chunks(project.layers.len().max(1)).all(|row| check_row(project, row).is_ok()));
    Ok(Plan {
        algorithm: Some(ALGORITHM),
        seed: Some(seed),
        start,
        editions: None,
        rows: search.rows,
        layers: project.layers.len(),
        ones: Vec::new(),
    })
}

pub(crate) struct Search<'a> {
    space: &'a Space<'a>,
    words: Words,
    rows: Vec<u16>,
    sets: Vec<RowSet>,
    /// By depth in the diagram, the unique sets all of whose layers are decided there and not before.
    complete: Vec<Vec<usize>>,
    /// Beginnings of items, in the order of the diagram, under which nothing is left.
    dead: HashSet<Box<[u16]>, FxBuildHasher>,
    row: Vec<u16>,
    /// Whether the last search ended before all was looked at.
    gave_up: bool,
    /// Choices that the last search looked at, and items that gave way since the last one was added.
    steps: u64,
    exchanges: u64,
    /// So many rows at the beginning never give way.
    fixed: u32,
    /// Items that must not be made although they are not among the rows.
    avoided: HashSet<Vec<u16>, FxBuildHasher>,
}

/// A layer in a search: the choices that are left to try, the next one last.
type Frame = Vec<(u16, u32)>;

impl<'a> Search<'a> {
    pub(crate) fn new(space: &'a Space<'a>, words: Words) -> Self {
        let width = space.project.layers.len();
        let sets: Vec<RowSet> = space.sets.iter().map(|set| RowSet::new(set.clone(), width)).collect();
        let mut complete = vec![Vec::new(); width];
        let place = |layer: usize| (0..width).find(|&depth| space.diagram.layer(depth) == layer).unwrap_or(0);
        for (number, set) in space.sets.iter().enumerate() {
            let depth = set.iter().map(|&layer| place(layer)).max().unwrap_or(0);
            complete[depth].push(number);
        }
        Self {
            space,
            words,
            rows: Vec::new(),
            sets,
            complete,
            dead: HashSet::default(),
            row: vec![0; width],
            gave_up: false,
            steps: 0,
            exchanges: 0,
            fixed: 0,
            avoided: HashSet::default(),
        }
    }

    /// The items.
    pub(crate) fn rows(&self) -> &[u16] {
        &self.rows
    }

    /// Begins with these items, which stay; tells which two of them repeat each other in which set, if any do.
    pub(crate) fn keep(&mut self, rows: Vec<u16>) -> Result<(), (u32, u32, &'a [usize])> {
        let width = self.row.len().max(1);
        self.fixed = (rows.len() / width) as u32;
        for (set, layers) in self.sets.iter_mut().zip(&self.space.sets) {
            for (index, row) in (0..).zip(rows.chunks(width)) {
                if let Some(other) = set.find(&rows, row) {
                    return Err((other, index, layers));
                }
                set.insert(&rows, index);
            }
        }
        self.rows = rows;
        Ok(())
    }

    /// Never makes this item.
    pub(crate) fn avoid(&mut self, row: &[u16]) {
        self.avoided.insert(row.to_vec());
    }

    /// Adds so many items.
    ///
    /// # Errors
    /// If so many were not found.
    pub(crate) fn find(&mut self, wanted: u32) -> Result<(), SelectionError> {
        let count = self.count() + wanted;
        while self.count() < count {
            if !self.add_item() {
                return Err(SelectionError::Stopped {
                    count,
                    found: self.count(),
                    steps: self.steps,
                    exchanges: self.exchanges,
                    proven: self.is_proof(),
                });
            }
        }
        Ok(())
    }

    fn count(&self) -> u32 {
        (self.rows.len() / self.row.len().max(1)) as u32
    }

    /// Whether the last search showed that no item is left, and no exchange could change that.
    fn is_proof(&self) -> bool {
        !self.gave_up && self.sets.len() <= 1
    }

    /// Adds an item; false if none was found.
    fn add_item(&mut self) -> bool {
        self.exchanges = 0;
        loop {
            if self.draw_new() || self.find_new() {
                let index = self.count();
                self.rows.extend_from_slice(&self.row);
                self.sets.iter_mut().for_each(|set| set.insert(&self.rows, index));
                return true;
            }
            // Of one set all that is used stays used, whichever items use it.
            if self.sets.len() <= 1 || self.exchanges == EXCHANGES || !self.exchange() {
                return false;
            }
            self.exchanges += 1;
        }
    }

    /// Whether the item at hand obeys the rules that are not part of the diagram, and is not to be avoided.
    fn is_allowed(&self) -> bool {
        self.space.is_allowed(&self.row) && !self.avoided.contains(&self.row)
    }

    /// Whether the item at hand repeats nothing.
    fn is_new(&self) -> bool {
        self.sets.iter().all(|set| set.find(&self.rows, &self.row).is_none())
    }

    /// Draws an item that repeats nothing.
    fn draw_new(&mut self) -> bool {
        (0..TRIES).any(|_| {
            self.space.diagram.draw(&mut self.words, &mut self.row);
            self.is_allowed() && self.is_new()
        })
    }

    /// Searches for an item that repeats nothing.
    fn find_new(&mut self) -> bool {
        if self.dead.len() > DEAD {
            self.dead.clear();
        }
        let depths = self.space.diagram.depth();
        let mut stack: Vec<Frame> = vec![self.frame(0, self.space.diagram.root())];
        // The choices so far, in the order of the diagram.
        let mut path: Vec<u16> = Vec::with_capacity(depths);
        self.steps = 0;
        self.gave_up = false;
        while let Some(frame) = stack.last_mut() {
            let depth = path.len();
            let Some((choice, to)) = frame.pop() else {
                stack.pop();
                // Everything below was looked at, so nothing is left there.
                self.dead.insert(path.as_slice().into());
                path.pop();
                continue;
            };
            self.steps += 1;
            if self.steps > STEPS {
                self.gave_up = true;
                return false;
            }
            self.row[self.space.diagram.layer(depth)] = choice;
            let repeats = |&set: &usize| self.sets[set].find(&self.rows, &self.row).is_some();
            if self.complete[depth].iter().any(repeats) {
                continue;
            }
            path.push(choice);
            if path.len() == depths {
                if self.is_allowed() {
                    return true;
                }
                path.pop();
            } else if self.dead.contains(path.as_slice()) {
                path.pop();
            } else {
                stack.push(self.frame(path.len(), to));
            }
        }
        false
    }

    /// The choices of a layer below a node in an order drawn by weight, the first one last.
    ///
    /// Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006), need logarithms, which differ between
    /// machines in their last bit; drawing one after the other without putting back is the same order.
    fn frame(&mut self, depth: usize, node: u32) -> Frame {
        let mut left: Vec<(u16, u64, u32)> = Vec::new();
        let most = self.space.diagram.choices(depth, node).map(|(_, weight, _)| weight).fold(0.0, f64::max);
        for (choice, weight, to) in self.space.diagram.choices(depth, node) {
            left.push((choice, ((weight / most * (1u64 << 40) as f64) as u64).max(1), to));
        }
        let mut frame = Vec::with_capacity(left.len());
        let mut total: u64 = left.iter().map(|&(_, odds, _)| odds).sum();
        while !left.is_empty() {
            let mut drawn = self.words.below(total);
            let at = left.iter().position(|&(_, odds, _)| {
                let here = drawn < odds;
                drawn = drawn.wrapping_sub(odds);
                here
            });
            let (choice, odds, to) = left.swap_remove(at.expect("a draw is below the sum of the odds"));
            total -= odds;
            frame.push((choice, to));
        }
        frame.reverse();
        frame
    }

    /// Lets an item that repeats only one earlier one take its place.
    fn exchange(&mut self) -> bool {
        for _ in 0..TRIES {
            self.space.diagram.draw(&mut self.words, &mut self.row);
            if !self.is_allowed() {
                continue;
            }
            let mut repeated = self.sets.iter().filter_map(|set| set.find(&self.rows, &self.row));
            let Some(first) = repeated.next() else { continue };
            if first < self.fixed || repeated.any(|other| other != first) {
                continue;
            }
            self.sets.iter_mut().for_each(|set| set.remove(&self.rows, first));
            let width = self.row.len();
            self.rows[first as usize * width..][..width].copy_from_slice(&self.row);
            self.sets.iter_mut().for_each(|set| set.insert(&self.rows, first));
            // What was used is free again.
            self.dead.clear();
            return true;
        }
        false
    }
}
