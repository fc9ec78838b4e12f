//! Items of a plan chosen again, where choices of theirs are kept or where numbers of items are exact.
//!
//! Each item is drawn from the diagram of all valid items without the choices that it must not have: other ones in layers that
//! are kept, and such as are used up. That never changes another item. Where exact numbers leave no other item, it trades
//! choices with one: exchanging what two items show in some layers keeps every number, so only rules and unique sets are
//! looked at, for all partners in an order drawn at random.

use std::collections::{HashMap, HashSet};

use crate::plan::Plan;
use crate::project::{Project, Rarity, in_row, quoted};
use crate::rules::{RowSet, Slots, broken_rule};
use crate::selection::amounts::is_exact;
use crate::selection::draw::RandomStream;
use crate::selection::edit::{Edits, edit};
use crate::selection::error::SelectionError;
use crate::selection::search::{Beginnings, Search, TRIES};
use crate::selection::space::Space;

/// What its words are for.
const PURPOSE: &[u8; 24] = b"traitpress reroll     1.";
/// How often all items are drawn, where the first ones leave nothing to the last: at least so often, and more often where
/// that takes no longer than this many items are looked up.
const ATTEMPTS: usize = 20;
const LOOK_UPS: usize = 100_000;
/// Choices that the search for one item looks at, at most.
const STEPS: u64 = 500_000;
/// Ways to trade with one item that are tried, at most.
const WAYS: usize = 64;

/// Which items of a plan are chosen again, and what stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rerolls {
    /// The editions.
    pub editions: Vec<u32>,
    /// Layers in which they keep their choices.
    pub lock: Vec<usize>,
    /// Whether no other item may change. Without it exact numbers can make others trade choices.
    pub only: bool,
}

/// Chooses items of `plan` again: each becomes one that is not in the plan, under all rules and numbers. The result depends
/// only on the project, the plan, the rerolls and the seed.
///
/// # Errors
/// If an edition is not there or is a one-of-one, the other items break a rule or repeat each other, or no other item was
/// found.
pub fn reroll(project: &Project, plan: &Plan, rerolls: &Rerolls, seed: u64) -> Result<Plan, SelectionError> {
    let exact = is_exact(project);
    if rerolls.lock.is_empty() && !exact {
        let edits = Edits { reroll: rerolls.editions.clone(), ..Edits::default() };
        return edit(project, std::slice::from_ref(plan), &edits, seed);
    }
    let whole = plan;
    let plan = &plan.without_apart(project);
    let places = places(project, plan, &rerolls.editions)?;
    let space = Space::new(project)?;
    let mut job =
        Job { project, plan, space: &space, places, rerolls, words: RandomStream::new(seed, PURPOSE) };
    job.check_others()?;
    let rows = match job.redraw()? {
        Ok(rows) => rows,
        Err(_) if exact && !rerolls.only => job.trade()?,
        Err(edition) => return Err(job.impossible(edition)),
    };
    let (algorithm, seed) = (None, None);
    let editions = plan.editions.clone();
    let mut made = Plan {
        algorithm,
        seed,
        editions,
        rows,
        groups: plan.groups.clone(),
        ones: plan.ones.clone(),
        names: plan.names.clone(),
        ..*plan
    };
    // What is drawn apart stays.
    for number in (0..project.layers.len()).filter(|&layer| project.layers[layer].is_apart) {
        let of =
            |plan: &Plan| plan.rows.iter().copied().skip(number).step_by(plan.layers).collect::<Vec<_>>();
        let places = made.rows.iter_mut().skip(number).step_by(made.layers);
        places.zip(of(whole)).for_each(|(choice, old)| *choice = old);
    }
    Ok(made)
}

/// The places of editions in a plan, ascending.
fn places(project: &Project, plan: &Plan, editions: &[u32]) -> Result<Vec<usize>, SelectionError> {
    let all: HashMap<u32, usize> = (0..plan.len()).map(|index| (plan.edition(index), index)).collect();
    let mut places = Vec::new();
    for &edition in editions {
        let &place = all.get(&edition).ok_or(SelectionError::NoEdition { edition })?;
        if let Some(one) = plan.one(place) {
            let one = project.ones.get(one).map_or_else(|| format!("number {one}"), |one| quoted(&one.name));
            return Err(SelectionError::OneReroll { edition, one });
        }
        places.push(place);
    }
    places.sort_unstable();
    places.dedup();
    Ok(places)
}

struct Job<'a> {
    project: &'a Project,
    plan: &'a Plan,
    space: &'a Space<'a>,
    /// Of the items that are chosen again, ascending.
    places: Vec<usize>,
    rerolls: &'a Rerolls,
    words: RandomStream,
}

impl Job<'_> {
    /// Items that are put together from traits, and are not chosen again.
    fn others(&self) -> impl Iterator<Item = usize> {
        (0..self.plan.len())
            .filter(|&index| self.plan.one(index).is_none() && self.places.binary_search(&index).is_err())
    }

    fn region(&self, place: usize) -> usize {
        self.plan.group(place).unwrap_or_default()
    }

    fn is_locked(&self, layer: usize) -> bool {
        self.rerolls.lock.contains(&layer)
    }

    fn check_others(&self) -> Result<(), SelectionError> {
        for place in self.others() {
            if let Some(rule) = broken_rule(self.project, self.plan.traits(place)) {
                return Err(SelectionError::Broken { edition: self.plan.edition(place), rule });
            }
        }
        Ok(())
    }

    fn impossible(&self, edition: u32) -> SelectionError {
        let layers =
            self.rerolls.lock.iter().map(|&layer| quoted(&self.project.layers[layer].name)).collect();
        let numbers = is_exact(self.project);
        let (trades, together) = (numbers && !self.rerolls.only, self.places.len() > 1);
        SelectionError::NoOtherItem { edition, layers, numbers, trades, together }
    }

    /// A search in which the other items are, and which makes none of those that are chosen again.
    fn search(&mut self) -> Result<Search<'_>, SelectionError> {
        let others: Vec<usize> = self.others().collect();
        let rows = others.iter().flat_map(|&place| self.plan.traits(place)).copied().collect();
        let regions: Vec<u16> = others.iter().map(|&place| self.region(place) as u16).collect();
        // The stream goes on where an earlier search has ended.
        let words = RandomStream::new(self.words.below(u64::MAX), PURPOSE);
        let mut search = Search::new(self.space, words);
        search.keep(rows, regions).map_err(|(first, second, set)| {
            let edition = |index: u32| self.plan.edition(others[index as usize]);
            let what = self.space.unrepeated(set, None);
            SelectionError::Repeated { first: edition(first), second: edition(second), what }
        })?;
        self.places.iter().for_each(|&place| search.avoid(self.plan.traits(place)));
        Ok(search)
    }

    /// Draws all items that are chosen again, and gives all rows; else the edition for which none was found.
    fn redraw(&mut self) -> Result<Result<Vec<u16>, u32>, SelectionError> {
        let width = self.plan.layers();
        let mut failed = 0;
        // For a single item one search looks at all that is left.
        let attempts = match self.places.len() {
            1 => 1,
            _ => ATTEMPTS.max(LOOK_UPS / self.plan.len().max(400)),
        };
        for _ in 0..attempts {
            let mut limits = Limits::of(self.project, self.plan);
            self.others().for_each(|place| limits.count(self.plan.traits(place)));
            let places = self.places.clone();
            let lock = self.rerolls.lock.clone();
            let plan = self.plan;
            let mut search = self.search()?;
            let mut rows = plan.rows.clone();
            let found = places.iter().enumerate().find(|&(number, &place)| {
                let (row, region) = (plan.traits(place), plan.group(place).unwrap_or_default());
                let left = (places.len() - number) as u32;
                let locked =
                    |layer: usize, choice: u16| !lock.contains(&layer) || in_row(choice) == row[layer];
                if !draw(&mut search, &limits, left, region, &locked) {
                    return true;
                }
                search.push(region as u16);
                limits.count(search.row_at(search.count() - 1));
                rows[place * width..][..width].copy_from_slice(search.row_at(search.count() - 1));
                false
            });
            match found {
                None => return Ok(Ok(rows)),
                Some((_, &place)) => failed = plan.edition(place),
            }
        }
        Ok(Err(failed))
    }

    /// Makes each item that is chosen again trade choices with another, and gives all rows.
    fn trade(&mut self) -> Result<Vec<u16>, SelectionError> {
        let mut table = Table::new(self.space, self.plan);
        table.avoided =
            self.places.iter().map(|&place| self.space.identity(self.plan.traits(place))).collect();
        for place in self.places.clone() {
            let partners: Vec<usize> =
                self.others().filter(|&other| self.region(other) == self.region(place)).collect();
            if !self.trade_with(&mut table, place, partners) {
                return Err(self.impossible(self.plan.edition(place)));
            }
        }
        Ok(table.rows)
    }

    /// Makes an item trade choices with one of these, if that is possible.
    fn trade_with(&mut self, table: &mut Table<'_>, place: usize, mut partners: Vec<usize>) -> bool {
        self.words.shuffle(partners.len(), |a, b| partners.swap(a, b));
        partners.into_iter().any(|partner| {
            let mut differing = table.differing(place, partner);
            differing.retain(|&layer| !self.is_locked(layer));
            ways(&mut self.words, differing.len())
                .into_iter()
                .any(|way| table.exchange([place, partner], &chosen(&differing, way)))
        })
    }
}

/// The layers of a set of bits.
fn chosen(layers: &[usize], way: u64) -> Vec<usize> {
    let bits = layers.iter().enumerate().filter(|&(bit, _)| way >> bit & 1 == 1);
    bits.map(|(_, &layer)| layer).collect()
}

/// Sets of layers as bits: all that are not empty where they are few, else some.
fn ways(words: &mut RandomStream, layers: usize) -> Vec<u64> {
    let bits = layers.min(63) as u32;
    let all = (1u64 << bits) - 1;
    if all <= WAYS as u64 {
        let mut ways: Vec<u64> = (1..=all).collect();
        words.shuffle(ways.len(), |a, b| ways.swap(a, b));
        return ways;
    }
    (0..WAYS).map(|_| 1 + words.below(all)).collect()
}

/// Draws an item that repeats nothing, keeps to the limits and has only the choices that are allowed; so many are still to
/// be drawn, this one included.
fn draw(
    search: &mut Search<'_>,
    limits: &Limits,
    left: u32,
    region: usize,
    allowed: &dyn Fn(usize, u16) -> bool,
) -> bool {
    let space = search.space;
    let full = &space.regions[region];
    let is_left = |layer: usize, choice: u16| allowed(layer, choice) && limits.allow(layer, choice, left);
    let every_layer = full
        .outcomes
        .iter()
        .enumerate()
        .all(|(layer, outcomes)| outcomes.iter().any(|&(choice, _)| is_left(layer, choice)));
    if !every_layer {
        return false;
    }
    let diagram = full.diagram.tilted(|layer, choice| if is_left(layer, choice) { 1.0 } else { 0.0 });
    if diagram.items() == 0 {
        return false;
    }
    let drawn = (0..TRIES).any(|_| {
        search.effort.draws += 1;
        diagram.draw(&mut search.words, &mut search.row);
        search.is_fit(region)
    });
    drawn || search.find_in(&diagram, region, &mut Beginnings::default(), STEPS)
}

/// How many items may and must show each choice, so that no number is further off than before.
struct Limits {
    slots: Slots,
    least: Vec<u32>,
    most: Vec<u32>,
    got: Vec<u32>,
}

impl Limits {
    fn of(project: &Project, plan: &Plan) -> Self {
        let slots = Slots::new(project);
        let mut before = vec![0; slots.len()];
        let drawn = (0..plan.len()).filter(|&index| plan.one(index).is_none());
        drawn.for_each(|index| slots.shown(plan.traits(index)).for_each(|slot| before[slot] += 1));
        // Exact shares are numbers of all choices.
        let (mut least, mut most) = match project.rarity {
            Rarity::Exact => (before.clone(), before.clone()),
            _ => (vec![0; slots.len()], vec![u32::MAX; slots.len()]),
        };
        for amount in &project.amounts {
            let slot = slots.of(amount.layer, amount.choice);
            (least[slot], most[slot]) = (amount.least.min(before[slot]), amount.most.max(before[slot]));
        }
        let got = vec![0; slots.len()];
        Self { slots, least, most, got }
    }

    fn count(&mut self, row: &[u16]) {
        self.slots.shown(row).for_each(|slot| self.got[slot] += 1);
    }

    /// Whether one of the items that are left may show a choice, such that the others can still reach what must be.
    fn allow(&self, layer: usize, choice: u16, left: u32) -> bool {
        let missing = |slot: usize| u64::from(self.least[slot].saturating_sub(self.got[slot]));
        let all: u64 = self.slots.layer(layer).map(missing).sum();
        let slot = self.slots.of(layer, choice);
        self.got[slot] < self.most[slot] && (all < u64::from(left) || missing(slot) > 0)
    }
}

/// All items, with what no two of them have in common.
struct Table<'a> {
    space: &'a Space<'a>,
    width: usize,
    rows: Vec<u16>,
    regions: Vec<usize>,
    sets: Vec<RowSet>,
    /// What no item may become.
    avoided: HashSet<Vec<u32>>,
}

impl<'a> Table<'a> {
    fn new(space: &'a Space<'a>, plan: &Plan) -> Self {
        let width = plan.layers();
        let sets = space.sets.iter().map(|set| RowSet::new(set.clone(), width)).collect();
        let regions = (0..plan.len()).map(|index| plan.group(index).unwrap_or_default()).collect();
        let mut table =
            Self { space, width, rows: plan.rows.clone(), regions, sets, avoided: HashSet::new() };
        (0..plan.len()).filter(|&index| plan.one(index).is_none()).for_each(|index| table.insert(index));
        table
    }

    fn row(&self, place: usize) -> &[u16] {
        &self.rows[place * self.width..][..self.width]
    }

    fn insert(&mut self, place: usize) {
        let sets = &self.space.regions[self.regions[place]].sets;
        sets.iter().for_each(|&set| self.sets[set].insert(&self.rows, place as u32));
    }

    fn remove(&mut self, place: usize) {
        let sets = &self.space.regions[self.regions[place]].sets;
        sets.iter().for_each(|&set| self.sets[set].remove(&self.rows, place as u32));
    }

    fn is_new(&self, place: usize) -> bool {
        let sets = &self.space.regions[self.regions[place]].sets;
        sets.iter().all(|&set| self.sets[set].find(&self.rows, self.row(place)).is_none())
    }

    /// The layers in which two items differ.
    fn differing(&self, a: usize, b: usize) -> Vec<usize> {
        (0..self.width).filter(|&layer| self.row(a)[layer] != self.row(b)[layer]).collect()
    }

    /// Exchanges what two items show in some layers, if both obey all rules, repeat nothing and are none of those that are
    /// avoided.
    fn exchange(&mut self, [a, b]: [usize; 2], layers: &[usize]) -> bool {
        self.remove(a);
        self.remove(b);
        let swap = |table: &mut Self| {
            layers.iter().for_each(|layer| table.rows.swap(a * table.width + layer, b * table.width + layer));
        };
        swap(self);
        let is_fit = |table: &Self, place: usize| {
            let row = table.row(place);
            table.space.clauses.iter().all(|clause| clause.holds(row))
                && !table.avoided.contains(&table.space.identity(row))
                && table.is_new(place)
        };
        let is_first_fit = is_fit(self, a);
        if is_first_fit {
            self.insert(a);
            if is_fit(self, b) {
                self.insert(b);
                return true;
            }
            self.remove(a);
        }
        swap(self);
        self.insert(a);
        self.insert(b);
        false
    }
}

#[cfg(test)]
#[path = "tests_reroll.rs"]
mod tests;
