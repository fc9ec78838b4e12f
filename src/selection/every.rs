//! Every possible item in order, and the one-of-ones.
//!
//! Where items differ by what is visible, each picture comes once, as the first of its items (`every_picture`).
//!
//! The number of items is unknown until they are written, so one-of-ones without an edition follow them. A one-of-one with an
//! edition gets that edition: among the items, or after them with a gap before it if they end earlier.

use std::io::{self, Write};

use crate::plan::{Head, PlanWriter};
use crate::project::{Layer, Project, drawn_apart, quoted};
use crate::rules::{Clause, Compared, PictureKey, amount_in_words, clauses, layers_in_words, unique_sets};
use crate::selection::diagram::Diagram;
use crate::selection::error::SelectionError;
use crate::selection::every_picture::{Allows, each_picture};
use crate::selection::explain::conflict;
use crate::selection::space::{Deciding, diagram_of, different_pictures};
use crate::selection::weights::outcomes;

/// All items of a project that obey its rules, by the numbers of their traits, the last layer fastest; and its ones. Where
/// items differ by what is visible the first layer is the fastest.
#[derive(Debug)]
pub struct Every<'a> {
    project: &'a Project,
    diagram: Diagram,
    /// Where items differ by what is visible.
    key: Option<PictureKey>,
    clauses: Vec<Clause>,
    /// Clauses that are not part of the diagram.
    beside: Vec<usize>,
}

impl<'a> Every<'a> {
    /// # Errors
    /// If no item is possible, if there are more than editions, or if a unique set lets only some of them be made together.
    pub fn new(project: &'a Project) -> Result<Self, SelectionError> {
        let all: Vec<usize> = (0..project.layers.len()).collect();
        let chosen: Vec<usize> =
            all.iter().copied().filter(|&layer| !project.layers[layer].is_apart).collect();
        let mut key = None;
        for set in unique_sets(project) {
            match set {
                // What is drawn apart makes no items.
                Compared::Layers(layers) if layers != all && layers != chosen => {
                    return Err(SelectionError::NotAll { layers: layers_in_words(project, &layers) });
                }
                Compared::Layers(_) => {}
                Compared::Picture(picture) => key = Some(picture),
            }
        }
        let what = match (&project.amounts[..], &project.groups[..]) {
            ([amount, ..], _) => Some(amount_in_words(project, amount)),
            (_, [group, ..]) => Some(format!("group {} {}", quoted(&group.name), group.count)),
            _ => None,
        };
        if let Some(what) = what {
            return Err(SelectionError::NotAllOfNumber { what });
        }
        let outcomes = outcomes(project);
        let clauses = clauses(project);
        let within: Vec<&Clause> = clauses.iter().collect();
        let (diagram, beside) = match &key {
            Some(_) => diagram_of(&outcomes, &clauses, Deciding::TopDown),
            // In drawing order, if that is not too much.
            None => match Diagram::new(&outcomes, &all, &within) {
                Some(diagram) => (diagram, Vec::new()),
                None => diagram_of(&outcomes, &clauses, Deciding::First(&[])),
            },
        };
        if diagram.items() == 0 {
            return Err(conflict(project));
        }
        let items = key.as_ref().map_or(diagram.items(), |key| different_pictures(&diagram, key).0);
        let all_items = items.saturating_add(project.ones.len() as u128);
        let count = u32::try_from(all_items).unwrap_or(u32::MAX);
        if all_items.saturating_add(project.start.into()) > 1 << 32 {
            return Err(SelectionError::Editions { start: project.start, count });
        }
        Ok(Self { project, diagram, key, clauses, beside })
    }

    /// Writes them all as a plan, and gives their number; none is held longer than it takes to write it.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut impl Write) -> io::Result<u64> {
        let head = Head { algorithm: None, seed: None, start: self.project.start };
        let mut numbered = Numbered::new(self.project, PlanWriter::begin(self.project, &head, out)?);
        let is_allowed = |row: &[u16]| self.beside.iter().all(|&clause| self.clauses[clause].holds(row));
        let layers = self.project.layers.len();
        match &self.key {
            Some(key) => {
                let is_allowed: Option<&Allows<'_>> = (!self.beside.is_empty()).then_some(&is_allowed);
                each_picture(&self.diagram, key, layers, is_allowed, |row| numbered.item(row))?;
            }
            None => self.diagram.each(layers, |row| match is_allowed(row) {
                true => numbered.item(row),
                false => Ok(()),
            })?,
        }
        numbered.end()
    }
}

/// Writes items at the editions that no one has.
struct Numbered<'a, W> {
    writer: PlanWriter<'a, W>,
    /// The next edition.
    next: u32,
    written: u64,
    /// Ones that have an edition, the last first, and the numbers of those that have none.
    placed: Vec<(u32, usize)>,
    others: Vec<usize>,
    /// Layers that are drawn apart, with their numbers; and the seed that they are drawn by.
    apart: Vec<(usize, &'a Layer)>,
    seed: u64,
    row: Vec<u16>,
}

impl<'a, W: Write> Numbered<'a, W> {
    fn new(project: &'a Project, writer: PlanWriter<'a, W>) -> Self {
        let ones = || project.ones.iter().enumerate();
        let mut placed: Vec<(u32, usize)> =
            ones().filter_map(|(number, one)| Some((one.edition?, number))).collect();
        placed.sort_unstable_by(|a, b| b.cmp(a));
        let others = ones().filter(|(_, one)| one.edition.is_none()).map(|(number, _)| number).collect();
        let apart = project.layers.iter().enumerate().filter(|(_, layer)| layer.is_apart).collect();
        let seed = project.seed.unwrap_or_default();
        Self { writer, next: project.start, written: 0, placed, others, apart, seed, row: Vec::new() }
    }

    /// Writes the one-of-ones that have the next editions.
    fn ones_here(&mut self) -> io::Result<()> {
        while let Some((edition, number)) = self.placed.pop_if(|(edition, _)| *edition <= self.next) {
            self.writer.one(edition, number)?;
            self.went_on();
        }
        Ok(())
    }

    fn went_on(&mut self) {
        self.written += 1;
        // Nothing comes behind the last of all editions.
        self.next = self.next.saturating_add(1);
    }

    fn item(&mut self, row: &[u16]) -> io::Result<()> {
        self.ones_here()?;
        self.row.clear();
        self.row.extend_from_slice(row);
        for (number, layer) in &self.apart {
            self.row[*number] = drawn_apart(layer, self.seed, self.next);
        }
        self.writer.item(self.next, &self.row, None, None)?;
        self.went_on();
        Ok(())
    }

    /// Writes the ones that are left, and gives the number of all items.
    fn end(mut self) -> io::Result<u64> {
        for number in std::mem::take(&mut self.others) {
            self.ones_here()?;
            self.writer.one(self.next, number)?;
            self.went_on();
        }
        while let Some((edition, number)) = self.placed.pop() {
            self.writer.one(edition, number)?;
            self.written += 1;
        }
        self.writer.end()?;
        Ok(self.written)
    }
}
