//! Every possible item in order, and the one-of-ones.
//!
//! The number of items is unknown until they are written, so one-of-ones without an edition follow them. A one-of-one with an
//! edition gets that edition: among the items, or after them with a gap before it if they end earlier.

use std::io::{self, Write};

use crate::plan::{Head, PlanWriter};
use crate::project::{Project, quoted};
use crate::rules::{Clause, amount_in_words, clauses, layers_in_words, unique_sets};
use crate::selection::diagram::Diagram;
use crate::selection::error::SelectionError;
use crate::selection::explain::conflict;
use crate::selection::space::diagram_of;
use crate::selection::weights::outcomes;

/// All items of a project that obey its rules, by the numbers of their traits, the last layer fastest; and its ones.
#[derive(Debug)]
pub struct Every<'a> {
    project: &'a Project,
    diagram: Diagram,
    clauses: Vec<Clause>,
    /// Clauses that are not part of the diagram.
    beside: Vec<usize>,
}

impl<'a> Every<'a> {
    /// # Errors
    /// If no item is possible, if there are more than editions, or if a unique set lets only some of them be made together.
    pub fn new(project: &'a Project) -> Result<Self, SelectionError> {
        let all: Vec<usize> = (0..project.layers.len()).collect();
        if let Some(set) = unique_sets(project).into_iter().find(|set| *set != all) {
            return Err(SelectionError::NotAll { layers: layers_in_words(project, &set) });
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
        // In drawing order, if that is not too much.
        let (diagram, beside) = match Diagram::new(&outcomes, &all, &within) {
            Some(diagram) => (diagram, Vec::new()),
            None => diagram_of(&outcomes, &clauses, &[]),
        };
        if diagram.items() == 0 {
            return Err(conflict(project));
        }
        let all_items = diagram.items().saturating_add(project.ones.len() as u128);
        let count = u32::try_from(all_items).unwrap_or(u32::MAX);
        if all_items.saturating_add(project.start.into()) > 1 << 32 {
            return Err(SelectionError::Editions { start: project.start, count });
        }
        Ok(Self { project, diagram, clauses, beside })
    }

    /// Writes them all as a plan, and gives their number; none is held longer than it takes to write it.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut impl Write) -> io::Result<u64> {
        let head = Head { algorithm: None, seed: None, start: self.project.start };
        let mut numbered = Numbered::new(self.project, PlanWriter::begin(self.project, &head, out)?);
        self.diagram.each(self.project.layers.len(), |row| -> io::Result<()> {
            if !self.beside.iter().all(|&clause| self.clauses[clause].holds(row)) {
                return Ok(());
            }
            numbered.item(row)
        })?;
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
}

impl<'a, W: Write> Numbered<'a, W> {
    fn new(project: &Project, writer: PlanWriter<'a, W>) -> Self {
        let ones = || project.ones.iter().enumerate();
        let mut placed: Vec<(u32, usize)> =
            ones().filter_map(|(number, one)| Some((one.edition?, number))).collect();
        placed.sort_unstable_by(|a, b| b.cmp(a));
        let others = ones().filter(|(_, one)| one.edition.is_none()).map(|(number, _)| number).collect();
        Self { writer, next: project.start, written: 0, placed, others }
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
        self.writer.item(self.next, row, None)?;
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
