//! Changes items, one after the other, until exact amounts add up.
//!
//! How far the numbers are from what is asked for is a cost, a sum over choices. What it changes by if an item becomes
//! another is a sum over layers, so the best item to take an item's place is a cheapest path through the diagram of valid
//! items, found in one walk from the bottom. Where no single change makes it better, what is off is given more weight, so
//! that the search leaves the place (Morris, "The breakout method for escaping from local minima", 1993), and items are
//! changed that cost nothing.

use crate::project::in_row;
use crate::selection::amounts::distance;
use crate::selection::diagram::{Class, Diagram, Edge};
use crate::selection::error::SelectionError;
use crate::selection::exact::Numbers;
use crate::selection::search::Search;

/// What one more or one less costs where the configuration says the number; where only shares say it, it costs 1.
const MUST: i64 = 1 << 10;
/// Items looked at before weights are changed.
const LOOK: usize = 48;
/// Ways to change an item that are tried, if they repeat other items.
const WAYS: usize = 32;
/// Changes of weights without getting nearer to what must be, at most; and to what should be.
const PATIENCE: u32 = 1500;
const SHORT_PATIENCE: u32 = 20;
/// Edges of diagrams that are looked at, at most: some seconds' worth.
const MAX_EDGES: u64 = 2_000_000_000;

pub(crate) struct Repair<'s, 'a> {
    search: &'s mut Search<'a>,
    numbers: &'s mut Numbers<'a>,
    /// Of each slot, for being off from what must be.
    weights: Vec<i64>,
    /// What one more and one less of each slot costs.
    more: Vec<i64>,
    less: Vec<i64>,
    edges: u64,
    /// Items to look at, and which kind of them was found.
    candidates: Vec<u32>,
    kind: u8,
    /// By depth and node, the cost of the cheapest path from there on.
    cheapest: Vec<Vec<i64>>,
}

impl<'s, 'a> Repair<'s, 'a> {
    pub(crate) fn new(search: &'s mut Search<'a>, numbers: &'s mut Numbers<'a>) -> Self {
        let slots = numbers.slots.len();
        let depths = search.space.regions[0].diagram.levels.len();
        Self {
            search,
            numbers,
            weights: vec![MUST; slots],
            more: vec![0; slots],
            less: vec![0; slots],
            edges: 0,
            candidates: Vec::new(),
            kind: 0,
            cheapest: vec![Vec::new(); depths + 1],
        }
    }

    /// # Errors
    /// If what must be was not found.
    pub(crate) fn run(mut self) -> Result<(), SelectionError> {
        let (mut best, mut waited) = (self.off(), 0);
        while best != (0, 0) {
            self.price();
            let is_better = self.improve();
            if !is_better {
                self.candidates.clear();
            }
            self.kind = if is_better { 0 } else { (self.kind + 1) % 3 };
            let off = self.off();
            if off < best {
                (best, waited) = (off, 0);
            } else if !is_better {
                waited += 1;
                self.weigh();
            }
            let patience = if off.0 == 0 { SHORT_PATIENCE } else { PATIENCE };
            // Without one that must be met being off, what should be is as near as it gets.
            if (waited >= patience && off.0 == best.0) || waited >= 2 * PATIENCE || self.edges > MAX_EDGES {
                break;
            }
        }
        match self.off() {
            (0, _) => Ok(()),
            _ => Err(SelectionError::AmountsNotFound {
                off: self.numbers.off(true, "is in").join(", and "),
                count: self.search.count(),
                changes: self.search.effort.repairs,
            }),
        }
    }

    /// How many items too many or too few there are, of what must be and of what should be.
    fn off(&self) -> (u64, u64) {
        let sum = |ranges: &[(u32, u32)]| -> u64 {
            self.numbers.got.iter().zip(ranges).map(|(&got, &range)| u64::from(distance(got, range))).sum()
        };
        (sum(&self.numbers.must), sum(&self.numbers.want))
    }

    /// What one more and one less of each slot costs now.
    fn price(&mut self) {
        for slot in 0..self.weights.len() {
            let (must, want) = (self.numbers.must[slot], self.numbers.want[slot]);
            let cost = |got: u32| {
                i64::from(distance(got, must)) * self.weights[slot] + i64::from(distance(got, want))
            };
            let got = self.numbers.got[slot];
            self.more[slot] = cost(got + 1) - cost(got);
            self.less[slot] = if got > 0 { cost(got - 1) - cost(got) } else { 0 };
        }
    }

    /// Gives what is off more weight.
    fn weigh(&mut self) {
        for (slot, weight) in self.weights.iter_mut().enumerate() {
            if distance(self.numbers.got[slot], self.numbers.must[slot]) > 0 {
                *weight += MUST;
            }
        }
    }

    /// Changes an item for the better, or at least another one that costs nothing; whether it is better.
    fn improve(&mut self) -> bool {
        let mut last = None;
        let mut is_fresh = false;
        for _ in 0..LOOK {
            let Some(index) = self.candidate(&mut is_fresh) else { break };
            let cost = self.look(index);
            last = Some(index);
            if cost < 0 && (self.change(index, cost + 1) || self.change(index, 0)) {
                return true;
            }
        }
        // Others can have what this item has to spare. The way there is known: it was looked at last.
        if let Some(index) = last {
            self.change(index, 1);
        }
        false
    }

    /// The next item to examine: one that shows a choice with too many items, or any item if there is none.
    ///
    /// Finding them requires a pass over all items, so one pass serves many changes, and each change causes at most one pass.
    fn candidate(&mut self, is_fresh: &mut bool) -> Option<u32> {
        loop {
            if self.candidates.is_empty() {
                if std::mem::replace(is_fresh, true) {
                    return None;
                }
                self.candidates = self.find_candidates();
            }
            let left = self.candidates.len() as u64;
            if left == 0 {
                return None;
            }
            let index = self.candidates.swap_remove(self.search.words.below(left) as usize);
            if *is_fresh || self.kind == 2 || self.is_candidate(index, 0) {
                return Some(index);
            }
        }
    }

    /// Whether an item shows something of which one less costs less than that.
    fn is_candidate(&self, index: u32, cost: i64) -> bool {
        self.numbers.slots.shown(self.search.row_at(index)).any(|slot| self.less[slot] < cost)
    }

    /// Items that show too much of what must be right; of what should be; or all: each time nothing was found the next.
    fn find_candidates(&mut self) -> Vec<u32> {
        loop {
            let all = self.search.fixed..self.search.count();
            let found: Vec<u32> = match self.kind {
                0 => all.filter(|&index| self.is_candidate(index, 1 - MUST)).collect(),
                1 => all.filter(|&index| self.is_candidate(index, 0)).collect(),
                _ => return all.collect(),
            };
            if !found.is_empty() {
                return found;
            }
            self.kind += 1;
        }
    }

    /// What it costs at least that another item takes an item's place: nothing at most, as that may stay. Leaves the way.
    fn look(&mut self, index: u32) -> i64 {
        let Self { search, numbers, more, less, cheapest, edges, .. } = self;
        let diagram = &search.space.regions[search.region(index)].diagram;
        let row = search.row_at(index);
        let slots = &numbers.slots;
        let depths = diagram.levels.len();
        cheapest[depths].clear();
        cheapest[depths].resize(diagram.ends(), 0);
        for depth in (0..depths).rev() {
            let level = &diagram.levels[depth];
            let from = slots.of(level.layer, row[level.layer]);
            let cheapest_of = |class: &Class| {
                let to = class.outcomes.iter().map(|&(choice, _)| slots.of(level.layer, choice));
                to.map(|to| price(more, less, from, to)).min().unwrap_or(i64::MAX / 4)
            };
            let costs: Vec<i64> = level.classes.iter().map(cheapest_of).collect();
            let (here, below) = cheapest.split_at_mut(depth + 1);
            here[depth].clear();
            for node in &level.nodes {
                *edges += node.edges.len() as u64;
                let cost = |edge: &Edge| costs[usize::from(edge.class)] + below[0][edge.to as usize];
                here[depth].push(node.edges.iter().map(cost).min().unwrap_or(i64::MAX / 4));
            }
        }
        cheapest[0][0]
    }

    /// Puts an item that costs less than `limit` in the place of the one that was looked at, if one that is drawn repeats
    /// nothing.
    fn change(&mut self, index: u32, limit: i64) -> bool {
        let space = self.search.space;
        let diagram = &space.regions[self.search.region(index)].diagram;
        let row = self.search.row_at(index).to_vec();
        for way in 0..WAYS {
            self.draw_below(diagram, &row, limit, way);
            if self.search.row != row && self.search.replace_if_new(index) {
                self.numbers.slots.shown(&row).for_each(|slot| self.numbers.got[slot] -= 1);
                self.numbers.count(self.search.row_at(index));
                self.search.effort.repairs += 1;
                return true;
            }
        }
        false
    }

    /// Draws an item that costs less than `limit` in the place of another into the item at hand.
    fn draw_below(&mut self, diagram: &Diagram, row: &[u16], limit: i64, way: usize) {
        let (mut at, mut paid) = (0, 0);
        let mut ways: Vec<(u16, i64, u32)> = Vec::new();
        for (depth, level) in diagram.levels.iter().enumerate() {
            let from = self.numbers.slots.of(level.layer, row[level.layer]);
            ways.clear();
            for edge in &level.nodes[at].edges {
                let rest = self.cheapest[depth + 1][edge.to as usize];
                for &(choice, _) in &level.classes[usize::from(edge.class)].outcomes {
                    let to = self.numbers.slots.of(level.layer, choice);
                    let cost = price(&self.more, &self.less, from, to);
                    if paid + cost + rest < limit {
                        ways.push((choice, cost, edge.to));
                    }
                }
            }
            // Few layers change, so that what was drawn mostly stays as it was drawn.
            let stays = ways.iter().find(|&&(choice, ..)| in_row(choice) == row[level.layer]).copied();
            let stays = stays.filter(|_| way == 0 || self.search.words.below(2) == 0);
            let (choice, cost, to) =
                stays.unwrap_or_else(|| ways[self.search.words.below(ways.len() as u64) as usize]);
            self.search.row[level.layer] = in_row(choice);
            paid += cost;
            at = to as usize;
        }
    }
}

/// What it costs that an item shows one slot of a layer in place of another.
fn price(more: &[i64], less: &[i64], from: usize, to: usize) -> i64 {
    if from == to { 0 } else { less[from] + more[to] }
}
