//! The search for items that repeat nothing.
//!
//! An item is drawn from the [`Diagram`] of all items that the rules allow, so its probability among them is the one that the
//! weights state. It is drawn again while it repeats a combination of a unique set. After [`TRIES`] such draws the diagram is
//! searched for an item that repeats nothing, with the choices in an order drawn by weight. Combinations are only ever used
//! up, so a dead end remains one and is remembered. The search is therefore complete, and all searches together traverse the
//! diagram once.
//!
//! If no item is left, an earlier one blocks it. With several sets a collection of the wanted size may still exist. So an
//! earlier item is exchanged for another, repeatedly, until an item is possible or [`EXCHANGES`] exchanges have failed.

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::project::in_row;
use crate::rules::{Compared, PictureKey, RowSet};
use crate::selection::diagram::Diagram;
use crate::selection::draw::RandomStream;
use crate::selection::error::SelectionError;
use crate::selection::space::Space;
use crate::telemetry::SearchStats;

/// How often an item that repeats a combination is drawn again before the diagram is searched.
pub(super) const TRIES: usize = 64;
/// Choices that one search looks at, at most.
const STEPS: u64 = 5_000_000;
/// Earlier items that give way in a row without one more item being found, at most.
const EXCHANGES: u64 = 100_000;
/// Beginnings that lead to nothing, at most; with more, all are forgotten.
const DEAD: usize = 2_000_000;

/// Beginnings of items, in the order of a diagram: their choices, or what [`Search::beginning`] makes of these.
pub(super) type Beginnings = HashSet<Box<[u16]>, FxBuildHasher>;

#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(super) space: &'a Space<'a>,
    pub(super) words: RandomStream,
    rows: Vec<u16>,
    /// The region of each row.
    regions: Vec<u16>,
    sets: Vec<RowSet>,
    /// By region and depth in its diagram, the unique sets all of whose layers are decided there and not before.
    complete: Vec<Vec<Vec<usize>>>,
    /// The picture, if items are compared in it, and the number of its set.
    picture: Option<(usize, &'a PictureKey)>,
    /// By region, what nothing is left under.
    dead: Vec<Beginnings>,
    /// The item at hand.
    pub(super) row: Vec<u16>,
    /// Whether the last search ended before all was looked at.
    gave_up: bool,
    /// Choices that the last search looked at, and items that gave way since the last one was added.
    steps: u64,
    exchanges: u64,
    /// So many rows at the beginning never give way.
    pub(super) fixed: u32,
    /// Items that must not be made although they are not among the rows.
    avoided: HashSet<Vec<u32>, FxBuildHasher>,
    pub(crate) effort: SearchStats,
}

/// A layer in a search: the choices that are left to try, the next one last.
type Frame = Vec<(u16, u32)>;

impl<'a> Search<'a> {
    pub(crate) fn new(space: &'a Space<'a>, words: RandomStream) -> Self {
        let width = space.project.layers.len();
        let sets: Vec<RowSet> = space.sets.iter().map(|set| RowSet::new(set.clone(), width)).collect();
        let picture = space.sets.iter().enumerate().find_map(|(number, set)| match set {
            Compared::Picture(key) => Some((number, key)),
            Compared::Layers(_) => None,
        });
        let diagram = &space.regions[0].diagram;
        let place = |layer: usize| (0..width).find(|&depth| diagram.layer(depth) == layer).unwrap_or(0);
        let mut complete = vec![vec![Vec::new(); width]; space.regions.len()];
        for (complete, region) in complete.iter_mut().zip(&space.regions) {
            for &number in &region.sets {
                let depth = match &space.sets[number] {
                    Compared::Layers(layers) => layers.iter().map(|&layer| place(layer)).max().unwrap_or(0),
                    Compared::Picture(_) => width.saturating_sub(1),
                };
                complete[depth].push(number);
            }
        }
        Self {
            space,
            words,
            rows: Vec::new(),
            regions: Vec::new(),
            sets,
            complete,
            picture,
            dead: vec![HashSet::default(); space.regions.len()],
            row: vec![0; width],
            gave_up: false,
            steps: 0,
            exchanges: 0,
            fixed: 0,
            avoided: HashSet::default(),
            effort: SearchStats::default(),
        }
    }

    /// The items.
    pub(crate) fn rows(&self) -> &[u16] {
        &self.rows
    }

    /// The items.
    pub(crate) fn into_rows(self) -> Vec<u16> {
        self.rows
    }

    /// The number of a row's region.
    pub(super) fn region(&self, index: u32) -> usize {
        self.regions[index as usize].into()
    }

    /// An item.
    pub(super) fn row_at(&self, index: u32) -> &[u16] {
        &self.rows[index as usize * self.row.len()..][..self.row.len()]
    }

    /// Starts with these items, which are kept. The error names two of them that repeat each other, and the number of the set.
    pub(crate) fn keep(&mut self, rows: Vec<u16>, regions: Vec<u16>) -> Result<(), (u32, u32, usize)> {
        self.fixed = regions.len() as u32;
        self.rows = rows;
        self.regions = regions;
        for index in 0..self.fixed {
            for &number in &self.space.regions[self.region(index)].sets {
                let row = &self.rows[index as usize * self.row.len()..][..self.row.len()];
                if let Some(other) = self.sets[number].find(&self.rows, row) {
                    return Err((other, index, number));
                }
                self.sets[number].insert(&self.rows, index);
            }
        }
        Ok(())
    }

    /// Never makes this item, or its picture, if items differ by it.
    pub(crate) fn avoid(&mut self, row: &[u16]) {
        self.avoided.insert(self.space.identity(row));
    }

    /// What a beginning of the item at hand, which leads to `node`, has in common with others under which the same is left:
    /// its choices, or, where only pictures are compared, what is visible of it.
    fn beginning(&self, path: &[u16], node: u32, region: usize) -> Box<[u16]> {
        let only_pictures = self.space.beside.is_empty() && self.space.regions[region].sets.len() == 1;
        let Some((_, key)) = self.picture.filter(|_| only_pictures) else { return path.into() };
        let lowest = self.row.len() - path.len();
        let seen = [path.len() as u32, node].into_iter().chain(key.beginning(&self.row, lowest));
        seen.flat_map(|number| [number as u16, (number >> 16) as u16]).collect()
    }

    /// Adds an item to each of these regions, one after the other.
    ///
    /// # Errors
    /// If so many were not found.
    pub(crate) fn find(&mut self, regions: &[u16]) -> Result<(), SelectionError> {
        let count = self.count() + regions.len() as u32;
        regions.iter().try_for_each(|&region| self.add(region, count))
    }

    /// Adds an item to a region; `count` are wanted in all.
    ///
    /// # Errors
    /// If none was found.
    pub(super) fn add(&mut self, region: u16, count: u32) -> Result<(), SelectionError> {
        self.exchanges = 0;
        loop {
            if self.draw_new(region.into()) || self.find_new(region.into()) {
                self.push(region);
                return Ok(());
            }
            // Of one set all that is used stays used, whichever items use it.
            if self.is_alone() || self.exchanges == EXCHANGES || !self.exchange() {
                return Err(SelectionError::Stopped {
                    count,
                    found: self.count(),
                    steps: self.steps,
                    exchanges: self.exchanges,
                    // Then no item is left, and no exchange could change that.
                    proven: !self.gave_up && self.is_alone(),
                });
            }
            self.exchanges += 1;
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.regions.len() as u32
    }

    /// Whether an item can block another only by being equal to it in the single set.
    fn is_alone(&self) -> bool {
        self.sets.len() <= 1 && self.space.regions.len() == 1
    }

    /// Adds the item at hand to a region.
    pub(super) fn push(&mut self, region: u16) {
        let index = self.count();
        self.rows.extend_from_slice(&self.row);
        self.regions.push(region);
        let sets = &self.space.regions[usize::from(region)].sets;
        sets.iter().for_each(|&set| self.sets[set].insert(&self.rows, index));
    }

    /// Puts the item at hand in the place of another.
    fn replace(&mut self, index: u32) {
        let (space, region) = (self.space, self.region(index));
        let sets = &space.regions[region].sets;
        sets.iter().for_each(|&set| self.sets[set].remove(&self.rows, index));
        let width = self.row.len();
        self.rows[index as usize * width..][..width].copy_from_slice(&self.row);
        sets.iter().for_each(|&set| self.sets[set].insert(&self.rows, index));
        // What was used is free again.
        self.dead.iter_mut().for_each(HashSet::clear);
    }

    /// Puts the item at hand in the place of another, if it repeats nothing but that.
    pub(super) fn replace_if_new(&mut self, index: u32) -> bool {
        self.effort.checks += 1;
        let sets = &self.space.regions[self.region(index)].sets;
        let is_new =
            |&set: &usize| self.sets[set].find(&self.rows, &self.row).is_none_or(|other| other == index);
        let is_new = self.is_allowed() && sets.iter().all(is_new);
        if is_new {
            self.replace(index);
        }
        is_new
    }

    /// Puts the rows behind those that never give way in an order drawn at random, those of each region among themselves.
    pub(super) fn shuffle(&mut self) {
        let width = self.row.len();
        for region in 0..self.space.regions.len() {
            let places: Vec<usize> = (self.fixed as usize..self.regions.len())
                .filter(|&index| usize::from(self.regions[index]) == region)
                .collect();
            let rows = &mut self.rows;
            self.words.shuffle(places.len(), |a, b| {
                let [a, b] = [places[a] * width, places[b] * width];
                (0..width).for_each(|layer| rows.swap(a + layer, b + layer));
            });
        }
        // Nothing can be looked up any more.
        self.sets.clear();
    }

    /// Whether the item at hand obeys the rules that are not part of the diagram, and is not to be avoided.
    fn is_allowed(&self) -> bool {
        self.space.is_allowed(&self.row)
            && (self.avoided.is_empty() || !self.avoided.contains(&self.space.identity(&self.row)))
    }

    /// Whether the item at hand, one of a region, obeys all rules and repeats nothing.
    pub(super) fn is_fit(&mut self, region: usize) -> bool {
        self.effort.checks += 1;
        let sets = &self.space.regions[region].sets;
        self.is_allowed() && sets.iter().all(|&set| self.sets[set].find(&self.rows, &self.row).is_none())
    }

    /// Draws an item that repeats nothing.
    fn draw_new(&mut self, region: usize) -> bool {
        (0..TRIES).any(|_| {
            self.effort.draws += 1;
            let space = self.space;
            let is_whole = match &space.regions[region].in_order {
                Some((diagram, beside)) => {
                    diagram.draw_in_order(&mut self.words, &mut self.row);
                    beside.iter().all(|&clause| space.clauses[clause].holds(&self.row))
                }
                None => {
                    space.regions[region].diagram.draw(&mut self.words, &mut self.row);
                    true
                }
            };
            is_whole && self.is_fit(region)
        })
    }

    /// Searches for an item that repeats nothing.
    fn find_new(&mut self, region: usize) -> bool {
        let mut dead = std::mem::take(&mut self.dead[region]);
        let space = self.space;
        let found = self.find_in(&space.regions[region].diagram, region, &mut dead, STEPS);
        self.dead[region] = dead;
        found
    }

    /// Searches a diagram of a region's items, or of some of them, for one that repeats nothing; looks at so many choices
    /// at most. What nothing is left under is remembered in `dead`, as long as no item goes and none is added to the diagram.
    pub(super) fn find_in(
        &mut self,
        diagram: &Diagram,
        region: usize,
        dead: &mut Beginnings,
        most_steps: u64,
    ) -> bool {
        if dead.len() > DEAD {
            dead.clear();
        }
        let depths = diagram.depth();
        let mut stack: Vec<(u32, Frame)> = vec![(diagram.root(), self.frame(diagram, 0, diagram.root()))];
        // The choices so far, in the order of the diagram.
        let mut path: Vec<u16> = Vec::with_capacity(depths);
        self.steps = 0;
        self.gave_up = false;
        while let Some((node, frame)) = stack.last_mut() {
            let depth = path.len();
            let Some((choice, to)) = frame.pop() else {
                // Everything below was looked at, so nothing is left there.
                dead.insert(self.beginning(&path, *node, region));
                stack.pop();
                self.effort.backtracks += 1;
                path.pop();
                continue;
            };
            self.steps += 1;
            if self.steps > most_steps {
                self.gave_up = true;
                return false;
            }
            self.row[diagram.layer(depth)] = in_row(choice);
            let repeats = |&set: &usize| self.sets[set].find(&self.rows, &self.row).is_some();
            // Whatever is chosen below a trait that hides all, the picture is the same.
            let is_picture = |&(set, key): &(usize, &PictureKey)| {
                key.step(diagram.layer(depth), in_row(choice)).hides_all && repeats(&set)
            };
            if self.complete[region][depth].iter().any(repeats)
                || self.picture.as_ref().is_some_and(is_picture)
            {
                self.effort.early_ends += 1;
                continue;
            }
            path.push(choice);
            if path.len() == depths {
                if self.is_allowed() {
                    return true;
                }
                path.pop();
            } else if dead.contains(&self.beginning(&path, to, region)) {
                self.effort.early_ends += 1;
                path.pop();
            } else {
                stack.push((to, self.frame(diagram, path.len(), to)));
            }
        }
        false
    }

    /// The choices of a layer below a node in an order drawn by weight, the first one last.
    ///
    /// Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006), need logarithms, which differ between
    /// machines in their last bit; drawing one after the other without putting back is the same order.
    fn frame(&mut self, diagram: &Diagram, depth: usize, node: u32) -> Frame {
        let mut left: Vec<(u16, u64, u32)> = Vec::new();
        let most = diagram.choices(depth, node).map(|(_, weight, _)| weight).fold(0.0, f64::max);
        for (choice, weight, to) in diagram.choices(depth, node) {
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
            // Of a region that is drawn by its size: any of its items may be the obstacle.
            let region = match self.space.regions.len() {
                1 => 0,
                _ => {
                    let index = self.words.below(u64::from(self.count().max(1))) as u32;
                    if index < self.count() { self.region(index) } else { 0 }
                }
            };
            self.effort.draws += 1;
            self.space.regions[region].diagram.draw(&mut self.words, &mut self.row);
            if !self.is_allowed() {
                continue;
            }
            let sets = &self.space.regions[region].sets;
            let mut repeated = sets.iter().filter_map(|&set| self.sets[set].find(&self.rows, &self.row));
            let Some(first) = repeated.next() else { continue };
            if first < self.fixed || repeated.any(|other| other != first) || self.region(first) != region {
                continue;
            }
            self.replace(first);
            self.effort.exchanges += 1;
            return true;
        }
        false
    }
}
