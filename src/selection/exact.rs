//! Items whose numbers of each choice are asked for.
//!
//! Items are drawn from diagrams that are tilted such that the expected numbers equal the numbers that are still wanted (see
//! [`tilt`](super::tilt)), so that early and late items have the same distribution. Random draws deviate, so the diagrams are
//! tilted again each time half of the remaining items are drawn, and whenever only used-up choices could be drawn.
//! The few deviations at the end are removed item by item (see [`repair`](super::repair)).

use crate::project::{Amount, Project, Rarity};
use crate::rules::{Slots, off_in_words};
use crate::selection::amounts::{Range, is_exact, nearest_whole, ranges};
use crate::selection::diagram::Diagram;
use crate::selection::error::SelectionError;
use crate::selection::explain::conflict_of_amounts;
use crate::selection::prove::refutation;
use crate::selection::repair::Repair;
use crate::selection::search::{Beginnings, Search, TRIES};
use crate::selection::space::Space;
use crate::selection::tilt::{Care, Part, Tilt};

/// Expectations that are further off than this many items may mean that the amounts cannot be met.
const DOUBTFUL: f64 = 0.25;

/// Choices that a search among what is not used up looks at, at most; what it does not find can be repaired.
const STEPS: u64 = 20_000;

/// How many items must and should show each slot, and do.
#[derive(Debug)]
pub(crate) struct Numbers<'a> {
    project: &'a Project,
    pub(super) slots: Slots,
    /// What the configuration asks for.
    pub(super) must: Vec<Range>,
    /// What is drawn for: the same, and under exact rarity the numbers that shares say.
    pub(super) want: Vec<Range>,
    pub(super) got: Vec<u32>,
    /// Expected by slot, in all items.
    pub(crate) expected: Vec<f64>,
    factors: Vec<f64>,
}

impl<'a> Numbers<'a> {
    /// What is asked for of so many items in each region, if anything is.
    ///
    /// # Errors
    /// If amounts do not add up, or no collection has them.
    pub(crate) fn new(space: &Space<'a>, counts: &[u32]) -> Result<Option<Self>, SelectionError> {
        let project = space.project;
        if !is_exact(project) {
            return Ok(None);
        }
        let slots = Slots::new(project);
        let count = counts.iter().sum();
        let must = ranges(project, &slots, count)?;
        let parts = parts(space, counts);
        let fit =
            |ranges: &[Range], factors| Tilt::fit(&slots, &parts, &as_floats(ranges), factors, Care::FULL);
        let mut tilt = fit(&must, vec![1.0; slots.len()]);
        if tilt.off > DOUBTFUL
            && space.beside.is_empty()
            && let Some(prices) = refutation(&slots, &parts, &must)
        {
            return Err(conflict_of_amounts(project, counts, &prices));
        }
        let mut want = must.clone();
        if project.rarity == Rarity::Exact {
            want = nearest_whole(&slots, project.layers.len(), &tilt.expected, &must, count);
            tilt = fit(&want, tilt.factors);
        }
        let got = vec![0; slots.len()];
        Ok(Some(Self { project, slots, must, want, got, expected: tilt.expected, factors: tilt.factors }))
    }

    /// What the items counted so far have too many of, and too few if no more come, in words; `are` is their verb.
    pub(super) fn off(&self, is_all: bool, are: &str) -> Vec<String> {
        let got = |amount: &Amount| self.got[self.slots.of(amount.layer, amount.choice)];
        off_in_words(self.project, got, is_all, are)
    }

    /// What is asked for of a slot.
    pub(crate) fn asked(&self, slot: usize) -> Range {
        self.want[slot]
    }

    /// Counts an item.
    pub(super) fn count(&mut self, row: &[u16]) {
        self.slots.shown(row).for_each(|slot| self.got[slot] += 1);
    }

    /// What is still wanted, as doubles.
    fn left(&self) -> Vec<(f64, f64)> {
        let left = self.want.iter().zip(&self.got).map(|(&(least, most), &got)| {
            let most = if most == u32::MAX { most } else { most.saturating_sub(got) };
            (least.saturating_sub(got), most)
        });
        as_floats(&left.collect::<Vec<_>>())
    }
}

fn as_floats(ranges: &[Range]) -> Vec<(f64, f64)> {
    let most = |most: u32| if most == u32::MAX { f64::INFINITY } else { f64::from(most) };
    ranges.iter().map(|&(least, upper)| (least.into(), most(upper))).collect()
}

fn parts<'a>(space: &'a Space<'_>, counts: &[u32]) -> Vec<Part<'a>> {
    space.regions.iter().zip(counts).map(|(region, &count)| (&region.diagram, count)).collect()
}

/// Adds an item to each of these regions, such that all numbers are met. Rows that never give way are counted already.
///
/// # Errors
/// If that was not found.
pub(crate) fn fill<'a>(
    search: &mut Search<'a>,
    numbers: &mut Numbers<'a>,
    regions: &[u16],
) -> Result<(), SelectionError> {
    let count = search.count() + regions.len() as u32;
    let mut left = vec![0; search.space.regions.len()];
    regions.iter().for_each(|&region| left[usize::from(region)] += 1);
    let mut tilted: Vec<Diagram> = Vec::new();
    let mut dead: Vec<Beginnings> = vec![Beginnings::default(); left.len()];
    // The diagrams are tilted again when this many items are left, and when a choice that they contain is used up.
    let mut due = regions.len();
    let mut is_used_up = false;
    for (index, &region) in regions.iter().enumerate() {
        let still = regions.len() - index;
        if still <= due {
            (tilted, due, is_used_up) = (tilt(search.space, numbers, &left), still / 2, false);
            dead.iter_mut().for_each(Beginnings::clear);
        }
        let mut found = draw(search, numbers, &tilted, region.into());
        if !found && is_used_up {
            (tilted, is_used_up) = (tilt(search.space, numbers, &left), false);
            dead.iter_mut().for_each(Beginnings::clear);
            found = draw(search, numbers, &tilted, region.into());
        }
        let here = usize::from(region);
        if !found && tilted[here].items() > 0 {
            found = search.find_in(&tilted[here], here, &mut dead[here], STEPS);
        }
        match found {
            true => search.push(region),
            // Whatever obeys the rules; it is repaired afterwards.
            false => search.add(region, count)?,
        }
        let row = search.row_at(search.count() - 1);
        numbers.count(row);
        is_used_up |= numbers.slots.shown(row).any(|slot| numbers.got[slot] == numbers.want[slot].1);
        left[usize::from(region)] -= 1;
    }
    Repair::new(search, numbers).run()?;
    search.shuffle();
    Ok(())
}

/// Draws an item that repeats nothing and shows nothing that is used up.
fn draw(search: &mut Search<'_>, numbers: &Numbers<'_>, tilted: &[Diagram], region: usize) -> bool {
    let is_wanted = |slot: usize| numbers.got[slot] < numbers.want[slot].1;
    tilted[region].items() > 0
        && (0..TRIES).any(|_| {
            search.effort.draws += 1;
            tilted[region].draw(&mut search.words, &mut search.row);
            numbers.slots.shown(&search.row).all(is_wanted) && search.is_fit(region)
        })
}

/// Diagrams in which what is wanted is what is to be expected of the items that are left.
fn tilt(space: &Space<'_>, numbers: &mut Numbers<'_>, left: &[u32]) -> Vec<Diagram> {
    let care = Care::for_drawing(left.iter().sum::<u32>() as usize);
    let tilt = Tilt::fit(&numbers.slots, &parts(space, left), &numbers.left(), numbers.factors.clone(), care);
    let tilted =
        |diagram: &Diagram| diagram.tilted(|layer, choice| tilt.factors[numbers.slots.of(layer, choice)]);
    let diagrams = space.regions.iter().map(|region| tilted(&region.diagram)).collect();
    // What is used up may be needed again when an item gives way; the next tilt sees for itself.
    numbers.factors =
        tilt.factors.into_iter().map(|factor| if factor > 0.0 { factor } else { 1.0 }).collect();
    diagrams
}
